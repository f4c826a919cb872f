"""`untangle film`: the film of a network and data that the user brings, from their files to film.mp4."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from manim_untangle.render.films import FilmFile, films
from manim_untangle.render.record import free_folder
from netlib.command import command, shown_path
from netlib.datasets import Dataset, datasets
from netlib.errors import UntangleError
from netlib.files import made_folder, written_whole
from netlib.network import Network
from netlib.readers import ReadNetwork, read_pair
from netlib.readers.data import MOST_CLASSES
from netlib.training.weights_file import write_tensors

LONGEST_TITLE = 100
FILM = '''"""The film of one network. To show or say something in another way, override a method of NetworkFilm."""

from pathlib import Path

from manim_untangle import NetworkFilm


class OwnNetwork(NetworkFilm):
    weights = Path(__file__).with_suffix(".safetensors")
'''


@dataclass(frozen=True)
class FilmOptions:
    """The options of `untangle film`."""

    model: str
    data: str | None = None
    activation: str | None = None
    order: str | None = None
    layout: str | None = None
    label: str | None = None
    features: str | None = None
    drop: bool = False
    classes: str | None = None
    threshold: float | None = None
    title: str | None = None
    name: str | None = None

    @property
    def source(self) -> str:
        """What the film is made from: the model's path, from the root, or its address."""
        return self.model if "://" in self.model else str(Path(self.model).resolve())

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the command, without the name of the program."""
        names = ("data", "activation", "order", "layout", "label", "features", "classes", "threshold", "title", "name")
        given = [(f"--{name}", getattr(self, name)) for name in names]
        words = [word for name, value in given if value is not None for word in (name, str(value))]
        return ("film", self.model, *words, *(["--drop"] if self.drop else []))


@dataclass(frozen=True)
class NetworkFilmFile(FilmFile):
    """A film file that `untangle film` wrote."""

    options: FilmOptions = field(kw_only=True)

    @property
    def source(self) -> str:
        return self.options.source

    @property
    def command(self) -> tuple[str, ...]:
        return self.options.words


def network_film(options: FilmOptions, out: Path, say: Callable[[str], None]) -> NetworkFilmFile:
    """Read network and data, write the film of them to a folder in `out`, and return it, ready to render.

    Beside the film file stand the weights and the data that it shows, so that it can be rendered again, edited and
    published without the user's files. `say` gets what the reader assumed. Raises UntangleError for what cannot be
    shown.
    """
    read, data = read_pair(
        options.model, options.data, activation=options.activation, order=options.order, layout=options.layout,
        label=options.label, features=options.features, drop=options.drop, classes=options.classes,
        threshold=options.threshold,
    )  # fmt: skip
    if data.regression:
        raise UntangleError(
            f"{data.name} has real targets, and a film tells classes apart. Give data with 2 to 10 classes, "
            "for example targets above and below their median"
        )
    if data.classes > MOST_CLASSES:
        instead = command("check", *replace(options, title=None, name=None).words[1:])
        shown = f"{options.model} tells {data.classes} classes apart, a film shows {MOST_CLASSES}"
        raise UntangleError(f"{shown}. Its certificates are shown by: {instead}")
    for sentence in read.assumptions:
        say(sentence)
    folder = made_folder(free_folder(out / film_name(options.name or options.model), options.source))
    name = folder.name
    data_name = options.data if options.data and _is_built_in(options.data) else f"{name}.npz"
    if data_name == f"{name}.npz":
        with written_whole(folder / data_name) as path, path.open("wb") as file:
            np.savez(file, points=data.points, labels=data.labels)
    _write_weights(read, _film_record(read, data, options) | {"data": data_name}, folder / f"{name}.safetensors")
    film = NetworkFilmFile((folder / f"{name}.py").resolve(), options=options)
    _keep_edits(film.path, FILM)
    with written_whole(film.path) as path:
        path.write_text(FILM, encoding="utf-8")
    say(f"{shown_path(film.path)}  the film as a file. Edit it, and run: {command('render', film.argument)}")
    return film


def film_name(model: str) -> str:
    """Return the name of the film of a model: from its file's name, in letters, digits and underscores."""
    stem = "playground" if "://" in model else Path(model).stem
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:60] or "network"
    name = f"network_{name}" if name[0].isdigit() else name
    return f"{name}_own" if name in {film.name for film in films()} else name


def _is_built_in(data: str) -> bool:
    return data.partition(":")[0] in datasets() and not Path(data).is_file()


def _write_weights(read: ReadNetwork, record: dict[str, Any], path: Path) -> None:
    tensors = {
        f"{k}.{part}": value
        for k, layer in enumerate(read.network.dense)
        for part, value in (("weight", layer.weight), ("bias", layer.bias))
    }
    metadata = {
        "recipe": read.recipe.as_json() if read.recipe else "{}",
        "record": json.dumps(record),
        "activations": json.dumps([layer.activation.name for layer in read.network.layers]),
    }
    write_tensors(tensors, metadata, path)


def _film_record(read: ReadNetwork, data: Dataset, options: FilmOptions) -> dict[str, Any]:
    """The record that is kept with the weights: title, description, names of classes, and what was assumed where the
    file leaves something open."""
    widths = _shape(read.network)
    known = f"{Path(options.model).name if '://' not in options.model else 'TensorFlow Playground'}: {widths}"
    title = _printable(options.title or known)[:LONGEST_TITLE] or known
    about = f"A network of widths {widths} on {len(data.points):,} points of {data.name}. " + " ".join(read.assumptions)
    names, columns = ([_printable(name) for name in each] for each in (data.class_names, data.columns))
    record = {"title": title, "about": _printable(about), "class_names": names, "inferred": list(read.assumptions)}
    return record | ({"columns": columns} if columns and len(columns) <= 3 else {})


def _shape(network: Network) -> str:
    """The widths in short: '2-16-16-3', '2-1000×50-1'."""
    runs = [(width, len(list(same))) for width, same in itertools.groupby((network.inputs, *network.widths))]
    parts = [f"{width}×{count}" if count > 3 else "-".join([str(width)] * count) for width, count in runs]
    return "-".join(parts if len(parts) <= 8 else [*parts[:4], "…", *parts[-3:]])


def _printable(text: str) -> str:
    """Text on one line, without characters that no screen shows."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _keep_edits(path: Path, source: str) -> None:
    """Rename an existing file that is not equal to `source`, so that edits in it are kept."""
    if path.is_file() and path.read_text(encoding="utf-8", errors="replace") != source:
        os.replace(path, path.with_suffix(".py.before"))


__all__ = ["FilmOptions", "NetworkFilmFile", "film_name", "network_film"]
