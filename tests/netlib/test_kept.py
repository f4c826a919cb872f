"""A kept result is what would be computed now: it is taken only where all that it depends on is as it was."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netlib import certificates, kept
from netlib.activations import Activation, leaky, relu, sigmoid, tanh
from netlib.boundary import answer_regions, boundary_curves
from netlib.certificates.separation import separability
from netlib.datasets import Dataset, dataset
from netlib.layers import Dense, Residual
from netlib.motion.trajectory import CachedTrajectory, Trajectory, affine_then_bend
from netlib.network import Network

RNG = np.random.default_rng(0)
PLANE = Network(
    tuple(Dense(RNG.normal(size=(2, 2)), RNG.normal(size=2), tanh) for _ in range(2)), Dense([[1.0, 0.5]], [0.1])
)
SPACE = Network((Dense(RNG.normal(size=(3, 3)), np.zeros(3), tanh),), Dense([[1.0, 0.5, 0.2]], [0.1]))
RING, LINKS = dataset("disk_in_ring:n=60"), dataset("linked_rings:n=60")


@dataclass(frozen=True)
class Found:
    """A result of every kind of value."""

    number: float
    parts: tuple[Any, ...]
    named: dict[str, Any]
    points: np.ndarray
    listed: list[Any]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with kept.keeping(tmp_path / "results"):
        yield tmp_path / "results"


def counted(result: Callable[..., Any], *kinds: type) -> tuple[Callable[..., Any], list[Any]]:
    """Return a kept function, and the list of arguments with which it was really called."""
    calls: list[Any] = []

    def function(network: Network | None = None, data: Any = None, samples: Any = 3) -> Any:
        calls.append((network, data, samples))
        return result(network, data, samples)

    function.__module__ = "netlib.certificates.test"
    return kept.kept(*kinds)(function), calls


def same(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray | np.generic):
        return (
            type(first) is type(second)
            and first.dtype == second.dtype
            and first.tobytes() == second.tobytes()
            and first.shape == second.shape
        )
    if type(first) is not type(second):
        return False
    if is_dataclass(first):
        return all(same(getattr(first, each.name), getattr(second, each.name)) for each in fields(first))
    if isinstance(first, dict):
        return list(first) == list(second) and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return repr(first) == repr(second)


def test_a_result_comes_back_bit_for_bit(folder: Path) -> None:
    found = Found(
        0.1 + 0.2,
        (None, True, -0.0, np.inf, np.nan, "ä\ud800", ()),
        {"tuple": 1, "array": [np.float64(1) / 3, np.int32(4), np.bool_(True)]},
        RNG.normal(size=(3, 0, 2)),
        [np.arange(6).reshape(2, 3).T, np.array(1.5, ">f8"), np.array([True, False])],
    )
    function, calls = counted(lambda *_: found, Found)
    assert same(function(), found)
    again = function()
    assert same(again, found)
    assert again is not found
    assert len(calls) == 1
    again.points.resize(0)  # a caller may change it
    assert same(function(), found)


@dataclass(frozen=True)
class Scaled:
    by: float


@dataclass(frozen=True)
class Shifted:
    by: float


for kind in (Scaled, Shifted):  # values with the same fields, of code that is known
    kind.__module__ = "netlib.layers"


def ulp(weight: np.ndarray) -> np.ndarray:
    return np.concatenate([np.nextafter(weight[:1], 9), weight[1:]])


def first_layer(**changed: Any) -> Network:
    return replace(PLANE, hidden=(replace(PLANE.hidden[0], **changed), *PLANE.hidden[1:]))


def moved(points: np.ndarray) -> np.ndarray:
    return np.vstack([np.nextafter(points[:1], 9), points[1:]])


# each with the arguments of two calls that must not get the same answer
CHANGES: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    "a weight by one unit in the last place": ((PLANE,), (first_layer(weight=ulp(PLANE.hidden[0].weight)),)),
    "a bias by one unit in the last place": ((PLANE,), (first_layer(bias=ulp(PLANE.hidden[0].bias)),)),
    "a weight of the readout": ((PLANE,), (replace(PLANE, readout=Dense([[1.0, np.nextafter(0.5, 1)]], [0.1])),)),
    "an activation": ((PLANE,), (first_layer(activation=relu),)),
    "the slope of an activation, whose name rounds it": (
        (first_layer(activation=leaky(0.1234567)),),
        (first_layer(activation=leaky(0.1234568)),),
    ),
    "a fact about an activation": ((PLANE,), (first_layer(activation=replace(tanh, error=1e-9)),)),
    "the number of layers": ((PLANE,), (replace(PLANE, hidden=PLANE.hidden[:1]),)),
    "the kind of a layer": ((Scaled(2.0),), (Shifted(2.0),)),
    "the scale of a residual layer": ((Residual(PLANE.hidden),), (Residual(PLANE.hidden, scale=0.5),)),
    "a point": ((PLANE, RING), (PLANE, replace(RING, points=moved(RING.points)))),
    "a label": ((PLANE, RING), (PLANE, replace(RING, labels=np.concatenate([1 - RING.labels[:1], RING.labels[1:]])))),
    "a point of a loop": (
        (PLANE, RING),
        (PLANE, replace(RING, loops=(replace(RING.loops[0], points=moved(RING.loops[0].points)),))),
    ),
    "the names of classes": ((PLANE, RING), (PLANE, replace(RING, class_names=("ring", "disk", "none")))),
    "whether it is a regression": ((PLANE, RING), (PLANE, replace(RING, regression=True))),
    "a weight on the way of a trajectory": (
        (Trajectory.through(PLANE),),
        (Trajectory.through(first_layer(weight=ulp(PLANE.hidden[0].weight))),),
    ),
    "a bias on the way of a trajectory": (
        (Trajectory.through(PLANE),),
        (Trajectory.through(first_layer(bias=ulp(PLANE.hidden[0].bias))),),
    ),
    "the activation on the way of a trajectory": (
        (Trajectory.through(PLANE),),
        (Trajectory.through(first_layer(activation=sigmoid)),),
    ),
    "how a layer is taken apart": ((Trajectory.through(PLANE),), (Trajectory.through(PLANE, affine_then_bend),)),
    "the object of a method": ((leaky(0.1).function.__get__(1),), (leaky(0.1).function.__get__(2),)),
    "a parameter": ((PLANE, RING, 3), (PLANE, RING, 4)),
    "the kind of a number": ((PLANE, RING, 1), (PLANE, RING, 1.0)),
    "a truth for a number": ((PLANE, RING, 1), (PLANE, RING, True)),
    "the sign of zero": ((PLANE, RING, 0.0), (PLANE, RING, -0.0)),
    "the shape of numbers": ((PLANE, np.zeros((2, 3))), (PLANE, np.zeros((3, 2)))),
    "the type of numbers": ((PLANE, np.zeros(2)), (PLANE, np.zeros(2, np.int64))),
    "where a text ends": ((PLANE, (b"a", b"bbytes c")), (PLANE, (b"abytes b", b"c"))),
    "what is in which list": ((PLANE, ((1,), 2)), (PLANE, ((1, 2),))),
    "which argument it is": ((PLANE, 3, None), (PLANE, None, 3)),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_result_is_not_taken_for_other(what: str, folder: Path) -> None:
    before, after = CHANGES[what]
    function, calls = counted(lambda *_: len(calls))
    assert (function(*before), function(*after)) == (1, 2)
    assert (function(*before), function(*after)) == (1, 2)
    assert len(calls) == 2


def test_a_result_is_taken_for_the_same_numbers_in_other_objects(folder: Path) -> None:
    function, calls = counted(lambda *_: len(calls))
    layers = tuple(Dense(each.weight.copy(), each.bias.copy(), leaky(0.2)) for each in PLANE.hidden)
    again = tuple(Dense(each.weight.copy(order="F"), each.bias.copy(), leaky(0.2)) for each in PLANE.hidden)
    assert function(replace(PLANE, hidden=layers), RING) == 1
    assert function(data=dataset("disk_in_ring:n=60"), network=replace(PLANE, hidden=again), samples=3) == 1


def test_where_a_trajectory_was_asked_before_makes_no_difference(folder: Path) -> None:
    function, calls = counted(lambda *_: len(calls))
    asked, new = CachedTrajectory.through(PLANE), CachedTrajectory.through(PLANE)
    asked.at(RING.points, 3.5)
    assert (function(asked), function(new)) == (1, 1)


def test_another_function_has_results_of_its_own(folder: Path) -> None:
    first, _ = counted(lambda *_: "first")
    second, _ = counted(lambda *_: "second")
    second.__wrapped__.__qualname__ = "another"  # type: ignore[attr-defined]
    assert (first(PLANE), second(PLANE)) == ("first", "second")


class Doubled(Dense):
    """A layer of a user's own class, of whose code nothing is known."""

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return 2 * super().__call__(points)


