"""Files are written whole or not at all, and a refusal names the folder and the cure."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from netlib.errors import Unwritable
from netlib.files import made_folder, refusals_explained, written_whole


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EROFS, "cannot be written to"),
        (errno.EACCES, "cannot be written to"),
        (errno.ENOSPC, "no space left"),
        (errno.EDQUOT, "no space left"),
    ],
)
def test_what_the_disk_refuses_is_explained(tmp_path: Path, number: int, said: str) -> None:
    with pytest.raises(Unwritable, match=said), refusals_explained(tmp_path):
        raise OSError(number, os.strerror(number))
    with pytest.raises(OSError, match="Bad file"), refusals_explained(tmp_path):
        raise OSError(errno.EBADF, "Bad file descriptor")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "made" / "whole.txt"
    with written_whole(path) as partial:
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"

    def interrupted() -> None:
        with written_whole(path) as half:
            half.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert sorted(each.name for each in path.parent.iterdir()) == ["whole.txt"]
    assert path.read_text() == "new"


def test_the_partial_name_keeps_the_suffix_and_is_hidden(tmp_path: Path) -> None:
    with written_whole(tmp_path / "table.npz") as partial:
        assert partial.parent == tmp_path
        assert partial.suffix == ".npz"
        assert partial.name.startswith(".")
        partial.touch()


def test_a_file_in_place_of_the_folder_is_named_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Unwritable, match="taken is no folder to write in; choose another folder"):
        made_folder(tmp_path / "taken")


def test_the_folder_that_the_user_knows_is_named_and_not_the_one_for_unfinished_work(tmp_path: Path) -> None:
    with pytest.raises(Unwritable) as refused, refusals_explained(tmp_path / ".7.partial"):
        raise OSError(errno.ENOSPC, "full")
    assert f"in {tmp_path}." in str(refused.value)
