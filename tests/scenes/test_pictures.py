"""A film with a wrong picture is caught: at the end of every move, half-way through it, at every claim and in the last
frame a film shows what an oracle computes from its weights.

The films are gone through without drawing; only those moments are drawn. test_films.py holds films as they are against
the same oracle. `pytest -s -k table` prints which mutations apply to which films, and why others do not.
"""

from __future__ import annotations

import pytest
from manim import Scene
from mutations import MUTATIONS, Mutation
from oracle_pictures import WrongPicture
from shots import Moment, run_through, still
from storyboards import BOARDS, storyboard

from manim_untangle.render.films import film, films
from netlib import kept

FILMS = [each.name for each in films()]
PAIRS = [(name, mutation) for name in FILMS for mutation in MUTATIONS if name not in mutation.spared]


def checked(name: str, patch: pytest.MonkeyPatch) -> int:
    """Go through a film, and return at how many moments its picture was looked at. Raises WrongPicture."""
    board, moments = storyboard(name), 0

    def see(moment: Moment, scene: Scene) -> None:
        nonlocal moments
        if sights := board.wanted(moment):
            board.check(sights, moment, still(scene))
            moments += 1

    run_through(film(name), patch, see)
    assert board.done == len(board.beats), f"{name} ends before event {board.done + 1} of {len(board.beats)}"
    return moments


@pytest.mark.slow
@pytest.mark.usefixtures("certificates_kept")
@pytest.mark.parametrize("name", ["eigenvectors", "features", "relu_parabola"])
def test_nothing_is_caught_in_a_film_as_it_is_when_it_is_gone_through_without_drawing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checked(name, monkeypatch) >= len(BOARDS[name]()) >= 6


@pytest.mark.slow
@pytest.mark.usefixtures("certificates_kept")
@pytest.mark.parametrize(("name", "mutation"), PAIRS, ids=lambda each: str(each))
def test_a_wrong_picture_is_caught(name: str, mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "write_result", lambda *_: None)  # what is worked out from here on may be wrong
    mutation.make(monkeypatch, name)
    with pytest.raises(WrongPicture) as caught:
        checked(name, monkeypatch)
    print(caught.value)


def test_the_table_has_every_film_and_says_of_every_mutation_whether_it_applies() -> None:
    print("\n" + table())
    assert sorted(BOARDS) == FILMS
    for mutation in MUTATIONS:
        assert set(mutation.spared) < set(FILMS), f"{mutation} spares films that are not there"
    assert table().count("yes") == len(PAIRS)


def table() -> str:
    """Return a line for each film: to which mutations it is put, and why to no others."""
    wide = max(map(len, FILMS)) + 2
    lines = ["film".ljust(wide) + "".join(f"{mutation.name:<18}" for mutation in MUTATIONS)]
    for name in FILMS:
        marks = ["–" if name in mutation.spared else "yes" for mutation in MUTATIONS]
        reasons = [mutation.spared[name] for mutation in MUTATIONS if name in mutation.spared]
        lines.append(name.ljust(wide) + "".join(f"{mark:<18}" for mark in marks) + "; ".join(reasons))
    return "\n".join(lines)
