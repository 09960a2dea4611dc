"""What is told of an environment, to people and as JSON."""

from datetime import UTC, datetime, timedelta
from typing import Any

from operations.durations import spelled
from operations.environments.items import Environment, moment
from operations.output import columns


def rows(found: list[Environment], now: int) -> list[str]:
    """All of them as a table: whose, how they are, until when, where, and what they cost an hour as estimated."""
    told: list[tuple[object, ...]] = [("name", "owner", "state", "until", "range", "USD/h awake", "asleep")]
    told += [
        (
            each.name,
            each.email,
            state_of(each, now),
            both(_until(each)),
            each.range or "-",
            each.usd_awake or "-",
            each.usd_asleep or "-",
        )
        for each in found
    ]
    return columns(told)


def state_of(found: Environment, now: int) -> str:
    """How it is, and who works on it."""
    if holder := found.held(now):
        return f"{found.state}, {holder}"
    dead = " (its command died)" if found.lease else ""
    return f"{found.state}{dead}{', expired' if found.state != 'kept' and found.expires <= now else ''}"


def when_up(done: Environment) -> list[str]:
    """What its owner should know once it is up."""
    cost = (
        f"${done.usd_awake} an hour awake, ${done.usd_asleep} asleep (an estimate: `dataconnect cost`)"
        if done.usd_awake
        else "unknown"
    )
    return [
        f"environment {done.name} is up: {done.url or done.stack}",
        f"until {both(done.expires)}, in {spelled(timedelta(seconds=done.expires - done.changed_at))}",
        f"longer: dataconnect environment extend {done.name} --for 4h",
        f"costs {cost}",
    ]


def database_of(gone: Environment) -> str:
    """What became of the database of one that was taken down, after what else is told; empty where it was dropped."""
    if gone.kept_until:
        return f"; its database is kept until {both(gone.kept_until)}"
    return "; nothing is kept, for it has no database" if gone.data == "keep" else ""


def value_of(found: Environment, now: int) -> dict[str, Any]:
    """All that scripts may rely on."""
    holder = found.held(now)
    return {
        "name": found.name,
        "stack": found.stack,
        "owner": found.owner,
        "email": found.email,
        "state": found.state,
        "until": iso(_until(found)),
        "expired": found.state != "kept" and found.expires <= now,
        "range": found.range,
        "template": found.template,
        "data": found.data,
        "url": found.url,
        "why": found.why,
        "changed_by": found.changed_by,
        "changed_at": iso(found.changed_at),
        "held_by": str(holder) if holder else "",
        "usd_an_hour": {"awake": found.usd_awake, "asleep": found.usd_asleep},
    }


def iso(at: int) -> str:
    """A time in ISO 8601, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def both(at: int) -> str:
    """A time as this machine's clock has it, and in UTC."""
    local = datetime.fromtimestamp(at, UTC).astimezone()
    utc = moment(at)
    return utc if not local.utcoffset() else f"{local:%Y-%m-%d %H:%M %Z} ({utc})"


def _until(found: Environment) -> int:
    return found.kept_until if found.state == "kept" else found.expires
