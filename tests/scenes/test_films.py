"""Every film, rendered once at low quality: what its frames show, as drawn and as decoded, is what its network
computes; it keeps to its layout; and each caption is a claim or claims nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import av
import pytest
from composition import problems_found
from oracle_pictures import Sight
from sentences import CLAIM_NOTHING
from shots import SIZE, Moment, still, watched
from storyboards import Storyboard, storyboard

from manim_untangle import Film
from manim_untangle.render.engine import manim_config
from manim_untangle.render.film import render
from manim_untangle.render.films import FilmFile, films
from manim_untangle.render.settings import Quality, settings
from netlib.activations import Array

FASTEST_READER = 17  # characters a second
FPS = 10  # enough for every moment that is looked at, which are the ends of plays


@dataclass
class Plan:
    """What a film records of its moments while it renders, what must be seen at each, and what is drawn there.

    A renderer may run a film more than once: what counts is the last run.
    """

    name: str
    scene: Film | None = None
    board: Storyboard | None = None
    wanted: list[tuple[Moment, tuple[Sight, ...], Array]] = field(default_factory=list)

    def see(self, moment: Moment, scene: Film) -> None:
        if self.board is None or scene is not self.scene:
            self.scene, self.board, self.wanted = scene, storyboard(self.name), []
        if sights := self.board.wanted(moment):
            self.wanted.append((moment, sights, still(scene)))

    @property
    def in_the_video(self) -> list[tuple[Moment, tuple[Sight, ...]]]:
        """What must be seen at the end of each play, but for the grid: a video loses the colour of its lines."""
        return [(replace(moment, grids=()), sights) for moment, sights, _ in self.wanted if moment.kind != "way"]


@dataclass(frozen=True)
class Seen:
    """A rendered film: its record, its plan, its frames by index, and what is wrong with how it is composed."""

    record: dict[str, Any]
    plan: Plan
    facts: dict[str, Any]
    frames: dict[int, Array]
    problems: dict[str, str]

    def index(self, moment: Moment) -> int:
        """Return the index of the frame that shows a moment: the one that begins there, or the last."""
        return min(round(moment.time * self.record["video"]["fps"]), self.record["video"]["frames"] - 1)


@pytest.fixture(scope="module", params=films(), ids=lambda film: film.name)
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, words_kept: Path) -> Seen:
    film: FilmFile = request.param
    out = tmp_path_factory.mktemp("renders")
    plan = Plan(film.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNTANGLE_CACHE", str(words_kept))
        with watched(patch, plan.see), problems_found(patch) as problems:
            render(film, settings(Quality.l, FPS), out)
    record = json.loads((out / film.name / "film.json").read_text())
    known = Seen(record, plan, {}, {}, problems)
    ends = {0, record["video"]["frames"] - 1}
    facts, frames = decoded(
        out / film.name / "film.mp4", {known.index(moment) for moment, _ in plan.in_the_video} | ends
    )
    return replace(known, facts=facts, frames=frames)


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
@pytest.mark.usefixtures("certificates_kept")
def test_frames_show_what_the_oracle_computes_from_weights(seen: Seen) -> None:
    board = seen.plan.board
    assert board is not None
    assert board.done == len(board.beats), f"it ends before event {board.done + 1} of {len(board.beats)}"
    assert len(seen.plan.wanted) >= len(board.beats) >= 6
    with manim_config(settings(Quality.l)):
        for moment, sights, drawn in seen.plan.wanted:
            board.check(sights, moment, drawn)
        for moment, sights in seen.plan.in_the_video:
            board.check(sights, moment, seen.frames[seen.index(moment)])


@pytest.mark.slow
def test_captions_signs_and_picture_keep_to_their_places(seen: Seen) -> None:
    assert not seen.problems, "\n".join(f"{problem} ({when})" for problem, when in seen.problems.items())


@pytest.mark.slow
def test_every_caption_is_a_claim_or_claims_nothing(seen: Seen) -> None:
    scene = seen.plan.scene
    assert scene is not None
    claims = {claim.text for claim in scene.claims}
    others = [caption.text for caption in scene.captions if caption.text not in claims]
    assert others == CLAIM_NOTHING[seen.record["film"]]
    assert all(claim.measured and claim.resolution for claim in scene.claims)


@pytest.mark.slow
def test_a_film_lasts_20_to_60_seconds_and_the_whole_story_about_two_minutes(seen: Seen) -> None:
    shortest, longest = (105, 150) if seen.record["film"] == "what_a_layer_does" else (20, 60)
    assert shortest <= seen.record["video"]["seconds"] <= longest


@pytest.mark.slow
def test_the_first_and_the_last_frame_are_pictures(seen: Seen) -> None:
    for index in (0, seen.record["video"]["frames"] - 1):
        bright = seen.frames[index].max(axis=2) > 100
        assert bright[: round(0.75 * SIZE[1])].mean() > 0.002, f"frame {index} is empty"


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
