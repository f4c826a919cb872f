"""In Python and in notebooks: the film of a model in memory, and its live picture in the cell.

    from manim_untangle import explore, film, record
    film(model, X, y)       # a film that shows itself
    explore(model, X, y)    # a slider through the layers, a point to drag
    with record(model, X, y) as training:
        ...                 # in each step of training: training.step(loss)
    training.film()         # what the last hidden layer did meanwhile

model: a torch.nn.Module, a Keras model, a scikit-learn estimator or pipeline, parameters of JAX, a netlib Network, or a
file of weights. X (N, ...): inputs as the model takes them. y (N,): their classes. Nothing is written but where asked.
"""

from __future__ import annotations

import base64
import html
import importlib
import math
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from rich.progress import Progress

from manim_untangle.render.cache import results_kept
from manim_untangle.render.films import FilmFile
from manim_untangle.render.network_folder import Subject, image_size, write_film, write_training_film
from manim_untangle.render.progress import Counter, render_bar
from netlib.certificates.report import Row, report
from netlib.command import install
from netlib.datasets import Dataset, sampled
from netlib.errors import UntangleError
from netlib.layers import dense
from netlib.models import model_dataset, model_name, model_network, model_reader
from netlib.network import Network
from netlib.readers import ReadNetwork, matched
from netlib.readers.data import MOST_CLASSES
from netlib.training.watched import WatchedTraining

MOST_EMBEDDED = 40_000_000  # bytes of a video that a notebook can hold
DRAFT_CRF = 24  # x264's rate factor of a draft, which a cell holds: a third less than at 20, that of files
REDRAWN = 0.2  # seconds between two states of a progress bar
MOST_KEPT = 200  # networks of a training, of which the film shows up to 100
EXPLORER_HEIGHT = 860  # CSS pixels, until the explorer says its own


def film(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    title: str | None = None,
    images: str | Sequence[int] | None = None,
    **options: Any,
) -> ModelFilm:
    """Return the film of what a model's layers do to its data; in a notebook it shows itself.

    y may be left out where X is a netlib Dataset. images: width and height in pixels, such as (28, 28), where each
    point is to be drawn as its picture. options: classes, their names in the order of the outputs; threshold, of a
    single output, above which the answer is class 1; activation, order, layout, for parameters of JAX and files that do
    not say them. Raises UntangleError, in one line with the layer and the cure, for what cannot be shown.
    """
    return ModelFilm(_subject(model, X, y, title, images=image_size(images), **options))


def explore(model: Any, X: Any, y: Any = None, *, title: str | None = None, **options: Any) -> Explorer:
    """Return the live picture of a model with up to three inputs; in a notebook it shows itself. See `film`."""
    return Explorer(_subject(model, X, y, title, **options))


def record(model: Any, X: Any, y: Any = None, *, title: str | None = None, **options: Any) -> Recording:
    """Return a recording of a model that is being trained; its film shows what the last hidden layer did meanwhile.

    with record(model, X, y) as training: for each step: …; training.step(loss). Then training.film(). See `film`.
    """
    return Recording(model, X, y, title, options)


def _subject(
    model: Any,
    X: Any,
    y: Any,
    title: str | None,
    classes: str | Sequence[str] | None = None,
    threshold: float | None = None,
    images: tuple[int, int] | None = None,
    read: ReadNetwork | None = None,
    **options: Any,
) -> Subject:
    read = read or model_network(model, X.points if isinstance(X, Dataset) else X, **options)
    data = X if isinstance(X, Dataset) else model_dataset(X, y)
    read, data = matched(read, data, classes=classes, threshold=threshold)
    if data.classes > MOST_CLASSES:
        raise UntangleError(
            f"{type(model).__name__} tells {data.classes} classes apart, a film shows {MOST_CLASSES}. "
            f"Give a model with at most {MOST_CLASSES} outputs"
        )
    subject = Subject(read, data, model_name(model), title, images)
    subject.refuse()
    return subject


