"""Who works: this process, other processes of this machine, or the workers of a Dask scheduler anywhere."""

from __future__ import annotations

import importlib.metadata
import logging
import multiprocessing
import os
import pickle
import queue
import secrets
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from manim_untangle.render.versions import OURS, other_version, versions
from netlib.command import install, installed_version
from netlib.errors import MissingExtra, UntangleError

ADDRESS = "DASK_SCHEDULER_ADDRESS"  # the variable that names a scheduler, as for Dask's own clients
LOGGING = "DASK_LOGGING__DISTRIBUTED"
SCHEDULER_SECONDS = 20  # to wait for the first answer of the scheduler
LOOK_SECONDS = 1.0  # between looks at a scheduler from which nothing comes
ANSWER_SECONDS = 60  # to wait for each other one
VERSION_SECONDS = 20  # to wait for what workers say of their versions
START_SECONDS = 600  # that a process may take to start; Dask gives it up for good afterwards
REPLACE_SECONDS = 15  # after which a worker of this machine that is gone is replaced
WORKER_SECONDS = 60  # to wait for a worker where there is none
STUCK_SECONDS = 15  # after which a worker that does not tell that it lives gets no more to do


class NoScheduler(UntangleError):
    """The scheduler gives no answer, now or any longer."""


class _Call:
    """A call of a function. To unpickle it is to call the function, and gives what that returns."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


def _bytes_of(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """Return the bytes of which `pickle.loads` makes a call. Activations are functions without a name."""
    import cloudpickle

    return bytes(cloudpickle.dumps(_Call(function, arguments)))


class Cluster:
    """A connection to a Dask scheduler. token: differs for each connection. where: what messages call the scheduler."""

    def __init__(self, client: Any, where: str, local: Any = None, jobs: int = 0) -> None:
        self.client, self.where, self.local, self.jobs = client, where, local, jobs
        self.full = time.monotonic()  # when all workers of this machine were there last
        self.token = secrets.token_hex(8)
        self.keys = 0

    @property
    def dashboard(self) -> str | None:
        """The address of the scheduler's dashboard; None where it has none."""
        link = self.client.dashboard_link if "dashboard" in self._identity().get("services", {}) else None
        return str(link) if link else None

    def workers(self) -> dict[str, bool]:
        """Return the address of each worker, and whether it told lately that it lives. Raises NoScheduler."""
        found = self._identity()["workers"]
        self._replace(self.jobs - len(found))
        latest = max((facts["last_seen"] for facts in found.values()), default=0.0)
        return {address: facts["last_seen"] > latest - STUCK_SECONDS for address, facts in found.items()}

    def _replace(self, missing: int) -> None:
        """Start new workers on this machine where some are gone for long: Dask starts one again that is killed, but not
        where it is killed while it starts."""
        if missing <= 0:
            self.full = time.monotonic()
        elif time.monotonic() - self.full > REPLACE_SECONDS:
            self.full = time.monotonic()
            self.local.scale(len(self.local.worker_spec) + missing)

    def new_key(self) -> str:
        """Return a name for a task that no other has."""
        self.keys += 1
        return f"untangle-{self.token}-{self.keys}"

    def submit(self, function: Callable[..., Any], *arguments: Any, worker: str, key: str) -> Any:
        """Give a task to a worker; return Dask's future of it.

        It travels as bytes. The scheduler would import what it is made of, and so Manim, and give no answer meanwhile.
        """
        call = _bytes_of(function, arguments)
        # where the worker is lost after the task and before its result is fetched, Dask does it again elsewhere
        where = {"workers": [worker], "allow_other_workers": True}
        return self.client.submit(pickle.loads, call, key=key, pure=False, **where)

    def each_of(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Yield the number of each call and what the function returns, or the exception that it raised, as it is done.

        Dask chooses the worker, and calls again what was lost with one. Others do what a worker has that does not tell
        that it lives. Where the caller asks for no more, what is left is given up.
        """
        done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        waiting = dict[str, int]()  # the number of each call that is not done, by the key of its latest task
        futures = list[Any]()

        def begin(number: int, **where: Any) -> None:
            key = self.new_key()
            waiting[key] = number
            future = self.client.submit(pickle.loads, _bytes_of(function, calls[number]), key=key, **where)
            futures.append(future)
            future.add_done_callback(lambda future: done.put((number, future)))

        for number in range(len(calls)):
            begin(number)
        while waiting:
            try:
                number, future = done.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                workers = self.workers()  # raises where the scheduler is lost
                lively = [worker for worker, lives in workers.items() if lives]
                stuck = [worker for worker, lives in workers.items() if not lives]
                held = self.client.processing(stuck) if stuck and lively else {}
                for key in [key for keys in held.values() for key in keys if key in waiting]:
                    begin(waiting.pop(key), workers=lively, allow_other_workers=True)
                continue
            if number not in waiting.values():
                continue  # another worker was faster
            if future.status not in ("finished", "error"):
                raise self.lost()
            for key in [key for key, each in waiting.items() if each == number]:
                del waiting[key]
            yield number, future.result() if future.status == "finished" else _in_words(future.exception())

    def listen(self, topic: str, handler: Callable[[dict[str, Any]], None]) -> None:
        """Let a function have each message of a topic that is for this connection."""

        def told(event: tuple[float, Any]) -> None:
            if isinstance(event[1], dict) and event[1].get("token") == self.token:
                handler(event[1])

        self.client.subscribe_topic(topic, told)

    def lost(self) -> NoScheduler:
        """Return the error for a scheduler that is gone."""
        return NoScheduler(f"{self.where} is lost. What is finished is kept: run the same command again to go on")

    def refuse_other(self, package: str) -> None:
        """Raise OtherVersion where a worker has another version of a package than this process, or does not have it."""
        for worker, version in self._asked(importlib.metadata.version, package).items():  # runs without our code
            here = installed_version(package)
            there = version if isinstance(version, str) else "unknown"
            if isinstance(version, importlib.metadata.PackageNotFoundError):
                there = here if here == "unknown" else "of no version"
            if there != here:
                raise other_version(f"worker {worker}", package, there, here)

    def refuse_other_versions(self) -> None:
        """Raise OtherVersion where a worker has another version than this process, or no Untangle at all."""
        self.refuse_other(OURS)
        for worker, theirs in self._asked(versions).items():
            if isinstance(theirs, Exception):
                raise theirs
            versions().refuse_other(theirs, f"worker {worker}")

    def _asked(self, function: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        """Return what a function returns or raises on each worker that tells that it lives. A worker that is lost
        meanwhile is left out; nothing is returned where one of them gives no answer, since each task compares versions
        once more."""
        lively = [worker for worker, lives in self.workers().items() if lives]
        try:
            found: dict[str, Any] = self.client.sync(
                self.client._run,
                function,
                *arguments,
                workers=lively,
                on_error="return",
                callback_timeout=VERSION_SECONDS,
            )
        except TimeoutError:
            return {}
        return {worker: answer for worker, answer in found.items() if not isinstance(answer, OSError)}

    def _identity(self) -> dict[str, Any]:
        if self.client.status != "running":
            raise self.lost()
        try:
            found: dict[str, Any] = self.client.sync(
                self.client.scheduler.identity, n_workers=-1, callback_timeout=ANSWER_SECONDS
            )
        except (OSError, TimeoutError, RuntimeError):
            raise self.lost() from None
        return found


class Workers:
    """Who works: the workers of a cluster, or this process where there is none."""

    def __init__(self, cluster: Cluster | None = None) -> None:
        self.cluster = cluster

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.cluster.workers()) if self.cluster else 1

    def each_of(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Yield the number of each call and what the function returns, or the exception that it raised."""
        if self.cluster:
            yield from self.cluster.each_of(function, calls)
            return
        for number, arguments in enumerate(calls):
            try:
                yield number, function(*arguments)
            except Exception as problem:
                yield number, problem


@contextmanager
def workers_of(
    jobs: int = 1,
    scheduler: str | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> Iterator[Workers]:
    """Yield who works; afterwards, processes of this machine end.

    jobs: processes of this machine. scheduler: the address of a Dask scheduler whose workers are taken instead.
    say: gets the address of its dashboard. Raises UntangleError where nobody can work.
    """
    if jobs == 1 and scheduler is None:
        yield Workers()
        return
    with cluster(jobs, scheduler) as found:
        if scheduler and (dashboard := found.dashboard):
            say(f"dashboard: {dashboard}")
        yield Workers(found)


def _in_words(problem: BaseException) -> BaseException:
    """Return what a task raised; where it took one worker after another with it, as one line."""
    if type(problem).__name__ == "KilledWorker":  # of Dask, which may not be imported here
        return UntangleError("several workers ended with it, one after another. If memory is short, say --jobs 1")
    return problem


class Unwanted(BaseException):
    """The command gave a task up, or is gone."""


def stop_if_unwanted(*_: object) -> None:
    """Raise Unwanted in a task of a worker that nobody waits for. It can be told of progress."""
    from distributed import get_worker

    worker: Any = get_worker()
    refuse_unwanted(worker, worker.get_current_task())


def refuse_unwanted(worker: Any, key: str) -> None:
    """Raise Unwanted where nobody waits for a task of Dask's worker."""
    task = worker.state.tasks.get(key)
    if task is None or task.state == "cancelled":
        raise Unwanted


@contextmanager
def cluster(jobs: int, scheduler: str | None) -> Iterator[Cluster]:
    """Yield the workers of a scheduler at an address, or `jobs` processes of this machine, which end afterwards."""
    _need_dask()
    import distributed

    client_of: Any = distributed.Client  # Dask gives it no types

    for name in ("distributed", "distributed.client", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if scheduler is None:
            with (
                _quiet_workers(),
                _forked_workers(),
                _local_cluster(jobs) as local,
                client_of(local, set_as_default=False) as client,
            ):
                yield Cluster(client, "the scheduler of this machine", local, jobs)
            return
        try:
            client = client_of(scheduler, timeout=SCHEDULER_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as problem:
            reason = str(problem).split("\n")[0][:100]
            raise NoScheduler(f"no scheduler answers at {scheduler} ({reason}). Start one: dask scheduler") from None
        found = Cluster(client, f"the scheduler {scheduler}")
        try:
            _wait_for_worker(client, scheduler)
            found.refuse_other_versions()
            yield found
        finally:
            client.close(timeout=2)


def _local_cluster(jobs: int) -> Any:
    """Return a scheduler with so many processes, once they have started.

    Each of them imports the script that runs here, under another name than __main__. A script that starts processes
    whatever its name would do so in each of them: there it ends, and one line here says why.
    """
    import distributed

    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise SystemExit(1)
    made: Any = distributed.LocalCluster
    try:
        return made(
            n_workers=jobs,
            threads_per_worker=1,
            dashboard_address=None,
            memory_limit=0,
            env=dict(os.environ),  # as it is now, and not when the first of them was forked
            death_timeout=START_SECONDS,
            silence_logs=logging.CRITICAL + 1,
            preload=["manim_untangle.render.preload"],
        )
    except RuntimeError as problem:
        raise UntangleError(
            f"no process could be started ({problem}) In a script, put what uses several jobs below: "
            'if __name__ == "__main__":'
        ) from None


@contextmanager
def _forked_workers() -> Iterator[None]:
    """Let processes that start meanwhile be forked from one that has imported what draws, where the system can fork.

    Otherwise each of them imports it anew: 2 to 3 s of processor time and the memory of it.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        yield
        return
    import dask
    from distributed import utils

    context_of: Any = utils.get_mp_context  # Dask gives it no types
    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):
        context_of().set_forkserver_preload(["distributed.nanny", "manim_untangle.render.worker"])
        yield


@contextmanager
def _quiet_workers() -> Iterator[None]:
    """Let processes that start meanwhile not tell what they do. Dask reads this variable when it is imported."""
    before = os.environ.get(LOGGING)
    os.environ[LOGGING] = "critical"
    try:
        yield
    finally:
        if before is None:
            del os.environ[LOGGING]
        else:
            os.environ[LOGGING] = before


def _wait_for_worker(client: Any, scheduler: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError:
        raise UntangleError(f"no worker is connected to {scheduler}. Start one: dask worker {scheduler}") from None


def has_dask() -> bool:
    """Whether several processes can draw."""
    return find_spec("distributed") is not None


def _need_dask() -> None:
    if not has_dask():
        raise MissingExtra(
            f"several processes draw by Dask, which is not installed. Run: {install('cluster')}, or say --jobs 1"
        )


def default_jobs() -> int:
    """Return how many processes to draw with: one for each four cores, at most eight; without Dask one.

    Measured on two cores: one process draws as fast as the encoder encodes, so a second one gains nothing.
    """
    return max(1, min(8, (os.cpu_count() or 1) // 4)) if has_dask() else 1
