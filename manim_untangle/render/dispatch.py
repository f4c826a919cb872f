"""Which worker draws which segment. A worker goes on with the film that it is at; one that has nothing to do takes the
later half of the longest rest. What a lost worker had in hand is drawn again, and so is what a slow one takes too long
for."""

from __future__ import annotations

import contextlib
import os
import queue
import statistics
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from manim_untangle.render.cache import Cache, Segment
from manim_untangle.render.cluster import ANSWER_SECONDS, WORKER_SECONDS, Cluster
from manim_untangle.render.parcel import Parcel
from manim_untangle.render.play import Teller
from manim_untangle.render.played import Played
from manim_untangle.render.progress import Counter
from manim_untangle.render.settings import Settings
from manim_untangle.render.versions import versions
from manim_untangle.render.worker import RASTER, TOPIC, Reply, UnfitWorker, UnknownParcel, Work, draw_task, play_task
from netlib.errors import UntangleError
from netlib.files import made_folder, written_whole

ATTEMPTS = 4  # at each task; each but the last ended with its worker
LOOK_SECONDS = 0.5  # between looks at the workers
SLOW = 3.0  # times what others take for as many frames
PATIENCE = 10.0  # seconds that any segment may take
PLAY_SECONDS = 120.0  # that playing a film may take
PLAY = -1  # stands for playing the film, in place of a segment's number


@dataclass(eq=False)
class Chain:
    """Segments that one worker draws in order. worker: "" where none has begun."""

    numbers: list[int]
    worker: str = ""


@dataclass(eq=False)
class Order:
    """A film that workers draw.

    cache: where its segments go. keeps: whether workers keep segments, too. is_new: whether it is likely that most of
    its segments have to be drawn. teller: makes what tells the film's timeline. played: is known after the film was
    played. problem: what ended it.
    """

    parcel: Parcel
    settings: Settings
    cache: Cache
    keeps: bool = True
    is_new: bool = True
    teller: Callable[[Settings], Teller] | None = None
    played: Played | None = None
    problem: UntangleError | None = None
    chains: list[Chain] = field(default_factory=list)
    undone: set[int] = field(default_factory=lambda: {PLAY})
    ended: Tally[int] = field(default_factory=Tally)  # how often a worker ended with a task
    known_to: set[str] = field(default_factory=set)  # the workers that have the parcel

    @property
    def is_over(self) -> bool:
        return self.problem is not None or not self.undone

    def frames(self, number: int) -> int:
        """Return the frames of a segment."""
        return self.played.segments[number].frames if self.played else 0

    def rest(self, chain: Chain) -> int:
        """Return how many frames of a chain nobody has begun."""
        return sum(map(self.frames, chain.numbers))

    def name(self, number: int) -> str:
        """Return what messages say that a worker did."""
        if number == PLAY:
            return f"played {self.parcel.path.name}"
        return f"drew the segment at {sum(map(self.frames, range(number))) / float(self.settings.fps):.1f} s"


@dataclass(eq=False)
class _Task:
    order: Order
    number: int
    worker: str
    future: Any = None
    started: float = field(default_factory=time.monotonic)
    frames: int = 0  # that the worker has told of


