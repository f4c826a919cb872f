"""`untangle train`: train the networks of films and recipes, and save their weights."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from manim_untangle.render.films import FilmFile, film_files, films, is_film_file, source_file
from manim_untangle.render.progress import training_bar
from netlib.command import shown_path
from netlib.errors import UntangleError, WeightsError, unknown
from netlib.network import Network
from netlib.training import catalogue, recorded
from netlib.training import recipe as recipes
from netlib.training.recipe import Recipe, chosen_folder, found_weights, save_weights, trained_recipes, weights_folder
from netlib.training.recorded import PREFIX, record_training

Say = Callable[[str], None]
Trained = set[tuple[str, bool, Path]]  # slug, whether the training was recorded, folder


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


def train_all(names: Iterable[str], say: Say) -> None:
    """Train every recipe that the names stand for, with a progress bar each, and save the weights.

    A name is that of a film, a film file, a constant of the catalogue, a slug, or the name without suffix of the file
    of the seed grid or of a recorded training. All names are looked up before any recipe is trained.
    """
    found = {name: None if name == recorded.SEED_GRID.stem else recipes_of(name) for name in names}
    for folder in {each.folder for each in found.values() if each}:
        _check_writable(folder)
    trained = Trained()
    for name, each in found.items():
        if each is None:
            with training_bar(name) as report:
                say(recorded.save_seed_grid(recorded.train_seed_grid(report)).name)
            continue
        before = len(trained)
        for recipe in each.recipes:
            _train(recipe, each, trained, say)
        if each.film and is_film_file(name):
            _train_on_demand(each.film, each.folder, trained, before, say)


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


def _train(recipe: Recipe, named: NamedRecipes, trained: Trained, say: Say) -> None:
    """Train a recipe and save its weights, unless it was done before; first the one that it grows from, if missing."""
    parent, key = recipe.grown_from, (recipe.slug, named.recorded, named.folder)
    if key in trained:
        return
    trained.add(key)
    if parent is not None and not _exists(parent, named.file):
        _train(parent, NamedRecipes([], named.film), trained, say)
    if named.recorded:
        with training_bar(f"{PREFIX}{recipe.slug}") as report:
            path = record_training(recipe, progress=report, file=named.file).save(named.folder)
        result = ""
    else:
        from netlib.training.loop import train  # imports torch

        with training_bar(recipe.slug) as report:
            network, record = train(recipe, report, named.file)
        change = _change(recipe, network, named.file)
        path = save_weights(network, recipe, record, named.folder / recipe.path.name)
        result = f"  score {record['score']:.4g}, seed {record['seed']}, {change}"
    say(f"{path.name if path.parent == recipes.WEIGHTS else shown_path(path)}{result}")


def _train_on_demand(film: FilmFile, folder: Path, trained: Trained, before: int, say: Say) -> None:
    """Run the scenes of a film file without drawing them, and train each recipe whose weights are missing.

    A recipe that a function makes is known only when the function runs. A file without scenes is only imported. Any
    other error of the film matters only if nothing was trained: rendering the film reports it. before: how many
    trainings there were before this film.
    """
    from manim_untangle.render.engine import Sink, manim_config, play_film
    from manim_untangle.render.settings import settings

    while True:
        try:
            with manim_config(settings()):
                module = film.module()
                for name in film.scenes:
                    play_film(getattr(module, name), Sink(), dry_run=True)
        except WeightsError as problem:
            if problem.recipe is None or (problem.recipe.slug, problem.recorded, folder) in trained:
                raise
            _train(problem.recipe, NamedRecipes([], film, problem.recorded), trained, say)
            continue
        except Exception:
            if len(trained) == before:
                raise
        if len(trained) == before:
            say(f"{film.argument} needs no weights that are missing")
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
