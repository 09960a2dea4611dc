"""Buckets keep what is overwritten or deleted, tidy up after themselves, reach another region, and tell of what arrives."""

from collections.abc import Mapping, Sequence
from typing import Final

from policies.kit.checks import named_by, one_of, unless_one
from policies.kit.references import referrers, takes_service_logs, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, certain, read, switch

rules: Final = Rules("resilience")

_VERSIONING: Final = "s3/bucketVersioning"
_LIFECYCLE: Final = "s3/bucketLifecycleConfiguration"
_REPLICATION: Final = "s3/bucketReplicationConfig"
_NOTIFICATION: Final = "s3/bucketNotification"
_ENCRYPTION: Final = "s3/bucketServerSideEncryptionConfiguration"
_DESTINATIONS: Final = (
    (_REPLICATION, "rules[].destination.bucket"),
    ("s3/bucket", "replicationConfiguration.rules[].destination.bucket"),
)


def _of(bucket: Resource, kind: str) -> Sequence[Resource]:
    return referrers(bucket, kind, "bucket")


def _is_copy(bucket: Resource) -> bool:
    """Whether another bucket is replicated into this one."""
    return any(other is not bucket for link in _DESTINATIONS for other in referrers(bucket, *link))


@rules.rule("s3-versioning", "C050", "s3/bucket", needs_stack=True)
def _versioning(bucket: Resource) -> Answers:
    """Buckets have versioning: what is overwritten or deleted can be brought back.

    Add a BucketVersioning with versioningConfiguration: {status: Enabled}.
    """
    locked = certain(bucket.get("objectLockEnabled"), True) or bucket.get("objectLockConfiguration") is not None
    # A BucketVersioning is judged itself; object lock turns versioning on.
    if not _of(bucket, _VERSIONING) and not locked and not any(map(switch, _inline_versioning(bucket))):
        yield from named_by("a BucketVersioning, Enabled", (_VERSIONING, "bucket"), path="versioning")(bucket)


def _inline_versioning(bucket: Resource) -> list[Value]:
    """What a bucket says itself; BucketV2 calls it `versionings`."""
    return [bucket.get(path) for path in ("versioning.enabled", "versionings.enabled")]


rules.named("s3-versioning-enabled", "C050", _VERSIONING).add(
    one_of("versioningConfiguration.status", ("Enabled",)),
    description="Versioning of buckets is enabled, not suspended.",
    remediation="Set versioningConfiguration: {status: Enabled}.",
    remediation_values={"versioningConfiguration.status": "Enabled"},
)


def _is_versioned(bucket: Resource) -> bool:
    """Whether the stack says that the bucket has versions."""
    return any(certain(value, True) for value in _inline_versioning(bucket)) or any(
        certain(other.get("versioningConfiguration.status"), "Enabled") for other in _of(bucket, _VERSIONING)
    )


@rules.rule("s3-lifecycle", "C052", f"s3/bucket {_LIFECYCLE}", needs_stack=True)
def _lifecycle(resource: Resource) -> Answers:
    """Buckets have lifecycle rules: they end unfinished uploads and, where there are versions, replaced ones.

    Add a BucketLifecycleConfiguration whose rules set abortIncompleteMultipartUpload and noncurrentVersionExpiration.
    """
    if resource.kind == _LIFECYCLE:
        buckets = targets(resource, "bucket", "s3/bucket")
        yield from _lifecycle_rules(resource, "rules", versioned=any(_is_versioned(bucket) for bucket in buckets))
    elif resource.get("lifecycleRules") is not None:
        yield from _lifecycle_rules(resource, "lifecycleRules", versioned=_is_versioned(resource))
    else:
        yield from named_by("a BucketLifecycleConfiguration", (_LIFECYCLE, "bucket"))(resource)


def _lifecycle_rules(holder: Resource, prop: str, *, versioned: bool) -> Answers:
    rules_ = [rule for rule in as_list(holder.get(prop)) if rule is UNKNOWN or isinstance(rule, Mapping)]
    on = [rule for rule in rules_ if rule is UNKNOWN or _status(rule) is not False]
    if not on:
        yield Finding(prop, holder.get(prop), "a rule that is enabled", detail="enabled")
        return
    needs = [("abort", "end unfinished uploads in the whole bucket", _ends_uploads)]
    if versioned:
        needs.append(("noncurrent", "end noncurrent versions", _ends_versions))
    for detail, expected, does in needs:
        if any(rule is not UNKNOWN and _status(rule) and does(rule) for rule in on):
            continue
        if any(rule is UNKNOWN or (_status(rule) is None and does(rule)) for rule in on):
            yield NOT_JUDGED
        else:
            yield Finding(prop, holder.get(prop), f"a rule to {expected}", detail=detail)


def _status(rule: Mapping[str, Value]) -> bool | None:
    """Whether a rule is on; None if that is unknown."""
    value = rule.get("status", rule.get("enabled"))
    return None if value is UNKNOWN else certain(value, "Enabled", True)


def _ends_uploads(rule: Mapping[str, Value]) -> bool:
    days = (read(rule, "abortIncompleteMultipartUpload.daysAfterInitiation"), rule.get("abortIncompleteMultipartUploadDays"))
    return any(value is UNKNOWN or value for value in days) and _is_of_whole_bucket(rule)


