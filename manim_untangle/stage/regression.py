"""A network whose answer is a number: points in the colours of their targets, the readout's direction as an arrow, the
inputs with equal answers, and the answer as a height over one input or two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, ApplyMethod, FadeIn, FadeOut, Group, ManimColor, Mobject

from manim_untangle.draw import style
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.shapes import FlatArrow
from manim_untangle.draw.text import words
from manim_untangle.stage.animations import AnimateToTime, ChangeView
from manim_untangle.stage.layout import current_layout
from manim_untangle.stage.marks import Z, number
from manim_untangle.stage.signs import Table
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import LEAN, TURN, View
from netlib.activations import Array
from netlib.boundary import level_curves
from netlib.certificates import network_claims as claims
from netlib.certificates.claims import better_than_linear, better_than_the_mean, linear_fit
from netlib.datasets import Dataset
from netlib.layers import Dense
from netlib.motion.moves import blend_move
from netlib.motion.trajectory import CachedTrajectory
from netlib.network import Network

if TYPE_CHECKING:
    from manim_untangle.stage.network_film import NetworkFilm

LOWEST, MIDDLE, HIGHEST = style.CLASS_COLOURS[0], "#DDDDDD", style.CLASS_COLOURS[1]
LEVELS = 9  # lines of equal answers, between the smallest and the largest target
BAR, GAP = 0.25, 0.3  # scene units: height of the bar of colours, and between it and its numbers
BEYOND = 0.08  # of the extent of the points: how far arrow and curve reach beyond them
FLAT = {1: "straight line", 2: "flat plane"}
LONGEST_NAME = 18
LINES, SMOOTH_ALONG = 25, 97  # of a landscape: lines each way, and samples of each
HEIGHT, AROUND = 0.55, 0.04  # of the wider side of the points: how high a landscape is, and how far it reaches beyond
FROM_THE_SIDE = 1.5  # radians by which a view leans back in which depth does not look like height
PLAINLY = 0.9  # of the error of the best linear function: nearer than that is worth a word


@dataclass(frozen=True)
class TargetScale:
    """Colours of numbers from low to high."""

    low: float
    high: float

    @classmethod
    def of(cls, data: Dataset) -> TargetScale:
        """Return the colours of the targets of a regression."""
        low, high = float(data.labels.min()), float(data.labels.max())
        return cls(low, high if high > low else low + 1)

    def rgbas(self, values: Array) -> Array:
        """Return colours (N, 4) of numbers (N,); those beyond the scale get the colour of its end."""
        share = np.clip((np.asarray(values) - self.low) / (self.high - self.low), 0, 1)
        stops = np.array([ManimColor(colour).to_rgba() for colour in (LOWEST, MIDDLE, HIGHEST)])
        return np.column_stack([np.interp(share, (0, 0.5, 1), channel) for channel in stops.T])

    @property
    def levels(self) -> Array:
        """The answers (LEVELS,) of which lines are drawn."""
        return np.linspace(self.low, self.high, LEVELS + 2)[1:-1]


def target_dots(space: Space, data: Dataset, scale: TargetScale) -> Group:
    """Add the points of a regression to space, in the colours of their targets."""
    dots = space.add_dots(data.points, style.INK)
    return Group(dots.set_rgbas(scale.rgbas(data.labels)))


def target_bar(data: Dataset, scale: TargetScale) -> Group:
    """Return the colours with their smallest and largest number, and the target's name, in the place for notes."""
    slot = current_layout().slot("notes")
    name = words(target_name(data), style.LABEL_SIZE, width=slot.width).move_to(slot.corner(UP + LEFT), UP + LEFT)
    level, x = name.get_bottom()[1] - GAP - BAR / 2, np.linspace(slot.left, slot.right, 60)
    bar = Polylines(np.column_stack([x, np.full((60, 2), (level, 0.0))]), np.array([0]), stroke_width=100 * BAR)
    bar.set_rgbas(scale.rgbas(np.linspace(scale.low, scale.high, 60)))
    ends = [words(rounded(value), style.LABEL_SIZE) for value in (scale.low, scale.high)]
    for end, place, side in zip(ends, (slot.left, slot.right), (LEFT, RIGHT), strict=True):
        end.move_to((place, level - BAR / 2 - 0.1, 0), UP + side)
    return Group(name, bar, *ends).set_z_index(Z)


