"""Wrong arcs: where on circles through the ring the network gives the class of the disk inside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from netlib.activations import Array
from netlib.certificates.annulus import surroundings
from netlib.certificates.certificate import Certificate
from netlib.certificates.intervals import Arcs
from netlib.certificates.region import Region
from netlib.datasets import Dataset, circle
from netlib.network import Network

SAMPLES = 100_000
RADII = 8


@dataclass(frozen=True)
class WrongArcs:
    """The misclassified part of one circle.

    radius: in the units of the data. arcs: (start, end) angles in radians, start in [0, 2 pi), end > start, each end
    known to 2 pi / samples. share: of the circle that is wrong, in [0, 1]. right: True where every point of the circle
    is proved right, False where a wrong point was found, None where neither.
    """

    radius: float
    arcs: tuple[tuple[float, float], ...]
    share: float
    right: bool | None
    samples: int

    @property
    def certificate(self) -> Certificate:
        """Evidence for: this circle has a wrong point."""
        return Certificate(
            holds=None if self.right is None else not self.right,
            measured={"radius": self.radius, "wrong share": self.share, "arcs": len(self.arcs)},
            resolution=f"{self.samples:,} samples on the circle",
            caveat="Arcs shorter than a sample are seen only where intervals prove the whole circle right.",
        )


def wrong_arcs(
    network: Network, data: Dataset, radii: tuple[float, ...] = (), samples: int = SAMPLES
) -> tuple[WrongArcs, ...]:
    """Return the wrong arcs of circles around the class inside the data's ring; RADII circles across the ring unless
    radii are given. Raises UntangleError where the data has no ring."""
    ring = surroundings(data)
    region = Region(network, ring.label)
    chosen = radii or tuple(np.linspace(*ring.ring, RADII).tolist())
    return tuple(_wrong_on(region, ring.centre, radius, samples) for radius in chosen)


def _proved_right(region: Region, centre: Array, radius: float) -> bool | None:
    angles = np.linspace(0, 2 * np.pi, 501)[:, None]
    return region.holds(angles[:-1], angles[1:], inside=False, curve=partial(Arcs.circular, centre, radius))


def _wrong_on(region: Region, centre: Array, radius: float, samples: int) -> WrongArcs:
    wrong = region.margin(centre + circle(radius, samples)) > 0
    # the change into and out of each arc lies between two samples: the middle between them is taken
    turns = wrong.astype(np.int8) - np.roll(wrong, 1).astype(np.int8)
    begins, ends = (np.flatnonzero(turns == turn) for turn in (1, -1))
    if len(begins) and ends[0] < begins[0]:
        ends = np.roll(ends, -1)
    arcs: list[tuple[float, float]] = [
        ((begin - 0.5) * 2 * np.pi / samples, ((end if end > begin else end + samples) - 0.5) * 2 * np.pi / samples)
        for begin, end in zip(begins, ends, strict=True)
    ]
    if wrong.all():
        arcs = [(0.0, 2 * np.pi)]
    right = False if wrong.any() else _proved_right(region, centre, radius)
    return WrongArcs(radius, tuple(arcs), float(wrong.mean()), right, samples)
