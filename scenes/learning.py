"""Film: what training does to the picture."""

from __future__ import annotations

import numpy as np
from manim import RIGHT, FadeIn, FadeOut, Group, ManimColor, VGroup, linear

import manim_untangle as mu
from netlib import Array, Network, Recipe, catalogue, certificates, load_recorded, straight_to, training_move


class Learning(mu.Film):
    """Training, watched in the last hidden layer: the grid moves until one straight line is enough.

    At first a network's layers put the points somewhere, and the line misses. Each step of training changes all weights
    a little, downhill on the loss. The pictures come from weights recorded during one real training; time runs by how
    far the grid moves, not by steps, so that nothing happens too fast to be seen. Between two recorded moments the
    weights are mixed. Every second point of the data is drawn; all of them count.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the films of training
    """

    title = "Learning"
    alt = "A grid with two classes bends as a network trains, beside a falling loss curve, until a line separates them."
    order = 9
    notes = 4
    recipes = (catalogue.LEARNING_CURVES, catalogue.LEARNING_SPIRALS)

    def construct(self) -> None:
        self.chapter("One layer of two")
        training = LayerInTraining(catalogue.LEARNING_CURVES)
        self.load(catalogue.LEARNING_CURVES)
        self.add(training.picture, training.signs.axes)
        self.say("Two curves, and a layer with random weights.")
        self.enter(training)
        # on the left the last hidden layer, on the right the loss: both stand at the same step
        says, slope = "The loss: how wrong and unsure the answers are. It pulls each point to its side.", training.slope
        self.require(says, slope)
        self.finish_reading()
        pulls = training.pulls()
        self.claim(says, slope, FadeIn(pulls))
        self.say("Each step changes all weights a little, the line’s, too.",
                 training.space.fade_out(pulls))  # fmt: skip
        self.train(training, until=training.all_right, seconds=4.8)
        self.claim("Every point is right: one straight line is enough.", training.right, FadeIn(training.gap_label()))
        self.finish_reading()
        self.train(training, until=1, seconds=2.8)
        self.claim(f"It went on: the loss still fell, and a gap of {training.gap_said()} opened.", training.gap_widens)

        self.chapter("Four layers of two")
        # the grid is run back flat, and harder data come onto it
        self.finish_reading()
        self.play(training.left())
        self.play(training.back())
        before, training = Group(*self.mobjects).remove(self.caption), LayerInTraining(catalogue.LEARNING_SPIRALS)
        self.load(catalogue.LEARNING_SPIRALS)
        self.say("Same plane, harder data: two spirals, and four layers.",
                 FadeOut(*before), FadeIn(training.picture, training.signs.axes))  # fmt: skip
        self.enter(training, training.near)
        self.ask("Can training untangle this?", choices=("yes", "no"), seconds=0.0,
                 answer=certificates.all_points_right(training.recording.at(training.last), training.data))  # fmt: skip
        pulls = training.pulls()
        self.claim("Again the loss pulls each point to its side. Watch the arms.", training.slope, FadeIn(pulls))
        self.finish_reading()
        self.play(training.space.fade_out(pulls), FadeIn(training.gap_label()),
                  mu.ChangeView(training.space, PICTURE), run_time=mu.style.FADE_SECONDS)  # fmt: skip
        self.train(training, until=1, seconds=7.2)
        self.poster_time = self.now
        self.claim("Small steps have found a bending after which one straight line is enough.",
                   certificates.all_hold(training.right, certificates.loss_falls(training.recording)))  # fmt: skip

    def enter(self, training: LayerInTraining, view: mu.View | None = None) -> None:
        """Carry the data to where the untrained network's last layer has them, and show its line and the loss. view: of
        space from then on."""
        self.finish_reading()
        untrained, seconds = training.recording.at(0), 0.8 * mu.style.MOVE_SECONDS
        self.play(mu.ApplyMove(training.space, straight_to(untrained), view, run_time=seconds))
        self.play(FadeIn(training.begin()))

    def train(self, training: LayerInTraining, until: float, seconds: float) -> None:
        """Let the training run at an even pace to a share of its recorded moments."""
        self.play(mu.AnimateToTime(training.space, until, run_time=seconds, rate_func=linear))


