"""The words of a film in another language: files that a translator fills and the player reads (docs/player.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netlib.errors import BadFile, UntangleError

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # the usual part of BCP 47
LETTERS = re.compile(r"[^\W\d_]{2}")  # what has no word needs no translation


def file_of(timeline: Path, language: str) -> Path:
    """Return the file of a language beside a timeline: film.timeline has film.de.json.

    Raises UntangleError for what is no code of a language.
    """
    if not LANGUAGE.fullmatch(language):
        raise UntangleError(f"'{language}' is no code of a language. Write it like de or pt-BR")
    return timeline.with_name(f"{timeline.stem}.{language}.json")


def translations_beside(timeline: Path) -> dict[str, Path]:
    """Return the files beside a timeline by their language. Raises BadFile for one that the player cannot read."""
    found = {path.name.split(".")[-2]: path for path in timeline.parent.glob(f"{timeline.stem}.*.json")}
    files = {name: found[name] for name in sorted(found) if LANGUAGE.fullmatch(name)}
    for path in files.values():
        read_translation(path)
    return files


def read_translation(path: Path) -> dict[str, str]:
    """Return what to say in place of what. Raises BadFile for a file that does not say that."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadFile(f"{path} cannot be read: {' '.join(str(problem).split())}") from None
    if not isinstance(content, dict) or not all(isinstance(each, str) for each in content.values()):
        raise BadFile(f'{path} is no translation. It holds an object like {{"Words of the film": "Their translation"}}')
    return content


def words_of(header: Mapping[str, Any]) -> list[str]:
    """Return what a timeline's header says, each once, in the order in which it is said: its title, names of chapters,
    captions, questions with their choices, and labels. What has no word, such as a number, is left out."""
    rate = header["rate"]
    said = [(-1.0, header.get(name) or "") for name in ("title", "alt")]
    said += [(each["start"], each["name"]) for each in header["chapters"]]
    for each in [*header["captions"], *header.get("questions", ())]:
        said += [(each["start"], text) for text in (each["text"], *(each.get("choices") or ()))]
    said += [(each["from"] / rate, each["text"]) for each in header["items"] if each.get("text")]
    said.sort(key=lambda each: each[0])
    return list(dict.fromkeys(text for _, text in said if LETTERS.search(text)))


def to_translate(words: list[str], known: Mapping[str, str]) -> str:
    """Return the content of a file in which every word stands for itself until somebody translates it.

    known: translations that there are. What the film says no more stays at the end, for it may come back.
    """
    return json.dumps({**{word: word for word in words}, **known}, ensure_ascii=False, indent=1) + "\n"
