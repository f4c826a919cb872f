"""What `untangle publish`, `embed` and `serve` do, as plain functions."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from manim_untangle.publish.film import MissingFilm
from netlib.command import command, install
from netlib.errors import UntangleError

SITE = "site"
RENDERS = Path("renders")
DEFAULT_PROFILES = ("hd", "forum")

Say = Callable[[str], None]


def publish(films: list[str], everything: bool, out: Path, base_url: str | None, profiles: list[str], say: Say) -> None:
    """Publish films rendered in `out` (else in renders/) into the site out/site.

    profiles: the first is what the pages play. Raises UntangleError subclasses before anything is written, where a
    film, profile or address is wrong.
    """
    _need_templates()
    from manim_untangle.publish.encode import profile
    from manim_untangle.publish.film import read_film, rendered_films
    from manim_untangle.publish.published import address
    from manim_untangle.publish.site import publish as publish_site

    if bool(films) == everything:
        raise UntangleError("publish which films? Name them, or say --all")
    chosen = [profile(name) for name in dict.fromkeys(profiles or DEFAULT_PROFILES)]
    base = address(base_url)
    names = rendered_films(out) if everything else list(dict.fromkeys(films))
    if not names:
        raise MissingFilm(f"no film is rendered in {out}. Run: {command('render', '--all')}")
    rendered = [read_film(name, _renders(name, out)) for name in names]
    publish_site(rendered, out / SITE, chosen, base, say)
    say(f"site: {out / SITE / 'index.html'}")
    if base is None:
        say("Without --base-url pages carry no cards, no player for forums and no snippets to paste.")


def embed(film: str, place: str, out: Path, base_url: str | None) -> str:
    """Return the snippet to paste at a place for a film published in out/site."""
    _need_templates()
    from manim_untangle.publish.embeds import snippet_for

    return snippet_for(film, place, out / SITE, base_url)


def serve(out: Path, host: str, port: int, say: Say) -> None:
    """Serve out/site until interrupted."""
    from manim_untangle.publish.server import Server

    with Server(out / SITE, host, port) as server:
        say(f"{server.url} shows {out / SITE}. Stop with Ctrl-C.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("stopped")


def _need_templates() -> None:
    if find_spec("jinja2") is None:
        raise UntangleError(f"pages are made with Jinja2, which is not installed. Run: {install('publish')}")


def _renders(name: str, out: Path) -> Path:
    """Films are looked for where the site goes, then where `render` puts them by default."""
    return out if (out / name / "film.json").is_file() or not (RENDERS / name / "film.json").is_file() else RENDERS
