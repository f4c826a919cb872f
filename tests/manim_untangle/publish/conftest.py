"""A synthetic rendered film: pictures that say their own number, captions that are seen, networks made by hand."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from netlib import Dense, Network, Recipe, activation, oriented
from netlib.training.recipe import save_weights

WIDTH, HEIGHT, RATE, SECONDS = 640, 360, 15, 8
ORANGE = (255, 154, 60)
SECTIONS: list[dict[str, Any]] = [
    {
        "name": "Two classes",
        "start": 0.0,
        "end": 3.0,
        "words": [{"text": "A disk inside a ring.", "start": 0.4, "end": 1.6}],
    },
    {
        "name": "Layer 1 <b>& bend</b>",
        "start": 3.0,
        "end": 8.0,
        "words": [
            {"text": "Space is stretched, x < 1 & y > 2 --> turned.", "start": 3.2, "end": 4.8},
            {"text": "Ümläute und 🎬.", "start": 5.0, "end": 7.6},
        ],
    },
]


def network(*widths: int, name: str = "tanh", seed: int = 0) -> Network:
    """A network with these widths, inputs first, and normal random weights."""
    rng = np.random.default_rng(seed)
    layers = [
        Dense(rng.normal(size=(m, n)), 0.3 * rng.normal(size=m), activation(name))
        for n, m in itertools.pairwise(widths)
    ]
    readout = Dense(layers[-1].weight, layers[-1].bias)
    return oriented(Network(tuple(layers[:-1]), readout))


def picture(k: int, words: list[dict[str, Any]]) -> np.ndarray:
    """Frame k: twelve squares that are its number in binary, a patch of known colour, a moving disk, and a plate at
    the foot while words are on screen."""
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for bit in range(12):
        frame[8:32, 8 + 32 * bit : 32 + 32 * bit] = 235 if k >> bit & 1 else 40
    frame[60:140, 40:200] = ORANGE
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    frame[(x - 100 - 3 * k) ** 2 + (y - 210) ** 2 < 900] = (88, 196, 221)
    if any(w["start"] <= k / RATE < w["end"] - 1e-9 for w in words):
        frame[300:345, 60:580] = 210
    return frame


def number_of(shown: np.ndarray) -> int:
    """The number that a picture of any size says it is."""
    scale = shown.shape[1] / WIDTH
    at = [(round(20 * scale), round((20 + 32 * bit) * scale)) for bit in range(12)]
    return sum((int(shown[y, x].mean() > 130)) << bit for bit, (y, x) in enumerate(at))


def write_video(path: Path, bt709: bool = False, seconds: float = SECONDS, noise: int = 0) -> None:
    """Encode the pictures as `render` does: untagged, moov last; or tagged as BT.709."""
    words = [w for s in SECTIONS for w in s["words"]]
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "10"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        if bt709:
            context = video.codec_context
            context.color_primaries = context.color_trc = context.colorspace = 1
        for k in range(round(seconds * RATE)):
            pixels = picture(k, words)
            if noise:
                pixels[150:290] = rng.integers(0, noise, pixels[150:290].shape)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            to = {"dst_colorspace": "ITU709"} if bt709 else {}
            output.mux(video.encode(frame.reformat(format="yuv420p", **to)))
        output.mux(video.encode(None))


@pytest.fixture(scope="session")
def synthetic() -> SimpleNamespace:
    """What this file knows of the synthetic film, for tests (which cannot import it)."""
    return SimpleNamespace(
        **{name: globals()[name] for name in ("WIDTH", "HEIGHT", "RATE", "ORANGE", "SECTIONS", "BASE_URL", "EVIL")},
        **{each.__name__: each for each in (network, number_of, write_video)},
    )


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "film.mp4"
    write_video(path)
    return path


@pytest.fixture(scope="session")
def tagged_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tagged") / "film.mp4"
    write_video(path, bt709=True)
    return path


MakeFilm = Callable[..., Path]


@pytest.fixture(scope="session")
def brief_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second, tagged, so that publishing it copies it."""
    path = tmp_path_factory.mktemp("brief") / "film.mp4"
    write_video(path, bt709=True, seconds=0.6)
    return path