def target_name(data: Dataset) -> str:
    """Return what the screen calls the target of a regression."""
    name = " ".join(data.target.split()) or "target"
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def rounded(value: float) -> str:
    """Return a measured number to three digits."""
    return number(float(f"{value:.3g}"))


class RegressionScores(Table):
    """R² of the network and of the best linear function of the inputs, and how far the network is off on average."""

    def __init__(self, network: Network, data: Dataset) -> None:
        found = better_than_the_mean(network, data).measured
        rows = [("average error", rounded(float(found["mean absolute error"])), style.INK)]
        if "R^2" in found:
            left = float(np.mean(np.square(linear_fit(data))) / np.var(data.labels))
            flat = {1: "best line", 2: "best plane"}.get(data.dimension, "linear")
            rows.insert(0, ("network, R²", _share(float(found["R^2"])), style.ANSWER))
            rows.insert(1, (f"{flat}, R²", _share(1 - left), style.INK))
        super().__init__(rows, current_layout().upper)


def _share(r_squared: float) -> str:
    """R² with two decimals, never rounded up to 1."""
    return f"{min(r_squared, 0.99) if r_squared < 1 else 1.0:.2f}"


def readout_arrow(space: Space, weight: Array, drawn: Array) -> FlatArrow | None:
    """Add the arrow along which the readout's answer grows, through the middle of the points of the present picture.

    weight: of what is drawn, (k,). drawn: points (N, k). None where the answer is the same everywhere.
    """
    size = float(np.linalg.norm(weight))
    if size == 0:
        return None
    middle, along = drawn.mean(axis=0), weight / size
    extent = np.ptp(drawn, axis=0)
    room = BEYOND * max(float(extent.max()), 1e-9)
    # within the box of the points, so that both ends are in the picture; where that is thin, a little beyond it
    with np.errstate(divide="ignore"):
        reaches = [np.where(along * side > 0, drawn.max(axis=0) - middle, middle - drawn.min(axis=0)) + room
                   for side in (-1, 1)]  # fmt: skip
        back, forth = (float(np.min(reach / np.abs(along))) for reach in reaches)
    least = 2 * room
    ends = middle + np.outer([-max(back, least), max(forth, least)], along)
    arrow = FlatArrow(np.zeros(3), RIGHT, style.ANSWER, width=7.0, tip=0.3)
    return space.follow(ends, arrow, lambda points: arrow.reach(points[0], points[1]), fixed=True).set_z_index(5)


def level_lines(space: Space, readout: Dense, drawn: Array, scale: TargetScale) -> Polylines:
    """Add the straight lines of equal answers of a readout (1, 2) to the present picture of points (N, 2)."""
    weight, middle = readout.weight[0], drawn.mean(axis=0)
    steps = (scale.levels - readout.bias[0] - weight @ middle) / (weight @ weight)
    across = np.array([-weight[1], weight[0]]) / np.linalg.norm(weight)
    reach = 0.6 * float(np.ptp(drawn, axis=0).max())
    ends = (middle + np.outer(steps, weight))[:, None] + reach * np.array([-1, 1])[:, None] * across
    lines = space.add_lines(ends.reshape(-1, 2), style.ANSWER, 4, starts=2 * np.arange(len(steps)), fixed=True)
    return lines.set_rgbas(scale.rgbas(np.repeat(scale.levels, 2))).set_z_index(2)


def level_sets(space: Space, network: Network, half: tuple[float, ...], scale: TargetScale) -> Polylines:
    """Add the curves of equal answers among the inputs of the plane, within [-half, half], which every move carries."""
    found = level_curves(network, half, scale.levels)
    curves = [(curve, level) for level, each in zip(scale.levels, found, strict=True) for curve in each]
    points = np.vstack([np.zeros((0, 2)), *(curve for curve, _ in curves)])
    starts = np.cumsum([0, *(len(curve) for curve, _ in curves)])[:-1]
    lines = space.add_lines(points, style.ANSWER, width=4, starts=starts)
    values = np.concatenate([np.zeros(0), *(np.full(len(curve), level) for curve, level in curves)])
    return lines.set_rgbas(scale.rgbas(values)).set_z_index(2)


# ---- what a film of a network tells of it ------------------------------------------------------------------------


