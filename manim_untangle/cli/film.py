"""`untangle film`: the film of a network and data that the user brings, from their files to film.mp4."""

from __future__ import annotations

import itertools
import json
import os
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from manim_untangle.render.films import FilmFile, films
from manim_untangle.render.home import free_folder
from manim_untangle.render.output import made_folder, written_whole
from netlib.command import command, shown_path
from netlib.datasets import Dataset, datasets
from netlib.errors import BadFile, UntangleError
from netlib.network import Network
from netlib.readers import ReadNetwork, check_match, read_data, read_network
from netlib.training.weights_file import write_tensors

LONGEST_TITLE = 100
ASKED = 2000  # points of which it is asked whether classes are numbered as in training
FILM = '''"""The film of one network. What can be told otherwise is in manim_untangle/stage/network_film.py: override it here."""

from pathlib import Path

from manim_untangle.stage.network_film import OwnFilm


class {class_name}(OwnFilm):
    """{description}

    {about}
    """

    title = {title}
    folder = Path(__file__).parent
    weights = {weights}
    data = {data}
    class_names = {class_names}
    inferred = {inferred}
'''


@dataclass(frozen=True)
class Wanted:
    """What the user asked for, in the words of the command line."""

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
        """The command that asks for it again."""
        options = ("data", "activation", "order", "layout", "label", "title")
        given = [(f"--{name}", getattr(self, name)) for name in options]
        return ("film", self.model, *(word for name, value in given if value is not None for word in (name, value)))


@dataclass(frozen=True)
class NetworkFilmFile(FilmFile):
    """A film file that `untangle film` wrote."""

    wanted: Wanted = field(kw_only=True)

    @property
    def source(self) -> str:
        return self.wanted.source

    @property
    def command(self) -> tuple[str, ...]:
        return self.wanted.words


def network_film(wanted: Wanted, out: Path, say: Callable[[str], None]) -> NetworkFilmFile:
    """Read network and data, write the film of them to a folder in `out`, and return it, ready to be rendered.

    Beside the film file stand the weights and the data that it shows, so that it can be rendered again, edited and
    published without the user's files. What the reader inferred is said. Raises UntangleError for what cannot be shown.
    """
    read = read_network(wanted.model, activation=wanted.activation, order=wanted.order, layout=wanted.layout)
    data = _data(wanted, read)
    try:
        check_match(read, data)
    except BadFile as problem:
        raise BadFile(f"{wanted.model} on {wanted.data or data.name}: {problem}") from None
    for sentence in (*read.said, *_numbered_otherwise(read.network, data)):
        say(sentence)
    folder = made_folder(free_folder(out / film_name(wanted.model), wanted.source))
    name = folder.name
    _write_weights(read, folder / f"{name}.safetensors")
    shown = wanted.data if wanted.data and _is_built_in(wanted.data) else f"{name}.npz"
    if shown == f"{name}.npz":
        with written_whole(folder / shown) as path, path.open("wb") as file:
            np.savez(file, points=data.points, labels=data.labels)
    film = NetworkFilmFile((folder / f"{name}.py").resolve(), wanted=wanted)
    source = _source(film, read, data, wanted, shown)
    _keep_edits(film.path, source)
    with written_whole(film.path) as path:
        path.write_text(source, encoding="utf-8")
    say(f"{shown_path(film.path)}  the film as a file. Edit it, and run: {command('render', film.argument)}")
    return film


def film_name(model: str) -> str:
    """Return the name of the film of a model: from its file's name, in letters, digits and underscores."""
    stem = "playground" if "://" in model else Path(model).stem
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:60] or "network"
    name = f"network_{name}" if name[0].isdigit() else name
    return f"{name}_own" if name in {film.name for film in films()} else name


