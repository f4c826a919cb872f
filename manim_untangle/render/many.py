"""Films one after another in this process, or all at once by the workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from manim_untangle.render.cache import Cache, cache_folder
from manim_untangle.render.cluster import cluster
from manim_untangle.render.film import Rendered, render, segment_files, work_folder, written
from manim_untangle.render.films import FilmFile
from manim_untangle.render.play import Played, Teller
from manim_untangle.render.progress import Counter
from manim_untangle.render.record import film_folder, film_seconds
from manim_untangle.render.settings import Format, Settings
from netlib.errors import UntangleError
from netlib.files import made_folder
from netlib.training.recipe import WEIGHTS

if TYPE_CHECKING:
    from manim_untangle.render.cluster import Cluster

Outcome = Rendered | UntangleError


def render_films(
    films: Sequence[FilmFile],
    settings: Settings,
    out: Path,
    counter: Counter | None = None,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    use_cache: bool = True,
    teller: Callable[[Settings], Teller] | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> Iterator[tuple[FilmFile, Outcome]]:
    """Render films to their folders in `out`, and yield each with its result, or with what went wrong, as it is done.

    jobs: processes of this machine that draw. scheduler: the address of a Dask scheduler whose workers draw instead.
    use_cache: use segments and results from the cache, and store new ones there. teller: makes what tells a film's
    timeline. say: gets the address of the dashboard. Frames are
    the same whoever draws. Raises UntangleError where nobody can draw.
    """
    counter = counter or Counter(films=len(films))
    # a still is one picture, which takes less time than to start a process
    if (jobs == 1 and scheduler is None) or settings.format is Format.png:
        for number, film in enumerate(films, 1):
            counter.label(film.name if len(films) == 1 else f"{film.name} ({number} of {len(films)})")
            try:
                yield (
                    film,
                    render(
                        film, settings, out, counter, use_cache=use_cache, teller=teller(settings) if teller else None
                    ),
                )
            except UntangleError as problem:
                yield film, problem
        return
    with cluster(jobs, scheduler) as workers:
        if scheduler and (dashboard := workers.dashboard):
            say(f"dashboard: {dashboard}")
        done = 0
        for batch in _batches(films):
            for film, result in _by_workers(batch, settings, out, counter, workers, use_cache, teller):
                done += 1
                counter.label(film.name if len(films) == 1 else f"{done} of {len(films)} films")
                yield film, result


def _batches(films: Sequence[FilmFile]) -> list[list[FilmFile]]:
    """Return the films in groups in which each name is there once: which folder a film gets depends on those before."""
    batches = list[dict[str, FilmFile]]()
    for film in films:
        free = next((batch for batch in batches if film.name not in batch), None)
        if free is None:
            batches.append(free := {})
        free[film.name] = film
    return [list(batch.values()) for batch in batches]


def _by_workers(
    films: Sequence[FilmFile],
    settings: Settings,
    out: Path,
    counter: Counter,
    workers: Cluster,
    use_cache: bool,
    teller: Callable[[Settings], Teller] | None,
) -> Iterator[tuple[FilmFile, Outcome]]:
    from manim_untangle.render.dispatch import Dispatcher, Order
    from manim_untangle.render.parcel import packed

    known = {}
    with ExitStack() as stack:
        for film in films:
            folder = made_folder(film_folder(film, out))
            try:
                parcel = packed(film)
            except UntangleError as problem:
                yield film, problem
                continue
            work = stack.enter_context(work_folder(folder))
            cache = Cache(cache_folder() if use_cache else work)
            order = Order(parcel, settings, cache, use_cache, film_seconds(folder) is None, teller)
            known[order] = film, folder, work
        for order in Dispatcher(workers, list(known), counter).run():
            film, folder, work = known[order]
            try:
                if order.problem or not order.played:
                    raise order.problem or UntangleError(f"{film.name} was not drawn")
                played = _at_home(order.played)
                result: Outcome = written(film, settings, folder, work, played, order.cache)
                if use_cache:
                    order.cache.prune(keep=segment_files(order.cache, played.segments))
            except UntangleError as problem:
                result = problem
            yield film, result


def _at_home(played: Played) -> Played:
    """Return a film as a worker played it, with the paths of its weights here."""
    return replace(played, weights=tuple(WEIGHTS / path for path in played.weights))
