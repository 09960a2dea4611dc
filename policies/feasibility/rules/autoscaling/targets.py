"""Scalable targets, policies and scheduled actions that Application Auto Scaling refuses."""

import re
from collections.abc import Hashable
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most
from policies.feasibility.engine.joins import unique
from policies.feasibility.engine.relations import plain
from policies.feasibility.engine.shapes import absent, inside, of, present, some_of, when
from policies.feasibility.rules.autoscaling.groups import steps_cover, tracked
from policies.kit.checks import all_of
from policies.kit.references import earlier, named, referrers, targets, together
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value

rules: Final = Rules("feasibility", failures())

_TARGET: Final = "appautoscaling/target"
_POLICY: Final = "appautoscaling/policy"
_ACTION: Final = "appautoscaling/scheduledAction"
_TRIPLE: Final = ("serviceNamespace", "resourceId", "scalableDimension")
_SCALED: Final = {"ecs": "ecs/service", "dynamodb": "dynamodb/table"}

DIMENSIONS: Final = {
    "ecs:service:DesiredCount": (r"service/[^/]+/[^/]+", "service/CLUSTER/SERVICE"),
    "ec2:spot-fleet-request:TargetCapacity": (r"spot-fleet-request/sfr-.+", "spot-fleet-request/sfr-..."),
    "elasticmapreduce:instancegroup:InstanceCount": (r"instancegroup/[^/]+/[^/]+", "instancegroup/j-.../ig-..."),
    "appstream:fleet:DesiredCapacity": (r"fleet/.+", "fleet/NAME"),
    "dynamodb:table:ReadCapacityUnits": (r"table/[^/]+", "table/NAME"),
    "dynamodb:table:WriteCapacityUnits": (r"table/[^/]+", "table/NAME"),
    "dynamodb:index:ReadCapacityUnits": (r"table/[^/]+/index/[^/]+", "table/NAME/index/INDEX"),
    "dynamodb:index:WriteCapacityUnits": (r"table/[^/]+/index/[^/]+", "table/NAME/index/INDEX"),
    "rds:cluster:ReadReplicaCount": (r"cluster:.+", "cluster:NAME"),
    "rds:cluster:Capacity": (r"cluster:.+", "cluster:NAME"),
    "sagemaker:variant:DesiredInstanceCount": (r"endpoint/[^/]+/variant/[^/]+", "endpoint/NAME/variant/VARIANT"),
    "sagemaker:variant:DesiredProvisionedConcurrency": (r"endpoint/[^/]+/variant/[^/]+", "endpoint/NAME/variant/VARIANT"),
    "sagemaker:inference-component:DesiredCopyCount": (r"inference-component/.+", "inference-component/NAME"),
    "lambda:function:ProvisionedConcurrency": (r"function:[^:]+:[^:]+", "function:NAME:ALIAS"),
    "cassandra:table:ReadCapacityUnits": (r"keyspace/[^/]+/table/[^/]+", "keyspace/NAME/table/NAME"),
    "cassandra:table:WriteCapacityUnits": (r"keyspace/[^/]+/table/[^/]+", "keyspace/NAME/table/NAME"),
    "kafka:broker-storage:VolumeSize": (r"arn:.+", "the ARN of the cluster"),
    "elasticache:replication-group:NodeGroups": (r"replication-group/.+", "replication-group/NAME"),
    "elasticache:replication-group:Replicas": (r"replication-group/.+", "replication-group/NAME"),
    "elasticache:cache-cluster:Nodes": (r"cache-cluster/.+", "cache-cluster/NAME"),
    "neptune:cluster:ReadReplicaCount": (r"cluster:.+", "cluster:NAME"),
    "workspaces:workspacespool:DesiredUserSessions": (r"workspacespool/.+", "workspacespool/wspool-..."),
    "comprehend:document-classifier-endpoint:DesiredInferenceUnits": (r"arn:.+", "the ARN of the endpoint"),
    "comprehend:entity-recognizer-endpoint:DesiredInferenceUnits": (r"arn:.+", "the ARN of the endpoint"),
}
"""Scalable dimension, which starts with its namespace -> form of the resource id, and that form for a message."""


def _triple_of(resource: Resource) -> list[Value]:
    return [resource.get(prop) for prop in _TRIPLE]


@rules.rule("scalable-target-triple", "F383", f"{_TARGET} {_POLICY} {_ACTION}")
def _triple(resource: Resource) -> Answers:
    """Namespace, dimension and resource id belong to the same kind of resource.

    Take the three from one row of AWS's table, such as ecs, ecs:service:DesiredCount and service/CLUSTER/SERVICE.
    """
    dimension, namespace, name = (resource.get(prop) for prop in ("scalableDimension", "serviceNamespace", "resourceId"))
    answer = "ValidationException: Unsupported service namespace, resource type or scalable dimension"
    if not dimension or str(dimension).startswith("custom-resource"):
        return
    known = DIMENSIONS.get(str(dimension))
    if known is None:
        yield Finding("scalableDimension", dimension, "a scalable dimension, such as ecs:service:DesiredCount", answer=answer)
        return
    wanted, (form, words) = str(dimension).split(":")[0], known
    if namespace is UNKNOWN:
        yield NOT_JUDGED
    elif namespace is not None and namespace != wanted:
        yield Finding("serviceNamespace", namespace, f"{wanted}, as in {dimension}", detail="namespace", answer=answer)
    if name is UNKNOWN:
        if not resource.sources("resourceId"):
            yield NOT_JUDGED
    elif isinstance(name, str) and not re.fullmatch(form, name):
        yield Finding("resourceId", name, words, detail="resource", answer=answer)