@pytest.mark.parametrize(
    "unknown",
    [
        replace(PLANE, hidden=(Doubled(np.eye(2), np.zeros(2)),)),
        first_layer(activation=Activation("mine", lambda z: z + 1)),
        replace(RING, labels=np.array([object()] * 60)),
        np.ma.masked_array([1.0, 2.0], [True, False]),
    ],
)
def test_nothing_is_kept_for_what_is_not_only_numbers(unknown: Any, folder: Path) -> None:
    function, calls = counted(lambda *_: len(calls))
    assert (function(unknown), function(unknown)) == (1, 2)
    assert not folder.exists()


def test_what_holds_itself_is_not_kept(folder: Path) -> None:
    function, calls = counted(lambda *_: len(calls))
    endless: list[Any] = []
    endless.append(endless)
    assert (function(endless), function(endless)) == (1, 2)


def test_only_functions_of_this_project_may_keep_results() -> None:
    with pytest.raises(ValueError, match="who knows its code"):
        kept.kept()(lambda: 1)


def test_nothing_is_kept_where_nobody_asked_for_it() -> None:
    function, calls = counted(lambda *_: len(calls))
    assert (function(PLANE), function(PLANE)) == (1, 2)
    with kept.keeping(None):
        assert function(PLANE) == 3


