"""`untangle film`: the film of a network and data that the user brings, from their files to film.mp4."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from manim_untangle.cli.options import UNSAID, Reading
from manim_untangle.render.films import FilmFile, films
from manim_untangle.render.network_folder import Subject, image_size, is_built_in, write_film
from manim_untangle.render.record import free_folder
from netlib.command import command, shown_path
from netlib.errors import UntangleError
from netlib.files import made_folder
from netlib.readers import read_pair
from netlib.readers.data import MOST_CLASSES


@dataclass(frozen=True)
class FilmOptions:
    """The options of `untangle film`."""

    model: str
    data: str | None = None
    reading: Reading = UNSAID
    images: str | None = None
    title: str | None = None
    name: str | None = None

    @property
    def source(self) -> str:
        """What the film is made from: the model's path, from the root, or its address."""
        return self.model if "://" in self.model else str(Path(self.model).resolve())

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the command after its name."""
        given = {**asdict(self.reading), "images": self.images, "title": self.title, "name": self.name}
        named = {"data": self.data, **given}
        return (self.model, *(word for name, value in named.items() for word in _words(f"--{name}", value)))


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
        return ("film", *self.options.words)


def _words(option: str, value: object) -> tuple[str, ...]:
    """An option with its value as words of a command; none where it was not given."""
    if value is None or value is False:
        return ()
    return (option,) if value is True else (option, str(value))


def network_film(options: FilmOptions, out: Path, say: Callable[[str], None]) -> NetworkFilmFile:
    """Read network and data, and write the film of them: `subject_of`, then `film_of`."""
    return film_of(subject_of(options), options, out, say)


def subject_of(options: FilmOptions) -> Subject:
    """Read network and data, and return what the film shows. Raises UntangleError for what cannot be shown."""
    images = image_size(options.images)
    read, data = read_pair(options.model, options.data, **asdict(options.reading))
    if data.classes > MOST_CLASSES:
        instead = command("check", *replace(options, images=None, title=None, name=None).words)
        shown = f"{options.model} tells {data.classes} classes apart, a film shows {MOST_CLASSES}"
        raise UntangleError(f"{shown}. Its certificates are shown by: {instead}")
    origin = Path(options.model).name if "://" not in options.model else "TensorFlow Playground"
    built_in = options.data if options.data and is_built_in(options.data) else None
    subject = Subject(read, data, origin, options.title, images, built_in)
    subject.refuse()
    return subject


def film_of(subject: Subject, options: FilmOptions, out: Path, say: Callable[[str], None]) -> NetworkFilmFile:
    """Write the film of a network to a folder in `out`, and return it, ready to render.

    Beside the film file stand the weights and the data that it shows, so that it can be rendered again, edited and
    published without the user's files. `say` gets what the reader assumed.
    """
    for sentence in subject.read.assumptions:
        say(sentence)
    folder = made_folder(free_folder(out / film_name(options.name or options.model), options.source))
    path = write_film(subject, folder, folder.name)
    film = NetworkFilmFile(path, options=options)
    say(f"{shown_path(film.path)}  the film as a file. Edit it, and run: {command('render', film.argument)}")
    return film


def film_name(model: str) -> str:
    """Return the name of the film of a model: from its file's name, in letters, digits and underscores."""
    stem = "playground" if "://" in model else Path(model).stem
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:60] or "network"
    name = f"network_{name}" if name[0].isdigit() else name
    return f"{name}_own" if name in {film.name for film in films()} else name
