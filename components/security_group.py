"""A security group whose rules say who may talk to whom, never an address range inside the VPC."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.component import Component, InvalidArgumentError, tags


@dataclass(frozen=True, kw_only=True)
class SecurityGroupArgs:
    """A security group that starts closed in both directions.

    Attributes:
        region: AWS region of the group, e.g. `us-east-2`.
        vpc_id: The VPC it belongs to.
        description: What it protects. AWS cannot change it without replacing the group; at most 255 characters of
            `a-z A-Z 0-9 . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *` (EC2 CreateSecurityGroup).
    """

    region: str
    vpc_id: pulumi.Input[str]
    description: str

    def __post_init__(self) -> None:
        if not 0 < len(self.description) <= 255:
            raise InvalidArgumentError(self, "description", self.description, "1 to 255 characters")


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
            region=args.region,
            vpc_id=args.vpc_id,
            description=args.description,
            revoke_rules_on_delete=True,
            tags=tags(name),
            opts=self.child(),
        )
        self.id = self.group.id
        self.register_outputs({"id": self.id})

    def allow_from(self, source: "SecurityGroup", *, port: int, description: str) -> None:
        """Let `source` open TCP connections to `port` of this group: the ingress rule here and the egress rule there."""
        self._ingress(source.name, port, description, referenced_security_group_id=source.id)
        source._egress(self.name, port, description, referenced_security_group_id=self.id)

    def allow_from_cidr(self, label: str, cidr: str, *, port: int, description: str) -> None:
        """Let an address range reach `port`. For what faces the internet and for VPC endpoints only."""
        self._ingress(label, port, description, cidr_ipv4=cidr)

    def allow_to_cidr(self, label: str, cidr: str, *, port: int, description: str) -> None:
        """Let members open TCP connections to `port` of an address range, e.g. HTTPS to the internet through NAT."""
        self._egress(label, port, description, cidr_ipv4=cidr)

    def allow_to_prefix_list(self, label: str, prefix_list_id: pulumi.Input[str], *, port: int, description: str) -> None:
        """Let members reach `port` of an AWS service behind a gateway endpoint (its managed prefix list)."""
        self._egress(label, port, description, prefix_list_id=prefix_list_id)

    def _ingress(self, label: str, port: int, description: str, **peer: pulumi.Input[str | None]) -> None:
        vpc.SecurityGroupIngressRule(
            f"{self.name}-from-{label}-{port}",
            region=self.args.region,
            security_group_id=self.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=description,
            tags=tags(f"{self.name}-from-{label}"),
            opts=self.child(),
            **peer,
        )

    def _egress(self, label: str, port: int, description: str, **peer: pulumi.Input[str | None]) -> None:
        vpc.SecurityGroupEgressRule(
            f"{self.name}-to-{label}-{port}",
            region=self.args.region,
            security_group_id=self.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=description,
            tags=tags(f"{self.name}-to-{label}"),
            opts=self.child(),
            **peer,
        )
