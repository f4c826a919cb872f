"""Pages: one for each film, a bare player for other pages to hold, and the gallery."""

from __future__ import annotations

from typing import Any

from manim_untangle.publish import templates
from manim_untangle.publish.embeds import json_ld, open_graph, places, snippet
from manim_untangle.publish.explorer import Json
from manim_untangle.publish.film import RenderedFilm
from manim_untangle.publish.published import Published
from netlib.command import portable_command

PLAYER_SCRIPTS = ("player.js",)
EXPLORER_SCRIPTS = (
    *("network.js", "camera.js", "drawing.js", "probe.js", "picture.js", "pointer.js", "controls.js", "explorer.js"),
    *PLAYER_SCRIPTS,
)
ABOUT = (
    "A layer of a neural network is a transformation of space. Training chooses one after which a straight line is "
    "enough. These short films show trained networks at it, layer by layer, and what no training can do."
)


def film_page(film: Published, rendered: RenderedFilm, networks: list[Json], weights: list[Json]) -> str:
    """Return the page of a film: watch, try, read, check, download, paste. networks: what `live_networks` gives;
    weights: the same networks and those that cannot be shown live, with file, bytes and sha256."""
    return _page(
        "film.html",
        EXPLORER_SCRIPTS if networks else PLAYER_SCRIPTS,
        root="../",
        film=film,
        cues=cues(rendered),
        open_graph=open_graph(film),
        json_ld=json_ld(film, rendered) if film.base_url else None,
        snippets=[(place, snippet(film, name)) for name, place in places().items()] if film.base_url else [],
        **_explored(networks),
        weights=weights,
        paragraphs=[" ".join(p.split()) for p in rendered.about.split("\n\n") if p.strip()],
        sections=rendered.sections,
        claims=rendered.claims,
        recipes=rendered.recipes,
        sources=rendered.sources,
        command=rendered.command,
        publish=portable_command("publish", film.film),
        versions=rendered.versions,
    )


def explorer_page(title: str, network: Json) -> str:
    """Return a page that holds nothing but the live picture of a network, and needs no other file."""
    return _page("explorer_page.html", EXPLORER_SCRIPTS, root="", title=title, heading=title, **_explored([network]))


def _explored(networks: list[Json]) -> Json:
    return {
        "networks": networks,
        "spatial": any(move["ambient"] >= 3 for network in networks for move in network["moves"]),
        "deep": any(network["inputs"] == 3 for network in networks),
    }


def player_page(film: Published, rendered: RenderedFilm) -> str:
    """Return the page that holds nothing but the film, for an iframe."""
    return _page("player.html", PLAYER_SCRIPTS, root="../", film=film, cues=cues(rendered))


def gallery_page(films: list[Published], base_url: str | None) -> str:
    """Return the page that leads to every film."""
    addressed = base_url if all(film.base_url == base_url for film in films) else None
    return _page("gallery.html", (), root="", films=films, base_url=addressed, about=ABOUT)


def cues(rendered: RenderedFilm) -> Json:
    """Return captions and chapters as data: from file:// a browser loads no caption file."""
    seconds = max((section.end for section in rendered.sections), default=0.0)
    return {
        "seconds": seconds,
        "captions": [{"start": c.start, "end": c.end, "text": c.text} for c in rendered.captions],
        "chapters": [{"start": s.start, "end": s.end, "text": s.name} for s in rendered.sections],
    }


def _page(template: str, scripts: tuple[str, ...], **values: Any) -> str:
    style, script = templates.asset("page.css"), templates.asset(*scripts)
    return templates.rendered(template, policy=policy(style, script), style=style, script=script, **values)


def policy(style: str, script: str) -> str:
    """Return the content security policy of a page: its own files, and exactly its own inline style and script."""
    allowed = {
        "default-src": "'none'",
        "script-src": f"'{templates.digest(script)}'" if script else "'none'",
        "style-src": f"'{templates.digest(style)}'",
        "img-src": "'self'",
        "media-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items())
