"""Cases of policies/controls/network/buckets.py."""

from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACL = "aws:s3/bucketAcl:BucketAcl"
SETTINGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ALL_ON = dict.fromkeys(SETTINGS, True)
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


def settings(token: str, *, default: bool, block: str = "") -> Cases:
    """Cases of a rule that wants all four settings on; `default` is what each is where it is absent."""

    def at(values: object) -> dict[str, Any]:
        return {block: values} if block else dict(values) if isinstance(values, dict) else {}

    absent = [at({}), at(dict.fromkeys(SETTINGS[1:], True)), *([{}, {block: None}] if block else [])]
    return Cases(
        token=token,
        fails=[
            *(at({**ALL_ON, name: False}) for name in SETTINGS),
            at({**ALL_ON, "ignorePublicAcls": "false"}),
            at(dict.fromkeys(SETTINGS, False)),
            *([] if default else absent),
        ],
        passes=[at(ALL_ON), at(dict.fromkeys(SETTINGS, "true")), *(absent if default else [])],
        unknown=[at({**ALL_ON, "restrictPublicBuckets": UNKNOWN})],
    )


def granting(*grants: object) -> Planned:
    return planned(ACL, accessControlPolicy={"grants": list(grants)})


TO_OWNER = {"permission": "READ", "grantee": {"type": "CanonicalUser", "id": "1"}}

CASES: dict[str, Cases] = {
    "s3-public-access-block": Cases(
        token=BUCKET,
        fails=[
            {},
            planned(BUCKET_V2, acl="private"),
            [planned(BUCKET, bucket="a"), planned(BLOCK, bucket="other", **ALL_ON)],
            [planned(BUCKET, "a"), planned(BUCKET, "b"), planned(BLOCK, bucket=ref(BUCKET, "b"), **ALL_ON)],
            # Nobody can have written down a name that Pulumi is yet to make up.
            [planned(BUCKET, "a"), planned(BLOCK, bucket="a-or-another", **ALL_ON)],
        ],
        passes=[
            [planned(BUCKET, "a"), planned(BLOCK, bucket=ref(BUCKET, "a"), **ALL_ON)],
            [planned(BUCKET_V2, "a", bucket="lake"), planned(BLOCK, bucket="lake", **ALL_ON)],
        ],
        unknown=[
            [planned(BUCKET, "a"), planned(BLOCK, bucket=UNKNOWN, **ALL_ON)],
            [planned(BUCKET, "a", bucket=UNKNOWN), planned(BLOCK, bucket="a-or-another", **ALL_ON)],
        ],
    ),
    "s3-public-access-block-settings": settings(BLOCK, default=False),
    "s3-account-public-access-block": settings("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", default=False),
    "s3-access-point-block": settings("aws:s3/accessPoint:AccessPoint", default=True, block="publicAccessBlockConfiguration"),
    "s3-public-acl": Cases(
        token=BUCKET,
        fails=[
            *({"acl": acl} for acl in ("public-read", "public-read-write", "authenticated-read")),
            {"grants": [{"uri": EVERYBODY, "permissions": ["READ"], "type": "Group"}]},
            *(planned(token, acl="public-read") for token in (BUCKET_V2, ACL, "aws:s3/bucketObjectv2:BucketObjectv2")),
            granting(TO_OWNER, {"permission": "FULL_CONTROL", "grantee": {"type": "Group", "uri": EVERYBODY}}),
            planned(ACL, accessControlPolicy=[{"grants": [{"grantee": {"uri": AUTHENTICATED}}]}]),
        ],
        passes=[
            {},
            {"acl": "private"},
            {"acl": "log-delivery-write"},
            planned(ACL, acl="private"),
            granting(TO_OWNER, {"grantee": {"uri": "http://acs.amazonaws.com/groups/s3/LogDelivery"}}),
        ],
        unknown=[{"acl": UNKNOWN}, {"grants": UNKNOWN}, granting({"grantee": {"uri": UNKNOWN}})],
    ),
    "s3-object-ownership": Cases(
        token="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        fails=[{}, {"rule": {"objectOwnership": "BucketOwnerPreferred"}}, {"rule": [{"objectOwnership": "ObjectWriter"}]}],
        passes=[{"rule": {"objectOwnership": "BucketOwnerEnforced"}}, {"rule": [{"objectOwnership": "BucketOwnerEnforced"}]}],
        unknown=[{"rule": UNKNOWN}, {"rule": {"objectOwnership": UNKNOWN}}],
    ),
    "s3-no-acl": Cases(
        token=BUCKET,
        fails=[
            {"acl": "public-read"},
            {"acl": "log-delivery-write"},
            {"grants": [{"id": "1", "type": "CanonicalUser", "permissions": ["READ"]}]},
            planned(ACL, acl="bucket-owner-full-control"),
            granting({"grantee": {"id": "1"}}),
        ],
        passes=[{}, {"acl": "private"}, {"acl": ""}, {"grants": []}, planned(ACL, acl="private")],
        unknown=[{"acl": UNKNOWN}, {"grants": UNKNOWN}],
    ),
}
