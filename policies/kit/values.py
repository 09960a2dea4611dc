"""Planned property values as a rule sees them: unknowns are marked, secrets are unwrapped, nothing raises while it is read."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from pulumi.runtime import rpc

Value = Any
"""A decoded property: None, bool, int, float, str, list, dict, `Asset` or `UNKNOWN`."""

_UNKNOWN_SENTINELS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class UnknownValueError(Exception):
    """A rule asked a question whose answer exists only after deployment; its verdict on that resource is unknown."""


class Unknown:
    """A value that exists only after deployment. Comparing, testing or reading it raises `UnknownValueError`."""

    def _refuse(self, *_: object) -> Any:
        raise UnknownValueError

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __len__ = __iter__ = __contains__ = __getitem__ = __getattr__ = __int__ = __float__ = _refuse

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return "(known after deployment)"


UNKNOWN: Final = Unknown()


class Asset:
    """A file or archive input; its content is not part of a plan."""


def decode(struct: Any, secrets: set[str]) -> dict[str, Value]:
    """The properties of a protobuf `Struct`; paths of secret values are added to `secrets`."""
    return {key: _decode(value, key, secrets) for key, value in struct.fields.items()}


def _decode(value: Any, path: str, secrets: set[str]) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in _UNKNOWN_SENTINELS else text
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "list_value":
        return [_decode(element, f"{path}[{index}]", secrets) for index, element in enumerate(value.list_value.values)]
    if kind == "struct_value":
        fields = value.struct_value.fields
        if rpc._special_sig_key in fields:
            if fields[rpc._special_sig_key].string_value != rpc._special_secret_sig:
                return Asset()
            secrets.add(path)
            return _decode(fields["value"], path, secrets) if "value" in fields else UNKNOWN
        return {key: _decode(element, f"{path}.{key}", secrets) for key, element in fields.items()}
    return None


def as_bool(value: Value) -> Value:
    """`value` with the strings "true" and "false", which some AWS inputs use, turned into booleans."""
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


def switch(value: Value, *, default: bool = False) -> bool:
    """Whether a switch is on; `default` is what AWS assumes where it is absent.

    Raises:
        UnknownValueError: if it is unknown.
    """
    if value is UNKNOWN:
        raise UnknownValueError
    return as_bool(default if value is None else value) is True


def certain(value: Value, *right: Value) -> bool:
    """Whether a value is known and one of `right`."""
    return value is not UNKNOWN and as_bool(value) in right


def given(value: Value) -> bool:
    """Whether something is set: an unknown value and a number are; false and what is empty are not."""
    return value is UNKNOWN or (isinstance(value, (int, float)) and not isinstance(value, bool)) or bool(value)


def as_number(value: Value) -> Value:
    """`value` with a numeric string turned into a number; None where it is neither."""
    if value is None or value is UNKNOWN:
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def as_list(value: Value) -> list[Value]:
    """`value` as a list: absent is empty, a single value or block stands alone.

    Raises:
        UnknownValueError: if the value itself is unknown.
    """
    if value is UNKNOWN:
        raise UnknownValueError
    if value is None:
        return []
    return cast(list[Value], value) if isinstance(value, list) else [value]


def read(properties: Mapping[str, Value], path: str) -> Value:
    """The value at a dotted path; None where it is absent, `UNKNOWN` where it, or a block on the way, is unknown.

    A block that arrives as a list of one is read like the block itself.
    """
    head, *rest = path.split(".")
    value: Value = properties.get(head)
    for key in rest:
        if isinstance(value, list):
            value = cast(Value, value[0]) if value else None
        if value is UNKNOWN:
            return UNKNOWN
        if not isinstance(value, dict):
            return None
        value = cast(dict[str, Value], value).get(key)
    return value


def each(properties: Mapping[str, Value], path: str) -> Iterator[tuple[str, Value]]:
    """Every value at a dotted path in which `name[]` stands for all elements of a list, with the path of each.

    An absent list gives nothing; an absent last property gives None once per element.
    """
    head, brackets, tail = path.partition("[]")
    value = read(properties, head)
    if not brackets or value is UNKNOWN:
        yield head, value
        return
    for index, element in enumerate(as_list(value)):
        where = f"{head}[{index}]"
        if not tail or element is UNKNOWN:
            yield where, element
        elif isinstance(element, Mapping):
            for inner, found in each(cast(Mapping[str, Value], element), tail.removeprefix(".")):
                yield f"{where}.{inner}", found