def file_of(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("length", [0, 1, 70, -1])
def test_a_file_that_broke_off_is_computed_again(length: int, folder: Path) -> None:
    function, calls = counted(lambda *_: [0.5] * 9)
    before, path = function(PLANE), file_of(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:length])
    assert function(PLANE) == before
    assert len(calls) == 2
    assert path.read_bytes() == whole  # and it is whole again


@pytest.mark.slow
def test_no_single_changed_byte_changes_a_result(folder: Path) -> None:
    function, _ = counted(lambda *_: {"at": np.arange(3.0), "of": (1, 2.5, "text")})
    before, path = function(PLANE), file_of(folder)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert same(function(PLANE), before)


def test_the_file_of_another_result_is_no_result(folder: Path) -> None:
    function, calls = counted(lambda _, data, __: data)
    assert function(PLANE, 1) == 1
    first = file_of(folder)
    assert function(PLANE, 2) == 2
    (second,) = set(folder.iterdir()) - {first}
    second.write_bytes(first.read_bytes())
    assert function(PLANE, 2) == 2
    assert len(calls) == 3


HOSTILE = [
    {"kind": "Popen", "fields": {"args": "touch ran"}},
    {"kind": "subprocess.Popen", "fields": {"args": "touch ran"}},
    {"kind": "Found", "fields": {"__class__": 1}},
    {"array": ["|O", [1], "0000000000"]},
    {"array": ["f8", [1 << 40], "00"]},
    {"nothing": 1},
    {"array": 1},
]


