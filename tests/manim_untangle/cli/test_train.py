"""`untangle train` for what is more than one network: the seed grid, and recorded trainings."""

from dataclasses import replace

import numpy as np
import pytest

from manim_untangle.cli import train as commands
from netlib.errors import MissingWeights, UnknownName
from netlib.training import recipe as recipes
from netlib.training import recorded
from netlib.training import recorded as learning
from netlib.training.catalogue import LEARNING_CURVES
from netlib.training.loop import fit, train
from netlib.training.recipe import Recipe

QUICK = tuple(replace(recipe, steps=5) for recipe in recorded.seed_grid_recipes())


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """An empty place for weights, and recipes that are trained in no time."""
    monkeypatch.setattr(recipes, "WEIGHTS", tmp_path)
    monkeypatch.setattr(learning, "WEIGHTS", tmp_path)
    monkeypatch.setattr(recorded, "SEED_GRID", tmp_path / recorded.SEED_GRID.name)
    monkeypatch.setattr(recorded, "seed_grid_recipes", lambda: QUICK)
    return tmp_path


def cure(error):
    """The name after `untangle train` in an error message."""
    return str(error.value).rpartition("untangle train ")[2]


@pytest.mark.slow
def test_the_seed_grid_is_trained_by_the_name_in_its_error(shelf):
    with pytest.raises(MissingWeights) as missing:
        recorded.load_seed_grid()
    said = []
    commands.train_all([cure(missing)], said.append)
    assert said == [recorded.SEED_GRID.name]
    made = recorded.load_seed_grid()
    assert len(made) == len(QUICK) * recorded.SEEDS
    # the first of them, against the same recipe trained by itself
    row, _ = fit(QUICK[0], [0])
    points = np.random.default_rng(0).uniform(-1, 1, (20, 2))
    np.testing.assert_allclose(
        made[0].network(points), recorded.network_of(QUICK[0], row[0])(points), rtol=0, atol=1e-9
    )


def test_a_course_is_trained_by_the_name_in_its_error(shelf, monkeypatch):
    recipe = Recipe("two_curves:n=20", (2, 1), steps=30, target=0.0)
    monkeypatch.setattr(commands, "_catalogue", lambda: {"quick": [recipe]})
    with pytest.raises(MissingWeights) as missing:
        learning.load_recorded(recipe, file=shelf / "nowhere.py")
    said = []
    commands.train_all([cure(missing)], said.append)
    course = learning.load_recorded(recipe)
    assert said == [f"learning-{recipe.slug}.safetensors"]
    assert course.at(course.moments - 1).sha256 == train(recipe)[0].sha256


def test_a_course_of_an_unknown_recipe_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownName, match=LEARNING_CURVES.slug):
        commands.train_all([f"learning-{LEARNING_CURVES.slug}x"], print)
