"""The pictures of the documentation show what they say: they are the last frames of the snippets beside them."""

from __future__ import annotations

import re
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docs.preview import DOCS, NAME, still_boxes
from docs.stills import PAGE, PICTURE, PICTURES, last_frame, lesson
from manim_untangle.render.films import films

SHOWN = PICTURE.findall(PAGE.read_text(encoding="utf-8"))


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L"), dtype=np.float64)  # WebP halves the resolution of colours


def difference(first: np.ndarray, second: np.ndarray) -> float:
    """The share of the brightness in which two pictures differ."""
    return float(np.abs(first - second).sum() / np.maximum(first, second).sum())


def test_every_film_of_the_page_has_its_picture_and_no_other_lies_there() -> None:
    found = re.findall(r"^class (\w+)\(mu\.Film\)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found == SHOWN
    assert sorted(path.stem for path in PICTURES.iterdir()) == sorted(SHOWN)
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 150_000


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_is_the_last_frame_of_its_snippet(name: str, tmp_path: Path) -> None:
    with chdir(tmp_path):
        drawn = pixels(last_frame(lesson(tmp_path), name))
    with Image.open(PICTURES / f"{name}.webp") as image:
        kept = pixels(image)
    assert difference(drawn, kept) < 0.25  # the picture is compressed
    assert difference(np.roll(drawn, 4, axis=1), kept) > 0.4
    assert difference(0 * drawn, kept) > 0.4


def test_the_sheet_of_films_holds_one_still_for_each() -> None:
    with Image.open(DOCS / "films.webp") as sheet:
        opaque = np.asarray(sheet.convert("RGBA"))[..., 3] > 127
    boxes = still_boxes(len(films()))
    assert opaque.shape == (boxes[-1][3] + NAME, max(right for _, _, right, _ in boxes))
    for left, upper, right, lower in boxes:
        assert opaque[upper:lower, left:right].all()
        assert opaque[lower : lower + NAME, left:right].any(), "its name"
        opaque[upper : lower + NAME, left:right] = False
    assert not opaque.any()
