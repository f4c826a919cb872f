"""The server: ranges, types, CORS for what players ask, and nothing outside the site."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manim_untangle.publish.film import MissingFilm
from manim_untangle.publish.server import PortTaken, RangeNotSatisfiable, Server, byte_range, served_file
from tests.thorough import examples

CONTENT = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.txt").write_text("secret")
    site = outside / "site"
    (site / "film").mkdir(parents=True)
    (site / "index.html").write_text("<p>gallery")
    (site / "film" / "index.html").write_text("<p>film")
    (site / "film" / "film.mp4").write_bytes(CONTENT)
    (site / "film" / "captions.vtt").write_text("WEBVTT\n")
    (site / "film" / ".hidden").write_text("secret")
    (site / "film" / "empty.txt").write_bytes(b"")
    (site / "link.txt").symlink_to(outside / "secret.txt")
    (site / "linked").symlink_to(outside)
    (site / "inside.vtt").symlink_to(site / "film" / "captions.vtt")
    (site / "nothing").mkdir()
    with Server(site, port=0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": "localhost", **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    result = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    connection.close()
    return result


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/film/", "text/html; charset=utf-8"),
        ("/film/index.html?autoplay=1", "text/html; charset=utf-8"),
        ("/film/film.mp4", "video/mp4"),
        ("/film/captions.vtt", "text/vtt; charset=utf-8"),
        ("/inside.vtt", "text/vtt; charset=utf-8"),
    ],
)
def test_files_come_with_their_types(server: Server, path: str, kind: str) -> None:
    status, headers, _ = ask(server, path)
    assert (status, headers["content-type"]) == (200, kind)
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, 10239), ("bytes=-50", 10190, 10239), ("bytes=5-99999", 5, 10239)],
)
def test_a_range_is_answered_with_exactly_its_bytes(server: Server, asked: str, first: int, last: int) -> None:
    status, headers, body = ask(server, "/film/film.mp4", Range=asked)
    assert (status, headers["content-range"]) == (206, f"bytes {first}-{last}/10240")
    assert body == CONTENT[first : last + 1]
    assert headers["content-length"] == str(len(body))


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=99999-100000", "bytes=-0"])
def test_a_range_outside_the_file_is_refused_with_its_size(server: Server, asked: str) -> None:
    status, headers, _ = ask(server, "/film/film.mp4", Range=asked)
    assert (status, headers["content-range"]) == (416, "bytes */10240")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=9-3", "bytes=a-b", "bytes=-"])
def test_a_range_that_is_not_understood_gives_the_whole_file(server: Server, asked: str) -> None:
    status, headers, body = ask(server, "/film/film.mp4", Range=asked)
    assert (status, body) == (200, CONTENT)
    assert headers["accept-ranges"] == "bytes"


@examples(300)
@given(st.integers(0, 30), st.text("bytes=-0123456789, "), st.integers(0, 40), st.integers(0, 40))
def test_no_range_reaches_outside_the_file(size: int, junk: str, a: int, b: int) -> None:
    for header in (junk, f"bytes={a}-{b}", f"bytes={a}-", f"bytes=-{b}"):
        with contextlib.suppress(RangeNotSatisfiable):
            first, end = byte_range(header, size) or (0, size)
            assert 0 <= first <= end <= size


def test_head_says_what_get_would_send(server: Server) -> None:
    status, headers, body = ask(server, "/film/film.mp4", "HEAD")
    assert (status, headers["content-length"], body) == (200, "10240", b"")


def test_an_empty_file_is_sent_as_such(server: Server) -> None:
    assert ask(server, "/film/empty.txt")[::2] == (200, b"")
    assert ask(server, "/film/empty.txt", Range="bytes=0-")[0] == 416


@pytest.mark.parametrize("path", ["/film/captions.vtt", "/film/film.mp4"])
def test_other_sites_may_play_films_with_captions(server: Server, path: str) -> None:
    assert ask(server, path, Origin="https://forum.example")[1]["access-control-allow-origin"] == "*"
    status, headers, _ = ask(server, path, "OPTIONS", Origin="https://forum.example")
    assert (status, headers["access-control-allow-headers"]) == (204, "Range")


def test_pages_are_not_shared_with_other_sites(server: Server) -> None:
    assert "access-control-allow-origin" not in ask(server, "/film/")[1]


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/film/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/film/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/film/..\\..\\secret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/link.txt",
        "/linked/secret.txt",
        "/linked/",
        "/film/.hidden",
        "/film/film.mp4/",
        "/film/film.mp4%00.html",
        "/nothing/",
        "/nothing",
        "/missing.html",
        "/" + "a" * 5000,
        "/%ff%fe",
    ],
)
def test_nothing_outside_the_site_is_given(server: Server, path: str) -> None:
    status, _, body = ask(server, path)
    assert (status, body) == (404, b"Not Found\n")


@examples(300)
@given(st.lists(st.sampled_from(["..", ".", "", "film", "linked", "secret.txt", "link.txt", "site", "\\", "%2e"])))
def test_whatever_is_asked_what_is_served_lies_inside(server: Server, names: list[str]) -> None:
    path = served_file(server.site, "/" + "/".join(names))
    assert path is None or path.is_relative_to(server.site)


def test_a_folder_without_its_slash_leads_to_it_on_this_host(server: Server) -> None:
    status, headers, _ = ask(server, "/film")
    assert (status, headers["location"]) == (301, "/film/")
    status, headers, _ = ask(server, "//film")
    assert (status, headers["location"]) == (301, "/film/")


def test_what_has_not_changed_is_not_sent_again(server: Server) -> None:
    modified = ask(server, "/film/film.mp4")[1]["last-modified"]
    status, _, body = ask(server, "/film/film.mp4", If_Modified_Since=modified)
    assert (status, body) == (304, b"")
    assert ask(server, "/film/film.mp4", If_Modified_Since="soon")[0] == 200


def test_only_reading_is_possible(server: Server) -> None:
    assert ask(server, "/index.html", "DELETE")[0] == 501


def test_it_listens_on_this_machine_only(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.url.startswith("http://127.0.0.1:")


def test_a_taken_port_is_said_with_its_cure(server: Server) -> None:
    with pytest.raises(PortTaken, match=r"cannot be opened.*--port 0"):
        Server(server.site, port=server.server_address[1])


def test_a_folder_without_a_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFilm, match="untangle publish --all"):
        Server(tmp_path, port=0)


@pytest.mark.slow
def test_a_reader_who_leaves_early_does_no_harm(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.server_address[1])) as leaving:
        leaving.sendall(b"GET /film/film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert ask(server, "/")[0] == 200
