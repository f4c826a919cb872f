"""The site: a folder for each film and a gallery, written complete or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from manim_untangle.publish import captions, embeds, encode, pages, templates, video
from manim_untangle.publish import published as names
from manim_untangle.publish.encode import BudgetNotMet, Profile
from manim_untangle.publish.explorer import Json, architecture, data_name, network_records
from manim_untangle.publish.film import MissingFilm, RenderedFilm
from manim_untangle.publish.published import Published, Video, all_published, read_published
from manim_untangle.publish.video import Clip
from netlib.files import written_whole
from netlib.training.recipe import read_weights

Say = Callable[[str], None]


def publish(
    films: list[RenderedFilm], site: Path, profiles: list[Profile], base_url: str | None, say: Say
) -> list[Published]:
    """Publish films into a site folder, then its gallery and sitemap; return what now stands there of them.

    base_url: where the site will stand; without it pages carry no absolute addresses and no snippets. say is told
    each file as it is made. A film that fails leaves its folder as it was.
    """
    site.mkdir(parents=True, exist_ok=True)
    made = [_publish_film(film, site, profiles, base_url, say) for film in films]
    shown = all_published(site)
    _write(site / "icon.svg", templates.asset("icon.svg"))
    _write(site / "index.html", pages.gallery_page(shown, base_url))
    if base_url:
        _write(site / "sitemap.xml", embeds.sitemap([f for f in shown if f.base_url == base_url], base_url))
    else:
        (site / "sitemap.xml").unlink(missing_ok=True)
    return made


def _publish_film(film: RenderedFilm, site: Path, profiles: list[Profile], base_url: str | None, say: Say) -> Published:
    clip = video.read_clip(film.video)
    with _replacing(site / film.name) as folder:
        videos = list[Video]()
        for profile in profiles:
            videos.append(_video(film, clip, profile, site / film.name, folder, videos, say))
        time = video.poster_time(clip, film.poster_time)
        poster = video.write_poster(clip, time, folder / names.POSTER)
        preview = video.write_previews(clip, time, folder / f"{film.name}.webp", folder / f"{film.name}.gif")
        made = Published(
            film=film.name,
            title=film.title,
            description=film.description,
            alt=film.alt,
            seconds=clip.seconds,
            date=datetime.fromtimestamp(film.video.stat().st_mtime, UTC).isoformat(timespec="seconds"),
            order=None if film.order == float("inf") else film.order,
            base_url=base_url,
            poster=poster,
            preview=preview,
            videos=tuple(videos),
        )
        _write_captions(film, folder)
        _write_pages(made, film, folder)
    say(f"{film.name}: {site / film.name / names.PAGE}")
    return made


def _video(
    film: RenderedFilm, clip: Clip, profile: Profile, old: Path, folder: Path, others: list[Video], say: Say
) -> Video:
    key = _key(film, profile)
    file = f"{film.name}-{profile.name}.mp4"
    before = _encoded_before(old, key)
    if before and (old / before.file).is_file():
        _link(old / before.file, folder / file)
        return replace(before, file=file)
    same = next((other for other in others if _serves(other, profile, clip)), None)
    if same:
        _link(folder / same.file, folder / file)
        say(f"{film.name}: {file}, the same as {same.file}")
        return replace(same, profile=profile.name, purpose=profile.purpose, file=file, key=key)
    try:
        encoded = encode.encode(clip, profile, folder / file, film.title, film.sections)
    except BudgetNotMet as problem:
        raise BudgetNotMet(f"{film.name} as {profile.name}: {problem}") from None
    made = encoded.clip
    say(f"{film.name}: {file}, {made.width}x{made.height}, {templates.size(made.bytes)} ({encoded.how})")
    return Video(
        profile.name,
        profile.purpose,
        file,
        made.width,
        made.height,
        float(made.rate),
        made.bytes,
        encoded.how,
        key,
    )


def _serves(other: Video, profile: Profile, clip: Clip) -> bool:
    """Is another profile's encoding the finest that this one would make: all of the film's lines and pictures?"""
    whole = other.how == "copied" or other.how.endswith(f" {encode.FINEST}")
    fits = other.height <= profile.height and other.rate <= profile.rate
    small = profile.bytes is None or other.bytes <= profile.bytes
    return whole and fits and small and (other.height, other.rate) == (clip.height, float(clip.rate))


def _key(film: RenderedFilm, profile: Profile) -> str:
    """What an encoding depends on: the rendered film, its chapters, the profile and the way of encoding."""
    digest = hashlib.sha256(film.video.read_bytes())
    how = (encode.FINEST, encode.COARSEST, encode.LADDER, encode.PRESET, encode.SECONDS_BETWEEN_KEYFRAMES)
    chapters = [(section.name, section.start, section.end) for section in film.sections]
    digest.update(repr((film.title, chapters, profile, how)).encode())
    return digest.hexdigest()


def _encoded_before(old: Path, key: str) -> Video | None:
    try:
        return next((v for v in read_published(old.parent, old.name).videos if v.key == key), None)
    except MissingFilm:
        return None


def _write_captions(film: RenderedFilm, folder: Path) -> None:
    _write(folder / names.CAPTIONS, captions.captions_vtt(film))
    _write(folder / names.SUBTITLES, captions.captions_srt(film))
    _write(folder / names.CHAPTERS, captions.chapters_vtt(film))
    _write(folder / names.TRANSCRIPT, captions.transcript(film))


def _write_pages(made: Published, film: RenderedFilm, folder: Path) -> None:
    networks = network_records(film)
    weights = [_weights(shown.slug, shown.sha256, shown.path, networks, folder) for shown in film.networks]
    _write(folder / names.PLAYER, pages.player_page(made, film))
    if made.base_url:
        response = embeds.oembed(made, embeds.snippet(made, "canvas").splitlines()[0])
        _write(folder / names.OEMBED, json.dumps(response, ensure_ascii=False, indent=1))
    _write(folder / names.RECORD, made.as_json())
    _write(folder / names.PAGE, pages.film_page(made, film, networks, weights))


def _weights(slug: str, sha256: str, path: Path, networks: list[Json], folder: Path) -> Json:
    """Copy a weights file beside the page; return what the page says of it."""
    shutil.copyfile(path, folder / path.name)
    shown = next((network for network in networks if network["slug"] == slug), None)
    network, recorded = read_weights(path)
    known = shown or {"name": architecture(network), "data": data_name(recorded), "right": None}
    return {**known, "file": path.name, "bytes": path.stat().st_size, "sha256": sha256}


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Give an empty folder that takes target's place once it is filled; on an error target stays as it was."""
    staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    old = staging.with_name(f"{staging.name}.old")
    try:
        yield staging
        staging.chmod(0o755)
        if target.exists():
            os.rename(target, old)
        os.rename(staging, target)
    except BaseException:
        if old.exists() and not target.exists():
            os.rename(old, target)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def _write(path: Path, text: str) -> None:
    with written_whole(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")
