"""Cases of the feasibility pack about load balancers, listeners, rules and target groups."""

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Cases
from tests.policies.feasible import FUNCTION, LISTENER, LOAD_BALANCER, SECURITY_GROUP, SUBNET, TARGET_GROUP, VPC
from tests.policies.harness import UNKNOWN, Planned

RULE = "aws:lb/listenerRule:ListenerRule"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
TARGET = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
PERMISSION = "aws:lambda/permission:Permission"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
GROUP_ARN = "arn:aws:elasticloadbalancing:us-east-2:111111111111:targetgroup/a/b"


def forward(arn: object = GROUP_ARN) -> dict[str, Any]:
    return {"type": "forward", "targetGroupArn": arn}


def redirect(**to: Any) -> dict[str, Any]:
    return {"type": "redirect", "redirect": {"statusCode": "HTTP_301", **to}}


def listener(*actions: object, **inputs: Any) -> dict[str, Any]:
    return {"port": 80, "protocol": "HTTP", **inputs, "defaultActions": list(actions)}


def on(balancer: Mapping[str, Any], inputs: Mapping[str, Any], *, token: str = LISTENER) -> list[Planned]:
    refs = {"loadBalancerArn": (LOAD_BALANCER, "lb")}
    return [
        Planned(token=LOAD_BALANCER, name="lb", inputs=balancer),
        Planned(token=token, inputs={"loadBalancerArn": UNKNOWN, **inputs}, refs=refs),
    ]


def with_certificate(*more: Planned, fields: Mapping[str, Any] | None = None) -> list[Planned]:
    source = (VALIDATION, "wait") if more else (CERTIFICATE, "certificate")
    refs = {"certificateArn": [source, (CERTIFICATE, "certificate")]}
    return [
        Planned(token=CERTIFICATE, name="certificate", inputs=fields or {}),
        *more,
        Planned(token=LISTENER, inputs={"certificateArn": UNKNOWN, "protocol": "HTTPS"}, refs=refs),
    ]


WAIT = Planned(
    token=VALIDATION, name="wait", inputs={"certificateArn": UNKNOWN}, refs={"certificateArn": (CERTIFICATE, "certificate")}
)


def to_group(group: Mapping[str, Any], protocol: object, token: str = LISTENER) -> list[Planned]:
    prop = "defaultActions" if token == LISTENER else "actions"
    inputs = {prop: [forward(UNKNOWN)], **({"protocol": protocol} if token == LISTENER else {})}
    return [
        Planned(token=TARGET_GROUP, name="group", inputs=group),
        Planned(token=token, inputs=inputs, refs={prop: (TARGET_GROUP, "group")}),
    ]


def ports(one: object, other: object, balancers: tuple[str, str] = ("a", "a")) -> list[Planned]:
    return [
        Planned(token=LISTENER, name=name, inputs={"loadBalancerArn": balancer, "port": port, "protocol": "HTTP"})
        for name, balancer, port in (("first", balancers[0], one), ("it", balancers[1], other))
    ]


def priorities(one: object, other: object, listeners: tuple[str, str] = ("a", "a")) -> list[Planned]:
    return [
        Planned(token=RULE, name=name, inputs={"listenerArn": arn, "priority": priority})
        for name, arn, priority in (("first", listeners[0], one), ("it", listeners[1], other))
    ]


def when(*conditions: object) -> dict[str, Any]:
    return {"conditions": list(conditions)}


def hosts(*names: object) -> dict[str, Any]:
    return {"hostHeader": {"values": list(names)}}


def paths(*names: object) -> dict[str, Any]:
    return {"pathPattern": {"values": list(names)}}


def many_rules(count: int) -> list[Planned]:
    return [
        *on({}, {}),
        *(
            Planned(token=RULE, name=f"r{number}", inputs={"listenerArn": UNKNOWN}, refs={"listenerArn": (LISTENER, "it")})
            for number in range(count)
        ),
    ]


