"""Whether an account has room for one more environment, by its quotas."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.aws import DENIED, code_of
from operations.environments.template import Template
from operations.errors import Code, OperationError

RESERVED: Final = 70
"""Concurrency that the functions of an environment reserve at the most: a test holds the template to it."""
VCPUS: Final[Mapping[str, float]] = {"Spot": 0.75, "On-Demand": 1}
"""What its services run on, and one job that has to begin without Spot. A test counts all three over the planned stack."""
UNRESERVED: Final = 100
"""What Lambda keeps for functions without (docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)."""

# docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html, docs.aws.amazon.com/general/latest/gr/ecs-service.html;
# codes as `aws service-quotas list-service-quotas` tells them.
_QUOTAS: Final[Mapping[str, tuple[str, str]]] = {
    "VPCs": ("vpc", "L-F678F1CE"),
    "Elastic IP addresses": ("ec2", "L-0263D0A3"),
    "Fargate Spot vCPUs": ("fargate", "L-36FBB829"),
    "Fargate On-Demand vCPUs": ("fargate", "L-3032A538"),
}
# docs.aws.amazon.com/AmazonECS/latest/developerguide/monitoring-fargate-usage.html
_CLASS: Final = {"Fargate Spot vCPUs": "Standard/Spot", "Fargate On-Demand vCPUs": "Standard/OnDemand"}
_LOOK: Final = timedelta(minutes=15)


def room(aws: Any, template: Template) -> list[str]:
    """Whether the account has room for one more environment: what nobody can tell, one line each.

    Raises:
        OperationError: when a quota would be exceeded.
    """
    needed = {
        "VPCs": 1,
        "Elastic IP addresses": template.addresses,
        **{f"Fargate {each} vCPUs": vcpus for each, vcpus in VCPUS.items()},
    }
    unknown: list[str] = []
    for what, (service, code) in _QUOTAS.items():
        try:
            most = float(aws.servicequotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"])
            used = _used(aws, what)
        except ClientError as error:
            unknown.append(_unknown(what, error))
            continue
        if used + needed[what] > most:
            raise OperationError(
                f"the account has {used:g} of {most:g} {what} in the region, and an environment takes {needed[what]:g};"
                f" take one down, or ask for more (Service Quotas, {code})",
                Code.CONFLICT,
            )
    try:
        free = aws.awslambda.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] - UNRESERVED
    except ClientError as error:
        return [*unknown, _unknown("functions", error)]
    if free < RESERVED:
        raise OperationError(
            f"the region has {max(free, 0)} concurrent executions of functions to reserve, and an environment reserves"
            f" up to {RESERVED}; take one down, or ask for more (Service Quotas, Lambda, L-B99A9384)",
            Code.CONFLICT,
        )
    return unknown


def _unknown(what: str, error: ClientError) -> str:
    """A line for what may not be asked.

    Raises:
        ClientError: on any other error.
    """
    if code_of(error) not in (*DENIED, "NoSuchResourceException"):
        raise error
    return f"cannot tell whether there is room for {what}: {code_of(error)}"


def _used(aws: Any, what: str) -> float:
    if what == "VPCs":
        return sum(len(page["Vpcs"]) for page in aws.ec2.get_paginator("describe_vpcs").paginate())
    if what == "Elastic IP addresses":
        return len(aws.ec2.describe_addresses()["Addresses"])
    dimensions = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": _CLASS[what]}
    now = datetime.now(UTC)
    points = aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/Usage",
        MetricName="ResourceCount",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - _LOOK,
        EndTime=now,
        Period=int(_LOOK.total_seconds()),
        Statistics=["Maximum"],
    )["Datapoints"]
    # Where none runs, nothing is told.
    return max((each["Maximum"] for each in points), default=0)
