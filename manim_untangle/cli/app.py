"""The command line: options and help. What a command does is imported when it runs, so that --help is fast."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from manim_untangle.cli.options import Reading, Rendering, Working, spread

if TYPE_CHECKING:
    from manim_untangle.render.films import FilmFile
    from manim_untangle.render.settings import Settings

SITE = "site"  # the folder of the site, in that of the renders

app = typer.Typer(
    name="untangle",
    help="Films of what a trained neural network does to space, layer by layer.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _weights(folder: Path | None) -> Path | None:
    """Name the folder to netlib (training/recipe.py), in this process and in those that draw."""
    if folder is not None:
        os.environ["UNTANGLE_WEIGHTS"] = str(folder.absolute())
    return folder


WeightsOption = Annotated[
    Path | None,
    typer.Option("--weights", metavar="DIR", callback=_weights, help="Where weights of your own are."),
]
SiteOption = Annotated[
    Path,
    typer.Option("-o", "--out", metavar="DIR", help="Where the films are, else in renders; the site goes to DIR/site."),
]
BaseUrlOption = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="The site's address: https://example.org/films")
]

HostOption = Annotated[str, typer.Option("--host", help="127.0.0.1 shows it to this machine only.")]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any.")]


def _version(show: bool) -> None:
    if show:
        from importlib.metadata import version

        typer.echo(f"untangle {version('manim-untangle')}")
        raise typer.Exit


@app.callback()
def _about(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    pass


@app.command("list")
def list_films() -> None:
    """List the films, with what each one shows."""
    from manim_untangle.render.films import listing

    typer.echo(listing())


@app.command()
@spread
def train(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME…", help="Films, .py files, or recipes by slug or constant.")
    ],
    weights: WeightsOption = None,
    *,
    working: Working,
) -> None:
    """Train the networks of films or recipes, and write their weights.

    The weights of a .py file of your own go to the folder weights beside it.
    """
    from manim_untangle.cli.train import train_all

    train_all(names, typer.echo, **working.workers)


@app.command()
@spread
def render(
    films: Annotated[list[str] | None, typer.Argument(metavar="FILM…", help="Films by name, or .py files.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Render every film.")] = False,
    weights: WeightsOption = None,
    *,
    rendering: Rendering,
) -> None:
    """Render films: film.mp4, film.timeline, poster.jpg and film.json each."""
    from manim_untangle.render.films import chosen

    how = rendering.settings
    _render_all(chosen(films or [], everything), how, rendering)


@app.command()
@spread
def film(
    models: Annotated[list[str], typer.Argument(metavar="MODEL", help="A file of weights, or a Playground URL.")],
    *,
    each: Annotated[
        bool, typer.Option("--each", help="Of several files or a folder: all films, and a page and table of them.")
    ] = False,
    data: Annotated[
        str | None, typer.Option("--data", help="A table, an .npz, or a data set: spirals:turns=2, iris.")
    ] = None,
    reading: Reading,
    images: Annotated[
        str | None, typer.Option("--images", metavar="WxH", help="Draw each point as its picture: 28x28.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="The film's title.")] = None,
    name: Annotated[str | None, typer.Option(help="The name of the film's folder and files.")] = None,
    rendering: Rendering,
) -> None:
    """Make the film of your own network and data."""
    from manim_untangle.cli.film import FilmOptions, network_film
    from manim_untangle.render.settings import BadOption

    how, options = rendering.settings, FilmOptions(models[0], data, reading, images, title, name)
    if each:
        _need_templates()
        if name:
            raise BadOption("--name is for one film. With --each, films have the names of their files")
        from manim_untangle.cli.each import films_of_each

        films_of_each(models, options, _encoded(how, rendering), rendering, typer.echo)
        return
    if len(models) > 1:
        raise BadOption(f"film takes one network, got {len(models)}. For the films of all, add --each")
    _render_all([network_film(options, rendering.out, typer.echo)], how, rendering)


def _render_all(films: Sequence[FilmFile], how: Settings, rendering: Rendering) -> None:
    """Render each film to its folder, with a progress bar, and say where it is."""
    from manim_untangle.render.many import render_films
    from manim_untangle.render.progress import render_bar
    from manim_untangle.web.teller import document_teller
    from netlib.errors import UntangleError

    how = _encoded(how, rendering)
    with render_bar(films[0].name if len(films) == 1 else f"{len(films)} films", len(films)) as counter:
        for _, result in render_films(
            films,
            how,
            rendering.out,
            counter,
            **rendering.workers,
            use_cache=rendering.cache,
            teller=document_teller,
            say=typer.echo,
        ):
            if isinstance(result, UntangleError):
                raise result
            typer.echo(f"{result.main}  {result.summary}")
            if result.note:
                typer.echo(result.note, err=True)
            if rendering.preview:
                typer.launch(str(result.main))


def _encoded(how: Settings, rendering: Rendering) -> Settings:
    """Return the settings with the encoder that works here, and say so where it is not the usual one."""
    from manim_untangle.render.encoder import with_encoder

    how, note = with_encoder(how, rendering.encoder)
    if note:
        typer.echo(note, err=True)
    return how


@app.command()
@spread
def check(
    targets: Annotated[
        list[str], typer.Argument(metavar="FILM|MODEL…", help="Films, recipes, files of weights, or folders of them.")
    ],
    *,
    data: Annotated[str | None, typer.Option("--data", help="A data set or file; else what it was trained on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    weights: WeightsOption = None,
    betti: Annotated[bool, typer.Option("--betti", help="Betti numbers too; needs gudhi, takes longer.")] = False,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Keep results, and use those kept.")] = True,
    reading: Reading,
    working: Working,
) -> None:
    """Show what is proved or measured about a network: tunnel, winding number, separating lines and more.

    Several are checked by several processes, or by the workers of a cluster; one that cannot be read stops no other.
    """
    from manim_untangle.cli.check import check, expanded
    from netlib.errors import UntangleError

    failed = list[str]()
    names = expanded(targets)
    shown = check(
        names,
        data,
        as_json,
        betti,
        reading,
        use_cache=cache,
        jobs=working.jobs,
        scheduler=working.workers["scheduler"],
        say=functools.partial(typer.echo, err=True),
        failed=failed,
        colour=sys.stdout.isatty(),
    )
    typer.echo(shown, nl=as_json)
    for line in failed:
        typer.echo(line, err=True)
    if failed:
        raise UntangleError(f"{len(failed)} of {len(names)} could not be checked")


@app.command()
def document(
    films: Annotated[list[str] | None, typer.Argument(metavar="FILM…", help="Films by name, or .py files.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Write every film.")] = False,
    weights: WeightsOption = None,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="PATH", help="Where films go, or a file ending in .timeline.")
    ] = Path("renders"),
    fps: Annotated[float, typer.Option("--fps", min=1, max=240, help="Moments a second to look at.")] = 30,
    words: Annotated[
        list[str] | None, typer.Option("--words", metavar="LANG", help="Its words, too, to translate: de, pt-BR.")
    ] = None,
) -> None:
    """Write films as timelines: what moves and is said, as data, which plays live in a page."""
    from manim_untangle.render.films import chosen

    named = chosen(films or [], everything)
    from manim_untangle.cli.document import write_documents  # imports manim, so only after names are checked
    from manim_untangle.render.cache import results_kept

    with results_kept():
        write_documents(named, out, fps, words or [], typer.echo)


@app.command()
def watch(
    film: Annotated[str, typer.Argument(metavar="FILM", help="A film by name, or a .py file.")],
    weights: WeightsOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    preview: Annotated[bool, typer.Option("-p", "--preview", help="Open the page.")] = False,
) -> None:
    """Show a film in a page while you write it: each time you save, at the moment where you are. Until Ctrl-C."""
    from manim_untangle.render.films import film as film_file

    named = film_file(film)
    from manim_untangle.cli.watch import watch as watch_film  # imports manim, so only after the name is checked

    watch_film(named, host, port, typer.echo, typer.launch if preview else None)


@app.command()
def figure(
    film: Annotated[str, typer.Argument(metavar="FILM", help="A film by name, or a .py file.")],
    at: Annotated[float | None, typer.Option("--at", metavar="SECONDS", min=0, help="A moment.")] = None,
    chapter: Annotated[int | None, typer.Option("--chapter", metavar="N", min=1, help="A chapter's end.")] = None,
    layers: Annotated[bool, typer.Option("--layers", help="Space before the first move and after each.")] = False,
    light: Annotated[bool, typer.Option("--light/--dark", help="For paper, or as in the film.")] = False,
    width: Annotated[float, typer.Option("--width", metavar="MM", min=10, max=2000, help="In millimetres.")] = 160,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="A .svg, .pdf or .png.")] = Path(
        "figure.svg"
    ),
) -> None:
    """Write a moment of a film, or its layers side by side, as a figure made of curves."""
    from manim_untangle.render.films import film as film_file

    named = film_file(film)
    from manim_untangle.render.cache import results_kept
    from manim_untangle.web.figure import figure_of  # imports manim, so only after the name is checked

    with results_kept():
        figure_of(named, out, at=at, chapter=chapter, layers=layers, light=light, width=width)
    typer.echo(str(out))


@app.command()
def publish(
    films: Annotated[list[str] | None, typer.Argument(metavar="FILM…", help="Rendered films by name.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Publish every rendered film.")] = False,
    base_url: BaseUrlOption = None,
    profile: Annotated[
        list[str] | None,
        typer.Option("--profile", help="hd, forum, forum-4mb, github or original; again for more. The first plays."),
    ] = None,
    av1: Annotated[bool, typer.Option("--av1", help="AV1 beside the page's video, where that is smaller.")] = False,
    single_file: Annotated[
        bool, typer.Option("--single-file", help="One page that holds the film itself, in its folder; no site.")
    ] = False,
    out: SiteOption = Path("renders"),
) -> None:
    """Make a page, encodings, captions and previews of rendered films, and a gallery."""
    _need_templates()
    from manim_untangle.publish import encode, film, published, site
    from netlib.command import command
    from netlib.errors import UntangleError

    if bool(films) == everything:
        raise UntangleError("publish which films? Name them, or say --all")
    profiles = [encode.profile(name) for name in dict.fromkeys(profile or ("hd", "forum"))]
    address = published.address(base_url)
    names = film.rendered_films(out) if everything else list(dict.fromkeys(films or []))
    if not names:
        raise film.MissingFilm(f"no film is rendered in {out}. Run: {command('render', '--all')}")
    usual = Path("renders")  # where `render` puts films by default: the second place to look for them
    folders = [next((f for f in (out, usual) if (f / name / "film.json").is_file()), out) for name in names]
    rendered = [film.read_film(name, folder) for name, folder in zip(names, folders, strict=True)]
    if single_file:
        for path in site.write_single_pages(rendered):
            typer.echo(str(path))
        return
    site.publish(rendered, out / SITE, profiles, address, typer.echo, av1)
    typer.echo(f"site: {out / SITE / 'index.html'}")
    if address is None:
        typer.echo("Without --base-url pages have no preview cards, no player for forums and no snippets to paste.")


@app.command()
def embed(
    film: Annotated[str, typer.Argument(metavar="FILM", help="A published film.")],
    place: Annotated[
        str,
        typer.Option(
            "--for",
            help="element or iframe (live), html (video), discourse, moodle, canvas, edx, notion, obsidian, "
            "jupyterbook, quarto, reveal or github.",
            show_default=True,
        ),
    ] = "html",
    base_url: BaseUrlOption = None,
    out: SiteOption = Path("renders"),
) -> None:
    """Print what to paste into a forum, a course page, notes, slides or a README."""
    _need_templates()
    from manim_untangle.publish.pages import snippet_for

    typer.echo(snippet_for(film, place, out / SITE, base_url), nl=False)


@app.command()
def slides(
    film: Annotated[str, typer.Argument(metavar="FILM", help="A rendered film.")],
    captions: Annotated[bool, typer.Option("--captions", help="Stop at each caption, not at each chapter.")] = False,
    folder: Annotated[Path, typer.Option("--folder", metavar="DIR", help="Where manim-slides looks.")] = Path("slides"),
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where the films are.")] = Path("renders"),
) -> None:
    """Hand a rendered film to manim-slides: clips that stop at each chapter, and notes."""
    from manim_untangle.cli.slides import slides as make_slides
    from netlib.command import quoted

    path, count = make_slides(film, out, folder, captions)
    typer.echo(f"{path}  {count} slide{'' if count == 1 else 's'}")
    where = () if folder == Path("slides") else ("--folder", str(folder))
    typer.echo(f"Show them: {quoted('manim-slides', 'present', *where, path.stem)}")
    typer.echo(f"As a page: {quoted('manim-slides', 'convert', *where, path.stem, f'{path.stem}.html')}")


def _need_templates() -> None:
    from netlib.command import install
    from netlib.errors import MissingExtra

    if find_spec("jinja2") is None:
        raise MissingExtra(f"pages are made with Jinja2, which is not installed. Run: {install('publish')}")


@app.command()
def serve(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    out: SiteOption = Path("renders"),
) -> None:
    """Serve the site to a browser, until Ctrl-C."""
    from manim_untangle.publish.server import Server

    with Server(out / SITE, host, port) as server:
        typer.echo(f"{server.url} shows {out / SITE}. Stop with Ctrl-C.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("stopped")


@app.command("docs")
def build_docs(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where the site goes.")] = Path("site-docs"),
) -> None:
    """Build the documentation as a site."""
    from manim_untangle.cli.docs import docs

    docs(out, typer.echo)


@app.command("cache")
def show_cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything that is kept.")] = False,
) -> None:
    """Show what is kept between renders, or clear it."""
    from manim_untangle.render.cache import Cache, cache_folder

    cache = Cache(cache_folder())
    segments, results, size = cache.size()
    counted = (f"{n} {kind}{'' if n == 1 else 's'}" for n, kind in ((segments, "segment"), (results, "result")))
    held = f"{', '.join(counted)}, {size / 1e6:.1f} MB"
    if clear:
        cache.clear()
        typer.echo(f"cleared {cache.folder}: {held}")
    else:
        typer.echo(f"{cache.folder}: {held} of at most {cache.limit / 1e6:.0f} MB (UNTANGLE_CACHE_MB)")


def main() -> None:
    """Run the command line; an error is one line, with exit code 1 or 2."""
    from manim_untangle.cli.process import run

    run(app)
