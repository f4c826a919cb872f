"""TrainingFilm: what the last layer of any network did while it was trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from manim import DL, DOWN, DR, UL, FadeIn, Group, linear

from manim_untangle.draw import style
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.text import PLATE_BUFF
from manim_untangle.stage.animations import AnimateToTime
from manim_untangle.stage.film import Film
from manim_untangle.stage.graph import Graph, graph_box, graph_names
from manim_untangle.stage.layout import current_layout
from manim_untangle.stage.marks import LiveLabel, percent
from manim_untangle.stage.regression import TargetScale, rounded, target_bar, target_dots, target_name
from manim_untangle.stage.signs import legend
from manim_untangle.stage.space import SHEET_HALF, Space, grid_lines
from manim_untangle.stage.view import View
from netlib.activations import Array
from netlib.boundary import border_faces, within_hull
from netlib.certificates.claims import all_points_right, some_points_wrong
from netlib.certificates.network_claims import typical_error
from netlib.datasets import Dataset, sampled
from netlib.motion.projection import projections
from netlib.motion.trajectory import TrainingTrajectory
from netlib.network import Network, class_scores
from netlib.readers import numbered, read_data
from netlib.training.recorded import RecordedTraining
from netlib.training.watched import WatchedTraining, load_watched
from netlib.units import drawable_units

SQUARE = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
VIEWED = 24  # moments at which the points must fit into the picture
SECONDS = 8.0  # of each half of the training
ROW = 0.58  # scene units, from label to label


class TrainingFilm(Film):
    """What training did to the last hidden layer of one network.

    A subclass says where the recorded training is: a file that `record` wrote.
    """

    weights = Path()

    def read(self) -> tuple[WatchedTraining, Dataset]:
        """Return training and data, both in units in which the data can be drawn.

        Raises BadWeights or BadFile, with the cure, where a file is missing or damaged.
        """
        training, said = load_watched(self.weights)
        self.title = self.title or said["title"]
        self.about = said["about"]
        self.weights_files.append(self.weights)
        found = read_data(self.weights.parent / said["data"], regression=bool(said.get("regression")))
        data = numbered(training.networks[0], found)
        names = () if data.regression else tuple(said["class_names"]) or data.class_names
        data = replace(data, class_names=names, target=said.get("target", ""))
        units = drawable_units(data)
        if units is not None:
            training = replace(training, networks=tuple(map(units.of_network, training.networks)))
            data = units.of_data(data)
        return training, data

    def construct(self) -> None:
        training, data = self.read()
        self.playback = playback = TrainingPlayback(training, data)
        self.chapter("The data")
        names = target_bar(data, playback.scale) if playback.scale else legend(data)
        self.play(FadeIn(playback.picture), FadeIn(names.shift(1.2 * DOWN)))
        self.say(self.title)
        seen = "as the network gets them" if data.dimension <= 3 else "in their first 3 principal components"
        what = f"their {target_name(data)} as a colour" if data.regression else f"in {data.classes} classes"
        self.say(f"{len(data.points):,} points, {what}, {seen}.")
        self.chapter("Before training")
        self.say("Here its last hidden layer puts them before training.")
        self.play(AnimateToTime(playback.space, 1.0, playback.view))
        self.play(FadeIn(playback.begin()))
        if playback.caption:
            self.say(playback.caption)
        if playback.scale and len(playback.projection.basis) == 2:
            self.say("On each line the network gives one answer: the colour says which.")
        self.claim_score(training.at(0), data, "Before training")
        self.chapter("Training")
        loss = " Watch the loss, too." if np.isfinite(training.losses).all() else ""
        self.say(f"Now it trains. Where will the points go?{loss}")
        self.finish_reading()
        self.play(AnimateToTime(playback.space, 1.5, run_time=SECONDS, rate_func=linear))
        self.say("The film runs by how far the points move, not by steps.")
        self.play(AnimateToTime(playback.space, 2.0, run_time=SECONDS, rate_func=linear))
        self.poster_time = self.now
        self.claim_score(training.at(training.moments - 1), data, "After training")

    def claim_score(self, network: Network, data: Dataset, when: str) -> None:
        """Claim how many of all points a network gets right, or how far it is off their targets."""
        if data.regression:
            self.claim(f"{when} it is {off_by(network, data)} on average.", typical_error(network, data))
            return
        right = all_points_right(network, data)
        if right.holds:
            self.claim(f"{when} every point is right.", right)
        else:
            share = percent(network.accuracy(data.points, data.labels))
            self.claim(f"{when} {share} of the points are right.", some_points_wrong(network, data))

    def record(self) -> dict[str, Any]:
        """Return what film.json says."""
        description = f"What training did to the last hidden layer of {self.title}."
        return {**super().record(), "description": description, "about": self.about, "alt": self.alt or description}


def off_by(network: Network, data: Dataset) -> str:
    """Return in words how far a network is off real targets on average."""
    return f"off by {rounded(float(typical_error(network, data).measured['mean absolute error']))}"


class TrainingPlayback:
    """A space in which the data stand where the network's last hidden layer has them, at any moment of its training.

    Time 0 is the inputs, 1 the layer before training, 2 the layer after it. picture: what is on screen from the start.
    view: of the layer, in which the points fit at all moments. caption: what the screen has to say of the projection.
    scale: the colours of the targets of a regression.
    """

    def __init__(self, training: WatchedTraining, data: Dataset) -> None:
        self.training, self.data = training, data
        shown = sampled(data)
        final = training.networks[-1]
        first, last = projections((final.represent,), final.readout, shown.points)
        self.projection = last
        self.caption = f"Drawn: {last.caption} after training." if last.caption else ""
        trajectory = TrainingTrajectory(self._network, first, last)
        self.space = Space(View().framing(first(shown.points)), False, data.dimension, trajectory=trajectory)
        shares = np.linspace(0, 1, VIEWED)
        self.view = View().framing(np.vstack([trajectory.at(shown.points, 1 + share) for share in shares]))
        self.picture = Group()
        if data.dimension == 2:
            self.picture.add(self.space.add_straight(grid_lines(2 * (SHEET_HALF,), 0.125), style.GRID, 2.0, 0.8))
        self.scale = TargetScale.of(data) if data.regression else None
        self.picture.add(target_dots(self.space, shown, self.scale) if self.scale else self.space.add_data(shown))
        self.lines = Polylines(np.zeros((2, 3)), np.array([0]), color=style.ANSWER, stroke_width=5).set_z_index(4)
        self.signs = TrainingSigns(self.space, training, data, lambda: self.moment)

    def _network(self, share: float) -> Network:
        return self.training.at(share * (self.training.moments - 1))

    @property
    def moment(self) -> float:
        """Where in the recorded moments the picture stands."""
        return max(self.space.time - 1, 0.0) * (self.training.moments - 1)

    @property
    def network(self) -> Network:
        """The network at this moment."""
        return self.training.at(self.moment)

    def begin(self) -> Group:
        """Return the readout's lines, the loss so far and the labels, which follow the training from here on."""
        signs = Group()
        if len(self.projection.basis) == 2:
            nowhere = np.zeros((1, self.data.dimension))
            signs.add(self.space.follow(nowhere, self.lines, lambda _: self._draw_lines(), fixed=True))
        return signs.add(self.signs.begin())

    def _draw_lines(self) -> None:
        """Draw where the answer of this moment's readout changes, as far as the picture goes; in a regression, lines of
        equal answers."""
        readout = self.network.readout
        levels = self.scale.levels if self.scale else np.zeros(1)
        corners = max(self.space.layout.picture.half) / self.space.view.unit * SQUARE
        ends, values = list[Array](), list[float]()
        for level in levels:
            seen = self.projection.seen(class_scores(replace(readout, bias=readout.bias - level)))
            found = within_hull(border_faces(seen, np.zeros(2), 2 * float(corners.max())), corners, 0.0)
            ends += found
            values += [level] * sum(map(len, found))
        placed = self.space.view.project(np.vstack([np.zeros((0, 2)), *ends]))
        self.lines.set_samples(placed, np.arange(0, len(placed), 2))
        if self.scale:
            self.lines.set_rgbas(self.scale.rgbas(np.array(values)))


