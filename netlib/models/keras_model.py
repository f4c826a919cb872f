"""Models of Keras: written to a temporary file by Keras, and read as any .keras file is."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

from netlib.readers import network_of
from netlib.readers.files import ReadOptions
from netlib.readers.steps import ReadNetwork


def read(model: Any, points: Any) -> ReadNetwork:
    """Return the network of a Sequential or functional model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Keras about numpy and torch
            model.save(path)
        return network_of(path.read_bytes(), path.suffix, ReadOptions())
