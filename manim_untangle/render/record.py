"""film.json: what a film is, what it says when, what it claims, and how to make it again."""

from __future__ import annotations

import inspect
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import av

from manim_untangle.render.choices import Format
from manim_untangle.render.films import FilmFile
from manim_untangle.render.home import SOURCE, source_to_note
from manim_untangle.render.settings import Settings

SCHEMA = 1
PARTS = ("claims", "recipes", "weights")


def describe(scene: Any, film: FilmFile) -> dict[str, Any]:
    """Return what a scene says of itself; for a scene that keeps no record, what its source says."""
    if hasattr(scene, "record"):
        return dict(scene.record())
    about = inspect.cleandoc(type(scene).__doc__ or "").partition("\n")[2].strip()  # getdoc would take manim's
    return {"title": film.title, "description": film.description, "about": about, "sources": []}


def film_json(
    said: dict[str, Any], film: FilmFile, folder: Path, settings: Settings, video: Path, poster_at: float
) -> str:
    """Return the text of film.json for a film that goes to `folder` and whose video is finished at `video`.

    Size, rate and number of frames are read back from the file, not taken from the settings.
    """
    title, description = said["title"] or film.title, said["description"]
    record = {
        "schema": SCHEMA,
        "film": folder.name,
        SOURCE: source_to_note(film, folder),
        "title": title,
        "description": description,
        "about": said.get("about", ""),
        "sources": said.get("sources", []),
        "alt": said.get("alt") or description or title,
        "command": settings.command(film.argument, *film.command),
        "video": {"file": f"film.{settings.format.value}", **_measured(video, settings)},
        "poster": {"file": "poster.jpg", "time": round(poster_at, 3)},
        "sections": [{**section, "name": section["name"] or title} for section in said.get("sections", [])],
        **{part: said.get(part, []) for part in PARTS},
        **{part: said[part] for part in ("inferred",) if part in said},
        "versions": versions(),
    }
    return json.dumps(_plain(record), indent=2, ensure_ascii=False) + "\n"


def versions() -> dict[str, str]:
    """Return the versions of everything that decides how a film looks."""
    packages = {"untangle": "manim-untangle", "manim": "manim", "numpy": "numpy", "av": "av"}
    return {**{key: _version(package) for key, package in packages.items()}, "python": platform.python_version()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _measured(video: Path, settings: Settings) -> dict[str, Any]:
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        frames = stream.frames or sum(1 for packet in container.demux(stream) if packet.size)
        # a GIF keeps its times in hundredths, so its rate cannot be read back
        rate = settings.fps if settings.format is Format.gif else stream.average_rate
        assert rate is not None
        return {
            "width": stream.width,
            "height": stream.height,
            "fps": int(rate) if rate.denominator == 1 else round(float(rate), 6),
            "frames": frames,
            "seconds": round(float(frames / rate), 3),
        }


def _plain(value: Any) -> Any:
    """Return the value in types that JSON has; times rounded to a millisecond."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if hasattr(value, "item"):  # numpy scalars
        value = value.item()
    return round(value, 6) if isinstance(value, float) else value
