"""Services survive the loss of a task, a zone and a bad deployment, and load balancers the loss of a zone and of a target."""

from collections.abc import Iterator
from math import inf
from typing import Final

from policies.kit.checks import all_of, equals, is_given, is_on, only_where
from policies.kit.conditions import except_where, where_given
from policies.kit.references import referrers, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, as_number, certain

rules: Final = Rules("resilience")

MIN_TASKS: Final = 2
SCALINGS: Final = ("dynamicScalingInSuspended", "dynamicScalingOutSuspended", "scheduledScalingSuspended")


rules.named("ecs-platform-version", "C089", "ecs/service ecs/taskSet").add(
    except_where("launchType", ("EC2", "EXTERNAL"), equals("platformVersion", "LATEST", default="LATEST")),
    description="Fargate tasks run on the latest platform version, AWS's default.",
    remediation="Set platformVersion: LATEST or remove it.",
    remediation_values={"platformVersion": "LATEST"},
)


@rules.rule(
    "ecs-task-count",
    "C095",
    "ecs/service",
    needs_stack=True,
    description=(
        f"Services run {MIN_TASKS} tasks at the least, by their desired count or by what scales them; one on standby, with no "
        "task and all scaling suspended, once it is resumed."
    ),
    remediation=(
        f"Set desiredCount: {MIN_TASKS} or more, and minCapacity of the scalable target. For a service on standby, set "
        "minCapacity in a scheduled action, which is obeyed once scaling is resumed."
    ),
)
def _task_count(service: Resource) -> Answers:
    if certain(service.get("schedulingStrategy"), "DAEMON"):
        return
    scaled = [
        target
        for target in referrers(service, "appautoscaling/target", "resourceId")
        if not certain(target.get("serviceNamespace"), "dynamodb")
    ]
    # A scalable target moves the count whatever the service says, but not below its minimum.
    holders = [_bounds(service, target) if _stands_by(service, target) else (target, "minCapacity") for target in scaled]
    for holder, prop in holders or [(service, "desiredCount")]:
        value = holder.get(prop)
        number = as_number(0 if value is None else value)
        if number is UNKNOWN:
            yield NOT_JUDGED
        elif number is None or number < MIN_TASKS:
            where = f" of {holder.name}" if scaled else ""
            yield Finding(prop, value, f"at least {MIN_TASKS}{where}", detail=holder.name if scaled else "")


def _stands_by(service: Resource, target: Resource) -> bool:
    """Whether nothing is to run and nothing scales it: a service that another region's failover starts."""
    suspended = all(certain(target.get(f"suspendedState.{scaling}"), True) for scaling in SCALINGS)
    return suspended and certain(service.get("desiredCount"), 0)


def _bounds(service: Resource, target: Resource) -> tuple[Resource, str]:
    """What says how few tasks run once scaling is resumed: the scheduled action with the most, or else the target itself."""
    kind, prop, path = "appautoscaling/scheduledAction", "resourceId", "scalableTargetAction.minCapacity"
    actions = {each.urn: each for of in (service, target) for each in referrers(of, kind, prop)}.values()

    def least(action: Resource) -> float:
        number = as_number(action.get(path))
        return inf if number is UNKNOWN else number or 0

    return (max(actions, key=least), path) if actions else (target, "minCapacity")


def _two_zones(path: str) -> Check:
    """A list of subnets has two, in two zones as far as the stack tells."""
    head = path.partition("[]")[0]

    def check(resource: Resource) -> Answers:
        value, subnets = resource.get(head), targets(resource, path, "ec2/subnet", "ec2/defaultSubnet")
        values = [entry for _, entry in resource.each(path)]
        count = len({entry for entry in values if isinstance(entry, str)}) + sum(entry is UNKNOWN for entry in values)
        if value is UNKNOWN:
            count = len(subnets)
        if count < 2:
            yield NOT_JUDGED if value is UNKNOWN else Finding(head, value, "subnets of two zones or more")
            return
        zones = {subnet.get("availabilityZone") or subnet.get("availabilityZoneId") for subnet in subnets}
        if len(subnets) >= count and len(zones) == 1 and isinstance(zone := zones.pop(), str):
            yield Finding(head, f"all in {zone}", "subnets of two zones or more")

    return check


