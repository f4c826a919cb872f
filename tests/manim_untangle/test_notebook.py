"""film, explore: a model in memory shows itself in a notebook, and writes nothing but where it is asked to."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from manim_untangle import explore, film, record
from manim_untangle.notebook import Certificates
from netlib.activations import tanh
from netlib.certificates.report import report
from netlib.datasets import dataset
from netlib.errors import UntangleError
from netlib.layers import Dense
from netlib.network import Network
from netlib.training.watched import WatchedTraining, load_watched

RANDOM = np.random.default_rng(0)
POINTS, LABELS = RANDOM.normal(size=(30, 2)), RANDOM.integers(2, size=30)


def network(inputs: int = 2, outputs: int = 1) -> Network:
    hidden = Dense(RANDOM.normal(size=(2, inputs)), RANDOM.normal(size=2), tanh)
    return Network((hidden,), Dense(RANDOM.normal(size=(outputs, 2)), RANDOM.normal(size=outputs)))


def test_certificates_are_those_of_the_report_as_text_and_as_a_table() -> None:
    model = network()
    found = film(model, POINTS, LABELS).check()
    wanted = report(model, explore(model, POINTS, LABELS).subject.data)
    assert tuple(found) == wanted
    assert len(repr(found).splitlines()) == len(wanted)
    assert found._repr_html_().count("<tr>") == len(wanted) + 1


def test_a_table_shows_sentences_as_text() -> None:
    row = report(network(), dataset("two_curves:n=8"))[0]
    shown = Certificates((replace(row, sentence="a < b & <b>c</b>"),))._repr_html_()
    assert "a &lt; b &amp; &lt;b&gt;c&lt;/b&gt;" in shown


def test_labels_may_be_names_and_classes_may_be_named() -> None:
    subject = film(network(), POINTS, np.where(LABELS, "sick", "healthy")).subject
    assert subject.record["class_names"] == ["healthy", "sick"]
    subject = film(network(), POINTS, LABELS, classes=("no", "yes")).subject
    assert subject.record["class_names"] == ["no", "yes"]
    np.testing.assert_array_equal(subject.data.labels, LABELS)


@pytest.mark.slow
def test_what_was_decided_about_a_model_stands_below_all_that_a_cell_shows() -> None:
    model, labels = network(), np.where(LABELS, "fine", "<sick>")
    shown = film(model, POINTS, labels)
    said = "The network's classes are taken to be the labels in this order: <sick> = 0, fine = 1."
    for each in (shown, shown.check(), explore(model, POINTS, labels)):
        assert said in repr(each)
        below = re.sub(r"srcdoc=\"[^\"]*\"|base64,[^\"]+", "", each._repr_html_())
        assert html.escape(said) in below


def test_a_data_set_of_ours_needs_no_labels() -> None:
    data = dataset("two_curves:n=8")
    assert film(network(), data).subject.data is data


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: film(network(), POINTS), "y is missing"),
        (lambda: film(network(), POINTS, LABELS[:-1]), "X has 30 rows, y has 29"),
        (lambda: film(network(3), POINTS, LABELS), "the network takes 3 numbers"),
        (lambda: film(network(2, 12), POINTS, LABELS), "Network tells 12 classes apart, a film shows 10"),
        (lambda: explore(network(2, 12), POINTS, LABELS), "Network tells 12 classes apart, a film shows 10"),
        (lambda: film(network(), POINTS, LABELS, title="\U00012345"), "no font here can draw \U00012345"),
        (
            lambda: film(network(63), RANDOM.normal(size=(30, 63)), LABELS, images=(8, 8)),
            "pictures of 8x8 have 64 pixels, and each point of X has 63 numbers. Give a width and height with as many",
        ),
        (lambda: film(network(64), RANDOM.normal(size=(30, 64)), LABELS, images="16x8"), "pixels, as 8x8 has"),
        (lambda: film(network(4), RANDOM.normal(size=(30, 4)), POINTS[:, 0], images=(2, 2)), "has real targets. Leave"),
        (lambda: film(network(), POINTS, LABELS, images=28), "images are given as width x height"),
        (lambda: film(network(), POINTS, LABELS, images="28"), "width x height in pixels, for example 28x28, not '28'"),
        (lambda: explore(network(4), RANDOM.normal(size=(30, 4)), LABELS), "up to 3 inputs, this network takes 4"),
        (lambda: film(network(), POINTS, LABELS).save("film.avi"), "film.avi is no path of a film"),
        (lambda: film(network(), POINTS, LABELS).render("x"), "no quality 'x'. There are: l, m, h, p, k"),
        (lambda: explore(network(), POINTS, LABELS).save("page.pdf"), "page.pdf is no path of a page"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(ask: Any, words: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UntangleError) as caught:
        ask()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_film_shows_itself_is_saved_and_leaves_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    for folder in (home, here):
        folder.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    made = film(network(), dataset("two_curves:n=8"), title="Moons <1>")
    shown = made._repr_html_()
    assert 'aria-label="Moons &lt;1&gt;"' in shown
    poster, video = (base64.b64decode(data) for data in re.findall(r"base64,([^\"]+)", shown))
    assert poster.startswith(b"\xff\xd8")  # JPEG: the first frame of the film is black
    assert b"crf=24.0" in video  # which x264 writes into it: a third less than a film in a file takes
    assert made.render().read_bytes() == video
    assert made.save("out/moons.mp4", "l").read_bytes() == video
    with av.open("out/moons.mp4") as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (854, 480)
        assert stream.duration * stream.time_base > 10
    temporary = made.render().parents[2]
    del made
    assert not temporary.exists()
    assert [path for path in here.rglob("*") if path.is_file()] == [here / "out" / "moons.mp4"]
    assert not list(home.rglob("*.mp4"))


def test_the_live_picture_is_one_page_that_needs_nothing_else(tmp_path: Path) -> None:
    picture = explore(network(), POINTS, LABELS, title="Mine & yours")
    text = picture.save(tmp_path / "page.html").read_text()
    assert "<title>Mine &amp; yours</title>" in text
    assert not re.search(r"(src|href)=\"(?!data:|#)", text)
    assert "srcdoc=" in picture._repr_html_()


@pytest.mark.slow
def test_a_recording_follows_a_model_once_and_notes_it_as_it_was_at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    followed, export = [], torch.export.export
    monkeypatch.setattr(torch.export, "export", lambda *a, **k: (followed.append(a), export(*a, **k))[1])
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    with record(model, POINTS, LABELS) as training:
        outputs = []
        for step in range(450):
            with torch.no_grad():
                model[0].weight += 0.01
                outputs.append(model.double()(torch.tensor(POINTS)).numpy())
            training.step(torch.tensor(1.0 / (step + 1), requires_grad=True))
    kept = training._kept
    assert len(kept) < 400
    for step, loss, network in kept:
        np.testing.assert_allclose(network(POINTS), outputs[step], atol=1e-9)
        assert loss == pytest.approx(1 / (step + 1))
    assert training.film().title == "Sequential: 2-2-1"
    assert len(followed) == 1


def recorded(model: Any, y: np.ndarray, folder: Path, **options: Any) -> WatchedTraining:
    """The training that the film of two steps shows, as it is written for the film."""
    torch = pytest.importorskip("torch")
    training = record(model, POINTS, y, **options)
    for _ in range(2):
        with torch.no_grad():
            model[0].weight += 0.1
        training.step(0.5)
    training.film()._write(folder, "network")
    return load_watched(folder / "network.safetensors")[0]


@pytest.mark.slow
def test_the_film_of_a_training_cuts_where_the_film_of_the_network_does(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1)).double()
    training = recorded(model, LABELS, tmp_path, threshold=0.5)
    outputs = model(torch.tensor(POINTS)).detach().numpy()
    np.testing.assert_allclose(training.networks[-1](POINTS), outputs - 0.5, atol=1e-9)


@pytest.mark.parametrize("final", [[], ["Sigmoid"]])
def test_a_training_for_real_targets_is_recorded_with_the_answer_itself(tmp_path: Path, final: list[str]) -> None:
    torch = pytest.importorskip("torch")
    layers = [torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1), *(getattr(torch.nn, f)() for f in final)]
    model = torch.nn.Sequential(*layers).double()
    training = recorded(model, np.sin(POINTS[:, 0]), tmp_path)
    np.testing.assert_allclose(training.networks[-1](POINTS), model(torch.tensor(POINTS)).detach().numpy(), atol=1e-9)


def test_parameters_that_each_step_makes_anew_are_given_to_each_step() -> None:
    old = [(RANDOM.normal(size=(2, 3)), np.zeros(3)), (RANDOM.normal(size=(3, 1)), np.zeros(1))]
    new = [(weight + 1, bias) for weight, bias in old]
    options = {"activation": "tanh", "layout": "in,out"}
    with record(old, POINTS, LABELS, **options) as training:
        training.step(0.5)
        training.step(0.4)
        with pytest.raises(UntangleError, match=r"the same after all 2 steps.*training\.step\(loss, parameters\)"):
            training.film()
        training.step(0.3, new)
    assert training.film().title == "network: 2-3-1"
    np.testing.assert_allclose(training._kept[-1][2](POINTS), np.tanh(POINTS @ new[0][0]) @ new[1][0])


def test_a_recording_without_steps_has_no_film() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(UntangleError, match="Call step"):
        record(torch.nn.Linear(2, 1), POINTS, LABELS).film()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
def test_keras_calls_back_after_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "tanh"), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    monkeypatch.setattr(keras.Model, "save", None)  # nothing is written
    training = record(model, POINTS, LABELS)
    model.fit(POINTS, LABELS, batch_size=10, epochs=2, verbose=0, callbacks=[training.keras_callback()])
    assert training.steps == 6
    assert np.isfinite([loss for _, loss, _ in training._kept]).all()
    wanted = model.predict(POINTS, verbose=0)
    np.testing.assert_allclose(1 / (1 + np.exp(-training._kept[-1][2](POINTS))), wanted, atol=1e-6)


CELLS = (
    "import numpy as np, os\nfrom sklearn.datasets import make_moons\nfrom sklearn.neural_network import MLPClassifier",
    "X, y = make_moons(60, noise=0.05, random_state=0)\nmodel = MLPClassifier((3,), max_iter=20).fit(X, y)",
    "from manim_untangle import explore, film\nfilm(model, X, y).check()",
    "explore(model, X, y)",
    "film(model, X, np.append(y[1:], 7))",
)


@pytest.mark.slow
def test_cells_of_a_notebook_show_what_they_hold(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    book = nbformat.v4.new_notebook(cells=cells)
    running = client.NotebookClient(book, timeout=300, allow_errors=True, resources={"metadata": {"path": tmp_path}})
    running.execute()
    shown = [[output.get("data", {}) for output in cell.outputs if "data" in output] for cell in book.cells]
    assert "What is checked" in shown[2][-1]["text/html"]
    assert "<iframe" in shown[3][-1]["text/html"]
    error = next(output for output in book.cells[4].outputs if output.output_type == "error")
    assert "classes" in error.evalue
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]


STUDENTS = {
    "torch and Keras": """
