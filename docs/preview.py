"""Make the README's pictures from rendered films: python docs/preview.py renders

too_narrow.webp shows one film at STEP / SHOWN times its pace, without captions to read at leisure: a glance, not the
film. films.webp shows one still of every film in scenes/, with its name.
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
from PIL import Image, ImageDraw, ImageFont

DOCS = Path(__file__).parent
SCENES = DOCS.parent / "scenes"
WIDTH = 480  # of the moving picture, in pixels
STEP = 0.3  # seconds of the film from one picture to the next
SHOWN = 120  # milliseconds for which a picture stays
FIRST, LAST = 8.0, 49.0
COLUMNS, GAP, NAME = 4, 12, 34  # of the stills: how many in a row, pixels between them and for the name below each
STILL = (326, 183)
NAME_COLOUR = (128, 128, 128)  # readable on white and on black: the background is transparent


def moving_picture(film: Path, target: Path) -> None:
    """Write one picture of the film for each STEP between FIRST and LAST."""
    chosen: list[Image.Image] = []
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            if FIRST + STEP * len(chosen) <= frame.time <= LAST:
                image = frame.to_image()
                chosen.append(image.resize((WIDTH, WIDTH * image.height // image.width), Image.Resampling.LANCZOS))
    chosen[0].save(target, save_all=True, append_images=chosen[1:], duration=SHOWN, loop=0, quality=40, method=6)
    print(f"{target}: {len(chosen)} pictures, {target.stat().st_size / 1e6:.2f} MB")


def still_boxes(count: int) -> list[tuple[int, int, int, int]]:
    """Return where the stills of so many films lie: left, upper, right, lower. COLUMNS are in a row, the last row is in
    the middle, and below each there is room for its name."""
    boxes = list[tuple[int, int, int, int]]()
    for k in range(count):
        row, column = divmod(k, COLUMNS)
        missing = COLUMNS - min(COLUMNS, count - row * COLUMNS)
        left, upper = (STILL[0] + GAP) * (2 * column + missing) // 2, (STILL[1] + NAME) * row
        boxes.append((left, upper, left + STILL[0], upper + STILL[1]))
    return boxes


def stills(posters: dict[str, Path], target: Path) -> None:
    """Write the posters side by side, each above its film's name."""
    boxes = still_boxes(len(posters))
    sheet = Image.new("RGBA", (COLUMNS * (STILL[0] + GAP) - GAP, boxes[-1][3] + NAME))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=21)
    for (name, poster), box in zip(posters.items(), boxes, strict=True):
        with Image.open(poster) as image:
            sheet.paste(image.convert("RGB").resize(STILL, Image.Resampling.LANCZOS), box)
        draw.text((box[0] + STILL[0] / 2, box[3] + 4), name, NAME_COLOUR, font, anchor="ma")
    sheet.save(target, quality=80, method=6)
    print(f"{target}: {len(posters)} films, {target.stat().st_size / 1e6:.2f} MB")


def main(renders: Path) -> None:
    """Make both pictures from the films in a folder of renders."""
    names = sorted(path.stem for path in SCENES.glob("*.py"))
    stills({name: renders / name / "poster.jpg" for name in names}, DOCS / "films.webp")
    moving_picture(renders / "too_narrow/film.mp4", DOCS / "too_narrow.webp")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
