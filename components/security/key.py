"""One customer managed key per data class, with its replica in the recovery region."""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

import pulumi
from pulumi_aws import kms

from ..base import checks
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Place
from ..base.statements import EVERYONE, Statement, account, allow_on_key, policy_json, services
from ..base.tenants import OWN_ALIAS, SHARE_ALIAS, other_tenants

DataClass = Literal[
    "database",
    "tables",
    "storage",
    "logs",
    "secrets",
    "alerts",
    "backups",
    "messages",
    "volumes",
    "config",
    "cache",
    "search",
    "tenant",
    "share",
    "audit",
]


@dataclass(frozen=True, kw_only=True)
class _Use:
    """How the data of a class reaches its key.

    Attributes:
        via: Services through which the account's own principals use the key (`kms:ViaService`), as far as their IAM policies
            allow it.
        grants: Whether those services keep the key in use by a grant, so that creating something needs `kms:CreateGrant`.
        logs: Names of the log groups that CloudWatch Logs encrypts by itself; none by default.
        launched: Whether EC2 Auto Scaling launches instances whose volumes are under the key.
        publishers: Service principals that use the key by themselves to send to the account's topics or queues (`receiver`),
            and name no source to KMS.
        receiver: The service of those topics or queues.
        topics: Whether the account's topics send to its queues.
    """

    via: tuple[str, ...] = ()
    grants: bool = False
    logs: str = ""
    launched: bool = False
    publishers: tuple[str, ...] = ()
    receiver: Literal["sns", "sqs"] = "sqs"
    topics: bool = False


USES: Final[dict[DataClass, _Use]] = {
    # Storage, snapshots and Performance Insights of RDS all reach the key as `rds`.
    "database": _Use(via=("rds",), grants=True),
    "tables": _Use(via=("dynamodb",), grants=True),
    # ECR holds two grants per repository; S3 uses the key on behalf of each caller.
    "storage": _Use(via=("s3", "ecr"), grants=True),
    # CloudWatch Logs encrypts by itself, told apart by the log group's ARN in the encryption context.
    "logs": _Use(logs="*"),
    # Configuration of the environment, apart from tenants' data: who reads the one is not who reads the other.
    "config": _Use(via=("s3",)),
    # Variables of functions, too: Lambda holds a grant for each.
    "secrets": _Use(via=("secretsmanager", "lambda"), grants=True),
    # Recovery points of tables are stored under the vault's key; those of RDS stay under the database's own.
    "backups": _Use(via=("backup",), grants=True),
    # Publishers to an encrypted topic use its key themselves.
    "alerts": _Use(
        via=("sns",),
        publishers=(
            *("cloudwatch.amazonaws.com", "events.amazonaws.com", "events.rds.amazonaws.com"),
            *("budgets.amazonaws.com", "costalerts.amazonaws.com"),
        ),
        receiver="sns",
    ),
    # Workloads reach the key of a queue or topic through SQS or SNS; Firehose holds a grant for each delivery stream.
    # EventBridge, which sends what it could not deliver to dead letters, S3, which tells a queue of copies of logs, and SNS,
    # which sends to queues, use it themselves.
    "messages": _Use(
        via=("sqs", "sns", "firehose"), grants=True, publishers=("events.amazonaws.com", "s3.amazonaws.com"), topics=True
    ),
    # Memory that is written to disk, and snapshots: ElastiCache holds a grant for each replication group.
    "cache": _Use(via=("elasticache",), grants=True),
    # All that a silo has of its own: its buckets, its database with its logs, and the credentials of that.
    "tenant": _Use(via=("s3", "rds", "secretsmanager"), grants=True, logs="/aws/rds/instance/*"),
    # One product of one tenant for one subscriber; its component says who reads, and until when (`KeyArgs.besides`).
    "share": _Use(via=("s3",)),
    # Nodes and snapshots of a search domain: the service holds grants for them.
    "search": _Use(via=("es",), grants=True),
    # What is recorded of accounts: audit_key.py says who writes, and who reads (`KeyArgs.besides`).
    "audit": _Use(),
    # Volumes of instances: EC2 holds a grant for each.
    "volumes": _Use(via=("ec2",), grants=True, launched=True),
}

