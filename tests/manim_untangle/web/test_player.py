"""<untangle-film> in a real Chromium: a media element that draws a timeline, says its words, and can be touched."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manim_untangle.publish.script import PLAYER, player_script
from manim_untangle.stage.view import View
from manim_untangle.web.network import layers_told, moves_told
from netlib import Dense, Network, Trajectory, activation, activations, affine_then_bend

from .page import FILM, PIXELS, decoded, drawn, expect, film, middle, picture, seek, until

MOST_BYTES = 40_000  # of the player, gzipped
VIEW = View(unit=2.0, centre=(0.0, 0.3), eye=9.0)
NETWORK = Network(
    (Dense(np.array([[1.2, 0.1], [-0.3, 0.8]]), np.array([0.0, 0.1]), activation("tanh")),),
    Dense(np.array([[2.0, 0.1]]), np.array([0.0])),
)
RED, BLUE = (255, 0, 0), (0, 128, 255)


def test_the_player_is_one_small_script_without_imports() -> None:
    script = player_script()
    assert len(gzip.compress(script.encode(), mtime=0)) <= MOST_BYTES
    assert "import " not in script
    assert "customElements.define" in script


DECLARED = re.compile(
    r"^(?:export )?(?:async )?(?:const|let|function|class) (?:(\w+)|\{([^}]*)\}|\[([^\]]*)\])", re.MULTILINE
)


def test_no_two_modules_have_a_name_in_common_since_they_are_joined() -> None:
    names = [
        name
        for module in PLAYER.glob("*.js")
        for found in DECLARED.findall(module.read_text(encoding="utf-8"))
        for name in re.findall(r"\w+", " ".join(found))
    ]
    assert len(names) > 100
    assert [name for name, count in Counter(names).items() if count > 1] == []


slow = pytest.mark.slow


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    shutil.copytree(PLAYER, made / "player")
    return made


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, folder: Path, address: str, film_by_hand: Any) -> Iterator[Open]:
    """Return a function that opens a page with a film; after the test nothing was complained of."""
    contexts, complaints = list[Any](), list[str]()

    def open_page(
        attributes: str = "controls",
        network: Network = NETWORK,
        view: View = VIEW,
        change: Any = None,
        width: int = 1280,
        inside: str = "",
        **options: Any,
    ) -> Any:
        (folder / "film.timeline").write_bytes(film_by_hand(network, view, change).timeline())
        (folder / "page.html").write_text(
            "<!doctype html><html lang=en><meta charset=utf-8><title>Film</title><link rel=icon href=data:,>"
            "<style>body { margin: 0 }</style>"
            f'<untangle-film src="film.timeline" {attributes}>{inside}</untangle-film><script>window.said = [];'
            "for (const name of ['loadedmetadata', 'loadeddata', 'canplay', 'play', 'playing', 'pause', 'timeupdate',"
            "'seeking', 'seeked', 'ended', 'ratechange', 'error']) document.querySelector('untangle-film')"
            ".addEventListener(name, () => said.push(name));</script>"
            '<script type="module" src="player/film.js"></script>'
        )
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}page.html")
        until(page, f"{FILM}.readyState === 4")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


# ---- the file ----


@slow
def test_arrays_of_every_type_are_read_as_they_were_written(opened: Open, timeline_by_hand: Any) -> None:
    rng = np.random.default_rng(0)
    made = timeline_by_hand()
    cases = [
        (rng.integers(-100, 100, (9, 2)).cumsum(axis=0) % 120 - 60, "i8", 1.0),
        (rng.integers(-9000, 9000, (50, 3)) * 0.0005, "i16", 0.0005),
        (rng.integers(-(2**30), 2**30, (7,)), "i32", 1.0),
        (rng.normal(size=(5, 2)), "f64", 1.0),
        (rng.normal(size=(5, 2)).astype(np.float32), "f32", 1.0),
        (rng.integers(0, 255, (11,)), "u8", 1.0),
    ]
    cases[0] = (np.clip(cases[0][0], -60, 60), "i8", 1.0)
    for values, kind, scale in cases:
        made.array(values, kind, scale)
    made.header = {"format": "untangle-timeline", "version": 1}
    page = opened()
    read = page.evaluate(
        """async content => { const { readTimeline } = await import('./player/timeline.js');
        const film = await readTimeline(Uint8Array.from(content));
        return film.header.arrays.map((_, k) => Array.from(film.array(k).data)); }""",
        list(made.packed()),
    )
    for (values, *_), found in zip(cases, read, strict=True):
        assert np.allclose(np.ravel(values), found, rtol=1e-12, atol=1e-9)


@slow
def test_a_track_is_a_bezier_curve_in_time(opened: Open, timeline_by_hand: Any) -> None:
    """Against Bernstein's polynomials, before, within, between and after the segments."""
    rows = np.random.default_rng(1).normal(size=(7, 2))
    made = timeline_by_hand()
    made.track([5, 10, 30], [0, 10, 8], [0, 3, 1], rows)
    made.header = {"format": "untangle-timeline", "version": 1}
    times = [0, 4.9, 5, 9.99, 10, 12.5, 19.9, 20, 29.99, 30, 33, 38, 100, 7, 0]
    page = opened()
    found = page.evaluate(
        """async ([content, times]) => { const { readTimeline } = await import('./player/timeline.js');
        const at = (await readTimeline(Uint8Array.from(content))).value(0);
        return times.map(x => Array.from(at(x))); }""",
        [list(made.packed()), times],
    )

    def expected(x: float) -> np.ndarray:
        if x < 10:
            return rows[0]
        if x < 30:
            s = min((x - 10) / 10, 1)
            return np.array([(1 - s) ** 3, 3 * (1 - s) ** 2 * s, 3 * (1 - s) * s**2, s**3]) @ rows[1:5]
        s = min((x - 30) / 8, 1)
        return (1 - s) * rows[5] + s * rows[6]

    for x, values in zip(times, found, strict=True):
        assert np.allclose(values, expected(x)), x


