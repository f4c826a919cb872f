"""A Firefox as it is installed, without a window, driven by WebDriver BiDi (w3.org/TR/webdriver-bidi) over a socket.

Playwright drives a Firefox of its own only. Here is what our pages need: open, evaluate, pointer, keys, and what
the console says.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAMES = ("firefox-esr", "firefox")
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
LONGEST = 120  # seconds for what takes moments: the machine may be busy
# It asks nobody for anything: no updates, no studies, no check of the network.
SETTINGS = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}
CALL = """async (text) => {{ const made = ({}), given = JSON.parse(text);
const found = await (typeof made === "function" ? made(given) : made); return JSON.stringify(found ?? null); }}"""


def firefox_path() -> str | None:
    """Return the path of a Firefox: that of FIREFOX in the environment, else one that is installed; else None."""
    return os.environ.get("FIREFOX") or next(filter(None, map(shutil.which, NAMES)), None)


class Firefox:
    """A page in a Firefox. `complaints` are the errors and warnings of its console. Use it in a with statement."""

    def __init__(self, path: str, width: int = 1280, height: int = 800) -> None:
        self.path, self.size = path, (width, height)
        self.complaints = list[str]()
        self._numbers = itertools.count(1)
        self._socket: Any = None

    def __enter__(self) -> Self:
        import websocket

        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in SETTINGS.items()]
        Path(self._profile.name, "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [
            self.path,
            "--headless",
            "--no-remote",
            "--profile",
            self._profile.name,
            "--remote-debugging-port",
            "0",
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            address = f"{self._address()}/session"
            self._socket = websocket.create_connection(address, timeout=LONGEST, suppress_origin=True)
            self._send("session.new", capabilities={})
            self._send("session.subscribe", events=["log.entryAdded"])
            self._context = self._send("browsingContext.getTree")["contexts"][0]["context"]
            viewport = dict(zip(("width", "height"), self.size, strict=True))
            self._send("browsingContext.setViewport", context=self._context, viewport=viewport)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._socket:
            self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(LONGEST / 4)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._profile.cleanup()

    def _address(self) -> str:
        """Return where it listens, once it says so, and read on, so that it never waits for a reader."""
        found = queue.Queue[str]()

        def read() -> None:
            assert self._process.stderr
            with self._process.stderr as lines:
                for line in lines:
                    if at := LISTENS.search(line):
                        found.put(at[1])
            found.put("")

        self._reader = threading.Thread(target=read, daemon=True)
        self._reader.start()
        address = found.get(timeout=LONGEST)
        assert address, "Firefox ended before it could be driven"
        return address

    def _send(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] in ("error", "warn"):
                self.complaints.append(answer["params"]["text"] or "an error without words")
            if answer.get("id") != number:
                continue
            if answer["type"] == "error":
                raise RuntimeError(f"{method}: {answer['message']}")
            return answer["result"]

    def goto(self, address: str) -> None:
        """Open an address; return when the page is loaded."""
        self._send("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def evaluate(self, script: str, given: object = None) -> Any:
        """Return what an expression is in the page, or what a function gives for `given`; promises are awaited."""
        answer = self._send(
            "script.callFunction",
            functionDeclaration=CALL.format(script),
            arguments=[{"type": "string", "value": json.dumps(given)}],
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def drag(self, places: Sequence[tuple[float, float]], pointer: str = "mouse") -> None:
        """Press at the first place, in CSS pixels, move to each other one, and let go. pointer: mouse or touch."""
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 30} for x, y in places]
        ends = [{"type": "pointerDown", "button": 0}], [{"type": "pointerUp", "button": 0}]
        actions = [moves[0], *ends[0], *moves[1:], *ends[1]]
        source = {"type": "pointer", "id": pointer, "parameters": {"pointerType": pointer}, "actions": actions}
        self._act(source)

    def press(self, *keys: str) -> None:
        """Press keys, one after another: characters, or values of WebDriver's table of keys such as \\ue014."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def _act(self, source: dict[str, Any]) -> None:
        self._send("input.performActions", context=self._context, actions=[source])


@contextmanager
def firefox(width: int = 1280, height: int = 800) -> Iterator[Firefox]:
    """A page in the Firefox of this machine. Raises LookupError where there is none."""
    path = firefox_path()
    if path is None:
        raise LookupError("no Firefox is installed: apt-get install firefox-esr")
    with Firefox(path, width, height) as page:
        yield page
