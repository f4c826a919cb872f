"""The folder of the film of a network that the user brings: the film as a file, the weights and data that it shows.

With these three the film can be rendered again, edited and published without the user's own files.
"""

from __future__ import annotations

import itertools
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from manim_untangle.draw.fonts import families_for
from netlib.datasets import Dataset, datasets
from netlib.errors import UntangleError
from netlib.files import written_whole
from netlib.network import Network
from netlib.readers import ReadNetwork
from netlib.training.recipe import save_weights
from netlib.training.watched import WatchedTraining

LONGEST_TITLE = 100
# The film of one network is a class of the stage that gets the path of the weights.
FILM = '''"""{docstring} To show or say something in another way, override a method of {film}."""

from pathlib import Path

from manim_untangle import {film}


class Own{film}({film}):
    weights = Path(__file__).with_suffix(".safetensors")
'''
NETWORK = FILM.format(film="NetworkFilm", docstring="The film of one network.")
TRAINING = FILM.format(film="TrainingFilm", docstring="The film of one training.")


@dataclass(frozen=True)
class Subject:
    """A network and its data, as a film shows them.

    origin: where the network comes from, for the title: the name of a file or class. images: width and height in pixels
    of the points, where each is drawn as its picture. data_name: the specification of a built-in data set, or None
    where the data are kept beside the film.
    """

    read: ReadNetwork
    data: Dataset
    origin: str
    title: str | None = None
    images: tuple[int, int] | None = None
    data_name: str | None = None

    @property
    def record(self) -> dict[str, Any]:
        """What is kept with the weights: title, description, names of classes, and what was assumed."""
        widths, assumptions = shape(self.read.network), list(self.read.assumptions)
        known = f"{self.origin}: {widths}"
        title = printed(self.title or known)[:LONGEST_TITLE] or known
        about = f"A network of widths {widths} on {len(self.data.points):,} points of {self.data.name}. "
        names, columns = ([printed(name) for name in each] for each in (self.data.class_names, self.data.columns))
        record: dict[str, Any] = {"title": title, "about": printed(about + " ".join(assumptions)), "class_names": names}
        record["inferred"] = assumptions
        if self.images:
            record["images"] = self.images
        if self.data.regression:
            record |= {"regression": True, "target": printed(self.data.target)}
        return record | ({"columns": columns} if columns and len(columns) <= 3 else {})

    def refuse(self) -> None:
        """Raise UntangleError for pictures that the points are not, and for letters of the film's title, classes or
        columns that no font here can draw."""
        if self.images and self.data.regression:
            raise UntangleError(
                f"pictures have the colours of classes, and {self.data.name} has real targets. Leave the images away"
            )
        if self.images and math.prod(self.images) != self.data.dimension:
            (width, height), count = self.images, self.data.dimension
            side = math.isqrt(count)
            example = f", as {side}x{side} has" if side**2 == count else ""
            raise UntangleError(
                f"pictures of {width}x{height} have {width * height} pixels, and each point of {self.data.name} has "
                f"{count} numbers. Give a width and height with as many pixels{example}"
            )
        if self.images and self.data.regression:
            raise UntangleError(
                "pictures are drawn in the colours of classes, and the targets are real. Leave them away"
            )
        record = self.record
        for text in (record["title"], *record["class_names"], *record.get("columns", ()), record.get("target", "")):
            families_for(text)


def image_size(given: str | Sequence[int] | None) -> tuple[int, int] | None:
    """Return width and height from "28x28" or (28, 28); raise UntangleError for anything else."""
    if given is None:
        return None
    if isinstance(given, str):
        sides = re.split(r"\s*[x×,]\s*", given.strip().lower())
    else:
        sides = list(map(str, given)) if isinstance(given, Sequence) else []
    if len(sides) != 2 or not all(side.isdecimal() and int(side) > 0 for side in sides):
        raise UntangleError(f"images are given as width x height in pixels, for example 28x28, not {given!r}")
    return int(sides[0]), int(sides[1])


def write_film(subject: Subject, folder: Path, name: str) -> Path:
    """Write the film of a network into an existing folder, and return the film's file.

    An edited film file that is there already is kept, as <name>.py.before.
    """
    data_name = subject.data_name or _write_data(subject.data, folder, name)
    record = subject.record | {"data": data_name}
    save_weights(subject.read.network, subject.read.recipe, record, folder / f"{name}.safetensors")
    return _write_source(NETWORK, folder, name)


def write_training_film(subject: Subject, training: WatchedTraining, folder: Path, name: str) -> Path:
    """Write the film of a recorded training into an existing folder, and return the film's file."""
    data_name = _write_data(subject.data, folder, name)
    training.save(folder / f"{name}.safetensors", subject.record | {"data": data_name})
    return _write_source(TRAINING, folder, name)


def _write_data(data: Dataset, folder: Path, name: str) -> str:
    with written_whole(folder / f"{name}.npz") as path, path.open("wb") as file:
        np.savez(file, points=data.points, labels=data.labels)
    return f"{name}.npz"


def _write_source(text: str, folder: Path, name: str) -> Path:
    film = (folder / f"{name}.py").resolve()
    _keep_edits(film, text)
    with written_whole(film) as path:
        path.write_text(text, encoding="utf-8")
    return film


def is_built_in(data: str) -> bool:
    """Whether a text names a built-in data set, and no file."""
    return data.partition(":")[0] in datasets() and not Path(data).is_file()


def shape(network: Network) -> str:
    """Return the widths in short: '2-16-16-3', '2-1000×50-1'."""
    runs = [(width, len(list(same))) for width, same in itertools.groupby((network.inputs, *network.widths))]
    parts = [f"{width}×{count}" if count > 3 else "-".join([str(width)] * count) for width, count in runs]
    return "-".join(parts if len(parts) <= 8 else [*parts[:4], "…", *parts[-3:]])


def printed(text: str) -> str:
    """Return text on one line, without characters that no screen shows."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _keep_edits(path: Path, source: str) -> None:
    """Rename an existing file that is not equal to `source`, so that edits in it are kept."""
    if path.is_file() and path.read_text(encoding="utf-8", errors="replace") != source:
        os.replace(path, path.with_suffix(".py.before"))
