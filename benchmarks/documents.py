"""python -m benchmarks.documents: films as documents beside their videos, in a real browser; writes docs/documents.md.

A film is looked at at the end of every chapter and at moments chosen at random: what the player draws at 1280x720 is
compared with the decoded frame of film.mp4.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import platform
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import uniform_filter

from benchmarks.firefox import firefox, firefox_path
from manim_untangle.publish.film import RenderedFilm, read_film, rendered_films
from manim_untangle.publish.script import PLAYER
from manim_untangle.publish.video import pictures, read_clip

Pixels = NDArray[np.uint8]

SIZE = (1280, 720)
RANDOM = 20  # moments beside the chapters' ends
EACH, MEAN = 0.95, 0.97  # structural similarity that is aimed at
MOST_BYTES, MEDIAN_BYTES = 400_000, 150_000
FIRST_PICTURE, MOST_MEMORY = 300, 150  # milliseconds; MB
MOST_THROUGH = 1 / 3  # of the time that the draft takes
WORST = 3  # moments of a film that are written side by side, with --pictures
FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

INTRODUCTION = f"""# Films as documents, measured

`python -m benchmarks.documents --out docs/documents.md` compares each film's [timeline](timeline.md) with its video:
what the player draws at {SIZE[0]}x{SIZE[1]} beside the decoded frame of `film.mp4`, at the end of every chapter and at
{RANDOM} moments chosen at random.

- **alike**: structural similarity of the luma, 1 for equal pictures. The video itself is compressed.
- **first picture**: from the file's bytes to the drawn canvas.
- **in Firefox**: the least of the same in Firefox, where one is installed; else nothing.
- **frames a second**: while things move, played in headless Chromium without a GPU.
- **of main thread**: its processor time for each of these frames, in milliseconds. It depends less on what else runs.
- **memory**: what the page's process holds after that, beyond an empty page.
- **through**: processor time of going through the film (`untangle document --fps 15`), beside that of rendering its
  draft (480p15).
"""
MACHINE = """Machine: {}, {} cores, load average {:.1f} at the end. Times and frames a second are those of the player
only where nothing else ran, with a load of one to two.
"""
COLUMNS = (
    "film", "timeline, kB", "video, MB", "alike: mean", "least", "in Firefox", "first picture, ms", "frames a second",
    "of main thread, ms", "memory, MB", "through",
)  # fmt: skip
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"
AIMS = (
    f"Aims: at most {MOST_BYTES // 1000} kB, median at most {MEDIAN_BYTES // 1000} kB; alike {MEAN} in the mean and "
    f"never under {EACH}; first picture within {FIRST_PICTURE} ms; memory at most {MOST_MEMORY} MB; "
    f"through at most {MOST_THROUGH:.0%}."
)

DRAW = """async ([address, frames]) => {
  const { readTimeline } = await import('/timeline.js'), { Painter } = await import('/paint.js');
  const bytes = await (await fetch(address)).arrayBuffer();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [1280, 720];
  const ctx = canvas.getContext('2d', { alpha: false });
  const begun = performance.now();
  const painter = new Painter(await readTimeline(bytes));
  painter.draw(ctx, frames[0], 1280, 720);
  ctx.getImageData(0, 0, 1, 1);
  const first = performance.now() - begun;
  const pictures = [];
  for (const x of frames) {
    painter.draw(ctx, x, 1280, 720);
    if (await painter.loaded()) painter.draw(ctx, x, 1280, 720);
    pictures.push(canvas.toDataURL('image/png').split(',')[1]);
  }
  return { first, pictures };
}"""

PLAYED = """async (seconds) => {
  const film = document.querySelector('untangle-film');
  const { rate, plays, frames } = film.header;
  const moving = plays.filter(({ still }) => !still);
  const times = [];
  const own = film.painter.draw.bind(film.painter);
  film.painter.draw = (...all) => { own(...all); times.push([performance.now(), film.x]); };
  // in turn: the film's moves, as evenly over it as the seconds allow
  const length = moving.reduce((sum, { from, to }) => sum + (to - from) / rate, 0);
  let [share, gaps] = [0, []];
  for (const { from, to } of moving) {
    share += Math.min(1, seconds / length);
    if (share < 1) continue;
    share -= 1;
    times.length = 0;
    film.currentTime = from / rate;
    await film.play();
    const end = performance.now() + (1000 * (to - from)) / rate;
    while (performance.now() < end && film.x < to) await new Promise((done) => setTimeout(done, 20));
    film.pause();
    const shown = times.filter(([, x]) => x > from && x < to).map(([now]) => now);
    gaps = gaps.concat(shown.slice(1).map((now, i) => now - shown[i]));
  }
  return gaps;
}"""


@dataclass(frozen=True)
class Alike:
    """How alike canvas and video are at a moment: its frame, and the structural similarity of their luma."""

    frame: int
    chapter: str
    similarity: float


@dataclass(frozen=True)
class Looked:
    """What was measured of a film. Bytes of its timeline and video; milliseconds to the first picture; frames a second
    while things move; milliseconds of a processor that the main thread takes for a frame; MB that the page's process
    holds after playing, beyond those of an empty page. in_firefox: the least similarity there; through: what going
    through the film takes, as a share of rendering its draft; both None where that was not measured."""

    film: str
    timeline: int
    video: int
    alike: tuple[Alike, ...]
    first: float
    rate: float
    thread: float
    memory: float
    in_firefox: float | None = None
    through: float | None = None

    @property
    def mean(self) -> float:
        return statistics.fmean(each.similarity for each in self.alike)

    @property
    def worst(self) -> Alike:
        return min(self.alike, key=lambda each: each.similarity)


def main() -> None:
    """Look at films, as the arguments ask, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.documents", description=__doc__)
    parser.add_argument("films", nargs="*", help="films by name; by default all that are rendered")
    parser.add_argument("--renders", type=Path, default=Path("renders"), help="where `render --all -q m` wrote them")
    parser.add_argument("--play", type=float, default=8.0, help="seconds of each film to play (default 8)")
    parser.add_argument("--drafts", action="store_true", help="render each film's draft, too, and go through it")
    parser.add_argument("--pictures", type=Path, help="a folder for the worst moments, canvas beside video")
    parser.add_argument("--out", type=Path, help="where the page is written, such as docs/documents.md")
    arguments = parser.parse_args()
    found = list[Looked]()
    for name in arguments.films or rendered_films(arguments.renders):
        looked = looked_at(read_film(name, arguments.renders), arguments.play, arguments.pictures)
        found.append(replace(looked, through=share_of_draft(name) if arguments.drafts else None))
        print(row(found[-1]), flush=True)
    text = report(found)
    print(text)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")


