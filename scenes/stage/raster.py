"""Drawing batches into the pixels behind a Cairo context."""

from __future__ import annotations

from scenes.stage.raster_cairo import fill_markers, stroke_lines

__all__ = ["fill_markers", "stroke_lines"]