@slow
def test_what_is_no_timeline_is_said_in_one_line_and_the_page_falls_back(opened: Open, folder: Path) -> None:
    page = opened(inside="<a href='#'>The video</a>")
    assert not page.locator("untangle-film a").is_visible()
    (folder / "bad.timeline").write_bytes(b"no film")
    film(page, "setAttribute('src', 'bad.timeline')")
    until(page, f"Boolean({FILM}.error)")
    assert film(page, "error.message") == "The film bad.timeline cannot be shown: this is no timeline of a film"
    assert page.locator("untangle-film a").is_visible()


# ---- where things are ----


@slow
@pytest.mark.parametrize("x", [0, 37.25, 45, 59.5, 71, 90, 120])
@pytest.mark.parametrize("view", [VIEW, View(unit=1.6, turn=0.4, tilt=1.1, centre=(0.5, -0.2), eye=7.0)])
def test_points_are_where_netlib_and_the_view_have_them(opened: Open, film_by_hand: Any, view: View, x: float) -> None:
    page = opened(view=view)
    by_hand = film_by_hand(NETWORK, view)
    found = page.evaluate(
        f"x => {{ const p = {FILM}.painter; p.x = x; p.places = p.frames(x, 1280, 720);"
        "return p.items.filter(i => i.kind === 'dots').map(i => Array.from(p.samples(i, p.places.moved).points)); }",
        x,
    )
    way = Trajectory.through(NETWORK, affine_then_bend)
    for k, places in enumerate(found):
        inputs = page.evaluate(f"Array.from({FILM}.painter.items.filter(i => i.kind === 'dots')[{k}].moved.inputs)")
        expected = view.project(way.at(np.reshape(inputs, (-1, 2)), by_hand.times(x)))[:, :2]
        assert np.abs(np.reshape(places, (-1, 2)) - expected).max() < 1e-9


@slow
@pytest.mark.parametrize("size", [(1280, 720), (3840, 2160)])
def test_grid_lines_bend_smoothly_at_every_size(opened: Open, film_by_hand: Any, size: tuple[int, int]) -> None:
    """No image of a line is farther than half a pixel from the chords that are drawn of it."""
    steep = Network((Dense(6 * NETWORK.hidden[0].weight, NETWORK.hidden[0].bias, activation("tanh")),), NETWORK.readout)
    page = opened(network=steep)
    scale = size[0] / 14.222222
    way, by_hand = Trajectory.through(steep, affine_then_bend), film_by_hand(steep, VIEW)
    looked = 0
    for x in (66.0, 75.0, 90.0):
        chords = page.evaluate(
            f"([x, w, h]) => {{ const p = {FILM}.painter; p.x = x; p.places = p.frames(x, w, h);"
            "let at; const lines = []; const ctx = { setTransform() {}, stroke() {}, beginPath() { lines.push([]); },"
            "moveTo(...to) { at = to; }, lineTo(...to) { lines.at(-1).push([...at, ...to]); at = to; } };"
            "p.lines(ctx, p.items.find(i => i.kind === 'lines'), p.places.moved, 1); return lines; }",
            [x, *size],
        )
        for y, line in zip((-1.0, 0.0, 1.0), chords, strict=True):
            inputs = np.column_stack([np.linspace(-3, 3, 6001), np.full(6001, y)])
            curve = VIEW.project(way.at(inputs, by_hand.times(x)))[:, :2]
            curve = curve[(np.abs(curve) < (7.11, 4)).all(axis=1)]
            if not len(curve):
                continue
            looked += 1
            a, b = np.split(np.reshape(line, (-1, 4)), 2, axis=1)
            along = (b - a)[None]
            s = np.clip(((curve[:, None] - a) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-30), 0, 1)
            off = np.linalg.norm(curve[:, None] - a - s[..., None] * along, axis=-1).min(axis=1).max()
            assert off * scale < 0.5, (x, y, len(line))
    assert looked >= 5


@slow
def test_the_picture_has_colours_and_shapes_where_the_film_says(opened: Open) -> None:
    page = opened()
    seek(page, 0.2)
    shown = picture(page)
    assert shown.shape == (720, 1280, 3)
    scale = 1280 / 14.222222
    points = np.array([[-1.0, -0.5], [-0.8, 0.4], [-0.6, 0.0]])
    expected = np.array([640, 360]) + scale * (points @ np.diag([2, -2]) + [0, -0.3]).mean(axis=0)
    assert np.allclose(middle(shown, RED), expected, atol=0.6)
    green = middle(shown, (0, 255, 0))
    assert np.allclose(green, [640 + 4.5 * scale, 360 - 3.2 * scale], atol=0.6)
    seek(page, 2.25)  # half of the fade
    assert np.allclose(picture(page)[round(green[1]), round(green[0])], (0, 128, 0), atol=2)
    seek(page, 3)
    assert not np.any(picture(page)[round(green[1]), round(green[0])])


