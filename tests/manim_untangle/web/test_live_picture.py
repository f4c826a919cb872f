"""The live picture of a network, in a real Chromium: the player with the attribute `touch`, as `explore` shows it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manim_untangle.publish.pages import explorer_page
from manim_untangle.web.network import Explored
from netlib import Dataset, Dense, Network, Trajectory, activation, dataset

from .page import FILM, drawn, expect, film, picture, until

pytestmark = pytest.mark.slow
TIME = f"{FILM}.touch.space.at({FILM}.x).t"


def network(*widths: int, seed: int = 0) -> Network:
    rng = np.random.default_rng(seed)
    layers = [
        Dense(rng.normal(size=(m, n)), 0.3 * rng.normal(size=m), activation("tanh"))
        for n, m in itertools.pairwise(widths)
    ]
    return Network(tuple(layers[:-1]), Dense(layers[-1].weight, layers[-1].bias))


PLANE, SPACE = network(2, 2, 2, 1), network(3, 4, 3, 1, seed=3)
RING = dataset("disk_in_ring:n=80")
Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Return a function that opens the live picture of a network; after the test nothing was complained of."""
    contexts, complaints = list[Any](), list[str]()

    def open_page(
        shown: Network = PLANE, data: Dataset | None = RING, together: bool = False, width: int = 1280, **options: Any
    ) -> Any:
        file = tmp_path / "page.html"
        file.write_text(explorer_page("Live", Explored(shown, data, "", together)), encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": width, "height": 1000}, **options))
        page = contexts[-1].new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri())
        until(page, f"{FILM}.readyState === 4")
        drawn(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def go(page: Any, seconds: float) -> None:
    page.evaluate(f"{FILM}.currentTime = {seconds}")
    until(page, f"!{FILM}.seeking")


def test_it_goes_through_the_network_by_keyboard_and_by_buttons(opened: Open) -> None:
    page = opened()
    now, time = page.locator(".now"), page.get_by_role("slider", name="Time")
    expect(now).to_have_text("Input")
    time.press("End")
    expect(now).to_have_text("After layer 2")
    time.press("Home")
    until(page, f"!{FILM}.seeking")
    film(page, "step(1)")
    until(page, f"{TIME} > 0.9 && {FILM}.paused")
    expect(now).to_contain_text("Layer 1: stretch by ")
    page.get_by_role("button", name="layer 1").click()
    expect(now).to_have_text("After layer 1")
    assert page.evaluate(TIME) == pytest.approx(4)
    expect(page.get_by_role("button", name="layer 1")).to_have_attribute("aria-pressed", "true")


def test_w_x_plus_b_is_taken_apart_or_one_move_in_the_same_time(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="layer 2").click()
    until(page, f"{TIME} > 7.99")
    page.get_by_label("class 1").uncheck()
    place = film(page, "touch.pointOnScreen")
    switch = page.get_by_label("one move at a time")
    assert switch.is_checked()
    switch.focus()
    switch.press("Space")
    drawn(page)
    assert page.evaluate(TIME) == pytest.approx(4)  # the same place, in half as many moves
    assert film(page, "touch.pointOnScreen") == pytest.approx(place)
    assert film(page, "shadowRoot.activeElement.parentElement.textContent") == "one move at a time"
    assert not page.get_by_label("class 1").is_checked()
    go(page, 1.0)
    expect(page.locator(".now")).to_have_text("Layer 1: W x + b")
    halfway = page.evaluate(f"Array.from({FILM}.painter.items.find(i => i.told.label === 0).moved.at({FILM}.x).places)")
    way, t = Trajectory.through(PLANE), page.evaluate(TIME)
    affine = way.moves[:3]
    points = RING.of_class(0)
    for move in affine:
        points = move.at(points, t)
    assert np.abs(np.reshape(halfway, (-1, 2)) - points).max() < 1e-5


def test_it_plays_to_the_end_with_its_point_and_can_be_paused(opened: Open) -> None:
    page = opened(network(2, 2, 1))
    page.get_by_label("class 1").uncheck()
    point = film(page, "touch.point")
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, f"{TIME} > 0.05")
    page.get_by_role("button", name="Pause").click()
    paused = film(page, "currentTime")
    until(page, f"{FILM}.paused")
    assert film(page, "currentTime") == paused
    film(page, "playbackRate = 8")
    film(page, "play()")
    until(page, f"{FILM}.ended")
    assert film(page, "touch.point") == point
    assert not page.get_by_label("class 1").is_checked()
    drawn(page)
    frames = film(page, "frames")
    page.wait_for_timeout(300)
    assert film(page, "frames") == frames  # nothing is drawn while nothing moves
    page.get_by_role("button", name="As it was").click()
    assert page.get_by_label("class 1").is_checked()


