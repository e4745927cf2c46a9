"""A new exercise, whole and running, to be filled: from the folder `templates`.

Each line is one route that greets by name: a real check, a solution that passes it, a starter that does not,
and a mutant. What only an author can write says `TODO(author)`, which the audit then asks for.
"""

from __future__ import annotations

import difflib
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from grader.content import layers, manifest
from grader.content.catalog import PHASES, SOLUTIONS, STARTERS
from grader.content.checks import file_name
from grader.content.complaints import content_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise

TEMPLATES = Path(__file__).with_name("templates")
APP = "src/app.js"
_EXPRESS = "  const app = express();\n"
_GREETING, _WRONG = "`Hello, ${", "'Hello, world!'"
_LINE = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, kw_only=True)
class Blank:
    """A new exercise: `files` maps paths in the repository to texts, `left` is what must be done by hand."""

    id: str
    files: dict[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()


def create(catalog: Catalog, name: str, lines: Sequence[str], stacks_on: str | None) -> Blank:
    """Write a new exercise's folders and return what is in them.

    `name` is the folder's; without `lines` there is one, called by the name's words; a phase stacks on the
    last one before it if `stacks_on` is None. Raises `StoppedError` (usage) for names that cannot be, or are
    taken; nothing is written then.
    """
    short = _free_id(catalog, name)
    wanted = tuple(lines) or (name.partition("-")[2][:40],)
    _require_lines(wanted)
    below = _below(catalog, short, stacks_on)
    blank = _filled(catalog, short, name, wanted, below)
    for path, text in blank.files.items():
        target = catalog.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return blank


def _free_id(catalog: Catalog, name: str) -> str:
    short = manifest.id_of(name)
    if short is None:
        raise content_error(f"{name!r} is no name for an exercise.", "As section11-trial or phase6-search.")
    if short in catalog.folders:
        raise content_error(
            f"There is a {short} already: {catalog.folders[short].name}.", "Take another number."
        )
    for parent in (PHASES, STARTERS, SOLUTIONS):
        if (catalog.root / parent / name).exists():
            raise content_error(f"{parent}/{name} exists already.", "Remove it, or take another name.")
    return short


def _require_lines(lines: Sequence[str]) -> None:
    for line in lines:
        if not _LINE.fullmatch(line):
            raise content_error(
                f"{line!r} is no id for a line.", "Use a-z, 0-9 and dashes: --line rate-limit"
            )
        if lines.count(line) > 1 or line == "healthz":
            raise content_error(f"The line {line!r} is taken.", "Give each line an id of its own.")


def _below(catalog: Catalog, short: str, stacks_on: str | None) -> Exercise | None:
    if short.startswith("section"):
        if stacks_on:
            raise content_error("A section stands alone.", "Leave --stacks-on out, or make it a phase.")
        return None
    number = int(short.removeprefix("phase"))
    earlier = [item for item in catalog.folders if item.startswith("phase") and int(item[5:]) < number]
    if stacks_on is None:
        return catalog.outline(earlier[-1]) if earlier else None
    below = catalog.outline(stacks_on)
    if below.id not in earlier:
        raise content_error(
            f"{below.id} is no phase before {short}.", f"One of: {', '.join(earlier) or 'none'}"
        )
    return below


def _filled(catalog: Catalog, short: str, name: str, lines: Sequence[str], below: Exercise | None) -> Blank:
    words = {
        "ID": short,
        "NAME": name,
        "KIND": short.rstrip("0123456789"),
        "FIRST": lines[0],
        "STACKS_ON": f'stacks_on = "{below.id}"\n' if below else "",
        "OR_BELOW": f", or that of {below.id}" if below else "",
        "BEGIN": f"\nBegin with `grade start {short}`: it builds on your app of {below.id}." if below else "",
        "ROUTES": "\n".join(
            f'| `GET /{line}?name=Ann` | 200 `{{"greeting": "Hello, Ann!"}}` |' for line in lines
        ),
    }
    files = {f"{PHASES}/{name}/{path}": text for path, text in _content(lines, words)}
    apps, left = _layers(catalog, below, lines, words)
    files |= apps
    for line in lines:
        feature = _feature(line, below)
        patch = _mutant(short, line, feature, files[f"{SOLUTIONS}/{name}/{feature}"])
        files[f"{PHASES}/{name}/mutants/{line}-greets-the-world.patch"] = patch
    return Blank(id=short, files=files, left=left)


def _content(lines: Sequence[str], words: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what goes into the exercise's own folder but the mutants."""
    for path in ("exercise.toml", "README.md", "hints.md"):
        stem, _, suffix = path.partition(".")
        parts = [
            _template(path, words),
            *(_template(f"{stem}.line.{suffix}", _of(line, words)) for line in lines),
        ]
        yield path, "".join(parts)
    for line in lines:
        yield file_name(f"{words['ID']}.{line}"), _template("test_LINE.py.txt", _of(line, words))


def _layers(
    catalog: Catalog, below: Exercise | None, lines: Sequence[str], words: dict[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the files of solution and starter, and what is left to do about them."""
    common, left = _mounted(catalog, below, lines) if below else (_base(lines, words), ())
    files: dict[str, str] = {}
    for parent, kind in ((SOLUTIONS, "solution"), (STARTERS, "starter")):
        root = f"{parent}/{words['NAME']}"
        files |= {f"{root}/{path}": text for path, text in common.items()}
        for line in lines:
            template = f"{'phase' if below else 'section'}/{kind}/LINE.js"
            files[f"{root}/{_feature(line, below)}"] = _template(template, _of(line, words))
    return files, left


def _base(lines: Sequence[str], words: dict[str, str]) -> dict[str, str]:
    """Return the files that a section's solution and starter share."""
    more = {
        "IMPORTS": "\n".join(f"import {{ {_ident(line)} }} from './features/{line}.js';" for line in lines),
        "ROUTES_JS": "\n".join(f"  '/{line}': {_ident(line)}," for line in lines),
    }
    root = TEMPLATES / "section" / "base"
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    names = [path.relative_to(TEMPLATES).as_posix() for path in paths]
    return {name.removeprefix("section/base/"): _template(name, {**words, **more}) for name in names}


def _mounted(
    catalog: Catalog, below: Exercise, lines: Sequence[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the composition root of the app below with the new routes mounted, where it is known how."""
    with tempfile.TemporaryDirectory() as name:
        layers.write_solution(catalog, below, Path(name))
        path = Path(name) / APP
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if _EXPRESS not in text:
        told = f"Mount the routes of src/features/ in the app of {below.id}, in solution and starter."
        return {}, (told,)
    imports = "".join(f"import {{ {_ident(i)}Routes }} from './features/{i}/routes.js';\n" for i in lines)
    uses = "".join(f"  app.use({_ident(line)}Routes());\n" for line in lines)
    at = text.rindex("\nimport ") + 1
    text = text[:at] + imports + text[at:]
    return {APP: text.replace(_EXPRESS, _EXPRESS + uses, 1)}, ()


def _mutant(short: str, line: str, feature: str, right: str) -> str:
    """Return the mutant that greets everybody as the world."""
    wrong = re.sub(re.escape(_GREETING) + r"[^`]*`", _WRONG, right)
    old, new = (text.splitlines(keepends=True) for text in (right, wrong))
    diff = "".join(difflib.unified_diff(old, new, f"a/{feature}", f"b/{feature}"))
    header = f"Description: Everybody is greeted as the world.\nFails: {short}.{line}.greets-by-name\n\n"
    return f"{header}diff --git a/{feature} b/{feature}\n{diff}"


def _feature(line: str, below: Exercise | None) -> str:
    return f"src/features/{line}/routes.js" if below else f"src/features/{line}.js"


def _of(line: str, words: dict[str, str]) -> dict[str, str]:
    title = line.replace("-", " ").capitalize()
    return {**words, "LINE": line, "TITLE": title, "IDENT": _ident(line)}


def _ident(line: str) -> str:
    """Return a line's id as a name in JavaScript: `rate-limit` is `rateLimit`."""
    first, *others = line.strip("-").split("-")
    return first + "".join(word.capitalize() for word in others)


def _template(path: str, words: dict[str, str]) -> str:
    text = (TEMPLATES / path).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda match: words[match[1]], text)
