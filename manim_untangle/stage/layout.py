"""Layout: which part of the frame belongs to the picture, to the captions, and to the signs around the picture.

Nothing but what lives in space enters the picture area, and space ends at its edge. All lengths are in scene units.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Mobject, RoundedRectangle, VGroup, config
from numpy.typing import NDArray

from manim_untangle.draw import style
from manim_untangle.draw.text import LINE, PLATE_BUFF, words

Array = NDArray[np.float64]
M = TypeVar("M", bound=Mobject)


@dataclass(frozen=True)
class Box:
    """A rectangle of the frame, in scene units."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    @property
    def half(self) -> tuple[float, float]:
        """Half the width and half the height."""
        return self.width / 2, self.height / 2

    def corner(self, direction: Array) -> Array:
        """Return the scene point (3,) of a corner, or of the middle of a side: UL, DOWN and so on."""
        (x, y), (wide, high) = self.centre, self.half
        return np.array([x + wide * direction[0], y + high * direction[1], 0.0])

    def inset(self, across: float, up: float | None = None) -> Box:
        """Return the box that is smaller by so much on each side; up: above and below, by default as much."""
        up = across if up is None else up
        return Box(self.left + across, self.bottom + up, self.right - across, self.top - up)

    def holds(self, other: Box, room: float = 1e-6) -> bool:
        """Return whether another box lies in this one, up to `room`."""
        return (
            self.left - room <= other.left
            and self.bottom - room <= other.bottom
            and other.right <= self.right + room
            and other.top <= self.top + room
        )

    def meets(self, other: Box, room: float = 0.0) -> bool:
        """Return whether two boxes share an area, or come nearer to each other than `room`."""
        return (
            self.left < other.right + room
            and other.left < self.right + room
            and self.bottom < other.top + room
            and other.bottom < self.top + room
        )

    def parts(self, count: int, gap: float = 0.3) -> tuple[Box, ...]:
        """Return equal parts with gaps between: side by side where the box is wider than high, else below each other,
        the first on top."""
        return self.cells(count, 1, gap) if self.width >= self.height else self.cells(1, count, gap)

    def cells(self, columns: int, rows: int, gap: float = 0.3) -> tuple[Box, ...]:
        """Return the cells of a table that fills the box, row by row from the top, with gaps between."""
        wide = (self.width - (columns - 1) * gap) / columns
        high = (self.height - (rows - 1) * gap) / rows
        corners = [
            (self.left + j * (wide + gap), self.top - i * (high + gap)) for i in range(rows) for j in range(columns)
        ]
        return tuple(Box(left, top - high, left + wide, top) for left, top in corners)


