"""The command from a wheel and from the repository, side by side, each as a whole."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import av

from benchmarks.contender import Taken
from benchmarks.installed import ROOT, install, run_clean


@dataclass(frozen=True)
class Command:
    """The draft of one film by the command as a whole, from the start of Python to its end.

    folder: where it runs, with what it keeps between runs. path: PYTHONPATH.
    """

    contender: str
    python: Path
    folder: Path
    path: str = ""
    film: str = "one_layer"
    height: int = 480
    fps: int = 15

    def run(self, *options: str) -> Taken:
        """Render once, everything drawn anew. What the main thread took, and the memory, is not known."""
        words = ("-m", "manim_untangle", "render", self.film, "-q", "l", "--no-cache", "--jobs", "1", *options)
        began, busy = time.perf_counter(), _children()
        done = run_clean(self.python, *words, cwd=self.folder, PYTHONPATH=self.path, UNTANGLE_CACHE="cache")
        wall, process = time.perf_counter() - began, _children() - busy
        if done.returncode:
            raise SystemExit(f"{self.contender}: {done.stderr.strip()[-2000:]}")
        video = self.folder / "renders" / self.film / "film.mp4"
        with av.open(str(video)) as container:
            frames = container.streams.video[0].frames
        return Taken(frames, wall, float("nan"), process, video.stat().st_size, 0)


def wheel_and_checkout(folder: Path) -> list[Command]:
    """Return the command from a wheel that is installed into an empty folder, and from the repository.

    Each has rendered once: kernels are compiled, and words are set.
    """
    installed, places = install(folder), (folder / "wheel", folder / "checkout")
    for place in places:
        place.mkdir()
    commands = [
        Command("wheel", installed.python, places[0]),
        Command("checkout", Path(sys.executable), places[1], path=str(ROOT)),
    ]
    for command in commands:
        command.run("--resolution", "96,54")
    return commands


def _children() -> float:
    """Return the seconds of CPU time of all processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
