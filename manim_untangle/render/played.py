"""What a film consists of, after it was played; and plays that are kept, so that an unchanged film of ours is not
played again.

Segments are named by what they draw, which is known only after a play. So a play itself can only be kept by its causes,
and nobody knows all causes of anybody's film. Those of a film of ours are known where it computes with this project
and its libraries alone: its source, our code and weights, the settings, and what is installed. A play is kept where its
source says so, and where Python saw it open no other file, connect to no machine and start no process.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import hashlib
import importlib.util
import json
import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import av

import netlib
from manim_untangle.render.cache import Cache, Segment, cache_folder
from manim_untangle.render.encoder import codec
from manim_untangle.render.films import PACKAGE, FilmFile
from manim_untangle.render.record import plain
from manim_untangle.render.settings import Format, Settings
from netlib.errors import UntangleError
from netlib.kept import code_version, read_result, write_result
from netlib.training.recipe import WEIGHTS, chosen_folder

# What a film may import whose play is kept: nothing of it reads clocks, the environment, or files unseen.
PURE = {"__future__", "collections", "dataclasses", "enum", "fractions", "functools", "itertools", "math", "operator",
        "typing", "manim", "manim_untangle", "netlib", "numpy"}  # fmt: skip
DYNAMIC = {"__import__", "compile", "eval", "exec", "getattr", "globals", "input", "open", "vars"}
SEEDED = {"default_rng", "Generator"}  # of numpy.random
LIBRARIES = ("PIL", "av", "cairo", "contourpy", "manim", "numba", "numpy", "scipy", "typst")
BEYOND = {"os.system", "os.posix_spawn", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"}  # audit events
STANDARD = Path(sysconfig.get_path("stdlib"))
OWN = (Path(netlib.__file__).parent, PACKAGE)
HASHED = (".py", ".safetensors")  # of our folders: sources and weights


@dataclass(frozen=True)
class Played:
    """What a film consists of, after it was played.

    segments: all of them, in order. missing: the numbers of those that the cache does not hold. record: what the scene
    says for film.json. weights: the weights files that it shows. timeline: the film as data, where a teller told it.
    note: what the user should know, "" for nothing. is_pure: whether the play may be kept.
    """

    segments: tuple[Segment, ...]
    missing: tuple[int, ...]
    record: dict[str, Any]
    weights: tuple[Path, ...]
    timeline: bytes | None = None
    note: str = ""
    is_pure: bool = False


class KeptPlay:
    """The place in a cache for the play of a film with these settings and this teller of its timeline.

    It is to be made before the film is played: what changes meanwhile keeps the play from being kept.
    """

    def __init__(self, film: FilmFile, settings: Settings, cache: Cache, teller: Callable[..., Any] | None) -> None:
        self.cache = cache
        self._depends_on = film, settings, teller
        self.causes = _causes(film, settings, teller)

    def read(self) -> Played | None:
        """Return the play; None where there is none, or where the cache does not hold all of its segments."""
        if self.causes is None:
            return None
        with contextlib.suppress(Exception):  # whatever is wrong with a file, the film is played
            names, record, weights, timeline, note = read_result(self._path)
            segments = tuple(Segment.named(name) for name in names)
            if all(map(self.cache.find, dict.fromkeys(segments))):
                told = None if timeline is None else base64.b64decode(timeline)
                shown = tuple(WEIGHTS / name for name in weights)
                return Played(segments, (), json.loads(record), shown, told, note, True)
        return None

    def write(self, played: Played) -> None:
        """Keep a play whose segments the cache holds, where it may be kept."""
        if not played.is_pure or self.causes is None or _causes(*self._depends_on) != self.causes:
            return
        names, weights = [each.name for each in played.segments], [path.name for path in played.weights]
        timeline = None if played.timeline is None else base64.b64encode(played.timeline).decode()
        with contextlib.suppress(OSError, UntangleError):  # on a full disk the film is there, even so
            write_result(self._path, [names, json.dumps(plain(played.record)), weights, timeline, played.note])

    @property
    def _path(self) -> Path:
        return self.cache.results / f"{hashlib.sha256((self.causes or '').encode()).hexdigest()}.json"


@contextlib.contextmanager
def purity(film: FilmFile) -> Iterator[Callable[[Played], Played]]:
    """Watch what a film uses while it is loaded and played within it; yield what notes in the play whether it may be
    kept."""
    watch = _Watch(film.path.resolve())
    may_be = film.ours and _is_pure(film.path)
    if may_be:
        _install_hook()
        _watches.append(watch)
    try:
        yield lambda played: replace(
            played,
            is_pure=may_be
            and not watch.beyond
            and all(path.parent == WEIGHTS for path in played.weights)
            and _knows_all_modules(),
        )
    finally:
        if may_be:
            _watches.remove(watch)


class _Watch:
    """Notes what is used beyond what the causes of a play cover. beyond: a line about the first such thing.

    Threads that ran before do not count: those of a worker talk to its scheduler meanwhile.
    """

    def __init__(self, source: Path) -> None:
        self.beyond = ""
        self.others = {thread.ident for thread in threading.enumerate() if thread is not threading.current_thread()}
        kept = cache_folder().resolve()
        self.roots = (STANDARD, *_sites(), kept / "results", kept / "segments")
        self.texts = str(kept / "typst-")
        memory = Path(f"/proc/{os.getpid()}/statm")  # Dask looks at it whenever Python collects garbage
        on_path = (Path(entry).resolve() for entry in sys.path)  # Python's own zip among them
        self.files = {source, memory, Path(os.devnull), *on_path}

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        if threading.get_ident() in self.others:
            return
        if event in BEYOND:
            self.beyond = self.beyond or event
        elif event == "open" and isinstance(args[0], str | bytes | os.PathLike):
            path = Path(os.path.realpath(os.fsdecode(args[0])))
            ours = path.suffix in HASHED or path.parent.name == "__pycache__"  # what is compiled from them
            own = ours and any(folder in path.parents for folder in OWN)
            known = own or path in self.files or str(path).startswith(self.texts)
            if not known and not any(root in path.parents for root in self.roots):
                self.beyond = self.beyond or f"open {path}"


_watches: list[_Watch] = []
_hooks: list[Callable[[str, tuple[Any, ...]], None]] = []


def _install_hook() -> None:
    """Let Python tell what it opens to the watches. A hook stays for as long as the process runs."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        for watch in _watches:
            watch.note(event, args)

    if not _hooks:
        _hooks.append(hook)
        sys.addaudithook(hook)


