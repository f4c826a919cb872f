"""Zip archives that lie about their members."""

from __future__ import annotations

import io
import struct
import tracemalloc
import warnings
import zipfile

import pytest

from netlib.errors import BadFile
from netlib.readers import network_of
from netlib.readers.files import MAX_MEMBERS, MAX_STRUCTURE, Archive, ReadOptions, damage


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_members_come_back_as_they_were() -> None:
    archive = Archive(packed({"a": b"x" * 1000, "b/c": b""}))
    assert archive.names == ("a", "b/c")
    assert (archive.read("a"), archive.read("b/c")) == (b"x" * 1000, b"")
    with pytest.raises(BadFile, match="lacks its part 'd'"):
        archive.read("d")


@pytest.mark.parametrize("offset", [2**31, 2**63, 2**64 - 1])
def test_a_member_that_lies_beyond_the_file_is_damaged(offset: int) -> None:
    archive = Archive(packed({"a": b"content"}))
    archive._zip.getinfo("a").header_offset = offset
    with pytest.raises(BadFile, match="part 'a' is damaged"):
        archive.read("a")


def test_a_wrong_checksum_is_found() -> None:
    data = packed({"a": b"content"}, zipfile.ZIP_STORED).replace(b"content", b"Content")
    with pytest.raises(BadFile, match="part 'a' is damaged"):
        Archive(data).read("a")


@pytest.mark.slow
def test_unusual_packing_and_too_many_members_are_refused() -> None:
    with pytest.raises(BadFile, match="encrypted or packed unusually"):
        Archive(packed({"a": b"x"}, zipfile.ZIP_LZMA))
    with pytest.raises(BadFile, match="would unpack to"):
        Archive(packed({str(k): b"" for k in range(MAX_MEMBERS + 1)}))


@pytest.mark.parametrize(
    "problem", [RecursionError(), MemoryError(), StopIteration(), struct.error("short"), OSError("x")]
)
def test_an_error_of_a_library_becomes_one_line_with_its_cure(problem: Exception) -> None:
    words = str(problem) or type(problem).__name__
    with (
        pytest.raises(BadFile, match=rf"^its header is damaged \({words}\)\. Save it again$"),
        damage("its header is damaged"),
    ):
        raise problem


def test_refusals_and_interrupts_pass_unchanged_and_warnings_are_not_shown() -> None:
    with pytest.raises(BadFile, match=r"^too many$"), damage("damaged"):
        raise BadFile("too many")
    with pytest.raises(KeyboardInterrupt), damage("damaged"):
        raise KeyboardInterrupt
    with damage("damaged"):
        warnings.warn("odd", stacklevel=1)  # an error in tests


MANY = {
    ".pt": packed({"data.pkl": b"]" * (MAX_STRUCTURE + 1)}),
    ".keras": packed({"config.json": b"[]," * (MAX_STRUCTURE // 3 + 1)}),
    ".skops": packed({"schema.json": b"[]," * (MAX_STRUCTURE // 3 + 1)}),
    ".safetensors": (MAX_STRUCTURE + 1).to_bytes(8, "little") + b" " * (MAX_STRUCTURE + 1),
}


@pytest.mark.parametrize("suffix", MANY)
def test_small_values_in_great_number_cannot_fill_the_memory(suffix: str) -> None:
    tracemalloc.start()
    with pytest.raises(BadFile, match=r"8,388,\d+ bytes.*Save"):
        network_of(MANY[suffix], suffix, ReadOptions())
    assert tracemalloc.get_traced_memory()[1] < 3 * MAX_STRUCTURE
    tracemalloc.stop()


def test_the_entries_of_a_zip_are_counted_before_they_are_read() -> None:
    tracemalloc.start()
    with pytest.raises(BadFile, match="would unpack to 100,000 parts, the limit is 20,000"):
        Archive(b"PK\1\2" * 100_000)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