rules.named("scalable-target-bounds", "F383", _TARGET).add(
    of(at_most("minCapacity", "maxCapacity")),
    description="The smallest capacity of a target is not above its largest.",
    remediation="Set minCapacity <= maxCapacity.",
)


def _key(resource: Resource) -> Hashable:
    if resource.get("resourceId") is UNKNOWN:
        urns = (resource.property_dependencies or {}).get("resourceId", ())
        named = sorted(urn for urn in urns if "$pulumi:" not in urn)
        if not named:
            raise UnknownValueError
        return (*plain(resource, "serviceNamespace", "scalableDimension"), *named)
    return plain(resource, *_TRIPLE)


@rules.rule("scalable-target-after-resource", "F383", _TARGET, needs_stack=True)
def _after_resource(resource: Resource) -> Answers:
    """A target is registered after what it scales has been created.

    Take resourceId from the resource's name, or name the resource in dependsOn.
    """
    name = resource.get("resourceId")
    if name is UNKNOWN:
        if not resource.sources("resourceId"):
            yield NOT_JUDGED
        return
    parts = str(name).split("/")
    kind = _SCALED.get(str(resource.get("serviceNamespace"))) if resource.get("serviceNamespace") is not UNKNOWN else None
    if kind is None or len(parts) < 2:
        return
    for scaled in named(resource, parts[-1] if kind == "ecs/service" else parts[1], kind):
        if not resource.after(scaled):
            answer = (
                f"ValidationException: {'ECS service' if kind == 'ecs/service' else 'DynamoDB table'} doesn't exist: {name}"
            )
            yield Finding("resourceId", name, f"dependsOn {scaled.name}, or its name", detail=scaled.name, answer=answer)


rules.named("scalable-target-once", "F383", _TARGET, needs_stack=True).add(
    unique(
        _TARGET,
        _key,
        "resourceId",
        "a dimension that {other} does not register",
        answer="No error: the second registration replaces the bounds of the first",
        detail=False,
    ),
    description="A dimension of a resource is registered once.",
    remediation="Keep one target per resource and dimension.",
)


@rules.rule("scaling-policy-target", "F384", f"{_POLICY} {_ACTION}", needs_stack=True)
def _registered(resource: Resource) -> Answers:
    """A policy or scheduled action is for a target of the stack, and is created after it.

    Take resourceId, scalableDimension and serviceNamespace from the target.
    """
    candidates = resource.graph.of(_TARGET)
    if not candidates or targets(resource, "resourceId", _TARGET):
        return
    own = _triple_of(resource)
    if any(value is UNKNOWN for value in own):
        if not any(resource.after(candidate) for candidate in candidates):
            yield NOT_JUDGED
        return
    same = [candidate for candidate in candidates if _same(own, _triple_of(candidate))]
    answer = (
        f"ObjectNotFoundException: No scalable target registered for service namespace: {own[0]}, resource ID: {own[1]}, "
        f"scalable dimension: {own[2]}"
    )
    if same and not any(resource.after(candidate) for candidate in same):
        yield Finding("resourceId", own[1], f"dependsOn {same[0].name}, or its resourceId", detail="order", answer=answer)
    elif not same and not any(value is UNKNOWN for candidate in candidates for value in _triple_of(candidate)):
        yield Finding("resourceId", own[1], "the resourceId of a target, with its dimension", detail="target", answer=answer)


def _same(one: list[Value], other: list[Value]) -> bool:
    return not any(value is UNKNOWN for value in (*one, *other)) and one == other


_TRACKING: Final = "targetTrackingScalingPolicyConfiguration"
_STEPS: Final = "stepScalingPolicyConfiguration"
_METRIC: Final = f"{_TRACKING}.predefinedMetricSpecification.predefinedMetricType"
_LABEL_FORM: Final = r"app/[^/]+/[0-9a-f]+/targetgroup/[^/]+/[0-9a-f]+"
_LABEL: Final = f"{_TRACKING}.predefinedMetricSpecification.resourceLabel"
_SERVICES: Final = "ECS DynamoDB RDS Lambda SageMaker Cassandra Kafka ElastiCache Neptune AppStream EC2 Comprehend WorkSpaces"
_METRICS: Final = {service: service.lower() for service in _SERVICES.split()}

