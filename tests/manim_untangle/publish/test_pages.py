"""Pages: valid HTML, words that are shown and never run, addresses that machines can read."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import html5lib
import pytest

from manim_untangle.publish.film import BadFilm, read_film
from manim_untangle.publish.pages import ASSETS, digest, policy
from manim_untangle.publish.published import read_published

PAGES = [
    "index.html",
    *(f"{film}/{page}" for film in ("moving_dot", "evil_words") for page in ("index.html", "player.html")),
]
LINKS = {"href", "src", "poster"}


def tree(site: Any, page: str) -> ET.Element:
    """The parsed page; raises on any error in its HTML."""
    text = (site.folder / page).read_text(encoding="utf-8")
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def metas(page: ET.Element) -> dict[str, str]:
    return {m.get("property") or m.get("name") or "": m.get("content", "") for m in page.iter("meta")}


@pytest.mark.parametrize("page", PAGES)
def test_html_is_valid_and_every_id_is_unique_and_every_reference_leads_somewhere(site: Any, page: str) -> None:
    parsed = tree(site, page)
    ids = [each.get("id") for each in parsed.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    for each in parsed.iter():
        for name in ("aria-labelledby", "aria-describedby", "data-copy", "for"):
            assert set((each.get(name) or "").split()) <= set(ids)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_is_relative_and_leads_to_it(site: Any, page: str) -> None:
    found = 0
    for each in tree(site, page).iter():
        if each.tag == "link" and each.get("rel") in ("canonical", "alternate"):
            continue  # absolute, for machines
        for name in LINKS & set(each.keys()):
            link = each.get(name) or ""
            if link.startswith("#") or each.get("rel") == "noopener":
                continue
            found += 1
            assert not re.match(r"[a-z]+:|/", link), link
            assert ((site.folder / page).parent / unquote(link)).is_file(), link
    assert found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_allows_exactly_its_own_style_and_script(site: Any, page: str) -> None:
    parsed = tree(site, page)
    csp = next(m.get("content", "") for m in parsed.iter("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert csp.startswith("default-src 'none'; ")
    assert "unsafe" not in csp
    assert "*" not in csp
    scripts = [s.text or "" for s in parsed.iter("script") if not s.get("type")]
    styles = [s.text or "" for s in parsed.iter("style")]
    assert all(f"'{digest(text)}'" in csp for text in scripts + styles)
    assert len(re.findall("sha256-", csp)) == len(scripts + styles)
    assert not any(name.startswith("on") or name == "style" for each in parsed.iter() for name in each.keys())  # noqa: SIM118


def test_a_policy_names_nothing_but_the_site() -> None:
    assert "http" not in policy("a", ["b"])


def test_hostile_words_are_text_everywhere(site: Any, synthetic: SimpleNamespace) -> None:
    for page in PAGES:
        parsed = tree(site, page)
        assert not any("document.title='run'" in (s.text or "") for s in parsed.iter("script") if not s.get("type"))
    parsed = tree(site, "evil_words/index.html")
    assert [h.text for h in parsed.iter("h1")] == [synthetic.EVIL]
    assert metas(parsed)["og:title"] == synthetic.EVIL
    assert synthetic.EVIL in [span.text for span in tree(site, "index.html").iter("span")]
    assert synthetic.EVIL in "".join(parsed.itertext())


def test_discourse_finds_all_that_an_inline_player_needs(site: Any, synthetic: SimpleNamespace) -> None:
    """What its generic onebox asks for: og:type "video.…", og:video with type video/mp4, og:image."""
    found = metas(tree(site, "moving_dot/index.html"))
    page = f"{synthetic.BASE_URL}/moving_dot/"
    assert re.match(r"video[/.]", found["og:type"])
    assert found["og:video"] == found["og:video:secure_url"] == f"{page}moving_dot-hd.mp4"
    assert found["og:video:type"] == "video/mp4"
    assert (found["og:video:width"], found["og:video:height"]) == ("640", "360")
    assert found["og:image"] == f"{page}poster.jpg"
    assert found["og:url"] == page


def test_search_engines_find_a_video_with_its_clips(site: Any, synthetic: SimpleNamespace) -> None:
    script = next(
        s for s in tree(site, "moving_dot/index.html").iter("script") if s.get("type") == "application/ld+json"
    )
    told = json.loads(script.text or "")
    assert (told["@type"], told["duration"]) == ("VideoObject", "PT8.000S")
    assert [clip["name"] for clip in told["hasPart"]] == ["Two classes", "Layer 1 <b>& bend</b>"]
    assert [(clip["startOffset"], clip["endOffset"]) for clip in told["hasPart"]] == [(0, 3), (3, 8)]
    assert told["hasPart"][1]["url"] == f"{synthetic.BASE_URL}/moving_dot/?t=3"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", told["uploadDate"])
    for name in ("contentUrl", "embedUrl"):
        local = told[name].removeprefix(f"{synthetic.BASE_URL}/")
        assert (site.folder / local).is_file()


def test_oembed_answers_with_a_player(site: Any, synthetic: SimpleNamespace) -> None:
    link = next(e for e in tree(site, "evil_words/index.html").iter("link") if "oembed" in (e.get("type") or ""))
    assert link.get("href") == f"{synthetic.BASE_URL}/evil_words/oembed.json"
    answer = json.loads((site.folder / "evil_words" / "oembed.json").read_text(encoding="utf-8"))
    assert (answer["version"], answer["type"], answer["width"]) == ("1.0", "video", 640)
    assert answer["title"] == synthetic.EVIL
    frame = html5lib.HTMLParser(strict=True).parseFragment(answer["html"])[0]
    assert frame.get("src") == f"{synthetic.BASE_URL}/evil_words/player.html"
    assert frame.get("title") == synthetic.EVIL


def test_the_sitemap_lists_every_page_with_its_video(site: Any, synthetic: SimpleNamespace) -> None:
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "v": "http://www.google.com/schemas/sitemap-video/1.1"}
    root = ET.parse(site.folder / "sitemap.xml").getroot()
    assert [loc.text for loc in root.findall("s:url/s:loc", space)] == [
        f"{synthetic.BASE_URL}/{path}" for path in ("", "evil_words/", "moving_dot/")
    ]
    assert root.findall("s:url/v:video/v:title", space)[0].text == synthetic.EVIL


def test_a_film_page_offers_all_that_it_promises(site: Any) -> None:
    parsed = tree(site, "moving_dot/index.html")
    text = " ".join("".join(parsed.itertext()).split())
    assert "First paragraph, on two lines." in text
    assert "The ring stays around the disk." in text
    assert "What this does not show: It says nothing about other rings." in text
    evidence = {(div[0].text, div[1].text) for div in parsed.iter("div") if len(div) and div[0].tag == "dt"}
    assert {("winding number", "1"), ("injective", "yes"), ("smallest det", "0.1235"), ("checked", "exact")} <= evidence
    # a record that does not say how a sentence was decided is read as well
    assert ("proved", "a common point") in evidence
    assert "Proved: shown for every point that the sentence speaks of" in text
    assert "./untangle render moving_dot -q m" in text
    assert "SHA-256" in text
    files = {a.get("href") for a in parsed.iter("a") if a.get("download") is not None}
    assert {"captions.vtt", "captions.srt", "transcript.txt", "moving_dot-forum.mp4", "moving_dot.webp"} <= files
    assert sum((file or "").endswith(".safetensors") for file in files) == 1


def test_a_film_page_asks_what_the_film_asks_and_folds_the_answer_away(site: Any) -> None:
    page = (site.folder / "moving_dot" / "index.html").read_text(encoding="utf-8")
    asked = page[page.index("Answer first") :].split("</section>")[0]
    question, answer = asked.split("<details>")
    assert "Can it leave?" in question
    assert question.index("it can<") < question.index("it cannot<")
    assert 'href="#t=1' in question
    assert answer.count("it cannot") == 1
    assert "it can<" not in answer


@pytest.mark.parametrize(
    "broken", [{"answer": 2}, {"choices": ["one"]}, {"choices": ["one", 2]}, {"end": 0.5}], ids=lambda b: str(b)
)
def test_a_question_that_makes_no_sense_is_refused(tmp_path: Path, make_film: Any, broken: dict[str, Any]) -> None:
    question = {"text": "Why?", "start": 1.0, "end": 2.0, "choices": ["one", "two"], "answer": 0, **broken}
    make_film(tmp_path, networks=[], questions=[question])
    with pytest.raises(BadFilm, match="cannot be used"):
        read_film("moving_dot", tmp_path)


def test_weights_are_those_of_the_film_unchanged(site: Any) -> None:
    for path in (site.folder / "evil_words").glob("*.safetensors"):
        assert path.read_bytes() == (site.renders / "evil_words" / path.name).read_bytes()
    assert len(list((site.folder / "evil_words").glob("*.safetensors"))) == 4


def test_without_an_address_a_page_says_so_and_invents_none(tmp_path: Path, make_film: Any) -> None:
    from manim_untangle.publish.encode import original
    from manim_untangle.publish.film import read_film
    from manim_untangle.publish.site import publish

    make_film(tmp_path, brief=True, networks=[])
    publish([read_film("moving_dot", tmp_path)], tmp_path / "site", [original], None, lambda _: None)
    page = (tmp_path / "site" / "moving_dot" / "index.html").read_text(encoding="utf-8")
    assert "og:video" not in page
    assert "--base-url" in page
    assert not (tmp_path / "site" / "sitemap.xml").exists()
    assert not (tmp_path / "site" / "moving_dot" / "oembed.json").exists()
    assert "<canvas" not in page  # no network, no live picture
    assert read_published(tmp_path / "site", "moving_dot").base_url is None


@pytest.mark.parametrize("path", sorted(ASSETS.iterdir()), ids=lambda path: path.name)
def test_assets_can_stand_inside_a_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8").lower()
    assert not re.search(r"</(script|style)|<!--", text)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
