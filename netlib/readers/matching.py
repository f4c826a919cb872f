"""Whether a network and data belong together."""

from __future__ import annotations

from netlib.datasets import Dataset
from netlib.errors import BadFile
from netlib.readers.files import shown
from netlib.readers.steps import ReadNetwork


def check_match(read: ReadNetwork, data: Dataset) -> None:
    """Raise BadFile, saying what does not fit, where the network cannot be shown on the data.

    The data must have as many numbers a point as the network takes, and no more classes than it tells apart; where
    both name their classes, the names must be the same and in the same order.
    """
    network = read.network
    if read.regressor and not data.regression:
        raise BadFile("the network gives real numbers (a regressor), not classes. Train a classifier, and give that")
    if network.inputs != data.dimension:
        raise BadFile(
            f"the network takes {network.inputs} numbers, a point of '{shown(data.name)}' has {data.dimension}. "
            "Give the data that it was trained on"
        )
    outputs = network.widths[-1]
    if data.regression and outputs != 1:
        raise BadFile(f"the network has {outputs} outputs, real targets need 1. Give data with classes")
    told_apart = max(outputs, 2)
    if data.classes > told_apart:
        raise BadFile(
            f"the network tells {told_apart} classes apart, '{shown(data.name)}' has {data.classes}. "
            "Give the data that it was trained on"
        )
    counted = tuple(str(k) for k in range(len(read.classes)))  # trained on 0, 1, ..., which name nothing
    if counted != read.classes and data.class_names and read.classes != data.class_names:
        theirs, ours = (", ".join(names[:4]) for names in (read.classes, data.class_names))
        raise BadFile(
            f"the network's classes are {shown(theirs)}, those of '{shown(data.name)}' are {shown(ours)}. "
            "Name the classes of the data as when it was trained"
        )
