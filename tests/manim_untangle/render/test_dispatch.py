"""Which worker gets which segment: followed without processes, with workers that are made up here."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from manim_untangle.render import dispatch
from manim_untangle.render.cache import Cache, Segment
from manim_untangle.render.dispatch import PLAY, Dispatcher, Order
from manim_untangle.render.parcel import Parcel
from manim_untangle.render.played import Played
from manim_untangle.render.progress import Counter
from manim_untangle.render.settings import Quality, settings
from manim_untangle.render.worker import Reply, UnfitWorker, UnknownParcel, Work
from netlib.errors import UntangleError

SETTINGS = settings(Quality.l, fps=10, resolution="96,54")
SEGMENTS = tuple(Segment(f"{k:04x}", f"{k:04x}", frames=10) for k in range(12))


class Future:
    """What Dask's futures are here."""

    def __init__(self, key: str) -> None:
        self.key, self.status, self.value = key, "pending", None
        self.callbacks: list[Callable[[Any], None]] = []

    def add_done_callback(self, function: Callable[[Any], None]) -> None:
        self.callbacks.append(function)

    def finish(self, value: Any) -> None:
        self.status, self.value = "finished", value
        for function in self.callbacks:
            function(self)

    def result(self, timeout: float) -> Any:
        if self.value is None:
            raise TimeoutError
        return self.value

    def release(self) -> None:
        pass


class MadeUp:
    """Workers whose tasks are done when a test says so. tasks: (worker, number of the segment), in order."""

    token, where, client = "aa", "the scheduler", None

    def __init__(self, *names: str) -> None:
        self.alive = dict.fromkeys(names, True)
        self.tasks: list[tuple[str, int]] = []
        self.open: dict[str, tuple[int, Future, Work]] = {}

    def workers(self) -> dict[str, bool]:
        return dict(self.alive)

    def new_key(self) -> str:
        return f"key {len(self.tasks)}"

    def listen(self, topic: str, handler: object) -> None:
        pass

    def submit(self, function: Any, work: Work, *rest: Any, worker: str, key: str) -> Future:
        number = PLAY if function is dispatch.play_task else rest[2]
        future = Future(key)
        self.tasks.append((worker, number))
        self.open[worker] = number, future, work
        return future

    def answer(self, worker: str, value: Any = None) -> int:
        """Let a worker finish: with a value, else with what was asked of it."""
        number, future, _ = self.open.pop(worker)
        content = {} if number == PLAY else {SEGMENTS[number].name: bytes([number])}
        played = Played(SEGMENTS, tuple(range(len(SEGMENTS))), {}, ()) if number == PLAY else None
        future.finish(value or Reply(played, content))
        return number


