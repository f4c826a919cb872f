"""Walk: the part that films about whole networks share. Space goes through the layers, each told in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from manim import FadeIn, FadeOut, Group

from manim_untangle.draw import style
from manim_untangle.stage.animations import ApplyMove, ChangeView, fitting
from manim_untangle.stage.diagram import Diagram
from manim_untangle.stage.film import Film, film_of
from manim_untangle.stage.formula import LayerFormula
from manim_untangle.stage.scale_bar import scale_bar
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib.activations import Array
from netlib.motion.moves import Move
from netlib.motion.trajectory import LayerMoves, affine_then_bend
from netlib.network import Network


class LayerPresenter:
    """The staging of one network: space, diagram, formula and scale bar, and how a layer is told."""

    def __init__(self, film: Film, network: Network, space: Space, points: Array, largest: float = 2.6) -> None:
        """points: (N, d) inputs that must stay in the frame. largest: scene units that a unit of space may have."""
        self.film, self.largest = film_of(film, "LayerPresenter"), largest
        self.network, self.space, self.points = network, space, points
        self.diagram = Diagram(network)
        self.formula = LayerFormula(network.hidden[0].activation.name)
        self.scale_bar = scale_bar(space)
        self.signs = Group(self.diagram, self.formula, self.scale_bar)

    def show(self) -> None:
        """Fade in the diagram, the formula and the scale bar, those of them that are not there yet."""
        there = self.film.get_mobject_family_members()
        self.film.play(*(FadeIn(sign, run_time=style.FADE_SECONDS) for sign in self.signs if sign not in there))

    def hide(self) -> None:
        """Fade them out again, so that another walk can take their place."""
        self.film.play(*(FadeOut(sign, run_time=style.FADE_SECONDS) for sign in self.signs))
        self.space.forget(self.scale_bar)

    def layer(
        self,
        k: int,
        told: Mapping[str, str],
        taken_apart: LayerMoves = affine_then_bend,
        run_time: float = style.MOVE_SECONDS,
        turn: float = 0.0,
    ) -> None:
        """Carry space through hidden layer k, from 0. told: the caption before a move, by the move's title.

        turn: radians about the vertical axis by which the view of space turns during each move.
        """
        self.film.note_moves(self.network, together=taken_apart is affine_then_bend)
        self.diagram.light(k)
        for move in taken_apart(self.network.hidden[k], k):
            self.formula.light(move)
            if move.title in told:
                self.film.say(told[move.title])
            self.flow(move, run_time, replace(self.space.view, turn=self.space.view.turn + turn))
            self.film.pause(style.PAUSE_SECONDS / 2 * run_time / style.MOVE_SECONDS)
        self.formula.light(None)
        self.diagram.light(None)

    def flow(self, move: Move, run_time: float = style.MOVE_SECONDS, view: View | None = None) -> None:
        """Carry space along a move; zoom, in the open, so that the points fill the frame and stay in it."""
        end = fitting(view or self.space.view, move.at(self.space.where(self.points), 1), self.largest)
        self.film.play(ApplyMove(self.space, move, end, keep=self.points, run_time=run_time))

    def turn_by(self, angle: float, run_time: float = 1.5 * style.MOVE_SECONDS) -> None:
        """Turn the view of space slowly about its vertical axis, by radians."""
        view = replace(self.space.view, turn=self.space.view.turn + angle)
        self.film.play(ChangeView(self.space, view, run_time=run_time))
