"""A house in miniature: the real launcher, beside tools that only write down what they are asked to do."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[2] / "untangle"
REAL_TOOLS = ["cat", "chmod", "cksum", "cp", "cut", "date", "dirname", "echo", "env", "find", "ln", "mkdir", "mv"]
REAL_TOOLS += ["ps", "readlink", "rm", "rmdir", "sed", "sh", "sleep", "tail", "touch", "tr", "xargs"]

# Each fake writes its call down. What it then finds or does follows from files in $STATE, so that a fake
# apt-get can bring what was missing, and a test can hold pip up in the middle.
PYTHON = r"""#!/bin/sh
echo "python $*" >>"$STATE/calls"
case "$1 ${2-}" in
    "-V ") echo "Python 3.$(cat "$STATE/minor").2" ;;
    "-c "*"version_info[:2]"*) echo "3.$(cat "$STATE/minor")" ;;
    "-c "*"version_info[1]"*) cat "$STATE/minor" ;;
    "-c "*sysconfig*) echo "$STATE/include" ;;
    "-c "*ensurepip*) [ -e "$STATE/ensurepip" ] ;;
    "-c "*cairo*) [ -e "$STATE/include/Python.h" ] ;;
    "-m venv") [ ! -e "$STATE/broken-venv" ] || exit 1; mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip")
        [ "$3" = install ] || exit 0
        case "$*" in
            *" pip") echo $$ >"$STATE/pip-number" ;;
            *pycairo | *manimpango)
                [ -e "$STATE/lib/libcairo2-dev" ] && [ ! -e "$STATE/broken-compiler" ] || exit 1
                echo $$ >>"$STATE/compilers"
                while [ -e "$STATE/hold-compilers" ]; do sleep 0.05; done ;;
        esac
        while [ -e "$STATE/hold-pip" ]; do sleep 0.05; done
        if [ -e "$STATE/broken-pip" ]; then echo "no route to the index"; exit 7; fi
        case "$*" in
            *llvmlite*) touch "$STATE/largest" ;;
            *" uv") cp "$STATE/uv" "${0%/*}/uv" ;;
            *--editable*) cp "$STATE/untangle" "${0%/*}/untangle" ;;
        esac ;;
    "-m pytest") shift 2; echo "pytest in $(pwd -P):"; for word; do echo "<$word>"; done ;;
esac
"""
UNTANGLE = '#!/bin/sh\nfor word; do echo "<$word>"; done\n'
UV = '#!/bin/sh\necho "uv $*" >>"$STATE/calls"\n[ ! -e "$STATE/no-cpu-torch" ]\n'
APT = r"""#!/bin/sh
echo "apt-get $*" >>"$STATE/calls"
[ "$1" = install ] || exit 0
[ ! -e "$STATE/broken-apt" ] || exit 100
case "$*" in
    *libcairo2-dev*)
        echo $$ >"$STATE/apt-number"
        while [ -e "$STATE/slow-apt" ] && [ ! -e "$STATE/largest" ]; do sleep 0.05; done ;;
esac
for package; do
    case $package in
        gcc) cp "$STATE/true" "$TOOLS/gcc" ;;
        pkg-config) cp "$STATE/pkg-config" "$TOOLS/pkg-config" ;;
        *-dev) touch "$STATE/lib/$package"; [ "$package" != libpython3-dev ] || touch "$STATE/include/Python.h" ;;
        python3-venv) touch "$STATE/ensurepip" ;;
    esac
done
"""
PKG_CONFIG = '#!/bin/sh\n[ -e "$STATE/lib/libcairo2-dev" ]\n'
RECORD = '#!/bin/sh\necho "{0} $*" >>"$STATE/calls"\n'
PYPROJECT = """[project.optional-dependencies]
train = ["torch"]
test = ["pytest"]
readers = ["onnx"]
betti = ["gudhi"]
onnx = ["onnx"]
keras = ["h5py"]
datasets = ["scikit-learn"]

