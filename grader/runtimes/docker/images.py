"""The images of a run: looked up by what they are made of, built only when there is none yet."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped
from grader.runtimes.text import tail

from . import faults, names
from .builder import Builder, BuildFailedError
from .context import pack
from .dockerfiles import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from .engine import Engine, Image

OWN_SECONDS = 300.0
"""To build one of our own small images; nothing is downloaded for them."""

KEEP_PER_LOCK = 6
KEEP_LOCKS = 8
"""App images kept: of each lockfile, and lockfiles (a lockfile's layer is some 100 MB)."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What an image is made of; two recipes of one `kind`, `base` and `key` make the same image."""

    kind: str
    base: str
    key: str
    dockerfile: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    folders: Mapping[str, Path] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def tag(self, base: Image) -> str:
        """Return the tag under which an image of exactly this recipe is found."""
        whole = hashlib.sha256(f"{base.id} {self.key}".encode())
        return f"grader/{self.kind}:{whole.hexdigest()[:24]}"


@dataclass
class Images:
    """Finds, builds and prunes our images on one engine."""

    engine: Engine
    builder: Builder
    _pulling: threading.Lock = field(default_factory=threading.Lock)

    def find(self, recipe: Recipe) -> Image | None:
        """Return the image of a recipe if it is built; raises `StoppedError` without its base."""
        return self.engine.image(recipe.tag(self.base(recipe.base)))

    def base(self, tag: str) -> Image:
        """Return a base image, pulled if it is not here; raises `StoppedError` where it cannot be."""
        found = self.engine.image(tag)
        if found is None:
            with self._pulling:
                why = self.builder.pull(tag, lambda _line: None)
            found = self.engine.image(tag)
            if found is None:
                raise faults.image_missing(tag, why)
        return found

    def build(self, recipe: Recipe, seconds: float, say: Callable[[str], None]) -> Image:
        """Build a recipe's image; raises `BuildFailedError`."""
        tag = recipe.tag(self.base(recipe.base))
        with pack({**recipe.files, NAME: recipe.dockerfile.encode()}, recipe.folders) as context:
            self.builder.build(context, tag, {names.KIND: recipe.kind, **recipe.labels}, seconds, say)
        image = self.engine.image(tag)
        if image is None:
            raise BuildFailedError("", f"the engine has no image {tag} after building it", ())
        return image

    def own(self, recipe: Recipe) -> Image:
        """Return the image of one of our own programs; raises `StoppedError` (ours)."""
        found = self.find(recipe)
        if found is not None:
            return found
        try:
            image = self.build(recipe, OWN_SECONDS, lambda _line: None)
        except BuildFailedError as error:
            message = f"our own {recipe.kind} image could not be built: {error.why}"
            raise stopped(Blame.OURS, "image", message, log=tail("\n".join(error.lines))) from error
        for old in self.engine.images(f"{names.KIND}={recipe.kind}"):
            if old.id != image.id:
                self.engine.remove_image(old)
        return image

    def prune_apps(self, keep: str = "") -> None:
        """Remove app images that are not likely to be asked for again; never the one with the id `keep`.

        A build that changed nothing returns an old image: its age does not show that it is wanted.
        """
        for image in expendable(self.engine.images(f"{names.KIND}=app")):
            if image.id != keep:
                self.engine.remove_image(image)


def expendable(images: Iterable[Image]) -> list[Image]:
    """Return what may go: all but the newest of each of the most recently used lockfiles."""
    by_lock: dict[str, list[Image]] = {}
    for image in sorted(images, key=lambda one: one.created, reverse=True):
        by_lock.setdefault(image.labels.get(names.LOCK, ""), []).append(image)
    groups = list(by_lock.values())
    kept = {image.id for group in groups[:KEEP_LOCKS] for image in group[:KEEP_PER_LOCK]}
    return [image for group in groups for image in group if image.id not in kept]


def digest(paths: Iterable[Path], root: Path) -> str:
    """Return the SHA-256 of files by name and content."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(f"{path.relative_to(root).as_posix()}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
