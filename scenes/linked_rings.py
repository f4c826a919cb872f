"""Film: two linked rings, three neurons a layer, and a fourth dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from manim import (
    BLACK,
    DOWN,
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    Group,
    ManimColor,
    Mobject,
    Rectangle,
    UpdateFromAlphaFunc,
    VGroup,
)
from numpy.typing import NDArray

import manim_untangle as mu
from netlib import Array, Dense, Loop, Network, catalogue, certificates


class LinkedRings(mu.Film):
    """Three neurons a layer keep two linked rings linked; in a fourth dimension they slip past each other.

    Each of these layers of three neurons bends space without tearing it or gluing points together, so two rings that
    are linked stay linked, and no plane separates linked rings. A layer of four neurons has room to pass one ring by
    the other: on screen their shadows cross, but the colours, which show the fourth coordinate, differ there. Back in
    three dimensions a plane separates them.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figures of the link
    """

    title = "Linked rings"
    alt = "Two striped rings linked like a chain are bent, stay linked, and come apart once a fourth dimension is used."
    order = 8
    recipes = (catalogue.LINKED_RINGS_NARROW, catalogue.LINKED_RINGS)

    def construct(self) -> None:
        data = catalogue.LINKED_RINGS.dataset()
        narrow, network = self.load(catalogue.LINKED_RINGS_NARROW), self.load(catalogue.LINKED_RINGS)

        self.chapter("Two linked rings")
        rings = Tubes(data.loops)
        story = mu.LayerPresenter(self, narrow, rings.space, data)
        self.play(FadeIn(rings.drawn, story.scale_bar))
        linked = certificates.rings_stay_linked(narrow, data)
        self.claim("Two rings, linked like a chain. Can a network pull them apart?", linked)
        story.turn_by(1.0)
        story.claim_inseparable("As they are, no flat plane has one ring on each side.")

        # the linking number is computed anew in every frame, and stays 1
        self.chapter("Three neurons a layer")
        story.show()
        for k in range(2):
            story.layer(k, {} if k else CAPTIONS, turn=0.4, run_time=0.6 * mu.style.MOVE_SECONDS)
        self.claim("Stretched, turned, bent: they are still linked.", linked)
        self.finish_reading()
        plane, wrong = mu.divider(rings.space, narrow.readout, half=1.0), mu.wrong_points(rings.space, narrow, data)
        rings.show_cut(narrow)
        story.claim_inseparable("No plane separates linked rings. The pink points are wrong.",
                                FadeIn(plane, story.scores(rings.label), wrong.set_z_index(6)), depth=2)  # fmt: skip
        story.turn_by(-0.8, mu.style.MOVE_SECONDS)

        self.chapter("One layer of four")
        self.silence()
        before, rings = list(self.mobjects), Tubes(data.loops)
        story = mu.LayerPresenter(self, network, rings.space, data)
        self.play(*map(FadeOut, before), FadeIn(rings.drawn, story.signs))
        legend = fourth_legend()
        self.say("Now one layer of four; colour is the fourth axis. Guess: how can it help?",
                 FadeIn(legend), UpdateFromAlphaFunc(rings.dots, lambda _, t: rings.show_fourth(t)))  # fmt: skip
        story.layer(0, {"W x + b": "The rings are turned into the fourth dimension, and bent."}, turn=0.25)

        # where the shadows cross on screen, the colours differ: one ring passes beside the other
        self.chapter("Back to three")
        self.claim("Back to three. Their shadows cross, the rings do not: in 4-D they stay apart.",
                   certificates.loops_stay_apart(network, data, 1))  # fmt: skip
        story.layer(1, {}, turn=0.25, run_time=1.4 * mu.style.MOVE_SECONDS)
        self.play(FadeOut(legend), UpdateFromAlphaFunc(rings.dots, lambda _, t: rings.show_fourth(1 - t)))
        end = replace(rings.space.view.upright(network.readout.weight[0]), tilt=1.4)
        self.play(mu.ChangeView(rings.space, end))
        self.finish_reading()
        plane = mu.divider(rings.space, network.readout)
        rings.show_cut(network)
        self.claim("Unlinked. One flat plane separates the rings.",
                   certificates.a_plane_separates_loops(network, data), FadeIn(plane))  # fmt: skip
        self.play(FadeIn(story.scores(under=rings.label)))
        self.poster_time = self.now
        story.turn_by(1.0)


LEANT = mu.View(unit=2.6, turn=-0.5, tilt=1.15)
CAPTIONS = {"W x + b": "Watch the linking number. Layers stretch, turn, shift …", "tanh": "… and bend space."}

TUBE = 0.12  # radius, in units of space
AROUND, ALONG = 40, 400  # samples around a tube and along it
LIGHT = np.array([-0.35, 0.6, 0.72])  # from where the tubes are lit, in screen axes
DARKEST, FAR_SHARE = 0.25, 0.45  # of a colour: what is left in shadow, and what the farthest point loses
RIM = 0.4  # nearness of a normal below which a rim begins to darken
STRIPES, STRIPE_SHADE = 20, 0.55  # every second tube is striped: told apart without colour
RADII = 1.02  # from one radius of the dots to the next
FOURTH_COLOURS = ("#8F63FF", "#E8E8E8", "#A8E03C")  # at -1, 0 and 1 of the fourth coordinate
EVERY = 2  # of a loop's points for the linking number; between two, the rings hardly bend


class Tubes:
    """Space with tubes around two loops in it, shaded so that a still shows which one passes in front of the other.
    Hidden parts are hidden, rims are dark.

    fourth: share in [0, 1] to which colour shows the fourth coordinate in place of the loop's class. cut: the readout
    whose plane hides what is behind it. dots: the tubes. drawn: they, a lattice, and the live linking number.
    """

    def __init__(self, loops: tuple[Loop, ...], view: mu.View = LEANT) -> None:
        self.space = mu.Space(view, grid=False, dimension=3)
        self.fourth = 0.0
        self.cut: Dense | None = None
        lattice = self.space.add_straight(mu.grid_lines((1.0, 1.0, 1.0), 1.0), mu.style.GRID, 1.5, 0.45)
        surfaces = np.stack([tube(loop.points, TUBE) for loop in loops])
        self.grid = surfaces.shape[:3]
        self.colours = np.stack([painted(k) for k in range(len(loops))])
        self.far, self.near = (mu.Dots(np.zeros((0, 3)), color=BLACK, outline_width=0).set_z_index(z) for z in (3, 5))
        self.dots, inputs = Group(self.far, self.near), surfaces.reshape(-1, 3)
        self.curves = tuple(loop.points for loop in loops)
        self.part = mu.Part(self.dots, inputs, self.space.where(inputs), self.draw, told=self.told)
        self.space.parts.append(self.part)
        self.space.clip(self.dots)
        self.space.add(self.dots)
        self.redraw()
        self.label = linking_label(self.space, loops)
        self.drawn = Group(lattice, self.dots, self.label)

    def told(self) -> dict[Mobject, dict[str, Any]]:
        """Return both parts of the tubes as data, for the film as a document: what changes is an array."""
        cut = np.zeros(4) if self.cut is None else np.append(self.cut.weight[0, :3], self.cut.bias)
        look: dict[str, Any] = {
            "kind": "tubes", "curves": self.curves, "radius": TUBE, "along": ALONG, "around": AROUND,
            "colours": told_colours(mu.style.CLASS_COLOURS[: len(self.curves)]),
            "stripes": [STRIPES * (k % 2) for k in range(len(self.curves))], "stripe": STRIPE_SHADE,
            "fourth": np.array([self.fourth]), "cut": cut,
            "fourth_colours": told_colours(FOURTH_COLOURS),
            "light": LIGHT.tolist(), "darkest": DARKEST, "rim": RIM, "far_share": FAR_SHARE,
        }  # fmt: skip
        return {self.far: {**look, "side": "far"}, self.near: {**look, "side": "near"}}

    def redraw(self) -> None:
        """Draw the tubes where they are, after a change of colouring or cut; moves of space do this themselves."""
        self.draw(self.space.view.project(self.part.now))

    def show_fourth(self, share: float) -> None:
        """Let the colour show the fourth coordinate to a share in [0, 1]."""
        self.fourth = share
        self.redraw()

    def show_cut(self, network: Network) -> None:
        """From now on let the plane of the network's readout hide what is behind it."""
        self.cut = network.readout
        self.redraw()

    def draw(self, placed: Array) -> None:
        """Draw the surface at scene points (N, 3), the farthest first, in two parts: behind the cut and before it."""
        axes, on_near_side = self.space.view.axes(self.part.now), self.on_near_side()
        shown = self.shades(axes)[..., None] * self.hues()
        rgbas = np.concatenate([shown, np.ones((*self.grid, 1))], axis=-1).reshape(-1, 4)
        radius = covering_radius(placed.reshape(*self.grid, 3))
        for dots, chosen in ((self.far, ~on_near_side), (self.near, on_near_side)):
            order = np.flatnonzero(chosen)[np.argsort(axes[chosen, 2], kind="stable")]
            dots.radius = radius
            dots.set_centres(placed[order]).set_rgbas(rgbas[order])

    def shades(self, axes: Array) -> Array:
        """Return the brightness (loops, ALONG, AROUND) of surface points in screen axes: light, dark rims, distance."""
        surface = axes.reshape(*self.grid, 3)
        along = np.roll(surface, -1, axis=1) - np.roll(surface, 1, axis=1)
        around = np.roll(surface, -1, axis=2) - np.roll(surface, 1, axis=2)
        normal = np.cross(along, around)
        normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
        normal *= np.where(normal[..., 2:] < 0, -1.0, 1.0)
        lit = DARKEST + (1 - DARKEST) * np.clip(normal @ LIGHT / np.linalg.norm(LIGHT), 0, 1)
        rim = np.clip(normal[..., 2] / RIM, 0.0, 1.0)
        depth = surface[..., 2]
        nearness = (depth - depth.min()) / max(float(np.ptp(depth)), 1e-9)
        return np.asarray(lit * (0.15 + 0.85 * rim) * (1 - FAR_SHARE * (1 - nearness)))

    def hues(self) -> Array:
        """Return the colour (loops, ALONG, AROUND, 3) of the surface before it is shaded."""
        now = self.part.now.reshape(*self.grid, -1)
        fourth = now[..., 3] if now.shape[-1] > 3 else np.zeros(self.grid)
        own = (1 - self.fourth) * self.colours[..., :3] + self.fourth * fourth_colour(fourth)
        return np.asarray(own * self.colours[..., 3:])

    def on_near_side(self) -> NDArray[np.bool_]:
        """Return which points (N,) of the surface are on the viewer's side of the cut; all where there is none."""
        if self.cut is None:
            return np.ones(len(self.part.now), dtype=bool)
        weight = self.cut.weight[0]
        signed = self.part.now[:, : len(weight)] @ weight + self.cut.bias[0]
        return np.asarray(signed * (self.space.view.rotation[2] @ weight[:3]) > 0)