class NotebookFilm:
    """A film that is rendered when it is first shown or saved, at each quality once."""

    def __init__(
        self,
        title: str,
        write: Callable[[Path, str], FilmFile],
        quality: str = "l",
        jobs: int | None = None,
        said: Sequence[str] = (),
    ) -> None:
        """write(folder, name): writes the film's file, and what it shows, into a folder; returns the file. quality: at
        which the film shows itself. jobs: processes that draw; None for as many as suit the machine. said: what was
        decided about the model and its data, in sentences, which stand below the film."""
        self.title, self.quality, self._write, self._jobs, self.said = title, quality, write, jobs, tuple(said)
        self._rendered: dict[str, Path] = {}

    def __repr__(self) -> str:
        return "\n".join([f"{type(self).__name__}({self.title!r}). Save it: .save('film.mp4')", *self.said])

    def _repr_html_(self) -> str:
        path, label = self.render(self.quality), html.escape(self.title)
        if path.stat().st_size > MOST_EMBEDDED:
            return f"<p>{label}: the film is too large for a notebook. Save it: .save('film.mp4')</p>"
        data, poster = (
            base64.b64encode(file.read_bytes()).decode() for file in (path, path.with_name("poster.jpg"))
        )  # the first frame is black
        return (
            f'<video controls playsinline aria-label="{label}" style="width:100%;max-width:960px;background:#1c1c1c" '
            f'poster="data:image/jpeg;base64,{poster}" src="data:video/mp4;base64,{data}"></video>{_said(self.said)}'
        )

    @cached_property
    def _folder(self) -> Path:
        """A folder that vanishes with this object."""
        folder = Path(tempfile.mkdtemp(prefix="untangle-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def render(self, quality: str = "l") -> Path:
        """Render the film, at a quality of l, m, h, p or k (480p to 4K), and return the video, which vanishes with this
        object. It is rendered once."""
        from manim_untangle.render.cluster import default_jobs
        from manim_untangle.render.many import render_films
        from manim_untangle.render.settings import Quality, settings
        from manim_untangle.web.document import DocumentTeller

        if quality not in set(Quality):
            raise UntangleError(f"there is no quality '{quality}'. There are: {', '.join(Quality)} (480p to 4K)")
        size = Quality(quality)
        if quality not in self._rendered:
            out = self._folder / quality
            folder = out / "network"
            folder.mkdir(parents=True, exist_ok=True)
            file = self._write(folder, "network")
            how, jobs = settings(size), self._jobs or default_jobs()
            how = replace(how, crf=DRAFT_CRF) if size is Quality.l else how
            with _progress() as counter:
                films = render_films([file], how, out, counter, jobs=jobs, use_cache=False, teller=DocumentTeller)
                for _, result in films:
                    if isinstance(result, UntangleError):
                        raise result
                    self._rendered[quality] = result.main
        return self._rendered[quality]

    def save(self, path: str | Path = "film.mp4", quality: str = "m") -> Path:
        """Write the film to a path ending in .mp4, and return it."""
        path = Path(path)
        if path.suffix.lower() != ".mp4":
            raise UntangleError(f"{path} is no path of a film. Give one that ends in .mp4")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.render(quality), path)
        return path

    def timeline(self) -> bytes:
        """Return the film as a document: the content of a .timeline file, which <untangle-film> plays in a page."""
        from manim_untangle.web.timeline import timeline_of

        folder = self._folder / "timeline"
        folder.mkdir(parents=True, exist_ok=True)
        return timeline_of(self._write(folder, "network"))

    def publish(self, folder: str | Path, base_url: str | None = None, quality: str = "m") -> Path:
        """Write the film's page, with video, captions, snippets and the live picture, into a folder; return the page.

        base_url: where the folder will stand, for cards and snippets.
        """
        _need_templates()
        from manim_untangle.publish.encode import profile
        from manim_untangle.publish.film import read_film
        from manim_untangle.publish.site import publish as publish_site

        renders = self.render(quality).parents[1]
        publish_site([read_film("network", renders)], Path(folder), [profile("hd")], base_url, lambda _: None)
        return Path(folder) / "network" / "index.html"


class ModelFilm(NotebookFilm):
    """The film of what a model's layers do to its data."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(
            subject.record["title"],
            lambda *place: FilmFile(write_film(subject, *place)),
            said=subject.read.assumptions,
        )
        self.subject = subject

    def check(self) -> Certificates:
        """Return what can be proved or measured of the network on its data."""
        with results_kept():
            return Certificates(report(self.subject.read.network, self.subject.data), self.said)


class Recording:
    """A model's networks while it is trained. Call `step` in each step of training, then `film`."""

    def __init__(self, model: Any, X: Any, y: Any, title: str | None, options: dict[str, Any]) -> None:
        self._X, self._y, self._title, self._options = X, y, title, options
        self._follow(model)
        self._every, self.steps = 1, 0
        self._kept = list[tuple[int, float, Network]]()

    def _follow(self, model: Any) -> None:
        self._model = model
        read = {name: value for name, value in self._options.items() if name not in ("classes", "threshold")}
        self._read = model_reader(model, self._X.points if isinstance(self._X, Dataset) else self._X, **read)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        return None

    def __repr__(self) -> str:
        return f"Recording of {type(self._model).__name__}: {self.steps} steps, {len(self._kept)} kept. Film: .film()"

    def step(self, loss: Any = math.nan, model: Any = None) -> None:
        """Note the model as it is now. loss: of this step, a number or a tensor; without it the film shows no loss.

        model: as it is now, where each step makes a new one, as it does with parameters of JAX.
        """
        if model is not None:
            self._follow(model)
        loss = float(loss.detach() if hasattr(loss, "detach") else loss)
        if self.steps % self._every == 0:
            self._kept.append((self.steps, loss, self._read().network))
            if len(self._kept) >= 2 * MOST_KEPT:
                self._kept, self._every = self._kept[::2], 2 * self._every
        self._last = (self.steps, loss)
        self.steps += 1

    def film(self) -> NotebookFilm:
        """Return the film of the training so far; in a notebook it shows itself."""
        last = self._read()
        subject = _subject(self._model, self._X, self._y, self._title, read=last, **self._options)
        kept = list(self._kept)
        if self.steps and kept[-1][0] != self._last[0]:
            kept.append((*self._last, last.network))
        steps, losses, networks = zip(*kept, strict=True) if kept else ((), (), ())
        shown = [_as_matched(network, last.network, subject.read.network) for network in networks]
        if len(shown) > 1 and len({network.sha256 for network in shown}) == 1:
            raise UntangleError(
                f"the model is the same after all {self.steps} steps. Call step() after the parameters change, and "
                "where each step makes new ones, as in JAX, give them: training.step(loss, parameters)"
            )
        training = WatchedTraining.of(shown, steps, losses, sampled(subject.data).points)
        return NotebookFilm(
            subject.record["title"],
            lambda *place: FilmFile(write_training_film(subject, training, *place)),
            said=subject.read.assumptions,
        )

    def keras_callback(self) -> Any:
        """Return a callback for Keras' fit(), which notes the model after each batch."""

        def ended(batch: int, logs: dict[str, Any] | None = None) -> None:
            self.step((logs or {}).get("loss", math.nan))

        return _callback("keras.callbacks", ended)

    def lightning_callback(self) -> Any:
        """Return a callback for Lightning's Trainer, which notes the model after each batch."""

        def ended(trainer: Any, module: Any, outputs: Any, *_: Any) -> None:
            loss = outputs["loss"] if isinstance(outputs, Mapping) else outputs
            self.step(math.nan if loss is None else loss)

        return _callback("lightning.pytorch" if find_spec("lightning") else "pytorch_lightning", ended)


def _as_matched(network: Network, read: Network, matched: Network) -> Network:
    """A network of the training, changed as the one that was read is matched with the data: its threshold is taken off,
    or the activation of its output is kept."""
    readout = dense(network.readout)
    if len(matched.hidden) > len(read.hidden):
        return Network((*network.hidden, replace(readout, activation=matched.dense[-2].activation)), matched.readout)
    moved = dense(matched.readout).bias - dense(read.readout).bias
    return Network(network.hidden, replace(readout, bias=readout.bias + moved))


def _callback(module: str, ended: Callable[..., None]) -> Any:
    """A callback of a library, called after each batch of training."""
    return type("Recorded", (importlib.import_module(module).Callback,), {"on_train_batch_end": staticmethod(ended)})()


class Certificates(Sequence[Row]):
    """Rows of a report: a sentence, and whether it holds. A table in a notebook, lines of text elsewhere.

    said: what was decided about the model and its data, in sentences, which stand at the end.
    """

    def __init__(self, rows: tuple[Row, ...], said: Sequence[str] = ()) -> None:
        self.rows, self.said = rows, tuple(said)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: Any) -> Any:
        return self.rows[at]

    def __repr__(self) -> str:
        rows = [f"{row.verdict:12}{row.sentence} {', '.join(row.measured_words)}".rstrip() for row in self.rows]
        return "\n".join([*rows, *self.said])

    def _repr_html_(self) -> str:
        cells = [
            (row.sentence, row.verdict, ", ".join(row.measured_words), row.resolution, row.caveat) for row in self.rows
        ]
        rows = "".join(
            "<tr>" + "".join(f'<td style="text-align:left">{html.escape(cell)}</td>' for cell in row) + "</tr>"
            for row in cells
        )
        head = "".join(
            f'<th scope="col" style="text-align:left">{name}</th>'
            for name in ("What is checked", "Holds", "Measured", "How", "What this does not show")
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{_said(self.said)}"


class Explorer:
    """The live picture of a network: a slider through its layers, a point to drag, space to turn."""

    def __init__(self, subject: Subject) -> None:
        _need_templates()
        from manim_untangle.publish.explorer import MOST_INPUTS

        self.subject = subject
        if subject.read.network.inputs > MOST_INPUTS:
            raise UntangleError(
                f"the live picture shows up to {MOST_INPUTS} inputs, this network takes "
                f"{subject.read.network.inputs}. Make a film of it: film(model, X, y)"
            )

    @cached_property
    def page(self) -> str:
        """The picture as one HTML page that needs nothing else."""
        from manim_untangle.publish.pages import explorer_page
        from manim_untangle.web.network import Explored

        return explorer_page(self.subject.record["title"], Explored(self.subject.read.network, self.subject.data))

    def save(self, path: str | Path) -> Path:
        """Write the page to a path ending in .html, and return it."""
        path = Path(path)
        if path.suffix.lower() != ".html":
            raise UntangleError(f"{path} is no path of a page. Give one that ends in .html")
        path.write_text(self.page, encoding="utf-8")
        return path

    def __repr__(self) -> str:
        shown = f"Explorer({self.subject.record['title']!r}). Save it: .save('network.html')"
        return "\n".join([shown, *self.subject.read.assumptions])

    def _repr_html_(self) -> str:
        fit = (
            "const page = this.contentDocument.documentElement; "
            "new ResizeObserver(() => { this.style.height = page.offsetHeight + 'px'; }).observe(page)"
        )
        title = html.escape(self.subject.record["title"])
        return (
            f'<iframe title="{title}" srcdoc="{html.escape(self.page)}" onload="{fit}" '
            f'style="width:100%;max-width:960px;height:{EXPLORER_HEIGHT}px;border:0"></iframe>'
            f"{_said(self.subject.read.assumptions)}"
        )


def _said(sentences: Sequence[str]) -> str:
    """What stands below a film or table in a cell: sentences, as HTML."""
    text = html.escape(" ".join(sentence if sentence.endswith(".") else f"{sentence}." for sentence in sentences))
    return f'<p style="max-width:960px;font-size:90%">{text}</p>' if sentences else ""


def _need_templates() -> None:
    if find_spec("jinja2") is None:
        raise UntangleError(f"this needs Jinja2, which is not installed. Run: {install('publish')}")


@contextmanager
def _progress() -> Iterator[Counter]:
    """Show a bar in the cell while a film is rendered; at a prompt, on the terminal."""
    display = _cell_display()
    if display is None:
        with render_bar("film") as counter:
            yield counter
        return
    bar = _CellBar(display)
    try:
        yield Counter(bar, "film")
    finally:
        bar.close()


def _cell_display() -> Any:
    """IPython's display function in a notebook's kernel; None elsewhere."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return None
    shell = get_ipython()
    return display if shell is not None and hasattr(shell, "kernel") else None


class _CellBar(Progress):
    """A progress bar in a cell's output, redrawn in place."""

    def __init__(self, display: Any) -> None:
        super().__init__(disable=True)  # the terminal's
        self.shown, self.began = 0.0, time.monotonic()
        self.handle = display({"text/plain": "rendering", "text/html": ""}, raw=True, display_id=True)

    def update(self, *args: Any, **kwargs: Any) -> None:
        super().update(*args, **kwargs)
        self.show()

    def advance(self, *args: Any, **kwargs: Any) -> None:
        super().advance(*args, **kwargs)
        self.show()

    def show(self) -> None:
        """Draw the bar, if it was not drawn a moment ago."""
        now = time.monotonic()
        if now - self.shown < REDRAWN:
            return
        self.shown = now
        share = min(self.tasks[0].percentage / 100, 1.0) if self.tasks else 0.0
        left = f", {(now - self.began) * (1 - share) / share:.0f} s left" if share > 0.02 else ""
        text = f'<progress max="1" value="{share:.3f}"></progress> rendering {share:.0%}{left}'
        self.handle.update({"text/plain": "rendering", "text/html": text}, raw=True)

    def close(self) -> None:
        """Take the bar away."""
        self.handle.update({"text/plain": "", "text/html": ""}, raw=True)
