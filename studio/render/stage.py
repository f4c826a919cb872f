"""Manim, configured for one film and otherwise silent."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import manim
from manim import Scene, tempconfig

from studio.render.settings import Settings


def cache_folder() -> Path:
    """Return where segments and set type are kept between renders: $UNTANGLE_CACHE, or renders/.cache here."""
    return Path(os.environ.get("UNTANGLE_CACHE") or Path("renders") / ".cache").absolute()


@contextmanager
def staged(settings: Settings) -> Iterator[None]:
    """Set manim up for a render: size and rate, a place for Typst's SVGs, no files and no words of its own.

    What a user's manim.cfg could change about the picture is set back to manim's defaults.
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
        "tex_dir": str(cache_folder() / "typst"),
        "log_to_file": False,
    }
    log = logging.getLogger("manim")
    level = log.level
    with warnings.catch_warnings(), tempconfig(chosen):
        warnings.simplefilter("ignore")
        log.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            log.setLevel(level)


def seconds_of(scene: Scene) -> float:
    """Return how long the scene has run."""
    return float(scene.renderer.time)