rules.named("ecs-two-subnets", "C095", "ecs/service", needs_stack=True).add(
    where_given("networkConfiguration", _two_zones("networkConfiguration.subnets[]")),
    description="Tasks are spread over subnets of two zones or more.",
    remediation="Set networkConfiguration.subnets to subnets of two zones.",
)
rules.named("ecs-deployment-rollback", "C095", "ecs/service").add(
    only_where(  # CodeDeploy and others roll back by themselves
        "deploymentController.type",
        is_on("deploymentCircuitBreaker.enable"),
        is_on("deploymentCircuitBreaker.rollback"),
        values=("ECS",),
        default="ECS",
    ),
    description="A deployment that does not become healthy is stopped and rolled back.",
    remediation="Set deploymentCircuitBreaker: {enable: true, rollback: true}.",
)
rules.named("lb-two-zones", "C109", "lb/loadBalancer", needs_stack=True).add(
    all_of(  # AWS refuses a load balancer without subnets
        except_where("subnets", (None,), _two_zones("subnets[]")),
        except_where("subnetMappings", (None,), _two_zones("subnetMappings[].subnetId")),
    ),
    description="Load balancers stand in subnets of two zones or more.",
    remediation="Set subnets (or subnetMappings) to subnets of two zones.",
)
rules.named("lb-cross-zone", "C109", "lb/loadBalancer").add(
    only_where("loadBalancerType", is_on("enableCrossZoneLoadBalancing"), values=("network", "gateway")),
    description="Network and gateway load balancers send to targets of every zone; application load balancers always do.",
    remediation="Set enableCrossZoneLoadBalancing: true.",
)

_HEALTH_PATH: Final = is_given("healthCheck.path", "the path that tells whether a target is well")
rules.named("lb-target-health-check", "C110", "lb/targetGroup").add(
    except_where(
        "targetType",
        ("lambda",),
        is_on("healthCheck.enabled", default=True),
        only_where("protocol", _HEALTH_PATH, values=("HTTP", "HTTPS")),
    ),
    description="Target groups ask their targets whether they are well; over HTTP they name the path to ask.",
    remediation="Set healthCheck: {enabled: true, path: <path>}.",
)


@rules.rule("lb-plain-http-hop", "C110", "lb/targetGroup", needs_stack=True)
def _plain_http_hop(group: Resource) -> Answers:
    """Where a target group speaks plain HTTP, requests reach its public load balancer over TLS.

    Forward to the group from an HTTPS listener only, or set protocol: HTTPS.
    """
    if group.get("protocol") != "HTTP":
        return
    listeners = list({id(listener): listener for listener in _listeners(group)}.values())
    if not listeners:
        yield NOT_JUDGED  # they are another stack's
    for listener in listeners:
        if listener.get("protocol") is UNKNOWN:
            yield NOT_JUDGED
        elif listener.get("protocol") == "HTTP" and not _is_internal(listener):
            yield Finding("protocol", "HTTP", f"HTTPS on the listener {listener.name}", detail=listener.name)


def _listeners(group: Resource) -> Iterator[Resource]:
    """The listeners of the stack that forward to the group, by themselves or by a rule."""
    for action in ("targetGroupArn", "forward.targetGroups[].arn"):
        yield from referrers(group, "lb/listener", f"defaultActions[].{action}")
        for rule in referrers(group, "lb/listenerRule", f"actions[].{action}"):
            yield from targets(rule, "listenerArn", "lb/listener")


def _is_internal(listener: Resource) -> bool:
    balancers = targets(listener, "loadBalancerArn", "lb/loadBalancer")
    return bool(balancers) and all(certain(balancer.get("internal"), True) for balancer in balancers)