PICTURE = mu.View(unit=2.6)
NEAREST = 5.0  # scene units for a unit of space
DOT = 1.2 * mu.style.DOT_RADIUS
REACH = 12.0  # half the length of the line before it is cut off, in units of space
PULL = 0.06  # units of space: the length of an arrow for each unit of slope
EVERY, TAIL = 6, 0.25  # of this many points one shows its way, over this share of the training
STRIDE = 3  # of this many recorded moments one is a stop on it
START = 1e-9  # the time at which training begins: 0 is the plane of inputs


class LayerInTraining:
    """A space in which the data stand where the network's last layer puts them, at any moment of its training.

    Carry space to the layer as it was before training; then call `begin`, and let time run from 0, the first recorded
    moment, to 1, the last. picture: what is on screen before that, with the axes of signs. all_right: the time from
    which on every point is right at each recorded moment.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recording, self.data, self.started = load_recorded(recipe), recipe.dataset(), False
        self.sharpness = recipe.sharpness
        self.last = self.recording.moments - 1
        self.space = mu.Space(PICTURE, grid=False)
        sheet, self.dots = self.space.add_sheet(half=1.1, step=0.11), self.half_the_dots()
        self.picture = Group(sheet, *self.arms(), *self.dots, mu.AxisNames(self.space))
        self.signs = mu.TrainingSigns(self.space, self.recording, self.data, lambda: self.moment)
        self.line = mu.Polylines(np.zeros((2, 3)), np.array([0]), color=mu.style.ANSWER, stroke_width=5).set_z_index(4)
        self.gap = mu.Polylines(np.zeros((0, 3)), np.array([0]), color=mu.style.FAINT_INK, stroke_width=4)
        self.sides = [mu.Polylines(np.zeros((4, 3)), np.array([0]), stroke_width=0.0, closed=True)
                      .set_fill(colour, mu.style.REGION_OPACITY).set_z_index(-2)
                      for colour in mu.style.CLASS_COLOURS[: self.data.classes]]  # fmt: skip
        networks = map(self.recording.at, range(self.recording.moments))
        wrong = [k for k, each in enumerate(networks) if not certificates.all_points_right(each, self.data).holds]
        self.first_right = wrong[-1] + 1
        self.all_right = self.first_right / self.last

    def half_the_dots(self) -> list[mu.Dots]:
        """Add every second point of each class, so that the markers stay apart."""
        return [
            self.space.add_dots(self.data.of_class(k)[::2], mu.style.CLASS_COLOURS[k], mu.style.CLASS_MARKERS[k], DOT)
            for k in range(self.data.classes)
        ]

    def arms(self) -> list[mu.Polylines]:
        """Add the curve through the points of each class."""
        return [
            self.space.add_lines(self.data.of_class(k), mu.style.CLASS_COLOURS[k], 4.0, 0.4).set_z_index(1)
            for k in range(self.data.classes)
        ]

    @property
    def near(self) -> mu.View:
        """The view in which the data fill the picture before training."""
        return PICTURE.fitting(self.recording.at(0).represent(self.data.points), NEAREST)

    @property
    def moment(self) -> float:
        """Where in the recorded moments the picture stands."""
        return self.space.time * self.last if self.started else 0.0

    @property
    def network(self) -> Network:
        """The network at this moment."""
        return self.recording.at(self.moment)

    @property
    def right(self) -> certificates.Certificate:
        """Evidence for: every point is right at this moment."""
        return certificates.all_points_right(self.network, self.data)

    @property
    def slope(self) -> certificates.Certificate:
        """Evidence for: the loss falls where a point moves to its own side, fastest for those on the wrong one."""
        return certificates.loss_pulls_to_own_side(self.network, self.data, self.sharpness)

    def pulls(self) -> VGroup:
        """Add an arrow at every second point that is drawn: in which direction the loss falls where it moves, and how
        fast."""
        classes = [self.data.of_class(k)[::4] for k in range(self.data.classes)]
        inputs, labels = np.vstack(classes), np.repeat(np.arange(self.data.classes), list(map(len, classes)))
        starts = self.network.represent(inputs)
        ends = starts + PULL * certificates.pulls(self.network, inputs, labels, self.sharpness)
        arrows = VGroup(*(mu.FlatArrow(np.zeros(3), RIGHT, mu.style.HIGHLIGHT, 4.0, 0.16) for _ in starts))

        def draw(points: Array) -> None:
            for arrow, start, end in zip(arrows, *np.split(points, 2), strict=True):
                arrow.reach(start, end)

        return self.space.follow(np.vstack([starts, ends]), arrows, draw, fixed=True).set_z_index(4)

    @property
    def gap_widens(self) -> certificates.Certificate:
        """Evidence for: once every point is right, the loss still falls and the gap around the line widens."""
        return certificates.training_widens_gap(self.recording, self.data, self.first_right)

    def gap_label(self) -> mu.LiveLabel:
        """Return a live label that says how wide the gap is, below the step and the score."""
        return self.signs.row(2, lambda: f"gap {said}" if (said := self.gap_said()) else "no gap", mu.style.INK)

    def gap_said(self) -> str:
        """Return the width of the gap between the classes at this moment, along the line's normal; '' for none."""
        gap = 2 * certificates.line_gap(self.network, self.data)
        return f"{gap:.2f}" if gap > 0 else ""

    def begin(self) -> Group:
        """From now on let time be the training's; return the line with its gap, and the signs but for their axes."""
        moments = [self.recording.at(k) for k in range(self.recording.moments)]
        self.space.restart(training_move(lambda t: self.recording.at(t * self.last), moments=moments))
        self.space.time, self.started = START, True
        line = Group(self.line, self.gap, *self.sides)
        self.space.follow(np.zeros((1, 2)), line, lambda _: self.draw_line(), fixed=True)
        return Group(line, self.add_ways(), *self.signs.begin().remove(self.signs.axes))

    def back(self) -> mu.AnimateToTime:
        """Return the animation that takes space from the trained layer back to the inputs."""
        self.space.restart(straight_to(self.recording.at(self.last)))
        self.space.time, self.started = 1.0, False
        return mu.AnimateToTime(self.space, 0, run_time=0.6 * mu.style.MOVE_SECONDS)

    def left(self) -> FadeOut:
        """Return the animation that fades out all that follows the training; data and axes stay."""
        stay = self.picture.get_family()
        return self.space.fade_out(*(part.mobject for part in self.space.parts if part.mobject not in stay))

    def add_ways(self) -> mu.Polylines:
        """Add, of some points, the last part of the way that training has moved them."""
        inputs = np.vstack([self.data.of_class(k)[::EVERY] for k in range(self.data.classes)])
        moments = range(0, self.last + 1, STRIDE)
        stops = np.stack([self.recording.at(k).represent(inputs) for k in moments], axis=1)
        counts = [len(self.data.of_class(k)[::EVERY]) for k in range(self.data.classes)]
        hues = np.repeat(
            [ManimColor(colour).to_rgb() for colour in mu.style.CLASS_COLOURS[: len(counts)]], counts, axis=0
        )
        ways = mu.Polylines(np.zeros((0, 3)), np.zeros(0, np.int64), stroke_width=3.0)

        def draw(_: Array) -> None:
            done = int(np.ceil(self.moment / STRIDE))
            first = max(0, done - round(TAIL * len(moments)))
            now = self.network.represent(inputs)[:, None]
            points = np.concatenate([stops[:, first:done], now], axis=1)
            fading = np.linspace(0, 0.9, done - first + 1)
            colours = np.concatenate(
                [np.repeat(hues, len(fading), axis=0), np.tile(fading, len(hues))[:, None]], axis=1
            )
            ways.set_samples(self.space.view.project(points.reshape(-1, 2)), len(fading) * np.arange(len(inputs)))
            ways.set_rgbas(colours)

        return self.space.follow(np.zeros((1, 2)), ways, draw, fixed=True).set_z_index(2)

    def draw_line(self) -> None:
        """Draw the readout's line of this moment, and on each side of it the tint of the class it stands for; where
        every point is right, also the two lines beside it that touch the points nearest to it."""
        weight, offset = self.network.readout.weight[0], float(self.network.readout.bias[0])
        size = float(np.linalg.norm(weight))
        normal = weight / size
        ends = -offset / size * normal + np.outer([-REACH, REACH], [-normal[1], normal[0]])
        self.line.set_samples(self.space.view.project(ends), np.array([0]))
        for sign, side in zip((-1, 1), self.sides, strict=True):
            far = ends[::-1] + sign * 2 * REACH * normal
            side.set_samples(self.space.view.project(np.vstack([ends, far])))
        gap = certificates.line_gap(self.network, self.data)
        beside = np.vstack([ends - gap * normal, ends + gap * normal])[: 4 if gap > 0 else 0]
        self.gap.set_samples(self.space.view.project(beside), np.arange(0, len(beside), 2))
