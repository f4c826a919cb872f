"""The committed weights: each is what its recipe asks for, and what torch would compute with."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from netlib.motion.orientation import orientation, oriented
from netlib.training.catalogue import MOONS, ONE_LAYER, catalogue
from netlib.training.recipe import WEIGHTS, Recipe, trained_recipes
from netlib.training.recorded import SEEDS, SHAPES, RecordedTraining, load_recorded, load_seed_grid, score
from netlib.training.weights_file import read_tensors

COMMITTED = trained_recipes()

every_recipe = pytest.mark.parametrize("recipe", COMMITTED.values(), ids=COMMITTED)


@every_recipe
def test_torch_computes_the_same_from_the_same_weights(recipe, tmp_path):
    network = recipe.load()
    linears = [nn.Linear(layer.inputs, layer.outputs, dtype=torch.float64) for layer in network.layers]
    for linear, layer in zip(linears, network.layers, strict=True):
        linear.load_state_dict({"weight": torch.tensor(layer.weight), "bias": torch.tensor(layer.bias)})
    torch.save(nn.ModuleList(linears).state_dict(), tmp_path / "net.pt")
    state = torch.load(tmp_path / "net.pt", weights_only=True)
    points = np.random.default_rng(0).uniform(-1.5, 1.5, (300, network.inputs))
    values = torch.tensor(points)
    for k, layer in enumerate(network.layers):
        values = functional.linear(values, state[f"{k}.weight"], state[f"{k}.bias"])
        if layer.activation.name != "identity":
            name, _, slope = layer.activation.name.partition("(")
            values = getattr(functional, name)(values, *([float(slope.rstrip(")"))] if slope else []))
        assert (
            np.abs(
                values.numpy() - (network.represent(points, k + 1) if k < len(network.hidden) else network(points))
            ).max()
            <= 1e-6
        )


@every_recipe
def test_the_target_is_reached_and_the_record_says_by_how_much(recipe):
    network, record = recipe.load(), recipe.record()
    assert record["score"] == pytest.approx(score(network, recipe.dataset()), abs=1e-12)
    assert record["score"] >= recipe.target
    assert record["seed"] == recipe.seed + record["attempts"] - 1
    assert network.widths == recipe.widths


@every_recipe
def test_its_neurons_are_in_the_calmest_order(recipe):
    network = recipe.load()
    for order, signs in orientation(network):
        assert list(order) == sorted(order)
        assert set(signs) == {1.0}


@every_recipe
def test_its_file_is_small_and_named_for_its_recipe(recipe):
    assert recipe.path.stem == recipe.slug
    assert recipe.path.stat().st_size < 8_000


def test_every_recipe_of_the_catalogue_is_trained_and_every_file_is_of_the_catalogue():
    wanted = {recipe.slug: recipe for recipe in catalogue().values()}
    wanted |= {recipe.grown_from.slug: recipe.grown_from for recipe in catalogue().values() if recipe.grown_from}
    assert trained_recipes() == wanted


def test_no_file_among_the_weights_is_of_an_unknown_kind():
    for path in WEIGHTS.glob("*"):
        assert path.name == "README.md" or read_tensors(path)[1].keys() & {"recipe", "recipes"}


def test_a_name_written_twice_in_the_catalogue_would_be_noticed():
    assert len({recipe.slug for recipe in catalogue().values()}) == len(catalogue())


def test_the_catalogue_has_matrices_with_real_eigenvalues_and_without():
    def turns(layer):
        return (np.abs(np.linalg.eigvals(layer.weight).imag) > 0.1).all()

    assert turns(ONE_LAYER.load().hidden[0])
    assert not any(turns(layer) for layer in MOONS.load().hidden)


def test_the_strip_holds_every_width_depth_and_seed_once():
    runs = load_seed_grid()
    assert [run[:3] for run in runs] == [(w, d, s) for (w, d), s in itertools.product(sorted(SHAPES), range(SEEDS))]
    for run in runs:
        assert run.network.widths == (run.width,) * run.depth + (1,)
        assert run.network.inputs == 2


def test_of_the_strip_no_narrow_network_is_right_everywhere_and_every_wide_one_is():
    # a fact about these networks and points; for other points narrow networks can be right on all (mathematics: T5)
    data = Recipe("disk_in_ring", (1,)).dataset()
    reached = {run[:3]: run.network.accuracy(data.points, data.labels) for run in load_seed_grid()}
    assert all((accuracy == 1) == (width == 3) for (width, _, _), accuracy in reached.items())
    best = [max(a for (w, d, _), a in reached.items() if (w, d) == (2, depth)) for depth in range(1, 5)]
    assert best == sorted(best)


LEARNT = [path.stem.removeprefix("learning-") for path in WEIGHTS.glob("learning-*.safetensors")]


@pytest.mark.parametrize("slug", LEARNT)
def test_the_course_of_a_training_ends_with_its_committed_network(slug):
    learning = load_recorded(COMMITTED[slug])
    assert isinstance(learning, RecordedTraining)
    last = learning.at(learning.moments - 1)
    assert last.sha256 == COMMITTED[slug].load().sha256 == oriented(last).sha256
    assert (np.diff(learning.steps) > 0).all()
    assert (learning.steps[0], learning.steps[-1]) == (0, COMMITTED[slug].steps)
    data = COMMITTED[slug].dataset()
    for moment in (0, learning.moments // 2, learning.moments - 1):
        assert learning.scores[moment] == score(learning.at(moment), data)
