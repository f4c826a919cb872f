"""The README is true: its Python runs, its commands exist, its preview is there and small."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from manim_untangle.cli.app import app
from manim_untangle.cli.process import outcome

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_the_python_in_the_readme_runs(block: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("command", sorted(set(re.findall(r"\./untangle (\w+)", README)) - {"test"}))
def test_the_commands_in_the_readme_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(lambda: app([command, "--help"], standalone_mode=False)) == 0
    assert command in capsys.readouterr().out


def test_the_pictures_are_committed_and_small() -> None:
    pictures = [ROOT / name for name in re.findall(r"!\[.*?\]\((.*?)\)", README)]
    assert len(pictures) == 2
    assert min(picture.stat().st_size for picture in pictures) > 10_000
    assert sum(picture.stat().st_size for picture in pictures) < 2_000_000


PAGES = sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md")) + [ROOT / "renders/README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)(.*?)(?:#.*?)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_folders_that_pages_name_are_there(page: Path) -> None:
    rooms = "netlib|manim_untangle|scenes|tests|docs|benchmarks"
    names = re.findall(rf"`((?:{rooms})/[\w./-]*)`", page.read_text(encoding="utf-8"))
    assert [name for name in names if name != "scenes/name.py" and not (ROOT / name).exists()] == []