@dataclass(frozen=True)
class Layout:
    """The areas of a frame; no two of them meet.

    frame: all of it. picture: what space is drawn in; it may reach the frame's edge. captions: of the lines of a
    caption, at most `lines`. signs: the band that holds the slots `diagram`, `formula`, `notes` (live labels, scores, a
    legend, a matrix) and `scale`; None where the picture has that room too. heading: a line above the picture; None
    where there is none.
    """

    frame: Box
    picture: Box
    captions: Box
    lines: int
    signs: Box | None = None
    heading: Box | None = None
    diagram: Box | None = None
    formula: Box | None = None
    notes: Box | None = None
    scale: Box | None = None

    @property
    def kept_half(self) -> tuple[float, float]:
        """Half the width and height of the box, around the middle of the picture, in which data stay."""
        (wide, high) = self.picture.half
        return wide - ROOM[0], high - ROOM[1]

    @property
    def areas(self) -> tuple[Box, ...]:
        """The areas that something can be drawn in."""
        return tuple(box for box in (self.picture, self.captions, self.signs, self.heading) if box is not None)

    @property
    def upper(self) -> Box:
        """The places of diagram and formula together, for what takes their place."""
        first, second = self.slot("diagram"), self.slot("formula")
        sides = zip(*((box.left, box.bottom, -box.right, -box.top) for box in (first, second)), strict=True)
        left, bottom, right, top = (min(side) for side in sides)
        return Box(left, bottom, -right, -top)

    @property
    def above_captions(self) -> Box:
        """The picture and the room for signs, whether beside it or above it: for pictures that come when the signs
        have gone."""
        band = self.signs or self.picture
        right, top = (max(getattr(box, side) for box in (self.picture, band)) for side in ("right", "top"))
        return replace(self.picture, right=right, top=top)

    def growth(self, width: float) -> float:
        """Return by how much larger than in a wide frame a picture can be drawn that fills the height there, and is so
        many scene units wide."""
        above = self.heading.height + MARGIN + GAP if self.heading else 0.0
        high = layout_of(*WIDE).picture.height - above
        return min(self.picture.width / width, self.picture.height / high)

    def slot(self, name: str) -> Box:
        """Return the box of a slot; of a layout without signs the whole picture."""
        return getattr(self, name) or self.picture

    def under(self, mobject: Mobject, slot: str = "notes", gap: float = 0.25) -> Box:
        """Return what is left of a slot below a mobject."""
        box = self.slot(slot)
        return replace(box, top=min(box.top, float(mobject.get_bottom()[1]) - gap))

    def caption(self, text: str, cards: bool = False) -> VGroup:
        """Return a caption in its place: in `lines` lines, smaller where they are too few for it. cards: whether it
        leaves room for two cards below it."""
        box = replace(self.captions, bottom=self.captions.bottom + CARD + 0.13) if cards else self.captions
        for size in np.arange(style.CAPTION_SIZE, style.LABEL_SIZE - 1, -1.0):
            caption = words(text, float(size), width=box.width)
            if caption.height <= box.height:
                break
        return put(caption, box, DOWN if cards else ORIGIN).set_z_index(20)  # away from the picture, towards the cards

    def cards(self, choices: tuple[str, str]) -> tuple[VGroup, VGroup]:
        """Return two cards with words on them, side by side in the lower part of the place for captions."""
        left, right = replace(self.captions, top=self.captions.bottom + CARD).cells(2, 1, gap=0.6)
        return _card(choices[0], left, RIGHT), _card(choices[1], right, LEFT)

    def panels(self, count: int, below: float = 0.0, gap: float = 0.3) -> tuple[Box, ...]:
        """Return equal parts of the picture for small multiples: beside each other, four in two rows. below: room
        that each leaves for words below it."""
        whole = self.picture.inset(MARGIN)
        cells = whole.cells(2, 2, gap) if count == 4 else whole.parts(count, gap)
        return tuple(replace(box, bottom=box.bottom + below) for box in cells)

    def named_panels(self, count: int, gap: float = 0.3) -> tuple[tuple[Box, Box], ...]:
        """Return panels, and the place for the name of each: in the heading, or above each panel where they stand below
        each other."""
        band, boxes = self.slot("heading"), self.panels(count, gap=gap)
        up = band.bottom - boxes[0].top
        if boxes[-1].top < boxes[0].bottom:
            boxes = self.panels(count, gap=max(gap, up + band.height + GAP))
        return tuple((box, replace(box, bottom=box.top + up, top=box.top + up + band.height)) for box in boxes)


MARGIN = style.MARGIN
CARD = 0.42  # the height of a card
ROOM = (0.45, 0.4)  # between the data and the edge of the picture
GAP = 0.15  # between two areas
COLUMN = 3.45  # the width of the column of signs in a wide frame
UPPER = 1.3  # the height of diagram and formula in a band above the picture
ROW, NOTES = 0.45, 5  # the height of a line of notes there, and for how many there is room by default
WIDE = (128 / 9, 8.0)  # a frame of 16:9


@lru_cache(maxsize=64)
def layout_of(width: float, height: float, signs: bool = True, heading: int = 0, notes: int = NOTES) -> Layout:
    """Return the layout of a frame of a width and a height. signs: whether it has a place for signs. heading: how
    many lines it has above the picture. notes: how many lines of notes need room where signs stand above it, too."""
    frame = Box(-width / 2, -height / 2, width / 2, height / 2)
    left, right, foot = frame.left + MARGIN, frame.right - MARGIN, frame.bottom + MARGIN
    lines = 2 if width > 1.2 * height else 3 if width > 0.8 * height else 4
    pitch = style.CAPTION_SIZE / 48 * LINE
    captions = Box(left, foot, right, foot + lines * pitch + 0.14)
    picture = Box(frame.left, captions.top + GAP, frame.right, frame.top)
    found = Layout(frame, picture, captions, lines)
    if signs and width > 1.2 * height:
        found = _with_column(found)
    elif signs:
        found = _with_band(found, notes)
    if heading:
        top = frame.top - MARGIN if found.signs is None or lines == 2 else found.picture.top
        height = 2 * PLATE_BUFF + 0.1 + heading * style.LABEL_SIZE / 48 * LINE
        band = Box(found.picture.left + MARGIN, top - height, min(found.picture.right, right), top)
        found = replace(found, heading=band, picture=replace(found.picture, top=band.bottom - GAP))
    return found


