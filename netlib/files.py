"""Writing files whole or not at all: to a name beside the final one first, then renamed."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netlib.errors import Unwritable

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
NO_FOLDER = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENOENT, errno.ENAMETOOLONG}
ELSEWHERE = "choose another folder (--out; for what is kept between renders, UNTANGLE_CACHE)"


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to. It is renamed to `path` at the end, and removed on any failure.

    The folder is made where it does not exist. The name keeps the suffix, because some writers choose the format by it.
    Raises Unwritable where the operating system refuses.
    """
    partial = made_folder(path.parent) / f".{path.stem}.{os.getpid()}.partial{path.suffix}"
    with refusals_explained(path.parent):
        try:
            yield partial
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


def made_folder(folder: Path) -> Path:
    """Return the folder, after making it and its parents where they do not exist; raise Unwritable on failure."""
    with refusals_explained(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            if problem.errno in NO_FOLDER:
                raise Unwritable(f"{_known_folder(folder)} is no folder to write in; {ELSEWHERE}") from None
            raise
    return folder


@contextmanager
def refusals_explained(folder: Path) -> Iterator[None]:
    """Turn the operating system's refusal to write into Unwritable, one line that names the folder and the cure."""
    try:
        yield
    except OSError as problem:
        known = _known_folder(folder)
        if problem.errno in FULL:
            raise Unwritable(f"no space left to write in {known}. Make room, or {ELSEWHERE}") from None
        if problem.errno in CLOSED:
            raise Unwritable(f"{known} cannot be written to; make it writable, or {ELSEWHERE}") from None
        raise


@contextmanager
def replaced_whole(target: Path) -> Iterator[Path]:
    """Yield an empty folder that takes target's place at the end; on an error target stays as it was."""
    staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    old = staging.with_name(f"{staging.name}.old")
    try:
        with refusals_explained(target.parent):
            yield staging
            staging.chmod(0o755)
            if target.exists():
                os.rename(target, old)
            os.rename(staging, target)
    except BaseException:
        if old.exists() and not target.exists():
            os.rename(old, target)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _known_folder(folder: Path) -> Path:
    """Return the folder that the user knows, where `folder` is one inside it for unfinished work."""
    return folder.parent if folder.name.endswith(".partial") else folder
