"""Every film, rendered at low quality: what its decoded frames show is what its network computes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from scipy.spatial import cKDTree
from shots import APART_PX, Shot, found, kept_shots

from manim_untangle.render.film import render
from manim_untangle.render.films import FilmFile, films
from manim_untangle.render.settings import Quality, settings
from netlib import Network
from netlib.activations import Array
from netlib.certificates.directions import renumbered
from netlib.errors import UntangleError

FASTEST_READER = 17  # characters a second
NEAR_PX = 2.0
FEWEST_DOTS = 4
# Films whose points do not go through a network's layers by its moves.
ELSEWHERE = {
    "learning": "the weights change, not the layer: test_learning.py holds each moment against its recorded network",
    "linked_rings": "rings are drawn as tubes: test_linked_rings.py holds them against the forward pass",
}
SIZE = (854, 480)


@dataclass(frozen=True)
class Seen:
    """A rendered film: its record, its moments, its networks, and its frames by index."""

    record: dict[str, Any]
    shots: list[Shot]
    networks: list[Network]
    facts: dict[str, Any]
    frames: dict[int, Array]


@pytest.fixture(scope="module", params=films(), ids=lambda film: film.name)
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    film: FilmFile = request.param
    out = tmp_path_factory.mktemp("renders")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNTANGLE_CACHE", str(out / "cache"))
        with kept_shots(patch) as (shots, networks):
            render(film, settings(Quality.l), out)
    record = json.loads((out / film.name / "film.json").read_text())
    shots = spread([shot for shot in shots if len(dots_apart(shot, networks)) >= FEWEST_DOTS])
    fps = record["video"]["fps"]
    facts, frames = decoded(out / film.name / "film.mp4", {round(shot.time * fps) for shot in shots})
    return Seen(record, shots, list(networks), facts, frames)


def spread(shots: list[Shot], most: int = 5) -> list[Shot]:
    """At most a few of the shots, from the first to the last."""
    return [shots[k] for k in np.unique(np.linspace(0, len(shots) - 1, most).round().astype(int))] if shots else []


def decoded(path: Path, wanted: set[int]) -> tuple[dict[str, Any], dict[int, Array]]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context, count, frames = stream.codec_context, 0, {}
        for count, frame in enumerate(container.decode(stream), start=1):
            if count - 1 in wanted:
                frames[count - 1] = frame.to_ndarray(format="rgb24")
        facts = {
            "codec": context.name,
            "pixels": context.pix_fmt,
            "size": (context.width, context.height),
            "rate": float(stream.average_rate),
            "frames": count,
        }
        return facts, frames


@pytest.mark.slow
def test_the_video_is_h264_of_the_size_rate_and_length_that_film_json_says(seen: Seen) -> None:
    video = seen.record["video"]
    assert (seen.facts["codec"], seen.facts["pixels"]) == ("h264", "yuv420p")
    assert seen.facts["size"] == (video["width"], video["height"]) == SIZE
    assert (seen.facts["rate"], seen.facts["frames"]) == (video["fps"], video["frames"])
    assert video["seconds"] == pytest.approx(video["frames"] / video["fps"], abs=1e-3)


@pytest.mark.slow
def test_dots_in_decoded_frames_lie_where_the_forward_pass_puts_them(seen: Seen) -> None:
    if seen.record["film"] in ELSEWHERE:
        pytest.skip(ELSEWHERE[seen.record["film"]])
    assert len(seen.shots) >= 3
    for shot in seen.shots:
        frame = seen.frames[round(shot.time * seen.record["video"]["fps"])]
        expected = dots_apart(shot, seen.networks)
        centres = [found(frame, at, colour) for at, colour in expected]
        far = [
            np.linalg.norm(centre - at) for centre, (at, _) in zip(centres, expected, strict=True) if centre is not None
        ]
        missed = len(expected) - len(far)
        # leant back, some dots lie behind others or behind the plane
        hidden = 0.4 if shot.view.tilt else 0.1
        assert missed <= hidden * len(expected), (
            f"at {shot.time:.1f} s {missed} of {len(expected)} dots are not in the frame"
        )
        assert max(far) <= NEAR_PX, f"at {shot.time:.1f} s a dot is {max(far):.2f} px away"


@pytest.mark.slow
def test_a_film_lasts_20_to_60_seconds_and_the_whole_story_about_two_minutes(seen: Seen) -> None:
    shortest, longest = (105, 135) if seen.record["film"] == "what_a_layer_does" else (20, 60)
    assert shortest <= seen.record["video"]["seconds"] <= longest


@pytest.mark.slow
def test_words_stay_long_enough_to_be_read(seen: Seen) -> None:
    words = [word for section in seen.record["sections"] for word in section["words"]]
    assert words
    for word in words:
        assert len(word["text"]) / (word["end"] - word["start"]) <= FASTEST_READER, word["text"]


@pytest.mark.slow
def test_every_claim_in_the_record_holds_with_its_evidence(seen: Seen) -> None:
    for claim in seen.record["claims"]:
        assert claim["measured"]
        assert claim["resolution"]
        assert any(claim["text"] == word["text"] for section in seen.record["sections"] for word in section["words"])


def dots_apart(shot: Shot, networks: list[Network]) -> list[tuple[Array, Array]]:
    """Where the forward pass puts the dots that stand apart from all others: place (2,) in pixels, and colour (3,)."""
    network = next(filter(shot.shows, (*networks, *same_functions(networks))), None)
    if network is None or not shot.dots:
        return []
    places = [(shot.pixels(network, inputs, SIZE), colour) for colour, inputs, _ in shot.dots]
    marks = [shot.pixels(network, inputs, SIZE) for inputs in shot.marks]
    everything = np.vstack([*(places_of_class for places_of_class, _ in places), *marks])
    return [(at, colour) for some, colour in places for at in in_the_clear(some, everything)]


def same_functions(networks: list[Network]) -> Iterator[Network]:
    """The networks whose first layer can be renumbered, with other numbers."""
    for network in networks:
        with suppress(UntangleError):
            yield renumbered(network)


def in_the_clear(places: Array, everything: Array) -> Array:
    """Of places (N, 2), those with no other dot near, and not under the signs in the corners or the caption."""
    neighbours = cKDTree(everything).query(places, k=2)[0][:, 1]
    x, y = places.T
    corner = (np.abs(x - SIZE[0] / 2) > 200) & (y < 240)
    return places[(neighbours > APART_PX) & ~corner & (y < 370) & (y > 8) & (x > 8) & (x < SIZE[0] - 8)]