import torch, torch.nn as nn, torch.nn.functional as F
from sklearn.datasets import make_circles
from manim_untangle import explore, film, record

X, y = make_circles(60, noise=0.05, factor=0.4, random_state=1)
X, y = torch.tensor(X).float(), torch.tensor(y).float().unsqueeze(1)
class MeinNetz(nn.Module):
    def __init__(self, breite=4):
        super().__init__()
        self.erste_Schicht = nn.Linear(2, breite)
        self.Ausgang = nn.Linear(breite, 1)
        self.do = nn.Dropout(0.1)
    def forward(self, x):
        return torch.sigmoid(self.Ausgang(self.do(F.relu(self.erste_Schicht(x)))))
netz, verlust = MeinNetz(), nn.BCELoss()
opt = torch.optim.Adam(netz.parameters(), lr=0.05)
with record(netz, X, y) as training:
    for epoch in range(20):
        opt.zero_grad(); loss = verlust(netz(X), y); loss.backward(); opt.step()
        training.step(loss)
print(training, training.film())
explore(netz, X, y)
---
film(netz, X, y, classes=["aussen", "innen"]).check()
---
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras import layers

eingang = keras.Input(shape=(2,), name="Eingang")
h = layers.Dense(3)(eingang)
h = layers.LeakyReLU()(layers.BatchNormalization()(h))
modell = keras.Model(eingang, layers.Dense(1, activation="sigmoid", name="Ausgang")(h))
modell.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
mitschnitt = record(modell, X, y)
modell.fit(X, y, epochs=2, verbose=0, callbacks=[mitschnitt.keras_callback()])
print(mitschnitt, mitschnitt.film())
film(modell, X, y).check()""",
    "sklearn": """
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from manim_untangle import explore, film

