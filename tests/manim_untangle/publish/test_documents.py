"""A film as a document in its site: live where it can be, the video elsewhere; and one page that holds it all."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from manim_untangle.publish.encode import hd
from manim_untangle.publish.film import read_film
from manim_untangle.publish.pages import MissingTimeline, single_page, snippet_for
from manim_untangle.publish.script import player_script
from manim_untangle.publish.server import Server
from manim_untangle.publish.site import publish
from manim_untangle.stage.view import View
from netlib import Dense, Network, activation
from tests.manim_untangle.web.page import until as holds

until = partial(holds, seconds=20.0)
FILM = "document.querySelector('untangle-film')"
NETWORK = Network((Dense(np.eye(2), np.zeros(2), activation("tanh")),), Dense(np.array([[2.0, 0.0]]), np.zeros(1)))


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory, make_film: Any, film_by_hand: Any, synthetic: Any) -> Any:
    """A site with a film that has a timeline, and the folder of renders."""
    renders = tmp_path_factory.mktemp("renders")
    content = film_by_hand(NETWORK, View(centre=(0.0, 0.3))).timeline()
    noted = {"file": "film.timeline", "sha256": sha256(content).hexdigest()}
    folder = make_film(renders, tagged=True, title="A & B", timeline=noted)
    (folder / "film.timeline").write_bytes(content)
    (folder / "film.de.json").write_text('{"First words": "Erste Worte"}', encoding="utf-8")
    make_film(renders, "plain", brief=True, networks=[])
    said = list[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("manim_untangle.publish.video.PREVIEW_SECONDS", 0.4)
        films = [read_film(name, renders) for name in ("moving_dot", "plain")]
        publish(films, renders / "site", [hd], synthetic.BASE_URL, said.append)
    return SimpleNamespace(folder=renders / "site", renders=renders)


@pytest.mark.slow
def test_the_page_holds_the_document_with_the_video_in_it(documents: Any) -> None:
    page = (documents.folder / "moving_dot" / "index.html").read_text()
    element = re.search(r"<untangle-film ([^>]*)>(.*?)</untangle-film>", page, re.DOTALL)
    assert element
    assert 'src="film.timeline"' in element[1]
    assert "<video controls" in element[2]
    assert (documents.folder / "moving_dot" / "film.timeline").is_file()
    assert (documents.folder / "untangle-film.js").read_text() == player_script()


@pytest.mark.slow
def test_a_film_without_a_timeline_is_a_video_as_before(documents: Any) -> None:
    page = (documents.folder / "plain" / "index.html").read_text()
    assert "untangle-film>" not in page
    assert "customElements" not in page
    assert "HTML with a script" not in page
    with pytest.raises(MissingTimeline, match="plain has no timeline"):
        snippet_for("plain", "element", documents.folder)
    with pytest.raises(MissingTimeline, match="render plain"):
        single_page(read_film("plain", documents.renders))


def test_the_element_to_paste_names_files_of_the_site(documents: Any, synthetic: Any) -> None:
    text = snippet_for("moving_dot", "element", documents.folder)
    files = re.findall(rf'(?:src|poster)="{synthetic.BASE_URL}/([^"]*)"', text)
    own = [f"moving_dot/{name}" for name in ("film.timeline", "poster.jpg", "film.de.json")]
    assert files == ["untangle-film.js", *own]
    assert all((documents.folder / file).is_file() for file in files)
    assert "A &amp; B" in text


def test_the_single_page_names_no_other_file(documents: Any) -> None:
    page = (documents.folder / "moving_dot" / "moving_dot.html").read_text()
    assert not re.search(r'\b(?:src|href)="(?!#|data:)', page)
    assert "Space is stretched, x &lt; 1 &amp; y &gt; 2" in page  # the words, for readers without a script


def test_the_single_page_alone_goes_beside_the_video(documents: Any, untangle: Any, make_film: Any) -> None:
    said = untangle("publish", "moving_dot", "--single-file", "-o", documents.renders)
    assert (said.code, said.out) == (0, f"{documents.renders / 'moving_dot' / 'moving_dot.html'}\n")
    alone = (documents.renders / "moving_dot" / "moving_dot.html").read_text()
    assert alone == (documents.folder / "moving_dot" / "moving_dot.html").read_text()
    said = untangle("publish", "--all", "--single-file", "-o", documents.renders)
    assert (said.code, said.error.count("\n")) == (1, 1)
    assert "plain has no timeline" in said.error
    assert not (documents.renders / "plain" / "plain.html").exists()


def test_the_gallery_names_timelines_and_no_video(documents: Any) -> None:
    page = (documents.folder / "index.html").read_text()
    assert re.findall(r'data-timeline="([^"]*)"', page) == ["moving_dot/film.timeline"]
    assert not re.search(r"\.(mp4|webp|gif)\b", page)
    assert re.search(r"script-src 'self' 'sha256-[^']*';", page.replace("&#39;", "'"))


# ---- in the browser ----


@pytest.fixture(scope="module")
def address(documents: Any) -> Iterator[str]:
    with Server(documents.folder, port=0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Return a function that opens a page; after the test nothing was complained of."""
    contexts, complaints = list[Any](), list[str]()

    def open_page(address: str, **options: Any) -> Any:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}, **options))
        page = contexts[-1].new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.slow
