"""Pages in a real Chromium, under http and from file://: they play, seek, show words, and ask nobody else."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from manim_untangle.publish.encode import hd
from manim_untangle.publish.film import read_film
from manim_untangle.publish.pages import snippet_for
from manim_untangle.publish.server import Server
from manim_untangle.publish.site import publish
from tests.manim_untangle.web.page import until

pytestmark = pytest.mark.slow
PAGES = ("index.html", *(f"{f}/{p}" for f in ("moving_dot", "evil_words") for p in ("index.html", "player.html")))


@pytest.fixture(scope="module")
def server(site: Any) -> Iterator[Server]:
    with Server(site.folder, port=0) as started:
        thread = threading.Thread(target=started.serve_forever)
        thread.start()
        yield started
        started.shutdown()
        thread.join()


@pytest.fixture(params=["http", "file"])
def base(request: pytest.FixtureRequest, site: Any, server: Server) -> str:
    return server.url if request.param == "http" else f"{site.folder.as_uri()}/"


Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any) -> Iterator[Open]:
    """Return a function that opens a page; after the test there was no error, and no request left the site."""
    contexts, complaints = list[Any](), list[str]()

    def open_page(address: str, within: str | None = None, width: int = 1280, height: int = 800, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        inside = within or address.rsplit("/", 2)[0]
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(inside) else complaints.append(f"asked {r.url}"))
        page.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def seek(page: Any, seconds: float) -> None:
    assert page.evaluate(
        "t => new Promise(done => { const v = document.querySelector('video'); setTimeout(() => done(false), 90000);"
        "v.addEventListener('seeked', () => done(true), {once: true}); v.currentTime = t; })",
        seconds,
    )


def video(page: Any, what: str) -> Any:
    return page.evaluate(f"document.querySelector('video').{what}")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_without_a_word_of_complaint(base: str, opened: Open, path: str) -> None:
    page = opened(base + path, within=base)
    page.wait_for_load_state("networkidle")
    assert page.title() != "run"
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("path", ["moving_dot/index.html", "evil_words/player.html"])
def test_the_film_plays_and_seeks(base: str, opened: Open, path: str) -> None:
    page = opened(base + path, within=base)
    until(page, "document.querySelector('video').readyState >= 1")
    assert (video(page, "videoWidth"), video(page, "videoHeight")) == (640, 360)
    assert video(page, "duration") == pytest.approx(8.0, abs=0.01)
    video(page, "play()")
    until(page, "document.querySelector('video').currentTime > 0.2")
    video(page, "pause()")
    seek(page, 6.0)  # needs ranges: without them the film jumps back to its beginning
    assert video(page, "currentTime") == pytest.approx(6.0, abs=0.1)


def test_a_chapter_jumps_to_its_beginning_and_is_marked(base: str, opened: Open) -> None:
    page = opened(f"{base}moving_dot/index.html", within=base)
    chapter = page.locator(".chapters a").nth(1)
    assert chapter.inner_text().split("\n") == ["0:03", "Layer 1 <b>& bend</b>"]
    chapter.click()
    until(page, "document.querySelector('video').currentTime >= 3")
    page.wait_for_selector(".chapters li:nth-child(2) a[aria-current]")
    assert page.locator(".chapters a[aria-current]").count() == 1
    assert page.url.endswith("#t=3")
    again = opened(page.url, within=base)  # a link to a chapter can be passed on
    until(again, "document.querySelector('video').currentTime >= 3")


def test_captions_are_shown_as_they_were_written(base: str, opened: Open) -> None:
    page = opened(f"{base}moving_dot/index.html", within=base)
    page.get_by_role("button", name="Captions").click()
    showing = "[...document.querySelector('video').textTracks].find(t => t.mode === 'showing')"
    until(page, f"{showing}?.cues?.length")
    seek(page, 4.0)
    until(page, f"{showing}.activeCues.length")
    assert (
        page.evaluate(f"{showing}.activeCues[0].getCueAsHTML().textContent")
        == "Space is stretched, x < 1 & y > 2 --> turned."
    )
    assert page.get_by_role("button", name="Captions").get_attribute("aria-pressed") == "true"
    page.wait_for_selector(".words a[aria-current]")
    assert page.locator(".words a[aria-current]").inner_text().startswith("Space is stretched")
    kinds = page.evaluate("[...document.querySelector('video').textTracks].map(t => t.kind)")
    assert sorted(kinds) == ["captions", "chapters"]


def test_captions_are_drawn_over_the_film(server: Server, opened: Open) -> None:
    page = opened(f"{server.url}moving_dot/index.html", within=server.url)
    seek(page, 2.4)  # no words here: the foot of the picture is black
    seek(page, 4.0)
    page.locator("video").evaluate("v => v.controls = false")
    before = page.locator("video").screenshot()
    page.get_by_role("button", name="Captions").click()
    until(page, "document.querySelector('video').textTracks[0].activeCues?.length")
    page.wait_for_timeout(300)
    assert page.locator("video").screenshot() != before


def test_speed_stills_and_keys_work(server: Server, opened: Open) -> None:
    page = opened(f"{server.url}moving_dot/index.html", within=server.url)
    page.locator("[data-do=speed]").select_option("0.5")
    assert video(page, "playbackRate") == 0.5
    for expected in (1.25, 4.45, 7.25, 8.0):
        page.get_by_role("button", name="Step on ›").press("Enter")
        until(page, f"Math.abs(document.querySelector('video').currentTime - {expected}) < 0.1")
    page.get_by_role("button", name="‹ Step back").press("Space")
    until(page, "Math.abs(document.querySelector('video').currentTime - 7.25) < 0.1")
    assert video(page, "paused")


def test_hostile_words_are_shown_and_not_run(base: str, opened: Open, synthetic: SimpleNamespace) -> None:
    page = opened(f"{base}evil_words/index.html", within=base)
    assert page.locator("h1").inner_text() == synthetic.EVIL
    assert page.title() == f"{synthetic.EVIL} · Untangle"
    gallery = opened(f"{base}index.html", within=base)
    assert gallery.locator(".films .name").nth(0).inner_text() == synthetic.EVIL
    gallery.locator(".films a").nth(0).click()
    gallery.wait_for_url("**/evil_words/index.html")


def test_a_script_that_is_not_the_pages_own_does_not_run(server: Server, browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{server.url}moving_dot/index.html")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    assert page.evaluate("window.ran") is None
    page.close()


def test_the_site_works_at_any_sub_path(site: Any, opened: Open, tmp_path: Path) -> None:
    shutil.copytree(site.folder, tmp_path / "some" / "deep place")
    (tmp_path / "index.html").write_text("root")
    with Server(tmp_path, port=0) as started:
        thread = threading.Thread(target=started.serve_forever)
        thread.start()
        page = opened(f"{started.url}some/deep%20place/", within=f"{started.url}some/deep%20place/")
        page.locator(".films a").nth(1).click()
        until(page, "document.querySelector('video')?.readyState >= 1")
        page.get_by_role("link", name="Untangle", exact=True).click()
        page.wait_for_selector(".films")
        started.shutdown()
        thread.join()


def test_a_snippet_plays_with_captions_on_another_site(site: Any, server: Server, browser: Any, tmp_path: Path) -> None:
    for place in ("html", "canvas"):
        text = snippet_for("moving_dot", place, site.folder, server.url)
        (tmp_path / f"{place}.html").write_text(f"<!doctype html><title>Forum</title>{text}", encoding="utf-8")
    (tmp_path / "index.html").write_text("forum")
    with Server(tmp_path, port=0) as forum:
        thread = threading.Thread(target=forum.serve_forever)
        thread.start()
        page = browser.new_page()
        page.goto(f"{forum.url}html.html")
        page.evaluate("document.querySelector('video').textTracks[0].mode = 'showing'")
        until(page, "document.querySelector('video').textTracks[0].cues?.length === 3")
        until(page, "document.querySelector('video').readyState >= 1")
        page.goto(f"{forum.url}canvas.html")
        until(page.frames[1], "document.querySelector('video').readyState >= 1")
        page.close()
        forum.shutdown()
        thread.join()


def test_without_javascript_the_film_and_its_words_are_there(server: Server, opened: Open) -> None:
    page = opened(f"{server.url}moving_dot/index.html", within=server.url, java_script_enabled=False)
    assert page.locator("video[controls] source").count() == 1
    assert "Space is stretched, x < 1 & y > 2 --> turned." in page.inner_text("main")
    assert "The live picture needs JavaScript" in page.inner_text(".explorer noscript")


def test_a_snippet_is_copied(server: Server, opened: Open) -> None:
    page = opened(
        f"{server.url}moving_dot/index.html",
        within=server.url,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.get_by_text("For Discourse").click()
    button = page.locator("[data-copy=for-discourse]")
    button.click()
    until(page, "document.querySelector('[data-copy=for-discourse]').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()").startswith("<video controls")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing(server: Server, browser: Any, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for path in ("index.html", "evil_words/index.html", "moving_dot/index.html", "moving_dot/player.html"):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(server.url + path)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()
        context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_never_scrolls_sideways(server: Server, opened: Open, path: str) -> None:
    page = opened(server.url + path, within=server.url, width=320, is_mobile=True, has_touch=True)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small = page.evaluate(
        "[...document.querySelectorAll('button, select, .switches label')].filter(e => e.offsetParent)"
        ".map(e => e.getBoundingClientRect().height).filter(h => h < 43)"
    )
    assert small == []  # a finger finds every control


# ---- the live picture ----

LIVE = "document.querySelector('.explorer untangle-film')"


def test_a_films_page_shows_its_networks_live_one_after_another(base: str, opened: Open) -> None:
    page = opened(f"{base}evil_words/index.html", within=base)
    until(page, f"{LIVE}.readyState === 4")
    live = page.locator(".explorer untangle-film")
    names = live.get_by_label("Chapter").locator("option").all_inner_texts()
    assert [name.split(",")[0] for name in names] == ["2-3-1 tanh", "3-3-4-1 tanh", "1-2-1 tanh", "2-2-3 tanh"]
    for k, name in enumerate(names):
        live.get_by_label("Chapter").select_option(index=k)
        until(page, f"!{LIVE}.seeking && {LIVE}.touch.space === {LIVE}.painter.spaces.list[{k}]")
        inputs = int(name[0])
        assert page.evaluate(f"{LIVE}.touch.point.length") == inputs
        assert live.locator(".now").inner_text() == "Input"


def test_a_film_that_is_a_video_has_a_live_picture_beside_it(base: str, opened: Open) -> None:
    """The page's script for the film works with the video, and not with the live picture."""
    page = opened(f"{base}moving_dot/index.html", within=base)
    until(page, f"{LIVE}.readyState === 4")
    page.locator(".chapters a").nth(1).click()
    until(page, "document.querySelector('video').currentTime > 2.9")
    assert page.evaluate(f"{LIVE}.currentTime") == 0


def test_a_browser_that_plays_av1_takes_it(opened: Open, tmp_path: Path, make_film: Any) -> None:
    make_film(tmp_path, "moving_dot", networks=[])
    publish([read_film("moving_dot", tmp_path)], tmp_path / "site", [hd], None, lambda _: None, av1=True)
    page = opened(f"{(tmp_path / 'site').as_uri()}/moving_dot/player.html")
    until(page, "document.querySelector('video').videoWidth === 640")
    assert page.evaluate("document.querySelector('video').currentSrc").endswith("/moving_dot-av1.mp4")
    seek(page, 1.0)
    assert page.evaluate("document.querySelector('video').error") is None