# Administration without a single cryptographic action. ReplicateKey and UpdatePrimaryRegion concern the recovery region.
ADMINISTRATION: Final = (
    *("kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DisableKey", "kms:DisableKeyRotation"),
    *("kms:EnableKey", "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:ReplicateKey", "kms:RevokeGrant"),
    *("kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias"),
    *("kms:UpdateKeyDescription", "kms:UpdatePrimaryRegion"),
)
# docs.aws.amazon.com/kms/latest/developerguide/multi-region-auth-slr.html: KMS's own role, which exists once a replica does
LAUNCHERS: Final = ("autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", "spot.amazonaws.com/AWSServiceRoleForEC2Spot")
SYNCHRONISER: Final = "AWSServiceRoleForKeyManagementServiceMultiRegionKeys"
INSPECTION: Final = (
    *("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies"),
    *("kms:ListKeyRotations", "kms:ListResourceTags"),
)
CRYPTOGRAPHY: Final = (
    *("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
    *("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"),
)
# Service -> id of the statement about those who send to its topics or queues; how it names one to KMS.
RECEIVERS: Final = {
    "sns": ("PublishersToTopicsOfThisAccount", "aws:sns:topicArn"),
    "sqs": ("SendersToQueuesOfThisAccount", "aws:sqs:arn"),
}
# What a service needs that publishes to an encrypted topic by itself.
PUBLISHING: Final = ("kms:Decrypt", "kms:GenerateDataKey")


@dataclass(frozen=True, kw_only=True)
class KeyArgs:
    """A key for one class of data.

    Attributes:
        here: Region of the key; the account whose principals may use it; whether a plan that would delete or replace the key or
            its replica is stopped.
        data_class: What it encrypts; decides which services may use it.
        alias: The name people and commands know it by, `alias/...`, the same in both regions; up to 256 letters, digits and
            `/ _ -` (KMS CreateAlias).
        administrators: ARNs of the roles that manage the key; `*` may stand in a name, as in that of an SSO role. The role that
            deploys must be one of them, or KMS refuses the policy as a lock-out. The account's root user always is. A role
            that does not exist yet does no harm.
        replica_region: Where the key is replicated. A key cannot become multi-region later: an environment that will ever have
            a recovery region is created with it. None by default.
        tenant: Id of the tenant whose own key it is, which other tenants' sessions may not use; None, the default, for all.
        besides: Statements of its policy beside those of its class; none by default.
        stays_disabled: Whether a deployment leaves it disabled where an operator has disabled it; false by default.

    Raises:
        InvalidArgumentError: on an unknown class, an alias that KMS refuses, no administrator or one that is no role of the
            account, or a replica in the key's own region or in one that this estate does not use.
    """

    here: Place
    data_class: DataClass
    alias: str
    administrators: tuple[str, ...]
    replica_region: str | None = None
    tenant: str | None = None
    besides: tuple[Statement, ...] = ()
    stays_disabled: bool = False

    def __post_init__(self) -> None:
        if self.data_class not in USES:
            raise InvalidArgumentError(self, "data_class", self.data_class, f"one of {', '.join(USES)}")
        if not re.fullmatch(r"alias/(?!aws/)[A-Za-z0-9/_-]{1,250}", self.alias):
            raise InvalidArgumentError(self, "alias", self.alias, "alias/ and letters, digits, / _ -, not starting alias/aws/")
        roles = f"arn:aws:iam::{self.here.account_id}:role/"
        for arn in self.administrators or ("",):
            if not re.fullmatch(rf"{roles}[\w+=,.@/*-]*\w[\w+=,.@/*-]*", arn):
                raise InvalidArgumentError(self, "administrators", arn, f"{roles}<name>")
        if self.alias.startswith(SHARE_ALIAS):
            if self.data_class != "share" or not self.tenant or not self.alias.startswith(f"{SHARE_ALIAS}{self.tenant}/"):
                expected = f"{SHARE_ALIAS}<tenant>/<share> and tenant, for the class share only: by it that tenant's job writes"
                raise InvalidArgumentError(self, "alias", self.alias, expected)
        elif (self.alias.startswith(OWN_ALIAS) or self.tenant) and self.alias != f"{OWN_ALIAS}{self.tenant}":
            expected = f"{OWN_ALIAS}<tenant> and tenant, both or neither: who bears the tag of that tenant may use the key"
            raise InvalidArgumentError(self, "alias", self.alias, expected)
        if self.replica_region == self.here.region:
            raise InvalidArgumentError(self, "replica_region", self.replica_region, f"a region other than {self.here.region}")
        if self.replica_region and (expected := checks.region(self.replica_region)):
            raise InvalidArgumentError(self, "replica_region", self.replica_region, expected)


class Key(Component):
    """A symmetric key, rotated every year, that takes 30 days to delete; multi-region if it has a replica.

    Outputs: `arn`; `replica_arn` (None without a replica); `alias_name`.
    """

    arn: pulumi.Output[str]
    replica_arn: pulumi.Output[str] | None
    alias_name: str

    def __init__(self, name: str, args: KeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        description = f"Encrypts {args.data_class} of {pulumi.get_stack()}"
        key = kms.Key(
            name,
            region=here.region,
            description=description,
            policy=_key_policy(args, here.region),
            multi_region=args.replica_region is not None,
            enable_key_rotation=True,
            deletion_window_in_days=30,
            tags=tags(name),
            opts=self.child(protect=here.protect, ignore_changes=["isEnabled"] if args.stays_disabled else None),
        )
        self.arn = key.arn
        self.replica_arn = None
        self.alias_name = args.alias
        # A physical name: people and break-glass commands look the key up by it.
        kms.Alias(f"{name}-alias", region=here.region, name=args.alias, target_key_id=key.arn, opts=self.child())
        if args.replica_region:
            replica_name = f"{name}-replica"
            replica = kms.ReplicaKey(
                replica_name,
                region=args.replica_region,
                primary_key_arn=key.arn,
                description=description,
                policy=_key_policy(args, args.replica_region),
                deletion_window_in_days=30,
                tags=tags(replica_name),
                opts=self.child(protect=here.protect),
            )
            self.replica_arn = replica.arn
            kms.Alias(
                f"{replica_name}-alias",
                region=args.replica_region,
                name=args.alias,
                target_key_id=replica.arn,
                opts=self.child(),
            )
        self.register_outputs({"arn": self.arn, "replicaArn": self.replica_arn, "aliasName": self.alias_name})


def _key_policy(args: KeyArgs, region: str) -> pulumi.Output[str]:
    """The policy of the key or its replica: the same but for `region`, since AWS shares nothing of it between the two."""
    use, account_id = USES[args.data_class], args.here.account_id
    everybody = account(account_id)
    # A replicated secret or a global table is set up through the service of one region and encrypted in the other.
    regions = sorted({args.here.region, args.replica_region or args.here.region}, key=lambda other: other != region)
    through = {
        "kms:CallerAccount": account_id,
        "kms:ViaService": [f"{service}.{served}.amazonaws.com" for service in use.via for served in regions],
    }
    statements = [*administration(account_id, args.administrators)]
    if use.via:
        statements.append(allow_on_key("AccountUsesThroughServices", everybody, CRYPTOGRAPHY, {"StringEquals": through}))
    if args.tenant:
        others = allow_on_key("OnlyItsOwnTenant", EVERYONE, ("kms:*",), other_tenants(args.tenant))
        statements.append(replace(others, effect="Deny"))
    if use.grants:
        lasting = {"StringEquals": through, "Bool": {"kms:GrantIsForAWSResource": "true"}}
        statements.append(allow_on_key("ServicesHoldGrants", everybody, ("kms:CreateGrant",), lasting))
        statements.append(allow_on_key("ServicesRetireGrants", everybody, ("kms:RetireGrant",), {"StringEquals": through}))
    if use.logs:
        groups = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account_id}:log-group:{use.logs}"}
        logs = services(f"logs.{region}.amazonaws.com")
        statements.append(allow_on_key("LogGroupsOfThisAccount", logs, CRYPTOGRAPHY, {"ArnLike": groups}))
    if use.publishers:
        # Not by source: EventBridge's requests carry none, and a condition on it would drop every event in silence. SNS and SQS
        # name the topic or queue whoever sends.
        sid, context = RECEIVERS[use.receiver]
        receivers = {f"kms:EncryptionContext:{context}": f"arn:aws:{use.receiver}:{region}:{account_id}:*"}
        statements.append(allow_on_key(sid, services(*use.publishers), PUBLISHING, {"ArnLike": receivers}))
    if use.topics:
        # By source and by queue: SNS names to KMS the topic that it delivers for (github.com/aws/aws-cdk/issues/20339).
        both = {
            "aws:SourceArn": f"arn:aws:sns:{region}:{account_id}:*",
            "kms:EncryptionContext:aws:sqs:arn": f"arn:aws:sqs:{region}:{account_id}:*",
        }
        statements.append(
            allow_on_key("TopicsToQueuesOfThisAccount", services("sns.amazonaws.com"), PUBLISHING, {"ArnLike": both})
        )
    if use.launched:
        # docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html: its own role has no right
        # to a key of ours, and takes no policy of ours. By condition: as a principal the role would have to exist already.
        launchers = [f"arn:aws:iam::{account_id}:role/aws-service-role/{role}" for role in LAUNCHERS]
        it = {"ArnEquals": {"aws:PrincipalArn": launchers}, "StringEquals": {"kms:CallerAccount": account_id}}
        statements.append(allow_on_key("AutoScalingLaunches", EVERYONE, (*CRYPTOGRAPHY, "kms:DescribeKey"), it))
        lasting = {**it, "Bool": {"kms:GrantIsForAWSResource": "true"}}
        statements.append(allow_on_key("AutoScalingHoldsGrants", EVERYONE, ("kms:CreateGrant",), lasting))
    if args.replica_region:
        role = f"arn:aws:iam::{account_id}:role/aws-service-role/mrk.kms.amazonaws.com/{SYNCHRONISER}"
        alike = {"ArnEquals": {"aws:PrincipalArn": role}}
        statements.append(allow_on_key("ReplicasStayAlike", everybody, ("kms:SynchronizeMultiRegionKey",), alike))
    return policy_json([*statements, *args.besides])


def administration(account_id: str, administrators: tuple[str, ...]) -> tuple[Statement, ...]:
    """Statements of a key policy that let `administrators` (role ARNs) manage the key and the account look at it."""
    everybody = account(account_id)
    managers = {"ArnLike": {"aws:PrincipalArn": [f"arn:aws:iam::{account_id}:root", *administrators]}}
    return (
        allow_on_key("AdministratorsManage", everybody, ADMINISTRATION, managers),
        allow_on_key("AccountInspects", everybody, INSPECTION, {"StringEquals": {"kms:CallerAccount": account_id}}),
    )
