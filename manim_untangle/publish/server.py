"""Serve a site: the standard file server, with byte ranges so that players can seek, and confined to its folder."""

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

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".mp4": "video/mp4",
    ".vtt": "text/vtt; charset=utf-8",
    ".srt": "application/x-subrip; charset=utf-8",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".json": "application/json; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
# Files that other sites may read: a player with `crossorigin` asks in this way for the film, its poster and captions.
SHARED = (".mp4", ".vtt", ".srt", ".jpg", ".webp", ".gif", ".json")
RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
CHUNK = 64 * 1024


class PortTaken(UntangleError):
    """Another program listens on a port, or this user may not open it."""


class Server(ThreadingHTTPServer):
    """A server for one folder. Call serve_forever(), then server_close(); `url` is its address."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # on Windows it lets two servers listen on one port

    def __init__(self, site: Path, host: str = "127.0.0.1", port: int = 8000) -> None:
        """Raises MissingFilm if there is no site, PortTaken if the port cannot be opened. Port 0 takes any."""
        self.site = site.resolve()
        if not (self.site / "index.html").is_file():
            raise MissingFilm(f"there is no site in {site}. Run: {command('publish', '--all')}")
        try:
            super().__init__((host, port), partial(Handler, directory=str(self.site)))
        except (OSError, OverflowError) as problem:
            reason = getattr(problem, "strerror", None) or problem
            raise PortTaken(f"{host}:{port} cannot be opened ({reason}). Try: --port 0") from None

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}/"


class Handler(SimpleHTTPRequestHandler):
    """Answers GET and HEAD for files in a folder; a folder in it stands for its index.html."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    extensions_map = TYPES
    error_message_format = "%(message)s\n"
    error_content_type = "text/plain; charset=utf-8"
    bytes_left: int | None = None  # how much of the file to send; None: all of it

    def do_GET(self) -> None:
        file = self.send_head()
        if file is None:
            return
        with file:
            left = self.bytes_left
            try:
                while chunk := file.read(CHUNK if left is None else min(CHUNK, left)):
                    self.wfile.write(chunk)
                    left = None if left is None else left - len(chunk)
            except ConnectionError:
                self.close_connection = True  # players close the connection once they have what they need

    def do_OPTIONS(self) -> None:
        """Let another site ask for a range of a shared file."""
        self.send_response(HTTPStatus.NO_CONTENT)
        self.send_header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
        self.send_header("Access-Control-Allow-Headers", "Range")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Send the status and headers; return the open file to send, at the first byte that is asked for, or None."""
        self.bytes_left = None
        site, asked = Path(self.directory), unquote(urlsplit(self.path).path, errors="replace")
        path = served_file(site, asked)
        if path is None and served_file(site, f"{asked}/") is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        if path is None or "Range" not in self.headers:
            return super().send_head()
        try:
            size = path.stat().st_size
            asked_range = byte_range(self.headers["Range"], size)
            if asked_range is None:
                return super().send_head()
            file = path.open("rb")
        except RangeNotSatisfiable:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        except OSError:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        first, end = asked_range
        file.seek(first)
        self.bytes_left = end - first
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Range", f"bytes {first}-{end - 1}/{size}")
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(self.bytes_left))
        self.end_headers()
        return file

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
