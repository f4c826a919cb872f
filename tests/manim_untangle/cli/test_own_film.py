"""`untangle film` on files written here: any width and depth, sound or broken; and where its dots are."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from manim_untangle.cli.film import FilmOptions, film_name, network_film
from manim_untangle.cli.options import Reading
from netlib.readers import read_network
from netlib.training.catalogue import MOONS
from netlib.training.recipe import read_weights

Array = NDArray[np.float64]
TINY = ("-q", "l", "--fps", "1", "--resolution", "160,90")


def weights(widths: tuple[int, ...], scale: float = 1.0, bias: float = 0.0, seed: int = 0) -> dict[str, Array]:
    """Weights and biases as a state_dict names them, inputs first in `widths`."""
    rng = np.random.default_rng(seed)
    found: dict[str, Array] = {}
    for k, (before, after) in enumerate(pairwise(widths)):
        found[f"{k}.weight"] = scale * rng.normal(size=(after, before)) / np.sqrt(before)
        found[f"{k}.bias"] = bias + 0.1 * rng.normal(size=after)
    return found


def table(path: str, points: Array, labels: list[str]) -> str:
    rows = [",".join([*(f"{x:.6f}" for x in point), label]) for point, label in zip(points, labels, strict=True)]
    Path(path).write_text("\n".join([",".join([*(f"x{k}" for k in range(points.shape[1])), "kind"]), *rows]))
    return path


def record(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(f"renders/{name}/film.json").read_text())
    return found


def words(name: str) -> str:
    return " ".join(each["text"] for section in record(name)["sections"] for each in section["words"])


@pytest.fixture
def small(untangle: Callable[..., Any], words_kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moves in a quarter of the time, captions read fast: what is told stays the same."""
    from manim_untangle.draw import style
    from manim_untangle.stage import network_film as own

    monkeypatch.setenv("UNTANGLE_CACHE", str(words_kept))
    monkeypatch.setattr(style, "MOVE_SECONDS", 0.5)
    monkeypatch.setattr(style, "PAUSE_SECONDS", 0.2)
    monkeypatch.setattr(style, "READING_RATE", 200.0)
    monkeypatch.setattr(own, "QUICK", 0.5)


@pytest.mark.slow
def test_a_film_of_ones_own_leaves_what_ours_leave_and_the_way_to_make_it_again(
    untangle: Callable[..., Any], small: None
) -> None:
    np.savez("mine.npz", **weights((2, 2, 1)))
    said = untangle("film", "mine.npz", "--data", "two_curves", "--activation", "tanh", "--title", "Mine", *TINY)
    assert (said.code, said.error) == (0, "")
    assert {path.name for path in Path("renders/mine").iterdir()} == {
        "mine.py", "mine.safetensors", "film.mp4", "film.timeline", "poster.jpg", "film.json"
    }  # fmt: skip
    found = record("mine")
    assert found["title"] == "Mine"
    assert found["command"] == (
        "./untangle film mine.npz --data two_curves --activation tanh --title Mine -q l --fps 1 --resolution 160,90"
    )
    network = read_network("mine.npz", activation="tanh")
    assert found["weights"][0]["sha256"] == network.network.sha256
    assert found["inferred"] == list(network.assumptions)
    assert all(sentence in said.out for sentence in network.assumptions)


@pytest.mark.slow
def test_the_film_file_renders_again_without_the_users_files(untangle: Callable[..., Any], small: None) -> None:
    np.savez("mine.npz", **weights((2, 2, 1)))
    data = table("mine.csv", np.random.default_rng(1).normal(size=(30, 2)), ["no", "yes"] * 15)
    untangle("film", "mine.npz", "--data", data, "--activation", "tanh", *TINY)
    first = record("mine")
    for name in ("mine.npz", "mine.csv", "renders/mine/film.json"):
        Path(name).unlink()
    assert untangle("render", "renders/mine/mine.py", *TINY).code == 0
    again = record("mine")
    assert again["command"].startswith("./untangle render renders/mine/mine.py")
    assert (again["sections"], again["claims"]) == (first["sections"], first["claims"])


