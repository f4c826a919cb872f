"""The data of a page's network explorer: networks, with their moves and points, as JSON.

netlib computes every matrix of every move; the page's script only applies them. So page and film show the same motion.
"""

from __future__ import annotations

import json

import numpy as np

from manim_untangle.publish.film import Json, RenderedFilm, ShownNetwork
from netlib.activations import Array
from netlib.boundary import boundary_curves
from netlib.datasets import Dataset
from netlib.errors import BadWeights, UntangleError
from netlib.layers import Dense, Normalize
from netlib.motion.moves import Move, Step
from netlib.motion.trajectory import Trajectory
from netlib.network import Network
from netlib.training.recipe import Recipe, read_weights

# With more inputs or points a page would be slow to load, and the picture would be unreadable.
MOST_INPUTS, MOST_POINTS = 3, 2000
LOOP_POINTS = 100
# The square of inputs in which the decision boundary is drawn, and the samples along its side.
BOUNDARY_HALF, BOUNDARY_SAMPLES = 3.0, 241
DECIMALS = 6
# The numbers of a move are shown up to this many dimensions: more would fill the page.
MOST_DETAILED = 4


def network_records(film: RenderedFilm) -> list[Json]:
    """Return as JSON data every network of a film that a page can show: dense ones with up to MOST_INPUTS inputs.

    Raises BadWeights if a weights file is not the one that the film was rendered with.
    """
    records = []
    for shown in film.networks:
        network, metadata = read_weights(shown.path)
        if network.sha256 != shown.sha256:
            raise BadWeights(f"{shown.path.name} is not the network that the film shows", "Render the film again")
        if network.inputs <= MOST_INPUTS and all(isinstance(layer, Dense | Normalize) for layer in network.layers):
            record = network_record(network, _data(shown, metadata))
            records.append({"slug": shown.slug, "data": data_name(metadata), "together": shown.together, **record})
    return records


def data_name(metadata: dict[str, str]) -> str:
    """Return the name of the data that a network was trained on, and its seed; each only if the file has it."""
    try:
        seed = json.loads(metadata.get("record", "{}")).get("seed")
        return str(json.loads(metadata["recipe"])["data"]) + ("" if seed is None else f", seed {seed}")
    except (KeyError, TypeError, ValueError):
        return ""


def network_record(network: Network, data: Dataset | None) -> Json:
    """Return a network and its data as JSON: layers for the forward pass, moves for the motion of space.

    A move has steps, all evaluated at the same t: {"kind": "blend", "matrix"} is (1 - t) I + t M; "turn" is
    basis, angles (one a plane, radians) and the rotation at t = 1; "shift" adds t bias; "bend" mixes in the
    activation of the first `width` coordinates. The moves are separate; the page can join those of W x + b.
    """
    trajectory = Trajectory.through(network)
    return {
        "name": architecture(network),
        "inputs": network.inputs,
        "layers": [
            {"weight": layer.weight.tolist(), "bias": layer.bias.tolist(), "activation": layer.activation.name}
            for layer in network.dense
        ],
        "moves": [
            {
                "title": move.title,
                "detail": _detail(move),
                "part": move.part,
                "layer": move.layer,
                "inputs": move.inputs,
                "ambient": move.ambient,
                "steps": [plain(step) for step in move.steps],
            }
            for move in trajectory.moves
        ],
        **_points(network, data),
        "boundary": [] if data is not None and data.regression else decision_boundary(network),
    }


def decision_boundary(network: Network) -> list[list[list[float]]]:
    """Return the curves in the input plane on which the network's answer changes, each [[x, y], ...].

    There are none for a network that does not have two inputs."""
    if network.inputs != 2:
        return []
    curves = boundary_curves(network, (BOUNDARY_HALF, BOUNDARY_HALF), BOUNDARY_SAMPLES)
    return [np.round(curve, DECIMALS).tolist() for curve in curves]


def architecture(network: Network) -> str:
    """Return a network's shape and activations as people write them: "2-2-2-1 tanh"."""
    names = list(dict.fromkeys(layer.activation.name for layer in network.hidden))
    widths = "-".join(map(str, (network.inputs, *network.widths)))
    return f"{widths} {', '.join(names)}".strip()


def _detail(move: Move) -> str:
    """Return the numbers of a move: the factors of a stretch, the degrees of a plane turn, the vector of a shift."""
    matrix = move.matrix(1.0)
    if matrix is None or len(matrix) > MOST_DETAILED:
        return ""
    if move.part == "stretch":
        return "by " + ", ".join(f"{factor:.2f}" for factor in np.linalg.eigvalsh(matrix)[::-1])
    if move.part == "rotate" and len(matrix) == 2:
        return f"by {np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])):.0f}°".replace("-", "−")
    if move.part == "translate":
        vector = move.at(np.zeros((1, move.inputs)), 1.0)[0]
        return ("by (" + ", ".join(f"{v:.2f}" for v in vector) + ")").replace("-", "−")
    return ""


def plain(step: Step) -> Json:
    """Return a step of a move with lists in place of arrays."""
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in step.items()}


def _data(shown: ShownNetwork, metadata: dict[str, str]) -> Dataset | None:
    """Return the points that the film shows: those in film.json, else those of the recipe."""
    if shown.points is not None and shown.labels is not None:
        labels = np.asarray(shown.labels, dtype=np.float64)
        real = bool((labels != labels.round()).any())
        return Dataset("", np.asarray(shown.points, dtype=np.float64), labels, regression=real)
    try:
        return Recipe.from_json(metadata["recipe"]).dataset()
    except (KeyError, TypeError, ValueError, UntangleError):
        return None  # no usable recipe


def _points(network: Network, data: Dataset | None) -> Json:
    if data is None or data.dimension != network.inputs:
        return {"points": [], "labels": [], "loops": [], "classes": 0, "regression": False, "right": None}
    step = max(1, -(-len(data.points) // MOST_POINTS))
    return {
        "points": np.round(data.points[::step], DECIMALS).tolist(),
        "labels": [float(y) if data.regression else int(y) for y in data.labels[::step]],
        "loops": [np.round(_thinned(loop.points), DECIMALS).tolist() for loop in data.loops],
        "classes": data.classes,
        "regression": data.regression,
        "right": None if data.regression else round(network.accuracy(data.points, data.labels) * len(data.points)),
        "of": len(data.points),
        "majority": None if data.regression else data.majority,
    }


def _thinned(loop: Array) -> Array:
    """Return about LOOP_POINTS points of a closed curve; the last one is the first again."""
    return np.vstack([loop[:: max(1, len(loop) // LOOP_POINTS)], loop[:1]])
