"""The site: a folder for each film and a gallery. Each folder is replaced as a whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from manim_untangle.publish import captions, encode, pages, video
from manim_untangle.publish import published as names
from manim_untangle.publish.encode import BudgetNotMet, Profile
from manim_untangle.publish.explorer import page_networks
from manim_untangle.publish.film import TIMELINE, MissingFilm, RenderedFilm
from manim_untangle.publish.published import Published, Video, all_published, read_published
from manim_untangle.publish.script import player_script
from manim_untangle.publish.video import Clip
from netlib.files import replaced_whole, written_whole

Say = Callable[[str], None]


def publish(
    films: list[RenderedFilm],
    site: Path,
    profiles: list[Profile],
    base_url: str | None,
    say: Say,
    av1: bool = False,
) -> list[Published]:
    """Publish films into a site folder, then write its gallery and sitemap; return what the site now has of them.

    base_url: the address of the site; without it pages have no absolute addresses and no snippets. say gets a line
    for each file that is made. av1: put AV1 beside the video that the page plays. A film that fails leaves its folder
    as it was.
    """
    site.mkdir(parents=True, exist_ok=True)
    made = [_publish_film(film, site, profiles, base_url, say, av1) for film in films]
    shown = all_published(site)
    whole = {"icon.svg": pages.asset("icon.svg"), "index.html": pages.gallery_page(shown, base_url)}
    if any(film.timeline for film in shown):
        whole[names.SCRIPT] = player_script()
    if base_url:
        whole["sitemap.xml"] = pages.sitemap([film for film in shown if film.base_url == base_url], base_url)
    else:
        (site / "sitemap.xml").unlink(missing_ok=True)
    for name, text in whole.items():
        with written_whole(site / name) as partial:
            _write(partial, text)
    return made


def write_single_pages(films: list[RenderedFilm]) -> list[Path]:
    """Write for each film one page that holds the film itself, beside its video; return these files.

    Raises MissingTimeline, before anything is written, where a film has no timeline.
    """
    made = {film.video.with_name(f"{film.name}.html"): pages.single_page(film) for film in films}
    for path, text in made.items():
        with written_whole(path) as partial:
            _write(partial, text)
    return list(made)


def _publish_film(
    film: RenderedFilm, site: Path, profiles: list[Profile], base_url: str | None, say: Say, av1: bool
) -> Published:
    if film.is_outdated:
        say(f"{film.name}: {TIMELINE} is from another render, so the page plays the video. Run: {film.command}")
    clip = video.read_clip(film.video)
    with replaced_whole(site / film.name) as folder:
        videos = list[Video]()
        for profile in profiles:
            videos.append(_video(film, clip, profile, site, folder, videos, say))
        time = video.poster_time(clip, film.poster_time)
        made = Published(
            film=film.name,
            title=film.title,
            description=film.description,
            alt=film.alt,
            seconds=clip.seconds,
            date=datetime.fromtimestamp(film.video.stat().st_mtime, UTC).isoformat(timespec="seconds"),
            order=film.order,
            base_url=base_url,
            poster=video.write_poster(clip, time, folder / names.POSTER),
            preview=video.write_previews(clip, time, folder / f"{film.name}.webp", folder / f"{film.name}.gif"),
            videos=tuple(videos),
            timeline=film.timeline.stat().st_size if film.timeline else 0,
            languages=tuple(film.translations) if film.timeline else (),
            av1=_av1(film, videos[0], site, folder, say) if av1 else None,
        )
        if film.timeline:
            shutil.copyfile(film.timeline, folder / TIMELINE)
            for path in film.translations.values():
                shutil.copyfile(path, folder / path.name)
            _write(folder / f"{film.name}.html", pages.single_page(film))
        _write_pages(made, film, folder)
    say(f"{film.name}: {site / film.name / names.PAGE}")
    return made


def _video(
    film: RenderedFilm, clip: Clip, profile: Profile, site: Path, folder: Path, others: list[Video], say: Say
) -> Video:
    """Put the encoding for a profile into `folder`: the one in the site if it is still right, that of another profile
    if it fits this one too, else a new one."""
    key, old = _key(film, profile), site / film.name
    file = f"{film.name}-{profile.name}.mp4"
    with suppress(MissingFilm):
        for before in read_published(site, film.name).videos:
            if before.key == key and (old / before.file).is_file():
                _link(old / before.file, folder / file)
                return replace(before, file=file)
    same = next((other for other in others if _serves(other, profile, clip)), None)
    if same:
        _link(folder / same.file, folder / file)
        say(f"{film.name}: {file}, the same as {same.file}")
        return replace(same, profile=profile.name, purpose=profile.purpose, file=file, key=key)
    try:
        made, how = encode.encode(clip, profile, folder / file, film.title, film.sections)
    except BudgetNotMet as problem:
        raise BudgetNotMet(f"{film.name} as {profile.name}: {problem}") from None
    say(f"{film.name}: {file}, {made.width}x{made.height}, {pages.size(made.bytes)} ({how})")
    measured = (made.width, made.height, float(made.rate), made.bytes)
    return Video(profile.name, profile.purpose, file, *measured, how, key)


def _av1(film: RenderedFilm, beside: Video, site: Path, folder: Path, say: Say) -> Video | None:
    """Put the video that the page plays into `folder` as AV1, too; None, and no file, where it is no smaller so."""
    file = f"{film.name}-av1.mp4"
    key = hashlib.sha256(f"{beside.key} {encode.AV1_PRESET} {encode.AV1_QUALITY}".encode()).hexdigest()
    with suppress(MissingFilm):
        before = read_published(site, film.name).av1
        if before and before.key == key and (site / film.name / before.file).is_file():
            _link(site / film.name / before.file, folder / file)
            return before
    clip = video.read_clip(folder / beside.file)
    made = encode.encode_av1(clip, folder / file, film.title, film.sections)
    if made.bytes >= beside.bytes:
        say(f"{film.name}: AV1 takes {pages.size(made.bytes)}, no less than {beside.file}, and is left out")
        (folder / file).unlink()
        return None
    say(f"{film.name}: {file}, {made.width}x{made.height}, {pages.size(made.bytes)}")
    measured, how = (made.width, made.height, float(made.rate), made.bytes), f"rate factor {encode.AV1_QUALITY}"
    return Video("av1", "web pages, in browsers that play AV1", file, *measured, how, key, encode.av1_type(made))


def _serves(other: Video, profile: Profile, clip: Clip) -> bool:
    """Return whether another profile's encoding is the best for this one: the whole size and rate, finest quality."""
    whole = other.how == "copied" or other.how.endswith(f" {encode.FINEST}")
    fits = other.height <= profile.height and other.rate <= profile.rate
    small = profile.bytes is None or other.bytes <= profile.bytes
    return whole and fits and small and (other.height, other.rate) == (clip.height, float(clip.rate))


