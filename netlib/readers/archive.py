"""Zip archives, which .pt, .npz, .keras and .skops files are, opened in memory and within bounds."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from netlib.errors import BadFile
from netlib.readers.files import MAX_BYTES, SAVE_LESS, shown

MAX_MEMBERS = 20_000
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, OverflowError, NotImplementedError, KeyError),
)


class Archive:
    """The members of a zip file in memory. What it says of sizes is checked before anything is unpacked."""

    def __init__(self, data: bytes) -> None:
        """Raises BadFile for what is no zip, for encrypted members, and for a zip bomb."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except BROKEN as problem:
            raise BadFile(f"is damaged or no zip archive ({shown(problem)}). Save it again") from None
        members = self._zip.infolist()
        total = sum(member.file_size for member in members)
        if len(members) > MAX_MEMBERS or total > MAX_BYTES:
            raise BadFile(
                f"would unpack to {len(members):,} parts and {total / 2**20:.0f} MiB, the limit is {MAX_MEMBERS:,} "
                f"and {MAX_BYTES // 2**20}. {SAVE_LESS}"
            )
        for member in members:
            if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise BadFile(f"part '{shown(member.filename)}' is encrypted or packed unusually. Save it again")
        self.names = tuple(member.filename for member in members)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str) -> bytes:
        """Return one member unpacked, with its checksum verified; raise BadFile where it is damaged or missing."""
        if name not in self.names:
            raise BadFile(f"lacks its part '{shown(name)}'. Save it again")
        try:
            # asked for a number of bytes, zipfile unpacks no more; asked for all, it trusts the stream
            with self._zip.open(name) as member:
                return member.read(self._zip.getinfo(name).file_size)
        except (*BROKEN, RuntimeError) as problem:
            raise BadFile(f"part '{shown(name)}' is damaged ({shown(problem)}). Save it again") from None
