"""Networks in numpy's .npz: names, layouts, and bytes that are none."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from netlib.errors import AmbiguousFile, BadFile
from netlib.readers import network_of
from netlib.readers.files import ReadOptions
from netlib.readers.npz import read_npy

RNG = np.random.default_rng(0)
W1, B1, W2, B2 = RNG.normal(size=(2, 5)), RNG.normal(size=5), RNG.normal(size=(5, 1)), RNG.normal(size=1)
TANH = ReadOptions.of("tanh")


def saved(*unnamed: NDArray, **named: NDArray) -> bytes:
    file = io.BytesIO()
    np.savez(file, *unnamed, **named)
    return file.getvalue()


def by_hand(points: NDArray) -> NDArray:
    return np.tanh(points @ W1 + B1) @ W2 + B2


@pytest.mark.parametrize(
    "arrays",
    [
        {"W1": W1, "b1": B1, "W2": W2, "b2": B2},
        {"coefs_0": W1, "intercepts_0": B1, "coefs_1": W2, "intercepts_1": B2},
        {"dense/kernel": W1, "dense/bias": B1, "dense_1/kernel": W2, "dense_1/bias": B2},
        {"fc1.weight": W1.T, "fc1.bias": B1, "fc2.weight": W2.T, "fc2.bias": B2},
        {"hidden_weight": W1, "hidden_bias": B1, "out_weight": W2, "out_bias": B2},
        {"w_in": W1.T, "b_in": B1[None], "w_out": W2.T, "b_out": B2[None]},
        {"arr_0": W1, "arr_1": B1, "arr_2": W2, "arr_3": B2},
    ],
    ids=lambda arrays: next(iter(arrays)),
)
def test_usual_names_and_both_layouts_give_the_same_function(agrees: Callable, arrays: dict[str, NDArray]) -> None:
    agrees(network_of(saved(**arrays), ".npz", TANH), by_hand, 2)


def test_float32_fortran_order_and_compression_change_nothing(agrees: Callable) -> None:
    file = io.BytesIO()
    np.savez_compressed(file, W1=np.asfortranarray(W1), b1=B1, W2=W2.astype(">f8"), b2=B2)
    agrees(network_of(file.getvalue(), ".npz", TANH), by_hand, 2)


def test_the_layout_of_square_weights_is_asked_for_by_name(agrees: Callable) -> None:
    square, vector = RNG.normal(size=(3, 3)), RNG.normal(size=3)
    data = saved(W1=square, b1=vector, W2=square, b2=vector)
    with pytest.raises(AmbiguousFile, match=r"\(out, in\) or \(in, out\)\. Give it: --layout in,out"):
        network_of(data, ".npz", TANH)
    read = network_of(data, ".npz", ReadOptions.of("tanh", layout="in, out"))
    agrees(read, lambda points: np.tanh(points @ square + vector) @ square + vector, 3)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"W1": W1, "b1": B1, "W2": W1}, r"do not fit: 1: \(2, 5\) and \(5,\), 2: \(2, 5\)\. Save layers"),
        (
            {"W1": W1, "b1": B2},
            r"layer '1': weight \(2, 5\), which .* \(in,out\), .* do not fit\. Save a bias of the shape \(5,\)",
        ),
        ({"W1": W1, "scaler": B1}, "'scaler' is neither a weight nor a bias by its name"),
        ({"W1": W1[None]}, "convolution by its weight's shape"),
        ({"W1": np.array([["a", "b"]])}, "holds <U1, not numbers"),
        ({"W1": np.array([[1.0, np.nan]])}, r"weight\[0, 1\] is NaN"),
        ({"W1": np.zeros((0, 2))}, r"not \(in,out\)"),
        ({"W1": np.zeros((0, 2**40))}, "is invalid or too large"),
        ({"W1": W1, "w1": W1}, "do not fit|two arrays could be"),
        ({"bn.running_mean": B1, "bn.running_var": B1**2}, "holds no dense layer"),
    ],
)
def test_what_makes_no_network_is_refused(arrays: dict[str, NDArray], words: str) -> None:
    with pytest.raises(BadFile, match=words):
        network_of(saved(**arrays), ".npz", ReadOptions.of("tanh", layout="in,out"))


def test_pickled_objects_are_refused_without_being_loaded() -> None:
    with pytest.raises(BadFile, match=r"'W1\.npy' holds pickled objects, which can run code"):
        network_of(saved(W1=np.array([[object()]], dtype=object)), ".npz", TANH)


def test_a_header_that_claims_more_than_there_is_is_refused() -> None:
    file = io.BytesIO()
    np.save(file, np.zeros((2, 2)))
    whole = file.getvalue()
    assert np.array_equal(read_npy(whole, "a"), np.zeros((2, 2)))
    for claim in (b"(9, 2)", b"(2, 3)"):
        with pytest.raises(BadFile, match="where its shape needs"):
            read_npy(whole.replace(b"(2, 2)", claim), "a")


def test_data_in_place_of_a_network_is_said_to_be_data():
    with pytest.raises(BadFile, match=r"holds data \(labels, points\), and no weights\. Give it as --data"):
        network_of(saved(points=RNG.normal(size=(9, 2)), labels=np.arange(9) % 2), ".npz", TANH)
