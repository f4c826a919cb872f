"""Residual blocks, normalising and layer norms: what they compute, how they move space, and what is true of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from manim_untangle.web.network import moves_told
from netlib import (
    Dense,
    LayerNorm,
    Network,
    Normalize,
    PReLU,
    Residual,
    RMSNorm,
    Trajectory,
    UntangleError,
    activation,
    dataset,
    read_network,
)
from netlib.activations import activations
from netlib.certificates import folds
from netlib.certificates.claims import a_hyperplane_separates, layers_are_homeomorphisms
from netlib.certificates.intervals import layer_image
from netlib.certificates.residual import steepest
from netlib.layer_tensors import packed, unpacked
from netlib.layers import Layer, dense
from netlib.motion.trajectory import affine_then_bend
from netlib.training.recipe import read_weights, save_weights
from netlib.training.watched import WatchedTraining, load_watched

RNG = np.random.default_rng(0)
POINTS = 3 * np.random.default_rng(1).normal(size=(40, 3))


def branch(size: int, inner: int, grow: float = 1.0, bend: str = "tanh") -> tuple[Dense, ...]:
    first = Dense(RNG.normal(size=(inner, size)), RNG.normal(size=inner), activation(bend))
    return first, Dense(grow * RNG.normal(size=(size, inner)), RNG.normal(size=size))


KINDS: dict[str, Layer] = {
    "residual": Residual(branch(3, 5)),
    "residual, scaled and bent": Residual(branch(3, 2), 0.3, activation("relu")),
    "residual in a residual": Residual((Residual(branch(3, 4)), *branch(3, 4, bend="gelu"))),
    "residual with a projection": Residual(branch(3, 4), 0.7, activation("tanh"), (branch(3, 3)[1],)),
    "residual with a bent shortcut": Residual(branch(3, 4), shortcut=branch(3, 3)[:1]),
    "residual with a chain as its shortcut": Residual(branch(3, 4), shortcut=branch(3, 2)),
    "normalize": Normalize([2.0, 0.5, 1e-3], [1.0, -2.0, 0.1]),
    "normalize with a mirror image": Normalize([2.0, -0.5, 1.0], [1.0, -2.0, 0.1], activation("tanh")),
    "activation alone": Normalize(np.ones(3), np.zeros(3), activation("silu")),
    "layer norm": LayerNorm(np.ones(3), np.zeros(3)),
    "layer norm with gain and bend": LayerNorm([1.0, 2.0, 0.5], [0.1, 0.2, 0.3], 1e-3, activation("relu")),
    "RMS norm": RMSNorm([1.0, 2.0, 0.5], [0.1, 0.0, -0.3], 1e-3, activation("tanh")),
    "PReLU": PReLU([0.3, 1.0, 0.01]),
    "PReLU that folds": PReLU([0.3, -0.5, 2.0]),
    "layer norm with a negative gain": LayerNorm([1.0, -2.0, 0.5], [0.1, 0.2, 0.3]),
}
every_kind = pytest.mark.parametrize("layer", KINDS.values(), ids=KINDS)


@every_kind
def test_its_moves_begin_where_points_are_and_end_where_the_layer_puts_them(layer: Layer) -> None:
    points, moves = POINTS, layer.moves(4)
    for move in moves:
        assert move.layer == 4
        np.testing.assert_allclose(move.at(points, 0)[:, :3], points[:, :3], atol=1e-12)
        points = move.at(points, 1)
    np.testing.assert_allclose(points[:, :3], layer(POINTS), atol=1e-12)


@every_kind
def test_its_moves_are_continuous(layer: Layer) -> None:
    points = POINTS
    for move in layer.moves():
        way = np.stack([move.at(points, t) for t in np.linspace(0, 1, 201)])
        length = np.linalg.norm(np.diff(way, axis=0), axis=2)
        assert length.max() <= 0.05 * max(length.sum(axis=0).max(), 1e-9)
        points = way[-1]


@every_kind
def test_it_goes_through_a_network(layer: Layer) -> None:
    network = Network((Dense(np.eye(3), np.ones(3)), layer), Dense(np.ones((1, 3)), [0.0]))
    for taken_apart in (None, affine_then_bend):
        trajectory = Trajectory.through(network, *([taken_apart] if taken_apart else []))
        np.testing.assert_allclose(trajectory.end(POINTS)[:, :3], network.represent(POINTS), atol=1e-12)
    assert network.sha256 != Network(network.hidden[:1], network.readout).sha256


@every_kind
def test_it_stretches_no_distance_by_more_than_it_says(layer: Layer) -> None:
    pairs = np.random.default_rng(2).normal(size=(2, 500, 3)) * np.logspace(-3, 1, 500)[:, None]
    near = pairs[0] + 1e-3 * pairs[1]
    grown = np.linalg.norm(layer(near) - layer(pairs[0]), axis=1) / np.linalg.norm(near - pairs[0], axis=1)
    assert grown.max() <= layer.lipschitz
    assert layer.lipschitz < np.inf


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_group_norm_moves_and_computes_as_torch_does(groups: int) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(groups)
    points, norm = 3 * rng.normal(size=(30, 4)), torch.nn.GroupNorm(groups, 4, 1e-3, dtype=torch.float64)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor(rng.uniform(0.5, 2, 4)))
        norm.bias.copy_(torch.tensor(rng.normal(size=4)))
        expected = norm(torch.tensor(points)).numpy()
    layer = LayerNorm(norm.weight.detach().numpy(), norm.bias.detach().numpy(), 1e-3, groups=groups)
    np.testing.assert_allclose(layer(points), expected, atol=1e-12)
    np.testing.assert_allclose(Trajectory(layer.moves()).end(points), expected, atol=1e-12)
    reach = 0.01 * np.ones_like(points)
    middle, off = layer_image(layer, points, reach)
    for corner in rng.uniform(-1, 1, size=(20, 4)):
        assert (np.abs(layer(points + corner * reach) - middle) <= off).all()
    words, tensors = packed([layer])
    np.testing.assert_array_equal(unpacked(words, tensors)[0](points), layer(points))
    with pytest.raises(UntangleError, match="4 numbers cannot have 3 equal groups"):
        replace(layer, groups=3)


def test_halfway_a_residual_block_has_added_half_of_its_branch_and_a_layer_norm_has_gone_half_of_its_way() -> None:
    block = Residual(branch(3, 5), 0.7)
    np.testing.assert_allclose(block.moves()[0].at(POINTS, 0.5), (POINTS + block(POINTS)) / 2, atol=1e-12)
    centre, size = LayerNorm(np.ones(3), np.zeros(3)).moves()
    mean = POINTS.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(centre.at(POINTS, 0.5), POINTS - mean / 2, atol=1e-12)
    middle = (POINTS - mean + LayerNorm(np.ones(3), np.zeros(3))(POINTS)) / 2
    np.testing.assert_allclose(size.at(POINTS - mean, 0.5), middle, atol=1e-12)


def test_they_compute_what_torch_does() -> None:
    torch = pytest.importorskip("torch")
    x = torch.tensor(POINTS)
    norm = torch.nn.LayerNorm(3, eps=1e-3, dtype=torch.float64)
    batch = torch.nn.BatchNorm1d(3, dtype=torch.float64).eval()
    rms = torch.nn.RMSNorm(3, eps=1e-3, dtype=torch.float64)
    slopes = torch.tensor([0.3, -0.5, 2.0], dtype=torch.float64)
    body = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.GELU(), torch.nn.Linear(4, 3)).double()
    with torch.no_grad():
        for parameter in (*norm.parameters(), *batch.parameters(), *rms.parameters()):
            parameter.copy_(torch.randn(3, dtype=torch.float64))
        batch.running_mean.copy_(torch.randn(3))
        batch.running_var.copy_(torch.rand(3) + 0.5)
        factor = batch.weight / torch.sqrt(batch.running_var + batch.eps)
        expected = [norm(x), batch(x), torch.relu(x + 0.5 * body(x)), rms(x), torch.prelu(x, slopes)]
    first, last = (Dense(*(part.detach().numpy() for part in body[k].parameters())) for k in (0, 2))
    ours = [
        LayerNorm(norm.weight.detach().numpy(), norm.bias.detach().numpy(), 1e-3),
        Normalize(factor.numpy(), (batch.bias.detach() - batch.running_mean * factor).numpy()),
        Residual((Dense(first.weight, first.bias, activation("gelu")), last), 0.5, activation("relu")),
        RMSNorm(rms.weight.detach().numpy(), np.zeros(3), 1e-3),
        PReLU(slopes.numpy()),
    ]
    for layer, there in zip(ours, expected, strict=True):
        np.testing.assert_allclose(layer(POINTS), there.numpy(), atol=1e-12)


# ---- injective or not --------------------------------------------------------------------------------------------


def test_a_residual_block_with_a_small_branch_is_injective() -> None:
    found = Residual((Dense(0.9 * np.eye(2), np.ones(2), activation("tanh")),)).injective
    assert found.holds is True
    assert found.method == "proved"
    assert 0.9 <= found.measured["bound on the growth of distances in f"] < 0.90001


def test_its_activation_counts_too() -> None:
    small = (Dense(0.5 * np.eye(2), np.ones(2)),)
    assert Residual(small, activation=activation("relu")).injective.holds is False
    assert Residual(small, activation=activation("tanh")).injective.holds is True
    # GELU is steeper than 1: a branch of norm 0.95 may stretch
    assert Residual((Dense(0.95 * np.eye(2), np.zeros(2), activation("gelu")),)).injective.holds is not True


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_residual_block_that_turns_space_over_in_one_place_is_not_injective(size: int) -> None:
    """x - 3 tanh x falls at 0 and rises far away: x = 2.98... and -2.98... both go to 0."""
    layer = Residual(
        (
            Dense(np.eye(size), np.zeros(size), activation("tanh")),
            Dense(np.diag([-3.0] + [0.5] * (size - 1)), np.zeros(size)),
        )
    )
    found = layer.injective
    assert found.holds is False
    assert found.method == "proved"
    assert found.measured["det J at another"] < 0 < found.measured["det J at one point"]
    root = 2.9847045853578
    pair = np.zeros((2, size))
    pair[:, 0] = root, -root
    np.testing.assert_allclose(layer(pair), 0, atol=1e-9)


def test_a_residual_block_with_a_large_branch_that_may_be_injective_is_not_decided() -> None:
    # x + 3 tanh x is injective, and its branch stretches
    layer = Residual((Dense([[1.0]], [0.0], activation("tanh")), Dense([[3.0]], [0.0])))
    assert layer.injective.holds is None


@pytest.mark.parametrize(
    ("projection", "bend", "holds"),
    [
        ([[2.0, 0.0], [0.0, 3.0]], "tanh", True),
        ([[2.0, 0.0], [0.0, 3.0]], "relu", False),
        ([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0]], "tanh", True),
        ([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0]], "relu", None),  # a bend may miss where the plane went
        ([[0.5, 0.0], [0.0, 3.0]], "tanh", None),
        ([[-0.5, 0.0], [0.0, 3.0]], "tanh", False),  # -0.5 x + tanh x rises at 0 and falls far away
        ([[1.0, 1.0]], "tanh", False),
    ],
)
def test_a_projection_counts_by_the_least_that_it_keeps_of_a_distance(
    projection: list[list[float]], bend: str, holds: bool | None
) -> None:
    size = len(projection)
    inner = Dense(np.eye(size, 2), np.zeros(size), activation("tanh"))
    layer = Residual((inner,), activation=activation(bend), shortcut=(Dense(projection, np.ones(size)),))
    found = layer.injective
    assert found.holds is holds
    assert found.method == ("sampled" if holds is None else "proved")
    if size > 1:
        least = np.linalg.svd(projection, compute_uv=False).min()
        assert found.measured["least stretch of the shortcut"] == pytest.approx(least)


@pytest.mark.parametrize("size", [1e-200, 0.1, 1.0, 1e155])
@pytest.mark.parametrize("rows", [[[1.0, 2], [2, 4]], [[1.0, 3], [2, 6]], [[3.0, 1], [6, 2], [9, 3]]])
def test_a_singular_projection_keeps_nothing_although_its_singular_value_is_rounded(rows, size) -> None:
    projection = size * np.array(rows)
    kept = projection @ np.array([rows[0][1], -rows[0][0]])
    branch = (Dense(np.zeros(projection.shape), np.zeros(len(rows))),)
    block = Residual(branch, activation=activation("tanh"), shortcut=(Dense(projection, np.zeros(len(rows))),))
    assert (kept != 0).any() or block.injective.holds is not True


@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_block_that_changes_the_width_moves_as_its_projection_does_while_the_branch_grows(width: int) -> None:
    first = branch(3, 4)[0]
    last, projection = (Dense(RNG.normal(size=(width, size)), RNG.normal(size=width)) for size in (4, 3))
    block = Residual((first, last), 0.5, activation("relu"), (projection,))
    expected = np.maximum(projection(POINTS) + 0.5 * last(first(POINTS)), 0)
    np.testing.assert_allclose(block(POINTS), expected, atol=1e-12)
    plain = Network((Dense(projection.weight, projection.bias),), Dense(np.ones((1, width)), [0.0]))
    (way,) = Trajectory.through(plain, affine_then_bend).moves
    halfway = way.at(POINTS, 0.5)
    halfway[:, :width] += 0.25 * last(first(POINTS))
    np.testing.assert_allclose(block.moves()[0].at(POINTS, 0.5), halfway, atol=1e-12)
    np.testing.assert_allclose(Trajectory(block.moves()).end(POINTS)[:, :width], expected, atol=1e-12)
    reach = 0.1 * np.ones_like(POINTS)
    middle, off = layer_image(block, POINTS, reach)
    assert (np.abs(block(POINTS + reach) - middle) <= off).all()


def test_a_branch_that_is_not_dense_can_prove_it_too() -> None:
    wide = Residual((LayerNorm(np.full(3, 1e-4), np.zeros(3), 1e-2),))
    assert wide.injective.holds is True
    assert Residual((LayerNorm(np.ones(3), np.zeros(3)),)).injective.holds is None


def test_two_points_that_a_layer_norm_puts_together_are_named() -> None:
    layer = LayerNorm([1.0, 2.0, 3.0], [0.5, 0.0, 0.0])
    found = layer.injective
    assert found.holds is False
    assert found.measured["one point"] == "(1, 2, 3)"
    assert found.measured["another"] == "(2, 3, 4)"
    np.testing.assert_array_equal(*layer(np.array([[1.0, 2, 3], [2, 3, 4]])))


def test_a_rms_norm_keeps_points_apart_where_a_layer_norm_does_not() -> None:
    ray = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [2.0, 3.0, 4.0]])
    layer = RMSNorm([1.0, -2.0, 3.0], [0.5, 0.0, 0.0], 0.5)
    assert layer.injective.holds is True
    assert layer.injective.method == "proved"
    images = layer(ray)
    assert min(np.abs(images[0] - images[1]).max(), np.abs(images[0] - images[2]).max()) > 0.01
    assert RMSNorm([1.0, 0.0], [0.0, 0.0]).injective.holds is False
    assert RMSNorm([1.0, 1.0], [0.0, 0.0], activation=activation("tanh")).injective.holds is True
    # moved up by 5, no number of the ball is below 0, and there ReLU folds nothing
    assert RMSNorm([1.0, 1.0], [5.0, 5.0], activation=activation("relu")).injective.holds is None


def test_a_prelu_is_injective_where_every_slope_is_above_0() -> None:
    assert PReLU([0.01, 3.0]).injective.holds is True
    for slopes in ([0.2, 0.0], [0.2, -0.5]):
        folded = PReLU(slopes)
        assert folded.injective.holds is False
        assert folded.injective.method == "proved"
        other = -slopes[1] or -2.0
        np.testing.assert_array_equal(*folded(np.array([[0.0, -1.0], [0.0, other]])))


def test_normalising_is_injective_where_no_factor_is_zero() -> None:
    assert Normalize([1e-9, -4.0], [0.0, 1.0]).injective.holds is True
    assert Normalize([1.0, 0.0], [0.0, 1.0]).injective.holds is False
    assert Normalize([1.0, 1.0], [0.0, 1.0], activation("relu")).injective.holds is False


@pytest.mark.parametrize("bend", activations().values(), ids=str)
def test_no_activation_is_steeper_than_its_bound(bend) -> None:
    z = np.linspace(-12, 12, 400_001)
    steps = np.abs(np.diff(bend(z))) / np.diff(z)
    assert 0.999 * steepest(bend) <= steps.max() <= steepest(bend) * (1 + 1e-6)


@every_kind
def test_the_images_of_boxes_hold_the_images_of_their_points(layer: Layer) -> None:
    rng = np.random.default_rng(3)
    for size in (0.0, 1e-6, 0.3):
        reach = size * rng.uniform(size=POINTS.shape)
        middle, found = layer_image(layer, POINTS, reach)
        for corner in rng.uniform(-1, 1, size=(20, 3)):
            inside = np.asarray(layer(POINTS + corner * reach), dtype=np.float64)
            assert (np.abs(inside - middle) <= found).all()
        assert found.max() < 1e-9 + 1e3 * size


def test_the_image_of_a_point_is_within_its_bound_in_exact_arithmetic() -> None:
    """A layer norm of fractions whose variance is a square: (0, 3, 6) has variance 6, and with epsilon 3 that is 9."""
    layer = LayerNorm([1.0, 2.0, 4.0], [0.0, 0.5, 0.25], 3.0)
    middle, reach = layer_image(layer, np.array([[0.0, 3.0, 6.0]]), np.zeros((1, 3)))
    np.testing.assert_array_less(np.abs(middle - [[-1.0, 0.5, 4.25]]), reach)
    assert reach.max() < 1e-13


def test_one_cut_after_residual_blocks_is_decided() -> None:
    data = dataset("two_curves:n=60")
    block = Residual((Dense([[0.0, 0.0], [3.0, 0.0]], [0.0, 0.0]), Dense(0.1 * np.eye(2), [0, 0], activation("tanh"))))
    network = Network((block, LayerNorm([1.0, 1.0], [0.0, 0.0])), Dense([[1.0, 1.0]], [0.0]))
    assert a_hyperplane_separates(data, data, network, 1).holds is not None


# ---- the rest of the library -------------------------------------------------------------------------------------


def test_normalising_counts_as_a_dense_layer_where_one_is_needed() -> None:
    layer = Normalize([2.0, 0.5], [1.0, -1.0], activation("relu"))
    np.testing.assert_array_equal(dense(layer)(POINTS[:, :2]), layer(POINTS[:, :2]))
    network = Network((layer,), Dense([[1.0, 1.0]], [0.0]))
    assert folds(network)[-1].collapsed > 0


def test_a_network_of_small_residual_blocks_is_a_homeomorphism() -> None:
    block = Residual((Dense(0.5 * np.eye(2), np.ones(2), activation("tanh")),))
    found = layers_are_homeomorphisms(Network((block, block), Dense([[1.0, 1.0]], [0.0])))
    assert found.holds is True
    assert "nearer" in found.resolution


@every_kind
def test_a_file_of_weights_holds_it(layer: Layer, tmp_path) -> None:
    network = Network((layer, Dense(np.eye(3), np.ones(3), activation("tanh"))), Dense(np.ones((1, 3)), [0.5]))
    path = save_weights(network, None, {}, tmp_path / "own.safetensors")
    for found in (read_weights(path)[0], read_network(path).network):
        assert found.sha256 == network.sha256
        np.testing.assert_array_equal(found(POINTS), network(POINTS))


def test_a_training_of_it_can_be_kept_and_stopped_between_two_moments(tmp_path) -> None:
    first, last = branch(3, 4)
    moments = [
        Network((Residual((replace(first, weight=grown * first.weight), last)),), Dense(np.ones((1, 3)), [0.5]))
        for grown in (1.0, 1.5, 2.0)
    ]
    training = WatchedTraining.of(moments, [0, 1, 2], [3.0, 2.0, 1.0], POINTS)
    kept, _ = load_watched(training.save(tmp_path / "own.safetensors", {}))
    np.testing.assert_allclose(kept.at(1)(POINTS), moments[1](POINTS), atol=1e-12)
    half = Residual((replace(first, weight=1.75 * first.weight), last))
    np.testing.assert_allclose(kept.at(1.5).represent(POINTS), half(POINTS), atol=1e-12)


def test_a_kind_that_no_file_can_hold_is_named() -> None:
    class Other:
        pass

    with pytest.raises(UntangleError, match="layer 1 is a Other"):
        packed([Other()])  # type: ignore[list-item]


def test_the_explorer_moves_points_as_normalising_does() -> None:
    layer = Normalize([2.0, 0.5], [1.0, -2.0])
    points = POINTS[:, :2]
    move = moves_told(Network((layer,), Dense([[1.0, 1.0]], [0.0])))[0]
    blend, shift = move["steps"]
    for t in (0.0, 0.3, 1.0):
        there = points @ ((1 - t) * np.eye(2) + t * np.array(blend["matrix"])).T + t * np.array(shift["bias"])
        np.testing.assert_allclose(there, layer.moves()[0].at(points, t), atol=1e-12)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Residual(()),
        lambda: Residual((Dense(np.ones((2, 3)), np.zeros(2)),)),
        lambda: Residual(branch(2, 2), np.inf),
        lambda: Residual(branch(2, 2), shortcut=(Dense(np.ones((3, 2)), np.zeros(3)),)),
        lambda: Normalize([1.0], [1.0, 2.0]),
        lambda: LayerNorm([1.0, 2.0], [1.0]),
        lambda: LayerNorm([1.0, 2.0], [1.0, 0.0], 0.0),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(make) -> None:
    with pytest.raises(UntangleError) as refused:
        make()
    assert "\n" not in str(refused.value)
