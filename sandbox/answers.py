"""What AWS would answer: deterministic, well-formed ids, ARNs and other computed properties of a resource."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime import rpc

from sandbox import tables
from sandbox.schema import ResourceType, Shape

UNKNOWN = rpc.UNKNOWN
"""The engine's mark for a value that only `up` will know."""

_PORTS = {"mysql": 3306, "mariadb": 3306, "aurora-mysql": 3306, "oracle": 1521, "sqlserver": 1433}


class UnknownValueError(Exception):
    """The answer depends on a value that only `up` will know."""


def plain(value: Any) -> Any:
    """The value without its secret wrapping, if it has one."""
    return value["value"] if rpc.is_rpc_secret(value) else value


def is_unknown(value: Any) -> bool:
    """Whether any part of the value is unknown."""
    value = plain(value)
    if isinstance(value, dict):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in value)
    return value == UNKNOWN


def name_property(kind: ResourceType) -> str | None:
    """The property that holds the type's physical name; None for types without one that the provider can fill in."""
    prop = tables.NAME_PROPERTY.get(kind.type, "name")
    return prop if prop in kind.inputs and not kind.inputs[prop] and prop in kind.always else None


def auto_name(kind: ResourceType, urn: str, inputs: Mapping[str, Any]) -> str:
    """The name the provider gives where the program gives none: `<logical name>-<7 hex digits>`.

    Raises:
        ValueError: when it is longer than the type's names may be.
    """
    prop = tables.NAME_PROPERTY.get(kind.type, "name")
    prefix = plain(inputs.get(f"{prop}Prefix"))
    digits = _digest(urn, "name")[:7]
    name = f"{prefix}{digits}" if isinstance(prefix, str) and prefix != UNKNOWN else f"{urn.rpartition('::')[2]}-{digits}"
    if kind.type == "aws:kms/alias:Alias":
        name = f"alias/{name}"
    if kind.type == "aws:s3/bucket:Bucket":
        name = name.lower()
    if inputs.get("fifoQueue") or inputs.get("fifoTopic"):
        name += ".fifo"
    limit = tables.NAME_LIMIT.get(kind.type, 255)
    if len(name) > limit:
        raise ValueError(f"name '{name[:-8]}' plus 8 characters is longer than maximum length {limit}")
    return name


