"""Letters read back are the letters that Typst set."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from manim import RIGHT, Typst, tempconfig
from manim.mobject.svg.svg_mobject import SVG_HASH_TO_MOB_MAP

from manim_untangle.draw import text as outlines
from manim_untangle.draw.text import STROKE_WIDTH, letters, plated, words

SOURCE, PREAMBLE = "A line of 9 words, set once and read twice.", '#set text(font: "New Computer Modern")'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    with tempconfig({"tex_dir": str(tmp_path)}):
        yield tmp_path


def test_letters_are_typsts_own_outlines_in_order() -> None:
    typeset = Typst(SOURCE, font_size=30, typst_preamble=PREAMBLE).family_members_with_points()
    for _ in ("set", "read back"):
        group = letters(SOURCE, 30, "#FF0000")
        assert len(group) == len(typeset)
        for letter, original in zip(group, typeset, strict=True):
            np.testing.assert_array_equal(letter.points, original.points)
            assert letter.get_fill_color().to_hex() == letter.get_stroke_color().to_hex() == "#FF0000"
            assert letter.get_stroke_width() == STROKE_WIDTH


def test_the_second_time_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    letters(SOURCE, 30, "#FF0000")
    monkeypatch.setattr(outlines, "Typst", None)
    letters(SOURCE, 30, "#00FF00")
    for other in ((SOURCE + "!", 30), (SOURCE, 31)):
        with pytest.raises(TypeError):
            letters(other[0], other[1], "#FF0000")


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_empty_text_is_an_empty_group_the_second_time_too(folder: Path, text: str) -> None:
    for _ in range(2):
        assert len(words(text, width=3.0)) == 0
    assert plated(words(text)).height > 0


def test_lines_that_were_set_are_not_kept_in_memory(folder: Path) -> None:
    before = len(SVG_HASH_TO_MOB_MAP)
    for step in range(3):
        letters(f"step {step}", 30, "#FF0000")
    assert len(SVG_HASH_TO_MOB_MAP) == before


@pytest.mark.slow
def test_outlines_that_broke_off_are_set_again(folder: Path) -> None:
    first = letters(SOURCE, 30, "#FF0000")
    (kept,) = folder.glob("*.npz")
    kept.write_bytes(kept.read_bytes()[:200])
    again = letters(SOURCE, 30, "#FF0000")
    np.testing.assert_array_equal(again[3].points, first[3].points)
    assert sorted(path.suffix for path in folder.iterdir()) == [".lock", ".npz", ".svg", ".typ"]


PROCESS = """
import sys
from manim import config
from manim.mobject.svg.svg_mobject import SVG_HASH_TO_MOB_MAP
from manim_untangle.draw.text import formula

config.tex_dir = sys.argv[1]
for _ in range(40):  # without the lock, one of the first five already fails
    SVG_HASH_TO_MOB_MAP.clear()
    formula("x")
"""


@pytest.mark.slow
def test_processes_that_set_the_same_formula_do_not_take_its_file_from_each_other(folder: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(folder)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ends = [process.communicate()[1][-300:] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ends


def test_a_formula_that_is_changed_leaves_the_next_one_as_it_was(folder: Path) -> None:
    source = "W = mat({{1 : first}}, 2; 3, 4)"
    one = outlines.formula(source)
    before = [letter.points.copy() for letter in one.get_family()]
    one.select("first").shift(RIGHT).set_opacity(0.1)
    other = outlines.formula(source)
    assert all((p == q.points).all() for p, q in zip(before, other.get_family(), strict=True))
    assert set(map(id, other.select("first").get_family()[1:])) <= set(map(id, other.get_family()))
    assert not set(map(id, one.get_family())) & set(map(id, other.get_family()))
    assert {letter.get_fill_opacity() for letter in other.family_members_with_points()} == {1}
