"""The isolation probe: takes every tenant role for two tenants, and tries what each must be refused of the other."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import boto3
from botocore.exceptions import ClientError

from operations.aws import DENIED, code_of
from operations.errors import Code, OperationError
from operations.stack import Stack
from operations.tenants.items import REGISTRY, Items
from operations.tenants.lake import MARKER, Lake, prefix
from operations.tenants.probe_queries import Call, UntriedError, calls

OTHER: Final = "tprobeprobeprobe"
"""The tenant of the probe: it is in no registry, and has a folder of its own, so that there is something to be refused."""

PROBE: Final = "probe"
"""The tag of a session that only tries: the account's boundary lets it read and write markers, and count (docs/delivery.md)."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One call in a session of a tenant role.

    Attributes:
        workload: Whose tenant role.
        session: Tenant of the session.
        what: The call, e.g. `list raw`.
        owner: Whose data.
        refused: What came of it.
    """

    workload: str
    session: str
    what: str
    owner: str
    refused: bool

    def __str__(self) -> str:
        """The attempt in a sentence."""
        outcome = "is refused" if self.refused else "may"
        return f"{self.workload} for {self.session} {outcome} {self.what} of {self.owner}"


class Probe(Protocol):
    """How isolation is tried. An emulator that does not evaluate policies proves nothing: it needs another probe, or none."""

    def try_isolation(self, tenant: str, buckets: Mapping[str, str]) -> list[Attempt]:
        """Try everything that the tenant's sessions, and another's, may or must not do; `buckets` has the tenant's folders."""
        ...


@dataclass(frozen=True, kw_only=True)
class Session:
    """Clients of one session of a tenant role."""

    s3: Any
    dynamodb: Any
    athena: Any


Sessions = Callable[[str, str], Session]
"""ARN of a tenant role and a tenant -> a session."""


class AwsProbe:
    """Tries it at AWS: lists, reads and writes folders, queries and scans tables, the registry's, too, and asks Athena.

    The probe's tenant is in the pool; a silo is what its sessions must not reach, and whose sessions must not reach it.
    Database logins are not tried, for the database is out of this machine's reach; the function tells which users there are.
    """

    def __init__(self, stack: Stack, lake: Lake, items: Items, sessions: Sessions) -> None:
        self._stack = stack
        self._lake = lake
        self._items = items
        self._registry = stack.tables[REGISTRY]
        self._sessions = sessions

    def try_isolation(self, tenant: str, buckets: Mapping[str, str]) -> list[Attempt]:
        """Every call of every tenant role, for the tenant and for the probe's own."""
        folders = {tenant: buckets, OTHER: self._lake.data}
        for bucket in self._lake.data.values():
            if not self._lake.has_marker(bucket, OTHER):
                self._lake.put_marker(bucket, OTHER)
        return [
            Attempt(workload=workload, session=mine, what=what, owner=owner, refused=refused)
            for workload, role in sorted(self._stack.tenant_roles.items())
            for mine in (tenant, OTHER)
            for session in [self._sessions(role, mine)]
            for owner, what, call in (
                *self._calls(session, folders, mine, OTHER if mine == tenant else tenant),
                *(self._calls_to_silo(session, tenant, buckets) if mine == OTHER and buckets != self._lake.data else ()),
                *self._queries(
                    session, mine, OTHER if mine == tenant else tenant, {tenant} if buckets != self._lake.data else ()
                ),
            )
            if (refused := _refused(call)) is not None
        ]

    def _queries(self, session: Session, mine: str, others: str, silos: Collection[str]) -> Iterator[tuple[str, str, Call]]:
        if queries := self._stack.queries:
            yield from calls(session.athena, queries, mine, others, lambda of: f"loans_{of}" if of in silos else "loans")

    def _calls(
        self, session: Session, folders: Mapping[str, Mapping[str, str]], mine: str, others: str
    ) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        """Whose data, what, and the call; what is nobody's in particular must be refused, too."""
        for owner in (mine, others):
            for name, bucket in folders[owner].items():
                marker = {"Bucket": bucket, "Key": f"{prefix(owner)}{MARKER}"}
                yield owner, f"list {name}", _listing(session, bucket, prefix(owner))
                yield owner, f"read {name}", lambda marker=marker: session.s3.get_object(**marker)
            for table in (*self._items.tables(), self._registry):
                yield owner, f"query {table}", lambda table=table, owner=owner: _query(session, table, owner)
        for name, bucket in self._lake.data.items():
            yield "all", f"list {name}", _listing(session, bucket, "")
            if others == OTHER:  # what is not refused writes the probe's own folder once more
                yield others, f"write {name}", lambda bucket=bucket: Lake.write_marker(session.s3, bucket, others)
        for table in (*self._items.tables(), self._registry):
            yield "all", f"scan {table}", lambda table=table: session.dynamodb.scan(TableName=table, Limit=1, Select="COUNT")

    @staticmethod
    def _calls_to_silo(
        session: Session, owner: str, buckets: Mapping[str, str]
    ) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        """What a session of a pool's tenant must not do in a silo's buckets, under its own prefix neither."""
        for name, bucket in buckets.items():
            yield owner, f"list all of {name}", _listing(session, bucket, "")
            yield owner, f"list its own folder in {name}", _listing(session, bucket, prefix(OTHER))
            # What is not refused writes the marker that is there, once more.
            yield owner, f"write {name}", lambda bucket=bucket: Lake.write_marker(session.s3, bucket, owner)


