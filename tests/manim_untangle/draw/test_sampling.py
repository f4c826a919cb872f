"""Sampled lines stay within the tolerance of their true images, with hardly more samples than the fewest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manim import tempconfig

from manim_untangle.draw.sampling import pixels, sample_lines
from netlib import Dense, Network, Trajectory, activation
from tests.thorough import examples

UNIT = 3.4


def maps_through(name: str, layers: int = 5, seed: int = 0) -> list:
    rng = np.random.default_rng(seed)
    hidden = tuple(
        Dense(np.linalg.qr(rng.normal(size=(2, 2)))[0] * rng.uniform(1.2, 2.0), rng.normal(0, 0.2, 2), activation(name))
        for _ in range(layers)
    )
    path = Trajectory.through(Network(hidden, Dense(np.ones((1, 2)), np.zeros(1), activation("identity"))))
    return [lambda p, t=t: UNIT * path.at(p, t)[:, :2] for t in np.linspace(0, len(path.moves), 2 * layers + 1)]


def grid(lines: int = 4) -> np.ndarray:
    across = np.linspace(-1.5, 1.5, lines)
    return np.array([[(x, -1.5), (x, 1.5)] for x in across] + [[(-1.5, y), (1.5, y)] for y in across])


def farthest(lines: np.ndarray, samples: np.ndarray, starts: np.ndarray, maps: list, fine: int = 4_001) -> float:
    """Largest distance of the true images of all lines from the chords between their samples, in any map."""
    worst, share = 0.0, np.linspace(0, 1, fine)
    for (a, b), own in zip(lines, np.split(samples, starts[1:]), strict=True):
        at = np.linalg.norm(own - a, axis=1) / np.linalg.norm(b - a)
        chord = np.clip(np.searchsorted(at, share, side="right") - 1, 0, len(own) - 2)
        true = a + share[:, None] * (b - a)
        for image in maps:
            ends, points = image(own), image(true)
            along, offset = (ends[1:] - ends[:-1])[chord], points - ends[chord]
            square = np.maximum((along**2).sum(1), 1e-300)
            t = np.clip((offset * along).sum(1) / square, 0, 1)[:, None]
            worst = max(worst, float(np.linalg.norm(offset - t * along, axis=1).max()))
    return worst


def fewest(line: np.ndarray, maps: list, tolerance: float, fine: int = 1001) -> int:
    """Samples of the longest chords from the left, by bisection: no chain of chords is shorter by much."""
    points = line[0] + np.linspace(0, 1, fine)[:, None] * (line[1] - line[0])
    images = np.stack([image(points) for image in maps])

    def fits(start: int, end: int) -> bool:
        inner = images[:, start + 1 : end] - images[:, start, None]
        along = (images[:, end] - images[:, start])[:, None]
        t = np.clip((inner * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-300), 0, 1)
        return np.linalg.norm(inner - t[..., None] * along, axis=-1).max() <= tolerance

    count, start = 1, 0
    while start < fine - 1:
        end, beyond = start + 1, fine
        while beyond - end > 1:
            middle = (end + beyond) // 2
            end, beyond = (middle, beyond) if fits(start, middle) else (end, middle)
        count, start = count + 1, end
    return count


@pytest.mark.parametrize("name", ["tanh", "relu", "leaky_relu", "sigmoid"])
@pytest.mark.parametrize("height", [480, 1080])
def test_no_layer_shows_a_line_more_than_a_quarter_of_a_pixel_from_its_true_image(name, height):
    maps, lines, quarter = maps_through(name), grid(), 0.25 * 8 / height
    samples, starts = sample_lines(lines, maps, quarter)
    assert farthest(lines, samples, starts, maps) <= quarter


def test_films_default_is_at_1080p_less_than_a_tenth_of_a_pixel_in_any_of_five_layers():
    maps, lines = maps_through("tanh", seed=4), grid()
    with tempconfig({"pixel_height": 1080, "frame_height": 8.0}):
        samples, starts = sample_lines(lines, maps)
        assert farthest(lines, samples, starts, maps) <= pixels(0.1)
        assert pixels(0.1) == pytest.approx(0.1 * 8 / 1080)


@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_hardly_more_samples_are_taken_than_the_fewest_that_would_do(name):
    maps, lines, tolerance = maps_through(name), grid(3), 0.25 * 8 / 1080
    samples, _ = sample_lines(lines, maps, tolerance)
    assert len(samples) <= 1.15 * sum(fewest(line, maps, tolerance) for line in lines)


def test_a_line_that_stays_straight_has_two_samples_and_lines_keep_their_ends():
    lines = np.random.default_rng(0).uniform(-1, 1, (7, 2, 3))
    samples, starts = sample_lines(lines, [lambda p: p, lambda p: p[:, :2] @ np.ones((2, 2))], 1e-3)
    assert len(samples) == 14
    np.testing.assert_allclose(samples[starts], lines[:, 0])
    np.testing.assert_allclose(samples[starts + 1], lines[:, 1])


def test_the_way_back_takes_the_samples_of_the_way_there_without_looking_for_them_again():
    evaluated = []

    def counted(at):
        return lambda points: (evaluated.append(len(points)), at(points))[1]

    maps = [counted(at) for at in maps_through("tanh", seed=8)]
    there = sample_lines(grid(), maps, 1e-3)
    before = sum(evaluated)
    back = sample_lines(grid(), maps[::-1], 1e-3)
    assert sum(evaluated) - before < before / 20
    np.testing.assert_array_equal(back[0], there[0])


def test_no_lines_give_no_samples():
    samples, starts = sample_lines(np.empty((0, 2, 2)), [lambda p: p], 0.01)
    assert samples.shape == (0, 2)
    assert len(starts) == 0


@examples(25)
@given(bend=st.floats(0.1, 8), frequency=st.floats(0.2, 6), tolerance=st.floats(1e-3, 0.2), start=st.floats(-3, 3))
def test_any_wave_is_followed_within_the_tolerance(bend, frequency, tolerance, start):
    wave = [lambda p: np.column_stack([p[:, 0], bend * np.sin(frequency * p[:, 0])])]
    lines = np.array([[[start], [start + 4.0]]])
    samples, starts = sample_lines(lines, wave, tolerance)
    assert farthest(lines, samples, starts, wave, 4001) <= 1.001 * tolerance