def test_with_reduced_motion_it_goes_by_steps(opened: Open) -> None:
    page = opened(reduced_motion="reduce")
    page.get_by_role("button", name="Step to the end of the next move").click()
    until(page, f"!{FILM}.seeking")
    assert page.evaluate(TIME) == pytest.approx(1, abs=1e-4)
    assert film(page, "paused")


@pytest.mark.parametrize(("shown", "seconds"), [(PLANE, 0), (PLANE, 6.0), (SPACE, 1.0)])
def test_the_point_follows_the_pointer_wherever_space_is(opened: Open, shown: Network, seconds: float) -> None:
    page = opened(shown, RING if shown is PLANE else dataset("linked_rings:n=60"))
    go(page, seconds)
    box = page.locator("untangle-film canvas").first.bounding_box()
    x, y = film(page, "touch.pointOnScreen")
    before = film(page, "touch.point")
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.down()
    page.mouse.move(box["x"] + x + 12, box["y"] + y - 9, steps=4)
    page.mouse.up()
    drawn(page)
    assert film(page, "touch.pointOnScreen") == pytest.approx([x + 12, y - 9], abs=1.5)
    assert film(page, "touch.point") != before
    expect(page.locator(".touch [role=status]").first).to_contain_text("The point (")


def test_a_click_puts_the_point_there_and_keys_move_it(opened: Open) -> None:
    page = opened()
    canvas = page.locator("untangle-film canvas").first
    canvas.click(position={"x": 300, "y": 120})
    drawn(page)
    assert film(page, "touch.pointOnScreen") == pytest.approx([300, 120], abs=1)
    before, scrolled = film(page, "touch.point"), page.evaluate("scrollY")
    canvas.press("ArrowRight")
    canvas.press("ArrowUp")
    assert film(page, "touch.point") == pytest.approx([before[0] + 0.05, before[1] + 0.05])
    assert page.evaluate("scrollY") == scrolled
    said = page.locator(".touch [role=status]").first
    assert said.get_attribute("aria-live") == "polite"
    film(page, "play()")
    until(page, f"{TIME} > 0.05")
    assert said.get_attribute("aria-live") == "off"  # nobody can listen to sixty sentences a second


def test_the_sentence_says_where_the_point_is_and_what_the_network_answers(opened: Open) -> None:
    page = opened()
    page.evaluate(f"{FILM}.touch.point = [0.25, -0.5]; {FILM}.touch.changed()")
    page.get_by_role("button", name="layer 2").click()
    point = np.array([[0.25, -0.5]])
    value, place = float(PLANE(point)[0, 0]), PLANE.represent(point)[0]
    where = f"is now at ({place[0]:.2f}, {place[1]:.2f}). ".replace("-", "−")
    answer = f"output for it is {value:.2f}: class {int(value > 0)}.".replace("-", "−")
    expect(page.locator(".touch [role=status]").first).to_contain_text(f"{where}The network’s {answer}")


def test_everything_is_switched_off_and_on(opened: Open) -> None:
    page = opened()
    whole = picture(page)
    names = ("class 0", "class 1", "ghost grid", "grid", "boundary", "loops", "answered wrong")
    for name in names:
        page.get_by_label(name, exact=True).uncheck()
        drawn(page)
        assert (picture(page) != whole).any(), name
        page.get_by_label(name, exact=True).check()
        drawn(page)
        assert (picture(page) == whole).all(), name


def test_space_is_turned_by_dragging_and_by_keys_and_stays_so(opened: Open) -> None:
    page = opened(SPACE, dataset("linked_rings:n=60"))
    hand = "painter.spaces.list[0].hand"
    box = page.locator("untangle-film canvas").first.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 30, steps=3)
    page.mouse.up()
    turned = film(page, f"{hand}.turn")
    assert turned > 0.5
    page.locator("untangle-film canvas").first.press("Shift+ArrowLeft")
    assert film(page, f"{hand}.turn") < turned
    go(page, 2.0)
    assert film(page, f"{hand}.turn") == pytest.approx(turned - 0.1)