@pytest.fixture(scope="session")
def make_film(video: Path, tagged_video: Path, brief_video: Path) -> MakeFilm:
    """Return a function that writes renders/<name> as `render` does; keyword arguments replace parts of film.json.
    A brief film is half a second long, for tests that do not look at it. A tagged one is copied, not encoded."""

    def make(
        renders: Path,
        name: str = "moving_dot",
        networks: list[Network] | None = None,
        brief: bool = False,
        tagged: bool = False,
        **changes: Any,
    ) -> Path:
        folder = renders / name
        folder.mkdir(parents=True)
        (folder / "film.mp4").write_bytes((brief_video if brief else tagged_video if tagged else video).read_bytes())
        if brief:
            changes = {"sections": [{"name": "All", "start": 0, "end": 0.6}], "poster": {"time": 0.3}, **changes}
        weights = []
        recipes = []
        for shown in networks if networks is not None else [network(2, 2, 2, 1)]:
            data = {1: "interval_in_interval", 2: "disk_in_ring:n=80", 3: "linked_rings:n=60"}[shown.inputs]
            recipe = Recipe(data, tuple(shown.widths), shown.layers[0].activation.name)
            save_weights(shown, recipe, {"accuracy": 0.5}, folder / f"{recipe.slug}.safetensors")
            weights.append({"slug": recipe.slug, "sha256": shown.sha256, "file": f"{recipe.slug}.safetensors"})
            recipes.append({"slug": recipe.slug, **json.loads(recipe.as_json())})
        record = {
            "schema": 1,
            "film": name,
            "title": "A dot that moves",
            "description": "A synthetic film for tests.",
            "about": "First paragraph,\non two lines.\n\nSecond paragraph.",
            "sources": ["C. Olah, Neural Networks, Manifolds, and Topology, 2014, https://colah.github.io/"],
            "alt": "A blue dot moves to the right over an orange patch.",
            "command": f"./untangle render {name} -q m",
            "video": {"file": "film.mp4", "width": WIDTH, "height": HEIGHT, "fps": RATE, "frames": 120, "seconds": 8.0},
            "poster": {"file": "poster.jpg", "time": 6.0},
            "sections": SECTIONS,
            "claims": [
                {
                    "text": "The ring stays around the disk.",
                    "start": 3.2,
                    "measured": {"winding_number": 1, "injective": True, "smallest_det": 0.123456},
                    "resolution": "exact",
                    "caveat": "It says nothing about other rings.",
                },
                {"text": "No line separates them.", "start": 3.6, "resolution": "a common point", "method": "proved"},
            ],
            "questions": [
                {"text": "Can it leave?", "start": 1.0, "end": 2.0, "choices": ["it can", "it cannot"], "answer": 1}
            ],
            "recipes": recipes,
            "weights": weights,
            "versions": {"untangle": "0.1.0", "manim": "0.22.0"},
            **changes,
        }
        (folder / "film.json").write_text(json.dumps(record), encoding="utf-8")
        return folder

    return make


BASE_URL = "https://example.org/films"
EVIL = "\"Quotes\" & <script>document.title='run'</script> Übermut 🎬 [x](y) *z*"


@dataclass(frozen=True)
class Site:
    """A published site: its folder, and the folder of renders that it was made from."""

    folder: Path
    renders: Path
    said: list[str]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, make_film: MakeFilm) -> Site:
    """A site of two films: a plain one, and one with hostile words and networks in one, two and three dimensions."""
    from manim_untangle.publish.encode import forum, hd
    from manim_untangle.publish.film import read_film
    from manim_untangle.publish.site import publish

    renders = tmp_path_factory.mktemp("renders")
    make_film(renders)
    networks = [network(2, 3, 1), network(3, 3, 4, 1, seed=3), network(1, 2, 1), network(2, 2, 3, seed=4)]
    evil = dict.fromkeys(("title", "description", "alt", "about"), EVIL)
    make_film(renders, "evil_words", networks, tagged=True, **evil, sources=[EVIL])
    said: list[str] = []
    films = [read_film(name, renders) for name in ("moving_dot", "evil_words")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("manim_untangle.publish.video.PREVIEW_SECONDS", 1.0)  # test_video.py looks at previews
        publish(films, renders / "site", [hd, forum], BASE_URL, said.append)
    return Site(renders / "site", renders, said)
