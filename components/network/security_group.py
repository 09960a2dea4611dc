"""A security group whose rules say who may talk to whom, never an address range inside the VPC."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import ec2, vpc

from ..base import checks
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Place

# docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html: GroupDescription
_DESCRIPTION: Final = r"[a-zA-Z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}"


@dataclass(frozen=True, kw_only=True)
class SecurityGroupArgs:
    """A security group that starts closed in both directions.

    Attributes:
        here: Where it is.
        vpc_id: The VPC it belongs to.
        description: What it protects. AWS cannot change it without replacing the group; at most 255 characters of
            `a-z A-Z 0-9 . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *` and blanks.

    Raises:
        InvalidArgumentError: on a description that AWS would refuse.
    """

    here: Place
    vpc_id: pulumi.Input[str]
    description: str

    def __post_init__(self) -> None:
        expected = "1 to 255 characters of a-z A-Z 0-9 . _ - : / ( ) # , @ [ ] + = & ; { } ! $ * and blanks"
        if checks.pattern(self.description, _DESCRIPTION, expected):
            raise InvalidArgumentError(self, "description", self.description, expected)


class SecurityGroup(Component):
    """A closed security group; `allow_from` and the `allow_to_*` methods open it, one described rule each.

    Outputs: `id`.
    """

    id: pulumi.Output[str]

    def __init__(self, name: str, args: SecurityGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self.group = ec2.SecurityGroup(
            name,
            region=args.here.region,
            vpc_id=args.vpc_id,
            description=args.description,
            revoke_rules_on_delete=True,
            tags=tags(name),
            opts=self.child(),
        )
        self.id = self.group.id
        self.register_outputs({"id": self.id})

    def allow_from(self, source: "SecurityGroup", *, port: int, description: str) -> list[pulumi.Resource]:
        """Let `source` open TCP connections to `port` of this group: the ingress rule here and the egress rule there.

        Whatever must not start before it can connect depends on the two rules, which are returned.
        """
        return [
            self._ingress(source.name, port, description, referenced_security_group_id=source.id),
            source._egress(self.name, port, description, referenced_security_group_id=self.id),
        ]

    def allow_from_cidr(self, label: str, cidr: str, *, port: int, description: str) -> None:
        """Let an address range reach `port`. For what faces the internet only."""
        self._ingress(label, port, description, cidr_ipv4=cidr)

    def allow_to_cidr(self, label: str, cidr: str, *, port: int, description: str) -> pulumi.Resource:
        """Let members open TCP connections to `port` of an address range, e.g. HTTPS to the internet through NAT.

        Whatever must not start before it can connect depends on the rule, which is returned.
        """
        return self._egress(label, port, description, cidr_ipv4=cidr)

    def _ingress(
        self, label: str, port: int, description: str, **peer: pulumi.Input[str | None]
    ) -> vpc.SecurityGroupIngressRule:
        return vpc.SecurityGroupIngressRule(
            f"{self.name}-from-{label}-{port}",
            region=self.args.here.region,
            security_group_id=self.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=description,
            tags=tags(f"{self.name}-from-{label}"),
            opts=self.child(),
            **peer,
        )

    def _egress(self, label: str, port: int, description: str, **peer: pulumi.Input[str | None]) -> vpc.SecurityGroupEgressRule:
        return vpc.SecurityGroupEgressRule(
            f"{self.name}-to-{label}-{port}",
            region=self.args.here.region,
            security_group_id=self.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=description,
            tags=tags(f"{self.name}-to-{label}"),
            opts=self.child(),
            **peer,
        )


class PeerSecurityGroup(SecurityGroup):
    """A security group of a peered VPC in the same account and region, which another stack declares.

    `allow_from` opens it for a group of this stack's: the rule there is this stack's own, and goes with it. AWS takes a peer's
    group in a rule while the peering is active (docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html): `id`
    is to be known only then, as `Peering.once_active` has it.

    Outputs: `id`.
    """

    def __init__(self, name: str, here: Place, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> None:
        Component.__init__(self, name, opts)
        self.args = SecurityGroupArgs(here=here, vpc_id="", description="Of another stack")
        self.id = pulumi.Output.from_input(id)
        self.register_outputs({"id": self.id})
