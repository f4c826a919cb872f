"""Mutations: ways in which a film's picture can be wrong, each made in one place; and to which films each applies.

A mutation changes what is drawn and leaves what is claimed alone, so that no certificate stops the film.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from manim import ManimColor, Mobject
from oracle_pictures import first_all_right

import manim_untangle
from manim_untangle import Diagram, Film, Polylines, Space, View, matrix_formula, style
from manim_untangle.render.films import FilmFile, films
from manim_untangle.stage import axes, signs
from manim_untangle.stage.space import Part
from manim_untangle.stage.training_film import TrainingSigns
from netlib import Layer, Move, Network, catalogue, certificates
from netlib.activations import Array
from netlib.motion.trajectory import CachedTrajectory

SHIFT = 0.4
LEARNING_MIDDLE = 0.745  # scene units: the height at which `learning` draws zero
FEWER = 0.02  # of all points: by how much an accuracy is wrong
# How many bends make a whole network, by film and by space in the order in which they are made; 1 elsewhere.
BENDS: dict[str, tuple[int, ...]] = {
    "features": (1, 4),  # the second: units that raise the plane
    "hard_spirals": (6,) * 10,
    "linked_rings": (2,),
    "relu_parabola": (3,),  # units that raise the plane
    "spirals": (4,),
    "too_narrow": (4,),
    "what_a_layer_does": (9, 1, 4, 4, 1),  # the first space stands still
}


@dataclass(frozen=True)
class Mutation:
    """A wrong picture. make(patch, film name) changes what films draw, until the patch is undone.

    spared: names of films to which it does not apply, and why.
    """

    name: str
    make: Callable[[pytest.MonkeyPatch, str], None] = field(repr=False)
    spared: dict[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def bends(moves: Iterable[Move]) -> int:
    """Return how many of some moves bend or raise space, or carry it as far as a whole network does."""
    return sum(any(part in move.part for part in ("bend", "lift", "skip", "learn")) for move in moves)


def shifted(patch: pytest.MonkeyPatch, film: str) -> None:
    """After the last bend all of space stands 0.4 to the right of where it belongs."""
    made, at, make = list[Space](), Space.at, Space.__init__

    def remembered(self: Space, *args: Any, **kwargs: Any) -> None:
        made.append(self)
        make(self, *args, **kwargs)

    def moved(self: Space, inputs: Array, time: float) -> Array:
        points = at(self, inputs, time)
        wanted = BENDS.get(film, (1,) * 9)[made.index(self)]
        if bends(self.trajectory.moves[: int(time)]) >= wanted:
            points = points + SHIFT * np.eye(points.shape[1])[0]
        return points

    patch.setattr(Space, "__init__", remembered)
    patch.setattr(Space, "at", moved)


def swapped(patch: pytest.MonkeyPatch, film: str) -> None:
    """The first two classes have each other's colour."""
    first, second, *others = style.CLASS_COLOURS
    patch.setattr(style, "CLASS_COLOURS", (second, first, *others))


def mirrored(patch: pytest.MonkeyPatch, film: str) -> None:
    """What a readout draws into the last representation is mirrored: a line at the horizontal axis, a plane at zero."""
    follow, white = Space.follow, ManimColor(style.ANSWER)

    def followed(self: Space, inputs: Array, mobject: Mobject, draw: Any, fixed: bool = False, **more: Any) -> Mobject:
        drawn = [each for each in mobject.get_family() if len(each.points)]
        if fixed and len(inputs) > 1 and all(each.get_stroke_color() == white for each in drawn):
            inputs = inputs * ((1, -1) if inputs.shape[1] == 2 else -1)
        return follow(self, inputs, mobject, draw, fixed, **more)

    patch.setattr(Space, "follow", followed)
    if film == "learning":  # which draws its line itself
        set_samples = Polylines.set_samples

        def placed(self: Polylines, samples: Array, *starts: Any) -> Polylines:
            if self.get_stroke_color() == white and self.stroke_width == 5:
                samples = samples * (1, -1, 1) + (0, 2 * LEARNING_MIDDLE, 0)
            return set_samples(self, samples, *starts)

        patch.setattr(Polylines, "set_samples", placed)


def left_out(patch: pytest.MonkeyPatch, film: str) -> None:
    """The moves of one layer leave space as it is: those of the second, or of the only one."""
    at, last = Move.at, {"spirals": 1, "too_narrow": 1, "hard_spirals": 1, "linked_rings": 1}.get(film, 0)

    def stays(self: Move, points: Array, t: float) -> Array:
        raised = "lift" in self.part
        out = self.title in ("lift", "unit 2") if raised else self.layer == last
        return at(self, points, 0 if out else t)

    patch.setattr(Move, "at", stays)


