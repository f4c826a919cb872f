"""Pictures of mobjects, and how alike two pictures are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from manim import Camera, Mobject
from scipy.ndimage import uniform_filter

from manim_untangle.draw.camera import BatchCamera

Array = np.ndarray


@dataclass(frozen=True)
class Studio:
    """Draws mobjects; both sides of a comparison come from here, so that they differ in one thing only."""

    height: int = 360

    @property
    def width(self) -> int:
        return self.height * 16 // 9

    def picture(self, *mobjects: Mobject, camera: type[Camera] = BatchCamera, **kwargs: object) -> Array:
        """Return the pixels (height, width, 4) of mobjects, as int."""
        made = camera(pixel_height=self.height, pixel_width=self.width, **kwargs)
        made.capture_mobjects(mobjects)
        return made.pixel_array.astype(int)


@pytest.fixture(params=["compiled", "cairo"])
def raster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two ways of drawing in turn."""
    monkeypatch.setenv("UNTANGLE_RASTER", request.param)
    return str(request.param)


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture
def studio_of() -> Callable[[int], Studio]:
    return Studio


@pytest.fixture
def likeness() -> Callable[[Array, Array], tuple[float, float]]:
    """Return a function (a, b) -> (structural similarity of their luma, mean absolute difference of their colours).

    Wang, Bovik, Sheikh, Simoncelli (2004), with a uniform window of 7 x 7 pixels.
    """

    def compare(a: Array, b: Array) -> tuple[float, float]:
        x, y = (picture[..., :3] @ np.array([0.2126, 0.7152, 0.0722]) for picture in (a, b))
        mx, my, xx, yy, xy = (uniform_filter(v, 7) for v in (x, y, x * x, y * y, x * y))
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        similar = (2 * mx * my + c1) * (2 * (xy - mx * my) + c2)
        scale = (mx**2 + my**2 + c1) * (xx - mx**2 + yy - my**2 + c2)
        return float(np.mean(similar / scale)), float(np.abs(a[..., :3] - b[..., :3]).mean())

    return compare


@pytest.fixture(autouse=True)
def _manims_settings_as_they_were() -> Iterator[None]:
    from manim import tempconfig

    with tempconfig({}):
        yield
