import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from manim_untangle.cli.check import check
from manim_untangle.cli.options import Reading
from netlib import UntangleError
from netlib.certificates import report
from netlib.errors import AmbiguousFile, UnknownName
from netlib.training.catalogue import ONE_MORE_NEURON

pytestmark = pytest.mark.usefixtures("reports_once")
TANH = Reading(activation="tanh")
SINGULAR = {
    "0.weight": np.array([[1.0, 2], [2, 4]]),
    "0.bias": np.zeros(2),
    "1.weight": np.array([[1.0, 1]]),
    "1.bias": np.zeros(1),
}


@pytest.fixture(scope="module")
def made():
    """Reports that were made, by network and data."""
    return {}


@pytest.fixture
def reports_once(made, monkeypatch):
    """The report of one network on one data set is the same each time: tests share it."""

    def once(network, data, betti, progress):
        key = (network.sha256, data.points.tobytes(), betti)
        if key not in made:
            made[key] = report(network, data, betti, progress)
        return made[key]

    monkeypatch.setattr("manim_untangle.cli.check.report", once)


@pytest.fixture
def singular(tmp_path):
    path = tmp_path / "singular.safetensors"
    save_file(SINGULAR, path)
    return str(path)


def answers(text):
    networks = json.loads(text)["networks"]
    return [{row["name"]: row["holds"] for row in network["certificates"]} for network in networks]


@pytest.mark.slow
def test_the_command_keeps_its_results_and_says_the_same_with_them_and_without(untangle, singular, monkeypatch):
    words = ("check", singular, "--data", "moons:n=40", "--activation", "tanh", "--json")
    asked = []
    monkeypatch.setattr("manim_untangle.cli.check.report", lambda *given: asked.append(1) or report(*given))
    said = [untangle(*words, *more).out for more in (("--no-cache",), (), ())]
    assert said[0] == said[1] == said[2]
    assert len(asked) == 3
    assert " 0 results," not in untangle("cache").out
    untangle("cache", "--clear")
    untangle(*words, "--no-cache")
    assert " 0 results," in untangle("cache").out


@pytest.mark.slow
def test_a_recipe_is_checked_on_its_own_data():
    text = check(ONE_MORE_NEURON.slug)
    assert "2-3-1, on 400 points of disk_in_ring" in text
    assert " ".join(text.split()).count("After layer 1 one plane") == 1
    assert "(1) It is about these sample points." in text
    assert "sampled: every point" in text
    assert "proved: closed curve between disk" in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.slow
def test_json_holds_every_certificate():
    found = json.loads(check(ONE_MORE_NEURON.slug, as_json=True))
    assert found["schema"] == 1
    (network,) = found["networks"]
    assert network["widths"] == [2, 3, 1]
    for row in network["certificates"]:
        assert set(row) == {"name", "sentence", "holds", "measured", "resolution", "caveat", "method"}
        assert row["method"] in ({None} if row["holds"] is None else {"proved", "sampled"})
    assert {row["name"]: row["holds"] for row in network["certificates"]}["tunnel"] is False


@pytest.mark.slow
def test_our_own_weights_carry_the_data_that_they_were_trained_on():
    (by_file,) = answers(check(str(ONE_MORE_NEURON.path), as_json=True))
    (by_slug,) = answers(check(ONE_MORE_NEURON.slug, as_json=True))
    assert by_file == by_slug


@pytest.mark.slow
def test_other_data_can_be_given():
    (found,) = json.loads(check(ONE_MORE_NEURON.slug, "moons:n=60", as_json=True))["networks"]
    assert found["data"] == "moons"
    assert found["points"] == 60


def test_a_file_of_weights_needs_data_and_activations(singular):
    with pytest.raises(AmbiguousFile, match="--activation"):
        check(singular)
    with pytest.raises(UntangleError, match=r"does not say what it was trained on\. Give it: --data"):
        check(singular, reading=TANH)


@pytest.mark.slow
def test_what_does_not_hold_and_what_is_not_decided_is_said_and_is_no_error(singular):
    text = check(singular, "disk_in_ring:n=80", reading=TANH)
    assert " no " in text
    assert " not decided " in text
    (found,) = answers(check(singular, "disk_in_ring:n=80", reading=TANH, as_json=True))
    assert found["layer 1"] is False
    assert found["winding number"] is None


