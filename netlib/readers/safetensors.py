"""safetensors: arrays by name, and text beside them. Our own weights carry their activations there."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from netlib.activations import activations
from netlib.errors import BadFile
from netlib.readers.files import numbers, parsed_json, shown
from netlib.readers.options import ReadOptions
from netlib.readers.ordering import network_from
from netlib.readers.steps import ReadNetwork
from netlib.readers.tensors import parts_of

SUFFIXES = (".safetensors",)
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "bf16", "I64": "<i8", "I32": "<i4"}


def read(data: bytes, asked: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of a safetensors file. Activations in its metadata are used."""
    import safetensors

    try:
        found: list[tuple[str, dict[str, Any]]] = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as problem:
        raise BadFile(f"is damaged or no safetensors file ({shown(problem)}). Save it again") from None
    tensors = {name: _array(name, tensor) for name, tensor in found}
    if not asked.activations and not asked.order:
        asked = ReadOptions(_activations(data), asked.order, asked.layout)
    return network_from(parts_of(dict(sorted(tensors.items()))), asked)


def _array(name: str, tensor: dict[str, Any]) -> NDArray[Any]:
    if tensor["dtype"] not in DTYPES:
        raise BadFile(f"'{shown(name)}' holds {shown(tensor['dtype'])}. Save it as float32 or float64")
    return numbers(bytes(tensor["data"]), DTYPES[tensor["dtype"]], tuple(tensor["shape"]), name)


def _activations(data: bytes) -> tuple[str, ...]:
    """The activations of each layer, readout included, that `save_weights` wrote; empty for others' files."""
    length = int.from_bytes(data[:8], "little")
    said = parsed_json(data[8 : 8 + length], "its header").get("__metadata__")
    text = said.get("activations") if isinstance(said, dict) else None
    if not isinstance(text, str):
        return ()
    names = parsed_json(f'{{"activations": {text}}}'.encode(), "its metadata 'activations'")["activations"]
    if not isinstance(names, list) or not all(name in activations() for name in names if isinstance(name, str)):
        raise BadFile("names activations in its metadata that are not known. Give them with --activation")
    return tuple(name for name in names if isinstance(name, str))