def judge(attempts: list[Attempt]) -> str:
    """What the attempts prove, in a sentence.

    Raises:
        OperationError: when something was not refused, or a role is refused everything, or of the tenant what it may of the
            probe's, so that its refusals prove nothing.
    """
    leaks = [attempt for attempt in attempts if attempt.owner != attempt.session and not attempt.refused]
    if leaks:
        more = f", and {len(leaks) - 5} more" if len(leaks) > 5 else ""
        told = "; ".join(map(str, leaks[:5]))
        raise OperationError(f"tenants are not isolated: {told}{more}. The tenant stays without activation", Code.ISOLATION)
    for workload in sorted({attempt.workload for attempt in attempts}):
        if all(attempt.refused for attempt in attempts if attempt.workload == workload):
            raise OperationError(
                f"the tenant role of {workload} is refused its own tenant's data, too: its refusals prove nothing;"
                " expected one call at least that it may make",
                Code.ISOLATION,
            )
    may = {(each.workload, each.what) for each in attempts if each.session == each.owner == OTHER and not each.refused}
    lacking = [each for each in attempts if each.session == each.owner != OTHER and each.refused]
    if lacking := [each for each in lacking if (each.workload, each.what) in may]:
        told = "; ".join(map(str, lacking[:5]))
        raise OperationError(
            f"the tenant's own data is out of reach: {told}, which other tenants may of theirs", Code.ISOLATION
        )
    refused = sum(attempt.refused for attempt in attempts if attempt.owner != attempt.session)
    return (
        f"proven: {refused} calls for data of others refused" if attempts else "nothing to prove: no workload has a tenant role"
    )


def judge_denied(tenant: str, attempts: list[Attempt]) -> str:
    """What the attempts prove about a tenant that shall have no access.

    Raises:
        OperationError: when its own session may do anything.
    """
    mine = [attempt for attempt in attempts if attempt.session == tenant]
    if allowed := [attempt for attempt in mine if not attempt.refused]:
        raise OperationError(f"the tenant still has access: {'; '.join(map(str, allowed[:5]))}", Code.ISOLATION)
    return (
        f"proven: {len(mine)} calls in sessions of the tenant refused"
        if mine
        else "nothing to prove: no workload has a tenant role"
    )


def sts_sessions(client: Any, region: str) -> Sessions:
    """Sessions that STS gives, as the workloads take them."""

    def take(role: str, tenant: str) -> Session:
        tags = [{"Key": "tenant", "Value": tenant}, {"Key": PROBE, "Value": "true"}]
        try:
            given = client.assume_role(RoleArn=role, RoleSessionName="isolation-probe", DurationSeconds=900, Tags=[*tags])[
                "Credentials"
            ]
        except ClientError as error:
            if code_of(error) not in DENIED:
                raise
            raise OperationError(
                f"these credentials may not take the role {role}; expected those of a role in dataconnect:tenantOperators"
            ) from error
        session = boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            region_name=region,
        )
        return Session(**{name: session.client(name) for name in ("s3", "dynamodb", "athena")})

    return take


def _listing(session: Session, bucket: str, begin: str) -> Callable[[], Any]:
    return lambda: session.s3.list_objects_v2(Bucket=bucket, Prefix=begin, MaxKeys=1)


def _query(session: Session, table: str, owner: str) -> Any:
    return session.dynamodb.query(
        TableName=table,
        Limit=1,
        Select="COUNT",
        KeyConditionExpression="tenant = :owner",
        ExpressionAttributeValues={":owner": {"S": owner}},
    )


# What comes after the question whether it is allowed: there is no such object, or no workgroup that takes queries.
_ANSWERED: Final = frozenset({"NoSuchKey", "404", "InvalidRequestException"})


def _refused(call: Call) -> bool | None:
    """Whether a call is refused; None where it could not be tried."""
    try:
        call()
    except UntriedError:
        return None
    except ClientError as error:
        if code_of(error) in DENIED:
            return True
        if code_of(error) not in _ANSWERED:
            raise
    return False
