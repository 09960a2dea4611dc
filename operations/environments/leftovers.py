"""What is left in AWS of an environment whose stack is gone, by its tag."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.aws import code_of
from operations.environments.template import STACK_TAG

# AWS keeps what it was told to delete, and tells of it, for days. It costs nothing, and is in no network.
_LISTED_STILL: Final = ("ecs:task-definition/",)


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """Asks AWS.

    Attributes:
        tagging: A client of the Resource Groups Tagging API.
        kms: A client of KMS.
        secretsmanager: A client of Secrets Manager.
    """

    tagging: Any
    kms: Any
    secretsmanager: Any

    def of(self, stack: str) -> list[str]:
        """ARNs of what bears the tag of the stack and is not being deleted."""
        pages = self.tagging.get_paginator("get_resources").paginate(TagFilters=[{"Key": STACK_TAG, "Values": [stack]}])
        found = sorted(each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"])
        return [arn for arn in found if not self._going(arn)]

    def _going(self, arn: str) -> bool:
        _, _, service, _, _, named = arn.split(":", 5)
        if f"{service}:{named}".startswith(_LISTED_STILL):
            return True
        if service == "kms" and named.startswith("key/"):
            return _gone(lambda: self.kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingDeletion")
        if service == "secretsmanager":
            return _gone(lambda: "DeletedDate" in self.secretsmanager.describe_secret(SecretId=arn))
        return False


def _gone(ask: Callable[[], bool]) -> bool:
    try:
        return ask()
    except ClientError as error:
        if code_of(error) not in ("NotFoundException", "ResourceNotFoundException"):
            raise
        return True


def told(arns: Sequence[str], most: int = 10) -> str:
    """For people: the first ones, and how many more."""
    more = f" and {len(arns) - most} more" if len(arns) > most else ""
    return f"{', '.join(arns[:most])}{more}"