def _data(wanted: Wanted, read: ReadNetwork) -> Dataset:
    if not wanted.data and read.recipe is None:
        raise UntangleError(f"{wanted.model} does not say what it was trained on. Give it: --data FILE, or a data set")
    data = read_data(wanted.data, label=wanted.label) if wanted.data else read.recipe.dataset()  # type: ignore[union-attr]
    if data.regression:
        raise UntangleError(
            f"{data.name} has real targets, and a film tells classes apart. Give data with 2 to 10 classes, "
            "for example targets above and below their median"
        )
    return data


def _numbered_otherwise(network: Network, data: Dataset) -> list[str]:
    """Return a warning where the network's answers fit the labels far better with its classes in another order."""
    chosen = np.random.default_rng(0).permutation(len(data.points))[:ASKED]
    with np.errstate(over="ignore", invalid="ignore"):  # what grows too large is refused later
        answers = np.asarray(network.classify(data.points[chosen]), dtype=int)
        labels = np.asarray(data.labels[chosen], dtype=int)
    counts = np.zeros((data.classes, data.classes), int)
    np.add.at(counts, (labels, answers), 1)
    wanted, given = linear_sum_assignment(counts, maximize=True)
    right, best = np.trace(counts) / len(chosen), counts[wanted, given].sum() / len(chosen)
    if best < right + 0.3:
        return []
    names = data.class_names or tuple(map(str, range(data.classes)))
    order = ", ".join(names[k] for k in wanted[np.argsort(given)])
    return [
        f"Of the points {right:.0%} are right; with the network's classes as {order} it were {best:.0%}. "
        "Labels are numbered in the sorted order of their names: number them as in training, 0, 1, …"
    ]


def _is_built_in(data: str) -> bool:
    return data.partition(":")[0] in datasets() and not Path(data).is_file()


def _write_weights(read: ReadNetwork, path: Path) -> None:
    tensors = {
        f"{k}.{part}": value
        for k, layer in enumerate(read.network.layers)
        for part, value in (("weight", layer.weight), ("bias", layer.bias))
    }
    metadata = {
        "recipe": read.recipe.as_json() if read.recipe else "{}",
        "record": json.dumps({"inferred": read.said}),
        "activations": json.dumps([layer.activation.name for layer in read.network.layers]),
    }
    write_tensors(tensors, metadata, path)


def _source(film: FilmFile, read: ReadNetwork, data: Dataset, wanted: Wanted, shown: str) -> str:
    widths = _shape(read.network)
    known = f"{Path(wanted.model).name if '://' not in wanted.model else 'TensorFlow Playground'}: {widths}"
    title = " ".join((wanted.title or known).split())[:LONGEST_TITLE] or known
    about = f"A network of widths {widths} on {len(data.points):,} points of {data.name}. " + " ".join(read.said)
    return FILM.format(
        class_name="".join(part.capitalize() for part in film.path.stem.split("_")),
        description=_docstring(f"What the layers of {title} do to its data."),
        about=textwrap.indent(textwrap.fill(_docstring(about), 112), "    ").strip(),
        title=repr(title),
        weights=repr(f"{film.name}.safetensors"),
        data=repr(shown),
        class_names=repr(data.class_names),
        inferred=repr(read.said),
    )


def _shape(network: Network) -> str:
    """The widths in a word: '2-16-16-3', '2-1000×50-1'."""
    runs = [(width, len(list(same))) for width, same in itertools.groupby((network.inputs, *network.widths))]
    parts = [f"{width}×{count}" if count > 3 else "-".join([str(width)] * count) for width, count in runs]
    return "-".join(parts if len(parts) <= 8 else [*parts[:4], "…", *parts[-3:]])


def _docstring(text: str) -> str:
    """Text as a docstring can hold it: one line, printable, with nothing that would end or escape."""
    text = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    return text.replace("\\", "\\\\").replace('"""', "'''").replace('"', '\\"')


def _keep_edits(path: Path, source: str) -> None:
    """Keep what stands there under another name where it says something else."""
    if path.is_file() and path.read_text(encoding="utf-8", errors="replace") != source:
        os.replace(path, path.with_suffix(".py.before"))


__all__ = ["NetworkFilmFile", "Wanted", "film_name", "network_film"]