def test_pictures_of_another_size_than_the_points_are_refused(untangle: Callable[..., Any]) -> None:
    np.savez("mine.npz", **weights((4, 3, 1)))
    data = table("mine.csv", np.random.default_rng(1).normal(size=(30, 4)), ["no", "yes"] * 15)
    said = untangle("film", "mine.npz", "--data", data, "--activation", "tanh", "--images", "3x2", *TINY)
    assert said.code == 1
    assert said.error == (
        "error: pictures of 3x2 have 6 pixels, and each point of mine has 4 numbers. Give a width and height with as "
        "many pixels, as 2x2 has\n"
    )
    assert not Path("renders").exists()


@pytest.mark.slow
def test_a_film_of_pictures_keeps_their_size(untangle: Callable[..., Any], small: None) -> None:
    np.savez("mine.npz", **weights((6, 3, 1)))
    data = table("mine.csv", np.random.default_rng(1).normal(size=(30, 6)), ["no", "yes"] * 15)
    said = untangle("film", "mine.npz", "--data", data, "--activation", "tanh", "--images", "3x2", "-s", *TINY)
    assert (said.code, said.error) == (0, "")
    _, metadata = read_weights(Path("renders/mine/mine.safetensors"))
    assert json.loads(metadata["record"])["images"] == [3, 2]
    assert untangle("render", "renders/mine/mine.py", *TINY).code == 0
    assert "Each is a picture of 3 × 2 pixels" in words("mine")


