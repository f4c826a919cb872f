"""Untangle's Manim plugin: what a film or a notebook needs, by name. Each name is imported when it is first used.

In a notebook, importing it, or %load_ext manim_untangle, brings the cell magic %%untangle.
"""

import sys
from typing import Any

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def load_ipython_extension(shell: Any) -> None:
    """Give IPython the cell magic %%untangle."""

    def untangle(line: str, cell: str) -> Any:
        """Render the film that the cell holds, and show it."""
        from manim_untangle.magic import untangle

        return untangle(line, cell, shell)

    shell.register_magic_function(untangle, "cell")


if "IPython" in sys.modules and (_shell := sys.modules["IPython"].get_ipython()) is not None:
    load_ipython_extension(_shell)