def told_colours(colours: Sequence[str]) -> list[list[int]]:
    """Return colours as red, green, blue and opacity, each from 0 to 255."""
    return [[*ManimColor(colour).to_int_rgb().tolist(), 255] for colour in colours]


def tube(curve: Array, radius: float) -> Array:
    """Return points (ALONG, AROUND, 3) on a tube around a closed curve (M, 3) that runs around its own middle."""
    place, ends = np.linspace(0, len(curve), ALONG, endpoint=False), np.arange(len(curve) + 1)
    curve = np.column_stack([np.interp(place, ends, np.append(x, x[0])) for x in curve.T])
    along = np.roll(curve, -1, axis=0) - np.roll(curve, 1, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    out = curve - curve.mean(axis=0)
    out -= (out * along).sum(axis=1, keepdims=True) * along
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    angle = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)[:, None]
    ring = np.cos(angle) * out[:, None] + np.sin(angle) * np.cross(along, out)[:, None]
    return np.asarray(curve[:, None] + radius * ring)


def fourth_colour(values: Array) -> Array:
    """Return the colours (..., 3) that stand for a fourth coordinate (...), the same beyond -1 and 1."""
    stops = np.array([ManimColor(colour).to_rgb() for colour in FOURTH_COLOURS])
    return np.stack([np.interp(values, (-1, 0, 1), stops[:, k]) for k in range(3)], axis=-1)