@slow
def test_a_clip_box_cuts(opened: Open) -> None:
    def change(made: Any) -> None:
        for item in made.header["items"]:
            if item["kind"] == "dots":
                item["clip"] = [-7, 0.3, 7, 4]

    page = opened(change=change)
    seek(page, 0.1)
    red = np.nonzero((np.abs(picture(page) - RED) < 30).all(axis=2))[0]
    assert red.max() <= 360 - 0.3 * 90 + 1


@slow
def test_the_canvas_is_as_dense_as_the_screen(opened: Open) -> None:
    page = opened(width=640, device_scale_factor=2)
    assert film(page, "videoWidth") == 1280
    assert page.evaluate(f"{FILM}.canvas.clientWidth") == 640


# ---- a media element ----


@slow
def test_loading_says_what_a_media_element_says(opened: Open) -> None:
    page = opened()
    assert page.evaluate("said") == ["loadedmetadata", "loadeddata", "canplay"]
    assert film(page, "duration") == pytest.approx(4)
    assert page.evaluate(f"[{FILM}.paused, {FILM}.ended, {FILM}.currentTime, {FILM}.playbackRate]") == [
        True,
        False,
        0,
        1,
    ]


@slow
def test_it_plays_to_its_end_and_then_again(opened: Open) -> None:
    page = opened()
    film(page, "playbackRate = 4")
    film(page, "play()")
    until(page, f"{FILM}.ended")
    said = page.evaluate("said")
    assert said[3:6] == ["ratechange", "play", "playing"]
    assert said[-3:] == ["timeupdate", "pause", "ended"]
    assert said.count("timeupdate") >= 3
    assert film(page, "currentTime") == pytest.approx(4)
    film(page, "play()")
    until(page, f"{FILM}.currentTime > 0.1 && {FILM}.currentTime < 3")
    film(page, "pause()")
    at = film(page, "currentTime")
    page.wait_for_timeout(150)
    assert film(page, "currentTime") == at


@slow
def test_seeking_shows_the_moment_and_says_so(opened: Open) -> None:
    page = opened()
    page.evaluate("said.length = 0")
    seek(page, 2.5)
    assert page.evaluate("said") == ["seeking", "timeupdate", "seeked"]
    assert film(page, "currentTime") == 2.5
    seek(page, 99)
    assert film(page, "currentTime") == pytest.approx(4)


@slow
def test_start_end_and_loop_keep_it_within_a_part(opened: Open) -> None:
    page = opened("controls loop start=1 end=1.5")
    assert film(page, "currentTime") == 1
    film(page, "play()")
    until(page, f"{FILM}.currentTime > 1.3")
    until(page, f"{FILM}.currentTime < 1.2")
    assert not film(page, "ended")
    assert film(page, "currentTime") >= 1


@slow
def test_autoplay_plays(opened: Open) -> None:
    page = opened("autoplay muted")
    until(page, f"{FILM}.currentTime > 0.2")
    assert film(page, "muted")


@slow
def test_nothing_is_drawn_while_nothing_moves(opened: Open) -> None:
    page = opened()
    seek(page, 0.1)
    page.evaluate(f"{FILM}.frames = 0; {FILM}.play()")
    until(page, f"{FILM}.currentTime > 0.7")
    assert film(page, "frames") <= 1
    until(page, f"{FILM}.currentTime > 1.6")
    assert film(page, "frames") > 3
    film(page, "pause()")
    page.wait_for_timeout(100)
    drawn = film(page, "frames")
    page.wait_for_timeout(300)
    assert film(page, "frames") == drawn


@slow
def test_keys_play_seek_and_step(opened: Open) -> None:
    page = opened()
    page.locator("untangle-film").focus()
    page.keyboard.press("End")
    assert film(page, "currentTime") == pytest.approx(4)
    page.keyboard.press("Home")
    assert film(page, "currentTime") == 0
    page.keyboard.press(" ")
    assert not film(page, "paused")
    page.keyboard.press(" ")
    assert film(page, "paused")
    seek(page, 0)
    page.keyboard.press("ArrowRight")  # a quarter of so short a film
    assert film(page, "currentTime") == pytest.approx(1)
    page.keyboard.press("ArrowLeft")
    assert film(page, "currentTime") == 0
    page.keyboard.press(">")
    assert film(page, "playbackRate") == 1.5
    page.keyboard.press("<")
    assert film(page, "playbackRate") == 1
    page.keyboard.press(".")  # plays to the end of the first move, and rests there
    until(page, f"{FILM}.paused && {FILM}.currentTime === 2")
    page.keyboard.press(".")
    page.keyboard.press(".")  # at once
    assert film(page, "currentTime") == 3
    page.keyboard.press(",")
    assert film(page, "currentTime") == 2


@slow
def test_with_reduced_motion_it_shows_stills_and_steps(opened: Open) -> None:
    page = opened("controls autoplay", reduced_motion="reduce")
    page.wait_for_timeout(200)
    assert film(page, "paused")
    page.locator("untangle-film").focus()
    page.keyboard.press(".")
    assert page.evaluate(f"[{FILM}.paused, {FILM}.currentTime]") == [True, 2]
    seek(page, 1.2)
    # at once, for soon the move is over
    assert 59.9 < page.evaluate(f"{FILM}.play().then(() => {FILM}.x)") < 60  # where the move ends


