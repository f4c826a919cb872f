"""A site: written complete or not at all, and nothing encoded twice."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from manim_untangle.publish import encode, site
from manim_untangle.publish.encode import BudgetNotMet, Profile, forum, hd
from manim_untangle.publish.film import RenderedFilm, read_film
from manim_untangle.publish.published import BadAddress, address, all_published, read_published
from manim_untangle.publish.video import Clip, read_clip
from netlib.errors import BadWeights

SOURCE = re.compile(r'<source src="([^"]+)" type="([^"]+)">')


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def film(renders: Path, make_film: Any, name: str = "moving_dot", **changes: Any) -> RenderedFilm:
    make_film(renders, name, brief=True, **changes)
    return read_film(name, renders)


def test_publishing_tells_what_it_made(site: Any) -> None:
    assert any(line.startswith("moving_dot: moving_dot-hd.mp4, 640x360") for line in site.said)
    assert "moving_dot: moving_dot-forum.mp4, the same as moving_dot-hd.mp4" in site.said


def test_nothing_unfinished_and_nothing_unreadable_is_left(site: Any) -> None:
    assert not list(site.folder.rglob(".*"))
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in site.folder.rglob("*"))
    assert site.folder.joinpath("moving_dot").stat().st_mode & 0o055 == 0o055  # a web server's user may enter


@pytest.mark.slow
def test_publishing_again_encodes_nothing_and_changes_nothing(
    tmp_path: Path, make_film: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = film(tmp_path, make_film, networks=[])
    site.publish([rendered], tmp_path / "site", [hd, forum], None, lambda _: None)
    before = snapshot(tmp_path / "site")
    monkeypatch.setattr(encode, "encode", None)
    site.publish([rendered], tmp_path / "site", [hd, forum], None, lambda _: None)
    assert snapshot(tmp_path / "site") == before


@pytest.mark.slow
def test_a_film_that_fails_leaves_its_page_as_it_was(
    tmp_path: Path, make_film: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = film(tmp_path, make_film)
    site.publish([rendered], tmp_path / "site", [hd], None, lambda _: None)
    before = snapshot(tmp_path / "site")
    rendered.networks[0].path.write_bytes(b"cut short")
    with pytest.raises(BadWeights):
        site.publish([rendered], tmp_path / "site", [hd], "https://example.org", lambda _: None)
    assert snapshot(tmp_path / "site") == before


def test_a_stopped_run_leaves_nothing_behind(tmp_path: Path, make_film: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = film(tmp_path, make_film)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(site, "_write_pages", stop)
    with pytest.raises(KeyboardInterrupt):
        site.publish([rendered], tmp_path / "site", [hd], None, lambda _: None)
    assert list((tmp_path / "site").iterdir()) == []


@pytest.mark.slow
def test_the_gallery_keeps_films_published_earlier_in_their_order(tmp_path: Path, make_film: Any) -> None:
    for name, order in (("b", 1), ("a", 2), ("z", None)):
        changes = {} if order is None else {"order": order}
        rendered = film(tmp_path, make_film, name, networks=[], **changes)
        site.publish([rendered], tmp_path / "site", [hd], None, lambda _: None)
    assert [each.film for each in all_published(tmp_path / "site")] == ["b", "a", "z"]
    gallery = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert [gallery.index(f'href="{name}/index.html"') for name in "baz"] == sorted(
        gallery.index(f'href="{name}/index.html"') for name in "abz"
    )


def test_a_budget_that_cannot_be_met_names_film_and_profile(tmp_path: Path, make_film: Any) -> None:
    rendered = film(tmp_path, make_film)
    with pytest.raises(BudgetNotMet, match=r"moving_dot as tiny: .*do not fit into 0\.001 MB"):
        site.publish([rendered], tmp_path / "site", [Profile("tiny", "", 1000, 270, 15)], None, lambda _: None)
    assert list((tmp_path / "site").iterdir()) == []


@pytest.mark.slow
def test_a_new_profile_is_encoded_and_an_old_one_is_gone(tmp_path: Path, make_film: Any) -> None:
    rendered = film(tmp_path, make_film, networks=[])
    site.publish([rendered], tmp_path / "site", [hd], None, lambda _: None)
    small = Profile("small", "phones", 100_000, 270, 15)
    site.publish([rendered], tmp_path / "site", [small], None, lambda _: None)
    assert [path.name for path in (tmp_path / "site" / "moving_dot").glob("*.mp4")] == ["moving_dot-small.mp4"]
    assert read_published(tmp_path / "site", "moving_dot").video.height == 270


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://a.example/b/", "https://a.example/b"),
        (" http://localhost:8000 ", "http://localhost:8000"),
        (None, None),
    ],
)
def test_addresses_lose_their_last_slash(given: str | None, kept: str | None) -> None:
    assert address(given) == kept


@pytest.mark.parametrize(
    "given", ["", "example.org", "ftp://a.example", "https://", "https://a.example/?q", "https://a>b"]
)
def test_addresses_that_no_page_can_have_are_refused(given: str) -> None:
    with pytest.raises(BadAddress, match="Write it like https://"):
        address(given)


@pytest.mark.slow
def test_av1_stands_before_the_video_that_every_browser_plays(tmp_path: Path, make_film: Any) -> None:
    rendered, said = film(tmp_path, make_film, networks=[]), list[str]()
    (made,) = site.publish([rendered], tmp_path / "site", [hd], None, said.append, av1=True)
    folder = tmp_path / "site" / "moving_dot"
    assert made.av1 is not None
    clips = [read_clip(folder / each.file) for each in (made.av1, made.video)]
    assert [clip.codec for clip in clips] == ["libdav1d", "h264"]
    assert clips[0].bytes == made.av1.bytes < clips[1].bytes
    assert [(c.width, c.height, c.rate, c.frames) for c in clips[:1]] == [
        (c.width, c.height, c.rate, c.frames) for c in clips[1:]
    ]
    assert made.av1.type == 'video/mp4; codecs="av01.0.01M.08"'  # Main profile, level 2.1 for 640x360, 8 bits
    for page in ("index.html", "player.html"):
        text = (folder / page).read_text(encoding="utf-8")
        sources = [(name, html.unescape(kind)) for name, kind in SOURCE.findall(text)]
        assert sources == [("moving_dot-av1.mp4", made.av1.type), ("moving_dot-hd.mp4", "video/mp4")]
    assert read_published(tmp_path / "site", "moving_dot") == made
    before = snapshot(tmp_path / "site")
    said.clear()
    site.publish([rendered], tmp_path / "site", [hd], None, said.append, av1=True)
    assert snapshot(tmp_path / "site") == before
    assert not any("-av1.mp4" in line for line in said)  # it was not encoded again
    site.publish([rendered], tmp_path / "site", [hd], None, said.append)
    assert not (folder / "moving_dot-av1.mp4").exists()


def test_av1_that_is_not_smaller_is_left_out(tmp_path: Path, make_film: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def larger(clip: Clip, target: Path, *_: object) -> Clip:
        target.write_bytes(clip.path.read_bytes() + b"\0")
        return replace(clip, path=target, bytes=clip.bytes + 1)

    monkeypatch.setattr(encode, "encode_av1", larger)
    rendered, said = film(tmp_path, make_film, networks=[]), list[str]()
    (made,) = site.publish([rendered], tmp_path / "site", [hd], None, said.append, av1=True)
    assert made.av1 is None
    assert any("no less than moving_dot-hd.mp4, and is left out" in line for line in said)
    assert not list((tmp_path / "site").rglob("*av1*"))
    assert "av1" not in (tmp_path / "site" / "moving_dot" / "index.html").read_text(encoding="utf-8")