@pytest.fixture
def no_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system without fonts."""
    from manim_untangle.draw import fonts

    none = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>/nowhere</dir></fontconfig>'
    (tmp_path / "fonts.conf").write_text(none)
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    known = (fonts.families_for, fonts.of_the_system, fonts.system_families)
    for each in known:
        each.cache_clear()
    yield
    for each in known:
        each.cache_clear()


def test_names_that_no_font_here_can_draw_are_refused_before_anything_is_written(
    untangle: Callable[..., Any], no_fonts: None
) -> None:
    np.savez("mine.npz", **weights((2, 2, 1)))
    data = table("mine.csv", np.random.default_rng(1).normal(size=(30, 2)), ["月亮 上", "月亮 下"] * 15)
    said = untangle("film", "mine.npz", "--data", data, "--activation", "tanh", *TINY)
    assert said.code == 1
    assert said.error == (
        "error: no font here can draw 月 亮 上 (in '月亮 上'). Install one (Debian, Ubuntu: apt-get install "
        "fonts-noto-cjk), or use other letters in titles and names\n"
    )
    assert not Path("renders").exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has a folder in which root cannot write")
def test_a_film_is_made_from_a_folder_that_takes_no_files(
    untangle: Callable[..., Any], small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez("mine.npz", **weights((2, 2, 1)))
    monkeypatch.chdir("/proc")  # not even root can write here
    mine, out = tmp_path / "mine.npz", tmp_path / "out"
    said = untangle("film", mine, "--data", "two_curves", "--activation", "tanh", "-o", out, *TINY)
    assert (said.code, said.error) == (0, "")
    assert (out / "mine" / "film.mp4").is_file()
    assert {path.name for path in tmp_path.iterdir()} <= {"mine.npz", "out", "cache"}


@pytest.mark.slow
def test_what_was_edited_in_the_film_file_is_kept(untangle: Callable[..., Any], small: None) -> None:
    np.savez("mine.npz", **weights((2, 2, 1)))
    wanted = ("film", "mine.npz", "--data", "two_curves", "--activation", "tanh", "-s", *TINY)
    untangle(*wanted)
    path = Path("renders/mine/mine.py")
    path.write_text(path.read_text() + "\n# mine\n")
    untangle(*wanted)
    assert "# mine" in path.with_suffix(".py.before").read_text()
    assert "# mine" not in path.read_text()


@pytest.mark.slow
def test_dots_in_decoded_frames_lie_where_the_forward_pass_puts_them(
    untangle: Callable[..., Any], small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from manim_untangle import NetworkFilm
    from manim_untangle.stage.animations import AnimateToTime

    films, moments = list[NetworkFilm](), list[tuple[float, int, Any]]()
    construct, done = NetworkFilm.construct, AnimateToTime.clean_up_from_scene

    def made(self: NetworkFilm) -> None:
        films.append(self)
        moments.clear()
        construct(self)

    def stands(self: Any, scene: Any) -> None:
        done(self, scene)
        picture = self.space.trajectory.picture(self.space.time)
        if picture is not None:
            moments.append((float(scene.renderer.time), picture, self.space.view))

    monkeypatch.setattr(NetworkFilm, "construct", made)
    monkeypatch.setattr(AnimateToTime, "clean_up_from_scene", stands)
    np.savez("mine.npz", **weights((2, 2, 2, 1), scale=1.6))
    points = np.array([(x, y) for x in np.linspace(-1, 1, 5) for y in np.linspace(-1, 1, 4)])
    data = table("mine.csv", points, ["a", "b"] * 10)
    said = untangle("film", "mine.npz", "--data", data, "--activation", "tanh", "-q", "l", "--fps", "10")
    assert said.code == 0
    shown = films[-1]
    frames = decoded(Path("renders/mine/film.mp4"), {round(10 * time) for time, *_ in moments})
    checked = 0
    for when, picture, view in moments:
        centres = view.project(shown.network.represent(points, picture))
        for centre, label in zip(centres, shown.dataset.labels, strict=True):
            alone = np.sort(np.linalg.norm(centres - centre, axis=1))[1] > 0.3
            free = abs(centre[0]) < 3 and -2 < centre[1] < 2.4
            if alone and free:
                checked += 1
                assert coloured(frames[round(10 * when)], centre, label), (when, centre)
    assert checked >= 12


def decoded(path: Path, wanted: set[int]) -> dict[int, Array]:
    with av.open(str(path)) as container:
        frames = enumerate(container.decode(video=0))
        return {k: frame.to_ndarray(format="rgb24").astype(float) for k, frame in frames if k in wanted}


def coloured(frame: Array, centre: Array, label: int) -> bool:
    """Whether the pixels around a scene point have, in their middle, the colour of a class."""
    from manim_untangle.draw import style

    colour = [int(style.CLASS_COLOURS[label][k : k + 2], 16) for k in (1, 3, 5)]
    x, y = 854 / 2 - 0.5 + 60 * centre[0], 480 / 2 - 0.5 - 60 * centre[1]
    patch = frame[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2].reshape(-1, 3)
    return bool(np.linalg.norm(patch - colour, axis=1).min() < 70)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("widths", "activation", "classes", "told"),
    [
        ((2, 16, 16, 3), "relu", 3, "a straight blend of the two pictures"),
        ((4, 8, 3), "relu", 3, "Each is 4 numbers. Shown: their first 3 principal components."),
        ((1, 1, 2, 1), "tanh", 2, "This is the boundary that the network draws"),
        ((3, 3, 1), "tanh", 2, "The network decides by one flat plane."),
        ((2, 1), None, 2, "The network decides by one straight line."),
        ((2, 3, 10), "relu", 10, "straight boundaries between the classes"),
    ],
    ids=str,
)
def test_any_widths_make_a_film(
    untangle: Callable[..., Any], small: None, widths: tuple[int, ...], activation: str | None, classes: int, told: str
) -> None:
    save_file({k: np.float32(v) for k, v in weights(widths).items()}, "net.safetensors")
    points = np.random.default_rng(2).normal(size=(60, widths[0]))
    data = table("data.csv", points, [f"kind {k % classes}" for k in range(60)])
    given = ("--activation", activation) if activation else ()
    said = untangle("film", "net.safetensors", "--data", data, *given, *TINY)
    assert (said.code, said.error) == (0, "")
    assert told in words("net")


@pytest.mark.slow
@pytest.mark.parametrize("widths", [(2, *[8] * 50, 3), (2, 500, 500, 1)], ids=["depth 50", "width 500"])
def test_the_deep_and_the_wide_are_told_in_bounded_time(
    untangle: Callable[..., Any], small: None, widths: tuple[int, ...]
) -> None:
    np.savez("net.npz", **{k: np.float32(v) for k, v in weights(widths, scale=1.3).items()})
    began = time.process_time()
    said = untangle("film", "net.npz", "--data", "two_curves", "--activation", "relu", *TINY)
    assert (said.code, said.error) == (0, "")
    assert time.process_time() - began < 60
    layers = [section["name"] for section in record("net")["sections"] if section["name"].startswith("Layer")]
    assert len(layers) <= 6
    assert layers[-1].endswith("50" if len(widths) > 10 else "2")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "activation", "told"),
    [
        ({"scale": 1e6}, "relu", "2 → 3 numbers"),
        ({"scale": 1e6}, "tanh", "bends it"),
        ({"bias": -1e3}, "relu", "All points shown now lie on one spot"),
        ({"scale": 0.0}, "tanh", "All points shown now lie on one spot"),
    ],
    ids=["huge relu", "huge tanh", "dead relu", "zero weights"],
)
def test_space_that_explodes_or_collapses_is_still_a_film(
    untangle: Callable[..., Any], small: None, changed: dict[str, float], activation: str, told: str
) -> None:
    widths = (2, 3, 8, 2) if told.endswith("numbers") else (2, 2, 2, 1)
    np.savez("net.npz", **weights(widths, **changed))
    said = untangle("film", "net.npz", "--data", "two_curves", "--activation", activation, *TINY)
    assert (said.code, said.error) == (0, "")
    assert told.replace("2 → 3", "3 → 8") in words("net")


@pytest.mark.slow
@pytest.mark.parametrize(("bias", "answer"), [(1.0, 1), (-1.0, 0)])
def test_a_network_with_one_answer_everywhere_is_told_so_and_has_no_tunnel(
    untangle: Callable[..., Any], small: None, bias: float, answer: int
) -> None:
    np.savez("net.npz", **{**weights((2, 3, 1), scale=0.0), "1.bias": np.array([bias])})
    said = untangle("film", "net.npz", "--data", "disk_in_ring", "--activation", "tanh", *TINY)
    assert (said.code, said.error) == (0, "")
    told = f"The answer is class {answer} everywhere in the inputs shown here."
    assert told in [claim["text"] for claim in record("net")["claims"]]
    assert "tunnel" not in words("net")


@pytest.mark.slow
def test_a_network_that_was_trained_here_is_told_so_in_the_first_caption(
    untangle: Callable[..., Any], small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = replace(read_network(MOONS.path, activation="tanh"), recipe=MOONS)
    monkeypatch.setattr("netlib.readers.read_network", lambda *_, **__: read)
    said = untangle("film", "https://playground.tensorflow.org/#networkShape=2,2", *TINY)
    assert (said.code, said.error) == (0, "")
    first = record("playground")["sections"][0]["words"][0]["text"]
    assert first == "TensorFlow Playground: 2-2-2-1 (trained here from its settings)"


@pytest.mark.slow
def test_weights_that_untangle_trained_need_no_data(untangle: Callable[..., Any], small: None) -> None:
    Path("mine.safetensors").write_bytes(MOONS.path.read_bytes())
    said = untangle("film", "mine.safetensors", "-s", *TINY)
    assert (said.code, said.error) == (0, "")
    network, _ = read_weights(Path("renders/mine/mine.safetensors"))
    assert network.sha256 == MOONS.load().sha256
    with np.load("renders/mine/mine.npz") as data:
        assert np.array_equal(data["points"], MOONS.dataset().points)


@pytest.mark.slow
def test_relu_is_spelled_on_screen_as_the_field_spells_it(untangle: Callable[..., Any], small: None) -> None:
    np.savez("net.npz", **weights((2, 2, 2, 1)))
    assert untangle("film", "net.npz", "--data", "two_curves:n=20", "--activation", "relu,leaky_relu", *TINY).code == 0
    assert "… and ReLU bends it." in words("net")
    assert "relu" not in words("net").replace("leaky ReLU", "")


def refused() -> Iterator[Any]:
    good = weights((2, 2, 1))
    yield {**good, "0.weight": good["0.weight"] * np.nan}, "two_curves", "weight[0, 0] is NaN"
    growing = {name: np.abs(value) for name, value in weights((2, *[2] * 40, 1), scale=1e12).items()}
    yield growing, "two_curves", "beyond what a number can hold"
    yield good, "linked_rings", "net.npz on linked_rings: the network takes 2 numbers"
    yield weights((1, 3, 2)), "parabola", "has 2 outputs, real targets need 1"
    yield good, "missing.csv", "is not there"


NAMES = ("nan", "overflow", "other data", "regression", "no data")


@pytest.mark.slow
@pytest.mark.parametrize(("tensors", "data", "named"), list(refused()), ids=NAMES)
def test_what_cannot_be_shown_is_refused_in_one_line(
    untangle: Callable[..., Any], tensors: dict[str, Array], data: str, named: str
) -> None:
    np.savez("net.npz", **tensors)
    said = untangle("film", "net.npz", "--data", data, "--activation", "relu", *TINY)
    assert said.code != 0
    assert said.error.startswith("error: ")
    assert named in said.error
    assert said.error.count("\n") == 1
    assert not list(Path().rglob("film.mp4"))


HOSTILE = 'He said "no" — it\'s `$x^2$` #1 <b>&amp; \\ *bold* _it_'


@pytest.mark.slow
def test_a_title_is_shown_whatever_it_holds(untangle: Callable[..., Any], small: None) -> None:
    np.savez("net.npz", **weights((2, 2, 1)))
    wanted = ("film", "net.npz", "--data", "two_curves:n=8", "--activation", "tanh", "--title", HOSTILE)
    said = untangle(*wanted, "-s", *TINY)
    assert (said.code, said.error) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("title", [HOSTILE, '"""', "\\", "{title}", "a\nb", "x" * 300])
