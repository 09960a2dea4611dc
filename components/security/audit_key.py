"""The key of what is recorded of accounts: services write, named roles read, others administer; nobody does two of these."""

from collections.abc import Sequence
from typing import Final

from ..base.here import Place
from ..base.statements import Statement, allow_on_key, services
from .key import Key, KeyArgs

TRAIL: Final = "dataconnect"
"""Name of the trail of each account: policies name it before it exists, also those of another account."""


def trail_arn(region: str, account_id: str) -> str:
    """The ARN of an account's trail, whose home is `region`."""
    return f"arn:aws:cloudtrail:{region}:{account_id}:trail/{TRAIL}"


def declare_audit_key(
    name: str, *, here: Place, alias: str, administrators: tuple[str, ...], readers: Sequence[str], accounts: Sequence[str]
) -> Key:
    """Declare the key.

    Args:
        name: Logical name.
        here: Where the buckets are.
        alias: `alias/...`.
        administrators: ARNs of the roles that manage the key, and can decrypt nothing.
        readers: ARNs of the roles that decrypt, through S3 alone, and can manage nothing.
        accounts: The accounts whose services write.
    """
    trails = {"StringEquals": {"aws:SourceArn": [trail_arn(here.region, each) for each in accounts]}}
    of_accounts = {"StringEquals": {"aws:SourceAccount": list(accounts)}}
    detectors = {**of_accounts, "ArnLike": {"aws:SourceArn": [f"arn:aws:guardduty:*:{each}:detector/*" for each in accounts]}}
    statements = [
        # docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html; not by encryption
        # context: of a digest that is S3's, of a log file the trail's.
        allow_on_key(
            "TrailsEncrypt", services("cloudtrail.amazonaws.com"), ("kms:GenerateDataKey*", "kms:DescribeKey"), trails
        ),
        # docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html
        allow_on_key("RecordersEncrypt", services("config.amazonaws.com"), ("kms:GenerateDataKey", "kms:Decrypt"), of_accounts),
        # docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html
        allow_on_key("DetectorsEncrypt", services("guardduty.amazonaws.com"), ("kms:GenerateDataKey",), detectors),
        *_reading(here.region, readers),
    ]
    return Key(
        name,
        KeyArgs(here=here, data_class="audit", alias=alias, administrators=administrators, besides=tuple(statements)),
    )


def _reading(region: str, readers: Sequence[str]) -> list[Statement]:
    if not readers:
        return []
    accounts = sorted({arn.split(":")[4] for arn in readers})
    return [
        allow_on_key(
            "ReadersDecrypt",
            {"AWS": [f"arn:aws:iam::{each}:root" for each in accounts]},
            ("kms:Decrypt",),
            {
                "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
                "ArnLike": {"aws:PrincipalArn": list(readers)},
            },
        )
    ]