class Dispatcher:
    """Gives the tasks of films to the workers of a cluster. counter: shows how many frames are done."""

    def __init__(self, cluster: Cluster, orders: list[Order], counter: Counter) -> None:
        self.cluster, self.orders, self.counter = cluster, orders, counter
        self.busy: dict[str, _Task] = {}  # by worker
        self.unfit: dict[str, UntangleError] = {}
        self.keys: dict[str, _Task] = {}
        self.finished: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        self.seconds: list[float] = []  # for a frame, of the segments that were drawn
        self.done = 0  # frames
        self.workers: dict[str, bool] = {}
        self.looked = self.seen = time.monotonic()
        self.looked -= LOOK_SECONDS

    def run(self) -> Iterator[Order]:
        """Yield each film when it is over: the cache then holds its segments, or `problem` says why not."""
        waiting = list(self.orders)
        self.cluster.listen(TOPIC, self._told)
        with self._tokens():
            try:
                while waiting:
                    self._look()
                    self._give()
                    with contextlib.suppress(queue.Empty):
                        self._take(self.finished.get(timeout=LOOK_SECONDS))
                        while True:
                            self._take(self.finished.get_nowait())
                    for order in [each for each in waiting if each.is_over]:
                        waiting.remove(order)
                        yield order
            finally:
                self._stop()

    @contextlib.contextmanager
    def _tokens(self) -> Iterator[None]:
        """Keep a file in each cache, by which workers that share it know that they do."""
        folders = {order.cache.folder for order in self.orders}
        files = [made_folder(folder) / self.cluster.token for folder in folders]
        try:
            for file in files:
                file.touch()
            yield
        finally:
            for file in files:
                file.unlink(missing_ok=True)
            for order in self.orders:
                order.cache.remove_unfinished([self.cluster.token])

    def _told(self, message: dict[str, Any]) -> None:
        if task := self.keys.get(message["key"]):
            task.frames = message["frames"]
            self._count()

    def _count(self) -> None:
        self.counter.reach(self.done + sum(task.frames for task in list(self.busy.values())))

    def _look(self) -> None:
        """Learn which workers there are, and take back what lost ones had in hand."""
        now = time.monotonic()
        if now - self.looked < LOOK_SECONDS:
            return
        self.looked, self.workers = now, self.cluster.workers()
        for worker in [each for each in self.busy if each not in self.workers]:
            self._take_back(self.busy[worker])
        fit = [worker for worker, lives in self.workers.items() if lives and worker not in self.unfit]
        if fit:
            self.seen = now
        elif self.workers and self.unfit.keys() >= self.workers.keys():
            raise next(iter(self.unfit.values()))
        elif now - self.seen > WORKER_SECONDS:
            raise UntangleError(f"{self.cluster.where} has no worker that answers. Start one, and run this again")

    def _take_back(self, task: _Task) -> None:
        """Forget a task whose worker is lost; it is to be done again."""
        order, number = task.order, task.number
        self._forget(task)
        if order.is_over or number not in order.undone or self._in_hand(order, number):
            return
        order.ended[number] += 1
        if order.ended[number] >= ATTEMPTS:
            order.problem = UntangleError(
                f"{order.ended[number]} workers ended while they {order.name(number)}. "
                "If memory is short, render with --jobs 1"
            )
        self._undo(task)

    def _undo(self, task: _Task) -> None:
        """Put a task back in front of the chain of its worker, which is free for any other."""
        for order in self.orders:
            for chain in [each for each in order.chains if each.worker == task.worker]:
                chain.worker = ""
        if task.number != PLAY:
            later = [chain for chain in task.order.chains if chain.numbers[:1] == [task.number + 1]]
            for chain in later:
                chain.numbers.insert(0, task.number)
            task.order.chains += [] if later else [Chain([task.number])]

    def _forget(self, task: _Task) -> None:
        if self.busy.get(task.worker) is task:
            del self.busy[task.worker]
        self.keys.pop(task.future.key, None)
        task.future.release()

    def _in_hand(self, order: Order, number: int) -> bool:
        return any(task.order is order and task.number == number for task in self.busy.values())

    def _give(self) -> None:
        for worker, lives in self.workers.items():
            if lives and worker not in self.busy and worker not in self.unfit:
                if (found := self._next(worker)) is None:
                    return
                self._start(*found, worker)

    def _next(self, worker: str) -> tuple[Order, int] | None:
        """Return what a worker is to do; None where there is nothing."""
        open_orders = [order for order in self.orders if not order.is_over]
        chains = [(order, chain) for order in open_orders for chain in order.chains if chain.numbers]
        for order, chain in chains:
            if chain.worker == worker:
                return order, chain.numbers.pop(0)
        for order, chain in chains:
            if not chain.worker:
                chain.worker = worker
                return order, chain.numbers.pop(0)
        for order in open_orders:
            if PLAY in order.undone and not self._in_hand(order, PLAY):
                return order, PLAY
        if chains:
            order, longest = max(chains, key=lambda pair: pair[0].rest(pair[1]))
            half, later = order.rest(longest) / 2, list[int]()
            while longest.numbers and (not later or sum(map(order.frames, later)) < half):
                later.insert(0, longest.numbers.pop())
            order.chains.append(Chain(later[1:], worker))
            return order, later[0]
        return self._slowest()

    def _slowest(self) -> tuple[Order, int] | None:
        """Return a task that another worker takes too long for, or that a worker has which does not answer."""
        now, usual = time.monotonic(), statistics.median(self.seconds) if self.seconds else 0.0
        for task in sorted(self.busy.values(), key=lambda each: each.started):
            order, number = task.order, task.number
            patience = PLAY_SECONDS if number == PLAY else max(PATIENCE, SLOW * usual * order.frames(number))
            twice = sum(each.order is order and each.number == number for each in self.busy.values()) > 1
            late = now - task.started > patience or not self.workers.get(task.worker, False)
            if late and not twice and not order.is_over and number in order.undone:
                return order, number
        return None

    def _start(self, order: Order, number: int, worker: str) -> None:
        parcel = order.parcel.name if worker in order.known_to else order.parcel
        raster = os.environ.get(RASTER)
        work = Work(
            self.cluster.token,
            parcel,
            order.settings,
            order.cache.folder,
            order.keeps,
            raster,
            order.teller,
            versions(),
        )
        key = self.cluster.new_key()
        task = _Task(order, number, worker)
        if number == PLAY:
            # where each worker has a film of its own, it draws while it plays; else all draw what one has played
            many = sum(PLAY in each.undone for each in self.orders if not each.is_over) >= len(self.workers)
            task.future = self.cluster.submit(play_task, work, key, order.is_new and many, worker=worker, key=key)
        else:
            assert order.played
            segments = order.played.segments
            task.future = self.cluster.submit(draw_task, work, key, segments, number, worker=worker, key=key)
        self.busy[worker] = self.keys[key] = task
        task.future.add_done_callback(lambda _: self.finished.put(task))

    def _take(self, task: _Task) -> None:
        """Take what a worker has done."""
        order, number = task.order, task.number
        if self.keys.get(task.future.key) is not task:
            return  # it was taken back
        status = task.future.status
        problem = task.future.exception() if status == "error" else None
        reply = None
        if status == "finished":
            try:
                reply = task.future.result(timeout=ANSWER_SECONDS)
            except TimeoutError:  # its worker stands still or was lost just now
                status = "lost"
        if isinstance(reply, Exception):
            problem, reply = reply, None
        self._forget(task)
        if isinstance(problem, UnfitWorker):
            self.unfit[task.worker] = problem
        if isinstance(problem, UnknownParcel):
            order.known_to.discard(task.worker)
        if isinstance(problem, UnfitWorker | UnknownParcel) or status not in ("finished", "error"):
            if not order.is_over and number in order.undone and not self._in_hand(order, number):
                self._undo(task)
        elif problem is not None:
            order.problem = order.problem or _in_words(problem)
        elif reply is not None and not order.is_over and number in order.undone:
            order.known_to.add(task.worker)
            self._store(order, number, reply, time.monotonic() - task.started)

    def _store(self, order: Order, number: int, reply: Reply, seconds: float) -> None:
        """Keep what came back."""
        for name, content in reply.content.items():
            segment = Segment.named(name)
            with written_whole(order.cache.final_path(segment, len(content))) as path:
                path.write_bytes(content)
        order.undone.discard(number)
        if number == PLAY:
            assert reply.played
            self.counter.expect(sum(segment.frames for segment in reply.played.segments))
            kept = {segment.name for segment in reply.played.segments if order.cache.find(segment)}
            missing = [n for n, segment in enumerate(reply.played.segments) if segment.name not in kept]
            first = {reply.played.segments[n].name: n for n in reversed(missing)}  # equal segments are drawn once
            numbers = sorted(first.values())
            order.played = replace(reply.played, missing=tuple(numbers))
            order.undone |= set(numbers)
            order.chains = [Chain(numbers)] if numbers else []
            self.done += sum(each.frames for n, each in enumerate(reply.played.segments) if n not in order.undone)
        else:
            self.seconds.append(seconds / max(order.frames(number), 1))
            self.done += order.frames(number)
        self._count()

    def _stop(self) -> None:
        """Give up what is still in hand."""
        futures = [task.future for task in self.busy.values()]
        with contextlib.suppress(Exception):
            self.cluster.client.cancel(futures, force=True)


def _in_words(problem: BaseException) -> UntangleError:
    if isinstance(problem, UntangleError):
        return problem
    lines = [line.strip() for line in f"{type(problem).__name__}: {problem}".splitlines() if line.strip()]
    return UntangleError(f"a worker could not begin ({lines[0][:200]}). Install the same version of Untangle there")
