"""Serve a site: static files, answered in ranges so that films can be sought, and nothing outside the folder."""

from __future__ import annotations

import os
import re
import stat
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from manim_untangle.publish.errors import MissingFilm, PortTaken
from netlib.command import command

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
    ".safetensors": "application/octet-stream",
}
# What other sites may read: a player with `crossorigin` asks for the film, its poster and its captions this way.
SHARED = {".mp4", ".vtt", ".srt", ".jpg", ".webp", ".gif", ".json"}
RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
CHUNK = 64 * 1024


class Server(ThreadingHTTPServer):
    """A server for one folder. Call serve_forever(), then server_close(); `url` is where it listens."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # on Windows it lets two servers listen on one port

    def __init__(self, site: Path, host: str = "127.0.0.1", port: int = 8000) -> None:
        """Raises MissingFilm where there is no site, PortTaken where the port cannot be had. Port 0 takes any."""
        self.site = site.resolve()
        if not (self.site / "index.html").is_file():
            raise MissingFilm(f"there is no site in {site}. Run: {command('publish', '--all')}")
        try:
            super().__init__((host, port), Handler)
        except (OSError, OverflowError) as problem:
            reason = getattr(problem, "strerror", None) or problem
            raise PortTaken(f"{host}:{port} cannot be listened on ({reason}). Try: --port 0") from None

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}/"


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of files under the server's folder; a folder means its index.html."""

    protocol_version = "HTTP/1.1"
    server: Server
    timeout = 30

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_OPTIONS(self) -> None:
        """Let another site ask for a range of a shared file."""
        self.send_response(HTTPStatus.NO_CONTENT)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
        self.send_header("Access-Control-Allow-Headers", "Range")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a film is asked for in many small pieces."""

    def _answer(self, body: bool) -> None:
        asked = unquote(urlsplit(self.path).path, errors="replace")
        if not asked.endswith("/") and served(self.server.site, f"{asked}/") is not None:
            return self._redirect(urlsplit(self.path).path)
        path = served(self.server.site, asked)
        if path is None:
            return self._refuse(HTTPStatus.NOT_FOUND)
        try:
            with path.open("rb") as file:
                self._send(path, file, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # a player that has seen enough
        except OSError:
            self._refuse(HTTPStatus.NOT_FOUND)

    def _send(self, path: Path, file: BinaryIO, body: bool) -> None:
        status = os.fstat(file.fileno())
        if self._unchanged(status.st_mtime):
            return self._refuse(HTTPStatus.NOT_MODIFIED)
        size = status.st_size
        try:
            span = part(self.headers.get("Range"), size)
        except OutsideFile:
            return self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, f"bytes */{size}")
        first, last = span or (0, size - 1)
        self.send_response(HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK)
        self.send_header("Content-Type", TYPES.get(path.suffix.lower(), "application/octet-stream"))
        self.send_header("Content-Length", str(last - first + 1))
        if span:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Last-Modified", formatdate(status.st_mtime, usegmt=True))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        if path.suffix.lower() in SHARED:
            self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        if body:
            file.seek(first)
            left = last - first + 1
            while left and (chunk := file.read(min(CHUNK, left))):
                self.wfile.write(chunk)
                left -= len(chunk)

    def _unchanged(self, modified: float) -> bool:
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", "")).timestamp()
        except (TypeError, ValueError):
            return False
        return int(modified) <= since and "Range" not in self.headers

    def _redirect(self, where: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        # a path that begins with two slashes would name another host
        self.send_header("Location", "/" + where.lstrip("/") + "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuse(self, status: HTTPStatus, content_range: str | None = None) -> None:
        self.send_response(status)
        if content_range:
            self.send_header("Content-Range", content_range)
        message = b"" if status == HTTPStatus.NOT_MODIFIED or self.command == "HEAD" else f"{status.phrase}\n".encode()
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(message)))
        self.end_headers()
        self.wfile.write(message)


def served(site: Path, asked: str) -> Path | None:
    """Return the file that a decoded path asks for, or None where there is none to give: nothing outside the site,
    whatever dots, slashes or links say, nothing hidden, nothing but plain files."""
    parts = asked.replace("\\", "/").split("/")
    if "\0" in asked or any(name.startswith(".") for name in parts):
        return None
    try:
        path = (site / "/".join(filter(None, parts))).resolve(strict=True)
        if asked.endswith("/"):
            path = (path / "index.html").resolve(strict=True)
        inside = path.is_relative_to(site) and stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError, RuntimeError):
        return None
    return path if inside else None


class OutsideFile(Exception):
    """A range of which a file has no byte."""


def part(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first and last byte that a Range header asks of a file; None, for the whole file, where it asks for
    none, for several ranges, or is not understood. Raises OutsideFile where the file has no byte of it."""
    match = RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or start > end:
        raise OutsideFile
    return start, end
