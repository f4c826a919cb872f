"""Film: the same story one dimension down, an interval between two others."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from manim import LEFT, UP, Create, FadeIn, FadeOut, Group, ManimColor, VGroup

import manim_untangle as mu
from netlib import Array, Dataset, Network, affine_then_bend, boundary_points, catalogue, certificates, dataset


class OnALine(mu.Film):
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
    notes = 3
    recipes = (catalogue.ON_A_LINE_NARROW, catalogue.ON_A_LINE)

    def construct(self) -> None:
        # fewer points of the same intervals than were trained on, so that their markers stay apart
        data = dataset("interval_in_interval:n=24")
        narrow, wide = self.load(catalogue.ON_A_LINE_NARROW), self.load(catalogue.ON_A_LINE)
        start = mu.View().fitting(data.points, largest=4.0)
        space = mu.Space(start, grid=False, dimension=1)
        story = mu.LayerPresenter(self, narrow, space, data, largest=start.unit)

        self.chapter("A line of inputs")
        self.play(FadeIn(number_line(space), space.add_data(data, RADIUS)))
        self.ask("Blue points between orange ones. Can one cut separate them?")
        probe = mu.LineProbe(space, data, "this cut")
        self.play(mu.MoveLineProbe(probe, slide(probe.best), run_time=2.4))
        self.claim(f"No: the best of all cuts gets {mu.percent(probe.right)} right.",
                   certificates.best_line_is_not_enough(probe.best))  # fmt: skip

        # the threads show the order of the points: none crosses another
        self.chapter("One neuron")
        whole = view_of_all(narrow, data)  # no move needs a zoom, so the row of where points were stands still
        story.largest = whole.unit
        self.play(FadeOut(probe), mu.ChangeView(space, whole, run_time=0.5 * mu.style.MOVE_SECONDS))
        before = line_before(space, data)
        self.play(FadeIn(before), *map(FadeIn, story.signs))
        order, middle = certificates.order_is_kept(narrow, data), certificates.middle_stays_between(narrow, data)
        self.ask("This neuron moves points along the line. Will threads cross?", choices=("none will", "some will"),
                 answer=order, seconds=0.0)  # fmt: skip
        story.layer(0, {"W x + b": "W and b scale and shift the line …", "tanh": "… and tanh squeezes it."},
                    run_time=0.75 * mu.style.MOVE_SECONDS)  # fmt: skip
        self.claim("Order is kept (or reversed): blue stays in the middle.", certificates.all_hold(order, middle))
        self.play(FadeIn(scores := story.scores()))
        cuts = certificates.no_line_separates(data.points, data.labels, narrow)
        self.claim("So every cut fails. This network calls every point orange.",
                   certificates.all_hold(cuts, certificates.every_point_gets(narrow, data, 0)),
                   FadeIn(band := answers(space, narrow)))  # fmt: skip

        self.chapter("Two neurons")
        self.silence()
        back = mu.AnimateToTime(space, 0, start, keep=data.points, run_time=0.6 * mu.style.MOVE_SECONDS)
        self.play(FadeOut(scores), space.fade_out(before, *band), back)
        space.restart()
        self.play(space.fade_out(*story.signs), run_time=mu.style.FADE_SECONDS)
        story = mu.LayerPresenter(self, wide, space, data)
        story.signs.add(mu.AxisNames(space))
        self.play(FadeIn(space.add_ghost(), *story.signs))
        self.say("Two neurons: the line gets a plane to lie in.")
        story.layer(0, CAPTIONS)

        self.chapter("One straight line")
        line = mu.divider(space, wide.readout)
        story.claim_separated("Now one straight line separates them.", Create(line))
        self.play(FadeIn(story.scores(), answers(space, wide)))
        self.poster_time = self.now

        self.chapter("Backwards")
        self.say("Where does it meet the curve? Take the curve back to the line.", FadeIn(mu.boundary(space, wide)))
        self.play(space.fade_out(line))
        story.travel(0, start, 1.5 * mu.style.MOVE_SECONDS)
        self.claim("This line in the plane: two cuts in the line of inputs.",
                   certificates.cuts_in_a_line(wide, 2))  # fmt: skip


CAPTIONS = {
    "W x + b": "W and b lay the line out straight, at a slant …",
    "tanh": "… and tanh bends it around a corner.",
}

HALF, STEP = 3.0, 0.25  # of the line, and between its marks, in units of space
BAND = 44  # width of the band of answers
RADIUS = 0.13  # of the data's markers: there is room on a line
RAISED, LOW = 2.6 * UP, 1.2  # how far above the line its copy is drawn, and how far the line is below the middle


def slide(best: certificates.BestLine, tries: int = 120, half: float = 1.1) -> Array:
    """Return places (tries, 2) of a cut through a line that goes from one end to the other and back to the best one."""
    end = -best.offset / float(best.normal[0])
    places = np.concatenate([np.linspace(-half, half, tries * 2 // 3), np.linspace(half, end, tries // 3)])
    return np.column_stack([np.ones_like(places), -places])


def number_line(space: mu.Space) -> Group:
    """Add the line [-HALF, HALF] of a space of one dimension, with marks at even steps."""
    line = space.add_lines(np.linspace(-HALF, HALF, 481)[:, None], mu.style.GRID, 5)
    return Group(line, space.add_dots(np.arange(-HALF, HALF + STEP / 2, STEP)[:, None], mu.style.GRID, radius=0.05))


def answers(space: mu.Space, network: Network) -> Group:
    """Add a band along the line in the colours of the network's answers there."""
    ends = np.array([-HALF, *np.sort(boundary_points(network, HALF)), HALF])
    band = Group()
    for start, end in pairwise(ends):
        colour = mu.style.CLASS_COLOURS[int(network.classify(np.array([[(start + end) / 2]]))[0])]
        band.add(space.add_lines(np.linspace(start, end, 161)[:, None], colour, BAND, 0.5).set_z_index(-1))
    return band


