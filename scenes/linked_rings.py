"""Film: two linked rings, three neurons a layer, and a fourth dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from manim import (
    BLACK,
    DOWN,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    Group,
    ManimColor,
    Mobject,
    Polygon,
    Rectangle,
    UpdateFromAlphaFunc,
    VGroup,
    smooth,
)
from numpy.typing import NDArray

import manim_untangle as mu
from netlib import Array, Dataset, Dense, Loop, Network, affine_then_bend, catalogue, certificates


class LinkedRings(mu.Film):
    """Three neurons a layer keep two linked rings linked; in a fourth dimension they slip past each other.

    One ring, shrunk in the sheet that it spans, catches on the other; alone on one side of a plane it would not. Layers
    of three neurons bend space without tearing it or gluing points together: the rings stay linked, and still no plane
    separates them. A layer of four neurons has room to pass one ring by the other. On screen they cross, but the fourth
    coordinate, shown as the colour of the rims and beside a bar, differs there. Back in three dimensions a plane
    separates them.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figures of the link
    """

    title = "Linked rings"
    alt = "Two rings linked like a chain are bent, stay linked, and come apart once a fourth dimension is used."
    order = 8
    notes = 4
    recipes = (catalogue.LINKED_RINGS_NARROW, catalogue.LINKED_RINGS)

    def construct(self) -> None:
        data = catalogue.LINKED_RINGS.dataset()
        narrow, network = self.load(catalogue.LINKED_RINGS_NARROW), self.load(catalogue.LINKED_RINGS)
        linked = certificates.rings_stay_linked(narrow, data)

        self.chapter("Two linked rings")
        rings = Tubes(data.loops)
        self.add(rings.lattice, rings.dots)
        self.ask("Two rings, linked like a chain. Can a flat plane part them?", choices=("yes", "no"),
                 answer=certificates.a_line_separates(data.points, data.labels), seconds=0.0)  # fmt: skip
        trial, inseparable = Trial(rings, SWING[0]), certificates.no_line_separates(data.points, data.labels)
        self.claim("Try: a plane cuts a ring (yellow), or has both on one side.", inseparable, FadeIn(trial))
        self.play(trial.led(SWING[1:], run_time=0.6 * mu.style.MOVE_SECONDS))
        noose = Noose(rings)
        self.play(FadeOut(trial), rings.changed(sheet=(0.0, 1.0)), FadeIn(rings.met, noose.line), run_time=SHOWN)
        rings.show_cut(None)
        self.claim("Why? Shrunk in its sheet, orange catches on blue.", linked, noose.pulled(CAUGHT))
        self.finish_reading()
        self.claim("With a plane between them, it would shrink to a point. Linked, it cannot.",
                   certificates.all_hold(linked, inseparable))  # fmt: skip
        self.finish_reading()

        self.chapter("Three neurons a layer")
        rings.show_cut(None)
        diagram = self.diagram_of(narrow)
        self.claim("These layers bend space; no two points meet. Watch the lit point.",
                   certificates.layers_are_homeomorphisms(narrow), FadeOut(noose.line), FadeIn(diagram))  # fmt: skip
        rings.enter(narrow)
        for k in range(2):
            self.play(rings.carried(2 * k + 2, SEEN, data, diagram.light(k)))
        noose = Noose(rings)
        self.claim("Bent, it still catches on blue.", linked, noose.pulled(CAUGHT))
        self.finish_reading()
        inseparable = certificates.no_line_separates(data.points, data.labels, narrow)
        plane = mu.divider(rings.space, narrow.readout, half=1.0)
        rings.show_cut(narrow.readout)
        rings.wrong = np.stack([narrow.classify(loop) != k for k, loop in enumerate(rings.loops)])
        self.claim("Still linked: so no plane parts them. Pink is on the wrong side.",
                   certificates.all_hold(linked, inseparable), FadeIn(plane), FadeOut(noose.line),
                   rings.changed(pink=(0.0, 1.0), sheet=(1.0, 0.0)))  # fmt: skip
        self.silence()

        self.chapter("One layer of four")
        rings.show_cut(None)
        self.play(FadeOut(plane, rings.met, diagram), rings.changed(pink=(1.0, 0.0)), run_time=mu.style.FADE_SECONDS)
        rings.space.forget(plane, rings.met)
        self.play(mu.AnimateToTime(rings.space, 0, LEANT, keep=data.points, run_time=0.4 * mu.style.MOVE_SECONDS))
        diagram, legend = self.diagram_of(network), fourth_legend(self.layout.slot("notes"))
        self.say("Now four neurons. The rims show the fourth number of each point.",
                 FadeIn(diagram, legend), rings.changed(fourth=(0.0, 1.0)))  # fmt: skip
        rings.enter(network)
        self.play(rings.carried(2, LIFTED, data, diagram.light(0)))

        self.chapter("Back to three")
        # the two points at which the rings will cross on screen, and the fourth number of each beside the bar
        points, numbers = rings.pair(legend)
        self.say("Two points, and on the right their fourth numbers.", FadeIn(points, numbers))
        self.finish_reading()
        self.play(rings.carried(2 + MEETING, PASSING, data, diagram.light(1), 1.8 * CARRY))
        self.claim("They meet on screen only: their fourth numbers differ.",
                   certificates.loops_stay_apart(network, data, 1))  # fmt: skip
        self.finish_reading()
        self.say("So one ring passes the other.")
        self.play(rings.carried(4, PASSING, data, diagram.light(1), 1.8 * CARRY), rings.space.fade_out(numbers))
        diagram.light(None)
        end = replace(rings.space.view.upright(network.readout.weight[0]), tilt=1.5)
        free_rings = rings.space.where(data.points)
        for view in (end, end.turned(-0.5)):
            end = replace(end, unit=view.fitting(free_rings, largest=end.unit).unit)
        self.play(
            mu.ChangeView(rings.space, end, run_time=0.5 * mu.style.MOVE_SECONDS),
            FadeOut(legend),
            rings.space.fade_out(points),
            rings.changed(fourth=(1.0, 0.0)),
        )
        plane = mu.divider(rings.space, network.readout)
        rings.show_cut(network.readout)
        self.claim("Four neurons set them free: a flat plane parts them, and orange shrinks to a point.",
                   certificates.a_plane_separates_loops(network, data), FadeIn(plane))  # fmt: skip
        self.poster_time = self.now
        self.play(mu.ChangeView(rings.space, rings.space.view.turned(-0.5), run_time=0.7 * CARRY))
        noose = Noose(rings, straight=True)
        self.play(noose.pulled(0.0), FadeIn(noose.end))

    def diagram_of(self, network: Network) -> mu.Diagram:
        """Return the diagram of a network, and note that each of its layers is shown as a whole."""
        self.note_moves(network, together=True)
        return mu.Diagram(network)


LEANT = mu.View(unit=2.6, turn=-0.5, tilt=1.15)
SEEN, LIFTED, PASSING = (-0.8, 0.5), (0.0, 1.0), (-1.6, 1.1)  # turn and tilt of views in which both rings lie open
MEETING = 0.675  # share of the way back to three dimensions at which the rings cross on screen
# planes that are tried: normal and offset
SWING = np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 0.6, 0.4, 0.1], [0.4, 1.0, 0.1, 0.1], [0.4, 0.3, 1.0, 0.2]])

CAUGHT = 0.32  # share of the ring's size at which a line in its sheet catches on the other ring
SHOWN, CARRY = 0.3, 1.8  # seconds
TUBE = 0.3  # radius in scene units
AROUND, ALONG = 72, 520  # samples around a tube and along it
FINER = 8  # points of a curve for each one of a loop
LIGHT = np.array([-0.35, 0.6, 0.72])  # from where the tubes are lit, in screen axes
DARKEST, FAR_SHARE = 0.25, 0.45  # of a colour: what is left in shadow, and what the farthest point loses
DOT = 0.021  # scene units: radius of the dots that the surface is drawn with
RIM = 0.7  # share of a tube's radius, as it is seen, that is rim
STRIPES, STRIPE_SHADE = 20, 0.55  # every second tube is striped: told apart without colour
FILM, SHEET_OPACITY = 8000, 0.6  # dots of the sheet that the first ring spans
FOURTH_COLOURS, FOURTH_STOPS = ("#8F63FF", "#E8E8E8", "#A8E03C"), (-0.5, 0.0, 0.5)  # of the fourth coordinate


class Tubes:
    """Space with two closed curves in it, drawn as shaded tubes of one thickness, so that a still shows which one
    passes in front of the other; and the sheet that the first one spans. Hidden parts are hidden, rims are dark.

    fourth: share in [0, 1] to which the colour of rims shows the fourth coordinate. wrong, pink: which points of the
    loops a network puts in the wrong class, and the share to which they are pink. sheet: share of its opacity. cut:
    the readout whose plane hides what is behind it. dots: all of it. met: where the second curve meets the sheet.
    """

    def __init__(self, loops: tuple[Loop, ...], view: mu.View = LEANT) -> None:
        self.space = mu.Space(view, grid=False, dimension=3)
        self.fourth = self.pink = self.sheet = 0.0
        self.cut: Dense | None = None
        self.lattice = self.space.add_straight(mu.grid_lines((1.0, 1.0, 1.0), 1.0), mu.style.GRID, 1.5, 0.45)
        self.told_curves = tuple(loop.points for loop in loops)
        self.loops = np.stack([finer(loop.points) for loop in loops])
        self.wrong = np.zeros(self.loops.shape[:2], dtype=bool)
        self.far, self.near = (mu.Dots(np.zeros((0, 3)), color=BLACK, outline_width=0).set_z_index(z) for z in (3, 5))
        self.dots, inputs = Group(self.far, self.near), np.vstack([*self.loops, spanned(self.loops[0], FILM)])
        self.part = mu.Part(self.dots, inputs, self.space.where(inputs), self.draw, told=self.told)
        self.space.parts.append(self.part)
        self.space.add(self.space.clip(self.dots))
        self.redraw()
        middle = self.loops[0].mean(axis=0)
        nearest = np.linalg.norm(self.loops[1] - middle, axis=1).argmin()
        self.met = self.space.add_dots(self.loops[1, nearest : nearest + 1], mu.style.HIGHLIGHT, radius=0.13)
        self.met.set_z_index(8)

    def told(self) -> dict[Mobject, dict[str, Any]]:
        """Return both parts of the tubes as data, for the film as a document."""
        cut = np.zeros(4) if self.cut is None else np.append(self.cut.weight[0, :3], self.cut.bias)
        look: dict[str, Any] = {
            "kind": "tubes", "curves": self.told_curves, "radius": TUBE + DOT, "along": ALONG, "around": AROUND // 2,
            "colours": told_colours(mu.style.CLASS_COLOURS[: len(self.loops)]),
            "wrong": self.wrong[:, ::FINER].astype(float).ravel(), "pink": np.array([self.pink]),
            "wrong_colour": told_colours([mu.style.WRONG])[0], "sheet": np.array([SHEET_OPACITY * self.sheet]),
            "sheet_dots": FILM, "sheet_radius": DOT, "sheet_colour": told_colours(mu.style.CLASS_COLOURS[:1])[0],
            "stripes": [STRIPES * (k % 2) for k in range(len(self.loops))], "stripe": STRIPE_SHADE,
            "fourth": np.array([self.fourth]), "cut": cut,
            "fourth_colours": told_colours(FOURTH_COLOURS), "fourth_rim": RIM, "fourth_stop": FOURTH_STOPS[-1],
            "light": LIGHT.tolist(), "darkest": DARKEST, "rim": 0.3, "far_share": FAR_SHARE,
        }  # fmt: skip
        return {self.far: {**look, "side": "far"}, self.near: {**look, "side": "near"}}

    def redraw(self) -> None:
        """Draw the tubes where they are, after a change of colouring or cut; moves of space do this themselves."""
        self.part.show(self.space.view)

    def changed(self, **shares: tuple[float, float]) -> UpdateFromAlphaFunc:
        """Return the animation that leads `fourth`, `pink` or `sheet` from one share to another."""

        def show(_: object, t: float) -> None:
            for name, (start, end) in shares.items():
                setattr(self, name, (1 - t) * start + t * end)
            self.redraw()

        return UpdateFromAlphaFunc(self.dots, show)

    def show_cut(self, readout: Dense | None) -> None:
        """From now on let the plane of a readout hide what is behind it; None for no plane."""
        self.cut = readout
        self.redraw()

    def enter(self, network: Network, time: float = 0.0) -> None:
        """From now on let time, from one that fits where space stands, run through the layers of a network, two moves a
        layer."""
        self.space.restart(*(move for k, layer in enumerate(network.hidden) for move in affine_then_bend(layer, k)))
        self.space.time = time

    def carried(
        self, time: float, seen: tuple[float, float], data: Dataset, _: mu.Diagram, run_time: float = CARRY
    ) -> mu.AnimateToTime:
        """Return the animation that carries space to a time; seen: turn and tilt of the view there. The data fit."""
        view = replace(self.space.view, turn=seen[0], tilt=seen[1])
        view = view.fitting(self.space.at(data.points, time))
        return mu.AnimateToTime(self.space, time, view, keep=data.points, run_time=run_time)

    def pair(self, legend: VGroup, time: float = 2 + MEETING) -> tuple[mu.Dots, Group]:
        """Add dots at the points of both curves that come nearest to each other in three dimensions at a time; and
        beside the bar of a legend a marker of each, which shows its fourth coordinate at every moment."""
        first, second = (self.space.at(loop[::8], time)[:, :3] for loop in self.loops)
        apart = np.linalg.norm(first[:, None] - second, axis=2)
        i, j = np.unravel_index(apart.argmin(), apart.shape)
        points = np.stack([self.loops[0][8 * i], self.loops[1][8 * j]])
        markers = [
            mu.Dots(np.zeros((1, 3)), radius=0.15, color=colour, marker=marker).set_z_index(12)
            for colour, marker in zip(mu.style.CLASS_COLOURS[:2], mu.style.CLASS_MARKERS, strict=False)
        ]

        def put(_: Array) -> None:
            fourth = self.space.where(points)[:, 3:]
            for marker, value in zip(markers, fourth.ravel() if fourth.size else (0.0, 0.0), strict=True):
                marker.set_centres(beside_bar(legend, float(value))[None])

        dots = self.space.add_dots(points, mu.style.HIGHLIGHT, radius=0.13).set_z_index(8)
        return dots, self.space.follow(points, Group(*markers), put, sign=True)

    def draw(self, _: Array) -> None:
        """Draw all of it, the farthest first, in two parts: behind the cut and before it."""
        view, count = self.space.view, self.loops[0].shape[0]
        now = self.part.now
        images = now[: 2 * count].reshape(2, count, -1)
        places, colours = [now[2 * count :, :3]], [self.sheet_colours(len(now) - 2 * count)]
        for k, image in enumerate(images):
            where, along = evenly(image, TUBE / view.unit)
            surface, normals = around(view.axes(where), TUBE / view.unit)
            facing = normals[..., 2] > -0.1  # the tube's own front hides the rest
            places.append((surface @ view.rotation)[facing])
            colours.append(self.tube_colours(k, where, along, normals)[facing])
        place, rgbas = np.vstack(places), np.vstack(colours)
        chosen = rgbas[:, 3] > 0
        place, rgbas = place[chosen], rgbas[chosen]
        order = np.argsort(view.axes(place)[:, 2], kind="stable")
        place, rgbas = place[order], rgbas[order]
        near = self.on_near_side(place)
        for dots, some in ((self.far, ~near), (self.near, near)):
            dots.radius = DOT
            dots.set_centres(view.project(place[some])).set_rgbas(rgbas[some])

    def sheet_colours(self, count: int) -> Array:
        """Return the colours (count, 4) of the dots of the sheet."""
        return np.tile([*ManimColor(mu.style.CLASS_COLOURS[0]).to_rgb(), SHEET_OPACITY * self.sheet], (count, 1))

    def tube_colours(self, k: int, where: Array, along: Array, normals: Array) -> Array:
        """Return the colours (ALONG, AROUND, 4) of tube k: lit, with rims, and darker where it is far."""
        count = len(self.loops[k])
        hue = np.tile(ManimColor(mu.style.CLASS_COLOURS[k]).to_rgb(), (ALONG, 1))
        pink = self.pink * self.wrong[k][np.rint(along).astype(int) % count, None]
        hue = (1 - pink) * hue + pink * np.array(ManimColor(mu.style.WRONG).to_rgb())
        if k % 2:
            hue *= np.where((along * 2 * STRIPES // count) % 2 == 1, STRIPE_SHADE, 1.0)[:, None]
        lit = DARKEST + (1 - DARKEST) * np.clip(normals @ LIGHT / np.linalg.norm(LIGHT), 0, 1)
        depth = self.space.view.axes(where)[:, 2]
        lit *= (1 - FAR_SHARE * np.clip(0.5 - depth / 2, 0, 1))[:, None]
        body = lit[..., None] * hue[:, None]
        height = where[:, 3] if where.shape[1] > 3 else np.zeros(ALONG)
        rim = self.fourth * np.clip((RIM - normals[..., 2]) / 0.1, 0, 1)[..., None]
        body = (1 - rim) * body + rim * fourth_colour(height)[:, None]
        body *= (0.15 + 0.85 * np.clip(normals[..., 2] / 0.3, 0, 1))[..., None]
        return np.concatenate([body, np.ones((ALONG, AROUND, 1))], axis=-1)

    def hides(self, points: Array) -> NDArray[np.bool_]:
        """Return which points (N, 3) of space a tube hides."""
        view, hidden = self.space.view, np.zeros(len(points), dtype=bool)
        at, near = view.project(points)[:, :2], view.axes(points)[:, None, 2]
        for loop in self.loops:
            where = self.space.where(loop[::2])
            apart = [np.subtract.outer(a, b) for a, b in zip(at.T, view.project(where)[:, :2].T, strict=True)]
            touch = np.square(apart[0]) + np.square(apart[1]) < TUBE**2
            hidden |= (touch & (view.axes(where)[:, 2] > near + 0.5 * TUBE / view.unit)).any(axis=1)
        return hidden

    def on_near_side(self, points: Array) -> NDArray[np.bool_]:
        """Return which points (N, 3) are on the viewer's side of the cut; all where there is none."""
        if self.cut is None:
            return np.ones(len(points), dtype=bool)
        weight = self.cut.weight[0]
        return np.asarray((points @ weight + self.cut.bias[0]) * (self.space.view.rotation[2] @ weight) > 0)


