"""What AWS builds anew behind an update in place: the plan says `update`, and every node of a search domain is replaced."""

from collections.abc import Callable, Mapping
from typing import Any, Final

Inputs = Mapping[str, Any]
_Judge = Callable[[Any, Any, Inputs], bool]


def _any(_old: Any, _new: Any, _domain: Inputs) -> bool:
    return True


def _enabled(_old: Any, new: Any, _domain: Inputs) -> bool:
    return new is not False and new is not None


def _without_masters(_old: Any, _new: Any, domain: Inputs) -> bool:
    return _at(domain, "clusterConfig.dedicatedMasterEnabled") is not True


def _two_masters(old: Any, _new: Any, _domain: Inputs) -> bool:
    return old == 2


# Changes that usually cause a blue/green deployment, and those of nodes and storage that do it on conditions, as a plan can
# know them: docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-configuration-changes.html#bg
# A larger volume, more IOPS or throughput do so only within six hours of the last such change, which no plan knows.
_OF_A_DOMAIN: Final[Mapping[str, _Judge]] = {
    "engineVersion": _any,
    "clusterConfig.instanceType": _any,
    "clusterConfig.instanceCount": _without_masters,
    "clusterConfig.dedicatedMasterEnabled": _any,
    "clusterConfig.dedicatedMasterCount": _two_masters,
    "clusterConfig.zoneAwarenessEnabled": _any,
    "clusterConfig.zoneAwarenessConfig": _any,
    "clusterConfig.nodeOptions": _any,
    "clusterConfig.warmEnabled": _any,
    "clusterConfig.warmCount": _without_masters,
    "clusterConfig.coldStorageOptions": _any,
    "ebsOptions.ebsEnabled": _any,
    "ebsOptions.volumeType": _any,
    "ebsOptions.volumeSize": lambda old, new, _: (
        not (isinstance(old, int | float) and isinstance(new, int | float) and new > old)
    ),
    "vpcOptions.subnetIds": _any,
    "vpcOptions.securityGroupIds": _any,
    "advancedOptions": _any,
    "advancedSecurityOptions.enabled": _enabled,
    "cognitoOptions": _any,
    "encryptAtRest.enabled": _enabled,
    "nodeToNodeEncryption.enabled": _enabled,
    "autoTuneOptions.rollbackOnDisable": _any,
    "logPublishingOptions": lambda old, new, _: _audits(new) and not _audits(old),
}
_KINDS: Final[Mapping[str, Mapping[str, _Judge]]] = {
    "aws:opensearch/domain:Domain": _OF_A_DOMAIN,
    "aws:elasticsearch/domain:Domain": _OF_A_DOMAIN,
}
# What a user sets in any order means the same.
_SETS: Final = ("vpcOptions.subnetIds", "vpcOptions.securityGroupIds")


def rebuilt_by(token: str, old: Inputs, new: Inputs) -> tuple[str, ...]:
    """Properties of a resource of type `token` whose change from `old` to `new` makes AWS build it anew; most often none."""
    return tuple(
        path
        for path, judge in _KINDS.get(token, {}).items()
        if (before := _value(old, path)) != (after := _value(new, path)) and judge(before, after, new)
    )


def _value(inputs: Inputs, path: str) -> Any:
    found = _at(inputs, path)
    return sorted(map(str, found)) if path in _SETS and isinstance(found, list) else found


def _at(inputs: Inputs, path: str) -> Any:
    found: Any = inputs
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _audits(options: Any) -> bool:
    """Whether the audit log is published; `enabled` is true unless it says otherwise."""
    each = options if isinstance(options, list) else []
    return any(
        isinstance(option, Mapping) and option.get("logType") == "AUDIT_LOGS" and option.get("enabled") is not False
        for option in each
    )
