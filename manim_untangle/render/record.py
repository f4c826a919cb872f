"""film.json: what a film is, what it says when, what it claims, and how to make it again; and the folder for it.

Each film has a folder of its own, and film.json notes its source, so that films of the same name stay apart.
"""

from __future__ import annotations

import inspect
import itertools
import json
import os
import platform
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from manim_untangle.render.films import FilmFile
from manim_untangle.render.settings import Format, Settings
from manim_untangle.render.theme import straight
from netlib.command import installed_version
from netlib.files import written_whole

SCHEMA = 1
OPTIONAL = ("inferred", "questions")
PARTS = ("claims", "recipes", "weights")
PACKAGES = {"untangle": "manim-untangle", "manim": "manim", "numpy": "numpy", "av": "av"}
LAST_FRAME = "last_frame.png"
TIMELINE = "film.timeline"  # beside film.json, which holds its hash
SOURCE = "source"  # the key of a film's source, in film.json and in the text of a last frame


def scene_record(scene: Any, film: FilmFile) -> dict[str, Any]:
    """Return the record that a scene keeps; for a scene that keeps none, what its source says."""
    if hasattr(scene, "record"):
        return dict(scene.record())
    about = inspect.cleandoc(type(scene).__doc__ or "").partition("\n")[2].strip()  # inspect.getdoc may take Manim's
    return {"title": film.title, "description": film.description, "about": about, "sources": []}


def film_json(
    record: dict[str, Any],
    film: FilmFile,
    folder: Path,
    settings: Settings,
    video: Path,
    poster_at: float,
    timeline: bytes | None = None,
) -> str:
    """Return the text of film.json for a scene's record, a film that goes to `folder`, and its finished video.

    Size, rate and number of frames are those of the video file. poster_at: the poster's time in seconds. timeline: the
    content of the one from the same play, whose hash is noted: another version's is told by it.
    """
    title, description = record["title"] or film.title, record["description"]
    facts = {
        "schema": SCHEMA,
        "film": folder.name,
        SOURCE: _source_to_note(film, folder),
        "title": title,
        "description": description,
        "about": record.get("about", ""),
        "sources": record.get("sources", []),
        "alt": record.get("alt") or description or title,
        "command": settings.command(film.argument, *film.command),
        "video": {"file": f"film.{settings.format.value}", **_measured(video, settings)},
        "poster": {"file": "poster.jpg", "time": round(poster_at, 3)},
        **({} if timeline is None else {"timeline": {"file": TIMELINE, "sha256": sha256(timeline).hexdigest()}}),
        "sections": [{**section, "name": section["name"] or title} for section in record.get("sections", [])],
        **{part: record.get(part, []) for part in PARTS},
        **{part: record[part] for part in OPTIONAL if part in record},
        "versions": {
            **{key: installed_version(package) for key, package in PACKAGES.items()},
            "python": platform.python_version(),
        },
    }
    return json.dumps(plain(facts), indent=2, ensure_ascii=False) + "\n"


def film_folder(film: FilmFile, out: Path) -> Path:
    """Return the folder to render a film to: out/<name>, or out/<name>_2 and so on where another film has it.

    A film file that lies in out/<name> itself, where `untangle film` writes them, is always rendered to that folder.
    """
    folder = out / film.name
    return folder if film.path.parent == folder.resolve() else free_folder(folder, film.source)


def free_folder(wanted: Path, source: str) -> Path:
    """Return the wanted folder, or the first of <wanted>_2, <wanted>_3, … that holds no film from another source."""
    numbered = (wanted.with_name(f"{wanted.name}_{number}") for number in itertools.count(2))
    return next(
        folder
        for folder in itertools.chain([wanted], numbered)
        if _source_in(folder) in (None, _seen_from(folder, source))
    )


def write_last_frame(picture: NDArray[np.uint8], film: FilmFile, folder: Path) -> Path:
    """Write the last frame of a film, (height, width, 4), to its folder, and return the file."""
    facts = PngInfo()
    facts.add_text(SOURCE, _source_to_note(film, folder))
    with written_whole(folder / LAST_FRAME) as path:
        opaque = bool((picture[..., 3] == 255).all())
        shown = Image.fromarray(picture).convert("RGB") if opaque else Image.fromarray(straight(picture))
        shown.save(path, pnginfo=facts)
    return folder / LAST_FRAME


def _source_to_note(film: FilmFile, folder: Path) -> str:
    """Return the source to note in a film's folder.

    A film file that lies in that folder itself keeps what is noted there: the network that it was made for.
    """
    before = _source_in(folder) if film.path.parent == folder.resolve() else None
    return before or _seen_from(folder, film.source)


def _seen_from(folder: Path, source: str) -> str:
    """Return a path as seen from the folder, so that both can be moved together; a name or an address as it is."""
    if not Path(source).is_absolute():
        return source
    try:
        return Path(os.path.relpath(source, folder.resolve())).as_posix()
    except ValueError:  # it is on another drive
        return source


def film_seconds(folder: Path) -> float | None:
    """Return the length of the film in a folder, in seconds; None where there is no film."""
    seconds = _noted(folder, "video", "seconds")
    return seconds if isinstance(seconds, float | int) else None


def _noted(folder: Path, *keys: str) -> Any:
    """Return an entry of the film.json in a folder; None where there is no such entry."""
    try:
        found = json.loads((folder / "film.json").read_text(encoding="utf-8"))
        for key in keys:
            found = found[key]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def _source_in(folder: Path) -> str | None:
    """Return the source of the film in a folder; None where there is no film, or where it is not noted."""
    if (source := _noted(folder, SOURCE)) is not None:
        return str(source)
    try:
        with Image.open(folder / LAST_FRAME) as picture:
            return str(picture.info[SOURCE])
    except (OSError, ValueError, KeyError):
        return None


def _measured(video: Path, settings: Settings) -> dict[str, Any]:
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        frames = stream.frames or sum(1 for packet in container.demux(stream) if packet.size)
        # a GIF holds times in hundredths of a second, so its rate cannot be read from it
        rate = settings.fps if settings.format is Format.gif else stream.average_rate or settings.fps
        return {
            "width": stream.width,
            "height": stream.height,
            "fps": int(rate) if rate.denominator == 1 else round(float(rate), 6),
            "frames": frames,
            "seconds": round(float(frames / rate), 3),
        }


def plain(value: Any) -> Any:
    """Return a value in the types of JSON, with numbers rounded to six digits."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if hasattr(value, "item"):  # numpy scalars
        value = value.item()
    return round(value, 6) if isinstance(value, float) else value