@slow
def test_the_controls_are_named_and_work(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="Play", exact=True).first.click()
    until(page, f"!{FILM}.paused")
    page.get_by_role("button", name="Pause").click()
    page.get_by_label("Chapter").select_option("After")
    until(page, f"{FILM}.currentTime === 1")
    page.get_by_label("Speed").select_option("0.5")
    assert film(page, "playbackRate") == 0.5
    scrubber = page.get_by_role("slider", name="Time")
    scrubber.focus()
    page.keyboard.press("Home")
    until(page, f"{FILM}.currentTime === 0")
    expect(scrubber).to_have_attribute("aria-valuetext", "0:00 of 0:04, Before")


@slow
def test_the_pointer_on_the_scrubber_shows_the_moment(opened: Open) -> None:
    page = opened()
    box = page.get_by_role("slider", name="Time").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    until(page, f"{FILM}.controlsUi.smallText.textContent === '0:03 After'")
    shown = picture(page, f"{FILM}.controlsUi.small")
    assert shown.shape == (234, 416, 3)
    assert (np.abs(shown - BLUE) < 40).all(axis=2).sum() > 30
    assert film(page, "currentTime") == 0


# ---- words ----


@slow
def test_captions_are_text_over_their_shapes_and_are_said(opened: Open) -> None:
    page = opened()
    seek(page, 1)
    word = page.get_by_text("First words", exact=True).first
    box = word.bounding_box()
    scale = 1280 / 14.222222
    assert (box["x"], box["width"]) == pytest.approx((640 - 1.5 * scale, 3 * scale), abs=1.5)
    assert box["y"] == pytest.approx(360 + 3.0 * scale, abs=1.5)
    assert page.evaluate(f"{FILM}.controlsUi.announcement.textContent") == "First words"
    seek(page, 2.5)
    assert page.evaluate(f"{FILM}.controlsUi.announcement.textContent") == "Other words"
    assert page.locator(".words").get_by_text("First words").count() == 0


@slow
def test_a_translated_caption_takes_the_place_of_its_shapes(opened: Open) -> None:
    page = opened()
    seek(page, 1)
    before = picture(page)
    page.evaluate(f"{FILM}.words.root.firstChild.firstChild.textContent = 'Erste Worte'")
    until(page, f"Boolean({FILM}.words.root.querySelector('.shown'))")
    drawn(page)
    assert (before[655:665, 520:760] == 255).all()
    assert not (picture(page)[655:665, 520:760] == 255).all(axis=2).any()


@slow
def test_a_track_in_the_language_of_the_element_gives_its_words(opened: Open, folder: Path) -> None:
    (folder / "de.json").write_text(json.dumps({"First words": "Erste Worte", "Before": "Vorher"}), encoding="utf-8")
    page = opened('controls lang="de"', inside='<track srclang="de" src="de.json">')
    seek(page, 1)
    shown = page.locator("untangle-film .words .shown")
    expect(shown).to_have_text("Erste Worte")
    drawn(page)
    across, down = shown.evaluate(
        "span => { const m = new DOMMatrix(getComputedStyle(span).transform); return [m.a, m.d]; }"
    )
    assert across == pytest.approx(down)  # letters keep their form
    assert not (picture(page)[655:665, 520:760] == 255).all(axis=2).any()
    assert page.evaluate(f"{FILM}.controlsUi.announcement.textContent") == "Erste Worte"
    assert page.evaluate(f"{FILM}.chapters.map(({{ name }}) => name)") == ["Vorher", "After"]
    page.evaluate(f"{FILM}.lang = 'en'")
    until(page, f"{FILM}.words.root.textContent === 'First words'")
    assert (film(page, "currentTime"), film(page, "chapters")[0]["name"]) == (1, "Before")


SPEECH = """Object.defineProperty(window, 'speechSynthesis', { value: { said: [], speaking: false,
    speak(words) { this.said.push(words.text); this.now = words; this.speaking = true; },
    finish() { this.speaking = false; this.now.onend(); },
    cancel() { this.speaking = false; } } })"""


@slow
def test_the_audio_description_says_chapters_and_captions_and_the_film_waits_for_it(opened: Open) -> None:
    page = opened()
    page.evaluate(SPEECH)
    page.locator("untangle-film").focus()
    page.keyboard.press("d")
    assert page.evaluate("speechSynthesis.said") == ["Two classes are moved."]
    expect(page.get_by_label("Audio description")).to_have_attribute("aria-pressed", "true")
    page.evaluate("speechSynthesis.finish()")
    page.keyboard.press("k")
    until(page, "speechSynthesis.said.at(-1) === 'Before. First words'")
    until(page, f"{FILM}.currentTime >= 2")  # where other words begin, while these are still said
    page.wait_for_timeout(150)
    assert 2 <= film(page, "currentTime") < 3
    held = film(page, "currentTime")
    page.wait_for_timeout(100)
    assert (film(page, "currentTime"), film(page, "paused")) == (held, False)
    film(page, "playbackRate = 4")
    page.evaluate("speechSynthesis.finish()")
    until(page, "speechSynthesis.said.at(-1) === 'After. Other words'")
    until(page, f"{FILM}.ended")
    page.keyboard.press("d")
    assert page.evaluate("[speechSynthesis.said.length, speechSynthesis.speaking]") == [3, False]