def _key(film: RenderedFilm, profile: Profile) -> str:
    """Return a hash of what an encoding depends on: the rendered film, its chapters, the profile, and how we encode."""
    digest = hashlib.sha256(film.video.read_bytes())
    how = (encode.FINEST, encode.COARSEST, encode.LADDER, encode.PRESET, encode.SECONDS_BETWEEN_KEYFRAMES)
    chapters = [(section.name, section.start, section.end) for section in film.sections]
    digest.update(repr((film.title, chapters, profile, how)).encode())
    return digest.hexdigest()


def _write_pages(made: Published, film: RenderedFilm, folder: Path) -> None:
    networks = page_networks(film)
    for network in networks:
        shutil.copyfile(network.shown.path, folder / network.shown.path.name)
    texts = {
        names.CAPTIONS: captions.captions_vtt(film),
        names.SUBTITLES: captions.captions_srt(film),
        names.CHAPTERS: captions.chapters_vtt(film),
        names.TRANSCRIPT: captions.transcript(film),
        names.PLAYER: pages.player_page(made, film),
        names.RECORD: json.dumps(asdict(made), indent=1, ensure_ascii=False),
        names.PAGE: pages.film_page(made, film, networks),
    }
    if made.base_url:
        response = names.oembed(made, pages.snippet(made, "canvas").splitlines()[0])
        texts[names.OEMBED] = json.dumps(response, ensure_ascii=False, indent=1)
    for name, text in texts.items():
        _write(folder / name, text)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
