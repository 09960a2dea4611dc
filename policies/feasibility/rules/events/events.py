"""Rules and targets that Amazon EventBridge refuses, or that never fire."""

import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items, between
from policies.feasibility.engine.joins import target_then, unique
from policies.feasibility.engine.patterns import each_pattern, never_in_events
from policies.feasibility.engine.relations import home, names_fifo_queue, plain
from policies.feasibility.engine.shapes import (
    absent,
    blocks,
    each_block,
    given,
    of,
    only_one,
    saying,
    some_of,
    unless,
)
from policies.feasibility.rules.events.targets import NO_GROUP, RETRIES, TASKS
from policies.kit.checks import all_of
from policies.kit.references import arn_of, reference, target
from policies.kit.resource import STACK_REFERENCE, Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())

_RULE: Final = "cloudwatch/eventRule"
_BUS: Final = "cloudwatch/eventBus"
_TARGET: Final = "cloudwatch/eventTarget"

rules.named("event-rule-shape", "F371", _RULE).add(
    of(
        saying("one of `event_pattern,schedule_expression` must be specified", some_of("eventPattern scheduleExpression")),
        only_one("state isEnabled"),
        unless(
            "eventBusName",
            ("default",),
            saying(
                "ValidationException: ScheduleExpression is supported only on the default event bus.",
                absent("scheduleExpression", "because only the default event bus has schedules"),
            ),
            default="default",
        ),
    ),
    description="A rule has a pattern or a schedule; schedules are on the default event bus.",
    remediation="Set eventPattern, or scheduleExpression without eventBusName.",
)


_INVALID: Final = "InvalidEventPatternException: Event pattern is not valid. Reason: {mistake}"

rules.named("event-pattern", "F372", "cloudwatch/eventRule cloudwatch/eventArchive pipes/pipe").add(
    all_of(
        each_pattern("eventPattern", _INVALID),
        each_pattern("sourceParameters.filterCriteria.filters[].pattern", _INVALID),
    ),
    description="An event pattern is JSON that EventBridge can read: objects, with lists as leaves.",
    remediation='Write each leaf as a list: {"source": ["aws.ec2"], "detail": {"state": ["running"]}}.',
)


@rules.rule("event-pattern-fields", "F373", _RULE)
def _fields(rule: Resource) -> Answers:
    """A pattern asks for fields that events have.

    Use detail-type (not detailType) and put the event's own fields into detail.
    """
    for name in never_in_events(rule.get("eventPattern")):
        expected = "source, detail-type, detail, resources, account, region, time, id or version"
        yield Finding("eventPattern", name, expected, detail=name)


def _rule_key(resource: Resource) -> Hashable:
    rule = reference(resource, "rule", _RULE)
    bus = reference(resource, "eventBusName", _BUS) or "default"
    return None if rule is None else (rule, bus, home(resource))


rules.named("event-rule-target-count", "F107", _TARGET, needs_stack=True).add(
    unique(_TARGET, _rule_key, "rule", "a rule with fewer than five targets; this is its sixth", detail=False, most=5),
    description="A rule has at most five targets.",
    remediation="Declare a second rule with the same pattern, or send the events to a topic.",
)


def _id_key(resource: Resource) -> Hashable:
    return None if resource.get("targetId") is None else (_rule_key(resource), *plain(resource, "targetId"))


rules.named("event-target-once", "F374", _TARGET, needs_stack=True).add(
    unique(
        _TARGET,
        _id_key,
        "targetId",
        "an id that {other} does not have",
        answer="No error: the second target replaces the first",
    ),
    description="Targets of a rule have ids of their own.",
    remediation="Leave targetId out, or give each target its own.",
)

_ROLE_KINDS: Final = {
    "ecs/cluster": "ecs",
    "batch/jobQueue": "batch",
    "kinesis/stream": "kinesis",
    "kinesis/firehoseDeliveryStream": "firehose",
    "sfn/stateMachine": "states",
    "codebuild/project": "codebuild",
    "codepipeline/pipeline": "codepipeline",
    "cloudwatch/eventApiDestination": "events",
    "glue/workflow": "glue",
}
_ROLE_BLOCKS: Final = ("ecsTarget", "batchTarget", "kinesisTarget", "redshiftTarget", "sagemakerPipelineTarget")


