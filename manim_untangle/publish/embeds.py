"""What other sites need of a film: snippets to paste, one template in templates/embed/ for each place; and metadata for
programs (Open Graph, oEmbed, JSON-LD, a sitemap). All of it holds absolute addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from manim_untangle.publish import templates
from manim_untangle.publish.captions import moment
from manim_untangle.publish.film import RenderedFilm
from manim_untangle.publish.published import PLAYER, POSTER, Published, address, read_published
from netlib.errors import unknown

SITE_NAME = "Untangle"
FOLDER = "embed"
# The first line of a template is a comment: {# Name of the place: what it takes. #}
FIRST_LINE = re.compile(r"\{# (?P<title>[^:]+): (?P<takes>.+) #\}")


@dataclass(frozen=True)
class Place:
    """Where a film may go. name: on the command line; title: as people write it; takes: what it accepts, in words."""

    name: str
    title: str
    takes: str
    template: str


def places() -> dict[str, Place]:
    """Return the places that there is a snippet for, by name."""
    files = sorted((templates.FOLDER / FOLDER).glob("*.[mt]*"))
    return {file.stem: _place(file) for file in files}


def _place(file: Path) -> Place:
    first = FIRST_LINE.match(file.read_text(encoding="utf-8"))
    assert first, f"{file.name} says in its first line what place it is for"
    return Place(file.stem, first["title"], first["takes"], f"{FOLDER}/{file.name}")


def snippet(film: Published, place: str) -> str:
    """Return the text to paste at a place. Raises UnknownName for a place without a snippet, BadAddress for a film
    that was published without a base_url."""
    known = places()
    if place not in known:
        raise unknown("place", place, list(known))
    film.url()  # an address is needed by every place
    return templates.rendered(known[place].template, film=film).strip() + "\n"


def snippet_for(name: str, place: str, site: Path, base_url: str | None = None) -> str:
    """Return the snippet of a published film, for the address that it was published with or for another one."""
    film = read_published(site, name)
    return snippet(replace(film, base_url=address(base_url)) if base_url else film, place)


def open_graph(film: Published) -> list[tuple[str, str]]:
    """Return Open Graph properties in order. Discourse plays a page inline that has og:type "video.…", og:video with
    its type, and og:image. Without a base_url only the words are returned."""
    words = [("og:type", "video.other"), ("og:site_name", SITE_NAME), ("og:title", film.title)]
    words += [("og:description", film.description)]
    if film.base_url is None:
        return words
    address = film.url(film.video.file)
    secure = [("og:video:secure_url", address)] if address.startswith("https:") else []
    return [
        *words,
        ("og:url", film.url()),
        ("og:image", film.url(POSTER)),
        ("og:image:type", "image/jpeg"),
        ("og:image:width", str(film.poster[0])),
        ("og:image:height", str(film.poster[1])),
        ("og:image:alt", film.alt),
        ("og:video", address),
        *secure,
        ("og:video:type", "video/mp4"),
        ("og:video:width", str(film.video.width)),
        ("og:video:height", str(film.video.height)),
        ("video:duration", str(round(film.seconds))),
        ("video:release_date", film.date),
    ]


def oembed(film: Published, html: str) -> dict[str, Any]:
    """Return the oEmbed 1.0 response of type video; html is what a consumer puts into its page."""
    return {
        "version": "1.0",
        "type": "video",
        "title": film.title,
        "provider_name": SITE_NAME,
        "provider_url": f"{film.base_url}/",
        "html": html,
        "width": film.video.width,
        "height": film.video.height,
        "thumbnail_url": film.url(POSTER),
        "thumbnail_width": film.poster[0],
        "thumbnail_height": film.poster[1],
        "cache_age": 86400,
    }


def json_ld(film: Published, rendered: RenderedFilm) -> dict[str, Any]:
    """Return a schema.org VideoObject with a clip for each chapter. Needs a base_url."""
    return {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": film.title,
        "description": film.description,
        "uploadDate": film.date,
        "duration": f"PT{film.seconds:.3f}S",
        "contentUrl": film.url(film.video.file),
        "embedUrl": film.url(PLAYER),
        "url": film.url(),
        "thumbnailUrl": [film.url(POSTER)],
        "width": film.video.width,
        "height": film.video.height,
        "inLanguage": "en",
        "transcript": " ".join(caption.text for caption in rendered.captions),
        "hasPart": [
            {
                "@type": "Clip",
                "name": section.name,
                "startOffset": section.start,
                "endOffset": section.end,
                "url": f"{film.url()}?t={moment(section.start)}",
            }
            for section in rendered.sections
            if section.end > section.start
        ],
    }


def sitemap(films: list[Published], base_url: str) -> str:
    """Return a sitemap (sitemaps.org 0.9) with the gallery and each film's page and video."""
    pages = [f"<url><loc>{escape(base_url)}/</loc></url>"]
    for film in films:
        pages.append(
            f"<url><loc>{escape(film.url())}</loc><video:video>"
            f"<video:thumbnail_loc>{escape(film.url(POSTER))}</video:thumbnail_loc>"
            f"<video:title>{escape(film.title)}</video:title>"
            f"<video:description>{escape(film.description)}</video:description>"
            f"<video:content_loc>{escape(film.url(film.video.file))}</video:content_loc>"
            f"<video:duration>{max(1, round(film.seconds))}</video:duration>"
            f"</video:video></url>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:video="http://www.google.com/schemas/sitemap-video/1.1">\n' + "\n".join(pages) + "\n</urlset>\n"
    )
