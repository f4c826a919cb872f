"""Letters: lines of text set by Typst, with their outlines kept, since setting a line takes 90 ms and reading it 3."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from filelock import FileLock
from manim import Typst, VGroup, VMobject, config
from numpy.typing import NDArray

Array = NDArray[np.float64]
STROKE_WIDTH = 0.5  # the face is thin; on a phone a hair of stroke keeps it readable


def letters(source: str, size: float, colour: str, preamble: str) -> VGroup:
    """Return what Typst makes of `source` at a font size, centred, as a group with one mobject a letter."""
    file = _file(source, size, preamble)
    return VGroup(*(_letter(outline, colour) for outline in _kept(file) or _set(file, source, size, preamble)))


def _letter(outline: Array, colour: str) -> VMobject:
    letter = VMobject(fill_color=colour, fill_opacity=1, stroke_color=colour, stroke_width=STROKE_WIDTH)
    letter.points = outline
    return letter


def _file(source: str, size: float, preamble: str) -> Path:
    """Return where the outlines are kept: a name that is different for all that could change them."""
    facts = repr((source, float(size), preamble, *_versions()))
    return Path(config.get_dir("tex_dir")) / f"{hashlib.sha256(facts.encode()).hexdigest()[:32]}.npz"


@cache
def _versions() -> tuple[str, ...]:
    return tuple(version(package) for package in ("manim", "typst", "svgelements"))


def _kept(file: Path) -> list[Array] | None:
    """Return the outlines (n, 3) of each letter as they were kept; None where they were not, or the file broke off."""
    try:
        with np.load(BytesIO(file.read_bytes())) as kept:
            return np.split(kept["points"], kept["ends"][:-1])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _set(file: Path, source: str, size: float, preamble: str) -> list[Array]:
    with alone():
        # Manim would keep every line as it read it, 0.8 MB each, for as long as the process lives
        typeset = Typst(source, font_size=size, typst_preamble=preamble, use_svg_cache=False)
    outlines = [np.asarray(letter.points) for letter in typeset.get_family() if len(letter.points)]
    partial = file.with_name(f".{file.stem}.{os.getpid()}.npz")
    try:
        np.savez(partial, points=np.concatenate(outlines), ends=np.cumsum([len(outline) for outline in outlines]))
        os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)
    return outlines


@contextmanager
def alone() -> Iterator[None]:
    """Let no other process set letters meanwhile: Manim reads an SVG through a file beside it, named by the SVG alone,
    and removes that file, so of two processes at the same words one would find it gone."""
    folder = Path(config.get_dir("tex_dir"))
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "letters.lock", poll_interval=0.01):
        yield
