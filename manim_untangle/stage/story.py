"""The story of one network on stage: how each of its layers is shown, and the passages that several films share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Self

import numpy as np
from manim import Animation, Create, FadeIn, FadeOut, Group, Mobject

from manim_untangle.draw import style
from manim_untangle.stage.animations import AnimateToTime, ApplyMove, ChangeView
from manim_untangle.stage.axes import AxisNames
from manim_untangle.stage.film import Film, film_of
from manim_untangle.stage.marks import percent
from manim_untangle.stage.readout import boundary, decision_regions, divider
from manim_untangle.stage.signs import Diagram, LayerFormula, Scores, scale_bar
from manim_untangle.stage.space import GRID_HALF, GRID_STEP, SHEET_HALF, Space
from manim_untangle.stage.view import LARGEST_UNIT, View
from netlib.activations import Array
from netlib.boundary import boundary_curves
from netlib.certificates.claims import a_line_separates, no_line_separates
from netlib.certificates.sentences import is_bent
from netlib.datasets import Dataset
from netlib.layers import Layer
from netlib.motion.moves import Move
from netlib.motion.projected import Pictures, ProjectedTrajectory, Transition
from netlib.motion.trajectory import LayerMoves, affine_then_bend, moves_of
from netlib.network import Network
from netlib.training.recipe import Recipe

QUICK = 0.6 * style.MOVE_SECONDS
BEND = 1.5  # how many times longer than another move a bend takes
NEARER = 1.15  # the least growth for which the view comes nearer after a bend
ZOOM_SECONDS = 0.35 * style.MOVE_SECONDS
LEANT = View(unit=2.2, turn=0.35, tilt=1.2)


class LayerPresenter:
    """One network on stage: its space and data, the signs around them, and how a layer is shown.

    signs: the diagram, the scale bar, the names of the plane's axes and, where there is a hidden layer, the formula.
    start: the view of the inputs that space comes back to. half: of the width and height of the grid among the inputs.
    divider: the readout's line or plane, once it was drawn. regions: the tints of the classes, drawn with it where the
    plane of inputs is shown and no layer can fold it.
    """

    def __init__(
        self, film: Film, network: Network, space: Space, data: Dataset, largest: float = LARGEST_UNIT
    ) -> None:
        """data: its points stay in the frame. largest: scene units that a unit of space may have; space on a projected
        trajectory is zoomed so that the points fill the frame, whatever their size."""
        self.film, self.largest = film_of(film, type(self).__name__), largest
        self.network, self.space, self.data = network, space, data
        space.network = network
        self.pictures: Pictures | None = None
        if isinstance(space.trajectory, ProjectedTrajectory):
            self.pictures = space.trajectory.pictures
        self.diagram = Diagram(network, self.pictures.groups if self.pictures else None)
        self.formula = LayerFormula.of(network.layers[0])
        self.scale_bar = scale_bar(space, None if self.pictures else 1.0)
        self.signs = Group(self.diagram, self.scale_bar)
        if network.hidden:
            self.signs.add(self.formula)
        if self.pictures is None and network.inputs == 2:
            self.signs.add(AxisNames(space))
        self.divider: Mobject = Group()
        self.regions = Group()
        self.start, self.half = space.view, GRID_HALF
        self.begun = dict[int, float]()  # where on the way each hidden layer begins

    def show(self) -> None:
        """Fade in the signs, those of them that are not there yet."""
        there = self.film.get_mobject_family_members()
        self.film.play(*(FadeIn(sign, run_time=style.FADE_SECONDS) for sign in self.signs if sign not in there))

    def layers(
        self,
        captions: Mapping[int, Mapping[str, str]],
        run_time: float = QUICK,
        taken_apart: LayerMoves = affine_then_bend,
    ) -> None:
        """Carry space through every hidden layer. captions: as in `layer`, by the layer's number from 0."""
        for k in range(len(self.network.hidden)):
            self.layer(k, captions.get(k, {}), taken_apart, run_time)

    def layer(
        self,
        k: int,
        captions: Mapping[str, str],
        taken_apart: LayerMoves = affine_then_bend,
        run_time: float = style.MOVE_SECONDS,
        turn: float = 0.0,
    ) -> None:
        """Carry space through hidden layer (or group of layers) k, from 0. captions: what is said before a move, by the
        move's title. turn: radians by which the view turns about its vertical axis during each move.

        A bend takes longer than other moves, and the view comes nearer after it: together they look like one thing."""
        self.film.note_moves(self.network, together=taken_apart is affine_then_bend)
        moves = self.pictures.transitions(k) if self.pictures else taken_apart(self.network.hidden[k], k)
        self._formula_of(self.pictures.groups[k].layers[-1] if self.pictures else self.network.hidden[k])
        self.diagram.light(k)
        self.begun[k] = self.space.time
        for move in moves:
            self.formula.light(move)
            if move.title in captions:
                self.film.say(captions[move.title])
            bends = self.pictures is None and move.part == "bend"
            view = self.space.view.turned(turn)
            self.flow(move, (BEND if bends else 1) * run_time, view, zooms_in=not bends)
            if bends:
                self.come_nearer()
            self.film.pause(style.PAUSE_SECONDS / 2 * run_time / style.MOVE_SECONDS)
        self.formula.light(None)
        self.diagram.light(None)

    def flow(
        self,
        move: Move,
        run_time: float = style.MOVE_SECONDS,
        view: View | None = None,
        centred: bool = False,
        zooms_in: bool = True,
        beside: Array | None = None,
    ) -> None:
        """Carry space along a move; zoom, in the open, so that the points fill the frame and stay in it. centred: have
        them in the middle of it at the end. zooms_in: whether the view may come nearer, or only draw back. beside:
        points (N, d) of space that are in the frame at the end, too."""
        points = self.data.points
        if isinstance(move, Transition) and self.pictures and move.picture is not None:
            end = self.pictures.drawn(points, move.picture)
        else:
            end = self.space.trajectory.then(move).at(points, self.space.end + 1)
        if beside is not None:
            end = np.vstack([end, beside])
        if centred:
            view = self.fitted(end, replace(view or self.space.view, centre=None)).centred(end)
        else:
            view = self.fitted(end, view)
        if not zooms_in:
            view = replace(view, unit=min(view.unit, self.space.view.unit))
        self.film.play(ApplyMove(self.space, move, view, keep=points, run_time=run_time))

    def come_nearer(self) -> None:
        """Zoom so that the points fill the frame, where they are small in it."""
        view = self.fitted(self.space.where(self.data.points))
        if view.unit > NEARER * self.space.view.unit:
            self.film.play(ChangeView(self.space, view, run_time=ZOOM_SECONDS))

    def fitted(self, points: Array, view: View | None = None) -> View:
        """Return the view (by default the present one), zoomed so that points (N, d) of space fill the frame."""
        view = view or self.space.view
        return view.framing(points) if self.pictures else view.fitting(points, self.largest)

    def turn_by(self, angle: float, run_time: float = 1.5 * style.MOVE_SECONDS) -> None:
        """Turn the view of space slowly about its vertical axis, by radians."""
        view = self.space.view.turned(angle)
        if self.pictures:
            view = view.framing(self.space.where(self.data.points))
        self.film.play(ChangeView(self.space, view, run_time=run_time))

    def look_around(self, angle: float = 0.7) -> None:
        """Turn the view of space by radians, so that its depth is seen, and back."""
        for part in (angle, -angle):
            self.turn_by(part, run_time=style.MOVE_SECONDS)

    def travel(self, time: float, view: View, run_time: float = style.MOVE_SECONDS) -> None:
        """Run space to another time, forwards or backwards; the data stay in the frame."""
        self.film.play(AnimateToTime(self.space, time, view, keep=self.data.points, run_time=run_time))

    def claim_inseparable(self, text: str, *animations: Animation, depth: int = 0) -> None:
        """Put on screen that no line (in space: no plane) separates the classes after so many hidden layers."""
        network = self.network if depth else None
        self.film.claim(text, no_line_separates(self.data.points, self.data.labels, network, depth), *animations)

    def claim_separated(self, text: str, *animations: Animation) -> None:
        """Put on screen that a line (in space: a plane) separates the classes after the last hidden layer."""
        self.film.claim(text, a_line_separates(self.data.points, self.data.labels, self.network), *animations)

    def claim_curved(self, text: str) -> None:
        """Put on screen that the longest boundary among the inputs of the plane is no straight line."""
        self.film.claim(text, is_bent(max(boundary_curves(self.network, GRID_HALF), key=len)))

    def draw_divider(self) -> None:
        """Let the caption be read, then draw the readout's line or plane."""
        self.film.finish_reading()
        self.divider = divider(self.space, self.network.readout)
        unfolded = all(layer.injective.holds for layer in self.network.hidden)  # where it folds, tints would add up
        if self.network.inputs == 2 and self.pictures is None and unfolded:
            self.regions = decision_regions(self.space, self.network, self.half)
        shown = [FadeIn(self.regions)] if len(self.regions) else []
        self.film.play((FadeIn if self.network.readout.inputs > 2 else Create)(self.divider), *shown)

    def back_to_inputs(self, run_time: float = 1.5 * style.MOVE_SECONDS) -> None:
        """Run space backwards to the plane of inputs: the readout's line becomes the boundary there."""
        self._line_becomes_boundary()
        self.travel(0, self.start, run_time)

    def undo_layers(self, run_time: float = style.MOVE_SECONDS) -> None:
        """Run space backwards to the plane of inputs, one hidden layer after another, each lit in the diagram.

        run_time: seconds a layer."""
        self._line_becomes_boundary()
        for k in reversed(range(len(self.network.hidden))):
            self.diagram.light(k)
            points = self.space.at(self.data.points, self.begun[k])
            self.travel(self.begun[k], self.fitted(points) if k else self.start, run_time)
        self.diagram.light(None)

    def _line_becomes_boundary(self) -> None:
        self.film.play(FadeIn(boundary(self.space, self.network, self.half), run_time=0.2))
        self.film.remove(self.divider)
        self.space.forget(self.divider)

    @property
    def percent_right(self) -> str:
        """The share of the points that the network gets right, as the screen shows it."""
        return percent(self.network.accuracy(self.data.points, self.data.labels))

    def scores(self, under: Mobject | None = None) -> Scores:
        """Return the table of the network's accuracy, in the place for notes, or in what is left of it under a sign."""
        return Scores(self.network, self.data, None if under is None else self.space.layout.under(under))

    def _formula_of(self, layer: Layer) -> None:
        """Put the formula of the layer to come on screen."""
        if self.formula.shows(layer):
            return
        before, after = self.formula, LayerFormula.of(layer)
        self.formula = after
        self.signs.remove(before).add(after)
        self.film.play(FadeOut(before, run_time=0.3), FadeIn(after, run_time=0.3))


