"""Who may lean on whom (design): read from the source of every module, and seen in fresh interpreters."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path.relative_to(ROOT) for room in ("netlib", "scenes", "manim_untangle") for path in (ROOT / room).rglob("*.py")
)
NETLIB = [path for path in MODULES if path.parts[0] == "netlib"]
# what netlib stands on; readers add the one library of their format
OUTSIDE = {"numpy", "scipy", "contourpy", "safetensors", "lazy_loader"}
FILMS = [path for path in MODULES if path.parts[0] == "scenes"]
WITH_TORCH = [Path("netlib/training/loop.py"), Path("netlib/models/torch_module.py")]
STANDARD = set(sys.stdlib_module_names)
# what a room of manim_untangle may import of the project: rooms to its left
BELOW = {
    "draw": set(),
    "stage": {"draw"},
    "render": {"draw"},
    "publish": {"web"},
    "web": {"draw", "stage", "render"},
    "cli": {"draw", "stage", "render", "publish", "web"},
}
ROOMS = {room: [path for path in MODULES if path.parts[:2] == ("manim_untangle", room)] for room in BELOW}
LIBRARIES = {
    "draw": {"manim", "numpy", "numba", "cairo", "scipy", "filelock", "tqdm"},
    "stage": {"manim", "numpy", "scipy", "contourpy"},
    "render": {"manim", "numpy", "numba", "av", "PIL", "rich", "xxhash", "platformdirs"},
    "web": {"manim", "numpy", "scipy", "xxhash", "PIL", "cairo"},
}


def name_of(path):
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path, only_at_import=False, root=ROOT):
    """Every module that a file names in an import, with its line; relative ones in full."""
    tree = parsed(root / path)
    package = name_of(path).split(".")[: None if path.stem == "__init__" else -1]
    found = []
    for node in walk(tree, only_at_import):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            found += [(f"{source}.{alias.name}", node.lineno) for alias in node.names]
    return found


def walk(tree, only_at_import):
    """The nodes of a module; without function bodies and type-checking blocks where only importing it counts."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if only_at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def tops(path, **how):
    return {name.split(".")[0] for name, _ in imports(path, **how)}


@cache
def modules_named(path):
    """The modules of our own that a file imports, whether it names them or things in them."""
    known = {name_of(module) for module in MODULES}
    return {
        ".".join(parts[:k])
        for name, _ in imports(path)
        for parts in [name.split(".")]
        for k in range(1, len(parts) + 1)
    } & known


def packages_of(name):
    """A module and the packages that it lies in, which are there before it."""
    parts = name.split(".")
    return {".".join(parts[:k]) for k in range(1, len(parts) + 1)}


def reached(start):
    """Every module of ours that is loaded once `start` is, by imports outside of functions."""
    paths, seen, waiting = {name_of(path): path for path in MODULES}, set(), [start]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in paths:
            continue
        seen.add(name)
        for found, _ in imports(paths[name], only_at_import=True):
            parts = found.split(".")
            waiting += [".".join(parts[:k]) for k in range(1, len(parts) + 1)]
    return seen


def loaded_by(code):
    """The top-level modules that a fresh interpreter holds after running the code."""
    told = f"{code}\nimport sys\nprint('LOADED', *{{name.split('.')[0] for name in sys.modules}})"
    said = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(said.stdout.rpartition("LOADED")[2].split())


def test_the_rooms_are_found():
    assert len(NETLIB) > 10
    assert all(len(paths) > 3 for paths in ROOMS.values())
    assert {"scenes/too_narrow.py", "scenes/spirals.py"} <= {path.as_posix() for path in FILMS}


@pytest.mark.parametrize("path", NETLIB, ids=str)
def test_netlib_leans_on_nothing_above_it(path):
    assert not tops(path) & {"manim", "scenes", "manim_untangle", "typer", "av", "rich"}


@pytest.mark.parametrize("path", NETLIB, ids=str)
def test_netlib_stands_on_numpy_and_what_trains_or_reads_torch_alone_on_torch(path):
    # optional libraries of one feature each are imported inside the function that needs them
    with_torch = path in WITH_TORCH
    assert tops(path, only_at_import=True) <= OUTSIDE | {"netlib"} | STANDARD | ({"torch"} if with_torch else set())
    assert with_torch or "torch" not in tops(path)


