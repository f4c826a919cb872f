"""A server for a site: http.server, with byte ranges so that players can seek, and with no file outside the site."""

from __future__ import annotations

import io
import os
import re
import stat
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from manim_untangle.publish.film import MissingFilm
from netlib.command import command
from netlib.errors import UntangleError

# The types that Python's mimetypes does not know everywhere, and those that need a charset.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
    ".srt": "application/x-subrip; charset=utf-8",
    ".webp": "image/webp",
    ".json": "application/json; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".timeline": "application/octet-stream",
}
# Files that other sites may read: a player with `crossorigin` asks in this way for the film, its poster and captions.
SHARED = (".mp4", ".vtt", ".srt", ".jpg", ".webp", ".gif", ".json", ".js", ".timeline")
RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


class PortTaken(UntangleError):
    """Another program listens on a port, or this user may not open it."""


class Server(ThreadingHTTPServer):
    """A server for one folder. Call serve_forever(), then server_close(); `url` is its address."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # on Windows it lets two servers listen on one port

    def __init__(
        self, site: Path, host: str = "127.0.0.1", port: int = 8000, handler: type[Handler] | None = None
    ) -> None:
        """Raises MissingFilm if there is no site, PortTaken if the port cannot be opened. Port 0 takes any."""
        self.site = site.resolve()
        if not (self.site / "index.html").is_file():
            raise MissingFilm(f"there is no site in {site}. Run: {command('publish', '--all')}")
        try:
            super().__init__((host, port), partial(handler or Handler, directory=str(self.site)))
        except OSError as problem:
            raise PortTaken(f"{host}:{port} cannot be opened ({problem.strerror}). Try: --port 0") from None

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}/"


class Handler(SimpleHTTPRequestHandler):
    """Answers GET and HEAD for files in a folder, and sends the index.html of a folder in it."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    extensions_map = TYPES
    error_message_format = "%(message)s\n"
    error_content_type = "text/plain; charset=utf-8"
    part: tuple[int, int | None] = (0, None)  # the first byte to send and the number of bytes; None: to the end

    def do_OPTIONS(self) -> None:
        """Let another site ask for a range of a shared file."""
        self.send_response(HTTPStatus.NO_CONTENT)
        self.send_header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
        self.send_header("Access-Control-Allow-Headers", "Range")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Send the status and headers; return the open file, of which `part` is to be sent, or None."""
        self.part = (0, None)
        site, asked = Path(self.directory), unquote(urlsplit(self.path).path, errors="replace")
        path = served_file(site, asked)
        if path is None and served_file(site, f"{asked}/") is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        if path is None or "Range" not in self.headers:
            return super().send_head()
        size = path.stat().st_size
        try:
            asked_range = byte_range(self.headers["Range"], size)
        except RangeNotSatisfiable:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        if asked_range is None:
            return super().send_head()
        first, end = asked_range
        self.part = (first, end - first)
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Range", f"bytes {first}-{end - 1}/{size}")
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(end - first))
        self.end_headers()
        return path.open("rb")

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send the part of the file that is asked for."""
        try:
            self.connection.sendfile(source, *self.part)
        except ConnectionError:
            self.close_connection = True  # players close the connection once they have what they need

    def end_headers(self) -> None:
        """Add the headers that every answer carries."""
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        if urlsplit(self.path).path.lower().endswith(SHARED):
            self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: players ask for a film in many small ranges."""


def served_file(site: Path, asked: str) -> Path | None:
    """Return the file that a decoded URL path asks for, or None if there is none to serve.

    Only plain files inside the site are served, and no hidden ones, whatever dots, slashes or links the path holds.
    """
    parts = asked.split("/")
    if "\0" in asked or "\\" in asked or any(name.startswith(".") for name in parts):
        return None
    try:
        path = (site / "/".join(filter(None, parts))).resolve(strict=True)
        if asked.endswith("/"):
            path = (path / "index.html").resolve(strict=True)
        inside = path.is_relative_to(site) and stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError, RuntimeError):
        return None
    return path if inside else None


class RangeNotSatisfiable(Exception):
    """A file has no byte of the range that is asked for."""


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the first byte that a Range header asks for and the one after the last.

    None stands for the whole file: the header asks for several ranges, or is not valid. Raises RangeNotSatisfiable.
    """
    match = RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        raise RangeNotSatisfiable
    return start, end
