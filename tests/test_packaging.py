"""What the distributions hold, and what an editable install lets Python import."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]


def build(kind: str, source: Path, folder: Path) -> Path:
    """Return the distribution of a project folder that `build_<kind>` of its backend puts into another folder."""
    call = f"import hatchling.build, sys; print(hatchling.build.build_{kind}(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", call, folder], cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    with ZipFile(build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


def sources() -> set[str]:
    """The files of both packages and the films, by their names in a wheel."""
    folders = [(ROOT / "netlib", "netlib"), (ROOT / "manim_untangle", "manim_untangle")]
    folders.append((ROOT / "scenes", "manim_untangle/scenes"))
    return {
        f"{name}/{path.relative_to(folder).as_posix()}"
        for folder, name in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_wheel_holds_the_two_packages_and_the_films_whole(wheel):
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == sources()


@pytest.mark.parametrize(
    "name",
    [
        "netlib/py.typed",
        "netlib/__init__.pyi",
        "netlib/weights/*.safetensors",
        "manim_untangle/py.typed",
        "manim_untangle/__init__.pyi",
        "manim_untangle/publish/templates/*.html",
        "manim_untangle/publish/assets/*.js",
        "manim_untangle/scenes/too_narrow.py",
    ],
)
def test_a_wheel_holds_what_is_no_module(wheel, name):
    assert [path for path in map(Path, wheel.namelist()) if path.match(name)]


def test_a_wheel_brings_two_scripts_and_a_plugin_of_manim(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    points = ConfigParser()
    points.read_string(wheel.read(name).decode())
    assert set(points["console_scripts"]) == {"untangle", "manim-untangle"}  # uvx runs the one named like the project
    assert dict(points["manim.plugins"]) == {"manim_untangle": "manim_untangle"}


def test_the_description_on_a_package_index_links_nowhere_into_the_repository(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith("METADATA")]
    description = wheel.read(name).decode().partition("\n\n")[2]
    targets = re.findall(r"\]\((.*?)\)", description)
    assert "# Untangle" in description
    assert targets
    assert [target for target in targets if not target.startswith("https://")] == []


def test_the_citation_names_the_version_that_is_built(wheel):
    fields = dict(re.findall(r"^([a-z-]+): *(.*)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"cff-version", "message", "title", "authors"} <= set(fields)  # what the format 1.2.0 requires
    assert f"manim_untangle-{fields['version']}.dist-info/METADATA" in wheel.namelist()


@pytest.mark.slow
def test_the_source_distribution_makes_the_same_wheel(wheel, tmp_path):
    with tarfile.open(build("sdist", ROOT, tmp_path)) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    with ZipFile(build("wheel", source, tmp_path)) as again:
        assert sorted(again.namelist()) == sorted(wheel.namelist())


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what `pip install --editable` of this project puts into site-packages."""
    packages = tmp_path_factory.mktemp("packages")
    shutil.unpack_archive(build("editable", ROOT, tmp_path_factory.mktemp("editable")), packages, "zip")
    return packages


def run_beside(packages: Path, code: str, cwd: Path) -> str:
    """Return what the code prints where the packages are, and what this project needs, but not the project itself."""
    paths = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    code = f"import site, sys\nsys.path += {paths}\nsite.addsitedir({str(packages)!r})\n{code}"
    done = subprocess.run([sys.executable, "-ISc", code], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_an_editable_install_runs_the_code_of_the_checkout(editable, tmp_path):
    code = "import netlib, manim_untangle.cli.app as app; print(netlib.__file__, app.__file__, sep='\\n')"
    expected = [ROOT / "netlib/__init__.py", ROOT / "manim_untangle/cli/app.py"]
    assert run_beside(editable, code, tmp_path).splitlines() == list(map(str, expected))


def test_an_editable_install_brings_no_other_name(editable, tmp_path):
    names = sorted(
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and path.name.isidentifier() and path.name != "__pycache__"
    )
    assert {"benchmarks", "scenes", "tests"} <= set(names)
    code = f"import importlib.util as u; print(*[name for name in {names} if u.find_spec(name)])"
    assert run_beside(editable, code, tmp_path).split() == ["manim_untangle", "netlib"]
