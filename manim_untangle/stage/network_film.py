"""NetworkFilm: the film of any network on any data, shown in the same way as the others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from manim import UL, Animation, FadeIn, FadeOut, Group, Mobject, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.sampling import sample_lines
from manim_untangle.draw.text import PLATE_BUFF
from manim_untangle.stage.cloud_names import CLEAR, cloud_names
from manim_untangle.stage.film import Film
from manim_untangle.stage.marks import LiveLabel, number, percent, wrong_points
from manim_untangle.stage.readout import answer_changes, boundary, decision_regions
from manim_untangle.stage.regression import (
    TargetScale,
    rounded,
    target_bar,
    target_dots,
    target_name,
    tell_backwards,
    tell_readout,
)
from manim_untangle.stage.signs import Scores, class_name, legend, spelled
from manim_untangle.stage.space import GRID_HALF, LINE_HALF, PICTURE_RADIUS, SHEET_HALF, Space, grid_lines
from manim_untangle.stage.story import LayerPresenter
from manim_untangle.stage.view import View, edge_on
from netlib.activations import Array
from netlib.certificates import network_claims as claims
from netlib.certificates.certificate import Certificate
from netlib.certificates.claims import hyperplane_name
from netlib.datasets import Dataset, sampled
from netlib.layers import Layer, LayerNorm, Normalize
from netlib.motion.moves import Move
from netlib.motion.orientation import oriented
from netlib.motion.projected import Pictures, ProjectedTrajectory
from netlib.network import Network, class_scores
from netlib.readers import numbered, read_data
from netlib.training.recipe import Recipe, read_weights
from netlib.units import drawable_units

MOST_PUBLISHED = 400  # points that film.json keeps for the page's live view
MOST_PICTURES = 300  # points that are drawn as pictures
LONGEST_WORD = 48  # characters: no line can break inside a word
QUICK = 0.8 * style.MOVE_SECONDS
FINELY = 50_000  # weights: the grid of a network of up to so many is sampled as finely as its image bends
DEEPEST = 12  # hidden layers of such a network: the images of deeper ones can be crumpled without end
MOST_WORK = 2e10  # multiplications for all samples of the grid of a larger one
SMOOTH = 0.02  # scene units
TURN = 0.25  # radians by which space turns during a move
# what is said of the moves of layers that are not dense, by the move's title
WORDS = {
    "rescale": "each number gets a unit and a zero of its own.",
    "x + f(x)": "to each point x it adds f(x), small layers of its own.",
    "W x + b + f(x)": "to W x + b it adds f(x), small layers of its own.",
    "g(x) + f(x)": "it adds what two chains of layers, f and g, make of x.",
    "centre": "a point's numbers lose their mean …",
    "centre each group": "the numbers of each group lose their mean …",
    "to the sphere": "… and are scaled until their spread is 1.",
    "along its ray": "each point goes along its ray from 0, until the mean square of its numbers is 1.",
    "PReLU": "below 0 each number has a slope of its own.",
}


class NetworkFilm(Film):
    """What the layers of one network do to its data, step by step.

    A subclass says where the weights are: a file that `untangle film` wrote, or one of Untangle's own. What the file
    says of title, data and classes can be set anew in the subclass. data: a name, or a file beside the weights; without
    it the network is shown on what it was trained on. images: width and height in pixels of the points, each of which
    is then drawn as its picture.
    """

    weights = Path()
    heading = 2
    data: str | None = None
    images: tuple[int, int] | None = None
    class_names: tuple[str, ...] = ()

    def read(self) -> tuple[Network, Dataset]:
        """Return network and data, and note the network in the film's record.

        Raises BadWeights or BadFile, with the cure, where a file is missing or damaged.
        """
        network, metadata = read_weights(self.weights)
        said = json.loads(metadata["record"])
        self.assumptions = tuple(said.get("inferred", ()))
        self.trained_here = metadata["recipe"] != "{}"
        self.title = self.title or said.get("title") or self.weights.stem
        self.about = said.get("about", "")
        width, height = said.get("images") or (0, 0)
        self.images = self.images or ((width, height) if width else None)
        name = self.data or said.get("data")
        beside = self.weights.parent / (name or "")
        if name is None:
            data = Recipe.from_json(metadata["recipe"]).dataset()
        else:
            is_regression = bool(said.get("regression"))
            data = numbered(network, read_data(beside if beside.is_file() else name, regression=is_regression))
        names = self.class_names or tuple(said.get("class_names", ())) or data.class_names
        columns, target = tuple(said.get("columns", ())) or data.columns, said.get("target", data.target)
        data = replace(data, class_names=() if data.regression else names, columns=columns, target=target)
        entry: dict[str, Any] = {
            "slug": self.weights.stem, "sha256": network.sha256, "file": self.weights.name, "moves": "together",
        }  # fmt: skip
        if data.dimension <= 3:
            few = np.unique(np.linspace(0, len(data.points) - 1, MOST_PUBLISHED).astype(int))
            entry |= {"points": data.points[few].tolist(), "labels": data.labels[few].tolist()}
        self.networks.append(entry)
        self.weights_files.append(self.weights)
        return network, data

    def construct(self) -> None:
        network, data = self.read()
        self.set_stage(network, data)
        self.opening()
        for k in range(len(self.pictures.groups)):
            self.step(k)
        self.readout()
        if network.inputs <= 2 and network.hidden:
            self.backwards()

    def set_stage(self, network: Network, data: Dataset) -> None:
        """Make space and what stands around it: in units in which the data can be drawn, with the neurons in the order
        in which space turns least."""
        self.units, network = drawable_units(data), oriented(network)
        if self.units is not None:
            network, data = self.units.of_network(network), self.units.of_data(data)
        shown = sampled(data, MOST_PICTURES) if self.images else sampled(data)
        self.points: Array = np.asarray(shown.points, dtype=np.float64)
        self.network, self.shown, self.dataset = network, replace(shown, points=self.points), data
        self.pictures = Pictures.of(network, self.points)
        view = View().framing(self.pictures.drawn(self.points, 0))
        trajectory = ProjectedTrajectory(self.pictures)
        self.space = Space(view, grid=False, dimension=network.inputs, trajectory=trajectory)
        flat = all(len(projection.basis) < 3 for projection in self.pictures.projections)
        sheet = GRID_HALF if flat else (SHEET_HALF, SHEET_HALF)
        self.half = {1: (LINE_HALF,), 2: sheet, 3: (1.0, 1.0, 1.0)}.get(network.inputs, ())
        self.ghost, self.cube = self.space.add_ghost(), self.space.add_cube(style.GHOST, on_screen=True)
        self.grid = self._grid()
        self.target_scale = TargetScale.of(data)
        self.dots: Mobject
        if data.regression:
            self.dots = target_dots(self.space, self.shown, self.target_scale)
        elif self.images:
            self.dots = self.space.add_pictures(self.shown, self.images)
        else:
            self.dots = self.space.add_data(self.shown)
        self.names = VGroup()
        self.presenter = LayerPresenter(self, network, self.space, self.shown)
        heading = self.space.layout.slot("heading")
        corner, room = heading.corner(UL), heading.width - 2 * PLATE_BUFF
        self.label = LiveLabel(self.space, self._label, corner, UL, width=room, align="left")

    def opening(self) -> None:
        """The data, in the colours of their classes."""
        data, count = self.dataset, len(self.dataset.points)
        self.chapter("The data")
        key = target_bar(data, self.target_scale) if data.regression else legend(data)
        signs = (*self.presenter.signs, key, self.label)
        self.play(FadeIn(self.ghost, self.cube, *self.grid), *map(FadeIn, signs), FadeIn(self.dots))
        title = _short(self.title)
        named = self.name_clouds() if data.dimension <= 3 else []
        self.say(f"{title} (trained here from its settings)" if self.trained_here else title, *named)
        few = f" {len(self.points):,} of them are shown." if len(self.points) < count else ""
        if data.regression:
            ends = f"from {rounded(self.target_scale.low)} to {rounded(self.target_scale.high)}"
            self.say(f"{count:,} points, each with a number: {target_name(data)}, {ends}.{few}")
        else:
            self.say(f"{count:,} points in {len(np.unique(data.labels))} classes.{few}")
        if self.units is not None:
            self.say(self._unit_words(data))
        if data.dimension > 3:
            what = f"{data.dimension} numbers"
            if self.images:
                what = "a picture of {} × {} pixels, in the colour of its class".format(*self.images)
            self.say(f"Each is {what}. Shown: their first 3 principal components.")
            self.presenter.turn_by(0.6)
        self.claim_cut(0, "In the input, one {} separates the classes already.", "No {} separates the classes here.")
        self.say("What will each layer do to them?", *(self.name_clouds() if data.dimension > 3 else []))

    def step(self, k: int) -> None:
        """One layer, or a group of layers; then what it has lost: all points on one spot, or dead neurons."""
        self.chapter(self.pictures.groups[k].name)
        self.take_names_away()
        moves = self.pictures.transitions(k)
        captions = {move.title: caption for move in moves if (caption := self.words_before(k, move))}
        self.presenter.layer(k, captions, run_time=QUICK, turn=TURN)
        dead, width = self.pictures.dead[k], self.pictures.width(k + 1)
        spot = claims.points_on_one_spot(self.pictures.drawn(self.points, k + 1))
        if spot.holds:
            self.claim("All points shown now lie on one spot: float64 cannot tell them apart.", spot)
        elif dead:
            text = f"{dead} of its {width} neurons give{'s' if dead == 1 else ''} 0 for every point shown: dead."
            self.claim(text, claims.neurons_dead(dead, width, len(self.points)))

    def words_before(self, k: int, move: Move) -> str:
        """Return what is said before a move of a group of layers; '' for nothing."""
        name = self.pictures.groups[k].name
        if move.part == "blend" and _rescales(self.pictures.groups[k].layers):
            return f"{name}: {WORDS['rescale'][:-1]} (a straight blend of the two pictures)."
        if move.part == "blend":
            before, after = self.pictures.width(k), self.pictures.width(k + 1)
            is_first = all(self.pictures.transitions(j)[0].part != "blend" for j in range(k))
            how = "between layers: a straight blend of the two pictures" if is_first else "a blend again"
            return f"{name}: {before} → {after} numbers ({how})."
        moves, layer = self.pictures.transitions(k), self.pictures.groups[k].layers[-1]
        if isinstance(layer, Normalize | LayerNorm) and move.part not in ("bend", "flatten", "normalize"):
            first = next(each for each in moves if each.part not in ("bend", "flatten", "normalize"))
            factor = layer.factor if isinstance(layer, Normalize) else layer.gain
            gets = ["a unit", *["a sign"] * bool((factor <= 0).any()), *["a zero"] * bool(layer.shift.any())]
            listed = " and ".join([", ".join(gets[:-1]), gets[-1]] if gets[1:] else gets)
            return f"{name}: each number gets {listed} of its own." if move.title == first.title else ""
        if move.title in WORDS:
            return f"{name}: {WORDS[move.title]}"
        if move.part == "bend":
            return f"… and {spelled(move.title)} bends it." if k == 0 else ""
        mirror = ", with a mirror image" if "mirror" in move.part else ""
        end = " …" if any(each.part == "bend" for each in moves) else "."
        return f"{name}: W x + b stretches, turns and shifts{mirror}{end}" if k == 0 else f"{name}."

    def readout(self) -> None:
        """The lines or planes at which the answer changes, and how many points are right."""
        if self.dataset.regression:
            tell_readout(self)
            return
        last = len(self.pictures.groups)
        projection, readout = self.pictures.projections[last], class_scores(self.network.readout)
        drawn = self.pictures.drawn(self.points, last)
        k = drawn.shape[1]
        self.chapter("The readout")
        found: Mobject | None = None
        if projection.shows(readout):
            seen = projection.seen(readout)
            if k > 2:
                self.presenter.turn_by(edge_on(self.space.view, seen.weight))
            found = answer_changes(self.space, seen, drawn)
        shown = [] if found is None else [FadeIn(found)]
        constant = claims.one_answer(self.network, self.points)
        if constant.holds:
            self.claim("The network's answer is the same for every point shown.", constant, *shown)
        elif found is None:
            text = f"Its boundaries need more than {k} of the {readout.inputs} dimensions."
            self.claim_if_it_holds(text, claims.boundaries_need_more(readout, k))
        else:
            names = {1: "one cut", 2: "one straight line", 3: "one flat plane"}
            name = names.get(readout.inputs, f"one {hyperplane_name(readout.inputs)}")
            name = name if readout.outputs == 2 else "straight boundaries between the classes"
            self.claim(f"The network decides by {name}.", claims.decides_by_flat_cuts(readout), *shown)
        wrong = self.network.classify(self.points) != self.shown.labels
        one = "Some {} separates the classes here." if wrong.any() else "One {} now separates the classes."
        self.claim_cut(last, one, "Even here no {} separates the classes.")
        scores = Scores(self.network, self.dataset, self.layout.upper)
        left = [sign for sign in (self.presenter.diagram, self.presenter.formula) if sign in self.mobjects]
        self.play(*map(FadeOut, left), FadeIn(scores), *self.name_clouds(found))
        self.finish_reading()
        if wrong.any():
            text = f"Ringed in pink: {percent(float(wrong.mean()))} of the points shown are in the wrong class."
            around = {"radius": 1.5 * PICTURE_RADIUS} if self.images else {}
            rings = wrong_points(self.space, self.network, self.shown, **around)
            self.claim(text, claims.points_wrong(self.network, self.shown), FadeIn(rings))
        text = "No layer tears space apart or puts two points in one place."
        self.claim_if_it_holds(text, claims.layers_keep_apart(self.network, self.points))
        if k > 2:
            self.take_names_away()
            self.presenter.look_around()
            if named := self.name_clouds():
                self.play(*named)
        self.poster_time = self.now
        self.leaving = [mobject for mobject in (found, scores) if mobject is not None]

    def backwards(self) -> None:
        """The boundary in the inputs, on which the readout's cut, line or plane lies all along."""
        if self.dataset.regression:
            tell_backwards(self)
            return
        self.chapter("Backwards")
        found = boundary(self.space, self.network, self.half)
        if len(found.points):
            self.say("Which inputs lie on that boundary? Run it backwards.", FadeIn(found))
        else:
            self.say("Back to where the points began.")
        self.take_names_away()
        self.play(self.space.fade_out(*self.leaving), run_time=style.FADE_SECONDS)
        start = self.presenter.fitted(self.pictures.drawn(self.points, 0))
        self.presenter.travel(0, start, 2.5 * style.MOVE_SECONDS)
        if len(found.points):
            shown = self.name_clouds(found)
            if len(self.half) == 2:
                shown.append(FadeIn(decision_regions(self.space, self.network, self.half)))
            self.say("This is the boundary that the network draws in its inputs.", *shown)
            leaks, closed = claims.way_out_of_ring(self.network, self.dataset)
            self.claim_if_it_holds("The region called “disk” runs out through the ring: there is a tunnel.", leaks)
            self.claim_if_it_holds("A closed curve of another class runs around the disk: no tunnel leads out.", closed)
            return
        everywhere = claims.answer_fills(self.network, self.half)
        if everywhere is not None and everywhere.holds:
            name = class_name(self.dataset, int(everywhere.measured["class"]))
            self.claim(f"The answer is {name} everywhere in the inputs shown here.", everywhere)
        else:
            self.say("No boundary was found in the inputs shown here.")

    def name_clouds(self, lines: Mobject | None = None) -> list[Animation]:
        """Return the animation that puts names of classes beside their points, off the lines; none where nothing has
        room."""
        if self.dataset.regression:
            return []
        drawn = lines if isinstance(lines, Polylines) else None
        clear = PICTURE_RADIUS * 1.5 if self.images else CLEAR
        self.names = cloud_names(self.space, self.shown, drawn, clear)
        return [FadeIn(self.names)] if len(self.names) else []

    def take_names_away(self) -> None:
        """Fade out the names beside the points, which do not move with these."""
        if len(self.names):
            self.finish_reading()
            self.play(FadeOut(self.names), run_time=style.FADE_SECONDS / 2)
            self.names = VGroup()

    def claim_if_it_holds(self, text: str, certificate: Certificate | None) -> None:
        """Claim a sentence where it applies to the network and is proved; say nothing otherwise."""
        if certificate is not None and certificate.holds:
            self.claim(text, certificate)

    def claim_cut(self, picture: int, one: str, none: str) -> None:
        """Claim of a representation that one cut separates two classes, or that none does; nothing where it is open."""
        depth = self.pictures.groups[picture - 1].last + 1 if picture else 0
        found = claims.one_cut_separates(self.shown, self.dataset, self.network, depth)
        if found is not None and found.holds is not None:
            name = hyperplane_name(self.pictures.width(picture))
            self.claim((one if found.holds else none).format(name), replace(found, holds=True))

    def record(self) -> dict[str, Any]:
        """Return what film.json says, with what the file left open and how that was decided."""
        said = super().record()
        description = f"What the layers of {self.title} do to its data."
        words = {"description": description, "about": self.about, "alt": self.alt or description}
        return {**said, **words, "inferred": list(self.assumptions)}

    def _unit_words(self, data: Dataset) -> str:
        """What the units of the picture are, by the names of the inputs where they differ."""
        assert self.units is not None
        steps = [number(step) for step in self.units.step]
        if self.units.are_equal:
            return f"Inputs are counted from the middle of the data, in steps of {steps[0]}."
        names = data.columns or tuple(f"input {k}" for k in range(1, len(steps) + 1))
        each = ", ".join(f"{_short(name)} in steps of {step}" for name, step in zip(names, steps, strict=True))
        return f"Counted from the middle of the data: {each}."

    def _label(self) -> str:
        """The place in the network of what is shown, and how much of it is shown."""
        trajectory = self.space.trajectory
        assert isinstance(trajectory, ProjectedTrajectory)
        k = trajectory.picture(self.space.time)
        if k is None:
            return f"inside layer {trajectory.moves[int(np.ceil(self.space.time)) - 1].layer + 1}"
        place = f"after layer {self.pictures.groups[k - 1].last + 1}" if k else "input"
        width, caption = self.pictures.width(k), self.pictures.projections[k].caption
        if not k and not caption and len(names := self.dataset.columns) == width:
            arrows = ("", "", "") if width > 2 else (" →", " ↑")
            return f"{place}: " + ", ".join(map("".join, zip(map(_short, names), arrows, strict=False)))
        return f"{place}: {caption}" if caption else f"{place}: {width} number{'s' if width > 1 else ''}"

    def _grid(self) -> Group:
        """Lines through the inputs, where the inputs have at most three numbers: beyond, a grid means nothing."""
        network, pictures = self.network, self.pictures
        if network.inputs > 3:
            return Group()
        step = {1: 6.0, 2: 0.25 if self.half == GRID_HALF else 0.125, 3: 1.0}[network.inputs]
        weights = sum(layer.inputs * layer.outputs for layer in network.layers)
        step *= 2 if weights > FINELY and network.inputs == 2 else 1
        ends = grid_lines(self.half, step)
        if weights <= FINELY and len(network.hidden) <= DEEPEST:
            drawn = (pictures.drawn(self.points, k) for k in range(len(pictures.projections)))
            units = [View().framing(points).unit for points in drawn]
            samples, starts = sample_lines(ends, [lambda inputs: pictures.everywhere(inputs, units)], SMOOTH)
        else:
            count = int(np.clip(MOST_WORK / weights / len(ends), 9, 121))
            samples = np.linspace(ends[:, 0], ends[:, 1], count, axis=1).reshape(-1, network.inputs)
            starts = count * np.arange(len(ends))
        width, opacity = {1: (4.0, 1.0), 2: (2.0, 0.8), 3: (1.5, 0.45)}[network.inputs]
        grid = Group(self.space.add_lines(samples, style.GRID, width, opacity, starts))
        if network.inputs == 1:
            grid.add(self.space.add_dots(np.arange(-3, 3.1, 0.25)[:, None], style.GRID, radius=0.05))
        return grid


def _rescales(layers: tuple[Layer, ...]) -> bool:
    """Whether layers are one that gives each number a unit of its own, and does nothing else."""
    return len(layers) == 1 and isinstance(layers[0], Normalize) and layers[0].activation.name == "identity"


def _short(text: str) -> str:
    """The text with long words shortened, in which no line can break."""
    return " ".join(word if len(word) <= LONGEST_WORD else f"{word[:LONGEST_WORD]}…" for word in text.split())
