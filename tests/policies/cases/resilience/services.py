"""Cases of policies/controls/resilience/services.py."""

from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

SERVICE = "aws:ecs/service:Service"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
GROUP = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
SUBNET = "aws:ec2/subnet:Subnet"
WEB = planned(SERVICE, "web", name="web", desiredCount=1)
CIRCUIT = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def scaled(least: object, place: str = "service/main/web", **more: Any) -> Planned:
    of = ref(SERVICE, "web") if place == UNKNOWN else place
    inputs = {"resourceId": of, "serviceNamespace": "ecs", "minCapacity": least, "maxCapacity": 9, **more}
    return planned("aws:appautoscaling/target:Target", "scaling", **inputs)


SUSPENDED = {
    "dynamicScalingInSuspended": True,
    "dynamicScalingOutSuspended": True,
    "scheduledScalingSuspended": True,
}


def standby(*others: Planned, desired: int = 0, least: object = 0, suspended: object = SUSPENDED) -> list[Planned]:
    """A service without tasks, whose scaling is suspended."""
    return [planned(SERVICE, "web", name="web", desiredCount=desired), scaled(least, suspendedState=suspended), *others]


def bounds(least: object, place: str = "service/main/web", name: str = "bounds") -> Planned:
    inputs = {"resourceId": place, "serviceNamespace": "ecs", "scalableTargetAction": {"minCapacity": least, "maxCapacity": 9}}
    return planned("aws:appautoscaling/scheduledAction:ScheduledAction", name, **inputs)


def subnet(name: str, zone: str) -> Planned:
    return planned(SUBNET, name, availabilityZone=zone)


def spread(token: str, prop: str, block: str) -> Cases:
    """Cases of a rule that wants the subnets in `block` (of `prop`, or `prop` itself) in two zones."""

    def of(subnets: object, *others: Planned, refs: bool = False) -> list[Planned]:
        value = {block: subnets} if block else subnets
        known = {prop: [(SUBNET, other.name) for other in others]} if refs else {}
        return [Planned(token=token, inputs={prop: value}, refs=known), *others]

    a, b, also_a = subnet("a", "us-east-2a"), subnet("b", "us-east-2b"), subnet("c", "us-east-2a")
    ids = [planned(SUBNET, name, availabilityZoneId="use2-az1") for name in "de"]
    return Cases(
        token=token,
        fails=[
            of([]),
            of(["subnet-1"]),
            of(["subnet-1", "subnet-1"]),
            of([UNKNOWN], a, refs=True),
            of([UNKNOWN, UNKNOWN], a, also_a, refs=True),
            of(UNKNOWN, a, also_a, refs=True),
            of([UNKNOWN, UNKNOWN], *ids, refs=True),
        ],
        passes=[
            {},
            of(["subnet-1", "subnet-2"]),
            of([UNKNOWN, UNKNOWN], a, b, refs=True),
            of([UNKNOWN, UNKNOWN], a, also_a, b, refs=True),
            of([UNKNOWN, "subnet-2"], a, refs=True),
            of(UNKNOWN, a, b, refs=True),
        ],
        unknown=[of(UNKNOWN), of(UNKNOWN, a, refs=True)],
    )


def with_mappings(cases: Cases) -> Cases:
    mappings = [{"subnetMappings": [{"subnetId": "subnet-1"}]}]
    two = {"subnetMappings": [{"subnetId": "subnet-1"}, {"subnetId": UNKNOWN}]}
    return Cases(token=BALANCER, fails=[*cases.fails, *mappings], passes=[*cases.passes, two], unknown=cases.unknown)


def group(**inputs: Any) -> Planned:
    return planned(GROUP, "group", protocol="HTTP", **inputs)


def listener(protocol: str, *, forwards: bool = True, **more: Any) -> Planned:
    refs = {"defaultActions": (GROUP, "group")} if forwards else {}
    refs |= {"loadBalancerArn": (BALANCER, "balancer")} if more else {}
    inputs = {"protocol": protocol, "defaultActions": [{"type": "forward", "targetGroupArn": UNKNOWN}], **more}
    return Planned(token=LISTENER, inputs=inputs, name=protocol, refs=refs)


def rule(of: str) -> Planned:
    forward = {"type": "forward", "targetGroupArn": ref(GROUP, "group")}
    return planned("aws:lb/listenerRule:ListenerRule", "rule", listenerArn=ref(LISTENER, of), actions=[forward])


PATH = {"path": "/healthz"}

