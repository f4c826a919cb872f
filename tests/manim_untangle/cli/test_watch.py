"""`untangle watch`: a page that shows each change of a film, and its mistakes, while the film is written."""

from __future__ import annotations

import http.client
import json
import queue
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from manim_untangle.cli.watch import follow
from manim_untangle.publish.live import LiveServer
from manim_untangle.publish.server import PortTaken
from manim_untangle.render.films import FilmFile
from manim_untangle.web.container import header_of
from manim_untangle.web.live import LiveFilm
from tests.manim_untangle.web.page import until as holds

until = partial(holds, seconds=60.0)
FILM = """
    from manim import BLUE, RIGHT, Scene, Square

    class Moving(Scene):
        '''A square moves.'''
        def construct(self):
            square = Square(color=BLUE, fill_opacity=1)
            self.add(square)
            self.wait(1)
            self.play(square.animate.shift(3 * RIGHT), run_time=2)
            self.wait(1)
"""


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with LiveServer("A film", port=0) as made:
        made.start()
        yield made
        made.shutdown()


@pytest.fixture
def live(write_film: Callable[[str, str], Path]) -> LiveFilm:
    return LiveFilm(FilmFile(write_film("moving", FILM)))


def edit(live: LiveFilm, old: str, new: str) -> None:
    path = live.film.path
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def events(server: LiveServer) -> queue.Queue[dict[str, Any]]:
    """The states that a page is told, as they come."""
    told = queue.Queue[dict[str, Any]]()

    def read() -> None:
        with urllib.request.urlopen(f"{server.url}changes", timeout=20) as answer:
            assert answer.headers["Content-Type"] == "text/event-stream"
            for line in answer:
                if line.startswith(b"data: "):
                    told.put(json.loads(line[6:]))

    threading.Thread(target=read, daemon=True).start()
    return told


def post(server: LiveServer, body: str, path: str = "/moment") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.request("POST", path, body)
    status = connection.getresponse().status
    connection.close()
    return status


def fetched(server: LiveServer, path: str) -> bytes:
    with urllib.request.urlopen(server.url + path, timeout=10) as answer:
        return bytes(answer.read())


@pytest.mark.slow
def test_a_page_is_told_of_each_change_and_gets_the_film(server: LiveServer, live: LiveFilm) -> None:
    told, said = events(server), list[str]()
    assert told.get(timeout=10)["version"] == 0
    follow(live, server, said.append)
    assert told.get(timeout=10)["whole"] is False  # its beginning
    first = told.get(timeout=10)
    assert first["whole"]
    assert header_of(fetched(server, f"film.timeline?{first['version']}"))["frames"] == 120
    edit(live, "self.wait(1)", "self.wait(2)")
    follow(live, server, said.append)
    glance, whole = told.get(timeout=10), told.get(timeout=10)
    assert (glance["whole"], whole["whole"]) == (False, True)
    assert first["version"] < glance["version"] < whole["version"]
    assert header_of(fetched(server, "film.timeline"))["frames"] == 180
    twice = 2 * ["0.0 s is shown after ", "all of it is shown after "]
    assert [re.sub(r"[\d.]+ s$", "", line) for line in said] == [f"moving.py: {line}" for line in twice]


@pytest.mark.slow
def test_a_mistake_is_told_in_one_line_and_the_last_good_film_stays(
    server: LiveServer, live: LiveFilm, capsys: pytest.CaptureFixture[str]
) -> None:
    follow(live, server, lambda _: None)
    good = fetched(server, "film.timeline")
    edit(live, "square.animate", "sqare.animate")
    told = events(server)
    version = told.get(timeout=10)["version"]
    follow(live, server, lambda _: None)
    line = "moving.py, line 10: NameError: name 'sqare' is not defined"
    assert told.get(timeout=10) == {"title": "A film", "version": version, "whole": True, "fault": line}
    assert capsys.readouterr().err == f"error: {line}\n"
    assert fetched(server, "film.timeline") == good
    edit(live, "sqare.animate", "square.animate")
    follow(live, server, lambda _: None)
    assert told.get(timeout=10)["fault"] == ""


