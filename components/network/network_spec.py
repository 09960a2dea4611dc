"""What a network is made of."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from ..base import checks, limits
from ..base.problems import Problem, checked, duplicates, fail_on
from ..base.spec import RetentionDays, Spec, context

NatMode = Literal["none", "single", "per-zone"]


def _apart(reserved: str, info: ValidationInfo) -> str:
    own = info.data.get("cidr")
    if own and checks.cidrs_overlap(own, reserved):
        fail_on([Problem(value=reserved, expected=f"a range that does not overlap network.cidr {own}")])
    return reserved


class NetworkSpec(Spec):
    """The VPC.

    Its range never changes: another one is another network. A zone's subnets do not depend on the others: zones may be added,
    removed or reordered, except that a `single` NAT gateway stands in the first. `nat` can be changed at any time: only
    gateways and routes follow; connections through them break.
    """

    cidr: Annotated[str, checked(checks.vpc_cidr)] = Field(description="private IPv4 range of the VPC, /16 to /20")
    zones: tuple[str, ...] = Field(description="availability zones, two or more; a single NAT gateway stands in the first")
    nat: NatMode = Field(
        description="how tasks reach the internet: none, single, or per-zone (one NAT gateway each; survives the loss of a "
        "zone; an account has five Elastic IPs per region until the quota is raised)"
    )
    interface_endpoints: tuple[Annotated[str, checked(checks.interface_endpoint)], ...] = Field(
        description="AWS services reached inside the VPC, each once; each costs per zone and hour"
    )
    flow_log_retention_days: RetentionDays | None = Field(
        default=None, description="days to keep flow logs; as the stack's other logs by default"
    )
    query_log: bool = Field(
        default=False,
        description="whether each name that is looked up in the VPC is recorded, in a log group beside the flow log; false by "
        "default",
    )
    reserved_cidrs: tuple[Annotated[str, checked(checks.private_cidr), AfterValidator(_apart)], ...] = Field(
        default=(),
        description="private IPv4 ranges of other networks that this one may be joined with one day; none by default",
    )

    @field_validator("zones")
    @classmethod
    def _two_of_region(cls, zones: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        region = context(info).region
        few = Problem(value=list(zones), expected="two zones or more: RDS and load balancers refuse one")
        foreign = (
            Problem(value=zone, expected=expected, path=(index,))
            for index, zone in enumerate(zones)
            if region and (expected := checks.zone(zone, region))
        )
        fail_on([*([few] if len(zones) < 2 else []), *duplicates(zones, what="a zone"), *foreign])
        return zones

    @field_validator("reserved_cidrs")
    @classmethod
    def _reserved_once(cls, cidrs: tuple[str, ...]) -> tuple[str, ...]:
        fail_on(duplicates(cidrs, what="a range"))
        return cidrs

    @field_validator("interface_endpoints")
    @classmethod
    def _reachable_without_nat(cls, endpoints: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        fail_on(duplicates(endpoints, what="an endpoint"))
        if info.data.get("nat") != "none":
            return endpoints
        needed = dict.fromkeys(limits.FARGATE_ENDPOINTS, "")
        # Instances of a fleet pull and log as tasks do, say that they are ready, read their queue; people look in by SSM.
        if context(info).fleets:
            needed |= dict.fromkeys((*limits.SESSION_MANAGER_ENDPOINTS, "autoscaling", "sqs"), " (fleets)")
        # The function `heartbeat` logs in to the databases and tells what it sees.
        if context(info).fails_over:
            needed |= {"secretsmanager": "", "monitoring": " (recovery)"}
        # A function of a deployment, in the same subnets, must reach AWS before any task does.
        for thing, services in (*context(info).used().items(), *context(info).called.items()):
            for service in services:
                needed.setdefault(service, f" ({thing})")
        missing = [name + why for name, why in needed.items() if name not in endpoints]
        if missing:
            lost = "start or use what they name" if missing[-1].endswith(")") else "start"
            expected = f"also {', '.join(missing)}: without NAT, tasks cannot {lost} without them"
            fail_on([Problem(value=list(endpoints), expected=expected)])
        return endpoints