class Noose:
    """A bright line along the first ring that shrinks; what the tubes hide of it is not drawn.

    It shrinks in the sheet that the ring spans; straight: to a point in the middle of the ring as it is now. line: its
    mobject. end: a dot at that point.
    """

    def __init__(self, rings: Tubes, straight: bool = False) -> None:
        self.rings, self.straight, self.share = rings, straight, 1.0
        self.line = mu.Polylines(np.zeros((1, 3)), np.array([0]), color=mu.style.HIGHLIGHT, stroke_width=6, closed=True)
        rings.space.clip(self.line).set_z_index(6)
        self.end = mu.Dots(rings.space.view.project(self.at(0.0)[:1]), radius=0.13, color=mu.style.HIGHLIGHT)
        rings.space.clip(self.end).set_z_index(7)
        self.pull(1.0)

    def at(self, share: float) -> Array:
        """Return where (N, 3) the line is in space, shrunk to a share of its size."""
        ring, where = self.rings.loops[0][:: FINER // 2], self.rings.space.where
        start = where(ring) if self.straight else ring
        now = start.mean(axis=0) + share * (start - start.mean(axis=0))
        return np.asarray(now if self.straight else where(now))[:, :3]

    def pull(self, share: float) -> None:
        """Draw the line, shrunk to a share of its size."""
        places, self.share = self.at(share), share
        self.line.set_samples(self.rings.space.view.project(places), np.array([0]))
        seen = ~self.rings.hides(places)
        self.line.set_rgbas(np.column_stack([np.tile(ManimColor(mu.style.HIGHLIGHT).to_rgb(), (len(seen), 1)), seen]))

    def pulled(self, share: float) -> UpdateFromAlphaFunc:
        """Return the animation in which the line shrinks to a share of its size."""
        start = self.share
        return UpdateFromAlphaFunc(
            self.line, lambda _, t: self.pull((1 - t) * start + t * share), run_time=mu.style.MOVE_SECONDS
        )


class Trial(Group):
    """A plane among the rings that can be moved, and lit points where it cuts a ring."""

    def __init__(self, rings: Tubes, place: Array) -> None:
        self.rings, self.place = rings, place
        self.plane = Polygon(*np.zeros((4, 3)), color=mu.style.ANSWER, stroke_width=2, fill_opacity=0.22)
        self.cuts = mu.Dots(np.zeros((0, 3)), radius=0.13, color=mu.style.HIGHLIGHT)
        super().__init__(rings.space.clip(self.plane).set_z_index(4), rings.space.clip(self.cuts).set_z_index(7))
        self.put(place)

    def put(self, place: Array) -> None:
        """Put the plane normal . x + offset = 0 in its place: normal and offset as (4,)."""
        view, normal = self.rings.space.view, place[:3] / np.linalg.norm(place[:3])
        offset = place[3] / np.linalg.norm(place[:3])
        across, up, _ = view.upright(normal).frame
        corners = -offset * normal + np.array([across + up, up - across, -across - up, across - up])
        self.plane.set_points_as_corners(view.project(np.vstack([corners, corners[:1]])))
        cuts = []
        for loop in self.rings.loops:
            following, signed = np.roll(loop, -1, axis=0), loop @ normal + offset
            after = np.roll(signed, -1)
            crossed = (signed > 0) != (after > 0)
            share = (signed[crossed] / (signed - after)[crossed])[:, None]
            cuts.append((1 - share) * loop[crossed] + share * following[crossed])
        self.cuts.set_centres(view.project(np.vstack(cuts)))
        self.place = place
        self.rings.show_cut(Dense(normal[None], np.array([offset])))

    def led(self, places: Array, **kwargs: Any) -> UpdateFromAlphaFunc:
        """Return the animation that leads the plane through places (K, 4), and slows down at each."""
        stops = np.vstack([self.place, places])

        def show(_: object, t: float) -> None:
            whole, part = divmod(t * len(places), 1)
            when = whole + smooth(part)
            self.put(np.array([np.interp(when, np.arange(len(stops)), x) for x in stops.T]))

        return UpdateFromAlphaFunc(self.cuts, show, rate_func=lambda t: t, **kwargs)


def told_colours(colours: Sequence[str]) -> list[list[int]]:
    """Return colours as red, green, blue and opacity, each from 0 to 255."""
    return [[*ManimColor(colour).to_int_rgb().tolist(), 255] for colour in colours]


def spanned(loop: Array, count: int) -> Array:
    """Return points (count, 3), even by area, of the disk in a circle (M, 3)."""
    middle, k = loop.mean(axis=0), np.arange(count)
    out = loop[(k * (3 - np.sqrt(5)) / 2 * len(loop)).astype(int) % len(loop)] - middle
    return np.asarray(middle + np.sqrt((k[:, None] + 0.5) / count) * out)


def finer(curve: Array, factor: int = FINER) -> Array:
    """Return more points (factor M, d) of the smooth closed curve through points (M, d)."""
    return np.asarray(factor * np.fft.irfft(np.fft.rfft(curve, axis=0), factor * len(curve), axis=0))


def evenly(curve: Array, radius: float) -> tuple[Array, Array]:
    """Return ALONG points (ALONG, d) of a closed curve (M, d), closer to each other where a tube around its first three
    coordinates is bent, and between which of its points (by number, not whole) they lie."""
    ends = np.vstack([curve, curve[:1]])
    steps = np.diff(ends[:, :3], axis=0)
    long = np.linalg.norm(steps, axis=1)
    cosine = (steps * np.roll(steps, 1, axis=0)).sum(axis=1) / np.maximum(long * np.roll(long, 1), 1e-12)
    far = np.append(0.0, np.cumsum(long + radius * np.arccos(np.clip(cosine, -1, 1))))
    number = np.interp(np.linspace(0, far[-1], ALONG, endpoint=False), far, np.arange(len(ends)))
    return np.column_stack([np.interp(number, np.arange(len(ends)), x) for x in ends.T]), number


def around(curve: Array, radius: float) -> tuple[Array, Array]:
    """Return the tube (M, AROUND, 3) around a closed curve (M, 3), and its normals."""
    along = np.roll(curve, -1, axis=0) - np.roll(curve, 1, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    first = np.cross(along, np.eye(3)[np.abs(along).argmin(axis=1)])
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    angle = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)[:, None]
    normals = np.cos(angle) * first[:, None] + np.sin(angle) * np.cross(along, first)[:, None]
    return np.asarray(curve[:, None] + radius * normals), normals


def fourth_colour(values: Array) -> Array:
    """Return the colours (..., 3) that stand for a fourth coordinate (...), the same beyond FOURTH_STOPS."""
    stops = np.array([ManimColor(colour).to_rgb() for colour in FOURTH_COLOURS])
    return np.stack([np.interp(values, FOURTH_STOPS, stops[:, k]) for k in range(3)], axis=-1)


def fourth_legend(box: mu.Box) -> VGroup:
    """Return a bar of the colours that stand for the fourth coordinate, among the signs; upright if there is room."""
    colours = [ManimColor(fourth_colour(value)) for value in np.linspace(*FOURTH_STOPS[::2], 40)]
    for along, aside in ((UP, RIGHT), (RIGHT, DOWN)):
        bar = VGroup(*(Rectangle(width=0.4, height=0.06, stroke_width=0).set_fill(each, 1) for each in colours))
        bar.rotate(float(np.arctan2(along[1], along[0])) - np.pi / 2).arrange(along, buff=-0.01)
        marks = [mu.words(name, mu.style.LABEL_SIZE).next_to(bar[k], aside, buff=0.2)
                 for name, k in (("−½", 0), ("0", 20), ("½", 39))]  # fmt: skip
        drawn = VGroup(bar, *marks)
        title = mu.words("fourth number", mu.style.LABEL_SIZE).next_to(drawn, UP, buff=0.25 if along is UP else 0.5)
        legend = VGroup(title, drawn)
        if legend.height * mu.style.SMALLEST_SIZE <= box.height * mu.style.LABEL_SIZE:
            break  # it fits, or its words stay large enough
    return mu.put(legend.set_z_index(12), box, UP)


def beside_bar(legend: VGroup, value: float) -> Array:
    """Return the place (3,) beside the bar of a legend where it has a fourth coordinate, away from its numbers."""
    bar, lowest, *_ = legend[1]
    away = bar[0].get_center() - lowest.get_center()
    share = np.interp(value, FOURTH_STOPS[::2], (0, 1))
    ends = bar[0].get_center(), bar[-1].get_center()
    return np.asarray((1 - share) * ends[0] + share * ends[1] + 0.45 * away / np.linalg.norm(away))
