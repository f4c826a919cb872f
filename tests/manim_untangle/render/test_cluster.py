"""Several processes of this machine draw the same film as one; one that is killed is replaced; all end together."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("distributed", reason="Dask is not installed: ./untangle setup cluster")

pytestmark = pytest.mark.slow

NAMES = ("lost", "paused", "good")
SMALL = ("-q", "l", "--resolution", "96,54")
MANY_PARTS = """
from pathlib import Path
from manim import *
import multiprocessing, os, time
import numpy as np

IN_WORKER = multiprocessing.parent_process() is not None

class ManyParts(Scene):
    def construct(self):
        dots = VGroup(*(Dot(p) for p in np.random.default_rng(1).normal(size=(9, 3))))
        wanderer = Dot(color=RED)
        wanderer.add_updater(lambda m, dt: m.shift(dt * np.array([np.sin(7 * self.time), np.cos(5 * self.time), 0])))
        self.add(wanderer)
        for k in range(5):
            {inside}
            self.play(Rotate(dots, 1 + np.random.rand()), run_time=0.3)
            self.wait(0.2)
"""


def parts(write_film: Any, inside: str = "pass") -> Path:
    path: Path = write_film("many_parts", MANY_PARTS.format(inside=inside))
    return path


def test_a_film_is_the_same_byte_for_byte_with_one_job_and_with_three(
    untangle: Callable[..., Any], write_film: Any
) -> None:
    film = parts(write_film)
    untangle("render", film, *SMALL, "--jobs", 1, "-o", "one")
    untangle("cache", "--clear")
    assert untangle("render", film, *SMALL, "--jobs", 3, "-o", "many").error == ""
    assert Path("many/many_parts/film.mp4").read_bytes() == Path("one/many_parts/film.mp4").read_bytes()


def test_a_killed_worker_is_replaced_and_its_segment_drawn_again(
    untangle: Callable[..., Any], write_film: Any, tmp_path: Path
) -> None:
    flag = tmp_path / "killed"
    die = (
        f"flag = Path({str(flag)!r})\n"
        "            if IN_WORKER and k == 2 and not flag.exists():\n"
        "                flag.touch()\n"
        "                dots.add_updater(lambda m, dt: dt and os.kill(os.getpid(), 9))"
    )
    said = untangle("render", parts(write_film, die), *SMALL, "--jobs", 2, "-o", "many")
    assert (said.code, said.error, flag.exists()) == (0, "", True)
    untangle("render", parts(write_film), *SMALL, "--no-cache", "-o", "one")
    assert Path("many/many_parts/film.mp4").read_bytes() == Path("one/many_parts/film.mp4").read_bytes()
    assert leftovers(tmp_path) == []


def test_a_film_with_which_each_worker_ends_ends_the_render(
    untangle: Callable[..., Any], write_film: Any, tmp_path: Path
) -> None:
    die = "if IN_WORKER and k == 2:\n                dots.add_updater(lambda m, dt: dt and os.kill(os.getpid(), 9))"
    said = untangle("render", parts(write_film, die), *SMALL, "--jobs", 2)
    assert said.code == 1
    assert said.error == (
        "error: 4 workers ended while they played many_parts.py. If memory is short, render with --jobs 1\n"
    )
    assert leftovers(tmp_path) == []


def test_workers_are_forked_and_have_the_environment_of_the_moment_in_which_they_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from manim_untangle.render.cluster import cluster

    for value in ("first", "second"):
        monkeypatch.setenv("UNTANGLE_TOLD", value)
        with cluster(1, None) as found:
            assert found.client.submit(os.getenv, "UNTANGLE_TOLD").result() == value
            assert found.client.submit(os.getppid).result() != os.getpid()  # but one that has imported what draws


def test_what_goes_wrong_in_a_worker_is_one_line_here(untangle: Callable[..., Any], write_film: Any) -> None:
    fail = "assert not (IN_WORKER and k == 3), 'not here'"
    said = untangle("render", parts(write_film, fail), *SMALL, "--jobs", 2)
    assert (said.code, said.error) == (1, "error: AssertionError: not here (many_parts.py, line 16)\n")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_film_that_is_never_the_same_is_refused_where_its_parts_would_not_fit(
    untangle: Callable[..., Any], write_film: Any, jobs: int
) -> None:
    film = parts(write_film, "dots.add_updater(lambda m, dt: m.shift(RIGHT * (time.time_ns() % 1000) * 1e-4))")
    untangle("render", film, *SMALL)
    said = untangle("render", film, *SMALL, "--jobs", jobs)
    if said.code:  # with one job all of it may look new, and then it is drawn in one going
        assert said.code == 1
        assert "looks different each time it is made" in said.error
    else:
        assert jobs == 1


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_every_process_and_leaves_nothing_half_done(
    write_film: Any, tmp_path: Path, jobs: int, number: signal.Signals
) -> None:
    mark = tmp_path / "drawing"
    slow = (
        f"if IN_WORKER is {jobs > 1}:\n"
        f"                Path({str(mark)!r}).touch()\n"
        "                dots.add_updater(lambda m, dt: time.sleep(0.3))"
    )
    film = parts(write_film, slow)
    command = [sys.executable, "-m", "manim_untangle", "render", str(film), *SMALL, "--jobs", str(jobs)]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "UNTANGLE_CACHE": str(tmp_path / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for(mark.exists)
        time.sleep(0.5)
        os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        out, error = process.communicate(timeout=30)
        assert (process.returncode, out) == (1, "")
        assert error == "error: stopped. What is finished is kept: run the same command again to go on\n"
        wait_for(lambda: not members(process.pid))
        assert leftovers(tmp_path) == []
        assert not list(tmp_path.glob("renders/many_parts/*"))
    finally:
        if members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)


def test_films_are_right_though_workers_are_killed_at_random() -> None:
    from benchmarks.kills import kills

    found = kills(renders=4)
    assert found.wrong == []
    assert found.killed > 0


def test_a_script_that_starts_processes_whatever_its_name_is_told_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from manim_untangle.render.cluster import workers_of
    from netlib.errors import UntangleError

    def fail(**options: Any) -> None:
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr("distributed.LocalCluster", fail)
    with pytest.raises(
        UntangleError, match=r'In a script, put what uses several jobs below: if __name__ == "__main__":'
    ):
        workers_of(2).__enter__()
    # as in a process that has just started, and imports the script
    monkeypatch.setattr(multiprocessing.current_process(), "_inheriting", True, raising=False)
    with pytest.raises(SystemExit):
        workers_of(2).__enter__()


def test_versions_are_asked_of_workers_that_live_and_none_that_is_lost_meanwhile_is_refused() -> None:
    from manim_untangle.render.cluster import Cluster
    from manim_untangle.render.versions import OtherVersion

    answers: dict[str, Any] = {"lost": OSError("the stream is closed"), "good": version("numpy")}
    asked = list[list[str]]()

    class Client:
        status, scheduler, _run = "running", SimpleNamespace(identity="identity"), "run"

        def sync(self, what: Any, *arguments: Any, **how: Any) -> Any:
            if what == "identity":
                return {"workers": {name: {"last_seen": 0.0 if name == "paused" else 100.0} for name in NAMES}}
            asked.append(how["workers"])
            return answers

    Cluster(Client(), "the scheduler").refuse_other("numpy")
    assert asked == [["lost", "good"]]
    answers["good"] = "0.0"
    with pytest.raises(OtherVersion, match=r"worker good has numpy 0\.0"):
        Cluster(Client(), "the scheduler").refuse_other("numpy")


def test_without_dask_one_process_draws_and_several_are_refused_with_the_cure(
    untangle: Callable[..., Any], tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("dask", "distributed"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it fails
    monkeypatch.setattr("manim_untangle.render.cluster.has_dask", lambda: False)
    monkeypatch.setattr(os, "cpu_count", lambda: 32)
    assert untangle("render", tiny, *SMALL).code == 0
    for words in (("--jobs", 2), ("--scheduler", "tcp://127.0.0.1:8786")):
        said = untangle("render", tiny, *SMALL, *words)
        assert said.code == 1
        assert said.error == (
            "error: several processes draw by Dask, which is not installed. "
            'Run: pip install "manim-untangle[cluster]", or say --jobs 1\n'
        )


def wait_for(condition: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob("*partial*"))