def view_of_all(network: Network, data: Dataset) -> mu.View:
    """Return the view in which the data fill the picture before and after each move of a network of one layer."""
    affine, _ = affine_then_bend(network.hidden[0], 0)
    places = np.vstack([data.points, affine.at(data.points, 1), network.represent(data.points)])
    view = mu.filling(mu.current_layout().picture.inset(mu.style.MARGIN), np.column_stack([places, 0 * places]))
    return replace(view, centre=(view.middle[0], view.middle[1] - LOW))


def line_before(space: mu.Space, data: Dataset) -> Group:
    """Add a copy of the data as it lay before any move, above and at the same scale, and a thread from each of its
    points to where the point is now. Threads that do not cross show that the order is kept."""
    count = len(data.points)
    threads = mu.Polylines(np.zeros((2 * count, 3)), 2 * np.arange(count), rgbas=thread_colours(data), stroke_width=4)
    looks = zip(mu.style.CLASS_COLOURS, mu.style.CLASS_MARKERS, range(data.classes), strict=False)
    classes = [mu.Dots(np.zeros((1, 3)), radius=RADIUS, color=c, marker=m).set_z_index(3) for c, m, _ in looks]

    def before(points: Array) -> Array:
        return space.view.project(points) + RAISED

    def draw(points: Array) -> None:
        threads.set_samples(np.stack([before(data.points), points], axis=1).reshape(-1, 3))
        for k, dots in enumerate(classes):
            dots.set_centres(before(data.of_class(k)))

    names = VGroup(mu.words("before", mu.style.LABEL_SIZE), mu.words("now", mu.style.LABEL_SIZE))
    left = mu.current_layout().picture.left + mu.style.MARGIN
    for name, row, side in zip(names, (before(data.points), space.on_screen(data.points)), (1, -1), strict=True):
        name.move_to((left, row[0, 1] + 0.65 * side, 0), aligned_edge=LEFT)
    copy = Group(threads, *classes, names)
    space.follow(data.points, copy, draw)
    return copy


def thread_colours(data: Dataset) -> Array:
    """Return the colour (2 N, 4) of both ends of every point's thread: that of its class, faint."""
    rgb = np.array([ManimColor(colour).to_rgb() for colour in mu.style.CLASS_COLOURS])[data.labels]
    return np.repeat(np.column_stack([rgb, np.full(len(rgb), 0.55)]), 2, axis=0)