def ruled(kind: object) -> list[Planned]:
    return [
        *on({"loadBalancerType": kind}, {}),
        Planned(token=RULE, name="rule", inputs={"listenerArn": UNKNOWN}, refs={"listenerArn": (LISTENER, "it")}),
    ]


WEB: dict[str, Any] = {"protocol": "HTTP", "port": 80, "vpcId": "vpc-1"}


def target(kind: object, value: object, *more: Planned, source: tuple[str, str] | None = None, **inputs: Any) -> list[Planned]:
    refs = {"targetGroupArn": (TARGET_GROUP, "group"), **({"targetId": source} if source else {})}
    depends = [(PERMISSION, "allow")] if inputs.pop("after", False) else []
    return [
        Planned(token=TARGET_GROUP, name="group", inputs={} if kind is None else {"targetType": kind}),
        *more,
        Planned(token=TARGET, inputs={"targetGroupArn": UNKNOWN, "targetId": value, **inputs}, refs=refs, depends=depends),
    ]


HANDLER = Planned(token=FUNCTION, name="handler")


def permit(principal: object) -> Planned:
    return Planned(
        token=PERMISSION,
        name="allow",
        inputs={"function": UNKNOWN, "principal": principal},
        refs={"function": (FUNCTION, "handler")},
    )


FROM_ELB = permit("elasticloadbalancing.amazonaws.com")


def subnets(*zones: object, vpcs: tuple[str, ...] = ("vpc", "vpc", "vpc"), gateways: tuple[str, ...] = ()) -> list[Planned]:
    """Subnets in these zones, their VPCs, and internet gateways of some of the VPCs."""
    return [
        *(Planned(token=VPC, name=name) for name in sorted({*vpcs})),
        *(
            Planned(token=GATEWAY, name=f"{name}-gateway", inputs={"vpcId": UNKNOWN}, refs={"vpcId": (VPC, name)})
            for name in gateways
        ),
        *(
            Planned(
                token=SUBNET,
                name=f"subnet{number}",
                inputs={"vpcId": UNKNOWN, **({} if zone is None else {"availabilityZone": zone})},
                refs={"vpcId": (VPC, vpcs[number])},
            )
            for number, zone in enumerate(zones)
        ),
    ]


def across(*zones: object, token: str = LOAD_BALANCER, inputs: Mapping[str, Any] | None = None, **where: Any) -> list[Planned]:
    groups = where.pop("groups", [])
    refs: dict[str, Any] = {"subnets": [(SUBNET, f"subnet{number}") for number in range(len(zones))]}
    if groups:
        refs["securityGroups"] = [(SECURITY_GROUP, group.name) for group in groups]
    return [
        *subnets(*zones, **where),
        *groups,
        Planned(
            token=token,
            inputs={"subnets": [UNKNOWN] * len(zones), "securityGroups": [UNKNOWN] * len(groups), **(inputs or {})},
            refs=refs,
        ),
    ]


def in_front(home: str) -> list[Planned]:
    refs = {"loadBalancerArn": (LOAD_BALANCER, "it"), "defaultActions": (TARGET_GROUP, "group")}
    return [
        *across("us-east-2a", "us-east-2b", vpcs=("vpc", "vpc")),
        *([] if home == "vpc" else [Planned(token=VPC, name=home)]),
        Planned(token=TARGET_GROUP, name="group", inputs={"vpcId": UNKNOWN}, refs={"vpcId": (VPC, home)}),
        Planned(token=LISTENER, inputs={"loadBalancerArn": UNKNOWN, "defaultActions": [forward(UNKNOWN)]}, refs=refs),
    ]


def security_group(vpc: str) -> Planned:
    return Planned(token=SECURITY_GROUP, name="group", inputs={"vpcId": UNKNOWN}, refs={"vpcId": (VPC, vpc)})


def logged(*more: Planned, after: bool = True, enabled: object = True) -> list[Planned]:
    return [
        Planned(token=BUCKET, name="logs"),
        *more,
        Planned(
            token=LOAD_BALANCER,
            inputs={"accessLogs": {"bucket": UNKNOWN, "enabled": enabled}},
            refs={"accessLogs": (BUCKET, "logs")},
            depends=[(BUCKET_POLICY, "policy")] if after else [],
        ),
    ]


