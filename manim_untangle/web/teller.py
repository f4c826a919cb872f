"""What tells a film's timeline beside its video, without the import of Manim before it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from manim_untangle.render.play import Teller
    from manim_untangle.render.settings import Settings


def document_teller(settings: Settings) -> Teller:
    """Return what tells the timeline of a film that is rendered with these settings."""
    from manim_untangle.web.document import DocumentTeller

    return DocumentTeller(settings)
