"""Snippets: what each place keeps, ready to paste."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import html5lib
import pytest
from markdown_it import MarkdownIt

from manim_untangle.publish.film import MissingFilm
from manim_untangle.publish.pages import places, snippet_for
from manim_untangle.publish.published import BadAddress
from netlib.errors import UnknownName

# What the sanitisers of these places keep (their own sources; see embedding in the documentation).
DISCOURSE = {
    "video": {"controls", "crossorigin", "height", "playsinline", "poster", "preload", "width"},
    "source": {"src", "type"},
    "track": {"kind", "label", "src", "srclang", "default"},
}
CANVAS = {"iframe": {"src", "width", "height", "title", "allowfullscreen"}, "a": {"href"}, "p": set()}


def elements(html: str) -> list[Any]:
    fragment = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(html)
    return [each for each in fragment.iter() if isinstance(each.tag, str) and each.tag != "DOCUMENT_FRAGMENT"]


FRAMED = ["iframe", "obsidian", "jupyterbook"]


@pytest.mark.parametrize("place", sorted({*places()} - {"element"}))  # that is for films with a timeline
def test_every_place_has_a_snippet_whose_files_are_there(site: Any, synthetic: SimpleNamespace, place: str) -> None:
    assert place in places()
    text = snippet_for("evil_words", place, site.folder)
    links = re.findall(rf"{synthetic.BASE_URL}/evil_words/([\w.-]*)", text)
    assert links
    assert all((site.folder / "evil_words" / (link or "index.html")).is_file() for link in links)


@pytest.mark.parametrize("place", ["discourse", "moodle", "canvas", "github", "quarto", "html", *FRAMED])
def test_hostile_words_stay_words_when_a_place_renders_them(site: Any, synthetic: SimpleNamespace, place: str) -> None:
    text = snippet_for("evil_words", place, site.folder)
    if place == "quarto":  # its shortcode is read before Markdown is
        text = text.split("\n", 1)[1]
    rendered = MarkdownIt("commonmark").render(text)
    tags = {each.tag for each in elements(rendered)}
    assert not tags & {"script", "em", "strong"}
    shown = "".join(html5lib.parseFragment(rendered, namespaceHTMLElements=False).itertext())
    assert synthetic.EVIL in shown or place == "github"


def test_discourse_keeps_every_part_of_its_snippet(site: Any) -> None:
    text = snippet_for("evil_words", "discourse", site.folder)
    video = text.split("\n\n")[0]  # one block: a blank line would end the HTML
    for each in elements(video):
        assert set(each.keys()) <= DISCOURSE[each.tag]
    assert [each.tag for each in elements(video)] == ["video", "source", "track"]
    assert "crossorigin" in elements(video)[0].keys()  # noqa: SIM118  captions from another site need it


def test_canvas_keeps_every_part_of_its_snippet(site: Any) -> None:
    for each in elements(snippet_for("evil_words", "canvas", site.folder)):
        assert set(each.keys()) <= CANVAS[each.tag]


@pytest.mark.parametrize("place", FRAMED)
def test_a_frame_shows_the_player_and_says_what_it_shows(site: Any, synthetic: SimpleNamespace, place: str) -> None:
    frame, *others = elements(MarkdownIt("commonmark").render(snippet_for("evil_words", place, site.folder)))
    assert (frame.tag, frame.get("src")) == ("iframe", f"{synthetic.BASE_URL}/evil_words/player.html")
    assert frame.get("title") == synthetic.EVIL
    assert set(frame.keys()) <= CANVAS["iframe"] | {"style"}
    assert [(each.tag, each.get("href")) for each in others] == [
        ("p", None), ("a", f"{synthetic.BASE_URL}/evil_words/"),
    ]  # fmt: skip


def test_a_jupyter_book_keeps_the_frame(site: Any, synthetic: SimpleNamespace, tmp_path: Any) -> None:
    parser = pytest.importorskip("myst_parser.docutils_")
    core = pytest.importorskip("docutils.core")
    text = snippet_for("evil_words", "jupyterbook", site.folder)
    html = core.publish_string(text, parser=parser.Parser(), writer="html5").decode()
    frames = list(html5lib.parse(html, namespaceHTMLElements=False).iter("iframe"))
    assert [each.get("src") for each in frames] == [f"{synthetic.BASE_URL}/evil_words/player.html"]


def test_notion_gets_an_address_alone(site: Any, synthetic: SimpleNamespace) -> None:
    assert snippet_for("evil_words", "notion", site.folder) == f"{synthetic.BASE_URL}/evil_words/player.html\n"


def test_reveal_gets_a_slide_that_the_film_fills_in_steps(site: Any, synthetic: SimpleNamespace) -> None:
    (slide,) = elements(snippet_for("evil_words", "reveal", site.folder))
    assert slide.tag == "section"
    assert slide.get("data-background-iframe") == f"{synthetic.BASE_URL}/evil_words/player.html?steps"
    assert slide.get("aria-label") == synthetic.EVIL
    assert "data-background-interactive" in slide.keys()  # noqa: SIM118  else it takes no clicks


def test_edx_gets_an_address_and_an_srt_file(site: Any, synthetic: SimpleNamespace) -> None:
    lines = dict(line.split(": ", 1) for line in snippet_for("evil_words", "edx", site.folder).splitlines())
    assert lines["Video URL"].endswith(".mp4")
    assert lines["Transcript (SRT)"].endswith(".srt")
    assert lines["Display name"] == synthetic.EVIL


def test_quarto_gets_its_shortcode(site: Any, synthetic: SimpleNamespace) -> None:
    first = snippet_for("evil_words", "quarto", site.folder).splitlines()[0]
    match = re.fullmatch(r'\{\{< video (\S+) title="([^"]*)" >\}\}', first)
    assert match
    assert match[1] == f"{synthetic.BASE_URL}/evil_words/evil_words-hd.mp4"


def test_github_gets_a_moving_picture_that_leads_to_the_page(site: Any, synthetic: SimpleNamespace) -> None:
    link, image, *_ = elements(snippet_for("evil_words", "github", site.folder))
    assert link.get("href") == f"{synthetic.BASE_URL}/evil_words/"
    assert image.get("src") == f"{synthetic.BASE_URL}/evil_words/evil_words.webp"
    assert image.get("alt") == synthetic.EVIL


def test_another_address_can_be_given(site: Any) -> None:
    text = snippet_for("moving_dot", "html", site.folder, "http://localhost:8000/a/")
    assert 'src="http://localhost:8000/a/moving_dot/moving_dot-hd.mp4"' in text


def test_what_is_not_known_is_named_with_its_cure(site: Any) -> None:
    with pytest.raises(UnknownName, match="Did you mean discourse"):
        snippet_for("moving_dot", "discours", site.folder)
    with pytest.raises(MissingFilm, match=r"Run: untangle publish nothing"):
        snippet_for("nothing", "html", site.folder)
    with pytest.raises(BadAddress, match="Write it like https"):
        snippet_for("moving_dot", "html", site.folder, "javascript:alert(1)")