@pytest.mark.slow
def test_the_moment_that_a_page_tells_is_the_one_that_is_shown_first(server: LiveServer, live: LiveFilm) -> None:
    said = list[str]()
    follow(live, server, said.append)
    assert post(server, "2.25") == 204
    follow(live, server, said.append)
    assert said[2].startswith("moving.py: 2.2 s is shown after ")
    for wrong in ("nan", "inf", "soon", "1" * 40, ""):
        assert post(server, wrong) in (400, 404)
    assert post(server, "1", "/other") == 404
    assert server.moment == 2.25


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_in_one_line(server: LiveServer, untangle: Callable[..., Any], tiny: Path) -> None:
    said = untangle("watch", tiny, "--port", server.server_address[1])
    assert said.code == 1
    assert said.error.startswith(f"error: 127.0.0.1:{server.server_address[1]} cannot be opened")
    with pytest.raises(PortTaken):
        LiveServer("Another", port=server.server_address[1])


@pytest.mark.slow
def test_an_unknown_film_is_a_wrong_name(untangle: Callable[..., Any]) -> None:
    said = untangle("watch", "too_narow")
    assert said.code == 2
    assert "too_narrow" in said.error


@pytest.mark.slow
def test_a_saved_change_is_seen_in_the_browser_at_the_moment_where_one_was(
    browser: Any, write_film: Callable[[str, str], Path], tmp_path: Path
) -> None:
    path = write_film("moving", FILM)
    command = [sys.executable, "-m", "manim_untangle", "watch", str(path), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    complaints = list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        page.goto(url)
        page.evaluate(TOOLS)
        until(page, "film.readyState === 4 && !document.getElementById('note').textContent")  # all of it is there
        page.evaluate("film.currentTime = 3.5")
        until(page, "colour(0.711, 0.5)[2] > 200 && film.currentTime === 3.5")  # it stands 3 to the right
        page.wait_for_timeout(600)  # the page tells its moment
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("BLUE", "RED"), encoding="utf-8")
        until(page, "colour(0.711, 0.5)[0] > 200")
        assert page.evaluate("[film.currentTime, film.paused]") == [3.5, True]
        path.write_text(text.replace("shift(3", "shft(3"), encoding="utf-8")
        until(page, "!document.getElementById('fault').hidden")
        assert page.inner_text("#fault").startswith("moving.py, line 10: AttributeError: ")
        assert page.evaluate("colour(0.711, 0.5)[0] > 200")  # the last good film stays
        path.write_text(text.replace("wait(1)", "wait(0.5)"), encoding="utf-8")  # now the film is shorter
        until(page, "film.duration === 3 && film.currentTime === 3")
        until(page, "colour(0.711, 0.5)[2] > 200 && document.getElementById('fault').hidden")
        assert complaints == []
    finally:
        page.close()
        process.terminate()
        _, error = process.communicate(timeout=30)
    assert error.count("\n") == 1


@pytest.mark.slow
def test_axe_finds_nothing_in_the_page_with_a_film_and_a_mistake(
    browser: Any, server: LiveServer, live: LiveFilm
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    server.show(live.whole(), whole=True)
    server.fail("moving.py, line 10: NameError: name 'sqare' is not defined")
    context = browser.new_context(viewport={"width": 390, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(server.url)
    until(page, "document.querySelector('untangle-film').readyState === 4")
    until(page, "!document.getElementById('fault').hidden")
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()


TOOLS = """() => {
  window.film = document.querySelector("untangle-film");
  window.colour = (x, y) => {
    const [left, top] = [x * film.canvas.width, y * film.canvas.height].map(Math.round);
    return [...film.canvas.getContext("2d").getImageData(left, top, 1, 1).data];
  };
}"""
