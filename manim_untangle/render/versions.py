"""Versions of all that decides how a film looks: two machines draw the same frames only where these are equal."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import netlib
from manim_untangle.render.films import PACKAGE, SCENES
from manim_untangle.render.toolchain import DRAWING
from netlib.command import installed_version
from netlib.errors import UntangleError

OURS = "manim-untangle"


class OtherVersion(UntangleError):
    """A worker has other versions than the command, so that it would draw other frames."""


@dataclass(frozen=True)
class Versions:
    """The versions of packages by name, and a digest of our own code, films and weights."""

    packages: tuple[tuple[str, str], ...]
    code: str

    def refuse_other(self, theirs: Versions, who: str) -> None:
        """Raise OtherVersion where another's versions differ from these; `who` names the other."""
        for (name, here), (_, there) in zip(self.packages, theirs.packages, strict=True):
            if here != there:
                raise other_version(who, name, there, here)
        if self.code != theirs.code:
            own = dict(self.packages)[OURS]
            raise other_version(who, OURS, f"{own} with code {theirs.code}", f"{own} with code {self.code}")


def other_version(who: str, name: str, there: str, here: str) -> OtherVersion:
    """Return the error for another version of a package."""
    return OtherVersion(f"{who} has {name} {there}, and this command {here}. Install the same in both places")


@cache
def versions() -> Versions:
    """Return the versions in this process."""
    packages = [(name, installed_version(name)) for name in (OURS, *DRAWING)]
    return Versions((*packages, ("python", platform.python_version())), _code())


def _code() -> str:
    found = hashlib.sha256()
    for folder in (Path(netlib.__file__).parent, PACKAGE, SCENES):
        for path in sorted(folder.rglob("*")):
            ours = folder == SCENES or SCENES not in path.parents  # a wheel holds the films inside of the package
            if ours and path.suffix in (".py", ".safetensors") and path.is_file():
                found.update(f"\0{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return found.hexdigest()[:8]