@pytest.mark.parametrize("text", HOSTILE, ids=str)
def test_a_foreign_file_runs_nothing_even_with_the_right_sum(
    text: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    function, calls = counted(lambda *_: 7, Found)
    function(PLANE)
    path, body = file_of(folder), json.dumps(text).encode()
    path.write_bytes(kept._sum(path, body) + b"\n" + body)
    assert function(PLANE) == 7
    assert len(calls) == 2
    assert not Path("ran").exists()


def test_a_folder_that_takes_no_files_costs_only_the_time(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    function, calls = counted(lambda *_: len(calls))
    with kept.keeping(tmp_path / "results"):
        assert (function(PLANE), function(PLANE)) == (1, 2)


def test_an_error_is_not_kept(folder: Path) -> None:
    function, calls = counted(lambda *_: 1 // (len(calls) - 1))
    with pytest.raises(ZeroDivisionError):
        function(PLANE)
    assert function(PLANE) == 1


# every function that keeps results, as films and `check` call it
CALLS: dict[str, Callable[[], Any]] = {
    "tunnel": lambda: certificates.tunnel(PLANE, RING),
    "tunnel without its width": lambda: certificates.tunnel(PLANE, RING, measure=False),
    "disk_enclosed": lambda: certificates.disk_enclosed(PLANE, RING),
    "every_circle_has_a_wrong_point": lambda: certificates.every_circle_has_a_wrong_point(PLANE, RING),
    "loops_stay_apart": lambda: certificates.loops_stay_apart(SPACE, LINKS, 0, 5),
    "linkings": lambda: certificates.linkings(SPACE, LINKS.loops),
    "folds": lambda: certificates.folds(PLANE, 1.0, 21),
    "windings": lambda: certificates.windings(PLANE, RING.loops[0]),
    "wrong_arcs": lambda: certificates.wrong_arcs(PLANE, RING, (0.8,)),
    "separability": lambda: separability(RING.points, RING.labels),
    "best_line": lambda: certificates.best_line(RING.points, RING.labels),
    "witnesses": lambda: certificates.witnesses(RING.of_class(0), RING.of_class(1)),
    "boundary_curves": lambda: boundary_curves(PLANE, (1.0, 1.0), 41),
    "answer_regions": lambda: answer_regions(PLANE, 1, (1.0, 1.0), 41),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_each_costly_result_is_kept_whole(name: str, folder: Path) -> None:
    with kept.keeping(None):
        computed = CALLS[name]()
    first = CALLS[name]()
    files = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert files
    for path in files:
        os.utime(path, (1, 1))
    second = CALLS[name]()
    assert same(first, computed)
    assert same(second, computed)
    assert set(folder.iterdir()) == set(files)
    assert max(path.stat().st_mtime for path in files) > 1  # it was used: `prune` keeps what is used


def test_the_calls_above_are_all_functions_that_keep() -> None:
    root = Path(kept.__file__).parent
    decorated = sum(path.read_text(encoding="utf-8").count("\n@kept(") for path in root.rglob("*.py"))
    not_called = {"betti", "shadow_linkings"}  # the first needs gudhi; the second is like linkings, in four dimensions
    assert decorated == len(set(CALLS) - {"tunnel without its width"}) + len(not_called)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a folder with a copy of netlib, without its weights."""
    root = Path(kept.__file__).parent
    shutil.copytree(root, tmp_path / "netlib", ignore=shutil.ignore_patterns("weights", "__pycache__"))
    return tmp_path


SCRIPT = """
import sys, time
from pathlib import Path
import numpy as np
from netlib import Dense, Network, dataset, kept
from netlib.certificates.tunnel import tunnel
module = sys.modules["netlib.certificates.tunnel"]
{before}
calls = []
module.annulus = lambda data, real=module.annulus: calls.append(1) or real(data)
network = Network((), Dense([[1.0, 0.5]], [0.1]))
with kept.keeping(Path("results")):
    for _ in range(2):
        tunnel(network, dataset("disk_in_ring:n=60"))
print(len(calls))
"""


def run(folder: Path, before: str = "") -> int:
    """Return how often a process of its own computes a result that it asks for twice, with the netlib in a folder."""
    command = [sys.executable, "-B", "-c", SCRIPT.format(before=before)]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.slow
def test_a_result_of_other_code_is_not_taken(copied: Path) -> None:
    assert run(copied) == 1
    assert run(copied) == 0  # by another process
    module = copied / "netlib" / "certificates" / "paths.py"  # which the kept function only imports
    module.write_text(module.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert run(copied) == 1
    assert run(copied) == 0
    (copied / "netlib" / "new.py").write_text("", encoding="utf-8")
    assert run(copied) == 1


@pytest.mark.slow
def test_a_process_whose_source_changed_under_it_keeps_nothing_and_takes_nothing(copied: Path) -> None:
    edit = "time.sleep(0.05); Path('netlib/new.py').write_text('')"
    assert run(copied, edit) == 2
    assert not (copied / "results").exists()
    assert run(copied) == 1


def test_another_version_of_a_library_has_results_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    function, calls = counted(lambda *_: len(calls))
    assert function(PLANE) == 1
    kept.code_version.cache_clear()
    monkeypatch.setattr(kept, "installed_version", lambda name: "9" if name == "scipy" else "1")
    try:
        assert (function(PLANE), function(PLANE)) == (2, 2)
    finally:
        kept.code_version.cache_clear()


def test_data_of_a_users_own_class_are_not_kept(folder: Path) -> None:
    class Mine(Dataset):
        pass

    function, calls = counted(lambda *_: len(calls))
    mine = Mine("mine", RING.points, RING.labels)
    assert (function(PLANE, mine), function(PLANE, mine)) == (1, 2)
