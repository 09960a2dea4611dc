"""Cases of policies/feasibility/rules/elb/target_groups.py."""

from typing import Any

from tests.policies.given.feasibility.lb import GROUP_ARN
from tests.policies.given.feasibility.parts import FUNCTION, LOAD_BALANCER, TARGET_GROUP
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

TARGET = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
PERMISSION = "aws:lambda/permission:Permission"
WEB: dict[str, Any] = {"protocol": "HTTP", "port": 80, "vpcId": "vpc-1"}


def target(kind: object, value: object, *more: Planned, **inputs: Any) -> list[Planned]:
    depends = [(PERMISSION, "allow")] if inputs.pop("after", False) else []
    group = planned(TARGET_GROUP, "group", **({} if kind is None else {"targetType": kind}))
    attached = planned(TARGET, targetGroupArn=ref(TARGET_GROUP, "group"), targetId=value, **inputs)
    return [group, *more, attached.after(*depends)]


HANDLER = planned(FUNCTION, "handler")
TO_HANDLER = ref(FUNCTION, "handler")


def permit(principal: object) -> Planned:
    return planned(PERMISSION, "allow", function=ref(FUNCTION, "handler"), principal=principal)


FROM_ELB = permit("elasticloadbalancing.amazonaws.com")

CASES: dict[str, Cases] = {
    "target-group-shape": Cases(
        token=TARGET_GROUP,
        fails=[
            {"targetType": "lambda", "port": 80},
            {"targetType": "ip", "protocol": "HTTP", "vpcId": "vpc-1"},
            {"protocol": "HTTP", "port": 80},
            {"targetType": "alb", "protocol": "HTTP", "port": 80, "vpcId": "vpc-1"},
            {"protocol": "GENEVE", "port": 80, "vpcId": "vpc-1"},
            {"protocol": "TCP", "port": 80, "vpcId": "vpc-1", "protocolVersion": "HTTP1"},
            {**WEB, "port": 0},
        ],
        passes=[
            {"targetType": "lambda"},
            {**WEB, "vpcId": UNKNOWN, "targetType": "ip", "protocolVersion": "GRPC"},
            {"protocol": "GENEVE", "port": 6081, "vpcId": "vpc-1"},
        ],
        unknown=[{**WEB, "targetType": UNKNOWN}, {**WEB, "port": UNKNOWN}],
    ),
    "target-group-health-check": Cases(
        token=TARGET_GROUP,
        fails=[
            {**WEB, "healthCheck": {"interval": 10, "timeout": 10}},
            {**WEB, "healthCheck": {"timeout": 30}},
            {**WEB, "healthCheck": {"protocol": "TCP"}},
            {"protocol": "TCP", "healthCheck": {"protocol": "TCP", "path": "/"}},
            {"protocol": "TCP", "healthCheck": {"protocol": "UDP"}},
            {**WEB, "healthCheck": {"interval": 301}},
            {**WEB, "healthCheck": {"healthyThreshold": 1}},
            {"protocol": "TCP", "healthCheck": {"interval": 5, "timeout": 6}},
        ],
        passes=[
            {**WEB, "healthCheck": {"path": "/", "matcher": "200", "interval": 10, "timeout": 5}},
            {"protocol": "TCP", "healthCheck": {"protocol": "HTTP", "path": "/", "interval": 10, "timeout": 10}},
            {"targetType": "lambda", "healthCheck": {"enabled": True, "interval": 35, "timeout": 30}},
            WEB,
        ],
        unknown=[{**WEB, "healthCheck": {"interval": UNKNOWN, "timeout": 5}}, {**WEB, "healthCheck": UNKNOWN}],
    ),
    "target-group-matcher": Cases(
        token=TARGET_GROUP,
        fails=[
            {**WEB, "healthCheck": {"matcher": "200-500"}},
            {**WEB, "healthCheck": {"matcher": "OK"}},
            {**WEB, "protocolVersion": "GRPC", "healthCheck": {"matcher": "200"}},
            {**WEB, "healthCheck": {"path": "health"}},
            *({**WEB, "healthCheck": {"port": port}} for port in ("http", 0, "65536")),
        ],
        passes=[
            {**WEB, "healthCheck": {"matcher": "200,202-299", "path": "/health", "port": "traffic-port"}},
            {**WEB, "protocolVersion": "GRPC", "healthCheck": {"matcher": "0-99", "path": "/AWS.ALB/healthcheck"}},
            {"protocol": "TCP", "healthCheck": {"matcher": "200-599", "port": "8080"}},
            {**WEB, "healthCheck": {"port": "65535"}},
            {**WEB, "healthCheck": {"matcher": "200-499", "port": 1}},
        ],
        unknown=[{**WEB, "healthCheck": {"matcher": UNKNOWN}}, {**WEB, "healthCheck": {"port": UNKNOWN}}],
    ),
    "target-group-stickiness": Cases(
        token=TARGET_GROUP,
        fails=[
            {**WEB, "stickiness": {"type": "source_ip"}},
            {"protocol": "TCP", "stickiness": {"type": "lb_cookie"}},
            {**WEB, "stickiness": {"type": "app_cookie"}},
            {**WEB, "stickiness": {"type": "lb_cookie", "cookieDuration": 0}},
            {"protocol": "GENEVE", "stickiness": {"type": "source_ip"}},
        ],
        passes=[
            {**WEB, "stickiness": {"type": "app_cookie", "cookieName": "SESSION"}},
            {"protocol": "TCP", "stickiness": {"type": "source_ip"}},
            {"protocol": "TCP", "stickiness": {"type": "lb_cookie", "enabled": False}},
            WEB,
        ],
        unknown=[{**WEB, "stickiness": {"type": UNKNOWN}}, {"protocol": UNKNOWN, "stickiness": {"type": "source_ip"}}],
    ),
    "target-group-attributes": Cases(
        token=TARGET_GROUP,
        fails=[
            {**WEB, "slowStart": 10},
            {**WEB, "deregistrationDelay": 3601},
            {"protocol": "TCP", "slowStart": 30},
            {**WEB, "proxyProtocolV2": True},
            {**WEB, "slowStart": 30, "loadBalancingAlgorithmType": "least_outstanding_requests"},
            {**WEB, "loadBalancingAnomalyMitigation": "on"},
            {**WEB, "lambdaMultiValueHeadersEnabled": True},
        ],
        passes=[
            {**WEB, "slowStart": 0, "deregistrationDelay": "30"},
            {**WEB, "slowStart": 0, "loadBalancingAlgorithmType": "least_outstanding_requests"},
            {"protocol": "TCP", "slowStart": 0},
            {"protocol": "TCP", "proxyProtocolV2": True},
            {**WEB, "loadBalancingAnomalyMitigation": "on", "loadBalancingAlgorithmType": "weighted_random"},
            {"targetType": "lambda", "lambdaMultiValueHeadersEnabled": True},
        ],
        unknown=[{**WEB, "slowStart": UNKNOWN}],
    ),
    "target-attachment": Cases(
        token=TARGET,
        fails=[
            target("lambda", "i-0123"),
            target(None, "10.0.0.1"),
            target("ip", ref(LOAD_BALANCER, "lb"), planned(LOAD_BALANCER, "lb")),
            target("lambda", TO_HANDLER, HANDLER, port=80),
            target("instance", "arn:aws:lambda:us-east-2:111111111111:function:a"),
        ],
        passes=[
            target(None, "i-0123", port=80),
            target("ip", "10.0.0.1"),
            target("lambda", TO_HANDLER, HANDLER),
            target("alb", ref(LOAD_BALANCER, "lb"), planned(LOAD_BALANCER, "lb")),
            target("ip", ref("aws:ec2/instance:Instance", "i"), planned("aws:ec2/instance:Instance", "i")),
            {"targetGroupArn": GROUP_ARN, "targetId": "i-0123"},
        ],
        unknown=[target("ip", UNKNOWN), target(UNKNOWN, "i-0123")],
    ),
    "target-function-permission": Cases(
        token=TARGET,
        fails=[
            target("lambda", TO_HANDLER, HANDLER),
            target("lambda", TO_HANDLER, HANDLER, permit("events.amazonaws.com"), after=True),
            target("lambda", TO_HANDLER, HANDLER, FROM_ELB),
        ],
        passes=[target("lambda", TO_HANDLER, HANDLER, FROM_ELB, after=True), target("instance", "i-0123")],
        unknown=[target("lambda", TO_HANDLER, HANDLER, permit(UNKNOWN), after=True)],
    ),
}
