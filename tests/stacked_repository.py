"""A repository of three stacked phases, each one route of a small app without dependencies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grader.content import pristine
from grader.content.catalog import Catalog

if TYPE_CHECKING:
    from pathlib import Path

LINES = {"phase1-hello": "hello", "phase2-live": "live", "phase3-jobs": "jobs"}

SERVER = """\
import http from 'node:http';
import { routes } from './app.js';

http
  .createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://app');
    const [status, body] = (routes[pathname] ?? (() => [404, {}]))(searchParams);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  })
  .listen(Number(process.env.PORT), process.env.HOST ?? '0.0.0.0');
"""
DONE = "export const {line} = (query) => [200, {{ {line}: query.get('name') }}];\n"
STUB = "export const {line} = () => [501, {{}}]; // TODO\n"

CHECKS = '''\
from grader.kit import expect, gate


@gate
def test_answers(client):
    """GET /{line} answers."""
    expect.status(client.get("/{line}?name=x"), 200, "GET /{line} answers.")


def test_names(client, draw):
    """GET /{line} gives back the name it was asked with."""
    name = draw.word()
    answer = expect.ok(client.get(f"/{line}?name={{name}}"), 200, "GET /{line} answers.")
    expect.equal(answer.text("{line}"), name, "GET /{line} gives back the name.")
'''

MANIFEST = """\
format = 1
id = "{id}"
kind = "phase"
title = "The phase {line}"
{stacks_on}
[[line]]
id = "{line}"
title = "{line} // Answer it."
brief = "{line}"
"""


def write(root: Path) -> Catalog:
    """Fill a folder with the repository and return its catalog; phase 1 is as delivered."""
    done: list[str] = []
    for name, line in LINES.items():
        below = f'stacks_on = "{list(LINES)[len(done) - 1][:6]}"' if done else ""
        done.append(line)
        _lay(root / "phases" / name, _exercise(name, line, below))
        _lay(root / "solutions" / name, _layer(done, DONE))
        _lay(root / "starters" / name, _layer(done, STUB))
    rows = [f"- [ ] {line} // Answer it. <!-- {name[:6]}.{line} -->\n" for name, line in LINES.items()]
    (root / "progress.md").write_text("".join(rows))
    catalog = Catalog(root)
    for exercise in catalog.outlines():
        pristine.write(catalog, exercise)
    return catalog


def solve(root: Path, name: str) -> None:
    """Do in a starter what its stub leaves to do."""
    line = LINES[name]
    (root / "starters" / name / "src" / f"{line}.js").write_text(DONE.format(line=line))


def _exercise(name: str, line: str, below: str) -> dict[str, str]:
    return {
        "exercise.toml": MANIFEST.format(id=name[:6], line=line, stacks_on=below),
        "README.md": f"# {name}\n\n## {line}\n",
        "hints.md": f"## {line}\n\n1. One.\n2. Two.\n",
        f"test_{line}.py": CHECKS.format(line=line),
    }


def _layer(lines: list[str], feature: str) -> dict[str, str]:
    """Return the files of one layer: its feature and the composition root; at the bottom, the rest."""
    imports = "".join(f"import {{ {line} }} from './{line}.js';\n" for line in lines)
    routes = ", ".join(f"'/{line}': {line}" for line in lines)
    files = {
        "src/app.js": f"{imports}\nexport const routes = {{ '/healthz': () => [200, {{}}], {routes} }};\n",
        f"src/{lines[-1]}.js": feature.format(line=lines[-1]),
    }
    if len(lines) == 1:
        files["src/server.js"] = SERVER
    if len(lines) != 2:
        files |= _package({"start": "node src/server.js", **({"extra": "true"} if len(lines) > 1 else {})})
    return files


def _package(scripts: dict[str, str]) -> dict[str, str]:
    head = {"name": "stacked", "version": "1.0.0"}
    lock = {**head, "lockfileVersion": 3, "requires": True, "packages": {"": head}}
    package = {**head, "private": True, "type": "module", "scripts": scripts}
    return {"package.json": json.dumps(package, indent=2), "package-lock.json": json.dumps(lock, indent=2)}


def _lay(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
