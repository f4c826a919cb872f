"""Film: what training does to the picture."""

from manim import FadeIn, FadeOut, linear

from manim_untangle.stage.animations import AnimateToTime, ApplyMove
from manim_untangle.stage.film import Film
from manim_untangle.stage.training_playback import Course
from netlib.certificates.claims import all_points_right, some_points_wrong
from netlib.datasets import Dataset
from netlib.training.catalogue import LEARNING_CURVES, LEARNING_SPIRALS
from netlib.training.recipe import Recipe
from netlib.training.recorded import load_recorded


class Learning(Film):
    """Training, watched in the last hidden layer: the grid moves until one straight line is enough.

    At first a network's layers put the points somewhere, and the line misses. Each step of training changes all weights
    a little, downhill on the loss. The pictures come from weights recorded during one real training; time runs by how
    far the grid moves, not by steps, so that nothing happens too fast to be seen. Between two recorded moments the
    weights are mixed. Every second point of the data is drawn; all of them count.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the films of training
    """

    title = "Learning"
    alt = "A grid with two classes bends as a network trains, beside a falling loss curve, until a line separates them."
    order = 9
    recipes = (LEARNING_CURVES, LEARNING_SPIRALS)

    def construct(self) -> None:
        self.chapter("One layer of two")
        course, data = self.course(LEARNING_CURVES)
        self.say("One layer of two neurons, with random weights, puts the points here.")
        self.play(ApplyMove(course.space, course.enter()))
        self.enter(course)
        self.say("Each step of training changes W and b a little. Where will the grid go? Guess first.")
        self.pause(1.0)
        self.play(AnimateToTime(course.space, 0.4, run_time=4, rate_func=linear))
        self.say("Downhill on the loss, step by step.")
        self.play(AnimateToTime(course.space, 1, run_time=6, rate_func=linear))
        self.claim("It bends until one straight line is enough.", all_points_right(course.network, data))

        self.chapter("Four layers of two")
        self.silence()
        self.play(*map(FadeOut, list(self.mobjects)))
        course, data = self.course(LEARNING_SPIRALS)
        self.say("Four layers of two neurons, and two spirals: this is the last layer.")
        self.play(ApplyMove(course.space, course.enter()))
        self.enter(course)
        self.claim("Before training its line gets many points wrong.", some_points_wrong(course.network, data))
        self.say("The film slows down where the grid moves fast. Watch the step number.")
        self.play(AnimateToTime(course.space, 0.5, run_time=8, rate_func=linear))
        self.say("All layers change at once; what we see is the last.")
        self.play(AnimateToTime(course.space, 1, run_time=8, rate_func=linear))
        self.poster_time = self.now
        self.claim("Untangled, and every point right: training chose one bending of space that works.",
                   all_points_right(course.network, data))  # fmt: skip

    def course(self, recipe: Recipe) -> tuple[Course, Dataset]:
        """Show the data of a recorded training in the plane of inputs."""
        self.load(recipe)
        course, data = Course(load_recorded(recipe), recipe.dataset()), recipe.dataset()
        self.play(FadeIn(course.picture))
        return course, data

    def enter(self, course: Course) -> None:
        """Show the line, the loss and the scores as they are before training."""
        self.finish_reading()
        self.play(FadeIn(course.begin()))