@pytest.mark.parametrize("path", ["moving_dot/index.html", "moving_dot/player.html"])
def test_the_document_plays_in_every_page_under_its_policy(address: str, opened: Any, path: str) -> None:
    page = opened(address + path)
    until(page, f"{FILM}.readyState === 4")
    page.evaluate(f"{FILM}.play()")
    until(page, f"{FILM}.currentTime > 0.2")
    assert page.evaluate(f"{FILM}.canvas.getBoundingClientRect().width") > 500
    assert not page.evaluate("document.querySelector('video')?.checkVisibility() ?? false")


@pytest.mark.slow
@pytest.mark.parametrize("from_file", [False, True])
def test_translations_beside_the_film_can_be_chosen(address: str, opened: Any, documents: Any, from_file: bool) -> None:
    single = (documents.folder / "moving_dot" / "moving_dot.html").as_uri()
    page = opened(f"{single}?lang=de" if from_file else f"{address}moving_dot/player.html?lang=de")
    until(page, f"{FILM}.captions[0]?.text === 'Erste Worte'")
    language = page.get_by_label("Language")
    assert [each.inner_text() for each in language.locator("option").all()] == ["English", "Deutsch"]
    assert language.input_value() == "de"
    language.select_option("en")
    until(page, f"{FILM}.captions[0]?.text === 'First words'")


@pytest.mark.slow
def test_links_to_moments_seek_the_document(address: str, opened: Any) -> None:
    page = opened(f"{address}moving_dot/index.html")
    until(page, f"{FILM}.readyState === 4")
    page.locator(".chapters a").nth(1).click()
    until(page, f"{FILM}.currentTime === 3")
    until(page, "document.querySelectorAll('.chapters a')[1].getAttribute('aria-current') === 'true'")
    assert not page.locator(".bar").first.is_visible()  # the document has controls of its own


SHIFTS = """new Promise(done => {
    new PerformanceObserver(list => done(list.getEntries().map(({ value }) => value))).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done([]), 300); })"""  # noqa: E501


@pytest.mark.slow
@pytest.mark.parametrize("path", ["moving_dot/index.html", "moving_dot/moving_dot.html"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_below_the_film_moves_when_the_film_comes(address: str, browser: Any, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 1200})
    below = "document.querySelector('nav, #words-title').getBoundingClientRect().top"
    held = list[Any]()
    page.route("**/film.timeline", lambda request: held.append(request))
    page.goto(address + path)
    before = page.evaluate(below)
    for request in held:
        request.continue_()
    until(page, f"{FILM}.readyState === 4")
    assert before < 1200  # it is seen
    assert page.evaluate(below) == pytest.approx(before, abs=1)
    assert sum(page.evaluate(SHIFTS)) < 0.002
    page.close()


@pytest.mark.slow
def test_without_javascript_the_video_is_there(address: str, opened: Any) -> None:
    page = opened(f"{address}moving_dot/index.html", java_script_enabled=False)
    assert page.locator("video").is_visible()


@pytest.mark.slow
def test_from_a_file_the_page_plays_its_video_and_the_single_page_its_film(documents: Any, opened: Any) -> None:
    page = opened((documents.folder / "moving_dot" / "index.html").as_uri())
    until(page, "document.querySelector('video').checkVisibility()")
    assert page.locator(".bar").first.is_visible()
    page = opened((documents.folder / "moving_dot" / "moving_dot.html").as_uri())
    until(page, f"{FILM}.readyState === 4")
    page.evaluate(f"{FILM}.currentTime = 1.5")
    until(page, f"!{FILM}.seeking")
    assert page.locator("untangle-film .words span").inner_text() == "First words"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["moving_dot/index.html", "moving_dot/player.html", "moving_dot/moving_dot.html"])
