"""Film: two neurons per layer cannot lift a disk out of its ring."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    UR,
    Annulus,
    Arc,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    Rectangle,
    VGroup,
    VMobject,
)

import manim_untangle as mu
from netlib import Array, Dataset, Loop, Network, Run, answer_regions, catalogue, certificates, load_seed_grid


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
    notes = 1
    recipes = (catalogue.TOO_NARROW,)

    def construct(self) -> None:
        story = mu.NetworkStory(self, catalogue.TOO_NARROW)
        data, network, space = story.data, story.network, story.space

        ring = certificates.annulus(data)
        circle, number = mu.circle_with_number(space, ring.loop)

        self.chapter("A disk inside a ring")
        self.add(*story.plane, story.dots, *story.signs)
        wound = certificates.ring_still_wound(network, data)
        self.ask("Can these layers of two neurons pull the disk out?", choices=("no", "yes"), answer=wound, seconds=0.0)
        self.claim("The yellow circle winds around the disk once.", wound, Create(circle), FadeIn(number))
        self.finish_reading()
        # a copy of the circle is led off the disk: the number becomes 0 where it crosses the disk
        off = trial_circle(space, ring.loop)
        crosses = "To get off, the circle would have to cross the disk."
        self.claim(crosses, wound, FadeIn(off))
        self.play(off.animate(run_time=0.6 * mu.style.MOVE_SECONDS).shift(ASIDE))
        self.play(FadeOut(off), run_time=0.15)

        # the number is computed anew in every frame, and stays 1
        for k in range(len(network.hidden)):
            self.chapter(f"Layer {k + 1}")
            if k == WHY:
                self.claim("It stays 1: no two points ever meet, so the circle cannot cross the disk.",
                           certificates.all_hold(wound, certificates.layers_are_homeomorphisms(network)))  # fmt: skip
            story.layer(k, CAPTIONS.get(k, {}), run_time=QUICK)

        # what winds around a point is on both sides of each line past it
        self.chapter("No straight line can be right")
        (wrong,) = certificates.wrong_arcs(network, data, (float(ring.distance(ring.loop.points[:1])[0]),))
        line = mu.divider(space, network.readout)
        regions = mu.decision_regions(space, network)
        self.claim("Still once. And the network's line: is the disk alone on one side?", wound,
                   Create(line), FadeIn(regions))  # fmt: skip
        self.finish_reading()
        arc = mu.wrong_part(space, ring.centre, wrong)
        self.claim("It winds around the disk, so any line leaves part of it on the disk's side: here, pink.",
                   certificates.all_hold(wound, wrong.certificate), FadeIn(arc))  # fmt: skip

        self.chapter("The tunnel")
        curve = mu.boundary(space, network)
        self.say("Back to the inputs: where is the pink part?", FadeIn(curve))
        self.remove(line)
        space.forget(line)
        story.travel(0, mu.View(), mu.style.MOVE_SECONDS)
        tunnel = certificates.tunnel(network, data)
        self.claim(f"{story.percent_right} right, still wrong: what it calls disk, the blue, runs out of the ring.",
                   certificates.tunnel_exists(network, data, tunnel),
                   FadeIn(called_disk(space, network), mu.wrong_points(space, network, data)))  # fmt: skip
        self.poster_time = self.now

        self.chapter("All trainings, and one more neuron")
        self.silence()
        grid = SeedGrid(load_seed_grid(), data)
        self.play(FadeOut(*self.mobjects), FadeIn(grid.pictures[0]), run_time=mu.style.FADE_SECONDS)
        two, three = grid.of_width(2), grid.of_width(3)
        self.claim(f"{len(two)} trainings of {grid.layers(2)} layers of two neurons: all have a tunnel.",
                   certificates.all_leak(two), FadeIn(grid.marks[0], lag_ratio=0.1, run_time=1.5))  # fmt: skip
        enclosed = replace(certificates.all_enclose(three), caveat="These networks only: other trainings may fail.")
        self.claim(f"One neuron more, {len(three)} trainings: all close the disk in.", enclosed,
                   FadeIn(grid.pictures[1], grid.marks[1]))  # fmt: skip


ASIDE = 3.15 * RIGHT  # scene units: how far the copy of the circle is led
QUICK = 0.34 * mu.style.MOVE_SECONDS
WHY = 2  # the layer, from 0, at which the number gets its reason
CAPTIONS = {
    0: {"W x + b": "Each layer stretches, turns, shifts …", "tanh": "… and then tanh bends it."},
    1: {"W x + b": "Watch the number."},
}


def trial_circle(space: mu.Space, loop: Loop) -> mu.Polylines:
    """Return a copy of a loop where it is now, which space does not carry."""
    places = space.on_screen(loop.points)
    circle = mu.Polylines(places, np.array([0]), color=mu.style.HIGHLIGHT, stroke_width=4, closed=True)
    return space.clip(circle).set_z_index(5)


def called_disk(space: mu.Space, network: Network) -> VMobject:
    """Add all of the input plane that the network calls "disk"."""
    rings = [ring for polygon in answer_regions(network, 1, (4.5, 3.0), 241) for ring in polygon]
    region = VMobject(fill_color=mu.style.CLASS_COLOURS[1], fill_opacity=0.35, stroke_width=0)
    ends = np.cumsum([len(ring) for ring in rings])[:-1]
    space.follow(np.vstack(rings), region, lambda points: outline(region, np.split(points, ends)), fixed=True)
    return region.set_z_index(1)


def outline(region: VMobject, rings: Sequence[Array]) -> None:
    """Let a region have closed rings (N, 3) of scene points as its outline."""
    region.clear_points()
    for corners in rings:
        region.start_new_path(corners[0])
        region.add_points_as_corners([*corners[1:], corners[0]])


HALF = 1.3  # of the part of the input plane that a small picture shows
NAME, GAP = 0.62, 0.5  # room for the name of a picture, and between two, in scene units
MARK, COLUMNS = 0.46, 4  # from a mark to the next, in scene units, and how many marks stand beside each other


class SeedGrid(VGroup):
    """Two pictures under their names: a network of two neurons in as many layers as there were, and one of three.

    All networks are looked at; of each width the first training of the most layers is drawn. marks: beside each picture
    one ring for each training of that width, with a gap in it where there is a tunnel.
    """

    def __init__(self, runs: Sequence[Run], data: Dataset) -> None:
        self.found = [(run, certificates.tunnel(run.network, data, measure=False)) for run in runs]
        boxes = mu.current_layout().above_captions.inset(mu.style.MARGIN).parts(2, GAP)
        beside = COLUMNS * MARK + 0.2
        side = min(boxes[0].width - beside, boxes[0].height - NAME)
        self.pictures, self.marks = list[VGroup](), list[VGroup]()
        for width, name, box in zip((2, 3), ("two neurons a layer", "three neurons"), boxes, strict=True):
            run, tunnel = max((each for each in self.found if each[0].width == width), key=lambda each: each[0].depth)
            picture = region_picture(run.network, tunnel, side).move_to((*box.centre, 0))
            picture.shift(NAME / 2 * DOWN + beside / 2 * LEFT)
            self.pictures.append(VGroup(mu.words(name, mu.style.LABEL_SIZE).next_to(picture, UP, buff=0.16), picture))
            marks = VGroup(*(mark(each) for each in self.of_width(width)))
            for k, each in enumerate(marks):
                each.move_to(picture.get_corner(UR) + 0.2 * RIGHT + MARK * ((k % COLUMNS + 0.5) * RIGHT))
                each.shift((k // COLUMNS + 0.5) * MARK * DOWN)
            self.marks.append(marks)
        super().__init__(*self.pictures, *self.marks)

    def of_width(self, width: int) -> list[certificates.Tunnel]:
        """Return what became of the disk's region in every network of a width."""
        return [tunnel for run, tunnel in self.found if run.width == width]

    def layers(self, width: int) -> str:
        """Return how many layers the networks of a width have: "1 to 4"."""
        depths = {run.depth for run, _ in self.found if run.width == width}
        return f"{min(depths)} to {max(depths)}"


