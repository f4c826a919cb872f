"""Pages, snippets and the sitemap: templates filled with what a film says.

A page for each film, a bare player for other pages to hold, the gallery, and for each other site the text to paste
there, one template in templates/embed/. A page holds its style and script inline, and its content security policy
allows nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from manim_untangle.publish.captions import moment, stamp
from manim_untangle.publish.explorer import PageNetwork
from manim_untangle.publish.film import Json, RenderedFilm
from manim_untangle.publish.published import SITE_NAME, Published, address, json_ld, read_published
from manim_untangle.publish.script import player_script
from manim_untangle.web.network import Explored, networks_timeline
from netlib.command import portable_command
from netlib.errors import UntangleError, unknown

TEMPLATES, ASSETS = (Path(__file__).parent / name for name in ("templates", "assets"))
# The first line of an embed template is a comment: {# Name of the place: what it takes. #}
FIRST_LINE = re.compile(r"\{# (?P<title>[^:]+): (?P<takes>.+) #\}")
# Characters that Markdown reads as something else than themselves.
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~$:^=-])")
ABOUT = (
    "A layer of a neural network is a transformation of space. Training chooses one after which a straight line is "
    "enough. These short films show how trained networks do that, layer by layer, and what no training can do."
)


def film_page(film: Published, rendered: RenderedFilm, networks: list[PageNetwork]) -> str:
    """Return the page of a film. networks: every network of the film, as `page_networks` gives them."""
    explored = [network.explored for network in networks if network.explored is not None]
    return _page(
        "film.html",
        *_film_scripts(film, explorer=bool(explored)),
        root="../",
        film=film,
        rendered=rendered,
        site_name=SITE_NAME,
        json_ld=json_ld(film, rendered) if film.base_url else None,
        snippets=[
            (place, snippet(film, name))
            for name, place in places().items()
            if film.base_url and (film.timeline or name != "element")
        ],
        **_explored(film.title, explored),
        weights=networks,
        paragraphs=[" ".join(p.split()) for p in rendered.about.split("\n\n") if p.strip()],
        publish=portable_command("publish", film.film),
    )


def explorer_page(title: str, explored: Explored) -> str:
    """Return a page that holds nothing but the live picture of a network, and needs no other file."""
    values = _explored(title, [explored])
    return _page("explorer_page.html", player=Markup(player_script()), root="", title=title, heading=title, **values)


def _explored(title: str, explored: list[Explored]) -> Json:
    """What the live picture of a page needs: its content is the timeline of its networks."""
    return {
        "networks": explored,
        "content": base64.b64encode(networks_timeline(title, explored)).decode() if explored else "",
        "spatial": any(size >= 3 for each in explored for size in (each.network.inputs, *each.network.widths[:-1])),
    }


def player_page(film: Published, rendered: RenderedFilm) -> str:
    """Return the page that holds nothing but the film, for an iframe."""
    return _page("player.html", *_film_scripts(film), root="../", film=film, rendered=rendered)


def single_page(rendered: RenderedFilm) -> str:
    """Return one page that holds the film itself, as its timeline, and needs no other file and no server.

    Raises MissingTimeline where the film has none."""
    if rendered.timeline is None:
        raise MissingTimeline(f"{rendered.name} has no timeline, so a page cannot hold it. Run: {rendered.command}")
    content = base64.b64encode(rendered.timeline.read_bytes()).decode()
    words = {language: base64.b64encode(path.read_bytes()).decode() for language, path in rendered.translations.items()}
    values: Json = {"rendered": rendered, "content": content, "words": words}
    return _page("single.html", player=_player(), connect="data:" if words else "'self'", root="", **values)


def _film_scripts(film: Published, explorer: bool = False) -> tuple[Markup, Markup]:
    """Return the scripts of a page with a film: its own, and the player. explorer: it has a live picture, too."""
    return asset("player.js"), _player() if film.timeline or explorer else Markup()


def _player() -> Markup:
    return Markup(player_script()) + asset("steps.js")


def gallery_page(films: list[Published], base_url: str | None) -> str:
    """Return the page that leads to every film."""
    addressed = base_url if all(film.base_url == base_url for film in films) else None
    script = asset("gallery.js") if any(film.timeline for film in films) else Markup()
    values: Json = {"films": films, "base_url": addressed, "about": ABOUT, "site_name": SITE_NAME}
    return _page("gallery.html", script, files=bool(script), root="", **values)


def sitemap(films: list[Published], base_url: str) -> str:
    """Return a sitemap (sitemaps.org 0.9) with the gallery and each film's page and video."""
    return filled("sitemap.xml", films=films, base_url=base_url)


