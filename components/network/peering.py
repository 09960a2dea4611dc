"""A VPC joined with that of another stack in the same account and region, for one tier on each side."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from ..base.component import Component, tags
from ..base.here import Place


@dataclass(frozen=True, kw_only=True)
class PeeringArgs:
    """Two networks, and what is routed between them: nothing else of either is reachable from the other.

    Attributes:
        here: Where both are.
        vpc_id: The VPC of this stack.
        cidr: The range of its tier that may be answered.
        route_table_ids: Name -> route table of that tier.
        peer_vpc_id: The VPC of the other stack.
        peer_cidr: The range of its tier that is reached.
        peer_route_table_id: The route table of that tier. A VPC takes 50 peering connections, a route table 50 routes, until
            their quotas are raised (docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html).
    """

    here: Place
    vpc_id: pulumi.Input[str]
    cidr: str
    route_table_ids: Mapping[str, pulumi.Input[str]]
    peer_vpc_id: pulumi.Input[str]
    peer_cidr: pulumi.Input[str]
    peer_route_table_id: pulumi.Input[str]


class Peering(Component):
    """A peering connection, accepted as it is made, with the routes there and back.

    Outputs: `id`.
    """

    id: pulumi.Output[str]

    def __init__(self, name: str, args: PeeringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        resolves = {"allow_remote_vpc_dns_resolution": True}
        connection = ec2.VpcPeeringConnection(
            name,
            region=here.region,
            vpc_id=args.vpc_id,
            peer_vpc_id=args.peer_vpc_id,
            # Both are the account's: whoever asks may accept, too.
            auto_accept=True,
            requester=ec2.VpcPeeringConnectionRequesterArgs(**resolves),
            accepter=ec2.VpcPeeringConnectionAccepterArgs(**resolves),
            tags=tags(name),
            opts=self.child(),
        )
        self.id = connection.id
        routes = [
            ec2.Route(
                f"{name}-{label}",
                region=here.region,
                route_table_id=table,
                destination_cidr_block=destination,
                vpc_peering_connection_id=connection.id,
                opts=self.child(),
            )
            for label, table, destination in (
                *((f"to-{label}", table, args.peer_cidr) for label, table in args.route_table_ids.items()),
                ("back", args.peer_route_table_id, args.cidr),
            )
        ]
        self._routed = pulumi.Output.all(*(route.id for route in routes))
        self.register_outputs({"id": self.id})

    def once_active(self, value: pulumi.Input[str]) -> pulumi.Output[str]:
        """The value, known once the networks are joined: what is made of it waits for that, and goes before it."""
        return pulumi.Output.all(value, self._routed).apply(lambda parts: str(parts[0]))
