"""What every test needs: Ctrl-C reaches the processes that tests start, however the tests themselves were started.

And what several rooms' tests share: the project as its users install it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from benchmarks.installed import Installed, install
from tests import thorough

# jsonschema loads it where it is there, and does without it elsewhere: its grammars take 4 s, and no schema needs them.
sys.modules["rfc3987_syntax"] = None


def pytest_configure(config: pytest.Config) -> None:
    # A shell starts what it puts into the background with SIGINT ignored, and a child inherits that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    thorough.THOROUGH = config.option.markexpr != "not slow"
    settings.register_profile("ours", max_examples=thorough.cases(100))
    settings.load_profile("ours")


def pytest_collection_finish() -> None:
    """Take the modules that are imported by now, and the tests, out of what the garbage collector walks through."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def words_kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder in which any process of these tests finds the words that another has set."""
    own = tmp_path_factory.getbasetemp()  # in the one of all workers, where pytest-xdist has several
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "words"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The project installed from its wheel in a fresh environment outside of the repository; for slow tests."""
    return install(tmp_path_factory.mktemp("installed"))
