"""S3 bucket policies and notifications: what S3 checks when they are put."""

import itertools
import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import any_unknown, documents, permits, readable, region_of
from policies.feasibility.engine.shapes import blocks
from policies.feasibility.rules.rds.families import text_of
from policies.kit.document import Statement, glob
from policies.kit.references import referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list, switch

rules: Final = Rules("feasibility", failures())


def _actions(names: str) -> frozenset[str]:
    return frozenset(f"s3:{name}" for name in names.split())


_OBJECT: Final = _actions(
    """
    AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion
    DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention
    GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
    GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication
    ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectLegalHold
    PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject
    ReplicateTags RestoreObject
    """
)
_BUCKET: Final = _actions(
    """
    CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration
    GetAnalyticsConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketNotification
    GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus
    GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite
    GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration
    GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket
    ListBucketMultipartUploads ListBucketVersions PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAcl
    PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration PutBucketOwnershipControls
    PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging PutBucketVersioning
    PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration
    PutLifecycleConfiguration PutMetricsConfiguration PutReplicationConfiguration
    """
)


@rules.rule("s3-policy-resources", "F245", "s3/bucketPolicy s3/bucket")
def _policy(resource: Resource) -> Answers:
    """A bucket policy is about its own bucket, with S3 actions that apply to the resources beside them.

    Name the bucket's ARN for bucket actions and ARN/* for object actions; put both there where both kinds are meant.
    """
    document = resource.get("policy")
    if document is None:
        return
    found = readable(document)
    name = _bucket_name(resource)
    for statement in found:
        yield from _applies(statement)
        for pattern in statement.resources if name else ():
            match = re.match(r"arn:[^:]*:s3:[^:]*:[^:]*:([^/]+)", pattern)
            if match and not match[1].startswith("accesspoint") and not glob(match[1]).fullmatch(str(name)):
                answer = "MalformedPolicy: Policy has invalid resource"
                yield Finding("policy", pattern, f"the bucket itself, {name}", f"{statement.index} {pattern}", answer)


def _bucket_name(resource: Resource) -> str | None:
    bucket = resource if resource.kind == "s3/bucket" else target(resource, "bucket", "s3/bucket")
    name = bucket.get("bucket") if bucket is not None else resource.get("bucket")
    return name if isinstance(name, str) else None


def _applies(statement: Statement) -> Answers:
    tails = [pattern.rpartition(":::")[2] for pattern in statement.resources if pattern.startswith("arn:")]
    if not tails or len(tails) != len(statement.resources):
        return
    on_objects = any("/" in tail or "*" in tail for tail in tails)
    on_bucket = any("/" not in tail for tail in tails)
    for action in statement.actions:
        if action != "*" and not action.lower().startswith("s3:"):
            answer = "MalformedPolicy: Policy has invalid action"
            yield Finding("policy", action, "an action of S3", f"{statement.index} {action}", answer)
            continue
        objects = any(glob(action).fullmatch(known) for known in _OBJECT)
        bucket = any(glob(action).fullmatch(known) for known in _BUCKET)
        if objects != bucket and not (on_objects if objects else on_bucket):
            what = "objects (the bucket's ARN followed by /*)" if objects else "the bucket (its ARN without /*)"
            yield Finding(
                "policy", f"{action} on {', '.join(tails)}", f"{what} among its resources", f"{statement.index} {action}"
            )


_LISTS: Final = (
    ("queues", "queueArn", ("sqs/queue",)),
    ("topics", "topicArn", ("sns/topic",)),
    ("lambdaFunctions", "lambdaFunctionArn", ("lambda/function", "lambda/alias")),
)


_POLICIES: Final = {
    "sqs/queue": ("sqs:SendMessage", "sqs/queuePolicy", "queueUrl"),
    "sns/topic": ("sns:Publish", "sns/topicPolicy", "arn"),
}
"""Kind of a receiver -> the action that S3 needs, the kind of its policy, and the property of that which names it."""

