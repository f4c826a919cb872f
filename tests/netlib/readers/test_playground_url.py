"""TensorFlow Playground's URLs: what they ask for, and what is trained here."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlib import UntangleError, read_network
from netlib.datasets import PLAYGROUND_FEATURES as FEATURES
from netlib.errors import BadFile
from netlib.readers.playground import is_playground, playground_recipe
from tests.thorough import examples

# torch warns of its own deprecated parts when it is first used
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")

SETTINGS = {
    "activation": "relu",
    "regularization": "L2",
    "batchSize": "10",
    "dataset": "spiral",
    "regDataset": "reg-plane",
    "learningRate": "0.03",
    "regularizationRate": "0",
    "noise": "5",
    "networkShape": "6,3",
    "seed": "0.71865",
    "showTestData": "false",
    "discretize": "false",
    "percTrainData": "50",
    "x": "true",
    "y": "true",
    "xTimesY": "true",
    "xSquared": "false",
    "ySquared": "false",
    "cosX": "false",
    "sinX": "true",
    "cosY": "false",
    "sinY": "false",
    "collectStats": "false",
    "problem": "classification",
    "initZero": "false",
    "hideText": "false",
}


def url(**changed: str) -> str:
    return "https://playground.tensorflow.org/#" + urlencode(SETTINGS | changed, safe=",")


def test_every_setting_that_matters_is_in_the_recipe() -> None:
    recipe, said = playground_recipe(url())
    assert recipe.data == "playground_spiral:seed=71865,noise=0.05,features=x1+x2+x1x2+sin1"
    assert (recipe.widths, recipe.activation, recipe.seed, recipe.attempts) == ((6, 3, 1), "relu", 71865, 1)
    assert recipe.dataset().points.shape == (500, 4)
    assert "holds settings and a seed, no weights: this network was trained here" in said[0]
    assert "in place of steps of 10 points at rate 0.03" in said[1]


def test_what_is_done_otherwise_than_on_the_page_is_said() -> None:
    _, said = playground_recipe(url(percTrainData="40", regularization="L1", regularizationRate="0.01"))
    assert said[1] == (
        "Trained with Adam on all points at once, in place of steps of 10 points at rate 0.03, on every point, in "
        "place of 40 % of them, with its own weight decay, in place of L1 at rate 0.01."
    )
    _, said = playground_recipe(url(percTrainData="100", regularization=""))
    assert said[1] == "Trained with Adam on all points at once, in place of steps of 10 points at rate 0.03."


def test_a_url_copied_from_a_pages_source_is_the_same_url() -> None:
    assert playground_recipe(url().replace("&", "&amp;")) == playground_recipe(url())
    assert "&amp;" in url().replace("&", "&amp;")


def test_what_a_url_leaves_out_is_as_on_the_page() -> None:
    recipe, _ = playground_recipe("http://playground.tensorflow.org")
    assert (recipe.data, recipe.widths, recipe.activation) == (
        "playground_circle:seed=0,noise=0,features=x1+x2",
        (4, 2, 1),
        "tanh",
    )


@pytest.mark.parametrize("name", ["circle", "xor", "gauss", "spiral"])
def test_every_data_set_of_the_page_has_two_classes_here(name: str) -> None:
    data = playground_recipe(url(dataset=name))[0].dataset()
    assert data.classes == 2
    assert np.bincount(data.labels).min() > 150


@pytest.mark.parametrize("name", ["reg-plane", "reg-gauss"])
def test_every_regression_of_the_page_is_one_here(name: str) -> None:
    recipe, _ = playground_recipe(url(problem="regression", regDataset=name, x="false", networkShape=""))
    assert recipe.dataset().regression
    assert recipe.widths == (1,)


def test_all_seven_features_are_handled() -> None:
    every = dict.fromkeys(("x", "y", "xSquared", "ySquared", "xTimesY", "sinX", "sinY"), "true")
    recipe, _ = playground_recipe(url(**every))
    assert recipe.data.endswith("features=" + "+".join(FEATURES))
    assert recipe.dataset().dimension == 7


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cosX": "true"}, "asks for cosX, a feature that Playground does not have"),
        ({"activation": "gelu"}, "activation=gelu. Known: relu, tanh, sigmoid, linear"),
        ({"dataset": "moons"}, "dataset=moons. Known: circle, xor, gauss, spiral"),
        ({"problem": "regression", "regDataset": "reg-maximum"}, "regDataset=reg-maximum. Known: reg-plane"),
        ({"networkShape": "4,x"}, "networkShape=4,x"),
        ({"networkShape": "4,1000"}, "networkShape=4,1000"),
        ({"networkShape": "0"}, "Widths are 1 to 64"),
        ({"networkShape": ",".join("2" * 40)}, "at most 12 widths"),
        ({"noise": "-1"}, "noise=-1. It must be 0 to 50"),
        ({"noise": "nan"}, "noise=nan"),
        (dict.fromkeys(("x", "y", "xTimesY", "sinX"), "false"), "turns every feature off"),
        ({"seed": "1" * 5000}, "has 5... characters"),
    ],
)
def test_settings_that_the_page_does_not_have_are_refused_by_name(changed: dict[str, str], words: str) -> None:
    with pytest.raises(BadFile, match=words):
        playground_recipe(url(**changed))


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netlib.readers.playground.STEPS", 300)


@pytest.mark.slow
@pytest.mark.usefixtures("briefly")
def test_a_url_is_trained_here_and_says_so() -> None:
    read = read_network(url(dataset="gauss", networkShape="3", xTimesY="false", sinX="false", noise="0"))
    assert read.recipe is not None
    assert read.network.widths == (3, 1)
    data = read.recipe.dataset()
    assert read.network.accuracy(data.points, data.labels) > 0.99
    assert read.assumptions[-1].startswith("It reached accuracy ")


@pytest.mark.usefixtures("briefly")
def test_a_network_without_hidden_layers_is_one_straight_line() -> None:
    read = read_network(url(dataset="gauss", networkShape="", xTimesY="false", sinX="false", noise="0"))
    assert read.recipe is not None
    assert (read.network.hidden, read.network.inputs) == ((), 2)
    data = read.recipe.dataset()
    assert read.network.accuracy(data.points, data.labels) > 0.99


@pytest.mark.usefixtures("briefly")
def test_a_network_of_features_is_trained_on_them() -> None:
    every = dict.fromkeys(("xSquared", "ySquared"), "true") | dict.fromkeys(("xTimesY", "sinX"), "false")
    read = read_network(url(dataset="circle", networkShape="", noise="0", **every))
    assert read.recipe is not None
    data = read.recipe.dataset()
    # a disk is on one side of a plane in the squares: no hidden layer is needed
    assert read.network.accuracy(data.points, data.labels) > 0.99


def test_other_texts_are_no_playground_url() -> None:
    assert is_playground(" HTTPS://playground.tensorflow.org/#x=true")
    assert not is_playground("https://example.org/playground.tensorflow.org")
    assert not is_playground("net.pt")


def parsed_or_refused(read: Callable[[str], object], text: str) -> None:
    try:
        read(text)
    except UntangleError as problem:
        assert str(problem).isprintable()  # noqa: PT017


@pytest.mark.slow
@examples(500)
@given(st.text(max_size=200))
def test_any_text_after_the_host_is_parsed_or_refused(text: str) -> None:
    parsed_or_refused(playground_recipe, "playground.tensorflow.org/" + text)
