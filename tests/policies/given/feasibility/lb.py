"""What is planned in several cases of the feasibility pack: lb."""

from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.parts import LISTENER, LOAD_BALANCER, SECURITY_GROUP, SUBNET, VPC
from tests.policies.harness import UNKNOWN, Planned, planned, ref

RULE = "aws:lb/listenerRule:ListenerRule"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
GROUP_ARN = "arn:aws:elasticloadbalancing:us-east-2:111111111111:targetgroup/a/b"


def on(balancer: Mapping[str, Any], inputs: Mapping[str, Any], *, token: str = LISTENER) -> list[Planned]:
    return [planned(LOAD_BALANCER, "lb", **balancer), planned(token, loadBalancerArn=ref(LOAD_BALANCER, "lb"), **inputs)]


def subnets(*zones: object, vpcs: tuple[str, ...] = ("vpc", "vpc", "vpc"), gateways: tuple[str, ...] = ()) -> list[Planned]:
    """Subnets in these zones, their VPCs, and internet gateways of some of the VPCs."""
    return [
        *(planned(VPC, name) for name in sorted({*vpcs})),
        *(planned(GATEWAY, f"{name}-gateway", vpcId=ref(VPC, name)) for name in gateways),
        *(
            planned(
                SUBNET, f"subnet{number}", vpcId=ref(VPC, vpcs[number]), **({} if zone is None else {"availabilityZone": zone})
            )
            for number, zone in enumerate(zones)
        ),
    ]


def across(*zones: object, token: str = LOAD_BALANCER, inputs: Mapping[str, Any] | None = None, **where: Any) -> list[Planned]:
    groups = where.pop("groups", [])
    refs: dict[str, Any] = {"subnets": [(SUBNET, f"subnet{number}") for number in range(len(zones))]}
    if groups:
        refs["securityGroups"] = [(SECURITY_GROUP, group.name) for group in groups]
    own = {"subnets": [UNKNOWN] * len(zones), "securityGroups": [UNKNOWN] * len(groups), **(inputs or {})}
    return [*subnets(*zones, **where), *groups, Planned(token=token, inputs=own, refs=refs)]
