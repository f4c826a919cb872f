"""python -m benchmarks.kills: films that four workers draw while one after another of them is killed at random.

Each film has to be, byte for byte, what one worker draws that nobody disturbs.
"""

from __future__ import annotations

import argparse
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from manim_untangle.render.cluster import workers_of
from manim_untangle.render.films import FilmFile
from manim_untangle.render.many import render_by
from manim_untangle.render.outputs import Rendered
from manim_untangle.render.settings import Quality, settings

WORKERS = 4
SMALL = settings(Quality.l, fps=10, resolution="96,54")
FILM = """
from manim import *
import numpy as np

class Killed{number}(Scene):
    def construct(self):
        rng = np.random.default_rng({number})
        dots = VGroup(*(Dot(p) for p in rng.normal(size=(9, 3))))
        for k in range(8):
            self.play(Rotate(dots, rng.uniform(1, 2)), run_time=1)
"""


@dataclass
class Kills:
    """How many renders there were, how many workers were killed, and what was wrong with which film."""

    renders: int
    killed: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


def kills(renders: int, seed: int = 0) -> Kills:
    """Render small films by four workers, of which one is killed at a random moment of each render."""
    rng, found, usual = random.Random(seed), Kills(renders), 3.0
    with TemporaryDirectory() as name:
        folder, calm = Path(name), dict[str, bytes]()
        films = [_film(folder, number) for number in range(renders)]
        with workers_of(1) as one:
            for film, result in render_by(one, films, SMALL, folder / "one", use_cache=False):
                assert isinstance(result, Rendered), (film.name, result)
                calm[film.name] = result.main.read_bytes()
        with workers_of(WORKERS) as workers:
            for number, film in enumerate(films):
                moment = threading.Timer(rng.uniform(0, usual), lambda: _kill(rng, found))
                began = time.monotonic()
                moment.start()
                [(_, result)] = render_by(workers, [film], SMALL, folder / "many", use_cache=False)
                moment.cancel()
                moment.join()
                usual = time.monotonic() - began
                found.seconds += usual
                if not isinstance(result, Rendered):
                    found.wrong.append(f"{number}: {result}")
                elif (drawn := result.main.read_bytes()) != calm[film.name]:
                    found.wrong.append(
                        f"{number}: {len(drawn)} bytes differ from the {len(calm[film.name])} of one worker"
                    )
                print(
                    f"render {number + 1}: {usual:.1f} s, {found.killed} killed, {len(found.wrong)} wrong", flush=True
                )
    return found


def _film(folder: Path, number: int) -> FilmFile:
    """Write a small film into a folder."""
    path = folder / f"killed{number}.py"
    path.write_text(FILM.format(number=number), encoding="utf-8")
    return FilmFile(path)


def _kill(rng: random.Random, found: Kills) -> None:
    """Kill a worker of this process, if one is there."""
    # each is forked from one child of this process, or started by it where the system cannot fork
    children = psutil.Process().children()
    forked = [each for child in children if "forkserver" in " ".join(child.cmdline()) for each in child.children()]
    workers = forked or [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    if workers:
        rng.choice(workers).kill()
        found.killed += 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--renders", type=int, default=50)
    outcome = kills(parser.parse_args().renders)
    print(outcome)
    raise SystemExit(bool(outcome.wrong))
