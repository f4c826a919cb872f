"""OwnFilm: the film of any network on any data, told in the same staging as the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from manim import FadeIn, FadeOut, VGroup

from manim_untangle.draw import style
from manim_untangle.stage.dividers import class_scores, dividers, input_boundary, input_cuts, is_exact, scores_at
from manim_untangle.stage.film import Film
from manim_untangle.stage.formula import LayerFormula, spelled
from manim_untangle.stage.legend import score_table
from manim_untangle.stage.network_claims import (
    claim_constant,
    claim_cut,
    claim_everywhere,
    claim_layers,
    claim_lost,
    claim_ring,
)
from manim_untangle.stage.network_stage import NetworkStage
from manim_untangle.stage.ride import ApplyTransition, Ride, edge_on, fitted
from manim_untangle.stage.route import Step, Transition
from manim_untangle.stage.scores import percent
from netlib.datasets import Dataset
from netlib.network import Network
from netlib.readers.data import read_data
from netlib.training.recipe import read_weights

MOST_PUBLISHED = 400  # points that film.json keeps for the page's live view
LONGEST_WORD = 48  # characters: no line can break inside a word
QUICK = 0.8 * style.MOVE_SECONDS


class NetworkFilm(Film):
    """A network of one's own: what each of its layers does to the data.

    A subclass says in which folder its files are, the name of the file of weights (as `untangle film` writes them)
    and the data: a file beside it or a data set by name.
    """

    folder = Path()
    weights = ""
    data = ""
    class_names: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()

    def read(self) -> tuple[Network, Dataset]:
        """Return network and data, and note the network in the film's record."""
        network, metadata = read_weights(self.folder / self.weights)
        self.trained_here = metadata["recipe"] != "{}"
        beside = self.folder / self.data
        data = read_data(beside if beside.is_file() else self.data)
        data = replace(data, class_names=self.class_names or data.class_names)
        entry: dict[str, Any] = {"slug": Path(self.weights).stem, "sha256": network.sha256, "file": self.weights}
        if data.dimension <= 3:
            few = np.unique(np.linspace(0, len(data.points) - 1, MOST_PUBLISHED).astype(int))
            entry |= {"points": data.points[few].tolist(), "labels": data.labels[few].tolist(), "moves": "together"}
        self.networks.append(entry)
        self.weights_files.append(self.folder / self.weights)
        return network, data

    def construct(self) -> None:
        network, data = self.read()
        self.stage = NetworkStage(network, data)
        self.opening()
        for k, step in enumerate(self.stage.route.steps):
            self.step(k, step)
        self.readout()
        if network.inputs <= 2 and network.hidden:
            self.backwards()

    def opening(self) -> None:
        """The data, in the colours of their classes."""
        stage, data = self.stage, self.stage.data
        self.chapter("The data")
        self.play(FadeIn(stage.ghost, stage.cube, *stage.grid), *map(FadeIn, stage.signs), FadeIn(stage.dots))
        title = " ".join(
            word if len(word) <= LONGEST_WORD else f"{word[:LONGEST_WORD]}…" for word in self.title.split()
        )
        self.say(f"{title} (trained here from its settings)" if self.trained_here else title)
        count = len(data.points)
        few = f" {len(stage.points):,} of them are shown." if len(stage.points) < count else ""
        self.say(f"{count:,} points in {data.classes} classes.{few}")
        if stage.units:
            self.say(stage.units)
        if data.dimension > 3:
            self.say(f"Each is {data.dimension} numbers. Shown: their first 3 principal components.")
            self.turn(0.6)
        claim_cut(
            self, stage, 0, "In the input, one {} separates the classes already.", "No {} separates the classes here."
        )
        self.say("What will each layer do to them?")

    def step(self, k: int, step: Step) -> None:
        """One layer, or a group of layers."""
        stage = self.stage
        self.chapter(step.name)
        stage.diagram.light(k)
        self._formula_of(step.layers[-1].activation.name)
        for leg in stage.route.legs(k):
            lit = SimpleNamespace(part="stretch+translate+bend") if leg.part == "blend" else leg
            stage.formula.light(lit)
            self._say_leg(k, step, leg)
            end = stage.route.drawn(stage.points, leg.to) if leg.whole else leg.at(stage.points, 1.0)
            self.play(ApplyTransition(stage.space, leg, stage.view_of(end, 0.25), stage.points, run_time=QUICK))
            self.pause(style.PAUSE_SECONDS / 2)
        stage.formula.light(None)
        stage.diagram.light(None)
        claim_lost(self, stage, k)

    def readout(self) -> None:
        """The lines or planes at which the answer changes, and how many points are right."""
        stage, last = self.stage, len(self.stage.route.steps)
        picture, readout = stage.route.pictures[last], stage.network.readout
        self.chapter("The readout")
        drawn = stage.route.drawn(stage.points, last)
        name = {1: "one cut", 2: "one straight line", 3: "one flat plane"}[drawn.shape[1]]
        exact = is_exact(readout, picture)
        seen = picture.seen(class_scores(readout))
        if exact and drawn.shape[1] > 2:
            self.turn(edge_on(stage.space.view, seen.weight))
        found = dividers(stage.space, seen, drawn) if exact else None
        shown = [] if found is None else [FadeIn(found)]
        if claim_constant(self, stage, *shown):
            pass
        elif found is None:
            self.say(f"Its boundaries need more than {drawn.shape[1]} of the {picture.basis.shape[1]} dimensions.")
        elif class_scores(readout).outputs == 2:
            self.say(f"The network decides by {name}.", *shown)
        else:
            self.say("The network decides by straight boundaries between the classes.", *shown)
        claim_cut(self, stage, last, "One {} now separates the classes.", "Even here no {} separates the classes.")
        table = self._score()
        claim_layers(self, stage)
        if drawn.shape[1] > 2:
            self.turn(0.7)
        self.poster_time = self.now
        self.leaving = [mobject for mobject in (found, table) if mobject is not None]

    def backwards(self) -> None:
        """The boundary in the inputs, on which the readout's cut, line or plane lies all along."""
        stage, plane = self.stage, self.stage.network.inputs == 2
        self.chapter("Backwards")
        found = (input_boundary if plane else input_cuts)(stage.space, stage.network, stage.half)
        if found is None:
            self.say("Back to where the points began.")
        else:
            self.say("Which inputs lie on that boundary? Run it backwards.", FadeIn(found))
        self.play(*(FadeOut(mobject, run_time=style.FADE_SECONDS) for mobject in self.leaving))
        stage.space.forget(*self.leaving)
        start = stage.view_of(stage.route.drawn(stage.points, 0))
        self.play(Ride(stage.space, 0, start, stage.points, run_time=2.5 * style.MOVE_SECONDS))
        if found is not None:
            self.say("This is the boundary that the network draws in its inputs.")
            claim_ring(self, stage)
        elif not claim_everywhere(self, stage):
            self.say("No boundary was found in the inputs shown here.")

    def turn(self, angle: float) -> None:
        """Turn the view of space slowly about its vertical axis, by radians."""
        space, points = self.stage.space, self.stage.points
        view = fitted(replace(space.view, turn=space.view.turn + angle), space.where(points))
        self.play(Ride(space, space.time, view, points, run_time=1.5 * style.MOVE_SECONDS))

    def record(self) -> dict[str, Any]:
        """Return what film.json says, with what the file left open and how that was decided."""
        return {**super().record(), "inferred": list(self.inferred)}

    def _say_leg(self, k: int, step: Step, leg: Transition) -> None:
        if leg.part == "blend":
            before, after = self.stage.route.width(k), self.stage.route.width(k + 1)
            how = "between layers: a straight blend of the two pictures" if k == 0 else "a blend again"
            self.say(f"{step.name}: {before} → {after} numbers ({how}).")
        elif leg.part == "bend":
            if k == 0:
                self.say(f"… and {spelled(leg.title)} bends it.")
        elif k == 0:
            mirror = ", with a mirror image" if "mirror" in leg.part else ""
            self.say(f"{step.name}: W x + b stretches, turns and shifts{mirror} …")
        else:
            self.say(f"{step.name}.")

    def _score(self) -> VGroup:
        """Show the table of scores, ring the points that are wrong, and return the table."""
        stage, table = self.stage, score_table(self.stage.network, self.stage.data)
        shown = scores_at(stage.network, stage.points).argmax(axis=1) != stage.shown.labels
        self.play(FadeIn(table))
        if shown.any():
            wrong = stage.space.add_dots(stage.points[shown], style.WRONG, "ring", radius=2.1 * style.DOT_RADIUS)
            self.say(f"Ringed in pink: {percent(float(shown.mean()))} of the points shown are in the wrong class.",
                     FadeIn(wrong))  # fmt: skip
        return table

    def _formula_of(self, activation: str) -> None:
        """Put the formula on screen that has the activation of the layers to come."""
        old = self.stage.formula
        if getattr(self, "bend", self.stage.network.hidden[0].activation.name) != activation:
            self.stage.formula = LayerFormula(activation)
            self.play(FadeOut(old, run_time=0.3), FadeIn(self.stage.formula, run_time=0.3))
        self.bend = activation
