"""Replication of the account's image repositories into another region."""

import re
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import ecr

from ..base import checks
from ..base.component import Component
from ..base.errors import InvalidArgumentError
from ..base.here import Place

# docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationRule.html: filters per rule
MAX_PREFIXES: Final = 100


@dataclass(frozen=True, kw_only=True)
class ImageReplicationArgs:
    """Which repositories are replicated. A registry, that is an account in a region, has one replication configuration.

    Attributes:
        here: The region that images are pushed to, and the account of both registries.
        destination_region: AWS region that gets a copy of every image pushed from now on.
        prefixes: Beginnings of repository names, e.g. `dataconnect/`; 1 to 100.

    Raises:
        InvalidArgumentError: on a destination that is the same region or one that this estate does not use, no prefix or too
            many, or one that begins no repository's name.
    """

    here: Place
    destination_region: str
    prefixes: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.destination_region == self.here.region:
            expected = f"a region other than {self.here.region}"
            raise InvalidArgumentError(self, "destination_region", self.destination_region, expected)
        if expected := checks.region(self.destination_region):
            raise InvalidArgumentError(self, "destination_region", self.destination_region, expected)
        if not 1 <= len(self.prefixes) <= MAX_PREFIXES:
            raise InvalidArgumentError(self, "prefixes", self.prefixes, f"1 to {MAX_PREFIXES} beginnings of repository names")
        for prefix in self.prefixes:
            if not re.fullmatch(r"[a-z0-9][a-z0-9._/-]+", prefix):
                raise InvalidArgumentError(self, "prefixes", prefix, "lower case letters, digits and . _ - /")


class ImageReplication(Component):
    """Copies every newly pushed image to the repository of the same name in the other region, which exists already.

    Images pushed earlier are not copied: push them again.
    """

    def __init__(self, name: str, args: ImageReplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        ecr.ReplicationConfiguration(
            name,
            region=args.here.region,
            replication_configuration=ecr.ReplicationConfigurationReplicationConfigurationArgs(
                rules=[
                    ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
                        destinations=[
                            ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                                region=args.destination_region, registry_id=args.here.account_id
                            )
                        ],
                        repository_filters=[
                            ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                                filter=prefix, filter_type="PREFIX_MATCH"
                            )
                            for prefix in args.prefixes
                        ],
                    )
                ]
            ),
            opts=self.child(),
        )
        self.register_outputs({})