def looked_at(film: RenderedFilm, play: float, folder: Path | None) -> Looked:
    """Measure one film."""
    if film.timeline is None:
        raise SystemExit(f"{film.name} has no timeline of its render. Run: {film.command}")
    clip = read_clip(film.video)
    if (clip.width, clip.height) != SIZE:
        raise SystemExit(f"{film.name} is {clip.width}x{clip.height}. Render it with -q m")
    chosen = moments(film, clip.frames, float(clip.rate))
    frames = sorted(chosen)
    shown = pictures(clip, [(frame + 0.5) / float(clip.rate) for frame in frames], SIZE[0])
    with served(film.timeline) as address, browser() as launched:
        page = launched.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        page.goto(f"{address}/film.js")
        told = page.evaluate(DRAW, ["/film.timeline", frames])
        page.close()
        rate, thread, memory = played(launched, address, play)
        in_firefox = drawn_in_firefox(address, frames)
    drawn = [opened(picture) for picture in told["pictures"]]
    others = [similarity(a, opened(b)) for a, b in zip(shown, in_firefox, strict=True)] if in_firefox else [None]
    alike = [Alike(x, chosen[x], similarity(a, b)) for x, a, b in zip(frames, shown, drawn, strict=True)]
    if folder:
        write_worst(film.name, alike, shown, drawn, folder)
    sizes = film.timeline.stat().st_size, film.video.stat().st_size
    return Looked(film.name, *sizes, tuple(alike), told["first"], rate, thread, memory, min(others))


def drawn_in_firefox(address: str, frames: Sequence[int]) -> list[str]:
    """Return the pictures that the Firefox of this machine draws; none where there is no Firefox."""
    if firefox_path() is None:
        return []
    with firefox(*SIZE) as page:
        page.goto(f"{address}/film.js")
        found: list[str] = page.evaluate(DRAW, ["/film.timeline", list(frames)])["pictures"]
    return found


def share_of_draft(name: str) -> float:
    """Return the processor time of going through a film of ours at a draft's moments, as a share of rendering it."""
    from manim_untangle.render.engine import Sink, manim_config, play_film
    from manim_untangle.render.film import render
    from manim_untangle.render.films import film
    from manim_untangle.render.settings import Quality, settings
    from manim_untangle.web.timeline import timeline_of

    found, draft = film(name), settings(Quality.l)
    with manim_config(draft):
        play_film(found.load(), Sink(), dry_run=True)  # words are set, and kernels are compiled
    with tempfile.TemporaryDirectory() as folder:
        took = list[float]()
        for work in (
            lambda: timeline_of(found, float(draft.fps)),
            lambda: render(found, draft, Path(folder), use_cache=False),
        ):
            begun = time.process_time()
            work()
            took.append(time.process_time() - begun)
    return took[0] / took[1]


def moments(film: RenderedFilm, frames: int, rate: float) -> dict[int, str]:
    """Return the frames to look at, each with the chapter that ends there, or "" for one chosen at random."""
    rng = np.random.default_rng(19)
    chosen = dict.fromkeys(rng.integers(0, frames, RANDOM).tolist(), "")
    ends = {min(round(section.end * rate), frames) - 1: section.name for section in film.sections}
    return chosen | {frame: name for frame, name in ends.items() if frame >= 0}


