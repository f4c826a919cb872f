"""What every test needs: Ctrl-C reaches the processes that tests start, however the tests themselves were started.

And what several rooms' tests share: the project as its users install it.
"""

from __future__ import annotations

import signal

import pytest

from benchmarks.installed import Installed, install


def pytest_configure() -> None:
    # A shell starts what it puts into the background with SIGINT ignored, and a child inherits that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The project installed from its wheel in a fresh environment outside of the repository; for slow tests."""
    return install(tmp_path_factory.mktemp("installed"))
