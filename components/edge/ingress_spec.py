"""The public load balancer: the name it answers, and whom it lets in."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from ..base import checks
from ..base.problems import Problem, checked, duplicates, fail_on
from ..base.spec import DomainName, Spec, context
from ..network.ports import ANYWHERE
from . import edge_checks
from .token_spec import TokenSpec


class IngressSpec(Spec):
    """The public load balancer."""

    domain: Annotated[DomainName, checked(edge_checks.common_name)] = Field(
        description=f"name that users open; inside dns.zone, up to {edge_checks.COMMON_NAME_LENGTH} characters"
    )
    tokens: TokenSpec | None = Field(
        default=None, description="whose tokens let requests through to functions; none by default, without functions with http"
    )
    allowed_cidrs: tuple[Annotated[str, checked(checks.cidr)], ...] = Field(
        default=(ANYWHERE,),
        description="IPv4 ranges let in, one or more; everybody by default, which Route 53's health checkers need",
    )

    @field_validator("domain")
    @classmethod
    def _inside_zone(cls, domain: str, info: ValidationInfo) -> str:
        zone = context(info).zone
        if zone and not f".{domain}".endswith(f".{zone}"):
            fail_on([Problem(value=domain, expected=f"a name inside dns.zone {zone}")])
        return domain

    @field_validator("allowed_cidrs")
    @classmethod
    def _let_in(cls, cidrs: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        fail_on(duplicates(cidrs, what="a range"))
        if expected := edge_checks.ranges_let_in(cidrs):
            fail_on([Problem(value=f"{len(cidrs)} ranges", expected=expected)])
        if context(info).fails_over and ANYWHERE not in cidrs:
            expected = f"{ANYWHERE}: Route 53's health checkers must get in, or it never sees a latch open"
            fail_on([Problem(value=list(cidrs), expected=expected)])
        if not cidrs:
            fail_on([Problem(value=[], expected="one range or more: nobody would get in")])
        return cidrs
