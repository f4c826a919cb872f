"""The cache of segments and of netlib's results (netlib/kept.py).

A file is named after all that its contents depend on, so it is never out of date, only unused.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from netlib.files import made_folder
from netlib.kept import keeping

LIMIT_MB = 2000
LONGEST_RENDER = 24 * 3600  # seconds
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Segment:
    """One play of a film as a piece of video.

    first: the frame hash after its first frame. key: the frame hash of all of it. frames: how many it has.
    """

    first: str
    key: str
    frames: int

    @property
    def name(self) -> str:
        return f"{self.first}-{self.key}-{self.frames}"

    @classmethod
    def named(cls, name: str) -> Segment:
        """Return the segment of that name."""
        first, key, frames = name.split("-")
        return cls(first, key, int(frames))


class Cache:
    """Segments and kept results in a folder.

    limit: the bytes that `prune` leaves; it removes the least recently used files first. writer: who writes, for the
    names of unfinished files; by default the id of this process.
    """

    def __init__(self, folder: Path, limit: int | None = None, writer: str = "") -> None:
        self.folder = folder
        self.segments, self.results = folder / "segments", folder / "results"
        self.writer = writer or str(os.getpid())
        self.limit = limit if limit is not None else _limit()

    def final_path(self, segment: Segment, size: int) -> Path:
        """Return the path of a segment's file of `size` bytes. A file of another size than its name says is damaged."""
        return self.segments / f"{segment.name}-{size}.mp4"

    def partial_path(self, name: str) -> Path:
        """Return a path in the cache for an unfinished file of this writer."""
        return made_folder(self.segments) / f".{self.writer}-{name}.partial"

    def find(self, segment: Segment) -> Path | None:
        """Return a segment's file and mark it as used; None where there is no whole one. Remove a damaged file."""
        for path in self.segments.glob(f"{segment.name}-*.mp4"):
            if str(path.stat().st_size) == path.stem.rpartition("-")[2]:
                os.utime(path)
                return path
            path.unlink(missing_ok=True)
        return None

    def first_hashes(self) -> set[str]:
        """Return the hash of the first frame of each segment."""
        return {path.name.partition("-")[0] for path in self.segments.glob("*.mp4")}

    def size(self) -> tuple[int, int, int]:
        """Return the number of segments, that of results, and the bytes of all."""
        files = self._files()
        segments = sum(path.parent == self.segments for path in files)
        return segments, len(files) - segments, sum(path.stat().st_size for path in files)

    def prune(self, keep: Iterable[Path] = ()) -> None:
        """Remove old unfinished files, and files beyond the limit, the least recently used first; none in `keep`."""
        needed, total = set(keep), 0
        files = [(path.stat(), path) for path in self._files()]
        for facts, path in sorted(files, key=lambda each: each[0].st_mtime, reverse=True):
            total += facts.st_size
            if total > self.limit and path not in needed:
                with contextlib.suppress(OSError):  # on Windows, where another process reads it
                    path.unlink(missing_ok=True)
        self.remove_unfinished()

    def remove_unfinished(self, ended: Collection[str] = ()) -> None:
        """Remove the unfinished files of writers that ended, and those that are a day old.

        This does not ask whether a process is alive: no way to ask works on every system, the id may belong to
        another process by now, and several machines may share the cache.
        """
        for path in (*self.segments.glob(".*.partial"), *self.results.glob(".*.partial.json")):
            with contextlib.suppress(OSError):
                old = path.stat().st_mtime < time.time() - LONGEST_RENDER
                if old or path.name[1:].partition("-")[0] in ended:
                    path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return [*self.segments.glob("*.mp4"), *self.results.glob("[!.]*.json")]

    def clear(self) -> None:
        """Remove everything, the outlines of set text included."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def results_kept(use_cache: bool = True) -> Iterator[set[Path]]:
    """Within it, netlib takes results from the cache and keeps new ones there; without `use_cache` it does neither.

    Afterwards the cache is pruned, but of no file that the caller adds to the set that this yields.
    """
    cache, needed = Cache(cache_folder()), set[Path]()
    with keeping(cache.results if use_cache else None):
        yield needed
    if use_cache:
        cache.prune(keep=needed)


def cache_folder() -> Path:
    """Return the folder that keeps segments, results and set text between renders.

    It is $UNTANGLE_CACHE where that is set, renders/.cache in a checkout of this project, and else the user's own cache
    folder for manim-untangle.
    """
    if chosen := os.environ.get("UNTANGLE_CACHE"):
        return Path(chosen).absolute()
    if (PROJECT / "pyproject.toml").is_file():
        return PROJECT / "renders" / ".cache"
    return platformdirs.user_cache_path("manim-untangle", appauthor=False)


def _limit() -> int:
    try:
        return int(float(os.environ.get("UNTANGLE_CACHE_MB", LIMIT_MB)) * 1e6)
    except (ValueError, OverflowError):
        return int(LIMIT_MB * 1e6)