def tell_readout(film: NetworkFilm) -> None:
    """The direction in which the answer grows, which in space is put upright, and how near it is to the targets."""
    last, network = len(film.pictures.groups), film.network
    projection, drawn = film.pictures.projections[last], film.pictures.drawn(film.points, last)
    seen, width = projection.seen(network.readout), film.pictures.width(last)
    film.chapter("The readout")
    if drawn.shape[1] > 2:
        up = replace(film.space.view, tilt=FROM_THE_SIDE).upright(seen.weight[0]).framing(drawn)
        film.play(ChangeView(film.space, up, run_time=1.5 * style.MOVE_SECONDS))
    same = claims.points_on_one_spot(network(film.points))
    arrow = None if same.holds else readout_arrow(film.space, seen.weight[0], drawn)
    found: list[Mobject] = [] if arrow is None else [arrow]
    if arrow is None:
        film.claim("The network's answer is the same for every point shown.", same)
    else:
        what = f"a weighted sum of these {width} numbers" if width > 1 else "this number, times a weight"
        affine = claims.answer_is_a_weighted_sum(network.readout)
        film.claim(f"The answer is {what}, and a constant: it grows along the arrow.", affine, FadeIn(arrow))
    if arrow is not None and drawn.shape[1] == 2:
        found.append(level_lines(film.space, seen, drawn, film.target_scale))
        film.claim("On each line across the arrow the answer is the same.", affine, FadeIn(found[-1]))
    scores = RegressionScores(network, film.dataset)
    left = [sign for sign in (film.presenter.diagram, film.presenter.formula) if sign in film.mobjects]
    film.play(*map(FadeOut, left), FadeIn(scores))
    near = claims.typical_error(network, film.dataset)
    off, mean = (rounded(float(near.measured[name])) for name in ("mean absolute error", "of the mean"))
    film.claim(f"Over all points it is off by {off} on average; always saying the mean is off by {mean}.", near)
    flat = FLAT.get(network.inputs, "linear function")
    linear = better_than_linear(network, film.dataset)
    if float(linear.measured["error (RMS)"]) < PLAINLY * float(linear.measured["of the best linear function"]):
        film.claim_if_it_holds(f"No {flat} over the inputs comes as near.", linear)
    text = "No layer tears space apart or puts two points in one place."
    film.claim_if_it_holds(text, claims.layers_keep_apart(network, film.points))
    if drawn.shape[1] > 2:
        film.presenter.look_around()
    film.poster_time = film.now
    film.leaving = [*found, scores]


def tell_backwards(film: NetworkFilm) -> None:
    """Back among the inputs: the curves of equal answers, or the answer as a height over one input."""
    film.chapter("Backwards")
    curves = level_sets(film.space, film.network, film.half, film.target_scale) if film.network.inputs == 2 else None
    if curves is not None and len(curves.points):
        film.say("Which inputs get the same answer? Run the lines backwards.", FadeIn(curves))
    else:
        film.say("Back to where the points began.")
    film.play(film.space.fade_out(*film.leaving), run_time=style.FADE_SECONDS)
    start = film.presenter.fitted(film.pictures.drawn(film.points, 0), replace(film.space.view, frame=np.eye(3)))
    film.presenter.travel(0, start, 2.5 * style.MOVE_SECONDS)
    if film.network.inputs == 1:
        tell_heights(film)
    elif curves is not None and len(curves.points):
        step = rounded(float(np.diff(film.target_scale.levels)[0]))
        film.say(f"Lines of equal answers among the inputs: between two colours it changes by {step}.")
    if film.network.inputs == 2:
        tell_landscape(film, curves)


