"""LayerPresenter: what films about whole networks share. Space goes through the layers, each shown in the same way."""

from __future__ import annotations

from collections.abc import Mapping

from manim import FadeIn, FadeOut, Group

from manim_untangle.draw import style
from manim_untangle.stage.animations import ApplyMove, ChangeView
from manim_untangle.stage.diagram import Diagram
from manim_untangle.stage.film import Film, film_of
from manim_untangle.stage.formula import LayerFormula
from manim_untangle.stage.scale_bar import scale_bar
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import LARGEST_UNIT, View, fitting, framing
from netlib.activations import Array
from netlib.layers import Layer
from netlib.motion.moves import Move
from netlib.motion.projected import Pictures, ProjectedTrajectory, Transition
from netlib.motion.trajectory import LayerMoves, affine_then_bend
from netlib.network import Network


class LayerPresenter:
    """The signs around the space of one network (diagram, formula, scale bar), and how a layer is shown."""

    def __init__(
        self, film: Film, network: Network, space: Space, points: Array, largest: float = LARGEST_UNIT
    ) -> None:
        """points: (N, d) inputs that must stay in the frame. largest: scene units that a unit of space may have; space
        on a projected trajectory is zoomed so that the points fill the frame, whatever their size."""
        self.film, self.largest = film_of(film, "LayerPresenter"), largest
        self.network, self.space, self.points = network, space, points
        self.pictures: Pictures | None = None
        if isinstance(space.trajectory, ProjectedTrajectory):
            self.pictures = space.trajectory.pictures
        self.diagram = Diagram(network, self.pictures.groups if self.pictures else None)
        self.activation = network.layers[0].activation.name
        self.formula = LayerFormula(self.activation)
        self.scale_bar = scale_bar(space, None if self.pictures else 1.0)
        self.signs = Group(self.diagram, self.scale_bar)
        if network.hidden:
            self.signs.add(self.formula)

    def show(self) -> None:
        """Fade in the signs, those of them that are not there yet."""
        there = self.film.get_mobject_family_members()
        self.film.play(*(FadeIn(sign, run_time=style.FADE_SECONDS) for sign in self.signs if sign not in there))

    def hide(self) -> None:
        """Fade them out again, so that those of another network can take their place."""
        self.film.play(*(FadeOut(sign, run_time=style.FADE_SECONDS) for sign in self.signs))
        self.space.forget(self.scale_bar)

    def layer(
        self,
        k: int,
        captions: Mapping[str, str],
        taken_apart: LayerMoves = affine_then_bend,
        run_time: float = style.MOVE_SECONDS,
        turn: float = 0.0,
    ) -> None:
        """Carry space through hidden layer (or group of layers) k, from 0. captions: the one before a move, by the
        move's title.

        turn: radians about the vertical axis by which the view of space turns during each move.
        """
        self.film.note_moves(self.network, together=taken_apart is affine_then_bend)
        moves = self.pictures.transitions(k) if self.pictures else taken_apart(self.network.hidden[k], k)
        self._formula_of(self.pictures.groups[k].layers[-1] if self.pictures else self.network.hidden[k])
        self.diagram.light(k)
        for move in moves:
            self.formula.light(move)
            if move.title in captions:
                self.film.say(captions[move.title])
            self.flow(move, run_time, self.space.view.turned(turn))
            self.film.pause(style.PAUSE_SECONDS / 2 * run_time / style.MOVE_SECONDS)
        self.formula.light(None)
        self.diagram.light(None)

    def flow(self, move: Move, run_time: float = style.MOVE_SECONDS, view: View | None = None) -> None:
        """Carry space along a move; zoom, in the open, so that the points fill the frame and stay in it."""
        if isinstance(move, Transition) and self.pictures and move.picture is not None:
            end = self.pictures.drawn(self.points, move.picture)
        else:
            end = self.space.trajectory.then(move).at(self.points, self.space.end + 1)
        self.film.play(ApplyMove(self.space, move, self.fitted(end, view), keep=self.points, run_time=run_time))

    def fitted(self, points: Array, view: View | None = None) -> View:
        """Return the view (by default the present one), zoomed so that points (N, d) of space fill the frame."""
        view = view or self.space.view
        return framing(view, points) if self.pictures else fitting(view, points, self.largest)

    def _formula_of(self, layer: Layer) -> None:
        """Put the formula on screen that has the activation of the layer to come."""
        if layer.activation.name == self.activation:
            return
        before, self.activation = self.formula, layer.activation.name
        self.formula = LayerFormula(self.activation)
        self.signs.remove(before).add(self.formula)
        self.film.play(FadeOut(before, run_time=0.3), FadeIn(self.formula, run_time=0.3))

    def turn_by(self, angle: float, run_time: float = 1.5 * style.MOVE_SECONDS) -> None:
        """Turn the view of space slowly about its vertical axis, by radians."""
        view = self.space.view.turned(angle)
        if self.pictures:
            view = framing(view, self.space.where(self.points))
        self.film.play(ChangeView(self.space, view, run_time=run_time))
