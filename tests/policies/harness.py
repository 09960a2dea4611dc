"""Judges planned resources through the analyzer protocol, message by message as the engine sends them, without an engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from google.protobuf import struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import analyzer_pb2 as proto

from policies.kit.pack import UNKNOWN_VERDICTS, Pack
from policies.kit.server import Analyzer

UNKNOWN = rpc.UNKNOWN
"""The engine's sentinel of a string that exists only after deployment."""

KEY = "<a key made in the same plan>"
"""Stands for an unknown value that comes from a customer managed key: the sentinel, and a property dependency."""

KEY_ARN = "arn:aws:kms:us-east-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"

TAGS = {
    "CostCenter": "CC-1234",
    "DataClassification": "restricted",
    "Environment": "prod",
    "Owner": "platform",
    "Project": "dataconnect",
    "Tenant": "shared",
}


def secret(value: object) -> dict[str, object]:
    """`value` as the engine sends a secret."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def urn(token: str, name: str, *, stack: str = "prod") -> str:
    return f"urn:pulumi:{stack}::dataconnect::{token}::{name}"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A planned resource.

    `refs` maps a top-level property to the (token, name) of the resource its value comes from, or to several of them;
    `depends` names what `dependsOn` names.
    """

    token: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    name: str = "it"
    refs: Mapping[str, tuple[str, str] | Sequence[tuple[str, str]]] = field(
        default_factory=dict[str, tuple[str, str] | Sequence[tuple[str, str]]]
    )
    depends: Sequence[tuple[str, str]] = ()
    protect: bool = False
    ignore_changes: Sequence[str] = ()
    parent: str = ""
    provider: Mapping[str, Any] | None = None

    @property
    def urn(self) -> str:
        return urn(self.token, self.name)

    def after(self, *depends: tuple[str, str]) -> "Planned":
        """The same with these (token, name) in its `dependsOn`."""
        return replace(self, depends=depends)

    def with_provider(self, provider: Mapping[str, Any] | None) -> "Planned":
        """The same made by a provider of this configuration."""
        return replace(self, provider=provider)

    def ignoring(self, *properties: str) -> "Planned":
        """The same with these in its `ignoreChanges`."""
        return replace(self, ignore_changes=properties)

    def dependencies(self) -> dict[str, proto.AnalyzerPropertyDependencies]:
        keyed: dict[str, list[tuple[str, str]]] = {
            name: [("aws:kms/key:Key", "key")] for name, value in self.inputs.items() if KEY in repr(value)
        }
        for name, ref in self.refs.items():
            one = isinstance(ref[0], str)
            keyed[name] = [cast("tuple[str, str]", ref)] if one else list(cast("Sequence[tuple[str, str]]", ref))
        return {name: proto.AnalyzerPropertyDependencies(urns=[urn(*each) for each in ref]) for name, ref in keyed.items()}

    def options(self) -> proto.AnalyzerResourceOptions:
        return proto.AnalyzerResourceOptions(protect=self.protect, parent=self.parent, ignoreChanges=self.ignore_changes)


@dataclass(frozen=True)
class Ref:
    """A value that comes from the resource of this type and name and is known only after deployment unless given here."""

    token: str
    name: str
    value: object = UNKNOWN


def ref(token: str, name: str, value: object = UNKNOWN) -> Ref:
    """For the inputs of `planned`."""
    return Ref(token, name, value)


def planned(token: str, name: str = "it", /, **inputs: Any) -> Planned:
    """A planned resource of these inputs; what they take from others, at any depth, is written as `ref(...)`."""
    found = {prop: list(_refs(value)) for prop, value in inputs.items()}
    refs = {prop: each[0] if len(each) == 1 else each for prop, each in found.items() if each}
    return Planned(token=token, name=name, inputs={prop: _resolved(value) for prop, value in inputs.items()}, refs=refs)


def _refs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Ref):
        yield value.token, value.name
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _refs(inner)


def _resolved(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _resolved(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner) for inner in value]
    return value.value if isinstance(value, Ref) else value


def _plain(value: Any) -> Any:
    if value == KEY:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(_plain(values))
    return struct_pb2.Struct.FromString(message.SerializeToString())


class RefusedError(Exception):
    """What the engine sees when the pack aborts a call."""


class _Context:
    """gRPC's context as far as a pack uses it."""

    def abort(self, code: object, details: str) -> None:
        raise RefusedError(f"{code}: {details}")


