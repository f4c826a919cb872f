"""The same picture by matplotlib's FuncAnimation, saved as its users do: by its own writer, through ffmpeg."""

from __future__ import annotations

from pathlib import Path

import imageio_ffmpeg
import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.animation import FFMpegWriter, FuncAnimation
from matplotlib.collections import LineCollection

from benchmarks.picture import (
    ARROW_COLOURS,
    ARROW_WIDTH,
    CAPTION,
    CLASS_COLOURS,
    GRID_COLOUR,
    GRID_WIDTH,
    OUTLINE_WIDTH,
    UNIT,
    Array,
    Picture,
)
from manim_untangle.draw.sampling import sample_lines
from manim_untangle.render.settings import Settings
from netlib import Trajectory

FRAME = (8 * 16 / 9, 8.0)  # scene units
DPI = 100.0


class Plot:
    """A figure with the picture's lines, dots, arrows and words; `show(k)` puts it to frame k of `frames`."""

    def __init__(self, picture: Picture, settings: Settings) -> None:
        mpl.use("agg")
        self.path = Trajectory(picture.moves())
        self.frames = round(len(self.path.moves) * picture.seconds * float(settings.fps))
        self.figure, axes = plt.subplots(figsize=(settings.width / DPI, settings.height / DPI), dpi=DPI)
        self.figure.subplots_adjust(0, 0, 1, 1)
        self.figure.set_facecolor("black")
        axes.set(xlim=(-FRAME[0] / 2, FRAME[0] / 2), ylim=(-4, 4))
        axes.set_axis_off()
        point = settings.height / 8 * 72 / DPI  # typographic points in a scene unit
        self.samples, self.starts = self._sampled(picture, settings)
        self.lines = LineCollection([], colors=GRID_COLOUR, linewidths=0.01 * GRID_WIDTH * point)
        axes.add_collection(self.lines, autolim=False)
        self.classes = picture.classes()
        edge = {"edgecolors": "black", "linewidths": 0.01 * OUTLINE_WIDTH * point}
        size = (2 * picture.radius * point) ** 2
        self.dots = [axes.scatter(*p.T, s=size, c=c, **edge) for p, c in zip(self.classes, CLASS_COLOURS, strict=True)]
        wide = 0.01 * ARROW_WIDTH / FRAME[0]
        unit = {"angles": "xy", "scale_units": "xy", "scale": 1, "units": "width", "width": wide, "zorder": 3}
        self.arrows = axes.quiver([0, 0], [0, 0], [1, 0], [0, 1], color=ARROW_COLOURS, **unit)
        axes.text(0, -3.6, CAPTION, color="white", ha="center", size=0.22 * point, family="serif")
        axes.text(-6.6, 3.4, r"$\tanh(W x + b)$", color="white", size=0.25 * point)

    def show(self, frame: int) -> None:
        t = len(self.path.moves) * frame / self.frames
        self.lines.set_segments(np.split(self._at(self.samples, t), self.starts[1:]))
        for dots, points in zip(self.dots, self.classes, strict=True):
            dots.set_offsets(self._at(points, t))
        origin, *tips = self._at(np.vstack([np.zeros(2), np.eye(2)]), t)
        self.arrows.set_offsets([origin, origin])
        self.arrows.set_UVC(*(np.array(tips) - origin).T)

    def _at(self, points: Array, t: float) -> Array:
        return UNIT * self.path.at(points, t)

    def _sampled(self, picture: Picture, settings: Settings) -> tuple[Array, Array]:
        maps = [lambda points, t=t: self._at(points, t) for t in np.arange(0, len(self.path.moves) + 0.25, 0.5)]
        return sample_lines(picture.line_ends(), maps, 0.1 * 8 / settings.height)


def save(plot: Plot, path: Path, settings: Settings) -> None:
    """Render and encode every frame of the plot: x264 at the quality of our films, with its default preset."""
    mpl.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()
    writer = FFMpegWriter(float(settings.fps), "libx264", extra_args=["-crf", "20", "-pix_fmt", "yuv420p"])
    animation = FuncAnimation(plot.figure, plot.show, frames=plot.frames, init_func=lambda: None)
    animation.save(path, writer=writer, dpi=DPI)