def test_a_title_is_kept_as_it_is_in_one_line_of_at_most_100_letters(untangle: Callable[..., Any], title: str) -> None:
    np.savez("net.npz", **weights((2, 2, 1)))
    network_film(FilmOptions("net.npz", "two_curves:n=8", Reading("tanh"), title=title), Path("renders"), print)
    ast.parse(Path("renders/net/net.py").read_text())
    record = json.loads(read_weights(Path("renders/net/net.safetensors"))[1]["record"])
    assert record["title"] == " ".join(title.split())[:100]


@pytest.mark.slow
def test_films_have_names_that_python_takes_and_ours_do_not_have() -> None:
    assert film_name("My Net (2).pt") == "my_net_2"
    assert film_name("../a/2layers.onnx") == "network_2layers"
    assert film_name("ネット.npz") == "network"
    assert film_name("spirals.npz") == "spirals_own"
    assert film_name("https://playground.tensorflow.org/#activation=tanh") == "playground"


def two_of(classes: int) -> tuple[str, ...]:
    """The words of a film of a network with so many classes, and of data that have the first and third alone."""
    np.savez("net.npz", **weights((2, 3, classes)))
    table("two.csv", np.random.default_rng(0).normal(size=(30, 2)), [str(2 * (k % 2)) for k in range(30)])
    return ("film", "net.npz", "--data", "two.csv", "--activation", "tanh", "--name", "two", *TINY)


@pytest.mark.slow
def test_classes_that_no_point_has_are_in_the_legend(untangle: Callable[..., Any], small: None) -> None:
    said = untangle(*two_of(3))
    assert (said.code, said.error) == (0, "")
    assert "30 points in 2 classes." in words("two")
    found = json.loads(read_weights(Path("renders/two/two.safetensors"))[1]["record"])
    assert found["class_names"] == ["0", "1", "2"]


def test_more_than_ten_classes_are_refused_with_the_command_that_shows_their_certificates(
    untangle: Callable[..., Any],
) -> None:
    said = untangle(*two_of(12))
    assert said.code == 1
    assert "net.npz tells 12 classes apart, a film shows 10." in said.error
    proposed = said.error.partition("shown by: ")[2].split()
    assert untangle(*proposed[proposed.index("check") :]).code == 0
