"""Encode a rendered film for a profile: copied where it already fits, else H.264 at the finest quality that fits."""

from __future__ import annotations

import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.video.frame import PictureType

from manim_untangle.publish.video import BT709, BT709_MATRIX, Clip, matrix_of, read_clip, scaled
from netlib.errors import UntangleError, unknown
from netlib.film_record import Section

# x264's constant rate factor: at 18 lines and words look as rendered, above 34 words fray.
FINEST, COARSEST = 18, 34
# x264's default, by which films are rendered.
RENDERED = 23
# The bits halve about every 6 steps of the rate factor.
STEPS_PER_HALVING = 6.0
# A file above this share of the budget is not worth another encoding.
FULL_ENOUGH = 0.9
# Heights to fall back to, once no quality fits.
LADDER = (2160, 1440, 1080, 720, 540, 480, 360, 270)
PRESET = "medium"
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


@dataclass(frozen=True)
class Encoding:
    """An encoded film. how: "copied" (the rendered pictures, bit by bit) or the rate factor that was used."""

    clip: Clip
    how: str


def encode(clip: Clip, profile: Profile, target: Path, title: str, sections: tuple[Section, ...]) -> Encoding:
    """Write a film for a profile to target, complete or not at all: moov first, BT.709 said, chapters inside.

    The resolution goes down only where no quality fits, and never up; times are kept. Raises BudgetNotMet.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as work:
        made, how = _fitting(clip, profile, Path(work), lambda path: _Muxer(path, title, sections))
        os.replace(made, target)
    return Encoding(read_clip(target), how)


def _fitting(clip: Clip, profile: Profile, work: Path, muxer: Callable[[Path], _Muxer]) -> tuple[Path, str]:
    if clip.plays_everywhere and clip.height <= profile.height and clip.rate <= profile.rate:
        copied = muxer(work / "copied.mp4").copy(clip)
        if profile.bytes is None or copied.stat().st_size <= profile.bytes:
            return copied, "copied"
    top = min(profile.height, clip.height)
    smallest = 0
    for height in (top, *(h for h in LADDER if h < top)):

        def size_at(quality: int, height: int = height) -> int:
            path = work / f"{height}-{quality}.mp4"
            return muxer(path).encode(clip, height, profile.rate, quality).stat().st_size

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
    """The rate factor that should fill the budget, judged by the bytes of the rendered film."""
    if profile.bytes is None:
        return FINEST
    kept = min(1.0, profile.rate / float(clip.rate))
    expected = clip.bytes * kept * (height / clip.height) ** 1.5
    guess = RENDERED + STEPS_PER_HALVING * math.log2(expected / profile.bytes)
    return min(max(math.ceil(guess), FINEST), COARSEST)


@dataclass(frozen=True)
class _Muxer:
    """Writes one MP4 file with moov first, a title and chapters."""

    path: Path
    title: str
    sections: tuple[Section, ...]

    def copy(self, clip: Clip) -> Path:
        """Copy the clip's packets, bit by bit."""
        with av.open(str(clip.path)) as source, self._open() as output:
            video = output.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(source.streams.video[0]):
                if packet.dts is not None:
                    packet.stream = video
                    output.mux(packet)
            _copy_sound(clip, output)
        return self.path

    def encode(self, clip: Clip, height: int, most_frames: int, quality: int) -> Path:
        """Encode every k-th picture, k the least that keeps to the frame rate, at a height and a rate factor."""
        every = math.ceil(clip.rate / most_frames)
        width, height = scaled(clip, height)
        with av.open(str(clip.path)) as source, self._open() as output:
            video = output.add_stream("libx264", rate=clip.rate / every)
            context = video.codec_context
            context.width, context.height, context.pix_fmt = width, height, "yuv420p"
            context.time_base = source.streams.video[0].time_base or Fraction(1, 90_000)
            context.color_primaries = context.color_trc = context.colorspace = BT709
            context.color_range = 1  # 16 to 235, as video has it
            context.gop_size = round(SECONDS_BETWEEN_KEYFRAMES * clip.rate / every)
            context.options = {"crf": str(quality), "preset": PRESET, "profile": "high"}
            for frame in self._pictures(source, clip, every, (width, height)):
                output.mux(video.encode(frame))
            output.mux(video.encode(None))
            _copy_sound(clip, output)
        return self.path

    def _pictures(
        self, source: InputContainer, clip: Clip, every: int, size: tuple[int, int]
    ) -> Iterator[av.VideoFrame]:
        """The kept pictures in BT.709; each chapter begins with one that a player can jump to."""
        starts = [section.start for section in self.sections]
        for k, frame in enumerate(source.decode(video=0)):
            if k % every:
                continue
            made = frame.reformat(
                *size,
                format="yuv420p",
                src_colorspace=matrix_of(clip),
                dst_colorspace=BT709_MATRIX,
                interpolation="LANCZOS",
            )
            made.pts, made.time_base = frame.pts, frame.time_base
            made.pict_type = PictureType.NONE
            if starts and float(frame.time or 0) >= starts[0] - 1e-3:
                made.pict_type = PictureType.I
                starts = [s for s in starts if s > float(frame.time or 0) + 1e-3]
            yield made

    def _open(self) -> OutputContainer:
        output = av.open(str(self.path), "w", format="mp4", options={"movflags": "+faststart"})
        output.metadata["title"] = self.title
        output.set_chapters(
            [
                {
                    "id": k,
                    "start": round(section.start * 1000),
                    "end": round(section.end * 1000),
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": section.name},
                }
                for k, section in enumerate(self.sections)
            ]
        )
        return output


def _copy_sound(clip: Clip, output: OutputContainer) -> None:
    """Copy AAC sound where the film has it: what every place plays."""
    with av.open(str(clip.path)) as source:
        for sound in source.streams.audio[:1]:
            if sound.codec_context.name != "aac":
                return
            track = output.add_stream_from_template(sound)
            for packet in source.demux(sound):
                if packet.dts is not None:
                    packet.stream = track
                    output.mux(packet)
