"""The walk: it goes through a film without drawing, and notes how each drawn mobject looks in each frame.

A look is noted when it has changed. Points that a network moves are not noted: the space's time and view tell them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from struct import pack
from typing import Any

import numpy as np
import xxhash
from manim import Camera, ImageMobject, ManimColor, Mobject, MovingCamera, MultiCamera, PMobject, ThreeDCamera, VMobject
from manim.mobject.types.image_mobject import AbstractImageMobject, ImageMobjectFromCamera
from numpy.typing import NDArray

from manim_untangle.draw._manim import clip_of, drawn_order, fade_opacity, place_in_space
from manim_untangle.draw.batch import Batch
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.pictures import Pictures
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.shapes import WIDTH_UNIT
from manim_untangle.draw.text import em_of
from manim_untangle.render.engine import Engine, Sink
from manim_untangle.stage.space import Part, Space
from manim_untangle.web.partials import PartialWatch
from manim_untangle.web.spaces import Epoch, SpaceNotes, is_told
from netlib.errors import UntangleError

Array = NDArray[np.float64]
SEEN = (VMobject, PMobject, AbstractImageMobject)  # a camera draws nothing of other mobjects, such as a ValueTracker
LAYERED = (ThreeDCamera, MultiCamera)  # what they show depends on what is drawn in each frame, and what once in a play
Place = tuple[SpaceNotes, Epoch, Part]  # where a mobject belongs in a space


@dataclass(frozen=True, eq=False)
class Look:
    """How a mobject is drawn at a moment, but for its fade.

    facts: what makes another item of it when it changes, such as a marker's name. points: (N, 3), of all of it; (0, 3)
    where a space tells them. part: the share that is drawn. fill, stroke, behind: colours (k, 4) in [0, 1]. numbers:
    other values (n,) by their names in a timeline. place: in a space.
    """

    facts: dict[str, Any]
    points: Array
    part: tuple[float, float]
    fill: Array
    stroke: Array
    behind: Array
    numbers: dict[str, Array]
    place: Place | None


@dataclass(eq=False)
class Actor:
    """A drawn mobject: its number, its looks and fades with the frames from which on it has them, and the text that it
    belongs to."""

    mobject: Mobject
    number: int
    frames: list[int] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    fades: list[float] = field(default_factory=list)
    key: int = 0
    text: int | None = None


@dataclass(frozen=True)
class Play:
    """An animation or a pause: its first frame, the frame after its last, and the title of the move that it makes."""

    begin: int
    end: int
    still: bool
    title: str


class Walk(Sink):
    """What a film shows, noted while it is played.

    actors: in the order in which they appeared. orders: when what is drawn changes, or its order: the frame, and the
    numbers of actors. cameras: one row a frame, empty where the camera cannot move. backgrounds: one row (red, green,
    blue, 255) a frame. texts: words, and their source.
    alone: whether nothing draws beside it; then parts of spaces that tell themselves are not drawn.
    """

    def __init__(self, alone: bool = True) -> None:
        self.alone = alone
        self.actors: list[Actor] = []
        self.orders: list[tuple[int, tuple[int, ...]]] = []
        self.cameras: list[Array] = []
        self.backgrounds: list[Array] = []
        self.plays: list[Play] = []
        self.texts: list[dict[str, str]] = []
        self.spaces: list[SpaceNotes] = []
        self.frames = 0
        self._by_identity: dict[int, Actor] = {}
        self._partials = PartialWatch()
        self._text_of: dict[int, int] = {}
        self._kept: list[Mobject] = []  # so that no two mobjects have the same identity

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take note, while a film is played, of new spaces, and of mobjects that are shown in part."""

        def note(space: Space) -> None:
            self.spaces.append(SpaceNotes(space))
            if self.alone:
                space.leaves_samples = is_told

        Space.watchers.append(note)
        try:
            with self._partials:
                yield
        finally:
            Space.watchers.remove(note)

    def begin(self, engine: Engine) -> None:
        _refuse_camera(engine.camera)
        self._began = engine.frames
        self._background = background(engine.camera)
        self._still = [mobject for mobject in drawn_order(engine.still) if isinstance(mobject, SEEN)]
        self._behind = {id(mobject) for mobject in self._still}
        moves = [getattr(animation, "move", None) for animation in engine.scene.animations or []]
        self._title = next((move.title for move in moves if move is not None), "")
        for mobject in engine.scene.mobjects:
            self._find_texts(mobject, None)

    def frame(self, engine: Engine, repeat: int) -> None:
        now, camera = engine.frames, engine.camera
        if isinstance(camera, ThreeDCamera):
            camera.reset_rotation_matrix()
        places = self._places(now) if type(camera) is not ThreeDCamera else {}
        moving = [mobject for mobject in engine.drawn_now if isinstance(mobject, SEEN)]
        drawn = [*self._still, *moving]
        for mobject in drawn if now == self._began else moving:
            self._note(mobject, camera, now, places.get(id(mobject)))
        order = tuple(self._by_identity[id(mobject)].number for mobject in drawn)
        if not self.orders or self.orders[-1][1] != order:
            self.orders.append((now, order))
        self.cameras.extend([camera_numbers(camera)] * repeat)
        self.backgrounds.extend([self._background] * repeat)
        self.frames = now + repeat

    def end(self, engine: Engine) -> None:
        still = bool(engine.scene.is_current_animation_frozen_frame())
        self.plays.append(Play(self._began, engine.frames, still, self._title))

    def _places(self, now: int) -> dict[int, Place]:
        """Note where spaces stand; return the parts that they tell, by the identity of their mobject."""
        places = dict[int, Place]()
        for notes in self.spaces:
            notes.note(now)
            if self.alone:
                notes.leave_undrawn()
            for part, epoch in notes.told_parts():
                for mobject in part.mobject.get_family() if part.told else [part.mobject]:
                    places[id(mobject)] = (notes, epoch, part)
        return places

    def _note(self, mobject: Mobject, camera: Camera, now: int, place: Place | None) -> None:
        actor = self._by_identity.get(id(mobject))
        if actor is None:
            actor = self._by_identity[id(mobject)] = Actor(mobject, len(self.actors))
            actor.text = self._text_of.get(id(mobject))
            self.actors.append(actor)
        key, fade = self._key(mobject, camera, place), fade_opacity(mobject)
        if actor.frames and actor.key == key:
            if actor.fades[-1] == fade:
                return
            look = actor.looks[-1]
        else:
            look = self._look(mobject, camera, place)
        actor.key = key
        actor.frames.append(now)
        actor.looks.append(look)
        actor.fades.append(fade)

    def _key(self, mobject: Mobject, camera: Camera, place: Place | None) -> int:
        """Return a hash of all that `_look` reads of a mobject but its fade."""
        if place is None and not isinstance(mobject, Batch) and isinstance(mobject, VMobject):
            return self._key_of_curves(mobject, camera)
        return self._key_of_any(mobject, camera, place)

    def _key_of_curves(self, mobject: VMobject, camera: Camera) -> int:
        """Return the key of a mobject that no space tells, such as a letter: most of them are that, in every frame."""
        fill, stroke = mobject.fill_rgbas, mobject.stroke_rgbas
        if len(fill) > 1 or len(stroke) > 1 or isinstance(camera, LAYERED):
            return self._key_of_any(mobject, camera, None)
        behind = mobject.background_stroke_rgbas
        arrays = (mobject.points.tobytes(), fill.tobytes(), stroke.tobytes(), behind.tobytes())
        widths = (mobject.stroke_width, mobject.background_stroke_width)
        return hash((arrays, widths, id(mobject.joint_type), id(mobject.cap_style), clip_of(mobject)))

    def _key_of_any(self, mobject: Mobject, camera: Camera, place: Place | None) -> int:
        said = list[bytes]()
        if isinstance(mobject, VMobject):
            numbers = (mobject.stroke_width, mobject.background_stroke_width)
            said.append(pack("ddqq", *numbers, mobject.joint_type.value, mobject.cap_style.value))
            arrays: list[NDArray[Any]] = [mobject.fill_rgbas, mobject.stroke_rgbas, mobject.background_stroke_rgbas]
            if len(mobject.fill_rgbas) > 1 or len(mobject.stroke_rgbas) > 1:
                arrays.append(mobject.get_sheen_direction())
            if isinstance(mobject, Batch) and mobject.rgbas is not None:
                arrays.append(mobject.rgbas)
            if isinstance(mobject, Dots):
                said.append(f"{mobject.marker}{mobject.radius}{mobject.shown}".encode())
            if isinstance(mobject, Pictures):
                arrays.append(mobject.levels)
        elif isinstance(mobject, ImageMobjectFromCamera):
            arrays = [camera_numbers(mobject.camera)]
        else:
            arrays = [getattr(mobject, "pixel_array", np.zeros(0))]
            said.append(camera_numbers(camera).tobytes())
        if isinstance(camera, LAYERED):
            said.append(bytes([self._layer(mobject)]))
        if (clip := clip_of(mobject)) is not None:
            said.append(pack("4d", *clip))
        if place is None:  # else a space tells the points
            arrays.append(mobject.points)
        elif isinstance(mobject, VMobject):
            said.append(repr(self._partials.share(mobject)).encode())
        said.extend(array.tobytes() for array in arrays)
        if place is not None:
            said.append(pack("qq", id(place[1]), id(place[2])))
            if place[2].told is not None:
                values = place[2].told()[mobject].values()
                said.extend(value.tobytes() for value in values if isinstance(value, np.ndarray))
        if isinstance(camera, ThreeDCamera):
            flags, centre = place_in_space(camera, mobject)
            said.append(flags)
            if centre is not None:
                said.append(np.array([*centre, *camera_numbers(camera)]).tobytes())
        return xxhash.xxh3_64_intdigest(b"".join(said))

    def _layer(self, mobject: Mobject) -> int:
        """Return 1 of what is drawn anew in each frame, upon the picture of what stands still, else 0."""
        return int(bool(self._behind) and id(mobject) not in self._behind)

    def _look(self, mobject: Mobject, camera: Camera, place: Place | None) -> Look:
        layer = {"layer": np.array([self._layer(mobject)])} if isinstance(camera, LAYERED) else {}
        if isinstance(mobject, ImageMobject | ImageMobjectFromCamera):
            return _look_of_image(mobject, camera, layer)
        if not isinstance(mobject, VMobject) or getattr(mobject, "background_image", None) is not None:
            name = type(mobject).__name__
            raise UntangleError(f"{name} is made of pixels that change: a video can show it, a timeline cannot")
        whole = self._partials.whole(mobject)
        part, numbers = whole.part, dict[str, Array](layer)
        fill, stroke = np.array(camera.get_fill_rgbas(mobject)), np.array(camera.get_stroke_rgbas(mobject))
        behind = np.array(mobject.get_stroke_rgbas(True)[:1])
        facts: dict[str, Any] = {"kind": "path", "join": mobject.joint_type.name, "cap": mobject.cap_style.name}
        if isinstance(mobject, Polylines):
            facts = {"kind": "lines", "closed": whole.closed, "sizes": whole.sizes}
        elif isinstance(mobject, Dots) and type(mobject) in (Dots, Pictures):
            facts = {"kind": "dots", "marker": mobject.marker}
            first, last, _ = mobject.shown.indices(len(mobject.points))
            part = (first / max(len(mobject.points), 1), last / max(len(mobject.points), 1))
            numbers["radius"] = np.array([mobject.radius])
        elif type(mobject).__name__ != "VMobject" and isinstance(mobject, Batch):
            raise UntangleError(f"{type(mobject).__name__} draws itself: a video can show it, a timeline cannot")
        if isinstance(mobject, Pictures):
            sheet = mobject.sheet
            facts = {"kind": "pictures", "size": mobject.levels.shape[:0:-1]}
            facts |= {"pixels": sheet.tobytes(), "shape": sheet.shape}
            numbers["opacity"] = mobject.colour()[3:]
        elif isinstance(mobject, Batch) and (mobject.rgbas is not None or whole.rgbas is not None):
            colours = mobject.point_rgbas() if whole.rgbas is None else whole.rgbas
            numbers["colours"] = 255 * np.asarray(colours).ravel()
        numbers["width"] = np.array([WIDTH_UNIT * max(mobject.stroke_width, 0)])
        numbers["behind_width"] = np.array([WIDTH_UNIT * max(mobject.background_stroke_width, 0)])
        points = np.array(whole.points, dtype=np.float64)
        if len(fill) > 1 or len(stroke) > 1:
            numbers["gradient"] = np.array(mobject.get_gradient_start_and_end_points()).ravel()
        if (clip := clip_of(mobject)) is not None:
            numbers["clip"] = np.array(clip)
        if isinstance(camera, ThreeDCamera):
            points = _in_space(mobject, points, camera, facts, numbers)
        if place is not None:
            points = np.zeros((0, 3))
            if place[2].told is not None:
                said = place[2].told()[mobject]
                facts = {key: value for key, value in said.items() if not isinstance(value, np.ndarray)}
                kept = {key: value for key, value in numbers.items() if key == "clip"}
                numbers = kept | {key: value for key, value in said.items() if key not in facts}
            elif not place[2].fixed and place[2].lines is not None:
                facts.pop("sizes", None)
        return Look(facts, points, part, fill, stroke, behind, numbers, place)

    def _find_texts(self, mobject: Mobject, text: int | None) -> None:
        """Note which letters belong to which text."""
        if id(mobject) in self._text_of or (not mobject.submobjects and text is None):
            return
        said = _words(mobject) if text is None else None
        if said is not None:
            text = len(self.texts)
            self.texts.append(said)
        if text is not None:
            self._text_of[id(mobject)] = text
            self._kept.append(mobject)
        for child in mobject.submobjects:
            self._find_texts(child, text)


