"""What is left in AWS of an environment whose stack is gone, by its tag."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from operations.environments.owners import Client, known, living
from operations.environments.template import STACK_TAG

# What an address of its range may be in: operation, where they are in the answer, their id, and their state or else their id.
_NETWORK: Final = (
    ("describe_vpcs", "Vpcs", "VpcId", ("VpcId",)),
    ("describe_subnets", "Subnets", "SubnetId", ("SubnetId",)),
    ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", ("NetworkInterfaceId",)),
    ("describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId", ("Status", "Code")),
)


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is left of an environment.

    Attributes:
        network: Ids of what is in its range: as long as there is any, nobody else may have that.
        others: ARNs of the rest, which costs money or gets in the way of the same name.
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
    """

    client: Client

    def network(self, stack: str) -> list[str]:
        """Ids of what EC2 itself knows of the stack's network."""
        ec2: Any = self.client("ec2")
        tagged = [{"Name": f"tag:{STACK_TAG}", "Values": [stack]}]
        return [
            each[name]
            for operation, key, name, state in _NETWORK
            for page in ec2.get_paginator(operation).paginate(Filters=tagged)
            for each in page[key]
            if living(each, state)
        ]

    def of(self, stack: str, since: int) -> Left:
        """What bears the tag of the stack, and is still known where it belongs.

        `since`: Unix seconds of its beginning: no role or policy that is older is asked for its tags.
        """
        network = self.network(stack)
        pages = self.client("resourcegroupstaggingapi").get_paginator("get_resources")
        tagged = pages.paginate(TagFilters=[{"Key": STACK_TAG, "Values": [stack]}])
        arns = sorted(each["ResourceARN"] for page in tagged for each in page["ResourceTagMappingList"])
        others = [arn for arn in arns if arn.rpartition("/")[2] not in network and known(self.client, arn)]
        return Left(network=network, others=[*others, *self._identities(stack, since)])

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