class Theatre:
    """A dispatcher of one film, one step after another."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.cluster = MadeUp(*names)
        self.order = Order(Parcel(Path("film.py"), "", True, ()), SETTINGS, Cache(folder))
        self.dispatcher = Dispatcher(self.cluster, [self.order], Counter())  # type: ignore[arg-type]
        self.step()

    def step(self) -> None:
        while not self.dispatcher.finished.empty():
            self.dispatcher._take(self.dispatcher.finished.get())
        self.dispatcher.looked = 0
        self.dispatcher._look()
        self.dispatcher._give()

    def finish(self) -> None:
        """Let all workers answer until the film is over."""
        for _ in range(100):
            for worker in [name for name in self.cluster.open if self.cluster.alive.get(name)]:
                self.cluster.answer(worker)
            self.step()
            if self.order.is_over:
                break
        assert self.order.problem is None
        for k, segment in enumerate(SEGMENTS):
            path = self.order.cache.find(segment)
            assert path is not None
            assert path.read_bytes() == bytes([k])

    def drawn_by(self, worker: str) -> list[int]:
        return [number for name, number in self.cluster.tasks if name == worker and number != PLAY]


@pytest.fixture
def theatre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Theatre]:
    monkeypatch.setattr(dispatch, "versions", lambda: None)
    return lambda *names: Theatre(tmp_path, *names)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 20])
def test_each_segment_is_drawn_once_and_each_worker_goes_forward(theatre: Callable[..., Theatre], count: int) -> None:
    made = theatre(*(f"w{k}" for k in range(count)))
    made.finish()
    drawn = [number for _, number in made.cluster.tasks if number != PLAY]
    assert sorted(drawn) == list(range(len(SEGMENTS)))
    for k in range(count):
        own = made.drawn_by(f"w{k}")
        back = sum(b < a for a, b in pairwise(own))
        assert back <= 1, own  # it begins anew only for what it took from another
    busy = [len(made.drawn_by(f"w{k}")) for k in range(count)]
    assert max(busy) - min(busy) <= 2 or count > len(SEGMENTS)


def test_what_a_lost_worker_had_in_hand_alone_is_drawn_again(theatre: Callable[..., Theatre]) -> None:
    made = theatre("a", "b")
    made.cluster.answer("a")
    made.step()
    done = made.cluster.answer("a"), made.cluster.answer("b")
    made.step()
    lost = made.cluster.open["a"][0]
    del made.cluster.alive["a"], made.cluster.open["a"]
    made.step()
    made.finish()
    drawn = [number for _, number in made.cluster.tasks if number != PLAY]
    assert sorted(drawn) == sorted([*range(len(SEGMENTS)), lost])
    assert lost not in done


def test_a_film_whose_worker_is_lost_each_time_is_given_up_by_name(theatre: Callable[..., Theatre]) -> None:
    made = theatre("w0")
    for k in range(dispatch.ATTEMPTS):
        made.cluster.open.clear()
        made.cluster.alive = {f"w{k + 1}": True}
        made.step()
    assert str(made.order.problem) == (
        "4 workers ended while they played film.py. If memory is short, render with --jobs 1"
    )


def test_a_worker_that_stands_still_is_overtaken_and_gets_nothing_more(theatre: Callable[..., Theatre]) -> None:
    made = theatre("a", "b")
    made.cluster.answer("a")
    made.step()
    still = made.cluster.open["b"][0]
    made.cluster.alive["b"] = False
    made.step()
    made.finish()
    assert made.drawn_by("b") == [still]
    assert still in made.drawn_by("a")


def test_what_a_slow_worker_takes_too_long_for_is_drawn_by_another_once(
    theatre: Callable[..., Theatre], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = theatre("a", "b", "c")
    made.cluster.answer("a")
    made.step()
    slow = made.cluster.open["b"][0]
    while made.cluster.open.keys() > {"b"}:
        for worker in [name for name in made.cluster.open if name != "b"]:
            made.cluster.answer(worker)
        made.step()
    assert made.cluster.tasks.count(("a", slow)) + made.cluster.tasks.count(("c", slow)) == 0
    monkeypatch.setattr(dispatch, "PATIENCE", -1)
    monkeypatch.setattr(dispatch, "SLOW", 0)
    made.step()
    assert made.cluster.tasks.count(("a", slow)) + made.cluster.tasks.count(("c", slow)) == 1
    made.finish()


def test_a_result_that_nobody_can_fetch_is_made_again(theatre: Callable[..., Theatre]) -> None:
    made = theatre("a", "b")
    made.cluster.answer("a")
    made.step()
    number, future, _ = made.cluster.open.pop("b")
    future.finish(None)  # the worker is lost before its result is fetched
    made.step()
    made.finish()
    assert [n for _, n in made.cluster.tasks].count(number) == 2


def test_a_worker_that_cannot_draw_gets_nothing_more_and_where_all_cannot_that_is_said(
    theatre: Callable[..., Theatre],
) -> None:
    made = theatre("a", "b")
    made.cluster.answer("a")
    made.step()
    made.cluster.answer("b", UnfitWorker("b is full"))
    made.step()
    assert len(made.drawn_by("b")) == 1
    made.cluster.answer("a", UnfitWorker("a is full"))
    with pytest.raises(UntangleError, match="is full"):
        made.step()


def test_a_worker_gets_the_film_once_and_again_where_it_forgot_it(theatre: Callable[..., Theatre]) -> None:
    made = theatre("a")
    assert isinstance(made.cluster.open["a"][2].parcel, Parcel)
    made.cluster.answer("a")
    made.step()
    assert made.cluster.open["a"][2].parcel == made.order.parcel.name
    made.cluster.answer("a", UnknownParcel())
    made.step()
    assert isinstance(made.cluster.open["a"][2].parcel, Parcel)
    made.finish()


def test_what_is_wrong_with_the_film_ends_it_at_once(theatre: Callable[..., Theatre]) -> None:
    made = theatre("a", "b")
    made.cluster.answer("a", UntangleError("it is wrong"))
    made.step()
    assert str(made.order.problem) == "it is wrong"
    assert len(made.cluster.tasks) == 1
