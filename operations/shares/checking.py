"""What `dataconnect share verify` looks at: whether a share is open to its subscriber alone, or to nobody."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from operations.shares.shares import Shares, is_refused
from operations.stack import Share
from operations.tenants.checking import Check

MOST_DAYS_AHEAD: Final = 92
"""The house's own. Settings know no date, so nothing but this tells of an entry for a year far away."""


def state_of(shares: Shares, share: Share) -> str:
    """`revoked`, `expired`, `suspended` with its tenant, `upcoming` before its first day, or `standing`."""
    if shares.registry.share_state(share.tenant, share.name):
        return "revoked"
    if datetime.now(UTC) >= datetime.fromisoformat(share.closed_at):
        return "expired"
    if shares.is_suspended(share):
        return "suspended"
    return "upcoming" if datetime.now(UTC).date() < date.fromisoformat(share.since) else "standing"


def checks(shares: Shares, share: Share, state: str, *, unproven: str | None) -> Iterator[Check]:
    """Look at everything that the state of a share promises; changes nothing."""
    again = f"dataconnect share revoke {share.name}"
    holders = sorted({each["Principal"]["DataLakePrincipalIdentifier"] for each in shares.grants(share)})
    passing = [
        each
        for each in shares.grants(share)
        if each["Principal"]["DataLakePrincipalIdentifier"] != share.account and each.get("PermissionsWithGrantOption")
    ]
    default = shares.open_by_default(share)
    yield _check("defaults", not default, "IAM alone opens its table: deploy again, or look who granted that")
    yield _check("passing on", not passing, "others than the subscriber may pass it on: revoke that grant")
    if state == "revoked":
        yield _check("grants", not holders, f"still granted to {', '.join(holders)}: {again}")
        ram = shares.shared_by_ram(share)
        yield _check("ram", not ram, f"still shared by {', '.join(ram)}: {again}")
        yield _check("key", shares.is_shut(share), f"it is {shares.key_state(share)}: {again}")
        yield _check("role", shares.is_denied(share), f"it is not denied: {again}")
        left = len(shares.versions(share))
        yield _check("objects", not left, f"{left} versions are left: {again}")
    else:
        others = [each for each in holders if each != share.account]
        yield _check("grants", not others, f"granted to {', '.join(others)}, too: revoke that grant")
        last = datetime.now(UTC).date() + timedelta(days=MOST_DAYS_AHEAD)
        ahead = (
            f"its first day {share.since} is after {last}: a tenant agrees to what begins, in {MOST_DAYS_AHEAD} days at most"
        )
        yield _check("since", date.fromisoformat(share.since) <= last, ahead)
        if state == "standing":
            ungranted = "not granted, as if somebody had revoked it: `pulumi up --replace` its grant, or revoke it"
            yield _check("granted", share.account in holders, ungranted)
        if state == "suspended":
            yield _check("role", shares.is_denied(share), "it is not denied: `dataconnect tenant suspend` its tenant once more")
        if state == "standing":
            ungrounded = f"denied, and the registry has it as standing: {again}, or `dataconnect tenant resume` its tenant"
            yield _check("role", not shares.is_denied(share), ungrounded)
            yield _check(
                "key",
                not shares.is_shut(share),
                f"it is {shares.key_state(share)}: {again}, or who administers keys enables it",
            )
    if state == "standing" or unproven is not None:
        told = f"not tried: {unproven}" if unproven is not None else "not tried: it may read"
        yield Check(name="access", right=True, told=told)
        return
    attempts = shares.try_as_subscriber(share)
    told = "; ".join(f"{each.what}: {each.answer}" for each in attempts)
    yield Check(name="access", right=all(map(is_refused, attempts)), told=told)


def _check(name: str, right: bool, otherwise: str) -> Check:
    return Check(name=name, right=right, told="as it should be" if right else otherwise)