@pytest.mark.parametrize("path", FILMS, ids=str)
def test_a_film_imports_manim_netlib_and_the_public_face_alone(path):
    assert tops(path) <= {"manim", "numpy", "netlib", "manim_untangle"} | STANDARD
    named = list(ast.walk(parsed(ROOT / path)))
    sources = {node.module or "." for node in named if isinstance(node, ast.ImportFrom)}
    sources |= {alias.name for node in named if isinstance(node, ast.Import) for alias in node.names}
    assert not {source for source in sources if source.startswith(("netlib.", "manim_untangle.", "."))}


@pytest.mark.parametrize(("room", "path"), [(room, path) for room in ROOMS for path in ROOMS[room]], ids=str)
def test_a_room_leans_on_rooms_to_its_left_alone(room, path):
    rooms = {name.split(".")[1] for name in modules_named(path) if name.startswith("manim_untangle.")}
    assert rooms <= BELOW[room] | {room}
    assert "scenes" not in tops(path)


@pytest.mark.parametrize("path", ROOMS["draw"], ids=str)
def test_drawing_knows_no_network(path):
    allowed = {"netlib", "netlib.errors", "netlib.files"}
    assert {name for name in modules_named(path) if name.startswith("netlib")} <= allowed


@pytest.mark.parametrize(("room", "path"), [(room, path) for room in LIBRARIES for path in ROOMS[room]], ids=str)
def test_a_room_stands_on_its_own_libraries(room, path):
    allowed = LIBRARIES[room] | {"netlib", "manim_untangle"} | STANDARD
    assert tops(path, only_at_import=True) <= allowed


@pytest.mark.parametrize("path", ROOMS["publish"], ids=str)
def test_publishing_works_without_manim(path):
    assert "manim" not in tops(path)
    paths = {name_of(module): module for module in MODULES}
    assert not [name for name in reached(name_of(path)) if "manim" in tops(paths[name], only_at_import=True)]


def test_no_module_imports_itself_through_others_not_even_inside_functions():
    """The imports of all modules, those in functions too, can be put in an order."""
    waiting = {name_of(path): modules_named(path) - packages_of(name_of(path)) for path in MODULES}
    while waiting:
        free = [name for name, needs in waiting.items() if not needs & waiting.keys()]
        assert free, "in a circle: " + ", ".join(sorted(waiting))
        waiting = {name: needs for name, needs in waiting.items() if name not in free}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_nothing_is_imported_with_a_star(path):
    assert not [line for name, line in imports(path) if name.endswith(".*")]


def test_importing_netlib_loads_neither_torch_nor_manim():
    held = loaded_by("import netlib")
    assert "netlib" in held
    assert not held & {"torch", "manim", "numba", "onnx", "h5py", "sklearn"}


@pytest.mark.slow
def test_every_other_module_of_netlib_can_be_imported_without_torch():
    needing = {name_of(path) for path in WITH_TORCH}
    names = [name_of(path) for path in NETLIB if not needing & reached(name_of(path))]
    assert len(names) > len(NETLIB) - 4
    held = loaded_by("import importlib\n" + "\n".join(f"importlib.import_module('{name}')" for name in names))
    assert not held & {"torch", "manim", "gudhi", "onnx", "h5py", "sklearn"}


@pytest.mark.slow
def test_the_command_line_helps_and_writes_films_that_did_not_change_without_torch_and_manim():
    lines = ["import sys", "sys.argv = ['untangle', '--help']", "from manim_untangle.cli.app import main"]
    lines += ["from manim_untangle.render import many", "from manim_untangle.web import teller"]
    code = "\n".join([*lines, "try:", "    main()", "except SystemExit as end:", "    assert not end.code"])
    held = loaded_by(code)
    assert "manim_untangle" in held
    assert not held & {"torch", "manim"}


@pytest.mark.slow
def test_dask_is_loaded_where_several_processes_draw_alone():
    held = loaded_by("import manim_untangle.render.dispatch, manim_untangle.render.many, manim_untangle.render.worker")
    assert "manim" in held
    assert not held & {"dask", "distributed"}


def test_the_walk_finds_imports_of_every_form_and_tells_when_they_run(tmp_path):
    lines = [
        "def f():",
        "    import torch.nn",
        "from manim import Scene",
        "from . import other",
        "from ..deep.er import *",
    ]
    probe = Path("manim_untangle/stage/probe.py")
    (tmp_path / probe).parent.mkdir(parents=True)
    (tmp_path / probe).write_text("\n".join(lines))
    found = {name for name, _ in imports(probe, root=tmp_path)}
    assert found == {"torch.nn", "manim.Scene", "manim_untangle.stage.other", "manim_untangle.deep.er.*"}
    assert "torch.nn" not in {name for name, _ in imports(probe, only_at_import=True, root=tmp_path)}
