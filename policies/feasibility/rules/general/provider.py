"""Properties of pulumi-aws that were renamed or removed, and what its provider must know before a deployment."""

import re
from collections.abc import Mapping
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import pairs
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())


def _major(version: Value) -> int | None:
    """The major version in `7.51.1`; None where the plan does not say it."""
    match = re.match(r"v?(\d+)\.", version) if isinstance(version, str) else None
    return int(match[1]) if match else None


def _renamed(names: Mapping[str, str], *, since: int = 0) -> Check:
    """None of the old names is used; `since` is the major version of pulumi-aws that has the new ones."""

    def check(resource: Resource) -> Answers:
        version = _major(resource.provider_properties.get("version"))
        if resource.token.endswith("V2") or (version is not None and version < since):
            return
        for old, new in names.items():
            if resource.get(old) is not None:
                yield Finding(old, "a value", f"{new} in its place", detail=old)

    return check


_NAMES: Final = "Properties have the names that pulumi-aws 7 reads."
_RENAME: Final = "Rename the property."
_BUCKET: Final = pairs(
    """
    loggings=logging replicationConfigurations=replicationConfiguration versionings=versioning websites=website
    serverSideEncryptionConfigurations=serverSideEncryptionConfiguration objectLockConfigurations=objectLockConfiguration
    """
)
_RECORD: Final = pairs(
    """
    alias=aliases failoverRoutingPolicy=failoverRoutingPolicies weightedRoutingPolicy=weightedRoutingPolicies
    latencyRoutingPolicy=latencyRoutingPolicies geolocationRoutingPolicy=geolocationRoutingPolicies
    geoproximityRoutingPolicies=geoproximityRoutingPolicy cidrRoutingPolicies=cidrRoutingPolicy
    """
)

rules.named("bucket-property-names", "F179", "s3/bucket").add(
    _renamed(_BUCKET, since=7),
    description=_NAMES,
    remediation=_RENAME,
)
rules.named("flow-log-property-names", "F185", "ec2/flowLog").add(
    _renamed({"logGroupName": "logDestination"}, since=7),
    description=_NAMES,
    remediation="Set logDestination to the log group's ARN.",
)
rules.named("table-replica-property-names", "F186", "dynamodb/tableReplica").add(
    _renamed({"consistencyMode": "replicas[].consistencyMode of the table"}),
    description="A replica of strong consistency is declared on its table.",
    remediation="Declare the replica in the table's replicas.",
)
rules.named("record-property-names", "F187", "route53/record").add(
    _renamed(_RECORD),
    description=_NAMES,
    remediation=_RENAME,
)


@rules.rule("provider-assume-roles", "F180", "pulumi:providers:aws")
def _assume_role(provider: Resource) -> Answers:
    """A provider lists the roles that it takes on.

    Write assumeRoles: [{roleArn: ...}] in place of assumeRole.
    """
    version = _major(provider.get("version"))
    if provider.get("assumeRole") is not None and (version is None or version >= 7):
        yield Finding("assumeRole", "a role", "assumeRoles, a list")


@rules.rule("provider-default-tags-known", "F182", "pulumi:providers:aws")
def _default_tags(provider: Resource) -> Answers:
    """A provider's default tags are known before the deployment.

    Use fixed values; put what is computed into the resource's own tags.
    """
    tags = provider.get("defaultTags.tags")
    values = list(tags.values()) if isinstance(tags, dict) else [tags]
    if any(value is UNKNOWN for value in values):
        yield Finding("defaultTags", "a value that is known after deployment only", "fixed values")
