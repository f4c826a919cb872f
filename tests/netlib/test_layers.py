"""Layers are open: a kind that nobody here knows goes through networks, trajectories, certificates and the stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from netlib import (
    Dataset,
    Dense,
    Layer,
    Move,
    Network,
    Trajectory,
    UntangleError,
    activation,
    affine_then_bend,
    dataset,
    oriented,
)
from netlib.activations import Activation, Array, identity
from netlib.certificates.certificate import Certificate
from netlib.certificates.claims import layers_are_homeomorphisms
from netlib.certificates.report import report
from netlib.layers import dense
from netlib.motion.projected import Pictures, ProjectedTrajectory

TANH = activation("tanh")


@dataclass(frozen=True, eq=False)
class Shear:
    """(x, y) -> (x, y + amount x^2): bijective, and no dense layer."""

    amount: float
    inputs: int = 2
    outputs: int = 2
    activation: Activation = identity

    @property
    def content(self) -> bytes:
        return f"shear {self.amount!r}".encode()

    @property
    def injective(self) -> Certificate:
        return Certificate(True, {"amount": self.amount}, "exact: y - amount x^2 undoes it")

    @property
    def lipschitz(self) -> float:
        return np.inf

    def __call__(self, points: Array) -> Array:
        return np.column_stack([points[:, 0], points[:, 1] + self.amount * points[:, 0] ** 2])

    def moves(self, index: int = 0) -> tuple[Move, ...]:
        return (Move("shear", "shear", 2, 2, lambda points, t: Shear(t * self.amount)(points), layer=index),)


def sheared(amount: float = 0.7) -> Network:
    rng = np.random.default_rng(0)
    first, last = (Dense(rng.normal(size=(2, 2)), rng.normal(size=2), TANH) for _ in range(2))
    return Network((first, Shear(amount), last), Dense(rng.normal(size=(1, 2)), [0.1]))


def test_a_new_kind_is_a_layer() -> None:
    layer: Layer = Shear(0.5)
    assert layer.injective.holds


@pytest.mark.parametrize("taken_apart", [None, affine_then_bend])
def test_a_trajectory_through_it_ends_where_the_network_does(taken_apart) -> None:
    network, points = sheared(), np.random.default_rng(1).normal(size=(30, 2))
    trajectory = Trajectory.through(network, *([taken_apart] if taken_apart else []))
    np.testing.assert_allclose(trajectory.end(points)[:, :2], network.represent(points), atol=1e-12)
    assert "shear" in [move.title for move in trajectory.moves]


def test_it_is_part_of_the_network_s_digest() -> None:
    assert sheared(0.7).sha256 == sheared(0.7).sha256 != sheared(0.8).sha256


def test_neurons_keep_their_order_before_it_and_the_function_stays() -> None:
    network, points = sheared(), np.random.default_rng(2).normal(size=(30, 2))
    turned = oriented(network)
    np.testing.assert_allclose(turned(points), network(points), atol=1e-12)
    np.testing.assert_array_equal(dense(turned.hidden[0]).weight, dense(network.hidden[0]).weight)


def test_certificates_take_its_word_or_say_that_they_do_not_decide() -> None:
    assert layers_are_homeomorphisms(sheared()).holds
    rows = {row.name: row for row in report(sheared(), dataset("disk_in_ring:n=60"))}
    assert rows["layer 2"].holds
    assert rows["folds"].holds is None
    assert "Shear" in rows["folds"].resolution


def test_what_is_known_for_dense_layers_only_names_the_layer() -> None:
    with pytest.raises(UntangleError, match="layer 2 is a Shear"):
        _ = sheared().dense


def test_it_is_drawn_by_its_own_moves() -> None:
    network, data = sheared(), dataset("two_curves:n=40")
    pictures = Pictures.of(network, data.points)
    trajectory = ProjectedTrajectory(pictures)
    for group in range(3):
        for move in pictures.transitions(group):
            trajectory = trajectory.then(move)
    assert [move.title for move in trajectory.moves] == ["W x + b", "tanh", "shear", "W x + b", "tanh"]
    end = trajectory.at(data.points, len(trajectory.moves))
    np.testing.assert_allclose(end[:, :2], network.represent(data.points), atol=1e-12)


@pytest.mark.slow
def test_a_film_of_it_can_be_staged(tmp_path) -> None:
    from manim import tempconfig

    from manim_untangle import NetworkFilm

    with tempconfig({"media_dir": str(tmp_path), "dry_run": True}):
        film = NetworkFilm()
        data: Dataset = dataset("two_curves:n=40")
        film.set_stage(sheared(), data)
    assert len(film.presenter.diagram.links) == 4
