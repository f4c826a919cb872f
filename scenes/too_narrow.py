"""Film: two neurons per layer cannot lift a disk out of its ring."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from manim import DOWN, LEFT, RIGHT, Circle, Create, FadeIn, FadeOut, Polygon, Rectangle, VGroup, VMobject

import manim_untangle as mu
from netlib import Array, Dataset, Network, Run, answer_regions, catalogue, certificates, load_seed_grid


class TooNarrow(mu.Film):
    """Two neurons per layer cannot pull a disk out of its ring: nearly all points right, and still wrong.

    Every layer of two neurons bends the plane, but the ring's image goes on winding around the disk's. A straight
    line that has a disk point on its one side then always has a ring point there too. Back in the plane of inputs
    the region that the network calls "disk" runs out through the ring: a tunnel. Training makes it narrow; it cannot
    close it. This holds for continuous monotone activations without skip connections, at any depth.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014)
    Source: H.-P. Beise, S. Dias da Cruz, U. Schröder, On decision regions of narrow deep neural networks (2018)
    Source: J. Johnson, Deep, Skinny Neural Networks are not Universal Approximators (2018)
    """

    title = "Too narrow"
    alt = "A blue disk in an orange ring is bent by four layers; a straight line still has ring points on both sides."
    order = 5
    recipes = (catalogue.TOO_NARROW,)

    def construct(self) -> None:
        story = mu.NetworkStory(self, catalogue.TOO_NARROW)
        data, network, space = story.data, story.network, story.space

        self.chapter("A disk inside a ring")
        story.open()
        self.say("Can layers of two neurons pull the disk out of its ring?", *map(FadeIn, story.signs))
        circle, number = mu.circle_with_number(space, data.loops[0])
        self.play(Create(circle), FadeIn(number))
        self.say("How often does the yellow circle wind around it? Freed: 0×.")

        # the number is computed anew in every frame, and stays 1
        for k in range(len(network.hidden)):
            self.chapter(f"Layer {k + 1}")
            story.layer(k, CAPTIONS.get(k, {}), run_time=QUICK)
        self.claim("Still once around: bending has not freed it.", certificates.ring_still_wound(network, data))

        self.chapter("No straight line can be right")
        line, wrong = mu.divider(space, network.readout), mu.wrong_points(space, network, data)
        self.claim(f"The network's line: {story.percent_right} right. The pink ones are wrong.",
                   certificates.some_points_wrong(network, data),
                   space.fade_out(circle, number), Create(line), FadeIn(story.scores(), wrong))  # fmt: skip
        last = network.represent(data.points)
        witnesses = certificates.three_witnesses(data.of_class(0), data.of_class(1), network)
        self.require(around := "Three ring points around a disk point: no line gets all right.", witnesses)
        triangle = witness_triangle(space, network, data)
        self.claim(around, witnesses, FadeIn(triangle))

        self.chapter("The tunnel")
        tunnel = certificates.tunnel(network, data)
        curve = mu.boundary(space, network)
        self.say("Where is this line among the inputs?", space.fade_out(triangle, story.diagram), FadeIn(curve))
        self.remove(line)
        space.forget(line)
        story.travel(0, mu.View())
        self.claim(f"{story.percent_right} right, still wrong: a tunnel out through the ring, "
                   f"{tunnel.width or 0:.2f} wide at its narrowest.",
                   certificates.tunnel_exists(network, data, tunnel))  # fmt: skip
        self.play(*map(Create, mu.tunnel_path(space, tunnel)), FadeIn(narrowest_mark(space, tunnel)))
        self.poster_time = self.now
        self.finish_reading()
        # the same way out, seen where the network cuts: no part of it is torn
        self.claim("Follow the yellow bar: it ends up more than half around the disk.",
                   certificates.runs_around(network, tunnel, data.of_class(1)))  # fmt: skip
        story.travel(space.end, story.fitted(last, mu.View()))
        self.play(Create(mu.divider(space, network.readout)))

        self.chapter("Other seeds, other depths")
        grid = SeedGrid(load_seed_grid(), data)
        self.silence()
        self.play(FadeOut(*self.mobjects), FadeIn(grid, lag_ratio=0.02))
        two, three = grid.of_width(2), grid.of_width(3)
        self.claim(f"Other seeds. Two neurons wide: all {len(two)} leak.", certificates.all_leak(two))
        enclosed = replace(certificates.all_enclose(three), caveat="These networks only: other starts may fail.")
        self.claim(f"Three neurons wide: all {len(three)} close the disk in.", enclosed)


QUICK = 0.5 * mu.style.MOVE_SECONDS
CAPTIONS = {
    0: {"W x + b": "Each layer stretches, turns, shifts …", "tanh": "… and then tanh bends it."},
    1: {"W x + b": "The next layer has its own W and b."},
    2: {"W x + b": "Watch the disk, and what its ring does meanwhile."},
}


def witness_triangle(space: mu.Space, network: Network, data: Dataset) -> VGroup:
    """Add a triangle on three points of the ring, and a mark on a disk's point that the last layer has inside it."""
    ring, disk = data.of_class(0), data.of_class(1)
    found = certificates.witnesses(network.represent(ring), network.represent(disk))
    assert found is not None
    triangle = Polygon(*np.zeros((3, 3)), stroke_color=mu.style.HIGHLIGHT, stroke_width=4)
    triangle.set_fill(mu.style.HIGHLIGHT, opacity=0.15)
    marks = mu.Dots(np.zeros((4, 3)), radius=2.2 * mu.style.DOT_RADIUS, color=mu.style.HIGHLIGHT, marker="ring")

    def draw(points: Array) -> None:
        triangle.set_points_as_corners(points[[0, 1, 2, 0]])
        marks.set_centres(points)

    group = VGroup(triangle, marks)
    space.follow(np.vstack([ring[list(found.corners)], disk[found.held]]), group, draw)
    return group.set_z_index(6)


