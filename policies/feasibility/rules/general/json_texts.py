"""Properties that hold JSON: that it is JSON, and the grammar of dashboards and state machines."""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import Leaf, alike, at, each_text, pairs
from policies.feasibility.engine.shapes import as_block, json_object, parsed
from policies.kit.facts import KEYS
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import Answers, Finding, Rules
from policies.kit.values import Value, as_number

rules: Final = Rules("feasibility", failures())

_JSON: Final = {
    **dict.fromkeys(KEYS, "policy"),
    **alike(
        """
        apigateway/restApi apigateway/restApiPolicy backup/vaultPolicy cloudwatch/eventBusPolicy dynamodb/resourcePolicy
        ec2/vpcEndpoint ec2/vpcEndpointPolicy ecr/lifecyclePolicy ecr/registryPolicy ecr/repositoryPolicy
        efs/fileSystemPolicy glue/resourcePolicy iam/groupPolicy iam/policy iam/rolePolicy iam/userPolicy
        kinesis/resourcePolicy kms/keyPolicy opensearch/serverlessAccessPolicy
        opensearch/serverlessLifecyclePolicy opensearch/serverlessSecurityPolicy s3/accessPoint s3/bucket s3/bucketPolicy
        s3control/accessPointPolicy secretsmanager/secret secretsmanager/secretPolicy sns/topicPolicy sqs/queuePolicy
        """,
        "policy",
    ),
    **alike(
        "cloudwatch/logDataProtectionPolicy cloudwatch/logResourcePolicy codeartifact/domainPermissionsPolicy", "policyDocument"
    ),
    **alike("elasticsearch/domain elasticsearch/domainPolicy opensearch/domain opensearch/domainPolicy", "accessPolicies"),
    **pairs(
        """
        batch/jobDefinition=containerProperties,nodeProperties,ecsProperties cfg/rule=inputParameters
        cloudwatch/dashboard=dashboardBody cloudwatch/eventArchive=eventPattern cloudwatch/eventRule=eventPattern
        cloudwatch/eventTarget=input cloudwatch/logDestinationPolicy=accessPolicy dynamodb/tableItem=item
        ecs/taskDefinition=containerDefinitions iam/role=assumeRolePolicy,inlinePolicies[].policy
        lambda/eventSourceMapping=filterCriteria.filters[].pattern organizations/policy=content
        organizations/resourcePolicy=content pipes/pipe=sourceParameters.filterCriteria.filters[].pattern
        sfn/stateMachine=definition sns/topic=policy,deliveryPolicy
        sns/topicSubscription=filterPolicy,redrivePolicy,deliveryPolicy sqs/queue=policy,redrivePolicy,redriveAllowPolicy
        sqs/redriveAllowPolicy=redriveAllowPolicy sqs/redrivePolicy=redrivePolicy
        ssoadmin/permissionSetInlinePolicy=inlinePolicy wafv2/webAcl=ruleJson
        """
    ),
}
"""Kind -> the properties that hold JSON."""
_ANY_JSON: Final = frozenset({("cloudwatch/eventTarget", "input")})
"""Properties that take any JSON value, not only objects and lists."""


def _not_json(resource: Resource, leaf: Leaf) -> str:
    try:
        content = parsed(leaf.value) if leaf.value.strip() else None
    except ValueError as error:
        return f"JSON: {str(error).lower()}"
    right = content is None or isinstance(content, (dict, list)) or (resource.kind, leaf.name) in _ANY_JSON
    return "" if right else "a JSON object or list"


rules.named("json-text", "F440", " ".join(_JSON)).add(
    each_text(at({kind: paths.split() for kind, paths in _JSON.items()}), _not_json, detail="{name}"),
    description="Properties that take a JSON document hold JSON.",
    remediation=(
        "Make the text with a JSON encoder (json.dumps, JSON.stringify, getPolicyDocument) instead of writing it by hand."
    ),
)


_WIDGETS: Final = ("alarm", "custom", "explorer", "log", "metric", "text")


@rules.rule("dashboard-body", "F444", "cloudwatch/dashboard")
def _dashboard(resource: Resource) -> Answers:
    """Dashboards have widgets of a known type on a grid of 24 columns.

    Write {"widgets": [{"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": {...}}]}.
    """
    body = json_object(resource.get("dashboardBody"))
    if body is None:
        return
    widgets = body.get("widgets")
    if not isinstance(widgets, list):
        yield Finding("dashboardBody", widgets, "a list of widgets", "widgets")
        return
    for index, widget in enumerate(cast(list[Value], widgets)):
        fields, where = as_block(widget), f"widget {index}"
        if fields.get("type") not in _WIDGETS:
            yield Finding("dashboardBody", fields.get("type"), f"a type of {', '.join(_WIDGETS)} at {where}", where)
        if not isinstance(fields.get("properties"), dict):
            yield Finding("dashboardBody", fields.get("properties"), f"properties at {where}", f"{where} properties")
        for name, low, high in (("x", 0, 23), ("y", 0, inf), ("width", 1, 24), ("height", 1, 1000)):
            number = as_number(fields.get(name))
            if number is not None and not low <= number <= high:
                yield Finding("dashboardBody", number, f"{name} from {low} to {high} at {where}", f"{where} {name}")


_STATE_TYPES: Final = frozenset(["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"])


@rules.rule("state-machine-definition", "F445", "sfn/stateMachine")
def _state_machine(resource: Resource) -> Answers:
    """State machines start at a state, and every transition leads to a state that is there.

    Set StartAt, give each state a Type, and Next or End: true (or Default in a Choice).
    """
    definition = json_object(resource.get("definition"))
    if definition is not None:
        yield from _states(definition, "definition")


def _states(machine: Block, where: str) -> Answers:
    states = as_block(machine.get("States"))
    if not states:
        yield Finding("definition", machine.get("States"), f"States at {where}", f"{where} States")
        return
    if machine.get("StartAt") not in states:
        yield Finding("definition", machine.get("StartAt"), f"StartAt with the name of a state at {where}", f"{where} StartAt")
    for name, state in ((name, as_block(state)) for name, state in states.items()):
        kind = state.get("Type")
        if kind not in _STATE_TYPES:
            yield Finding("definition", kind, f"a Type of {', '.join(sorted(_STATE_TYPES))} in {name}", f"{name} Type")
            continue
        for target in transitions(state):
            if target not in states:
                yield Finding("definition", target, f"the name of a state after {name}", f"{name} {target}")
        if kind not in ("Choice", "Succeed", "Fail") and ("Next" in state) == (state.get("End") is True):
            yield Finding("definition", state.get("Next"), f"either Next or End: true in {name}", f"{name} end")
        branches = state.get("Branches") if kind == "Parallel" else None
        inner = [state.get("ItemProcessor", state.get("Iterator"))] if kind == "Map" else branches
        for machine_inside in cast(list[Value], inner) if isinstance(inner, list) else []:
            if isinstance(machine_inside, Mapping):
                yield from _states(as_block(machine_inside), name)


def transitions(state: Block) -> Iterator[Value]:
    """The names of the states that may follow a state."""
    yield from (state[name] for name in ("Next", "Default") if name in state)
    for name in ("Choices", "Catch"):
        rows = state.get(name)
        for row in map(as_block, cast(list[Value], rows) if isinstance(rows, list) else []):
            if "Next" in row:
                yield row["Next"]
