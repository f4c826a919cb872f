"""Shapes and themes of films, and films without a background: what is in the files."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from manim_untangle.render.film import render
from manim_untangle.render.films import film
from manim_untangle.render.settings import Aspect, BadOption, Format, Quality, Settings, Theme, settings
from manim_untangle.render.theme import lighten, straight

SCENE = '''
from manim import FadeIn, Square
from manim_untangle import Film

class Half(Film):
    """A half transparent red square in the middle."""

    title = "Half"

    def construct(self):
        self.play(FadeIn(Square(2, color="#FF0000", fill_opacity=0.5, stroke_width=0)), run_time=0.2)

    def tear_down(self):
        pass
'''


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that renders the square with some settings, and returns the file."""
    monkeypatch.setenv("UNTANGLE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "half.py").write_text(SCENE, encoding="utf-8")
    return lambda how: render(film(str(tmp_path / "half.py")), how, tmp_path).main


def small(**options: object) -> Settings:
    return settings(Quality.l, **options)


def first_frame(path: Path, decoder: str) -> np.ndarray:
    """Return the first frame (height, width, 4) of a film, decoded with its opacity."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = av.CodecContext.create(decoder, "r")
        context.extradata = stream.codec_context.extradata
        for packet in container.demux(stream):
            if packet.size and (frames := context.decode(packet)):
                assert "a" in frames[0].format.name
                return frames[0].to_ndarray(format="rgba")
    raise AssertionError("no frame")


@pytest.mark.slow
@pytest.mark.parametrize(("format", "decoder"), [(Format.mp4, "libvpx-vp9"), (Format.mov, "prores")])
def test_a_transparent_film_keeps_the_opacity_of_what_it_shows(rendered, format: Format, decoder: str) -> None:
    path = rendered(small(transparent=True, format=format))
    assert path.suffix == (".mov" if format is Format.mov else ".webm")
    frame = first_frame(path, decoder)
    height, width = frame.shape[:2]
    assert frame[5, 5, 3] == 0
    red, green, blue, opacity = frame[height // 2, width // 2].astype(int)
    assert opacity == pytest.approx(128, abs=4)
    assert red > 235
    assert max(green, blue) < 25
    with av.open(str(path)) as container:  # as browsers and editors see it
        stream = container.streams.video[0]
        if path.suffix == ".webm":
            assert {key.lower(): value for key, value in stream.metadata.items()}["alpha_mode"] == "1"
        else:
            assert stream.codec_context.codec_tag == "ap4h"


@pytest.mark.slow
def test_a_transparent_last_frame_is_a_transparent_png(rendered) -> None:
    picture = np.asarray(Image.open(rendered(small(transparent=True, format=Format.png))))
    assert picture[5, 5, 3] == 0
    assert picture[240, 427].tolist() == pytest.approx([255, 0, 0, 128], abs=2)


@pytest.mark.slow
def test_a_light_film_is_dark_on_white(rendered) -> None:
    picture = np.asarray(Image.open(rendered(small(theme=Theme.light, format=Format.png))).convert("RGB")).astype(int)
    assert picture[5, 5].tolist() == [255, 255, 255]
    red, green, blue = picture[240, 427]
    assert red > green == blue


@pytest.mark.slow
@pytest.mark.parametrize(
    ("aspect", "size"), [(Aspect.wide, (854, 480)), (Aspect.square, (480, 480)), (Aspect.tall, (480, 854))]
)
def test_a_film_has_the_shape_that_is_asked_for(rendered, aspect: Aspect, size: tuple[int, int]) -> None:
    picture = np.asarray(Image.open(rendered(small(aspect=aspect, format=Format.png))))
    assert picture.shape[1::-1] == size
    side = int((picture[size[1] // 2, :, 0] > 50).sum())  # of the square
    assert side == pytest.approx((picture[:, size[0] // 2, 0] > 50).sum(), abs=1)


def lightened(*colour: int) -> list[int]:
    picture = np.array([[colour]], np.uint8)
    lighten(picture)
    return picture[0, 0].tolist()


def test_black_and_white_change_places_and_greys_with_them() -> None:
    for grey in (0, 1, 77, 128, 255):
        assert lightened(grey, grey, grey, 255) == pytest.approx([255 - grey] * 3 + [255], abs=1)
    assert lightened(0, 0, 0, 0) == [0, 0, 0, 0]


@pytest.mark.parametrize("colour", [(255, 154, 60), (124, 212, 255), (240, 50, 110), (255, 226, 26), (47, 127, 181)])
def test_a_light_colour_keeps_its_hue_and_can_be_seen_on_white(colour: tuple[int, int, int]) -> None:
    light = lightened(*colour, 255)[:3]
    assert list(np.argsort(light)) == list(np.argsort(colour))
    linear = (np.array(light) / 255) ** 2.2
    contrast = 1.05 / (0.05 + linear @ (0.2126, 0.7152, 0.0722))  # WCAG 2.2: 3 for graphics
    assert contrast > 2.9, light


def test_a_blend_with_black_becomes_the_same_blend_with_white() -> None:
    for share in np.linspace(0, 1, 11):
        blend = np.array(lightened(*np.rint(share * np.array([200, 150, 120])).astype(int), 255)[:3])
        wanted = share * np.array(lightened(200, 150, 120, 255)[:3]) + (1 - share) * 255
        assert np.abs(blend - wanted).max() <= 2


def test_colours_that_are_not_premultiplied_are_what_they_were_before_they_were() -> None:
    picture = np.array([[(128, 64, 0, 128), (0, 0, 0, 0), (10, 20, 30, 255)]], np.uint8)
    assert straight(picture)[0].tolist() == [[255, 128, 0, 128], [0, 0, 0, 0], [10, 20, 30, 255]]


def test_formats_without_opacity_are_refused() -> None:
    with pytest.raises(BadOption, match="GIF"):
        settings(format=Format.gif, transparent=True)
    with pytest.raises(BadOption, match="--transparent"):
        settings(format=Format.mov)


def test_the_command_in_film_json_says_shape_and_theme() -> None:
    how = small(aspect=Aspect.tall, theme=Theme.light, transparent=True)
    assert how.command("spirals").endswith("-q l --aspect 9:16 --theme light --transparent")
