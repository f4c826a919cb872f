"""Installed from its wheel, outside of the repository, the command renders as it does from a checkout."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest

from benchmarks.installed import ROOT, Installed
from manim_untangle.draw.camera import BatchCamera
from manim_untangle.render import toolchain

pytestmark = pytest.mark.slow

# Runs the command's own script with the arguments, then prints what drew its pictures and what was imported.
RENDER = """
import json, runpy, sys
script, sys.argv = sys.argv[1], sys.argv[1:]
try:
    runpy.run_path(script, run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
from manim_untangle.draw.camera import BatchCamera
from manim_untangle.render.toolchain import code_behind
code = code_behind(BatchCamera)
files = [str(getattr(module, "__file__", None)) for module in sys.modules.values()]
print(json.dumps({"files": code.files, "packages": code.packages, "imported": files}))
"""


@pytest.fixture(scope="module")
def rendered(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """The folder in which the installed command rendered a film, and what its process said afterwards."""
    folder = tmp_path_factory.mktemp("elsewhere")
    small = ("-q", "l", "--fps", "5", "--resolution", "96,54")
    done = installed.run("-c", RENDER, installed.untangle, "render", "one_layer", *small, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout.splitlines()[-1])


def test_the_wheel_renders_a_film_of_ours_from_its_own_weights(rendered: tuple[Path, dict[str, object]]) -> None:
    folder, _ = rendered
    with av.open(str(folder / "renders" / "one_layer" / "film.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) > 100


def test_nothing_of_the_repository_is_imported(installed: Installed, rendered: tuple[Path, dict[str, object]]) -> None:
    _, said = rendered
    imported = [Path(file) for file in said["imported"]]
    assert any(installed.packages in file.parents for file in imported)
    assert not [file for file in imported if ROOT in file.parents and ".venv" not in file.parts]


def test_the_same_code_is_hashed_as_in_a_checkout_and_no_file_of_another_package(
    rendered: tuple[Path, dict[str, object]],
) -> None:
    _, said = rendered
    here = toolchain.code_behind(BatchCamera)
    assert said["files"] == here.files
    assert said["packages"] == here.packages
    assert len(here.files) < 50


def test_the_wheel_installs_the_packages_that_are_hashed_as_our_own_and_no_other(installed: Installed) -> None:
    assert installed.names == set(toolchain.OWN)
