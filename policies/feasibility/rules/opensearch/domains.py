"""OpenSearch domains and collections: nodes, zones, volumes, access and logs."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.faults import is_one, is_other, like, number, off, on, plain_number, said, unsaid, where_all
from policies.feasibility.engine.relations import any_so, permits, readable
from policies.feasibility.engine.shapes import distinct, each_block, given, of, parsed
from policies.feasibility.rules.rds.families import text_of
from policies.kit.document import glob
from policies.kit.references import referrers
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, as_number, each, switch

rules: Final = Rules("feasibility", failures())

_DOMAINS: Final = "opensearch/domain elasticsearch/domain"
_NUMBERS: Final = {1: "one", 2: "two", 3: "three"}
_LOCAL_STORAGE: Final = r"(i2|i3|i4i|i4g|i7i|i7ie|i8g|im4gn|r6gd|m3|r3|oi2|or1|or2|om2)\."
_INSTANCE_STORE: Final = r"(i2|i3|i4i|i4g|i7i|i7ie|i8g|im4gn|r6gd)\."
_BURSTABLE: Final = r"t[23]\."
_STRONG: Final = re.compile(r"(?s)(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9]).{8}")
_NOT_T2: Final = (
    ("encryptAtRest", "encryption", "Encryption at rest"),
    ("advancedSecurityOptions", "fine-grained", "Fine-grained access control"),
)


def _zones(domain: Resource) -> int:
    """How many zones the data nodes are in."""
    if not switch(domain.get("clusterConfig.zoneAwarenessEnabled")):
        return 1
    return int(as_number(domain.get("clusterConfig.zoneAwarenessConfig.availabilityZoneCount")) or 2)


@rules.rule("search-nodes-per-zone", "F282", _DOMAINS)
def _nodes(domain: Resource) -> Answers:
    """Data nodes are spread over the zones of the domain: an even number over two, at least three over three.

    Set instanceCount to a multiple of the zones, and availabilityZoneCount to 2 or 3.
    """
    zones, count = _zones(domain), as_number(domain.get("clusterConfig.instanceCount"))
    if zones not in _NUMBERS or (zones == 1 and switch(domain.get("clusterConfig.zoneAwarenessEnabled"))):
        path = "clusterConfig.zoneAwarenessConfig.availabilityZoneCount"
        yield Finding(path, zones, "2 or 3", "zones", "ValidationException: AvailabilityZoneCount must be 2 or 3")
    elif (zones == 2 and (count or 1) % 2) or (zones == 3 and (count or 1) < 3):
        wanted, expected = {2: ("an even number of", "an even number"), 3: ("a minimum of three", "at least 3")}[zones]
        number = _NUMBERS[zones]
        answer = f"ValidationException: You must choose {wanted} data nodes for a {number} Availability Zone deployment"
        yield Finding("clusterConfig.instanceCount", count and f"{count:g}", f"{expected}, for {number} zones", "nodes", answer)


@rules.rule("search-subnets-per-zone", "F282", _DOMAINS)
def _subnets(domain: Resource) -> Answers:
    """A domain in a VPC has one subnet for each of its zones.

    Give vpcOptions.subnetIds as many subnets as zones: one without zoneAwarenessEnabled.
    """
    ids = domain.get("vpcOptions.subnetIds")
    if ids is None:
        return
    zones, count = _zones(domain), len(as_list(ids))
    if zones in _NUMBERS and count != zones:
        because = f"s because you've set zone count to {_NUMBERS[zones]}" if zones != 1 else ""
        answer = f"ValidationException: You must specify exactly {_NUMBERS[zones]} subnet{because}."
        yield Finding("vpcOptions.subnetIds", f"{count} subnets", f"{zones}, one for each zone", answer=answer)


@rules.rule("search-standby", "F282", "opensearch/domain")
def _standby(domain: Resource) -> Answers:
    """A domain with standby has three zones, dedicated masters and a multiple of three data nodes.

    Set availabilityZoneCount: 3, dedicatedMasterEnabled with 3 masters, and 3, 6, 9... data nodes.
    """
    if not switch(domain.get("clusterConfig.multiAzWithStandbyEnabled")):
        return
    begin = "ValidationException: Multi-AZ with Standby requires"
    if _zones(domain) != 3:
        path = "clusterConfig.zoneAwarenessConfig.availabilityZoneCount"
        yield Finding(path, _zones(domain), "3 with multiAzWithStandbyEnabled", "zones", f"{begin} three Availability Zones")
    if not switch(domain.get("clusterConfig.dedicatedMasterEnabled")):
        yield Finding("clusterConfig.dedicatedMasterEnabled", False, "true", "masters", f"{begin} dedicated master nodes")
    path, count = "clusterConfig.instanceCount", as_number(domain.get("clusterConfig.instanceCount"))
    if (count or 1) % 3:
        yield Finding(path, count and f"{count:g}", "a multiple of 3", "nodes", f"{begin} data nodes in multiples of three")


rules.named("search-dedicated-masters", "F283", _DOMAINS).add(
    each_block(
        "clusterConfig",
        where_all(on("dedicatedMasterEnabled"), is_one("dedicatedMasterCount", 0, 1, 2, 4))
        .wrong("3 or 5", "count", shown=plain_number)
        .says("ValidationException: You must choose at least three, and not four, dedicated master nodes"),
        where_all(on("warmEnabled"), off("dedicatedMasterEnabled"))
        .wrong("true with warmEnabled", "warm", shown=False)
        .says("ValidationException: UltraWarm requires dedicated master nodes"),
        *(
            where_all(on("warmEnabled"), unsaid(name))
            .wrong("a value with warmEnabled", name)
            .says(f"ValidationException: {name} is required with warm nodes")
            for name in ("warmCount", "warmType")
        ),
        where_all(on("warmEnabled"), like("instanceType", rf"{_BURSTABLE}.*"))
        .wrong("m6g or larger", "t")
        .says("ValidationException: UltraWarm is not available with T2 or T3 data nodes"),
        where_all(on("coldStorageOptions.enabled"), off("warmEnabled"))
        .wrong("true with coldStorageOptions", "cold", shown=False)
        .says("ValidationException: Cold storage requires UltraWarm"),
    ),
    description="Dedicated masters are three or five, and warm and cold storage stand on them.",
    remediation="Set dedicatedMasterCount to 3 or 5; enable masters before warm nodes, and warm nodes before cold storage.",
)
_TYPE: Final = "clusterConfig.instanceType"
_ON: Final = "ebsOptions.ebsEnabled"
_VOLUME: Final = "ebsOptions.volumeType"
rules.named("search-volumes", "F284", _DOMAINS).add(
    of(
        where_all(unsaid(_TYPE), off(_ON))
        .wrong("true with m4.large.search", "needed")
        .says("ValidationException: EBS storage must be selected for m4.large.search"),
        where_all(like(_TYPE, rf"(?!{_LOCAL_STORAGE}).+"), off(_ON))
        .wrong("true with {clusterConfig.instanceType}", "needed")
        .says("ValidationException: EBS storage must be selected for {clusterConfig.instanceType}"),
        where_all(like(_TYPE, rf"{_INSTANCE_STORE}.*"), on(_ON))
        .wrong("false with {clusterConfig.instanceType}, which has disks of its own", "superfluous")
        .says("ValidationException: EBS storage is not supported for {clusterConfig.instanceType}"),
        where_all(on(_ON), is_other(_VOLUME, None, "", "gp3", "io1", "io2"), said("ebsOptions.iops"))
        .wrong("nothing with {ebsOptions.volumeType}", "iops")
        .says("ValidationException: IOPS can be set for gp3 and Provisioned IOPS volumes only"),
        where_all(on(_ON), is_other(_VOLUME, None, "", "gp3"), said("ebsOptions.throughput"))
        .wrong("nothing with {ebsOptions.volumeType}", "throughput")
        .says("ValidationException: Throughput can be set for gp3 volumes only"),
        where_all(on(_ON), is_one(_VOLUME, "io1"), unsaid("ebsOptions.iops"))
        .wrong("a number with io1", "iops")
        .says("ValidationException: IOPS must be set for Provisioned IOPS volumes"),
        where_all(on(_ON), number("ebsOptions.volumeSize", lambda size: size < 10, default=0))
        .wrong("at least 10 GiB", "size")
        .says("ValidationException: Volume size must be at least 10 GiB"),
    ),
    description=(
        "Data nodes have the volumes that their type needs, with IOPS and throughput only where the volume type has them."
    ),
    remediation=(
        "Set ebsOptions {ebsEnabled: true, volumeType: gp3, volumeSize} for types without disks; none for i3 and its kin."
    ),
)


@rules.rule("search-type-features", "F285", _DOMAINS)
def _features(domain: Resource) -> Answers:
    """Small node types have the features that are on.

    Take a type from m6g upwards, or switch the feature off.
    """
    kind = text_of(domain.get("clusterConfig.instanceType"))
    if re.match(_BURSTABLE, kind) and text_of(domain.get("autoTuneOptions.desiredState")) == "ENABLED":
        answer = (
            "ValidationException: Autotune is not supported in t2/t3 instance types. Disable autotune or change "
            "your instance type."
        )
        yield Finding("autoTuneOptions.desiredState", "ENABLED", f"DISABLED with {kind}", "autotune", answer)
    for part, detail, what in _NOT_T2 if kind.startswith("t2.") else ():
        if switch(domain.get(f"{part}.enabled")):
            answer = f"ValidationException: {what} is not supported with t2 instance types"
            yield Finding(f"{part}.enabled", True, f"false with {kind}", detail, answer)


@rules.rule("search-access", "F128", _DOMAINS)
def _access(domain: Resource) -> Answers:
    """Fine-grained access control has all three kinds of encryption; a public domain is not open to everybody.

    Enable encryptAtRest, nodeToNodeEncryption and enforceHttps with advancedSecurityOptions; or restrict accessPolicies.
    """
    if switch(domain.get("advancedSecurityOptions.enabled")):
        for path in ("encryptAtRest.enabled", "nodeToNodeEncryption.enabled", "domainEndpointOptions.enforceHttps"):
            if not switch(domain.get(path)):
                answer = f"ValidationException: You must enable {path} to use advanced security options"
                yield Finding(path, domain.get(path), "true with advancedSecurityOptions", path, answer)
        return
    if domain.get("vpcOptions") is not None:
        return
    separate = referrers(domain, f"{domain.kind.partition('/')[0]}/domainPolicy", "domainName")
    policies = [domain.get("accessPolicies"), *(policy.get("accessPolicies") for policy in separate)]
    for document in policies:
        for statement in readable(document):
            if statement.allow and not statement.conditions and any(principal.everyone for principal in statement.principals):
                yield Finding("accessPolicies", f"Statement[{statement.index}] allows everybody", "principals or a condition")


@rules.rule("search-master-user", "F286", _DOMAINS)
def _master_user(domain: Resource) -> Answers:
    """Fine-grained access control has a master user of the kind that its user database has.

    Set masterUserArn, or internalUserDatabaseEnabled: true with masterUserName and masterUserPassword.
    """
    base = "advancedSecurityOptions"
    if not switch(domain.get(f"{base}.enabled")):
        return
    internal = switch(domain.get(f"{base}.internalUserDatabaseEnabled"))
    if domain.get(f"{base}.masterUserOptions") is UNKNOWN:
        raise UnknownValueError
    arn, name, password = (
        domain.get(f"{base}.masterUserOptions.{part}") for part in ("masterUserArn", "masterUserName", "masterUserPassword")
    )
    named = given(name) or given(password)
    if internal and not (given(name) and given(password)) and not switch(domain.get(f"{base}.anonymousAuthEnabled")):
        answer = "ValidationException: You must provide a master username and password with the internal user database"
        yield Finding(f"{base}.masterUserOptions", None, "masterUserName and masterUserPassword", "internal", answer)
    elif not internal and named:
        answer = "ValidationException: You must enable the internal user database to use a master username"
        yield Finding(f"{base}.internalUserDatabaseEnabled", False, "true with masterUserName", "name", answer)
    elif given(arn) and named:
        answer = "ValidationException: You cannot set both an IAM ARN and a username as master user"
        yield Finding(f"{base}.masterUserOptions.masterUserArn", "set", "nothing beside masterUserName", "both", answer)
    if isinstance(password, str) and password and not _STRONG.match(password):
        answer = (
            "ValidationException: The master user password must contain at least one uppercase letter, one "
            "lowercase letter, one number, and one special character."
        )
        expected = "8 characters or more, with upper and lower case, a digit and a special character"
        yield Finding(f"{base}.masterUserOptions.masterUserPassword", "(not shown)", expected, "password", answer)


@rules.rule("search-log-publishing", "F127", _DOMAINS)
def _logs(domain: Resource) -> Answers:
    """Log groups of a domain let OpenSearch write, before the domain is made.

    Declare a LogResourcePolicy for es.amazonaws.com with PutLogEvents, PutLogEventsBatch and CreateLogStream; dependsOn it.
    """
    if not as_list(domain.get("logPublishingOptions")):
        return
    near = (None, domain.region)
    policies = [
        policy for policy in domain.graph.of("cloudwatch/logResourcePolicy") if policy.region in near or not domain.region
    ]
    answers = [_may_write(policy.get("policyDocument")) for policy in policies]
    allowing = [policy for policy, allows in zip(policies, answers, strict=True) if allows]
    path = "logPublishingOptions"
    if not allowing and None in answers:
        yield NOT_JUDGED
    elif not allowing:
        yield Finding(path, "set", "a LogResourcePolicy of this stack that lets es.amazonaws.com write")
    elif not any(domain.after(policy) for policy in allowing):
        yield Finding(path, "set", f"dependsOn {allowing[0].name}, which lets es.amazonaws.com write", "order")


def _may_write(document: Value) -> bool | None:
    return any_so(
        permits(document, service, "logs:PutLogEvents") and permits(document, service, "logs:PutLogEventsBatch")
        for service in ("es.amazonaws.com", "opensearchservice.amazonaws.com")
    )


@rules.rule("search-audit-logs", "F287", _DOMAINS)
def _audit(domain: Resource) -> Answers:
    """Audit logs are published by domains with fine-grained access control; each log once, to a group's own ARN.

    Enable advancedSecurityOptions, or remove AUDIT_LOGS; name the log group's arn without :*.
    """
    yield from distinct(domain, "logPublishingOptions[].logType", "log type")
    kinds = [value for _, value in domain.each("logPublishingOptions[].logType")]
    if "AUDIT_LOGS" in [kind for kind in kinds if kind is not UNKNOWN] and not switch(
        domain.get("advancedSecurityOptions.enabled")
    ):
        answer = (
            "ValidationException: Audit log publishing cannot be enabled as you do not have advanced security "
            "options configured."
        )
        yield Finding("logPublishingOptions", "AUDIT_LOGS", "nothing without advancedSecurityOptions", "audit", answer)
    if switch(domain.get("domainEndpointOptions.customEndpointEnabled")):
        for name in ("customEndpoint", "customEndpointCertificateArn"):
            if not given(domain.get(f"domainEndpointOptions.{name}")):
                answer = f"ValidationException: {name} is required with a custom endpoint"
                yield Finding(f"domainEndpointOptions.{name}", None, "a value with customEndpointEnabled", name, answer)


@rules.rule("search-vpc-address-policy", "F287", _DOMAINS)
def _addresses(domain: Resource) -> Answers:
    """The policy of a domain in a VPC has no conditions on addresses.

    Use security groups instead of aws:SourceIp.
    """
    if domain.get("vpcOptions") is None:
        return
    for statement in readable(domain.get("accessPolicies")):
        if any(condition.key == "aws:sourceip" for condition in statement.conditions):
            answer = (
                "ValidationException: You can't attach an IP-based policy to a domain that has a VPC endpoint. Instead, use a "
                "security group to control IP-based access."
            )
            yield Finding("accessPolicies", "aws:SourceIp", "no condition on addresses", str(statement.index), answer)


@rules.rule("search-collection-encryption", "F288", "opensearch/serverlessCollection")
def _collection(collection: Resource) -> Answers:
    """A collection has an encryption policy that matches its name, made before it.

    Declare a ServerlessSecurityPolicy of type encryption for collection/NAME, and dependsOn it.
    """
    name = collection.get("name")
    if given(collection.get("encryptionConfigs")) or given(collection.get("collectionGroupName")):
        return
    matching = [
        policy
        for policy in collection.graph.of("opensearch/serverlessSecurityPolicy")
        if text_of(policy.get("type")) == "encryption" and policy.region == collection.region
        for pattern in _collections(policy.get("policy"))
        if name is UNKNOWN or glob(pattern).fullmatch(f"collection/{name}")
    ]
    if name is UNKNOWN and matching:
        yield NOT_JUDGED
    elif not matching:
        yield Finding("name", name, "a name that an encryption policy of this stack covers")
    elif not any(collection.after(policy) for policy in matching):
        yield Finding("name", name, f"dependsOn {matching[0].name}, its encryption policy", "order")


def _collections(text: Value) -> list[str]:
    try:
        policy = {"parts": as_list(parsed(text))}
    except ValueError:
        return []
    return [str(name) for _, name in each(policy, "parts[].Rules[].Resource[]")]
