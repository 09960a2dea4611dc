"""The Valkey cache that services share, each with a user of its own that reaches its own spaces."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import elasticache

from ..base import checks
from ..base.alarms import create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here, Store
from ..base.log_group import create_log_group
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from .cache_access import OFF, Spaces, access_string
from .cache_alarms import cache_alarms
from .cache_spec import CacheSpec
from .secret import generate_password

ENGINE: Final = "valkey"
DEFAULT_USER: Final = "default"
# docs.aws.amazon.com/AmazonElastiCache/latest/dg/quota-limits.html: users in a group; `default` is one of them.
USERS_PER_GROUP: Final = 100
ID_LENGTH: Final = 40
LOG_TYPES: Final = ("slow-log", "engine-log")

# No key is evicted: a count without the records that it counts would be wrong, and nobody would know. A full cache refuses to
# write instead, and an alarm comes long before. The slow log holds words of commands, and so ids of records: from 100 ms on.
PARAMETERS: Final = {
    "maxmemory-policy": "noeviction",
    "slowlog-log-slower-than": "100000",  # microseconds
}
"""What differs from the defaults of the family: ElastiCache tells no others back, and a plan would change them for ever."""


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """A cache.

    Attributes:
        here: Where it is. `protect` refuses to delete or replace it. Of the features, `keep_deleted` leaves a final snapshot of
            one that is deleted after all, and `immediate_changes` makes changes not wait for the maintenance window.
        spec: Its size, version, windows and spaces.
        identifier: Its physical name, unique in account and region: metrics name it. 1 to 40 lower-case letters, digits and
            single hyphens, a letter first (ElastiCache CreateReplicationGroup). Changing it replaces the cache.
        user_prefix: What the ids of its users begin with, unique in account and region.
        workloads: Who may log in, by the names that their links are asked for with, and what each does in which space.
        vpc_id: The VPC.
        subnet_ids: Subnets of the data tier, in as many zones as it has nodes, or in all.
        key_arn: Customer managed key of the `cache` data class in the same region; changing it replaces the cache.
        data_classification: Of what is kept; `restricted` by default.

    Raises:
        InvalidArgumentError: on an identifier that ElastiCache would refuse, a workload whose name gives no user, one that uses
            a space which is not among `spec.spaces`, more workloads than a group has users, or too few subnets.
    """

    here: Here
    spec: CacheSpec
    identifier: str
    user_prefix: str
    workloads: Mapping[str, Spaces]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    data_classification: str = "restricted"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z](-?[a-z0-9]){0,39}", self.identifier) or len(self.identifier) > ID_LENGTH:
            expected = f"1 to {ID_LENGTH} lower-case letters, digits and single hyphens, a letter first"
            raise InvalidArgumentError(self, "identifier", self.identifier, expected)
        if len(self.workloads) >= USERS_PER_GROUP:
            expected = f"at most {USERS_PER_GROUP - 1}: a group has {USERS_PER_GROUP} users, and one of them is {DEFAULT_USER}"
            raise InvalidArgumentError(self, "workloads", f"{len(self.workloads)} workloads", expected)
        for name, spaces in self.workloads.items():
            if expected := checks.service_name(name):
                raise InvalidArgumentError(self, "workloads", name, expected)
            if name == DEFAULT_USER:
                raise InvalidArgumentError(self, "workloads", name, "another name: who does not log in is called so")
            if unknown := sorted({*spaces} - {*self.spec.spaces}):
                raise InvalidArgumentError(self, f"workloads[{name!r}]", unknown[0], f"one of {', '.join(self.spec.spaces)}")
            if not spaces or not all(spaces.values()):
                raise InvalidArgumentError(
                    self, f"workloads[{name!r}]", dict(spaces), "a space or more, each with read or write"
                )
            if len(identity := f"{self.user_prefix}-{name}") > ID_LENGTH:
                raise InvalidArgumentError(self, "user_prefix", identity, f"at most {ID_LENGTH} characters with the name")
        if len(self.subnet_ids) < min(2, self.spec.nodes):
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "subnets in at least two zones")


class Cache(Component):
    """A Valkey replication group over TLS, under its own key, whose users reach nothing but their spaces.

    What is kept there can be made again or is of the day: it is lost with its region. Users have passwords once
    `CachePasswords` has made them; until then each has one that nobody knows but the stack's state, encrypted.

    Outputs: `arn`; `address`, of the primary, also after a failover; `reader_address`, of the replicas; `port`;
    `security_group`, closed until `allow_from`; `users`, workload -> its user's id in ElastiCache.
    """

    arn: pulumi.Output[str]
    address: pulumi.Output[str]
    reader_address: pulumi.Output[str]
    port: int
    security_group: SecurityGroup
    users: Mapping[str, str]

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here, spec = args.here, args.spec
        self.port = spec.port
        group = SecurityGroupArgs(here=here, vpc_id=args.vpc_id, description=f"Valkey of {name}")
        self.security_group = SecurityGroup(name, group, opts=self.child())
        self.users = {workload: f"{args.user_prefix}-{workload}" for workload in sorted(args.workloads)}
        several = spec.nodes > 1
        keep_snapshot = here.features.keep_deleted and spec.snapshot_days > 0
        self.group = elasticache.ReplicationGroup(
            name,
            region=here.region,
            # A physical name: alarms are about its nodes, which are called after it, and there is no other way to know them.
            replication_group_id=args.identifier,
            description=f"Valkey of {pulumi.get_stack()}",
            engine=ENGINE,
            engine_version=spec.engine_version,
            node_type=spec.node_type,
            num_cache_clusters=spec.nodes,
            automatic_failover_enabled=several,
            multi_az_enabled=several,
            port=spec.port,
            parameter_group_name=self._parameters().name,
            subnet_group_name=self._subnets().name,
            security_group_ids=[self.security_group.id],
            at_rest_encryption_enabled=True,
            kms_key_id=expect_region(args.key_arn, here.region, f"{name}: key_arn"),
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=[self._user_group().user_group_id],
            maintenance_window=spec.maintenance_window,
            snapshot_window=spec.snapshot_window,
            snapshot_retention_limit=spec.snapshot_days,
            final_snapshot_identifier=f"{args.identifier}-final" if keep_snapshot else None,
            # Within the maintenance window, and never to another minor: ElastiCache calls its patches so.
            auto_minor_version_upgrade=True,
            apply_immediately=here.features.immediate_changes,
            log_delivery_configurations=self._logs(),
            # No notification topic: ElastiCache does not publish to one that is encrypted, and shows it as inactive
            # (docs.aws.amazon.com/AmazonElastiCache/latest/dg/ElastiCacheSNS.html).
            tags=tags(name, data_classification=args.data_classification, recovery="lost"),
            opts=self.child(protect=here.protect),
        )
        self.arn = self.group.arn
        self.address, self.reader_address = self.group.primary_endpoint_address, self.group.reader_endpoint_address
        create_alarms(self, cache_alarms(self.nodes), here)
        loss = "what is counted of the day, which begins anew; the records are in the lake and in the table newest"
        here.inventory.stores.append(Store(name=name, arn=self.arn, recovery="lost", loss=loss))
        self.register_outputs({"arn": self.arn, "address": self.address, "port": self.port})

    @property
    def nodes(self) -> list[str]:
        """Ids of its nodes, as ElastiCache counts them."""
        return [f"{self.args.identifier}-{number:03}" for number in range(1, self.args.spec.nodes + 1)]

    def _parameters(self) -> elasticache.ParameterGroup:
        name, here, spec = f"{self.name}-parameters", self.args.here, self.args.spec
        return elasticache.ParameterGroup(
            # A new family is a new group, and both must be there for a while.
            f"{name}-{spec.family}",
            region=here.region,
            family=spec.family,
            description=f"Valkey {spec.engine_version} of {self.name}",
            parameters=[
                elasticache.ParameterGroupParameterArgs(name=parameter, value=value) for parameter, value in PARAMETERS.items()
            ],
            tags=tags(name),
            opts=self.child(),
        )

    def _subnets(self) -> elasticache.SubnetGroup:
        name = f"{self.name}-subnets"
        return elasticache.SubnetGroup(
            name,
            region=self.args.here.region,
            subnet_ids=list(self.args.subnet_ids),
            description=f"Data tier of {self.name}",
            tags=tags(name),
            opts=self.child(),
        )

    def _user_group(self) -> elasticache.UserGroup:
        args = self.args
        users = [self._user(DEFAULT_USER, f"{args.user_prefix}-{DEFAULT_USER}", OFF)]
        users += [
            self._user(workload, self.users[workload], access_string(args.workloads[workload])) for workload in self.users
        ]
        name = f"{self.name}-users"
        return elasticache.UserGroup(
            name,
            region=args.here.region,
            user_group_id=args.identifier,
            engine=ENGINE,
            user_ids=[user.user_id for user in users],
            tags=tags(name),
            opts=self.child(),
        )

    def _user(self, workload: str, identity: str, access: str) -> elasticache.User:
        """A user whose first password opens nothing for long: `CachePasswords` takes it away before anybody may use it."""
        name = f"{self.name}-user-{workload}"
        return elasticache.User(
            name,
            region=self.args.here.region,
            user_id=identity,
            user_name=workload,
            engine=ENGINE,
            access_string=access,
            passwords_wo=generate_password(),
            passwords_wo_version=1,
            tags=tags(name, data_classification="restricted"),
            # Another one is generated in each run, and the one that is in use is not Pulumi's to change.
            opts=self.child(ignore_changes=["passwordsWo"]),
        )

    def _logs(self) -> list[elasticache.ReplicationGroupLogDeliveryConfigurationArgs]:
        args = self.args
        return [
            elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
                destination=create_log_group(
                    self,
                    f"{self.name}-{log_type}",
                    here=args.here,
                    # So begin the groups that AWS's delivery may write to without a policy that grows with each:
                    # docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
                    physical_name=f"/aws/vendedlogs/elasticache/{args.identifier}/{log_type}",
                ).name,
                destination_type="cloudwatch-logs",
                log_format="json",
                log_type=log_type,
            )
            for log_type in LOG_TYPES
        ]
