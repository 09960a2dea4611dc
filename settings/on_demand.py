"""Environments on demand, judged with the rest of their stack, and with the stack that they stand beside."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any, Final, cast

from components.base import checks
from components.base.problems import Line, Path, Problem
from components.edge import edge_checks
from components.network.network_spec import NetworkSpec
from components.operate.environment_spec import EnvironmentSpec, EnvironmentsSpec

Values = Mapping[str, Any]

LEFT_OUT: Final[Mapping[str, str]] = {
    "recovery_region": "nobody recovers it",
    "standby": "nobody recovers it",
    "dns": "its names are in the zone of the other stack",
    "budget": "what an account costs is one sum, which the other stack has",
    "silos": "its database is another stack's, and has no instances beside it",
    "products": "who may see shared data is set once in an account and region",
    "shares": "who may see shared data is set once in an account and region",
    "environments": "it is one itself",
    "orders": "its alarms are told by the other stack, and its schedule is the command line's",
}
"""What an environment on demand has none of -> why."""

_SECTION: Final = ("dataconnect:environment",)
_OF: Final = (*_SECTION, "of")
_CIDR: Final = ("dataconnect:network", "cidr")
_POOL: Final = ("dataconnect:environments", "pool")
_DOMAIN: Final = ("dataconnect:ingress", "domain")


def left_out(found: object, name: str, own: EnvironmentSpec | None) -> Iterator[Problem]:
    """What an environment on demand cannot have."""
    if own is not None and found:
        value = ", ".join(cast("dict[str, object]", found)) if isinstance(found, dict) else "there"
        yield Problem(value=value, expected=f"none: this is an environment on demand, and {LEFT_OUT[name]}")


def pool_problems(found: EnvironmentsSpec | None, network: object) -> Iterator[Problem]:
    """What keeps the networks of environments from being joined with the stack's own."""
    if found is None or not isinstance(network, NetworkSpec):
        return
    for what, taken in (("cidr", [network.cidr]), ("reservedCidrs", network.reserved_cidrs)):
        for each in taken:
            if checks.cidrs_overlap(found.pool, each):
                expected = f"a range that does not overlap {each} of network.{what}"
                yield Problem(value=found.pool, expected=expected, path=("pool",))


def of(own: Values) -> str | None:
    """The stack that an environment on demand stands beside; None where `own`, a merged configuration, is no such one's."""
    name = _at(own, _OF)
    return name if isinstance(name, str) else None


def beside(own: Values, other: Values | None) -> Iterator[Line]:
    """A line for each value of an environment on demand that contradicts the stack that it stands beside (None: no file)."""
    name = of(own)
    if name is None:
        return
    file, says = f"Pulumi.{name}.yaml", f"is {name!r}"
    if other is None:
        yield Line(path=_OF, says=says, advice=f"expected a stack with a file: there is no {file}")
        return
    if _at(other, ("aws:defaultTags", "tags", "Environment")) == "prod":
        yield Line(path=_OF, says=says, advice=f"expected a stack that is not of production: {file} is")
        return
    if _at(other, _SECTION) is not None:
        yield Line(path=_OF, says=says, advice=f"expected a stack that is no environment on demand itself: {file} is one")
        return
    pool = _at(other, _POOL)
    if _at(other, ("dataconnect:role",)) != "primary" or pool is None:
        yield Line(path=_OF, says=says, advice=f"expected a stack with dataconnect:environments: {file} has none")
        return
    same: tuple[Path, ...] = (("aws:allowedAccountIds", 0), ("aws:region",), ("aws:defaultTags", "tags", "Environment"))
    for path in same:
        if (mine := _at(own, path)) != (theirs := _at(other, path)):
            yield Line(path=path, says=f"is {mine!r}", advice=f"expected {theirs}, as in {file}, which it stands beside")
    yield from _range(own, str(pool), _at(other, (*_POOL[:1], "prefix")), file)
    yield from _domain(own, other, file)


def _range(own: Values, pool: str, prefix: object, file: str) -> Iterator[Line]:
    mine = _at(own, _CIDR)
    if checks.cidr(str(mine)) or checks.cidr(pool):
        return  # which is told as that
    network, length = IPv4Network(str(mine)), int(str(prefix)) if prefix else EnvironmentsSpec.model_fields["prefix"].default
    if network.prefixlen != length or not network.subnet_of(IPv4Network(pool)):
        advice = f"expected a range of /{length} inside {pool}, the pool of {file}"
        yield Line(path=_CIDR, says=f"is {mine!r}", advice=advice)


def _domain(own: Values, other: Values, file: str) -> Iterator[Line]:
    mine, theirs, zone = str(_at(own, _DOMAIN)), str(_at(other, _DOMAIN)), str(_at(other, ("dataconnect:dns", "zone")))
    taken = {theirs, edge_checks.standby_name(theirs)}
    if checks.domain_name(mine) or checks.domain_name(zone):
        return
    if not mine.endswith(f".{zone}"):
        yield Line(path=_DOMAIN, says=f"is {mine!r}", advice=f"expected a name inside {zone}, the zone of {file}")
    elif mine in taken:
        yield Line(path=_DOMAIN, says=f"is {mine!r}", advice=f"expected a name of its own: {file} has this one")


def _at(values: object, path: Path) -> object:
    for key in path:
        try:
            values = cast("dict[str | int, object]", values)[key]
        except (KeyError, IndexError, TypeError):
            return None
    return values
