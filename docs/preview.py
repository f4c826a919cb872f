"""Make the README's preview from a rendered film: python docs/preview.py renders/too_narrow/film.mp4

It shows the film at STEP / SHOWN times its pace, without sound or captions to read at leisure: a glance, not the film.
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
from PIL import Image

WIDTH = 480
STEP = 0.3  # seconds of the film from one picture to the next
SHOWN = 120  # milliseconds for which a picture stays
FIRST, LAST = 8.0, 49.0
TARGET = Path(__file__).parent / "too_narrow.webp"


def pictures(film: Path) -> list[Image.Image]:
    """Return one picture of the film for each STEP between FIRST and LAST."""
    chosen: list[Image.Image] = []
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            if FIRST + STEP * len(chosen) <= frame.time <= LAST:
                image = frame.to_image()
                chosen.append(image.resize((WIDTH, WIDTH * image.height // image.width), Image.Resampling.LANCZOS))
    return chosen


def main(film: Path) -> None:
    first, *others = pictures(film)
    first.save(TARGET, save_all=True, append_images=others, duration=SHOWN, loop=0, quality=40, method=6)
    print(f"{TARGET}: {len(others) + 1} pictures, {TARGET.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
