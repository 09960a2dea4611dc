"""The address plan of a VPC: from (tier, zone) to a subnet's range, by arithmetic in which an addition never moves what exists.

The VPC is cut into four equal tier blocks: public, application, data and one kept free for a tier to come. A tier block is cut
into eight zone slots, and the letter at the end of a zone's name picks the slot: `us-east-2a` is slot 0 whatever other zones
are in use and in whatever order they are listed. docs/decisions/address-plan.md weighs the sizes.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Literal

from ..base import checks
from ..base.errors import InvalidArgumentError

Tier = Literal["public", "application", "data"]

TIERS: Final[tuple[Tier, ...]] = ("public", "application", "data")
"""A tier's place is its block: append, never insert or reorder. One of the `2 ** TIER_BITS` places is free."""

TIER_BITS: Final = 2
ZONE_BITS: Final = 3
ZONE_LETTERS: Final = "abcdefgh"


@dataclass(frozen=True)
class AddressPlan:
    """The ranges of one VPC.

    Attributes:
        cidr: Private IPv4 range of the VPC, /16 to /20. Its subnets then have /21 (2,043 usable addresses, as AWS keeps five of
            each) to /25 (123).

    Raises:
        InvalidArgumentError: if `cidr` is not such a range.
    """

    cidr: str

    def __post_init__(self) -> None:
        if expected := checks.vpc_cidr(self.cidr):
            raise InvalidArgumentError(self, "cidr", self.cidr, expected)

    def tier(self, tier: Tier) -> str:
        """The block of a tier: every subnet it has or will have lies inside, so rules about a tier name one range."""
        return str(_slot(IPv4Network(self.cidr), TIERS.index(tier), TIER_BITS))

    def subnet(self, tier: Tier, zone: str) -> str:
        """The range of a tier's subnet in `zone`, e.g. `us-east-2a`.

        Raises:
            InvalidArgumentError: if the zone's name does not end in a digit and a letter from a to h.
        """
        if not re.fullmatch(rf"[a-z0-9-]+\d[{ZONE_LETTERS}]", zone):
            raise InvalidArgumentError(self, "zone", zone, f"a zone's name that ends in a letter of {ZONE_LETTERS}")
        return str(_slot(IPv4Network(self.tier(tier)), ZONE_LETTERS.index(zone[-1]), ZONE_BITS))


def addresses(cidr: str, zones: int, endpoints: int) -> int:
    """How many tasks a network's application subnets have addresses for.

    AWS keeps five addresses of each subnet (docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html), an interface endpoint
    takes one in each zone, and so does the function that makes the database's users.
    """
    subnet = _slot(_slot(IPv4Network(cidr), 0, TIER_BITS), 0, ZONE_BITS)
    return zones * (subnet.num_addresses - 5 - endpoints - 1)


def _slot(block: IPv4Network, index: int, bits: int) -> IPv4Network:
    prefix = block.prefixlen + bits
    return IPv4Network((int(block.network_address) + (index << (32 - prefix)), prefix))
