"""Published: what a site's folder holds of a film; and what programs read of it: oEmbed, JSON-LD (schema.org)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from manim_untangle.publish.captions import moment
from manim_untangle.publish.film import Json, MissingFilm, RenderedFilm
from netlib.command import command
from netlib.errors import UntangleError

SITE_NAME = "Untangle"
# The names of the files that every film has in the site; the templates spell them out.
RECORD = "published.json"
CAPTIONS, SUBTITLES, CHAPTERS, TRANSCRIPT = "captions.vtt", "captions.srt", "chapters.vtt", "transcript.txt"
POSTER, OEMBED, PAGE, PLAYER = "poster.jpg", "oembed.json", "index.html", "player.html"
SCRIPT = "untangle-film.js"  # beside the gallery: the player, for other sites


class BadAddress(UntangleError):
    """A --base-url that cannot be linked to."""


@dataclass(frozen=True)
class Video:
    """One encoding. purpose: where it goes, in words. how: copied, or its rate factor. key: a hash of its source.
    type: its MIME type."""

    profile: str
    purpose: str
    file: str
    width: int
    height: int
    rate: float
    bytes: int
    how: str
    key: str
    type: str = "video/mp4"


@dataclass(frozen=True)
class Published:
    """A film in the site. seconds: its length; date: when it was rendered, ISO 8601; order: its place in the gallery;
    poster, preview: width and height; base_url: the site's address, without a slash at its end, or None; timeline: the
    bytes of the film as a document, 0 where it has none; languages: those that its words are translated into; av1: the
    video that the page plays, as AV1, where that was asked for and is smaller."""

    film: str
    title: str
    description: str
    alt: str
    seconds: float
    date: str
    order: float | None
    base_url: str | None
    poster: tuple[int, int]
    preview: tuple[int, int]
    videos: tuple[Video, ...]
    timeline: int = 0
    languages: tuple[str, ...] = ()
    av1: Video | None = None

    @property
    def video(self) -> Video:
        """The encoding that the page plays: that of the first profile."""
        return self.videos[0]

    @property
    def webp(self) -> str:
        return f"{self.film}.webp"

    @property
    def gif(self) -> str:
        return f"{self.film}.gif"

    def url(self, file: str = "") -> str:
        """Return the absolute address of one of its files, or of its page. Raises BadAddress without a base_url."""
        if self.base_url is None:
            raise BadAddress(
                f"{self.film} was published without an address. Say where the site will stand: --base-url https://…"
            )
        return f"{self.base_url}/{quote(self.film)}/{quote(file)}"

    @property
    def script_url(self) -> str:
        """The absolute address of the script that plays timelines. Raises BadAddress without a base_url."""
        return self.url().rstrip("/").rsplit("/", 1)[0] + f"/{SCRIPT}"


def read_published(site: Path, film: str) -> Published:
    """Return what is published of a film. Raises MissingFilm where nothing is, or where it cannot be read."""
    try:
        record: Json = json.loads((site / film / RECORD).read_text(encoding="utf-8"))
        pairs = {name: tuple(record[name]) for name in ("poster", "preview")}
        pairs["languages"] = tuple(record.get("languages", ()))
        av1 = Video(**record["av1"]) if record.get("av1") else None
        videos = tuple(Video(**video) for video in record["videos"])
        return Published(**{**record, **pairs, "videos": videos, "av1": av1})
    except (OSError, ValueError, TypeError, KeyError):
        raise MissingFilm(f"{film} is not published in {site}. Run: {command('publish', film)}") from None


def all_published(site: Path) -> list[Published]:
    """Return every published film, in the order of the gallery."""
    names = [path.parent.name for path in site.glob(f"*/{RECORD}") if not path.parent.name.startswith(".")]
    films = [read_published(site, name) for name in names]
    return sorted(films, key=lambda film: (film.order is None, film.order or 0.0, film.film))


def address(base_url: str | None) -> str | None:
    """Return a base address without a slash at its end. Raises BadAddress where it is no absolute http(s) address."""
    if base_url is None:
        return None
    parts = urlsplit(base_url.strip())
    odd = parts.query or parts.fragment or any(c in base_url.strip() for c in ' "<>\\')
    if parts.scheme not in ("http", "https") or not parts.hostname or odd:
        raise BadAddress(f"'{base_url}' is no address that a page can have. Write it like https://example.org/films")
    return base_url.strip().rstrip("/")


def oembed(film: Published, html: str) -> Json:
    """Return the oEmbed 1.0 response of type video. html: what a consumer puts into its page. Needs a base_url."""
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


def json_ld(film: Published, rendered: RenderedFilm) -> Json:
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
