"""Many networks: their files, in folders too, and their certificates, by this process or by workers of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from manim_untangle.render.cache import results_kept
from manim_untangle.render.cluster import Workers
from manim_untangle.render.progress import report_bar
from netlib.certificates.report import Row, report
from netlib.datasets import Dataset
from netlib.errors import BadFile, UntangleError
from netlib.network import Network
from netlib.readers import readers

Certified = tuple[Row, ...] | Exception


def weight_files(models: Sequence[str], out: Path | None = None) -> list[str]:
    """Return the models, with the files of weights in a folder, at any depth, in place of it. Raises BadFile where
    there are none. What lies in hidden folders and in `out`, where films go, is left out."""
    found = list[str]()
    for model in models:
        if Path(model).is_dir():
            inside = [path for path in sorted(Path(model).rglob("*")) if path.suffix.lower() in readers()]
            found += [
                str(path)
                for path in inside
                if not any(part.startswith(".") for part in path.relative_to(model).parts)
                and (out is None or out.resolve() not in path.resolve().parents)
            ]
        else:
            found.append(model)
    if not found:
        raise BadFile(f"{', '.join(models)}: no file of weights is there. Name files, or a folder that holds some")
    return list(dict.fromkeys(found))


def certificates(
    networks: Sequence[tuple[Network, Dataset]], workers: Workers, use_cache: bool, betti: bool = False
) -> Iterator[tuple[int, Certified]]:
    """Yield the number of each network and its certificates, or what went wrong, as it is done; with a bar."""
    calls = [(network, data, use_cache, betti) for network, data in networks]
    with report_bar("certificates") as progress:
        for done, (number, found) in enumerate(workers.each_of(certified, calls), 1):
            progress(f"{done} of {len(calls)} networks", done, len(calls))
            yield number, found


def certified(network: Network, data: Dataset, use_cache: bool, betti: bool = False) -> Certified:
    """Return the certificates of a network, or what went wrong. A worker may call it."""
    try:
        with results_kept(use_cache):
            return report(network, data, betti)
    except UntangleError as problem:
        return problem


def in_one_line(problem: Exception) -> str:
    """Return what went wrong, in one line."""
    return " ".join((str(problem) if isinstance(problem, UntangleError) else repr(problem)).split())


def named(line: str, model: str) -> str:
    """Return a line with the name of the model that it speaks of."""
    return line if model in line else f"{model}: {line}"
