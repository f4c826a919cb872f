"""Published: what stands in a site's folder for a film, as the gallery, the snippets and the metadata need it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from manim_untangle.publish.film import MissingFilm
from netlib.command import command
from netlib.errors import UntangleError

RECORD = "published.json"
CAPTIONS, SUBTITLES, CHAPTERS, TRANSCRIPT = "captions.vtt", "captions.srt", "chapters.vtt", "transcript.txt"
POSTER, OEMBED, PAGE, PLAYER = "poster.jpg", "oembed.json", "index.html", "player.html"


class BadAddress(UntangleError):
    """A --base-url that cannot be linked to."""


@dataclass(frozen=True)
class Video:
    """One encoding. purpose: where it goes, in words. how: copied, or its rate factor. key: what it was made from."""

    profile: str
    purpose: str
    file: str
    width: int
    height: int
    rate: float
    bytes: int
    how: str
    key: str


@dataclass(frozen=True)
class Published:
    """A film in the site. seconds: its length; date: when it was rendered, ISO 8601; order: its place in the gallery;
    poster, preview: width and height; base_url: where the site will stand, without a slash at its end, or None."""

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

    @property
    def video(self) -> Video:
        """The encoding that the page plays: that of the first profile."""
        return self.videos[0]

    @property
    def upload(self) -> Video:
        """The smallest encoding: the one to upload."""
        return min(self.videos, key=lambda video: video.bytes)

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

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)


def read_published(site: Path, film: str) -> Published:
    """Return what is published of a film. Raises MissingFilm where nothing is, or where it cannot be read."""
    try:
        record: dict[str, Any] = json.loads((site / film / RECORD).read_text(encoding="utf-8"))
        videos = tuple(Video(**video) for video in record.pop("videos"))
        pairs = {name: (int(record[name][0]), int(record[name][1])) for name in ("poster", "preview")}
        return Published(**{**record, **pairs, "videos": videos})
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
