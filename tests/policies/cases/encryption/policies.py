"""Cases of policies/controls/encryption/policies.py."""

import json
from typing import Any

from tests.policies.harness import KEY, UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

BUCKET, BUCKET_POLICY = "aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy"
TOPIC, TOPIC_POLICY = "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"
LAKE = ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]


def denial(action: str, resources: object) -> dict[str, Any]:
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    return {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resources, "Condition": plain}


def tls_policy(token: str, policy_token: str, prop: str, action: str, resources: object) -> Cases:
    """Cases of a rule that wants a Deny on requests without TLS in the policy resource of `token`."""
    deny = denial(action, resources)

    def text(document: object) -> str:
        return document if isinstance(document, str) else json.dumps({"Version": "2012-10-17", "Statement": document})

    def with_policy(document: object) -> list[Planned]:
        return [planned(token), planned(policy_token, "policy", **{prop: ref(token, "it")}, policy=text(document))]

    def elsewhere(document: object) -> list[Planned]:
        return [planned(policy_token, **{prop: "elsewhere"}, policy=text(document))]

    def named(name: str) -> list[Planned]:
        """A thing called `mine`, and the policy of one called `name`, named by its URL or ARN."""
        policy = planned(policy_token, "policy", **{prop: f"arn:of:{name}"}, policy=text([deny]))
        return [planned(token, name="mine"), policy]

    return Cases(
        token=token,
        fails=[
            {},
            with_policy([]),
            with_policy([{**deny, "Effect": "Allow"}]),
            with_policy([{**deny, "Action": "other:Thing"}]),
            with_policy([{**deny, "Principal": {"AWS": "arn:aws:iam::111111111111:role/a"}}]),
            with_policy([{**deny, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]),
            with_policy([{**deny, "Condition": {**deny["Condition"], "StringEquals": {"aws:PrincipalTag/a": "b"}}}]),
            elsewhere([{**deny, "Effect": "Allow"}]),
            *([] if token == BUCKET else [named("other")]),
        ],
        passes=[
            with_policy(deny),
            with_policy([{**deny, "Principal": {"AWS": ["*"]}, "Action": [action]}]),
            with_policy([{**deny, "Action": f"{action.partition(':')[0]}:*"}]),
            with_policy([{**deny, "Condition": {"Bool": {"aws:SecureTransport": [False]}}}]),
            {"policy": json.dumps({"Statement": [deny]})},
            *([] if token == BUCKET else [named("mine")]),
        ],
        unknown=[
            with_policy(UNKNOWN),
            {"policy": UNKNOWN},
            elsewhere(UNKNOWN),
            [planned(token), planned(policy_token, "policy", **{prop: UNKNOWN}, policy=text([deny]))],
        ],
    )


def bucket(name: str, *resources: str | list[str]) -> list[Planned]:
    """A bucket whose policy has a Deny on all resources that are text, or one for each list."""
    lists = [list(resources)] if isinstance(resources[0], str) else resources
    text = json.dumps({"Statement": [denial("s3:*", each) for each in lists]})
    return [planned(BUCKET, bucket=name), planned(BUCKET_POLICY, "policy", bucket=name, policy=text)]


S3 = tls_policy(BUCKET, BUCKET_POLICY, "bucket", "s3:*", LAKE)
SNS = tls_policy(TOPIC, TOPIC_POLICY, "arn", "sns:Publish", "*")
OPEN_TO_PLAIN = [planned(TOPIC_POLICY, "policy", arn="t", policy=json.dumps({"Statement": []}))]

CASES: dict[str, Cases] = {
    "s3-tls-only": Cases(
        token=BUCKET,
        fails=[
            *S3.fails,
            bucket("lake", "arn:aws:s3:::lake"),
            bucket("lake", "arn:aws:s3:::lake/*"),
            bucket("lake", "arn:aws:s3:::lake", "arn:aws:s3:::lake/folder/*"),
            bucket("lake", "arn:aws:s3:::other", "arn:aws:s3:::other/*"),
        ],
        passes=[
            *S3.passes,
            bucket("lake", *LAKE),
            bucket("lake", "*"),
            bucket("lake", ["arn:aws:s3:::lake"], ["arn:aws:s3:::lake/*"]),
            bucket("lake", "arn:aws:s3:::lake*"),
            planned(BUCKET_POLICY, **bucket("lake", *LAKE)[1].inputs),
        ],
        unknown=S3.unknown,
    ),
    "sqs-tls-only": tls_policy("aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "sqs:*", "*"),
    "sns-tls-only": Cases(
        token=TOPIC,
        fails=[
            *SNS.fails,
            {"kmsMasterKeyId": ""},
            {"kmsMasterKeyId": KEY, "policy": json.dumps({"Statement": []})},
            [planned(TOPIC, name="t", kmsMasterKeyId=KEY), *OPEN_TO_PLAIN],
        ],
        passes=[*SNS.passes, {"kmsMasterKeyId": KEY}, {"kmsMasterKeyId": UNKNOWN}],
        unknown=SNS.unknown,
    ),
    "sns-no-plain-subscription": Cases(
        token="aws:sns/topicSubscription:TopicSubscription",
        fails=[{"protocol": "http", "endpoint": "http://hook.example"}],
        passes=[{"protocol": "https"}, {"protocol": "sqs"}],
        unknown=[{"protocol": UNKNOWN}],
    ),
}
