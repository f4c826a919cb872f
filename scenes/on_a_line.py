"""Film: the same story one dimension down, an interval between two others."""

import numpy as np
from manim import UP, Create, FadeIn, FadeOut, Group

from manim_untangle import (
    AnimateToTime,
    Dots,
    Film,
    LayerPresenter,
    LineProbe,
    MoveLineProbe,
    Polylines,
    Scores,
    Space,
    View,
    cuts,
    percent,
    separating_line,
    slide,
    style,
)
from netlib import Array, Dataset, catalogue, certificates, dataset

START = View(unit=4.0)


class OnALine(Film):
    """An interval between two others: one neuron keeps the line a line, two lay it out in a plane and cut it there.

    With one number going in and one neuron, a layer can stretch, shift and squeeze the line, but it keeps the order
    of its points (or reverses it), so the middle stays in the middle and no single cut is enough. Two neurons lay the
    line out as a curve in the plane. A straight line across that curve is two cuts in the line at once. The disk in
    its ring is the same story one dimension up.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figures of one dimension
    """

    title = "On a line"
    alt = "Blue points between orange ones on a line; the line is bent into a corner in the plane and cut off there."
    order = 7
    recipes = (catalogue.ON_A_LINE_NARROW, catalogue.ON_A_LINE)

    def construct(self) -> None:
        # fewer points of the same intervals than were trained on, so that their markers stay apart
        data = dataset("interval_in_interval:n=24")
        narrow, wide = self.load(catalogue.ON_A_LINE_NARROW), self.load(catalogue.ON_A_LINE)
        space = Space(START, grid=False, dimension=1)
        presenter = LayerPresenter(self, narrow, space, data.points, largest=START.unit)

        self.chapter("A line of inputs")
        self.play(FadeIn(number_line(space), space.add_data(data, RADIUS)))
        self.say("Blue points between orange ones. Can one cut separate them?")
        self.pause(1.2)
        probe = LineProbe(space, data, "this cut")
        best = certificates.best_line(data.points, data.labels)
        self.play(MoveLineProbe(probe, slide(best), run_time=4))
        self.claim(f"No: the best of all cuts gets {percent(probe.right)} right.",
                   certificates.no_line_separates(data.points, data.labels))  # fmt: skip

        # the threads show the order of the points: none crosses another
        self.chapter("One neuron")
        before = line_before(space, data)
        self.play(FadeOut(probe), FadeIn(before), *map(FadeIn, presenter.signs))
        self.say("One neuron moves points along the line. Can the threads cross?")
        self.pause(2.0)
        presenter.layer(0, {"tanh": "tanh only squeezes the line."})
        self.claim("No thread crosses another: blue is still between orange.",
                   certificates.middle_stays_between(narrow, data))  # fmt: skip
        self.play(FadeIn(scores := Scores(narrow, data)))
        self.claim("So every cut fails. This network calls every point orange.",
                   certificates.no_line_separates(data.points, data.labels, narrow))  # fmt: skip

        self.chapter("Two neurons")
        self.silence()
        self.play(FadeOut(before, scores), AnimateToTime(space, 0, START, keep=data.points))
        space.forget(before)
        space.restart()
        presenter.hide()
        presenter = LayerPresenter(self, wide, space, data.points)
        self.play(FadeIn(space.add_ghost(), *presenter.signs))
        self.say("Two neurons: the line gets a plane to lie in. Guess first!")
        self.pause(1.2)
        presenter.layer(0, CAPTIONS)

        self.chapter("One straight line")
        line = separating_line(space, wide)
        self.claim("Now one straight line separates them.",
                   certificates.a_line_separates(data.points, data.labels, wide), Create(line))  # fmt: skip
        self.play(FadeIn(Scores(wide, data)))

        self.chapter("Backwards")
        bars = cuts(space, wide)
        self.say("It meets the curve twice. Take the curve back to the line.", FadeIn(bars))
        self.play(FadeOut(line))
        space.forget(line)
        self.play(AnimateToTime(space, 0, START, keep=data.points, run_time=2.5 * style.MOVE_SECONDS))
        self.claim("One straight line in the plane: two cuts in the line of inputs.",
                   certificates.all_points_right(wide, data))  # fmt: skip


CAPTIONS = {
    "W x + b": "W and b lay the line out straight, at a slant …",
    "tanh": "… and tanh bends it around a corner.",
}

HALF, STEP = 3.0, 0.25  # of the line, and between its marks, in units of space
RADIUS = 0.1  # of the data's markers: there is room on a line
RAISED = 1.7 * UP  # how far above the line its copy is drawn


def number_line(space: Space) -> Group:
    """Add the line [-HALF, HALF] of a space of one dimension, with marks at even steps."""
    line = space.add_curve(np.linspace(-HALF, HALF, 481)[:, None], style.GRID, 4)
    return Group(line, space.add_dots(np.arange(-HALF, HALF + STEP / 2, STEP)[:, None], style.GRID, radius=0.05))


def line_before(space: Space, data: Dataset) -> Group:
    """Add a copy of the data as it lay before any move, above and at the same scale, and a thread from each of its
    points to where the point is now. Threads that do not cross show that the order is kept."""
    threads = Polylines(np.zeros((2 * len(data.points), 3)), 2 * np.arange(len(data.points)), color=style.FAINT_INK)
    threads.set_stroke(width=1.5, opacity=0.6)
    looks = zip(style.CLASS_COLOURS, style.CLASS_MARKERS, range(data.classes), strict=False)
    classes = [Dots(np.zeros((1, 3)), radius=RADIUS, color=c, marker=m).set_z_index(3) for c, m, _ in looks]

    def before(points: Array) -> Array:
        return space.view.project(points) + RAISED

    def draw(points: Array) -> None:
        threads.set_samples(np.stack([before(data.points), points], axis=1).reshape(-1, 3))
        for k, dots in enumerate(classes):
            dots.set_centres(before(data.of_class(k)))

    copy = Group(threads, *classes)
    space.follow(data.points, copy, draw)
    return copy