@rules.rule("event-target-role", "F106", _TARGET)
def _role(resource: Resource) -> Answers:
    """A target that EventBridge calls with a role names it.

    Set roleArn to a role that events.amazonaws.com may take on and that allows the call (and iam:PassRole for ECS).
    """
    if given(resource.get("roleArn")):
        return
    why = next((name for name in _ROLE_BLOCKS if given(resource.get(name))), "")
    value = resource.get("arn")
    if not why and value is UNKNOWN:
        sources = resource.sources("arn") or set()
        why = next((_ROLE_KINDS[kind] for kind in sorted(sources) if kind in _ROLE_KINDS), "")
        if not why and (not sources or STACK_REFERENCE in sources):
            yield NOT_JUDGED
    elif not why and (arn := arn_of(value)) is not None:
        needs = arn.service in _ROLE_KINDS.values() and arn.service != "events"
        why = arn.service if needs or arn.resource.startswith("api-destination/") else ""
    if why:
        answer = "ValidationException: RoleArn is required for target"
        yield Finding("roleArn", None, f"a role, because of {why}", answer=answer)


rules.named("event-target-settings", "F374", _TARGET).add(
    all_of(
        of(
            saying(
                "Conflicting configuration arguments: input, input_path, input_transformer",
                only_one("input inputPath inputTransformer"),
            ),
        ),
        each_block("retryPolicy", *RETRIES),
        each_block("ecsTarget", *TASKS),
        each_block("batchTarget", between("arraySize", 2, 10000), between("jobAttempts", 1, 10)),
        of(at_most_items("runCommandTargets", 5, "run command targets")),
    ),
    description="A target's settings go together, in the ranges that EventBridge takes.",
    remediation="Set one of input, inputPath and inputTransformer, and values in the range.",
)


@rules.rule("event-target-template", "F374", _TARGET)
def _input(resource: Resource) -> Answers:
    """A target's template uses only paths that are declared.

    Declare every <name> of inputTemplate in inputPaths.
    """
    for where, block in blocks(resource, "inputTransformer"):
        declared = cast(Mapping[str, Value], block.get("inputPaths") or {})
        yield from _template(where, declared, str(block.get("inputTemplate") or ""))


def _template(where: str, declared: Mapping[str, Value], template: str) -> Iterator[Finding]:
    if len(declared) > 100:
        yield Finding(f"{where}.inputPaths", len(declared), "at most 100 paths", detail="count")
    for name, path in declared.items():
        if path is not UNKNOWN and not str(path).startswith("$"):
            answer = "ValidationException: InputPathsMap contains an invalid JSON path"
            yield Finding(f"{where}.inputPaths", path, f"a path that starts with $ for {name}", detail=name, answer=answer)
        if name.lower().startswith("aws"):
            yield Finding(f"{where}.inputPaths", name, "a name that does not start with AWS", detail=name)
    for name in sorted(set(re.findall(r"<([A-Za-z0-9_-]+)>", template)) - declared.keys()):
        answer = f"ValidationException: Invalid InputTemplate for target: undefined variable {name}"
        yield Finding(f"{where}.inputTemplate", f"<{name}>", "a name of inputPaths", detail=f"template {name}", answer=answer)


def _bus(resource: Resource, _: str, rule: Resource) -> Answers:
    mine, names = resource.get("eventBusName"), [each.get("eventBusName") for each in (rule, resource)]
    known = not any(name is UNKNOWN for name in names)
    one, other = map(_bus_name, names) if known else map(_bus_of, (rule, resource))
    if one != other:
        answer = "ResourceNotFoundException: Rule does not exist on EventBus default."
        yield Finding("eventBusName", mine, f"the event bus of {rule.name}", answer=answer)


rules.named("event-target-bus", "F375", _TARGET, needs_stack=True).add(
    target_then("rule", _RULE, _bus),
    description="A target is on the event bus of its rule.",
    remediation="Set eventBusName of the target to the rule's.",
)


def _bus_of(resource: Resource) -> str | None:
    found = target(resource, "eventBusName", _BUS)
    if found is not None:
        return found.urn
    return "default" if resource.get("eventBusName") in (None, "default") else None


def _bus_name(value: Value) -> str:
    return str(value or "default").rpartition("/")[2]


@rules.rule("event-target-queue", "F374", _TARGET, needs_stack=True)
def _queue(resource: Resource) -> Answers:
    """A FIFO queue as a target has a message group; dead letters go to a standard queue.

    Set sqsTarget.messageGroupId for a FIFO queue; use a standard queue for dead letters.
    """
    if not given(resource.get("sqsTarget")) and names_fifo_queue(resource, "arn"):
        yield Finding("sqsTarget.messageGroupId", None, "a message group, because the queue is FIFO", answer=NO_GROUP)
    path = "deadLetterConfig.arn"
    if names_fifo_queue(resource, path):
        yield Finding(path, resource.get(path), "a standard queue for dead letters", detail="dead letters")
