"""Auto Scaling groups, policies, schedules and hooks that EC2 Auto Scaling refuses."""

from itertools import pairwise
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most, between, choice
from policies.feasibility.engine.faults import is_one, number, on, unsaid, where_all
from policies.feasibility.engine.joins import target_then
from policies.feasibility.engine.relations import any_unknown, vpc_of
from policies.feasibility.engine.shapes import (
    absent,
    blocks,
    each_block,
    exactly_one,
    given,
    inside,
    of,
    only_one,
    present,
    requires,
    saying,
    some_of,
    unless,
    when,
)
from policies.kit.checks import all_of
from policies.kit.references import targets
from policies.kit.resource import Resource
from policies.kit.rows import Block, BlockCheck, row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, as_number, read

rules: Final = Rules("feasibility", failures())

_GROUP: Final = "autoscaling/group"
_POLICY: Final = "autoscaling/policy"
_MIXED: Final = "mixedInstancesPolicy.launchTemplate"
_OVERRIDES: Final = f"{_MIXED}.overrides"
_TRACKING: Final = "targetTrackingConfiguration"

rules.named("asg-shape", "F380", _GROUP).add(
    all_of(
        of(
            saying(
                "ValidationError: Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or "
                "MixedInstancesPolicy parameter",
                exactly_one("launchTemplate launchConfiguration mixedInstancesPolicy"),
            ),
            saying(
                "ValidationError: At least one Availability Zone or VPC Subnet is required.",
                some_of("vpcZoneIdentifiers availabilityZones availabilityZoneIds"),
            ),
            only_one("vpcZoneIdentifiers availabilityZones"),
            between("maxInstanceLifetime", 86400, 31536000, unit="seconds", also=(0,)),
            between("healthCheckGracePeriod", 0, 2147483647),
            choice("metricsGranularity", ("1Minute",)),
            choice("healthCheckType", ("EC2", "ELB", "EBS", "VPC_LATTICE")),
        ),
        each_block("launchTemplate", exactly_one("id name")),
        each_block(
            "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification",
            exactly_one("launchTemplateId launchTemplateName"),
        ),
        each_block(f"{_OVERRIDES}[]", only_one("instanceType instanceRequirements")),
        each_block(
            "mixedInstancesPolicy.instancesDistribution",
            between("onDemandPercentageAboveBaseCapacity", 0, 100, unit="percent"),
            between("onDemandBaseCapacity", 0, 100000),
            between("spotInstancePools", 1, 20),
            unless(
                "spotAllocationStrategy",
                ("lowest-price",),
                absent("spotInstancePools", "because only lowest-price chooses among pools"),
                default="lowest-price",
            ),
        ),
    ),
    description="An Auto Scaling group has one way to launch instances and one list of places for them.",
    remediation="Set launchTemplate or mixedInstancesPolicy, and vpcZoneIdentifiers.",
)


@rules.rule("asg-sizes", "F381", _GROUP)
def _sizes(group: Resource) -> Answers:
    """The desired size of a group is between its smallest and its largest.

    Set minSize <= desiredCapacity <= maxSize.
    """
    low, high, wanted = group.get("minSize"), group.get("maxSize"), group.get("desiredCapacity")
    least, most, desired = as_number(low), as_number(high), as_number(wanted)
    if least is not None and most is not None and least > most:
        answer = "ValidationError: Max bound must be greater than or equal to min bound"
        yield Finding("minSize", low, f"at most maxSize, which is {most:g}", answer=answer)
    elif desired is not None and least is not None and most is not None and not least <= desired <= most:
        sizes = f"the specified min size:{least:g} and max size:{most:g}"
        answer = f"ValidationError: Desired capacity:{desired:g} must be between {sizes}"
        yield Finding("desiredCapacity", wanted, f"{least:g} to {most:g}, minSize to maxSize", answer=answer)


_NUMBER: Final = where_all(is_one("version", "$Latest", "$Default", default="$Default")).wrong(
    "a number, e.g. the template's latestVersion"
)

