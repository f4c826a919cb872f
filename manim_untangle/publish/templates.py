"""Templates, escaped by default, and the assets that pages hold inline."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from manim_untangle.publish.captions import moment, stamp

HERE = Path(__file__).parent
FOLDER, ASSETS = HERE / "templates", HERE / "assets"
# Characters that Markdown reads as something else than themselves.
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~$:^=-])")


def rendered(name: str, **values: Any) -> str:
    """Return a template filled with values. Every value is escaped, but in .txt templates, which are plain text."""
    return _environment().get_template(name).render(**values)


def asset(*names: str) -> Markup:
    """Return files of assets/ joined, ready to be put into a page as they are."""
    return Markup("\n".join((ASSETS / name).read_text(encoding="utf-8").strip("\n") for name in names))


def digest(text: str) -> str:
    """Return the hash by which a content security policy allows exactly this inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def shown(value: object) -> str:
    """Return a measured value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def size(count: int) -> str:
    """Return a number of bytes as people read it, 1 MB = 1,000,000 bytes."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def markdown(text: str) -> Markup:
    """Return text that Markdown, and HTML within it, shows as it is written."""
    return Markup(MARKDOWN.sub(r"\\\1", str(escape(text))).replace("&\\#", "&#"))


def unquoted(text: str) -> str:
    """Return text without straight double quotes, for places that have no escape for them."""
    return text.replace('"', "”").replace("\\", "/")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=lambda name: not (name or "").endswith(".txt"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(stamp=stamp, moment=moment, shown=shown, size=size, markdown=markdown, unquoted=unquoted)
    return environment
