"""The README is true: its Python runs, its commands exist, its preview is there and small."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_the_python_in_the_readme_runs(block: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("command", sorted(set(re.findall(r"\./untangle (\w+)", README)) - {"test"}))
def test_the_commands_in_the_readme_exist(command: str) -> None:
    words = [sys.executable, "-m", "manim_untangle", command, "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_preview_is_committed_and_small() -> None:
    preview = ROOT / re.findall(r"!\[.*?\]\((.*?)\)", README)[0]
    assert 10_000 < preview.stat().st_size < 2_000_000
