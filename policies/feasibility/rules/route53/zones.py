"""Route 53 zones, health checks and resolvers."""

import ipaddress
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between, wanted
from policies.feasibility.engine.joins import has, target_then
from policies.feasibility.engine.order import after_any
from policies.feasibility.engine.relations import any_so, permits, readable, region_of, unless_so
from policies.feasibility.engine.shapes import absent, forbids, given, of, present, some_of, unless, when
from policies.feasibility.rules.general.subnets import zones_of
from policies.feasibility.rules.kms.keys import service_may
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of
from policies.kit.facts import KEYS
from policies.kit.references import arn_of, referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list

rules: Final = Rules("feasibility", failures())

_ENDPOINT: Final = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")
_HERE: Final = "us-east-1"
_CHILDREN: Final = "childHealthchecks childHealthThreshold"
_CLOUDWATCH: Final = "cloudwatchAlarmName cloudwatchAlarmRegion"

rules.named("dns-zone-private-or-delegated", "F293", "route53/zone").add(
    of(forbids("vpcs", "delegationSetId")),
    description="A private zone has no delegation set.",
    remediation="Remove delegationSetId, or vpcs.",
)


def _ignores_vpcs(_: Resource, prop: str, zone: Resource) -> Answers:
    if given(zone.get("vpcs")) and not any(path.startswith("vpcs") for path in zone.ignore_changes):
        answer = "No error: each up of the zone removes the associated VPC again"
        yield Finding(prop, zone.name, "a zone with vpcs in ignoreChanges", "ignoreChanges", answer)


rules.named("dns-zone-vpcs-one-owner", "F293", "route53/zoneAssociation").add(
    target_then(
        "zoneId",
        "route53/zone",
        has(
            "vpcs",
            "a private zone, with a first VPC in vpcs",
            detail="public",
            answer="InvalidInput / PublicZoneVPCAssociation: a public hosted zone cannot be associated with a VPC",
        ),
        _ignores_vpcs,
    ),
    description="VPCs of a private zone are listed on the zone, or associated by resources that the zone ignores.",
    remediation="Add vpcs to ignoreChanges of the zone.",
)


def _check_counts(check: Resource) -> Answers:
    threshold = check.get("childHealthThreshold")
    children = as_list(check.get("childHealthchecks")) if threshold is not None else []
    if children and threshold is not None and threshold > len(children):
        answer = "No error: the check is always unhealthy"
        yield Finding("childHealthThreshold", threshold, f"at most {len(children)}", "threshold", answer)
    regions = as_list(check.get("regions"))
    if regions and len(regions) < 3:
        answer = "InvalidInput: Invalid parameter : at least three regions are required"
        yield Finding("regions", len(regions), "at least three regions", "regions", answer)


rules.named("dns-health-check-type", "F294", "route53/healthCheck").add(
    all_of(
        of(
            when("type", _ENDPOINT, some_of("fqdn ipAddress")),
            when("type", ("HTTP_STR_MATCH", "HTTPS_STR_MATCH"), present("searchString", "because the type matches a string")),
            unless("type", ("HTTP_STR_MATCH", "HTTPS_STR_MATCH"), absent("searchString", "because the type matches no string")),
            when("type", ("CALCULATED",), present("childHealthchecks", "because the check is calculated from others")),
            unless("type", ("CALCULATED",), absent(_CHILDREN, "because the type is not CALCULATED")),
            when("type", ("CLOUDWATCH_METRIC",), present(_CLOUDWATCH, "because the type looks at an alarm")),
            unless("type", ("CLOUDWATCH_METRIC",), absent(_CLOUDWATCH, "because the type is another")),
            when("type", ("RECOVERY_CONTROL",), present("routingControlArn", "because of the type")),
            when(
                "type",
                ("CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"),
                absent("port fqdn ipAddress resourcePath", "because the type has no endpoint"),
            ),
            when("type", ("TCP",), present("port", "because a TCP check has no default port")),
            when("type", ("TCP",), absent("resourcePath", "for TCP")),
            wanted(
                "requestInterval",
                (0, 10, 30),
                "10 or 30 seconds",
                default=0,
                detail="interval",
                answer="InvalidInput: Invalid parameter : Request interval must be 10 or 30",
            ),
            between("failureThreshold", 1, 10),
        ),
        _check_counts,
    ),
    description="A health check has what its type needs, and nothing of the others.",
    remediation="Set fqdn or ipAddress for HTTP and TCP, childHealthchecks for CALCULATED, the alarm for CLOUDWATCH_METRIC.",
)


@rules.rule("dns-health-check-address", "F294", "route53/healthCheck")
def _address(check: Resource) -> Answers:
    """A health check looks at an address that Route 53 can reach.

    Check a public address, or make a CLOUDWATCH_METRIC check of an alarm inside the VPC.
    """
    value = text_of(check.get("ipAddress"))
    try:
        private = value and not ipaddress.ip_address(value).is_global
    except ValueError:
        yield Finding("ipAddress", value, "an IP address")
        return
    if private:
        answer = "InvalidInput: The specified IP address is in a reserved or private IP address range"
        yield Finding("ipAddress", value, "a public address", answer=answer)