def bucket_policy(principal: object, action: str = "s3:PutObject") -> Planned:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    text = UNKNOWN if principal == UNKNOWN else json.dumps({"Statement": [statement]})
    return Planned(
        token=BUCKET_POLICY, name="policy", inputs={"bucket": UNKNOWN, "policy": text}, refs={"bucket": (BUCKET, "logs")}
    )


DELIVERY = bucket_policy({"Service": "logdelivery.elasticloadbalancing.amazonaws.com"})


def encrypted(algorithm: object) -> Planned:
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]
    return Planned(token=SSE, name="sse", inputs={"bucket": UNKNOWN, "rules": rules}, refs={"bucket": (BUCKET, "logs")})


def classic(check: object = None, **port: object) -> dict[str, Any]:
    entry = {"lbPort": 80, "lbProtocol": "http", "instancePort": 80, "instanceProtocol": "http", **port}
    return {"subnets": ["subnet-1"], "listeners": [entry], **({"healthCheck": check} if check else {})}


CASES: dict[str, Cases] = {
    "listener-protocol": Cases(
        token=LISTENER,
        fails=[
            on({}, {"protocol": "TCP", "port": 80}),
            on({"loadBalancerType": "network"}, {"protocol": "HTTP", "port": 80}),
            on({"loadBalancerType": "network"}, {"port": 80}),
            on({"loadBalancerType": "gateway"}, {"protocol": "TCP"}),
            on({}, {"protocol": "HTTP"}),
            on({}, {"protocol": "TLS", "port": 443}, token="aws:alb/listener:Listener"),
        ],
        passes=[
            on({}, {"protocol": "HTTPS", "port": 443}),
            on({"loadBalancerType": "network"}, {"protocol": "TCP_UDP", "port": 53}),
            on({"loadBalancerType": "gateway"}, {}),
            on({}, {"port": 80}),
            {"protocol": "TCP", "loadBalancerArn": "arn:aws:elasticloadbalancing:us-east-2:111111111111:loadbalancer/net/a/b"},
        ],
        unknown=[
            on({"loadBalancerType": UNKNOWN}, {"protocol": "TCP", "port": 80}),
            on({}, {"protocol": UNKNOWN, "port": 80}),
            {"loadBalancerArn": UNKNOWN, "protocol": "TCP"},
        ],
    ),
    "listener-certificate-ready": Cases(
        token=LISTENER,
        fails=[
            {"protocol": "HTTPS"},
            {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            {"protocol": "HTTP", "certificateArn": UNKNOWN},
            {"protocol": "TCP", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        ],
        passes=[{"protocol": "HTTPS", "certificateArn": UNKNOWN}, {"protocol": "HTTP"}, {"certificateArn": "a"}],
        unknown=[{"protocol": UNKNOWN}],
    ),
    "listener-certificate-validated": Cases(
        token=LISTENER,
        fails=[
            with_certificate(),
            [
                Planned(token=CERTIFICATE, name="certificate"),
                WAIT,
                Planned(
                    token=LISTENER, inputs={"certificateArn": UNKNOWN}, refs={"certificateArn": (CERTIFICATE, "certificate")}
                ),
            ],
        ],
        passes=[
            with_certificate(WAIT),
            with_certificate(fields={"privateKey": "a", "certificateBody": "b"}),
            {"protocol": "HTTP"},
            {"certificateArn": "arn:aws:acm:us-east-2:111111111111:certificate/a"},
        ],
        unknown=[],
        never_unknown=True,
    ),
    "listener-action": Cases(
        token=LISTENER,
        fails=[
            listener({"type": "redirect"}),
            listener({"type": "fixed-response"}),
            listener({"type": "fixed-response", "fixedResponse": {"statusCode": "200"}}),
            listener({"type": "fixed-response", "fixedResponse": {"contentType": "text/xml"}}),
            listener({"type": "fixed-response", "targetGroupArn": UNKNOWN, "fixedResponse": {"contentType": "text/plain"}}),
            listener({"type": "redirect", "redirect": {"statusCode": "301", "protocol": "HTTPS"}}),
            listener({"type": "authenticate-oidc"}),
            listener({"type": "send"}),
            listener({"type": "forward", "forward": {"targetGroups": [{"arn": "a"}] * 6}}),
        ],
        passes=[
            listener(forward(UNKNOWN)),
            listener(redirect(protocol="HTTPS", port="443")),
            listener({"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}),
            listener({"type": "forward", "forward": {"targetGroups": [{"arn": UNKNOWN}]}}),
        ],
        unknown=[listener({"type": UNKNOWN}), {"defaultActions": UNKNOWN}],
    ),
    "listener-rule-action": Cases(
        token=RULE,
        fails=[{"actions": [{"type": "redirect"}]}],
        passes=[{"actions": [forward()]}],
        unknown=[{"actions": UNKNOWN}],
    ),
    "listener-last-action": Cases(
        token=LISTENER,
        fails=[
            {},
            listener(),
            listener({"type": "forward"}),
            listener({"type": "forward", "forward": {"targetGroups": [], "stickiness": {"duration": 1}}}),
            listener({"type": "authenticate-cognito", "authenticateCognito": {"userPoolArn": "a"}}),
        ],
        passes=[
            listener(forward(UNKNOWN)),
            listener({"type": "authenticate-oidc", "authenticateOidc": {}, "order": 1}, {**forward(), "order": 2}),
            listener({"type": "forward", "forward": {"targetGroups": [{"arn": "a"}]}}),
            listener({"type": "forward", "forward": UNKNOWN}),
        ],
        unknown=[{"defaultActions": UNKNOWN}, {"defaultActions": [UNKNOWN]}],
    ),
    "listener-redirect": Cases(
        token=LISTENER,
        fails=[
            listener(redirect()),
            listener(redirect(protocol="HTTP", port="80")),
            listener(redirect(query="a=b")),
            listener(redirect(protocol="HTTPS", port="443"), port=443, protocol="HTTPS"),
            listener(redirect(protocol="HTTP", port="80"), port=443, protocol="HTTPS"),
            listener(redirect(protocol="HTTPS", port="https")),
            listener(redirect(path="new")),
            [Planned(token=RULE, inputs={"actions": [redirect(host="#{host}")]})],
        ],
        passes=[
            listener(redirect(protocol="HTTPS", port="443")),
            listener(redirect(host="www.example.com"), port=443, protocol="HTTPS"),
            listener(redirect(path="/new/#{path}")),
            [Planned(token=RULE, inputs={"actions": [redirect(protocol="HTTPS")]})],
            listener(forward()),
        ],
        unknown=[listener(redirect(protocol=UNKNOWN)), {"defaultActions": UNKNOWN}],
    ),
    "listener-target-protocol": Cases(
        token=LISTENER,
        fails=[
            to_group({"protocol": "TCP"}, "HTTP"),
            to_group({"protocol": "HTTP"}, "TCP"),
            to_group({"protocol": "TCP"}, "UDP"),
            to_group({"protocol": "UDP"}, "TLS"),
            to_group({"protocol": "TCP"}, None, RULE),
        ],
        passes=[
            to_group({"protocol": "HTTPS"}, "HTTP"),
            to_group({"protocol": "TCP"}, "TLS"),
            to_group({"protocol": "TCP_UDP"}, "UDP"),
            to_group({"targetType": "lambda"}, "HTTPS"),
            to_group({"protocol": "HTTP"}, None, RULE),
            listener(forward()),
        ],
        unknown=[to_group({"protocol": UNKNOWN}, "HTTP"), to_group({"protocol": "TCP"}, UNKNOWN)],
    ),
    "listener-target-vpc": Cases(
        token=LISTENER,
        fails=[in_front("other")],
        passes=[in_front("vpc"), listener(forward())],
        unknown=[],
        never_unknown=True,
    ),
    "listener-tls-settings": Cases(
        token=LISTENER,
        fails=[
            {"protocol": "HTTPS", "alpnPolicy": "HTTP2Preferred"},
            {"protocol": "TLS", "mutualAuthentication": {"mode": "off"}},
            {"protocol": "HTTPS", "mutualAuthentication": {"mode": "verify"}},
            {"protocol": "HTTPS", "mutualAuthentication": {"mode": "passthrough", "trustStoreArn": "a"}},
            {"protocol": "HTTP", "port": 65536},
        ],
        passes=[
            {"protocol": "TLS", "alpnPolicy": "HTTP2Preferred", "port": 443},
            {"protocol": "HTTPS", "mutualAuthentication": {"mode": "verify", "trustStoreArn": UNKNOWN}},
        ],
        unknown=[{"protocol": UNKNOWN, "alpnPolicy": "None"}, {"port": UNKNOWN}],
    ),
    "listener-authentication": Cases(
        token=LISTENER,
        fails=[listener({"type": "authenticate-cognito"}, forward())],
        passes=[listener({"type": "authenticate-oidc"}, forward(), protocol="HTTPS"), listener(forward())],
        unknown=[listener({"type": "authenticate-cognito"}, protocol=UNKNOWN), listener({"type": UNKNOWN})],
    ),
    "listener-port-once": Cases(
        token=LISTENER,
        fails=[ports(80, 80), ports(443, "443")],
        passes=[ports(80, 443), ports(80, 80, ("a", "b"))],
        unknown=[[Planned(token=LISTENER, inputs={"loadBalancerArn": UNKNOWN, "port": 80})]],
    ),
    "listener-rule-priority": Cases(
        token=RULE,
        fails=[{"priority": 0}, {"priority": 50001}],
        passes=[{"priority": 50000}, {}],
        unknown=[{"priority": UNKNOWN}],
    ),
    "listener-rule-priority-free": Cases(
        token=RULE,
        fails=[priorities(10, 10)],
        passes=[priorities(10, 20), priorities(10, 10, ("a", "b")), priorities(None, None)],
        unknown=[priorities(10, UNKNOWN), [Planned(token=RULE, inputs={"listenerArn": UNKNOWN, "priority": 1})]],
    ),
    "listener-rule-conditions": Cases(
        token=RULE,
        fails=[
            {},
            when(hosts("a.com", "b.com", "c.com"), paths("/a", "/b", "/c")),
            when({**hosts("a.com"), **paths("/a")}),
            when({}),
            when(hosts()),
            when(paths("/a"), paths("/b")),
            when(paths("a")),
            when(hosts("x" * 129)),
            when({"httpRequestMethod": {"values": ["get"]}}),
            when({"sourceIp": {"values": ["10.0.0.1"]}}),
            when({"httpHeader": {"httpHeaderName": "Host", "values": ["a.com"]}}),
            when({"queryStrings": [{"value": str(number)} for number in range(6)]}),
        ],
        passes=[
            when(hosts("a.com"), paths("/a/*", "/b/*", "/c/*", "*.gif")),
            when({"httpRequestMethod": {"values": ["GET"]}}, {"sourceIp": {"values": ["10.0.0.0/8"]}}),
            when(
                {"httpHeader": {"httpHeaderName": "X-A", "values": ["a"]}},
                {"httpHeader": {"httpHeaderName": "X-B", "values": ["b"]}},
            ),
            when(hosts(UNKNOWN)),
        ],
        unknown=[{"conditions": UNKNOWN}, when(UNKNOWN), when({"hostHeader": {"values": UNKNOWN}})],
    ),
    "listener-rule-count": Cases(
        token=LOAD_BALANCER, fails=[many_rules(101)], passes=[many_rules(3)], unknown=[], never_unknown=True
    ),
    "listener-rule-application": Cases(
        token=RULE,
        fails=[ruled("network")],
        passes=[ruled(None), {"listenerArn": "a"}],
        unknown=[ruled(UNKNOWN), {"listenerArn": UNKNOWN}],
    ),
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
            {**WEB, "healthCheck": {"port": "http"}},
        ],
        passes=[
            {**WEB, "healthCheck": {"matcher": "200,202-299", "path": "/health", "port": "traffic-port"}},
            {**WEB, "protocolVersion": "GRPC", "healthCheck": {"matcher": "0-99", "path": "/AWS.ALB/healthcheck"}},
            {"protocol": "TCP", "healthCheck": {"matcher": "200-599", "port": "8080"}},
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
            target("ip", UNKNOWN, Planned(token=LOAD_BALANCER, name="lb"), source=(LOAD_BALANCER, "lb")),
            target("lambda", UNKNOWN, HANDLER, source=(FUNCTION, "handler"), port=80),
            target("instance", "arn:aws:lambda:us-east-2:111111111111:function:a"),
        ],
        passes=[
            target(None, "i-0123", port=80),
            target("ip", "10.0.0.1"),
            target("lambda", UNKNOWN, HANDLER, source=(FUNCTION, "handler")),
            target("alb", UNKNOWN, Planned(token=LOAD_BALANCER, name="lb"), source=(LOAD_BALANCER, "lb")),
            target(
                "ip", UNKNOWN, Planned(token="aws:ec2/instance:Instance", name="i"), source=("aws:ec2/instance:Instance", "i")
            ),
            {"targetGroupArn": GROUP_ARN, "targetId": "i-0123"},
        ],
        unknown=[target("ip", UNKNOWN), target(UNKNOWN, "i-0123")],
    ),
    "target-function-permission": Cases(
        token=TARGET,
        fails=[
            target("lambda", UNKNOWN, HANDLER, source=(FUNCTION, "handler")),
            target("lambda", UNKNOWN, HANDLER, permit("events.amazonaws.com"), source=(FUNCTION, "handler"), after=True),
            target("lambda", UNKNOWN, HANDLER, FROM_ELB, source=(FUNCTION, "handler")),
        ],
        passes=[
            target("lambda", UNKNOWN, HANDLER, FROM_ELB, source=(FUNCTION, "handler"), after=True),
            target("instance", "i-0123"),
        ],
        unknown=[target("lambda", UNKNOWN, HANDLER, permit(UNKNOWN), source=(FUNCTION, "handler"), after=True)],
    ),
    "load-balancer-shape": Cases(
        token=LOAD_BALANCER,
        fails=[
            {"region": "us-east-2"},
            {"subnets": ["a", "b"], "subnetMappings": [{"subnetId": "a"}]},
            {"subnets": UNKNOWN, "loadBalancerType": "gateway", "securityGroups": [UNKNOWN]},
            {"subnets": ["a", "b"], "idleTimeout": 4001},
            {"subnets": ["a", "b"], "accessLogs": {"enabled": True}},
        ],
        passes=[
            {"subnets": UNKNOWN, "idleTimeout": 60},
            {"subnetMappings": [{"subnetId": UNKNOWN}], "loadBalancerType": "network"},
            {"subnets": ["a", "b"], "accessLogs": {"enabled": False, "bucket": ""}},
        ],
        unknown=[{"subnets": ["a", "b"], "idleTimeout": UNKNOWN}],
    ),
    "load-balancer-addresses": Cases(
        token=LOAD_BALANCER,
        fails=[
            {"subnetMappings": [{"subnetId": "a", "allocationId": UNKNOWN}]},
            {"loadBalancerType": "network", "internal": True, "subnetMappings": [{"allocationId": UNKNOWN}]},
            {"loadBalancerType": "network", "subnetMappings": [{"privateIpv4Address": "10.0.0.4"}]},
        ],
        passes=[
            {"loadBalancerType": "network", "subnetMappings": [{"allocationId": UNKNOWN}]},
            {"loadBalancerType": "network", "internal": True, "subnetMappings": [{"privateIpv4Address": "10.0.0.4"}]},
            {"subnetMappings": [{"subnetId": UNKNOWN}]},
        ],
        unknown=[{"loadBalancerType": UNKNOWN, "subnetMappings": [{"allocationId": "a"}]}],
    ),
    "load-balancer-zones": Cases(
        token=LOAD_BALANCER,
        fails=[
            {"subnets": ["subnet-1"]},
            across("us-east-2a", "us-east-2a"),
            across("us-east-2a", "us-east-2a", "us-east-2b"),
            across("us-east-2a", "us-east-2a", inputs={"loadBalancerType": "network"}),
        ],
        passes=[
            across("us-east-2a", "us-east-2b"),
            {"subnets": ["subnet-1"], "loadBalancerType": "network"},
            {"subnets": ["subnet-1", "subnet-2"]},
            {"subnetMappings": [{"subnetId": "a"}], "loadBalancerType": "gateway"},
        ],
        unknown=[
            {"subnets": UNKNOWN},
            {"subnets": [UNKNOWN, UNKNOWN]},
            across("us-east-2a", None),
            {"subnets": ["subnet-1"], "loadBalancerType": UNKNOWN},
        ],
    ),
    "load-balancer-one-vpc": Cases(
        token=LOAD_BALANCER,
        fails=[
            across("us-east-2a", "us-east-2b", vpcs=("vpc", "other")),
            across("us-east-2a", "us-east-2b", vpcs=("vpc", "vpc", "other"), groups=[security_group("other")]),
        ],
        passes=[across("us-east-2a", "us-east-2b", groups=[security_group("vpc")]), {"subnets": ["subnet-1"]}],
        unknown=[],
        never_unknown=True,
    ),
    "load-balancer-internet-gateway": Cases(
        token=LOAD_BALANCER,
        fails=[
            across("us-east-2a", "us-east-2b"),
            across("us-east-2a", "us-east-2b", vpcs=("vpc", "vpc", "other"), gateways=("other",)),
            across("us-east-2a", token=CLASSIC),
        ],
        passes=[
            across("us-east-2a", "us-east-2b", gateways=("vpc",)),
            across("us-east-2a", "us-east-2b", inputs={"internal": True}),
            {"subnets": ["subnet-1"]},
        ],
        unknown=[across("us-east-2a", "us-east-2b", inputs={"internal": UNKNOWN})],
    ),
    "load-balancer-log-bucket": Cases(
        token=LOAD_BALANCER,
        fails=[
            logged(after=False),
            logged(DELIVERY, after=False),
            logged(bucket_policy({"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}, "s3:GetObject")),
            logged(DELIVERY, encrypted("aws:kms")),
            logged(bucket_policy(UNKNOWN), after=False),
        ],
        passes=[
            logged(DELIVERY, encrypted("AES256")),
            logged(bucket_policy({"AWS": "arn:aws:iam::999999999999:root"})),
            logged(enabled=False, after=False),
            {"accessLogs": {"bucket": "elsewhere", "enabled": True}},
            {},
        ],
        unknown=[logged(bucket_policy(UNKNOWN)), logged(enabled=UNKNOWN, after=False), logged(DELIVERY, encrypted(UNKNOWN))],
    ),
    "classic-listener": Cases(
        token=CLASSIC,
        fails=[
            classic(instanceProtocol="tcp"),
            classic(lbProtocol="https"),
            classic(sslCertificateId="arn"),
            classic(lbProtocol="udp"),
            {"subnets": ["a"], "listeners": [{"lbPort": 80, "lbProtocol": "tcp", "instanceProtocol": "tcp"}] * 2},
            classic({"target": "HTTP:80"}),
            classic({"target": "TCP:80", "interval": 5, "timeout": 5}),
            {"subnets": ["a"], "availabilityZones": ["us-east-2a"]},
        ],
        passes=[
            classic({"target": "HTTP:80/health", "interval": 30, "timeout": 5}),
            classic(lbProtocol="HTTPS", sslCertificateId=UNKNOWN, lbPort=443),
            classic(lbProtocol="ssl", sslCertificateId="arn", instanceProtocol="tcp"),
        ],
        unknown=[classic(lbProtocol=UNKNOWN), {"subnets": ["a"], "listeners": UNKNOWN}],
    ),
}
