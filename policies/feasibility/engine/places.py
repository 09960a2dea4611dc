"""Rows about the VPC that a resource is in."""

from policies.feasibility.engine.networks import short, vpcs_of
from policies.feasibility.engine.relations import vpc_of
from policies.kit.references import targets
from policies.kit.resource import Resource
from policies.kit.rows import row
from policies.kit.rule import Answers, Check, Finding


@row
def in_one_vpc(subnets: str, groups: str, expected: str, *, detail: str = "") -> Check:
    """The subnets at a path are of one VPC, and the security groups at the other are of the same.

    In what is `expected` of a group stand `{vpc}` for the subnets' VPC and `{other}` for the group's; `detail` is that of the
    finding on the subnets.
    """

    def check(resource: Resource) -> Answers:
        homes = vpcs_of(resource, subnets)
        if len(homes) > 1:
            names = sorted(map(short, homes))
            yield Finding(subnets.removesuffix("[]"), names, "subnets of one VPC", detail=detail)
        for group in targets(resource, groups, "ec2/securityGroup") if len(homes) == 1 else ():
            other = vpc_of(group)
            if other not in (None, *homes):
                told = expected.format(vpc=short(homes[0]), other=short(str(other)))
                yield Finding(groups.removesuffix("[]"), group.name, told, detail=group.name)

    return check
