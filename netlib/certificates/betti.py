"""Betti numbers of sampled classes: the numbers of pieces (b0) and holes (b1) that are visible at one scale.

They come from persistent homology (Vietoris-Rips, coefficients in the field of 11 elements, the library gudhi). In
trained networks these numbers often fall from layer to layer (Naitzat, Zhitnikov, Lim, JMLR 21, 2020).

Caveat: they are numbers of a sample at one scale, not of the set from which it was taken. A homeomorphism changes no
Betti number of the set, but it moves the samples, so that other numbers become visible.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csgraph
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.certificates.separation import spread_out
from netlib.command import install
from netlib.datasets import Dataset
from netlib.errors import MissingExtra
from netlib.kept import kept
from netlib.network import Network

NEIGHBOURS = 12
LANDMARKS = 400
# The scale: in hops for the geodesic metric, else in median distances to the NEIGHBOURS-th neighbour.
HOPS, SPACINGS = 2.5, 1.5


@dataclass(frozen=True)
class Betti:
    """The Betti numbers of one class after `layer` hidden layers (0: in the input) at one scale.

    pieces: b0. holes: b1. metric: "geodesic" (hops between nearest neighbours) or "euclidean". scale: points that are
    nearer to each other than this are joined, in hops or in the units of the representation. points: their number.
    """

    label: int
    layer: int
    pieces: int
    holes: int
    metric: str
    scale: float
    points: int

    @property
    def certificate(self) -> Certificate:
        """Evidence for: at this scale the class is one piece without holes."""
        unit = "hops between 12 nearest neighbours" if self.metric == "geodesic" else "units of the representation"
        resolution = f"visible at a scale of {self.scale:.3g} {unit}, {self.points} points"
        caveat = "Numbers of a sample at one scale, not of the class itself: no proof in either direction."
        measured = {"b0": self.pieces, "b1": self.holes}
        return Certificate((self.pieces, self.holes) == (1, 0), measured, resolution, caveat)


def betti_numbers(points: Array, metric: str = "geodesic", scale: float | None = None) -> tuple[int, int, float]:
    """Return b0 and b1 of points (N, d) at a scale, and the scale, which depends on the points' spacing where None.

    Raises MissingExtra where gudhi is not installed.
    """
    distance, natural = _distances(points, metric)
    scale = natural if scale is None else scale
    gudhi = _library()
    tree = gudhi.RipsComplex(distance_matrix=distance, max_edge_length=scale).create_simplex_tree(max_dimension=1)
    # this keeps the homology and leaves few triangles
    tree.collapse_edges(nb_iterations=2)
    tree.expansion(2)
    # a circle may have no triangles left; its hole is then in the highest dimension
    tree.compute_persistence(persistence_dim_max=True, min_persistence=-1.0)
    alive = tree.persistent_betti_numbers(scale, scale)
    return int(alive[0]), int(alive[1]) if len(alive) > 1 else 0, float(scale)


@kept(Betti)
def betti(network: Network, data: Dataset, metric: str = "geodesic", scale: float | None = None) -> tuple[Betti, ...]:
    """Return the Betti numbers of every class in the input and after every hidden layer, layer by layer.

    A class of more than LANDMARKS points is represented by so many of them, far apart from each other in the input.
    Raises MissingExtra where gudhi is not installed.
    """
    found = list[Betti]()
    for layer in range(len(network.hidden) + 1):
        for label in range(data.classes):
            points = data.of_class(label)
            chosen = points if len(points) <= LANDMARKS else points[spread_out(points, LANDMARKS)]
            pieces, holes, at = betti_numbers(network.represent(chosen, layer), metric, scale)
            found.append(Betti(label, layer, pieces, holes, metric, at, len(chosen)))
    return tuple(found)


def _distances(points: Array, metric: str) -> tuple[Array, float]:
    """Distances (N, N) between all points, and a scale at which neighbours are joined."""
    neighbours = min(NEIGHBOURS, len(points) - 1)
    lengths, indices = cKDTree(points).query(points, neighbours + 1)
    if metric == "euclidean":
        return cdist(points, points), float(SPACINGS * np.median(lengths[:, -1]))
    graph = np.zeros((len(points), len(points)))
    graph[np.repeat(np.arange(len(points)), neighbours), indices[:, 1:].ravel()] = 1
    return csgraph.shortest_path(np.maximum(graph, graph.T), unweighted=True, directed=False), HOPS


def _library() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import gudhi
    except ImportError:
        raise MissingExtra(f"Betti numbers need the package gudhi. Run: {install('betti')}") from None
    return gudhi
