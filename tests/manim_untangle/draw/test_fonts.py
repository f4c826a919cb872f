"""Each letter is drawn by a font that has it: of the package where one does, else of the system; or it is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import typst
from manim import tempconfig

from manim_untangle.draw import fonts
from manim_untangle.draw.text import formula, words
from netlib.errors import UntangleError

CONFIG = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{}</dir></fontconfig>'
PACKAGED = ("Привет, мир", "Ωμέγα λ", "שלום", "مرحبا", "2 → 3 × 4 …", "★ ✓ ≤ ₂", "Đặng Żółć ğ")
NOT_PACKAGED = ("月亮", "한글", "ไทย", "😀")


@pytest.fixture
def with_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Return a function that makes a folder hold all fonts of the system; outlines are kept nowhere else."""

    def choose(folder: Path) -> None:
        config = tmp_path / "fonts.conf"
        config.write_text(CONFIG.format(folder))
        monkeypatch.setenv("FONTCONFIG_FILE", str(config))
        forget()

    def forget() -> None:
        for kept in (fonts.families_for, fonts.of_the_system, fonts.system_families):
            kept.cache_clear()

    with tempconfig({"tex_dir": str(tmp_path)}):
        yield choose
    forget()


def box() -> str:
    """The outline that Typst draws for a letter that no font has."""
    source = f'#set text(font: "New Computer Modern", fallback: false)\n{fonts.NOWHERE}'
    return re.findall(r'<symbol.*? d="([^"]+)"', typst.compile(source.encode(), format="svg").decode())[0]


@pytest.mark.parametrize("text", PACKAGED)
def test_letters_of_the_packaged_fonts_need_none_of_the_system(text: str, with_fonts, tmp_path: Path) -> None:
    with_fonts(tmp_path)
    outlines = [letter.points for letter in words(text)]
    assert len(outlines) >= 3
    drawn = (tmp_path / next(tmp_path.glob("*.svg"))).read_text()
    assert box() not in drawn
    assert "symbol" in drawn


def test_fonts_of_the_system_change_no_letter_that_a_packaged_font_has(with_fonts, tmp_path: Path) -> None:
    assert {font.path for font in fonts.packaged().fonts()} == {None}
    assert set(fonts.PACKAGED) <= set(fonts.packaged().families())
    for text in PACKAGED:
        assert fonts.fonts_of(fonts.families_for(text)) is fonts.packaged()


@pytest.mark.parametrize("text", NOT_PACKAGED)
def test_letters_without_a_font_are_refused_with_the_package_of_a_font(text: str, with_fonts, tmp_path: Path) -> None:
    with_fonts(tmp_path)
    for make in (words, lambda text: formula(f'"{text}"')):
        with pytest.raises(UntangleError) as caught:
            make(f"a {text} b")
        message = str(caught.value)
        assert " ".join(text) in message
        assert "apt-get install fonts-" in message
        assert "\n" not in message
    assert not list(tmp_path.glob("*.npz"))


def test_a_font_of_the_system_draws_letters_that_no_packaged_font_has(with_fonts, tmp_path: Path) -> None:
    paths = [font.path for font in typst.Fonts().fonts() if font.family == "DejaVu Sans" and font.path]
    if not paths:
        pytest.skip("the system has no DejaVu Sans")
    with_fonts(Path(paths[0]).parent)
    drawn = words("😀 ok")
    assert len(drawn) == 3
    assert len(drawn[0].points) > 100  # a face with eyes and a mouth, and no box
    assert box() not in next(tmp_path.glob("*.svg")).read_text()
    # an installed font is found by the next process, and what was set before is still used
    np.testing.assert_array_equal(words("😀 ok")[0].points, drawn[0].points)
    with_fonts(tmp_path)
    with pytest.raises(UntangleError, match="😀"):
        words("😀 ok")


def test_blanks_and_joiners_without_an_outline_are_no_missing_letters(with_fonts, tmp_path: Path) -> None:
    with_fonts(tmp_path)
    assert len(words("a\u200db\u00a0c\u3000d\ufe0f")) == 4
