"""Lines and markers look as Manim's own strokes of a converged reference do, however they are drawn."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from manim import Camera, Polygon, Square

from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.sampling import FINENESS, sample_lines
from manim_untangle.draw.shapes import marker_polygons
from netlib import Dense, Network, Trajectory, activation

CONVERGED = 801  # samples a line of the reference
COLOUR = "#3E8FC4"
UNIT = 3.4  # scene units for one unit of space


def trajectory(name: str = "tanh", layers: int = 4) -> Trajectory:
    rng = np.random.default_rng(3)
    hidden = []
    for _ in range(layers):
        c, s = np.cos(angle := rng.uniform(-1, 1)), np.sin(angle)
        weight = np.array([[c, -s], [s, c]]) @ np.diag(rng.uniform(1.2, 1.9, 2))
        hidden.append(Dense(weight, rng.uniform(-0.2, 0.2, 2), activation(name)))
    return Trajectory.through(Network(tuple(hidden), Dense(np.ones((1, 2)), np.zeros(1), activation("identity"))))


def grid(lines: int = 21) -> np.ndarray:
    across = np.linspace(-1.5, 1.5, lines)
    upright = [[(x, -1.5), (x, 1.5)] for x in across]
    return np.array(upright + [[(-1.5, y), (1.5, y)] for y in across])


def flat(points: np.ndarray) -> np.ndarray:
    return np.pad(UNIT * points, ((0, 0), (0, 1)))


def along(name: str, time: float):
    path = trajectory(name)
    return lambda points: flat(path.at(points, time))


@cache
def converged(studio, name: str, time: float, width: float, opacity: float) -> np.ndarray:
    """Manim's own strokes of densely sampled lines."""
    at, share = along(name, time), np.linspace(0, 1, CONVERGED)[:, None]
    dense = np.concatenate([(1 - share) * a + share * b for a, b in grid()])
    starts = CONVERGED * np.arange(len(grid()))
    lines = Polylines(at(dense), starts, color=COLOUR, stroke_width=width, stroke_opacity=opacity)
    return studio.picture(lines.as_cubics(), camera=Camera)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "time", "width", "opacity"),
    [("tanh", 3.0, 2, 1.0), ("tanh", 11.6, 2, 0.85), ("tanh", 16.0, 1, 0.3), ("relu", 8.0, 4, 0.5)],
)
@pytest.mark.parametrize("height", [480, pytest.param(1080, marks=pytest.mark.slow)])
def test_films_frames_match_manims_strokes_of_a_converged_reference(
    raster, studio_of, likeness, name, time, width, opacity, height
):
    lines, at = grid(), along(name, time)
    samples, starts = sample_lines(lines, [at], FINENESS * 8 / height)
    ours = Polylines(at(samples), starts, color=COLOUR, stroke_width=width, stroke_opacity=opacity)
    studio = studio_of(height)
    similar, difference = likeness(studio.picture(ours), converged(studio, name, time, width, opacity))
    assert similar >= 0.995
    assert difference <= 0.5


MARKERS = sorted(marker_polygons())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("marker", "opacity"),
    [
        *((marker, 1.0) for marker in MARKERS),
        ("disk", 0.4),
        *(pytest.param(marker, 0.4, marks=pytest.mark.slow) for marker in MARKERS if marker != "disk"),
    ],
)
def test_markers_match_manims_shapes(raster, studio_of, likeness, marker, opacity):
    centres = np.random.default_rng(0).uniform((-6, -3.5, 0), (6, 3.5, 0), (300, 3))
    dots = Dots(centres, radius=0.08, color="#FF9A3C", marker=marker, opacity=opacity)
    shapes = dots.as_cubics()
    studio = studio_of(720)
    similar, difference = likeness(studio.picture(dots), studio.picture(shapes, camera=Camera))
    assert similar >= 0.995
    assert difference <= 0.5