class NetworkStory(LayerPresenter):
    """The story of a network whose inputs are the plane, which it shows as a grid.

    dots: the data's markers. plane: the grids.
    """

    def __init__(
        self,
        film: Film,
        recipe: Recipe,
        data: Dataset | None = None,
        view: View | None = None,
        sparse: bool = False,
    ) -> None:
        """data: shown in place of the recipe's. view: of the inputs, first and after `back_to_inputs`. sparse: a plane
        with a quarter of the lines, whose motion takes fewer bytes in a video."""
        network = film_of(film, "NetworkStory").load(recipe)
        space = Space(view, step=2 * GRID_STEP if sparse else GRID_STEP)
        super().__init__(film, network, space, data or recipe.dataset())
        self.dots = space.add_data(self.data)
        self.plane = Group(space.ghost, space.fine_grid, space.grid)
        if sparse:
            self.plane.remove(space.fine_grid)
            space.forget(space.fine_grid)

    @classmethod
    def opened(cls, film: Film, chapter: str, recipe: Recipe, sparse: bool = False) -> Self:
        """Begin a chapter with the plane, the data and the signs, and return the story."""
        story = cls(film, recipe, sparse=sparse)
        film.chapter(chapter)
        story.open(*story.signs)
        return story

    def open(self, *signs: Mobject) -> None:
        """Fade in the plane with the data, and what else is given."""
        self.film.play(FadeIn(*self.plane, self.dots), *map(FadeIn, signs))

    def to_sheet(self) -> Mobject:
        """Show a piece of the plane around the data in place of all of it, and return it."""
        sheet = self.space.add_sheet()
        self.film.play(FadeIn(sheet), FadeOut(*self.plane))
        self.space.remove(*self.plane)
        self.half = (SHEET_HALF, SHEET_HALF)
        return sheet

    def lean_back(self, run_time: float = style.MOVE_SECONDS) -> tuple[Mobject, Mobject]:
        """Show the plane as a sheet in the cube of space, seen from the side; return the sheet and the cube."""
        sheet, cube = self.to_sheet(), self.space.add_cube()
        self.film.play(FadeIn(cube), ChangeView(self.space, LEANT, run_time=run_time))
        return sheet, cube

    def lift(self, captions: Mapping[str, str], run_time: float = QUICK) -> None:
        """Carry the sheet through the first hidden layer, which has three neurons. The view follows the turn: the
        direction in which the readout will cut is up on screen from there on, and the bent sheet in the middle."""
        self.diagram.light(0)
        up = LEANT.upright(self.network.readout.weight[0])
        for move in moves_of(self.network.hidden[0]):
            self.formula.light(move)
            if move.title in captions:
                self.film.say(captions[move.title])
            last = move.part == "bend"
            self.flow(move, (1 + last) * run_time, LEANT if move.part == "stretch" else up, centred=last)