def test_a_fourth_neuron_is_shown_as_colour(opened: Open) -> None:
    page = opened(SPACE, dataset("linked_rings:n=60"), together=True)
    page.get_by_role("button", name="layer 1").click()
    expect(page.locator(".now")).to_have_text("After layer 1 (the fourth neuron is shown as colour)")
    colours = page.evaluate(
        f"""() => {{ const p = {FILM}.painter, item = p.items.find(i => i.told.label === 0);
        return [Array.from(item.moved.at(p.x).places), Array.from(item.tint.colours)]; }}"""
    )
    places, shown = (np.reshape(each, (-1, 4)) for each in colours)
    ends = np.array([[143, 99, 255], [232, 232, 232], [168, 224, 60]])
    wanted = np.column_stack([np.interp(places[:, 3], (-1, 0, 1), band) for band in ends.T])
    assert np.abs(shown[:, :3] - wanted).max() < 1.5
    expect(page.locator(".touch")).to_contain_text("4th neuron: −1")


def test_of_two_points_the_nearer_one_hides_the_other(opened: Open) -> None:
    """Whatever their classes."""
    points = np.array([[0, -0.6, 0.35], [0, 0.6, -0.35], [1, 0, 0], [-1, 0, 0]])
    page = opened(SPACE, Dataset("", points, np.array([0, 1, 0, 1])))
    order = page.evaluate(
        f"""() => {{ const p = {FILM}.painter, seen = [], some = p.some;
        p.some = (ctx, item, place, opacity, chosen) => seen.push(...(chosen ?? []).map(i => [item.told.label, i]));
        {FILM}.touch.changed(); p.draw({FILM}.context, 0, 960, 540); p.some = some;
        const near = ([label, i]) => {{ const item = p.items.find(o => o.told.label === label);
          return item.space.view(0).project(item.moved.at(0), true).depths[i]; }};
        return seen.map(near); }}"""
    )
    assert len(order) == 4
    assert order == sorted(order)


def test_with_other_weights_the_view_holds_the_data(opened: Open) -> None:
    page = opened(network(2, 2, 1))
    page.get_by_role("button", name="layer 1").click()
    page.get_by_text("Change a weight").click()
    go(page, 2.5)
    page.get_by_label("layer 1, weight 1 of neuron 1").fill("30")
    drawn(page)
    far = page.evaluate(
        f"""() => {{ const {{ painter: p, touch }} = {FILM}, out = [];
        for (const {{ item }} of touch.parts(touch.space)) out.push(...p.samples(item, p.places.moved).points);
        return Math.max(...out.map(Math.abs)); }}"""
    )
    assert 2 < far <= 4
    expect(page.locator(".touch")).to_contain_text("of the points are right")


def test_a_phone_moves_the_point_by_touch(opened: Open) -> None:
    page = opened(width=390, is_mobile=True, has_touch=True)
    canvas = page.locator("untangle-film canvas").first
    box = canvas.bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=1)  # a square, so that there is something to see
    page.touchscreen.tap(box["x"] + 300, box["y"] + 310)
    until(page, f"Math.hypot({FILM}.touch.pointOnScreen[0] - 300, {FILM}.touch.pointOnScreen[1] - 310) < 1.5")
    touched = page.evaluate(
        f"""() => {{ const c = {FILM}.canvas, b = c.getBoundingClientRect(), [x, y] = {FILM}.touch.pointOnScreen;
        const at = (dx) => new Touch({{identifier: 1, target: c, clientX: b.left + x + dx, clientY: b.top + y}});
        const start = (dx) => c.dispatchEvent(
          new TouchEvent('touchstart', {{touches: [at(dx)], cancelable: true, bubbles: true}}));
        return [start(0), start(150)]; }}"""
    )
    assert touched == [False, True]  # on the point the page stays, elsewhere it scrolls


def test_targets_have_no_class_and_a_network_without_data_answers(opened: Open) -> None:
    data = Dataset("", np.linspace(-1, 1, 9)[:, None], np.linspace(0, 1, 9), regression=True)
    said = opened(network(1, 2, 1), data).locator(".touch [role=status]").first
    expect(said).not_to_contain_text("class")
    said = opened(network(2, 2, 1), None).locator(".touch [role=status]").first
    expect(said).to_contain_text(": answer ")
    expect(said).to_contain_text("The point (0.40, 0.40).")


def test_axe_finds_nothing(opened: Open) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(bypass_csp=True)
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
