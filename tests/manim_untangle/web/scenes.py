"""Ordinary Manim scenes, as a stranger writes them."""
# ruff: noqa: F403, F405

import numpy as np
from manim import *


class Shapes(Scene):
    """Create, Transform, moves, turns, z-order and colours."""

    def construct(self):
        circle, square = Circle(color=RED), Square(color=BLUE, fill_opacity=0.5)
        self.play(Create(circle))
        self.play(Transform(circle, square))
        self.play(circle.animate.shift(2 * RIGHT + UP).scale(0.5), run_time=1.2)
        self.play(Rotate(circle, PI / 2))
        star = Star(color=YELLOW, fill_opacity=1).shift(RIGHT)
        self.play(FadeIn(star, shift=UP))
        self.play(circle.animate.set_color(GREEN))
        self.bring_to_front(circle)
        self.wait(0.3)
        star.set_z_index(5)
        self.play(ReplacementTransform(circle, Triangle()), star.animate.set_fill(opacity=0.2))
        self.play(Uncreate(star))


class Updaters(Scene):
    """ValueTracker, always_redraw, updaters and a graph."""

    def construct(self):
        t = ValueTracker(0.0)
        axes = Axes(x_range=[0, 6], y_range=[-2, 2])
        curve = axes.plot(lambda x: np.sin(x))
        dot = always_redraw(lambda: Dot(axes.c2p(t.get_value(), np.sin(t.get_value())), color=RED))
        line = always_redraw(lambda: axes.get_vertical_line(dot.get_center()))
        self.add(axes)
        self.play(Create(curve))
        self.add(dot, line)
        self.play(t.animate.set_value(5.0), run_time=2, rate_func=linear)
        spinner = Square(0.5).to_corner(UL).add_updater(lambda m, dt: m.rotate(dt))
        self.add(spinner)
        self.wait(0.7)
        self.play(FadeOut(curve, dot), spinner.animate.shift(RIGHT))


class Words(Scene):
    """Text, a formula, Write, and a formula that turns into another."""

    def construct(self):
        title, formula = Text("Hello, world").to_edge(UP), MathTypst("a^2 + b^2 = c^2")
        self.play(Write(title), run_time=1)
        self.play(FadeIn(formula))
        self.play(Transform(formula, MathTypst("e^(i pi) = -1", color=YELLOW)))
        self.play(formula.animate.to_edge(DOWN), Indicate(title))
        self.play(FadeOut(title, formula))


class Zoomed(MovingCameraScene):
    """A camera that moves over the plane."""

    def construct(self):
        dots = VGroup(*(Dot([x, y, 0]) for x in range(-3, 4) for y in range(-2, 3)))
        self.add(NumberPlane(), dots)
        self.play(self.camera.frame.animate.scale(0.4).move_to([2, 1, 0]))
        self.play(dots.animate.set_color_by_gradient(RED, BLUE), self.camera.frame.animate.shift(LEFT))


class Solid(ThreeDScene):
    """A camera in space, a surface, an axis system, and words fixed in the frame."""

    def construct(self):
        self.set_camera_orientation(phi=70 * DEGREES, theta=30 * DEGREES)
        axes = ThreeDAxes()
        surface = Surface(lambda u, v: np.array([u, v, np.sin(u) * np.cos(v)]), u_range=[-2, 2], v_range=[-2, 2],
                          resolution=6)  # fmt: skip
        label = Text("fixed").to_corner(UL)
        self.add_fixed_in_frame_mobjects(label)
        self.play(Create(axes), FadeIn(surface))
        self.begin_ambient_camera_rotation(rate=0.5)
        self.wait(1)
        self.stop_ambient_camera_rotation()
        self.play(surface.animate.shift(UP))


class Pictures(Scene):
    """A picture made of pixels, and a gradient."""

    def construct(self):
        image = ImageMobject(np.uint8([[0, 100, 30, 200], [255, 0, 5, 33]]))
        image.height = 2
        bar = Rectangle(width=4, height=1).set_fill([RED, GREEN], opacity=1).shift(2 * DOWN)
        self.play(FadeIn(image), DrawBorderThenFill(bar))
        self.play(image.animate.shift(UP).scale(2), bar.animate.rotate(0.4))
        self.play(FadeOut(image))


class Lens(ZoomedScene):
    """A second camera whose picture is in the scene, and a first one that is stretched at the end."""

    def construct(self):
        self.add(NumberPlane(), Circle(color=RED, fill_opacity=0.5).scale(0.2), Square().shift(2 * LEFT))
        self.activate_zooming()
        self.play(self.zoomed_camera.frame.animate.shift(0.4 * UP + 0.5 * RIGHT), run_time=0.5)
        self.play(self.camera.frame.animate.stretch(1.5, 0), run_time=0.5)


class Blocks(ThreeDScene):
    """Solids that move before a plane that stands still, then a camera that turns about all of them."""

    def construct(self):
        self.set_camera_orientation(phi=75 * DEGREES, theta=30 * DEGREES)
        self.add(NumberPlane(x_range=[-3, 3], y_range=[-3, 3]), Cube(side_length=1, fill_opacity=1).shift([-1, 2, 0]))
        block = Prism([1, 1, 2], fill_opacity=1, fill_color=YELLOW)
        self.add(block)
        self.play(Rotate(block, PI / 2), run_time=0.5)
        self.move_camera(theta=-70 * DEGREES, run_time=0.5)


class Evening(Scene):
    """A background whose colour changes between two plays."""

    def construct(self):
        square = Square(color=YELLOW, fill_opacity=1)
        self.play(FadeIn(square), run_time=0.3)
        self.camera.background_color = DARK_BLUE
        self.play(square.animate.shift(RIGHT), run_time=0.3)


class Areas(Scene):
    """Lines of ours that enclose an area with a hole, which fades in, changes its colour and moves."""

    def construct(self):
        from manim_untangle import Polylines

        angle = np.linspace(0, 2 * PI, 60, endpoint=False)
        circle = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
        samples, starts = np.vstack([3 * circle, 1.5 * circle[::-1]]), np.array([0, 60])
        area = Polylines(samples, starts, stroke_width=4, closed=True).set_fill(BLUE, 0.4)
        self.play(FadeIn(area))
        self.play(area.animate.set_fill(RED, 0.8).shift(RIGHT))
