"""Which code is hashed: what can change on its own. Installed packages count by their version, wherever they lie."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

from manim_untangle.draw.camera import BatchCamera
from manim_untangle.render.films import FilmFile
from manim_untangle.render.toolchain import Code, code_behind

OURS = code_behind(BatchCamera)
CAMERA = "\nclass Camera:\n    pass\n"
USED = {"other/__init__.py": "import other.deep", "other/deep.py": ""}  # a package that a camera uses


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Code]]:
    """Return a function that gives the code behind `Camera` in the module `lens`, with folders to import it from.

    Code and packages that our own camera needs, too, are left out.
    """
    before = set(sys.modules)

    def code_of_lens(*folders: Path) -> Code:
        for folder in reversed(folders):
            monkeypatch.syspath_prepend(folder)
        found = code_behind(importlib.import_module("lens").Camera)
        packages = {name: version for name, version in found.packages.items() if name not in OURS.packages}
        return Code({name: digest for name, digest in found.files.items() if name not in OURS.files}, packages)

    yield code_of_lens
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(folder: Path, sources: dict[str, str]) -> Path:
    """Write files into a folder and return the folder."""
    for name, source in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return folder


def metadata(name: str, **lists: str) -> dict[str, str]:
    """Return the files that say that version 1.5 of a distribution is installed, and what it installed."""
    said = f"Name: {name}\nVersion: 1.5\n"
    if "RECORD" in lists:
        return {f"{name}-1.5.dist-info/METADATA": said, f"{name}-1.5.dist-info/RECORD": lists["RECORD"]}
    files = {f"{name}.egg-info/{stem}.txt": text for stem, text in lists.items()}
    return {f"{name}.egg-info/PKG-INFO": said, **files}


@pytest.mark.parametrize("place", ["films", "site-packages", "env/films", "prefix/lib/films"])
def test_a_users_camera_counts_with_all_that_it_imports(
    code: Callable[..., Code], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "prefix"))
    sources = {
        "lens.py": "import glass\nimport optics.rays\nfrom optics import mirrors" + CAMERA,
        "glass.py": "def polish():\n    import cloth",
        "cloth.py": "import lens",
        "optics/__init__.py": "",
        "optics/rays.py": "from . import waves\nfrom .colours import RED\nfrom .deep import sea",
        "optics/waves.py": "from manim import Square",
        "optics/colours.py": "RED = 1",
        "optics/mirrors.py": "",
        "optics/deep/sea.py": "def f():\n    from ..lens.thin import edge\n    from ....beyond import g",
        "optics/lens/thin/edge.py": "",
        "optics/unused.py": "",
    }
    folder = write(tmp_path / place, sources)
    first = code(folder)
    modules = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in sources}
    assert set(first.files) == modules - {"optics.unused"}
    assert not first.packages
    (folder / "optics" / "colours.py").write_text("RED = 2")
    assert {name for name, digest in code().files.items() if digest != first.files[name]} == {"optics.colours"}


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize(
    ("place", "lists"),
    [
        ("env/lib/python3/site-packages", {"RECORD": "../../bin/other,,\nother/__init__.py,sha256=x,9\n"}),
        ("films/vendor", {"RECORD": "other/__init__.py,,\nother/deep.py,,\n"}),
        ("usr/lib/python3/dist-packages", {"top_level": "another\nother\n", "dependency_links": "\n"}),
    ],
)
def test_an_installed_package_counts_by_its_version_and_what_lies_beside_it_by_its_files(
    code: Callable[..., Code], tmp_path: Path, place: str, lists: dict[str, str], linked: bool
) -> None:
    packages = write(tmp_path / place, USED | {"loose.py": "", "othermost.py": ""} | metadata("The-Other", **lists))
    if linked:
        packages = tmp_path / "link"
        packages.symlink_to(tmp_path / place)
    films = write(tmp_path / "films", {"lens.py": "import other.deep, loose, othermost" + CAMERA})
    found = code(films, packages)
    assert found.packages == {"The-Other": "1.5"}
    assert set(found.files) == {"lens", "loose", "othermost"}


def test_a_package_installed_for_development_counts_by_its_files(code: Callable[..., Code], tmp_path: Path) -> None:
    record = "__editable__.other-1.5.pth,,\nother-1.5.dist-info/RECORD,,\n"
    packages = write(tmp_path / "site-packages", metadata("other", RECORD=record))
    source = write(tmp_path / "src", USED | metadata("other", SOURCES="other/__init__.py\n", top_level="other\n"))
    films = write(tmp_path / "films", {"lens.py": "import other" + CAMERA})
    found = code(films, source, packages)
    assert set(found.files) == {"lens", "other", "other.deep"}
    assert not found.packages


def test_of_a_namespace_the_users_part_counts_by_its_files(code: Callable[..., Code], tmp_path: Path) -> None:
    record = metadata("other", RECORD="space/theirs.py,,\n")
    packages = write(tmp_path / "site-packages", {"space/theirs.py": ""} | record)
    films = write(tmp_path / "films", {"lens.py": "import space.mine, space.theirs" + CAMERA, "space/mine.py": ""})
    found = code(films, packages)
    assert set(found.files) == {"lens", "space.mine"}
    assert found.packages == {"other": "1.5"}


def test_the_standard_library_counts_by_its_version_but_not_a_users_file_of_the_same_name(
    code: Callable[..., Code], tmp_path: Path
) -> None:
    assert "antigravity" not in sys.modules  # a browser would open
    lens = "import json, lzma, xml.dom.minidom\ndef f():\n    import antigravity, this"
    films = write(tmp_path / "films", {"lens.py": lens + CAMERA, "antigravity.py": ""})
    assert set(code(films).files) == {"lens", "antigravity"}


def test_a_module_in_a_zip_and_a_compiled_one_count_by_their_bytes(code: Callable[..., Code], tmp_path: Path) -> None:
    films = write(tmp_path / "films", {"lens.py": "import packed\ndef f():\n    import built" + CAMERA})
    (films / "built.abi3.so").write_bytes(b"\x7fELF 1")
    with ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("packed/__init__.py", "from . import inner")
        archive.writestr("packed/inner.py", "")
    first = code(films, tmp_path / "packed.zip")
    assert set(first.files) == {"lens", "built", "packed", "packed.inner"}
    (films / "built.abi3.so").write_bytes(b"\x7fELF 2")
    assert code().files["built"] != first.files["built"]


def test_nothing_is_imported_to_find_what_is_imported(code: Callable[..., Code], tmp_path: Path) -> None:
    sources = {"lens.py": "def f():\n    import heavy.part\n    from heavy.part import thing" + CAMERA}
    films = write(tmp_path / "films", sources | {"heavy/__init__.py": "1 / 0", "heavy/part.py": "import torch"})
    assert set(code(films).files) == {"lens", "heavy.part"}
    assert not {"heavy", "heavy.part"} & set(sys.modules)


def test_a_module_made_by_a_package_with_the_name_of_no_file_is_passed_over(
    code: Callable[..., Code], tmp_path: Path
) -> None:
    lens = (
        "import sys, types\nsys.modules['ops'] = made = types.ModuleType('ops')\nmade.__file__ = '_ops.py'\nimport ops"
    )
    assert set(code(write(tmp_path / "films", {"lens.py": lens + CAMERA})).files) == {"lens"}


def test_a_file_for_another_python_counts_without_what_it_imports(code: Callable[..., Code], tmp_path: Path) -> None:
    films = write(tmp_path / "films", {"lens.py": "def f():\n    import old" + CAMERA, "old.py": "print 'old'"})
    assert set(code(films).files) == {"lens", "old"}


def test_a_film_counts_by_its_file_where_its_camera_is_in_it(tmp_path: Path) -> None:
    source = "try:\n    from . import x\nexcept ImportError:\n    pass\nclass Lens:\n    pass\n"
    record = metadata("lens", RECORD="lens.py,,\n")  # even where a distribution brings the film along
    film = FilmFile(write(tmp_path / "site-packages", {"lens.py": source} | record) / "lens.py").load()
    assert set(code_behind(film).files) - set(OURS.files) == {film.__module__}


def test_a_script_counts_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = ModuleType("__main__")
    script.__file__ = str(write(tmp_path, {"script.py": CAMERA}) / "script.py")
    monkeypatch.setitem(sys.modules, "__main__", script)
    exec(CAMERA, vars(script))
    assert set(code_behind(script.Camera).files) - set(OURS.files) == {"__main__"}
