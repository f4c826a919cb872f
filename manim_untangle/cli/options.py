"""Options that several commands take: each is written once, as a field of a dataclass."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from manim_untangle.render.settings import Aspect, Encoder, Format, Quality, Settings, Theme, settings
from netlib.errors import SaysAll

T = TypeVar("T")


@dataclass(frozen=True)
class Reading:
    """What a user says about a file of weights and a table: what `netlib.readers.read_pair` takes."""

    activation: Annotated[str | None, typer.Option(help="What the file does not say: tanh, or tanh,relu.")] = None
    order: Annotated[str | None, typer.Option(help="Names of layers in order: fc1,fc2,out.")] = None
    layout: Annotated[str | None, typer.Option(help="Of weight matrices: out,in or in,out.")] = None
    label: Annotated[str | None, typer.Option(help="The label column of a table, or the array of labels.")] = None
    features: Annotated[str | None, typer.Option(help="The columns of a table that are the inputs: x,y.")] = None
    drop: Annotated[bool, typer.Option("--drop", help="Leave out rows of a table without a number or label.")] = False
    classes: Annotated[str | None, typer.Option(help="Names of the classes in the order of the outputs: no,yes.")] = (
        None
    )
    threshold: Annotated[float | None, typer.Option(help="Of one output: the answer is class 1 above it.")] = None

    def of_each(self, read: Callable[[Reading], T]) -> T:
        """Return what one of several files gives. What others need is left out where this one says it by itself."""
        try:
            return read(self)
        except SaysAll:
            return read(replace(self, activation=None, order=None, layout=None))


UNSAID = Reading()


@dataclass(frozen=True)
class Working:
    """Who does the work."""

    jobs: Annotated[int | None, typer.Option("-j", "--jobs", min=1, max=64, help="Processes that work.")] = None
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Workers of Dask instead: tcp://host:8786.")
    ] = None

    @property
    def workers(self) -> dict[str, Any]:
        """What `workers_of` takes."""
        from manim_untangle.render.cluster import ADDRESS, default_jobs

        # --jobs asks for this machine, whatever scheduler is usual here
        scheduler = self.scheduler or (None if self.jobs else os.environ.get(ADDRESS) or None)
        return {"jobs": self.jobs or default_jobs(), "scheduler": scheduler}


@dataclass(frozen=True)
class Rendering(Working):
    """How and where films are rendered, and who draws."""

    quality: Annotated[
        Quality, typer.Option("-q", "--quality", help="480p15, 720p30, 1080p60, 1440p60 or 2160p60.")
    ] = Quality.m
    preview: Annotated[bool, typer.Option("-p", "--preview", help="Open what was rendered.")] = False
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where films go.")] = Path("renders")
    fps: Annotated[float | None, typer.Option("--fps", help="Frames a second.")] = None
    resolution: Annotated[str | None, typer.Option("-r", "--resolution", metavar="W,H", help="In pixels.")] = None
    format: Annotated[Format, typer.Option("--format", help="png is the last frame.")] = Format.mp4
    aspect: Annotated[Aspect, typer.Option("--aspect", help="Each film is laid out anew for it.")] = Aspect.wide
    theme: Annotated[Theme, typer.Option("--theme", help="Bright on black, or dark on white.")] = Theme.dark
    transparent: Annotated[
        bool, typer.Option("--transparent", help="No background: a .webm, or with --format mov ProRes.")
    ] = False
    encoder: Annotated[Encoder, typer.Option("--encoder", help="Of an mp4; auto is the hardware where it works.")] = (
        Encoder.x264
    )
    last: Annotated[bool, typer.Option("-s", "--save-last-frame", help="The last frame as a PNG.")] = False
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Keep segments and results, and use them.")] = True

    @property
    def settings(self) -> Settings:
        """Size, rate, format and look; raises BadOption where they cannot be."""
        kind = Format.png if self.last else self.format
        return settings(self.quality, self.fps, self.resolution, kind, self.aspect, self.theme, self.transparent)


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command with the fields of each parameter that is a dataclass as options of their own, for Typer."""
    parameters = inspect.signature(command, eval_str=True).parameters.values()
    kinds = {each.name: each.annotation for each in parameters}
    groups = {name: kind for name, kind in kinds.items() if isinstance(kind, type) and is_dataclass(kind)}
    options = list[inspect.Parameter]()
    for each in parameters:
        if each.name not in groups:
            options.append(each.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        hints = get_type_hints(each.annotation, include_extras=True)
        options += [
            inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
            )
            for field in fields(each.annotation)
        ]

    def called(**given: Any) -> None:
        made = {
            name: group(**{field.name: given.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(**given, **made)

    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__dict__["__signature__"] = inspect.Signature(options)
    called.__annotations__ = {option.name: option.annotation for option in options}
    return called
