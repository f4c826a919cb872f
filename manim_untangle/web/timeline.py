"""The timeline of a film: all that a player needs to show it at any size and time (docs/timeline.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import Scene, config

from manim_untangle.render.engine import manim_config, play_film
from manim_untangle.render.films import FilmFile
from manim_untangle.render.record import plain, scene_record
from manim_untangle.render.settings import Quality, settings
from manim_untangle.web.container import Arrays
from manim_untangle.web.items import LEVEL, ItemWriter
from manim_untangle.web.spaces import SpaceWriter
from manim_untangle.web.tracks import Tracks
from manim_untangle.web.walk import Walk

Json = dict[str, Any]

VERSION = 1
RATE = 30  # frames a second at which a film is looked at; a player shows any time between
CAMERA_TOLERANCE = 1e-3


def timeline(
    scene_class: type[Scene],
    rate: float = RATE,
    record: Callable[[Scene], Json] | None = None,
    walk: Walk | None = None,
) -> bytes:
    """Go through a film without drawing it, and return its timeline as the content of a .timeline file.

    rate: moments a second at which the film is looked at. record: returns what it says, by default its own record.
    walk: a new one, which goes through it.
    Raises UntangleError for what a timeline cannot tell, by its name.
    """
    walk = walk or Walk()
    with manim_config(settings(Quality.m, rate)), walk.watching():
        scene, _ = play_film(scene_class, walk)
        return told(scene, walk, rate, (record or own_record)(scene))


def timeline_of(film: FilmFile, rate: float = RATE) -> bytes:
    """Return the timeline of a film file, with what its source says where it keeps no record."""
    with manim_config(settings(Quality.m, rate)):
        scene_class = film.load()
        return timeline(scene_class, rate, lambda scene: scene_record(scene, film))


def own_record(scene: Scene) -> Json:
    """Return the record that a scene keeps; of one that keeps none its name."""
    return dict(scene.record()) if hasattr(scene, "record") else {"title": type(scene).__name__}


def told(scene: Scene, walk: Walk, rate: float, record: Json) -> bytes:
    """Return the timeline of a scene that a walk has gone through, with the words of its record."""
    arrays = Arrays()
    tracks = Tracks(arrays)
    spaces = SpaceWriter(arrays, tracks)
    writer = ItemWriter(walk, arrays, tracks, spaces)
    items = writer.items()
    poster = record.get("poster_time")
    header: Json = {
        "format": "untangle-timeline",
        "version": VERSION,
        **{key: record.get(key, "") for key in ("title", "description", "about", "alt")},
        "sources": record.get("sources", []),
        "language": "en",
        "rate": plain(rate),
        "frames": walk.frames,
        "frame": [round(config.frame_width, 6), round(config.frame_height, 6)],
        "background": tracks.value(np.array(walk.backgrounds), 0, LEVEL, 1.0),
        "poster": min(round(poster * rate), walk.frames - 1) if poster is not None else walk.frames - 1,
        "chapters": [
            {"name": each["name"], "start": plain(each["start"]), "end": plain(each["end"])}
            for each in record.get("sections", [])
        ],
        "captions": [plain(word) for each in record.get("sections", []) for word in each["words"]],
        "claims": plain(record.get("claims", [])),
        "questions": plain(record.get("questions", [])),
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


def _camera(walk: Walk, tracks: Tracks) -> Json | None:
    rows = np.array(walk.cameras)
    if not rows.shape[1]:
        return None
    kind, name = ("space", "view") if rows.shape[1] > 4 else ("flat", "frame")
    if kind == "flat" and np.allclose(rows[:, 3] / rows[:, 2], config.frame_width / config.frame_height):
        rows = rows[:, :3]
    return {"kind": kind, name: tracks.value(rows, 0, CAMERA_TOLERANCE if kind == "flat" else 2e-4, None)}
