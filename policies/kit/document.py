"""IAM policy documents: parsed from JSON text or objects, single values or lists, into statements that rules can ask."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list

_POSITIVE_OPERATORS: Final = (
    "stringequals",
    "stringlike",
    "stringequalsignorecase",
    "arnequals",
    "arnlike",
    "ipaddress",
    "bool",
)
_NARROWING_KEYS: Final = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:userid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "aws:vpcsourceip",
    "kms:calleraccount",
    "sts:externalid",
)


class MalformedDocumentError(ValueError):
    """The text is not a policy document; the message says what is wrong with it."""


@dataclass(frozen=True)
class Principal:
    """One principal of a statement: `type` is AWS, Service, Federated, CanonicalUser or `*`; `value` its name."""

    type: str
    value: Value

    @property
    def everyone(self) -> bool:
        """Whether it is any AWS principal, signed in or not."""
        return self.type == "*" or (self.type == "AWS" and self.value == "*")

    @property
    def account(self) -> str | None:
        """The account of an AWS principal, where it names one."""
        match = re.fullmatch(r"(?:arn:[^:]*:(?:iam|sts)::)?(\d{12})(?::.*)?", str(self.value)) if self.type == "AWS" else None
        return match[1] if match else None

    @property
    def whole_account(self) -> bool:
        """Whether it is an account as a whole (`arn:aws:iam::ID:root` or the bare id)."""
        return self.type == "AWS" and bool(re.fullmatch(r"(arn:[^:]*:iam::\d{12}:root|\d{12})", str(self.value)))


@dataclass(frozen=True)
class Condition:
    """One condition: `operator` and `key` in lower case, the operator without its set and IfExists parts."""

    operator: str
    key: str
    values: tuple[Value, ...]
    if_exists: bool
    for_all: bool

    @property
    def narrows(self) -> bool:
        """Whether a request must carry the key with one of a limited set of values."""
        return (
            self.operator in _POSITIVE_OPERATORS
            and not self.if_exists
            and not self.for_all
            and not any(str(value).strip("*?") == "" or str(value) in ("0.0.0.0/0", "::/0") for value in self.values)
        )


@dataclass(frozen=True)
class Statement:
    """One statement; every element is a tuple, empty where the document has none."""

    index: int
    allow: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: tuple[Principal, ...]
    not_principals: tuple[Principal, ...]
    conditions: tuple[Condition, ...]

    @property
    def bound_to_caller(self) -> bool:
        """Whether a condition limits who may call (account, organisation, principal, source or network)."""
        return any(condition.narrows and condition.key in _NARROWING_KEYS for condition in self.conditions)

    def condition_values(self, *keys: str) -> tuple[Value, ...]:
        """Values that a narrowing condition demands for one of `keys` (lower case; `*:sub` matches any prefix)."""
        return tuple(
            value
            for condition in self.conditions
            if condition.narrows and any(glob(key).fullmatch(condition.key) for key in keys)
            for value in condition.values
        )

    def allows(self, action: str) -> bool:
        """Whether it is an Allow whose actions cover `action`."""
        if not self.allow:
            return False
        if self.not_actions:
            return not any(glob(pattern).fullmatch(action) for pattern in self.not_actions)
        return any(glob(pattern).fullmatch(action) for pattern in self.actions)


@lru_cache(maxsize=4096)
def glob(pattern: str) -> re.Pattern[str]:
    """An IAM pattern (`*`, `?`, any case) as a regular expression."""
    parts = re.split(r"(\*+|\?)", str(pattern))
    return re.compile("".join(".*" if p.startswith("*") else "." if p == "?" else re.escape(p) for p in parts), re.IGNORECASE)


def statements(value: Value) -> tuple[Statement, ...]:
    """The statements of a document given as JSON text or as an object; none if it is absent.

    Raises:
        UnknownValueError: if the document is known only after deployment.
        MalformedDocumentError: if it is not a policy document.
    """
    if value is UNKNOWN:
        raise UnknownValueError
    if value is None:
        return ()
    return _parse_text(value) if isinstance(value, str) else _parse(value)


@lru_cache(maxsize=1024)
def _parse_text(text: str) -> tuple[Statement, ...]:
    try:
        return _parse(json.loads(text))
    except json.JSONDecodeError as error:
        raise MalformedDocumentError(f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from error


def _parse(document: Any) -> tuple[Statement, ...]:
    if not isinstance(document, Mapping):
        raise MalformedDocumentError("not a JSON object")
    document = cast(Mapping[str, Value], document)
    if "Statement" not in document:
        raise MalformedDocumentError("no Statement")
    return tuple(_statement(index, raw) for index, raw in enumerate(as_list(document["Statement"])))


def _statement(index: int, raw: Value) -> Statement:
    if raw is UNKNOWN:
        raise UnknownValueError
    if not isinstance(raw, Mapping):
        raise MalformedDocumentError(f"Statement[{index}] is not an object")
    fields = cast(Mapping[str, Value], raw)
    if fields.get("Effect") not in ("Allow", "Deny"):
        raise MalformedDocumentError(f"Statement[{index}].Effect is {fields.get('Effect')!r}; expected Allow or Deny")
    if "Action" not in fields and "NotAction" not in fields:
        raise MalformedDocumentError(f"Statement[{index}] has neither Action nor NotAction")
    return Statement(
        index=index,
        allow=fields["Effect"] == "Allow",
        actions=_texts(fields.get("Action"), f"Statement[{index}].Action"),
        not_actions=_texts(fields.get("NotAction"), f"Statement[{index}].NotAction"),
        resources=_texts(fields.get("Resource"), f"Statement[{index}].Resource"),
        not_resources=_texts(fields.get("NotResource"), f"Statement[{index}].NotResource"),
        principals=tuple(_principals(fields.get("Principal"))),
        not_principals=tuple(_principals(fields.get("NotPrincipal"))),
        conditions=tuple(_conditions(fields.get("Condition"), index)),
    )


def _texts(value: Value, where: str) -> tuple[str, ...]:
    values = as_list(value)
    if any(element is UNKNOWN for element in values):
        raise UnknownValueError
    if not all(isinstance(element, str) for element in values):
        raise MalformedDocumentError(f"{where} holds something that is not a string")
    return tuple(values)


def _principals(value: Value) -> Iterator[Principal]:
    if isinstance(value, Mapping):
        for kind, names in cast(Mapping[str, Value], value).items():
            yield from (Principal(kind, name) for name in as_list(names))
    else:
        yield from (Principal("*" if name == "*" else "AWS", name) for name in as_list(value))


def _conditions(value: Value, index: int) -> Iterator[Condition]:
    if value is None:
        return
    if value is UNKNOWN:
        raise UnknownValueError
    if not isinstance(value, Mapping):
        raise MalformedDocumentError(f"Statement[{index}].Condition is not an object")
    for raw_operator, keys in cast(Mapping[str, Value], value).items():
        operator = raw_operator.lower()
        if not isinstance(keys, Mapping):
            raise MalformedDocumentError(f"Statement[{index}].Condition.{raw_operator} is not an object")
        for key, values in cast(Mapping[str, Value], keys).items():
            yield Condition(
                operator=operator.rpartition(":")[2].removesuffix("ifexists"),
                key=key.lower(),
                values=tuple(as_list(values)),
                if_exists=operator.endswith("ifexists"),
                for_all=operator.startswith("forallvalues:"),
            )


def covers_everything(resources: Collection[str]) -> bool:
    """Whether one of the resource patterns is every resource."""
    return any(resource.strip("*") == "" for resource in resources)