def _ends_versions(rule: Mapping[str, Value]) -> bool:
    return rule.get("noncurrentVersionExpiration", rule.get("noncurrentVersionExpirations")) is not None


def _is_of_whole_bucket(rule: Mapping[str, Value]) -> bool:
    limits = [read(rule, f"filter.{name}") for name in ("and", "tag", "prefix", "objectSizeGreaterThan", "objectSizeLessThan")]
    return not any(limit for limit in (*limits, rule.get("prefix"), rule.get("tags")))


@rules.rule("s3-replication", "C053", f"s3/bucket {_REPLICATION}", needs_stack=True)
def _replication(resource: Resource) -> Answers:
    """Buckets are replicated to another region, under a KMS key if they have one; copies and logs are not.

    Add a BucketReplicationConfig with an enabled rule to a bucket of another region, with sseKmsEncryptedObjects and
    encryptionConfiguration.replicaKmsKeyId for objects under a KMS key.
    """
    if resource.kind == _REPLICATION:
        sources = targets(resource, "bucket", "s3/bucket")
        yield from _replication_rules(resource, "rules", sources)
    elif resource.get("replicationConfiguration") is not None:
        yield from _replication_rules(resource, "replicationConfiguration.rules", [resource])
    elif resource.get("replicationConfigurations") is not None:  # BucketV2, whose rules have other names below
        yield from _replication_rules(resource, "replicationConfigurations.rules", [])
    elif not takes_service_logs(resource) and not _is_copy(resource):
        yield from named_by("a BucketReplicationConfig to another region", (_REPLICATION, "bucket"))(resource)


def _replication_rules(holder: Resource, prop: str, sources: list[Resource]) -> Answers:
    statuses = [status for _, status in holder.each(f"{prop}[].status")]
    if not any(certain(status, "Enabled") for status in statuses):
        yield from unless_one(statuses, (), Finding(prop, holder.get(prop), "a rule that is Enabled", detail="enabled"))
        return
    copies = [copy for copy in targets(holder, f"{prop}[].destination.bucket", "s3/bucket") if copy not in sources]
    homes = {resource.region for resource in (holder, *sources)} - {None}
    if copies and homes and {copy.region for copy in copies} <= homes:
        yield Finding(f"{prop}.destination.bucket", copies[0].region, "a bucket of another region", detail="region")
    if any(_uses_kms(source) for source in sources):
        yield from _kms_answers(holder, prop)


def _uses_kms(bucket: Resource) -> bool:
    """Whether the stack says that new objects are encrypted under a KMS key."""
    path = "applyServerSideEncryptionByDefault.sseAlgorithm"
    algorithms = [value for _, value in bucket.each(f"serverSideEncryptionConfiguration.rule.{path}")]
    algorithms += [value for other in _of(bucket, _ENCRYPTION) for _, value in other.each(f"rules[].{path}")]
    return any(isinstance(value, str) and value.startswith("aws:kms") for value in algorithms)


def _kms_answers(holder: Resource, prop: str) -> Answers:
    for where, rule in holder.each(f"{prop}[]"):
        if rule.get("status") is UNKNOWN:
            yield NOT_JUDGED
        elif certain(rule.get("status"), "Enabled"):
            criteria = "sourceSelectionCriteria.sseKmsEncryptedObjects"
            chosen = read(rule, f"{criteria}.status" if holder.kind == _REPLICATION else f"{criteria}.enabled")
            keys = [
                read(rule, f"destination.{path}") for path in ("encryptionConfiguration.replicaKmsKeyId", "replicaKmsKeyId")
            ]
            if chosen is UNKNOWN:
                yield NOT_JUDGED
            elif not certain(chosen, "Enabled", True):
                expected = "Enabled: S3 leaves out objects under a KMS key otherwise"
                yield Finding(f"{where}.{criteria}", chosen, expected, detail=f"objects:{rule.get('id') or ''}")
            if not any(key is UNKNOWN or key for key in keys):
                expected = "replicaKmsKeyId: a KMS key of the other region"
                yield Finding(f"{where}.destination", None, expected, detail=f"key:{rule.get('id') or ''}")


@rules.rule("s3-notification", "C057", f"s3/bucket {_NOTIFICATION}", needs_stack=True)
def _notification(resource: Resource) -> Answers:
    """Buckets tell of objects that arrive; copies and logs need not.

    Add a BucketNotification with eventbridge: true, or with lambdaFunctions, queues or topics.
    """
    if resource.kind == "s3/bucket":
        if not takes_service_logs(resource) and not _is_copy(resource):
            yield from named_by("a BucketNotification", (_NOTIFICATION, "bucket"))(resource)
        return
    receivers = [resource.get(name) for name in ("lambdaFunctions", "queues", "topics")]
    told = (resource.get("eventbridge"), *(value if value is UNKNOWN else bool(value) for value in receivers))
    silent = Finding("eventbridge", resource.get("eventbridge"), "true, or lambdaFunctions, queues or topics")
    yield from unless_one(told, (True,), silent)
