"""`untangle train`: train the networks of films and recipes, and save their weights."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from manim_untangle.render.cluster import Workers, stop_if_unwanted, workers_of
from manim_untangle.render.films import FilmFile, film_files, films, is_film_file, source_file
from manim_untangle.render.progress import report_bar, training_bar
from netlib.activations import Array
from netlib.command import shown_path
from netlib.errors import UntangleError, WeightsError, unknown
from netlib.network import Network
from netlib.training import catalogue, recorded
from netlib.training import recipe as recipes
from netlib.training.recipe import (
    Progress,
    Recipe,
    chosen_folder,
    found_weights,
    save_weights,
    trained_recipes,
    weights_folder,
)
from netlib.training.recorded import PREFIX, RecordedTraining, record_training

Say = Callable[[str], None]
Task = Callable[[Recipe, int, Network | None, Progress], tuple[Any, dict[str, Any]]]


@dataclass(frozen=True)
class NamedRecipes:
    """The recipes that a name stands for, and the film file that they are from, if that is not one of ours.

    recorded: the recorded trainings of the recipes are meant (netlib/training/recorded.py).
    """

    recipes: list[Recipe]
    film: FilmFile | None = None
    recorded: bool = False

    @property
    def file(self) -> Path:
        """The source file beside which weights are looked for; for our own, a name beside the committed weights."""
        return self.film.path if self.film else recipes.WEIGHTS.with_name("netlib")

    @property
    def folder(self) -> Path:
        """The folder that the weights are saved to."""
        return weights_folder(self.file) if self.film else chosen_folder() or recipes.WEIGHTS


def train_all(names: Iterable[str], say: Say, jobs: int = 1, scheduler: str | None = None) -> None:
    """Train every recipe that the names stand for, with a progress bar each, and save the weights.

    A name is that of a film, a film file, a constant of the catalogue, a slug, or the name without suffix of the file
    of the seed grid or of a recorded training. All names are looked up before any recipe is trained. jobs, scheduler:
    who trains, as for `workers_of`; the weights are the same whoever does.
    """
    found = {name: None if name == recorded.SEED_GRID.stem else recipes_of(name) for name in names}
    for folder in {each.folder for each in found.values() if each}:
        _check_writable(folder)
    with workers_of(jobs, scheduler, say) as workers:
        training = _Training(workers, say)
        if workers.cluster:
            workers.cluster.refuse_other("torch")
        training.run([run for each in found.values() for run in (training.runs(each) if each else training.grid())])
        for name, each in found.items():
            if each and each.film and is_film_file(name):
                _train_on_demand(each, training)


def recipes_of(name: str) -> NamedRecipes:
    """Return the recipes that a name stands for. Raises UnknownName with the nearest known name."""
    if name.startswith(PREFIX) and not is_film_file(name):
        found = recipes_of(name.removeprefix(PREFIX))
        return NamedRecipes(found.recipes, found.film, recorded=True)
    if is_film_file(name):
        file = source_file(name)
        if not file.ours:
            return NamedRecipes(_own_recipes(file), file)
        name = file.name
    made = {film.name: film for film in films()}
    if name in made:
        return NamedRecipes(_recipes_in(made[name].load()))
    constants = _catalogue()
    if name.lower() in constants:
        return NamedRecipes(constants[name.lower()])
    slugs = []
    for recipe, film in _all_recipes(constants, made.values()):
        if recipe.slug == name:
            return NamedRecipes([recipe], film)
        slugs.append(recipe.slug)
    raise unknown("film or recipe", name, [*made, *constants, *slugs])


@dataclass(eq=False)
class _Run:
    """A recipe to train, by attempts that do not depend on each other.

    task: makes one attempt, as `attempt` of netlib/training/loop.py. attempts: how many there may be. parent: the
    network that the recipe grows from. found: what each attempt made. keep: saves the network and its record.
    """

    recipe: Recipe
    task: Task
    attempts: int
    parent: Callable[[], Network | None]
    keep: Callable[[Any, dict[str, Any]], None]
    label: str
    found: dict[int, tuple[Any, dict[str, Any]]] = field(default_factory=dict)
    is_over: bool = False

    def take(self, number: int, made: tuple[Any, dict[str, Any]]) -> None:
        """Take what an attempt made. The first one that reaches the target counts, in the order of seeds."""
        self.found[number] = made
        for k in range(self.attempts):
            if self.is_over or k not in self.found:
                return
            if self.found[k][1]["score"] >= self.recipe.target:
                self.is_over = True
                self.keep(*self.found[k])
                return
        from netlib.training.loop import not_reached

        raise not_reached(self.recipe, [record for _, record in self.found.values()])


class _Training:
    """Trains recipes by the workers, each recipe once."""

    def __init__(self, workers: Workers, say: Say) -> None:
        self.workers, self.say = workers, say
        self.known = set[tuple[str, bool, Path]]()  # slug, whether the training is recorded, folder

    def runs(self, named: NamedRecipes) -> Iterator[_Run]:
        """Yield what is to be trained for a name: before each recipe the one that it grows from, if that is missing."""
        for recipe in named.recipes:
            key = (recipe.slug, named.recorded, named.folder)
            if key in self.known:
                continue
            self.known.add(key)
            if recipe.grown_from is not None and not _exists(recipe.grown_from, named.file):
                yield from self.runs(NamedRecipes([recipe.grown_from], named.film))
            parent = partial(recipe.parent, named.file)
            if named.recorded:
                keep = partial(self._keep_recorded, named)
                yield _Run(recipe, _recorded, 1, parent, keep, f"{PREFIX}{recipe.slug}")
            else:
                from netlib.training.loop import attempt  # imports torch

                yield _Run(recipe, attempt, recipe.attempts, parent, partial(self._keep, recipe, named), recipe.slug)

    def grid(self) -> Iterator[_Run]:
        """Yield what is to be trained for the seed grid."""
        trained, grid = dict[Recipe, Array](), recorded.seed_grid_recipes()

        def keep(recipe: Recipe, parameters: Array, record: dict[str, Any]) -> None:
            trained[recipe] = parameters
            if len(trained) == len(grid):
                self.say(recorded.save_seed_grid({each: trained[each] for each in grid}).name)

        for recipe in grid:
            yield _Run(recipe, _seeds, 1, recipe.parent, partial(keep, recipe), recipe.slug)

    def run(self, runs: list[_Run]) -> None:
        """Train all; raise what went wrong with the first that failed, once all others are trained."""
        everything, problems = runs, dict[_Run, Exception]()
        while runs:
            # a recipe waits for the one that it grows from, where that comes before it
            ready = [
                run for k, run in enumerate(runs) if run.recipe.grown_from not in [each.recipe for each in runs[:k]]
            ]
            problems |= self._run_side_by_side(ready)
            failed = [run.recipe for run in problems]
            runs = [run for run in runs if run not in ready and run.recipe.grown_from not in failed]
        for problem in (problems[run] for run in everything if run in problems):
            raise problem

    def _run_side_by_side(self, runs: list[_Run]) -> dict[_Run, Exception]:
        problems = dict[_Run, Exception]()
        # one process shows the steps of each training in a bar of its own
        task = _there if self.workers.cluster else _here
        with report_bar("training") if self.workers.cluster else nullcontext(lambda *_: None) as progress:
            while open_runs := [run for run in runs if not run.is_over and run not in problems]:
                share = max(1, self.workers.count // len(open_runs))
                calls, asked = list[tuple[Any, ...]](), list[tuple[_Run, int]]()
                for run in open_runs:
                    for number in range(len(run.found), min(len(run.found) + share, run.attempts)):
                        asked.append((run, number))
                        calls.append((run.task, run.recipe, number, run.parent(), run.label))
                for done, found in self.workers.each_of(task, calls):
                    run, number = asked[done]
                    try:
                        if isinstance(found, Exception):
                            raise found
                        run.take(number, found)
                    except UntangleError as problem:
                        problems.setdefault(run, problem)
                    over = sum(run.is_over or run in problems for run in runs)
                    progress(f"{over} of {len(runs)} networks", over, len(runs))
                    if over == len(runs):
                        break
        return problems

    def _keep(self, recipe: Recipe, named: NamedRecipes, network: Network, record: dict[str, Any]) -> None:
        change = _change(recipe, network, named.file)
        path = save_weights(network, recipe, record, named.folder / recipe.path.name)
        self._say(path, f"  score {record['score']:.4g}, seed {record['seed']}, {change}")

    def _keep_recorded(self, named: NamedRecipes, training: RecordedTraining, record: dict[str, Any]) -> None:
        self._say(training.save(named.folder))

    def _say(self, path: Path, result: str = "") -> None:
        self.say(f"{path.name if path.parent == recipes.WEIGHTS else shown_path(path)}{result}")


def _here(task: Task, recipe: Recipe, number: int, parent: Network | None, label: str) -> tuple[Any, dict[str, Any]]:
    with training_bar(label) as report:
        return task(recipe, number, parent, report)


def _there(task: Task, recipe: Recipe, number: int, parent: Network | None, label: str) -> tuple[Any, dict[str, Any]]:
    return task(recipe, number, parent, stop_if_unwanted)


def _recorded(recipe: Recipe, number: int, parent: Network | None, progress: Progress) -> Any:
    return record_training(recipe, progress=progress, parent=parent), {"score": math.inf}


def _seeds(recipe: Recipe, number: int, parent: Network | None, progress: Progress) -> Any:
    return recorded.train_seeds(recipe, progress), {"score": math.inf}


def _train_on_demand(named: NamedRecipes, training: _Training) -> None:
    """Run the scenes of a film file without drawing them, and train each recipe whose weights are missing.

    A recipe that a function makes is known only when the function runs. A file without scenes is only imported. Any
    other error of the film matters only if nothing was trained: rendering the film reports it.
    """
    from manim_untangle.render.engine import Sink, manim_config, play_film
    from manim_untangle.render.settings import settings

    film = named.film
    assert film
    trained = bool(named.recipes)
    while True:
        try:
            with manim_config(settings()):
                module = film.module()
                for name in film.scenes:
                    play_film(getattr(module, name), Sink(), dry_run=True)
        except WeightsError as problem:
            runs = list(training.runs(NamedRecipes([problem.recipe], film, problem.recorded))) if problem.recipe else []
            if not runs:
                raise
            training.run(runs)
            trained = True
            continue
        except Exception:
            if not trained:
                raise
        if not trained:
            training.say(f"{film.argument} needs no weights that are missing")
        return


def _check_writable(folder: Path) -> None:
    existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise UntangleError(f"no weights can be written to {folder}. Name another folder: --weights DIR")


def _exists(recipe: Recipe, file: Path) -> bool:
    try:
        return found_weights(recipe.path.name, file).is_file()
    except WeightsError:
        return False


def _change(recipe: Recipe, network: Network, file: Path) -> str:
    """Return in words how the network differs from the one that was saved before."""
    try:
        before = recipe.load(file)
    except UntangleError:
        return "new"
    largest = np.abs(recipes.parameters_of(before) - recipes.parameters_of(network)).max()
    return "as before" if largest == 0 else f"within {largest:.0e} of the weights before"


def _catalogue() -> dict[str, list[Recipe]]:
    """Return the recipes of every constant of netlib/training/catalogue.py, by its name in lower case."""
    found = {name.lower(): _recipes_in(value) for name, value in vars(catalogue).items() if not name.startswith("_")}
    return {name: each for name, each in found.items() if each}


def _own_recipes(file: FilmFile, *, everything: bool = False) -> list[Recipe]:
    """Return the recipes that the scenes of a film file declare, without those whose weights are committed; for a file
    without scenes those at its top level. everything: include those at top level in any case.

    A file that loads missing weights at import gives none: `_train_on_demand` runs it later.
    """
    try:
        module = file.module()
    except WeightsError:
        return []
    found = [recipe for name in file.scenes for recipe in _recipes_in(getattr(module, name))]
    if everything or not file.scenes:
        found += [recipe for value in vars(module).values() for recipe in _recipes_in(value)]
    return [recipe for recipe in dict.fromkeys(found) if not recipe.path.is_file()]


def _recipes_in(value: Any) -> list[Recipe]:
    """Return the recipes in a value: one, those in a list, tuple or dict, or those that a scene class declares."""
    if isinstance(value, type):
        value = getattr(value, "recipes", ())
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
    return [each for each in values if isinstance(each, Recipe)]


def _all_recipes(named: dict[str, list[Recipe]], made: Iterable[FilmFile]) -> Iterator[tuple[Recipe, FilmFile | None]]:
    """Yield every known recipe, and its film file if that is not ours: those of the catalogue and the committed weights
    first, which need no manim, then those of film files in the current folder, then those of our films."""
    for each in named.values():
        yield from ((recipe, None) for recipe in each)
    yield from ((recipe, None) for recipe in trained_recipes().values())
    # a film that cannot be imported has no recipes here; rendering it reports what is wrong
    for film in film_files(Path.cwd().resolve()):
        if not film.ours and b"Recipe" in film.path.read_bytes():
            with contextlib.suppress(Exception):
                yield from ((recipe, film) for recipe in _own_recipes(film, everything=True))
    for film in made:
        with contextlib.suppress(Exception):
            yield from ((recipe, None) for recipe in _recipes_in(film.load()))
