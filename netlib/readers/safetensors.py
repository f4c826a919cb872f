"""safetensors: arrays by name, and text beside them. Our own weights carry their activations there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from netlib.activations import is_activation
from netlib.errors import BadFile
from netlib.layer_tensors import unpacked
from netlib.layers import dense
from netlib.network import Network
from netlib.readers.files import MAX_STRUCTURE, ReadOptions, damage, finite, numbers, parsed_json, printable
from netlib.readers.named_arrays import network_from
from netlib.readers.steps import ReadNetwork

SUFFIXES = (".safetensors",)
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "bf16", "I64": "<i8", "I32": "<i4"}
DTYPES |= {"I16": "<i2", "I8": "|i1", "U8": "|u1", "BOOL": "|b1"}


def recognises(data: bytes, members: tuple[str, ...]) -> bool:
    """Whether the bytes begin with the length of a header, and the header with a brace."""
    return data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data) - 8


def read(data: bytes, options: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of a safetensors file. Activations in its metadata are used."""
    import safetensors

    header = data[8 : 8 + min(int.from_bytes(data[:8], "little"), MAX_STRUCTURE + 1)]
    if len(header) > MAX_STRUCTURE:
        raise BadFile(f"is damaged, or has more than {MAX_STRUCTURE:,} bytes of names. Save the weights again, alone")
    with damage("is damaged or no safetensors file"):
        found: list[tuple[str, dict[str, Any]]] = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    arrays = {name: _array(name, tensor) for name, tensor in sorted(found)}
    if b'"recipe"' in header and (words := _words(header, "layers")):  # `save_weights` wrote it, of layers of any kind
        with damage("holds layers that do not fit", "Save the weights again"):
            *hidden, readout = unpacked(words, {name: finite(array, name) for name, array in arrays.items()})
            return ReadNetwork(Network(tuple(hidden), dense(readout)))
    if not options.activations and not options.order:
        options = replace(options, activations=_activations(header))
    return network_from(arrays, options)


def _array(name: str, tensor: dict[str, Any]) -> NDArray[Any]:
    if tensor["dtype"] not in DTYPES:
        raise BadFile(f"'{printable(name)}' holds {printable(tensor['dtype'])}. Save it as float32 or float64")
    return numbers(bytes(tensor["data"]), DTYPES[tensor["dtype"]], tuple(tensor["shape"]), name)


def _activations(header: bytes) -> tuple[str, ...]:
    """The activations of each layer, readout included, that `save_weights` wrote; empty for files of others."""
    names = _words(header, "activations")
    if not all(isinstance(name, str) and is_activation(name) for name in names):
        raise BadFile("names activations in its metadata that are not known. Give them with --activation")
    return tuple(names)


def _words(header: bytes, name: str) -> list[Any]:
    """A list in the metadata, written as JSON; empty where there is none."""
    metadata = parsed_json(header, "its header").get("__metadata__")
    text = metadata.get(name) if isinstance(metadata, dict) else None
    if not isinstance(text, str):
        return []
    found = parsed_json(f'{{"found": {text}}}'.encode(), f"its metadata '{name}'").get("found")
    if not isinstance(found, list):
        raise BadFile(f"has a '{name}' in its metadata that is no list. Save the weights again")
    return found
