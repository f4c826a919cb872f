"""`untangle watch`: a film in a page, as it is written. What is saved is shown, at the moment where one was."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from manim_untangle.publish.live import LiveServer
from manim_untangle.render.cache import results_kept
from manim_untangle.render.films import FilmFile
from manim_untangle.web.live import Changed, LiveFilm, fault

EVERY = 0.1  # seconds between two looks at the film's files

Say = Callable[[str], None]


def watch(film: FilmFile, host: str, port: int, say: Say, opened: Callable[[str], object] | None = None) -> None:
    """Serve a film live, until Ctrl-C. opened: is called with the address of the page once it is served."""
    with LiveServer(film.title, host, port) as server, results_kept():
        server.start()
        say(f"{server.url} shows {film.argument}. Stop with Ctrl-C.")
        if opened is not None:
            opened(server.url)
        try:
            live = LiveFilm(film)
            while True:
                if live.changed():
                    follow(live, server, say)
                time.sleep(EVERY)
        except KeyboardInterrupt:
            say("stopped")


def follow(live: LiveFilm, server: LiveServer, say: Say) -> None:
    """Show the film as it is now: first the moment that the page shows, then the whole of it; or say what is wrong."""
    began, name = time.monotonic(), live.film.path.name
    try:
        moment = server.moment
        if content := live.glance(moment):
            server.show(content, whole=False)
            say(f"{name}: {moment:.1f} s is shown after {time.monotonic() - began:.1f} s")
        server.show(live.whole(), whole=True)
        say(f"{name}: all of it is shown after {time.monotonic() - began:.1f} s")
    except Changed:
        pass
    except (Exception, SystemExit) as problem:
        line = fault(problem, live.film.path)
        server.fail(line)
        print(f"error: {line}", file=sys.stderr, flush=True)