[project.scripts]
untangle = "manim_untangle.cli.app:main"
"""


@dataclass(frozen=True)
class House:
    root: Path
    tools: Path
    state: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": str(self.tools), "STATE": str(self.state), "TOOLS": str(self.tools)}

    def tool(self, name: str, script: str = "#!/bin/sh\n") -> None:
        (self.tools / name).unlink(missing_ok=True)
        (self.tools / name).write_text(script)
        (self.tools / name).chmod(0o755)

    def mark(self, name: str) -> Path:
        path = self.state / name
        path.touch()
        return path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Return the launcher, running in a process group of its own."""
        process = subprocess.Popen(
            [str(self.root / "untangle"), *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def run(
        self, *arguments: str, cwd: Path | None = None, launcher: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(launcher or self.root / "untangle"), *arguments],
            env=self.environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self, word: str = "") -> list[str]:
        """Return what the fake tools were asked so far, in order, where `word` occurs in it."""
        path = self.state / "calls"
        return [line for line in path.read_text().splitlines() if word in line] if path.exists() else []

    def forget_calls(self) -> None:
        (self.state / "calls").unlink(missing_ok=True)

    def strip_system(self) -> None:
        """Leave nothing but Python, as on a fresh minimal Debian."""
        for path in (self.tools / "gcc", self.tools / "pkg-config", self.state / "ensurepip"):
            path.unlink()
        (self.state / "include/Python.h").unlink()
        (self.state / "lib/libcairo2-dev").unlink()

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, "waited 20 s in vain"
            time.sleep(0.02)

    def numbers(self, name: str) -> list[int]:
        """Return the process numbers that fake tools have written into a file of `state`."""
        path = self.state / name
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def pip_number(self) -> int:
        """Return the process number of the pip that the launcher waits for, once it has written that down."""
        pip, child = self.state / "pip-number", self.root / ".venv.children"
        self.until(lambda: pip.exists() and child.exists() and pip.read_text().split() == child.read_text().split()[:1])
        return int(pip.read_text())

    def settings(self, **values: str) -> None:
        """Give variables at the head of the launcher other values."""
        launcher = self.root / "untangle"
        lines = launcher.read_text().splitlines(keepends=True)
        for name, value in values.items():
            (index,) = [i for i, line in enumerate(lines) if line.startswith(f"{name}=")]
            lines[index] = f'{name}="{value}"\n'
        launcher.write_text("".join(lines))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A Debian-like machine with everything that compiling needs, an ordinary user, and no graphics card."""
    home = House(tmp_path / "my house", tmp_path / "tools", tmp_path / "state")
    for folder in (home.root, home.tools, home.state, home.state / "include", home.state / "lib"):
        folder.mkdir()
    shutil.copy(LAUNCHER, home.root / "untangle")
    (home.root / "pyproject.toml").write_text(PYPROJECT)
    (home.root / "constraints.txt").write_text("numpy==2.4.6\n")
    for name in REAL_TOOLS:
        if found := shutil.which(name):
            (home.tools / name).symlink_to(found)  # `tool` replaces the link, not what it leads to
    for name, script in {"untangle": UNTANGLE, "uv": UV, "pkg-config": PKG_CONFIG, "true": "#!/bin/sh\n"}.items():
        (home.state / name).write_text(script)
        (home.state / name).chmod(0o755)
    for name, script in {"python3": PYTHON, "pkg-config": PKG_CONFIG, "apt-get": APT, "gcc": "#!/bin/sh\n"}.items():
        home.tool(name, script)
    for name in ("sudo", "brew"):
        home.tool(name, RECORD.format(name))
    home.tool("dpkg", '#!/bin/sh\n[ "$1" != -s ]\n')
    home.tool("uname", '#!/bin/sh\n[ "${1-}" = -m ] && echo x86_64 || echo Linux\n')
    home.tool("id", "#!/bin/sh\necho 1000\n")
    for name in ("ensurepip", "include/Python.h", "lib/libcairo2-dev"):
        home.mark(name)
    (home.state / "minor").write_text("11")
    home.settings(TEST_EXTRAS="test train", TEST_PACKAGES="")
    yield home
    for name in ("hold-pip", "hold-compilers", "slow-apt"):
        (home.state / name).unlink(missing_ok=True)
    for process in home.started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.fixture
def as_root(house: House) -> House:
    house.tool("id", "#!/bin/sh\necho 0\n")
    return house
