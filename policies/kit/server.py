"""The pack's process: Pulumi's analyzer protocol over the kit.

`pulumi_policy` decodes and wraps a resource's properties once per policy, and its proxies give up on the first unknown value.
This server speaks the same protocol, decodes once per resource, and hands rules to a `Judge`
(docs/decisions/policy-own-analyzer-server.md).
"""

import gc
import sys
from collections.abc import Mapping
from concurrent import futures
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc, plugin_pb2

from policies.kit.exemptions import InvalidExemptionsError
from policies.kit.pack import (
    EXEMPTIONS,
    OWN_OPTIONS,
    OWN_POLICIES,
    InvalidConfigurationError,
    Judge,
    Pack,
    Report,
    is_production,
)
from policies.kit.remediation import remediate
from policies.kit.resource import Resource, parse_json
from policies.kit.rule import Rule
from policies.kit.values import read

_LARGEST_MESSAGE: Final = 400 * 1024 * 1024
_LEVELS: Final = {
    "advisory": proto.ADVISORY,
    "mandatory": proto.MANDATORY,
    "remediate": proto.REMEDIATE,
    "disabled": proto.DISABLED,
}
_SEVERITIES: Final = {
    "low": proto.POLICY_SEVERITY_LOW,
    "medium": proto.POLICY_SEVERITY_MEDIUM,
    "high": proto.POLICY_SEVERITY_HIGH,
    "critical": proto.POLICY_SEVERITY_CRITICAL,
}
_OWN_LEVELS: Final = {name: proto.MANDATORY if name == EXEMPTIONS else proto.ADVISORY for name in OWN_POLICIES}


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Pulumi's analyzer service for one pack."""

    def __init__(self, pack: Pack) -> None:
        self.judge: Final = Judge(pack)

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002, D102 - the protocol's names
        return proto.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002, D102
        return plugin_pb2.PluginInfo(version="0.1.0")

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Learns which environment this is: the default tag `Environment`, else the stack's name."""
        tag = read({"tags": parse_json(request.config.get("aws:defaultTags", ""))}, "tags.tags.Environment")
        self.judge.production = is_production(request.stack, tag if isinstance(tag, str) else "")
        self.judge.preview = request.dry_run
        self.judge.brief = True
        self.judge.levels.clear()
        return proto.AnalyzerStackConfigureResponse()

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Names the policies with severity, level in this environment, controls and remediation."""
        pack = self.judge.pack
        own = [
            proto.PolicyInfo(
                name=name,
                displayName=name,
                description=description,
                enforcementLevel=_OWN_LEVELS[name],
                policy_type=proto.POLICY_TYPE_STACK,
                configSchema=_schema(OWN_OPTIONS[name]) if name in OWN_OPTIONS else None,
            )
            for name, description in OWN_POLICIES.items()
        ]
        return proto.AnalyzerInfo(
            name=pack.name,
            displayName=pack.name,
            description=pack.description,
            supportsConfig=True,
            policies=[*(self._info(rule) for rule in pack.rules), *own],
        )

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Takes the reconciled configuration; one that names what does not exist ends the run."""
        names = {number: name for name, number in _LEVELS.items()}
        try:
            for name, config in request.policyConfig.items():
                options = json_format.MessageToDict(config.properties)
                self.judge.configure(name, names[config.enforcementLevel], options)
            _ = self.judge.exemptions  # an unusable file ends the run before anything is judged
        except (InvalidConfigurationError, InvalidExemptionsError) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return empty_pb2.Empty()

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Judges one resource before it is created or changed."""
        try:
            return self._response(self.judge.resource(self._resource(request)))
        except InvalidExemptionsError as error:
            return context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Judges the complete stack."""
        resources = [
            self._resource(
                resource,
                parent=resource.parent,
                state=resource.properties,
                dependencies=frozenset(resource.dependencies),
                property_dependencies={key: list(value.urns) for key, value in resource.propertyDependencies.items()},
            )
            for resource in request.resources
        ]
        return self._response(self.judge.stack(resources))

    def Remediate(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Remediates what fails a rule whose configured level is `remediate`; by default there is none."""
        if "remediate" not in self.judge.levels.values():
            return proto.RemediateResponse()
        properties = request.properties
        remediations: list[Any] = []
        for rule, values in self.judge.remediations(self._resource(request)):
            properties = remediate(properties, values)
            remediations.append(
                proto.Remediation(
                    policyName=rule.name,
                    policyPackName=self.judge.pack.name,
                    description=rule.description,
                    properties=properties,
                )
            )
        return proto.RemediateResponse(remediations=remediations)

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002, D102
        return empty_pb2.Empty()

    def _resource(
        self,
        message: Any,
        *,
        parent: str = "",
        state: Any = None,
        dependencies: frozenset[str] | None = None,
        property_dependencies: Mapping[str, list[str]] | None = None,
    ) -> Resource:
        return Resource(
            urn=message.urn,
            token=message.type,
            message=message.properties,
            state=state,
            protect=message.options.protect,
            ignore_changes=message.options.ignoreChanges,
            parent=parent or message.options.parent,
            provider=message.provider.properties if message.HasField("provider") else None,
            production=self.judge.production,
            dependencies=dependencies,
            property_dependencies=property_dependencies,
        )

    def _info(self, rule: Rule) -> Any:
        return proto.PolicyInfo(
            name=rule.name,
            displayName=rule.name,
            description=rule.description,
            enforcementLevel=_LEVELS[self.judge.default_level(rule)],
            severity=_SEVERITIES[rule.severity],
            policy_type=proto.POLICY_TYPE_STACK if rule.needs_stack else proto.POLICY_TYPE_RESOURCE,
            framework=proto.PolicyComplianceFramework(
                name=rule.catalogue.name,
                reference=" ".join(rule.controls),
                specification=rule.catalogue.references(rule.controls),
            ),
            tags=sorted({*rule.controls, *(rule.catalogue.entries[id_].service for id_ in rule.controls)}),
            remediation_steps=rule.remediation,
            configSchema=_schema(rule.options) if rule.options else None,
        )

    def _response(self, reports: list[Report]) -> Any:
        return proto.AnalyzeResponse(diagnostics=[self._diagnostic(report) for report in reports])

    def _diagnostic(self, report: Report) -> Any:
        rule = report.rule
        description = rule.description if rule else OWN_POLICIES[report.policy]
        return proto.AnalyzeDiagnostic(
            policyName=report.policy,
            policyPackName=self.judge.pack.name,
            description=description,
            message=f"{description}\n{report.message}",
            enforcementLevel=proto.MANDATORY if report.level == "remediate" else _LEVELS[report.level],
            urn=report.urn,
            severity=_SEVERITIES[rule.severity] if rule else proto.POLICY_SEVERITY_LOW,
        )


def _schema(options: Mapping[str, Mapping[str, Any]]) -> Any:
    properties = {name: dict(schema) for name, schema in options.items()}
    return json_format.ParseDict({"properties": properties}, proto.PolicyConfigSchema())


def serve(pack: Pack) -> None:
    """Serves `pack` to the engine that started this process; returns when the engine hangs up."""
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=2), options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE)]
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(pack), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    gc.disable()  # it lives as long as one run; nothing it keeps is garbage before the end
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
