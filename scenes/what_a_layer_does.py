"""Film: the whole story."""

from __future__ import annotations

import numpy as np
from manim import Create, FadeIn, FadeOut, UpdateFromAlphaFunc

import manim_untangle as mu
from netlib import Array, FeatureFit, Move, Recipe, catalogue, certificates, feature_fit, moves_of, squares


class WhatALayerDoes(mu.Film):
    """Does a network invent features such as x² + y²? The whole story in two minutes: it bends space.

    One layer stretches, turns, shifts and bends the plane. Several layers untangle two spirals, until one straight line
    is enough. Where every layer has two neurons, no training lifts a disk out of a ring: accuracy is high and a tunnel
    remains. One more neuron lifts the disk into space. What the network learns follows x² + y² on the data, but it is
    not that polynomial: it is a bending of space, made where the data are.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014)
    Source: H.-P. Beise, S. Dias da Cruz, U. Schröder, On decision regions of narrow deep neural networks (2018)
    """

    title = "What a layer does"
    alt = "A grid is bent by one layer, spirals are untangled, a disk stays in its ring, and a dome lifts it out."
    order = 0
    notes = 2
    recipes = (catalogue.ONE_LAYER, catalogue.SPIRALS, catalogue.TOO_NARROW, catalogue.ONE_MORE_NEURON)

    def construct(self) -> None:
        story = mu.NetworkStory(self, catalogue.TOO_NARROW, sparse=True)
        self.chapter("The question")
        self.add(*story.plane, story.dots)
        self.ask("A disk in a ring. Would a network invent x² + y² to part them?")
        self.say("First, what does one layer do?")

        story = self.next_story(story, "One layer", catalogue.ONE_LAYER)
        story.claim_inseparable("No straight line parts these two curves.")
        arrows = mu.basis_vectors(story.space)
        weight = story.network.dense[0].weight
        stretch, turn, shift, bend = moves_of(story.network.hidden[0])
        # so far away that no move of W or b needs a zoom: what grows on screen is what W stretches
        story.largest = roomy(story.data.points, stretch, turn, shift)
        far = mu.View(unit=story.largest)
        self.play(FadeIn(arrows), mu.ChangeView(story.space, far, run_time=0.5 * mu.style.MOVE_SECONDS))
        self.say("W stretches the plane, then turns it. Watch the two arrows.")
        story.diagram.light(0)
        self.note_moves(story.network, together=False)
        for move in (stretch, turn):
            story.formula.light(move)
            story.flow(move)
        matrix = mu.matrix_formula("W", weight)
        columns = certificates.arrows_become_columns(story.network.dense[0], (stretch, turn))
        self.claim("Each arrow is now a column of W.", columns, FadeIn(matrix))
        self.finish_reading()
        self.play(story.space.fade_out(arrows), FadeOut(matrix))
        for move, words in ((shift, "b shifts it."), (bend, "tanh bends it.")):
            story.formula.light(move)
            self.say(words)
            story.flow(move)
        story.formula.light(None)
        bent = story.space.where(story.data.points)
        self.play(mu.ChangeView(story.space, far.fitting(bent), run_time=0.5 * mu.style.MOVE_SECONDS))
        story.draw_divider()
        story.claim_separated("Now a straight line is enough.")
        story.claim_curved("Run backwards: among the inputs, that line is bent.")
        story.back_to_inputs(mu.style.MOVE_SECONDS)

        story = self.next_story(story, "Untangled", catalogue.SPIRALS)
        self.say("Two spirals, and four layers.")
        story.layers({k: {"W x + b": text} for k, text in enumerate(LAYERS, 1)})
        story.draw_divider()
        story.claim_separated("Untangled: one straight line parts them.")
        story.claim_curved("Run backwards: among the inputs, that line winds.")
        story.back_to_inputs()
        self.pause(1.5)

        story = self.next_story(story, "Too narrow", catalogue.TOO_NARROW)
        rings, narrow = story.data, story.network
        circle, number = mu.circle_with_number(story.space, rings.loops[0])
        self.ask("The disk in its ring. Can four layers of two neurons pull it out?", Create(circle), FadeIn(number),
                 choices=("yes", "no"), answer=certificates.all_points_right(narrow, rings), seconds=0.0)  # fmt: skip
        story.layer(0, {"W x + b": "Watch the yellow loop around the disk."}, run_time=0.5 * mu.style.MOVE_SECONDS)
        for k in (1, 2, 3):
            story.layer(k, {}, run_time=0.5 * mu.style.MOVE_SECONDS)
        wound, ring = certificates.ring_still_wound(narrow, rings), certificates.annulus(rings)
        self.claim("Still once: to come off, the loop would have to cross the disk. But no two points meet.",
                   certificates.all_hold(wound, certificates.layers_are_homeomorphisms(narrow)))  # fmt: skip
        story.draw_divider()
        (wrong,) = certificates.wrong_arcs(narrow, rings, (float(ring.distance(ring.loop.points[:1])[0]),))
        piece = mu.wrong_part(story.space, ring.centre, wrong)
        self.claim("So any line leaves a piece of the loop, here the pink, on the disk's side.",
                   certificates.all_hold(wound, wrong.certificate), FadeIn(piece))  # fmt: skip
        self.say("Back to the inputs: where is the pink piece?")
        story.back_to_inputs()
        tunnel = certificates.tunnel(narrow, rings)
        self.play(*map(Create, mu.tunnel_path(story.space, tunnel)))
        self.claim(f"{story.percent_right} right, still wrong: there its “disk” runs out through a tunnel in the ring.",
                   certificates.tunnel_exists(narrow, rings, tunnel))  # fmt: skip
        self.play(story.space.fade_out(circle, number, piece), run_time=mu.style.FADE_SECONDS)

        story = self.next_story(story, "One more neuron", catalogue.ONE_MORE_NEURON)
        self.say("Now one layer, but a third neuron: it lifts the plane out of the page.")
        _, cube = story.lean_back()
        story.lift({"tanh": "tanh bends it. Does the disk leave its ring?"})
        story.formula.light(None)
        story.diagram.light(None)
        story.draw_divider()
        story.claim_separated("It does: a flat plane parts disk and ring.")
        story.turn_by(0.8)

        self.chapter("Not a polynomial")
        fit = feature_fit(story.network, squares, rings.points)
        made = HandMade(story.space, fit)
        self.silence()
        self.play(story.space.fade_out(cube))
        alike = certificates.follows_more_than_the_class(fit, squares, rings)
        self.claim("White: x² + y² by hand, turned over and scaled. On the data, much alike.",
                   certificates.all_hold(alike, fit.certificate(fit.scale < 0)), made.grown(0.0, DATA))  # fmt: skip
        self.claim("Beyond the data they part: it is not the polynomial.", fit.certificate(fit.outside < 0),
                   made.grown(DATA, BEYOND))  # fmt: skip
        self.poster_time = self.now
        self.finish_reading()
        story.claim_separated("A layer bends space. Here training found a bend after which one flat cut is enough.",
                              story.space.fade_out(made.lines))  # fmt: skip
        story.turn_by(1.0, 2 * mu.style.MOVE_SECONDS)

    def next_story(self, before: mu.NetworkStory, chapter: str, recipe: Recipe) -> mu.NetworkStory:
        """Begin a chapter on the same plane of inputs, with another network and its data."""
        self.silence()
        self.chapter(chapter)
        story = mu.NetworkStory(self, recipe, sparse=True)
        story.space.forget(story.scale_bar)
        story.signs.remove(story.scale_bar)
        shown = dict.fromkeys((*self.mobjects, *before.space))
        gone = [mobject for mobject in shown if mobject not in (*before.plane, before.space)]
        self.remove(before.space, *before.plane)
        self.add(*story.plane)
        self.play(*map(FadeOut, gone), FadeIn(story.dots, *story.signs))
        return story


