"""What a database and its replica have in common: everything but where their data comes from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, iam, rds

from components import database_checks, limits
from components.alarms import Alarm, AlarmTarget, DashboardRow, create_alarms
from components.arn import expect_region
from components.component import Component, InvalidArgumentError, tags
from components.log_group import create_log_group
from components.permissions import Statement, service_trust_json, sid
from components.postgres_alarms import postgres_alarms, subscribe_to_events
from components.postgres_parameters import parameter_group
from components.security_group import SecurityGroup, SecurityGroupArgs

LOG_TYPES: Final = ("postgresql", "upgrade")
CA_CERTIFICATE: Final = "rds-ca-rsa2048-g1"
MONITORING_INTERVAL_SECONDS: Final = 60
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.cost.html: what RDS keeps without a charge
PERFORMANCE_INSIGHTS_DAYS: Final = 7
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html: gp3 for PostgreSQL, GiB
STORAGE_GIB: Final = (20, 65536)


@dataclass(frozen=True, kw_only=True)
class PostgresArgs:
    """An RDS PostgreSQL instance.

    Attributes:
        region: AWS region of the instance, e.g. `us-east-2`.
        account_id: Account the instance is in.
        identifier: Its physical name, unique in account and region: RDS writes logs to groups of that name, and people and
            commands look it up by it. 1 to 63 lower-case letters, digits and single hyphens, a letter first (RDS
            CreateDBInstance). Changing it renames the instance.
        instance_class: RDS class, e.g. `db.r7g.large`; decides memory, vCPUs and the number of connections.
        engine_version: PostgreSQL major, e.g. `17`. RDS keeps the minor current: a minor named here would be refused as a
            downgrade after its first automatic upgrade.
        vpc_id: The VPC.
        subnet_ids: Subnets of the data tier, in at least two zones (RDS CreateDBSubnetGroup).
        storage_gib: gp3 storage at the start, 20 to 65,536 GiB. A replica takes over its source's; its alarm derives from this.
        max_storage_gib: Ceiling of storage autoscaling, GiB, at least 1.1 times `storage_gib`.
        backup_retention_days: Days automated backups are kept, 1 to 35; without backups there is no replica and no way back.
        backup_window: Daily, UTC, `hh:mm-hh:mm`, 30 minutes or longer.
        maintenance_window: Weekly, UTC, `ddd:hh:mm-ddd:hh:mm`, apart from the backup window.
        key_arn: Customer managed key of `region` for storage, snapshots and Performance Insights; changing it replaces the
            instance.
        logs_key_arn: Customer managed key of `region` for the exported logs.
        log_retention_days: Days the exported logs are kept; one of CloudWatch's values.
        alarms: Where alarms and RDS's own events go.
        port: TCP port, 1,150 to 65,535 (RDS CreateDBInstance); 5432 by default.
        multi_az: A standby in a second zone; true by default.
        data_classification: Of the rows; `restricted` by default.
        protect: Stop a plan that would delete or replace the instance or its logs, in Pulumi and in AWS; keep a final snapshot
            (`<identifier>-final`) and the automated backups if it is deleted after all; make changes wait for the maintenance
            window; refuse a change of the major. True by default.
    """

    region: str
    account_id: str
    identifier: str
    instance_class: str
    engine_version: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    storage_gib: int
    max_storage_gib: int
    backup_retention_days: int
    backup_window: str
    maintenance_window: str
    key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    alarms: AlarmTarget
    port: int = 5432
    multi_az: bool = True
    data_classification: str = "restricted"
    protect: bool = True

    def __post_init__(self) -> None:
        self._expect("identifier", _identifier(self.identifier))
        self._expect("instance_class", database_checks.instance_class(self.instance_class))
        self._expect("engine_version", database_checks.engine_version(self.engine_version))
        if len(self.subnet_ids) < 2:
            self._expect("subnet_ids", "subnets in at least two zones")
        self._expect_between("storage_gib", *STORAGE_GIB)
        self._expect_between("max_storage_gib", *STORAGE_GIB)
        self._expect("max_storage_gib", database_checks.storage_ceiling(self.storage_gib, self.max_storage_gib))
        self._expect("backup_retention_days", database_checks.backup_retention(self.backup_retention_days))
        self._expect("backup_window", database_checks.backup_window(self.backup_window))
        self._expect("maintenance_window", database_checks.maintenance_window(self.maintenance_window))
        if database_checks.windows_overlap(self.backup_window, self.maintenance_window):
            self._expect("maintenance_window", f"a window apart from the backup window {self.backup_window}")
        if self.log_retention_days not in limits.LOG_RETENTION_DAYS:
            self._expect("log_retention_days", f"one of {', '.join(map(str, limits.LOG_RETENTION_DAYS))}")
        self._expect_between("port", 1150, 65535)

    def _expect(self, field: str, expected: str | None) -> None:
        if expected:
            raise InvalidArgumentError(self, field, getattr(self, field), expected)

    def _expect_between(self, field: str, lowest: int, highest: int) -> None:
        if not lowest <= getattr(self, field) <= highest:
            self._expect(field, f"{lowest} to {highest}")


class PostgresInstance(Component):
    """Base of `Database` and `DatabaseReplica`; see there.

    Outputs: `arn`; `identifier`; `address` (host name, without the port); `port`; `security_group`, closed until `allow_from`;
    `dashboard_row`.
    """

    arn: pulumi.Output[str]
    identifier: pulumi.Output[str]
    address: pulumi.Output[str]
    port: int
    dashboard_row: DashboardRow
    _resource_id: pulumi.Output[str]

    def __init__(self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._instance_args = args
        self.port = args.port
        group = SecurityGroupArgs(region=args.region, vpc_id=args.vpc_id, description=f"PostgreSQL of {name}")
        self.security_group = SecurityGroup(name, group, opts=self.child())
        self._subnets = rds.SubnetGroup(
            f"{name}-subnets",
            region=args.region,
            subnet_ids=list(args.subnet_ids),
            description=f"Data tier of {name}",
            tags=tags(f"{name}-subnets"),
            opts=self.child(),
        )
        self._parameters = parameter_group(
            self,
            region=args.region,
            engine_version=args.engine_version,
            instance_class=args.instance_class,
            opts=self.child(),
        )
        self._log_groups = [self._log_group(log_type) for log_type in LOG_TYPES]
        self._monitoring_role, self._monitoring_policy = self._monitoring()

    def connect_as(self, user: str) -> tuple[Statement, ...]:
        """Log in as the database user `user` with an IAM token; the user needs `GRANT rds_iam TO <user>` in PostgreSQL.

        Raises:
            ValueError: when `user` is no plain lower-case PostgreSQL name.
        """
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", user):
            raise ValueError(f"user is {user!r}; expected up to 63 lower-case letters, digits and _, no digit first")
        args = self._instance_args
        users = pulumi.Output.concat(f"arn:aws:rds-db:{args.region}:{args.account_id}:dbuser:", self._resource_id, "/", user)
        return (Statement(sid=sid("connect", self.name, "as", user), actions=("rds-db:connect",), resources=(users,)),)

    def _settings(self, *, final_snapshot: bool) -> rds.InstanceArgs:
        """What any instance is told, whatever its data comes from; a final snapshot only where `protect` asks for one."""
        args = self._instance_args
        key_arn = expect_region(args.key_arn, args.region, f"{self.name}: key_arn")
        keep_snapshot = args.protect and final_snapshot
        return rds.InstanceArgs(
            region=args.region,
            # A physical name: its log groups must be there, with key and retention, before RDS creates them without either.
            identifier=args.identifier,
            instance_class=args.instance_class,
            # No iops or throughput: RDS refuses them below 400 GiB and provides 12,000 IOPS from there on.
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=key_arn,
            max_allocated_storage=args.max_storage_gib,
            multi_az=args.multi_az,
            port=args.port,
            publicly_accessible=False,
            db_subnet_group_name=self._subnets.name,
            vpc_security_group_ids=[self.security_group.id],
            parameter_group_name=self._parameters.name,
            ca_cert_identifier=CA_CERTIFICATE,
            iam_database_authentication_enabled=True,
            auto_minor_version_upgrade=True,
            apply_immediately=not args.protect,
            backup_retention_period=args.backup_retention_days,
            backup_window=args.backup_window,
            maintenance_window=args.maintenance_window,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not args.protect,
            deletion_protection=args.protect,
            skip_final_snapshot=not keep_snapshot,
            final_snapshot_identifier=f"{args.identifier}-final" if keep_snapshot else None,
            enabled_cloudwatch_logs_exports=list(LOG_TYPES),
            monitoring_interval=MONITORING_INTERVAL_SECONDS,
            monitoring_role_arn=self._monitoring_role.arn,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=key_arn,
            performance_insights_retention_period=PERFORMANCE_INSIGHTS_DAYS,
            tags=tags(self.name, data_classification=args.data_classification),
        )

    def _create(self, settings: rds.InstanceArgs, *, create_within: str | None = None) -> None:
        """Create the instance; the provider gives up after `create_within`, 40 minutes by default."""
        opts = self.child(protect=self._instance_args.protect, depends_on=[*self._log_groups, self._monitoring_policy])
        opts.custom_timeouts = pulumi.CustomTimeouts(create=create_within) if create_within else None
        instance = rds.Instance(self.name, settings, opts=opts)
        self._resource_id = instance.resource_id
        self.arn = instance.arn
        self.identifier = instance.identifier
        self.address = instance.address

    def _watch(self, alarms: Sequence[Alarm] = ()) -> None:
        """Watch the instance, with `alarms` besides the usual ones, and register the outputs."""
        args = self._instance_args
        subscribe_to_events(
            self,
            region=args.region,
            identifier=self.identifier,
            parameter_group=self._parameters.name,
            target=args.alarms,
        )
        usual = postgres_alarms(self.identifier, instance_class=args.instance_class, storage_gib=args.storage_gib)
        self.dashboard_row = create_alarms(self, [*usual, *alarms], region=args.region, target=args.alarms)
        self.register_outputs({"arn": self.arn, "identifier": self.identifier, "address": self.address, "port": self.port})

    def _log_group(self, log_type: str) -> cloudwatch.LogGroup:
        args = self._instance_args
        return create_log_group(
            self,
            f"{self.name}-log-{log_type}",
            region=args.region,
            key_arn=args.logs_key_arn,
            retention_days=args.log_retention_days,
            protect=args.protect,
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
                account_id=args.account_id,
                source_arn=f"arn:aws:rds:{args.region}:{args.account_id}:db:{args.identifier}",
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


def _identifier(text: str) -> str | None:
    fits = re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", text) and "--" not in text
    return None if fits else "1 to 63 lower-case letters, digits and single hyphens, a letter first and no hyphen last"
