"""Policies of buckets, queues and topics deny requests that come without TLS."""

from collections.abc import Callable, Sequence
from typing import Final

from policies.kit.checks import is_not
from policies.kit.document import Statement, glob, readable
from policies.kit.references import may_reference, referrers, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("encryption")

Covers = Callable[[Sequence[Statement], Resource], bool]


def _denies_plain(statement: Statement, action: str) -> bool:
    """Whether it denies `action` to everyone on requests without TLS, and does not ask anything else of the request."""
    conditions = [c for c in statement.conditions if not (c.operator == "null" and c.key == "aws:securetransport")]
    return (
        not statement.allow
        and statement.about_everyone
        and any(glob(pattern).fullmatch(action) for pattern in statement.actions)
        and len(conditions) == 1
        and conditions[0].operator == "bool"
        and conditions[0].key == "aws:securetransport"
        and all(str(value).lower() == "false" for value in conditions[0].values)
    )


def _tls_only(kind: str, policy_kind: str, reference: str, action: str, covers: Covers) -> Callable[[Resource], Answers]:
    """The check on a thing with the policies that name it, and on a policy whose thing is elsewhere."""

    def check(resource: Resource) -> Answers:
        holders = [resource]
        if resource.kind == policy_kind:
            if targets(resource, reference, kind):
                return  # judged with what it is attached to
        else:
            holders += referrers(resource, policy_kind, reference)
        documents = [holder.get("policy") for holder in holders if holder.get("policy") is not None]
        unknown = resource.kind == kind and not documents and may_reference(resource, (policy_kind, reference))
        denying: list[Statement] = []
        for found in map(readable, documents):
            unknown = unknown or found is None
            denying += [statement for statement in found or () if _denies_plain(statement, action)]
        if denying and covers(denying, resource):
            return
        expected = f'a statement that denies {action} to * when aws:SecureTransport is "false"'
        yield NOT_JUDGED if unknown else Finding("policy", "no such statement" if documents else None, expected)

    return check


def _anything(_: Sequence[Statement], __: Resource) -> bool:
    return True


def _bucket_and_objects(denying: Sequence[Statement], holder: Resource) -> bool:
    """Whether they are about the bucket and all its objects; about which bucket, only where its name is known."""
    patterns = [pattern.rpartition(":")[2] for statement in denying for pattern in statement.resources]
    named = holder.get("bucket")
    names = [named.rpartition(":")[2]] if isinstance(named, str) else [pattern.partition("/")[0] for pattern in patterns]
    return any(
        all(any(glob(pattern).fullmatch(wanted) for pattern in patterns) for wanted in (name, f"{name}/an/object"))
        for name in names
    )


rules.named("s3-tls-only", "C047", "s3/bucket s3/bucketPolicy", needs_stack=True).add(
    _tls_only("s3/bucket", "s3/bucketPolicy", "bucket", "s3:*", _bucket_and_objects),
    description="Bucket policies deny requests without TLS, on the bucket and its objects.",
    remediation="Add a Deny on s3:* for the bucket and bucket/* when aws:SecureTransport is false.",
)
rules.named("sqs-tls-only", "C061", "sqs/queue sqs/queuePolicy", needs_stack=True).add(
    _tls_only("sqs/queue", "sqs/queuePolicy", "queueUrl", "sqs:*", _anything),
    description="Queue policies deny requests without TLS.",
    remediation="Add a Deny on sqs:* when aws:SecureTransport is false.",
)
_sns_policies: Final = _tls_only("sns/topic", "sns/topicPolicy", "arn", "sns:publish", _anything)


@rules.rule("sns-tls-only", "C066", "sns/topic sns/topicPolicy", needs_stack=True)
def _sns_tls_only(resource: Resource) -> Answers:
    """Topic policies deny publishing without TLS.

    Add a Deny on sns:Publish when aws:SecureTransport is false.
    """
    # SNS itself takes requests for an encrypted topic over TLS only, so such a topic needs no policy for that.
    key = resource.get("kmsMasterKeyId")
    encrypted = resource.kind == "sns/topic" and (key is UNKNOWN or key)
    if not encrypted or resource.get("policy") is not None or referrers(resource, "sns/topicPolicy", "arn"):
        yield from _sns_policies(resource)


rules.named("sns-no-plain-subscription", "C066", "sns/topicSubscription").add(
    is_not("protocol", "http", "https"),
    description="Subscriptions deliver over HTTPS, not HTTP.",
    remediation="Use the https protocol.",
)
