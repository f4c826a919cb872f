"""NetworkStory: one network and its data on stage, and the pieces of its story that take more than one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from manim import Animation, Create, FadeIn, FadeOut, Group, Mobject

from manim_untangle.draw import style
from manim_untangle.stage.animations import AnimateToTime, ChangeView
from manim_untangle.stage.film import Film, film_of
from manim_untangle.stage.presenter import LayerPresenter
from manim_untangle.stage.readout import boundary, separating_line, separating_plane
from manim_untangle.stage.scores import Scores
from manim_untangle.stage.space import GRID_STEP, Space
from manim_untangle.stage.view import View, upright
from netlib.certificates.claims import a_line_separates, no_line_separates
from netlib.datasets import Dataset
from netlib.motion.trajectory import LayerMoves, affine_then_bend, moves_of
from netlib.training.recipe import Recipe

QUICK = 0.6 * style.MOVE_SECONDS
LEANT = View(unit=2.1, turn=0.35, tilt=1.2, centre=(0.0, 0.1))


class NetworkStory:
    """The space of one network's inputs with its data, and the presenter of its layers.

    dots: the data's markers. divider: the readout's line or plane, once it was drawn.
    """

    def __init__(
        self,
        film: Film,
        recipe: Recipe,
        data: Dataset | None = None,
        view: View | None = None,
        sparse: bool = False,
    ) -> None:
        """data: shown in place of the recipe's. view: of the inputs, first and after `back_to_inputs`. sparse: a plane
        with a quarter of the lines, whose motion takes fewer bytes in a video."""
        self.film, self.start = film_of(film, "NetworkStory"), view or View()
        self.network, self.data = film.load(recipe), data or recipe.dataset()
        self.space = Space(view, step=2 * GRID_STEP if sparse else GRID_STEP)
        self.presenter = LayerPresenter(film, self.network, self.space, self.data.points)
        self.dots = self.space.add_data(self.data)
        self.plane = Group(self.space.ghost, self.space.fine_grid, self.space.grid)
        if sparse:
            self.plane.remove(self.space.fine_grid)
            self.space.forget(self.space.fine_grid)
        self.divider: Mobject | None = None

    @classmethod
    def opened(cls, film: Film, chapter: str, recipe: Recipe, sparse: bool = False) -> NetworkStory:
        """Begin a chapter with the plane, the data and the presenter's signs, and return the story."""
        film_of(film, "NetworkStory").chapter(chapter)
        story = cls(film, recipe, sparse=sparse)
        story.open(*story.presenter.signs)
        return story

    def open(self, *signs: Mobject) -> None:
        """Fade in the plane with the data, and what else is given."""
        self.film.play(FadeIn(*self.plane, self.dots), *map(FadeIn, signs))

    def claim_inseparable(self, text: str, *animations: Animation) -> None:
        """Put on screen that no line separates the classes in the plane of inputs."""
        self.film.claim(text, no_line_separates(self.data.points, self.data.labels), *animations)

    def claim_separated(self, text: str, *animations: Animation) -> None:
        """Put on screen that a line (in space: a plane) separates the classes after the last hidden layer."""
        self.film.claim(text, a_line_separates(self.data.points, self.data.labels, self.network), *animations)

    def layers(
        self,
        captions: Mapping[int, Mapping[str, str]],
        run_time: float = QUICK,
        taken_apart: LayerMoves = affine_then_bend,
    ) -> None:
        """Carry space through every hidden layer. captions: by layer, from 0, and by the title of the move
        that they precede."""
        for k in range(len(self.network.hidden)):
            self.presenter.layer(k, captions.get(k, {}), taken_apart, run_time)

    def draw_line(self) -> None:
        """Let the caption be read, then draw the readout's line."""
        self.film.finish_reading()
        self.divider = separating_line(self.space, self.network)
        self.film.play(Create(self.divider))

    def scores(self) -> Scores:
        """Return the table of the network's accuracy."""
        return Scores(self.network, self.data)

    def back_to_inputs(self, run_time: float = 1.5 * style.MOVE_SECONDS) -> None:
        """Run space backwards to the plane of inputs: the readout's line becomes the boundary there."""
        curve = boundary(self.space, self.network)
        self.film.play(FadeIn(curve, run_time=0.2))
        assert self.divider is not None
        self.film.remove(self.divider)
        self.space.forget(self.divider)
        self.film.play(AnimateToTime(self.space, 0, self.start, keep=self.data.points, run_time=run_time))

    def to_sheet(self) -> Mobject:
        """Show a piece of the plane around the data in place of all of it, and return it."""
        sheet = self.space.add_sheet()
        self.film.play(FadeIn(sheet), FadeOut(*self.plane))
        self.space.remove(*self.plane)
        return sheet

    def lean_back(self, run_time: float = style.MOVE_SECONDS) -> tuple[Mobject, Mobject]:
        """Show the plane as a sheet in the cube of space, seen from the side; return the sheet and the cube."""
        sheet, cube = self.to_sheet(), self.space.add_cube()
        self.film.play(FadeIn(cube), ChangeView(self.space, LEANT, run_time=run_time))
        return sheet, cube

    def lift(self, captions: Mapping[str, str], run_time: float = QUICK) -> None:
        """Carry the sheet through the first hidden layer, which has three neurons. The view follows the turn: the
        direction in which the readout will cut is up on screen from there on."""
        self.presenter.diagram.light(0)
        up = replace(LEANT, frame=upright(self.network.readout.weight[0]))
        for move in moves_of(self.network.hidden[0]):
            self.presenter.formula.light(move)
            if move.title in captions:
                self.film.say(captions[move.title])
            long = 2 if move.part == "bend" else 1
            self.presenter.flow(move, long * run_time, LEANT if move.part == "stretch" else up)

    def show_plane(self) -> Mobject:
        """Let the caption be read, then show the readout's plane, and return it."""
        self.film.finish_reading()
        self.divider = separating_plane(self.space, self.network)
        self.film.play(FadeIn(self.divider))
        return self.divider


def fade_out_all(film: Film) -> None:
    """Let the last caption be read, then fade everything out."""
    film.silence()
    film.play(*(FadeOut(mobject, run_time=style.FADE_SECONDS) for mobject in list(film.mobjects)))
    film.clear()