def _is_pure(path: Path) -> bool:
    """Whether a film's source imports and calls nothing by which it could differ from one time to the next."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if not all(each.name.partition(".")[0] in PURE for each in names):
                return False
            case ast.ImportFrom(module=module, level=level, names=names):
                top, _, rest = (module or "").partition(".")
                if level or top not in PURE or "random" in (rest, *(each.name for each in names)):
                    return False
            case ast.Name(id=name) if name in DYNAMIC:
                return False
            case ast.Attribute(value=ast.Attribute(attr="random"), attr=name) if name not in SEEDED:
                return False
            case ast.Call(func=ast.Attribute(attr="default_rng"), args=[], keywords=[]):
                return False
    return True


def _causes(film: FilmFile, settings: Settings, teller: Callable[..., Any] | None) -> str | None:
    """Return all that the play of a film of ours depends on, as text; None where that is not known."""
    code = code_version("manim_untangle")
    if not film.ours or settings.format is Format.png or code is None or _is_configured(film):
        return None
    try:
        facts = {
            "code": code.hex(),
            "film": [film.path.name, film.chosen, _digest(film.path)],
            "weights": {path.name: _digest(path) for path in sorted(WEIGHTS.iterdir())},
            "settings": repr(settings),
            "codec": codec(settings),
            "teller": teller and f"{teller.__module__}.{teller.__qualname__}",
            "raster": os.environ.get("UNTANGLE_RASTER"),
            "python": [sys.version, sys.platform],
            "av": av.library_versions,
            "libraries": [getattr(importlib.util.find_spec(name), "origin", None) for name in LIBRARIES],
            "installed": [_installed(folder) for folder in _sites()],
            "manim": _stamps(Path(str(getattr(importlib.util.find_spec("manim"), "origin", ""))).parent),
        }
    except OSError:
        return None
    return json.dumps(facts)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_configured(film: FilmFile) -> bool:
    """Whether a user's manim.cfg may load plugins or change how films are played, or weights of the user's may be taken
    in place of ours."""
    folder = Path.home() / ("AppData/Roaming/Manim" if os.name == "nt" else ".config/manim")
    weights = chosen_folder() or film.path.parent / "weights"
    return any(path.exists() for path in (folder / "manim.cfg", Path("manim.cfg"), weights))


def _sites() -> list[Path]:
    """The folders of the import path in which distributions are installed."""
    found = (Path(entry).resolve() for entry in sys.path)
    return [path for path in dict.fromkeys(found) if path.name in ("site-packages", "dist-packages")]


def _installed(folder: Path) -> list[str]:
    """Return what is installed in a folder: each distribution with its version, and what else Python reads there when
    it starts."""
    found = list[str]()
    for path in folder.iterdir():
        if path.suffix in (".dist-info", ".egg-info"):
            found.append(path.name)
        elif path.suffix == ".pth" or (path.name.startswith("__editable__") and path.suffix == ".py"):
            found.append(f"{path.name} {_digest(path)}")
    return sorted(found)


def _stamps(folder: Path) -> str:
    """Return a digest of the sizes and times of Manim's sources, which people edit where they are installed."""
    facts = [
        (str(path), stat.st_size, stat.st_mtime_ns) for path in sorted(folder.rglob("*.py")) if (stat := path.stat())
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _knows_all_modules() -> bool:
    """Whether each module that is loaded is of the standard library, of this project, or installed; and no text was set
    in a font of the system."""
    fonts = sys.modules.get("manim_untangle.draw.fonts")
    if fonts is not None and fonts.of_the_system.cache_info().currsize:
        return False
    roots = (STANDARD, *_sites(), *OWN)
    return all(_is_known(name, module, roots) for name, module in list(sys.modules.items()))


def _is_known(name: str, module: ModuleType, roots: tuple[Path, ...]) -> bool:
    file = getattr(module, "__file__", None)
    # torch makes modules while it runs, and gives them the name of a file
    if (
        not isinstance(file, str)
        or not os.path.isabs(file)
        or name in ("__main__", "__mp_main__")
        or name.startswith("films_by_path")
    ):
        return True
    path = Path(os.path.realpath(file))
    return any(root in path.parents for root in roots)
