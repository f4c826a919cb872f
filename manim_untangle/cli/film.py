"""`untangle film`: the film of a network and data that the user brings, from their files to film.mp4."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from manim_untangle.network_folder import Subject, is_built_in, write_film
from manim_untangle.render.films import FilmFile, films
from manim_untangle.render.record import free_folder
from netlib.command import command, shown_path
from netlib.datasets import Dataset
from netlib.errors import BadFile, UntangleError
from netlib.files import made_folder
from netlib.network import Network
from netlib.readers import ReadNetwork, check_match, read_data, read_network

MOST_CLASSIFIED = 2000  # points that are classified to see whether classes are numbered as in training


@dataclass(frozen=True)
class FilmOptions:
    """The options of `untangle film`."""

    model: str
    data: str | None = None
    activation: str | None = None
    order: str | None = None
    layout: str | None = None
    label: str | None = None
    title: str | None = None

    @property
    def source(self) -> str:
        """What the film is made from: the model's path, from the root, or its address."""
        return self.model if "://" in self.model else str(Path(self.model).resolve())

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the command, without the name of the program."""
        names = ("data", "activation", "order", "layout", "label", "title")
        given = [(f"--{name}", getattr(self, name)) for name in names]
        return ("film", self.model, *(word for name, value in given if value is not None for word in (name, value)))


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
    read = read_network(options.model, activation=options.activation, order=options.order, layout=options.layout)
    data = _data(options, read)
    try:
        check_match(read, data)
    except BadFile as problem:
        raise BadFile(f"{options.model} on {options.data or data.name}: {problem}") from None
    for sentence in (*read.assumptions, *_numbered_otherwise(read.network, data)):
        say(sentence)
    folder = made_folder(free_folder(out / film_name(options.model), options.source))
    origin = Path(options.model).name if "://" not in options.model else "TensorFlow Playground"
    built_in = options.data if options.data and is_built_in(options.data) else None
    path = write_film(Subject(read, data, origin, options.title, built_in), folder, folder.name)
    film = NetworkFilmFile(path, options=options)
    say(f"{shown_path(film.path)}  the film as a file. Edit it, and run: {command('render', film.argument)}")
    return film


def film_name(model: str) -> str:
    """Return the name of the film of a model: from its file's name, in letters, digits and underscores."""
    stem = "playground" if "://" in model else Path(model).stem
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:60] or "network"
    name = f"network_{name}" if name[0].isdigit() else name
    return f"{name}_own" if name in {film.name for film in films()} else name


def _data(options: FilmOptions, read: ReadNetwork) -> Dataset:
    if options.data:
        data = read_data(options.data, label=options.label)
    elif read.recipe:
        data = read.recipe.dataset()
    else:
        raise UntangleError(f"{options.model} does not say what it was trained on. Give it: --data FILE, or a data set")
    if data.regression:
        raise UntangleError(
            f"{data.name} has real targets, and a film tells classes apart. Give data with 2 to 10 classes, "
            "for example targets above and below their median"
        )
    return data


def _numbered_otherwise(network: Network, data: Dataset) -> list[str]:
    """Return a warning if the network's answers fit the labels far better with its classes in another order."""
    chosen = np.random.default_rng(0).permutation(len(data.points))[:MOST_CLASSIFIED]
    with np.errstate(over="ignore", invalid="ignore"):  # what grows too large is refused later
        answers = np.asarray(network.classify(data.points[chosen]), dtype=int)
        labels = np.asarray(data.labels[chosen], dtype=int)
    counts = np.zeros((data.classes, data.classes), int)
    np.add.at(counts, (labels, answers), 1)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    right, best = np.trace(counts) / len(chosen), counts[rows, columns].sum() / len(chosen)
    if best < right + 0.3:
        return []
    names = data.class_names or tuple(map(str, range(data.classes)))
    order = ", ".join(names[k] for k in rows[np.argsort(columns)])
    return [
        f"Of the points {right:.0%} are right; with the network's classes in the order {order}, {best:.0%} would be. "
        "Labels are numbered in the sorted order of their names: number them as in training, 0, 1, …"
    ]


__all__ = ["FilmOptions", "NetworkFilmFile", "film_name", "network_film"]
