"""The player as one script, for pages that hold it inline: its modules, each after those that it needs.

The modules in manim_untangle/web/player run as they are, too: <script type="module" src="player/film.js">.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

PLAYER = Path(__file__).parents[1] / "web" / "player"
MAIN = "film.js"
COMMENT = re.compile(r"(?<=[;{},(\[]) // .*$")  # behind code
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?P<name>[\w-]+\.js)";\n', re.MULTILINE)


@cache
def player_script() -> str:
    """Return the script that defines <untangle-film>. It needs no other file, and works in any script element."""
    return f'(() => {{\n"use strict";\n{_joined()}}})();\n'


def _joined() -> str:
    """Return the player's modules as one text, without comments, imports and exports."""
    order = list[str]()

    def visit(name: str) -> None:
        if name not in order:
            for needed in IMPORT.finditer(_text(name)):
                visit(needed["name"])
            order.append(name)

    visit(MAIN)
    return "".join(_bare(_text(name)) for name in order)


def _text(name: str) -> str:
    return (PLAYER / name).read_text(encoding="utf-8")


def _bare(text: str) -> str:
    """Return a module's text without imports, the word export, comments, and indentation."""
    lines = (COMMENT.sub("", line.strip()) for line in IMPORT.sub("", text).splitlines())
    return "".join(f"{line.removeprefix('export ')}\n" for line in lines if line and not line.startswith("//"))
