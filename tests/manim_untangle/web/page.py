"""A page with a film in a browser: what it says and shows, and waiting for it, each time with a limit."""

from __future__ import annotations

import base64
import io
import time
from typing import Any

import numpy as np
import pytest

FILM = "document.querySelector('untangle-film')"
LONGEST = 90  # seconds that a page may take for what it takes moments for: the machine may be busy


def expect(locator: Any) -> Any:
    """Playwright's assertions on LOCATOR, which wait until they are true: the page may draw late."""
    return pytest.importorskip("playwright.sync_api").expect(locator)


def middle(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """The middle (x, y) of the pixels of a colour."""
    y, x = np.nonzero((np.abs(pixels - colour) < 30).all(axis=2))
    assert len(x), f"nothing is {colour}"
    return np.array([x.mean(), y.mean()])


def until(page: Any, expression: str, seconds: float = LONGEST) -> None:
    """Wait until an expression is true in the page, whose policy may forbid Playwright's own way to wait."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never: {expression}"
        time.sleep(0.03)


def film(page: Any, what: str) -> Any:
    return page.evaluate(f"{FILM}.{what}")


def seek(page: Any, seconds: float) -> None:
    assert page.evaluate(
        f"t => new Promise(done => {{ const f = {FILM}; setTimeout(() => done(false), {1000 * LONGEST});"
        "f.addEventListener('seeked', () => done(true), {once: true}); f.currentTime = t; })",
        seconds,
    ), f"the film never says that it is at {seconds} s"


def drawn(page: Any) -> None:
    """Wait until what changed is drawn."""
    assert page.evaluate(
        f"new Promise(done => {{ setTimeout(() => done(false), {1000 * LONGEST});"
        "requestAnimationFrame(() => requestAnimationFrame(() => done(true))); })"
    ), "the page draws no more"


def picture(page: Any, canvas: str = f"{FILM}.canvas") -> np.ndarray:
    """What the canvas shows, without what lies over it."""
    return decoded(page.evaluate(f"{canvas}.toDataURL('image/png')"))


# A function of a context and a box that gives its pixels as the address of a PNG. (A list of a million numbers takes
# minutes from the page to the test.)
PIXELS = """(ctx, x, y, width, height) => {
    const copy = Object.assign(document.createElement('canvas'), {width, height});
    copy.getContext('2d').putImageData(ctx.getImageData(x, y, width, height), 0, 0);
    return copy.toDataURL('image/png'); }"""


def decoded(address: str) -> np.ndarray:
    """The pixels (height, width, 3) of a PNG in a data: address, as int."""
    from PIL import Image

    data = address.split(",")[1]
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        return np.asarray(image.convert("RGB")).astype(int)