def narrowest_mark(space: mu.Space, tunnel: certificates.Tunnel) -> mu.Polylines:
    """Add a bar across the tunnel at its narrowest place, from one bank to the other; it bends with space."""
    assert tunnel.narrowest is not None
    return space.add_straight(tunnel.narrowest.across[None], mu.style.HIGHLIGHT, width=7).set_z_index(6)


HALF = 1.3  # of the part of the input plane that a small picture shows
SIDE, GAP = 0.86, 0.1  # of a small picture, and between two, in scene units
SCALE = SIDE / (2 * HALF)


class SeedGrid(VGroup):
    """One row for each width and depth, one picture for each seed, and the number of seeds that enclose the disk."""

    def __init__(self, runs: Sequence[Run], data: Dataset) -> None:
        self.found = [(run, certificates.tunnel(run.network, data, measure=False)) for run in runs]
        rows = VGroup()
        for (width, depth), row in itertools.groupby(self.found, key=lambda each: each[0][:2]):
            outcomes = [(run.network, tunnel.outcome == "enclosed") for run, tunnel in row]
            pictures = VGroup(*itertools.starmap(region_picture, outcomes)).arrange(RIGHT, buff=GAP)
            name = mu.words(f"{depth} layers of {width}" if depth > 1 else f"1 layer of {width}", mu.style.LABEL_SIZE)
            enclosed = sum(closed for _, closed in outcomes)
            count = mu.words(f"{enclosed} of {len(outcomes)} enclosed", mu.style.LABEL_SIZE)
            rows.add(VGroup(pictures, name.next_to(pictures, LEFT), count))
        super().__init__(*rows.arrange(DOWN, buff=GAP))
        layout = mu.current_layout()
        self.move_to(layout.picture.inset(0.15).corner(RIGHT), aligned_edge=RIGHT)
        for pictures, name, count in rows:
            level = pictures.get_center()[1]
            pictures.align_to(layout.picture.inset(0.15).corner(RIGHT), RIGHT)
            name.next_to(pictures, LEFT)
            count.move_to((layout.slot("notes").left, level, 0), aligned_edge=LEFT)

    def of_width(self, width: int) -> list[certificates.Tunnel]:
        """Return what became of the disk's region in every network of a width."""
        return [tunnel for run, tunnel in self.found if run.width == width]


def region_picture(network: Network, enclosed: bool) -> VGroup:
    """Return the part of the plane that a network calls "disk", with the disk and its ring, in a frame."""
    region = VMobject(fill_color=mu.style.CLASS_COLOURS[1], fill_opacity=0.85, stroke_width=0)
    for polygon in answer_regions(network, 1, (HALF, HALF), 121):
        for ring in polygon:
            corners = SCALE * np.pad(ring, ((0, 0), (0, 1)))
            region.start_new_path(corners[0])
            region.add_points_as_corners([*corners[1:], corners[0]])
    circles = [Circle(SCALE * r, stroke_width=1.5, color=mu.style.CLASS_COLOURS[0]) for r in (0.65, 1.0)]
    disk = Circle(SCALE * 0.35, stroke_width=1.5, color=mu.style.INK)
    colour = mu.style.ANSWER if enclosed else mu.style.WRONG
    return VGroup(region, *circles, disk, Rectangle(width=SIDE, height=SIDE, stroke_width=3, color=colour))
