"""How the films look: colours, sizes and times, in one place. Lengths in scene units (the frame is 14.2 x 8)."""

from __future__ import annotations

BACKGROUND = "#000000"
INK = "#F2F2F2"  # words, and points that have no class
FAINT_INK = "#B8B8B8"  # what is there and need not be looked at

# One colour has one meaning, in every film (docs/looks.md). Colours that can stand together are told apart by viewers
# with any of the three kinds of dichromacy: tests/manim_untangle/draw/test_colours.py.
ANSWER = "#FFFFFF"  # the network's answer: its line, plane, boundary and score
WRONG = "#F0326E"  # points in the wrong class, and where the network is wrong: a tunnel
GRID, GHOST = "#2F7FB5", "#4A4A4A"  # space itself; where its coordinates were
HIGHLIGHT = "#FFE21A"  # what the viewer is to follow, and the layer at work
SECOND_HIGHLIGHT = "#A080FF"  # where two things are to be followed, the second
FIRST_BASIS, SECOND_BASIS = "#A8DF7C", "#DD4450"  # the basis vectors, and the columns of W

# The classes, each with a shape of its own. The first two are safe; of more, shapes help.
CLASS_COLOURS = (
    "#FF9A3C", "#7CD4FF", "#2FD6A1", "#F7EC6E", "#E58FC6", "#5B8DEF", "#FF6A4D", "#D9D9D9", "#B39DDB", "#A6761D",
)  # fmt: skip
CLASS_MARKERS = ("square", "disk", "triangle", "diamond", "square", "disk", "triangle", "diamond", "square", "disk")
REGION_OPACITY = 0.2  # of a class's colour, where the network's answer is that class

# Manim's font sizes: a size of 96 has an em of one scene unit.
CAPTION_SIZE = 42
LABEL_SIZE = 32
SMALLEST_SIZE = 25  # an em of 3.2 % of the height: on a phone, 390 px wide, 7 px
THINNEST_LINE = 4.0  # of lines that mean something: 1.1 px on such a phone; grids and threads may be thinner
SMALLEST_DOT = 0.073  # scene units: a radius, 4 px across on such a phone
MARGIN = 0.36  # kept free of words and signs along the edge of the frame

DOT_RADIUS = 0.075
MOVE_SECONDS = 2.4
FADE_SECONDS = 0.5
PAUSE_SECONDS = 0.6
READING_RATE = 15.5  # characters a second; 17 is the most that subtitles may ask
