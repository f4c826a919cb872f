"""Space: the grid and everything that lives in it, carried along by the moves of a network.

Each part of space keeps the input points that it began with and where they are now. The animations (animations.py)
carry all parts along a trajectory; a part that is added later is carried to where space stands.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from manim import FadeOut, Group, ManimColor, Mobject

from manim_untangle.draw import style
from manim_untangle.draw._manim import set_clip
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.pictures import Pictures
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.sampling import FINENESS, Indices, pixels, sample_lines
from manim_untangle.draw.shapes import WIDTH_UNIT
from manim_untangle.stage.layout import Box, current_layout
from manim_untangle.stage.view import View
from netlib.activations import Array
from netlib.datasets import Dataset
from netlib.errors import UntangleError
from netlib.kept import kept
from netlib.motion.moves import Move
from netlib.motion.projected import ProjectedTrajectory
from netlib.motion.trajectory import CachedTrajectory, TrainingTrajectory
from netlib.network import Network

# Half of the grid's width and height in units of space: beyond the frame at the start in every film.
GRID_HALF = (4.5, 3.0)
GRID_STEP = 0.25
LINE_HALF = 3.0  # of an input line, where the input is one number
SHEET_HALF = 1.25
# The ghost grid marks where coordinates are. Its lines are half a unit apart, or that times a power of ten.
GHOST_STEP = 0.5
GHOST_NEAREST, GHOST_WHOLE = 0.2, 0.3  # scene units between lines at which they begin to show, and show whole
CUBE_ON_SCREEN = 1.5  # scene units: half a side of a cube that keeps its size on screen
PICTURE_RADIUS = 0.2  # scene units: half of the longer side of a point's picture
LEANT = 0.3  # radians of tilt at which what belongs to the plane has gone, and what belongs to space has come

M = TypeVar("M", bound=Mobject)
AnyTrajectory = CachedTrajectory | ProjectedTrajectory | TrainingTrajectory


@kept()
def _moving_samples(
    lines: Array, trajectory: AnyTrajectory, moments: Sequence[tuple[float, View]], tolerance: float
) -> tuple[Array, Indices]:
    """Return samples of straight lines that a trajectory carries, as `sample_lines` does, for moments of it."""

    def at(time: float, view: View) -> Callable[[Array], Array]:
        return lambda inputs: view.project(trajectory.at(inputs, time))[:, :2]

    return sample_lines(lines, [at(*moment) for moment in moments], tolerance)


@dataclass(eq=False)
class Part:
    """Points of space that are drawn as one mobject.

    inputs: (N, d) where they are before any move. now: (N, d') where they are. draw(scene points (N, 3)) puts them
    on screen. fixed: they belong to the present representation (a separating line), and no move carries them.
    lines: ends (L, 2, d) of straight input lines that the points sample, as finely as what comes next asks for.
    view: as they were last drawn. role, label: what the part is in a timeline (web/), and the class of data. told:
    returns how a part that is no lines or dots is drawn at this moment, as data: an entry for each mobject. Arrays in
    it are what changes. drawn: whether it is drawn at all; a timeline needs no picture of what tells itself.
    """

    mobject: Mobject
    inputs: Array
    now: Array
    draw: Callable[[Array], object]
    fixed: bool = False
    lines: Array | None = None
    view: View | None = None
    role: str = ""
    label: int | None = None
    told: Callable[[], dict[Mobject, dict[str, Any]]] | None = None
    drawn: bool = True

    def show(self, view: View) -> None:
        """Draw the points where they are now."""
        if not self.drawn:
            return
        self.view = view
        self.draw(view.project(self.now))

    @property
    def is_drawn_plainly(self) -> bool:
        """Whether the mobject holds the points themselves, where they are on screen."""
        return getattr(self.draw, "__self__", None) is self.mobject

    @property
    def moved(self) -> bool:
        """Whether the mobject was shifted, scaled or turned since it was last drawn."""
        if self.view is None or not self.is_drawn_plainly:
            return False
        placed = self.view.project(self.now)
        return placed.shape == self.mobject.points.shape and not np.allclose(placed, self.mobject.points)


class Space(Group):
    """The plane (or line, or space) of a network's inputs, with its grid, and whatever `add_*` puts there.

    trajectory: the moves made so far. time: how far along them space stands, in [0, end]. network: the one that it
    shows, where that is known. watchers: called with each new space. leaves_samples: whether straight lines that such a
    trajectory carries are left as they are sampled: a timeline tells them by their ends.
    """

    watchers: ClassVar[list[Callable[[Space], None]]] = []

    def __init__(
        self,
        view: View | None = None,
        grid: bool = True,
        dimension: int = 2,
        step: float = GRID_STEP,
        trajectory: AnyTrajectory | None = None,
        area: Box | None = None,
    ) -> None:
        """grid: whether to draw the plane's grid, with fine lines half a step between, and the ghost of it that stays.
        dimension: of the inputs. step: between the grid's lines, in units of space. trajectory: for a network that is
        shown in projections, its pictures before any transition. area: at whose edge space ends, by default the
        picture area of the film."""
        super().__init__()
        self.layout = current_layout()
        box = area or self.layout.picture
        self.edge = None if box == self.layout.frame else (box.left, box.bottom, box.right, box.top)
        self.view = view or View()
        self.trajectory: AnyTrajectory = trajectory or CachedTrajectory()
        self.time = 0.0
        self.parts: list[Part] = []
        self.dimension = dimension
        self.network: Network | None = None
        self.leaves_samples: Callable[[AnyTrajectory], bool] = lambda trajectory: False
        for watcher in self.watchers:
            watcher(self)
        if grid:
            self.ghost = self.add_ghost()
            fine, whole = grid_lines(GRID_HALF, step, offset=step / 2), grid_lines(GRID_HALF, step)
            self.fine_grid = self.add_straight(fine, style.GRID, 1.0, 0.3, role="grid")
            self.grid = self.add_straight(whole, style.GRID, 2.0, 0.85, role="grid")

    @property
    def view(self) -> View:
        """Where the eye stands; a view without a centre is given that of the picture area."""
        return self._view

    @view.setter
    def view(self, view: View) -> None:
        self._view = view.placed

    @property
    def end(self) -> int:
        """The time at the end of the moves made so far."""
        return len(self.trajectory.moves)

    def restart(self, *moves: Move) -> None:
        """Forget the moves made so far, and take others in their place: parts are at time 0 of those."""
        self.trajectory, self.time = CachedTrajectory(moves), 0.0

    def add_ghost(self) -> Polylines:
        """Add the grid of the plane that no move carries; return its mobject.

        It follows the view: where lines come too near to each other, every tenth stays. Where the view leans back
        into space it fades out.
        """
        ghost = Polylines(np.zeros((0, 3)), np.zeros(0, np.int64), color=style.GHOST, stroke_width=1.0)

        def draw(_: Array) -> None:
            unit, centre, frame = self.view.unit, self.view.middle, self.layout.frame
            gap = GHOST_STEP * unit * 10.0 ** np.ceil(np.log10(GHOST_NEAREST / (GHOST_STEP * unit)))
            fine = float(np.clip(np.log(gap / GHOST_NEAREST) / np.log(GHOST_WHOLE / GHOST_NEAREST), 0, 1))
            ends = grid_lines(tuple(np.add(frame.half, np.abs(centre)) + 0.5), gap)
            numbers = np.rint(ends.mean(axis=1).sum(axis=1) / gap)  # of the lines, 0 through the origin
            shown = np.where(numbers % 10 == 0, 1.0, fine)
            samples = np.pad((ends[shown > 0] + centre).reshape(-1, 2), ((0, 0), (0, 1)))
            opacity = np.repeat(shown[shown > 0], 2) * max(0.0, 1 - abs(self.view.tilt) / LEANT)
            ghost.set_rgbas(None).set_samples(samples, np.arange(0, len(samples), 2))
            if opacity.min() < 1:
                colours = np.tile(ManimColor(style.GHOST).to_rgb(), (len(opacity), 1))
                ghost.set_rgbas(np.column_stack([colours, opacity]))

        def told() -> dict[Mobject, dict[str, Any]]:
            rule = {"step": GHOST_STEP, "nearest": GHOST_NEAREST, "whole": GHOST_WHOLE, "lean": LEANT}
            look = {"stroke": [*ManimColor(style.GHOST).to_int_rgb().tolist(), 255], "width": [WIDTH_UNIT]}
            return {ghost: {"kind": "ghost", **look, **rule}}

        self.follow(np.zeros((1, self.dimension)), ghost.set_z_index(-1), draw, fixed=True)
        self.parts[-1].role, self.parts[-1].told = "ghost", told
        return ghost

    def add_lines(
        self,
        inputs: Array,
        colour: str,
        width: float = 3.0,
        opacity: float = 1.0,
        starts: Indices | Sequence[int] = (0,),
        closed: bool = False,
        fixed: bool = False,
    ) -> Polylines:
        """Add curves through inputs (N, d), each beginning at an index in starts; return their mobject.

        fixed: the points are of the present representation, and no move carries them.
        """
        lines = Polylines(
            np.zeros((len(inputs), 3)), np.asarray(starts), color=colour, stroke_width=width, stroke_opacity=opacity,
            closed=closed,
        )  # fmt: skip
        return self.follow(inputs, lines, lines.set_samples, fixed)

    def add_straight(
        self, ends: Array, colour: str, width: float = 3.0, opacity: float = 1.0, role: str = ""
    ) -> Polylines:
        """Add straight lines of the inputs, from their ends (L, 2, d); return their mobject.

        They are sampled anew before every move, so that their images are as smooth as pixels show, at any zoom.
        """
        inputs, starts = sample_lines(ends, [lambda points: self.on_screen(points)[:, :2]])
        lines = self.add_lines(inputs, colour, width, opacity, starts)
        self.parts[-1].lines, self.parts[-1].role = ends, role
        return lines

    def resample(self, moments: Sequence[tuple[float, View]]) -> None:
        """Give straight lines the samples that they need, and no more, to be smooth wherever they will be shown: at the
        moments that matter, each a time and the view at it."""
        if self.leaves_samples(self.trajectory):
            return
        placed, tolerance = [(time, view.placed) for time, view in moments], pixels(FINENESS)
        for part in self.parts:
            if part.lines is not None and isinstance(part.mobject, Polylines):
                part.inputs, starts = _moving_samples(part.lines, self.trajectory, placed, tolerance)
                part.now = self.where(part.inputs)
                part.view = self.view
                part.mobject.set_samples(part.view.project(part.now), starts)

    def add_sheet(self, half: float = SHEET_HALF, step: float = 0.125) -> Polylines:
        """Add a finer square grid of [-half, half]^2 around the data: what is seen of the plane in space."""
        return self.add_straight(grid_lines((half, half), step), style.GRID, 2.0, 0.8, role="grid")

    def add_cube(self, colour: str = style.FAINT_INK, on_screen: bool = False) -> Polylines:
        """Add the edges of the cube [-1, 1]^3, into which tanh maps all of space; no move carries them.

        on_screen: a cube that turns with space and keeps its size on screen, seen where the view leans back: it shows
        directions at any zoom.
        """
        edges = grid_lines((1.0, 1.0, 1.0), 2.0, offset=1.0).reshape(-1, 3)
        cube = Polylines(np.zeros((24, 3)), 2 * np.arange(12), color=colour, stroke_width=1.5)

        def draw(points: Array) -> None:
            if on_screen:
                points = self.view.project(CUBE_ON_SCREEN / self.view.unit * edges)
                cube.set_stroke(opacity=float(np.clip(self.view.tilt / LEANT, 0, 1)))
            cube.set_samples(points)

        return self.follow(edges, cube, draw, fixed=True)

    def add_dots(
        self, inputs: Array, colour: str, marker: str = "disk", radius: float = style.DOT_RADIUS, opacity: float = 1.0
    ) -> Dots:
        """Add a marker at each of inputs (N, d); return their mobject."""
        dots = Dots(
            np.zeros((len(inputs), 3)), radius=radius, color=colour, marker=marker, opacity=opacity,
            outline=style.BACKGROUND, outline_width=1.0,
        )  # fmt: skip
        return self.follow(inputs, dots, dots.set_centres).set_z_index(3)

    def add_data(self, data: Dataset, radius: float = style.DOT_RADIUS) -> Group:
        """Add the points of every class, each in its colour and marker."""
        shown = Group()
        for k in range(data.classes):
            shown.add(self.add_dots(data.of_class(k), style.CLASS_COLOURS[k], style.CLASS_MARKERS[k], radius))
            self.parts[-1].role, self.parts[-1].label = "data", k
        return shown

    def add_pictures(self, data: Dataset, size: tuple[int, int], radius: float = PICTURE_RADIUS) -> Pictures:
        """Add each point as a picture of width x height pixels, row by row, in the colour of its class."""
        low, high = data.points.min(), data.points.max()
        images = ((data.points - low) / ((high - low) or 1.0)).reshape(-1, size[1], size[0])
        colours = np.array([[*ManimColor(colour).to_rgb(), 1.0] for colour in style.CLASS_COLOURS])
        nowhere = np.zeros((len(images), 3))
        pictures = Pictures(nowhere, images, radius=radius, rgbas=colours[data.labels])
        return self.follow(data.points, pictures, pictures.set_centres).set_z_index(3)

    def follow(
        self, inputs: Array, mobject: M, draw: Callable[[Array], object], fixed: bool = False, sign: bool = False
    ) -> M:
        """Let a mobject follow inputs (N, d), and return it: draw receives their scene points (N, 3) when space moves.

        fixed: the points are of the present representation; only a change of view moves them. sign: it stands outside
        the picture area, at whose edge all others end.
        """
        inputs = np.asarray(inputs, dtype=np.float64)
        part = Part(mobject, inputs, inputs if fixed else self.where(inputs), draw, fixed)
        part.show(self.view)
        self.parts.append(part)
        self.add(mobject)
        return mobject if sign else self.clip(mobject)

    def clip(self, mobject: M) -> M:
        """Let a mobject end where space ends, and return it."""
        set_clip(mobject, self.edge)
        return mobject

    def fade_out(self, *mobjects: Mobject) -> FadeOut:
        """Return the animation that fades parts out; at its end space forgets them."""
        return FadeOut(*mobjects, _on_finish=lambda _: self.forget(*mobjects))

    def forget(self, *mobjects: Mobject) -> None:
        """Remove parts from space; remove them from the scene as well where they are on it."""
        self.parts = [part for part in self.parts if part.mobject not in mobjects]
        self.remove(*mobjects)

    def where(self, inputs: Array) -> Array:
        """Return where input points (N, d) are now, in space."""
        return self.at(inputs, self.time)

    def at(self, inputs: Array, time: float) -> Array:
        """Return where input points (N, d) are at a time along the trajectory, in space (of a projected trajectory:
        where they are drawn). The array of inputs must not change while it is in use."""
        return self.trajectory.at(np.asarray(inputs, dtype=np.float64), time)

    def on_screen(self, inputs: Array) -> Array:
        """Return scene points (N, 3) of where input points (N, d) are now."""
        return self.view.project(self.where(inputs))

    def redraw(self) -> None:
        """Draw every part where it is now."""
        for part in self.parts:
            part.show(self.view)

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        """Do nothing, for only parts have colours; Manim's groups stop here, and so could not be restored."""
        return self

    def refuse_moved(self) -> None:
        """Raise UntangleError where parts were moved by hand: they would jump back when they are drawn next."""
        if any(part.moved for part in self.parts):
            raise UntangleError(
                "a Space was shifted, scaled or turned by hand, and would now jump back to where its view puts it. "
                "Move the view instead: ChangeView(space, replace(space.view, centre=(x, y), unit=1.5))"
            )


def grid_lines(half: tuple[float, ...], step: float, offset: float = 0.0) -> Array:
    """Return the ends (L, 2, d) of the lines of a grid in the box [-half, half], along each of its d axes.

    The other coordinates of a line are `offset` plus multiples of `step`.
    """

    def places(reach: float) -> Array:
        first, last = ((sign * reach - offset) / step for sign in (-1, 1))
        return offset + step * np.arange(np.ceil(first - 1e-9), np.floor(last + 1e-9) + 1)

    lines = list[Array]()
    for axis, reach in enumerate(half):
        others = np.array(list(itertools.product(*map(places, (*half[:axis], *half[axis + 1 :])))))
        lines.append(np.stack([np.insert(others, axis, end, axis=1) for end in (-reach, reach)], axis=1))
    return np.concatenate(lines)