@slow
def test_a_poster_is_shown_until_the_film_is_played_or_sought(opened: Open) -> None:
    page = opened('controls poster="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"')
    poster = page.locator("untangle-film .poster")
    assert poster.is_visible()
    seek(page, 1)
    expect(poster).to_be_hidden()


@slow
def test_a_narrow_page_shows_the_caption_below_in_a_size_to_read(opened: Open) -> None:
    page = opened(width=390)
    seek(page, 1)
    reading = page.locator("untangle-film .reading")
    assert reading.is_visible()
    expect(reading.locator(".said")).to_have_text("First words")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@slow
def test_what_lies_below_a_narrow_film_stays_while_a_long_caption_comes_and_goes(opened: Open) -> None:
    def change(made: Any) -> None:
        made.header["captions"][1]["text"] = "Words that need a line more than the others do. " * 6

    page = opened(change=change, width=390)
    heights = []
    for seconds in (0, 1, 3):
        seek(page, seconds)
        heights.append(film(page, "getBoundingClientRect().height"))
    assert page.locator("untangle-film .said").bounding_box()["height"] > 100
    assert heights == heights[:1] * 3


@slow
def test_axe_finds_nothing(opened: Open) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened()
    seek(page, 1)
    page.evaluate(f"{FILM}.touch.toggle()")
    found = axe.run(
        page,
        options={
            "rules": {name: {"enabled": False} for name in ("landmark-one-main", "page-has-heading-one", "region")}
        },
    )
    assert found.violations_count == 0, found.generate_report()


# ---- networks ----


WIDTHS = [(2, 2, 2, 1), (2, 3, 2, 1), (3, 3, 4, 2), (1, 1, 2, 1), (2, 16, 3), (3, 2, 1)]


def mirrored(widths: tuple[int, ...], name: str) -> Network:
    """A network with normal random weights, whose first layer is a mirror image."""
    rng = np.random.default_rng(len(name) + sum(widths))
    sizes = list(zip(widths[1:], widths[:-1], strict=True))
    layers = [Dense(rng.normal(size=size), 0.3 * rng.normal(size=size[0]), activation(name)) for size in sizes]
    flipped = Dense(layers[0].weight * np.r_[-1, np.ones(widths[1] - 1)][:, None], layers[0].bias, layers[0].activation)
    return Network((flipped, *layers[1:-1]), Dense(layers[-1].weight, layers[-1].bias))


@slow
def test_the_pages_networks_are_numpys(opened: Open) -> None:
    """Forward pass and every moment of the way, W x + b as one move and taken apart, against netlib in float64."""
    names = sorted(activations())
    networks = [mirrored(WIDTHS[(k + j) % len(WIDTHS)], name) for k, name in enumerate(names) for j in (0, 3)]
    rng, cases = np.random.default_rng(1), []
    for network in networks:
        ways = [Trajectory.through(network, *how) for how in ((), (affine_then_bend,))]
        times = [[0.0, *rng.uniform(0, len(w.moves), 2), *map(float, range(1, len(w.moves) + 1))] for w in ways]
        told = {"layers": layers_told(network), "moves": [moves_told(network), moves_told(network, together=True)]}
        cases.append({**told, "points": rng.normal(size=(9, network.inputs)).tolist(), "times": times})
    found = opened().evaluate(
        """async cases => {
        const {forward, MovingPoints} = await import('/player/network.js');
        const {regrouped} = await import('/player/moves.js');
        return cases.map(({layers, moves, points, times}) => {
          const at = (way, t) => {
            const {places, n} = new MovingPoints(way, Float64Array.from(points.flat()), points[0].length).at(t);
            return points.map((_, i) => Array.from(places.subarray(i * n, i * n + n))); };
          const others = moves.map(way => regrouped(way));
          return {
            outputs: points.map(p => forward(layers, p)), apart: others.map(other => other.apart),
            ways: moves.map((way, k) => times[k].map(t => at(way, t))),
            others: [1, 0].map(k => times[1 - k].map(t => at(others[k].moves, t)))}; }); }""",
        cases,
    )
    for network, case, seen in zip(networks, cases, found, strict=True):
        points = np.array(case["points"])
        assert np.abs(np.array(seen["outputs"]) - network(points)).max() < 1e-6
        assert seen["apart"] == [False, True]
        for k, how in enumerate(((), (affine_then_bend,))):
            way = Trajectory.through(network, *how)
            for t, told, other in zip(case["times"][k], seen["ways"][k], seen["others"][k], strict=True):
                for places in (told, other):
                    assert np.abs(np.array(places) - way.at(points, t)).max() < 1e-6, (case["layers"], t)


# ---- touch ----


def land(point: tuple[float, float]) -> tuple[float, float]:
    """The pixel of an input, before any move."""
    x, y = np.array([640, 360]) + 90 * np.array([2 * point[0], -2 * point[1] - 0.3])
    return float(x), float(y)


