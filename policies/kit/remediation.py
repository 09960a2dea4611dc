"""Remediates planned inputs: sets properties, and leaves secrets, unknowns and everything else as the engine sent it."""

from collections.abc import Sequence
from typing import Any

from google.protobuf import json_format, struct_pb2

from policies.kit.rule import RemediationValues
from policies.kit.values import Value


def remediate(properties: Any, values: RemediationValues) -> Any:
    """A copy of the protobuf `Struct` with each dotted path of `values` set; blocks on the way are made where they are absent.

    A block that is a list is changed in each of its elements; an absent one is made as a single block.
    """
    changed = struct_pb2.Struct()
    changed.CopyFrom(properties)
    for path, value in values.items():
        _set(changed, path.split("."), value)
    return changed


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
