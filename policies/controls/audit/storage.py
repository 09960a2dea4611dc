"""Buckets tell who reads them, and those that hold the audit trail cannot be read by others, nor rewritten by anybody."""

import re
from collections.abc import Iterator
from typing import Final

from policies.controls.audit.events import TRAIL, recorded_buckets
from policies.kit.checks import unless_one
from policies.kit.document import Statement, readable
from policies.kit.references import referrers, sure_referrers, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, read

rules: Final = Rules("audit")

BUCKET: Final = "s3/bucket"
_LOGGING: Final = "s3/bucketLogging"
_POLICY: Final = "s3/bucketPolicy"


def _takes_access_logs(bucket: Resource) -> bool:
    """Whether other buckets of the stack deliver their access logs to it: its own would be logs about logs, for ever."""
    own = {id(configuration) for configuration in referrers(bucket, _LOGGING, "bucket")}
    senders = (
        *referrers(bucket, _LOGGING, "targetBucket"),
        *referrers(bucket, BUCKET, "logging.targetBucket"),
        *referrers(bucket, BUCKET, "loggings.targetBucket"),
    )
    return any(sender is not bucket and id(sender) not in own for sender in senders)


def _access_log(bucket: Resource) -> Answers:
    inline = next((prop for prop in ("logging", "loggings") if bucket.get(prop) is not None), None)
    holders = [(bucket, f"{inline}.targetBucket")] if inline and bucket.get(inline) != [] else []
    holders = holders or [(found, "targetBucket") for found in sure_referrers(bucket, (_LOGGING, "bucket"))]
    if not holders:
        yield Finding("logging", None, "access logs to another bucket")
    for holder, path in holders:
        target = holder.get(path)
        if bucket in targets(holder, path, BUCKET) or (target is not UNKNOWN and not target):
            yield Finding(path, target, "another bucket")


@rules.rule("s3-access-logged", "C051", BUCKET)
def _s3_access_logged(bucket: Resource) -> Answers:
    """Buckets log who reads and writes them: to another bucket, or as data events of a trail.

    Add a BucketLogging whose targetBucket is the log bucket of the region.
    """
    answers = list(_access_log(bucket))
    if answers and not _takes_access_logs(bucket) and not recorded_buckets(bucket.graph).holds(bucket):
        yield from answers


@rules.rule("s3-access-log-elsewhere", "C051", _LOGGING)
def _s3_access_log_elsewhere(configuration: Resource) -> Answers:
    """Access logs go to another bucket than the one they are about.

    Set targetBucket to the log bucket of the region.
    """
    bucket, target = configuration.get("bucket"), configuration.get("targetBucket")
    if bucket is UNKNOWN or target is UNKNOWN:
        # Where both come from resources of the stack the rule on the bucket says it.
        if not configuration.sources("bucket") or not configuration.sources("targetBucket"):
            yield NOT_JUDGED
    elif bucket == target:
        yield Finding("targetBucket", target, "another bucket")


_CLOUDTRAIL: Final = r"(?i)cloud[-_. ]?trail"
_AUDIT: Final = rf"(?i)audit|{_CLOUDTRAIL[4:]}|(^|[^a-z])trail([^a-z]|$|logs?|bucket)"
_PURPOSE_TAGS: Final = ("name", "purpose", "role", "function", "usage", "content")


def _called(bucket: Resource, pattern: str) -> bool:
    """Whether its name or a tag about its purpose says so."""
    tags: Value = bucket.get("tags")
    told = [value for key, value in tags.items() if key.lower() in _PURPOSE_TAGS] if isinstance(tags, dict) else []
    texts = (bucket.name, bucket.get("bucket"), bucket.get("bucketPrefix"), *told)
    return any(re.search(pattern, text) for text in texts if isinstance(text, str))


def _policies(bucket: Resource) -> Iterator[Statement | None]:
    """The statements of its policies; None for a policy that is known only after deployment, or that is none."""
    for document in (
        *([] if bucket.get("policy") is None else [bucket.get("policy")]),
        *(policy.get("policy") for policy in referrers(bucket, _POLICY, "bucket")),
    ):
        found = readable(document)
        yield from (None,) if found is None else found


def _takes_trail(bucket: Resource) -> bool:
    """Whether a trail of the stack delivers to it, or its policy lets CloudTrail write."""
    return bool(referrers(bucket, TRAIL, "s3BucketName")) or any(
        principal.value == "cloudtrail.amazonaws.com"
        for statement in _policies(bucket)
        if statement is not None and statement.allow
        for principal in statement.principals
        if principal.type == "Service" and principal.value is not UNKNOWN
    )


