"""What a worker process does: goes through the film, asks before each segment, and draws what it is given."""

from __future__ import annotations

import os
import signal
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from manim_untangle.render.cache import Cache, Segment
from manim_untangle.render.jobs import Job
from manim_untangle.render.manim_config import manim_config
from manim_untangle.render.play import played
from manim_untangle.render.segments import Answer, Encoding, Redrawer
from netlib.errors import UntangleError


class WorkerFailed(UntangleError):
    """Something that went wrong in another process, in one line."""


class _Line:
    """Speaks to the parent; a parent that is gone ends the worker."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def expect(self, frames: int) -> None:
        pass

    def done(self, frames: int) -> None:
        self.connection.send(("frames", frames))

    def kept(self, segment: Segment) -> None:
        self.connection.send(("kept", segment.key))

    def claim(self, number: int) -> Answer:
        self.connection.send(("claim", number))
        answer: Answer = self.connection.recv()
        return answer


def work(job: Job, connection: Connection) -> None:
    """Draw segments of a film until none is left. Runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _draw(job, _Line(connection))
    except (EOFError, ConnectionError):
        os._exit(1)  # no one is left to tell
    except UntangleError as problem:
        connection.send(("failed", problem))
    except Exception as problem:
        where = traceback.extract_tb(problem.__traceback__)[-1]
        said = f"{type(problem).__name__}: {problem} ({Path(where.filename).name}, line {where.lineno})"
        connection.send(("failed", WorkerFailed(said)))


def _draw(job: Job, line: _Line) -> None:
    encoding = Encoding(Cache(job.cache), job.settings, line.kept)
    with manim_config(job.settings):
        scene_class = job.film.load()
        played(scene_class, Redrawer(encoding, line, list(job.segments), line.claim))
        encoding.close()
