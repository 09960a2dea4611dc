"""What a database and its replica have in common: everything but where their data comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, iam, rds

from ..base.alarms import Alarm, create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Here, Store
from ..base.links import Link, Opening
from ..base.log_group import create_log_group
from ..base.recovery import Recovery
from ..base.statements import Statement, service_trust_json, sid
from ..base.tenants import THIS_TENANT
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from . import database_checks
from .database_spec import PostgresSpec
from .postgres_alarms import Subscribed, postgres_alarms, subscribe_to_events
from .postgres_parameters import max_connections, parameter_group
from .secret import read_secret

LOG_TYPES: Final = ("postgresql", "upgrade")
CA_CERTIFICATE: Final = "rds-ca-rsa2048-g1"
MONITORING_INTERVAL_SECONDS: Final = 60
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.cost.html: what RDS keeps without a charge
PERFORMANCE_INSIGHTS_DAYS: Final = 7
KEPT: Final = "what it alone has: writes that no later generation took over"
"""What is lost with an instance that is kept after a later generation took over."""


@dataclass(frozen=True, kw_only=True)
class PostgresArgs:
    """An RDS PostgreSQL instance.

    Attributes:
        here: Where it is. `protect` refuses to delete or replace the instance, its logs and its credentials. Of the features,
            `keep_deleted` leaves a final snapshot (`<identifier>-final`) and the automated backups of what is deleted after
            all, and `immediate_changes` makes changes not wait for the maintenance window.
        spec: Its class, version, storage, backups and windows.
        identifier: Its physical name, unique in account and region: RDS writes logs to groups of that name, and people and
            commands look it up by it. 1 to 63 lower-case letters, digits and single hyphens, a letter first (RDS
            CreateDBInstance). Changing it renames the instance.
        vpc_id: The VPC.
        subnet_ids: Subnets of the data tier, in at least two zones (RDS CreateDBSubnetGroup).
        key_arn: Customer managed key of the same region for storage, snapshots and Performance Insights; changing it replaces
            the instance.
        secrets_key_arn: Customer managed key of the same region for the credentials.
        data_classification: Of the rows; `restricted` by default.
        groups_of: Another database of the VPC, whose security groups it shares; by default it has its own.
        switch: What recovery calls it among its databases, the same in both regions; None, the default, for one that recovery
            neither promotes nor opens, as one that is kept for what is in it.
        has_silos: Whether tenants may have databases of their own in the account and region: then tenant roles log in there as
            the same users. False by default.
        subscribed: Whose events RDS's own subscription tells, of which a region has 20: `own` by default; `all` of the region;
            or `none`, where another database's tells them.

    Raises:
        InvalidArgumentError: on an identifier that RDS would refuse, or fewer than two subnets.
    """

    here: Here
    spec: PostgresSpec
    identifier: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    secrets_key_arn: pulumi.Input[str]
    data_classification: str = "restricted"
    groups_of: PostgresInstance | None = None
    switch: str | None = None
    has_silos: bool = False
    subscribed: Subscribed = "own"

    def __post_init__(self) -> None:
        if expected := database_checks.identifier(self.identifier):
            raise InvalidArgumentError(self, "identifier", self.identifier, expected)
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "subnets in at least two zones")


class PostgresInstance(Component):
    """Base of `Database` and `DatabaseReplica`; see there.

    Where recovery switches, it takes the instance out of `security_group` to keep everybody out whom `fence` does not admit,
    and the program leaves alone which of the two it is in. Replication passes all the same: RDS makes the security settings
    of its channel itself, "such as adding security group entries"
    (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html).

    Outputs: `arn`; `identifier`; `address` (host name, without the port); `port`; `security_group` and `fence`, each closed
    until `allow_from`, `fence` None where recovery does not switch; `database_name`; `credentials_arn`, the secret of the
    master user in the same region; `max_connections`; `called`, its name whatever its generation.
    """

    security_group: SecurityGroup
    fence: SecurityGroup | None

    arn: pulumi.Output[str]
    identifier: pulumi.Output[str]
    address: pulumi.Output[str]
    port: int
    called: str
    max_connections: int
    database_name: pulumi.Input[str]
    credentials_arn: pulumi.Input[str]
    resource_id: pulumi.Output[str]

    def __init__(self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._instance_args = args
        here, spec = args.here, args.spec
        # AWS replaces a security group whose description changes: the function that keeps users names the database in its own.
        self.called = args.switch or name
        self.port = spec.port
        self.max_connections = max_connections(spec.instance_class)
        if args.groups_of:
            self.security_group, self.fence = args.groups_of.security_group, args.groups_of.fence
        else:
            self.security_group, self.fence = self._group(name), self._group(f"{name}-fence") if here.switched else None
        self._subnets = rds.SubnetGroup(
            f"{name}-subnets",
            region=here.region,
            subnet_ids=list(args.subnet_ids),
            description=f"Data tier of {name}",
            tags=tags(f"{name}-subnets"),
            opts=self.child(),
        )
        self._parameters = parameter_group(
            self, here=here, engine_version=spec.engine_version, instance_class=spec.instance_class
        )
        self._log_groups = [self._log_group(log_type) for log_type in LOG_TYPES]
        self._monitoring_role, self._monitoring_policy = self._monitoring()

    def _group(self, name: str) -> SecurityGroup:
        args = self._instance_args
        return SecurityGroup(
            name, SecurityGroupArgs(here=args.here, vpc_id=args.vpc_id, description=f"PostgreSQL of {name}"), opts=self.child()
        )

    def _groups(self) -> list[pulumi.Input[str]]:
        """The groups of an instance that is open: who passes the fence passes it in both positions."""
        return [group.id for group in (self.security_group, self.fence) if group]

    def link(self, verb: str = "", path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - in one way, as a whole
        """Connect as the workload's own user, `data_products` for `data-products`, with an IAM token in place of a password.

        The tenant role connects as the workload's user of that tenant, `<tenant>_data_products`, to whom the database shows the
        rows of that tenant only. `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_NAME` and `DATABASE_USER` tell the rest. A token
        is made without a call, and opens sessions for 15 minutes, over TLS only. `DatabaseUsers` makes the users.

        Raises:
            ComponentError: on a workload whose name gives no user.
        """
        user = database_checks.user_of(workload)
        return Link(
            statements=self.connect_as(user),
            tenant_statements=(
                self._connect("as-a-tenants", user, f"{THIS_TENANT}_{user}", own=self._instance_args.has_silos),
            ),
            environment={
                "DATABASE_HOST": self.address,
                "DATABASE_PORT": str(self.port),
                "DATABASE_NAME": self.database_name,
                "DATABASE_USER": user,
            },
            openings=(Opening(security_group=self.security_group, port=self.port, what="PostgreSQL for {workload}"),),
        )

    def read_credentials(self) -> tuple[Statement, ...]:
        """Read the master user's credentials: for what makes users, for migrations and emergencies, never for a service."""
        args = self._instance_args
        return read_secret(
            f"{self.name}-credentials", self.credentials_arn, key_arn=args.secrets_key_arn, region=args.here.region
        )

    def connect_as(self, user: str) -> tuple[Statement, ...]:
        """Log in as the database user `user` with an IAM token; the user needs `GRANT rds_iam TO <user>` in PostgreSQL.

        Raises:
            ComponentError: when `user` is no plain lower-case PostgreSQL name, or one that PostgreSQL or RDS keeps for itself.
        """
        if expected := database_checks.username(user):
            raise ComponentError(f"user is {user!r}; expected {expected}")
        return (self._connect("as", user, user),)

    def _connect(self, how: str, user: str, named: str, *, own: bool = False) -> Statement:
        """Log in as `named`; with `own` in any database of the region: only where the tenant's data is has a tenant users."""
        here = self._instance_args.here
        database = "*" if own else self.resource_id
        arn = pulumi.Output.concat(f"arn:aws:rds-db:{here.region}:{here.account_id}:dbuser:", database, "/", named)
        return Statement(sid=sid("connect", self.name, how, user), actions=("rds-db:connect",), resources=(arn,))

    def _settings(self, *, final_snapshot: bool, recovery: Recovery) -> rds.InstanceArgs:
        """What any instance is told, whatever its data comes from; a final snapshot only where deleted things are kept.

        `recovery` is what becomes of its data.
        """
        self._recovery: Recovery = recovery
        args = self._instance_args
        here, spec = args.here, args.spec
        key_arn = expect_region(args.key_arn, here.region, f"{self.name}: key_arn")
        keep_snapshot = here.features.keep_deleted and final_snapshot
        return rds.InstanceArgs(
            region=here.region,
            # A physical name: its log groups must be there, with key and retention, before RDS creates them without either.
            identifier=args.identifier,
            instance_class=spec.instance_class,
            # No iops or throughput: RDS refuses them below 400 GiB and provides 12,000 IOPS from there on.
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=key_arn,
            max_allocated_storage=spec.max_storage_gib,
            multi_az=spec.multi_az,
            port=spec.port,
            publicly_accessible=False,
            db_subnet_group_name=self._subnets.name,
            vpc_security_group_ids=self._groups(),
            parameter_group_name=self._parameters.name,
            ca_cert_identifier=CA_CERTIFICATE,
            iam_database_authentication_enabled=True,
            auto_minor_version_upgrade=True,
            apply_immediately=here.features.immediate_changes,
            backup_retention_period=spec.backup_retention_days,
            backup_window=spec.backup_window,
            maintenance_window=spec.maintenance_window,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not here.features.keep_deleted,
            deletion_protection=here.protect,
            skip_final_snapshot=not keep_snapshot,
            final_snapshot_identifier=f"{args.identifier}-final" if keep_snapshot else None,
            enabled_cloudwatch_logs_exports=list(LOG_TYPES),
            monitoring_interval=MONITORING_INTERVAL_SECONDS,
            monitoring_role_arn=self._monitoring_role.arn,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=key_arn,
            performance_insights_retention_period=PERFORMANCE_INSIGHTS_DAYS,
            tags=tags(self.name, data_classification=args.data_classification, recovery=recovery),
        )

    def _create(self, settings: rds.InstanceArgs, *, create_within: str | None = None, given_once: Sequence[str] = ()) -> None:
        """Create the instance; the provider gives up after `create_within`, 40 minutes by default.

        The properties `given_once` are what they were when it was created, whatever they are now.
        """
        here = self._instance_args.here
        opts = self.child(
            protect=here.protect,
            depends_on=[*self._log_groups, self._monitoring_policy],
            ignore_changes=[*given_once, *here.left_alone("vpcSecurityGroupIds")],
        )
        opts.custom_timeouts = pulumi.CustomTimeouts(create=create_within) if create_within else None
        instance = rds.Instance(self.name, settings, opts=opts)
        self.resource_id = instance.resource_id
        self.arn = instance.arn
        self.identifier = instance.identifier
        self.address = instance.address

    def _watch(self, loss: str, alarms: Sequence[Alarm] = (), *, backed_up: bool = True) -> None:
        """Watch the instance, with `alarms` besides the usual ones, say what becomes of its data, and register the outputs."""
        here, spec = self._instance_args.here, self._instance_args.spec
        subscribe_to_events(
            self,
            here=here,
            identifier=self.identifier,
            parameter_group=self._parameters.name,
            subscribed=self._instance_args.subscribed,
        )
        usual = postgres_alarms(self.identifier, instance_class=spec.instance_class, storage_gib=spec.storage_gib)
        create_alarms(self, [*usual, *alarms], here)
        here.inventory.stores.append(
            Store(name=self.name, arn=self.arn, recovery=self._recovery, loss=loss, backed_up=backed_up, turns=True)
        )
        if self._instance_args.switch and self.fence:
            here.switch(
                "database",
                self._instance_args.switch,
                identifier=self.identifier,
                address=self.address,
                port=self.port,
                databaseName=self.database_name,
                credentials=self.credentials_arn,
                groups=self._groups(),
                fence=self.fence.id,
                # What RDS must be told with a promotion, or it keeps backups for one day:
                # docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PromoteReadReplica.html
                backupRetentionDays=spec.backup_retention_days,
                backupWindow=spec.backup_window,
            )
        here.sleeper("database", self.name, identifier=self.identifier)
        self.register_outputs({"arn": self.arn, "identifier": self.identifier, "address": self.address, "port": self.port})

    def _log_group(self, log_type: str) -> cloudwatch.LogGroup:
        args = self._instance_args
        return create_log_group(
            self,
            f"{self.name}-log-{log_type}",
            here=args.here,
            # The name RDS writes to. Were the group missing, RDS would create one without key and without end.
            physical_name=f"/aws/rds/instance/{args.identifier}/{log_type}",
        )

    def _monitoring(self) -> tuple[iam.Role, iam.RolePolicyAttachment]:
        args = self._instance_args
        name = f"{self.name}-monitoring"
        role = iam.Role(
            name,
            description=f"Lets RDS write the operating system metrics of {self.name}",
            assume_role_policy=service_trust_json(
                "monitoring.rds.amazonaws.com",
                account_id=args.here.account_id,
                source_arn=f"arn:aws:rds:{args.here.region}:{args.here.account_id}:db:{args.identifier}",
            ),
            tags=tags(name),
            opts=self.child(),
        )
        policy = iam.RolePolicyAttachment(
            name,
            role=role.name,
            policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
            opts=self.child(),
        )
        return role, policy
