"""S3 buckets: versioning, locks, encryption, access lists, sites, logs and who owns each setting."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items
from policies.feasibility.engine.faults import is_one, like, unsaid, where_all
from policies.feasibility.engine.joins import each_matches
from policies.feasibility.engine.relations import readable, region_of
from policies.feasibility.engine.shapes import blocks, given, of, only_one
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of, key_region
from policies.kit.facts import PUBLIC_ACLS
from policies.kit.references import by_value, referrers, target, together
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, switch

rules: Final = Rules("feasibility", failures())

_OWNED: Final = {
    "s3/bucketReplicationConfig": "replicationConfiguration",
    "s3/bucketPolicy": "policy",
    "s3/bucketPublicAccessBlock": "",
    "s3/bucketVersioning": "versioning",
    "s3/bucketServerSideEncryptionConfiguration": "serverSideEncryptionConfiguration",
    "s3/bucketLifecycleConfiguration": "lifecycleRules",
    "s3/bucketLogging": "logging",
    "s3/bucketNotification": "",
    "s3/bucketCorsConfiguration": "corsRules",
    "s3/bucketWebsiteConfiguration": "website",
    "s3/bucketOwnershipControls": "",
    "s3/bucketAcl": "acl",
    "s3/bucketObjectLockConfiguration": "objectLockConfiguration",
    "s3/bucketAccelerateConfiguration": "accelerationStatus",
    "s3/bucketRequestPaymentConfiguration": "requestPayer",
}


def bucket_of(resource: Resource) -> Resource | None:
    """The bucket of this stack that a resource is about, which may be itself."""
    return resource if resource.kind == "s3/bucket" else target(resource, "bucket", "s3/bucket")


def versioning_of(bucket: Resource) -> bool:
    """Whether a bucket of this stack has versioning enabled, by its own property or a resource.

    Raises:
        UnknownValueError: if the status is unknown.
    """
    inline = bucket.get("versioning")
    owners = referrers(bucket, "s3/bucketVersioning", "bucket")
    if inline is UNKNOWN:
        raise UnknownValueError
    return any(text_of(owner.get("versioningConfiguration.status")) == "Enabled" for owner in owners) or switch(
        bucket.get("versioning.enabled")
    )


def _one_owner(owner: Resource) -> Answers:
    """Nothing else declares what this one declares of the bucket: not one with a lesser name, nor the bucket itself."""
    inline, bucket = _OWNED[owner.kind], target(owner, "bucket", "s3/bucket")
    if bucket is not None:
        shown, others = bucket.name, referrers(bucket, owner.kind, "bucket")
    else:
        shown = owner.get("bucket")
        named = by_value(owner.graph, owner.kind, "bucket").get(shown, ())
        others = (other for other in named if region_of(other) == region_of(owner))
    for other, names in together(other for other in others if other.name < owner.name):
        yield Finding("bucket", shown, f"a bucket without another {owner.kind} ({names})", detail=other.name)
    if bucket is not None and inline not in ("", "acl", *bucket.ignore_changes) and given(bucket.get(inline)):
        yield Finding("bucket", bucket.name, f"a bucket without {inline} of its own", detail=inline)


rules.named("s3-setting-one-owner", "F241", " ".join(kind for kind in _OWNED if kind != "s3/bucketReplicationConfig")).add(
    _one_owner,
    description="Each setting of a bucket is declared once.",
    remediation="Keep one of the declarations: S3 holds one of each per bucket, and the last one written wins.",
)
rules.named("s3-replication-one-owner", "F048", "s3/bucketReplicationConfig").add(
    _one_owner,
    description="The replication of a bucket is declared once.",
    remediation="Put all rules of a bucket into one BucketReplicationConfig.",
)


@rules.rule("s3-acl-needs-ownership", "F243", "s3/bucketAcl s3/bucket")
def _acl(acl: Resource) -> Answers:
    """A bucket with an access list has object ownership that allows one, set before.

    Declare BucketOwnershipControls with BucketOwnerPreferred and dependsOn it; or drop the access list for a policy.
    """
    if acl.kind == "s3/bucket":
        if text_of(acl.get("acl")) not in ("", "private", "bucket-owner-full-control", "bucket-owner-read"):
            answer = (
                "InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs set with ObjectOwnership's "
                "BucketOwnerEnforced setting"
            )
            yield Finding("acl", acl.get("acl"), "nothing: a new bucket has no access lists", answer=answer)
        elif given(acl.get("grants")):
            yield Finding("grants", "set", "nothing: a new bucket has no access lists", detail="grants")
        return
    bucket = target(acl, "bucket", "s3/bucket")
    if bucket is None:
        return
    controls = referrers(bucket, "s3/bucketOwnershipControls", "bucket")
    if not controls:
        yield Finding("acl", acl.get("acl"), f"BucketOwnershipControls of bucket {bucket.name} that allow access lists")
    for control in controls:
        if text_of(control.get("rule.objectOwnership")) == "BucketOwnerEnforced":
            yield Finding("acl", acl.get("acl"), f"objectOwnership of {control.name} other than BucketOwnerEnforced")
        elif not acl.after(control):
            yield Finding("acl", acl.get("acl"), f"dependsOn {control.name}, which allows access lists", detail="order")


def _let_through(resource: Resource, path: str, switch_name: str, answer: str) -> Answers:
    """The public access block of its bucket has the switch off, before `resource` is created: new buckets have it on."""
    bucket = target(resource, "bucket", "s3/bucket")
    shields = referrers(bucket, "s3/bucketPublicAccessBlock", "bucket") if bucket is not None else []
    if bucket is not None and not shields:
        expected = f"a BucketPublicAccessBlock of {bucket.name} with {switch_name}: false (new buckets block it)"
        yield Finding(path, "public", expected, detail=switch_name, answer=answer)
    for shield in shields:
        if switch(shield.get(switch_name)):
            yield Finding(path, "public", f"{switch_name}: false on {shield.name}", detail=switch_name, answer=answer)
        elif not resource.after(shield):
            yield Finding(path, "public", f"dependsOn {shield.name}, which lets it through", detail=switch_name, answer=answer)


@rules.rule("s3-public-acl-blocked", "F244", "s3/bucketAcl")
def _public_acl(acl: Resource) -> Answers:
    """A public access list is on a bucket whose public access block lets it through, set before.

    Set blockPublicAcls: false on the bucket's BucketPublicAccessBlock and dependsOn it; better, serve it by CloudFront.
    """
    if text_of(acl.get("acl")) in PUBLIC_ACLS:
        answer = "AccessDenied: public access lists are prevented by the BlockPublicAcls setting in S3 Block Public Access"
        yield from _let_through(acl, "acl", "blockPublicAcls", answer)


_NO_PUBLIC_POLICY: Final = (
    "AccessDenied: User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the "
    "BlockPublicPolicy setting in S3 Block Public Access"
)


@rules.rule("s3-public-policy-blocked", "F054", "s3/bucketPolicy")
def _public_policy(policy: Resource) -> Answers:
    """A public bucket policy comes after a public access block that lets it through.

    dependsOn the BucketPublicAccessBlock with blockPublicPolicy: false; or name principals instead of everybody.
    """
    for statement in readable(policy.get("policy")):
        if statement.allow and not statement.bound_to_caller and any(each.everyone for each in statement.principals):
            yield from _let_through(policy, "policy", "blockPublicPolicy", _NO_PUBLIC_POLICY)
            return


_LOCKED: Final = (
    "InvalidBucketState: An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
)


@rules.rule("s3-object-lock-needs-versioning", "F248", "s3/bucketObjectLockConfiguration s3/bucketVersioning s3/bucket")
def _lock(resource: Resource) -> Answers:
    """A bucket with object lock has versioning, and stays so; its default retention has a mode and one period.

    Enable versioning before object lock; set mode and one of days and years.
    """
    if resource.kind == "s3/bucketVersioning":
        bucket, found = bucket_of(resource), resource.get("versioningConfiguration.status")
        if bucket is not None and switch(bucket.get("objectLockEnabled")) and text_of(found) != "Enabled":
            expected = "Enabled: the bucket has object lock"
            yield Finding("versioningConfiguration.status", found, expected, answer=_LOCKED)
        return
    path = "objectLockConfiguration.rule.defaultRetention" if resource.kind == "s3/bucket" else "rule.defaultRetention"
    for where, retention in blocks(resource, path):
        periods = [name for name in ("days", "years") if given(retention.get(name)) and retention.get(name) != 0]
        if len(periods) != 1 or not given(retention.get("mode")):
            answer = "MalformedXML: default retention needs a mode and either days or years"
            yield Finding(where, " and ".join(periods) or "no period", "a mode, and days or years", "period", answer)
    bucket = bucket_of(resource)
    if bucket not in (None, resource) and not switch(bucket.get("objectLockEnabled")) and not versioning_of(bucket):
        yield Finding("bucket", bucket.name, "a bucket with versioning enabled")


_NO_KEY: Final = (
    "InvalidArgument: a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
)


@rules.rule("s3-encryption-key", "F249", "s3/bucketServerSideEncryptionConfiguration s3/bucket")
def _encryption(resource: Resource) -> Answers:
    """Default encryption names a key only with aws:kms, and one of the bucket's own region.

    Set sseAlgorithm: aws:kms beside kmsMasterKeyId, with a key of the bucket's region.
    """
    path = "rules[].applyServerSideEncryptionByDefault"
    if resource.kind == "s3/bucket":
        path = "serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault"
    for where, default in blocks(resource, path):
        algorithm, key, here = default.get("sseAlgorithm"), default.get("kmsMasterKeyId"), region_of(resource)
        if algorithm is UNKNOWN:
            yield NOT_JUDGED
        elif algorithm == "AES256" and given(key):
            yield Finding(f"{where}.kmsMasterKeyId", key, "nothing with AES256", "algorithm", _NO_KEY)
        elif isinstance(key, str) and here and key_region(key) not in (None, here):
            answer = "No error: every upload fails with KMS.NotFoundException (Invalid arn)"
            yield Finding(f"{where}.kmsMasterKeyId", key, f"a key of {here}", "region", answer)
        elif key is UNKNOWN and not resource.sources(path):
            yield NOT_JUDGED


rules.named("s3-cors-methods", "F250", "s3/bucketCorsConfiguration s3/bucket").add(
    all_of(
        each_matches(
            "corsRules[].allowedMethods[]",
            "GET|PUT|POST|DELETE|HEAD",
            "GET or PUT or POST or DELETE or HEAD",
            answer="InvalidRequest: Found unsupported HTTP method in CORS config. Unsupported method is {value}",
        ),
        each_matches(
            "corsRules[].allowedOrigins[]",
            r"[^*]*\*?[^*]*",
            "at most one *",
            answer='InvalidRequest: AllowedOrigin "{value}" can not have more than one wildcard.',
        ),
    ),
    description="CORS rules name methods that S3 knows, and at most one wildcard in an origin.",
    remediation="Use GET, PUT, POST, DELETE and HEAD: S3 answers OPTIONS by itself.",
)
rules.named("s3-cors-rules", "F250", "s3/bucketCorsConfiguration s3/bucket").add(
    of(at_most_items("corsRules", 100, "CORS rules")),
    description="A bucket has at most 100 CORS rules.",
    remediation="Merge rules.",
)


rules.named("s3-website-form", "F251", "s3/bucketWebsiteConfiguration").add(
    of(
        only_one("indexDocument redirectAllRequestsTo"),
        only_one("errorDocument redirectAllRequestsTo"),
        only_one("routingRules redirectAllRequestsTo"),
        only_one("routingRules routingRuleDetails"),
        where_all(unsaid("redirectAllRequestsTo"), is_one("indexDocument.suffix", None))
        .wrong("a document, or redirectAllRequestsTo", "missing", about="indexDocument")
        .says("InvalidArgument: A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"),
        where_all(like("indexDocument.suffix", ".*/.*"))
        .wrong("a name without /", "suffix")
        .says("InvalidArgument: The IndexDocument Suffix is not well formed"),
    ),
    description="A site redirects everything, or has an index document without a slash.",
    remediation="Remove the documents beside redirectAllRequestsTo; set indexDocument.suffix to a file name.",
)


@rules.rule("s3-acceleration-name", "F251", "s3/bucketAccelerateConfiguration")
def _acceleration(acceleration: Resource) -> Answers:
    """A bucket with transfer acceleration has a name without dots.

    Use hyphens in the bucket's name.
    """
    bucket = target(acceleration, "bucket", "s3/bucket")
    name = bucket.get("bucket") if bucket is not None else acceleration.get("bucket")
    if name is not None and "." in name:
        answer = "InvalidRequest: S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
        yield Finding("bucket", name, "a name without dots", answer=answer)


@rules.rule("s3-logging-target", "F252", "s3/bucketLogging s3/bucket")
def _logging(resource: Resource) -> Answers:
    """Access logs go to another bucket of the same region.

    Log to a bucket of its own in the region of the source.
    """
    path = "logging.targetBucket" if resource.kind == "s3/bucket" else "targetBucket"
    if not given(resource.get(path)):
        return
    log, source, here = target(resource, path, "s3/bucket"), bucket_of(resource), region_of(resource)
    if log is None and source is not None and resource.get(path) == source.get("bucket"):
        log = source
    if log is not None and log is source:
        yield Finding(path, log.name, "another bucket", "loop", "No error: the bucket logs its own log files, without end")
    elif log is not None and region_of(log) and here and region_of(log) != here:
        answer = "CrossLocationLoggingProhibitted: Cross S3 location logging not allowed"
        yield Finding(path, f"{log.name} in {region_of(log)}", f"a bucket in {here}", "region", answer)


@rules.rule("s3-logging-target-encryption", "F299", "s3/bucketLogging")
def _logging_encryption(logging: Resource) -> Answers:
    """Access logs go to a bucket that is encrypted with keys of S3.

    Encrypt the log bucket with AES256.
    """
    log = target(logging, "targetBucket", "s3/bucket")
    if log is None:
        return
    for encryption in referrers(log, "s3/bucketServerSideEncryptionConfiguration", "bucket"):
        for _, algorithm in encryption.each("rules[].applyServerSideEncryptionByDefault.sseAlgorithm"):
            if algorithm is UNKNOWN:
                yield NOT_JUDGED
            elif isinstance(algorithm, str) and algorithm.startswith("aws:kms"):
                answer = "No error: access logs are not delivered to a bucket with SSE-KMS default encryption"
                yield Finding("targetBucket", f"{log.name} ({algorithm})", "a bucket with AES256", answer=answer)
