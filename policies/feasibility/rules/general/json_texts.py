"""Properties that hold JSON: that it is JSON, and the grammar of dashboards and state machines."""

import json
from collections.abc import Iterator, Mapping
from typing import Final, cast

from policies.feasibility.data.failures import failures
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_number

rules: Final = Rules("feasibility", failures())

_JSON: Final = {
    "apigateway/restApi": ("policy",),
    "apigateway/restApiPolicy": ("policy",),
    "backup/vaultPolicy": ("policy",),
    "batch/jobDefinition": ("containerProperties", "nodeProperties", "ecsProperties"),
    "cfg/rule": ("inputParameters",),
    "cloudwatch/dashboard": ("dashboardBody",),
    "cloudwatch/eventBusPolicy": ("policy",),
    "cloudwatch/eventArchive": ("eventPattern",),
    "cloudwatch/eventRule": ("eventPattern",),
    "cloudwatch/eventTarget": ("input",),
    "cloudwatch/logDataProtectionPolicy": ("policyDocument",),
    "cloudwatch/logDestinationPolicy": ("accessPolicy",),
    "cloudwatch/logResourcePolicy": ("policyDocument",),
    "codeartifact/domainPermissionsPolicy": ("policyDocument",),
    "dynamodb/resourcePolicy": ("policy",),
    "dynamodb/tableItem": ("item",),
    "ec2/vpcEndpoint": ("policy",),
    "ec2/vpcEndpointPolicy": ("policy",),
    "ecr/lifecyclePolicy": ("policy",),
    "ecr/registryPolicy": ("policy",),
    "ecr/repositoryPolicy": ("policy",),
    "ecs/taskDefinition": ("containerDefinitions",),
    "efs/fileSystemPolicy": ("policy",),
    "elasticsearch/domain": ("accessPolicies",),
    "elasticsearch/domainPolicy": ("accessPolicies",),
    "glue/resourcePolicy": ("policy",),
    "iam/groupPolicy": ("policy",),
    "iam/policy": ("policy",),
    "iam/role": ("assumeRolePolicy", "inlinePolicies[].policy"),
    "iam/rolePolicy": ("policy",),
    "iam/userPolicy": ("policy",),
    "kinesis/resourcePolicy": ("policy",),
    "kms/externalKey": ("policy",),
    "kms/key": ("policy",),
    "kms/keyPolicy": ("policy",),
    "kms/replicaKey": ("policy",),
    "opensearch/domain": ("accessPolicies",),
    "opensearch/domainPolicy": ("accessPolicies",),
    "opensearch/serverlessAccessPolicy": ("policy",),
    "opensearch/serverlessLifecyclePolicy": ("policy",),
    "opensearch/serverlessSecurityPolicy": ("policy",),
    "organizations/policy": ("content",),
    "organizations/resourcePolicy": ("content",),
    "pipes/pipe": ("sourceParameters.filterCriteria.filters[].pattern",),
    "s3/accessPoint": ("policy",),
    "s3/bucket": ("policy",),
    "s3/bucketPolicy": ("policy",),
    "s3control/accessPointPolicy": ("policy",),
    "secretsmanager/secret": ("policy",),
    "secretsmanager/secretPolicy": ("policy",),
    "sfn/stateMachine": ("definition",),
    "sns/topic": ("policy", "deliveryPolicy"),
    "sns/topicPolicy": ("policy",),
    "sns/topicSubscription": ("filterPolicy", "redrivePolicy", "deliveryPolicy"),
    "sqs/queue": ("policy", "redrivePolicy", "redriveAllowPolicy"),
    "sqs/queuePolicy": ("policy",),
    "sqs/redriveAllowPolicy": ("redriveAllowPolicy",),
    "sqs/redrivePolicy": ("redrivePolicy",),
    "ssoadmin/permissionSetInlinePolicy": ("inlinePolicy",),
    "wafv2/webAcl": ("ruleJson",),
    "lambda/eventSourceMapping": ("filterCriteria.filters[].pattern",),
}
_ANY_JSON: Final = frozenset({("cloudwatch/eventTarget", "input")})
"""Properties that take any JSON value, not only objects and lists."""


class _NotJsonError(ValueError):
    """The text is no JSON; the message says where."""


def _parsed(value: Value) -> Value:
    """The content of a document given as text or as an object; None where it is absent or empty.

    Raises:
        _NotJsonError: if it is no JSON.
    """
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise _NotJsonError(f"{error.msg.lower()} at line {error.lineno} column {error.colno}") from error


def _at(resource: Resource, path: str) -> Iterator[tuple[str, Value]]:
    if "[]" in path:
        yield from resource.each(path)
    else:
        yield path, resource.get(path)