LAYERS = ("Layer 2 bends what layer 1 has left …", "… layer 3 bends that …", "… and layer 4.")
DATA, BEYOND = 1.02, 1.35  # radii: of the data, and to which the sheet made by hand grows
STEP = 0.15  # between the lines of that sheet


def roomy(points: Array, *moves: Move) -> float:
    """Return the largest unit of a view in which points (N, 2) of the plane stay in the frame after each move."""
    units = list[float]()
    for move in moves:
        points = move.at(points, 1)
        units.append(mu.View().fitting(points).unit)
    return min(units)


class HandMade:
    """A round sheet in the last representation that is lifted by x² + y² in the direction in which the readout cuts,
    after the best scale and shift; in the other two directions it lies where the network has it."""

    def __init__(self, space: mu.Space, fit: FeatureFit) -> None:
        places = STEP * np.arange(-int(BEYOND / STEP), int(BEYOND / STEP) + 1)
        along = np.linspace(-BEYOND, BEYOND, SAMPLES)
        across = np.stack(np.broadcast_arrays(along, places[:, None]), axis=-1)
        inputs = np.concatenate([across, across[..., ::-1]]).reshape(-1, 2)
        network, normal = fit.network, fit.network.readout.weight[0]
        height = (squares(inputs) - fit(inputs)) / (fit.scale * normal @ normal)
        lifted = network.represent(inputs) + height[:, None] * normal
        self.far = np.linalg.norm(inputs, axis=1)
        self.lines = space.add_lines(lifted, mu.style.INK, 2.0, starts=SAMPLES * np.arange(2 * len(places)), fixed=True)
        self.show(0.0)

    def show(self, radius: float) -> None:
        """Show the sheet up to a distance from the middle of the inputs."""
        self.lines.set_rgbas(np.column_stack([np.ones((len(self.far), 3)), 0.7 * (self.far < radius)]))

    def grown(self, start: float, end: float) -> UpdateFromAlphaFunc:
        """Return the animation in which the sheet grows."""
        return UpdateFromAlphaFunc(self.lines, lambda _, t: self.show(start + t * (end - start)), run_time=SLOW)


SAMPLES = 121  # along a line of the sheet
SLOW = 1.25 * mu.style.MOVE_SECONDS
