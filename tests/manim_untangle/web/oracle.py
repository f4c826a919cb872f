"""What a scene draws at a moment, taken from its mobjects themselves, and how far a timeline is off."""

from __future__ import annotations

import numpy as np
from manim import ImageMobject, ThreeDCamera, ValueTracker
from scipy.spatial import cKDTree

from manim_untangle import Dots, Polylines
from manim_untangle.draw._manim import drawn_order, fade_opacity
from manim_untangle.render.engine import Sink, manim_config, play_film
from manim_untangle.render.settings import Quality, settings

from .reader import Drawn, Timeline

PIXELS = 720 / 8  # in a scene unit
SEEN = 0.03  # opacity below which nothing has to be told


class Witness(Sink):
    """Keeps what a scene draws at the given frames."""

    def __init__(self, frames):
        self.frames, self.seen = set(frames), {}

    def begin(self, engine):
        self.still = drawn_order(engine.still)

    def frame(self, engine, repeat):
        for now in range(engine.frames, engine.frames + repeat):
            if now in self.frames:
                if isinstance(engine.camera, ThreeDCamera):
                    engine.camera.reset_rotation_matrix()
                drawn = [*self.still, *engine.drawn_now]
                ordered = engine.camera.get_mobjects_to_display(drawn, include_submobjects=False)
                self.seen[now] = [found for mobject in ordered if (found := drawn_as(mobject, engine.camera))]


def drawn_as(mobject, camera):
    if isinstance(mobject, ValueTracker):
        return None
    if isinstance(mobject, ImageMobject):
        points = camera.transform_points_pre_display(mobject, mobject.points[:3])
        return Drawn("image", on_frame(points, camera), mobject.stroke_opacity, mobject)
    points = on_frame(camera.transform_points_pre_display(mobject, mobject.points), camera)
    alphas = [camera.get_fill_rgbas(mobject)[:, 3].max()]
    if mobject.stroke_width > 0:
        alphas.append(camera.get_stroke_rgbas(mobject)[:, 3].max())
    kind = "path"
    if isinstance(mobject, Polylines | Dots):
        kind, alphas = (
            ("lines" if isinstance(mobject, Polylines) else "dots"),
            [mobject.point_rgbas()[:, 3].max(initial=0)],
        )
        if isinstance(mobject, Polylines) and mobject.stroke_width == 0:
            alphas = [0]
        points = points[mobject.shown] if isinstance(mobject, Dots) else points
    return Drawn(kind, points, max(alphas) * fade_opacity(mobject), mobject) if len(points) else None


def on_frame(points, camera):
    middle, height = np.zeros(2), 8.0
    if not isinstance(camera, ThreeDCamera):
        middle, height = np.asarray(camera.frame_center)[:2], camera.frame_height
    return (points[:, :2] - middle) * 8.0 / height


def witnessed(scene_class, frames, rate=30):
    witness = Witness(frames)
    with manim_config(settings(Quality.m, rate)):
        play_film(scene_class, witness)
    return witness.seen


def differences(content, seen):
    """How far the points of a timeline are off at each frame, in pixels at 720p; raises AssertionError where it draws
    other things, or in another order."""
    timeline = Timeline(content)
    return {frame: difference(timeline, frame, drawn) for frame, drawn in seen.items()}


def difference(timeline, frame, wanted):
    told = list(timeline.drawn(frame))
    if (timeline.header["camera"] or {}).get("kind") == "space":
        return difference_in_any_order(told, wanted)
    worst, k = 0.0, 0
    for mobject in wanted:
        if mobject.opacity < SEEN:
            continue
        while k < len(told) and not matches(told[k], mobject):
            assert told[k].opacity < 2 * SEEN, f"frame {frame}: {told[k].item} is told, {mobject.item} is drawn"
            k += 1
        assert k < len(told), f"frame {frame}: {mobject.item} is not told"
        if told[k].kind == "ghost":
            worst = max(worst, PIXELS * from_grid(told[k].points, mobject.points))
        elif told[k].kind == mobject.kind:
            worst = max(worst, apart(told[k], mobject))
        assert abs(told[k].opacity - mobject.opacity) < 0.02, (
            f"frame {frame}: {mobject.item} has opacity {mobject.opacity}, told is {told[k].opacity} of {told[k].item}"
        )
        k += 1
    for rest in told[k:]:
        assert rest.opacity < 2 * SEEN, f"frame {frame}: {rest.item} is told, and nothing drawn"
    return worst


def difference_in_any_order(told, wanted):
    """The same for a camera in space: what lies in one plane has no order there."""
    worst = 0.0
    for mobject in wanted:
        if mobject.opacity >= SEEN:
            found = [(apart(each, mobject), k) for k, each in enumerate(told) if matches(each, mobject)]
            assert found, f"{mobject.item} is not told"
            nearest, k = min(found)
            worst = max(worst, nearest)
            assert abs(told.pop(k).opacity - mobject.opacity) < 0.02
    assert all(rest.opacity < 2 * SEEN for rest in told)
    return worst


def matches(told, drawn):
    if told.opacity < SEEN / 2:
        return False
    if told.kind in ("ghost", "tubes"):
        return drawn.kind == {"ghost": "lines", "tubes": "dots"}[told.kind]
    return told.kind == drawn.kind and fits(told, drawn)


def fits(told, drawn):
    sampled_anew = told.kind == "lines" and "ends" in told.item.get("part_of", {})
    return sampled_anew or "part" in told.item or len(told.points) == len(drawn.points)


def apart(told, drawn):
    if len(told.points) == len(drawn.points):
        return PIXELS * float(np.abs(told.points - drawn.points).max())
    if told.kind == "dots":
        first, last = 0, len(drawn.points)
        return PIXELS * float(np.abs(told.points[first:last] - drawn.points).max())
    if told.kind == "path":  # a part that was shown begins and ends in a curve without length
        wanted = drawn.points
        return PIXELS * max(
            float(np.abs(told.points[[0, -1]] - wanted[[0, -1]]).max()),
            float(cKDTree(told.points).query(wanted)[0].max()) if len(told.points) > 8 else 0.0,
        )
    seen = (np.abs(drawn.points) < (7.2, 4.1)).all(axis=1)  # far outside of the frame perspective knows no bounds
    return PIXELS * from_lines(told, drawn.points[seen]) if seen.any() else 0.0


def from_grid(places, points):
    """How far lines through points (2 n, 2), two each, are from those of a grid at x and y of places (m, 2)."""
    starts, along = points[::2], points[1::2] - points[::2]
    axis = (np.abs(along[:, 0]) > np.abs(along[:, 1])).astype(int)
    found = np.abs(places[:, axis] - starts[np.arange(len(starts)), axis])
    return float(found.min(axis=0).max())


def from_lines(told, points):
    """How far points (n, 2) are from the lines through densely told ones, in scene units."""
    _, nearest = cKDTree(told.points).query(points)
    found = np.full(len(points), np.inf)
    for step in (-1, 1):
        other = np.clip(nearest + step, 0, len(told.points) - 1)
        a, b = told.points[nearest], told.points[other]
        along = b - a
        share = ((points - a) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-30)
        found = np.minimum(found, np.linalg.norm(a + np.clip(share, 0, 1)[:, None] * along - points, axis=1))
    return float(found.max())