def _holds_trail(bucket: Resource) -> bool:
    return _takes_trail(bucket) or (_called(bucket, _CLOUDTRAIL) and not _takes_access_logs(bucket))


def _retention(holder: Resource, path: str) -> Value:
    lock = {"rule": holder.get(f"{path}rule") or holder.get(f"{path}rules")}
    default = read(lock, "rule.defaultRetention") or read(lock, "rule.defaultRetentions")
    return read({"default": default}, "default.days") or read({"default": default}, "default.years")


@rules.rule("audit-bucket-object-lock", "C054", BUCKET)
def _object_lock(bucket: Resource) -> Answers:
    """Buckets with CloudTrail or audit logs keep each object unchanged for a time (Object Lock with a retention).

    Set objectLockEnabled: true and add a BucketObjectLockConfiguration with rule.defaultRetention.
    """
    inline = "objectLockConfiguration"
    if bucket.get(f"{inline}.objectLockEnabled") not in ("Enabled", None):
        yield Finding(f"{inline}.objectLockEnabled", bucket.get(f"{inline}.objectLockEnabled"), "Enabled")
        return
    # S3 delivers no access logs to a bucket with a default retention.
    if not _takes_trail(bucket) and (not _called(bucket, _AUDIT) or _takes_access_logs(bucket)):
        return
    locks = [(bucket, f"{inline}.")] if bucket.get(inline) is not None else []
    locks += [(found, "") for found in sure_referrers(bucket, ("s3/bucketObjectLockConfiguration", "bucket"))]
    if not locks:
        expected = "true, and a BucketObjectLockConfiguration with a default retention"
        yield Finding("objectLockEnabled", bucket.get("objectLockEnabled"), expected)
    elif not any(_retention(holder, path) for holder, path in locks):
        yield Finding(f"{inline}.rule.defaultRetention", None, "a mode with days or years")


_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_PUBLIC_ACL: Final = re.compile(r"public-.*|authenticated-read")
_EVERYONE: Final = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)


def _blocked(bucket: Resource) -> Answers:
    # Without one S3 blocks all: the default of new buckets since April 2023.
    for block in sure_referrers(bucket, ("s3/bucketPublicAccessBlock", "bucket")):
        for switch in _BLOCKS:
            yield from unless_one([block.get(switch)], (True,), Finding(switch, block.get(switch), "true", detail=switch))


def _private(bucket: Resource) -> Answers:
    yield from _blocked(bucket)
    acls = [(bucket, ""), *((acl, "accessControlPolicy.") for acl in referrers(bucket, "s3/bucketAcl", "bucket"))]
    for holder, path in acls:
        acl = holder.get("acl")
        if acl is UNKNOWN:
            yield NOT_JUDGED
        elif _PUBLIC_ACL.fullmatch(acl or ""):
            yield Finding("acl", acl, "private")
        for where, grant in holder.each(f"{path}grants[]"):
            if grant is not None and (grant.get("uri") or read(grant, "grantee.uri")) in _EVERYONE:
                yield Finding(where, "a grant to everyone", "named grantees", detail="grants")
    for statement in _policies(bucket):
        if statement is None:
            yield NOT_JUDGED
        elif statement.allow and statement.about_everyone and not statement.bound_to_caller:
            yield Finding("policy", "*", "named principals", detail="policy")


@rules.rule("trail-bucket-private", "C168", f"{BUCKET} {TRAIL}")
def _trail_bucket_private(resource: Resource) -> Answers:
    """Buckets that take CloudTrail logs are closed to the public.

    Set all four switches of its BucketPublicAccessBlock, and admit named principals only.
    """
    if resource.kind == TRAIL:
        yield from _bucket_elsewhere(resource)
    elif _holds_trail(resource):
        yield from _private(resource)


@rules.rule("trail-bucket-access-logged", "C168", f"{BUCKET} {TRAIL}")
def _trail_bucket_logged(resource: Resource) -> Answers:
    """Buckets that take CloudTrail logs log who reads them.

    Add a BucketLogging whose targetBucket is another bucket.
    """
    if resource.kind == TRAIL:
        yield from _bucket_elsewhere(resource)
    elif _holds_trail(resource):
        yield from _access_log(resource)


def _bucket_elsewhere(trail: Resource) -> Answers:
    """A bucket that the stack does not hold cannot be judged."""
    if not targets(trail, "s3BucketName", BUCKET):
        yield NOT_JUDGED