def test_the_infinite_condition_number_of_a_singular_matrix_is_valid_json(tmp_path):
    path = tmp_path / "zero.safetensors"
    save_file({**SINGULAR, "0.weight": np.zeros((2, 2))}, path)
    text = check(str(path), "moons:n=40", as_json=True, reading=TANH)
    rows = {row["name"]: row for row in json.loads(text)["networks"][0]["certificates"]}
    assert rows["layer 1"]["measured"]["condition number"] == "inf"


def test_a_table_of_numbers_of_ones_own(singular, tmp_path):
    path = tmp_path / "points.csv"
    rng = np.random.default_rng(0)
    lines = ["x,y,kind", *(f"{x},{y},{'up' if y > x else 'down'}" for x, y in rng.normal(size=(40, 2)))]
    path.write_text("\n".join(lines))
    (found,) = answers(check(singular, str(path), reading=TANH, as_json=True))
    assert found["cut in the input"] is True
    assert found["cut after layer 1"] is False


def test_unknown_names_and_missing_files_are_told_apart(tmp_path):
    with pytest.raises(UnknownName, match="there is no film or recipe 'too_narro'"):
        check("too_narro")
    with pytest.raises(UntangleError, match="is not there"):
        check(str(tmp_path / "absent.safetensors"))


@pytest.mark.slow
def test_colours_are_only_for_terminals():
    assert "\x1b[" in check(ONE_MORE_NEURON.slug, colour=True)


@pytest.mark.slow
def test_progress_goes_to_standard_error_and_only_where_someone_watches(capfd):
    check(ONE_MORE_NEURON.slug, "disk_in_ring:n=60")  # data of its own, so that its report is made here
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_the_command_ends_with_0_whatever_the_certificates_say(untangle, singular):
    answer = untangle("check", singular, "--activation", "tanh", "--data", "disk_in_ring:n=80")
    assert (answer.code, answer.error) == (0, "")
    assert " no " in answer.out
    answer = untangle("check", ONE_MORE_NEURON.slug, "--json")
    assert answer.code == 0
    assert answers(answer.out)[0]["tunnel"] is False


@pytest.mark.slow
def test_what_is_asked_wrongly_is_one_line(untangle, singular):
    answer = untangle("check", "one_more_neuro")
    assert (answer.code, answer.out) == (2, "")
    assert answer.error.startswith("error: there is no film or recipe 'one_more_neuro'. Did you mean one_more_neuron?")
    answer = untangle("check", singular, "--activation", "tanh", "--data", "linked_rings")
    assert answer.code == 1
    fault = "the network takes 2 numbers, a point of 'linked_rings' has 3. Give the data that it was trained on"
    assert answer.error == f"error: {singular} on linked_rings: {fault}\n"


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_folder_of_networks_is_checked_by_any_number_of_workers_with_the_same_answers(untangle, jobs):
    rng, data = np.random.default_rng(0), "two_curves:n=40"
    Path("class/ann").mkdir(parents=True)
    for name in ("ann/net", "ben", "cat"):
        shapes = {"0.weight": (2, 2), "0.bias": (2,), "1.weight": (1, 2), "1.bias": (1,)}
        np.savez(f"class/{name}.npz", **{each: rng.normal(size=shape) for each, shape in shapes.items()})
    Path("class/cat.npz").write_bytes(Path("class/cat.npz").read_bytes()[:200])
    words = ("--activation", "tanh", "--data", data, "--json", "--no-cache")
    answer = untangle("check", "class", ONE_MORE_NEURON.path, *words, "--jobs", jobs)
    assert answer.code == 1
    line, last = answer.error.splitlines()
    assert line.startswith("class/cat.npz: ")
    assert last == "error: 1 of 4 could not be checked"
    found = json.loads(answer.out)
    names = ["class/ann/net.npz", "class/ben.npz", str(ONE_MORE_NEURON.path)]  # the last says its activations itself
    assert [network["name"] for network in found["networks"]] == names
    assert [each["name"] for each in found["failed"]] == ["class/cat.npz"]
    for name, network in zip(names, found["networks"], strict=True):
        alone = json.loads(check(name, data, as_json=True, reading=TANH if "class" in name else Reading()))
        assert network["certificates"] == alone["networks"][0]["certificates"]