@dataclass(frozen=True)
class Landscape:
    """The answer as a height over two inputs. sheet: the plane as a grid of lines; dots: the points at their targets;
    gaps: from each of them to the sheet. space: at time 0 with these heights, at time 1 flat."""

    space: Space
    sheet: Polylines
    dots: Dots
    gaps: Polylines

    @classmethod
    def over(cls, network: Network, data: Dataset, scale: TargetScale, view: View) -> Landscape:
        """Return the landscape of a network with inputs in the plane around the points of data, while it is flat."""
        low, high = data.points.min(axis=0), data.points.max(axis=0)
        margin = AROUND * (high - low)
        low, high = low - margin, high + margin
        along, across = np.linspace(low, high, SMOOTH_ALONG).T, np.linspace(low, high, LINES).T
        lines = [np.column_stack([along[0], np.full(SMOOTH_ALONG, level)]) for level in across[1]]
        lines += [np.column_stack([np.full(SMOOTH_ALONG, level), along[1]]) for level in across[0]]
        answers, targets = network(np.vstack(lines))[:, 0], np.asarray(data.labels, dtype=np.float64)
        least, most = min(answers.min(), scale.low), max(answers.max(), scale.high)
        unit = HEIGHT * float((high - low).max()) / (most - least)

        def raised(inputs: Array, values: Array) -> Array:
            return np.column_stack([inputs, unit * (values - (least + most) / 2)])

        # heights are there at first, and the move takes them away, so that it is the identity at its start
        flat = blend_move("flat", "flatten", 3, np.diag([1.0, 1.0, 0.0]))
        space = Space(view, grid=False, dimension=3, trajectory=CachedTrajectory((flat,)))
        space.time = 1.0
        starts = SMOOTH_ALONG * np.arange(len(lines))
        sheet = space.add_lines(raised(np.vstack(lines), answers), style.GRID, 2.5, 0.9, starts)
        sheet.set_rgbas(scale.rgbas(answers))
        ends = np.stack([raised(data.points, targets), raised(data.points, network(data.points)[:, 0])], axis=1)
        gaps = space.add_lines(ends.reshape(-1, 3), style.FAINT_INK, 2.5, starts=2 * np.arange(len(targets)))
        dots = space.add_dots(ends[:, 0], style.INK).set_rgbas(scale.rgbas(targets))
        return cls(space, sheet, dots, gaps)

    @property
    def seen(self) -> View:
        """The view that leans back until all heights are seen."""
        return View(tilt=LEAN, turn=TURN).framing(self.places).centred(self.places)

    @property
    def places(self) -> Array:
        """Where sheet and points are at time 0, (N, 3)."""
        return np.vstack([part.inputs for part in self.space.parts])


def tell_landscape(film: NetworkFilm, curves: Mobject | None) -> None:
    """The targets and the answer as heights over two inputs: a sheet that is seen from the side."""
    land = Landscape.over(film.network, film.shown, film.target_scale, film.space.view)
    flat = [film.grid, film.ghost, film.dots, film.presenter.scale_bar, *([] if curves is None else [curves])]
    film.finish_reading()
    film.play(*map(FadeOut, flat), FadeIn(land.sheet), FadeIn(land.dots))
    film.say("Now let height be the answer: lean back, and the plane becomes a landscape.")
    film.play(AnimateToTime(land.space, 0, land.seen, run_time=2.5 * style.MOVE_SECONDS))
    name = target_name(film.dataset)
    film.say(f"Each point stands at its own {name}; a line shows how far off the answer is.", FadeIn(land.gaps))
    turned = land.space.view.turned(0.9)
    film.play(ChangeView(land.space, turned.centred(land.places), run_time=2.5 * style.MOVE_SECONDS))
    film.poster_time = film.now


def tell_heights(film: NetworkFilm) -> None:
    """The targets and the answer as heights over the one input."""
    data, box = film.shown, film.layout.picture.inset(1.2, 0.7)
    low, high = float(data.points.min()), float(data.points.max())
    x = np.linspace(low, high, 400)[:, None]
    answers, targets = film.network(x)[:, 0], np.asarray(data.labels, dtype=np.float64)
    least, most = min(answers.min(), targets.min()), max(answers.max(), targets.max())

    def placed(inputs: Array, values: Array) -> Array:
        places = film.space.on_screen(inputs)
        places[:, 1] = box.bottom + (values - least) / max(most - least, 1e-300) * box.height
        return places

    dots = Dots(film.space.on_screen(data.points), radius=style.DOT_RADIUS, outline=style.BACKGROUND)
    dots.set_rgbas(film.target_scale.rgbas(targets)).set_z_index(3)
    curve = Polylines(placed(x, answers), np.array([0]), color=style.ANSWER, stroke_width=5).set_z_index(4)
    ends = np.array([[film.layout.picture.left + style.MARGIN, level, 0.0] for level in (box.bottom, box.top)])
    axis = Polylines(ends, np.array([0]), color=style.FAINT_INK, stroke_width=4)
    marks = [
        words(rounded(value), style.LABEL_SIZE).next_to(end, side, buff=0.12, aligned_edge=LEFT)
        for value, end, side in zip((least, most), ends, (DOWN, UP), strict=True)
    ]
    film.play(FadeOut(film.grid, film.ghost, film.dots), FadeIn(dots), FadeIn(Group(axis, *marks)))
    film.say(f"Height shows the {target_name(data)}: each point rises to its own.")
    film.play(ApplyMethod(dots.set_centres, placed(data.points, targets), run_time=style.MOVE_SECONDS))
    film.say("And this curve is the network's answer to each input here.", FadeIn(curve))
    film.poster_time = film.now
