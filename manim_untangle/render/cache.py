"""The cache of segments: files named for what is in them, so that they are never wrong, only unused."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from manim_untangle.render.output import made_folder

LIMIT_MB = 2000
LONGEST_RENDER = 24 * 3600  # seconds


@dataclass(frozen=True)
class Segment:
    """A stretch of a film between two cuts: how it begins, what it shows, and how many frames it has."""

    first: str
    key: str
    frames: int

    @property
    def name(self) -> str:
        return f"{self.first}-{self.key}-{self.frames}"


class Cache:
    """Segments in a folder. limit: bytes that `prune` leaves, the least recently used going first."""

    def __init__(self, folder: Path, limit: int | None = None) -> None:
        self.folder = folder
        self.segments = folder / "segments"
        self.limit = limit if limit is not None else _limit()

    def final(self, segment: Segment, size: int) -> Path:
        """Return the path of a segment of so many bytes. The size is in its name, to tell a file that broke off."""
        return self.segments / f"{segment.name}-{size}.mp4"

    def place(self, name: str) -> Path:
        """Return a path in the cache for a file that is not finished, which no one else uses."""
        return made_folder(self.segments) / f".{os.getpid()}-{name}.partial"

    def find(self, segment: Segment) -> Path | None:
        """Return the segment's file if it is there and whole, and mark it as used; a damaged file is removed."""
        for path in self.segments.glob(f"{segment.name}-*.mp4"):
            if str(path.stat().st_size) == path.stem.rpartition("-")[2]:
                os.utime(path)
                return path
            path.unlink(missing_ok=True)
        return None

    def beginnings(self) -> set[str]:
        """Return the first-frame digests of all segments."""
        return {path.name.partition("-")[0] for path in self._files()}

    def size(self) -> tuple[int, int]:
        """Return the number of segments and their bytes."""
        sizes = [path.stat().st_size for path in self._files()]
        return len(sizes), sum(sizes)

    def prune(self, keep: Iterable[Path] = ()) -> None:
        """Remove the least recently used segments beyond the limit, none of those to keep, and what is unfinished."""
        kept = set(keep)
        files = sorted(((path.stat(), path) for path in self._files()), key=lambda each: each[0].st_mtime, reverse=True)
        total = 0
        for facts, path in files:
            total += facts.st_size
            if total > self.limit and path not in kept:
                with contextlib.suppress(OSError):  # on Windows, where another process reads it
                    path.unlink(missing_ok=True)
        self.sweep()

    def sweep(self, ended: Collection[int] = ()) -> None:
        """Remove the unfinished files of processes that ended, by their numbers, and those that are a day old.

        Whether a process still lives is not asked: there is no way that works on every system, the number may have
        gone to another process, and the cache may be shared between machines.
        """
        for path in self.segments.glob(".*.partial"):
            with contextlib.suppress(OSError):
                old = path.stat().st_mtime < time.time() - LONGEST_RENDER
                if old or path.name[1:].partition("-")[0] in map(str, ended):
                    path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything, set type included."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def length(self, film: str) -> float | None:
        """Return how many seconds the film had when it was last rendered, None where that is not known."""
        try:
            return float((self.folder / "lengths" / film).read_text())
        except (OSError, ValueError):
            return None

    def remember_length(self, film: str, seconds: float) -> None:
        with contextlib.suppress(OSError):
            (made_folder(self.folder / "lengths") / film).write_text(repr(seconds))

    def _files(self) -> list[Path]:
        return [path for path in self.segments.glob("*.mp4") if path.is_file()]


def cache_folder() -> Path:
    """Return where segments and set type are kept between renders: $UNTANGLE_CACHE, or renders/.cache here."""
    return Path(os.environ.get("UNTANGLE_CACHE") or Path("renders") / ".cache").absolute()


def _limit() -> int:
    try:
        return int(float(os.environ.get("UNTANGLE_CACHE_MB", LIMIT_MB)) * 1e6)
    except ValueError:
        return int(LIMIT_MB * 1e6)
