"""A scheduler and workers in processes of their own, with other folders, homes and caches, draw what one process draws;
and what fails in any of them leaves a whole film or one line."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed", reason="Dask is not installed: ./untangle setup cluster")
psutil = pytest.importorskip("psutil")

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
SMALL = ("-q", "l", "--resolution", "96,54")
# A worker that imports this does not find the command's files, as if it were on another machine.
ELSEWHERE = """
from manim_untangle.render.worker import Work
Work.shares_cache = property(lambda work: False)
"""
FILM = """
from pathlib import Path
from manim import *
import os, signal, time
import numpy as np
from shapes_of_mine import shape

NAME = os.environ.get("WORKER_NAME", "")

class Far(Scene):
    def construct(self):
        turn = float(Path(__file__).with_name("turn.txt").read_text())
        dots = VGroup(*(shape(p) for p in np.random.default_rng(1).normal(size=(9, 3))))
        wanderer = Dot(color=RED)
        wanderer.add_updater(lambda m, dt: m.shift(dt * np.array([np.sin(7 * self.time), np.cos(5 * self.time), 0])))
        self.add(wanderer)
        for k in range(6):
            {inside}
            self.play(Rotate(dots, turn + np.random.rand()), run_time=0.3)
            self.wait(0.2)
"""


class Processes:
    """A scheduler, and workers by name."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.running = folder, dict[str, subprocess.Popen[bytes]]()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        self.start("scheduler", "scheduler", "--host", self.address, "--no-dashboard")

    def worker(self, name: str, *, far: bool = True, largest_file: int | None = None, path: str = "") -> None:
        """Start a worker. far: without the command's files. largest_file: in bytes. path: before our own modules."""
        words = ["worker", self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard"]
        words += ["--local-directory", str(self.folder / name / "scratch"), "--preload", "manim_untangle.render.worker"]
        if far:
            (self.folder / "elsewhere.py").write_text(ELSEWHERE)
            words += ["--preload", str(self.folder / "elsewhere.py")]
        self.start(name, *words, largest_file=largest_file, path=path)

    def start(self, name: str, *words: str, largest_file: int | None = None, path: str = "") -> None:
        home = self.folder / name
        home.mkdir(exist_ok=True)
        own = {"HOME": str(home), "UNTANGLE_CACHE": str(home / "cache"), "WORKER_NAME": name}
        limit = largest_file and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file)))
        with (home / "log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                cwd=home,
                env={**os.environ, **own, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}", "OMP_NUM_THREADS": "1"},
                stdout=subprocess.DEVNULL if largest_file else log,
                stderr=subprocess.DEVNULL if largest_file else log,
                preexec_fn=limit,
            )

    def wait_for(self, count: int) -> None:
        """Wait until so many workers are connected."""
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)
            wait_for(lambda: len(client.nthreads()) == count)

    def end(self, *names: str) -> None:
        for name in names:
            process = self.running.pop(name)
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """A scheduler with two workers: "far" has none of the command's files, "near" shares its disk."""
    made = Processes(tmp_path_factory.mktemp("cluster"))
    try:
        made.worker("far")
        made.worker("near", far=False)
        yield made
    finally:
        made.end(*list(made.running))


@pytest.fixture
def scheduler(processes: Processes) -> Iterator[str]:
    """The address; workers that a test adds end with it."""
    processes.wait_for(2)
    yield processes.address
    processes.end(*[name for name in processes.running if name not in ("scheduler", "far", "near")])