def similarity(a: Pixels, b: Pixels) -> float:
    """Return the structural similarity of the luma of two pictures (height, width, 3).

    Wang, Bovik, Sheikh, Simoncelli (2004), with a uniform window of 7 x 7 pixels.
    """
    x, y = (picture @ np.array([0.2126, 0.7152, 0.0722]) for picture in (a, b))
    mx, my, xx, yy, xy = (uniform_filter(v, 7) for v in (x, y, x * x, y * y, x * y))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = (2 * mx * my + c1) * (2 * (xy - mx * my) + c2)
    return float(np.mean(alike / ((mx**2 + my**2 + c1) * (xx - mx**2 + yy - my**2 + c2))))


def played(launched: Any, address: str, seconds: float) -> tuple[float, float, float]:
    """Play moves of the film in its element; return frames a second, milliseconds of the main thread for each, and the
    MB that its page took."""
    page = launched.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
    page.goto(f"{address}/empty.html")
    before = memory_of(launched)
    page.goto(f"{address}/page.html")
    page.wait_for_function("document.querySelector('untangle-film').readyState === 4")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    begun = counted(session, page)
    gaps = page.evaluate(PLAYED, seconds)
    thread, frames = (now - then for now, then in zip(counted(session, page), begun, strict=True))
    taken = memory_of(launched) - before
    page.close()
    return (1000 * len(gaps) / sum(gaps) if gaps else float("nan")), 1000 * thread / max(frames, 1), taken


def counted(session: Any, page: Any) -> tuple[float, float]:
    """Return the seconds of a processor that the page's main thread has taken so far, and the frames drawn."""
    told = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return told["TaskDuration"], page.evaluate("document.querySelector('untangle-film').frames ?? 0")


def memory_of(launched: Any) -> float:
    """Return the MB that the browser's largest page holds for itself, its share of what is shared included."""
    session = launched.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    held = [0.0]
    for process in processes:
        rollup = Path(f"/proc/{process['id']}/smaps_rollup")
        if process["type"] == "renderer" and rollup.is_file():
            lines = dict(line.split(":", 1) for line in rollup.read_text().splitlines()[1:])
            held.append(int(lines["Pss"].split()[0]) / 1000)
    return max(held)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def served(timeline: Path) -> Iterator[str]:
    """Serve the player and a film to this machine; yield the address."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "site"
        shutil.copytree(PLAYER, folder)
        shutil.copyfile(timeline, folder / "film.timeline")
        head = "<!doctype html><html lang=en><meta charset=utf-8><title>Film</title><link rel=icon href=data:,>"
        element = "<untangle-film src=film.timeline></untangle-film><script type=module src=film.js></script>"
        (folder / "empty.html").write_text(head)
        (folder / "page.html").write_text(f"{head}<style>body {{ margin: 0 }}</style>{element}")
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium without a window and without a GPU."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as started:
        launched = started.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield launched
        finally:
            launched.close()


def opened(picture: str) -> Pixels:
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        return np.asarray(image.convert("RGB"))


def write_worst(
    name: str, alike: Sequence[Alike], shown: Sequence[Pixels], drawn: Sequence[Pixels], folder: Path
) -> None:
    """Write the moments that differ most: the video, the canvas, and how far they are apart."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in sorted(range(len(alike)), key=lambda k: alike[k].similarity)[:WORST]:
        apart = np.abs(shown[k].astype(int) - drawn[k]).astype(np.uint8)
        sheet = np.hstack([shown[k], drawn[k], np.minimum(3 * apart.astype(int), 255).astype(np.uint8)])
        Image.fromarray(sheet).save(folder / f"{name}-{alike[k].frame}-{alike[k].similarity:.3f}.png")


def report(found: Sequence[Looked]) -> str:
    """Return the page as Markdown."""
    sizes = [each.timeline for each in found]
    machine = MACHINE.format(platform.machine(), os.cpu_count(), os.getloadavg()[1])
    median = statistics.median(sizes) / 1000
    return "\n".join([INTRODUCTION, machine, HEAD, *map(row, found), "", f"Median size: {median:.0f} kB. {AIMS}", ""])


def row(found: Looked) -> str:
    worst = found.worst
    where = f"{worst.similarity:.3f} (frame {worst.frame})"
    through = "" if found.through is None else f"{found.through:.0%}"
    in_firefox = "" if found.in_firefox is None else f"{found.in_firefox:.3f}"
    return (
        f"| {found.film} | {found.timeline / 1000:.0f} | {found.video / 1e6:.1f} | {found.mean:.4f} | {where} | "
        f"{in_firefox} | {found.first:.0f} | {found.rate:.0f} | {found.thread:.0f} | {found.memory:.0f} | {through} |"
    )


if __name__ == "__main__":
    main()
