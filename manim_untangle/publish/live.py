"""A page that shows a film as it is written: it is told of each change, and tells which moment it shows."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from manim_untangle.publish.film import Json
from manim_untangle.publish.script import player_script
from manim_untangle.publish.server import Handler, Server
from netlib.files import written_whole

PAGE = Path(__file__).parent / "live_page"
FILM, SCRIPT = "film.timeline", "untangle-film.js"
CHANGES, MOMENT = "/changes", "/moment"
ALIVE = 15.0  # seconds after which a page is told that nothing has changed
LONGEST = 32  # bytes of a moment in seconds


class LiveServer(Server):
    """Serves one film that changes, from a folder of its own. moment: the seconds at which the page stands.

    Call start(), then show() or fail() for each change, then server_close().
    """

    def __init__(self, title: str, host: str = "127.0.0.1", port: int = 8000) -> None:
        """Raises PortTaken if the port cannot be opened. Port 0 takes any."""
        self.moment = 0.0
        self._state: Json = {"title": title, "version": 0, "whole": True, "fault": ""}
        self._changed = threading.Condition()
        self._folder = Path(tempfile.mkdtemp(prefix="untangle-watch-"))
        for file in PAGE.iterdir():
            shutil.copyfile(file, self._folder / file.name)
        (self._folder / SCRIPT).write_text(player_script(), encoding="utf-8")
        try:
            super().__init__(self._folder, host, port, LiveHandler)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def start(self) -> None:
        """Serve, in a thread of its own."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def server_close(self) -> None:
        super().server_close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def show(self, content: bytes, whole: bool) -> None:
        """Show a timeline. whole: whether nothing of the film is missing."""
        with written_whole(self._folder / FILM) as file:
            file.write_bytes(content)
        self._tell(version=time.time_ns(), whole=whole, fault="")

    def fail(self, fault: str) -> None:
        """Show an error in one line, and go on to show the film as it was."""
        self._tell(fault=fault)

    def state_after(self, seen: str) -> str:
        """Return the state as JSON, once it is another than the one seen, or after ALIVE seconds."""
        with self._changed:
            self._changed.wait_for(lambda: json.dumps(self._state) != seen, ALIVE)
            return json.dumps(self._state)

    def _tell(self, **change: Any) -> None:
        with self._changed:
            self._state = {**self._state, **change}
            self._changed.notify_all()


class LiveHandler(Handler):
    """Besides files: a stream of events at CHANGES, and the moment that a page shows, posted to MOMENT."""

    server: LiveServer

    def do_GET(self) -> None:
        if self.path != CHANGES:
            super().do_GET()
            return
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        seen = ""
        with suppress(OSError):  # the page is closed
            while True:
                seen, before = self.server.state_after(seen), seen
                line = ": nothing new" if seen == before else f"data: {seen}"
                self.wfile.write(f"{line}\n\n".encode())
                self.wfile.flush()

    def do_POST(self) -> None:
        """Take note of the moment."""
        size = self.headers.get("Content-Length", "")
        status = HTTPStatus.NOT_FOUND
        if self.path == MOMENT and size.isascii() and size.isdigit() and int(size) <= LONGEST:
            status = HTTPStatus.BAD_REQUEST
            with suppress(ValueError):
                seconds = float(self.rfile.read(int(size)))
                if math.isfinite(seconds):
                    self.server.moment, status = max(0.0, seconds), HTTPStatus.NO_CONTENT
        self.close_connection = status is not HTTPStatus.NO_CONTENT
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