def test_two_lines_that_cross_add_up_and_a_line_that_crosses_itself_does_not(raster, studio):
    cross = np.array([(-2, -1, 0), (2, 1, 0), (2, -1, 0), (-2, 1, 0)], dtype=float)
    style = {"color": "#FFFFFF", "stroke_width": 30, "stroke_opacity": 0.5}
    middle, once = (studio.height // 2, studio.width // 2), round(255 * 0.5)
    assert abs(studio.picture(Polylines(cross, [0], **style))[middle][0] - once) <= 2
    assert abs(studio.picture(Polylines(cross, [0, 2], **style))[middle][0] - round(255 * 0.75)) <= 2


@pytest.mark.parametrize("gap", [0.0, 0.02, 0.1, 0.5])
def test_a_line_that_comes_back_beside_itself_covers_a_pixel_as_much_as_its_nearer_half_does(studio, gap):
    x = np.linspace(-5, 5, 60)
    there = np.column_stack([x, np.sin(x), 0 * x])
    back = there[::-1] + np.array([0, gap, 0])
    style = {"color": "#FFFFFF", "stroke_width": 6, "stroke_opacity": 0.6}
    whole = studio.picture(Polylines(np.vstack([there, back]), [0], **style)).astype(int)
    halves = np.maximum(*(studio.picture(Polylines(half, [0], **style)) for half in (there, back))).astype(int)
    right = int(studio.width * (0.5 + 4.8 / 14.2))  # beyond, the whole line turns back and the halves end
    assert abs(whole - halves)[:, :right].max() <= 2
    assert halves[..., 0].max() > 150


def test_a_shift_of_a_tenth_of_a_pixel_moves_the_picture_by_a_tenth_of_a_pixel(raster, studio):
    line, dots = Polylines([(-5, 0.01, 0), (5, 0.5, 0)], [0], stroke_width=3), Dots([(1, 1, 0)], radius=0.1)
    for mobject, tolerance in ((line, 0.01), (dots, 1 / 32 + 0.01)):
        heights = []
        for _ in range(2):
            light = studio.picture(mobject)[..., 0].sum(axis=1)
            heights.append(light @ np.arange(studio.height) / light.sum())
            mobject.shift((0, -0.1 * 8 / studio.height, 0))
        assert heights[1] - heights[0] == pytest.approx(0.1, abs=tolerance)


def test_on_a_transparent_ground_colours_are_premultiplied_and_opacity_is_coverage(raster, studio):
    mobjects = (
        Polylines([(-5, -1, 0), (5, 2, 0)], [0], color="#FF8000", stroke_width=4, stroke_opacity=0.6),
        Dots([(0, 0, 0)], radius=0.5, color="#FF8000", opacity=0.6, outline_width=0),
    )
    for mobject in mobjects:
        picture = studio.picture(mobject, background_opacity=0)
        red, green, _, alpha = np.moveaxis(picture, -1, 0)
        assert alpha.max() == pytest.approx(0.6 * 255, abs=2)
        assert (red <= alpha + 1).all()
        assert abs(green - red * 128 / 255).max() <= 1.5
        assert (alpha == 0).mean() > 0.8


def test_a_closed_line_is_closed_and_ends_where_it_began(raster, studio, likeness):
    corners = np.array([(-2, -1, 0), (2, -1, 0), (0, 2, 0)], dtype=float)
    ours = studio.picture(Polylines(corners, [0], color="#FFFFFF", stroke_width=6, closed=True))
    manims = studio.picture(Polygon(*corners, color="#FFFFFF", stroke_width=6), camera=Camera)
    assert likeness(ours, manims)[1] < 0.1  # Manim's corners are mitred, ours are round


def test_what_lies_outside_the_frame_is_not_drawn_and_what_crosses_its_edge_is(raster, studio, likeness):
    outside = Polylines([(-30, 9, 0), (30, 9, 0), (9, -30, 0), (9, 30, 0)], [0, 2], stroke_width=8)
    assert studio.picture(outside, Dots([(8, 0, 0), (0, 5, 0), (1e7, 0, 0)]))[..., :3].max() == 0
    crossing = Polylines([(-30, -17, 0), (30, 17, 0)], [0], color="#FFFFFF", stroke_width=8)
    whole = studio.picture(crossing.as_cubics(), camera=Camera)
    assert likeness(studio.picture(crossing), whole)[0] > 0.995


def test_samples_that_are_not_finite_break_the_line(raster, studio):
    samples = np.array([(-4, 0, 0), (-1, 0, 0), (np.nan, 0, 0), (1, 0, 0), (4, 0, 0)])
    row = studio.picture(Polylines(samples, [0], stroke_width=6))[studio.height // 2, :, 0]
    assert row[studio.width // 2 - 90] > 200
    assert row[studio.width // 2 + 90] > 200
    assert row[studio.width // 2] == 0


def test_every_sample_may_have_its_own_colour_and_opacity(raster, studio):
    x = np.linspace(-6, 6, 61)
    samples = np.column_stack([x, np.zeros(61), np.zeros(61)])
    share = np.linspace(0, 1, 61)
    rgbas = np.column_stack([share, 1 - share, np.zeros(61), np.ones(61)])
    row = studio.picture(Polylines(samples, [0], rgbas=rgbas, stroke_width=20, stroke_opacity=0.5))
    row = row[studio.height // 2]
    for position in (-5.5, 0.1, 5.5):
        pixel = row[round(studio.width / 2 + position * studio.height / 8)]
        assert pixel[0] == pytest.approx(255 * 0.5 * (position + 6) / 12, abs=6)
        assert pixel[1] == pytest.approx(255 * 0.5 * (6 - position) / 12, abs=6)
    dots = Dots([(-3, 0, 0), (3, 0, 0)], radius=0.5, rgbas=np.array([(1, 0, 0, 1), (0, 0, 1, 0.5)]), outline_width=0)
    middle = studio.picture(dots)[studio.height // 2]
    assert tuple(middle[round(studio.width / 2 - 3 * studio.height / 8)][:3]) == (255, 0, 0)
    assert abs(middle[round(studio.width / 2 + 3 * studio.height / 8)][2] - 128) <= 1


def test_later_markers_lie_on_top(raster, studio):
    rgbas = np.array([(1, 0, 0, 1), (0, 1, 0, 1)], dtype=float)
    dots = Dots([(0, 0, 0), (0, 0, 0)], radius=0.3, rgbas=rgbas)
    assert tuple(studio.picture(dots)[studio.height // 2, studio.width // 2][:3]) == (0, 255, 0)


@pytest.mark.slow
def test_very_large_markers_are_drawn_too(raster, studio_of, likeness):
    dots, studio = Dots([(0, 0, 0)], radius=2.0, color="#FF9A3C", marker="ring"), studio_of(720)
    assert likeness(studio.picture(dots), studio.picture(dots.as_cubics(), camera=Camera))[1] < 0.1


def test_more_lines_than_there_are_numbers_are_drawn_alike(studio_of):
    studio = studio_of(120)
    lines = Polylines([(-4, -1, 0), (4, 1, 0), (-4, 1, 0), (4, -1, 0)], [0, 2], stroke_opacity=0.5, stroke_width=9)
    first = studio.picture(lines)
    assert all((studio.picture(lines) == first).all() for _ in range(200))
    corners = np.tile([(-4.0, -9, 0), (4, 9, 0), (4, -9, 0)], (600, 1))
    once = Polylines(corners, 3 * np.arange(600), stroke_opacity=1 / 256, stroke_width=9)
    middle = studio.picture(once)[studio.height // 2, studio.width // 2, 0]
    assert middle > 100  # each of the 600 lines added its share


def test_lines_after_a_mobject_of_manims_leave_it_as_it_is(raster, studio):
    square = Square(4, color="#FFFFFF", stroke_width=20)
    line = Polylines([(-1, 0, 0), (1, 0, 0)], [0], color="#FF0000", stroke_width=20)
    picture = studio.picture(square, line, camera=Camera)
    alone = studio.picture(square, camera=Camera)
    assert (picture[: studio.height // 3] == alone[: studio.height // 3]).all()
    assert tuple(picture[studio.height // 2, studio.width // 2][:3]) == (255, 0, 0)


def test_filled_lines_cover_what_manims_filled_curves_cover_and_a_hole_stays_a_hole(studio, likeness):
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
    samples, starts = np.vstack([3 * circle, 1.5 * circle[::-1]]), np.array([0, 60])
    area = Polylines(samples, starts, stroke_width=0, closed=True).set_fill(COLOUR, 0.5)
    picture = studio.picture(area)
    similar, difference = likeness(picture, studio.picture(area.as_cubics(), camera=Camera))
    assert similar > 0.999
    assert difference < 0.1
    height, width = picture.shape[:2]
    assert not picture[height // 2, width // 2, :3].any()  # in the hole
    assert picture[height // 2, width // 2 + round(2.2 * height / 8), :3].any()
