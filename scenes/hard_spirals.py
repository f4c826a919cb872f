"""Film: a longer spiral, on which training often fails."""

from manim import FadeIn, FadeOut, Group, VGroup

import manim_untangle as mu
from netlib import Dataset, Network, affine_then_bend, catalogue, certificates, together


class HardSpirals(mu.Film):
    """Six layers of two fail on a longer spiral from most starts; a longer search finds one that unwinds it.

    Bending the plane can unwind this spiral, for no law of topology forbids that, but training has to find the way,
    and from most random starts it does not. The search went on from start to start until one of the same six layers
    of two neurons got every point right. A failed training says that a solution was not found, not that there is none.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the spiral that is not untangled
    """

    title = "Hard is not impossible"
    alt = "Four small networks fail to unwind a spiral, each in its own way; the same layers, from another start, do."
    order = 4
    recipes = (*catalogue.HARD_SPIRALS_STUCK, catalogue.HARD_SPIRALS)

    def construct(self) -> None:
        data, network = catalogue.HARD_SPIRALS.dataset(), self.load(catalogue.HARD_SPIRALS)
        stuck = [self.load(recipe) for recipe in catalogue.HARD_SPIRALS_STUCK]
        first, later, start = stuck[:4], stuck[4:], catalogue.HARD_SPIRALS.record()["attempts"]

        self.chapter("A longer spiral")
        space = mu.Space()
        space.add_data(data)
        self.play(FadeIn(space))
        self.claim("A longer spiral. No straight line separates its two arms.",
                   certificates.no_line_separates(data.points, data.labels))  # fmt: skip

        self.chapter("Four starts, six layers of two")
        pictures = [small_spirals(box, data) for box in self.layout.panels(len(first), below=0.55)]
        diagram = mu.Diagram(network)
        self.play(FadeOut(space), *map(FadeIn, pictures), FadeIn(diagram))
        self.say("Six layers of two, four random starts. Which unwinds it? Guess.")
        self.say("Each bends its plane in its own way.")
        for k in range(len(network.hidden)):
            diagram.light(k)
            layers = [together("layer", affine_then_bend(each.hidden[k], k)) for each in first]
            self.play(*mu.apply_side_by_side(pictures, layers, LARGEST_UNIT, 0.6 * mu.style.MOVE_SECONDS))
        self.play(FadeOut(diagram))
        verdicts = [verdict(*each, data) for each in zip(pictures, first, range(1, len(first) + 1), strict=True)]
        self.claim("None of the four. The pink points are wrong.", certificates.no_network_is_right(first, data),
                   *map(FadeIn, verdicts), FadeIn(simple_answers(data)))  # fmt: skip
        self.claim("Is it impossible? Nothing has to be torn to unwind it. Search on.",
                   certificates.layers_are_homeomorphisms(network))  # fmt: skip
        self.fade_out_all()

        # the same layers and the same data; only the weights that training began with are others
        story = mu.NetworkStory.opened(self, "A longer search", catalogue.HARD_SPIRALS)
        best = mu.percent(max(each.accuracy(data.points, data.labels) for each in later))
        self.claim(f"Starts {len(first) + 1} to {start - 1} fail, too: {best} right at best. This is start {start}.",
                   certificates.no_network_is_right(later, data))  # fmt: skip
        story.layers({}, QUICK)
        story.draw_divider()
        story.claim_separated("Unwound: one straight line separates the arms.", FadeIn(story.scores()))
        self.poster_time = self.now

        self.chapter("Hard is not impossible")
        self.finish_reading()
        story.back_to_inputs()
        found = certificates.all_points_right(network, data)
        self.claim(f"{len(stuck)} starts failed, start {start} found a way. Hard is not impossible.",
                   certificates.all_hold(certificates.no_network_is_right(stuck, data), found))  # fmt: skip


QUICK = 0.4 * mu.style.MOVE_SECONDS
LARGEST_UNIT = 1.1  # scene units for one unit of space in a small picture
DOT = 0.045


def small_spirals(box: mu.Box, data: Dataset) -> mu.SmallMultiple:
    """Return a small picture of the plane with the data, before the first layer."""
    picture = mu.SmallMultiple(box.centre, min(box.half), kept=data.points, unit=LARGEST_UNIT)
    picture.space.add_sheet(half=1.05, step=0.21)
    picture.space.add_data(data, radius=DOT)
    return picture


def verdict(picture: mu.SmallMultiple, network: Network, start: int, data: Dataset) -> Group:
    """Return the network's line, the points that it gets wrong, and below the picture its score."""
    score = mu.percent(network.accuracy(data.points, data.labels))
    return Group(
        picture.line(network.readout.weight[0], float(network.readout.bias[0])),
        mu.wrong_points(picture.space, network, data, radius=2 * DOT),
        picture.note(f"start {start}: {score}", 0.3, mu.style.HIGHLIGHT),
    )


def simple_answers(data: Dataset) -> VGroup:
    """Return a table: what the best straight line and one answer for all have right."""
    return mu.Table([(name, mu.percent(share), mu.style.FAINT_INK) for name, share in mu.baselines(data)])
