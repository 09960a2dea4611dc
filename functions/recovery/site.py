"""A region's description of itself: what recovery may switch there, and by which names AWS knows it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

SITE_FILE: Final = Path(__file__).parents[2] / "site.json"
"""Lies at the root of the package that Lambda unpacks."""
KINDS: Final = ("service", "mapping", "schedule", "rule", "job-queue", "database", "gate", "latch", "queue")
_FACTS: Final[Mapping[str, Mapping[str, type]]] = {
    "service": {"cluster": str, "service": str, "min": int, "max": int, "healthPath": str, "hosts": list},
    "mapping": {"uuid": str, "function": str},
    "schedule": {"schedule": str, "group": str},
    "rule": {"rule": str},
    "job-queue": {"arn": str},
    "database": {"identifier": str, "groups": list, "fence": str},
    "gate": {"rule": str, "open": str, "closed": str},
    "latch": {"rule": str, "open": str, "closed": str},
    "queue": {"url": str},
}
"""Facts without which a switch can't be turned; it may say more (`address`, `credentials`)."""
_TEXTS: Final = (
    "stack",
    "region",
    "account",
    "table",
    "alerts",
    "domain",
    "loadBalancer",
    "heartbeat",
    "recover",
    "primary",
    "recovery",
)


class SiteError(ValueError):
    """The description is not one; the message names the field."""


@dataclass(frozen=True)
class Switch:
    """What recovery switches on and off, or asks.

    Attributes:
        kind: One of `KINDS`.
        name: Of the component; unique within its kind.
        facts: As AWS names it, by kind.
    """

    kind: str
    name: str
    facts: Mapping[str, Any]

    @property
    def label(self) -> str:
        """For people and journals: "service web"."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A region as recovery knows it.

    Attributes:
        stack: Its stack.
        region: Of AWS.
        account: Twelve digits.
        table: Name of the table `recovery`; the same in both regions.
        alerts: ARN of the topic that people read.
        domain: The name whose certificate the load balancer shows.
        load_balancer: DNS name of the load balancer.
        heartbeat: Name of the function `heartbeat`.
        recover: Qualified ARN of the executor.
        primary: The region of the primary stack.
        recovery: The region of the recovery stack.
        reconcile: How `up` is started here: `cluster`, `taskDefinition`, `subnets`, `securityGroups`; None is: by hand.
        switches: What there is to turn.
        replicated: What holds data that is in the other region already, name -> ARN; none where an older deployment told none.
    """

    stack: str
    region: str
    account: str
    table: str
    alerts: str
    domain: str
    load_balancer: str
    heartbeat: str
    recover: str
    primary: str
    recovery: str
    reconcile: Mapping[str, Any] | None
    switches: tuple[Switch, ...]
    replicated: Mapping[str, str]

    @property
    def other(self) -> str:
        """The other region."""
        return self.recovery if self.region == self.primary else self.primary

    @property
    def is_primary(self) -> bool:
        """Whether this is the region of the primary stack, whether or not it is the active one."""
        return self.region == self.primary

    def of(self, *kinds: str) -> tuple[Switch, ...]:
        """The switches of these kinds, in the order of the kinds."""
        return tuple(switch for kind in kinds for switch in self.switches if switch.kind == kind)


def site_of(text: str) -> Site:
    """Parse `site.json`.

    Raises:
        SiteError: a field is missing, unknown to AWS's shapes, or of another type; it is named.
    """
    try:
        told: Any = json.loads(text)
    except ValueError as error:
        raise SiteError(f"site: not JSON: {error}") from None
    document = _mapping(told, "site")
    texts = {name: _text(document.get(name), f"site.{name}") for name in _TEXTS}
    if texts["primary"] == texts["recovery"]:
        raise SiteError(f"site.recovery: {texts['recovery']!r} is the primary's region, too")
    if texts["region"] not in (texts["primary"], texts["recovery"]):
        raise SiteError(f"site.region: {texts['region']!r} is neither {texts['primary']!r} nor {texts['recovery']!r}")
    switches: list[Switch] = []
    for kind, listed in _mapping(document.get("switches"), "site.switches").items():
        if kind not in KINDS:
            raise SiteError(f"site.switches.{kind}: no such kind; known are {', '.join(KINDS)}")
        if not isinstance(listed, list):
            raise SiteError(f"site.switches.{kind}: a list is expected, not {type(listed).__name__}")
        switches += [
            _switch(kind, one, f"site.switches.{kind}[{place}]") for place, one in enumerate(cast("list[Any]", listed))
        ]
    names = [switch.label for switch in switches]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SiteError(f"site.switches: twice: {', '.join(twice)}")
    reconcile = document.get("reconcile")
    return Site(
        stack=texts["stack"],
        region=texts["region"],
        account=texts["account"],
        table=texts["table"],
        alerts=texts["alerts"],
        domain=texts["domain"],
        load_balancer=texts["loadBalancer"],
        heartbeat=texts["heartbeat"],
        recover=texts["recover"],
        primary=texts["primary"],
        recovery=texts["recovery"],
        reconcile=None if reconcile is None else _mapping(reconcile, "site.reconcile"),
        switches=tuple(switches),
        replicated=_replicated(document.get("replicated", [])),
    )


def _replicated(told: Any) -> Mapping[str, str]:
    if not isinstance(told, list):
        raise SiteError(f"site.replicated: a list is expected, not {type(told).__name__}")
    found: dict[str, str] = {}
    for place, one in enumerate(cast("list[Any]", told)):
        field = f"site.replicated[{place}]"
        store = _mapping(one, field)
        found[_text(store.get("name"), f"{field}.name")] = _text(store.get("arn"), f"{field}.arn")
    return found


def _switch(kind: str, told: Any, field: str) -> Switch:
    facts = _mapping(told, field)
    name = _text(facts.get("name"), f"{field}.name")
    for fact, shape in _FACTS[kind].items():
        if type(facts.get(fact)) is not shape:
            raise SiteError(f"{field}.{fact}: {shape.__name__} is expected, not {facts.get(fact)!r}")
    return Switch(kind, name, facts)


def _mapping(told: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise SiteError(f"{field}: an object is expected, not {type(told).__name__}")
    return cast("dict[str, Any]", told)


def _text(told: Any, field: str) -> str:
    if not isinstance(told, str) or not told:
        raise SiteError(f"{field}: text is expected, not {told!r}")
    return told
