"""The documentation site: it builds without a warning, a dead link stops it, and it fits a phone."""

from __future__ import annotations

import os
import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from manim_untangle.cli import docs
from manim_untangle.render.films import films
from netlib import certificates
from netlib.errors import UntangleError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# elements that stick out of the screen, and lie in none that scrolls by itself
TOO_WIDE = """() => [...document.querySelectorAll('article *')].filter(element => {
    if (element.getBoundingClientRect().right <= innerWidth + 1) return false
    for (let around = element.parentElement; around !== document.body; around = around.parentElement)
        if (getComputedStyle(around).overflowX !== 'visible') return false
    return true
}).map(element => element.outerHTML.slice(0, 100))"""

for library in ("sphinx", "furo", "myst_parser"):
    pytest.importorskip(library)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as the command builds it."""
    folder, said = tmp_path_factory.mktemp("site"), list[str]()
    docs.docs(folder, said.append)
    assert [line.rpartition("/")[2] for line in said] == ["index.html"]
    return folder


def text(page: Path) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))


@pytest.mark.slow
def test_the_reference_documents_every_public_name(site: Path) -> None:
    page = (site / "api/certificates.html").read_text(encoding="utf-8")
    assert [name for name in certificates.__all__ if f'id="netlib.certificates.{name}"' not in page] == []
    page = (site / "api/netlib.html").read_text(encoding="utf-8")
    assert '<a class="reference internal" href="#netlib.Move"' in page  # of a signature, to the public name
    assert "Return where points (N, d) are at time t in [0, len(moves)]" in text(site / "api/netlib.html")


@pytest.mark.slow
def test_the_gallery_shows_every_film(site: Path) -> None:
    shown = text(site / "gallery.html")
    for film in films():
        assert film.title in shown
        assert (site / f"_static/films/{film.name}.webp").stat().st_size > 1000


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen(site: Path, width: int) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with playwright.sync_playwright() as started:
        try:
            browser = started.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        except playwright.Error as problem:
            pytest.skip(f"Chromium cannot be had here ({str(problem).splitlines()[0]}): apt-get install chromium")
        screen = browser.new_page(viewport={"width": width, "height": 900})
        pages = [page for page in site.rglob("*.html") if "_modules" not in page.parts]
        assert len(pages) > 12
        for page in pages:
            screen.goto(page.as_uri())
            assert screen.evaluate("document.scrollingElement.scrollWidth") <= width, page
            assert screen.evaluate(TOO_WIDE) == [], page
        browser.close()


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of its own, in a copy of the settings of the site."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in ("conf.py", "site_directives.py", "preview.py", "site.css", "films.webp"):
        shutil.copy(docs.ROOT / "docs" / name, folder)
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")])))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("[there](nowhere.md)", "nowhere.md"),
        ("[there](#nowhere)", "nowhere"),
        ("{py:obj}`netlib.Nothing`", "netlib.Nothing"),
        ("![a picture](nowhere.webp)", "nowhere.webp"),
    ],
)
def test_what_leads_nowhere_stops_the_build(copy: Path, capfd: Any, page: str, said: str) -> None:
    (copy / "index.md").write_text(f"# A page\n\n{page}\n")
    with pytest.raises(UntangleError, match="the site has the faults above"):
        docs.docs(copy.parent / "out", print)
    assert said in capfd.readouterr().err


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "find_spec", lambda name: None if name == "sphinx" else name)
    with pytest.raises(UntangleError, match=r"needs sphinx, .* Run: "):
        docs.docs(tmp_path, print)


def test_an_installed_package_says_that_it_has_no_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    with pytest.raises(UntangleError, match="built from a copy of the project"):
        docs.docs(tmp_path, print)
