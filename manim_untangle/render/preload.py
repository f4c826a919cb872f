"""Dask imports this in each worker of this machine before its first task."""

from __future__ import annotations

import signal
from typing import Any


def dask_setup(worker: Any) -> None:
    """Let a worker ignore Ctrl-C, which the command handles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
