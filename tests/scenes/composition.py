"""What is wrong with how a picture is composed: what stands where something else belongs, words that meet, and what is
too small for a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from manim import ManimColor, Mobject, RoundedRectangle, VMobject

from manim_untangle import Box, Dots, Film, Polylines, style
from manim_untangle.draw._manim import clip_of, fade_opacity
from manim_untangle.draw.text import em_of
from manim_untangle.stage.marks import Z
from netlib.activations import Array

ROOM = 0.03  # scene units: strokes and letters may reach so far beyond an area
SMALLEST_TEXT = 0.032  # an em, as a share of the frame's shorter side
FAINT = {ManimColor(each).to_hex() for each in (style.GRID, style.GHOST, style.FAINT_INK)}


# lines that names on a plate may cover, for they go on and on
UNDER_PLATES = {*FAINT, *(ManimColor(each).to_hex() for each in (style.ANSWER, style.SECOND_HIGHLIGHT))}


@dataclass(frozen=True)
class Drawn:
    """Something that is seen: its box within its clip, and what it is."""

    box: Box
    mobject: Mobject
    name: str


@contextmanager
def problems_found(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Yield what is wrong at the end of the plays of any film that runs meanwhile, and when it first is."""
    found, play = dict[str, str](), Film.play

    def played(self: Film, *args: Any, **kwargs: Any) -> None:
        play(self, *args, **kwargs)
        for problem in problems(self):
            found.setdefault(problem, f"{self.now:.1f} s, under “{self.captions[-1].text if self.captions else ''}”")

    with patch.context() as inner:
        inner.setattr(Film, "play", played, raising=False)
        yield found


def problems(scene: Film) -> Iterator[str]:
    """Yield what is wrong with a picture, one sentence each."""
    layout, members = scene.layout, scene.get_mobject_family_members()
    texts = [found for each in members if em_of(each) is not None and (found := drawn(each, each.get_family()))]
    # a film of several pictures divides the picture area itself: what lives in each is cut off at its edge
    pictures = [Box(*clip) for clip in {clip_of(each) for each in members} if clip is not None] or [layout.picture]
    letters = {id(letter) for text in texts for letter in text.mobject.get_family()}
    others = [found for each in members if id(each) not in letters and (found := drawn(each, [each]))]
    areas, band = layout.areas, layout.signs
    if not any(band and each.mobject.z_index >= Z and each.box.meets(band) for each in (*texts, *others)):
        areas = (*areas, layout.above_captions)  # the signs have gone
    for each in (*texts, *others):
        if not any(area.holds(each.box, ROOM) for area in areas):
            yield f"{each.name} lies in no area of the frame: {rounded(each.box)}"
    for text in texts:
        em, needed = em_of(text.mobject), SMALLEST_TEXT * min(layout.frame.width, layout.frame.height)
        if em is not None and em < needed - 1e-6:
            yield f"{text.name} has an em of {em:.3f}, less than {needed:.3f}"
        if text.mobject.z_index >= Z and any(text.box.meets(area, -ROOM) for area in pictures):
            yield f"{text.name} stands in the picture area"
    for one, two in combinations(texts, 2):
        if one.box.meets(two.box, -ROOM):
            yield f"{one.name} meets {two.name}"
    plated = {id(each[1]) for each in members if is_plated(each)}
    for text in texts:
        for each in others:
            covered = id(text.mobject) in plated and may_be_covered(each.mobject)
            if not covered and meets(each, text.box.inset(ROOM)):
                yield f"{text.name} meets {each.name}"
    yield from (each for other in others if (each := too_fine(other)))


def may_be_covered(mobject: Mobject) -> bool:
    """Return whether names on a plate may stand on a mobject."""
    return isinstance(mobject, Polylines) and (colour_of(mobject) in UNDER_PLATES or is_tint(mobject))


