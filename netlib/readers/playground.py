"""TensorFlow Playground's URL: it holds settings and a seed, and no weights, so the network is trained here."""

from __future__ import annotations

import contextlib
import zlib
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from netlib.errors import BadFile
from netlib.readers.files import printable
from netlib.readers.steps import ReadNetwork
from netlib.training.recipe import Recipe

T = TypeVar("T")

HOST, EXTRA = "playground.tensorflow.org", "train"
DATA = {"circle": "circle", "xor": "xor", "gauss": "gauss", "spiral": "spiral"}
REGRESSIONS = {"reg-plane": "plane", "reg-gauss": "hills"}
# Playground's name of each feature, and ours; the first two are on where the URL does not say.
FEATURES = {"x": "x1", "y": "x2", "xSquared": "x1x1", "ySquared": "x2x2", "xTimesY": "x1x2", "sinX": "sin1"}
FEATURES |= {"sinY": "sin2"}
REFUSED = ("cosX", "cosY")
ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "identity"}
DEEPEST, WIDEST, LONGEST_URL = 12, 64, 4_000
STEPS = 3_000
ANY_SCORE = -1e6  # Playground shows whatever training gives, and so do we
FEW_INPUTS = 3  # the log-volume penalty needs a grid of the input, which grows with its dimension


def is_playground(text: str) -> bool:
    """Whether the text is a URL of TensorFlow Playground."""
    return text.strip().lower().removeprefix("https://").removeprefix("http://").startswith(HOST)


def read_playground(url: str) -> ReadNetwork:
    """Return the network that a Playground URL describes, trained here. Raises MissingTorch without torch."""
    recipe, assumptions = playground_recipe(url)
    from netlib.training.loop import train

    network, record = train(recipe)
    reached = float(record["score"])
    what = f"root mean square error {-reached:.3g}" if recipe.dataset().regression else f"accuracy {reached:.1%}"
    return ReadNetwork(network, (*assumptions, f"It reached {what} in {record['steps']} steps."), recipe=recipe)


def playground_recipe(url: str) -> tuple[Recipe, tuple[str, ...]]:
    """Return what a Playground URL asks for, as a recipe, and in sentences what is done otherwise than there.

    Raises BadFile, naming the setting, for values that Playground does not have and for features that it never had
    (cosX, cosY).
    """
    given = _settings(url)
    is_on = {name: given.get(name, "") not in ("", "false") for name in (*FEATURES, *REFUSED)}
    is_on |= {name: given.get(name) != "false" for name in ("x", "y")}
    for name in REFUSED:
        if is_on[name]:
            raise BadFile(
                f"the Playground URL asks for {name}, a feature that Playground does not have. Set it to false"
            )
    inputs = [ours for theirs, ours in FEATURES.items() if is_on[theirs]]
    if not inputs:
        raise BadFile("the Playground URL turns every feature off. Turn x or y on")
    is_regression = _one_of(given, "problem", {"classification": False, "regression": True}, "classification")
    if is_regression:
        kind = _one_of(given, "regDataset", REGRESSIONS, "reg-plane")
    else:
        kind = _one_of(given, "dataset", DATA, "circle")
    seed, shape = _seed(given.get("seed", "0")), _shape(given)
    recipe = Recipe(
        data=f"playground_{kind}:seed={seed},noise={_noise(given):g},features={'+'.join(inputs)}",
        widths=(*shape, 1),
        activation=_one_of(given, "activation", ACTIVATIONS, "tanh"),
        seed=seed,
        steps=STEPS,
        log_volume_penalty=1e-2 if len(inputs) <= FEW_INPUTS and shape and not is_regression else 0.0,
        target=ANY_SCORE,
        attempts=1,
    )
    rate, batch = given.get("learningRate", "0.03"), given.get("batchSize", "10")
    share, penalty = given.get("percTrainData", "50"), given.get("regularization") or "none"
    otherwise = [
        f"on all points at once, in place of steps of {printable(batch)} points at rate {printable(rate)}",
        f"on every point, in place of {printable(share)} % of them" if share != "100" else "",
        "with its own weight decay"
        + (f", in place of {printable(penalty)} at rate {printable(given.get('regularizationRate', '0'))}")
        if penalty.lower() != "none"
        else "",
    ]
    return recipe, (
        "A Playground URL holds settings and a seed, no weights: this network was trained here, "
        "on points drawn here by the same rule. It is like the one on that page, not the same.",
        f"Trained with Adam {', '.join(filter(None, otherwise))}.",
    )


def _settings(url: str) -> dict[str, str]:
    try:
        # a link that is copied from a page's source has &amp; for &
        parts = urlsplit(url.strip()[: LONGEST_URL + 1].replace("&amp;", "&"))
        found = parse_qs(parts.fragment or parts.query, keep_blank_values=True, max_num_fields=200)
    except ValueError as problem:
        raise BadFile(f"the Playground URL cannot be read ({printable(problem)}). Copy it again") from None
    if len(url) > LONGEST_URL:
        raise BadFile(f"the Playground URL has {len(url)} characters. Copy it again")
    return {name: values[-1].strip() for name, values in found.items()}


def _refused(name: str, value: str, cure: str) -> BadFile:
    return BadFile(f"the Playground URL has {name}={printable(value)}. {cure}")


def _one_of(given: dict[str, str], name: str, known: dict[str, T], default: str) -> T:
    value = given.get(name) or default
    if value not in known:
        raise _refused(name, value, f"Known: {', '.join(known)}")
    return known[value]


def _noise(given: dict[str, str]) -> float:
    """Noise as a share; the URL has it in percent."""
    text = given.get("noise") or "0"
    with contextlib.suppress(ValueError):
        if 0 <= float(text) <= 50:
            return float(text) / 100
    raise _refused("noise", text, "It must be 0 to 50")


def _shape(given: dict[str, str]) -> tuple[int, ...]:
    text = given.get("networkShape", "4,2")
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > DEEPEST or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise _refused("networkShape", text, f"Give at most {DEEPEST} widths")
    if not all(1 <= int(part) <= WIDEST for part in parts):
        raise _refused("networkShape", text, f"Widths are 1 to {WIDEST}")
    return tuple(int(part) for part in parts)


def _seed(text: str) -> int:
    """Playground's seed is a text such as 0.71865; ours is a whole number made from it."""
    digits = text.removeprefix("0.")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else zlib.crc32(text.encode())
