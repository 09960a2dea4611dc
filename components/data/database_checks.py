"""Checks of an RDS PostgreSQL instance's plain values: each answers what was expected, or None."""

import re
from typing import Final

from ..base import limits
from .users_function.groups import GROUPS, SCHEMA
from .users_function.names import NAME, NAMES

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTES_PER_DAY: Final = 24 * 60

# www.postgresql.org/docs/17/sql-keywords-appendix.html: the words marked reserved
_RESERVED_WORDS: Final = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having
ilike in initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not
notnull null offset on only or order outer overlaps placing primary references returning right select session_user similar some
symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when where window with
"""
_RESERVED: Final = frozenset(_RESERVED_WORDS.split())

# postgresql.org/docs/release/16.0: the option of GRANT with which users_function/groups.py puts users into their group
SET_FALSE: Final = 16


def identifier(text: str) -> str | None:
    """A physical name of an instance (docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)."""
    fits = re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", text) and "--" not in text
    return None if fits else "1 to 63 lower-case letters, digits and single hyphens, a letter first and no hyphen last"


def instance_class(name: str) -> str | None:
    """A current RDS class for PostgreSQL."""
    if name in limits.DB_INSTANCE_CLASSES:
        return None
    families: dict[str, list[str]] = {}
    for known in limits.DB_INSTANCE_CLASSES:
        family, _, size = known.rpartition(".")
        families.setdefault(family, []).append(size)
    return "one of " + ", ".join(f"{family}.{{{'|'.join(sizes)}}}" for family, sizes in families.items())


def engine_version(text: str) -> str | None:
    """A PostgreSQL major in standard support whose groups can be such that no member becomes them (GRANT ... SET FALSE)."""
    majors = tuple(str(major) for major in limits.POSTGRESQL_MAJORS if major >= SET_FALSE)
    return None if text in majors else f"a major, one of {', '.join(majors)}: RDS keeps the minor current"


def backup_retention(days: int) -> str | None:
    """Days of automated backups: RDS keeps 35 at most, and 0 would switch them off."""
    return None if 1 <= days <= 35 else "1 to 35 days: without backups there is no replica and no way back"


def storage_ceiling(storage: int, ceiling: int) -> str | None:
    """A ceiling of storage autoscaling that RDS accepts (USER_PIOPS.Autoscaling.html: 10 % above the storage at least)."""
    least = -(-storage * 11 // 10)
    return None if ceiling >= least else f"{least} GiB or more (1.1 times the storage, {storage} GiB)"


def name(name: str) -> str | None:
    """A database that RDS may create (docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)."""
    fits = re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name) and name not in _RESERVED | {
        "postgres",
        "rdsadmin",
        "template0",
        "template1",
    }
    return None if fits else "up to 63 lower-case letters, digits and _, a letter first, no word reserved by PostgreSQL or RDS"


def username(name: str) -> str | None:
    """A master user that RDS may create (same page)."""
    taken = name in _RESERVED | {"admin", "public", "none"} or name.startswith(("rds", "pg_"))
    fits = re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name) and not taken
    return None if fits else "up to 63 lower-case letters, digits and _, a letter first, no word reserved by PostgreSQL or RDS"


def user_of(workload: str) -> str:
    """The PostgreSQL user that a workload logs in as: `data_products` for `data-products`."""
    return workload.replace("-", "_")


def workload(name: str, *, master: str | None = None) -> str | None:
    """A workload after which a user and a schema can be called, in a database whose master user is `master` (if known)."""
    user = user_of(name)
    taken = username(user) or user in ("postgres", "information_schema", SCHEMA, *GROUPS.values(), master)
    return (
        f"another name: PostgreSQL, RDS or the platform has {user}, and it logs in to the database as that" if taken else None
    )


def environment(name: str) -> str | None:
    """The name of an environment on demand, after which a database, its roles and AWS's things can be called.

    With `lake` and `products` a stack's own databases in Glue end: one that is called so would have another stack's.
    """
    fits = re.fullmatch(NAME, name) and name.rpartition("-")[2] not in ("lake", "products")
    return None if fits else f"{NAMES}, which does not end in lake or products"


def backup_window(text: str) -> str | None:
    """A daily window of at least 30 minutes, UTC."""
    window = _daily(text)
    return None if window and window[1] - window[0] >= 30 else "hh:mm-hh:mm in UTC, 30 minutes or longer, e.g. 07:00-08:00"


def maintenance_window(text: str) -> str | None:
    """A weekly window of 30 minutes to 24 hours, UTC."""
    window = _weekly(text)
    fits = window and 30 <= window[1] - window[0] <= _MINUTES_PER_DAY
    return None if fits else "ddd:hh:mm-ddd:hh:mm in UTC, 30 minutes to 24 hours, e.g. sun:09:00-sun:10:00"


def windows_overlap(backup: str, maintenance: str) -> bool:
    """Whether a valid daily window meets a valid weekly one on any day."""
    daily, weekly = _daily(backup), _weekly(maintenance)
    if not daily or not weekly:
        return False
    starts = (day * _MINUTES_PER_DAY for day in range(-1, 2 * len(_DAYS)))
    return any(daily[0] + start < weekly[1] and weekly[0] < daily[1] + start for start in starts)


def busy_at(start: str, minutes: int, backup: str, maintenance: str) -> str | None:
    """Which of a database's windows, both valid, is open or opens within `minutes` of `start`, a time of any day."""
    hour, minute = map(int, start.split(":"))
    begin = hour * 60 + minute
    daily, weekly = _daily(backup), _weekly(maintenance)
    for text, window in ((backup, daily), (maintenance, weekly)):
        starts = (begin + day * _MINUTES_PER_DAY for day in range(-1, 2 * len(_DAYS)))
        if window and any(at < window[1] and window[0] < at + minutes for at in starts):
            return text
    return None


def minutes_of_week(window: str) -> list[tuple[int, int]]:
    """Each first and last minute of the week (UTC; 0 is Monday 00:00) of a valid window, daily or weekly."""
    weekly, daily = _weekly(window), _daily(window)
    days = (
        [(daily[0] + day * _MINUTES_PER_DAY, daily[1] + day * _MINUTES_PER_DAY) for day in range(len(_DAYS))] if daily else []
    )
    return [weekly] if weekly else days


def _daily(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", text)
    if not found:
        return None
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return start, end if end > start else end + _MINUTES_PER_DAY


def _weekly(text: str) -> tuple[int, int] | None:
    day = "|".join(_DAYS)
    found = re.fullmatch(rf"({day}):([01]\d|2[0-3]):([0-5]\d)-({day}):([01]\d|2[0-3]):([0-5]\d)", text)
    if not found:
        return None
    start, end = ((_DAYS.index(found[i]) * 24 + int(found[i + 1])) * 60 + int(found[i + 2]) for i in (1, 4))
    return start, end if end > start else end + len(_DAYS) * _MINUTES_PER_DAY
