"""What the documentation site adds to Sphinx: the public names of a package, the recipes, and the gallery of films.

    ```{public} netlib
    ```

documents every name in netlib/__init__.pyi, module by module: each section begins with what the module says of itself.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import inspect
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from PIL import Image
from preview import DOCS, still_boxes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import stringify_annotation

from manim_untangle.render.films import FilmFile, films
from netlib import Array, catalogue

FACES = ("netlib", "netlib.certificates", "manim_untangle")
MARKUP = re.compile(r"[*|\\]|(?<=\w)_(?!\w)")  # what reStructuredText would take for markup
STILLS = "_static/films"


class Sections(SphinxDirective):
    """A directive that makes sections of a page."""

    def section(self, title: str, lines: Iterable[str], restructured_text: bool = False) -> nodes.section:
        """Return a section with these lines of Markdown, or of reStructuredText, as its text."""
        node = nodes.section(ids=[nodes.make_id(title)], names=[nodes.fully_normalize_name(title)])
        node += nodes.title(title, title)
        text = ["```{eval-rst}", *lines, "```"] if restructured_text else list(lines)
        self.state.nested_parse(StringList(text, title), self.content_offset, node)
        return node


# ---- public names ------------------------------------------------------------------------------------------------


@functools.cache
def face(package: str) -> dict[str, list[str]]:
    """Return each module from which a package's face takes names, with these names, in the order of its stub."""
    stub = Path(importlib.import_module(package).__file__ or "").with_suffix(".pyi")
    found = dict[str, list[str]]()
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            found.setdefault(module, []).extend(alias.name for alias in node.names)
    return found


@functools.cache
def places() -> dict[str, str]:
    """Return where every public name is documented: "Move" and "netlib.motion.moves.Move" are at "netlib.Move"."""
    found = dict[str, str]()
    for package in FACES:
        for module, names in face(package).items():
            for name in names:
                found.setdefault(name, f"{package}.{name}")
                found[f"{module}.{name}"] = f"{package}.{name}"
    return found


class Public(Sections):
    """Documents the public names of a package."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        package = self.arguments[0]
        found = list[nodes.Node]()
        for module, names in sorted(face(package).items(), key=lambda item: item[0].count(".")):
            values = {name: getattr(importlib.import_module(package), name) for name in names}
            values = {name: value for name, value in values.items() if not inspect.ismodule(value)}
            about = inspect.getdoc(importlib.import_module(module)) or ""
            lines = [*restructured(about.split("\n\n")[0]), ""]
            for name, value in values.items():
                kind = "class" if inspect.isclass(value) else "function" if inspect.isfunction(value) else "data"
                members = ["   :members:"] if kind == "class" else []
                lines += [f".. auto{kind}:: {package}.{name}", *members, ""]
            if values:
                found.append(self.section(module.removeprefix(f"{package}."), lines, restructured_text=True))
        return found


def restructured(text: str) -> list[str]:
    """Return the lines of a docstring, which is plain text with `code`, as reStructuredText."""
    pieces = text.split("`")
    plain = [MARKUP.sub(r"\\\g<0>", piece) if k % 2 == 0 else f"``{piece}``" for k, piece in enumerate(pieces)]
    return "".join(plain).splitlines()


def process_docstring(app: Sphinx, kind: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """Let autodoc read docstrings as plain text; a value has none of its own, but that of its type."""
    lines[:] = [] if kind == "data" else restructured("\n".join(lines))


def process_signature(
    app: Sphinx, kind: str, name: str, value: object, options: object, signature: str | None, result: str | None
) -> tuple[str | None, str | None]:
    """Write Array for an array of float64, as the source does."""
    spelled = stringify_annotation(Array, "smart")
    return signature and signature.replace(spelled, "~netlib.Array"), result and result.replace(
        spelled, "~netlib.Array"
    )


def resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement) -> nodes.Node | None:
    """Link a type in a signature to where it is documented; leave other libraries' types, and inner ones, as text.

    A name that a page itself refers to, and that is not documented, stays missing: the build fails.
    """
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"]
    place = places().get(target)
    if place and place != target:
        return env.get_domain("py").resolve_xref(env, node["refdoc"], app.builder, "obj", place, node, content)
    written = "refwarn" in node  # roles in pages have it, types in signatures have not
    return None if written and target.startswith(("netlib", "manim_untangle")) else content


# ---- recipes and films -------------------------------------------------------------------------------------------


class Recipes(SphinxDirective):
    """A table of the recipes in the catalogue."""

    def run(self) -> list[nodes.Node]:
        lines = ["| name | data | widths | activation |", "|---|---|---|---|"]
        for name, recipe in catalogue.catalogue().items():
            widths = "-".join(map(str, (recipe.dataset().dimension, *recipe.widths)))
            lines.append(f"| `{name.upper()}` | `{recipe.data}` | {widths} | {recipe.activation} |")
        node = nodes.container()
        self.state.nested_parse(StringList(lines, "recipes"), self.content_offset, node)
        return node.children


class Films(Sections):
    """A section for each of our films."""

    def run(self) -> list[nodes.Node]:
        found = [(film, film.load()) for film in films()]
        return [
            self.section(film.title, self.lines(film, kind)) for film, kind in sorted(found, key=lambda f: f[1].order)
        ]

    def lines(self, film: FilmFile, kind: type[Any]) -> list[str]:
        """Return the text on a film as Markdown."""
        text = inspect.cleandoc(kind.__doc__ or "").splitlines()
        sources = [f"*{line}*" for line in text if line.startswith("Source:")]
        about = [line for line in text[1:] if not line.startswith("Source:")]
        still = f'<img class="still" src="{STILLS}/{film.name}.webp" alt="{escape(kind.alt)}" width="256" height="144">'
        return [
            still,
            "",
            text[0],
            *about,
            "",
            *("\n\n".join(sources)).splitlines(),
            "",
            f"    untangle render {film.name}",
        ]


def write_stills(app: Sphinx) -> None:
    """Cut the README's picture of all films into one picture for each film."""
    folder = Path(app.outdir, STILLS)
    folder.mkdir(parents=True, exist_ok=True)
    names = [film.name for film in films()]
    with Image.open(DOCS / "films.webp") as sheet:
        for name, box in zip(names, still_boxes(len(names)), strict=True):
            sheet.crop(box).convert("RGB").save(folder / f"{name}.webp", quality=85, method=6)


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know of all this."""
    app.add_directive("public", Public)
    app.add_directive("recipes", Recipes)
    app.add_directive("films", Films)
    app.connect("builder-inited", write_stills)
    app.connect("autodoc-process-docstring", process_docstring)
    app.connect("autodoc-process-signature", process_signature)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
