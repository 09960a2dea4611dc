"""A secret value that workloads read by reference, encrypted under a customer managed key."""

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import pulumi
from pulumi_aws import secretsmanager
from pulumi_aws.secretsmanager.outputs import SecretReplica as SecretReplicaOutput

from ..base.arn import in_region
from ..base.component import Component, tags
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Place, Store
from ..base.links import Link, variable
from ..base.statements import Statement, sid, use_key, use_tenants_key

# docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html: days, 7 to 30, or 0 to delete at once
RECOVERY_WINDOW_DAYS: Final = 30


@dataclass(frozen=True, kw_only=True)
class SecretReplica:
    """Where a secret is replicated to.

    Attributes:
        region: The other region.
        key_arn: Customer managed key of that region.
    """

    region: str
    key_arn: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    """A secret and its current value.

    Attributes:
        here: Where it is. With its feature `keep_deleted` a deleted secret can be restored for 30 days; else it is gone at
            once.
        description: What the value opens; shown in the console.
        key_arn: Customer managed key that encrypts it, of the same region.
        value: The text to keep; handled as a Pulumi secret. It is stored when `version` is first deployed and a different
            value is ignored until `version` is raised, so that it may come from `generate_password`.
        version: Raise by one to store `value` anew (rotation); 1, the lowest, by default.
        replica: A copy in the recovery region; none by default.

    Raises:
        InvalidArgumentError: on a version below 1, or a replica in the secret's own region.
    """

    here: Place
    description: str
    key_arn: pulumi.Input[str]
    value: pulumi.Input[str]
    version: int = 1
    replica: SecretReplica | None = None

    def __post_init__(self) -> None:
        if self.version < 1:
            raise InvalidArgumentError(self, "version", self.version, "1 or more")
        if self.replica and self.replica.region == self.here.region:
            raise InvalidArgumentError(self, "replica.region", self.replica.region, f"a region other than {self.here.region}")


class Secret(Component):
    """A Secrets Manager secret with its value and, if asked for, a replica.

    The replica has the same ARN with the region swapped. AWS refuses to change a replica: only this component does, in the
    primary region.

    Outputs: `arn`; `replica_arn` and `replica_status` (None without a replica); `value` (secret: what is stored, also when a
    later run generates another); `version`.

    AWS copies after it has answered, and tells nobody when it cannot: `replica_status` is `InProgress`, `InSync` or `Failed` as
    of the last `up` or refresh, and a failed copy is told with AWS's reason at every run.
    """

    arn: pulumi.Output[str]
    replica_arn: pulumi.Output[str] | None
    replica_status: pulumi.Output[str] | None
    value: pulumi.Output[str]
    version: int

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self.version = args.version
        here, replica = args.here, args.replica
        self.secret = secretsmanager.Secret(
            name,
            region=here.region,
            description=args.description,
            kms_key_id=args.key_arn,
            recovery_window_in_days=RECOVERY_WINDOW_DAYS if here.features.keep_deleted else 0,
            replicas=[secretsmanager.SecretReplicaArgs(region=replica.region, kms_key_id=replica.key_arn)] if replica else None,
            tags=tags(name, data_classification="restricted", recovery="replicated" if replica else "restored"),
            opts=self.child(protect=here.protect),
        )
        version_name = f"{name}-version-{args.version}"
        version = secretsmanager.SecretVersion(
            version_name,
            region=here.region,
            secret_id=self.secret.arn,
            secret_string=args.value,  # the SDK itself makes it a secret
            # Not protected: a rotation removes the previous version, and AWS keeps the current one anyway.
            opts=self.child(ignore_changes=["secretString"]),
        )
        # Taken from the version, so that whoever uses them waits until there is a value to read.
        self.arn = version.secret_id
        self.value = cast("pulumi.Output[str]", version.secret_string)
        self.replica_arn = in_region(self.arn, replica.region) if replica else None
        self.replica_status = self._replica_status(replica.region) if replica else None
        here.inventory.stores.append(
            Store(name=name, arn=self.arn, recovery="replicated", loss="seconds: AWS copies each new value")
            if replica
            else Store(name=name, arn=self.arn, recovery="restored", loss="nothing: the stack's state keeps the value, too")
        )
        self.register_outputs({"arn": self.arn, "replicaArn": self.replica_arn, "replicaStatus": self.replica_status})

    def _replica_status(self, region: str) -> pulumi.Output[str]:
        def told(replicas: Sequence[SecretReplicaOutput] | None) -> str:
            found = next((each for each in replicas or () if each.region == region), None)
            # AWS takes a copy that it could not make out of the list.
            status = "Failed" if found is None else found.status or "InProgress"
            if status == "Failed":
                reason = (found and found.status_message) or "AWS lists no copy there"
                pulumi.log.warn(
                    f"{self.name} has no usable copy in {region}: {reason}. A failover would find no credentials: repair the "
                    f"key there, then `pulumi up --refresh`",
                    resource=self.secret,
                )
            return status

        return self.secret.replicas.apply(told)

    def link(self, verb: str, path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - read in one way, by all alike
        """Get the value in the variable `<NAME>` when the workload starts, in the secret's own region."""
        args = self.args
        return Link(
            secrets={variable(self.name): self.arn},
            start_statements=read_secret(self.name, self.arn, key_arn=args.key_arn, region=args.here.region),
        )


def read_secret(name: str, arn: pulumi.Input[str], *, key_arn: pulumi.Input[str], region: str) -> tuple[Statement, ...]:
    """Read a secret or a replica: `arn` and `key_arn` are those of `region`. `name` only tells statements apart."""
    return (
        _read(name, arn),
        use_key(key_arn, service="secretsmanager", region=region, sid=sid("decrypt", name)),
    )


def read_secrets_of_tenants(name: str, arn: str, *, account_id: str, region: str) -> tuple[Statement, ...]:
    """Read secrets that are under tenants' own keys; `arn` is a pattern that fits no others."""
    decrypt = sid("decrypt", name)
    return (
        _read(name, arn),
        use_tenants_key("*", service="secretsmanager", account_id=account_id, region=region, sid=decrypt),
    )


def change_secret(name: str, arn: pulumi.Input[str]) -> Statement:
    """Give a secret another value, and read all that it had: what a rotation does, besides the use of its key."""
    return Statement(
        sid=sid("change", name),
        actions=(
            *("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds"),
            *("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"),
        ),
        resources=(arn,),
    )


def read_all_versions(name: str, arn: pulumi.Input[str]) -> Statement:
    """Read all that a secret had, besides the use of its key."""
    return Statement(
        sid=sid("read all", name),
        actions=("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds"),
        resources=(arn,),
    )


def _read(name: str, arn: pulumi.Input[str]) -> Statement:
    return Statement(
        sid=sid("read", name),
        actions=("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
        resources=(arn,),
    )


def generate_password(length: int = 40) -> pulumi.Output[str]:
    """A fresh random password as a Pulumi secret: letters and digits, safe in a connection string and for RDS.

    Every run of the program generates another one; hand it to a `Secret`, which keeps the first, and use that one's `value`.

    Raises:
        ComponentError: outside 20 to 128 characters (the most RDS takes: RDS CreateDBInstance, MasterUserPassword).
    """
    if not 20 <= length <= 128:
        raise ComponentError(f"length is {length}; expected 20 to 128 characters")
    return pulumi.Output.secret("".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length)))
