"""Film: the same story one dimension down, an interval between two others."""

from manim import Create, FadeIn, FadeOut

from manim_untangle.draw import style
from manim_untangle.stage.animations import AnimateToTime
from manim_untangle.stage.film import Film
from manim_untangle.stage.line_probe import LineProbe, MoveLineProbe, slide
from manim_untangle.stage.number_line import RADIUS, line_before, number_line
from manim_untangle.stage.presenter import LayerPresenter
from manim_untangle.stage.readout import cuts, separating_line
from manim_untangle.stage.scores import Scores, percent
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib.certificates.best_line import best_line
from netlib.certificates.claims import a_line_separates, all_points_right, middle_stays_between, no_line_separates
from netlib.datasets import dataset
from netlib.training.catalogue import ON_A_LINE, ON_A_LINE_NARROW

START = View(unit=4.0)


class OnALine(Film):
    """An interval between two others: one neuron keeps the line a line, two lay it out in a plane and cut it there.

    With one number going in and one neuron, a layer can stretch, shift and squeeze the line, but it keeps the order
    of its points (or reverses it), so the middle stays in the middle and no single cut is enough. Two neurons lay the
    line out as a curve in the plane. A straight line across that curve is two cuts in the line at once. The disk in
    its ring is the same story one dimension up.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figures of one dimension
    """

    title = "On a line"
    alt = "Blue points between orange ones on a line; the line is bent into a corner in the plane and cut off there."
    order = 7
    recipes = (ON_A_LINE_NARROW, ON_A_LINE)

    def construct(self) -> None:
        # fewer points of the same intervals than were trained on, so that their markers stay apart
        data = dataset("interval_in_interval:n=24")
        narrow, wide = self.load(ON_A_LINE_NARROW), self.load(ON_A_LINE)
        space = Space(START, grid=False, dimension=1)
        walk = LayerPresenter(self, narrow, space, data.points, largest=START.unit)

        self.chapter("A line of inputs")
        self.play(FadeIn(number_line(space), space.add_data(data, RADIUS)))
        self.say("Blue points between orange ones. Can one cut separate them?")
        self.pause(1.2)
        trial = LineProbe(space, data, "this cut")
        self.play(MoveLineProbe(trial, slide(best_line(data.points, data.labels)), run_time=4))
        self.claim(f"No: the best of all cuts gets {percent(trial.right)} right.",
                   no_line_separates(data.points, data.labels))  # fmt: skip

        self.chapter("One neuron")
        before = line_before(space, data)
        self.play(FadeOut(trial), FadeIn(before), *map(FadeIn, walk.signs))
        self.say("One neuron moves points along the line. Can the threads cross?")
        self.pause(2.0)
        walk.layer(0, {"tanh": "tanh only squeezes the line."})
        self.claim("No thread crosses another: blue is still between orange.", middle_stays_between(narrow, data))
        self.play(FadeIn(scores := Scores(narrow, data)))
        self.claim("So every cut fails. This network calls every point orange.",
                   no_line_separates(narrow.represent(data.points), data.labels))  # fmt: skip

        self.chapter("Two neurons")
        self.silence()
        self.play(FadeOut(before, scores), AnimateToTime(space, 0, START, keep=data.points))
        space.forget(before)
        space.path.clear()
        walk.hide()
        walk = LayerPresenter(self, wide, space, data.points)
        self.play(FadeIn(space.add_ghost(), *walk.signs))
        self.say("Two neurons: the line gets a plane to lie in. Guess first!")
        self.pause(1.2)
        walk.layer(0, _TOLD)

        self.chapter("One straight line")
        line = separating_line(space, wide)
        self.claim("Now one straight line separates them.",
                   a_line_separates(wide.represent(data.points), data.labels), Create(line))  # fmt: skip
        self.play(FadeIn(Scores(wide, data)))

        self.chapter("Backwards")
        bars = cuts(space, wide)
        self.say("It meets the curve twice. Take the curve back to the line.", FadeIn(bars))
        self.play(FadeOut(line))
        space.forget(line)
        self.play(AnimateToTime(space, 0, START, keep=data.points, run_time=2.5 * style.MOVE_SECONDS))
        self.claim("One straight line in the plane: two cuts in the line of inputs.", all_points_right(wide, data))


_TOLD = {"W x + b": "W and b lay the line out straight, at a slant …", "tanh": "… and tanh bends it around a corner."}
