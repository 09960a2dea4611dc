"""What a run is told: arguments say whose data and which, variables say where everything is."""

import argparse
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, NoReturn

from .failures import BadConfigurationError, TransientError
from .place import ACTIVE, BUCKET, HOST, POOL, SILO, Place, WrongPlaceError, read_place, read_row
from .records import SCHEMAS

TENANT: Final = re.compile(r"t[a-z2-7]{15}", re.ASCII)
PORT: Final = r"[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]"
AUTHORITIES: Final = Path(__file__).with_name("rds-ca.pem")
"""Where the image has the authorities of RDS (Dockerfile)."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """One run.

    Attributes:
        tenant: Whose data.
        dataset: Which.
        dates: Only the objects of these days; all where empty.
        dump: Whether a dump is written at the end.
        role: ARN of the role to be taken for that tenant.
        registry: Name of the table of tenants.
        raw: Bucket of what came in. This, the next two and `host` are the pool's until `at_its_place`.
        curated: Bucket of Parquet.
        dumps: Bucket of dumps.
        region: AWS's, of all these.
        host: Host name of the database.
        port: Its TCP port.
        database: Its name.
        user: What the tenant's login role is called after the tenant's id and `_`.
        authorities: File with the authorities that the database's certificate may be of.
    """

    tenant: str
    dataset: str
    dates: tuple[date, ...] = ()
    dump: bool = True
    role: str
    registry: str
    raw: str
    curated: str
    dumps: str
    region: str
    host: str
    port: int
    database: str
    user: str
    authorities: Path = AUTHORITIES

    @property
    def login(self) -> str:
        """The tenant's login role for this job."""
        return f"{self.tenant}_{self.user}"

    def at_its_place(self, dynamodb: Any) -> "Order":
        """The order with buckets and host of its tenant, as the registry has them; `dynamodb` is of the tenant's session.

        Raises:
            BadConfigurationError: where the tenant may not be worked for, or nobody can say where its data belongs.
            TransientError: where a silo has no place in this region.
        """
        pool = {self.raw, self.curated, self.dumps, self.host}
        place = silo_place(dynamodb, self.registry, self.tenant, self.region, pool=pool)
        return self if place is None else replace(self, **place._asdict())


def silo_place(dynamodb: Any, registry: str, tenant: str, region: str, *, pool: Collection[str]) -> Place | None:
    """Where a silo's data is; None for a tenant of the pool, whose places are `pool`.

    Raises:
        BadConfigurationError: where the tenant may not be worked for, or nobody can say where its data belongs.
        TransientError: where a silo has no place in this region.
    """
    row = read_row(dynamodb, registry, tenant)
    if row.status != ACTIVE:
        raise BadConfigurationError(f"the tenant's status in the registry is {row.status!r}; expected {ACTIVE}")
    if row.tier == POOL:
        return None
    if row.tier != SILO:
        raise BadConfigurationError(f"the tenant's tier in the registry is {row.tier!r}; expected {POOL} or {SILO}")
    try:
        place = read_place(dynamodb, registry, tenant, region, pool=pool)
    except WrongPlaceError as error:
        raise BadConfigurationError(str(error)) from None
    if place is None:
        raise TransientError(f"the registry has no place#{region} of the tenant's silo")
    return place


class Parser(argparse.ArgumentParser):
    """Of a job's arguments: what is wrong with them is a wrong configuration."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise BadConfigurationError(message)


def read(arguments: Sequence[str], environment: Mapping[str, str]) -> Order:
    """The order of these arguments and variables.

    Raises:
        BadConfigurationError: naming everything that is missing or wrong.
    """
    parser = Parser(prog="aggregate", description=__doc__, allow_abbrev=False)
    parser.add_argument("--tenant", required=True, help="id of the tenant")
    parser.add_argument("--dataset", required=True, help=f"one of {', '.join(SCHEMAS)}")
    parser.add_argument("--dates", default="", help="only these days, as 2026-11-28,2026-11-29; by default all")
    parser.add_argument("--no-dump", action="store_true", help="write no dump")
    told = parser.parse_args(arguments)
    problems: list[str] = []

    def variable(name: str, pattern: str, expected: str) -> str:
        value = environment.get(name, "")
        if not re.fullmatch(pattern, value, re.ASCII):
            problems.append(f"{name} is {value!r}; expected {expected}")
        return value

    if not TENANT.fullmatch(told.tenant):
        problems.append(f"--tenant is {told.tenant!r}; expected t and 15 of a-z and 2-7")
    if told.dataset not in SCHEMAS:
        problems.append(f"--dataset is {told.dataset!r}; expected one of {', '.join(SCHEMAS)}")
    port = variable("DATABASE_PORT", PORT, "a TCP port, 1 to 65535")
    order: dict[str, Any] = {
        "tenant": told.tenant,
        "dataset": told.dataset,
        "dates": _dates(told.dates, problems),
        "dump": not told.no_dump,
        "role": variable("TENANT_ROLE_ARN", r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", "the ARN of a role"),
        "registry": variable("TENANTS_TABLE", r"[A-Za-z0-9_.-]{3,255}", "the name of a table"),
        "raw": variable("LAKE_RAW", BUCKET, "the name of a bucket"),
        "curated": variable("LAKE_CURATED", BUCKET, "the name of a bucket"),
        "dumps": variable("LAKE_DUMPS", BUCKET, "the name of a bucket"),
        "region": variable("AWS_REGION", r"[a-z]{2}(-[a-z]+)+-\d", "a region, such as us-east-2"),
        "host": variable("DATABASE_HOST", HOST, "a host name"),
        "database": variable("DATABASE_NAME", r"\w{1,63}", "the name of a database"),
        "user": variable("DATABASE_USER", r"[a-z][a-z0-9_]{0,45}", "up to 46 lower-case letters, digits and _"),
    }
    authorities = Path(environment.get("DATABASE_AUTHORITIES") or AUTHORITIES)
    if not authorities.is_file():
        problems.append(f"DATABASE_AUTHORITIES is {str(authorities)!r}; expected a file with the authorities of the database")
    if problems:
        raise BadConfigurationError("; ".join(problems))
    return Order(**order, port=int(port), authorities=authorities)


def _dates(told: str, problems: list[str]) -> tuple[date, ...]:
    found: set[date] = set()
    for word in told.split(",") if told else ():
        if re.fullmatch(r"\d{4}-\d\d-\d\d", word, re.ASCII):
            try:
                found.add(date.fromisoformat(word))
                continue
            except ValueError:
                pass
        problems.append(f"--dates has {word!r}; expected days such as 2026-11-28")
    return tuple(sorted(found))