def painted(k: int) -> Array:
    """Return the colour and shade (ALONG, AROUND, 4) of the tube of class k; odd ones are striped."""
    stripe = (np.arange(ALONG) * 2 * STRIPES // ALONG) % 2 == 1
    shade = np.where(stripe & (k % 2 == 1), STRIPE_SHADE, 1.0)
    row = np.column_stack([np.tile(ManimColor(mu.style.CLASS_COLOURS[k]).to_rgb(), (ALONG, 1)), shade])
    return np.repeat(row[:, None], AROUND, axis=1)


def covering_radius(placed: Array) -> float:
    """Return a radius at which dots cover nearly all of a surface (loops, ALONG, AROUND, 3) on screen, out of a series
    of few radii: dots of each are drawn once and kept."""
    steps = [np.linalg.norm(np.roll(placed, -1, axis=k) - placed, axis=-1) for k in (1, 2)]
    wanted = 0.75 * max(np.quantile(step, 0.97) for step in steps)
    return float(RADII ** np.ceil(np.log(max(wanted, 1e-6)) / np.log(RADII)))


def linking_label(space: mu.Space, loops: tuple[Loop, ...]) -> mu.LiveLabel:
    """Return a live label: the linking number of two loops in space. In four dimensions it says how far apart they
    are, and the linking number of the shadow that is seen."""
    known: dict[tuple[int, float], str] = {}

    def text() -> str:
        when = (space.end, space.time)
        if when not in known:
            first, second = (space.where(loop.points[::EVERY]) for loop in loops)
            number = certificates.linking_number(first[:, :3], second[:, :3])
            times = "?" if number is None else f"{abs(number)}×"
            flat = first.shape[1] == 3 or not np.any(np.abs(first[:, 3]) > 1e-9)
            apart = np.linalg.norm(first[:, None] - second, axis=2).min()
            known[when] = f"linked: {times}" if flat else f"in 4-D {apart:.2f} apart · shadow linked: {times}"
        return known[when]

    return mu.LiveLabel(space, text, colour=mu.style.HIGHLIGHT)


def fourth_legend() -> VGroup:
    """Return a bar of the colours that stand for the fourth coordinate, on a plate at the right."""
    colours = [ManimColor(fourth_colour(value)) for value in np.linspace(-1, 1, 40)]
    bar = VGroup(*(Rectangle(width=0.065, height=0.25, stroke_width=0).set_fill(each, 1) for each in colours))
    bar.arrange(RIGHT, buff=0)
    places = (("−1", 0), ("0", 20), ("1", 39))
    marks = [mu.words(name, mu.style.LABEL_SIZE).next_to(bar[k], DOWN, buff=0.12) for name, k in places]
    drawn = VGroup(bar, *marks)
    title = mu.words("4th coordinate", mu.style.LABEL_SIZE).next_to(bar, UP, buff=0.15)
    legend = VGroup(title, drawn).set_z_index(12)
    return mu.put(legend, mu.current_layout().slot("notes"), DOWN + LEFT)
