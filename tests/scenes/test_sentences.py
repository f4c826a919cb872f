"""Every caption of every film is a claim with a certificate, or is listed here: read by hand, it claims nothing.

What is listed asks, directs the eye, or names the move or the picture that is shown. A caption that says something
about a network (what it separates, keeps, crosses or scores) does not belong here, however plain it looks.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest
from manim import tempconfig

from manim_untangle.render.films import FilmFile, films

UNSEEN = {"dry_run": True, "quality": "low_quality", "verbosity": "ERROR"}
CLAIM_NOTHING = {
    "activations": [
        "Four activations, one at a time. After which is one line enough?",
        "tanh: what is far ends at a wall, at −1 or 1.",
        "Undo tanh, and the line is bent.",
        "ReLU makes 0 of all that is below 0: first for neuron 1 …",
        "… then for neuron 2.",
        "leaky ReLU only shortens what is below 0, to a fifth.",
    ],
    "eigenvectors": [
        "A trained W moves every arrow. Will any keep its direction?",
        "A vector that W leaves on its own line is called an eigenvector of W.",
        "The layer goes on: b, then tanh. What becomes of the two lines?",
        "The layer's two neurons, and their rows of W. White: the answer changes.",
        "Neurons have no order: swap the two, with all their weights.",
        "Turn one's signs, in and out: tanh(−x) = −tanh(x).",
        "Which arrows keep their direction now?",
    ],
    "features": [
        "x² + y² is high far from the middle. Does a network invent such a feature?",
        "By hand: lift each point by x² + y².",
        "A trained network adds up three neurons. Alone, the first is a ramp …",
        "… the second another one, and so is the third.",
        "Now add up all three.",
        "Cut both bowls upright, through the middle.",
        "And where there were no data?",
    ],
    "hard_spirals": [
        "Six layers of two neurons, trained from eight random starts. Here is the first.",
        "Can six such layers be right at all?",
        "Start 9: the same layers, from other random weights.",
    ],
    "learning": [
        "Two curves, and a layer with random weights.",
        "Each step changes all weights a little that way, the line’s, too.",
        "It goes on. Watch the gap, between the thin lines.",
        "Two spirals, and four layers. We watch the last.",
        "Can training untangle this?",
        "Four layers and one loss: watch the arms.",
    ],
    "linked_rings": [
        "Two rings, linked like a chain. Can a flat plane part them?",
        "Now four neurons. The rims show the fourth number of each point.",
        "Raise each point by its fourth number: they are apart.",
        "Then three neurons again: the fourth number goes.",
    ],
    "on_a_line": [
        "Blue points between orange ones. Can one cut separate them?",
        "One neuron moves points along the line. Will threads cross?",
        "W and b scale and shift the line …",
        "… and tanh squeezes it.",
        "Two neurons: the line gets a plane to lie in.",
        "W and b lay the line out straight, at a slant …",
        "… and tanh bends it around a corner.",
        "Where does it meet the curve? Take the curve back to the line.",
    ],
    "one_layer": [
        "A layer moves the plane in four steps. Follow the yellow frame.",
        "After which step will one straight line be enough?",
        "b shifts it: every point makes the same step.",
        "Would a line fit here? Run one back …",
        "tanh is left. What becomes of the yellow frame?",
    ],
    "one_more_neuron": [
        "A third neuron gives the plane space to bend in. How can that help?",
        "Three neurons give three numbers: a place in space.",
        "W stretches the sheet and turns it up.",
        "tanh bends it into this cube, −1 to 1. Where will the disk be?",
        "Where does the plane meet the sheet? Follow the curve back to the inputs.",
    ],
    "relu_parabola": [
        "Can three trained ReLU units add up to this parabola?",
        "A ReLU unit is a hinge: flat on one side, a slope on the other.",
        "Yellow: the sum of two …",
        "… and of three.",
        "With two inputs, a hinge is a sheet that is creased along a line.",
        "A disk in a ring. What do three such hinges add up to?",
        "Add the second hinge …",
        "… and the third.",
        "From above: what shape is the cut?",
    ],
    "spirals": [
        "Can four layers of two neurons pull the arms apart?",
        "Layer 1: stretch, turn and shift …",
        "… then bend.",
        "Layer 2 goes on from there.",
        "What does layer 3 do to the gap …",
        "… and layer 4?",
    ],
    "too_narrow": [
        "Can these layers of two neurons pull the disk out?",
        "Each layer stretches, turns, shifts …",
        "… and then tanh bends it.",
        "Watch the number: does the disk come out?",
        "Back to the inputs: where are the line and the pink part?",
    ],
    "two_curves": [
        "Two curves. Is there a straight line with one on each side?",
        "Try lines in all directions. Pink points are on the wrong side.",
        "A layer bends the plane, not the line. Will a straight line do then?",
        "First stretch, turn and shift: every line stays straight …",
        "… then bend: tanh squeezes each axis into −1 … 1.",
        "Un-bend the plane: what becomes of the line?",
    ],
    "what_a_layer_does": [
        "A disk in a ring. Would a network invent x² + y² to part them?",
        "First, what does one layer do?",
        "W stretches the plane, then turns it. Watch the two arrows.",
        "Each arrow is now a column of W.",
        "b shifts it.",
        "tanh bends it.",
        "Two spirals, and four layers.",
        "Layer 2 bends what layer 1 has left …",
        "… layer 3 bends that …",
        "… and layer 4.",
        "The disk in its ring. Can four layers of two neurons pull it out?",
        "Watch the yellow loop around the disk.",
        "Back to the inputs: where is the pink piece?",
        "Now one layer, but a third neuron: it lifts the plane out of the page.",
        "tanh bends it. Does the disk leave its ring?",
    ],
}


@pytest.mark.slow
@pytest.mark.usefixtures("certificates_kept")
@pytest.mark.parametrize("film", films(), ids=lambda film: film.name)
def test_every_caption_is_a_claim_or_claims_nothing(film: FilmFile, words_kept: Path) -> None:
    with tempconfig({**UNSEEN, "tex_dir": str(words_kept / f"typst-{version('typst')}")}):
        scene = film.load()(skip_animations=True)
        scene.render()
    claims = {claim.text for claim in scene.claims}
    others = [caption.text for caption in scene.captions if caption.text not in claims]
    assert others == CLAIM_NOTHING[film.name]
    assert all(claim.measured and claim.resolution for claim in scene.claims)
