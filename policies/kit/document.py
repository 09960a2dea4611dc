"""IAM policy documents: parsed from JSON text or objects, single values or lists, into statements that rules can ask."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network
from typing import Final, cast

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


def _fixed(value: str) -> bool:
    return not re.search(r"[*?]", value)


def _fixed_arn(value: str) -> bool:
    """Whether an ARN says whose it is: by its account, or by the name of an S3 bucket, which no two accounts share."""
    parts = value.split(":", 5)
    if len(parts) < 6 or _fixed(value):
        return _fixed(value)
    return _fixed(parts[4]) if parts[4] else parts[2] == "s3" and _fixed(parts[5].partition("/")[0])


def _fixed_network(value: str) -> bool:
    """Whether a CIDR is one that S3 does not call public: no wider than /8, or /32 of IPv6."""
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= (8 if network.version == 4 else 32)


def _fixed_path(value: str) -> bool:
    return _fixed(value.partition("/")[0])


def _fixed_user(value: str) -> bool:
    return _fixed(value.partition(":")[0])


# Keys that say who calls or from where, and when a value of theirs names somebody. What the caller chooses himself (tags of
# his principal, TLS, a referer, an address inside some VPC) does not.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
_CALLER_KEYS: Final[Mapping[str, Callable[[str], bool]]] = {
    **dict.fromkeys(("aws:sourcearn", "aws:principalarn", "lambda:sourcefunctionarn", "ec2:sourceinstancearn"), _fixed_arn),
    **dict.fromkeys(("ssm:sourceinstancearn", "s3:dataaccesspointarn", "aws:federatedprovider"), _fixed_arn),
    **dict.fromkeys(("aws:sourceaccount", "aws:sourceowner", "aws:principalaccount", "aws:vpceaccount"), _fixed),
    **dict.fromkeys(("kms:calleraccount", "s3:dataaccesspointaccount"), _fixed),
    **dict.fromkeys(("aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"), _fixed),
    **dict.fromkeys(("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"), _fixed_path),
    **dict.fromkeys(("aws:sourcevpc", "aws:sourcevpce", "aws:ec2instancesourcevpc"), _fixed),
    "aws:sourceip": _fixed_network,
    "aws:userid": _fixed_user,
    "elasticfilesystem:accessedviamounttarget": lambda value: value.lower() == "true",
    "lambda:eventsourcetoken": _fixed,
    "sns:endpoint": lambda value: bool(re.fullmatch(r"\*?[^*]*@[^*]+|https://[^*]+|arn:aws[^*]*", value)),
}


class MalformedDocumentError(ValueError):
    """The text is not a policy document; the message says what is wrong with it."""


@dataclass(frozen=True)
class Principal:
    """One principal of a statement: `type` is AWS, Service, Federated, CanonicalUser or `*`; `value` its name.

    The type is empty where the document gives a name without one, which AWS refuses.
    """

    type: str
    value: Value

    @property
    def everyone(self) -> bool:
        """Whether it is anybody: `*`, or a name in whatever account (`arn:aws:iam::*:root`)."""
        return self.value == "*" or (self.type == "AWS" and bool(re.match(r"arn:[^:]*:(iam|sts)::[^:]*[*?]", str(self.value))))

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

    @property
    def about_caller(self) -> bool:
        """Whether its key says who calls, or from where."""
        return self.key in _CALLER_KEYS

    @property
    def names_caller(self) -> bool:
        """Whether it limits who calls, or from where, to somebody it names."""
        names = _CALLER_KEYS.get(self.key)
        return self.narrows and names is not None and all(value is UNKNOWN or names(str(value)) for value in self.values)


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
    sid: str = ""

    @property
    def about_everyone(self) -> bool:
        """Whether one of its principals is anybody."""
        return any(principal.everyone for principal in self.principals)

    @property
    def bound_to_caller(self) -> bool:
        """Whether a condition limits who may call (account, organisation, principal, source or network)."""
        return any(condition.names_caller for condition in self.conditions)

    def condition_values(self, *keys: str) -> tuple[Value, ...]:
        """Values that a narrowing condition demands for one of `keys` (lower case; `*:sub` matches any prefix)."""
        return tuple(
            value
            for condition in self.conditions
            if condition.narrows and any(glob(key).fullmatch(condition.key) for key in keys)
            for value in condition.values
        )

    def covers(self, action: str) -> bool:
        """Whether its actions cover `action`."""
        if self.not_actions:
            return not any(matches(pattern, action) for pattern in self.not_actions)
        return any(matches(pattern, action) for pattern in self.actions)

    def allows(self, action: str) -> bool:
        """Whether it is an Allow whose actions cover `action`."""
        return self.allow and self.covers(action)


@lru_cache(maxsize=4096)
def glob(pattern: str) -> re.Pattern[str]:
    """An IAM pattern (`*`, `?`, any case) as a regular expression."""
    parts = re.split(r"(\*+|\?)", str(pattern))
    return re.compile("".join(".*" if p.startswith("*") else "." if p == "?" else re.escape(p) for p in parts), re.IGNORECASE)


def matches(pattern: str, text: str) -> bool:
    """Whether an IAM pattern covers a text. Most patterns have no wildcard and need no regular expression."""
    if "*" in pattern or "?" in pattern:
        return glob(pattern).fullmatch(text) is not None
    return pattern.lower() == text.lower()


def statements(value: Value) -> tuple[Statement, ...]:
    """The statements of a document given as JSON text or as an object; none if it is absent.

    Raises:
        UnknownValueError: if the document is known only after deployment.
        MalformedDocumentError: if it is not a policy document.
    """
    if value is None:
        return ()
    return _parse_text(value) if isinstance(value, str) else _parse(value)


def readable(value: Value) -> tuple[Statement, ...] | None:
    """As `statements`; None for a document that is known only after deployment, or that is none."""
    try:
        return statements(value)
    except (UnknownValueError, MalformedDocumentError):
        return None


def fields(value: Value) -> Mapping[str, Value]:
    """The document as it is written, before anything is made of it.

    Raises:
        UnknownValueError: if the document is known only after deployment.
        MalformedDocumentError: if it is not a JSON object.
    """
    if value is UNKNOWN:
        raise UnknownValueError
    document = _load(value) if isinstance(value, str) else value
    if not isinstance(document, Mapping):
        raise MalformedDocumentError("not a JSON object")
    return cast(Mapping[str, Value], document)


@lru_cache(maxsize=1024)
def _load(text: str) -> Value:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise MalformedDocumentError(f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from error


@lru_cache(maxsize=1024)
def _parse_text(text: str) -> tuple[Statement, ...]:
    return _parse(text)


def _parse(value: Value) -> tuple[Statement, ...]:
    document = fields(value)
    if "Statement" not in document:
        raise MalformedDocumentError("no Statement")
    return tuple(_statement(index, raw) for index, raw in enumerate(as_list(document["Statement"])))


def _statement(index: int, raw: Value) -> Statement:
    if raw is UNKNOWN:
        raise UnknownValueError
    if not isinstance(raw, Mapping):
        raise MalformedDocumentError(f"Statement[{index}] is not an object")
    element = cast(Mapping[str, Value], raw)
    if element.get("Effect") not in ("Allow", "Deny"):
        raise MalformedDocumentError(f"Statement[{index}].Effect is {element.get('Effect')!r}; expected Allow or Deny")
    if "Action" not in element and "NotAction" not in element:
        raise MalformedDocumentError(f"Statement[{index}] has neither Action nor NotAction")
    return Statement(
        index=index,
        allow=element["Effect"] == "Allow",
        actions=_texts(element.get("Action"), f"Statement[{index}].Action"),
        not_actions=_texts(element.get("NotAction"), f"Statement[{index}].NotAction"),
        resources=_texts(element.get("Resource"), f"Statement[{index}].Resource"),
        not_resources=_texts(element.get("NotResource"), f"Statement[{index}].NotResource"),
        principals=tuple(_principals(element.get("Principal"))),
        not_principals=tuple(_principals(element.get("NotPrincipal"))),
        conditions=tuple(_conditions(element.get("Condition"), index)),
        sid=str(element.get("Sid") or ""),
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
        yield from (Principal("*" if name == "*" else "", name) for name in as_list(value))


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
    """Whether one of the resource patterns is every resource of every service (`*`, `arn:aws:*`)."""
    return any(glob(resource).fullmatch("arn:aws:anything:any-region:000000000000:any/thing") for resource in resources)
