"""The public names of every package: each can be imported, and importing the package alone loads nothing."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import FunctionType

import pytest

from manim_untangle.draw import style

ROOMS = ["netlib", "netlib.certificates", "netlib.training", "manim_untangle"]


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_can_be_imported(room: str) -> None:
    package = importlib.import_module(room)
    assert len(package.__all__) > 10
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert {*package.__all__} <= {*dir(package)}


@pytest.mark.parametrize("room", ROOMS)
def test_a_function_named_like_its_module_is_the_function_after_the_module_was_imported(room: str) -> None:
    package = importlib.import_module(room)
    for name in package.__all__:
        value = getattr(package, name)
        if isinstance(value, FunctionType) and value.__module__ == f"{room}.{name}":
            importlib.import_module(f"{room}.{name}")
            assert getattr(package, name) is value


def test_the_look_is_there_before_anything_else_was_used() -> None:
    code = "import sys; from manim_untangle import style; print(style.INK, 'manim' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == [style.INK, "False"], done.stderr


@pytest.mark.slow
def test_importing_netlib_loads_no_library_until_a_name_is_used() -> None:
    loaded = "print({'numpy', 'scipy', 'torch'} & {*sys.modules})"
    code = f"import sys, netlib; {loaded}; netlib.UntangleError; {loaded}; netlib.Dense; print('numpy' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split("\n")[:3] == ["set()", "set()", "True"]


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        importlib.import_module("netlib").nonsense  # noqa: B018
