"""One secret in Secrets Manager, which keeps versions, stages and copies as its reference says.

moto begins no rotation without a function, knows no version without a value, and gives every version the same date.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

CURRENT: Final = "AWSCURRENT"
PENDING: Final = "AWSPENDING"
PREVIOUS: Final = "AWSPREVIOUS"


class NotFoundError(Exception):
    """ResourceNotFoundException."""


class _Exceptions:
    ResourceNotFoundException = NotFoundError


@dataclass
class SecretsManager:
    """A secret's versions: token -> its value, None for one that a rotation has only named, and the stages of each.

    Attributes:
        arn: The secret's.
        copies: Region -> status of its copy there.
        now: What a new version is dated.
    """

    arn: str
    values: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    stages: dict[str, str] = field(default_factory=dict[str, str])
    created: dict[str, datetime] = field(default_factory=dict[str, datetime])
    copies: dict[str, str] = field(default_factory=dict[str, str])
    now: datetime = datetime(2026, 12, 1, tzinfo=UTC)
    exceptions = _Exceptions

    def begin(self) -> str:
        """What a rotation begins with: a version without a value that is pending.

        Raises:
            ClientError: while another one goes on.
        """
        pending = self.stages.get(PENDING)
        if pending is not None and pending != self.stages.get(CURRENT):
            told = {"Code": "InvalidRequestException", "Message": "A previous rotation isn't complete."}
            raise ClientError({"Error": told}, "RotateSecret")
        token = str(uuid.uuid4())
        self.values[token], self.stages[PENDING] = None, token
        self._date(token)
        return token

    def copy(self, region: str) -> "SecretsManager":
        """What the other region's copy holds at this moment."""
        arn = ":".join(region if at == 3 else part for at, part in enumerate(self.arn.split(":")))
        return SecretsManager(arn, {**self.values}, {**self.stages}, {**self.created})

    def describe_secret(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        assert SecretId == self.arn
        copies = [{"Region": region, "Status": status} for region, status in self.copies.items()]
        return {"VersionIdsToStages": self._by_version(), "ReplicationStatus": copies}

    def get_secret_value(
        self,
        *,
        SecretId: str,  # noqa: N803
        VersionStage: str | None = None,  # noqa: N803
        VersionId: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        assert SecretId == self.arn
        token = VersionId if VersionStage is None else self.stages.get(VersionStage)
        if token is None or VersionId not in (None, token) or self.values.get(token) is None:
            raise NotFoundError
        return {"SecretString": self.values[token], "VersionId": token}

    def put_secret_value(
        self,
        *,
        SecretId: str,  # noqa: N803
        SecretString: str,  # noqa: N803
        ClientRequestToken: str | None = None,  # noqa: N803
        VersionStages: Sequence[str] = (CURRENT,),  # noqa: N803
    ) -> None:
        assert SecretId == self.arn
        token = ClientRequestToken or str(uuid.uuid4())
        assert self.values.get(token) in (None, SecretString), "ResourceExistsException"
        self.values[token] = SecretString
        self._date(token)
        # The first version is the current one, whatever was asked for.
        for stage in VersionStages if CURRENT in self.stages else (*VersionStages, CURRENT):
            self._move(stage, token)

    def update_secret_version_stage(
        self,
        *,
        SecretId: str,  # noqa: N803
        VersionStage: str,  # noqa: N803
        MoveToVersionId: str | None = None,  # noqa: N803
        RemoveFromVersionId: str | None = None,  # noqa: N803
    ) -> None:
        assert SecretId == self.arn and self.stages.get(VersionStage) == RemoveFromVersionId, "InvalidParameterException"
        if MoveToVersionId is None:
            assert VersionStage != CURRENT
            del self.stages[VersionStage]
            return
        self._move(VersionStage, MoveToVersionId)

    def get_paginator(self, name: str) -> Any:
        """Of `list_secret_version_ids`, a version a page; those without a value are in none."""
        assert name == "list_secret_version_ids"
        return self

    def paginate(self, *, SecretId: str, IncludeDeprecated: bool = False) -> Iterator[Mapping[str, Any]]:  # noqa: N803
        assert SecretId == self.arn
        named = self._by_version()
        for token, value in self.values.items():
            if value is not None and (IncludeDeprecated or token in named):
                told = {"VersionId": token, "CreatedDate": self.created[token]}
                yield {"Versions": [{**told, **({"VersionStages": named[token]} if token in named else {})}]}

    def _by_version(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for stage, token in self.stages.items():
            found.setdefault(token, []).append(stage)
        return found

    def _move(self, stage: str, token: str) -> None:
        before = self.stages.get(stage)
        self.stages[stage] = token
        if stage == CURRENT and before not in (None, token):
            self.stages[PREVIOUS] = str(before)

    def _date(self, token: str) -> None:
        self.now += timedelta(minutes=1)
        self.created.setdefault(token, self.now)
