"""What the tests of the audit and of detection declare."""

from typing import Any

from components.base.here import Place
from components.security.audit_bucket import AuditBucket, AuditBucketArgs
from components.security.audit_key import declare_audit_key
from tests.components.harness import ACCOUNT, Declaration, kms_key, resources_of

OTHER = "333333333333"
PLACE = Place(region="us-east-2", account_id=ACCOUNT)
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/dataconnect-deploy"
READER = f"arn:aws:iam::{OTHER}:role/investigator"


def key(**changes: Any) -> Declaration:
    """The key of the audit."""
    defaults: dict[str, Any] = {
        "here": PLACE,
        "alias": "alias/dataconnect/prod/account-audit",
        "administrators": (ADMINISTRATOR,),
        "readers": (READER,),
        "accounts": (ACCOUNT, OTHER),
    }
    return resources_of(lambda: declare_audit_key("account-audit-key", **(defaults | changes)))


def bucket(**changes: Any) -> Declaration:
    """A bucket of the audit."""
    defaults: dict[str, Any] = {
        "here": PLACE,
        "holds": "trail",
        "key_arn": kms_key(),
        "log_bucket": "access-logs",
        "accounts": (ACCOUNT, OTHER),
        "administrators": (ADMINISTRATOR,),
        "lock_days": 365,
        "keep_days": 2555,
    }
    return resources_of(lambda: AuditBucket("account-trail", AuditBucketArgs(**(defaults | changes))))
