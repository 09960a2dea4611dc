"""Directories, the identity center, and the recorders and trails of an account."""

import re
from collections import Counter
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import each_matches
from policies.feasibility.engine.leaves import Leaf, each_text, place
from policies.feasibility.engine.order import after_any, after_one, by_kind
from policies.feasibility.engine.relations import region_of
from policies.feasibility.engine.shapes import absent, given, of, only_one, present, requires, when
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of
from policies.kit.references import by_key, referrers, targets
from policies.kit.resource import Graph, Resource, per_stack
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_SSO: Final = (
    "ssoadmin/accountAssignment ssoadmin/customerManagedPolicyAttachment ssoadmin/managedPolicyAttachment "
    "ssoadmin/permissionSet ssoadmin/permissionSetInlinePolicy ssoadmin/permissionsBoundaryAttachment"
)


@rules.rule("directory-password", "F165", "directoryservice/directory")
def _password(directory: Resource) -> Answers:
    """The administrator's password has three of four kinds of characters, and not the administrator's name in it.

    Generate 8 to 64 characters with upper and lower case, digits and symbols.
    """
    password = text_of(directory.get("password"))
    kinds = sum(re.search(pattern, password) is not None for pattern in (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]"))
    if password and (not 8 <= len(password) <= 64 or kinds < 3 or "admin" in password.lower()):
        answer = "InvalidParameterException: Password does not meet the complexity requirements"
        yield Finding("password", "(not shown)", "8 to 64 characters of three kinds, without admin in it", answer=answer)


rules.named("directory-type", "F165", "directoryservice/directory").add(
    all_of(
        of(
            only_one("vpcSettings connectSettings"),
            when("type", ("ADConnector",), present("connectSettings size", "because the directory is a connector")),
            when("type", ("SimpleAD",), present("vpcSettings size", "because of type SimpleAD"), default="SimpleAD"),
            when("type", ("SimpleAD", "ADConnector"), absent("edition", "because of the type"), default="SimpleAD"),
            when(
                "type",
                ("MicrosoftAD",),
                present("vpcSettings", "because of type MicrosoftAD"),
                absent("size", "in MicrosoftAD"),
            ),
            requires("enableSso", "alias"),
        ),
        each_matches(
            "name",
            r"([a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+\.?",
            "a domain name of at least two parts",
            answer="InvalidParameterException: Value at 'name' failed to satisfy constraint: a fully qualified domain name",
            detail="name",
        ),
        each_matches(
            "shortName",
            r"[^\\/:*?\"<>|.]{1,15}",
            "1 to 15 characters without dots and slashes",
            answer="InvalidParameterException: Value at 'shortName' failed to satisfy constraint",
            detail="short",
        ),
    ),
    description="A directory has the settings of its type, a name of two parts and a short name of up to 15 characters.",
    remediation="Set edition for MicrosoftAD, size and the right settings for SimpleAD and ADConnector.",
)


@rules.rule("identity-center-one-region", "F166", _SSO)
def _home(resource: Resource) -> Answers:
    """Everything of one identity center instance is in its home region.

    Set the home region on all of them.
    """
    most = _home_of(resource.graph, text_of(resource.get("instanceArn")))
    here = region_of(resource)
    if here and most and here != most:
        answer = "ResourceNotFoundException: the instance is in another Region"
        yield Finding("region", here, f"{most}, as the rest of the instance", answer=answer)


@per_stack
def _home_of(graph: Graph, instance: str) -> str | None:
    """The region of most that is of an instance, the first by name among equals; None if no region is known."""
    table = by_key(graph, ("ssoadmin", "instance"), _SSO.split(), lambda other: other.get("instanceArn"))
    regions = Counter(region for other in table.get(instance, []) if (region := region_of(other)))
    return min(regions, key=lambda region: (-regions[region], region), default=None)


def _session(_: Resource, leaf: Leaf) -> str:
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?", leaf.value)
    minutes = int(match[1] or 0) * 60 + int(match[2] or 0) if match else 0
    return "" if 60 <= minutes <= 720 else "PT1H to PT12H"


rules.named("permission-set-session", "F166", "ssoadmin/permissionSet").add(
    each_text(
        place("sessionDuration"),
        _session,
        detail="",
        answer="ValidationException: sessionDuration must be between 1 and 12 hours",
    ),
    description="Sessions of a permission set last 1 to 12 hours.",
    remediation="Set sessionDuration from PT1H to PT12H.",
)


@rules.rule("trail-log-group", "F144", "cloudtrail/trail")
def _trail(trail: Resource) -> Answers:
    """A trail writes into a log group that is named with :*, by a role.

    Append :* to the log group's ARN, and set cloudWatchLogsRoleArn.
    """
    group, role = trail.get("cloudWatchLogsGroupArn"), trail.get("cloudWatchLogsRoleArn")
    if given(group) != given(role):
        missing = "cloudWatchLogsRoleArn" if given(group) else "cloudWatchLogsGroupArn"
        yield Finding(missing, None, "both cloudWatchLogsGroupArn and cloudWatchLogsRoleArn", "both")
    if group and not str(group).endswith(":*"):
        yield Finding("cloudWatchLogsGroupArn", group, f"{group}:*", "suffix")


@rules.rule("trail-bucket-policy", "F144", "cloudtrail/trail")
def _bucket(trail: Resource) -> Answers:
    """A trail is made after the policy that lets it write into its bucket.

    Allow s3:GetBucketAcl and s3:PutObject to cloudtrail.amazonaws.com in the bucket's policy, and dependsOn it.
    """
    for bucket in targets(trail, "s3BucketName", "s3/bucket"):
        policies = referrers(bucket, "s3/bucketPolicy", "bucket")
        answer = "InsufficientS3BucketPolicyException: Incorrect S3 bucket policy is detected for bucket"
        if not policies and not given(bucket.get("policy")):
            expected = "a bucket whose policy lets cloudtrail.amazonaws.com write"
            yield Finding("s3BucketName", bucket.name, expected, "none", answer)
        yield from after_any(
            trail, policies, "s3BucketName", bucket.name, ", the bucket's policy", answer=answer, detail="order"
        )
    if trail.get("s3BucketName") is UNKNOWN and not trail.sources("s3BucketName"):
        yield NOT_JUDGED


_FIRST: Final = {
    "cfg/deliveryChannel cfg/rule cfg/conformancePack": ("cfg/recorder", "NoAvailableConfigurationRecorderException"),
    "cfg/recorderStatus": ("cfg/deliveryChannel", "NoAvailableDeliveryChannelException"),
}
rules.named("config-order", "F145", " ".join(_FIRST)).add(
    by_kind(
        lambda kind, answer: after_one(kind, ", which must be there before", place=region_of, named=False, answer=answer),
        _FIRST,
    ),
    description="Recorder, delivery channel, status and rules of AWS Config are made in this order.",
    remediation="dependsOn the recorder on the channel and the rules, the channel on the recorder's status.",
)