def stopped(patch: pytest.MonkeyPatch, film: str) -> None:
    """The last bend of a network ends at nine tenths of its way."""
    at, last = Move.at, min(BENDS.get(film, (1,))) - 1

    def stops(self: Move, points: Array, t: float) -> Array:
        raised = "lift" in self.part
        short = self.title in ("lift", "unit 3", "sum") if raised else bends([self]) and self.layer >= last
        return at(self, points, min(t, 0.9) if short else t)

    patch.setattr(Move, "at", stops)


def wrong_way(patch: pytest.MonkeyPatch, film: str) -> None:
    """Every move folds space flat half-way, and arrives where it belongs."""
    at = Move.at

    def folded(self: Move, points: Array, t: float) -> Array:
        return at(self, points, t) * np.r_[abs(1 - 2 * t), np.ones(self.ambient - 1)]

    patch.setattr(Move, "at", folded)


def second_line(patch: pytest.MonkeyPatch, film: str) -> None:
    """A second line stands across every line of a readout, and across every boundary."""
    add_lines = Space.add_lines

    def added(self: Space, inputs: Array, colour: str, width: float = 3.0, opacity: float = 1.0,
              starts: Any = (0,), **more: Any) -> Polylines:  # fmt: skip
        if colour == style.ANSWER and inputs.shape[1] == 2 and len(inputs):
            starts = np.r_[np.asarray(starts, dtype=np.int64), len(inputs) + np.asarray(starts, dtype=np.int64)]
            inputs = np.vstack([inputs, inputs @ np.array([[0.0, 1.0], [-1.0, 0.0]]) + 0.2])
        return add_lines(self, inputs, colour, width, opacity, starts, **more)

    patch.setattr(Space, "add_lines", added)
    if film == "learning":  # which draws its line itself
        set_samples = Polylines.set_samples

        def placed(self: Polylines, samples: Array, *starts: Any) -> Polylines:
            if self.get_stroke_color() == ManimColor(style.ANSWER) and self.stroke_width == 5 and len(samples):
                samples = np.vstack([samples, samples * (1, -1, 1) + (0, 2 * LEARNING_MIDDLE, 0)])
                starts = (np.array([0, len(samples) // 2]),)
            return set_samples(self, samples, *starts)

        patch.setattr(Polylines, "set_samples", placed)


def elsewhere(patch: pytest.MonkeyPatch, film: str) -> None:
    """The tunnel is turned by a right angle about the disk."""
    add_lines = Space.add_lines

    def added(self: Space, inputs: Array, *args: Any, **kwargs: Any) -> Any:
        if any(isinstance(each, str) and each == style.WRONG for each in (*args, *kwargs.values())):
            inputs = inputs @ np.array([[0.0, 1.0], [-1.0, 0.0]])
        return add_lines(self, inputs, *args, **kwargs)

    patch.setattr(Space, "add_lines", added)


def other_number(patch: pytest.MonkeyPatch, film: str) -> None:
    """Every accuracy of a network is 2 points of a hundred lower than it is. A film that shows none has another wrong
    number: of points on one spot, a difference, a gap, eigenvalues."""
    if film == "activations":
        meet = certificates.points_meet

        def fewer(layer: Layer, points: Array) -> certificates.Certificate:
            found = meet(layer, points)
            return replace(found, measured={**found.measured, "points": len(points) - 1})

        patch.setattr(certificates, "points_meet", fewer)
    elif film == "features":
        close = certificates.close_on_a_cut

        def nearer(*given: Any) -> certificates.Certificate:
            found = close(*given)
            return replace(found, measured={**found.measured, "largest difference": 0.17})

        patch.setattr(certificates, "close_on_a_cut", nearer)
    elif film == "spirals":
        gap = certificates.gap
        patch.setattr(certificates, "gap", lambda *given: gap(*given) + FEWER)
    elif film == "eigenvectors":
        eigen = certificates.eigen_directions
        patch.setattr(certificates, "eigen_directions", lambda weight: (eigen(weight)[0] + FEWER, eigen(weight)[1]))
    else:
        accuracy = Network.accuracy
        patch.setattr(Network, "accuracy", lambda self, *data: max(0.0, accuracy(self, *data) - FEWER))


def grid_left_behind(patch: pytest.MonkeyPatch, film: str) -> None:
    """The grid stays where it was before the first move; all else moves."""
    show = Part.show

    def stays(self: Part, view: View) -> None:
        if self.role == "grid":
            wide = self.now.shape[1] - self.inputs.shape[1]
            self.draw(view.project(np.pad(self.inputs, ((0, 0), (0, wide)))))
        else:
            show(self, view)

    patch.setattr(Part, "show", stays)
    patch.setattr(Space, "refuse_moved", lambda self: None)


def long_way_round(patch: pytest.MonkeyPatch, film: str) -> None:
    """Every turn of the plane goes the longer way round, and arrives where it belongs."""
    at = Move.at

    def turned(self: Move, points: Array, t: float) -> Array:
        if self.part != "rotate" or self.ambient != 2 or t in (0, 1):
            return at(self, points, t)
        matrix = self.matrix(1.0)
        assert matrix is not None
        angle = np.arctan2(matrix[1, 0], matrix[0, 0])
        angle = t * (angle - np.copysign(2 * np.pi, angle))
        c, s = np.cos(angle), np.sin(angle)
        return points @ np.array([[c, s], [-s, c]])

    patch.setattr(Move, "at", turned)


def out_of_step(patch: pytest.MonkeyPatch, film: str) -> None:
    """Between the ends of its parts a training shows weights of another moment."""
    at, knots = Space.at, np.array([0, 4 / 9, first_all_right(catalogue.LEARNING_CURVES), 1])

    def late(self: Space, inputs: Array, time: float) -> Array:
        part = int(np.searchsorted(knots, time)) - 1
        if 0 <= part < 3 and isinstance(self.trajectory, CachedTrajectory):
            start, end = knots[part : part + 2]
            time = start + (end - start) * ((time - start) / (end - start)) ** 2
        return at(self, inputs, time)

    patch.setattr(Space, "at", late)


def numbers_elsewhere(patch: pytest.MonkeyPatch, film: str) -> None:
    """Rows and columns of every W on screen change places."""
    patch.setattr(manim_untangle, "matrix_formula", lambda name, matrix, *size, **more: matrix_formula(
        name, np.asarray(matrix).T, *size, **more))  # fmt: skip


def wrong_bar(patch: pytest.MonkeyPatch, film: str) -> None:
    """Every scale bar says twice its length."""
    said = signs.number
    patch.setattr(signs, "number", lambda value: said(2 * value))


def axes_swapped(patch: pytest.MonkeyPatch, film: str) -> None:
    """Each axis of the plane has the other one's name."""
    named = axes._named
    patch.setattr(axes, "_named", lambda text: named(text.translate(str.maketrans("12", "21"))))


def markers_swapped(patch: pytest.MonkeyPatch, film: str) -> None:
    """The first two classes have each other's marker."""
    first, second, *others = style.CLASS_MARKERS
    patch.setattr(style, "CLASS_MARKERS", (second, first, *others))


def dot_missing(patch: pytest.MonkeyPatch, film: str) -> None:
    """Of each class one dot is missing: it stands on another."""
    add = Space.add_dots

    def added(self: Space, inputs: Array, *args: Any, **more: Any) -> Any:
        inputs = np.vstack([inputs[:-1], inputs[:1]]) if len(inputs) > 5 else inputs
        return add(self, inputs, *args, **more)

    patch.setattr(Space, "add_dots", added)


def another_lit(patch: pytest.MonkeyPatch, film: str) -> None:
    """A diagram lights the layer after the one that is shown."""
    light = Diagram.light
    patch.setattr(Diagram, "light", lambda self, step: light(self, step if step is None else step + 1))


def another_loss(patch: pytest.MonkeyPatch, film: str) -> None:
    """The curve of the loss is that of a training that goes down evenly."""
    draw = TrainingSigns._draw_loss

    def drawn(self: TrainingSigns) -> None:
        training = self.training
        self.training = replace(training, losses=np.linspace(1, 0.1, training.moments))
        draw(self)
        self.training = training

    patch.setattr(TrainingSigns, "_draw_loss", drawn)


def late_caption(patch: pytest.MonkeyPatch, film: str) -> None:
    """At each caption the one before it is on screen; the record says what belongs there."""
    say, before = Film.say, ["Nothing yet"]

    def said(self: Film, text: str, *animations: Any, **more: Any) -> None:
        say(self, before[-1], *animations, **more)
        before.append(text)
        self.captions[-1] = replace(self.captions[-1], text=text)

    patch.setattr(Film, "say", said)


def tints_swapped(patch: pytest.MonkeyPatch, film: str) -> None:
    """Each region has the tint of the other class."""
    set_fill, colours = Polylines.set_fill, style.CLASS_COLOURS
    other = {colours[0]: colours[1], colours[1]: colours[0]}

    def filled(self: Polylines, color: Any = None, *more: Any, **named: Any) -> Polylines:
        return set_fill(self, other.get(color, color), *more, **named)

    patch.setattr(Polylines, "set_fill", filled)


def legend_inverted(patch: pytest.MonkeyPatch, film: str) -> None:
    """A legend has its colours the other way round."""
    load = FilmFile.module

    def loaded(self: FilmFile) -> Any:
        module = load(self)
        made, colour = module.fourth_legend, module.fourth_colour

        def legend(box: Any) -> Any:
            module.fourth_colour = lambda values: colour(-np.asarray(values))
            try:
                return made(box)
            finally:
                module.fourth_colour = colour

        vars(module)["fourth_legend"] = legend
        return module

    patch.setattr(FilmFile, "module", loaded)


NO_LINE = "it draws no line or plane of a readout in the last representation"
NO_NUMBER = "it shows no number"
NO_BEND = "it shows no bend"
NO_TUNNEL = "it draws no tunnel"
WITHOUT_TUNNEL = (
    "activations", "eigenvectors", "features", "hard_spirals", "learning", "linked_rings", "on_a_line", "one_layer",
    "one_more_neuron", "relu_parabola", "spirals", "two_curves",
)  # fmt: skip
NO_GRID = "it draws no grid, or shows it after a first move"
WITHOUT_GRID = ("activations", "features", "hard_spirals", "linked_rings", "on_a_line")
WITHOUT_NUMBER = ("linked_rings", "one_layer", "one_more_neuron", "relu_parabola")


def all_but(*names: str) -> tuple[str, ...]:
    """Return the names of all other films."""
    return tuple(each.name for each in films() if each.name not in names)


def only(*names: str) -> dict[str, str]:
    """Return the reason to spare all other films a mutation that is the same in each of them."""
    return dict.fromkeys(all_but(*names), f"{' and '.join(names)} {'have' if len(names) > 1 else 'has'} it")


MUTATIONS = (
    Mutation("space shifted", shifted, {"eigenvectors": NO_BEND}),
    Mutation("classes swapped", swapped),
    Mutation("line mirrored", mirrored, {"eigenvectors": NO_LINE}),
    Mutation("layer left out", left_out),
    Mutation("move stopped", stopped, {"eigenvectors": NO_BEND}),
    Mutation("wrong way", wrong_way, {"linked_rings": "claims about the way stop it"}),
    Mutation("second line", second_line, dict.fromkeys(("features", "linked_rings"), "it draws planes, in space")),
    Mutation("tunnel elsewhere", elsewhere, dict.fromkeys(WITHOUT_TUNNEL, NO_TUNNEL)),
    Mutation("grid left behind", grid_left_behind, dict.fromkeys(WITHOUT_GRID, NO_GRID)),
    Mutation("long way round", long_way_round, only("one_layer")),
    Mutation("out of step", out_of_step, dict.fromkeys(all_but("learning"), "it shows no training")),
    Mutation("numbers elsewhere", numbers_elsewhere,
             dict.fromkeys(all_but("eigenvectors", "what_a_layer_does"), "it shows no W")),
    Mutation("wrong bar", wrong_bar, only("two_curves", "activations", "hard_spirals", "on_a_line")),
    Mutation("axes swapped", axes_swapped, only("two_curves", "eigenvectors")),
    Mutation("markers swapped", markers_swapped, only("one_layer", "one_more_neuron")),
    Mutation("dot missing", dot_missing, {"linked_rings": "it draws tubes"}),
    Mutation("another layer lit", another_lit, only("two_curves", "spirals")),
    Mutation("another loss", another_loss, only("learning")),
    Mutation("late caption", late_caption, only("two_curves", "features")),
    Mutation("tints swapped", tints_swapped, only("two_curves", "hard_spirals", "learning")),
    Mutation("legend inverted", legend_inverted, only("linked_rings")),
    Mutation("other number", other_number, dict.fromkeys(WITHOUT_NUMBER, NO_NUMBER)),
)  # fmt: skip
