"""Films one after another in this process, or all at once by the workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from manim_untangle.render.cache import Cache, cache_folder
from manim_untangle.render.cluster import Cluster, Workers, workers_of
from manim_untangle.render.films import FilmFile
from manim_untangle.render.outputs import Rendered, segment_files, work_folder, written
from manim_untangle.render.played import KeptPlay, Played
from manim_untangle.render.progress import Counter
from manim_untangle.render.record import film_folder, film_seconds
from manim_untangle.render.settings import Format, Settings
from netlib.errors import UntangleError
from netlib.files import made_folder
from netlib.training.recipe import WEIGHTS

if TYPE_CHECKING:
    from manim_untangle.render.play import Teller

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
    """Render films as `render_by`, by workers as `workers_of` makes them. First come those that did not change."""
    counter, changed = counter or Counter(films=len(films)), list[FilmFile]()
    for film in films:
        if unchanged := _unchanged(film, settings, out, counter, teller) if use_cache else None:
            yield film, unchanged
        else:
            changed.append(film)
    if not changed:
        return
    # a still is one picture, which takes less time than to start a process
    alone = settings.format is Format.png
    with workers_of(1 if alone else jobs, None if alone else scheduler, say=say) as workers:
        yield from render_by(workers, changed, settings, out, counter, use_cache=use_cache, teller=teller)


def render_by(
    workers: Workers,
    films: Sequence[FilmFile],
    settings: Settings,
    out: Path,
    counter: Counter | None = None,
    *,
    use_cache: bool = True,
    teller: Callable[[Settings], Teller] | None = None,
) -> Iterator[tuple[FilmFile, Outcome]]:
    """Render films to their folders in `out`, and yield each with its result, or with what went wrong, as it is done.

    use_cache: use segments and results from the cache, and store new ones there. teller: makes what tells a film's
    timeline. Frames are the same whoever draws.
    """
    counter = counter or Counter(films=len(films))
    done = 0
    for batch in _batches(films):
        if workers.cluster and settings.format is not Format.png:
            drawn = _by_workers(batch, settings, out, counter, workers.cluster, use_cache, teller)
        else:
            drawn = _here(batch, settings, out, counter, use_cache, teller)
        for film, result in drawn:
            done += 1
            counter.label(film.name if len(films) == 1 else f"{done} of {len(films)} films")
            yield film, result


def _unchanged(
    film: FilmFile, settings: Settings, out: Path, counter: Counter, teller: Callable[[Settings], Teller] | None
) -> Outcome | None:
    """Write the files of a film whose play is kept, and return it; None where it has to be played."""
    cache = Cache(cache_folder())
    played = KeptPlay(film, settings, cache, teller).read()
    if played is None:
        return None
    counter.skip(sum(segment.frames for segment in played.segments))
    try:
        folder = made_folder(film_folder(film, out))
        with work_folder(folder) as work:
            return written(film, settings, folder, work, played, cache)
    except UntangleError as problem:
        return problem


def _here(
    films: Sequence[FilmFile],
    settings: Settings,
    out: Path,
    counter: Counter,
    use_cache: bool,
    teller: Callable[[Settings], Teller] | None,
) -> Iterator[tuple[FilmFile, Outcome]]:
    from manim_untangle.render.film import render  # imports manim, which films that did not change do without

    for film in films:
        try:
            tells = teller(settings) if teller else None
            place = KeptPlay(film, settings, Cache(cache_folder()), teller) if use_cache else None
            yield film, render(film, settings, out, counter, use_cache=use_cache, teller=tells, place=place)
        except UntangleError as problem:
            yield film, problem
        except Exception as problem:
            if len(films) == 1:  # its traceback is of use
                raise
            yield film, UntangleError(f"{type(problem).__name__}: {problem}")


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
            place = KeptPlay(film, settings, cache, teller) if use_cache else None
            known[order] = film, folder, work, place
        for order in Dispatcher(workers, list(known), counter).run():
            film, folder, work, place = known[order]
            try:
                if order.problem or not order.played:
                    raise order.problem or UntangleError(f"{film.name} was not drawn")
                played = _at_home(order.played)
                result: Outcome = written(film, settings, folder, work, played, order.cache)
                if place:
                    place.write(replace(played, missing=()))
                    order.cache.prune(keep=segment_files(order.cache, played.segments))
            except UntangleError as problem:
                result = problem
            yield film, result


def _at_home(played: Played) -> Played:
    """Return a film as a worker played it, with the paths of its weights here."""
    return replace(played, weights=tuple(WEIGHTS / path for path in played.weights))