@rules.rule(
    "json-text",
    "F440",
    " ".join(sorted(_JSON)),
    description="Properties that take a JSON document hold JSON.",
    remediation=(
        "Make the text with a JSON encoder (json.dumps, JSON.stringify, getPolicyDocument) instead of writing it by hand."
    ),
)
def _json_text(resource: Resource) -> Answers:
    for path in _JSON[resource.kind]:
        for where, value in _at(resource, path):
            if value is UNKNOWN:
                yield NOT_JUDGED
                continue
            try:
                content = _parsed(value)
            except _NotJsonError as error:
                yield Finding(where, value, f"JSON: {error}", path)
                continue
            if content is not None and not isinstance(content, (dict, list)) and (resource.kind, path) not in _ANY_JSON:
                yield Finding(where, value, "a JSON object or list", path)


def _document(resource: Resource, path: str) -> Value:
    """The content at a path for rules on the grammar; what is no JSON is `json-text`'s to say, and so is absent here."""
    value = resource.get(path)
    if value is UNKNOWN:
        return UNKNOWN
    try:
        return _parsed(value)
    except _NotJsonError:
        return None


_WIDGETS: Final = frozenset({"metric", "text", "log", "alarm", "explorer", "custom"})


@rules.rule(
    "dashboard-body",
    "F444",
    "cloudwatch/dashboard",
    description="Dashboards have widgets of a known type on a grid of 24 columns.",
    remediation='Write {"widgets": [{"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": {...}}]}.',
)
def _dashboard(resource: Resource) -> Answers:
    body = _document(resource, "dashboardBody")
    if body is UNKNOWN:
        yield NOT_JUDGED
        return
    if not isinstance(body, dict):
        return
    widgets = cast(Mapping[str, Value], body).get("widgets")
    if not isinstance(widgets, list):
        yield Finding("dashboardBody", widgets, "a list of widgets", "widgets")
        return
    for index, widget in enumerate(cast(list[Value], widgets)):
        fields: Mapping[str, Value] = cast(Mapping[str, Value], widget) if isinstance(widget, dict) else {}
        where = f"widget {index}"
        if fields.get("type") not in _WIDGETS:
            yield Finding("dashboardBody", fields.get("type"), f"a type of {', '.join(sorted(_WIDGETS))} at {where}", where)
        if not isinstance(fields.get("properties"), dict):
            yield Finding("dashboardBody", fields.get("properties"), f"properties at {where}", f"{where} properties")
        for name, low, high in (("x", 0, 23), ("y", 0, None), ("width", 1, 24), ("height", 1, 1000)):
            number = as_number(fields.get(name))
            if number is not None and (number < low or (high is not None and number > high)):
                yield Finding("dashboardBody", number, f"{name} from {low} to {high} at {where}", f"{where} {name}")


_STATE_TYPES: Final = frozenset(["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"])


@rules.rule(
    "state-machine-definition",
    "F445",
    "sfn/stateMachine",
    description="State machines start at a state, and every transition leads to a state that is there.",
    remediation="Set StartAt, give each state a Type, and Next or End: true (or Default in a Choice).",
)
def _state_machine(resource: Resource) -> Answers:
    definition = _document(resource, "definition")
    if definition is UNKNOWN:
        yield NOT_JUDGED
    elif isinstance(definition, dict):
        yield from _states(cast(Mapping[str, Value], definition), "definition")


def _states(machine: Mapping[str, Value], where: str) -> Answers:
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield Finding("definition", states, f"States at {where}", f"{where} States")
        return
    known = cast(Mapping[str, Value], states)
    if machine.get("StartAt") not in known:
        yield Finding("definition", machine.get("StartAt"), f"StartAt with the name of a state at {where}", f"{where} StartAt")
    for name, raw in known.items():
        state: Mapping[str, Value] = cast(Mapping[str, Value], raw) if isinstance(raw, dict) else {}
        kind = state.get("Type")
        if kind not in _STATE_TYPES:
            yield Finding("definition", kind, f"a Type of {', '.join(sorted(_STATE_TYPES))} in {name}", f"{name} Type")
            continue
        for target in _targets(state):
            if target not in known:
                yield Finding("definition", target, f"the name of a state after {name}", f"{name} {target}")
        if kind not in ("Choice", "Succeed", "Fail") and ("Next" in state) == (state.get("End") is True):
            yield Finding("definition", state.get("Next"), f"either Next or End: true in {name}", f"{name} end")
        branches = state.get("Branches") if kind == "Parallel" else None
        inner = [state.get("ItemProcessor", state.get("Iterator"))] if kind == "Map" else branches
        for machine_inside in cast(list[Value], inner) if isinstance(inner, list) else []:
            if isinstance(machine_inside, dict):
                yield from _states(cast(Mapping[str, Value], machine_inside), name)


def _targets(state: Mapping[str, Value]) -> Iterator[Value]:
    yield from (state[name] for name in ("Next", "Default") if name in state)
    for name in ("Choices", "Catch"):
        rows = state.get(name)
        for row in cast(list[Value], rows) if isinstance(rows, list) else []:
            if isinstance(row, dict) and "Next" in row:
                yield cast(Mapping[str, Value], row)["Next"]
