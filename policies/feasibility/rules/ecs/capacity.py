"""ECS capacity: strategies, capacity providers, clusters, autoscaling of services, and the way from tasks to what they pull."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most, between, wanted
from policies.feasibility.engine.joins import only_where, target_then, wants
from policies.feasibility.engine.networks import egress_of, endpoint_services
from policies.feasibility.engine.order import after_any, after_role_policies
from policies.feasibility.engine.shapes import forbids, given, needs, of, when
from policies.kit.facts import FARGATE
from policies.kit.references import listed, referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list

rules: Final = Rules("feasibility", failures())

_SERVICE: Final = "ecs/service"

rules.named("service-launch-type", "F059", "ecs/service ecs/taskSet").add(
    of(forbids("launchType", "capacityProviderStrategies")),
    description="A service names a launch type or a capacity provider strategy, not both.",
    remediation="Remove launchType.",
)


@rules.rule("service-capacity-providers", "F060", "ecs/service ecs/clusterCapacityProviders ecs/cluster")
def _providers(resource: Resource) -> Answers:
    """A strategy names providers of one kind that the cluster has, one with a base and at least one with a weight.

    Associate the providers in clusterCapacityProviders (and depend on it), and keep FARGATE and other providers apart.
    """
    prop = "capacityProviderStrategies" if resource.kind == "ecs/service" else "defaultCapacityProviderStrategies"
    strategy = [block for block in as_list(resource.get(prop)) if block is not UNKNOWN]
    names = [block.get("capacityProvider") for block in strategy]
    if len(strategy) < len(as_list(resource.get(prop))) or any(name is UNKNOWN for name in names):
        yield NOT_JUDGED
    known = [name for name in names if name is not UNKNOWN]
    if len({name in FARGATE for name in known}) > 1:
        yield Finding(prop, known, "either FARGATE and FARGATE_SPOT, or Auto Scaling providers", detail="mix")
    bases = [block.get("base") for block in strategy if given(block.get("base")) and block.get("base") != 0]
    if len(bases) > 1:
        yield Finding(f"{prop}[].base", bases, "a base on one provider only", detail="base")
    weights = [block.get("weight") for block in strategy]
    if len(strategy) > 1 and all(not weight for weight in weights) and not bases:
        yield Finding(f"{prop}[].weight", weights, "a weight above 0 on at least one provider", detail="weight")
    if resource.kind == "ecs/clusterCapacityProviders":
        have = as_list(resource.get("capacityProviders"))
        for name in known:
            if name not in have:
                yield Finding(prop, name, f"one of capacityProviders, {', '.join(map(str, have))}", detail=str(name))
    elif resource.kind == "ecs/service" and known:
        yield from _associated(resource, known)


def _associated(service: Resource, names: list[Value]) -> Answers:
    path, cluster = "capacityProviderStrategies", target(service, "cluster", "ecs/cluster")
    if cluster is None:
        return
    links = referrers(cluster, "ecs/clusterCapacityProviders", "clusterName")
    inline = [value for _, value in cluster.each("capacityProviders[]")]
    missing = f"a provider that cluster {cluster.name} has (ecs.ClusterCapacityProviders)"
    for name in names:
        if name not in inline:
            having = [link for link in links if name in as_list(link.get("capacityProviders"))]
            yield from after_any(service, having, path, name, missing=missing, detail=str(name))


@rules.rule("service-desired-count-ignored", "F070", _SERVICE, needs_stack=True)
def _desired_count(service: Resource) -> Answers:
    """A service that autoscaling sizes ignores changes of desiredCount.

    Add "desiredCount" to the service's ignoreChanges.
    """
    scaled = referrers(service, "appautoscaling/target", "resourceId")
    if scaled and not {"desiredCount", "desired_count", "*"} & set(service.ignore_changes):
        expected = f"ignoreChanges, because {scaled[0].name} scales the service"
        yield Finding("desiredCount", service.get("desiredCount"), expected)


rules.named("service-after-role-policies", "F071", _SERVICE, needs_stack=True).add(
    after_role_policies("iamRole"),
    description="A service is created after, and so deleted before, the policies of the role that manages its load balancer.",
    remediation="Add the role's policies and attachments to the service's dependsOn.",
)

_PROVIDER: Final = "ecs/capacityProvider"
_GROUP_ARN: Final = "autoScalingGroupProvider.autoScalingGroupArn"
_PROTECTION: Final = "autoScalingGroupProvider.managedTerminationProtection"
_SCALING: Final = "autoScalingGroupProvider.managedScaling"


def _group_has(switch: str) -> Check:
    has_it = wants(switch, (True,), f"an Auto Scaling group with {switch}: true ({{other}} has none)", detail="{other}")
    return target_then(_GROUP_ARN, "autoscaling/group", has_it)


rules.named("capacity-provider-protection", "F063", _PROVIDER).add(
    only_where(
        _PROTECTION,
        of(wanted(f"{_SCALING}.status", ("ENABLED",), "ENABLED", detail="scaling")),
        _group_has("protectFromScaleIn"),
        values=("ENABLED",),
    ),
    description="Managed termination protection has managed scaling and a group that protects its instances.",
    remediation="Set protectFromScaleIn: true on the Auto Scaling group and managedScaling.status: ENABLED.",
)
rules.named("capacity-provider-deletable", "F064", _PROVIDER, needs_stack=True).add(
    only_where(_PROTECTION, _group_has("forceDelete"), values=("ENABLED",)),
    description="A group whose instances ECS protects can be deleted with its instances.",
    remediation="Set forceDelete: true on the Auto Scaling group.",
)


@rules.rule("capacity-provider-group-tag", "F065", _PROVIDER, needs_stack=True)
def _managed_tag(provider: Resource) -> Answers:
    """The Auto Scaling group of a capacity provider keeps the tag that ECS puts on it.

    Add {key: AmazonECSManaged, value: true, propagateAtLaunch: true} to the group's tags.
    """
    for group in targets(provider, _GROUP_ARN, "autoscaling/group"):
        keys = [value for _, value in group.each("tags[].key")]
        ignored = any(path.startswith("tags") for path in group.ignore_changes)
        if "AmazonECSManaged" not in keys and not ignored:
            expected = f"an Auto Scaling group with the tag AmazonECSManaged ({group.name} has none)"
            yield Finding(_GROUP_ARN, group.name, expected, detail=group.name)


rules.named("capacity-provider-sizes", "F319", _PROVIDER).add(
    of(
        between(f"{_SCALING}.targetCapacity", 1, 100, unit="percent"),
        between(f"{_SCALING}.minimumScalingStepSize", 1, 10000),
        between(f"{_SCALING}.maximumScalingStepSize", 1, 10000),
        between(f"{_SCALING}.instanceWarmupPeriod", 0, 10000, unit="seconds"),
        at_most(f"{_SCALING}.minimumScalingStepSize", f"{_SCALING}.maximumScalingStepSize"),
    ),
    description="A capacity provider scales in steps and to a share that ECS takes.",
    remediation="Set a value in the range.",
)

_EXEC: Final = "configuration.executeCommandConfiguration"

rules.named("cluster-exec-logging", "F319", "ecs/cluster").add(
    of(
        when(
            f"{_EXEC}.logging",
            ("OVERRIDE",),
            needs(f"{_EXEC}.logConfiguration", "a log group or bucket, because logging is OVERRIDE"),
        )
    ),
    description="A cluster that logs ECS Exec in a place of its own says where.",
    remediation="Set logging: OVERRIDE together with logConfiguration.",
)

_PULLED_FROM: Final = ("ecr.api", "ecr.dkr", "s3", "logs")


@rules.rule("service-can-pull", "F068", _SERVICE, needs_stack=True)
def _can_pull(service: Resource) -> Answers:
    """Tasks without a public address have a way to their images: a NAT gateway, or endpoints of ECR, S3 and logs.

    Route the subnets through a NAT gateway, add the endpoints, or assign public addresses in public subnets.
    """
    path = "networkConfiguration.subnets"
    private = service.get("networkConfiguration.assignPublicIp") is not True
    for subnet in listed(service, path, "ec2/subnet") or () if private else ():
        ways = egress_of(subnet)
        have = endpoint_services(subnet) if ways is not None and not ways - {"internet gateway"} else set(_PULLED_FROM)
        if ways is None or have is None:
            yield NOT_JUDGED
        elif missing := [name for name in _PULLED_FROM if name not in have]:
            expected = f"a default route through a NAT gateway, or the endpoints {', '.join(missing)}"
            yield Finding(path, subnet.name, expected, detail=subnet.name)
            return
