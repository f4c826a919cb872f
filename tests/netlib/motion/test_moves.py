"""Moves: they compose to their layer, never collapse space on the way, and say what they do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlib.activations import activations, identity, relu, tanh
from netlib.layers import Dense
from netlib.motion.moves import padded, together
from netlib.motion.trajectory import moves_of
from tests.thorough import examples

QUIET = examples(60)
TIMES = np.linspace(0, 1, 11)


ANY_SHAPE = st.tuples(st.integers(1, 5), st.integers(1, 5))
SQUARE = st.integers(1, 4).map(lambda n: (n, n))


@st.composite
def layers(draw, shapes=ANY_SHAPE, bends=None):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    outputs, inputs = draw(shapes)
    bend = draw(st.sampled_from(bends or list(activations().values())))
    return Dense(rng.normal(size=(outputs, inputs)), rng.normal(size=outputs), bend)


def points_for(layer):
    return np.random.default_rng(2).uniform(-2, 2, (30, layer.inputs))


@QUIET
@given(layers())
def test_the_moves_of_a_layer_compose_to_it(layer):
    points = points_for(layer)
    end = points
    for move in moves_of(layer):
        end = move.at(end, 1.0)
    np.testing.assert_allclose(end[:, : layer.outputs], layer(points), rtol=0, atol=1e-9)
    np.testing.assert_allclose(end[:, layer.outputs :], 0, atol=1e-9)


@QUIET
@given(layers())
def test_every_move_starts_where_the_one_before_ended(layer):
    points = points_for(layer)
    for move in moves_of(layer):
        np.testing.assert_allclose(move.at(points, 0.0), padded(points, move.inputs, move.ambient), atol=1e-12)
        points = move.at(points, 1.0)


@QUIET
@given(layers())
def test_no_matrix_on_the_way_is_singular_but_the_end_of_flattening(layer):
    for move in moves_of(layer):
        if move.linear is None:
            continue
        for t in TIMES[:-1] if move.part == "flatten" else TIMES:
            determinant = np.linalg.det(move.matrix(t))
            if move.part == "stretch":
                # (1 - t) I + t P has the eigenvalues 1 - t + t p of a positive definite P
                eigenvalues = np.linalg.eigvalsh(move.matrix(1.0))
                assert (eigenvalues > 0).all()
                assert determinant == pytest.approx(np.prod(1 - t + t * eigenvalues))
            elif move.part == "flatten":
                assert determinant == pytest.approx((1 - t) ** (move.ambient - layer.outputs))
            else:
                assert determinant == pytest.approx(1)


@QUIET
@given(layers(SQUARE))
def test_on_the_way_to_a_square_matrix_det_runs_from_one_to_its_absolute_value(layer):
    stretch, turn = moves_of(layer)[:2]
    end = turn.matrix(1.0)[: layer.outputs, : layer.inputs] @ stretch.matrix(1.0)[: layer.inputs, : layer.inputs]
    np.testing.assert_allclose(end, layer.weight, atol=1e-9)
    assert np.linalg.det(stretch.matrix(1.0)) == pytest.approx(abs(np.linalg.det(layer.weight)))


@QUIET
@given(layers(SQUARE))
def test_a_layer_that_flips_space_is_called_a_mirror_image_and_turns_through_one_more_dimension(layer):
    turn = moves_of(layer)[1]
    flips = np.linalg.det(layer.weight) < 0
    assert turn.part == ("mirror" if flips else "rotate")
    assert turn.ambient == layer.inputs + flips


def test_a_mirror_image_of_the_plane_leaves_it_on_the_way_and_comes_back():
    turn = moves_of(Dense([[1.0, 0.0], [0.0, -1.0]], [0.0, 0.0], tanh))[1]
    corner = np.array([[0.0, 1.0, 0.0]])
    halfway, end = turn.at(corner, 0.5)[0], turn.at(corner, 1.0)[0]
    np.testing.assert_allclose(np.abs(halfway), [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(end, [0, -1, 0], atol=1e-12)


@QUIET
@given(layers(bends=[b for b in activations().values() if b.injective and b != identity]), st.floats(0, 1))
def test_bending_is_strictly_increasing_in_every_coordinate_at_every_time(layer, t):
    bend = moves_of(layer)[-1]
    line = np.repeat(np.linspace(-5, 5, 501)[:, None], bend.ambient, axis=1)
    assert (np.diff(bend.at(line, t)[:, : layer.outputs], axis=0) > 0).all()


def test_relu_glues_points_together_at_its_end_and_nowhere_before():
    bend = moves_of(Dense(np.eye(2), np.zeros(2), relu))[-1]
    line = np.repeat(np.linspace(-1, 1, 201)[:, None], 2, axis=1)
    assert all((np.diff(bend.at(line, t), axis=0) > 0).all() for t in (0.0, 0.5, 0.999))
    assert (np.diff(bend.at(line, 1.0), axis=0) == 0).any()


def test_the_parts_of_a_layer_are_named_in_the_order_they_run():
    def parts(outputs, inputs, bend=tanh):
        return [move.part for move in moves_of(Dense(np.eye(outputs, inputs), np.ones(outputs), bend))]

    assert parts(2, 2) == ["stretch", "rotate", "translate", "bend"]
    assert parts(3, 2) == ["stretch", "rotate", "translate", "bend"]
    assert parts(2, 3) == ["stretch", "rotate", "flatten", "translate", "bend"]
    assert parts(2, 2, identity) == ["stretch", "rotate", "translate"]


@QUIET
@given(layers())
def test_moves_together_end_where_they_end_one_after_the_other(layer):
    moves, points = moves_of(layer), points_for(layer)
    end = points
    for move in moves:
        end = move.at(end, 1.0)
    np.testing.assert_allclose(together("all", moves).at(points, 1.0), end, rtol=0, atol=1e-12)


@QUIET
@given(layers(SQUARE), st.floats(0, 1))
def test_the_matrix_of_moves_together_is_the_product_and_maps_vectors_as_they_do(layer, t):
    moves = moves_of(layer)[:2]
    both = together("stretch and turn", moves)
    np.testing.assert_allclose(both.matrix(t), moves[1].matrix(t) @ moves[0].matrix(t), atol=1e-12)
    points = padded(points_for(layer), layer.inputs, both.ambient)
    np.testing.assert_allclose(both.at(points, t), points @ both.matrix(t).T, atol=1e-12)
    assert np.linalg.det(both.matrix(t)) > 0


def test_three_to_two_keeps_the_sheet_apart_until_the_very_end():
    rng = np.random.default_rng(5)
    layer = Dense(rng.normal(size=(2, 3)), rng.normal(size=2), tanh)
    points, flatten = points_for(layer), next(m for m in moves_of(layer) if m.part == "flatten")
    assert np.linalg.matrix_rank(flatten.matrix(0.999)) == 3
    assert np.linalg.matrix_rank(flatten.matrix(1.0)) == 2
    assert (flatten.at(points, 1.0)[:, 2] == 0).all()