_OTHER_REGION: Final = (
    "InvalidArgument: The notification destination service region is not valid for the bucket location constraint"
)


@rules.rule("s3-notification-allowed", "F246", "s3/bucketNotification")
def _notification(notification: Resource) -> Answers:
    """What a bucket notifies lets S3 in, before the notification is configured, and is of the bucket's region.

    Allow s3.amazonaws.com in the queue or topic policy, or by lambda.Permission, and dependsOn it; take no FIFO queue.
    """
    for name, prop, kinds in _LISTS:
        receivers = targets(notification, f"{name}[].{prop}", *kinds)
        if not receivers and any_unknown(notification, f"{name}[].{prop}"):
            yield NOT_JUDGED
        for receiver in receivers:
            called = receiver.name
            if switch(receiver.get("fifoQueue")) or switch(receiver.get("fifoTopic")):
                yield Finding(name, called, "a standard queue or topic: S3 does not notify FIFO ones", f"{called} fifo")
            here, there = region_of(notification), region_of(receiver)
            if here and there and here != there:
                yield Finding(name, f"{called} in {there}", f"one in {here}", f"{called} region", _OTHER_REGION)
            yield from _allowed(notification, name, receiver)


def _allowed(notification: Resource, path: str, receiver: Resource) -> Answers:
    grants = [(owner, allows) for owner, allows in _grants(receiver) if allows is not False]
    if not grants:
        yield Finding(path, receiver.name, "a receiver that lets s3.amazonaws.com in", receiver.name)
    elif all(allows is None for _, allows in grants):
        yield NOT_JUDGED
    elif not any(owner is receiver or notification.after(owner) for owner, _ in grants):
        yield Finding(path, receiver.name, f"dependsOn {grants[0][0].name}, which lets S3 in", f"{receiver.name} order")


def _grants(receiver: Resource) -> list[tuple[Resource, bool | None]]:
    """What may let S3 send to a receiver, and whether it does; None where the plan does not say."""
    if receiver.kind not in _POLICIES:
        principals = ("s3.amazonaws.com", "*")
        permissions = referrers(receiver, "lambda/permission", "function")
        return [(each, True) for each in permissions if each.get("principal") is UNKNOWN or each.get("principal") in principals]
    action, kind, names = _POLICIES[receiver.kind]
    found = documents(receiver, "policy", (kind, names, "policy"))
    return [(owner, permits(document, "s3.amazonaws.com", action)) for owner, _, document in found]


@rules.rule("s3-notification-overlap", "F247", "s3/bucketNotification")
def _overlap(notification: Resource) -> Answers:
    """Notifications of a bucket share no event with overlapping prefix and suffix.

    Send the event once (to a topic or EventBridge that fans out), or make prefixes and suffixes disjoint.
    """
    found = [pair for name, _, _ in _LISTS for pair in blocks(notification, f"{name}[]")]
    for (where, one), (there, other) in itertools.combinations(found, 2):
        for event in _common(one, other)[:1]:
            yield Finding(there, event, f"an event that {where} does not have, too", f"{where} {there}")


def _common(one: Block, other: Block) -> list[str]:
    """The events of `one` that meet one of `other`, where the same object can have both prefixes and both suffixes."""
    before, other_before = text_of(one.get("filterPrefix")), text_of(other.get("filterPrefix"))
    after, other_after = text_of(one.get("filterSuffix")), text_of(other.get("filterSuffix"))
    begins = before.startswith(other_before) or other_before.startswith(before)
    ends = after.endswith(other_after) or other_after.endswith(after)
    return [event for event in _events(one) for mine in _events(other) if _meet(event, mine)] if begins and ends else []


def _events(block: Block) -> list[str]:
    return [text_of(event) for event in as_list(block.get("events"))]


def _meet(one: str, other: str) -> bool:
    return glob(one).fullmatch(other) is not None or glob(other).fullmatch(one) is not None
