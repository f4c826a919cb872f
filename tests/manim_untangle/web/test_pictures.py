"""What the player draws from a timeline is what Manim draws of the scene, pixel for pixel as far as that goes."""

from __future__ import annotations

import base64
import io
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import numpy as np
import pytest
from manim import DOWN, FadeIn

import manim_untangle as mu
from manim_untangle.draw._manim import drawn_order
from manim_untangle.draw.pictures import Pictures as ManyPictures
from manim_untangle.publish.script import PLAYER
from manim_untangle.render.engine import Sink, manim_config, play_film
from manim_untangle.render.settings import Quality, settings
from manim_untangle.web.timeline import timeline
from manim_untangle.web.walk import Walk
from netlib import Dataset, Dense, activation, affine_then_bend

from . import scenes
from .test_timeline import Layered, moments


class Digits(mu.Film):
    """Points that are pictures, carried by a layer, and pictures that no space moves."""

    title = "Digits"

    def construct(self):
        rng = np.random.default_rng(1)
        data = Dataset("digits", rng.normal(size=(9, 6)), np.arange(9) % 3)
        space = mu.Space(mu.View(unit=1.2), dimension=6, grid=False)
        shown = space.add_pictures(data, (3, 2), radius=0.35)
        free = ManyPictures(np.array([[-3.0, 1.5, 0], [3, 1.5, 0]]), rng.uniform(size=(2, 5, 4)), radius=0.5)
        self.play(FadeIn(shown, free))
        layer = Dense(rng.normal(size=(2, 6)) / 2, np.zeros(2), activation("tanh"))
        affine, bend = affine_then_bend(layer)
        self.play(mu.ApplyMove(space, affine, run_time=0.5), free.animate.shift(DOWN))
        self.play(mu.ApplyMove(space, bend, run_time=0.5), free.animate.set_opacity(0.5))


pytestmark = pytest.mark.slow
EACH, MEAN = 0.95, 0.97  # structural similarity
SCENES = {
    "Layered": Layered,
    "Digits": Digits,
    **{name: getattr(scenes, name) for name in ("Words", "Zoomed", "Lens", "Evening", "Areas")},
}


class Pictures(Sink):
    """Keeps the pictures of the given frames."""

    def __init__(self, frames):
        self.wanted, self.seen = set(frames), {}

    def frame(self, engine, repeat):
        now = self.wanted & set(range(engine.frames, engine.frames + repeat))
        if now:
            picture = np.array(engine.draw())[..., :3].astype(int)
            self.seen |= dict.fromkeys(now, picture)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture(scope="module")
def page(browser):
    """A page that can import the player's modules."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(PLAYER))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        opened = browser.new_page()
        opened.goto(f"http://127.0.0.1:{server.server_port}/film.js")
        yield opened
        opened.close()
        server.shutdown()
        thread.join()


class Order(Walk):
    """Keeps the order in which Manim draws at each frame, by the numbers of a walk."""

    def __init__(self):
        super().__init__(alone=False)
        self.drawn = []

    def begin(self, engine):
        super().begin(engine)
        self.behind = self.displayed(engine, drawn_order(engine.still))

    def frame(self, engine, repeat):
        super().frame(engine, repeat)
        number = {id(actor.mobject): actor.number for actor in self.actors}
        shown = [*self.behind, *self.displayed(engine, engine.drawn_now)]
        self.drawn += [[number[id(each)] for each in shown if id(each) in number]] * repeat

    @staticmethod
    def displayed(engine, mobjects):
        engine.camera.reset_rotation_matrix()
        return engine.camera.get_mobjects_to_display(mobjects, include_submobjects=False)


def test_solids_are_drawn_in_the_order_in_which_manim_draws_them(page):
    walk = Order()
    content = timeline(scenes.Blocks, walk=walk)
    found = page.evaluate(
        """async ([content, count]) => {
        const { readTimeline } = await import('/timeline.js'), { Painter } = await import('/paint.js');
        const painter = new Painter(await readTimeline(Uint8Array.from(atob(content), c => c.charCodeAt(0))));
        return Array.from({length: count}, (_, x) => painter.drawn(x).map(({ told }) => told.id)); }""",
        [base64.b64encode(content).decode(), len(walk.drawn)],
    )
    for order, wanted in zip(found, walk.drawn, strict=True):
        assert order == [number for number in wanted if number in order]


def drawn(page, content, frames):
    """The canvas at each frame."""
    from PIL import Image

    told = page.evaluate(
        """async ([content, frames]) => {
        const { readTimeline } = await import('/timeline.js'), { Painter } = await import('/paint.js');
        const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
        const painter = new Painter(await readTimeline(bytes));
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [1280, 720];
        const ctx = canvas.getContext('2d', {alpha: false});
        const result = [];
        for (const x of frames) {
          painter.draw(ctx, x, 1280, 720);
          if (await painter.loaded()) painter.draw(ctx, x, 1280, 720);
          result.push(canvas.toDataURL('image/png').split(',')[1]);
        }
        return result; }""",
        [base64.b64encode(content).decode(), frames],
    )
    for picture in told:
        with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
            yield np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("name", SCENES)
def test_the_canvas_agrees_with_the_picture_that_manim_draws(page, likeness, name):
    content = timeline(SCENES[name])
    frames = moments(content, 4, seed=4)
    sink = Pictures(frames)
    with manim_config(settings(Quality.m, 30)):
        play_film(SCENES[name], sink)
    canvases = dict(zip(frames, drawn(page, content, frames), strict=True))
    alike = {x: likeness(sink.seen[x], canvases[x])[0] for x in frames}
    assert min(alike.values()) >= EACH, alike
    assert np.mean(list(alike.values())) >= MEAN, alike
    others = [(x, y) for x, y in pairwise(sorted(frames)) if np.abs(sink.seen[x] - sink.seen[y]).mean() > 1]
    assert others  # something moved, and each canvas is more like its own moment than like the next
    for x, y in others:
        assert alike[x] > likeness(sink.seen[y], canvases[x])[0], (x, y)
