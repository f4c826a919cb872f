"""safetensors: arrays by name, and text beside them. Our own weights carry their activations there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from netlib.activations import is_activation
from netlib.errors import BadFile
from netlib.readers.files import MAX_STRUCTURE, ReadOptions, damage, numbers, parsed_json, printable
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
    if not options.activations and not options.order:
        options = replace(options, activations=_activations(header))
    return network_from({name: _array(name, tensor) for name, tensor in sorted(found)}, options)


def _array(name: str, tensor: dict[str, Any]) -> NDArray[Any]:
    if tensor["dtype"] not in DTYPES:
        raise BadFile(f"'{printable(name)}' holds {printable(tensor['dtype'])}. Save it as float32 or float64")
    return numbers(bytes(tensor["data"]), DTYPES[tensor["dtype"]], tuple(tensor["shape"]), name)


def _activations(header: bytes) -> tuple[str, ...]:
    """The activations of each layer, readout included, that `save_weights` wrote; empty for files of others."""
    metadata = parsed_json(header, "its header").get("__metadata__")
    text = metadata.get("activations") if isinstance(metadata, dict) else None
    if not isinstance(text, str):
        return ()
    names = parsed_json(f'{{"activations": {text}}}'.encode(), "its metadata 'activations'").get("activations")
    if not isinstance(names, list) or not all(isinstance(name, str) and is_activation(name) for name in names):
        raise BadFile("names activations in its metadata that are not known. Give them with --activation")
    return tuple(names)
