"""`untangle train`: the networks of films and recipes, made again from their recipes."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from manim_untangle.render.films import FilmFile, film_files, films, is_film_file, source_file
from manim_untangle.render.progress import training_bar
from netlib.activations import Array
from netlib.command import shown_path
from netlib.errors import UntangleError, WeightsError, unknown
from netlib.network import Network
from netlib.training import recipe as recipes
from netlib.training import seed_grid as strip
from netlib.training.recipe import Recipe, chosen_folder, found_weights, save_weights, trained_recipes, weights_folder
from netlib.training.recorded import PREFIX as LEARNING

Say = Callable[[str], None]
Done = set[tuple[str, bool, Path]]  # slug, whether recorded, and folder of what was trained


@dataclass(frozen=True)
class Named:
    """What a name stands for: recipes, and the source file that they come from, where that is not one of ours.

    recorded: what is meant are their recorded trainings (learning.py of netlib).
    """

    recipes: list[Recipe]
    film: FilmFile | None = None
    recorded: bool = False

    @property
    def file(self) -> Path:
        """The source file beside which weights are looked for; for what is ours, a name beside the committed ones."""
        return self.film.path if self.film else recipes.WEIGHTS.with_name("netlib")

    @property
    def folder(self) -> Path:
        """Where the weights go."""
        return weights_folder(self.file) if self.film else chosen_folder() or recipes.WEIGHTS


def train_all(names: Iterable[str], say: Say) -> None:
    """Train every recipe that the names stand for, with a progress bar each, and save the weights.

    A name is that of a film, of a source file, of a constant of the catalogue, or a slug; or the name of the file of
    the strip (strip.py of netlib) or of a recorded training (learning.py). All are looked up before one is trained.
    """
    wanted = {name: None if name == strip.PATH.stem else named(name) for name in names}
    for folder in {each.folder for each in wanted.values() if each}:
        _check_writable(folder)
    done = Done()
    for name, each in wanted.items():
        if each is None:
            _train_strip(say)
            continue
        before = len(done)
        for recipe in each.recipes:
            _train(recipe, each, done, say)
        if each.film and is_film_file(name):
            _train_what_is_asked_for(each, each.film, done, before, say)


def named(name: str) -> Named:
    """Return what a name stands for. Raises UnknownName with the nearest of all names."""
    if name.startswith(LEARNING) and not is_film_file(name):
        found = named(name.removeprefix(LEARNING))
        return Named(found.recipes, found.film, recorded=True)
    if is_film_file(name):
        file = source_file(name)
        if not file.ours:
            return Named(_own_recipes(file), file)
        name = file.name
    made = {film.name: film for film in films()}
    if name in made:
        return Named(_declared(made[name].load()))
    constants = _catalogue()
    if name.lower() in constants:
        return Named(constants[name.lower()])
    slugs = []
    for recipe, film in _all_recipes(constants, made.values()):
        if recipe.slug == name:
            return Named([recipe], film)
        slugs.append(recipe.slug)
    raise unknown("film or recipe", name, [*made, *constants, *slugs])


def _train(recipe: Recipe, wanted: Named, done: Done, say: Say) -> None:
    """Train a recipe, after those that it grows from and that are not there, unless it is done; save what it gives."""
    parent, key = recipe.grown_from, (recipe.slug, wanted.recorded, wanted.folder)
    if key in done:
        return
    done.add(key)
    if parent is not None and not _is_there(parent, wanted.file):
        _train(parent, Named([], wanted.film), done, say)
    if wanted.recorded:
        from netlib.training.runs import learn

        with training_bar(f"{LEARNING}{recipe.slug}") as report:
            path = learn(recipe, progress=report, file=wanted.file).save(wanted.folder)
        say(_shown(path))
        return
    from netlib.training.loop import train

    with training_bar(recipe.slug) as report:
        network, record = train(recipe, report, wanted.file)
    change = _change(recipe, network, wanted.file)
    path = save_weights(network, recipe, record, wanted.folder / recipe.path.name)
    say(f"{_shown(path)}  score {record['score']:.4g}, seed {record['seed']}, {change}")


def _train_strip(say: Say) -> None:
    from netlib.training.runs import train_seed_grid

    with training_bar(strip.PATH.stem) as report:
        say(strip.save_seed_grid(train_seed_grid(report)).name)


def _train_what_is_asked_for(wanted: Named, film: FilmFile, done: Done, before: int, say: Say) -> None:
    """Run a film without its pictures, and train what it asks for and does not find, until it asks for nothing more.

    A recipe that is made inside a function is known only once the function runs. What else goes wrong in the film is
    told when the film is rendered; here it matters only if nothing was trained. before: how much was done before.
    """
    while True:
        try:
            _run(film)
        except WeightsError as problem:
            if problem.recipe is None or (problem.recipe.slug, problem.recorded, wanted.folder) in done:
                raise
            _train(problem.recipe, Named([], film, problem.recorded), done, say)
            continue
        except Exception:
            if len(done) == before:
                raise
        if len(done) == before:
            say(f"{film.argument} asks for no weights that are not there")
        return


def _run(file: FilmFile) -> None:
    """Run the scenes of a file, or the file alone where it holds none, without pictures."""
    from manim_untangle.render.manim_config import manim_config
    from manim_untangle.render.play import NullSink, played
    from manim_untangle.render.settings import settings

    with manim_config(settings()):
        module = file.module()
        for name in file.scenes:
            played(getattr(module, name), NullSink(), leap=True)


def _check_writable(folder: Path) -> None:
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise UntangleError(f"no weights can be written to {folder}. Name another folder: --weights DIR")


def _shown(path: Path) -> str:
    return path.name if path.parent == recipes.WEIGHTS else shown_path(path)


def _is_there(recipe: Recipe, file: Path) -> bool:
    try:
        return found_weights(recipe.path.name, file).is_file()
    except WeightsError:
        return False


def _change(recipe: Recipe, network: Network, file: Path) -> str:
    """Return in words how the network differs from the one that was there."""
    try:
        before = recipe.load(file)
    except UntangleError:
        return "new"
    pairs = zip(before.layers, network.layers, strict=True)
    largest = max(max(_apart(a.weight, b.weight), _apart(a.bias, b.bias)) for a, b in pairs)
    return "as before" if largest == 0 else f"within {largest:.0e} of what was there"


def _apart(one: Array, other: Array) -> float:
    return float(np.abs(one - other).max())


def _catalogue() -> dict[str, list[Recipe]]:
    """Return the recipes of every constant of netlib/training/catalogue.py, by its name in lower case."""
    try:
        catalogue = importlib.import_module("netlib.training.catalogue")
    except ModuleNotFoundError:
        return {}
    found = {name.lower(): _recipes_in(value) for name, value in vars(catalogue).items() if not name.startswith("_")}
    return {name: each for name, each in found.items() if each}


def _declared(scene: Any) -> list[Recipe]:
    return _recipes_in(getattr(scene, "recipes", ()))


def _own_recipes(file: FilmFile, *, everything: bool = False) -> list[Recipe]:
    """Return the recipes that the scenes of a file declare; of a file without scenes, those at its top level. None of
    them is committed. everything: of a file with scenes, too, those at its top level.

    A file that asks for weights while it is imported shows none of its recipes; it is run later on.
    """
    try:
        module = file.module()
    except WeightsError:
        return []
    found = [recipe for name in file.scenes for recipe in _declared(getattr(module, name))]
    if everything or not file.scenes:
        found += [recipe for value in vars(module).values() for recipe in _recipes_in(value)]
    return [recipe for recipe in dict.fromkeys(found) if not recipe.path.is_file()]


def _recipes_in(value: Any) -> list[Recipe]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
    return [each for each in values if isinstance(each, Recipe)]


def _all_recipes(named: dict[str, list[Recipe]], made: Iterable[FilmFile]) -> Iterator[tuple[Recipe, FilmFile | None]]:
    """Yield every recipe that anything here knows, and the file that it is from if that is not ours: catalogue and
    weights first, which need no manim, then the film files in the current folder, then our films."""
    for each in named.values():
        yield from ((recipe, None) for recipe in each)
    yield from ((recipe, None) for recipe in trained_recipes().values())
    # a film that cannot even be imported has no recipe to offer; rendering it says what is wrong with it
    for film in film_files(Path.cwd().resolve()):
        if not film.ours and b"Recipe" in film.path.read_bytes():
            with contextlib.suppress(Exception):
                yield from ((recipe, film) for recipe in _own_recipes(film, everything=True))
    for film in made:
        with contextlib.suppress(Exception):
            yield from ((recipe, None) for recipe in _declared(film.load()))