class Engine:
    """The engine's side of the protocol: it starts the pack, configures it and sends what the program registers.

    `brief` false lets the pack tell each advice by itself, as it does where no engine configures a stack; for tests of rules.
    """

    def __init__(
        self,
        pack: Pack,
        *,
        stack: str = "prod",
        config: Mapping[str, str] | None = None,
        levels: Mapping[str, str] | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        dry_run: bool = False,
        brief: bool = False,
    ) -> None:
        self.analyzer = Analyzer(pack)
        request = proto.AnalyzerStackConfigureRequest(stack=stack, config=config or {}, dry_run=dry_run)
        self.analyzer.ConfigureStack(request, None)
        assert self.analyzer.judge.brief
        self.analyzer.judge.brief = brief
        self.info = self.analyzer.GetAnalyzerInfo(None, None)
        numbers = {
            "advisory": proto.ADVISORY,
            "mandatory": proto.MANDATORY,
            "disabled": proto.DISABLED,
            "remediate": proto.REMEDIATE,
        }
        reconciled = {
            policy.name: proto.PolicyConfig(enforcementLevel=policy.enforcementLevel, properties=_defaults(policy))
            for policy in self.info.policies
        }
        for name, level in (levels or {}).items():
            reconciled.setdefault(name, proto.PolicyConfig()).enforcementLevel = numbers[level]
        for name, values in (options or {}).items():
            reconciled.setdefault(name, proto.PolicyConfig()).properties.update(values)
        self.analyzer.Configure(proto.ConfigureAnalyzerRequest(policyConfig=reconciled), _Context())

    def register(self, resource: Planned) -> list[Any]:
        """Analyze: one resource on its way in."""
        return list(self.analyzer.Analyze(self._request(resource), _Context()).diagnostics)

    def remediate(self, resource: Planned) -> list[Any]:
        """Remediate: what the pack would change before the resource is analysed."""
        return list(self.analyzer.Remediate(self._request(resource), _Context()).remediations)

    def complete(self, resources: Sequence[Planned]) -> list[Any]:
        """AnalyzeStack: everything, with dependencies; outputs are the inputs here."""
        request = proto.AnalyzeStackRequest(
            resources=[
                proto.AnalyzerResource(
                    urn=resource.urn,
                    type=resource.token,
                    name=resource.name,
                    properties=struct(resource.inputs),
                    options=resource.options(),
                    parent=resource.parent,
                    dependencies=[
                        *(urn(*ref) for ref in resource.depends),
                        *(each for deps in resource.dependencies().values() for each in deps.urns),
                    ],
                    propertyDependencies=resource.dependencies(),
                    provider=_provider(resource),
                )
                for resource in resources
            ]
        )
        return list(self.analyzer.AnalyzeStack(request, _Context()).diagnostics)

    def _request(self, resource: Planned) -> proto.AnalyzeRequest:
        return proto.AnalyzeRequest(
            urn=resource.urn,
            type=resource.token,
            name=resource.name,
            properties=struct(resource.inputs),
            options=resource.options(),
            provider=_provider(resource),
        )

    def preview(self, resources: Sequence[Planned]) -> list[Any]:
        """A whole preview's diagnostics."""
        return [*(found for resource in resources for found in self.register(resource)), *self.complete(resources)]


def only(pack: Pack, rule: str, *, stack: str = "prod") -> Engine:
    """The pack with this rule alone."""
    rules = [each for each in pack.rules if each.name == rule]
    return Engine(Pack(pack.name, pack.description, rules, whole=False), stack=stack)


def verdict(diagnostics: Sequence[Any]) -> str:
    """`fail` if a rule reported, else `unknown` if the pack says that something could not be judged, else `pass`."""
    names = {diagnostic.policyName for diagnostic in diagnostics}
    return "fail" if names - {UNKNOWN_VERDICTS} else "unknown" if names else "pass"


def _defaults(policy: Any) -> struct_pb2.Struct:
    schemas = policy.configSchema.properties
    found = struct_pb2.Struct()
    for name in schemas:
        found.fields[name].CopyFrom(schemas[name].fields["default"])
    return found


def _provider(resource: Planned) -> Any:
    if resource.provider is None:
        return None
    return proto.AnalyzerProviderResource(type="pulumi:providers:aws", name="default", properties=struct(resource.provider))
