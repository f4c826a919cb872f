"""Writing files whole or not at all: beside their final name first, then renamed onto it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netlib.errors import UntangleError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
NO_FOLDER = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENOENT, errno.ENAMETOOLONG}
ELSEWHERE = "choose another folder with --out (for what is kept between renders: UNTANGLE_CACHE)"


class Unwritable(UntangleError):
    """A folder or disk that takes no more files."""


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it takes the final name at the end, and is removed on any failure.

    The name keeps the suffix, so that writers which go by it work. Raises Unwritable for what the disk refuses.
    """
    partial = made_folder(path.parent) / f".{path.stem}.{os.getpid()}.partial{path.suffix}"
    with refusals_explained(path.parent):
        try:
            yield partial
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


def made_folder(folder: Path) -> Path:
    """Return the folder, made with its parents where it was not there; raise Unwritable where it cannot be."""
    with refusals_explained(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            if problem.errno in NO_FOLDER:
                raise Unwritable(f"{_shown(folder)} is no folder to write in; {ELSEWHERE}") from None
            raise
    return folder


@contextmanager
def refusals_explained(folder: Path) -> Iterator[None]:
    """Turn the operating system's refusal to write into one line with its cure."""
    try:
        yield
    except OSError as problem:
        if problem.errno in FULL:
            raise Unwritable(f"no space left to write in {_shown(folder)}. Make room, or {ELSEWHERE}") from None
        if problem.errno in CLOSED:
            raise Unwritable(f"{_shown(folder)} cannot be written to; {ELSEWHERE}") from None
        raise


def _shown(folder: Path) -> Path:
    """Return the folder that the user knows: not the one for unfinished work inside it."""
    return folder.parent if folder.name.endswith(".partial") else folder
