"""`untangle train`: the networks of films and recipes, made again from their recipes."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from manim_untangle.render.films import FilmFile, films
from manim_untangle.render.progress import training_bar
from netlib.activations import Array
from netlib.errors import UntangleError, unknown
from netlib.network import Network
from netlib.training import seed_grid as strip
from netlib.training.recipe import Recipe, save_weights, trained_recipes
from netlib.training.recorded import PREFIX as LEARNING


def train_all(names: Iterable[str], say: Callable[[str], None]) -> None:
    """Train every recipe that the names stand for, with a progress bar each, and save the weights.

    Beside recipes there are the strip (strip.py of netlib) and the courses of trainings (learning.py), by the names
    of their files.
    """
    names = [name for name in names if not _trained_whole(name, say)]
    wanted = {each.slug: each for name in names for recipe in recipes_of(name) for each in _lineage(recipe)}
    from netlib.training.loop import train

    for recipe in wanted.values():
        with training_bar(recipe.slug) as report:
            network, record = train(recipe, report)
        change = _change(recipe, network)
        path = save_weights(network, recipe, record)
        say(f"{path.name}  score {record['score']:.4g}, seed {record['seed']}, {change}")


def _change(recipe: Recipe, network: Network) -> str:
    """Return in words how the network differs from the one that was there."""
    try:
        before = recipe.load()
    except UntangleError:
        return "new"
    pairs = zip(before.layers, network.layers, strict=True)
    largest = max(max(_apart(a.weight, b.weight), _apart(a.bias, b.bias)) for a, b in pairs)
    return "as before" if largest == 0 else f"within {largest:.0e} of what was there"


def _apart(one: Array, other: Array) -> float:
    return float(np.abs(one - other).max())


def _trained_whole(name: str, say: Callable[[str], None]) -> bool:
    """Whether the name is that of a strip or a course of training, which is trained and saved then."""
    if name != strip.PATH.stem and not name.startswith(LEARNING):
        return False
    recipes = recipes_of(name.removeprefix(LEARNING)) if name.startswith(LEARNING) else []
    from netlib.training.runs import learn, train_seed_grid

    with training_bar(name) as report:
        paths = [learn(recipe, progress=report).save() for recipe in recipes] or [
            strip.save_seed_grid(train_seed_grid(report))
        ]
    for path in paths:
        say(path.name)
    return True


def recipes_of(name: str) -> list[Recipe]:
    """Return the recipes that a name stands for: a film's own, a constant of the catalogue, or one slug.

    Raises UnknownName with the nearest of all names.
    """
    made = {film.name: film for film in films()}
    if name in made:
        return _recipes_in(made[name].load().recipes)
    named = _catalogue()
    if name.lower() in named:
        return named[name.lower()]
    slugs = []
    for recipe in _all_recipes(named, made.values()):
        if recipe.slug == name:
            return [recipe]
        slugs.append(recipe.slug)
    raise unknown("film or recipe", name, [*made, *named, *slugs])


def _lineage(recipe: Recipe) -> Iterator[Recipe]:
    """Yield the recipes whose weights this one grows from and that are not there, oldest first, then itself."""
    parent = recipe.grown_from
    if parent is not None and not parent.path.is_file():
        yield from _lineage(parent)
    yield recipe


def _catalogue() -> dict[str, list[Recipe]]:
    """Return the recipes of every constant of netlib/training/catalogue.py, by its name in lower case."""
    try:
        catalogue = importlib.import_module("netlib.training.catalogue")
    except ModuleNotFoundError:
        return {}
    found = {name.lower(): _recipes_in(value) for name, value in vars(catalogue).items() if not name.startswith("_")}
    return {name: recipes for name, recipes in found.items() if recipes}


def _recipes_in(value: Any) -> list[Recipe]:
    if isinstance(value, Recipe):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    return [each for each in value if isinstance(each, Recipe)] if isinstance(value, Iterable) else []


def _all_recipes(named: dict[str, list[Recipe]], made: Iterable[FilmFile]) -> Iterator[Recipe]:
    """Yield every recipe that anything here knows: catalogue and weights first, which need no manim."""
    for recipes in named.values():
        yield from recipes
    yield from trained_recipes().values()
    for film in made:
        # a film that cannot even be imported has no recipe to offer; rendering it says what is wrong with it
        with contextlib.suppress(Exception):
            yield from _recipes_in(film.load().recipes)
