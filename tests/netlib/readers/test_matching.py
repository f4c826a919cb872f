"""A network and data that do not belong together are told apart before any film is made."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from netlib import Dataset, Dense, Network, ReadNetwork, dataset, read_data
from netlib.activations import activation, relu
from netlib.errors import AmbiguousFile, BadFile
from netlib.readers import matched
from netlib.readers.data import data_of


def read(inputs: int, outputs: int, classes: tuple[str, ...] = ()) -> ReadNetwork:
    return ReadNetwork(Network((), Dense(np.ones((outputs, inputs)), np.zeros(outputs))), classes=classes)


def test_what_belongs_together_passes() -> None:
    matched(read(2, 1), dataset("spirals"))
    matched(read(4, 3, ("setosa", "versicolor", "virginica")), read_data("iris"))
    matched(read(4, 3), read_data("iris"))
    matched(read(4, 3, ("0", "1", "2")), read_data("iris"))
    matched(read(2, 3), dataset("spirals"))
    matched(read(1, 1), dataset("parabola"))


@pytest.mark.parametrize(
    ("network", "data", "words"),
    [
        (read(3, 1), "spirals", r"takes 3 numbers, a point of 'spirals' has 2"),
        (read(4, 1), "iris", r"tells 2 classes apart, 'iris' has 3"),
        (read(4, 2), "iris", r"tells 2 classes apart, 'iris' has 3"),
        (replace(read(4, 1), regressor=True), "iris", r"gives real numbers .*Train a classifier"),
        (read(1, 2), "parabola", r"has 2 outputs, real targets need 1"),
        (read(4, 3, ("a", "b", "c")), "iris", r"classes are a, b, c, those of 'iris' are setosa, versicolor"),
    ],
)
def test_what_does_not_is_refused_with_what_differs(network: ReadNetwork, data: str, words: str) -> None:
    found: Dataset = read_data(data)
    with pytest.raises(BadFile, match=words):
        matched(network, found)


def steps(*at: float) -> ReadNetwork:
    """A network of one input whose class is the number of the interval between these places."""
    slopes = np.arange(len(at) + 1.0)
    return ReadNetwork(Network((), Dense(slopes[:, None], -np.concatenate([[0.0], np.cumsum(at)]))))


def on_a_line(labels: list[str | int], **known: tuple[str, ...]) -> Dataset:
    """One point in the middle of each interval of `steps(1, 2)`, with these labels as a file has them."""
    names = sorted({*labels}, key=lambda label: (isinstance(label, str), label))
    points = np.array([0.5, 1.5, 2.5])[: len(labels)] if "at" not in known else np.array(known["at"], float)
    codes = np.array([names.index(label) for label in labels])
    return Dataset("mine", points[:, None], codes, class_names=tuple(map(str, names)))


def right(read: ReadNetwork, data: Dataset) -> float:
    return read.network.accuracy(data.points, data.labels)


@pytest.mark.parametrize(("labels", "at"), [([1, 2], (1.5, 2.5)), ([0, 2], (0.5, 2.5)), ([0, 1], (0.5, 1.5))])
def test_whole_numbers_mean_the_networks_own_classes_though_some_are_missing(
    labels: list[int], at: tuple[float, ...]
) -> None:
    read, data = matched(steps(1, 2), on_a_line(labels, at=at))
    assert right(read, data) == 1
    assert data.labels.tolist() == labels
    assert (data.classes, data.class_names) == (3, ("0", "1", "2"))
    assert read.assumptions == (
        f"The data hold only the classes {labels[0]}, {labels[1]} of the network's 3, counted from 0.",
    )


@pytest.mark.parametrize("labels", [[1, 2, 3], [10, 20, 30], ["a", "b", "c"]])
def test_other_labels_are_taken_in_sorted_order_and_this_is_said(labels: list) -> None:
    read, data = matched(steps(1, 2), on_a_line(labels))
    assert right(read, data) == 1
    assert read.assumptions[0].startswith(
        f"The network's classes are taken to be the labels in this order: {labels[0]} = 0"
    )


def test_a_constant_answer_gives_no_hint_at_another_order_of_classes() -> None:
    always = ReadNetwork(Network((), Dense(np.zeros((3, 1)), np.array([0.0, 1.0, 0.0]))))
    read, _ = matched(always, on_a_line([0, 1, 2], at=(0.5, 1.5, 2.5)))
    assert not any("would be" in said for said in read.assumptions)


def test_whole_numbers_that_are_too_many_for_classes_are_refused_as_labels_and_not_as_real_targets() -> None:
    eleven = Dataset("eleven", np.arange(11.0)[:, None], np.arange(11.0), regression=True)
    with pytest.raises(BadFile, match="'eleven' has 11 different labels, and 2 to 10 classes can be shown"):
        matched(steps(*np.arange(1.0, 11)), eleven)


@pytest.mark.parametrize("labels", [[-1, 1], [1, 2], ["no", "yes"]])
def test_the_two_labels_of_one_output_are_its_classes_0_and_1(labels: list) -> None:
    one = ReadNetwork(Network((), Dense(np.ones((1, 1)), -np.ones(1))))
    read, data = matched(one, on_a_line(labels))
    assert (data.labels.tolist(), right(read, data)) == ([0, 1], 1)


def test_names_of_some_of_the_classes_are_asked_for_and_the_cure_works() -> None:
    mine = on_a_line(["red", "blue"], at=(0.5, 2.5))
    with pytest.raises(
        AmbiguousFile, match=r"has 3 classes, and 'mine' has 2 of them: blue, red\. .*--classes blue,red,other"
    ):
        matched(steps(1, 2), mine)
    read, data = matched(steps(1, 2), mine, classes="red, green, blue")
    assert data.labels.tolist() == [0, 2]
    assert data.class_names == ("red", "green", "blue")
    assert right(read, data) == 1


def test_names_in_another_order_than_in_training_are_asked_for_and_each_cure_works() -> None:
    mine = on_a_line(["low", "middle", "high"])
    with pytest.raises(AmbiguousFile, match=r"0% are right.* 100% would be\. Say which") as caught:
        matched(steps(1, 2), mine)
    better, as_it_is = re.findall(r"--classes ([\w,]+)", str(caught.value))
    assert [right(*matched(steps(1, 2), mine, classes=order)) for order in (better, as_it_is)] == [1, 0]
    numbers = on_a_line([2, 0, 1])
    assert (
        "order 2,0,1, 100% would be. If so, give them: --classes 2,0,1"
        in matched(steps(1, 2), numbers)[0].assumptions[-1]
    )


def test_the_files_own_names_are_matched_in_any_order() -> None:
    named = replace(steps(1, 2), classes=("low", "middle", "high"))
    read, data = matched(named, on_a_line(["low", "high"], at=(0.5, 2.5)))
    assert right(read, data) == 1
    assert data.class_names == ("low", "middle", "high")


def test_an_order_other_than_that_which_the_network_says_is_refused_and_the_same_is_taken() -> None:
    says, data = replace(steps(1, 2), classes=("low", "mid", "top")), on_a_line(["low", "mid", "top"])
    for given in ("low,mid,top", ["low", "mid", "top"], ("low", "mid", "top"), None):
        found = matched(says, data, classes=given)[1]
        assert says.network.accuracy(found.points, found.labels) == 1
    with pytest.raises(BadFile, match=r"classes are low, mid, top in this order, as it says itself.*Leave it away"):
        matched(says, data, classes=["top", "mid", "low"])
    names = matched(steps(1, 2), on_a_line([0, 1, 2]), classes=["a, or b", "c", "d"])[1].class_names
    assert names == ("a, or b", "c", "d")  # with a comma in one, which a text could not say


def test_columns_that_are_too_many_are_named_and_the_cure_works() -> None:
    text = b"id,x,y,kind\n7,0.5,1,a\n9,1.5,2,b\n"
    with pytest.raises(
        BadFile,
        match=r"a point of 'mine' has 3 \(id, x, y\).*--features x,y \(in Python: X\[\['x', 'y'\]\]\)$",
    ) as told:
        matched(read(2, 1), data_of(text, ".csv", "mine"))
    features = re.findall(r"--features (\S+)", str(told.value))[0]
    _, data = matched(read(2, 1), data_of(text, ".csv", "mine", features=features))
    assert data.columns == ("x", "y")


@pytest.mark.parametrize(
    ("header", "row", "cure"),
    [
        (
            "x,y,weight,kind",
            "{0},{1},1,{2}",
            "--features x,y (in Python: X[['x', 'y']])",
        ),  # a column that never changes
        ("x,y,z,kind", "{0},{1},{1},{2}", "choose 2 of these columns with --features"),
    ],
)
def test_columns_are_proposed_only_where_no_others_could_be_meant(header: str, row: str, cure: str) -> None:
    text = "\n".join([header, *(row.format(k, k * k, "ab"[k % 2]) for k in range(6))]).encode()
    with pytest.raises(BadFile) as told:
        matched(read(2, 1), data_of(text, ".csv", "mine"))
    assert str(told.value).endswith(cure)


@pytest.mark.parametrize("classes", [("1.0", "2.0", "3.0"), ("1", "2", "3"), ("1", "2", "4")])
def test_numbers_are_names_where_the_file_names_its_classes(classes: tuple[str, ...]) -> None:
    read, data = matched(replace(steps(1, 2), classes=classes), on_a_line([1, 2], at=(0.5, 1.5)))
    assert (right(read, data), read.assumptions) == (1, ())


def test_true_and_false_are_1_and_0() -> None:
    one = ReadNetwork(Network((), Dense(np.ones((1, 1)), -np.ones(1))), classes=("False", "True"))
    assert right(*matched(one, on_a_line([0, 1]))) == 1
    assert right(*matched(one, on_a_line(["False", "True"]))) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("a,b", "has 3 classes, 2 are named"),
        ("a,b,a", "has 3 classes, 2 are named"),
        ("a,b,d", "given are a, b, d, those"),
    ],
)
def test_classes_that_do_not_fit_are_refused(given: str, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        matched(steps(1, 2), on_a_line(["a", "b", "c"]), classes=given)


def one_output(final: str = "identity", regressor: bool = False) -> ReadNetwork:
    """x -> x."""
    return ReadNetwork(Network((), Dense(np.ones((1, 1)), np.zeros(1))), final=final, regressor=regressor)


def ages(*values: float) -> Dataset:
    """A regression of one input on the numbers themselves, in whole numbers that a table gives as classes."""
    names = tuple(str(int(value)) for value in sorted({*values}))
    labels = np.array([names.index(str(int(value))) for value in values])
    return Dataset("ages", np.array(values)[:, None], labels, class_names=names)


def test_one_real_output_makes_more_than_two_numbers_targets() -> None:
    read, data = matched(one_output(), ages(5, 7, 6, 5))
    assert (data.regression, data.classes, read.regressor) == (True, 0, True)
    np.testing.assert_array_equal(data.labels, [5, 7, 6, 5])
    assert "taken as real targets" in read.assumptions[-1]
    assert matched(one_output(regressor=True), ages(5, 7, 6, 5))[1].regression


@pytest.mark.parametrize("final", ["sigmoid", "relu", "softplus", "tanh"])
def test_a_final_activation_is_part_of_a_regression(final: str) -> None:
    data = Dataset("real", np.linspace(-2, 2, 5)[:, None], np.linspace(0, 1, 5), regression=True)
    read, _ = matched(replace(one_output(final), assumptions=(f"The {final} after the last layer is left out.",)), data)
    np.testing.assert_allclose(read.network(data.points), activation(final)(data.points))
    assert (read.final, read.assumptions) == ("identity", ())


@pytest.mark.parametrize(("option", "given"), [("threshold", 0.5), ("classes", "a,b")])
def test_targets_take_no_classes_and_no_threshold(option: str, given: object) -> None:
    data = Dataset("real", np.zeros((2, 1)), np.array([0.5, 1.5]), regression=True)
    with pytest.raises(BadFile, match=f"real targets, so no {option} can be given"):
        matched(one_output(), data, **{option: given})


def near(*values: float) -> Dataset:
    """Points that the network x -> x gives these values, the first half of class 0."""
    return Dataset("mine", np.array(values)[:, None], np.repeat([0, 1], len(values) // 2))


@pytest.mark.parametrize("regressor", [False, True])
def test_outputs_near_the_labels_0_and_1_are_cut_at_a_half(regressor: bool) -> None:
    data = near(-0.1, 0.02, 0.2, 0.45, 0.6, 0.8, 0.97, 1.3)
    read, _ = matched(one_output(regressor=regressor), data)
    assert right(read, data) == 1
    assert read.network(np.array([[0.5]])) == pytest.approx(0)
    assert read.assumptions == (
        "The answer is class 1 where the output is above 0.5, because its outputs are near the labels 0 and 1. "
        "If that is wrong, give --threshold 0.",
    )
    assert right(matched(one_output(regressor=regressor), data, threshold=0)[0], data) == 5 / 8


@pytest.mark.parametrize("regressor", [False, True])
def test_outputs_near_other_labels_are_cut_between_them(regressor: bool) -> None:
    data = replace(near(0.9, 1.2, 1.9, 2.1), class_names=("1", "2"))
    read, shown = matched(one_output(regressor=regressor), data)
    assert (right(read, shown), shown.labels.tolist()) == (1, [0, 0, 1, 1])
    assert "above 1.5, because its outputs are near the labels 1 and 2" in read.assumptions[-1]
    data = replace(near(-1.1, -0.8, 0.9, 1.2), class_names=("-1", "1"))
    read, shown = matched(one_output(regressor=regressor), data)
    assert (right(read, shown), read.regressor) == (1, False)
    assert not any("above" in sentence for sentence in read.assumptions)


def test_the_line_of_the_textbook_xor_does_not_run_through_its_points() -> None:
    hidden = Dense(np.ones((2, 2)), np.array([0.0, -1.0]), relu)
    network = Network((hidden,), Dense(np.array([[1.0, -2.0]]), np.zeros(1)))
    data = Dataset("xor", np.array([[0.0, 0], [1, 1], [0, 1], [1, 0]]), np.array([0, 0, 1, 1]))
    read, _ = matched(ReadNetwork(network), data)
    assert read.network(data.points)[:, 0] == pytest.approx([-0.5, -0.5, 0.5, 0.5])


@pytest.mark.parametrize("values", [(-3, -1, 2, 4), (-1, -1, 1, 1), (0.3, 0.4, 2.0, 3.0)])
def test_other_outputs_are_cut_at_0(values: tuple[float, ...]) -> None:
    data = near(*values)
    assert np.array_equal(matched(one_output(), data)[0].network(data.points), data.points)


@pytest.mark.parametrize("final", ["identity", "sigmoid", "tanh", "relu", "softplus"])
@pytest.mark.parametrize("threshold", [0.25, 0.5, 0.9])
def test_a_threshold_is_that_of_the_output_after_its_final_activation(final: str, threshold: float) -> None:
    read, _ = matched(one_output(final), near(-2.0, -1.0, 1.0, 2.0), threshold=threshold)
    x = np.linspace(-3, 3, 1000)[:, None]
    assert np.array_equal(read.network(x) > 0, activation(final)(x) > threshold)


@pytest.mark.parametrize(
    ("name", "weights", "bias", "side", "cut"),
    [
        ("sigmoid", [-1.0], 1.0, "above", "0.5"),  # 1 - sigmoid: a probability of class 0
        ("softsign", [1.0], -1.5, "below", "-1.5"),
        ("softplus", [2.0], 0.0, "above", "0.5"),
        ("sigmoid", [1.0, 2.0], 0.0, "above", "1.5"),
    ],
)
def test_an_output_that_never_crosses_0_is_told_and_of_one_number_asked_where_it_is_cut(
    name: str, weights: list[float], bias: float, side: str, cut: str
) -> None:
    hidden = Dense(np.full((len(weights), 1), 5.0), np.zeros(len(weights)), activation(name))
    network = ReadNetwork(Network((hidden,), Dense(np.array([weights]), np.array([bias]))))
    data = Dataset("mine", np.array([[-0.4], [-0.3], [0.3], [0.4]]), np.array([0, 1, 0, 1]))
    said = (
        f"Its one output is always {side} 0, so the answer never changes there. If it changes elsewhere, give "
        f"--threshold {cut} (in Python: threshold={cut})"
    )
    if len(weights) > 1:
        assert said in matched(network, data)[0].assumptions
    else:
        with pytest.raises(AmbiguousFile, match=re.escape(said)):
            matched(network, data)
    found = matched(network, data, threshold=float(cut))[0].network
    np.testing.assert_array_equal(found.classify(data.points), network.network(data.points)[:, 0] > float(cut))
    for other in (relu, activation("tanh")):  # ReLU is 0 where its neuron is off
        assert not matched(replace(network, network=Network((replace(hidden, activation=other),),
                                                            Dense(np.ones((1, len(weights))), np.zeros(1)))),
                           data)[0].assumptions  # fmt: skip


def test_a_probability_is_cut_at_a_half_without_a_word() -> None:
    read, _ = matched(one_output("sigmoid"), near(-2.0, -1.0, 1.0, 2.0))
    assert (read.network(np.zeros((1, 1))).item(), read.assumptions) == (0, ())


@pytest.mark.parametrize(
    ("network", "threshold", "words"),
    [
        (steps(1), 0.5, "a threshold is for one output; of its 2 the largest is the answer. Leave it away"),
        (one_output("sigmoid"), 2.0, r"final sigmoid gives 0 to 1\. Give a threshold between, not 2"),
        (one_output(regressor=True), None, r"gives real numbers .*not near the labels.*--threshold 0\.5"),
    ],
)
def test_thresholds_that_mean_nothing_are_refused(network: ReadNetwork, threshold: float | None, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        matched(network, near(5.0, 6.0, 7.0, 8.0), threshold=threshold)
