"""Film: what training does to the picture."""

from __future__ import annotations

import numpy as np
from manim import DOWN, FadeIn, Group, linear

import manim_untangle as mu
from netlib import Network, Recipe, catalogue, certificates, load_recorded, straight_to, training_move


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
    recipes = (catalogue.LEARNING_CURVES, catalogue.LEARNING_SPIRALS)

    def construct(self) -> None:
        self.chapter("One layer of two")
        training = self.shown(catalogue.LEARNING_CURVES)
        self.say("One layer of two neurons, with random weights, puts the points here.")
        self.enter(training)
        self.begin(training)
        self.ask("Each step of training changes W and b a little. Where will the grid go? Guess first.")
        # on the left the last hidden layer, on the right the loss: both stand at the same step
        self.train(training, until=0.4, seconds=4)
        self.claim(f"Downhill on the loss. Shown: {training.recording.moments} recorded moments of one training.",
                   certificates.loss_falls(training.recording))  # fmt: skip
        self.train(training, until=1, seconds=6)
        self.claim("It bends until one straight line is enough.",
                   certificates.all_points_right(training.network, training.data))  # fmt: skip

        self.chapter("Four layers of two")
        self.fade_out_all()
        training = self.shown(catalogue.LEARNING_SPIRALS)
        self.say("Four layers of two neurons, and two spirals: this is the last layer.")
        self.enter(training)
        self.begin(training)
        self.claim("Before training its line gets many points wrong.",
                   certificates.many_points_wrong(training.network, training.data))  # fmt: skip
        self.say("The film slows down where the grid moves fast. Watch the step number.")
        self.train(training, until=0.5, seconds=8)
        self.say("All layers change at once; what we see is the last.")
        self.train(training, until=1, seconds=8)
        self.poster_time = self.now
        self.claim("Untangled, and every point right: training chose one bending of space that works.",
                   certificates.all_points_right(training.network, training.data))  # fmt: skip

    def shown(self, recipe: Recipe) -> LayerInTraining:
        """Show the data of a recorded training in the plane of inputs."""
        self.load(recipe)
        training = LayerInTraining(recipe)
        self.play(FadeIn(training.picture))
        return training

    def enter(self, training: LayerInTraining) -> None:
        """Carry the data to where the untrained network's last layer has them."""
        self.play(mu.ApplyMove(training.space, straight_to(training.recording.at(0))))

    def begin(self, training: LayerInTraining) -> None:
        """Show the line, the loss and the scores as they are before training."""
        self.finish_reading()
        self.play(FadeIn(training.begin()))

    def train(self, training: LayerInTraining, until: float, seconds: float) -> None:
        """Let the training run at an even pace to a share of its recorded moments."""
        self.play(mu.AnimateToTime(training.space, until, run_time=seconds, rate_func=linear))


PICTURE = mu.View(unit=2.6)
REACH = 12.0  # half the length of the line before it is cut off, in units of space
START = 1e-9  # the time at which training begins: 0 is the plane of inputs


class LayerInTraining:
    """A space in which the data stand where the network's last layer puts them, at any moment of its training.

    Carry space to the layer as it was before training; then call `begin`, and let time run from 0, the first recorded
    moment, to 1, the last. picture: what is on screen before that.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recording, self.data, self.started = load_recorded(recipe), recipe.dataset(), False
        self.last = self.recording.moments - 1
        self.space = mu.Space(PICTURE, grid=False)
        self.picture = Group(self.space.add_sheet(half=1.1, step=0.11), *self.half_the_dots())
        self.signs = mu.TrainingSigns(self.space, self.recording, self.data, lambda: self.moment)
        self.line = mu.Polylines(np.zeros((2, 3)), np.array([0]), color=mu.style.ANSWER, stroke_width=5).set_z_index(4)

    def half_the_dots(self) -> list[mu.Dots]:
        """Add every second point of each class, so that the markers stay apart."""
        return [
            self.space.add_dots(self.data.of_class(k)[::2], mu.style.CLASS_COLOURS[k], mu.style.CLASS_MARKERS[k])
            for k in range(self.data.classes)
        ]

    @property
    def moment(self) -> float:
        """Where in the recorded moments the picture stands."""
        return self.space.time * self.last if self.started else 0.0

    @property
    def network(self) -> Network:
        """The network at this moment."""
        return self.recording.at(self.moment)

    def begin(self) -> Group:
        """From now on let time be the training's; return the line, the signs and the scores that need no training."""
        moments = [self.recording.at(k) for k in range(self.recording.moments)]
        self.space.restart(training_move(lambda t: self.recording.at(t * self.last), moments=moments))
        self.space.time, self.started = START, True
        self.space.follow(np.zeros((1, 2)), self.line, lambda _: self.draw_line(), fixed=True)
        rows = [(name, mu.percent(share), mu.style.FAINT_INK) for name, share in mu.baselines(self.data)]
        return Group(self.line, self.signs.begin(), mu.Table(rows).shift(1.2 * DOWN))

    def draw_line(self) -> None:
        """Draw the readout's line of this moment, as far as the picture goes."""
        weight, offset = self.network.readout.weight[0], float(self.network.readout.bias[0])
        along = np.array([-weight[1], weight[0]]) / np.linalg.norm(weight)
        samples = -offset * weight / (weight @ weight) + np.linspace(-REACH, REACH, 801)[:, None] * along
        self.line.set_samples(self.space.view.project(samples), np.array([0]))