def is_tint(mobject: Mobject) -> bool:
    """Return whether a mobject is an area without an edge, through which all else is seen."""
    return isinstance(mobject, Polylines) and not mobject.stroke_width and 0 < mobject.get_fill_opacity() <= 0.5


def drawn(mobject: Mobject, family: list[Mobject]) -> Drawn | None:
    """Return what is seen of members of a family together; None where nothing is."""
    seen = [each for each in family if len(each.points) and is_visible(each)]
    boxes = [box for each in seen if (box := box_of(each))]
    if not boxes:
        return None
    left, bottom = (min(getattr(box, side) for box in boxes) for side in ("left", "bottom"))
    right, top = (max(getattr(box, side) for box in boxes) for side in ("right", "top"))
    name = f"“{vars(mobject)['source']}”" if "source" in vars(mobject) else type(mobject).__name__
    return Drawn(Box(left, bottom, right, top), mobject, name)


def is_plated(mobject: Mobject) -> bool:
    """Return whether a mobject is a dark plate that is seen, with words on it."""
    if len(mobject.submobjects) != 2 or not isinstance(mobject.submobjects[0], RoundedRectangle):
        return False
    plate, text = mobject.submobjects
    return em_of(text) is not None and plate.get_fill_opacity() > 0.5 * text[0].get_fill_opacity()


def colour_of(mobject: Dots | Polylines) -> str:
    return str(ManimColor(mobject.colour()[:3]).to_hex())


def is_visible(mobject: Mobject) -> bool:
    if not isinstance(mobject, VMobject) or fade_opacity(mobject) <= 0:
        return False
    if isinstance(mobject, Dots | Polylines):
        return bool(mobject.point_rgbas()[:, 3].max() > 0)
    return bool(mobject.get_fill_opacity() > 0 or (mobject.get_stroke_opacity() > 0 and mobject.get_stroke_width() > 0))


def box_of(mobject: Mobject) -> Box | None:
    """Return the box of the points of a mobject that its clip leaves visible; None where it leaves none."""
    points = mobject.points[np.isfinite(mobject.points).all(axis=1)][:, :2]
    if not len(points):
        return None
    clip = clip_of(mobject)
    if clip is None and isinstance(mobject, Dots):
        points = np.vstack([points - mobject.radius, points + mobject.radius])
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    if clip is not None:
        left, bottom, right, top = max(left, clip[0]), max(bottom, clip[1]), min(right, clip[2]), min(top, clip[3])
    return Box(left, bottom, right, top) if left <= right and bottom <= top else None


def meets(each: Drawn, box: Box) -> bool:
    """Return whether a mobject's drawn points or segments lie in a box."""
    if not each.box.meets(box):
        return False
    mobject = each.mobject
    points = mobject.points[:, :2]
    if isinstance(mobject, Polylines):
        pieces = [np.linspace(line[:-1, :2], line[1:, :2], 40).reshape(-1, 2) for line in mobject.lines() if len(line)]
        points = np.vstack([points, *pieces])
    inside = (points > (box.left, box.bottom)).all(axis=1) & (points < (box.right, box.top)).all(axis=1)
    return bool(inside.any())


def too_fine(each: Drawn) -> str:
    """Return what is too thin or too small for a phone; '' where nothing is."""
    mobject = each.mobject
    if is_tint(mobject):
        return ""
    if not isinstance(mobject, Dots | Polylines) or mobject.rgbas is not None:  # each point has a colour: a surface
        return ""
    colour = colour_of(mobject)
    if colour in FAINT:
        return ""
    if isinstance(mobject, Dots):
        small = mobject.radius < style.SMALLEST_DOT - 1e-6
        return f"a dot in {colour} has a radius of {mobject.radius:.3f}" if small else ""
    return f"a line in {colour} is {mobject.stroke_width:g} wide" if mobject.stroke_width < style.THINNEST_LINE else ""


def rounded(box: Box) -> Array:
    return np.round([box.left, box.bottom, box.right, box.top], 2)
