"""A share as it is in AWS: who is granted it, what its role and its key refuse, what lies in its folder; and what ends it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.aws import DENIED, code_of
from operations.errors import Code, OperationError
from operations.shares.clients import Clients
from operations.stack import Share, Sharing, Stack
from operations.tenants.registry import Registry

CLOSED: Final = "arn:aws:iam::aws:policy/AWSDenyAll"
"""AWS's own policy, attached to the role of a share that is over, or whose tenant is suspended: it denies everything. Whoever
may attach this one and write none can close, and open nothing. No deployment knows it, so none takes it away."""
OBJECT: Final = "data.parquet"
IAM_DEFAULT: Final = "IAM_ALLOWED_PRINCIPALS"
_SHUT: Final = ("Disabled", "PendingDeletion", "Unavailable")
_REFUSED: Final = DENIED | {"KMS.DisabledException", "KMS.KMSInvalidStateException", "KMSInvalidStateException"}
"""What S3 answers to who may not read, or where the key refuses: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One call as the subscriber's query would make it.

    Attributes:
        what: The call.
        answer: The code of the refusal; `allowed` where it was not refused.
    """

    what: str
    answer: str


class Shares:
    """The shares of a stack.

    Attributes:
        sharing: What the stack's outputs tell of them.
    """

    def __init__(self, stack: Stack, clients: Clients, registry: Registry) -> None:
        """The shares of `stack`, which has some place for them."""
        if stack.sharing is None:
            raise OperationError(f"stack {stack.name} has no data products; expected one with dataconnect:products", Code.USAGE)
        self.sharing: Final[Sharing] = stack.sharing
        self.registry: Final = registry
        self._stack: Final = stack
        self._aws: Final = clients

    def get(self, name: str) -> Share:
        """The share called so.

        Raises:
            OperationError: if the stack's outputs have none.
        """
        found = self.sharing.shares.get(name)
        if found is None:
            known = ", ".join(sorted(self.sharing.shares)) or "none"
            raise OperationError(f"there is no share {name!r} here; the stack's outputs have: {known}", Code.UNKNOWN)
        return found

    def of(self, tenant: str) -> list[Share]:
        """The shares of a tenant, by name."""
        found = (share for share in self.sharing.shares.values() if share.tenant == tenant)
        return sorted(found, key=lambda share: share.name)

    def grants(self, share: Share) -> list[dict[str, Any]]:
        """What Lake Formation lets others than principals of this account do with the share's table."""
        return [each for each in self._permissions(share) if self._is_foreign(_principal(each))]

    def open_by_default(self, share: Share) -> bool:
        """Whether IAM alone would let somebody at the table."""
        return any(_principal(each) == IAM_DEFAULT for each in self._permissions(share))

    def revoke_grants(self, share: Share) -> int:
        """Revoke all of `grants`, with what may be passed on; how many there were."""
        found = self.grants(share)
        for each in found:
            self._aws.lakeformation.revoke_permissions(
                CatalogId=self._stack.account,
                Principal=each["Principal"],
                # As it is listed: of columns, or of a filter of cells, it is another than the table.
                Resource=each["Resource"],
                Permissions=each["Permissions"],
                PermissionsWithGrantOption=each.get("PermissionsWithGrantOption", []),
            )
        return len(found)

    def shared_by_ram(self, share: Share) -> list[str]:
        """The resource shares that still give the subscriber the table: Lake Formation makes them, and takes them away."""
        told = {"resourceOwner": "SELF", "principal": share.account, "resourceArns": [self.table_arn(share)]}
        pages = self._aws.ram.get_paginator("list_resources").paginate(**told)
        return sorted({each["resourceShareArn"] for page in pages for each in page["resources"]})

    def table_arn(self, share: Share) -> str:
        """The ARN of the share's table."""
        return f"arn:aws:glue:{self._stack.region}:{self._stack.account}:table/{self.sharing.database}/{share.table}"

    def deny(self, share: Share) -> None:
        """Refuse everything to the role, and to the sessions that it has already: IAM asks its policies at each request."""
        self._aws.iam.attach_role_policy(RoleName=_role(share), PolicyArn=CLOSED)

    def undeny(self, share: Share) -> None:
        """Take the refusal away."""
        self._aws.iam.detach_role_policy(RoleName=_role(share), PolicyArn=CLOSED)

    def is_denied(self, share: Share) -> bool:
        """Whether the role is refused everything."""
        pages = self._aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName=_role(share))
        return any(each["PolicyArn"] == CLOSED for page in pages for each in page["AttachedPolicies"])

    def is_suspended(self, share: Share) -> bool:
        """Whether its tenant has no access for now, as the registry says."""
        found = self.registry.find(share.tenant)
        return found is not None and found.status == "suspended"

    def key_state(self, share: Share) -> str:
        """The state of the key, as KMS says it."""
        return self._aws.kms.describe_key(KeyId=share.key_arn)["KeyMetadata"]["KeyState"]

    def is_shut(self, share: Share) -> bool:
        """Whether the key opens nothing any more, for anybody."""
        return self.key_state(share) in _SHUT

    def disable_key(self, share: Share) -> None:
        """Let the key open nothing any more."""
        self._aws.kms.disable_key(KeyId=share.key_arn.rpartition("/")[2])

    def versions(self, share: Share) -> list[dict[str, str]]:
        """Every version and delete marker in the folder."""
        return list(self._versions(share))

    def erase(self, share: Share) -> int:
        """Delete all of `versions`; how many there were."""
        count = 0
        while found := self.versions(share)[:1000]:
            told = self._aws.s3.delete_objects(Bucket=self.sharing.bucket, Delete={"Objects": found, "Quiet": True})
            if told.get("Errors"):
                first = told["Errors"][0]
                raise OperationError(f"S3 does not delete {first.get('Key')}: {first.get('Code')}")
            count += len(found)
        return count

    def try_as_subscriber(self, share: Share) -> list[Attempt]:
        """Read as a subscriber's query does: with credentials of the share's role. What lies there is not looked at."""
        try:
            given = self._aws.sts.assume_role(RoleArn=share.role_arn, RoleSessionName="share-probe", DurationSeconds=900)[
                "Credentials"
            ]
        except ClientError as error:
            if code_of(error) not in DENIED:
                raise
            return [Attempt(what=f"take the role {_role(share)}", answer=code_of(error))]
        s3 = self._aws.session(given)
        bucket, key = self.sharing.bucket, f"{share.prefix}{OBJECT}"
        calls: tuple[tuple[str, Callable[[], Any]], ...] = (
            (f"read s3://{bucket}/{key}", lambda: s3.get_object(Bucket=bucket, Key=key)),
            (f"list s3://{bucket}/{share.prefix}", lambda: s3.list_objects_v2(Bucket=bucket, Prefix=share.prefix)),
        )
        return [Attempt(what=what, answer=_answer(call)) for what, call in calls]

    def _permissions(self, share: Share) -> Iterator[dict[str, Any]]:
        self._expect_administrator()
        # With what is granted on filters of the table's cells.
        asked: dict[str, Any] = {"CatalogId": self._stack.account, "Resource": self._table(share), "IncludeRelated": "TRUE"}
        while True:
            try:
                answer = self._aws.lakeformation.list_permissions(**asked)
            except ClientError as error:
                # Without a table there is nothing to be granted.
                if code_of(error) != "EntityNotFoundException":
                    raise
                return
            yield from answer.get("PrincipalResourcePermissions", ())
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]

    def _expect_administrator(self) -> None:
        """Refuse the list of grants that others than administrators get: it has their own, and so is empty.

        Raises:
            OperationError: where the caller is no administrator of Lake Formation.
        """
        caller, administrators = self._caller, self._administrators
        kind, _, named = caller.partition("/")
        # arn:aws:sts::111111111111:assumed-role/NAME/SESSION is of arn:aws:iam::111111111111:role/PATH/NAME.
        name = f"/{named.partition('/')[0]}" if kind.endswith(":assumed-role") else ""
        if caller in administrators or (name and any(":role/" in each and each.endswith(name) for each in administrators)):
            return
        raise OperationError(
            f"{caller} is no administrator of Lake Formation, which tells others only of their own grants; expected a role"
            " in dataconnect:tenantOperators, and a deployment since it is there"
        )

    @cached_property
    def _caller(self) -> str:
        return self._aws.sts.get_caller_identity()["Arn"]

    @cached_property
    def _administrators(self) -> list[str]:
        settings = self._aws.lakeformation.get_data_lake_settings(CatalogId=self._stack.account)["DataLakeSettings"]
        return [each["DataLakePrincipalIdentifier"] for each in settings.get("DataLakeAdmins", ())]

    def _table(self, share: Share) -> dict[str, Any]:
        where = {"CatalogId": self._stack.account, "DatabaseName": self.sharing.database, "Name": share.table}
        return {"Table": where}

    def _is_foreign(self, principal: str) -> bool:
        """Whether a principal is an account, organisation or role other than this account's."""
        return principal != IAM_DEFAULT and f":{self._stack.account}:" not in principal and principal != self._stack.account

    def _versions(self, share: Share) -> Iterator[dict[str, str]]:
        pages = self._aws.s3.get_paginator("list_object_versions").paginate(Bucket=self.sharing.bucket, Prefix=share.prefix)
        for page in pages:
            for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                yield {"Key": each["Key"], "VersionId": each["VersionId"]}


def is_refused(attempt: Attempt) -> bool:
    """Whether a call was refused, and not merely unanswered."""
    return attempt.answer in _REFUSED


def _answer(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        return code_of(error)
    return "allowed"


def _principal(permission: dict[str, Any]) -> str:
    return permission["Principal"]["DataLakePrincipalIdentifier"]


def _role(share: Share) -> str:
    return share.role_arn.rpartition("/")[2]
