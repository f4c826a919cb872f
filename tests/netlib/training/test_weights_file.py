"""Weights files: whole or not there at all, and never believed when something is wrong with them."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from netlib.activations import tanh
from netlib.errors import BadWeights, UntangleError
from netlib.layers import Dense
from netlib.network import Network
from netlib.training.recipe import Recipe, read_weights, save_weights
from netlib.training.weights_file import read_tensors, write_tensors
from tests.thorough import examples

NETWORK = Network((Dense([[0.1, 2.0], [3.0, -4.5]], [0.5, 0.25], tanh),), Dense([[1.0, -1.0]], [1e-9]))
RECIPE = Recipe("spirals", (2, 1))


@pytest.fixture
def path(tmp_path):
    return save_weights(NETWORK, RECIPE, {"seed": 3, "score": 1.0}, tmp_path / "net.safetensors")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return save_weights(NETWORK, RECIPE, {}, tmp_path_factory.mktemp("whole") / "net.safetensors").read_bytes()


def refused(path):
    with pytest.raises(BadWeights) as error:
        read_weights(path)
    assert "net.safetensors" in str(error.value)
    assert str(error.value).endswith(". Restore it from a copy, or make it again")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_weights_come_back_bit_by_bit(path):
    network, metadata = read_weights(path)
    assert network.sha256 == NETWORK.sha256
    assert Recipe.from_json(metadata["recipe"]) == RECIPE
    assert metadata["record"] == '{"seed": 3, "score": 1.0}'


def test_the_same_weights_make_the_same_bytes(path):
    before = path.read_bytes()
    for _ in range(20):
        assert save_weights(NETWORK, RECIPE, {"seed": 3, "score": 1.0}, path).read_bytes() == before


@examples(60)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_refused(whole, tmp_path_factory, share):
    path = tmp_path_factory.mktemp("cut") / "net.safetensors"
    path.write_bytes(whole[: int(share * len(whole))])
    refused(path)


@examples(120)
@given(data=st.data())
def test_a_file_with_any_bit_flipped_is_refused(whole, tmp_path_factory, data):
    damaged = bytearray(whole)
    damaged[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path_factory.mktemp("flip") / "net.safetensors"
    path.write_bytes(damaged)
    try:
        # a flip in the padding of the header may change nothing; all else must be noticed
        assert read_weights(path)[0].sha256 == NETWORK.sha256
    except BadWeights:
        refused(path)


def test_altered_weights_are_refused(path):
    tensors, metadata = read_tensors(path)
    altered = {**tensors, "0.weight": tensors["0.weight"] + 1e-12}
    save_file(altered, path, {**metadata, "sha256": "0" * 64})
    assert "altered" in refused(path)


def test_an_altered_record_is_refused(path):
    content = path.read_bytes()
    path.write_bytes(content.replace(b'\\"score\\": 1.0', b'\\"score\\": 2.0'))
    assert path.read_bytes() != content
    assert "altered" in refused(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused_though_the_digest_fits(path, value):
    tensors, metadata = read_tensors(path)
    write_tensors({**tensors, "1.bias": np.array([value])}, metadata, path)
    assert "NaN" in refused(path)


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt"}])
def test_a_file_from_elsewhere_is_refused(path, metadata):
    save_file({"0.weight": np.eye(2), "0.bias": np.zeros(2)}, path, metadata)
    assert "not written by Untangle" in refused(path)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"0.weight": np.eye(3)}, '["tanh", "identity"]'),
        ({}, '["tanh", "tanh", "identity"]'),
        ({}, '["tan", "identity"]'),
        ({}, "[]"),
        ({}, "7"),
        ({}, "nonsense"),
    ],
)
def test_tensors_that_make_no_network_are_refused(path, change, names):
    tensors, metadata = read_tensors(path)
    write_tensors({**tensors, **change}, {**metadata, "activations": names}, path)
    assert "no network" in refused(path)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "net.safetensors").mkdir()
    refused(tmp_path / "net.safetensors")


def test_a_failed_write_leaves_the_old_file_and_no_scraps(path, monkeypatch):
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UntangleError, match="no space left to write in"):
        save_weights(NETWORK, RECIPE, {}, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(UntangleError, match="taken"):
        save_weights(NETWORK, RECIPE, {}, tmp_path / "taken" / "net.safetensors")
