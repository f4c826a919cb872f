"""The grid of real films: smooth in every layer, and drawn as Manim draws a converged grid."""

from __future__ import annotations

import numpy as np
import pytest
from manim import Camera, Mobject, tempconfig

from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.stage.animations import AnimateToTime, ApplyMove
from manim_untangle.stage.space import Part, Space
from netlib import Recipe, affine_then_bend
from netlib.training.catalogue import SPIRALS, TOO_NARROW

CONVERGED = 1601  # samples a line; the grid is larger than the frame


def flowing(recipe: Recipe, layer: int, bend: bool, alpha: float, height: int) -> Space:
    """Return the space of a film in the middle of a move."""
    with tempconfig({"pixel_height": height, "pixel_width": height * 16 // 9}):
        space, network = Space(), recipe.load()
        space.add_data(recipe.dataset())
        moves = [move for k in range(layer + 1) for move in affine_then_bend(network.hidden[k], k)]
        for move in moves if bend else moves[:-1]:
            flow = ApplyMove(space, move)
            flow.begin()
            flow.interpolate(1.0)
        flow.interpolate(alpha)
    return space


def densely(space: Space, part: Part) -> Mobject:
    """Return a part of space as ordinary mobjects, its lines sampled so densely that more would change nothing."""
    mobject = part.mobject
    if part.lines is None or not isinstance(mobject, Polylines):
        return mobject.as_cubics()
    share = np.linspace(0, 1, CONVERGED)[:, None]
    dense = np.concatenate([(1 - share) * a + share * b for a, b in part.lines])
    return mobject.copy().set_samples(space.on_screen(dense), CONVERGED * np.arange(len(part.lines))).as_cubics()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "layer", "bend", "alpha"),
    [
        pytest.param(SPIRALS, 0, True, 0.6, marks=pytest.mark.slow),
        pytest.param(SPIRALS, 3, False, 1.0, marks=pytest.mark.slow),
        (SPIRALS, 3, True, 1.0),
        pytest.param(TOO_NARROW, 2, True, 0.5, marks=pytest.mark.slow),
    ],
    ids=lambda value: value.slug if isinstance(value, Recipe) else str(value),
)
def test_a_frame_of_a_film_is_drawn_as_manim_draws_it_from_converged_lines(
    recipe, layer, bend, alpha, studio_of, likeness
):
    studio = studio_of(720)
    space = flowing(recipe, layer, bend, alpha, studio.height)
    assert {type(part.mobject) for part in space.parts} == {Polylines, Dots}
    reference = [densely(space, part) for part in sorted(space.parts, key=lambda part: part.mobject.z_index)]
    similar, difference = likeness(studio.picture(space), studio.picture(*reference, camera=Camera))
    assert similar >= 0.995
    assert difference <= 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe", [SPIRALS, pytest.param(TOO_NARROW, marks=pytest.mark.slow)], ids=lambda recipe: recipe.slug
)
def test_at_1080p_no_layer_of_a_film_is_off_by_half_a_pixel(recipe):
    half = 0.5 * 8 / 1080
    for layer in range(len(recipe.load().hidden)):
        for bend in (False, True):
            space = flowing(recipe, layer, bend, 1.0, 1080)
            for part in (part for part in space.parts if part.lines is not None):
                assert _farthest(space, part) <= half


def _farthest(space: Space, part: Part) -> float:
    """Largest distance, on the screen, of the true images of a part's lines from its drawn chords."""
    worst, share = 0.0, np.linspace(0, 1, 4001)
    for (a, b), own in zip(part.lines[::5], np.split(part.inputs, part.mobject.starts[1:])[::5], strict=True):
        at = np.linalg.norm(own - a, axis=1) / np.linalg.norm(b - a)
        chord = np.clip(np.searchsorted(at, share, side="right") - 1, 0, len(own) - 2)
        ends, true = space.on_screen(own), space.on_screen(a + share[:, None] * (b - a))
        along, offset = (ends[1:] - ends[:-1])[chord], true - ends[chord]
        t = np.clip((offset * along).sum(1) / np.maximum((along**2).sum(1), 1e-300), 0, 1)[:, None]
        worst = max(worst, float(np.linalg.norm(offset - t * along, axis=1).max()))
    return worst


@pytest.mark.slow
def test_a_journey_back_over_several_moves_is_sampled_for_all_of_them():
    space = flowing(SPIRALS, 3, True, 1.0, 1080)
    with tempconfig({"pixel_height": 1080}):
        back = AnimateToTime(space, 0.0)
        back.begin()
    for alpha in (0.0, 0.37, 0.5, 0.81):
        back.interpolate(alpha)
        for part in (part for part in space.parts if part.lines is not None):
            assert _farthest(space, part) <= 0.5 * 8 / 1080
