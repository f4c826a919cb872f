"""Encode a rendered film for a profile: copied where it already fits, else H.264 at the finest quality that fits."""

from __future__ import annotations

import math
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.reformatter import ColorRange

from manim_untangle.publish.video import BT709, BT709_MATRIX, Clip, matrix_of, read_clip, scaled
from netlib.errors import UntangleError, unknown
from netlib.files import written_whole
from netlib.film_record import Section

# x264's constant rate factor: at 18 lines and words look as rendered, above 34 edges of words are blurred.
FINEST, COARSEST = 18, 34
# The rate factor by which films are rendered.
RENDERED = 20
# The bits halve about every 6 steps of the rate factor.
STEPS_PER_HALVING = 6.0
# A file above this share of the budget is not worth another encoding.
FULL_ENOUGH = 0.9
# Heights to fall back to, once no quality fits.
LADDER = (2160, 1440, 1080, 720, 540, 480, 360, 270)
PRESET = "medium"
# SVT-AV1: its speed, and the rate factor at which lines and words are as near to the rendered ones as x264's at
# RENDERED (docs/benchmarks.md).
AV1_PRESET, AV1_QUALITY = 8, 44
SECONDS_BETWEEN_KEYFRAMES = 4


class BudgetNotMet(UntangleError):
    """A film does not fit into a profile's bytes at any quality and resolution that is worth watching."""


@dataclass(frozen=True)
class Profile:
    """name: as given on the command line. purpose: in words. bytes: the most that the place takes, or None.
    height: the most pixels. rate: the most frames a second; a faster film keeps every second (third, ...) frame."""

    name: str
    purpose: str
    bytes: int | None
    height: int
    rate: int


# Budgets count 1 MB as 1,000,000 bytes, so that they hold whichever way a place counts.
hd = Profile("hd", "web pages and course sites", 50_000_000, 1080, 60)
forum = Profile("forum", "uploads to a forum (Discourse allows 10 MB)", 10_000_000, 720, 30)
forum_4mb = Profile("forum-4mb", "uploads to an older forum (4 MB)", 4_000_000, 720, 30)
github = Profile("github", "uploads to an issue or README on GitHub (10 MB)", 10_000_000, 1080, 30)
original = Profile("original", "the film as it was rendered", None, 4320, 120)


def profiles() -> dict[str, Profile]:
    """Return every profile of this module, by name."""
    return {p.name: p for p in vars(sys.modules[__name__]).values() if isinstance(p, Profile)}


def profile(name: str) -> Profile:
    """Return the profile of that name; raise UnknownName with the nearest one otherwise."""
    known = profiles()
    if name not in known:
        raise unknown("profile", name, list(known))
    return known[name]