rules.named("asg-template-version", "F542", _GROUP).add(
    all_of(
        each_block("launchTemplate", _NUMBER),
        each_block(f"{_MIXED}.launchTemplateSpecification", _NUMBER),
        each_block(f"{_OVERRIDES}[].launchTemplateSpecification", _NUMBER),
    ),
    description="A group names the version of its launch template: what $Latest and $Default mean changes without the group.",
    remediation="Set version to the launch template's latestVersion; a new one is then a change of the group.",
)
rules.named("asg-instance-refresh", "F546", _GROUP).add(
    of(
        where_all(unsaid("instanceRefresh"), number("maxInstanceLifetime", lambda seconds: seconds == 0, default=0)).wrong(
            "a block with strategy: Rolling, or instances that run keep what they were launched from", about="instanceRefresh"
        )
    ),
    description="What a group launches from reaches the instances that run: a refresh replaces them, or their age does.",
    remediation="Set instanceRefresh, or maxInstanceLifetime where a wait of that long is wanted.",
)
rules.named("asg-rollback-alarms", "F544", _GROUP).add(
    each_block(
        "instanceRefresh.preferences",
        where_all(on("autoRollback"), unsaid("alarmSpecification.alarms")).wrong(
            "alarms, because it goes back by itself", about="alarmSpecification.alarms"
        ),
    ),
    description="An instance refresh that goes back by itself knows the alarms that say so.",
    remediation="Set alarmSpecification.alarms, or autoRollback: false.",
)


@rules.rule("asg-spot-in-template", "F170", _GROUP, needs_stack=True)
def _spot(group: Resource) -> Answers:
    """The launch template of a mixed group does not ask for Spot instances itself.

    Remove instanceMarketOptions from the template and set the Spot share in instancesDistribution.
    """
    found = targets(
        group, "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId", "ec2/launchTemplate"
    )
    for template in found:
        if template.get("instanceMarketOptions.marketType") == "spot":
            expected = f"a launch template without instanceMarketOptions ({template.name} has them)"
            yield Finding("mixedInstancesPolicy.launchTemplate", template.name, expected, detail=template.name)


@rules.rule(
    "asg-target-type", "F078", "autoscaling/group autoscaling/attachment autoscaling/trafficSourceAttachment", needs_stack=True
)
def _target_type(resource: Resource) -> Answers:
    """The target groups of an Auto Scaling group take instances.

    Set targetType: instance on the target group.
    """
    path = {_GROUP: "targetGroupArns[]", "autoscaling/attachment": "lbTargetGroupArn"}.get(
        resource.kind, "trafficSource.identifier"
    )
    found = targets(resource, path, "lb/targetGroup")
    if not found and any_unknown(resource, path):
        yield NOT_JUDGED
    homes = {vpc_of(subnet) for subnet in targets(resource, "vpcZoneIdentifiers[]", "ec2/subnet")} - {None}
    for group in found:
        kind = group.get("targetType")
        if kind is UNKNOWN:
            yield NOT_JUDGED
        elif kind not in (None, "instance"):
            expected = f"a target group of type instance ({group.name} is {kind})"
            yield Finding(path.replace("[]", ""), group.name, expected, detail=group.name)
        if homes and vpc_of(group) not in (None, *homes):
            answer = "ValidationError: Provided Target Groups may not be valid: the target group is in another VPC"
            expected = "a target group of the group's VPC"
            yield Finding("targetGroupArns", group.name, expected, detail=f"{group.name} vpc", answer=answer)


def _inline(_: Resource, prop: str, group: Resource) -> Answers:
    inline = next((name for name in ("targetGroupArns", "loadBalancers") if given(group.get(name))), None)
    if inline and not any(path.startswith(inline) for path in group.ignore_changes):
        answer = "No error: group and attachment undo each other at every update"
        yield Finding(prop, group.name, f"a group without {inline} of its own", detail="inline", answer=answer)


rules.named("asg-attachment-shape", "F380", "autoscaling/attachment", needs_stack=True).add(
    all_of(of(exactly_one("elb lbTargetGroupArn")), target_then("autoscalingGroupName", _GROUP, _inline)),
    description="An attachment names one load balancer or target group, and the group itself names none.",
    remediation="Set one of elb and lbTargetGroupArn; attach either in the group or by attachments.",
)


@rules.rule("asg-instance-tags", "F183", _GROUP)
def _tags(group: Resource) -> Answers:
    """Instances of a group get the provider's default tags, which do not reach them by themselves.

    Add the tags with propagateAtLaunch: true to the group, or in tagSpecifications to the launch template.
    """
    wanted = set(read(group.provider_properties, "defaultTags.tags") or ())
    have = {value for _, value in group.each("tags[].key") if isinstance(value, str)}
    if wanted and any_unknown(group, "tags[].key"):
        raise UnknownValueError
    for template in targets(group, "launchTemplate.id", "ec2/launchTemplate"):
        for _, specification in blocks(template, "tagSpecifications[]"):
            tags = specification.get("tags")
            if specification.get("resourceType") == "instance" and isinstance(tags, dict):
                have |= set(tags)
    if missing := sorted(wanted - have):
        yield Finding("tags", sorted(have), f"also {', '.join(missing)}")


