"""Who may lean on whom (design): read from the source of every module, and seen in fresh interpreters."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path.relative_to(ROOT) for room in ("netlib", "scenes", "studio") for path in (ROOT / room).rglob("*.py")
)
NETLIB = [path for path in MODULES if path.parts[0] == "netlib"]
OUTSIDE = {"numpy", "scipy", "safetensors"}  # what netlib stands on; readers add the one library of their format
FILMS = [path for path in MODULES if path.parts[0] == "scenes" and len(path.parts) == 2 and path.stem != "__init__"]
PUBLISH = [path for path in MODULES if path.parts[:2] == ("studio", "publish")]


def name_of(path):
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports(path, only_at_import=False, root=ROOT):
    """Every module that a file names in an import, with its line; relative ones in full."""
    tree = ast.parse((root / path).read_text(encoding="utf-8"))
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


def modules_named(path):
    """The modules of our own that a file imports, whether it names them or things in them."""
    known = {name_of(module) for module in MODULES}
    return {
        ".".join(parts[:k])
        for name, _ in imports(path)
        for parts in [name.split(".")]
        for k in range(1, len(parts) + 1)
    } & known


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
    assert {"scenes/too_narrow.py", "scenes/spirals.py"} <= {path.as_posix() for path in FILMS}


@pytest.mark.parametrize("path", NETLIB, ids=str)
def test_netlib_leans_on_nothing_above_it(path):
    assert not tops(path) & {"manim", "scenes", "studio", "typer", "av", "rich"}


@pytest.mark.parametrize("path", [path for path in NETLIB if path.parts[1] != "readers"], ids=str)
def test_netlib_stands_on_numpy_and_torch_in_training_alone(path):
    # optional libraries of one feature each are imported inside the function that needs them
    allowed = OUTSIDE | {"netlib"} | set(sys.stdlib_module_names) | ({"torch"} if path.stem == "training" else set())
    assert tops(path, only_at_import=True) <= allowed
    assert "torch" not in tops(path) or path.stem == "training"


@pytest.mark.parametrize("path", [path for path in NETLIB if path.parts[1] == "readers"], ids=str)
def test_a_reader_imports_the_library_of_its_format_only_when_it_reads(path):
    allowed = OUTSIDE | {"netlib"} | set(sys.stdlib_module_names)
    assert tops(path, only_at_import=True) <= allowed


@pytest.mark.parametrize("path", FILMS, ids=str)
def test_a_film_imports_no_other_film_and_nothing_of_the_studio(path):
    others = {name_of(film) for film in FILMS} - {name_of(path)}
    assert not modules_named(path) & others
    assert tops(path, only_at_import=True) <= {"manim", "numpy", "netlib", "scenes"} | set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[:2] == ("scenes", "stage")], ids=str)
def test_the_stage_knows_no_film_and_nothing_of_the_studio(path):
    assert not modules_named(path) & {name_of(film) for film in FILMS}
    assert "studio" not in tops(path)


@pytest.mark.parametrize("path", PUBLISH, ids=str)
def test_publishing_works_without_manim(path):
    assert not tops(path) & {"manim", "scenes"}
    paths = {name_of(module): module for module in MODULES}
    assert not [name for name in reached(name_of(path)) if tops(paths[name], only_at_import=True) & {"manim", "scenes"}]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_nothing_is_imported_with_a_star(path):
    assert not [line for name, line in imports(path) if name.endswith(".*")]


def test_importing_netlib_loads_neither_torch_nor_manim():
    held = loaded_by("import netlib")
    assert "netlib" in held
    assert not held & {"torch", "manim", "numba", "onnx", "h5py", "sklearn"}


def test_every_module_of_netlib_but_training_can_be_imported_without_torch():
    names = [name_of(path) for path in NETLIB if "netlib.training.loop" not in reached(name_of(path))]
    assert "netlib.training.loop" not in names
    held = loaded_by("import importlib\n" + "\n".join(f"importlib.import_module('{name}')" for name in names))
    assert not held & {"torch", "manim"}


@pytest.mark.skipif(not (ROOT / "studio" / "cli.py").exists(), reason="there is no command line yet")
def test_the_command_line_helps_without_torch_and_manim():
    lines = ["import sys", "sys.argv = ['untangle', '--help']", "from manim_untangle.cli.app import main"]
    code = "\n".join([*lines, "try:", "    main()", "except SystemExit as end:", "    assert not end.code"])
    held = loaded_by(code)
    assert "studio" in held
    assert not held & {"torch", "manim"}


def test_the_walk_finds_imports_of_every_form_and_tells_when_they_run(tmp_path):
    lines = [
        "def f():",
        "    import torch.nn",
        "from manim import Scene",
        "from . import other",
        "from ..deep.er import *",
    ]
    probe = Path("scenes/stage/probe.py")
    (tmp_path / probe).parent.mkdir(parents=True)
    (tmp_path / probe).write_text("\n".join(lines))
    found = {name for name, _ in imports(probe, root=tmp_path)}
    assert found == {"torch.nn", "manim.Scene", "manim_untangle.stage.other", "scenes.deep.er.*"}
    assert "torch.nn" not in {name for name, _ in imports(probe, only_at_import=True, root=tmp_path)}
