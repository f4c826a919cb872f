"""TensorFlow Playground's URL: it holds the settings and a seed, and no weights; so the network is trained here."""

from __future__ import annotations

import math
import zlib
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from netlib.errors import BadFile
from netlib.readers.files import shown
from netlib.readers.steps import ReadNetwork
from netlib.training.recipe import Recipe

T = TypeVar("T")

HOST = "playground.tensorflow.org"
DATA = {"circle": "circle", "xor": "xor", "gauss": "gauss", "spiral": "spiral"}
REGRESSIONS = {"reg-plane": "plane", "reg-gauss": "hills"}
# Playground's name of each feature, ours, and whether it is on where the URL does not say
FEATURES = (
    ("x", "x1", True),
    ("y", "x2", True),
    ("xSquared", "x1x1", False),
    ("ySquared", "x2x2", False),
    ("xTimesY", "x1x2", False),
    ("sinX", "sin1", False),
    ("sinY", "sin2", False),
)
REFUSED = ("cosX", "cosY")
ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "identity"}
DEEPEST, WIDEST, LONGEST_URL = 12, 64, 4_000
STEPS = 3_000
ANY_SCORE = -1e6  # Playground shows whatever training gives, and so do we
FEW_INPUTS = 3  # legibility is measured on a grid of the input, which grows with its dimension


def is_playground(text: str) -> bool:
    """Whether the text is a URL of TensorFlow Playground."""
    return text.strip().lower().removeprefix("https://").removeprefix("http://").startswith(HOST)


def read_playground(url: str) -> ReadNetwork:
    """Return the network that a Playground URL describes, trained here. Raises MissingTorch without torch."""
    recipe, said = playground_recipe(url)
    from netlib.training.loop import train

    network, record = train(recipe)
    reached = float(record["score"])
    what = f"root mean square error {-reached:.3g}" if recipe.dataset().regression else f"accuracy {reached:.1%}"
    return ReadNetwork(network, (*said, f"It reached {what} in {record['steps']} steps."), recipe=recipe)


def playground_recipe(url: str) -> tuple[Recipe, tuple[str, ...]]:
    """Return what a Playground URL asks for, as a recipe, and in sentences what is done otherwise than there.

    Raises BadFile, naming the setting, for values that Playground does not have and for features that it never had
    (cosX, cosY).
    """
    said = _settings(url)
    regression = _one_of(said, "problem", {"classification": False, "regression": True}, "classification")
    kind = (
        _one_of(said, "regDataset", REGRESSIONS, "reg-plane")
        if regression
        else _one_of(said, "dataset", DATA, "circle")
    )
    noise = _number(said, "noise", 0.0, 0.0, 50.0) / 100
    inputs = "+".join(ours for theirs, ours, default in FEATURES if _flag(said, theirs, default))
    for name in REFUSED:
        if _flag(said, name, False):
            raise BadFile(
                f"the Playground URL asks for {name}, a feature that Playground does not have. Set it to false"
            )
    if not inputs:
        raise BadFile("the Playground URL turns every feature off. Turn x or y on")
    seed = said.get("seed", "0")
    recipe = Recipe(
        data=f"playground_{kind}:seed={_seed(seed)},noise={noise:g},features={inputs}",
        widths=(*_shape(said), 1),
        activation=_one_of(said, "activation", ACTIVATIONS, "tanh"),
        seed=_seed(seed),
        steps=STEPS,
        legibility=1e-2 if inputs.count("+") < FEW_INPUTS else 0.0,
        target=ANY_SCORE,
        attempts=1,
    )
    return recipe, _sentences(said)


def _sentences(said: dict[str, str]) -> tuple[str, ...]:
    rate, batch = said.get("learningRate", "0.03"), said.get("batchSize", "10")
    return (
        "A Playground URL holds settings and a seed, no weights: this network was trained here, "
        "on points drawn here by the same rule. It is like the one on that page, not the same.",
        f"Trained with Adam on all points at once, in place of steps of {shown(batch)} points at rate {shown(rate)}.",
    )


def _settings(url: str) -> dict[str, str]:
    try:
        parts = urlsplit(url.strip()[: LONGEST_URL + 1])
        found = parse_qs(parts.fragment or parts.query, keep_blank_values=True, max_num_fields=200)
    except ValueError as problem:
        raise BadFile(f"the Playground URL cannot be read ({shown(problem)}). Copy it again") from None
    if len(url) > LONGEST_URL:
        raise BadFile(f"the Playground URL has {len(url)} characters. Copy it again")
    return {name: values[-1].strip() for name, values in found.items()}


def _one_of(said: dict[str, str], name: str, known: dict[str, T], default: str) -> T:
    value = said.get(name) or default
    if value not in known:
        raise BadFile(f"the Playground URL has {name}={shown(value)}. Known: {', '.join(known)}")
    return known[value]


def _flag(said: dict[str, str], name: str, default: bool) -> bool:
    return said[name] != "false" if said.get(name) else default


def _number(said: dict[str, str], name: str, default: float, least: float, most: float) -> float:
    try:
        value = float(said.get(name) or default)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise BadFile(f"the Playground URL has {name}={shown(said[name])}. It must be {least:g} to {most:g}")
    return value


def _shape(said: dict[str, str]) -> tuple[int, ...]:
    parts = [part.strip() for part in said.get("networkShape", "4,2").split(",") if part.strip()]
    if len(parts) > DEEPEST or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise BadFile(
            f"the Playground URL has networkShape={shown(said['networkShape'])}. Give at most {DEEPEST} widths"
        )
    widths = tuple(int(part) for part in parts)
    if not all(1 <= width <= WIDEST for width in widths):
        raise BadFile(f"the Playground URL has networkShape={shown(said['networkShape'])}. Widths are 1 to {WIDEST}")
    return widths


def _seed(text: str) -> int:
    """Playground's seed is a text such as 0.71865; ours is a whole number made from it."""
    digits = text.removeprefix("0.")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else zlib.crc32(text.encode())
