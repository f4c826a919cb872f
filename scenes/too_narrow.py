"""Film: two neurons per layer cannot lift a disk out of its ring."""

from manim import Create, FadeIn, FadeOut

from manim_untangle.draw import style
from manim_untangle.stage.animations import AnimateToTime, fitting
from manim_untangle.stage.film import Film
from manim_untangle.stage.readout import boundary, separating_line
from manim_untangle.stage.ring import circle_with_number, narrowest_mark, tunnel_path, witness_triangle, wrong_points
from manim_untangle.stage.scores import percent
from manim_untangle.stage.seed_grid import SeedGrid
from manim_untangle.stage.story import NetworkStory
from manim_untangle.stage.view import View
from netlib.certificates.claims import ring_still_wound, three_witnesses, tunnel_exists
from netlib.certificates.tunnel import tunnel
from netlib.certificates.witnesses import witnesses
from netlib.training.catalogue import TOO_NARROW
from netlib.training.seed_grid import load_seed_grid

QUICK = 0.5 * style.MOVE_SECONDS


class TooNarrow(Film):
    """Two neurons per layer cannot pull a disk out of its ring: nearly all points right, and still wrong.

    Every layer of two neurons bends the plane, but the ring's image goes on winding around the disk's. A straight
    line that has a disk point on its one side then always has a ring point there too. Back in the plane of inputs
    the region that the network calls "disk" runs out through the ring: a tunnel. Training makes it narrow; it cannot
    close it. This holds for continuous monotone activations without skip connections, at any depth.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014)
    Source: H.-P. Beise, S. Dias da Cruz, U. Schröder, On decision regions of narrow deep neural networks (2018)
    Source: J. Johnson, Deep, Skinny Neural Networks are not Universal Approximators (2018)
    """

    title = "Too narrow"
    alt = "A blue disk in an orange ring is bent by four layers; a straight line still has ring points on both sides."
    order = 5
    recipes = (TOO_NARROW,)

    def construct(self) -> None:
        act = NetworkStory(self, TOO_NARROW)
        data, network, space = act.data, act.network, act.space

        self.chapter("A disk inside a ring")
        act.open()
        self.say("Can layers of two neurons pull the disk out of its ring?", *map(FadeIn, act.walk.signs))
        circle, number = circle_with_number(space, data.loops[0])
        self.play(Create(circle), FadeIn(number))
        self.say("The yellow circle winds once around it; freed, it would be 0×.")

        for k in range(len(network.hidden)):
            self.chapter(f"Layer {k + 1}")
            act.walk.layer(k, _TOLD.get(k, {}), run_time=QUICK)
        self.claim("Still once around: bending has not freed it.", ring_still_wound(network, data))

        self.chapter("No straight line can be right")
        line, wrong = separating_line(space, network), wrong_points(space, network, data)
        correct = percent(network.accuracy(data.points, data.labels))
        self.say(f"The network's line: {correct} right. The pink ones are wrong.",
                 FadeOut(circle, number), Create(line), FadeIn(act.scores(), wrong))  # fmt: skip
        space.forget(circle, number)
        last = network.represent(data.points)
        outer, inner = last[data.labels == 0], last[data.labels == 1]
        shown = three_witnesses(outer, inner)
        self.require(around := "Three ring points around a disk point: no line gets all right.", shown)
        found = witnesses(outer, inner)
        triangle = witness_triangle(space, data.of_class(0)[list(found.corners)], data.of_class(1)[found.held])
        self.claim(around, shown, FadeIn(triangle))

        self.chapter("The tunnel")
        way = tunnel(network, data)
        curve = boundary(space, network)
        self.say("Where is this line among the inputs?", FadeOut(triangle, act.walk.diagram), FadeIn(curve))
        self.remove(line)
        space.forget(triangle, line)
        self.play(AnimateToTime(space, 0, View(), keep=data.points))
        width = f"{way.width or 0:.2f}"
        self.claim(f"{correct} right, and still wrong: a tunnel, {width} wide, leads out through the ring.",
                   tunnel_exists(network, data, way))  # fmt: skip
        self.play(*map(Create, tunnel_path(space, way)), FadeIn(narrowest_mark(space, way)))
        self.poster_time = self.now
        self.finish_reading()
        end = fitting(View(), last)
        self.say("Follow the yellow bar: at the end it runs around the disk.")
        self.play(AnimateToTime(space, len(space.path), end, keep=data.points))
        self.play(Create(separating_line(space, network)))

        self.chapter("Other seeds, other depths")
        strip = SeedGrid(load_seed_grid(), data)
        self.silence()
        self.play(FadeOut(*self.mobjects), FadeIn(strip, lag_ratio=0.02))
        self.claim(f"Networks of other seeds. Two neurons wide: all {strip.count(2)} leak.", strip.all_leak(2))
        self.claim(f"Three neurons wide: all {strip.count(3)} close the disk in.", strip.all_enclose(3))


_TOLD = {
    0: {"W x + b": "Each layer stretches, turns, shifts …", "tanh": "… and then tanh bends it."},
    1: {"W x + b": "The next layer has its own W and b."},
    2: {"W x + b": "The disk is squeezed and bent; the ring goes along."},
}