CASES: dict[str, Cases] = {
    "ecs-platform-version": Cases(
        token=SERVICE,
        fails=[
            {"launchType": "FARGATE", "platformVersion": "1.4.0"},
            {"platformVersion": "1.3.0", "capacityProviderStrategies": [{"capacityProvider": "FARGATE"}]},
            planned("aws:ecs/taskSet:TaskSet", platformVersion="1.4.0"),
        ],
        passes=[
            {},
            {"launchType": "FARGATE"},
            {"launchType": "FARGATE", "platformVersion": "LATEST"},
            {"launchType": "EC2", "platformVersion": "1.3.0"},
            {"launchType": "EXTERNAL", "platformVersion": "1.3.0"},
        ],
        unknown=[{"platformVersion": UNKNOWN}],
    ),
    "ecs-task-count": Cases(
        token=SERVICE,
        fails=[
            {},
            {"desiredCount": 1},
            [planned(SERVICE, "web", name="web", desiredCount=3), scaled(1)],
            [WEB, scaled(0, UNKNOWN)],
            [WEB, scaled(5, "service/main/other")],
            [WEB, scaled(5, "table/web", serviceNamespace="dynamodb")],
            standby(),
            standby(bounds(1)),
            standby(bounds(2, "service/main/other")),
            standby(bounds(2), desired=1),
            standby(bounds(2), suspended={**SUSPENDED, "dynamicScalingInSuspended": False}),
        ],
        passes=[
            {"desiredCount": 2},
            {"desiredCount": "3"},
            {"schedulingStrategy": "DAEMON"},
            [WEB, scaled(2)],
            [WEB, scaled(2, UNKNOWN)],
            standby(bounds(2)),
            standby(least=2),
            standby(bounds(0, name="night"), bounds(2)),
        ],
        unknown=[{"desiredCount": UNKNOWN}, [WEB, scaled(UNKNOWN)], standby(bounds(UNKNOWN))],
    ),
    "ecs-two-subnets": spread(SERVICE, "networkConfiguration", "subnets"),
    "ecs-deployment-rollback": Cases(
        token=SERVICE,
        fails=[
            {},
            {"deploymentCircuitBreaker": {"enable": False, "rollback": True}},
            {"deploymentCircuitBreaker": {"enable": True, "rollback": False}},
            {"deploymentController": {"type": "ECS"}},
        ],
        passes=[
            CIRCUIT,
            {**CIRCUIT, "deploymentController": {"type": "ECS"}},
            {"deploymentController": {"type": "CODE_DEPLOY"}},
        ],
        unknown=[{"deploymentCircuitBreaker": UNKNOWN}, {"deploymentController": UNKNOWN}],
    ),
    "lb-two-zones": with_mappings(spread(BALANCER, "subnets", "")),
    "lb-cross-zone": Cases(
        token=BALANCER,
        fails=[
            {"loadBalancerType": "network"},
            {"loadBalancerType": "gateway", "enableCrossZoneLoadBalancing": False},
            planned("aws:alb/loadBalancer:LoadBalancer", loadBalancerType="network"),
        ],
        passes=[{}, {"loadBalancerType": "application"}, {"loadBalancerType": "network", "enableCrossZoneLoadBalancing": True}],
        unknown=[{"loadBalancerType": UNKNOWN}, {"loadBalancerType": "network", "enableCrossZoneLoadBalancing": UNKNOWN}],
    ),
    "lb-target-health-check": Cases(
        token=GROUP,
        fails=[
            {"protocol": "HTTP"},
            {"protocol": "HTTPS", "healthCheck": {"interval": 30}},
            {"protocol": "TCP", "healthCheck": {"enabled": False}},
            {"protocol": "HTTP", "healthCheck": {"enabled": "false", "path": "/"}},
        ],
        passes=[
            {"protocol": "HTTP", "healthCheck": PATH},
            {"protocol": "HTTPS", "healthCheck": [{**PATH, "enabled": True}]},
            {"protocol": "TCP"},
            {"protocol": UNKNOWN, "healthCheck": PATH},
            {"targetType": "lambda"},
            {"targetType": "lambda", "protocol": "HTTP", "healthCheck": {"enabled": False}},
        ],
        unknown=[{"protocol": UNKNOWN}, {"protocol": "HTTP", "healthCheck": UNKNOWN}],
    ),
    "lb-plain-http-hop": Cases(
        token=GROUP,
        fails=[
            [group(), listener("HTTP")],
            [group(), listener("HTTPS"), listener("HTTP")],
            [group(), listener("HTTP", forwards=False), rule("HTTP")],
            [group(), listener("HTTP", loadBalancerArn=UNKNOWN), planned(BALANCER, "balancer")],
        ],
        passes=[
            {"protocol": "HTTPS"},
            {"protocol": "TCP"},
            {"targetType": "lambda"},
            [group(), listener("HTTPS")],
            [group(), listener("HTTPS", forwards=False), rule("HTTPS")],
            [group(), listener("HTTP", loadBalancerArn=UNKNOWN), planned(BALANCER, "balancer", internal=True)],
        ],
        unknown=[{"protocol": UNKNOWN}, {"protocol": "HTTP"}, [group(), listener(UNKNOWN)]],
    ),
}