@slow
def test_a_tapped_point_says_its_class_and_the_networks_output(opened: Open) -> None:
    page = opened()
    seek(page, 0.5)
    page.mouse.click(*land((0.9, -0.4)))
    output = NETWORK(np.array([[0.9, -0.4]]))[0, 0]
    text = page.locator("untangle-film .touch p").first.inner_text().replace("−", "-")
    assert text == f"The point (0.90, -0.40) of class 1. The network’s output for it is {output:.2f}: class 1."


@slow
def test_a_dragged_point_follows_the_pointer_through_the_layers(opened: Open) -> None:
    page = opened()
    seek(page, 3.5)
    page.mouse.move(700, 330)
    page.mouse.down()
    page.mouse.move(760, 300, steps=5)
    page.mouse.up()
    assert film(page, "touch.pointOnScreen") == pytest.approx([760, 300], abs=0.5)
    point = np.array([film(page, "touch.point")])
    there = VIEW.project(NETWORK.represent(point))[0]
    assert (640 + 90 * there[0], 360 - 90 * there[1]) == pytest.approx((760, 300), abs=0.5)
    slider = page.get_by_label("Place in the network")
    slider.focus()
    page.keyboard.press("Home")
    drawn(page)
    assert film(page, "touch.pointOnScreen") == pytest.approx(list(land(tuple(point[0]))), abs=1)
    film(page, "play()")  # the film goes on as it is
    assert film(page, "painter.spaces.list[0].touched") is False


@slow
def test_the_point_is_moved_and_space_is_turned_by_keys_while_the_film_stands(opened: Open) -> None:
    page = opened()
    seek(page, 3.5)
    page.evaluate(f"{FILM}.touch.toggle()")
    canvas = page.locator("untangle-film canvas").first
    canvas.focus()
    page.keyboard.press("ArrowRight")  # there is a point now
    before = np.array(film(page, "touch.point"))
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert np.array(film(page, "touch.point")) - before == pytest.approx([0.1, -0.05])
    text = page.locator("untangle-film .touch p").first.inner_text().replace("−", "-")
    answer = float(NETWORK(before[None] + [0.1, -0.05])[0, 0])
    assert f"output for it is {answer:.2f}: class {int(answer > 0)}" in text
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    assert film(page, "painter.spaces.list[0].hand.tilt") == pytest.approx(0.1)
    assert film(page, "painter.spaces.list[0].hand.turn") == pytest.approx(-0.1)
    page.keyboard.press("PageUp")  # of two inputs none is the third
    assert np.array(film(page, "touch.point")) - before == pytest.approx([0.1, -0.05])
    assert film(page, "currentTime") == 3.5
    page.evaluate(f"{FILM}.touch.toggle()")
    assert canvas.get_attribute("tabindex") is None
    page.evaluate(f"{FILM}.focus()")
    page.keyboard.press("ArrowLeft")  # which now goes back in time
    assert film(page, "currentTime") == 2.5


@slow
def test_buttons_lead_to_the_input_and_to_the_end_of_each_layer(opened: Open) -> None:
    page = opened()
    seek(page, 3.5)
    page.evaluate(f"{FILM}.touch.toggle()")
    time_now = f"{FILM}.touch.space.at({FILM}.x).t"
    page.get_by_role("button", name="input").click()
    assert page.evaluate(time_now) == 0
    page.get_by_role("button", name="layer 1").click()
    assert page.evaluate(time_now) == 2
    assert page.get_by_label("Place in the network").input_value() == "2"


@slow
def test_classes_and_grid_are_switched_off_and_on(opened: Open) -> None:
    page = opened()
    seek(page, 0.5)
    page.get_by_role("button", name="Touch it").click()
    for name, colour in (("class 0", RED), ("class 1", BLUE)):
        page.get_by_label(name).uncheck()
        drawn(page)
        assert not (np.abs(picture(page) - colour) < 30).all(axis=2).any()
        page.get_by_label(name).check()
    drawn(page)
    whole = picture(page)
    page.get_by_label("grid", exact=True).uncheck()
    drawn(page)
    assert (picture(page) != whole).any()


@slow
def test_space_turns_by_dragging_where_it_leans(opened: Open) -> None:
    page = opened(view=View(unit=1.6, turn=0.4, tilt=1.1, centre=(0.0, 0.3), eye=7.0))
    seek(page, 0.5)
    before = picture(page)
    page.mouse.move(300, 200)
    page.mouse.down()
    page.mouse.move(400, 200, steps=4)
    page.mouse.up()
    assert film(page, "painter.spaces.list[0].hand.turn") == pytest.approx(0.8, abs=0.1)
    drawn(page)
    assert (picture(page) != before).any()


@slow
def test_a_changed_weight_turns_the_sentence_that_it_breaks_red(opened: Open) -> None:
    page = opened()
    seek(page, 3.5)
    page.get_by_role("button", name="Touch it").click()
    page.get_by_text("Change a weight").click()
    weight = page.get_by_label("readout, weight 1 of neuron 1")
    weight.fill("-2")
    broken = page.locator("untangle-film .broken")
    expect(broken).to_contain_text("No longer: Other words")
    expect(broken).to_contain_text("0 of 6 points are right now, as trained 6")
    drawn(page)
    assert (np.abs(picture(page) - (255, 122, 107)) < 12).all(axis=2).sum() > 2000  # the caption itself
    weight.fill("2")
    expect(broken).to_have_count(0)
    expect(page.locator("untangle-film .touch")).to_contain_text("It is not proved")
    weight = page.get_by_label("layer 1, weight 1 of neuron 1")
    weight.fill("0.5")
    changed = Network(
        (Dense(np.array([[0.5, 0.1], [-0.3, 0.8]]), np.array([0.0, 0.1]), activation("tanh")),), NETWORK.readout
    )
    places = page.evaluate(
        f"Array.from({FILM}.painter.items.find(i => i.kind === 'dots').moved.at({FILM}.x).places.slice(0, 2))"
    )
    assert places == pytest.approx(list(changed.represent(np.array([[-1.0, -0.5]]))[0]))