def background(camera: Camera) -> Array:
    """Return the colour behind everything: red, green, blue and opacity, 0 to 255."""
    colour = getattr(camera, "background_color")  # noqa: B009, of both kinds of camera
    return np.array([*ManimColor(colour).to_int_rgb(), 255.0])


def camera_numbers(camera: Camera) -> Array:
    """Return where a camera stands: 4 numbers of one that moves over the plane (middle, height, width), 15 of one in
    space."""
    if isinstance(camera, ThreeDCamera):
        turned = camera.get_rotation_matrix().ravel()
        return np.array([*turned, camera.get_focal_distance(), camera.get_zoom(), *camera.frame_center, 0.0])
    if isinstance(camera, MovingCamera):
        return np.array([*camera.frame_center[:2], camera.frame_height, camera.frame_width])
    return np.zeros(0)


def _refuse_camera(camera: Camera) -> None:
    if getattr(camera, "exponential_projection", False):
        raise UntangleError("the camera has exponential_projection: a video can show that, a timeline cannot")


def _words(mobject: Mobject) -> dict[str, str] | None:
    """Return the text of a mobject that says one: of Manim's, or of ours."""
    for name in ("text", "original_text"):
        if isinstance(said := getattr(mobject, name, None), str):
            return {"text": said}
    for name in ("tex_string", "typst_code"):
        if isinstance(said := getattr(mobject, name, None), str):
            return {"text": said, "source": said}
    if em_of(mobject) is not None:  # words of ours remember what they say
        return {"text": str(vars(mobject)["source"])}
    return None