def tracked(path: str) -> BlockCheck:
    """The configuration of target tracking, of either autoscaling service, has one metric and a value to keep."""
    by_requests = present("resourceLabel", "because requests are counted per target group")
    return inside(
        path,
        exactly_one("predefinedMetricSpecification customizedMetricSpecification"),
        present("targetValue", "the value to keep"),
        inside("predefinedMetricSpecification", when("predefinedMetricType", ("ALBRequestCountPerTarget",), by_requests)),
    )


rules.named("asg-policy-shape", "F382", _POLICY).add(
    of(
        when(
            "policyType",
            ("SimpleScaling",),
            present("scalingAdjustment adjustmentType", "because the policy type is SimpleScaling (the default)"),
            absent("estimatedInstanceWarmup stepAdjustments metricAggregationType", "because the policy type is SimpleScaling"),
            absent(f"{_TRACKING} predictiveScalingConfiguration", "because the policy type is SimpleScaling"),
            default="SimpleScaling",
        ),
        when(
            "policyType",
            ("StepScaling",),
            present("stepAdjustments adjustmentType", "because the policy type is StepScaling"),
            saying(
                "cooldown is only supported for policy type SimpleScaling",
                absent("cooldown", "because the type is StepScaling"),
            ),
            absent(f"scalingAdjustment {_TRACKING}", "because the policy type is StepScaling"),
        ),
        when(
            "policyType",
            ("TargetTrackingScaling",),
            present(_TRACKING, "because the policy type is TargetTrackingScaling"),
            absent("scalingAdjustment stepAdjustments adjustmentType cooldown", "because the type is TargetTrackingScaling"),
        ),
        when(
            "policyType",
            ("PredictiveScaling",),
            present("predictiveScalingConfiguration", "because the type is PredictiveScaling"),
        ),
        choice("adjustmentType", ("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity")),
        tracked(_TRACKING),
        unless(
            "adjustmentType",
            ("PercentChangeInCapacity",),
            absent("minAdjustmentMagnitude", "because only PercentChangeInCapacity has one"),
        ),
    ),
    description="A scaling policy has what its type needs, and nothing of another.",
    remediation="Set policyType, and the configuration that belongs to it.",
)


@row
def steps_cover(path: str) -> Check:
    """The intervals of the step adjustments at `path`, of either autoscaling service, cover their range once, without gaps."""
    return lambda policy: _intervals(path, [block for _, block in blocks(policy, f"{path}[]")])


def _intervals(path: str, steps: list[Block]) -> Answers:
    ranges: list[tuple[float, float]] = []
    for step in steps:
        low, high = as_number(step.get("metricIntervalLowerBound")), as_number(step.get("metricIntervalUpperBound"))
        ranges.append((float("-inf") if low is None else low, float("inf") if high is None else high))
    for low, high in ranges:
        if low >= high:
            yield Finding(path, [low, high], "a lower bound below the upper bound", detail=f"{low:g}-{high:g}")
    ordered = sorted(ranges)
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            answer = "ValidationError: StepAdjustment intervals can't overlap"
            yield Finding(path, [start, end], "intervals that do not overlap", detail=f"overlap {start:g}", answer=answer)
        elif start > end:
            answer = "ValidationError: There can't be a gap between StepAdjustment intervals"
            yield Finding(path, [end, start], "intervals without a gap", detail=f"gap {end:g}", answer=answer)


rules.named("asg-policy-steps", "F382", _POLICY).add(
    steps_cover("stepAdjustments"),
    description="The steps of a step policy cover their range once, without gaps.",
    remediation="Let each step begin where the one before ends; leave the outer bounds out.",
)
rules.named("asg-schedule", "F382", "autoscaling/schedule").add(
    of(
        saying(
            "ValidationError: At least one of min size, max size and desired capacity must be specified",
            some_of("minSize maxSize desiredCapacity"),
        ),
        at_most("minSize", "maxSize"),
        at_most("minSize", "desiredCapacity"),
        at_most("desiredCapacity", "maxSize"),
    ),
    description="A scheduled action sets sizes that fit each other.",
    remediation="Set at least one size, and minSize <= desiredCapacity <= maxSize.",
)
rules.named("asg-lifecycle-hook", "F382", "autoscaling/lifecycleHook").add(
    of(
        requires("notificationTargetArn", "roleArn"),
        requires("roleArn", "notificationTargetArn"),
        between("heartbeatTimeout", 30, 7200, unit="seconds"),
        choice("defaultResult", ("CONTINUE", "ABANDON")),
    ),
    description="A lifecycle hook that notifies names target and role, and waits 30 to 7200 seconds.",
    remediation="Set notificationTargetArn and roleArn together, and heartbeatTimeout in the range.",
)