# ---- what is drawn in a quick way ----


@slow
def test_pictures_that_are_kept_look_like_what_they_stand_for(opened: Open) -> None:
    """Items that stand still are drawn once. Half of them is see-through, and a fade lies over them."""

    def change(made: Any) -> None:
        shape = {"from": 0, "to": 120, "kind": "path", "outlines": [0], "stroke": [255, 255, 0, 200], "width": [0.05]}
        made.header["items"] += [
            {**shape, "id": 30 + k, "place": [0.3 * k, 0.2 * k], "fill": [40 * k, 80, 255 - 40 * k, 120]}
            for k in range(6)
        ]

    page = opened(change=change)
    kept, fresh, count = page.evaluate(
        f"""() => {{ const p = {FILM}.painter;
        const c = new OffscreenCanvas(1280, 720).getContext('2d', {{alpha: false, willReadFrequently: true}});
        const pixels = () => ({PIXELS})(c, 600, 100, 300, 260);
        p.draw(c, 40, 1280, 720); p.draw(c, 41, 1280, 720); p.draw(c, 42, 1280, 720);
        const kept = pixels(), count = p.kept.size;
        p.stands = () => false; p.draw(c, 42, 1280, 720); const fresh = pixels(); delete p.stands;
        return [kept, fresh, count]; }}"""
    )
    assert count == 1
    assert np.ptp(decoded(fresh)) > 200
    assert np.abs(decoded(kept) - decoded(fresh)).max() <= 3


@slow
def test_many_dots_look_like_dots_drawn_one_by_one(opened: Open) -> None:
    def change(made: Any) -> None:
        points = np.random.default_rng(3).uniform(-1.5, 1.5, (300, 2))
        dots = next(item for item in made.header["items"] if item["kind"] == "dots")
        dots["part_of"]["inputs"] = made.array(points)
        dots |= {"marker": "triangle", "radius": [0.09], "stroke": [0, 0, 0, 255], "width": [0.01]}

    page = opened(change=change)
    many, single = page.evaluate(
        f"""() => {{ const p = {FILM}.painter;
        const c = new OffscreenCanvas(1280, 720).getContext('2d', {{alpha: false, willReadFrequently: true}});
        const item = p.items.find(i => i.kind === 'dots');
        const pixels = () => ({PIXELS})(c, 340, 100, 600, 500);
        p.draw(c, 20, 1280, 720); p.kept.clear(); c.reset(); p.item(c, item, 1); const many = pixels();
        const colour = item.fill(20), all = new Float64Array(1200).map((_, i) => colour[i % 4]);
        item.colours = () => all; c.reset(); p.item(c, item, 1); return [many, pixels()]; }}"""
    )
    difference = np.abs(decoded(many) - decoded(single))
    assert (decoded(single)[..., 0] > 200).sum() > 5000
    assert difference.mean() < 3
    assert difference.max() < 140  # an eighth of a pixel at an edge


def ring_of_tubes(**look: Any) -> Any:
    """Return what makes the film by hand one tube, of 36 pixels, around a circle of 180."""

    def change(made: Any) -> None:
        angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        ring = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
        made.header["spaces"][0] |= {"dimension": 3, "moves": [], "time": [0]}
        tubes = {"from": 0, "to": 120, "kind": "tubes", "id": 5, "space": 0, "curves": [made.array(ring)],
                 "radius": 0.4, "along": 200, "around": 36, "colours": [[255, 0, 0, 255]], "light": [0, 0, 1],
                 "darkest": 0.25, "rim": 0.4, "far_share": 0, "cut": [0, 0, 0, 0], "fourth": [0], **look}  # fmt: skip
        made.header["items"] = [{**tubes, "side": "far"}, {**tubes, "id": 6, "side": "near"}]

    return change


FROM_ABOVE = View(unit=2.0, centre=(0.0, 0.3), eye=1e6)
ROW = round(360 - 0.3 * 90)  # through the ring's middle


@slow
def test_tubes_are_lit_and_lie_where_the_view_has_them(opened: Open) -> None:
    page = opened(view=FROM_ABOVE, change=ring_of_tubes())
    seek(page, 0.1)
    shown = picture(page)[..., 0]
    across = np.flatnonzero(shown[ROW] > 8)
    assert (across[0], across[-1]) == pytest.approx((640 - 90 * 2.4, 640 + 90 * 2.4), abs=3)
    inner = across[np.argmax(np.diff(across) > 5) + np.array([0, 1])]
    assert inner == pytest.approx([640 - 90 * 1.6, 640 + 90 * 1.6], abs=3)
    assert shown[ROW, 640 + 180] > 245  # its ridge faces the light
    assert shown[ROW, 640 + 180 + 35] < 120  # its rim is dark