class TrainingSigns:
    """What follows a training beside its picture: the step, the score, and the loss so far.

    training: a WatchedTraining or RecordedTraining. moment: returns where in its moments the picture stands. axes: of
    the loss, with their names.
    """

    def __init__(
        self, space: Space, training: WatchedTraining | RecordedTraining, data: Dataset, moment: Callable[[], float]
    ) -> None:
        self.space, self.training, self.data, self.moment = space, training, data, moment
        self.curve = Polylines(np.zeros((0, 3)), np.array([0]), color=style.HIGHLIGHT, stroke_width=4)
        self.present = Dots(np.zeros((0, 3)), radius=0.11, color=style.HIGHLIGHT).set_z_index(4)
        self.graph = Graph.within(graph_box(), (0, 1), (0, 1))  # x is the training, y a share of the largest loss
        self.axes = Group(self.graph.axes((0, 1), (0, 1)), graph_names("loss", f"step {training.steps[-1]:.0f}", "0"))

    def begin(self) -> Group:
        """Return the signs, which follow space from now on; without the loss where none was noted."""
        signs = Group(*(self.row(k, text) for k, text in enumerate((self._step, self._score))))
        if np.isfinite(self.training.losses).all():
            loss, nowhere = Group(self.curve, self.present), np.zeros((1, self.data.dimension))
            signs.add(self.axes, self.space.follow(nowhere, loss, lambda _: self._draw_loss(), fixed=True, sign=True))
            corner = self.axes[1][0].get_corner(DR) + PLATE_BUFF * DOWN
            signs.add(LiveLabel(self.space, self._loss, corner, DL, colour=style.HIGHLIGHT))
        return signs

    def row(self, k: int, text: Callable[[], str], colour: str = style.HIGHLIGHT) -> LiveLabel:
        """Return a live label in row k, from 0, of the place for notes."""
        corner = current_layout().slot("notes").corner(UL) + k * ROW * DOWN
        return LiveLabel(self.space, text, corner, size=style.CAPTION_SIZE, colour=colour)

    def _step(self) -> str:
        step = np.interp(self.moment(), np.arange(self.training.moments), self.training.steps)
        return f"step {round(float(step))}"

    def _loss(self) -> str:
        return f"{np.interp(self.moment(), np.arange(self.training.moments), self.training.losses):.2f}"

    def _score(self) -> str:
        network = self.training.at(self.moment())
        if self.data.regression:
            return off_by(network, self.data)
        return f"{percent(network.accuracy(self.data.points, self.data.labels))} right"

    def _draw_loss(self) -> None:
        """Draw the loss from the first recorded moment to this one."""
        steps, losses, moment = self.training.steps, self.training.losses, self.moment()
        so_far = np.append(np.arange(int(moment) + 1), moment)
        x, y = (np.interp(so_far, np.arange(self.training.moments), each) for each in (steps, losses))
        placed = self.graph.at((x - steps[0]) / (steps[-1] - steps[0]), y / (losses.max() or 1.0))
        self.curve.set_samples(placed, np.array([0]))
        self.present.set_centres(placed[-1:])