@pytest.fixture
def far_film(write_film: Any, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a film with a module and a file of its own."""

    def write(inside: str = "pass") -> Path:
        write_film("shapes_of_mine", "from manim import Dot\ndef shape(p):\n    return Dot(p)\n")
        (tmp_path / "turn.txt").write_text("1.25")
        path: Path = write_film("far", FILM.format(inside=inside))
        return path

    return write


def film_of_one(untangle: Callable[..., Any], film: Path) -> bytes:
    """The film as one process draws it."""
    assert untangle("render", film, *SMALL, "--jobs", 1, "--no-cache", "-o", "one").code == 0
    return Path("one/far/film.mp4").read_bytes()


def test_the_film_is_the_same_byte_for_byte_whoever_draws_it(
    untangle: Callable[..., Any], scheduler: str, far_film: Callable[..., Path], processes: Processes
) -> None:
    film = far_film()
    alone = film_of_one(untangle, film)
    said = untangle("render", film, *SMALL, "--scheduler", scheduler, "-o", "many")
    assert (said.code, said.error) == (0, "")
    assert Path("many/far/film.mp4").read_bytes() == alone
    assert Path("many/far/film.json").read_text() == Path("one/far/film.json").read_text().replace("one", "many")
    assert list(processes.folder.rglob("far/cache/segments/*.mp4")), "the far worker drew nothing"
    assert not list(processes.folder.rglob("*.partial"))


def test_films_of_a_catalogue_are_drawn_at_once_and_each_goes_to_its_folder(
    untangle: Callable[..., Any], scheduler: str, far_film: Callable[..., Path], tiny: Path, monkeypatch: Any
) -> None:
    film = far_film()
    alone = film_of_one(untangle, film)
    untangle("render", tiny, *SMALL, "--no-cache", "-o", "one")
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", scheduler)
    said = untangle("render", film, tiny, *SMALL, "-o", "many")
    assert (said.code, said.error) == (0, "")
    assert Path("many/far/film.mp4").read_bytes() == alone
    assert Path("many/tiny_film/film.mp4").read_bytes() == Path("one/tiny_film/film.mp4").read_bytes()


OF_WEIGHTS = """
from manim import *
from manim_untangle import Film
from netlib import Recipe

MINE = Recipe("moons", (2, 1), seed={seed})

class OfWeights(Film):
    recipes = (MINE,)

    def construct(self):
        x, y = self.load(MINE).hidden[0].bias
        self.play(FadeIn(Dot((x, y, 0))), run_time=0.3)
"""


@pytest.mark.parametrize("chosen", [(), ("--weights", "shelf")], ids=["beside the film", "chosen"])
def test_weights_travel_with_the_film(
    untangle: Callable[..., Any], scheduler: str, write_film: Any, chosen: tuple[str, ...]
) -> None:
    from netlib import Network, Recipe
    from netlib.activations import activation
    from netlib.layers import Dense
    from netlib.training.recipe import save_weights

    recipe, folder = Recipe("moons", (2, 1), seed=77), Path(chosen[-1] if chosen else "weights")
    network = Network((Dense([[1, 2], [0, 1]], [1.5, -1], activation("tanh")),), Dense([[1, 1]], [0]))
    save_weights(network, recipe, {}, folder / recipe.path.name)
    film = write_film("of_weights", OF_WEIGHTS.format(seed=77))
    said = untangle("render", film, *SMALL, *chosen, "--scheduler", scheduler, "-o", "many")
    assert (said.code, said.error) == (0, "")
    untangle("render", film, *SMALL, *chosen, "--no-cache", "--jobs", 1, "-o", "one")
    for name in ("film.mp4", recipe.path.name):
        assert Path("many/of_weights", name).read_bytes() == Path("one/of_weights", name).read_bytes()


@pytest.mark.parametrize(("name", "how"), [("killed", "SIGKILL"), ("paused", "SIGSTOP")])
def test_what_a_worker_had_in_hand_that_is_killed_or_stands_still_is_drawn_by_others(
    untangle: Callable[..., Any],
    scheduler: str,
    far_film: Callable[..., Path],
    processes: Processes,
    monkeypatch: Any,
    name: str,
    how: str,
) -> None:
    from manim_untangle.render import cluster, dispatch
    from manim_untangle.render.cluster import workers_of

    monkeypatch.setattr(cluster, "STUCK_SECONDS", 12)
    monkeypatch.setattr(dispatch, "PATIENCE", 600)
    film = far_film(f"if NAME == '{name}' and k == 1: os.kill(os.getpid(), signal.{how})")
    alone = film_of_one(untangle, film)
    processes.worker(name)
    processes.wait_for(3)
    said = untangle("render", film, *SMALL, "--scheduler", scheduler, "-o", "many")
    assert (said.code, said.error) == (0, "")
    assert Path("many/far/film.mp4").read_bytes() == alone
    with workers_of(scheduler=scheduler) as workers:
        assert dict(workers.each_of(divmod, [(7, n) for n in range(1, 7)])) == {
            n - 1: divmod(7, n) for n in range(1, 7)
        }
    # it really ended or stood still while others drew
    assert psutil.Process(processes.running[name].pid).status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_STOPPED)
    assert not list(Path().rglob("*.partial"))


OF_RECIPES = """
from netlib import Recipe

SEVERAL = [Recipe("moons:n=60", (2, 1), seed=s, steps=60, target=0.8, attempts=6) for s in (1, 4)]
HOPELESS = Recipe("moons:n=60", (2, 1), steps=1, target=2.0, attempts=3)
GROWN = Recipe("moons:n=60", (2, 2, 1), steps=40, target=0.1, grown_from=SEVERAL[0])
"""


def test_weights_are_the_same_whoever_trains_and_one_hopeless_recipe_stops_no_other(
    untangle: Callable[..., Any], scheduler: str, tmp_path: Path
) -> None:
    (tmp_path / "recipes.py").write_text(OF_RECIPES)
    for words in (("--jobs", 1, "--weights", "one"), ("--scheduler", scheduler, "--weights", "many")):
        said = untangle("train", "recipes.py", *words)
        assert said.code == 1
        assert "in 3 attempts. Give it more steps or attempts, wider layers, or a lower target\n" in said.error
        assert said.error.count("\n") == 1
        assert "seed 5" in said.out, "each reached its target at once: no attempts to choose from"
    names = sorted(path.name for path in Path("one").iterdir())
    assert len(names) == 3
    for name in names:
        assert Path("many", name).read_bytes() == Path("one", name).read_bytes()


def test_a_worker_with_a_full_disk_draws_nothing_and_where_all_are_full_that_is_one_line(
    untangle: Callable[..., Any], scheduler: str, far_film: Callable[..., Path], processes: Processes, tmp_path: Path
) -> None:
    film = far_film()
    alone = film_of_one(untangle, film)
    processes.worker("full", largest_file=1500)
    processes.wait_for(3)
    said = untangle("render", film, *SMALL, "--scheduler", scheduler, "-o", "many")
    assert (said.error, said.code) == ("", 0)
    assert Path("many/far/film.mp4").read_bytes() == alone
    full = Processes(tmp_path)
    try:
        full.worker("full", largest_file=1500)
        full.wait_for(1)
        said = untangle("render", film, *SMALL, "--scheduler", full.address, "--no-cache", "-o", "none")
        assert said.code == 1
        assert said.error.startswith("error: worker tcp://")
        assert ": no space left to write in " in said.error
        assert said.error.count("\n") == 1
        assert not list(Path("none").rglob("*.*"))
    finally:
        full.end(*list(full.running))


def test_a_worker_of_another_version_is_refused_by_name(
    untangle: Callable[..., Any], scheduler: str, tiny: Path, processes: Processes, tmp_path: Path
) -> None:
    folder = tmp_path / "before" / "manim_untangle-0.0.9.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: manim-untangle\nVersion: 0.0.9\n")
    processes.worker("old", path=str(folder.parent))
    processes.wait_for(3)
    said = untangle("render", tiny, *SMALL, "--scheduler", scheduler)
    assert said.code == 1
    assert " has manim-untangle 0.0.9, and this command 0.1.0. Install the same in both places\n" in said.error
    assert said.error.count("\n") == 1
    assert not Path("renders/tiny_film/film.mp4").exists()


def test_a_scheduler_that_is_lost_is_one_line_and_leaves_nothing_half_written(
    untangle: Callable[..., Any], far_film: Callable[..., Path], tmp_path: Path
) -> None:
    own = Processes(tmp_path)
    try:
        own.worker("lonely")
        own.wait_for(1)
        end = f"if NAME and k == 3: os.kill({own.running['scheduler'].pid}, 9); time.sleep(5)"
        said = untangle("render", far_film(end), *SMALL, "--scheduler", own.address)
        assert said.code == 1
        assert said.error == (
            f"error: the scheduler {own.address} is lost. "
            "What is finished is kept: run the same command again to go on\n"
        )
        assert not list(Path("renders").rglob("*.*"))
    finally:
        own.end(*list(own.running))


def test_calls_come_back_with_what_they_return_or_raise(scheduler: str) -> None:
    from manim_untangle.render.cluster import workers_of

    with workers_of(scheduler=scheduler) as workers:
        found = dict(workers.each_of(divmod, [(7, 2), (1, 0), (9, 4)]))
    assert (found[0], found[2]) == ((3, 1), (2, 1))
    assert isinstance(found[1], ZeroDivisionError)


def test_an_address_without_a_scheduler_is_one_line(untangle: Callable[..., Any], tiny: Path, monkeypatch: Any) -> None:
    from manim_untangle.render import cluster

    monkeypatch.setattr(cluster, "SCHEDULER_SECONDS", 1)
    said = untangle("render", tiny, *SMALL, "--scheduler", "tcp://127.0.0.1:9")
    assert said.code == 1
    assert said.error.startswith("error: no scheduler answers at tcp://127.0.0.1:9 (")
    assert said.error.endswith("). Start one: dask scheduler\n")
    assert said.error.count("\n") == 1


def test_ctrl_c_ends_the_tasks_of_all_workers(
    scheduler: str, far_film: Callable[..., Path], tmp_path: Path, processes: Processes
) -> None:
    mark = tmp_path / "mark"
    film = far_film(f"NAME and wanderer.add_updater(lambda m, dt: (Path({str(mark)!r}).touch(), time.sleep(0.2)))")
    command = [sys.executable, "-m", "manim_untangle", "render", str(film), *SMALL, "--scheduler", scheduler]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "UNTANGLE_CACHE": str(tmp_path / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(mark.exists)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
        assert process.returncode == 1
        assert error == "error: stopped. What is finished is kept: run the same command again to go on\n"
        time.sleep(1)
        before = mark.stat().st_mtime_ns
        time.sleep(1)
        assert mark.stat().st_mtime_ns == before, "a worker goes on"
        assert not list(tmp_path.glob("renders/*/*"))
        assert not list(tmp_path.rglob("*.partial"))
    finally:
        process.kill()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
