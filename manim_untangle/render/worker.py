"""What a worker of a cluster does for a film: it plays the film, and draws segments of it, one for each task.

A worker keeps the film that it is at, stopped after the segment that it drew last. So segments that are asked for in
order cost no more than to draw the film once. Dask imports this module in each worker; it never runs in the command.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from manim_untangle.render.cache import Cache, Segment, cache_folder
from manim_untangle.render.cluster import Unwanted, refuse_unwanted
from manim_untangle.render.engine import Engine, Sink, manim_config, play_film
from manim_untangle.render.films import FilmFile
from manim_untangle.render.parcel import Parcel
from manim_untangle.render.play import Teller, play
from manim_untangle.render.played import Played, purity
from manim_untangle.render.record import plain
from manim_untangle.render.segments import Answer, Redrawer, SegmentWriter
from manim_untangle.render.settings import Settings
from manim_untangle.render.versions import Versions, versions
from netlib.errors import UntangleError, Unwritable
from netlib.files import refusals_explained
from netlib.kept import keeping

TOPIC = "untangle"  # of Dask's events, by which a worker tells how many frames are done
REPORT_SECONDS = 0.5
PARCELS_KEPT = 8
RASTER = "UNTANGLE_RASTER"

_one_film = threading.Lock()  # Manim has one configuration in a process
_parcels: dict[str, Parcel] = {}
_player: _Player | None = None


class UnfitWorker(UntangleError):
    """This worker cannot draw, for a reason that has nothing to do with the film."""


class UnknownParcel(Exception):
    """This worker does not have the parcel of that name."""


@dataclass(frozen=True)
class Work:
    """What all tasks of a film have in common.

    token: of the command that asks; the file `<token>` in its cache tells that a worker shares the cache. parcel: the
    film, or its name where the worker has it. keeps: whether segments are kept and used between renders. raster: which
    of the two ways of drawing is chosen. teller: makes what tells the film's timeline.
    """

    token: str
    parcel: Parcel | str
    settings: Settings
    cache: Path
    keeps: bool
    raster: str | None
    teller: Callable[[Settings], Teller] | None
    versions: Versions

    @property
    def shares_cache(self) -> bool:
        return (self.cache / self.token).is_file()


@dataclass(frozen=True)
class Reply:
    """What comes back from a worker: the film as played, where that was asked for, and drawn segments as bytes. They
    are empty where worker and command share the cache."""

    played: Played | None
    content: dict[str, bytes]


def play_task(work: Work, key: str, draws: bool) -> Reply | Exception:
    """Play a film; draw meanwhile what looks new, where `draws` says so. Return what went wrong, if anything did."""
    return _in_words(lambda: _play(work, key, draws))


def draw_task(work: Work, key: str, segments: tuple[Segment, ...], number: int) -> Reply | Exception:
    """Draw one segment of a film. Return what went wrong, if anything did."""
    return _in_words(lambda: _draw(work, key, segments, number))


def _play(work: Work, key: str, draws: bool) -> Reply:
    with _alone(work) as parcel:
        _stop_player()
        report, folder = _Report(work.token, key), _own_folder()
        cache, teller = _cache(work, folder), work.teller(work.settings) if work.teller else None
        kept = keeping(cache.results if work.keeps else None)
        with _opened(work, parcel, folder) as film, manim_config(work.settings), kept, purity(film) as noted:
            watch = _Watch(report)
            played = noted(
                play(film, film.load(), work.settings, cache, report.advance, draws=draws, teller=teller, watch=watch)
            )
            found = {segment for n, segment in enumerate(played.segments) if n not in played.missing}
            content = _content(work, cache, found) if draws else {}
            if not work.shares_cache:
                cache.prune()
            homes = tuple(parcel.home_of(path, film) for path in played.weights)
        return Reply(replace(played, record=plain(played.record), weights=homes), content)


def _draw(work: Work, key: str, segments: tuple[Segment, ...], number: int) -> Reply:
    global _player
    with _alone(work) as parcel:
        segment, cache = segments[number], _cache(work, _own_folder())
        if not cache.find(segment):  # a worker before this one may have drawn it
            asked = replace(work, parcel=parcel.name), segments
            if _player is None or not _player.can_draw(asked, number):
                _stop_player()
                _player = _Player(work, parcel, segments, asked)
            try:
                _player.draw(number, _Report(work.token, key))
            except BaseException:
                _stop_player()
                raise
        return Reply(None, _content(work, cache, {segment}))


class _Report:
    """Tells the command how many frames of a task are done, and learns whether the task is wanted at all."""

    def __init__(self, token: str, key: str) -> None:
        self.token, self.key, self.frames = token, key, 0
        self.worker = _worker()
        self.next = time.monotonic() + REPORT_SECONDS

    def advance(self, frames: int) -> None:
        """Add frames that are done."""
        self.frames += frames
        if (now := time.monotonic()) > self.next:
            self.next = now + REPORT_SECONDS
            self.worker.log_event(TOPIC, {"token": self.token, "key": self.key, "frames": self.frames})
        self.check()

    def check(self) -> None:
        """Raise Unwanted where the command gave the task up, or is gone."""
        refuse_unwanted(self.worker, self.key)


class _Watch(Sink):
    """Ends a film that is not wanted any longer, at its next frame."""

    def __init__(self, report: _Report) -> None:
        self.report = report

    def frame(self, engine: Engine, repeat: int) -> None:
        self.report.check()


class _Stepper(Redrawer):
    """A Redrawer that stores each segment before it goes on."""

    def __init__(self, check: Callable[[], None], writer: SegmentWriter, *rest: Any) -> None:
        super().__init__(writer, *rest)
        self.check = check

    def frame(self, engine: Engine, repeat: int) -> None:
        self.check()
        super().frame(engine, repeat)

    def end(self, engine: Engine) -> None:
        super().end(engine)
        self.writer.close()


class _Player:
    """A film that is played in a thread of its own. It waits after each segment that it draws."""

    def __init__(self, work: Work, parcel: Parcel, segments: tuple[Segment, ...], asked: object) -> None:
        self.work, self.parcel, self.segments, self.asked = work, parcel, segments, asked
        self.at = -1  # the number of the last segment that was drawn
        self.wanted: int | None = None
        self.report: _Report | None = None
        self.orders: queue.SimpleQueue[tuple[int, _Report] | None] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[Segment | BaseException] = queue.SimpleQueue()
        self.folder = _own_folder()
        self.thread = threading.Thread(target=self._run, name="play", daemon=True)
        self.thread.start()

    def can_draw(self, asked: object, number: int) -> bool:
        """Whether it plays that film, and has not passed that segment."""
        return self.thread.is_alive() and asked == self.asked and number > self.at

    def draw(self, number: int, report: _Report) -> None:
        """Draw a segment into the cache."""
        self.orders.put((number, report))
        answer = self.answers.get()
        if isinstance(answer, BaseException):
            raise answer
        self.at = number

    def stop(self) -> None:
        """End the film where it is."""
        self.orders.put(None)
        self.thread.join()

    def _run(self) -> None:
        try:
            work, cache = self.work, _cache(self.work, self.folder)
            kept = keeping(cache.results if work.keeps else None)
            with _opened(work, self.parcel, self.folder) as film, manim_config(work.settings), kept:
                writer = SegmentWriter(cache, work.settings, self._answer)
                play_film(film.load(), _Stepper(self._check, writer, self._advance, list(self.segments), self._claim))
            self.answers.put(
                UntangleError("the film is shorter each time it is made. Let its length depend on no clock")
            )
        except BaseException as problem:
            self.answers.put(problem)

    def _claim(self, number: int) -> Answer:
        if self.wanted is None:
            order = self.orders.get()
            if order is None:
                raise Unwanted
            self.wanted, self.report = order
        return Answer.DRAW if number == self.wanted else Answer.SKIP

    def _answer(self, segment: Segment) -> None:
        self.wanted = self.report = None  # until the next order, nobody waits for this film
        self.answers.put(segment)

    def _advance(self, frames: int) -> None:
        if self.report:
            self.report.advance(frames)

    def _check(self) -> None:
        if self.report:
            self.report.check()


def _stop_player() -> None:
    global _player
    if _player is not None:
        _player.stop()
        _player = None


@contextlib.contextmanager
def _alone(work: Work) -> Iterator[Parcel]:
    """Wait until no other task runs here; yield the parcel. Refuse work of another version."""
    with _one_film:
        work.versions.refuse_other(versions(), f"worker {_worker().address}")
        if isinstance(work.parcel, Parcel):
            _parcels[work.parcel.name] = work.parcel
            for name in list(_parcels)[:-PARCELS_KEPT]:
                del _parcels[name]
            yield work.parcel
        elif work.parcel in _parcels:
            yield _parcels[work.parcel]
        else:
            raise UnknownParcel(work.parcel)


@contextlib.contextmanager
def _opened(work: Work, parcel: Parcel, folder: Path) -> Iterator[FilmFile]:
    """Yield the film of a parcel: in place where the disk is shared, else unpacked in this worker's own folder."""
    before = os.environ.get(RASTER)
    try:
        if work.raster is None:
            os.environ.pop(RASTER, None)
        else:
            os.environ[RASTER] = work.raster
        with parcel.opened(folder, in_place=work.shares_cache and parcel.is_here) as film:
            yield film
    finally:
        if before is None:
            os.environ.pop(RASTER, None)
        else:
            os.environ[RASTER] = before