rules.named("scaling-policy-shape", "F384", _POLICY).add(
    of(
        when(
            "policyType",
            ("StepScaling",),
            present(_STEPS, "because the policy type is StepScaling (the default)"),
            absent(f"{_TRACKING} predictiveScalingPolicyConfiguration", "because the policy type is StepScaling (the default)"),
            default="StepScaling",
        ),
        when(
            "policyType",
            ("TargetTrackingScaling",),
            present(_TRACKING, "because the policy type is TargetTrackingScaling"),
            absent(_STEPS, "because the policy type is TargetTrackingScaling"),
        ),
        tracked(_TRACKING),
        inside(_STEPS, present("adjustmentType stepAdjustments", "because the policy has steps")),
    ),
    description="A scaling policy has the configuration of its type.",
    remediation=(
        "Set policyType: TargetTrackingScaling with targetTrackingScalingPolicyConfiguration, or StepScaling with steps."
    ),
)


def _metric(policy: Resource) -> Answers:
    metric, namespace, label = policy.get(_METRIC), policy.get("serviceNamespace"), policy.get(_LABEL)
    if metric == "ALBRequestCountPerTarget" and isinstance(label, str) and not re.fullmatch(_LABEL_FORM, label):
        answer = "ValidationException: Invalid resource label"
        expected = "app/BALANCER/ID/targetgroup/GROUP/ID, the two ARN suffixes"
        yield Finding(_LABEL, label, expected, detail="label", answer=answer)
    if not metric or not namespace:
        return
    wanted = next((name for prefix, name in _METRICS.items() if metric.startswith(prefix)), None)
    if metric == "ALBRequestCountPerTarget":
        wanted = namespace if namespace in ("ecs", "ec2") else "ecs"
    if wanted is not None and wanted != namespace:
        answer = "ValidationException: Unsupported predefined metric type for the service namespace"
        yield Finding(_METRIC, metric, f"a metric of {namespace}", detail="metric", answer=answer)


rules.named("scaling-policy-metric", "F384", _POLICY).add(
    all_of(
        steps_cover(f"{_STEPS}.stepAdjustments"),
        _metric,
    ),
    description="A predefined metric is of the service that is scaled; labels and steps have the form that AWS reads.",
    remediation="Use a metric of the namespace, such as ECSServiceAverageCPUUtilization for ecs.",
)


def _metric_key(policy: Resource) -> Hashable:
    metric, label = policy.get(_METRIC), policy.get(_LABEL)
    if metric is None or metric is UNKNOWN or label is UNKNOWN:
        return None
    return (_key(policy), metric, label)


@rules.rule("scaling-policy-metric-once", "F384", _POLICY, needs_stack=True)
def _metric_once(policy: Resource) -> Answers:
    """A target follows each metric by one policy.

    Keep one target tracking policy per metric.
    """
    for other, names in together(earlier(policy, "scaling policies", (_POLICY,), _metric_key)):
        answer = "ValidationException: Only one TargetTrackingScaling policy for a given metric specification is allowed."
        yield Finding(_TRACKING, other.name, f"another metric than that of {names}", detail=other.name, answer=answer)


@rules.rule("scaling-one-at-a-time", "F384", f"{_POLICY} {_ACTION}", needs_stack=True)
def _one_at_a_time(resource: Resource) -> Answers:
    """Policies and scheduled actions of one target are put one after the other.

    Let each depend on the one before: dependsOn the policy or action that is named.
    """
    others = earlier(resource, "changes of a target", (_POLICY, _ACTION), _key)
    at_once = (other for other in others if not resource.after(other) and not other.after(resource))
    for other, names in together(at_once):
        answer = "ConcurrentUpdateException: You already have a pending update to an Auto Scaling resource."
        yield Finding("resourceId", other.name, f"dependsOn {names}", detail=other.name, answer=answer)


rules.named("scheduled-action-sizes", "F384", _ACTION).add(
    of(inside("scalableTargetAction", some_of("minCapacity maxCapacity"), at_most("minCapacity", "maxCapacity"))),
    description="A scheduled action sets a smallest or largest capacity, or both in order.",
    remediation="Set minCapacity, maxCapacity or both, the first not above the second.",
)


@rules.rule("scheduled-target-ignored", "F156", _TARGET, needs_stack=True)
def _ignored(resource: Resource) -> Answers:
    """A target that scheduled actions resize ignores changes of its bounds.

    Add "minCapacity" and "maxCapacity" to the target's ignoreChanges.
    """
    own = _triple_of(resource)
    found = referrers(resource, _ACTION, "resourceId")
    actions = found or [action for action in resource.graph.of(_ACTION) if _same(own, _triple_of(action))]
    missing = sorted({"minCapacity", "maxCapacity"} - set(resource.ignore_changes))
    if actions and missing and "*" not in resource.ignore_changes:
        expected = f"ignoreChanges, because {actions[0].name} changes it on schedule"
        yield Finding(missing[0], resource.get(missing[0]), expected)
