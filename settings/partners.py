"""What stack files must agree on: a recovery or replication stack with those it names, and the networks of all of them.

The files are compared as they stand. A stack without a file in this repository is somebody else's, and nothing is known of it.
"""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any, Final, cast

from components.base import checks, limits
from components.base.problems import Line, Path
from settings import on_demand

Values = Mapping[str, Any]
# Sizes are a region's own: a failover starts with fewer tasks or instances, and may grow less. So are images of instances.
_OWN: Final = {
    "dataconnect:services": frozenset(
        {"minTasks", "maxTasks", "cpu", "memory", "spotPercent", "cpuTargetPercent", "schedule", "priority"}
    ),
    "dataconnect:fleets": frozenset(
        {"imageId", "rootDevice", "instanceTypes", "minInstances", "maxInstances", "onDemandBase", "onDemandPercent"}
        | {"volumeGiB", "warmupSeconds", "schedule", "backlogPerInstance"}
    ),
}
_ACCOUNT: Final = ("aws:allowedAccountIds",)
_ENVIRONMENT: Final = ("aws:defaultTags", "tags", "Environment")
_CIDR: Final = ("dataconnect:network", "cidr")
_RESERVED: Final = ("dataconnect:network", "reservedCidrs")
_POOL: Final = ("dataconnect:environments", "pool")
_BESIDE: Final = ("dataconnect:environment",)
_SILOS: Final = ("dataconnect:silos",)
_BUCKETS: Final = ("dataconnect:lake", "buckets")
_ON: Final = (True, "true")
_SAME_IN_RECOVERY: Final[tuple[Path, ...]] = (
    *(
        _ACCOUNT,
        _ENVIRONMENT,
        ("dataconnect:tables",),
        ("dataconnect:queues",),
        ("dataconnect:topics",),
        ("dataconnect:streams",),
        ("dataconnect:functions",),
        _SILOS,
        ("dataconnect:fleets",),
        _BUCKETS,
        ("dataconnect:services",),
    ),
    *(("dataconnect:ingress",), ("dataconnect:database", "engineVersion"), ("dataconnect:database", "port")),
)


def disagreements(stack: str, own: Values, file_of: Callable[[str], Values | None]) -> Iterator[Line]:
    """A line for each value of `stack` that contradicts the file of a stack it names.

    `own` is its merged configuration, and `file_of` answers that of another stack, None for one without a file.
    """
    role = own.get("dataconnect:role")
    primary, recovery = (own.get(f"dataconnect:{name}Stack") for name in ("primary", "recovery"))
    for key, name in (("dataconnect:primaryStack", primary), ("dataconnect:recoveryStack", recovery)):
        if name == stack:
            yield Line(path=(key,), says=f"is {name!r}", advice="expected another stack than this one")
    if role == "recovery" and primary != stack and (other := file_of(str(primary))):
        yield from _with_primary(own, other, str(primary), _SAME_IN_RECOVERY)
        yield from _is(own, "recoveryRegion", other, str(primary), at=("aws:region",))
        if _at(own, ("dataconnect:active",)) not in _ON:
            yield from _replica(own, other, str(primary))
        yield from _images(own, other, str(primary))
    if role == "primary" and (name := own.get("dataconnect:recoveredBy")) and (other := file_of(str(name))):
        yield from _role(own, "recoveredBy", other, "recovery")
        if _at(own, ("dataconnect:standby",)) in _ON:
            yield from _replica(own, other, str(name))
    if role == "replication" and stack not in (primary, recovery):
        if other := file_of(str(primary)):
            yield from _with_primary(
                own, other, str(primary), (_ACCOUNT, _ENVIRONMENT, ("dataconnect:tables",), _SILOS, _BUCKETS)
            )
            yield from _is(own, "recoveryRegion", other, str(primary), at=("dataconnect:recoveryRegion",))
        if other := file_of(str(recovery)):
            yield from _role(own, "recoveryStack", other, "recovery")
            yield from _same(own, other, str(recovery), _BUCKETS)
            yield from _is(own, "aws:region", other, str(recovery), at=("dataconnect:recoveryRegion",))
            yield from _is(own, "primaryStack", other, str(recovery), at=("dataconnect:primaryStack",))


def networks(own: Values, file: str, others: Mapping[str, Values]) -> Iterator[str]:
    """What keeps the network of the stack file `file` from being joined with those of the `others`, a line each with its file.

    Ranges that overlap can never be joined, and one that is not reserved is taken by the next network.
    """
    for name, other in others.items():
        mine, theirs = (_at(values, _CIDR) for values in (own, other))
        if not _is_range(mine) or not _is_range(theirs):
            continue  # which is told as that, or there is no network
        if checks.cidrs_overlap(str(mine), str(theirs)):
            expected = f"a range that does not overlap {theirs}, that of {name}"
            yield f"{file}: {Line(path=_CIDR, says=f'is {mine!r}', advice=f'expected {expected}')}"
            continue
        for holder, values, ranges, of in ((file, own, _ranges(other, own), name), (name, other, _ranges(own, other), file)):
            if _at(values, _BESIDE) is not _NOTHING:
                continue  # an environment on demand has a range of a pool, which all others reserve
            reserved = _at(values, _RESERVED)
            listed = [*(cast("list[object]", reserved) if isinstance(reserved, list | tuple) else []), _at(values, _POOL)]
            for lacking, what in ranges.items():
                if not any(_is_range(each) and IPv4Network(lacking).subnet_of(IPv4Network(str(each))) for each in listed):
                    advice = f"expected it in the list: it is the {what} of {of}"
                    yield f"{holder}: {Line(path=_RESERVED, says=f'lacks {lacking}', advice=advice)}"