def _with_column(bare: Layout) -> Layout:
    """Return a layout with signs in a column at the right."""
    frame, foot = bare.frame, bare.picture.bottom
    column = Box(frame.right - MARGIN - COLUMN, foot, frame.right - MARGIN, frame.top - MARGIN)
    levels = [column.top, column.top - 1.75, column.top - 2.65, foot + 0.85, foot]
    slots = [Box(column.left, low + (GAP if low > foot else 0), column.right, high) for high, low in pairwise(levels)]
    picture = replace(bare.picture, right=column.left - 2 * GAP)
    diagram, formula, notes, scale = slots
    return replace(bare, picture=picture, signs=column, diagram=diagram, formula=formula, notes=notes, scale=scale)


def _with_band(bare: Layout, notes_lines: int) -> Layout:
    """Return a layout with signs in a band above the picture: in a square frame in three columns, in a tall one in two,
    with the notes below them."""
    frame, square = bare.frame, bare.lines == 3
    top, below = frame.top - MARGIN, notes_lines * ROW
    high = max(UPPER, below + GAP) if square else UPPER + (GAP + below if below else 0.0)
    band = Box(frame.left + MARGIN, top - high, frame.right - MARGIN, top)
    right = band.right - (COLUMN + GAP if square else 0.0)
    middle, level = (band.left + right) / 2, band.bottom if square else band.top - UPPER
    notes = Box(right + GAP, band.bottom, band.right, band.top)
    return replace(
        bare,
        picture=replace(bare.picture, top=band.bottom - GAP),
        signs=band,
        formula=Box(band.left, band.top - 0.6, middle - GAP, band.top),
        scale=Box(band.left, band.top - UPPER, middle - GAP, band.top - 0.6),
        diagram=Box(middle, level, right, band.top),
        notes=notes if square else Box(band.left, band.bottom, band.right, level - GAP),
    )


def _card(text: str, box: Box, side: Array) -> VGroup:
    """Return words in a frame, at one side of a box."""
    shown = words(text, style.LABEL_SIZE)
    shown.scale(min(1.0, (box.width - 0.6) / shown.width))
    edge = RoundedRectangle(0.12, width=shown.width + 0.6, height=box.height, color=style.GHOST, stroke_width=4)
    edge.move_to(box.corner(side), aligned_edge=side)
    return VGroup(edge, shown.move_to(edge)).set_z_index(20)


_current: list[Layout] = []


def current_layout() -> Layout:
    """Return the layout of the film that is being made; for any other scene the whole frame is the picture."""
    if _current:
        return _current[-1]
    width, height = float(config.frame_width), float(config.frame_height)
    frame = Box(-width / 2, -height / 2, width / 2, height / 2)
    return replace(layout_of(width, height), frame=frame, picture=frame)


@contextmanager
def using(layout: Layout) -> Iterator[Layout]:
    """Let a layout be the current one."""
    _current.append(layout)
    try:
        yield layout
    finally:
        _current.remove(layout)


def put(mobject: M, box: Box, where: Array = UP + LEFT) -> M:
    """Move a mobject to a corner or side of a box, make it smaller where it is too large, and return it."""
    if mobject.width > box.width:
        mobject.scale(box.width / mobject.width)
    if mobject.height > box.height:
        mobject.scale(box.height / mobject.height)
    return mobject.move_to(box.corner(where), aligned_edge=where)


def box_of(mobject: Mobject) -> Box:
    """Return the box around a mobject."""
    (left, bottom), (right, top) = mobject.get_corner(DOWN + LEFT)[:2], mobject.get_corner(UP + RIGHT)[:2]
    return Box(float(left), float(bottom), float(right), float(top))
