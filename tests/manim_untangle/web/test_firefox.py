"""<untangle-film> in the Firefox of this machine: it draws, plays, says its words, obeys keys, and can be touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.documents import served
from benchmarks.firefox import Firefox, firefox, firefox_path
from manim_untangle.stage.view import View
from netlib import Dense, Network, activation

from .page import FILM, drawn, film, middle, picture, seek, until

VIEW = View(unit=2.0, centre=(0.0, 0.3), eye=9.0)
LEANING = View(unit=1.6, turn=0.4, tilt=1.1, centre=(0.0, 0.3), eye=7.0)
NETWORK = Network(
    (Dense(np.array([[1.2, 0.1], [-0.3, 0.8]]), np.array([0.0, 0.1]), activation("tanh")),),
    Dense(np.array([[2.0, 0.1]]), np.array([0.0])),
)
LEFT_ARROW, END = "\ue012", "\ue010"


@contextmanager
def opened(page: Firefox, timeline: bytes, folder: Path) -> Iterator[None]:
    file = folder / "film.timeline"
    file.write_bytes(timeline)
    with served(file) as address:
        page.goto(f"{address}/page.html")
        until(page, f"{FILM}.readyState === 4")
        yield


@pytest.mark.slow
def test_a_film_is_drawn_played_and_touched_in_firefox(film_by_hand: Any, tmp_path: Path) -> None:
    pytest.importorskip("websocket", reason="websocket-client is not installed: pip install websocket-client")
    if firefox_path() is None:
        pytest.skip("no Firefox is installed: apt-get install firefox-esr")
    with firefox() as page:
        with opened(page, film_by_hand(NETWORK, VIEW).timeline(), tmp_path):
            seek(page, 0.2)
            points = np.array([[-1.0, -0.5], [-0.8, 0.4], [-0.6, 0.0]])
            expected = np.array([640, 360]) + 90 * (points @ np.diag([2, -2]) + [0, -0.3]).mean(axis=0)
            assert np.allclose(middle(picture(page), (255, 0, 0)), expected, atol=0.6)

            film(page, "playbackRate = 4")
            film(page, "play()")
            until(page, f"{FILM}.ended")
            assert page.evaluate(f"{FILM}.words.root.textContent") == "Other words"

            page.evaluate(f"{FILM}.focus()")
            page.press(LEFT_ARROW)
            assert film(page, "currentTime") == pytest.approx(3)
            page.press(END)
            assert film(page, "currentTime") == pytest.approx(4)

            for pointer, start, end in (("mouse", (700, 330), (760, 300)), ("touch", (760, 300), (720, 320))):
                page.drag([start, (740, 310), end], pointer)
                assert film(page, "touch.pointOnScreen") == pytest.approx(end, abs=0.5)
                there = VIEW.project(NETWORK.represent(np.array([film(page, "touch.point")])))[0]
                wide = page.evaluate(f"{FILM}.canvas.getBoundingClientRect().width")  # a bar to scroll by takes some
                scale = wide / 14.222222
                assert (wide / 2 + scale * there[0], scale * (4 - there[1])) == pytest.approx(end, abs=0.5)
        with opened(page, film_by_hand(NETWORK, LEANING).timeline(), tmp_path):
            seek(page, 0.5)
            before = picture(page)
            page.drag([(300, 200), (350, 200), (400, 200)], "touch")
            assert film(page, "painter.spaces.list[0].hand.turn") == pytest.approx(0.8, abs=0.1)
            drawn(page)
            assert (picture(page) != before).any()
        assert page.complaints == []
