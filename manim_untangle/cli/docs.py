"""`untangle docs`: the documentation as a site, built by Sphinx."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from netlib.command import install, shown_path
from netlib.errors import UntangleError

ROOT = Path(__file__).resolve().parents[2]


def docs(out: Path, say: Callable[[str], None]) -> None:
    """Build the site of this checkout's docs/ into a folder. Raises UntangleError where that fails: a link that leads
    nowhere is an error."""
    source = ROOT / "docs"
    if not (source / "conf.py").is_file():
        raise UntangleError("the documentation is built from a copy of the project, and this is an installed package")
    if missing := [name for name in ("sphinx", "furo", "myst_parser") if find_spec(name) is None]:
        raise UntangleError(f"this needs {', '.join(missing)}, which is not installed. Run: {install('docs')}")
    # -E reads every page anew: Sphinx does not repeat the warnings of pages that it read before
    words = ["-E", "-q", "-n", "-W", "--keep-going", str(source), str(out.absolute())]
    if subprocess.run([sys.executable, "-m", "sphinx", *words], cwd=ROOT, check=False).returncode:
        raise UntangleError("the site has the faults above. Mend them, then run the same command again")
    say(f"site: {shown_path(out / 'index.html')}")