def _in_space(
    mobject: VMobject, points: Array, camera: ThreeDCamera, facts: dict[str, Any], numbers: dict[str, Array]
) -> Array:
    """Return points as a camera in space is to take them, and add what it has to know."""
    if mobject in camera.fixed_in_frame_mobjects or mobject in camera.fixed_orientation_mobjects:
        facts["camera"] = False
        return np.asarray(camera.transform_points_pre_display(mobject, points))
    facts["axes"] = 3
    if mobject.shade_in_3d:
        numbers["depth"] = np.array(mobject.get_z_index_reference_point())
    return points


def _look_of_image(mobject: ImageMobject | ImageMobjectFromCamera, camera: Camera, layer: dict[str, Array]) -> Look:
    """Return the look of a picture, or of what another camera of the scene sees."""
    corners = np.array(mobject.points, dtype=np.float64)[:3]
    if isinstance(mobject, ImageMobject):
        pixels = np.dstack([mobject.get_pixel_array()[..., :3], mobject.orig_alpha_pixel_array])
        facts: dict[str, Any] = {"kind": "image", "pixels": pixels.tobytes(), "shape": pixels.shape}
        numbers = layer | {"opacity": np.array([mobject.stroke_opacity])}
    else:
        facts, numbers = {"kind": "window"}, layer | {"frame": camera_numbers(mobject.camera)}
    if isinstance(camera, ThreeDCamera):
        corners = np.asarray(camera.transform_points_pre_display(mobject, corners))
        facts["camera"] = False
    none = np.zeros((1, 4))
    return Look(
        facts, np.zeros((0, 3)), (0.0, 1.0), none, none, none, numbers | {"corners": corners[:, :2].ravel()}, None
    )
