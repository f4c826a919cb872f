"""Film: a longer spiral, on which training often fails."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, UL, Create, FadeIn, FadeOut, Group, Rectangle, VGroup

import manim_untangle as mu
from netlib import Dataset, Network, affine_then_bend, catalogue, certificates, together


class HardSpirals(mu.Film):
    """Six layers of two fail on a longer spiral from eight random starts; from the ninth they separate its arms.

    From eight random starts training ends where three points of one arm hold a point of the other between them, so that
    no line at all has one arm on each side. No law of topology forbids that bending the plane unwinds this spiral, and
    from the ninth start six layers of the same size do. A failed training says that a solution was not found, not that
    there is none.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the spiral that is not untangled
    """

    title = "Hard is not impossible"
    alt = "A small network fails to unwind a spiral, its arms stay hooked; one of the same size, started anew, does it."
    order = 4
    recipes = (*catalogue.HARD_SPIRALS_STUCK, catalogue.HARD_SPIRALS)

    def construct(self) -> None:
        data, network = catalogue.HARD_SPIRALS.dataset(), self.load(catalogue.HARD_SPIRALS)
        stuck = [self.load(recipe) for recipe in catalogue.HARD_SPIRALS_STUCK]
        start, layers = catalogue.HARD_SPIRALS.record()["attempts"], len(network.hidden)
        counts = Counts([*stuck, network], data)

        self.chapter("A longer spiral")
        failed = Plane(data, stuck[0])
        self.add(failed)
        self.claim("No straight line has one arm of this spiral on each side.",
                   certificates.no_line_separates(data.points, data.labels))  # fmt: skip

        self.chapter(f"{WORDS[len(stuck)].capitalize()} random starts")
        self.finish_reading()
        self.say(f"Six layers of two neurons, trained from {WORDS[len(stuck)]} random starts. Here is the first.",
                 FadeIn(failed.labelled(1)))  # fmt: skip
        for k in range(layers):
            self.play(failed.to_layer(k + 1, QUICK))
        self.finish_reading()
        verdict = failed.verdict()
        first = certificates.no_network_is_right(stuck[:1], data)
        wrong = f"{wrong_count(stuck[0], data)} of {len(data.points)} points"
        self.claim(f"It fails: {wrong} (pink) are on the wrong side of its line.", first,
                   *map(FadeIn, verdict), FadeIn(counts[0]))  # fmt: skip
        # the reason why no other line would do, either
        says = "No line is right: if the orange points are on one side, so is the blue one."
        held = certificates.three_witnesses(data.of_class(0), data.of_class(1), stuck[0])
        self.require(says, held)
        self.finish_reading()
        hook = mu.hook(failed.space, stuck[0], data)
        self.claim(says, held, failed.space.fade_out(*verdict), *map(FadeIn, hook))
        # each of the others goes through its last layer, large enough to be seen, and its wrong points are counted
        self.claim(f"The other {WORDS[len(stuck) - 1]} fail, too: watch each end.", hooked(stuck, data))
        for k, other in enumerate(stuck[1:], 2):
            before, failed = failed, Plane(data, other, layers - 1)
            failed.labelled(k)
            self.play(FadeOut(before), FadeIn(failed), run_time=SWAP)
            self.play(failed.to_layer(layers, 2 * SWAP), *map(FadeIn, failed.verdict()), FadeIn(counts[k - 1]))
            self.pause(SWAP)
        right = certificates.all_points_right(network, data)
        self.ask("Can six such layers be right at all?", choices=("yes", "no"), answer=right,
                 seconds=0.1)  # fmt: skip

        # the same layers and the same data; only the weights that training began with are others
        self.chapter(f"Start {start}")
        plane = Plane(data, network)
        plane.labelled(start)
        self.say(f"One more, start {start}: the same sizes, other random weights.", FadeOut(failed), FadeIn(plane))
        for k in range(4):
            self.play(plane.to_layer(k + 1, QUICK))
        thin, wide = (2 * certificates.gap(network, data, depth) for depth in (4, layers))
        self.finish_reading()
        gap = mu.widest_gap(plane.space, data)
        self.claim(f"After layer 4 a line fits between the arms, in a gap of {thin:.4f}.",
                   certificates.a_line_separates(data.points, data.labels, network, 4), Create(gap[0]))  # fmt: skip
        self.finish_reading()
        self.play(plane.space.fade_out(*gap), run_time=0.3)
        for k in (4, 5):
            self.play(plane.to_layer(k + 1, 0.5 * mu.style.MOVE_SECONDS))
        line, _ = plane.verdict()
        regions = mu.decision_regions(plane.space, network, (HALF, HALF))
        self.claim(f"Layers 5 and 6 have widened it to {wide:.2f}.",
                   certificates.gap_widens(network, data, 4), Create(line), FadeIn(regions, counts[-1]))  # fmt: skip
        self.poster_time = self.now

        self.chapter("Hard is not impossible")
        self.finish_reading()
        boundary = mu.boundary(plane.space, network)
        self.play(FadeIn(boundary), FadeOut(line), run_time=0.3)
        plane.space.forget(line)
        self.say("Backwards through all six layers: what becomes of the line?")
        for k in reversed(range(layers)):
            self.play(plane.to_layer(k, BACK))
        says = f"{WORDS[len(stuck)].capitalize()} starts failed, start {start} found a way. Hard is not impossible."
        self.claim(says, certificates.all_hold(certificates.no_network_is_right(stuck, data), right))


QUICK = 0.27 * mu.style.MOVE_SECONDS
FINE = 8  # samples of an arm between two of its points
BACK = 0.35 * mu.style.MOVE_SECONDS
HALF = 1.05  # of the grid
SWAP = 0.18  # seconds in which one failed start takes the place of another
LABEL = 0.75  # scene units, for the words above the counts
BAR, THIN = 0.11, 0.06  # scene units: the length of a bar for each wrong point, and its height
WORDS = {7: "seven", 8: "eight", 9: "nine"}


class Plane(Group):
    """The plane with both arms of the spiral, on its way through a network, one move a layer; it fills the picture."""

    def __init__(self, data: Dataset, network: Network, depth: int = 0) -> None:
        """depth: after how many layers it stands at first."""
        self.area, self.data, self.network = mu.current_layout().picture.inset(mu.style.MARGIN, 0.1), data, network
        self.space = mu.Space(grid=False, area=self.area)
        self.layers = [together(f"layer {k}", affine_then_bend(each, k)) for k, each in enumerate(network.hidden, 1)]
        self.space.restart(*self.layers)
        self.space.time, self.space.view = float(depth), self.filled(depth)
        self.space.add_straight(mu.grid_lines((HALF, HALF), 0.21), mu.style.GRID, 1.5, 0.5)
        for k in range(data.classes):
            points = data.of_class(k)
            place = np.linspace(0, len(points) - 1, FINE * len(points))
            arm = np.column_stack([np.interp(place, np.arange(len(points)), x) for x in points.T])
            self.space.add_lines(arm, mu.style.CLASS_COLOURS[k], 4.0, 0.6).set_z_index(2)
        self.space.add_data(data)
        super().__init__(self.space, mu.scale_bar(self.space, None, place_of_scale()))

    def labelled(self, number: int) -> mu.LiveLabel:
        """Add a live label that says which start this is, and after how many layers the plane stands; return it."""
        corner = mu.current_layout().slot("signs").corner(UL)
        label = mu.LiveLabel(self.space, lambda: self.heading(number), corner, UL, 36)
        self.add(label)
        return label

    def heading(self, number: int) -> str:
        """Return what the label says."""
        depth = round(self.space.time)
        return f"start {number}, layer {depth}" if depth else f"start {number}"

    def filled(self, time: float) -> mu.View:
        """Return the view in which the points fill the picture at a time."""
        return mu.filling(self.area, self.space.at(self.data.points, time)[:, :2])

    def to_layer(self, k: int, run_time: float) -> mu.AnimateToTime:
        """Return the animation that carries the plane to where it stands after k layers."""
        return mu.AnimateToTime(self.space, k, self.filled, run_time=run_time)

    def verdict(self) -> tuple[mu.Polylines | VGroup, mu.Dots]:
        """Add the network's line, and rings around the points that it gets wrong."""
        wrong = mu.wrong_points(self.space, self.network, self.data, radius=0.13)
        return mu.divider(self.space, self.network.readout), wrong.set_z_index(5)


