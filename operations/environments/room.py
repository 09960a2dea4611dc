"""Whether an account has room for one more environment, by its quotas."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.aws import DENIED, code_of
from operations.environments.template import Template
from operations.errors import Code, OperationError

RESERVED: Final = 70
"""Concurrency that the functions of an environment reserve at the most: a test holds the template to it."""
VCPUS: Final[Mapping[str, float]] = {"Spot": 0.75, "On-Demand": 1}
"""What its services run on, and one job that has to begin without Spot."""
GATEWAY_ENDPOINTS: Final = 2
"""Ways out of its network to S3 and DynamoDB. A test counts all of these over the planned stack."""
UNRESERVED: Final = 100
"""What Lambda keeps for functions without (docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html)."""

# docs.aws.amazon.com/AmazonECS/latest/developerguide/monitoring-fargate-usage.html
_CLASS: Final = {"Spot": "Standard/Spot", "On-Demand": "Standard/OnDemand"}
_LOOK: Final = timedelta(minutes=15)
# Those that count: docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-gateways
_NAT_STATES: Final = ("pending", "available", "deleting")


@dataclass(frozen=True, kw_only=True)
class _Quota:
    """A quota of what an environment takes.

    Attributes:
        what: Of what, and where.
        service: As Service Quotas calls it.
        code: As `aws service-quotas list-service-quotas` tells it.
        needed: How much an environment takes.
        used: How much there is.
    """

    what: str
    service: str
    code: str
    needed: float
    used: Callable[[], float]


def _quotas(aws: Any, template: Template) -> Iterator[_Quota]:
    """docs.aws.amazon.com/general/latest/gr/vpc-service.html, ec2-service.html and ecs-service.html beside it."""

    def count(operation: str, key: str, **filters: list[str]) -> int:
        return len(_found(aws, operation, key, **filters))

    yield _Quota(
        what="VPCs in the region",
        service="vpc",
        code="L-F678F1CE",
        needed=1,
        used=lambda: count("describe_vpcs", "Vpcs"),
    )
    yield _Quota(
        what="gateway endpoints in the region",
        service="vpc",
        code="L-1B52E74A",
        needed=GATEWAY_ENDPOINTS,
        used=lambda: count("describe_vpc_endpoints", "VpcEndpoints", **{"vpc-endpoint-type": ["Gateway"]}),
    )
    for zone in template.nat_zones:
        yield _Quota(
            what=f"NAT gateways in {zone}",
            service="vpc",
            code="L-FE5A380F",
            needed=1,
            used=partial(_nat_gateways, aws, zone),
        )
    yield _Quota(
        what="Elastic IP addresses in the region",
        service="ec2",
        code="L-0263D0A3",
        needed=len(template.nat_zones),
        used=lambda: len(aws.ec2.describe_addresses()["Addresses"]),
    )
    for kind, code in (("Spot", "L-36FBB829"), ("On-Demand", "L-3032A538")):
        yield _Quota(
            what=f"Fargate {kind} vCPUs in the region",
            service="fargate",
            code=code,
            needed=VCPUS[kind],
            used=partial(_vcpus, aws, _CLASS[kind]),
        )


def room(aws: Any, template: Template) -> list[str]:
    """Whether the account has room for one more environment: what nobody can tell, one line each.

    Raises:
        OperationError: when a quota would be exceeded.
    """
    unknown: list[str] = []
    for each in _quotas(aws, template):
        try:
            told = aws.servicequotas.get_service_quota(ServiceCode=each.service, QuotaCode=each.code)
            most, used = float(told["Quota"]["Value"]), each.used()
        except ClientError as error:
            unknown.append(_unknown(each.what, error))
            continue
        if used + each.needed > most:
            raise OperationError(
                f"the account has {used:g} of {most:g} {each.what}, and an environment takes {each.needed:g};"
                f" take one down, or ask for more (Service Quotas, {each.code})",
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


def _found(aws: Any, operation: str, key: str, **filters: list[str]) -> list[Any]:
    asked = {"Filters": [{"Name": name, "Values": values} for name, values in filters.items()]} if filters else {}
    return [each for page in aws.ec2.get_paginator(operation).paginate(**asked) for each in page[key]]


def _nat_gateways(aws: Any, zone: str) -> int:
    """How many NAT gateways of a zone count; AWS tells the subnet of each alone."""
    subnets = {each["SubnetId"] for each in _found(aws, "describe_subnets", "Subnets", **{"availability-zone": [zone]})}
    gateways = _found(aws, "describe_nat_gateways", "NatGateways")
    return sum(1 for each in gateways if each.get("SubnetId") in subnets and each["State"] in _NAT_STATES)


def _vcpus(aws: Any, kind: str) -> float:
    dimensions = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": kind}
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
