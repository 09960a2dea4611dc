"""Whose data a function touches: what the registry says of a tenant, and clients that reach nothing but that tenant's data."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from jobs.aggregate.place import POOL, SILO, Place, Row, WrongPlaceError, read_place, read_row

ID: Final = re.compile(r"t[a-z2-7]{15}", re.ASCII)
"""A tenant's id."""
GONE: Final = ("removing", "removed")
"""Statuses of a tenant of which nothing may be written any more: it would outlive the erasure."""

CONFIG: Final = Config(connect_timeout=2, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 3})
EARLY_SECONDS: Final = 300
"""So long before it ends a session is used no more: nothing that a function does takes longer."""
SESSIONS: Final = 64
"""Tenants whose sessions are kept: a client takes about a megabyte."""
EXPIRED: Final = "ExpiredToken"
"""What the codes of an expired session's errors begin with, whatever the clock says."""


class NotNowError(Exception):
    """A tenant that may not be worked for, or not yet: nothing of it is touched, and it is tried again."""


@dataclass
class Session:
    """The clients of one tenant.

    Attributes:
        tenant: Whose data they reach.
        credentials: What they sign with.
        ends_at: When that ends, as `time.time` counts.
        place: Where the silo's data lies, once it was asked for.
    """

    tenant: str
    credentials: dict[str, str]
    region: str
    ends_at: float
    place: Place | None = None
    _clients: dict[str, Any] = field(default_factory=dict[str, Any])

    def client(self, service: str) -> Any:
        """A client of a service, made once."""
        if service not in self._clients:
            make: Any = boto3.client
            self._clients[service] = make(service, region_name=self.region, config=CONFIG, **self.credentials)
        return self._clients[service]


class Sessions:
    """Sessions in the role of a function for one tenant at a time (`TENANT_ROLE_ARN`), kept from one invocation to the next."""

    def __init__(self, sts: Any, *, role: str, workload: str, region: str, now: Callable[[], float] = time.time) -> None:
        self._sts = sts
        self._role = role
        self._workload = workload
        self._region = region
        self._now = now
        self._kept: OrderedDict[str, Session] = OrderedDict()

    def of(self, tenant: str) -> Session:
        """The session of a tenant, which has five minutes left at the least.

        Raises:
            ValueError: on what is no tenant's id.
            ClientError: when the role cannot be taken.
        """
        if not ID.fullmatch(tenant):
            raise ValueError("no tenant's id")
        found = self._kept.get(tenant)
        if found is None or found.ends_at - self._now() < EARLY_SECONDS:
            found = self._kept[tenant] = self._take(tenant)
        self._kept.move_to_end(tenant)
        while len(self._kept) > SESSIONS:
            self._kept.popitem(last=False)
        return found

    @contextmanager
    def watched(self, tenant: str) -> Generator[Session]:
        """The session of a tenant (see `of`), of whose failures is learned (see `failed`)."""
        session = self.of(tenant)
        try:
            yield session
        except ClientError as error:
            self.failed(session, trouble_of(error))
            raise

    def failed(self, session: Session, *troubles: str) -> None:
        """Learn of what AWS refused (`trouble_of`): the place is asked for anew, and an expired session is used no more."""
        session.place = None
        if any(EXPIRED in trouble for trouble in troubles):
            self._kept.pop(session.tenant, None)

    def _take(self, tenant: str) -> Session:
        tags = [{"Key": "tenant", "Value": tenant}]
        name = f"{self._workload}-{tenant}"
        taken = self._sts.assume_role(RoleArn=self._role, RoleSessionName=name, Tags=tags)["Credentials"]
        credentials = {
            "aws_access_key_id": taken["AccessKeyId"],
            "aws_secret_access_key": taken["SecretAccessKey"],
            "aws_session_token": taken["SessionToken"],
        }
        return Session(tenant, credentials, self._region, taken["Expiration"].timestamp())


class Registry:
    """The registry of tenants: whether a tenant may be worked for, and where its data lies.

    Its row is read each time, as it was written last: a tenant is refused from the moment in which it is suspended.
    """

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def row(self, tenant: str) -> Row:
        """What is said of a tenant."""
        return read_row(self._dynamodb, self._table, tenant)

    def raw_bucket(self, session: Session, tier: str, *, pool: str) -> str:
        """The raw bucket of the session's tenant: `pool`, or that of its silo.

        Where a silo lies is read in the tenant's session, and kept with it.

        Raises:
            NotNowError: where a silo has no place in this region, and on a tier that nobody knows: the pool is for tenants of
                which the registry says so.
        """
        if tier == POOL:
            return pool
        if tier != SILO:
            raise NotNowError(f"registry: expected the tier {POOL} or {SILO}")
        if session.place is None:
            try:
                dynamodb = session.client("dynamodb")
                session.place = read_place(dynamodb, self._table, session.tenant, session.region, pool={pool})
            except WrongPlaceError as error:
                raise NotNowError(str(error)) from None
        if session.place is None:
            raise NotNowError(f"registry: expected the place of the silo in {session.region}")
        return session.place.raw


def code_of(error: ClientError) -> str:
    """The code of an error of AWS, e.g. `AccessDenied`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def tenants_of(environment: Mapping[str, str], workload: str) -> tuple[Registry, Sessions]:
    """The registry, and the sessions of a function: what its variables tell of tenants."""
    region, make = environment["AWS_REGION"], cast("Any", boto3.client)
    dynamodb, sts = (make(name, region_name=region, config=CONFIG) for name in ("dynamodb", "sts"))
    sessions = Sessions(sts, role=environment["TENANT_ROLE_ARN"], workload=workload, region=region)
    return Registry(dynamodb, environment["TENANTS_TABLE"]), sessions


def trouble_of(error: ClientError | BotoCoreError) -> str:
    """What AWS, or the way to it, refused, for a log: the call and the code, or the kind of error; no values."""
    return f"{error.operation_name}: {code_of(error)}" if isinstance(error, ClientError) else type(error).__name__
