"""An estimate for people and for programs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from operations.cost.amounts import Amount
from operations.cost.awake import ALWAYS, HOURS, NEVER, Awake
from operations.cost.estimate import Estimate
from operations.cost.prices import Prices
from operations.cost.savings import Saving
from operations.cost.usage import Usage
from operations.output import columns

GOAL: Final = 35
"""Percent of what an environment that sleeps costs awake, at the most."""
LISTED: Final = 10
"""So many kinds of unpriced resources are told to people; --json has all."""


def value(
    found: Estimate, prices: Prices, usage: Usage, *, stack: str, by: str, awake: Awake, saved: Sequence[Saving]
) -> dict[str, Any]:
    """All of it, with sums as numbers of USD a month."""
    oldest, newest = prices.days()
    full, asleep, hourly = found.cost(), found.cost(NEVER), found.hourly()
    return {
        "stack": stack,
        "estimate": True,
        "profile": usage.profile,
        "sleeps": awake != ALWAYS,
        "prices": {"oldest": oldest.isoformat(), "newest": newest.isoformat(), "stand_ins": found.stand_ins()},
        "awake": _usd(full),
        "asleep": _usd(asleep),
        "asleep_percent": _percent(asleep, full),
        "hourly": {"awake": _usd(hourly.awake, 4), "asleep": _usd(hourly.asleep, 4)},
        "awake_hours": float(round(awake.hours, 1)),
        "database_hours": float(round(awake.databases, 1)),
        "as_scheduled": _usd(found.cost(awake)),
        "fixed": _usd(found.fixed()),
        "by": by,
        "parts": {name: _usd(sum_) for name, sum_ in found.grouped(by).items()},
        "parts_asleep": {name: _usd(sum_) for name, sum_ in found.grouped(by, NEVER).items()},
        "savings": [{"what": each.what, "usd": _usd(each.usd), "how": each.how} for each in saved],
        "free": found.free,
        "unpriced": [{"resource": each.name, "type": each.type, "why": why, "urn": each.urn} for each, why in found.unpriced],
    }


def lines(told: Mapping[str, Any], *, savings: bool) -> list[str]:
    """The same for people."""
    prices, parts, asleep = told["prices"], told["parts"], told["parts_asleep"]
    heading = (told["by"], "low", "typical", "high", *(["asleep"] if told["sleeps"] else ()))
    rows = [
        (name, *map(_shown, sums.values()), *([_shown(asleep[name]["typical"])] if told["sleeps"] else ()))
        for name, sums in parts.items()
    ]
    sleeping = {f"awake {told['awake_hours']} of {HOURS} h": "as_scheduled", "asleep all month": "asleep"}
    states = ("awake", "asleep") if told["sleeps"] else ("awake",)
    named = {"awake all month": "awake", **(sleeping if told["sleeps"] else {}), "of that fixed": "fixed"}
    sums = [(says, *map(_shown, told[key].values())) for says, key in named.items()]
    return [
        f"{told['stack']}: an estimate in USD a month, usage as profile {told['profile']}, prices of {prices['oldest']} to "
        f"{prices['newest']}, without tax, discounts and free tiers",
        "",
        *columns([heading, *rows]),
        "",
        *columns([("all", "low", "typical", "high"), *sums]),
        "an hour (typical): " + ", ".join(f"{name} {told['hourly'][name]['typical']:.2f}" for name in states),
        *(_asleep(told) if told["sleeps"] else ()),
        *(_savings(told["savings"]) if savings else ()),
        "",
        f"{prices['stand_ins']} lines have a price of another region; {told['free']} resources cost nothing by themselves",
        *_unpriced(told["unpriced"]),
    ]


def _asleep(told: Mapping[str, Any]) -> list[str]:
    """The goal, and what keeps costing where it is missed."""
    percent, asleep = told["asleep_percent"], told["parts_asleep"]
    says = f"asleep it costs {percent} % of what it costs awake (typical; the goal for an environment that sleeps is {GOAL} %)"
    if percent <= GOAL:
        return [says]
    goes_on = sorted(((name, sums["typical"]) for name, sums in asleep.items()), key=lambda item: -item[1])[:5]
    return [says, f"most of what goes on: {', '.join(f'{name} {_shown(sums)}' for name, sums in goes_on)}"]


def _savings(told: Sequence[Mapping[str, Any]]) -> list[str]:
    if not told:
        return ["", "saved by: nothing"]
    rows = [(each["what"], *map(_shown, each["usd"].values()), each["how"]) for each in told]
    return ["", *columns([("saved by", "low", "typical", "high", "compared"), *rows])]


def _unpriced(told: Sequence[Mapping[str, str]]) -> list[str]:
    """How many, and of which kinds; the first name of each kind."""
    if not told:
        return ["every other resource is in the sum"]
    kinds: dict[tuple[str, str], list[str]] = {}
    for each in told:
        kinds.setdefault((each["type"], each["why"]), []).append(each["resource"])
    rows = [(len(names), type_, why) for (type_, why), names in kinds.items()]
    rows.sort(key=lambda row: (-row[0], row[1]))
    more = [f"and {len(rows) - LISTED} more kinds (--json)"] if len(rows) > LISTED else []
    return [
        f"{len(told)} resources cost something that is NOT in the sum:",
        *columns([("", "type", "why"), *rows[:LISTED]]),
        *more,
    ]


def _usd(amount: Amount, places: int = 2) -> dict[str, float]:
    return {name: float(round(each, places)) for name, each in amount._asdict().items()}


def _percent(part: Amount, whole: Amount) -> int:
    return round(100 * part.typical / whole.typical) if whole.typical else 0


def _shown(usd: float) -> str:
    return f"{usd:,.2f}"
