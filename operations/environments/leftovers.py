"""What is left in AWS of an environment whose stack is gone: by its tag, and what bears none by where it is, and its name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

from operations.environments.outputs import Dev
from operations.environments.owners import Client, known, living
from operations.environments.template import STACK_TAG

# What an address of its range may be in: operation, where they are in the answer, their id, and their state or else their id.
_NETWORK: Final = (
    ("describe_vpcs", "Vpcs", "VpcId", ("VpcId",)),
    ("describe_subnets", "Subnets", "SubnetId", ("SubnetId",)),
    ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", ("NetworkInterfaceId",)),
    ("describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId", ("Status", "Code")),
)

DASHBOARDS: Final = ("dashboard", "on-call", "tenants")
"""What the names of an environment's dashboards begin with: they take no tags, and cost by the month."""


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is left of an environment.

    Attributes:
        network: Ids of what is in its range, and routes to it: as long as there is any, nobody else may have that.
        others: ARNs of the rest, and records by their names, which costs money or gets in the way of the same name.
    """

    network: Sequence[str]
    others: Sequence[str]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.network or self.others)

    def __str__(self) -> str:
        """For people: the first ten, and how many more."""
        both = (*self.network, *self.others)
        more = f" and {len(both) - 10} more" if len(both) > 10 else ""
        return f"{', '.join(both[:10])}{more}"


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """Asks AWS.

    Attributes:
        client: Makes the client of a service, by boto3's name.
        dev: The stack beside which environments are.
    """

    client: Client
    dev: Dev

    def network(self, stack: str, taken: str) -> list[str]:
        """What EC2 itself knows of the stack's network, and what dev's has of its range `taken`, which may be empty."""
        return [*self._tagged(stack), *self._routes(taken)]

    def _tagged(self, stack: str) -> list[str]:
        ec2: Any = self.client("ec2")
        tagged = [{"Name": f"tag:{STACK_TAG}", "Values": [stack]}]
        return [
            each[name]
            for operation, key, name, state in _NETWORK
            for page in ec2.get_paginator(operation).paginate(Filters=tagged)
            for each in page[key]
            if living(each, state)
        ]

    def _routes(self, taken: str) -> Iterator[str]:
        """A route takes no tag. One that an engine made, and was cut off before it knew, is in no state either."""
        if not taken:
            return
        pages = self.client("ec2").get_paginator("describe_route_tables").paginate(RouteTableIds=[self.dev.route_table])
        for route in (each for page in pages for table in page["RouteTables"] for each in table["Routes"]):
            to = route.get("DestinationCidrBlock")
            if to and IPv4Network(to).subnet_of(IPv4Network(taken)):
                yield f"the route to {to} in {self.dev.route_table}"

    def of(self, stack: str, since: int, taken: str) -> Left:
        """What bears the tag of the stack, and is still known where it belongs; and what its names and its range tell.

        Args:
            stack: The environment's.
            since: Unix seconds of its beginning: no role or policy that is older is asked for its tags.
            taken: Its range; empty where that was given back.
        """
        network = self.network(stack, taken)
        pages = self.client("resourcegroupstaggingapi").get_paginator("get_resources")
        tagged = pages.paginate(TagFilters=[{"Key": STACK_TAG, "Values": [stack]}])
        arns = sorted(each["ResourceARN"] for page in tagged for each in page["ResourceTagMappingList"])
        others = [arn for arn in arns if arn.rpartition("/")[2] not in network and known(self.client, arn)]
        untagged = (*self._identities(stack, since), *self._records(stack), *self._aliases(stack), *self._dashboards(stack))
        return Left(network=network, others=[*others, *untagged])

    def _records(self, stack: str) -> Iterator[str]:
        """What dev's zone has at and below the environment's name."""
        name = f"{stack.removeprefix(f'{self.dev.name}-')}.{self.dev.zone}"
        for page in self.client("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId=self.dev.zone_id):
            for each in page["ResourceRecordSets"]:
                if f".{each['Name']}".rstrip(".").endswith(f".{name}"):
                    yield f"the record {each['Type']} {each['Name']} in {self.dev.zone_id}"

    def _aliases(self, stack: str) -> Iterator[str]:
        """Aliases of keys, by which the next of that name would find its own taken."""
        for page in self.client("kms").get_paginator("list_aliases").paginate():
            for each in page["Aliases"]:
                if each["AliasName"].startswith(f"alias/dataconnect/{stack}/"):
                    yield each["AliasArn"]

    def _dashboards(self, stack: str) -> Iterator[str]:
        names = {f"{each}-{stack}" for each in DASHBOARDS}
        for page in self.client("cloudwatch").get_paginator("list_dashboards").paginate():
            yield from (each["DashboardArn"] for each in page["DashboardEntries"] if each["DashboardName"] in names)

    def _identities(self, stack: str, since: int) -> Iterator[str]:
        """Roles and policies: IAM is of no region, and the Tagging API does not tell of them."""
        iam: Any = self.client("iam")
        # Clocks differ.
        since -= 3600
        for page in iam.get_paginator("list_roles").paginate():
            for role in page["Roles"]:
                if role["CreateDate"].timestamp() >= since and _of(iam.list_role_tags(RoleName=role["RoleName"]), stack):
                    yield role["Arn"]
        for page in iam.get_paginator("list_policies").paginate(Scope="Local"):
            for policy in page["Policies"]:
                if policy["CreateDate"].timestamp() >= since and _of(iam.list_policy_tags(PolicyArn=policy["Arn"]), stack):
                    yield policy["Arn"]


def _of(answer: Any, stack: str) -> bool:
    return {"Key": STACK_TAG, "Value": stack} in answer["Tags"]
