"""Buckets are closed to the public, by Block Public Access and without access control lists."""

from collections.abc import Iterator
from typing import Final

from policies.kit.checks import all_of, each_is, equals, if_so, is_on, named_by, one_of
from policies.kit.facts import PUBLIC_ACLS
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, RemediationValues, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("network")

_SETTINGS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_ALL_ON: Final[RemediationValues] = dict.fromkeys(_SETTINGS, True)
_SET_ALL: Final = f"Set {', '.join(_SETTINGS)}: true."


rules.named("s3-public-access-block", "C043", "s3/bucket", needs_stack=True).add(
    named_by("a BucketPublicAccessBlock", ("s3/bucketPublicAccessBlock", "bucket")),
    description="Every bucket has a public access block of its own.",
    remediation="Add a BucketPublicAccessBlock with this bucket and all four settings true.",
)
rules.named("s3-public-access-block-settings", "C043", "s3/bucketPublicAccessBlock").add(
    all_of(*map(is_on, _SETTINGS)),
    description="All four settings of a bucket's public access block are on.",
    remediation=_SET_ALL,
    remediation_values=_ALL_ON,
)
rules.named("s3-account-public-access-block", "C044", "s3/accountPublicAccessBlock").add(
    all_of(*map(is_on, _SETTINGS)),
    description="All four settings of the account's public access block are on.",
    remediation=_SET_ALL,
)
rules.named("s3-access-point-block", "C056", "s3/accessPoint").add(
    all_of(*(is_on(f"publicAccessBlockConfiguration.{name}", default=True) for name in _SETTINGS)),
    description="Access points keep all four settings of Block Public Access, as AWS makes them.",
    remediation="Remove publicAccessBlockConfiguration or set all four settings true; a made access point cannot be changed.",
)

_PUBLIC_GRANTEES: Final = ("/global/AllUsers", "/global/AuthenticatedUsers")
_OBJECTS: Final = "s3/bucketObject s3/bucketObjectv2 s3/objectCopy"


@rules.rule("s3-public-acl", "C045", f"s3/bucket s3/bucketAcl {_OBJECTS}")
def _public_acl(resource: Resource) -> Answers:
    """No access control list lets everybody, or everybody with an AWS account, read or write.

    Remove the ACL; let a bucket policy name who may read.
    """
    yield from each_is("acl", lambda acl: acl not in PUBLIC_ACLS, "no ACL, or private")(resource)
    for where, grantee in _grantees(resource):
        if grantee is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(grantee, str) and grantee.endswith(_PUBLIC_GRANTEES):
            yield Finding(where, grantee, "a grantee that is one account", grantee.rpartition("/")[2])


def _grantees(resource: Resource) -> Iterator[tuple[str, Value]]:
    if resource.kind == "s3/bucketAcl":
        yield from resource.each("accessControlPolicy.grants[].grantee.uri")
    elif resource.kind in ("s3/bucket", "s3/objectCopy"):
        yield from resource.each("grants[].uri")


rules.named("s3-object-ownership", "C046", "s3/bucketOwnershipControls").add(
    equals("rule.objectOwnership", "BucketOwnerEnforced"),
    description="Object ownership is BucketOwnerEnforced, which switches access control lists off.",
    remediation="Set rule: {objectOwnership: BucketOwnerEnforced}.",
    remediation_values={"rule.objectOwnership": "BucketOwnerEnforced"},
)


@rules.rule("s3-no-acl", "C046", "s3/bucket s3/bucketAcl")
def _no_acl(resource: Resource) -> Answers:
    """Buckets have no access control list but the private one AWS gives; policies say who may do what.

    Remove acl and grants (for log delivery too a bucket policy does), and set BucketOwnerEnforced.
    """
    yield from one_of("acl", (None, "", "private"), expected="no ACL")(resource)
    prop = "accessControlPolicy" if resource.kind == "s3/bucketAcl" else "grants"
    yield from if_so(resource.get(prop), Finding(prop, "set", "a bucket policy"))
