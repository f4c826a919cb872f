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


class Unwritable(UntangleError):
    """A folder or disk that takes no more files."""


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it takes the final name at the end, and is removed on any failure.

    The name keeps the suffix, so that writers which go by it work. Raises Unwritable for what the disk refuses.
    """
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    with refusals_explained(path.parent):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield partial
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def refusals_explained(folder: Path) -> Iterator[None]:
    """Turn the operating system's refusal to write into one line with its cure."""
    try:
        yield
    except OSError as problem:
        if problem.errno in FULL:
            cure = "Make room, or choose another folder with --out; what is done so far is kept"
            raise Unwritable(f"no space left to write in {folder}. {cure}") from None
        if problem.errno in CLOSED:
            raise Unwritable(f"{folder} cannot be written to. Choose another folder with --out") from None
        if problem.errno in {errno.ENOTDIR, errno.EEXIST, errno.EISDIR}:
            raise Unwritable(f"{folder} is no folder to write in. Choose another with --out") from None
        raise
