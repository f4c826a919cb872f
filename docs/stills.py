"""Render the pictures of stage.md from its own snippets: python -m docs.stills

Each class in the snippets is a film, and docs/pictures/<class>.webp is its last frame.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from PIL import Image

from manim_untangle.render.film import render
from manim_untangle.render.films import FilmFile
from manim_untangle.render.progress import Counter
from manim_untangle.render.settings import Format, Quality, settings

DOCS = Path(__file__).parent
PAGE, PICTURES = DOCS / "stage.md", DOCS / "pictures"
SIZE = (640, 360)
SNIPPET = re.compile(r"^```python[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\(pictures/(\w+)\.webp\)")


def lesson(folder: Path) -> Path:
    """Write the snippets of the page into one file, as a reader would, and return it."""
    path = folder / "lesson.py"
    path.write_text("\n\n".join(SNIPPET.findall(PAGE.read_text(encoding="utf-8"))), encoding="utf-8")
    return path


def last_frame(path: Path, name: str) -> Image.Image:
    """Return the last frame of a film in a file, in SIZE."""
    how = settings(Quality.l, None, None, Format.png)
    done = render(FilmFile(path, name), how, path.parent, Counter(), use_cache=False)
    with Image.open(done.main) as image:
        return image.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)


def stills() -> Iterator[tuple[str, Image.Image]]:
    """Yield the name and the last frame of each film that the page shows."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        path = lesson(Path(folder))
        for name in PICTURE.findall(PAGE.read_text(encoding="utf-8")):
            yield name, last_frame(path, name)


def main() -> None:
    """Write the pictures."""
    PICTURES.mkdir(exist_ok=True)
    for name, image in stills():
        target = PICTURES / f"{name}.webp"
        image.save(target, quality=70, method=6)
        print(f"{target}: {target.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
