"""`untangle film`: the film of a network and data that the user brings, from their files to film.mp4."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from manim_untangle.cli.check import own_data
from manim_untangle.render.films import FilmFile, films
from manim_untangle.render.record import free_folder
from netlib.command import command, shown_path
from netlib.datasets import Dataset, datasets
from netlib.errors import BadFile, UntangleError
from netlib.files import made_folder, written_whole
from netlib.network import Network
from netlib.readers import ReadNetwork, check_match, read_data, read_network
from netlib.training.recipe import save_weights

LONGEST_TITLE = 100
MOST_CLASSIFIED = 2000  # points that are classified to see whether classes are numbered as in training
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
    title: str | None = None

    @property
    def source(self) -> str:
        """What the film is made from: the model's path, from the root, or its address."""
        return self.model if "://" in self.model else str(Path(self.model).resolve())


@dataclass(frozen=True)
class NetworkFilmFile(FilmFile):
    """A film file that `untangle film` wrote."""

    options: FilmOptions = field(kw_only=True)

    @property
    def source(self) -> str:
        return self.options.source

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the command, without the name of the program."""
        given = asdict(self.options)
        options = [(f"--{name}", given[name]) for name in given if name != "model" and given[name] is not None]
        return ("film", self.options.model, *itertools.chain.from_iterable(options))


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
    name = folder.name
    data_name = options.data
    if not data_name or data_name.partition(":")[0] not in datasets() or Path(data_name).is_file():
        data_name = f"{name}.npz"
        with written_whole(folder / data_name) as path, path.open("wb") as file:
            np.savez(file, points=data.points, labels=data.labels)
    record = _film_record(read, data, options) | {"data": data_name}
    save_weights(read.network, read.recipe, record, folder / f"{name}.safetensors")
    film = NetworkFilmFile((folder / f"{name}.py").resolve(), options=options)
    if film.path.is_file() and film.path.read_text(encoding="utf-8", errors="replace") != FILM:
        os.replace(film.path, film.path.with_suffix(".py.before"))  # keep what was edited
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


def _data(options: FilmOptions, read: ReadNetwork) -> Dataset:
    data = read_data(options.data, label=options.label) if options.data else own_data(options.model, read)
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


def _film_record(read: ReadNetwork, data: Dataset, options: FilmOptions) -> dict[str, Any]:
    """Return the record that is kept with the weights: title, description, class names, and what was assumed where the
    file leaves something open."""
    widths = _shape(read.network)
    known = f"{Path(options.model).name if '://' not in options.model else 'TensorFlow Playground'}: {widths}"
    title = _printable(options.title or known)[:LONGEST_TITLE] or known
    about = f"A network of widths {widths} on {len(data.points):,} points of {data.name}. " + " ".join(read.assumptions)
    names = [_printable(name) for name in data.class_names]
    return {"title": title, "about": _printable(about), "class_names": names, "inferred": list(read.assumptions)}


def _shape(network: Network) -> str:
    """Return the widths in short: '2-16-16-3', '2-1000×50-1'."""
    runs = [(width, len(list(same))) for width, same in itertools.groupby((network.inputs, *network.widths))]
    parts = [f"{width}×{count}" if count > 3 else "-".join([str(width)] * count) for width, count in runs]
    return "-".join(parts if len(parts) <= 8 else [*parts[:4], "…", *parts[-3:]])


def _printable(text: str) -> str:
    """Return text on one line, without characters that no screen shows."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