@slow
@pytest.mark.parametrize("stripes", [0, 2])
def test_tubes_are_pink_where_they_are_wrong_and_striped(opened: Open, stripes: int) -> None:
    right = [float(k < 15 or k >= 45) for k in range(60)]  # the points right of the middle
    look = {"wrong": right, "pink": [1], "wrong_colour": [0, 0, 255, 255], "stripes": [stripes], "stripe": 0.5}
    page = opened(view=FROM_ABOVE, change=ring_of_tubes(**look))
    seek(page, 0.1)
    shown = picture(page)
    at = {d: shown[round(ROW - 180 * np.sin(d)), round(640 + 180 * np.cos(d))] for d in (0.5, 1.2, 2.0, 4.0, 5.5)}
    for angle, colour in at.items():
        # the second and the fourth quarter are dark
        dark = 0.5 if stripes and int(angle / (np.pi / 2)) % 2 else 1.0
        expected = (0, 0, 255 * dark) if np.cos(angle) > 0 else (255 * dark, 0, 0)
        assert colour == pytest.approx(expected, abs=12), angle


@slow
def test_rims_of_tubes_show_the_fourth_number(opened: Open) -> None:
    colours = [[0, 0, 255, 255], [255, 255, 255, 255], [0, 255, 0, 255]]
    look = {"fourth": [1], "fourth_colours": colours, "fourth_rim": 0.7, "fourth_stop": 0.5}
    page = opened(view=FROM_ABOVE, change=ring_of_tubes(**look))
    seek(page, 0.1)
    shown = picture(page)
    assert shown[ROW, 640 + 180] == pytest.approx((255, 0, 0), abs=10)
    rim = shown[ROW, 640 + 180 + round(36 * 0.85)]  # its normal leans to 0.53, and the fourth number is 0
    assert rim.min() > 240


@slow
def test_the_sheet_in_a_tube_is_even_and_does_not_hide_it(opened: Open) -> None:
    look = {"sheet": [0.5], "sheet_dots": 4000, "sheet_radius": 0.03, "sheet_colour": [0, 255, 0, 255]}
    page = opened(view=FROM_ABOVE, change=ring_of_tubes(**look))
    seek(page, 0.1)
    shown = picture(page)
    y, x = np.mgrid[: len(shown), : shown.shape[1]]
    far = np.hypot(x - 640, y - ROW)
    inside = shown[far < 100][:, 1]
    assert 90 < inside.mean() < 200
    quarters = [
        shown[(far < 100) & (a * (x - 640) > 0) & (b * (y - ROW) > 0)][:, 1].mean() for a in (1, -1) for b in (1, -1)
    ]
    assert np.ptp(quarters) < 6
    assert shown[ROW, 640 + 180, 1] < 5  # the tube lies before it
    assert not shown[far > 220].any()


@slow
@pytest.mark.parametrize(("steps", "stops"), [("steps", [1, 4]), ('steps="captions"', [2, 4])])
def test_in_steps_the_film_rests_at_each_stop(opened: Open, steps: str, stops: list[float]) -> None:
    page = opened(f"controls {steps}")
    assert film(page, "stops") == stops
    page.evaluate(f"{FILM}.playbackRate = 4; {FILM}.focus(); {FILM}.play()")
    until(page, f"{FILM}.paused")
    assert (film(page, "currentTime"), film(page, "ended")) == (stops[0], False)
    page.keyboard.press("PageDown")
    assert film(page, "paused") is False
    page.keyboard.press("PageDown")  # a second press jumps to the stop
    assert (film(page, "currentTime"), film(page, "paused")) == (4, True)
    page.keyboard.press("PageUp")
    assert film(page, "currentTime") == stops[0]
    page.evaluate(f"{FILM}.currentTime = 0.5; {FILM}.play()")
    page.evaluate(f"{FILM}.currentTime = 3.5")  # behind the stop: it plays to the end
    until(page, f"{FILM}.ended")


@slow
def test_without_steps_nothing_stops_the_film(opened: Open) -> None:
    page = opened("controls")
    assert film(page, "stops") == []
    page.evaluate(f"{FILM}.playbackRate = 4; {FILM}.focus(); {FILM}.play()")
    until(page, f"{FILM}.ended")
    page.keyboard.press("PageUp")
    assert film(page, "currentTime") == 4


@slow
@pytest.mark.parametrize(("choice", "verdict"), [("it can", "No: it cannot."), ("it cannot", "Right: it cannot.")])
def test_with_ask_the_film_rests_at_a_question_until_it_is_answered(opened: Open, choice: str, verdict: str) -> None:
    def change(made: Any) -> None:
        question = {"text": "Can it leave?", "start": 0.4, "end": 1.2, "choices": ["it can", "it cannot"], "answer": 1}
        made.header["questions"] = [question, {"text": "Without choices?", "start": 2, "end": 2.5}]

    page = opened("controls ask", change=change)
    film(page, "play()")
    until(page, f"{FILM}.paused")
    assert film(page, "currentTime") == 1  # where the pause ends, before the film takes the question away
    asked = page.locator("untangle-film .ask")
    expect(asked).to_have_attribute("aria-label", "Can it leave?")
    asked.get_by_role("button", name=choice, exact=True).click()
    expect(asked.get_by_role("status")).to_have_text(verdict)
    until(page, f"{FILM}.ended")
    seek(page, 0)
    expect(asked).to_be_hidden()