def without_digits(name: str) -> str:
    """A name that the provider gave, without the digits that tell it from others of the same logical name."""
    return re.sub(r"[0-9a-f]{7}(?=(\.fifo)?$)", "", name)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the provider works: its configured region and account."""

    region: str
    account: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """AWS's answer about one resource, from its inputs alone."""

    kind: ResourceType
    urn: str
    place: Place
    inputs: Mapping[str, Any]

    def region(self) -> str:
        """The resource's own region, or the provider's."""
        value = plain(self.inputs.get("region"))
        return value if isinstance(value, str) and value != UNKNOWN else self.place.region

    def id(self) -> str:
        """The id AWS would give."""
        type_ = self.kind.type
        if type_ in tables.ID_PREFIX:
            return self._fill(tables.ID_PREFIX[type_] + "-{hex17}")
        if type_ in tables.ID_IS_ARN:
            return self.arn()
        if type_ in tables.ID:
            return self._fill(tables.ID[type_])
        for named in (tables.NAME_PROPERTY.get(type_, "name"), *tables.ID_OF_PARENT):
            if named in self.inputs:
                return self._fill(f"{{{named}}}")
        return self._fill("{urn}-{hex17}")

    def arn(self) -> str:
        """The ARN AWS would give."""
        template = tables.ARN.get(self.kind.type)
        if template is None:
            named = "name" in self.inputs and self.kind.type not in tables.ID_PREFIX
            own = "{name}" if named else "{hex17}" if self.kind.type in tables.ID_IS_ARN else "{id}"
            module, _, name = self.kind.type.removeprefix("aws:").partition("/")
            kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name.partition(":")[2]).lower()
            template = f"arn:aws:{tables.SERVICE.get(module, module)}:{{region}}:{{account}}:{kebab}/{own}"
        return self._fill(template)

    def outputs(self, *, preview: bool) -> dict[str, Any]:
        """Inputs as given, and what AWS adds; on a preview what AWS would add is unknown."""
        # AWS never gives a write-only value back.
        state = {prop: value for prop, value in self.inputs.items() if not (prop.endswith("Wo") and prop in self.kind.inputs)}
        for prop in self.kind.always:
            if prop in state:
                continue
            if prop == "region":
                state[prop] = self.region()
            elif prop == "tagsAll":
                state[prop] = self.inputs.get("tags", {})
            elif preview:
                state[prop] = UNKNOWN
            else:
                state[prop] = self._computed(prop)
        return {prop: value for prop, value in state.items() if value is not None}

    def _computed(self, prop: str) -> Any:
        """What AWS fills in; None where it would be AWS's default for something the program may set, which nobody tells us."""
        shape = self.kind.outputs[prop]
        try:
            special = _SPECIAL.get(prop, _nothing)(self)
            if special is not None:
                return special
            template = tables.COMPUTED.get(self.kind.type, {}).get(prop)
            if template is None and prop in self.kind.inputs:
                return None
            if template is None:
                template = tables.COMPUTED_ANYWHERE.get(prop) or next(
                    (value for end, value in tables.COMPUTED_BY_SUFFIX.items() if prop.endswith(end)), None
                )
            return self._fill(template) if template is not None and shape == "str" else self._blank(prop, shape)
        except UnknownValueError:
            return UNKNOWN

    def _blank(self, prop: str, shape: Shape) -> Any:
        if isinstance(shape, dict):
            return {name: self._blank(name, inner) for name, inner in shape.items()}
        if isinstance(shape, list):
            # Computed blocks have one element as a rule, and programs index them.
            return {} if shape[0] == "map" else [self._blank(prop, shape[1])] if isinstance(shape[1], dict) else []
        return {"str": self._fill(f"{prop}-{{hex7}}"), "int": 0, "float": 0.0, "bool": False}.get(shape)

    def _fill(self, template: str) -> str:
        return re.sub(r"\{(\w+)(?:\.(\w+))?\}", lambda match: self._value(match[1], match[2]), template)

    def _value(self, name: str, part: str | None) -> str:
        digits = re.fullmatch(r"(hex|upper)(\d+)", name)
        if digits is not None:
            drawn = _digest(self.urn, "" if digits[1] == "hex" else "upper")
            return drawn[: int(digits[2])] if digits[1] == "hex" else _letters(drawn, int(digits[2]))
        builtin = _BUILTIN.get(name)
        if builtin is not None and name not in self.inputs:
            return builtin(self)
        value = plain(self.inputs.get(name))
        if value is None:
            value = (self._computed(name) if name in self.kind.always else None) or ""
        if is_unknown(value):
            raise UnknownValueError
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        if part == "tail":
            return re.split(r"[/:]", text)[-1]
        if part == "region":
            return text.split(":")[3] if text.count(":") > 3 else self.region()
        if part == "rest":
            return text.partition("/")[2]
        return text

    def key_id(self) -> str:
        """The key id; a multi-region key and its replicas share theirs."""
        if "primaryKeyArn" in self.inputs:
            return self._value("primaryKeyArn", "tail")
        return f"mrk-{_digest(self.urn, 'key')[:32]}" if plain(self.inputs.get("multiRegion")) else _uuid(self.urn)

    def revision(self) -> str:
        """A task definition's revision: another one for each content."""
        return str(1 + int(_digest(json.dumps(self.inputs, sort_keys=True), "")[:4], 16))

    def validation_options(self) -> list[dict[str, str]]:
        """One DNS record to prove the ownership of each name of a certificate."""
        alternatives = plain(self.inputs.get("subjectAlternativeNames")) or []
        names = dict.fromkeys(plain(name) for name in (self.inputs.get("domainName"), *alternatives))
        return [
            {
                "domainName": name,
                "resourceRecordName": f"_{_digest(bare, 'record')[:32]}.{bare}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": f"_{_digest(bare, 'value')[:32]}.acm-validations.aws.",
            }
            for name in names
            for bare in (str(name).removeprefix("*."),)
        ]

    def subject_names(self) -> list[str]:
        """A certificate's names: its domain first."""
        return [plain(self.inputs.get("domainName"))]

    def name_servers(self) -> list[str]:
        """The four name servers of a zone."""
        number = 1 + int(_digest(self.urn, "ns")[:2], 16)
        return [f"ns-{number + 512 * i}.awsdns-{number % 64:02}.{end}" for i, end in enumerate(("com", "net", "org", "co.uk"))]

    def endpoint_records(self) -> list[dict[str, str]]:
        """The DNS names of a VPC endpoint."""
        service = str(plain(self.inputs.get("serviceName", "")))
        return [
            {
                "dnsName": self._fill(f"{{id}}-{{hex7}}.{service.rpartition('.')[2]}.{{region}}.vpce.amazonaws.com"),
                "hostedZoneId": self._fill("Z{upper13}"),
            }
        ]

    def version(self) -> str:
        """The version of a function; of one that publishes any, the first, however often it is updated."""
        return "1" if plain(self.inputs.get("publish")) else "$LATEST"

    def port(self) -> int:
        """The port a database engine listens on."""
        engine = str(plain(self.inputs.get("engine", "")))
        return next((port for start, port in _PORTS.items() if engine.startswith(start)), 5432)


def _digest(text: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}|{text}".encode()).hexdigest()


def _letters(digits: str, count: int) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    number = int(digits, 16)
    return "".join(alphabet[(number >> (5 * i)) % 32] for i in range(count))


def _uuid(urn: str) -> str:
    digits = _digest(urn, "uuid")
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


_BUILTIN: dict[str, Callable[[Answer], str]] = {
    "account": lambda answer: answer.place.account,
    "arn": Answer.arn,
    "byte": lambda answer: str(1 + int(_digest(answer.urn, "byte")[:2], 16) % 254),
    "id": Answer.id,
    "key": Answer.key_id,
    "number": lambda answer: str(int(_digest(answer.urn, "")[:9], 16)),
    "region": Answer.region,
    "revision": Answer.revision,
    "urn": lambda answer: answer.urn.rpartition("::")[2],
    "uuid": lambda answer: _uuid(answer.urn),
}


def _nothing(_answer: Answer) -> None:
    return None


_SPECIAL: dict[str, Callable[[Answer], Any]] = {
    "dnsEntries": lambda answer: answer.endpoint_records() if "serviceName" in answer.inputs else None,
    "domainValidationOptions": lambda answer: answer.validation_options() if "domainName" in answer.inputs else None,
    "masterUserSecrets": lambda answer: None if plain(answer.inputs.get("manageMasterUserPassword")) else [],
    "nameServers": Answer.name_servers,
    "port": lambda answer: answer.port() if "rds" in answer.kind.type else None,
    "revision": lambda answer: int(answer.revision()) if "containerDefinitions" in answer.inputs else None,
    "subjectAlternativeNames": lambda answer: answer.subject_names() if "domainName" in answer.inputs else None,
    "version": lambda answer: answer.version() if answer.kind.type == "aws:lambda/function:Function" else None,
}