class Counts(VGroup):
    """How many points each of some networks gets wrong, one a row, beside the picture: in words, and as a bar."""

    def __init__(self, networks: Sequence[Network], data: Dataset) -> None:
        whole, scale = mu.current_layout().slot("signs"), mu.current_layout().slot("scale")
        upright = whole.height > whole.width
        box = mu.Box(whole.left, scale.top if upright else whole.bottom, whole.right, whole.top - LABEL)
        columns = 1 if upright else 3
        cells = box.cells(columns, -(-len(networks) // columns), gap=0.03)
        super().__init__()
        for k, (network, cell) in enumerate(zip(networks, cells, strict=False), 1):
            wrong = wrong_count(network, data)
            colour = mu.style.FAINT_INK if wrong else mu.style.ANSWER
            row = VGroup(mu.words(f"start {k}: {wrong} wrong", 36, colour))
            if wrong:
                bar = Rectangle(mu.style.WRONG, THIN, BAR * wrong, stroke_width=0, fill_opacity=1)
                row.add(bar.next_to(row[0], DOWN, buff=0.02, aligned_edge=LEFT))
            self.add(mu.put(row, cell, UL))


def place_of_scale() -> mu.Box:
    """Return the place for a scale bar: below the counts where they stand in a column, else beside the words above."""
    whole, scale = mu.current_layout().slot("signs"), mu.current_layout().slot("scale")
    if whole.height > whole.width:
        return scale
    return mu.Box(whole.right - LABEL - 1.6, whole.top - LABEL, whole.right, whole.top)


def wrong_count(network: Network, data: Dataset) -> int:
    """Return how many points a network gets wrong."""
    return round(len(data.points) * (1 - network.accuracy(data.points, data.labels)))


def hooked(networks: Sequence[Network], data: Dataset) -> certificates.Certificate:
    """Return the evidence that after the layers of each network no line separates the classes."""
    return certificates.all_hold(*(certificates.no_line_separates(data.points, data.labels, each) for each in networks))
