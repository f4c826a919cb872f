"""A film as segments: each play is a piece of video of its own, and is drawn only if the cache does not hold it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from functools import partial

from manim_untangle.draw._manim import drawn_order
from manim_untangle.render.cache import Cache, Segment
from manim_untangle.render.encoder import Frames, SegmentEncoder
from manim_untangle.render.engine import Engine, Sink
from manim_untangle.render.frame_hash import FrameHash
from manim_untangle.render.settings import Settings
from manim_untangle.render.toolchain import toolchain_fingerprint
from netlib.errors import UntangleError

Advance = Callable[[int], object]  # is told how many more frames are done


class SegmentWriter:
    """Writes segments into the cache, one after another; a thread of its own encodes them.

    `stored(segment)` is called, by the thread that draws, when a segment's file is complete under its final name.
    """

    def __init__(
        self, cache: Cache, settings: Settings, stored: Callable[[Segment], None] = lambda segment: None
    ) -> None:
        self.cache, self.settings, self.stored = cache, settings, stored
        self.frames = Frames(settings)
        self.thread = ThreadPoolExecutor(1, "encode")  # one, because an encoder takes hundreds of megabytes
        self.current: tuple[SegmentEncoder, Future[None]] | None = None
        self.unfinished: list[tuple[Segment, Future[None]]] = []  # oldest first, without the current one

    def write(self, engine: Engine, repeat: int) -> None:
        """Draw the scene as it is now into the current segment."""
        if self.current is None:
            encoder = SegmentEncoder(self.cache.partial_path(f"{engine.num_plays}"), self.settings, self.frames)
            self.current = encoder, self.thread.submit(encoder.run)
        self.current[0].write(engine.draw(), repeat)

    def end(self, segment: Segment) -> None:
        """Store what was written as this segment."""
        if self.current is not None:
            encoder, encoded = self.current
            encoder.finish(partial(self.cache.final_path, segment))
            self.unfinished.append((segment, encoded))
            self.current = None
        while self.unfinished and self.unfinished[0][1].done():
            self._wait_for_oldest()

    def close(self) -> None:
        """Wait until every segment is stored; raise what went wrong."""
        while self.unfinished:
            self._wait_for_oldest()

    def abandon(self) -> None:
        """Drop the current segment, and wait until those before it are stored."""
        if self.current is not None:
            self.current[0].finish(None)
        self.thread.shutdown()

    def _wait_for_oldest(self) -> None:
        segment, encoded = self.unfinished.pop(0)
        encoded.result()
        self.stored(segment)


class Recorder(Sink):
    """A sink that lists a film's segments, and draws those whose first frame no segment in the cache has.

    draws: whether to draw at all. segments: those played so far. missing: the numbers of segments that are neither in
    the cache nor drawn: their first frame is that of a stored segment, but a later one is not.
    """

    def __init__(self, cache: Cache, settings: Settings, advance: Advance, *, draws: bool = True) -> None:
        self.cache, self.settings, self.advance, self.draws = cache, settings, advance, draws
        self.writer = SegmentWriter(cache, settings)
        self.fingerprint: bytes | None = None
        self.segments: list[Segment] = []
        self.missing: list[int] = []
        self.first_hashes = cache.first_hashes()

    def begin(self, engine: Engine) -> None:
        self.fingerprint = self.fingerprint or toolchain_fingerprint(engine.camera, self.settings)
        self.hash = _begun_hash(engine, self.fingerprint)
        self.drawing = False

    def frame(self, engine: Engine, repeat: int) -> None:
        self.hash.add_frame(engine.camera, engine.drawn_now, repeat)
        if self.hash.frames == repeat:
            self.drawing = self.draws and self.hash.first not in self.first_hashes
        if self.drawing:
            self.writer.write(engine, repeat)
            self.advance(repeat)

    def end(self, engine: Engine) -> None:
        if not self.hash.frames:
            return
        segment = Segment(str(self.hash.first), self.hash.key, self.hash.frames)
        self.segments.append(segment)
        if self.drawing:
            self.first_hashes.add(segment.first)
            self.writer.end(segment)
        elif self.cache.find(segment) or segment in self.segments[:-1]:
            self.advance(segment.frames)
        else:
            self.missing.append(len(self.segments) - 1)

    def abandon(self) -> None:
        self.writer.abandon()


class Answer(Enum):
    """Whether to draw a segment, to skip it, or to skip it and all that follow."""

    DRAW = "draw"
    SKIP = "skip"
    SKIP_REST = "skip rest"


class Redrawer(Sink):
    """A sink that plays a film again and draws those segments for which `claim(number)` returns Answer.DRAW.

    Raises UntangleError where a segment differs from what it was, since the film's segments would not fit together.
    """

    def __init__(
        self, writer: SegmentWriter, advance: Advance, segments: list[Segment], claim: Callable[[int], Answer]
    ) -> None:
        self.writer, self.advance, self.segments, self.claim = writer, advance, segments, claim
        self.number = -1
        self.fingerprint: bytes | None = None

    def begin(self, engine: Engine) -> None:
        self.fingerprint = self.fingerprint or toolchain_fingerprint(engine.camera, self.writer.settings)
        self.hash: FrameHash | None = None
        self.is_first_frame = True

    def frame(self, engine: Engine, repeat: int) -> None:
        if self.is_first_frame:
            self.is_first_frame = False
            self._claim_next(engine)
        if self.hash is not None:
            self.hash.add_frame(engine.camera, engine.drawn_now, repeat)
            self.writer.write(engine, repeat)
            self.advance(repeat)

    def end(self, engine: Engine) -> None:
        if self.hash is None:
            return
        segment = self.segments[self.number]
        if self.hash.key != segment.key:
            raise UntangleError(
                f"what is shown up to {engine.time:.1f} s looks different each time it is made. "
                "Seed its randomness (np.random.default_rng(0)) and let it depend on no clock"
            )
        self.writer.end(segment)

    def abandon(self) -> None:
        self.writer.abandon()

    def _claim_next(self, engine: Engine) -> None:
        self.number += 1
        if self.number >= len(self.segments):
            raise UntangleError("the film is longer each time it is made. Let its length depend on no clock")
        answer = self.claim(self.number)
        if answer is Answer.DRAW:
            self.hash = _begun_hash(engine, self.fingerprint or b"")
        engine.dry_run = answer is Answer.SKIP_REST


def _begun_hash(engine: Engine, fingerprint: bytes) -> FrameHash:
    """Return the hash of a play whose animations have begun, before its first frame."""
    begun = FrameHash(fingerprint)
    begun.add_still(engine.camera, drawn_order(engine.still), engine.seconds)
    return begun
