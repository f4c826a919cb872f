"""A second reader of timelines, written from docs/timeline.md alone: it shares no code with the writer."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import dataclass

import numpy as np
from scipy.special import erf

FLOATS = {"f32": "<f4", "f64": "<f8"}
BYTES = {"i8": 1, "i16": 2, "i32": 4}

BENDS = {
    "identity": lambda z: z,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "gelu": lambda z: z / 2 * (1 + erf(z / np.sqrt(2))),
    "softplus": lambda z: np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0),
    "square": np.square,
}


def bend(name):
    if name.startswith("leaky"):
        slope = float(name.split("(")[1].rstrip(")")) if "(" in name else 0.01
        return lambda z: np.where(z >= 0, z, slope * z)
    return BENDS[name]


@dataclass
class Drawn:
    """One path, line or marker as it is drawn: kind, points on screen (n, 2), opacity from 0 to 1, item."""

    kind: str
    points: np.ndarray
    opacity: float
    item: dict


class Timeline:
    def __init__(self, content):
        raw = gzip.decompress(content)
        assert raw[:4] == b"UTL1"
        size = int.from_bytes(raw[4:8], "little")
        self.header = json.loads(raw[8 : 8 + size])
        self.arrays = []
        at = 8 + size
        for kind, shape, *scale in self.header["arrays"]:
            count = math.prod(shape)
            width = 1 if kind == "u8" else int(kind[1:]) // 8
            self.arrays.append(self._array(kind, shape, scale, raw[at : at + count * width]))
            at += count * width
        assert at == len(raw)

    @staticmethod
    def _array(kind, shape, scale, content):
        if kind == "u8":
            return content
        if kind in FLOATS:
            return np.frombuffer(content, FLOATS[kind]).reshape(shape).astype(float)
        planes = np.frombuffer(content, np.uint8).reshape(BYTES[kind], -1).astype(np.int64)
        numbers = sum(plane << (8 * k) for k, plane in enumerate(planes)) if planes.size else np.zeros(0)
        numbers = np.where(numbers >= 1 << (8 * BYTES[kind] - 1), numbers - (1 << (8 * BYTES[kind])), numbers)
        return scale[0] * np.cumsum(numbers.reshape(shape), axis=0)

    def value(self, value, x):
        """The numbers of a value at frame x."""
        if isinstance(value, list):
            return np.array(value, dtype=float)
        track = self.header["tracks"][value]
        starts, orders = track["starts"], track["orders"]
        i = max(int(np.searchsorted(starts, x, side="right")) - 1, 0)
        row = sum(order + 1 for order in orders[:i])
        p = self.arrays[track["values"]][row : row + orders[i] + 1]
        s = min(max((x - starts[i]) / track["spans"][i], 0), 1) if track["spans"][i] else 1.0
        if orders[i] == 0:
            return p[0]
        if orders[i] == 1:
            return (1 - s) * p[0] + s * p[1]
        return (1 - s) ** 3 * p[0] + 3 * (1 - s) ** 2 * s * p[1] + 3 * (1 - s) * s**2 * p[2] + s**3 * p[3]

    def opacity(self, item, x):
        """How far the item is seen: its most visible colour, times what fades it."""
        share = float(self.value(item.get("opacity", [1]), x)[0]) * float(self.value(item.get("fade", [1]), x)[0])
        if item["kind"] == "ghost":
            return share * max(
                0.0, 1 - abs(self.value(self.header["spaces"][item["space"]]["view"], x)[2]) / item["lean"]
            )
        if item["kind"] in ("image", "tubes"):
            return share
        most = 0.0
        for name, wide in (("fill", None), ("stroke", "width"), ("behind", "behind_width"), ("colours", None)):
            if name in item and (wide is None or self.value(item.get(wide, [0]), x)[0] > 0):
                most = max(most, self.value(item[name], x)[3::4].max() / 255)
        return share * most

    def drawn(self, x):
        """All that is drawn at frame x, in order."""
        for item in sorted(self.visible(x), key=lambda item: self.depth(item, x)):
            yield from self.pieces(item, x)

    def visible(self, x):
        return [item for item in self.header["items"] if item["from"] <= x < item["to"]]

    def depth(self, item, x):
        if "depth" not in item:
            return math.inf
        return float(self.value(self.header["camera"]["view"], x)[6:9] @ self.value(item["depth"], x))

    def pieces(self, item, x):
        kind, opacity = item["kind"], self.opacity(item, x)
        if kind == "path":
            for curves in self.paths(item, x):
                part = self.value(item.get("part", [0, 1]), x)
                yield Drawn(kind, self.on_screen(item, cut(curves, *part), x), opacity, item)
        elif kind == "image":
            yield Drawn(kind, self.on_screen(item, self.value(item["corners"], x).reshape(-1, 2), x), opacity, item)
        elif kind == "ghost":
            yield Drawn(kind, self.ghost(item, x), opacity, item)
        elif kind == "tubes":
            yield Drawn(kind, np.zeros((0, 2)), opacity, item)
        else:
            points, part = self.samples(item, x), self.value(item.get("part", [0, 1]), x)
            if kind == "dots":
                first, last = np.rint(part * len(points)).astype(int)
                points = points[first:last]
            elif "sizes" in item and tuple(part) != (0, 1):
                pieces = np.split(points, np.cumsum(item["sizes"])[:-1])
                points = np.vstack([piece_of(piece, *part, item.get("closed", False)) for piece in pieces])
            yield Drawn(kind, self.on_screen(item, points, x), opacity, item)

    def paths(self, item, x):
        """The curves (4 n, k) of each outline of an item."""
        if "points" in item:
            points = self.value(item["points"], x).reshape(-1, item.get("axes", 2))
            yield quadruples(points, item["curves"])
            return
        table = self.header["outlines"]
        points, curves, subpaths = (self.arrays[table[name]] for name in ("points", "curves", "subpaths"))
        curves, subpaths = curves.astype(int), subpaths.astype(int)
        firsts = np.append(0, np.cumsum(1 + 3 * curves))
        place = self.value(item.get("place", [0, 0]), x)
        shifts = self.arrays[item["at"]] if "at" in item else np.zeros((len(item["outlines"]), 2))
        for outline, shift in zip(item["outlines"], shifts, strict=True):
            before = int(subpaths[:outline].sum())
            sizes = curves[before : before + subpaths[outline]]
            own = points[firsts[before] : firsts[before + subpaths[outline]]] + shift
            own = own @ place[:4].reshape(2, 2) + place[4:] if len(place) == 6 else own + place
            yield quadruples(own, sizes)

    def samples(self, item, x):
        """Where the samples of lines, or the centres of dots, are: all of them, whatever part is shown."""
        if "points" in item:
            return self.value(item["points"], x).reshape(-1, item.get("axes", 2))
        part = item["part_of"]
        space = self.header["spaces"][part["space"]]
        if "ends" in part:
            ends = self.arrays[part["ends"]]
            share = np.linspace(0, 1, 8001)[:, None]
            inputs = ((1 - share) * ends[:, None, 0] + share * ends[:, None, 1]).reshape(-1, ends.shape[2])
        else:
            inputs = self.arrays[part["inputs"]]
        time = 0.0 if part.get("fixed") else float(self.value(space["time"], x)[0])
        stages = {int(k): self.arrays[a] for k, a in part.get("stages", {}).items()}
        return self.seen(self.moved(space, inputs, time, stages), self.value(space["view"], x))

    def ghost(self, item, x):
        """Where the lines of a ghost grid are: x of the upright ones, and y of the others."""
        log_unit, _, _, *centre, _ = self.value(self.header["spaces"][item["space"]]["view"], x)[:6]
        step, unit = item["step"], np.exp(log_unit)
        gap = step * unit * 10 ** np.ceil(np.log10(item["nearest"] / (step * unit)))
        return np.array(centre) + gap * np.arange(-400, 401)[:, None]

    def moved(self, space, inputs, time, stages):
        moves, places = space["moves"], inputs
        if not moves or time <= 0:
            return inputs
        last = min(int(time), len(moves) - 1)
        for k in range(last):
            places = stages.get(k + 1, self.move(moves[k], places, 1.0, inputs, stages.get(k + 1)))
        return self.move(moves[last], places, min(time - last, 1.0), inputs, stages.get(last + 1))

    def move(self, move, p, t, inputs, following):
        p = p[:, : move["inputs"]]
        p = np.pad(p, ((0, 0), (0, move["ambient"] - p.shape[1])))
        for step in move["steps"]:
            p = self.step(step, p, t, inputs, following)
        return p

    def step(self, step, p, t, inputs, following):
        kind, n = step["kind"], p.shape[1]
        if kind == "blend":
            return p @ ((1 - t) * np.eye(n) + t * np.array(step["matrix"])).T
        if kind == "turn":
            basis, turned = np.array(step["basis"]), np.eye(n)
            for i, angle in enumerate(step["angles"]):
                c, s = np.cos(t * angle), np.sin(t * angle)
                turned[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[c, -s], [s, c]]
            return p @ (np.array(step["rotation"]) if t >= 1 else basis @ turned @ basis.T).T
        if kind == "shift":
            return p + t * np.array(step["bias"])
        if kind == "bend":
            q, w = p.copy(), step["width"]
            q[:, :w] = (1 - t) * p[:, :w] + t * bend(step["activation"])(p[:, :w])
            return q
        if kind == "lift":
            q = p.copy()
            units = bend(step["activation"])(p[:, :2] @ np.array(step["weight"]).T + step["bias"])
            q[:, 2] += t * units @ np.array(step["scale"])
            return q
        if kind == "to":
            wide = max(p.shape[1], following.shape[1])
            p, q = (np.pad(each, ((0, 0), (0, wide - each.shape[1]))) for each in (p, following))
            return (1 - t) * p + t * q
        assert kind == "network"
        if t == 0 and not step["blend"]:
            return p
        a, b = step["share"]
        q = (self.hidden(step["training"], (1 - t) * a + t * b, inputs) - step["centre"]) @ np.array(step["basis"]).T
        return (1 - t) * p + t * q if step["blend"] else q

    def hidden(self, training, share, points):
        for layer in self.header["trainings"][training]["layers"][:-1]:
            mixed = []
            for name in ("weight", "bias"):
                moments = self.arrays[layer[name]]
                at = share * (len(moments) - 1)
                k = min(int(at), max(len(moments) - 2, 0))
                after = min(k + 1, len(moments) - 1)
                mixed.append((1 - at + k) * moments[k] + (at - k) * moments[after])
            points = bend(layer["activation"])(points @ mixed[0].T + mixed[1])
        return points

    @staticmethod
    def seen(points, view):
        unit, turn, tilt, cx, cy, eye, *q = view
        unit, eye = np.exp(unit), np.exp(eye)
        x, y, z, w = np.array(q) / np.linalg.norm(q)
        frame = np.array([
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ])  # fmt: skip
        about = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        lean = np.array([[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]])
        points = points[:, :3]
        points = np.pad(points, ((0, 0), (0, 3 - points.shape[1]))) @ (lean @ about @ frame).T
        return np.array([cx, cy]) + points[:, :2] * (unit * eye / np.maximum(eye - points[:, 2:], 0.3 * eye))

    def on_screen(self, item, points, x):
        camera = self.header["camera"]
        if camera is None or item.get("camera") is False:
            return points[:, :2]
        if camera["kind"] == "flat":
            cx, cy, height = self.value(camera["frame"], x)
            return (points[:, :2] - [cx, cy]) * self.header["frame"][1] / height
        view = self.value(camera["view"], x)
        if item.get("axes") != 3:
            points = np.pad(points, ((0, 0), (0, 3 - points.shape[1])))
        r = (points - view[11:14]) @ view[:9].reshape(3, 3).T
        return r[:, :2] * (view[9] / (view[9] - r[:, 2:])) * view[10]


def quadruples(points, sizes):
    """Curves as four points each, from points that neighbours share."""
    found, at = [np.zeros((0, points.shape[1]))], 0
    for size in sizes:
        own = points[at : at + 1 + 3 * size]
        found += [own[3 * k : 3 * k + 4] for k in range(size)]
        at += 1 + 3 * size
    return np.vstack(found)


def cut(curves, a, b):
    """The share from a to b of curves (4 n, k), counted in curves."""
    n = len(curves) // 4
    if a <= 0 and b >= 1:
        return curves
    first, last = min(int(a * n), n - 1), min(int(b * n), n - 1)
    pieces = []
    for k in range(first, last + 1):
        low, high = (a * n - k if k == first else 0.0), (b * n - k if k == last else 1.0)
        pieces.append(blossom(curves[4 * k : 4 * k + 4], low, high))
    return np.vstack(pieces)


def piece_of(samples, a, b, closed):
    """The share from a to b of a line's samples, with a sample at each end."""
    samples = np.vstack([samples, samples[:1]]) if closed else samples
    span = len(samples) - 1
    places = [a * span, *[k for k in range(span + 1) if a * span < k < b * span], b * span]
    return np.column_stack([np.interp(places, np.arange(span + 1), column) for column in samples.T])


def blossom(p, low, high):
    """A cubic's own part between two parameters."""

    def at(r, s, t):
        q = [(1 - r) * p[i] + r * p[i + 1] for i in range(3)]
        q = [(1 - s) * q[i] + s * q[i + 1] for i in range(2)]
        return (1 - t) * q[0] + t * q[1]

    return np.array([at(low, low, low), at(low, low, high), at(low, high, high), at(high, high, high)])
