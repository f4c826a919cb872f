"""Tubes: closed curves in space thickened and shaded, so that a still shows which one passes in front of the other."""

from __future__ import annotations

import numpy as np
from manim import BLACK, Group, ManimColor

from manim_untangle.draw import style
from manim_untangle.draw.batched import Dots
from manim_untangle.stage.space import Part, Space
from netlib.activations import Array
from netlib.datasets import Loop
from netlib.network import Network

AROUND = 40  # samples around a tube
ALONG = 400  # and along it
LIGHT = np.array([-0.35, 0.6, 0.72])  # from where the tubes are lit, in screen axes
DARKEST, FAR_SHARE = 0.25, 0.45  # of a colour: what is left in shadow, and what the farthest point loses
STRIPES, STRIPE_SHADE = 20, 0.55  # every second tube is striped: told apart without colour
RADII = 1.02  # from one radius of the dots to the next
FOURTH_COLOURS = ("#8F63FF", "#E8E8E8", "#A8E03C")  # at -1, 0 and 1 of the fourth coordinate


class Tubes:
    """Tubes around loops in space, carried along by its moves; hidden parts are hidden, rims are dark.

    fourth: share in [0, 1] to which colour shows the fourth coordinate in place of the loop's class. cut: a network
    whose readout's plane is drawn between the parts of the tubes on its far side and those on its near side. dots: what
    is on screen.
    """

    def __init__(self, space: Space, loops: tuple[Loop, ...], radius: float) -> None:
        self.space, self.fourth, self.cut = space, 0.0, None
        surfaces = np.stack([tube(loop.points, radius) for loop in loops])
        self.grid = surfaces.shape[:3]
        self.colours = np.stack([_painted(k, *self.grid[1:]) for k in range(len(loops))])
        self.far, self.near = (Dots(np.zeros((0, 3)), color=BLACK, outline_width=0).set_z_index(z) for z in (3, 5))
        self.dots = Group(self.far, self.near)
        self.part = Part(self.dots, surfaces.reshape(-1, 3), space.where(surfaces.reshape(-1, 3)), self._draw)
        space.parts.append(self.part)
        space.add(self.dots)
        self.redraw()

    def redraw(self) -> None:
        """Draw the tubes where they are, after a change of colouring or cut; moves of space do this themselves."""
        self._draw(self.space.view.project(self.part.now))

    def show_cut(self, network: Network) -> None:
        """From now on let the plane of the network's readout hide what is behind it."""
        self.cut = network.readout
        self.redraw()

    def _draw(self, placed: Array) -> None:
        axes = self.space.view.axes(self.part.now)
        shown = self.shades(axes)[..., None] * self._hues()
        rgbas = np.concatenate([shown, np.ones((*self.grid, 1))], axis=-1).reshape(-1, 4)
        side = self._on_near_side()
        reach = _spacing(placed.reshape(*self.grid, 3))
        for dots, chosen in ((self.far, ~side), (self.near, side)):
            order = np.flatnonzero(chosen)[np.argsort(axes[chosen, 2], kind="stable")]
            dots.radius = reach
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
        rim = np.clip(normal[..., 2] / 0.4, 0.0, 1.0)
        depth = surface[..., 2]
        nearness = (depth - depth.min()) / max(float(np.ptp(depth)), 1e-9)
        return np.asarray(lit * (0.15 + 0.85 * rim) * (1 - FAR_SHARE * (1 - nearness)))

    def _hues(self) -> Array:
        now = self.part.now.reshape(*self.grid, -1)
        fourth = now[..., 3] if now.shape[-1] > 3 else np.zeros(self.grid)
        own = (1 - self.fourth) * self.colours[..., :3] + self.fourth * fourth_colour(fourth)
        return np.asarray(own * self.colours[..., 3:])

    def _on_near_side(self) -> Array:
        if self.cut is None:
            return np.ones(len(self.part.now), dtype=bool)
        weight = self.cut.weight[0]
        signed = self.part.now[:, : len(weight)] @ weight + self.cut.bias[0]
        eye = self.space.view.rotation[2] @ weight[:3]
        return np.asarray(signed * eye > 0)


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
    """Return the colours (..., 3) that stand for a fourth coordinate, the same beyond -1 and 1."""
    stops = np.array([ManimColor(colour).to_rgb() for colour in FOURTH_COLOURS])
    return np.stack([np.interp(values, (-1, 0, 1), stops[:, k]) for k in range(3)], axis=-1)


def _painted(k: int, along: int, around: int) -> Array:
    """Colour and shade (along, around, 4) of the tube of class k; odd ones are striped."""
    stripe = (np.arange(along) * 2 * STRIPES // along) % 2 == 1
    shade = np.where(stripe & (k % 2 == 1), STRIPE_SHADE, 1.0)
    row = np.column_stack([np.tile(ManimColor(style.CLASS_COLOURS[k]).to_rgb(), (along, 1)), shade])
    return np.repeat(row[:, None], around, axis=1)


def _spacing(placed: Array) -> float:
    """A dot's radius with which nearly all of the surface (loops, ALONG, AROUND, 3) on screen is covered, from a series
    of few: dots of each radius are drawn once and kept."""
    steps = [np.linalg.norm(np.roll(placed, -1, axis=k) - placed, axis=-1) for k in (1, 2)]
    wanted = 0.75 * max(np.quantile(step, 0.97) for step in steps)
    return float(RADII ** np.ceil(np.log(max(wanted, 1e-6)) / np.log(RADII)))
