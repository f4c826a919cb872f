"""Manim's configuration for a render."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import manim
from manim import tempconfig

from manim_untangle.draw._manim import silence_progress_bars
from manim_untangle.render.cache import cache_folder
from manim_untangle.render.encoder import return_large_blocks
from manim_untangle.render.settings import Settings


@contextmanager
def manim_config(settings: Settings) -> Iterator[None]:
    """Configure Manim for a render: its size and rate, a folder for the SVGs of Typst, no files and no messages.

    What a user's manim.cfg could change about the picture is set back to Manim's defaults.
    """
    chosen: dict[str, Any] = {
        "renderer": "cairo",
        "pixel_width": settings.width,
        "pixel_height": settings.height,
        "frame_rate": float(settings.fps),
        "frame_width": 8.0 * 16 / 9,
        "frame_height": 8.0,
        "background_color": manim.BLACK,
        "background_opacity": 1.0,
        "dry_run": True,
        "progress_bar": "none",
        "preview": False,
        "seed": 0,
        "from_animation_number": 0,
        "upto_animation_number": -1,
        "media_dir": str(cache_folder()),
        "tex_dir": str(cache_folder() / f"typst-{version('typst')}"),
        "log_to_file": False,
    }
    return_large_blocks()
    silence_progress_bars()
    log = logging.getLogger("manim")
    level = log.level
    with warnings.catch_warnings(), tempconfig(chosen):
        warnings.simplefilter("ignore")
        log.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            log.setLevel(level)
