"""Items: what is drawn, in order, from what a walk has noted of each mobject."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from manim_untangle.web.container import Arrays
from manim_untangle.web.order import Life, lives
from manim_untangle.web.shapes import Outlines, path, points_value
from manim_untangle.web.spaces import SpaceWriter
from manim_untangle.web.tracks import Tracks, Value
from manim_untangle.web.walk import Actor, Look, Walk

Array = NDArray[np.float64]
Json = dict[str, Any]
T = TypeVar("T")

LEVEL = 1.5  # of 255: what a colour may be off by
OPACITY_TOLERANCE, WIDTH_TOLERANCE = 0.004, 4e-4
# of numbers with a name: the tolerance, and the multiple to which they are rounded
NUMBERS = {
    "fade": (OPACITY_TOLERANCE, 1e-3),
    "opacity": (OPACITY_TOLERANCE, 1e-3),
    "width": (WIDTH_TOLERANCE, 1e-4),
    "behind_width": (WIDTH_TOLERANCE, 1e-4),
    "radius": (WIDTH_TOLERANCE, 1e-4),
    "colours": (LEVEL, 1.0),
    "clip": (1e-3, 1 / 2048),
    "corners": (1e-3, 1 / 2048),
    "gradient": (2e-3, 1 / 2048),
    "depth": (1e-3, 1e-3),
    "layer": (0.4, 1.0),
    "frame": (1e-3, 1e-4),
    "fourth": (OPACITY_TOLERANCE, 1e-3),
    "cut": (1e-6, None),
    "sheet": (OPACITY_TOLERANCE, 1e-3),
    "pink": (OPACITY_TOLERANCE, 1e-3),
    "wrong": (0.5, 1.0),
}
DEFAULTS: dict[str, list[float]] = {
    "fade": [1],
    "opacity": [1],
    "width": [0],
    "behind_width": [0],
    "part": [0, 1],
    "layer": [0],
}
PICTURES = ("image", "window")
JOINS = {"AUTO": "miter", "MITER": "miter", "ROUND": "round", "BEVEL": "bevel"}
CAPS = {"AUTO": "butt", "BUTT": "butt", "ROUND": "round", "SQUARE": "square"}


class ItemWriter:
    """Writes the items of a walk, and the outlines that they share."""

    def __init__(self, walk: Walk, arrays: Arrays, tracks: Tracks, spaces: SpaceWriter) -> None:
        self.walk, self.arrays, self.tracks, self.spaces = walk, arrays, tracks, spaces
        self.outlines = Outlines()

    def items(self) -> list[Json]:
        """Return all items in the order of drawing."""
        items: list[Json] = []
        for life in lives(self.walk.orders, self.walk.frames):
            actor = self.walk.actors[life.actor]
            for epoch in epochs(actor, life):
                items.extend(self._item(actor, *epoch))
        items = joined(items)
        said = set[tuple[int, int]]()
        for item in items:
            text = item.pop("text_number", None)
            if "at" in item:
                item["at"] = self.arrays.add_rounded(item["at"], 1 / 2048)
            if text is not None and (text, item["from"]) not in said:
                said.add((text, item["from"]))
                item |= self.walk.texts[text]
        return items

    def _item(
        self, actor: Actor, begin: int, end: int, frames: list[int], looks: list[Look], fades: list[float]
    ) -> list[Json]:
        look = looks[-1]
        if look.facts["kind"] == "path" and look.place is None and len(look.points) < 4:
            return []  # a VectorizedPoint has no curve
        spread = np.searchsorted(frames, np.arange(begin, min(end, frames[-1] + 1)), side="right") - 1
        fade = self._number("fade", np.array(fades)[spread, None], begin)
        looks, spread = _different(looks, spread)
        constant = len(looks) == 1
        item: Json = {"from": begin, "to": end, "kind": look.facts["kind"], "id": actor.number}
        if look.facts["kind"] not in PICTURES:
            item["fade"] = fade
        for name, numbers in look.numbers.items():
            rows = numbers[None] if constant else np.stack([each.numbers[name] for each in looks])[spread]
            item[name] = self._number(name, rows, begin)
        part = np.array([each.part for each in looks])
        item["part"] = self.tracks.value(part if constant else part[spread], begin, 1e-4, 5e-5)
        if item["kind"] in ("path", "lines", "dots"):
            item |= self._colours(looks, spread, begin, item)
        facts = {
            key: value for key, value in look.facts.items() if key not in ("kind", "join", "cap", "pixels", "shape")
        }
        item |= facts
        for name in ("sizes", "size"):
            if name in item:
                item[name] = list(item[name])
        if item.get("closed") is False:
            del item["closed"]
        for name, names, usual in (("join", JOINS, "miter"), ("cap", CAPS, "butt")):
            if names.get(look.facts.get(name, ""), usual) != usual:
                item[name] = names[look.facts[name]]
        item = {key: value for key, value in item.items() if DEFAULTS.get(key) != value}
        if item.get("fade", item.get("opacity")) == [0]:
            return []
        if actor.text is not None:
            item["text_number"] = actor.text
        return [item | self._shape(looks, spread, begin)]

    def _number(self, name: str, rows: Array, begin: int) -> Value:
        tolerance, scale = NUMBERS[name]
        return self.tracks.value(rows, begin, tolerance, scale)

    def _colours(self, looks: list[Look], spread: NDArray[np.int64], begin: int, item: Json) -> Json:
        """Fill and stroke, as far as they are seen; the opacity that they have in common by itself."""
        wide = {"stroke": item["width"] != [0], "behind": item["behind_width"] != [0]}
        shown = {"fill": True, **wide}
        if "colours" in item:
            shown["fill" if item["kind"] == "dots" else "stroke"] = False
        found = {name: np.stack([getattr(look, name) for look in looks]) for name, seen in shown.items() if seen}
        found = {name: colours for name, colours in found.items() if colours[..., 3].any()}
        said: Json = {}
        if len(looks) == 1:
            return {
                name: self.tracks.value(255 * colours.reshape(1, -1), begin, LEVEL, 1.0)
                for name, colours in found.items()
            }
        if not found:
            return said
        alphas = np.concatenate([colours[..., 3] for colours in found.values()], axis=1)
        most = alphas.max(axis=0)
        shares = alphas[:, most > 0] / most[most > 0]
        common = shares.max(axis=1)
        if "colours" not in item and (common < 1).any() and (np.abs(shares - common[:, None]) < 2e-3).all():
            said["opacity"] = self.tracks.value(common[spread, None], begin, OPACITY_TOLERANCE, 1e-3)
            for colours in found.values():
                colours[..., 3] = colours[..., 3].max(axis=0)
        for name, colours in found.items():
            said[name] = self.tracks.value(255 * colours.reshape(len(looks), -1)[spread], begin, LEVEL, 1.0)
        return said

    def _shape(self, looks: list[Look], spread: NDArray[np.int64], begin: int) -> Json:
        look = looks[-1]
        said: Json = {"png": self.arrays.add_bytes(_png(look))} if "pixels" in look.facts else {}
        if look.place is not None:
            notes, epoch, part = look.place
            said |= {"role": part.role} if part.role else {}
            if part.label is not None:
                said["label"] = part.label
            if part.told is not None:
                return {**said, **self._told(look), "space": self.spaces.number(notes.space, epoch)}
            return {**said, "part_of": self.spaces.part_of(notes.space, epoch, part)}
        if look.facts["kind"] in PICTURES:
            return said
        flat = look.facts.get("axes") != 3
        shapes = [each.points for each in looks]
        if look.facts["kind"] == "path":
            return path(shapes, spread, begin, flat, self.outlines, self.tracks)
        return said | points_value(shapes, spread, begin, flat, self.tracks)

    def _told(self, look: Look) -> Json:
        return {"curves": [self.arrays.add_floats(c) for c in look.facts["curves"]]} if "curves" in look.facts else {}


def epochs(actor: Actor, life: Life) -> list[tuple[int, int, list[int], list[Look], list[float]]]:
    """Return the parts of a life in which an actor is one item: from which frame to which, and the frames from which on
    it has each look and fade."""
    found: list[tuple[int, int, list[int], list[Look], list[float]]] = []
    first = int(np.searchsorted(actor.frames, life.begin, side="right")) - 1
    last = int(np.searchsorted(actor.frames, life.end, side="left"))
    noted = (actor.frames[first:last], actor.looks[first:last], actor.fades[first:last])
    for frame, look, fade in zip(*noted, strict=True):
        frame = max(frame, life.begin)
        if found and (found[-1][3][-1] is look or alike(found[-1][3][-1], look)):
            _, _, frames, looks, fades = found[-1]
            frames.append(frame)
            looks.append(look)
            fades.append(fade)
        else:
            if found:
                found[-1] = (found[-1][0], frame, *found[-1][2:])
            found.append((frame, life.end, [frame], [look], [fade]))
    return found


def alike(one: Look, other: Look) -> bool:
    """Return whether two looks can be those of one item."""
    shapes = (one.points.shape, one.fill.shape, one.stroke.shape, {k: v.shape for k, v in one.numbers.items()})
    others = (other.points.shape, other.fill.shape, other.stroke.shape, {k: v.shape for k, v in other.numbers.items()})
    same_place = one.place is other.place or (
        one.place is not None
        and other.place is not None
        and one.place[1] is other.place[1]
        and one.place[2] is other.place[2]
    )
    return same_place and shapes == others and one.facts == other.facts


def joined(items: list[Json]) -> list[Json]:
    """Return items with neighbours that differ in their outlines only, such as the letters of a text, as one item.

    Those that are shown in part stay apart, for a part counts all curves of an item together.
    """
    result: list[Json] = []
    rest: Json = {}
    for item in items:
        own = {key: value for key, value in item.items() if key not in ("id", "outlines", "at")}
        if result and "outlines" in item and "part" not in item and own == rest:
            result[-1]["outlines"] += item["outlines"]
            result[-1]["at"] = np.vstack([result[-1]["at"], item["at"]])
        else:
            result.append(item)
            rest = own if "outlines" in item else {}
    return result


def _different(values: list[T], spread: NDArray[np.int64]) -> tuple[list[T], NDArray[np.int64]]:
    """Return values without those that are the same object as the one before, and which one each frame has."""
    new = np.array([True, *(one is not other for one, other in pairwise(values))])
    return [value for value, is_new in zip(values, new, strict=True) if is_new], (np.cumsum(new) - 1)[spread]


def _png(look: Look) -> bytes:
    pixels = np.frombuffer(look.facts["pixels"], dtype=np.uint8).reshape(look.facts["shape"])
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return file.getvalue()
