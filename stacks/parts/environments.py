"""What a stack offers to environments on demand, and what such an environment has of the stack that it stands beside."""

from dataclasses import dataclass
from typing import Any

import pulumi

from components.base.alarms import AlarmTarget
from components.base.statements import Statement
from components.data.database_spec import DatabaseSpec
from components.data.environment_database import SECRETS, EnvironmentDatabase, EnvironmentDatabaseArgs, Instance
from components.data.postgres import PostgresInstance
from components.data.secret import read_secret
from components.network.address_plan import AddressPlan
from components.network.network_acls import Joined
from components.network.peering import Peering, PeeringArgs
from components.network.security_group import PeerSecurityGroup
from components.operate.environment_spec import EnvironmentSpec
from components.operate.own_table import OwnTable, OwnTableArgs
from settings import PrimarySettings
from stacks.outputs import StackOutputs
from stacks.parts.data import TENANTS_TABLES, users_of_database
from stacks.parts.region import Region


def declare_environments(settings: PrimarySettings, region: Region, database: PostgresInstance) -> dict[str, Any]:
    """Declare what environments on demand share. Returns what they and `dataconnect environment` read of the stack."""
    spec, network = settings.environments, region.network
    if spec is None or settings.dns is None:
        return {}
    registry = OwnTableArgs(
        here=region.here,
        key_arn=region.keys["tables"],
        hash_key="id",
        range_key="item",
        loss="whose each environment is, and until when; their stacks tell which there are",
        backed_up=True,
        # An environment's item goes after its stack, never before it.
        expires=False,
    )
    told = {
        "table": OwnTable("environments", registry).table_name,
        "pool": spec.pool,
        "prefix": spec.prefix,
        "most": spec.most,
        "zone": settings.dns.zone,
        "runbooks": settings.runbook_url,
        "vpcId": network.vpc_id,
        "dataCidr": AddressPlan(network.cidr).tier("data"),
        "dataRouteTableId": network.data_route_table_id,
        "databaseResourceId": database.resource_id,
        "databaseGroupId": database.security_group.id,
        "databaseConnections": str(spec.connections(database.max_connections)),
    }
    return {"environments": told}


def read_credentials_of_environments(settings: PrimarySettings, region: Region) -> tuple[Statement, ...]:
    """Read the credentials of every environment's database, by their names: a new environment changes no policy."""
    if settings.environments is None:
        return ()
    here = region.here
    arn = f"arn:aws:secretsmanager:{here.region}:{here.account_id}:secret:{SECRETS}-*"
    return read_secret("credentials of environments", arn, key_arn=region.keys["secrets"], region=here.region)


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """The stack that an environment on demand stands beside, by its outputs.

    Attributes:
        stack: Its outputs.
        port: Of its database.
    """

    stack: StackOutputs
    port: int

    def told(self, name: str) -> pulumi.Output[str]:
        """What it tells environments."""
        return self.stack.text("environments", name)

    def alerts(self, settings: PrimarySettings) -> AlarmTarget:
        """Its topic of alarms, whose notifier tells people."""
        topic_arn = self.stack.text("alertTopicArn")
        return AlarmTarget(topic_arn=topic_arn, runbook_url=settings.runbook_url, stack=pulumi.get_stack())

    def data_tier(self) -> Joined:
        """The range in which its database is."""
        return Joined(cidr=self.told("dataCidr"), port=self.port)


def neighbour_of(settings: PrimarySettings, spec: EnvironmentSpec) -> Neighbour:
    """The stack that these settings' stack stands beside."""
    return Neighbour(stack=StackOutputs(spec.of), port=settings.database.port)


def offer_shared_database(
    settings: PrimarySettings, region: Region, spec: EnvironmentSpec, neighbour: Neighbour
) -> EnvironmentDatabase:
    """Declare the environment's database on the other stack's instance, and the way there; to be used as `database`."""
    network = region.network
    peering = Peering(
        "peering",
        PeeringArgs(
            here=region.here,
            vpc_id=network.vpc_id,
            cidr=AddressPlan(network.cidr).tier("application"),
            route_table_ids=dict(zip(network.zones, network.application_route_table_ids, strict=True)),
            peer_vpc_id=neighbour.told("vpcId"),
            peer_cidr=neighbour.told("dataCidr"),
            peer_route_table_id=neighbour.told("dataRouteTableId"),
        ),
    )
    group = PeerSecurityGroup("shared-database", region.here, peering.once_active(neighbour.told("databaseGroupId")))
    stack = neighbour.stack
    database = EnvironmentDatabase(
        "environment-database",
        EnvironmentDatabaseArgs(
            here=region.here,
            environment=spec.name(pulumi.get_stack()),
            data=spec.data,
            instance=Instance(
                host=stack.text("databaseAddress"),
                port=neighbour.port,
                database_name=stack.text("databaseName"),
                credentials_arn=stack.text("databaseLogin", "credentials"),
                resource_id=neighbour.told("databaseResourceId"),
                users_function=stack.text("databaseUsersFunction"),
                secrets_key_arn=stack.text("keyArns", "secrets"),
                connections=neighbour.told("databaseConnections").apply(int),
                security_group=group,
            ),
            workloads=users_of_database(settings),
            schema=TENANTS_TABLES.read_text(encoding="utf-8"),
        ),
    )
    region.links.offer(DatabaseSpec.link, database.link)
    return database
