"""Recipes: names that change with what they name, and weights that are looked for under them."""

import json
import re
from dataclasses import fields, replace

import pytest

from netlib.errors import BadWeights, MissingWeights, UnknownName, UntangleError
from netlib.training import recipe as recipes
from netlib.training.recipe import Recipe

PLAIN = Recipe("spirals:turns=0.75", (2, 2, 1), seed=3)
OTHERWISE = {
    "data": "spirals:turns=0.76",
    "widths": (2, 3, 1),
    "activation": "sigmoid",
    "seed": 4,
    "steps": 3001,
    "rate": 0.031,
    "sharpness": 6.5,
    "weight_decay": 2e-4,
    "log_volume_penalty": 0.0,
    "target": 0.99,
    "attempts": 25,
    "grown_from": Recipe("spirals", (2, 1)),
}


def test_the_table_of_changes_covers_every_field():
    assert OTHERWISE.keys() == {field.name for field in fields(Recipe)}


def test_the_slug_changes_with_every_field():
    slugs = {replace(PLAIN, **{name: value}).slug for name, value in OTHERWISE.items()}
    assert len(slugs | {PLAIN.slug}) == len(OTHERWISE) + 1
    assert replace(PLAIN).slug == PLAIN.slug


def test_the_slug_can_be_read_and_is_a_safe_file_name():
    assert re.fullmatch(r"spirals-turns0\.75-2x2-tanh-s3-[0-9a-f]{6}", PLAIN.slug)
    every = [replace(PLAIN, data="moons:n=80,noise=0.1"), Recipe("xor", (1,))]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", recipe.slug) for recipe in every)


@pytest.mark.parametrize("recipe", [PLAIN, replace(PLAIN, grown_from=replace(PLAIN, grown_from=PLAIN))])
def test_a_recipe_survives_json(recipe):
    assert Recipe.from_json(recipe.as_json()) == recipe


def test_files_keep_the_names_of_fields_with_which_committed_weights_were_written():
    grown = replace(PLAIN, log_volume_penalty=0.5, grown_from=PLAIN)
    fields = json.loads(grown.as_json())
    assert fields["legibility"] == 0.5
    assert "legibility" in fields["grown_from"]
    assert "log_volume_penalty" not in grown.as_json()
    # the slug of a committed file, from before the field got its present name
    assert Recipe("disk_in_ring", (3, 1), weight_decay=1e-2, log_volume_penalty=3e-2).slug.endswith("6ac265")


def test_shapes_follow_from_the_data_and_the_widths():
    assert PLAIN.shapes() == [(2, 2), (2, 2), (1, 2)]
    assert Recipe("linked_rings", (4, 1)).shapes() == [(4, 3), (1, 4)]


@pytest.mark.parametrize("widths", [(), (0, 1), (2, -1)])
def test_widths_that_make_no_network_are_refused(widths):
    with pytest.raises(UntangleError, match="widths"):
        Recipe("spirals", widths)


def test_an_unknown_activation_is_refused_at_once():
    with pytest.raises(UnknownName, match="Did you mean tanh"):
        Recipe("spirals", (2, 1), "tan")


def test_missing_weights_name_themselves_and_the_command_that_makes_them(tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "WEIGHTS", tmp_path)
    with pytest.raises(MissingWeights, match=f"untangle train {PLAIN.slug}"):
        PLAIN.load(tmp_path / "nowhere.py")


def test_weights_of_another_recipe_are_not_taken_for_this_one(tmp_path, monkeypatch):
    (made,) = list(recipes.trained_recipes().values())[:1]
    network = made.load()
    monkeypatch.setattr(recipes, "WEIGHTS", tmp_path)
    recipes.save_weights(network, made, {}, PLAIN.path)
    with pytest.raises(BadWeights, match="another recipe"):
        PLAIN.load()
