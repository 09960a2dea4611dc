"""Trails, recorders, detectors and scanners that AWS refuses to set up."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import choice
from policies.feasibility.engine.joins import each_target, lets_in, not_beside
from policies.feasibility.engine.relations import any_so, lets, may, unless_so
from policies.feasibility.engine.shapes import (
    absent,
    each_block,
    exactly_one,
    inside,
    json_text,
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
from policies.feasibility.rules.kms.keys import KEY_POLICY
from policies.kit.checks import all_of
from policies.kit.references import targets
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_TRAIL: Final = "cloudtrail/trail"


rules.named("trail-settings", "F397", _TRAIL).add(
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


_BUCKET_POLICY: Final = ("s3/bucketPolicy", "bucket", "policy")


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


@rules.rule("security-log-bucket", "F397", " ".join(_WRITERS), needs_stack=True)
def _bucket(resource: Resource) -> Answers:
    """The bucket's policy lets the service write.

    Allow s3:PutObject to the service in a BucketPolicy, and depend on it.
    """
    prop, service, answer = _WRITERS[resource.kind]
    for bucket in targets(resource, prop, "s3/bucket"):
        verdicts = lets(bucket, service, "s3:PutObject", _BUCKET_POLICY)
        told = resource.kind == _TRAIL  # order and absence are the rule trail-bucket-policy
        first = next((owner for wanted in (True, None) for owner, so in verdicts.items() if so is wanted), bucket)
        if not told and first is not bucket and not resource.after(first):
            yield Finding(prop, bucket.name, f"dependsOn {first.name}", detail="order", answer=answer)
        if verdicts or not told:
            expected = f"a bucket whose policy allows s3:PutObject to {service}.amazonaws.com"
            refused = Finding(prop, bucket.name, expected, detail="policy", answer=answer)
            yield from unless_so(any_so(verdicts.values()), refused)


rules.named("trail-key", "F397", _TRAIL, needs_stack=True).add(
    each_target(
        "kmsKeyId",
        "kms/key",
        lets_in(
            "cloudtrail",
            "kms:GenerateDataKey",
            KEY_POLICY,
            "a key whose policy allows kms:GenerateDataKey* to cloudtrail.amazonaws.com",
            detail="{other}",
            answer="InsufficientEncryptionPolicyException: Insufficient permissions to access S3 bucket or KMS key",
        ),
    ),
    description="The key of a trail lets CloudTrail encrypt.",
    remediation="Allow kms:GenerateDataKey* to cloudtrail.amazonaws.com in the key's policy.",
)
rules.named("config-recording-group", "F397", "cfg/recorder").add(
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
rules.named("config-rule-source", "F397", "cfg/rule").add(
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


def _parameters(rule: Resource) -> Answers:
    text, name = rule.get("inputParameters"), rule.get("source.sourceIdentifier")
    try:
        parsed(None if text is UNKNOWN else text or "null")
    except ValueError as error:
        yield Finding("inputParameters", text, f"JSON text ({error})", detail="json")
    if name and name != name.upper() and rule.get("source.owner") == "AWS":
        answer = "InvalidParameterValueException: The sourceIdentifier is invalid. Please refer to the documentation for a list of valid sourceIdentifiers that can be used when AWS is the Owner."  # noqa: E501
        yield Finding("source.sourceIdentifier", name, name.upper().replace("-", "_"), detail="name", answer=answer)


rules.named("config-rule-parameters", "F397", "cfg/rule").add(
    all_of(of(json_text("inputParameters")), _parameters),
    description="Parameters of a Config rule are a JSON object; AWS's rules are named in capitals.",
    remediation='Write {"maxAccessKeyAge": "90"}; name AWS\'s rule ACCESS_KEYS_ROTATED.',
)


@rules.rule("config-delivery-bucket", "F397", "cfg/deliveryChannel", needs_stack=True)
def _delivery(channel: Resource) -> Answers:
    """The bucket of a delivery channel lets Config write, by its policy or by the recorder's role.

    Allow s3:PutObject to config.amazonaws.com in the bucket's policy.
    """
    roles = [role for recorder in channel.graph.of("cfg/recorder") for role in targets(recorder, "roleArn", "iam/role")]
    by_role = [may(role, "s3:PutObject") for role in roles]
    for bucket in targets(channel, "s3BucketName", "s3/bucket") if roles else ():
        verdicts = lets(bucket, "config", "s3:PutObject", _BUCKET_POLICY)
        answer = "InsufficientDeliveryPolicyException: Insufficient delivery policy to s3 bucket, unable to write to bucket"
        refused = Finding("s3BucketName", bucket.name, "a bucket that lets config.amazonaws.com write", answer=answer)
        yield from unless_so(any_so([*verdicts.values(), *by_role]), refused)


rules.named("config-sources", "F397", "cfg/configurationAggregator cfg/conformancePack").add(
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


rules.named("guardduty-datasources", "F189", "guardduty/detector", needs_stack=True).add(
    not_beside(
        "datasources",
        (("guardduty/detectorFeature", "detectorId"),),
        "nothing, because {other} sets a feature",
        shown="datasources",
    ),
    description="A detector's features are set in one way.",
    remediation="Remove datasources and declare DetectorFeature for each feature.",
)
rules.named("guardduty-datasources-deprecated", "F399", "guardduty/detector").add(
    of(saying("", absent("datasources", ""), expected="DetectorFeature resources", detail="", shown="datasources")),
    description="A detector's features are DetectorFeature resources.",
    remediation="Remove datasources and declare DetectorFeature for each feature.",
)
