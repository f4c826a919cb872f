"""Acts: pieces of a story that take more than one line to stage, for films that tell several in a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from manim import Create, FadeIn, FadeOut, Group

from netlib.datasets import Dataset
from netlib.moves import Move, moves_of
from netlib.network import Network
from scenes.stage import style
from scenes.stage.film import Film
from scenes.stage.flow import Look, Travel
from scenes.stage.readout import boundary, separating_line, separating_plane
from scenes.stage.space import Space
from scenes.stage.view import View, upright
from scenes.stage.walk import Walk

QUICK = 0.6 * style.MOVE_SECONDS
LEANT = View(unit=2.1, turn=0.35, tilt=1.2, centre=(0.0, 0.1))


def curtain(film: Film) -> None:
    """Let the last caption be read, then fade everything out."""
    film.silence()
    film.play(*(FadeOut(mobject, run_time=style.FADE_SECONDS) for mobject in list(film.mobjects)))
    film.clear()


def opened(film: Film, data: Dataset, network: Network) -> tuple[Space, Walk, Group]:
    """Show the plane with the data, and the network's diagram and formula; return the space, the walk and the dots."""
    space = Space()
    walk = Walk(film, network, space, data.points)
    dots = space.add_data(data)
    film.play(FadeIn(space.ghost, space.fine_grid, space.grid, dots), *map(FadeIn, walk.signs))
    return space, walk, dots


def all_layers(walk: Walk, told: Callable[[int, Move], str | None], run_time: float = QUICK) -> None:
    """Carry space quickly through every hidden layer; told(layer, move) gives captions."""
    for k in range(len(walk.network.hidden)):
        walk.layer(k, lambda move, k=k: told(k, move), run_time=run_time)


def back_to_inputs(film: Film, space: Space, network: Network, data: Dataset, line: Group) -> Group:
    """Run space backwards to the plane of inputs: the readout's line becomes the boundary there, which is returned."""
    curve = boundary(space, network)
    film.play(FadeIn(curve, run_time=0.2))
    film.remove(line)
    space.forget(line)
    film.play(Travel(space, 0, View(), keep=data.points, run_time=1.5 * style.MOVE_SECONDS))
    return curve


def drawn_line(film: Film, space: Space, network: Network) -> Group:
    """Draw the readout's line."""
    film.finish_reading()
    line = separating_line(space, network)
    film.play(Create(line))
    return line


def lifted(film: Film, space: Space, walk: Walk, told: Callable[[Move], str | None]) -> None:
    """Carry the plane, as a sheet, out of the page through the first hidden layer, which has three neurons."""
    sheet, cube = space.add_sheet(), space.add_cube()
    film.play(FadeIn(sheet), FadeOut(space.fine_grid, space.grid, space.ghost))
    space.remove(space.fine_grid, space.grid, space.ghost)
    film.play(FadeIn(cube), Look(space, LEANT))
    walk.diagram.light(0)
    for move in moves_of(walk.network.hidden[0]):
        walk.formula.light(move)
        if text := told(move):
            film.say(text)
        view = LEANT
        if move.part != "stretch":
            view = replace(LEANT, frame=upright(walk.network.readout.weight[0]))
        walk.flow(move, run_time=QUICK * (2 if move.part == "bend" else 1), view=view)


def plane_between(film: Film, space: Space, network: Network) -> Group:
    """Show the readout's plane."""
    film.finish_reading()
    plane = separating_plane(space, network)
    film.play(FadeIn(plane))
    return plane