def mark(tunnel: certificates.Tunnel) -> Arc:
    """Return a small ring that stands for a training, open where there is a tunnel."""
    if tunnel.outcome == "enclosed":
        return Arc(0.15, 0, 2 * PI, color=mu.style.ANSWER, stroke_width=5)
    return Arc(0.15, PI / 2, 1.55 * PI, color=mu.style.WRONG, stroke_width=5)


def region_picture(network: Network, tunnel: certificates.Tunnel, side: float) -> VGroup:
    """Return the part of the plane that a network calls "disk", with the disk and its ring, in a frame of that side."""
    scale = side / (2 * HALF)
    region = VMobject(fill_color=mu.style.CLASS_COLOURS[1], fill_opacity=0.7, stroke_color=mu.style.ANSWER)
    rings = [ring for polygon in answer_regions(network, 1, (HALF, HALF), 181) for ring in polygon]
    outline(region.set_stroke(width=3), [scale * np.pad(ring, ((0, 0), (0, 1))) for ring in rings])
    ring = Annulus(0.65 * scale, scale, color=mu.style.CLASS_COLOURS[0], fill_opacity=0.75, stroke_width=0)
    disk = Circle(0.35 * scale, fill_color=mu.style.CLASS_COLOURS[1], fill_opacity=1)
    disk.set_stroke(mu.style.BACKGROUND, 2)
    colour = mu.style.ANSWER if tunnel.outcome == "enclosed" else mu.style.WRONG
    return VGroup(ring, region, disk, Rectangle(width=side, height=side, stroke_width=5, color=colour))
