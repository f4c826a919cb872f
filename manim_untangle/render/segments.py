"""A film as its animations: each play is one segment of video, drawn only if the cache does not hold it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from functools import partial

from manim_untangle.render.cache import Cache, Segment
from manim_untangle.render.draw_order import displayed
from manim_untangle.render.encoder import Frames, SegmentEncoder
from manim_untangle.render.engine import Engine
from manim_untangle.render.frame_hash import FrameHash
from manim_untangle.render.progress import Counter
from manim_untangle.render.settings import Settings
from manim_untangle.render.toolchain import salt
from netlib.errors import UntangleError


class Encoding:
    """Segments on their way into the cache, one after another, in a thread of their own.

    kept(segment) is called, by the drawing thread, when a segment's file is whole under its name.
    """

    def __init__(
        self, cache: Cache, settings: Settings, kept: Callable[[Segment], None] = lambda segment: None
    ) -> None:
        self.cache, self.settings, self.kept = cache, settings, kept
        self.frames = Frames(settings)
        self.thread = ThreadPoolExecutor(1, "encode")  # one, so that only one encoder takes its hundreds of megabytes
        self.current: SegmentEncoder | None = None
        self.work: list[Future[None]] = []  # of the segment at hand, and of those before it that were not seen whole
        self.finishing: list[Segment] = []

    def write(self, engine: Engine, repeat: int) -> None:
        """Draw the scene as it stands into the segment at hand."""
        if self.current is None:
            self.current = SegmentEncoder(self.cache.place(f"{engine.num_plays}"), self.settings, self.frames)
            self.work.append(self.thread.submit(self.current.run))
        picture = engine.draw()
        self.current.write(picture, repeat)
        engine.release(picture)

    def end(self, segment: Segment) -> None:
        """Keep what was written as this segment."""
        if self.current is not None:
            self.current.finish(partial(self.cache.final, segment))
            self.current = None
            self.finishing.append(segment)
        while self.finishing and self.work[0].done():
            self._see_whole()

    def close(self) -> None:
        """Wait until every segment is whole under its name, or raise what went wrong."""
        while self.finishing:
            self._see_whole()

    def abandon(self) -> None:
        """Drop the segment at hand, and wait until those before it are whole."""
        if self.current is not None:
            self.current.finish(None)
        self.thread.shutdown()

    def _see_whole(self) -> None:
        self.work[0].result()
        self.work.pop(0)
        self.kept(self.finishing.pop(0))


class Recorder:
    """Goes through a film, takes down its segments, and draws those that begin like none in the cache.

    draws: draw at all; else only take down. segments: what was played so far. missing: the numbers of those that
    are not in the cache and were not drawn, since they begin like one that is, and then go another way.
    """

    def __init__(self, cache: Cache, settings: Settings, counter: Counter, *, draws: bool = True) -> None:
        self.cache, self.counter, self.draws = cache, counter, draws
        self.encoding = Encoding(cache, settings)
        self.settings = settings
        self.segments: list[Segment] = []
        self.missing: list[int] = []
        self.known = cache.beginnings()
        self.salt: bytes | None = None

    def begin(self, engine: Engine) -> None:
        self.salt = self.salt or salt(engine.camera, self.settings)
        self.digest = FrameHash(self.salt)
        self.digest.still(engine.camera, displayed(engine.still), engine.seconds)
        self.drawing = False

    def frame(self, engine: Engine, repeat: int) -> None:
        self.digest.frame(engine.camera, engine.shown, repeat)
        if self.digest.frames == repeat:
            self.drawing = self.draws and self.digest.first not in self.known
        if self.drawing:
            self.encoding.write(engine, repeat)
            self.counter.done(repeat)

    def end(self, engine: Engine) -> None:
        if not self.digest.frames:
            return
        segment = Segment(str(self.digest.first), self.digest.key, self.digest.frames)
        self.segments.append(segment)
        if self.drawing:
            self.known.add(segment.first)
            self.encoding.end(segment)
        elif self.cache.find(segment) or segment in self.segments[:-1]:
            self.counter.done(segment.frames)
        else:
            self.missing.append(len(self.segments) - 1)

    def abandon(self) -> None:
        self.encoding.abandon()


class Answer(Enum):
    """Whether to draw a segment, to leave it, or to leave it and all that follow."""

    DRAW = "draw"
    LEAVE = "leave"
    OVER = "over"


class Redrawer:
    """Goes through a film again and draws those of its segments that `claim(number)` says are to be drawn here."""

    def __init__(
        self,
        encoding: Encoding,
        counter: Counter,
        segments: list[Segment],
        claim: Callable[[int], Answer],
    ) -> None:
        self.encoding, self.counter, self.segments, self.claim = encoding, counter, segments, claim
        self.number = -1
        self.salt: bytes | None = None

    def begin(self, engine: Engine) -> None:
        self.salt = self.salt or salt(engine.camera, self.encoding.settings)
        self.digest: FrameHash | None = None
        self.fresh = True

    def frame(self, engine: Engine, repeat: int) -> None:
        if self.fresh:
            self.fresh = False
            self._ask(engine)
        if self.digest is not None:
            self.digest.frame(engine.camera, engine.shown, repeat)
            self.encoding.write(engine, repeat)
            self.counter.done(repeat)

    def end(self, engine: Engine) -> None:
        if self.digest is None:
            return
        segment = self.segments[self.number]
        if self.digest.key != segment.key:
            raise NeverTheSame(
                f"what is shown up to {engine.time:.1f} s looks different each time it is made. "
                "Seed its randomness (np.random.default_rng(0)) and let it depend on no clock"
            )
        self.encoding.end(segment)

    def abandon(self) -> None:
        self.encoding.abandon()

    def _ask(self, engine: Engine) -> None:
        self.number += 1
        if self.number >= len(self.segments):
            raise NeverTheSame("the film is longer each time it is made. Let its length depend on no clock")
        answer = self.claim(self.number)
        if answer is Answer.DRAW:
            self.digest = FrameHash(self.salt or b"")
            self.digest.still(engine.camera, displayed(engine.still), engine.seconds)
        engine.leap = answer is Answer.OVER


class NeverTheSame(UntangleError):
    """A film whose pictures change from one run to the next, so that its parts would not fit together."""
