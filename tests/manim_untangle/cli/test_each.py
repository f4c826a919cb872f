"""`untangle film --each`: the films of a folder of networks, one page and one table; a damaged one stops no other."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import numpy as np
import pytest

from manim_untangle.cli.each import _harmless, _Made, _names
from manim_untangle.cli.film import FilmOptions
from manim_untangle.cli.networks import weight_files
from manim_untangle.cli.options import Reading
from manim_untangle.publish.network_table import Entry, networks_page

TINY = (
    "-q",
    "l",
    "--fps",
    "1",
    "--resolution",
    "160,90",
    "--activation",
    "tanh",
    "--data",
    "two_curves",
    "--jobs",
    "1",
)


def write_network(path: str, seed: int = 0) -> None:
    rng, file = np.random.default_rng(seed), Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    layers = {"0.weight": (2, 2), "0.bias": (2,), "1.weight": (1, 2), "1.bias": (1,)}
    np.savez(file, **{name: rng.normal(size=shape) for name, shape in layers.items()})


@pytest.mark.slow
def test_each_network_gets_a_film_a_row_and_its_certificates_and_what_failed_is_listed(
    untangle: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from manim_untangle.draw import style
    from netlib.certificates.report import report
    from netlib.readers import read_pair

    monkeypatch.setattr(style, "MOVE_SECONDS", 0.5)
    monkeypatch.setattr(style, "READING_RATE", 200.0)
    write_network("ann/model.npz", 1)
    write_network("ben/model.npz", 2)
    Path("cat").mkdir()
    Path("cat/=1+1.npz").write_bytes(Path("ann/model.npz").read_bytes()[:300])
    Path("notes.txt").write_text("no network")
    said = untangle("film", "--each", "ann", "ben/model.npz", "cat", "notes.txt", *TINY)
    assert said.code == 1
    assert said.error == "error: 2 of 4 networks failed. renders/networks.html says of each why\n"
    films = ["ann_model", "ben_model"]
    assert [Path("renders", name, "film.mp4").is_file() for name in films] == [True, True]

    with open("renders/networks.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["network"] for row in rows] == ["ann/model.npz", "ben/model.npz", "cat/=1+1.npz", "notes.txt"]
    assert [row["film"] for row in rows] == [f"{name}/film.mp4" for name in films] + ["", ""]
    assert [bool(row["problem"]) for row in rows] == [False, False, True, True]
    for row in rows[:2]:
        read, data = read_pair(row["network"], "two_curves", activation="tanh")
        for found in report(read.network, data):
            assert row[found.name] == found.verdict
            assert row[f"{found.name}: measured"] == "; ".join(found.measured_words)

    page = html5lib.parse(Path("renders/networks.html").read_text(), namespaceHTMLElements=False)
    assert [each.get("src") for each in page.iter("video")] == [f"{name}/film.mp4" for name in films]
    assert len(page.findall(".//tbody/tr")) == 2
    failed = page.find(".//dl[@class='failed']")
    assert [each.text for each in failed.iter("dd")] == ["cat/=1+1.npz", "notes.txt"]
    said = [f"{dt.text[0].lower()}{dt.text[1:]}" for dt in failed.iter("dt")]
    assert said == [row["problem"].removeprefix(f"{row['network']}: ") for row in rows[2:]]


@pytest.mark.slow
def test_stills_are_pictures_on_the_page_and_what_is_said_of_the_encoder_is_heard(
    untangle: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from manim_untangle.cli import each, networks

    monkeypatch.setattr(networks, "report", lambda network, data, betti: ())
    opened: list[str] = []
    monkeypatch.setattr(each.typer, "launch", opened.append)
    write_network("a.npz")
    said = untangle("film", "--each", "a.npz", *TINY, "-s", "--encoder", "hardware", "-p")
    assert (said.code, said.error) == (0, "--encoder hardware is for MP4: png is encoded as always\n")
    assert opened == ["renders/networks.html"]
    page = html5lib.parse(Path("renders/networks.html").read_text(), namespaceHTMLElements=False)
    assert [each.get("src") for each in page.iter("img")] == ["a/last_frame.png"]
    assert not list(page.iter("video"))
    assert Path("renders/a/last_frame.png").is_file()


def test_a_gif_is_a_picture_on_the_page_and_any_video_is_a_video() -> None:
    entries = [Entry("a", film="a/film.gif"), Entry("b", film="b/film.webm")]
    page = html5lib.parse(networks_page([], entries), namespaceHTMLElements=False)
    assert [each.get("src") for each in page.iter("img")] == ["a/film.gif"]
    assert [(each.get("src"), each.get("poster")) for each in page.iter("video")] == [("b/film.webm", "b/poster.jpg")]


def test_networks_that_failed_for_the_same_reason_are_listed_together_the_most_frequent_first() -> None:
    problems = [
        ("a.pt", "a.pt: is empty. Save it again"),
        ("b.pt", "b.pt: does not say which activation follows its hidden layers (0). Give it: --activation tanh"),
        ("c.pt", "c.pt: does not say which activation follows its hidden layers (0, 2). Give it: --activation tanh"),
    ]
    page = html5lib.parse(
        networks_page([], [Entry("d.pt", film="d/film.mp4"), *(Entry(*each) for each in problems)]),
        namespaceHTMLElements=False,
    )
    assert [each.text for each in page.find(".//dl[@class='failed']")] == [
        "Does not say which activation follows its hidden layers. Give it: --activation tanh", "b.pt", "c.pt",
        "Is empty. Save it again", "a.pt",
    ]  # fmt: skip
    assert page.find(".//a[@href='#failed']").text == "3 failed"


def test_a_file_that_says_all_by_itself_leaves_out_what_others_need(tmp_path: Path) -> None:
    from sklearn.neural_network import MLPClassifier
    from skops.io import dump

    points = np.random.default_rng(0).normal(size=(20, 2))
    model = MLPClassifier((3,), activation="relu", max_iter=300, solver="lbfgs").fit(points, points[:, 0] > 0)
    dump(model, tmp_path / "a.skops")
    write_network(str(tmp_path / "b.npz"))
    said = Reading(activation="tanh", classes="left,right")
    own, other = (_Made(FilmOptions(str(tmp_path / name), "two_curves", said)) for name in ("a.skops", "b.npz"))
    network = own.read().read.network
    other.read()
    assert own.options.reading == Reading(classes="left,right")
    assert list(network.classify(points)) == list(model.predict(points).astype(int))
    assert other.options.reading == said


def test_several_networks_need_each_and_their_films_have_the_names_of_files(untangle: Callable[..., Any]) -> None:
    said = untangle("film", "a.npz", "b.npz", *TINY)
    assert (said.code, said.error) == (2, "error: film takes one network, got 2. For the films of all, add --each\n")
    said = untangle("film", "--each", "a.npz", "--name", "mine", *TINY)
    assert (said.code, said.error) == (
        2, "error: --name is for one film. With --each, films have the names of their files\n"
    )  # fmt: skip
    Path("empty").mkdir()
    said = untangle("film", "--each", "empty", *TINY)
    assert said.error == "error: empty: no file of weights is there. Name files, or a folder that holds some\n"


def test_files_of_the_same_name_get_that_of_their_folder_and_no_two_films_the_same(tmp_path: Path) -> None:
    assert _names(["a/net.pt", "b/net.pt", "c/other.pt"]) == ["a_net", "b_net", "other"]
    assert _names(["x/a/net.pt", "y/a/net.pt"]) == ["a_net", "a_net_2"]
    for name in ("b/net.npz", "a.safetensors", "notes.txt", ".hidden/c.npz", "films/d/d.safetensors"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    both = [str(tmp_path / "a.safetensors"), str(tmp_path / "b/net.npz")]
    assert weight_files([str(tmp_path), both[0]], tmp_path / "films") == both


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@a", "\t1"])
def test_no_cell_of_the_table_is_a_formula(cell: str) -> None:
    assert _harmless(cell) == f"'{cell}"
    assert _harmless("plain") == "plain"