def page(template: str, **values: Any) -> str:
    """Return a page without a script."""
    return _page(template, **values)


def _page(
    template: str,
    script: str = "",
    player: str = "",
    files: bool = False,
    connect: str = "'self'",
    **values: Any,
) -> str:
    style = asset("page.css")
    allowed = policy(style, [text for text in (player, script) if text], files, connect)
    return filled(template, policy=allowed, style=style, script=script, player=player, **values)


def policy(style: str, scripts: Sequence[str], files: bool = False, connect: str = "'self'") -> str:
    """Return the content security policy of a page: its own files, and exactly its own inline style and scripts.

    files: whether it may load scripts that are files of the site. connect: where its scripts may read data from.
    """
    allowed = {
        "default-src": "'none'",
        "script-src": " ".join([*["'self'"][:files], *(f"'{digest(text)}'" for text in scripts)]) or "'none'",
        "style-src": f"'{digest(style)}'",
        "img-src": "'self'",
        "media-src": "'self'",
        "connect-src": connect,
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items())


def digest(text: str) -> str:
    """Return the hash by which a content security policy allows exactly this inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


class MissingTimeline(UntangleError):
    """A film has no timeline, and so cannot be a document."""


@dataclass(frozen=True)
class Place:
    """Where a film may go. name: on the command line; title: as people write it; takes: what it accepts, in words."""

    name: str
    title: str
    takes: str
    template: str


def places() -> dict[str, Place]:
    """Return the places that there is a snippet for, by name."""
    found = {}
    for file in sorted((TEMPLATES / "embed").iterdir()):
        first = FIRST_LINE.match(file.read_text(encoding="utf-8"))
        assert first, f"the first line of {file.name} must name the place and what it takes"
        found[file.stem] = Place(file.stem, first["title"], first["takes"], f"embed/{file.name}")
    return found


def snippet(film: Published, place: str) -> str:
    """Return the text to paste at a place. Raises UnknownName for a place without a snippet, BadAddress for a film
    that was published without a base_url, MissingTimeline for an element of a film without a timeline."""
    known = places()
    if place not in known:
        raise unknown("place", place, list(known))
    if place == "element" and not film.timeline:
        raise MissingTimeline(
            f"{film.film} has no timeline. Run: {portable_command('render', film.film)}, and publish it again"
        )
    return filled(known[place].template, film=film).strip() + "\n"


def snippet_for(name: str, place: str, site: Path, base_url: str | None = None) -> str:
    """Return the snippet of a published film, for the address that it was published with or for another one."""
    film = read_published(site, name)
    return snippet(replace(film, base_url=address(base_url)) if base_url else film, place)


def filled(template: str, **values: Any) -> str:
    """Return a template filled with values. Every value is escaped, but in .txt templates, which are plain text."""
    return _environment().get_template(template).render(**values)


def asset(*names: str) -> Markup:
    """Return files of assets/ joined, ready to be put into a page as they are."""
    return Markup("\n".join((ASSETS / name).read_text(encoding="utf-8").strip("\n") for name in names))


def size(count: int) -> str:
    """Return a number of bytes as people read it, 1 MB = 1,000,000 bytes."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def _measured(value: object) -> str:
    """Return a measured value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _markdown(text: str) -> Markup:
    """Return text that Markdown, and HTML within it, shows as it is written."""
    return Markup(MARKDOWN.sub(r"\\\1", str(escape(text))).replace("&\\#", "&#"))


def _unquoted(text: str) -> str:
    """Return text without straight double quotes, for places that have no escape for them."""
    return text.replace('"', "”").replace("\\", "/")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: not (name or "").endswith(".txt"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters = {"stamp": stamp, "moment": moment, "size": size, "measured": _measured, "asdict": asdict}
    environment.filters.update(filters, markdown=_markdown, unquoted=_unquoted)
    return environment
