"""What tests of films share: the words that are set and the certificates that are worked out, by whichever of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from manim_untangle.render.cache import Cache
from netlib.kept import keeping


@pytest.fixture
def certificates_kept(words_kept: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep words and certificates from one run of a film to the next, in this process and in others."""
    monkeypatch.setenv("UNTANGLE_CACHE", str(words_kept))
    with keeping(Cache(words_kept).results):
        yield