def encode(clip: Clip, profile: Profile, target: Path, title: str, sections: tuple[Section, ...]) -> tuple[Clip, str]:
    """Write a film for a profile to target: moov first, tagged as BT.709, with its title and chapters.

    Returns the encoded clip, and how it was made: "copied" (the rendered frames, bit by bit) or the rate factor.
    The resolution goes down only where no quality fits, and never up; times are kept. Raises BudgetNotMet, and then
    writes nothing.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as work:
        made, how = _fitting(clip, profile, Path(work), title, sections)
        os.replace(made, target)
    return read_clip(target), how


def encode_av1(clip: Clip, target: Path, title: str, sections: tuple[Section, ...]) -> Clip:
    """Write a film as AV1 to target, at the size and rate that it has, and return the encoded clip."""
    os.environ.setdefault("SVT_LOG", "1")  # it tells its settings otherwise
    with written_whole(target) as partial, _opened(partial, title, sections) as output:
        _encode_frames(clip, output, clip.height, math.ceil(clip.rate), AV1_QUALITY, sections, av1=True)
    return read_clip(target)


def av1_type(clip: Clip) -> str:
    """Return the MIME type of an AV1 clip, with which a browser knows whether it can play it.

    Source: Alliance for Open Media, "AV1 Codec ISO Media File Format Binding", sections 2.3 and 5.
    """
    with av.open(str(clip.path)) as container:
        _, level, depth, *_ = container.streams.video[0].codec_context.extradata or b"\x81\x0d\x0c"
    tier, bits = "H" if depth & 0x80 else "M", 10 if depth & 0x40 else 8
    return f'video/mp4; codecs="av01.{level >> 5}.{level & 31:02}{tier}.{bits:02}"'


def _fitting(clip: Clip, profile: Profile, work: Path, title: str, sections: tuple[Section, ...]) -> tuple[Path, str]:
    if clip.plays_everywhere and clip.height <= profile.height and clip.rate <= profile.rate:
        copied = work / "copied.mp4"
        with _opened(copied, title, sections) as output:
            _copy_frames(clip, output)
        if profile.bytes is None or copied.stat().st_size <= profile.bytes:
            return copied, "copied"
    top = min(profile.height, clip.height)
    for height in (top, *(h for h in LADDER if h < top)):

        def size_at(quality: int, height: int = height) -> int:
            path = work / f"{height}-{quality}.mp4"
            with _opened(path, title, sections) as output:
                _encode_frames(clip, output, height, profile.rate, quality, sections)
            return path.stat().st_size

        quality, smallest = finest_fitting(size_at, profile.bytes, _first_guess(clip, height, profile))
        if quality is not None:
            return work / f"{height}-{quality}.mp4", f"rate factor {quality}"
    raise BudgetNotMet(
        f"{clip.seconds:.0f} s of film do not fit into {(profile.bytes or 0) / 1e6:g} MB: at {height} lines and the "
        f"lowest quality they take {smallest / 1e6:.2f} MB. Choose a profile with more room, or cut the film."
    )


def finest_fitting(size_at: Callable[[int], int], budget: int | None, first: int = FINEST) -> tuple[int | None, int]:
    """Return the rate factor whose size is within the budget and close to it, and that size; None and the smallest
    size where even the coarsest does not fit. size_at(rate factor) -> bytes, falling; each call is an encoding.
    first: the rate factor to try first."""
    if budget is None:
        return FINEST, size_at(FINEST)
    too_large, fits, tried, fitting_size = FINEST - 1, COARSEST + 1, first, 0
    while True:
        size = size_at(tried)
        if size <= budget:
            fits, fitting_size = tried, size
            if size > FULL_ENOUGH * budget:
                break
        else:
            too_large = tried
        if fits - too_large <= 1:
            break
        step = STEPS_PER_HALVING * math.log2(max(size, 1) / budget)
        tried = min(max(math.ceil(tried + step), too_large + 1), fits - 1)
    return (fits, fitting_size) if fits <= COARSEST else (None, size)


def _first_guess(clip: Clip, height: int, profile: Profile) -> int:
    """Return the rate factor that should fill the budget, estimated from the bytes of the rendered film."""
    if profile.bytes is None:
        return FINEST
    kept = min(1.0, profile.rate / float(clip.rate))
    expected = clip.bytes * kept * (height / clip.height) ** 1.5
    guess = RENDERED + STEPS_PER_HALVING * math.log2(expected / profile.bytes)
    return min(max(math.ceil(guess), FINEST), COARSEST)


def _opened(path: Path, title: str, sections: tuple[Section, ...]) -> OutputContainer:
    """Return an MP4 file to write to, with moov first, a title and chapters."""
    output = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
    output.metadata["title"] = title
    output.set_chapters(
        [
            {
                "id": k,
                "start": round(section.start * 1000),
                "end": round(section.end * 1000),
                "time_base": Fraction(1, 1000),
                "metadata": {"title": section.name},
            }
            for k, section in enumerate(sections)
        ]
    )
    return output


def _copy_frames(clip: Clip, output: OutputContainer) -> None:
    """Copy the clip's packets, bit by bit."""
    with av.open(str(clip.path)) as source:
        video = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                output.mux(packet)


@contextmanager
def _usual_priority() -> Iterator[None]:
    """Give this thread, and those that are started meanwhile, the priority back that this thread has now.

    On Linux, SVT-AV1 gives its threads and its caller real-time priority where it may, as in a process of root. Nothing
    else gets a processor then, and each process that is started later inherits it.
    """
    threads = Path("/proc/self/task")
    if not threads.is_dir():
        yield
        return
    before = {thread.name for thread in threads.iterdir()} - {str(threading.get_native_id())}
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        for thread in threads.iterdir():
            if thread.name not in before:
                with suppress(ProcessLookupError):  # it has ended
                    os.sched_setscheduler(int(thread.name), policy, priority)


def _encode_frames(
    clip: Clip,
    output: OutputContainer,
    height: int,
    most_frames: int,
    quality: int,
    sections: tuple[Section, ...],
    av1: bool = False,
) -> None:
    """Encode every k-th frame in BT.709, with the least k that keeps to most_frames a second.

    quality: the rate factor of x264, or of SVT-AV1. Each chapter begins with a key frame, to which a player can jump.
    """
    every = math.ceil(clip.rate / most_frames)
    width, height = scaled(clip, height)
    starts = [section.start for section in sections]
    with av.open(str(clip.path)) as source:
        video = output.add_stream("libsvtav1" if av1 else "libx264", rate=clip.rate / every)
        context = video.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = source.streams.video[0].time_base or Fraction(1, 90_000)
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = ColorRange.MPEG
        context.gop_size = round(SECONDS_BETWEEN_KEYFRAMES * clip.rate / every)
        usual = {"preset": str(AV1_PRESET)} if av1 else {"preset": PRESET, "profile": "high"}
        context.options = {"crf": str(quality), **usual}
        with _usual_priority():
            output.start_encoding()
        for frame in islice(source.decode(video=0), 0, None, every):
            made = frame.reformat(
                width,
                height,
                "yuv420p",
                src_colorspace=matrix_of(clip),
                dst_colorspace=BT709_MATRIX,
                interpolation="LANCZOS",
            )
            made.pts, made.time_base, made.pict_type = frame.pts, frame.time_base, PictureType.NONE
            now = float(frame.time or 0) + 1e-3
            if starts and now >= starts[0]:
                made.pict_type = PictureType.I
                starts = [start for start in starts if start > now]
            output.mux(video.encode(made))
        output.mux(video.encode(None))