iris = load_iris(as_frame=True)
frame = iris.frame.rename(columns={"petal length (cm)": "länge", "petal width (cm)": "breite"})
X, y = frame[["länge", "breite"]], iris.target_names[iris.target]
X_train, X_test, y_train, y_test = train_test_split(X, pd.Series(y), random_state=0)
scaled = make_column_transformer((StandardScaler(), ["breite", "länge"]))
pipe = make_pipeline(scaled, MLPClassifier((3,), solver="lbfgs", max_iter=60, random_state=0))
suche = GridSearchCV(pipe, {"mlpclassifier__alpha": [0.01, 0.1]}, cv=2).fit(X_train, y_train)
explore(suche, X_test, y_test)
---
film(suche, X_test, y_test).check()""",
    "jax": """
from functools import partial
import jax, jax.numpy as jnp
from sklearn.datasets import make_moons
from manim_untangle import explore, film

X, y = make_moons(60, noise=0.1, random_state=0)
keys = jax.random.split(jax.random.PRNGKey(0), 2)
params = {"Dense_0": {"kernel": jax.random.normal(keys[0], (2, 3)), "bias": jnp.zeros(3)},
          "Dense_1": {"kernel": jax.random.normal(keys[1], (3, 1)), "bias": jnp.zeros(1)}}
def predict(params, x):
    h = jax.nn.tanh(x @ params["Dense_0"]["kernel"] + params["Dense_0"]["bias"])
    return h @ params["Dense_1"]["kernel"] + params["Dense_1"]["bias"]
explore(partial(predict, params), jnp.array(X), jnp.array(y))
---
film(params, jnp.array(X), jnp.array(y), activation=jnp.tanh).check()""",
}


@pytest.mark.slow
@pytest.mark.parametrize("library", STUDENTS)
def test_a_notebook_as_a_student_writes_it_runs_to_its_end(library: str, tmp_path: Path) -> None:
    if missing := [name for name in library.lower().split(" and ") if find_spec(name) is None]:
        pytest.skip(f"{missing[0]} is not installed")
    nbformat, client = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in STUDENTS[library].split("---")]
    book = nbformat.v4.new_notebook(cells=cells)
    client.NotebookClient(book, timeout=300, resources={"metadata": {"path": tmp_path}}).execute()
    shown = [output["data"]["text/html"] for cell in book.cells for output in cell.outputs if "data" in output]
    assert "<iframe" in shown[0]
    assert all("What is checked" in each for each in shown[1:])
    assert len(shown) == len(cells)
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
