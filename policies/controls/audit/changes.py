"""Changes go where they are meant to, and stay: accounts and regions that are allowed, no drift of what protects."""

import re
from collections.abc import Mapping
from typing import Final

from policies.kit.resource import AWS_PROVIDER, Resource, parse_json
from policies.kit.rule import ANY_AWS, NOT_JUDGED, Answers, Finding, Options, Rules, texts
from policies.kit.values import UNKNOWN, Value, as_list

rules: Final = Rules("audit")

_PROVIDER_AND_ALL: Final = f"{AWS_PROVIDER} {ANY_AWS}"


def _provider(resource: Resource) -> Mapping[str, Value]:
    """Inputs of the provider to judge at `resource`: it is one, or it has one that the stack does not hold itself."""
    if resource.kind == AWS_PROVIDER:
        return {key: parse_json(value) for key, value in resource.properties.items()}
    if resource.provider_properties and not resource.graph.of(AWS_PROVIDER):
        return resource.provider_properties
    return {}


@rules.configurable(
    "provider-accounts",
    "C220",
    _PROVIDER_AND_ALL,
    options={"accounts": texts("Ids of the accounts that providers may name; any where it is empty.", pattern="^[0-9]{12}$")},
)
def _provider_accounts(resource: Resource, options: Options) -> Answers:
    """Every AWS provider refuses to work in accounts that it does not name.

    Set aws:allowedAccountIds in the stack file, or allowedAccountIds on the explicit provider.
    """
    inputs = _provider(resource)
    accounts = inputs.get("allowedAccountIds")
    if not accounts and (inputs or resource.kind == AWS_PROVIDER):
        yield Finding("allowedAccountIds", accounts, "the account of the stack")
    for account in as_list(accounts):
        if account is UNKNOWN:
            yield NOT_JUDGED
        elif options["accounts"] and str(account) not in options["accounts"]:
            yield Finding("allowedAccountIds", account, f"one of {', '.join(options['accounts'])}", detail=str(account))


@rules.configurable(
    "region-allowed",
    "C220",
    _PROVIDER_AND_ALL,
    options={
        "regions": texts(
            "Regions that providers and resources may name.", "us-east-1", "us-east-2", "us-west-1", "us-west-2", minLength=1
        )
    },
)
def _region_allowed(resource: Resource, options: Options) -> Answers:
    """Providers and resources are of regions that are allowed.

    Use one of the allowed regions, or add the region to the option `regions`.
    """
    region = resource.get("region")
    if region is None:
        region = _provider(resource).get("region")
    if region is UNKNOWN or (region is None and resource.kind == AWS_PROVIDER):
        yield NOT_JUDGED  # the environment of the run decides
    elif region is not None and region not in options["regions"]:
        yield Finding("region", region, f"one of {', '.join(options['regions'])}")


_SECURITY_PROPERTIES: Final = (
    *("kmsKeyId", "kmsKeyArn", "kmsKey", "kmsMasterKeyId", "masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId"),
    *("encrypted", "storageEncrypted", "atRestEncryptionEnabled", "transitEncryptionEnabled", "encryptAtRest"),
    *("serverSideEncryption", "serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations", "encryptionType"),
    *("encryptionConfiguration", "encryptionConfigurations", "nodeToNodeEncryption", "sqsManagedSseEnabled"),
    *("enableKeyRotation", "policy", "inlinePolicies", "assumeRolePolicy", "managedPolicyArns", "permissionsBoundary"),
    *("accessPolicies", "accessPolicy", "resourcePolicy", "tags", "tagsAll", "defaultTags", "acl", "grants"),
    *("ingress", "egress", "cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6", "sourceSecurityGroupId"),
    *("securityGroups", "securityGroupIds", "vpcSecurityGroupIds", "publiclyAccessible", "associatePublicIpAddress"),
    *("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets", "mapPublicIpOnLaunch"),
    *("sslPolicy", "requireTls", "domainEndpointOptions", "metadataOptions", "iamDatabaseAuthenticationEnabled"),
    *("deletionProtection", "deletionProtectionEnabled", "enableDeletionProtection", "versioning", "logging"),
    *("accessLogs", "loggingConfiguration", "logPublishingOptions", "enabledCloudwatchLogsExports", "enableLogging"),
    *("enableLogFileValidation", "isMultiRegionTrail"),
)


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


@rules.configurable(
    "no-ignored-security-changes",
    "C222",
    _PROVIDER_AND_ALL,
    options={
        "properties": texts("Properties, at any depth, whose changes may not be ignored.", *_SECURITY_PROPERTIES, minLength=1),
        "switched": texts(
            "Kinds and their properties that something else switches by design, e.g. recovery, which fences a database.",
            "rds/instance:vpcSecurityGroupIds",
            pattern="^[A-Za-z0-9]+/[A-Za-z0-9]+:[A-Za-z0-9]+$",
        ),
    },
)
def _ignored_changes(resource: Resource, options: Options) -> Answers:
    """No resource ignores changes of what protects it: keys, policies, tags, network rules, protection, logs.

    Take the property out of ignoreChanges, and bring the program in line with what is deployed.
    """
    if not resource.ignore_changes:
        return
    protected = {_folded(name) for name in options["properties"]}
    for path in resource.ignore_changes:
        if f"{resource.kind}:{path}" in options["switched"]:
            continue
        names = re.findall(r"[^.\[\]\"']+", path)
        if names[:1] == ["*"] or any(_folded(name) in protected for name in names):
            yield Finding("options.ignoreChanges", path, "no path to a property that protects", detail=path)
