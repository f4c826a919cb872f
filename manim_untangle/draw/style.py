"""How the films look: colours, sizes and times, in one place. Lengths in scene units (the frame is 14.2 x 8)."""

from __future__ import annotations

BACKGROUND = "#000000"
INK = "#FFFFFF"
FAINT_INK = "#B8B8B8"
HIGHLIGHT = "#FFE066"
GHOST = "#4A4A4A"
GRID = "#3E8FC4"
FIRST_BASIS = "#83C167"
SECOND_BASIS = "#FC6255"
UNIT_SQUARE = "#FFE066"
PROBE = "#C792EA"
WRONG = "#FF4FA3"
ENCLOSED = "#2FD6A1"
READOUT = "#FFFFFF"

# Pairs that colour-blind viewers tell apart (after Okabe and Ito 2008), brightened for black; with a shape each.
CLASS_COLOURS = (
    "#FF9A3C", "#7CD4FF", "#2FD6A1", "#F7EC6E", "#E58FC6", "#5B8DEF", "#FF6A4D", "#D9D9D9", "#B39DDB", "#A6761D",
)  # fmt: skip
CLASS_MARKERS = ("square", "disk", "triangle", "diamond", "square", "disk", "triangle", "diamond", "square", "disk")

CAPTION_SIZE = 38
LABEL_SIZE = 30  # 27 is 24 px at 720p, the smallest that a phone shows
FRAME_HALF = (7.11, 4.0)
MARGIN = 0.36  # 5 % of the height, kept free of words
CAPTION_Y = -3.2

DOT_RADIUS = 0.065
MOVE_SECONDS = 2.4
FADE_SECONDS = 0.5
PAUSE_SECONDS = 0.6
READING_RATE = 15.5  # characters a second; 17 is the most that subtitles may ask
