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
        "Two networks, trained on the same curves: one with sigmoid, one with tanh.",
        "After which bend will a line separate the curves?",
        "The same curves, and two activations with a corner at 0.",
        "Bright: where a neuron is below 0. What will ReLU make of it?",
    ],
    "eigenvectors": [
        "One layer's W, trained. It moves every arrow to a new place.",
        "Will any arrow keep its direction?",
        "Directions that W keeps are called its eigenvectors.",
        "The layer goes on: b, then tanh. What becomes of the two lines?",
        "Neurons have no order of their own: swap the two, and turn one sign.",
        "Which arrows keep their direction now?",
    ],
    "features": [
        "Does a network invent a feature such as x² + y²? Guess first.",
        "Left, made by hand: x² + y² becomes a third coordinate.",
        "Right, trained: three neurons stretch, turn and bend the same sheet.",
        "And where there were no data? Guess first.",
    ],
    "hard_spirals": [
        "Six layers of two, four random starts. Which unwinds it? Guess.",
        "Each bends its plane in its own way.",
    ],
    "learning": [
        "One layer of two neurons, with random weights, puts the points here.",
        "Each step of training changes W and b a little. Where will the grid go? Guess first.",
        "Four layers of two neurons, and two spirals: this is the last layer.",
        "The film slows down where the grid moves fast. Watch the step number.",
        "All layers change at once; what we see is the last.",
    ],
    "linked_rings": [
        "Watch the linking number. Layers stretch, turn, shift …",
        "… and bend space.",
        "Now one layer of four; colour is the fourth axis. Guess: how can it help?",
        "The rings are turned into the fourth dimension, and bent.",
    ],
    "on_a_line": [
        "Blue points between orange ones. Can one cut separate them?",
        "One neuron moves points along the line. Will threads cross?",
        "tanh only squeezes the line.",
        "Two neurons: the line gets a plane to lie in.",
        "W and b lay the line out straight, at a slant …",
        "… and tanh bends it around a corner.",
        "Where does it meet the curve? Take the curve back to the line.",
    ],
    "one_layer": [
        "A layer of two neurons moves the points of the plane. This is a trained network's first.",
        "Watch the two arrows, the yellow square, and the violet diagonal.",
        "W is a stretch along two directions at right angles …",
        "b moves everything by the same step, the yellow arrow.",
        "So far every line stays straight. What will tanh do to the diagonal?",
    ],
    "one_more_neuron": [
        "One layer, but three neurons: the plane becomes a sheet in space. Guess first: how can that help?",
        "W stretches the sheet and turns it up into space.",
        "tanh bends the sheet into the cube from −1 to 1. Does the disk leave its ring?",
        "Where does the plane meet the sheet? Follow the curve back to the inputs.",
    ],
    "relu_parabola": [
        "Three ReLU units are to follow these points on x². Each is a hinge: flat, then it rises. Guess how!",
        *(f"Unit {unit}: its hinge. Yellow: the sum so far." for unit in (1, 2, 3)),
        "In the plane, a hinge creases a sheet along a line. Three creases for a disk in a ring.",
        "One unit: one half rises.",
        "Two.",
        "Three: where is the disk now?",
        "From above, what shape has the cut?",
    ],
    "spirals": [
        "Can four layers of two neurons pull the arms apart?",
        "Layer 1: stretch, turn and shift …",
        "… then bend.",
        "Layer 2 goes on from there.",
        "What is left for layers 3 and 4?",
    ],
    "too_narrow": [
        "Can layers of two neurons pull the disk out of its ring?",
        "How often does the yellow circle wind around it? Freed: 0×.",
        "Each layer stretches, turns, shifts …",
        "… and then tanh bends it.",
        "The next layer has its own W and b.",
        "Watch the disk, and what its ring does meanwhile.",
        "Where is this line among the inputs?",
    ],
    "two_curves": [
        "Two curves. Is there a straight line with one on each side?",
        "A layer bends the plane, not the line. How could that help? Guess first.",
        "First stretch, turn and shift: every line stays straight …",
        "… then bend: tanh squeezes each axis into −1 … 1.",
        "Un-bend the plane: what becomes of the line?",
    ],
    "what_a_layer_does": [
        "Does a network invent features such as x·y or x² + y²? Guess first.",
        "W stretches the plane …",
        "… and turns it.",
        "b shifts it.",
        "tanh bends it.",
        "Two spirals, and four layers of two neurons. Each layer bends a little.",
        "Each goes on from where the one before has left the points.",
        "A disk in a ring. Can layers of two neurons pull it out? Guess first.",
        "Watch the yellow circle around the disk, and its number.",
        "One layer, but of three neurons: the plane is lifted out of the page.",
        "tanh bends it. Does the disk leave its ring?",
        "A layer bends space. Training looks for a bending after which a flat cut is enough.",
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("film", films(), ids=lambda film: film.name)
def test_every_caption_is_a_claim_or_claims_nothing(film: FilmFile, words_kept: Path) -> None:
    with tempconfig({**UNSEEN, "tex_dir": str(words_kept / f"typst-{version('typst')}")}):
        scene = film.load()(skip_animations=True)
        scene.render()
    claims = {claim.text for claim in scene.claims}
    others = [caption.text for caption in scene.captions if caption.text not in claims]
    assert others == CLAIM_NOTHING[film.name]
    assert all(claim.measured and claim.resolution for claim in scene.claims)