def _worker() -> Any:
    """Dask's worker of this process."""
    from distributed import get_worker

    return get_worker()


def _own_folder() -> Path:
    """The folder of this worker, which Dask removes."""
    return Path(_worker().local_directory)


def _cache(work: Work, folder: Path) -> Cache:
    """Return where segments go: the cache of the command where it is shared, else that of this worker's user."""
    own = cache_folder() if work.keeps else folder
    return Cache(work.cache if work.shares_cache else own, writer=f"{work.token}-{os.getpid()}")


def _content(work: Work, cache: Cache, segments: set[Segment]) -> dict[str, bytes]:
    """Return segments of the cache as bytes, by name; none where the command shares the cache."""
    if work.shares_cache:
        return {}
    files = {segment.name: path for segment in segments if (path := cache.find(segment))}
    content = {name: path.read_bytes() for name, path in files.items()}
    if not work.keeps:
        for path in files.values():
            path.unlink(missing_ok=True)
    return content


def _in_words(task: Callable[[], Reply]) -> Reply | Exception:
    """Return what a task returns, or what went wrong in it: what this worker's disk or memory refuses as UnfitWorker,
    and what goes wrong in the film as one line. Dask would add to an exception what cannot always be sent."""
    here = f"worker {_worker().address}"
    found: Exception
    try:
        with refusals_explained(cache_folder()):
            return task()
    except Unwanted:
        found = UnfitWorker(f"{here} was told to stop")
    except (Unwritable, MemoryError) as problem:
        found = UnfitWorker(f"{here}: {problem or 'memory is full'}")
    except (UntangleError, UnknownParcel) as problem:
        found = problem
    except Exception as problem:
        where = traceback.extract_tb(problem.__traceback__)[-1]
        found = UntangleError(f"{type(problem).__name__}: {problem} ({Path(where.filename).name}, line {where.lineno})")
    found.__context__ = found.__cause__ = found.__traceback__ = None
    return found
