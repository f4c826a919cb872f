"""This project as its users have it: installed from a wheel, into an environment outside of the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent
NOT_SOURCE = (".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info", "build", "dist", "renders")


@dataclass(frozen=True)
class Installed:
    """An environment: its interpreter, its site-packages, and the top-level names that the wheel put there."""

    python: Path
    packages: Path
    names: frozenset[str]

    @property
    def untangle(self) -> Path:
        """The command's script."""
        return self.python.with_name("untangle")

    def run(self, *words: object, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the environment's interpreter with the arguments, and with these variables."""
        return run_clean(self.python, *words, cwd=cwd, **variables)


def install(folder: Path) -> Installed:
    """Build the wheel and install it into a new environment in an empty folder, without the network.

    What the wheel needs is taken from the environment of this process, by symbolic links beside the wheel's packages.
    Neither the build nor the environment leaves anything in the repository.
    """
    source, wheels, environment = folder / "source", folder / "wheels", folder / "environment"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    _pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", wheels, source, cwd=folder)
    (wheel,) = wheels.iterdir()
    distribution = wheel.name.partition("-")[0]
    with ZipFile(wheel) as archive:
        names = {name.partition("/")[0] for name in archive.namelist()}

    venv.create(environment, symlinks=os.name != "nt")
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    where = run_clean(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    packages = Path(where.stdout.strip())
    for ours in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for path in Path(ours).iterdir():
            # an editable install of this project, and the .pth file that starts it, would lead back to the repository
            if path.suffix != ".pth" and path.name not in names | {"__pycache__"} and distribution not in path.name:
                (packages / path.name).symlink_to(path)
    _pip("--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    return Installed(python, packages, frozenset(name for name in names if not name.endswith(".dist-info")))


def _pip(*words: object, cwd: Path) -> None:
    done = run_clean(sys.executable, "-m", "pip", "--isolated", *words, cwd=cwd)
    if done.returncode:
        raise SystemExit(f"pip {' '.join(map(str, words))}: {done.stderr.strip()[-2000:]}")


def run_clean(*command: object, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the variables, and with none of this process that tell an interpreter what to import."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, env=kept | variables, capture_output=True, text=True)