def _ranges(values: Values, other: Values) -> dict[str, str]:
    """The ranges of a stack that another may be joined with: its network, and its pool, of which an environment is a part."""
    pool = _at(values, _POOL)
    return {str(_at(values, _CIDR)): "range", **({str(pool): "pool"} if _is_range(pool) and not on_demand.of(other) else {})}


def _is_range(value: object) -> bool:
    return isinstance(value, str) and checks.cidr(value) is None


def _with_primary(own: Values, other: Values, name: str, same: tuple[Path, ...]) -> Iterator[Line]:
    yield from _role(own, "primaryStack", other, "primary")
    yield from _is(own, "aws:region", other, name, at=("dataconnect:primaryRegion",))
    for path in same:
        yield from _same(own, other, name, path)


def _role(own: Values, key: str, other: Values, role: str) -> Iterator[Line]:
    name, is_role = own[f"dataconnect:{key}"], other.get("dataconnect:role")
    if is_role != role:
        advice = f"expected a stack whose dataconnect:role is {role}: Pulumi.{name}.yaml says {is_role}"
        yield Line(path=(f"dataconnect:{key}",), says=f"is {name!r}", advice=advice)


def _is(own: Values, key: str, other: Values, name: str, *, at: Path) -> Iterator[Line]:
    """`key` of the other file must be what this one says at `at`."""
    full = key if ":" in key else f"dataconnect:{key}"
    mine, theirs = _at(own, at), _at(other, (full,))
    if mine != theirs:
        advice = f"expected {_shown(theirs)}, {full} of Pulumi.{name}.yaml"
        yield Line(path=at, says=f"is {mine!r}", advice=advice)


def _same(own: Values, other: Values, name: str, path: Path) -> Iterator[Line]:
    yield from _differences(_at(own, path), _at(other, path), f"Pulumi.{name}.yaml", path)


def _differences(mine: object, theirs: object, file: str, path: Path) -> Iterator[Line]:
    if isinstance(mine, dict) and isinstance(theirs, dict):
        ours, others = cast("dict[str, object]", mine), cast("dict[str, object]", theirs)
        for key in {**ours, **others}:
            if key not in _OWN.get(str(path[0]), ()):
                yield from _differences(ours.get(key, _NOTHING), others.get(key, _NOTHING), file, (*path, key))
    elif _plain(mine) != _plain(theirs):
        if mine is _NOTHING:
            yield Line(path=path, says="is missing", advice=f"expected it as in {file}")
        elif theirs is _NOTHING:
            yield Line(path=path, says="is there", advice=f"expected nothing, as in {file}")
        else:
            yield Line(path=path, says=f"is {mine!r}", advice=f"expected {_shown(theirs)}, as in {file}")


_NOTHING: Final = object()


def _replica(own: Values, other: Values, name: str) -> Iterator[Line]:
    """PostgreSQL refuses to replay with less memory or fewer vCPUs than its source, and has nowhere to with less storage."""
    at = ("dataconnect:database", "instanceClass")
    mine, theirs = (limits.DB_INSTANCE_CLASSES.get(str(_at(values, at))) for values in (own, other))
    if mine and theirs and (mine.vcpu < theirs.vcpu or mine.memory_gib < theirs.memory_gib):
        advice = f"expected no less memory and no fewer vCPUs than {_at(other, at)} of Pulumi.{name}.yaml"
        yield Line(path=at, says=f"is {_at(own, at)!r}", advice=advice)

    for key in ("storageGiB", "maxStorageGiB"):
        path = ("dataconnect:database", key)
        mine, theirs = _at(own, path), _at(other, path)
        if isinstance(mine, int) and isinstance(theirs, int) and mine < theirs:
            advice = f"expected {theirs} or more, as in Pulumi.{name}.yaml: a replica stops when its source has outgrown it"
            yield Line(path=path, says=f"is {mine!r}", advice=advice)


def _images(own: Values, other: Values, name: str) -> Iterator[Line]:
    """The image of a fleet's instances has an id of its own in each region."""
    at = ("dataconnect:fleets",)
    for fleet in cast("Mapping[str, object]", _at(own, at)) if isinstance(_at(own, at), dict) else ():
        path = (*at, fleet, "imageId")
        if _at(own, path) == _at(other, path):
            advice = f"expected that image's id in this region: Pulumi.{name}.yaml has this one, and an id is of one region"
            yield Line(path=path, says=f"is {_at(own, path)!r}", advice=advice)


def _at(values: object, path: Path) -> object:
    for key in path:
        values = cast("dict[object, object]", values).get(key, _NOTHING) if isinstance(values, dict) else _NOTHING
    return values


def _plain(value: object) -> object:
    """Lists as what they hold, numbers as their text: neither order nor quotes make a difference."""
    return sorted(map(str, cast("list[object]", value))) if isinstance(value, list) else str(value)


def _shown(value: object) -> str:
    return "nothing" if value is _NOTHING else str(value)