@rules.rule("dns-query-log-group", "F295", "route53/queryLog")
def _query_log(log: Resource) -> Answers:
    """Queries are logged into a log group of us-east-1 that lets Route 53 write, before the logging is configured.

    Set region us-east-1 on the log group; declare a LogResourcePolicy for route53.amazonaws.com there, and dependsOn it.
    """
    path = "cloudwatchLogGroupArn"
    arn = arn_of(log.get(path))
    group = target(log, path, "cloudwatch/logGroup")
    place = arn.region if arn is not None else region_of(group) if group is not None else None
    if place and place != _HERE:
        answer = "InvalidInput: the log group must be in the US East (N. Virginia) Region"
        yield Finding(path, place, f"a log group of {_HERE}", "region", answer)
        return
    if group is None:
        return
    verdicts = {
        policy: permits(policy.get("policyDocument"), "route53.amazonaws.com", "logs:PutLogEvents")
        for policy in log.graph.of("cloudwatch/logResourcePolicy")
        if region_of(policy) in (None, _HERE, region_of(group))
    }
    expected = "a LogResourcePolicy of this stack that lets route53.amazonaws.com write"
    yield from unless_so(any_so(verdicts.values()), Finding(path, group.name, expected, "policy"))
    allowing = [policy for policy, verdict in verdicts.items() if verdict]
    yield from after_any(log, allowing, path, group.name, ", which lets Route 53 write", detail="order")


@rules.rule("dns-signing-key", "F295", "route53/keySigningKey")
def _signing_key(signing: Resource) -> Answers:
    """A zone is signed with an elliptic key of us-east-1 that lets Route 53, and who creates the key-signing key, use it.

    Make a KMS key in us-east-1 with customerMasterKeySpec ECC_NIST_P256 and keyUsage SIGN_VERIFY, open to DNSSEC.
    """
    path = "keyManagementServiceArn"
    arn = arn_of(signing.get(path))
    key = target(signing, path, *KEYS)
    place = arn.region if arn is not None else region_of(key) if key is not None else None
    begin = "InvalidKMSArn: the customer managed key must"
    if place and place != _HERE:
        yield Finding(path, place, f"a key of {_HERE}", "region", f"{begin} be in the US East (N. Virginia) Region")
    if key is None:
        return
    if text_of(key.get("customerMasterKeySpec")) != "ECC_NIST_P256" or text_of(key.get("keyUsage")) != "SIGN_VERIFY":
        found = f"{key.name} ({key.get('customerMasterKeySpec') or 'SYMMETRIC_DEFAULT'})"
        yield Finding(path, found, "a key with ECC_NIST_P256 and SIGN_VERIFY", "spec", f"{begin} have key spec ECC_NIST_P256")
    for action in _SIGNS:
        if not service_may(key, _ROUTE_53, action):
            answer = f"{begin} let {_ROUTE_53} sign"
            expected = f"a key whose policy lets {_ROUTE_53} do {action}"
            yield Finding(path, key.name, expected, "policy" if action == "kms:Sign" else f"policy {action}", answer)
    missing = [action for action in _SIGNS if not _lets_people(key.get("policy"), action)]
    if key.get("policy") is not None and missing:
        answer = "InvalidKMSArn: ... verify that you and Route 53 have permissions to perform ... GetPublicKey, and Sign"
        expected = f"a key whose policy lets who creates the key-signing key do {', '.join(missing)}, too"
        yield Finding(path, key.name, expected, "caller", answer)


_ROUTE_53: Final = "dnssec-route53.amazonaws.com"
# docs.aws.amazon.com/Route53/latest/DeveloperGuide/access-control-managing-permissions.html
_SIGNS: Final = ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:CreateGrant")


def _lets_people(document: Value, action: str) -> bool:
    return any(
        statement.allows(action) and any(principal.type in ("AWS", "*") for principal in statement.principals)
        for statement in readable(document)
    )


@rules.rule("dns-sec-after-its-key", "F295", "route53/hostedZoneDnsSec")
def _dns_sec(signing: Resource) -> Answers:
    """A zone is signed after it has a key to sign with.

    dependsOn the KeySigningKey.
    """
    zone = target(signing, "hostedZoneId", "route53/zone")
    if zone is None or text_of(signing.get("signingStatus")) == "NOT_SIGNING":
        return
    keys = referrers(zone, "route53/keySigningKey", "hostedZoneId")
    answer = "KeySigningKeyWithActiveStatusNotFound: A key-signing key (KSK) with ACTIVE status wasn't found."
    if not keys:
        yield Finding("hostedZoneId", zone.name, "a zone with a KeySigningKey", "none", answer)
    yield from after_any(signing, keys, "hostedZoneId", zone.name, ", its key", answer=answer, detail="order")


@rules.rule("dns-resolver-endpoint-addresses", "F295", "route53/resolverEndpoint")
def _resolver(endpoint: Resource) -> Answers:
    """A resolver endpoint has addresses in two zones.

    Set ipAddresses in subnets of two zones.
    """
    count = len(as_list(endpoint.get("ipAddresses")))
    if count < 2:
        answer = "InvalidRequestException: a resolver endpoint needs at least two IP addresses"
        yield Finding("ipAddresses", count, "at least two, in two zones", "number", answer)
        return
    subnets = targets(endpoint, "ipAddresses[].subnetId", "ec2/subnet")
    zones = zones_of(subnets)
    if len(subnets) != count or any(zone is UNKNOWN or zone is None for zone in zones):
        yield NOT_JUDGED
    elif len(zones) < 2:
        answer = "InvalidRequestException: addresses of a resolver endpoint should be in at least two Availability Zones"
        yield Finding("ipAddresses", f"all in {next(iter(zones))}", "addresses in two zones", "zones", answer)


rules.named("dns-resolver-rule-type", "F295", "route53/resolverRule").add(
    of(
        when("ruleType", ("FORWARD",), present("resolverEndpointId targetIps", "because the rule forwards")),
        when("ruleType", ("SYSTEM",), absent("resolverEndpointId targetIps", "because the rule does not forward")),
    ),
    description="A rule that forwards has an endpoint and targets; a system rule has neither.",
    remediation="Set resolverEndpointId and targetIps with FORWARD only.",
)