def test_axe_finds_nothing(address: str, browser: Any, path: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(viewport={"width": 390, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(address + path)
    until(page, f"{FILM}.readyState === 4")
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()


@pytest.mark.slow
def test_the_address_can_ask_for_steps(address: str, opened: Any, documents: Any) -> None:
    for page in (f"{address}moving_dot/player.html", (documents.folder / "moving_dot" / "moving_dot.html").as_uri()):
        assert opened(page).evaluate(f"{FILM}.getAttribute('steps')") is None
        assert opened(f"{page}?steps").evaluate(f"{FILM}.getAttribute('steps')") == ""
        assert opened(f"{page}?steps=captions").evaluate(f"{FILM}.getAttribute('steps')") == "captions"


def gallery(opened: Any, address: str, **options: Any) -> tuple[Any, list[str]]:
    """The gallery, and the files that it asks for."""
    page = opened("about:blank", **options)
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url.removeprefix(address)))
    page.goto(address)
    return page, asked


SHOWN = f"{FILM}?.readyState === 4 && !{FILM}.paused && {FILM}.frames > 2"


@pytest.mark.slow
def test_a_film_in_the_gallery_moves_under_the_pointer_without_a_video(address: str, opened: Any) -> None:
    page, asked = gallery(opened, address)
    page.wait_for_load_state("networkidle")
    assert not [file for file in asked if file.endswith((".js", ".timeline"))]  # nobody has asked for it yet
    poster = page.locator("a[data-timeline] img").bounding_box()
    page.hover("a[data-timeline] img")
    until(page, SHOWN)
    assert page.locator("untangle-film").bounding_box() == pytest.approx(poster, abs=1)
    how = page.evaluate(f"[{FILM}.muted, {FILM}.inert, {FILM}.ariaHidden, {FILM}.hasAttribute('loop')]")
    assert how == [True, True, "true", True]
    page.mouse.move(5, 5)
    until(page, f"!{FILM}")
    assert {file.rpartition(".")[2] for file in asked} <= {"", "svg", "jpg", "js", "timeline"}
    page.hover("a:not([data-timeline]) img")
    page.wait_for_timeout(300)
    assert page.evaluate(f"!{FILM}")


@pytest.mark.slow
def test_a_film_in_the_gallery_moves_with_the_focus_and_leads_to_its_page(address: str, opened: Any) -> None:
    page, _ = gallery(opened, address)
    page.keyboard.press("Tab")
    until(page, SHOWN)
    assert page.evaluate("document.activeElement.dataset.timeline") == "moving_dot/film.timeline"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.timeline") is None
    until(page, f"!{FILM}")
    page.click("a[data-timeline] img")
    until(page, "location.pathname === '/moving_dot/index.html'")


@pytest.mark.slow
def test_where_nothing_hovers_a_film_that_is_seen_moves_once(address: str, opened: Any) -> None:
    page, _ = gallery(opened, address, has_touch=True, is_mobile=True)
    until(page, f"{FILM}?.ended")
    assert page.evaluate(f"[{FILM}.paused, {FILM}.hasAttribute('loop')]") == [True, False]


@pytest.mark.slow
def test_readers_who_asked_for_less_motion_see_the_posters(address: str, opened: Any) -> None:
    page, asked = gallery(opened, address, reduced_motion="reduce")
    page.hover("a[data-timeline] img")
    page.wait_for_timeout(500)
    assert page.evaluate(f"!{FILM}")
    assert not [file for file in asked if file.endswith(".timeline")]


@pytest.mark.slow
def test_axe_finds_nothing_in_the_gallery_while_a_film_moves(address: str, browser: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(viewport={"width": 1000, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(address)
    page.hover("a[data-timeline] img")
    until(page, SHOWN)
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()
