"""The mathematics of Untangle: networks as transformations of space. numpy only."""

from netlib.activations import Activation, activation, activations
from netlib.datasets import Dataset, Loop, dataset, datasets
from netlib.errors import UntangleError
from netlib.motion.moves import Move, moves_of, together
from netlib.motion.trajectory import Trajectory, affine_then_bend
from netlib.network import Layer, Network, oriented
from netlib.readers import ReadNetwork, read_data, read_network
from netlib.training.recipe import Recipe, trained_recipes

__all__ = [
    "Activation",
    "Dataset",
    "Layer",
    "Loop",
    "Move",
    "Network",
    "ReadNetwork",
    "Recipe",
    "Trajectory",
    "UntangleError",
    "activation",
    "activations",
    "affine_then_bend",
    "dataset",
    "datasets",
    "moves_of",
    "oriented",
    "read_data",
    "read_network",
    "together",
    "trained_recipes",
]
