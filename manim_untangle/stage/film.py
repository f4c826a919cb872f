"""Film: a Manim scene that keeps a record of its words, and that shows no claim which does not hold."""

from __future__ import annotations

import inspect
import math
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from manim import Animation, Create, FadeIn, FadeOut, Mobject, Scene, config, linear, smooth, squish_rate_func

from manim_untangle.draw import style
from manim_untangle.draw._manim import Dim
from manim_untangle.draw.camera import BatchCamera, as_opacity_fade
from manim_untangle.stage.layout import NOTES, Layout, layout_of, using
from netlib.certificates.certificate import Certificate
from netlib.errors import FalseClaim, UntangleError
from netlib.film_record import Caption, Claim, Question, Section
from netlib.training.recipe import PROMPT, Recipe, found_weights


class Film(Scene):
    """A film: its recipes, the order of its story, and its words.

    A subclass says `title`, `recipes`, its place in the gallery (`order`; those without one come last), and tells its
    story in `construct`. signs: whether its frame has a place for signs beside the picture. notes: how many lines of
    notes need room in a frame that has signs above the picture. heading: how many lines it has above the picture. The
    first line of its docstring is its description, the lines that begin with "Source:"
    its sources, the rest the paragraph for its page.
    """

    title = ""
    alt = ""
    signs = True
    notes = NOTES
    heading = 0
    order: float | None = None
    recipes: tuple[Recipe, ...] = ()

    def __init__(self, **kwargs: Any) -> None:
        after = type(self).__mro__[type(self).__mro__.index(Film) + 1 :]
        if not any("__init__" in vars(kind) for kind in after[: after.index(Scene)]):
            # else another kind of scene brings the camera that it needs
            kwargs.setdefault("camera_class", BatchCamera)
        super().__init__(**kwargs)
        self.chapters: list[tuple[str, float, int]] = []  # name, start, and how many captions come before it
        self.captions: list[Caption] = []  # the end of the one on screen is infinite
        self.claims: list[Claim] = []
        self.questions: list[Question] = []
        self.networks: list[dict[str, str]] = []
        self.weights_files: list[Path] = []  # of the networks, in no order
        self.caption: Mobject | None = None
        self.poster_time: float | None = None  # a moment that stands for the film; None lets the renderer choose
        setattr(self.camera, "background_color", style.BACKGROUND)  # noqa: B010, of both kinds of camera

    def compile_animations(self, *args: Any, **kwargs: Any) -> list[Animation]:
        """Return the animations to play; Manim's plain fades without their copies, where the camera can show them."""
        animations = super().compile_animations(*args, **kwargs)
        if not self.renderer.num_plays:
            for each in animations:
                if isinstance(each, FadeIn):
                    each.rate_func = _at_once  # the first frame of a film is a picture
        return list(map(as_opacity_fade, animations)) if isinstance(self.camera, BatchCamera) else animations

    @property
    def layout(self) -> Layout:
        """Where things stand in the frame that the film is rendered in."""
        frame = float(config.frame_width), float(config.frame_height)
        return layout_of(*frame, self.signs, self.heading, self.notes)

    def render(self, *args: Any, **kwargs: Any) -> Any:
        """Render the film, as any scene."""
        with using(self.layout):
            return super().render(*args, **kwargs)

    @property
    def now(self) -> float:
        """Seconds since the film began."""
        return float(self.renderer.time)

    def load(self, recipe: Recipe) -> Any:
        """Return the trained network of a recipe and note in the film's record that it was shown."""
        file = _source_file(type(self))
        network = recipe.load(file)
        if recipe.slug not in [known["slug"] for known in self.networks]:
            self.networks.append({"slug": recipe.slug, "sha256": network.sha256, "file": recipe.path.name})
            self.weights_files.append(found_weights(recipe.path.name, file))
        return network

    def note_moves(self, network: Any, together: bool) -> None:
        """Note in the film's record whether it shows W x + b as one move, so that its page shows the same moves."""
        for entry in self.networks:
            if entry["sha256"] == network.sha256:
                entry["moves"] = "together" if together else "apart"

    def chapter(self, name: str) -> None:
        """Begin a chapter."""
        self.finish_reading()
        self.next_section(name)
        self.chapters.append((name, self.now, len(self.captions)))

    def say(self, text: str, *animations: Animation, cards: bool = False) -> None:
        """Put a caption on screen, in place of the last one once that has been there long enough to be read.

        The animations run at the same time. cards: whether it leaves room for two cards below it.
        """
        self.finish_reading()
        caption = self.layout.caption(text, cards)
        leaving = self._take_away()
        if not self.chapters:
            self.chapters.append((self.title, self.now, len(self.captions)))
        self.captions.append(Caption(text, self.now, math.inf))
        self.add_subcaption(text, duration=self.reading_time(text))
        self.caption = caption
        self.play(*leaving, _arriving(caption), *animations)

    def require(self, text: str, certificate: Certificate) -> None:
        """Stop where a sentence is not true of these weights: for pictures that show it before the words do.

        Raises FalseClaim where it does not hold or is not decided, with what was measured at which resolution.
        """
        if certificate.holds is not True:
            verdict = "does not hold" if certificate.holds is False else "is not decided"
            measured = ", ".join(f"{name} = {value}" for name, value in certificate.measured.items())
            raise FalseClaim(
                f'{type(self).__name__}: "{text}" {verdict} for these weights: {measured or "nothing measured"} '
                f"(resolution: {certificate.resolution}). Train other weights or change the sentence."
            )

    def claim(self, text: str, certificate: Certificate, *animations: Animation) -> None:
        """Put a sentence on screen that its certificate shows to be true of these weights.

        Raises FalseClaim where it does not hold or is not decided, with what was measured at which resolution.
        """
        self.require(text, certificate)
        self.say(text, *animations)
        start, measured = self.captions[-1].start, dict(certificate.measured)
        evidence = certificate.resolution, certificate.caveat, certificate.method
        self.claims.append(Claim(text, start, measured, *evidence))
        self.pause()

    def ask(
        self,
        text: str,
        *animations: Animation,
        choices: tuple[str, str] | None = None,
        answer: int | Certificate = 0,
        seconds: float = 1.2,
    ) -> None:
        """Put a question on screen, which claims nothing, and hold still for the viewers to find their own answer.

        choices: two answers, drawn as cards below the question, whose edges are drawn once around while there is time
        to think; then question and cards are gone before anything else moves. answer: the index of the right one, or a
        certificate: the first where it holds, the second where not.
        film.json keeps both. Raises FalseClaim where the certificate is not decided.
        """
        if choices is None:
            self.say(text, *animations)
            self.pause(seconds)
            return
        right = self._answer(text, answer)
        cards = self.layout.cards(choices)
        self.say(text, *animations, *map(_arriving, cards), cards=True)
        # the edges of the cards are drawn once around while there is time to think
        edges = [card[0].copy().set_stroke(style.INK, 6).set_z_index(21) for card in cards]
        asked = self.captions[-1].start
        thinking = max(asked + self.reading_time(" ".join((text, *choices))) + seconds - self.now, THINKING)
        self.play(*(Create(edge, rate_func=linear) for edge in edges), run_time=thinking)
        self.play(*self._take_away(), *(FadeOut(each, run_time=0.4 * style.FADE_SECONDS) for each in (*cards, *edges)))
        evidence = (dict(answer.measured), answer.resolution) if isinstance(answer, Certificate) else ()
        self.questions.append(Question(text, asked, self.captions[-1].end, choices, right, *evidence))

    def _answer(self, text: str, answer: int | Certificate) -> int:
        """Return the index of the right choice."""
        if isinstance(answer, int):
            return answer
        if answer.holds is None:
            how = f"it is not decided for these weights (resolution: {answer.resolution})."
            raise FalseClaim(f'{type(self).__name__}: "{text}" has no answer: {how}')
        return 0 if answer.holds else 1

    def point_at(self, *mobjects: Mobject, dim: float = 0.25) -> list[Animation]:
        """Return the animations that dim all that is on screen but some mobjects and the caption, to a share of its
        opacity. Play them, or hand them to `say` or `claim`. Without mobjects all lights up again."""
        lit = {id(member) for each in mobjects for member in each.get_family()}
        factor = dim if mobjects else 1.0
        return [Dim(each, lit, factor) for each in self.mobjects if each is not self.caption]

    def silence(self) -> None:
        """Take the caption off the screen once it has been read."""
        self.finish_reading()
        if leaving := self._take_away():
            self.play(*leaving)

    def _take_away(self) -> list[Animation]:
        if self.caption is None:
            return []
        self.captions[-1] = replace(self.captions[-1], end=self.now)
        leaving, self.caption = FadeOut(self.caption, run_time=0.4 * style.FADE_SECONDS), None
        return [leaving]

    def finish_reading(self) -> None:
        """Wait until the caption has been on screen long enough to be read."""
        if self.caption is None:
            return
        remaining = self.captions[-1].start + self.reading_time(self.captions[-1].text) - self.now
        if remaining > 1 / config.frame_rate:
            self.wait(remaining)

    def pause(self, seconds: float = style.PAUSE_SECONDS) -> None:
        """Hold still, so that what happened can settle. Not at all where `seconds` is 0."""
        if seconds:
            self.wait(seconds)

    @staticmethod
    def reading_time(text: str) -> float:
        """Seconds that a caption stays: a moment to find it, then the reading rate."""
        return 0.5 + len(text) / style.READING_RATE

    def tear_down(self) -> None:
        """Let the last caption be read and hold the last picture."""
        self.finish_reading()
        self.wait(1.0)
        super().tear_down()

    def record(self) -> dict[str, Any]:
        """Return what film.json says of this film: its words with their times, claims, recipes and weights."""
        paragraphs = inspect.cleandoc(type(self).__doc__ or "")  # its own: getdoc would take that of a base class
        description, _, rest = paragraphs.partition("\n")
        lines = rest.splitlines()
        return {
            "title": self.title,
            "description": description,
            "about": "\n".join(line for line in lines if not line.startswith("Source:")).strip(),
            "sources": [line.removeprefix("Source:").strip() for line in lines if line.startswith("Source:")],
            "alt": self.alt or description,
            "poster_time": self.poster_time,
            **({} if self.order is None else {"order": self.order}),
            "sections": [asdict(section) for section in self.sections],
            "claims": [asdict(claim) for claim in self.claims],
            **({"questions": [asdict(question) for question in self.questions]} if self.questions else {}),
            "recipes": [{"slug": recipe.slug, **recipe.as_dict()} for recipe in self.recipes],
            "weights": self.networks,
        }

    @property
    def sections(self) -> list[Section]:
        """The chapters so far with their captions; the last chapter, and a caption on screen, end now."""
        captions = [replace(caption, end=min(caption.end, self.now)) for caption in self.captions]
        return [
            Section(name, start, end, tuple(captions[first:following]))
            for (name, start, first), (_, end, following) in pairwise([*self.chapters, ("", self.now, len(captions))])
        ]


THINKING = 2.0  # seconds: the least for which a question with choices stands still


def _arriving(mobject: Mobject) -> FadeIn:
    """Return the animation that fades in what stands where a caption did, once that has gone."""
    return FadeIn(mobject, run_time=style.FADE_SECONDS, rate_func=squish_rate_func(smooth, 0.4, 1))


def _at_once(share: float) -> float:
    """Return 1: what fades in so is there from the first frame on."""
    return 1.0


def _source_file(film: type[Film]) -> Path:
    """Return the file that a film is written in; for one typed at a prompt, a name that stands for the prompt."""
    try:
        return Path(inspect.getfile(film)).absolute()
    except (TypeError, OSError):
        return PROMPT.absolute()


def film_of(scene: Scene, what: str) -> Film:
    """Return the scene, which `what` needs to be a Film; raise UntangleError where it is none."""
    if not isinstance(scene, Film):
        name = type(scene).__name__
        raise UntangleError(f"{what} tells its story in a Film, and {name} is none. Write: class {name}(Film)")
    return scene
