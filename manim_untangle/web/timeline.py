"""The timeline of a film: all that a player needs to show it at any size and time (docs/timeline.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from manim import ManimColor, Scene, config

from manim_untangle.render.engine import manim_config, play_film
from manim_untangle.render.settings import Quality, settings
from manim_untangle.web.container import Arrays
from manim_untangle.web.items import ItemWriter
from manim_untangle.web.spaces import SpaceWriter
from manim_untangle.web.tracks import Tracks
from manim_untangle.web.walk import Walk
from netlib.files import written_whole

Json = dict[str, Any]

VERSION = 1
RATE = 30  # frames a second at which a film is looked at; a player shows any time between
CAMERA_TOLERANCE = 1e-3


def timeline(scene_class: type[Scene], rate: float = RATE) -> bytes:
    """Go through a film without drawing it, and return its timeline as the content of a .timeline file.

    Raises UntangleError for what a timeline cannot tell, by its name.
    """
    walk = Walk()
    with manim_config(settings(Quality.m, rate)), walk.watching():
        scene, _ = play_film(scene_class, walk)
        return told(scene, walk, rate)


def told(scene: Scene, walk: Walk, rate: float) -> bytes:
    """Return the timeline of a scene that a walk has gone through."""
    arrays = Arrays()
    tracks = Tracks(arrays)
    spaces = SpaceWriter(arrays, tracks)
    writer = ItemWriter(walk, arrays, tracks, spaces)
    items = writer.items()
    record = scene.record() if hasattr(scene, "record") else {}
    poster = record.get("poster_time")
    header: Json = {
        "format": "untangle-timeline",
        "version": VERSION,
        **{key: record.get(key, "") for key in ("title", "description", "about", "alt")},
        "sources": record.get("sources", []),
        "language": "en",
        "rate": _plain(rate),
        "frames": walk.frames,
        "frame": [round(config.frame_width, 6), round(config.frame_height, 6)],
        "background": _background(scene),
        "poster": min(round(poster * rate), walk.frames - 1) if poster is not None else walk.frames - 1,
        "chapters": [
            {"name": each["name"], "start": _plain(each["start"]), "end": _plain(each["end"])}
            for each in record.get("sections", [])
        ],
        "captions": [_plain(word) for each in record.get("sections", []) for word in each["words"]],
        "claims": _plain(record.get("claims", [])),
        "plays": [{"from": p.begin, "to": p.end, "still": p.still, "title": p.title} for p in walk.plays],
        "camera": _camera(walk, tracks),
        "networks": spaces.networks,
        "trainings": spaces.trainings,
        "spaces": spaces.spaces,
        "outlines": writer.outlines.told(arrays),
        "items": items,
        "tracks": tracks.entries,
    }
    return arrays.packed(header)


def write_timeline(scene_class: type[Scene], path: Path, rate: float = RATE) -> Path:
    """Write a film's timeline to a file, whole or not at all, and return the path."""
    content = timeline(scene_class, rate)
    with written_whole(path) as file:
        file.write_bytes(content)
    return path


def _background(scene: Scene) -> list[int]:
    colour = getattr(scene.camera, "background_color")  # noqa: B009, of both kinds of camera
    return [*map(int, ManimColor(colour).to_int_rgb()), 255]


def _camera(walk: Walk, tracks: Tracks) -> Json | None:
    rows = np.array(walk.cameras)
    if not rows.shape[1]:
        return None
    kind, name = ("space", "view") if rows.shape[1] > 3 else ("flat", "frame")
    return {"kind": kind, name: tracks.value(rows, 0, CAMERA_TOLERANCE if kind == "flat" else 2e-4, None)}


def _plain(value: Any) -> Any:
    """Return a value in the types of JSON, with numbers rounded to six digits."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if hasattr(value, "item"):  # numpy scalars
        value = value.item()
    if isinstance(value, float):
        return int(value) if value == int(value) else round(value, 6)
    return value
