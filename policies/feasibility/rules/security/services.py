"""Trails, recorders, detectors and scanners that AWS refuses to set up."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import choice
from policies.feasibility.engine.relations import may, permits
from policies.feasibility.engine.shapes import (
    absent,
    each_block,
    exactly_one,
    given,
    inside,
    of,
    only_one,
    parsed,
    present,
    requires,
    saying,
    unless,
    when,
    where_given,
)
from policies.kit.checks import all_of
from policies.kit.references import referrers, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())

_TRAIL: Final = "cloudtrail/trail"


rules.add(
    "trail-settings",
    "F397",
    _TRAIL,
    all_of(
        of(
            saying(
                "InvalidParameterCombinationException: Multi-Region trail must include global service events.",
                when(
                    "isMultiRegionTrail",
                    (True,),
                    unless(
                        "includeGlobalServiceEvents",
                        (True,),
                        absent("isMultiRegionTrail", "or includeGlobalServiceEvents: true"),
                        default=True,
                    ),
                ),
            ),
            saying(
                "InvalidEventSelectorsException: a trail has event selectors or advanced event selectors",
                only_one("eventSelectors advancedEventSelectors"),
            ),
        ),
        each_block("eventSelectors[]", choice("readWriteType", ("All", "ReadOnly", "WriteOnly"))),
        each_block("insightSelectors[]", choice("insightType", ("ApiCallRateInsight", "ApiErrorRateInsight"))),
    ),
    description="A trail's selectors are of one kind, and a trail of all regions has global events.",
    remediation="Use advancedEventSelectors alone; leave includeGlobalServiceEvents on.",
)


def _bucket_verdict(bucket: Resource, *services: str) -> tuple[list[Resource], bool]:
    """The policies of a bucket that let a service write, and whether another one may."""
    policies: list[tuple[Resource, Value]] = [
        (policy, policy.get("policy")) for policy in referrers(bucket, "s3/bucketPolicy", "bucket")
    ]
    if bucket.get("policy") is not None:
        policies.append((bucket, bucket.get("policy")))
    verdicts = [
        (policy, permits(document, f"{service}.amazonaws.com", "s3:PutObject"))
        for policy, document in policies
        for service in services
    ]
    return [policy for policy, verdict in verdicts if verdict], any(verdict is None for _, verdict in verdicts)


_WRITERS: Final = {
    _TRAIL: (
        "s3BucketName",
        "cloudtrail",
        "InsufficientS3BucketPolicyException: Incorrect S3 bucket policy is detected for bucket",
    ),
    "guardduty/publishingDestination": (
        "destinationArn",
        "guardduty",
        "BadRequestException: The request failed because the GuardDuty service principal does not have permission to the KMS "
        "key or the resource specified by the destinationArn parameter",
    ),
}


@rules.rule(
    "security-log-bucket",
    "F397",
    " ".join(_WRITERS),
    needs_stack=True,
    description="The bucket's policy lets the service write.",
    remediation="Allow s3:PutObject to the service in a BucketPolicy, and depend on it.",
)
def _bucket(resource: Resource) -> Answers:
    prop, service, answer = _WRITERS[resource.kind]
    for bucket in targets(resource, prop, "s3/bucket"):
        letting, unknown = _bucket_verdict(bucket, service)
        policies = referrers(bucket, "s3/bucketPolicy", "bucket")
        told = resource.kind == _TRAIL  # order and absence are the rule trail-bucket-policy
        if letting or unknown:
            first = (letting or policies)[0]
            if not told and first is not bucket and not resource.after(first):
                yield Finding(prop, bucket.name, f"dependsOn {first.name}", detail="order", answer=answer)
            if not letting:
                yield NOT_JUDGED
        elif not told or policies or given(bucket.get("policy")):
            expected = f"a bucket whose policy allows s3:PutObject to {service}.amazonaws.com"
            yield Finding(prop, bucket.name, expected, detail="policy", answer=answer)


@rules.rule(
    "trail-key",
    "F397",
    _TRAIL,
    needs_stack=True,
    description="The key of a trail lets CloudTrail encrypt.",
    remediation="Allow kms:GenerateDataKey* to cloudtrail.amazonaws.com in the key's policy.",
)
def _trail_key(trail: Resource) -> Answers:
    for key in targets(trail, "kmsKeyId", "kms/key"):
        policies = [policy.get("policy") for policy in referrers(key, "kms/keyPolicy", "keyId")]
        policies += [key.get("policy")] if key.get("policy") is not None else []
        verdicts = [permits(policy, "cloudtrail.amazonaws.com", "kms:GenerateDataKey") for policy in policies]
        if True not in verdicts:
            if None in verdicts:
                yield NOT_JUDGED
            else:
                answer = "InsufficientEncryptionPolicyException: Insufficient permissions to access S3 bucket or KMS key"
                expected = "a key whose policy allows kms:GenerateDataKey* to cloudtrail.amazonaws.com"
                yield Finding("kmsKeyId", key.name, expected, detail=key.name, answer=answer)


rules.add(
    "config-recording-group",
    "F397",
    "cfg/recorder",
    of(
        inside(
            "recordingGroup",
            saying(
                "InvalidRecordingGroupException: The recording group provided is not valid",
                when(
                    "allSupported",
                    (True,),
                    absent("resourceTypes exclusionByResourceTypes", "because allSupported is on"),
                    default=True,
                ),
                unless("allSupported", (True,), absent("includeGlobalResourceTypes", "without allSupported"), default=True),
                only_one("resourceTypes exclusionByResourceTypes"),
            ),
        ),
    ),
    description="A recorder records everything, or the types that it names.",
    remediation="Set allSupported: false with resourceTypes; includeGlobalResourceTypes goes with allSupported only.",
)
_FREQUENCIES: Final = ("One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours")
rules.add(
    "config-rule-source",
    "F397",
    "cfg/rule",
    all_of(
        each_block(
            "source",
            when(
                "owner",
                ("AWS",),
                present("sourceIdentifier", "the name of AWS's rule"),
                absent("sourceDetails", "because the rule is AWS's"),
            ),
            when("owner", ("CUSTOM_LAMBDA",), present("sourceIdentifier sourceDetails", "because the rule is a function")),
            when("owner", ("CUSTOM_POLICY",), present("customPolicyDetails sourceDetails", "because the rule is a policy")),
            choice("owner", ("AWS", "CUSTOM_LAMBDA", "CUSTOM_POLICY")),
        ),
        of(choice("maximumExecutionFrequency", _FREQUENCIES)),
        each_block("scope", requires("complianceResourceId", "complianceResourceTypes"), requires("tagValue", "tagKey")),
    ),
    description="A Config rule has the source of its owner, and a scope that holds together.",
    remediation="Set sourceIdentifier for AWS's rules; add sourceDetails for custom ones.",
)


@rules.rule(
    "config-rule-parameters",
    "F397",
    "cfg/rule",
    description="Parameters of a Config rule are a JSON object; AWS's rules are named in capitals.",
    remediation='Write {"maxAccessKeyAge": "90"}; name AWS\'s rule ACCESS_KEYS_ROTATED.',
)
def _parameters(rule: Resource) -> Answers:
    text, name = rule.get("inputParameters"), rule.get("source.sourceIdentifier")
    if text is UNKNOWN or name is UNKNOWN:
        yield NOT_JUDGED
    if isinstance(text, str) and text:
        try:
            value = parsed(text)
        except ValueError as error:
            yield Finding("inputParameters", text, f"JSON text ({error})", detail="json")
        else:
            if not isinstance(value, dict):
                yield Finding("inputParameters", text, "a JSON object", detail="json")
    if isinstance(name, str) and rule.get("source.owner") == "AWS" and name != name.upper():
        answer = "InvalidParameterValueException: The sourceIdentifier is invalid. Please refer to the documentation for a list of valid sourceIdentifiers that can be used when AWS is the Owner."  # noqa: E501
        yield Finding("source.sourceIdentifier", name, name.upper().replace("-", "_"), detail="name", answer=answer)


@rules.rule(
    "config-delivery-bucket",
    "F397",
    "cfg/deliveryChannel",
    needs_stack=True,
    description="The bucket of a delivery channel lets Config write, by its policy or by the recorder's role.",
    remediation="Allow s3:PutObject to config.amazonaws.com in the bucket's policy.",
)
def _delivery(channel: Resource) -> Answers:
    for bucket in targets(channel, "s3BucketName", "s3/bucket"):
        letting, unknown = _bucket_verdict(bucket, "config")
        roles = [role for recorder in channel.graph.of("cfg/recorder") for role in targets(recorder, "roleArn", "iam/role")]
        by_role = [may(role, "s3:PutObject") for role in roles]
        if letting or True in by_role or not roles:
            continue
        if unknown or None in by_role:
            yield NOT_JUDGED
        else:
            answer = "InsufficientDeliveryPolicyException: Insufficient delivery policy to s3 bucket, unable to write to bucket"
            yield Finding("s3BucketName", bucket.name, "a bucket that lets config.amazonaws.com write", answer=answer)


rules.add(
    "config-sources",
    "F397",
    "cfg/configurationAggregator cfg/conformancePack",
    all_of(
        of(where_given("accountAggregationSource", absent("organizationAggregationSource", "because accounts are named"))),
        each_block("accountAggregationSource", exactly_one("allRegions regions")),
        each_block(
            "organizationAggregationSource", exactly_one("allRegions regions"), present("roleArn", "to read the organization")
        ),
    ),
    description="An aggregator reads accounts or an organization, in all regions or in those it names.",
    remediation="Set allRegions: true or regions.",
)


@rules.rule(
    "guardduty-datasources",
    "F189",
    "guardduty/detector",
    needs_stack=True,
    description="A detector's features are set in one way.",
    remediation="Remove datasources and declare DetectorFeature for each feature.",
)
def _datasources(detector: Resource) -> Answers:
    if given(detector.get("datasources")):
        for feature in referrers(detector, "guardduty/detectorFeature", "detectorId"):
            yield Finding("datasources", "datasources", f"nothing, because {feature.name} sets a feature", detail=feature.name)


@rules.rule(
    "guardduty-datasources-deprecated",
    "F399",
    "guardduty/detector",
    description="A detector's features are DetectorFeature resources.",
    remediation="Remove datasources and declare DetectorFeature for each feature.",
)
def _deprecated(detector: Resource) -> Answers:
    if given(detector.get("datasources")):
        yield Finding("datasources", "datasources", "DetectorFeature resources")
