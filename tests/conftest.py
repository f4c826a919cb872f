"""What every test needs: Ctrl-C reaches the processes that tests start, however the tests themselves were started."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    # A shell starts what it puts into the background with SIGINT ignored, and a child inherits that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
