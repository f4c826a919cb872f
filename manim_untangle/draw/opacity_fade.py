"""Fading without copies: Manim's FadeIn and FadeOut as a veil that the camera lays over mobjects.

Manim fades by transforming between three deep copies and redraws every letter in every frame: for a caption 40 ms at
the start, and 3 ms a frame. A veil leaves the mobject as it is, so its picture is kept; a BatchCamera draws it thinner.
"""

from __future__ import annotations

from manim import Animation, FadeIn, FadeOut, Mobject, Scene, VMobject

from netlib.errors import UntangleError


class OpacityFade(Animation):
    """Fade a mobject in (arriving) or out; members of its family one after another where lag_ratio > 0."""

    def __init__(self, fade: FadeIn | FadeOut) -> None:
        self.arriving = isinstance(fade, FadeIn)
        super().__init__(
            fade.mobject,
            run_time=fade.run_time,
            rate_func=fade.rate_func,
            lag_ratio=fade.lag_ratio,
            reverse_rate_function=fade.reverse_rate_function,
            suspend_mobject_updating=fade.suspend_mobject_updating,
            introducer=fade.introducer,
            remover=fade.remover,
            name=str(fade),
            _on_finish=fade._on_finish,
        )

    def _setup_scene(self, scene: Scene) -> None:
        if not hasattr(scene.camera, "stills"):
            raise UntangleError("only the camera of a Film shows a Veil. Play FadeIn or FadeOut instead")
        super()._setup_scene(scene)

    def create_starting_mobject(self) -> Mobject:
        return self.mobject

    def interpolate_mobject(self, alpha: float) -> None:
        members = self.mobject.family_members_with_points()
        for k, member in enumerate(members):
            shown = self.get_sub_alpha(alpha, k, len(members))
            member.veil = shown if self.arriving else 1 - shown

    def clean_up_from_scene(self, scene: Scene) -> None:
        super().clean_up_from_scene(scene)
        for member in self.mobject.family_members_with_points():
            member.veil = 1.0


def as_opacity_fade(animation: Animation) -> Animation:
    """Return the same fade as a Veil, where it is one of Manim's that only fades; other animations as they are."""
    if type(animation) not in (FadeIn, FadeOut) or animation.scale_factor != 1 or animation.shift_vector.any():
        return animation
    drawn = animation.mobject.family_members_with_points()
    return OpacityFade(animation) if all(isinstance(member, VMobject) for member in drawn) else animation


def fade_opacity(mobject: Mobject) -> float:
    """Return how much of a mobject is shown, from 0 to 1."""
    # every letter is asked in every frame, and getattr takes five times as long where the attribute is missing
    return float(vars(mobject).get("veil", 1.0))
