"""AWS's own policy AWSDenyAll in moto, which knows AWS's policies only where it reads all 1,400 of them first."""

import json
from typing import Any, Final

import boto3
from moto.iam.models import AWSManagedPolicy, iam_backends

from operations.shares.shares import CLOSED

DOCUMENT: Final = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["*"], "Resource": ["*"]}]}
"""docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html"""


def know_deny_all(region: str) -> None:
    """Let roles of the account at hand have it attached."""
    sts: Any = boto3.client("sts", region)
    account = sts.get_caller_identity()["Account"]
    day = "2019-05-01T00:00:00+00:00"
    data = {"DefaultVersionId": "v1", "Path": "/", "Document": DOCUMENT, "CreateDate": day, "UpdateDate": day}
    made = AWSManagedPolicy.from_data(CLOSED.rpartition("/")[2], account, region, json.loads(json.dumps(data)))
    iam_backends[account]["aws"].managed_policies[CLOSED] = made
