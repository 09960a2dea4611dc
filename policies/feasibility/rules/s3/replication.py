"""S3 replication: order, rules and keys as S3 takes them."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import region_of
from policies.feasibility.engine.shapes import blocks, given
from policies.feasibility.rules.rds.families import text_of
from policies.feasibility.rules.s3.settings import bucket_of, versioning_of
from policies.kit.checks import key_region
from policies.kit.references import referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, read, switch

rules: Final = Rules("feasibility", failures())

_KINDS: Final = "s3/bucketReplicationConfig s3/bucket"
_PATHS: Final = {"s3/bucketReplicationConfig": "rules[]", "s3/bucket": "replicationConfiguration.rules[]"}
_SELECTION: Final = "sourceSelectionCriteria.sseKmsEncryptedObjects"


def _selects_encrypted(rule: Block) -> bool:
    return text_of(read(rule, f"{_SELECTION}.status")) == "Enabled" or switch(read(rule, f"{_SELECTION}.enabled"))


def _replica_key(rule: Block) -> Value:
    key = read(rule, "destination.encryptionConfiguration.replicaKmsKeyId")
    return read(rule, "destination.replicaKmsKeyId") if key is None else key


@rules.rule("s3-replication-after-versioning", "F043", "s3/bucketReplicationConfig")
def _after_versioning(config: Resource) -> Answers:
    """Replication is configured after versioning is enabled on source and destination.

    dependsOn the BucketVersioning (status Enabled) of both buckets.
    """
    source = target(config, "bucket", "s3/bucket")
    destinations = targets(config, "rules[].destination.bucket", "s3/bucket")
    for role, bucket in (("source", source), *(("destination", bucket) for bucket in destinations)):
        if bucket is None:
            continue
        if not versioning_of(bucket):
            answer = f"InvalidRequest: Versioning must be 'Enabled' on the bucket to apply a replication configuration ({role})"
            yield Finding("rules", f"{role} {bucket.name}", "a bucket with versioning enabled", bucket.name, answer)
        elif not switch(bucket.get("versioning.enabled")):
            for versioning in referrers(bucket, "s3/bucketVersioning", "bucket"):
                if not config.after(versioning):
                    expected = f"dependsOn {versioning.name}, the versioning of {bucket.name}"
                    yield Finding("rules", f"{role} {bucket.name}", expected, bucket.name)


@rules.rule("s3-replication-of-encrypted", "F044", _KINDS)
def _encrypted(resource: Resource) -> Answers:
    """A replication rule has a replica key exactly where it selects encrypted objects.

    Set sourceSelectionCriteria.sseKmsEncryptedObjects and destination.encryptionConfiguration.replicaKmsKeyId together.
    """
    for where, rule in blocks(resource, _PATHS[resource.kind]):
        name, key, selects = str(rule.get("id")), _replica_key(rule), _selects_encrypted(rule)
        if given(key) and not selects:
            yield Finding(f"{where}.{_SELECTION}", None, "Enabled, because there is a replica key", name)
        elif selects and not given(key):
            answer = "InvalidRequest: ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present"
            expected = "replicaKmsKeyId, because encrypted objects are selected"
            yield Finding(f"{where}.destination.encryptionConfiguration", None, expected, name, answer)


@rules.rule("s3-replication-selects-encrypted", "F045", "s3/bucketReplicationConfig")
def _selects(config: Resource) -> Answers:
    """Objects under customer managed keys are replicated: the rule selects them, with a key of the destination's region.

    Enable sseKmsEncryptedObjects, with a replicaKmsKeyId of the destination's region.
    """
    source = target(config, "bucket", "s3/bucket")
    encrypted = source is not None and _kms(source)
    places = {region_of(bucket) for bucket in targets(config, "rules[].destination.bucket", "s3/bucket")}
    for where, rule in blocks(config, "rules[]"):
        name, key = str(rule.get("id")), _replica_key(rule)
        if encrypted and not _selects_encrypted(rule) and not given(key):
            expected = "sseKmsEncryptedObjects Enabled: the source is encrypted with aws:kms"
            yield Finding(f"{where}.sourceSelectionCriteria", None, expected, name)
        elif isinstance(key, str) and key_region(key) and places and None not in places and key_region(key) not in places:
            expected = f"a key of {' or '.join(sorted(map(str, places)))}, where the destination is"
            yield Finding(f"{where}.destination.encryptionConfiguration", key, expected, name)


def _kms(bucket: Resource) -> bool:
    path = "applyServerSideEncryptionByDefault.sseAlgorithm"
    algorithms = [
        value
        for encryption in referrers(bucket, "s3/bucketServerSideEncryptionConfiguration", "bucket")
        for _, value in encryption.each(f"rules[].{path}")
    ]
    algorithms.append(bucket.get(f"serverSideEncryptionConfiguration.rule.{path}"))
    return any(text_of(algorithm).startswith("aws:kms") for algorithm in algorithms)


_OLD_FORM: Final = (
    "InvalidRequest: DeleteMarkerReplication cannot be used for this version of Cross Region Replication configuration schema"
)


@rules.rule("s3-replication-delete-markers", "F046", _KINDS)
def _markers(resource: Resource) -> Answers:
    """A replication rule with a filter says whether delete markers are replicated; one without a filter does not.

    Set deleteMarkerReplication.status beside filter; remove it from rules without filter.
    """
    name = "deleteMarkerReplication" if resource.kind == "s3/bucketReplicationConfig" else "deleteMarkerReplicationStatus"
    for where, rule in blocks(resource, _PATHS[resource.kind]):
        detail, filtered, status = str(rule.get("id")), rule.get("filter") is not None, rule.get(name)
        if filtered and not given(status) and resource.kind == "s3/bucketReplicationConfig":
            yield Finding(f"{where}.{name}", status, "status Enabled or Disabled, because the rule has a filter", detail)
        elif not filtered and given(status):
            yield Finding(f"{where}.{name}", status, "nothing in a rule without filter", detail, _OLD_FORM)
        tagged = given(read(rule, "filter.tag")) or given(read(rule, "filter.and.tags")) or given(read(rule, "filter.tags"))
        enabled = status if isinstance(status, str) else text_of(read(rule, f"{name}.status"))
        if tagged and enabled == "Enabled":
            answer = "InvalidRequest: Delete marker replication is not supported if any Tag filter is specified"
            yield Finding(f"{where}.{name}", "Enabled", "Disabled, because the filter has tags", f"{detail} tags", answer)


@rules.rule("s3-replication-priorities", "F047", _KINDS)
def _priorities(resource: Resource) -> Answers:
    """Of several replication rules, each has a filter and a priority of its own.

    Give every rule a filter (it may be empty) and a unique priority.
    """
    found = list(blocks(resource, _PATHS[resource.kind]))
    if len(found) < 2:
        return
    seen: dict[Value, str] = {}
    for where, rule in found:
        name, priority = str(rule.get("id")), rule.get("priority")
        if rule.get("filter") is None:
            yield Finding(f"{where}.filter", None, "a filter, because there are several rules", f"{name} filter")
        if priority is UNKNOWN:
            yield NOT_JUDGED
        elif priority in seen:
            expected = f"another priority than rule {seen[priority]} has"
            yield Finding(f"{where}.priority", priority, expected, f"{name} priority")
        else:
            seen[priority] = name


@rules.rule("s3-replication-rule-form", "F242", _KINDS)
def _form(resource: Resource) -> Answers:
    """Replication time has metrics and 15 minutes; a change of owner has an account; the destination is another bucket.

    Set replicationTime and metrics together, to 15 minutes; set destination.account with accessControlTranslation.
    """
    for where, rule in blocks(resource, _PATHS[resource.kind]):
        name, there = str(rule.get("id")), f"{where}.destination"
        timed, measured, moved = (
            given(read(rule, f"destination.{part}")) for part in ("replicationTime", "metrics", "accessControlTranslation")
        )
        if timed and not measured:
            answer = "InvalidRequest: Metrics must be enabled when ReplicationTime is enabled"
            yield Finding(f"{there}.metrics", None, "metrics beside replicationTime", f"{name} metrics", answer)
        if timed and rule.get("filter") is None:
            answer = "InvalidRequest: ReplicationTime cannot be used for this version of the replication configuration schema"
            yield Finding(f"{where}.filter", None, "a filter, because of replicationTime", f"{name} filter", answer)
        for path in ("replicationTime.time.minutes", "metrics.eventThreshold.minutes", "replicationTime.minutes"):
            minutes = read(rule, f"destination.{path}")
            if minutes is UNKNOWN:
                yield NOT_JUDGED
            elif minutes not in (None, 15):
                answer = "MalformedXML: the time of replication is 15 minutes"
                yield Finding(f"{there}.{path}", minutes, "15", f"{name} {path}", answer)
        if moved and not any(given(read(rule, f"destination.{part}")) for part in ("account", "accountId")):
            answer = "InvalidRequest: Account must be specified if AccessControlTranslation is present"
            yield Finding(f"{there}.account", None, "the destination's account", f"{name} account", answer)
    destinations = targets(resource, f"{_PATHS[resource.kind]}.destination.bucket", "s3/bucket")
    if destinations == [bucket_of(resource)]:
        answer = "InvalidRequest: Destination bucket cannot be the same as the source bucket"
        yield Finding("rules", destinations[0].name, "another destination than the source", "self", answer)
