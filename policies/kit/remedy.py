"""Mends planned inputs: sets properties, and leaves secrets, unknowns and everything else as the engine sent it."""

from collections.abc import Sequence
from typing import Any

from google.protobuf import json_format, struct_pb2

from policies.kit.rule import Remedy
from policies.kit.values import Value


def mend(properties: Any, remedy: Remedy) -> Any:
    """A copy of the protobuf `Struct` with each dotted path of `remedy` set; blocks on the way are made where they are absent.

    A block that is a list is mended in each of its elements; an absent one is made as a single block.
    """
    mended = struct_pb2.Struct()
    mended.CopyFrom(properties)
    for path, value in remedy.items():
        _set(mended, path.split("."), value)
    return mended


def _set(struct: Any, path: Sequence[str], value: Value) -> None:
    head, rest = path[0], path[1:]
    if not rest:
        json_format.ParseDict(value, struct.fields[head])
        return
    field = struct.fields[head]
    blocks = field.list_value.values if field.WhichOneof("kind") == "list_value" else [field]
    for block in blocks:
        # Reading struct_value makes an empty block where there was none.
        _set(block.struct_value, rest, value)
