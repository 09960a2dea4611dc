"""Cases of policies/feasibility/rules/cloudfront/distributions.py."""

import json
from typing import Any

from tests.policies.given.feasibility.cdn import ARN, CERTIFICATE, VALIDATION
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
BUCKET = "aws:s3/bucket:Bucket"
CONTROLS = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
ACL = "aws:wafv2/webAcl:WebAcl"
FUNCTION = "aws:lambda/function:Function"
ROLE = "aws:iam/role:Role"
ACL_ARN = "arn:aws:wafv2:us-east-1:111111111111:global/webacl/edge/1234abcd-12ab-34cd-56ef-1234567890ab"
EDGE_ARN = "arn:aws:lambda:us-east-1:111111111111:function:edge"
METHODS = ["GET", "HEAD"]


def origin(**changes: Any) -> dict[str, Any]:
    return {"origins": [{"originId": "site", "domainName": "app.example.com", **changes}]}


def behaved(**changes: Any) -> dict[str, Any]:
    base = {"targetOriginId": "site", "cachePolicyId": "p", "allowedMethods": METHODS, "cachedMethods": METHODS}
    return {"defaultCacheBehavior": {name: value for name, value in {**base, **changes}.items() if value is not None}}


def behaviours(behaviour: dict[str, Any], *members: str) -> dict[str, Any]:
    groups = [{"originId": "both", "members": [{"originId": member} for member in members]}] if members else []
    return {**origin(), **behaved(), "orderedCacheBehaviors": [behaviour], "originGroups": groups}


def certified(certificate: dict[str, Any], *aliases: Any, validated: bool = False) -> list[Planned]:
    made = [planned(CERTIFICATE, "cert", **certificate)]
    if validated:
        made.append(planned(VALIDATION, "valid", certificateArn=ref(CERTIFICATE, "cert")))
    arn = ref(made[-1].token, made[-1].name)
    return [*made, planned(DISTRIBUTION, aliases=list(aliases), viewerCertificate={"acmCertificateArn": arn})]


def logged(ownership: Any = "", *, after: bool = True) -> list[Planned]:
    bucket, distribution = planned(BUCKET, "logs"), planned(DISTRIBUTION, loggingConfig={"bucket": ref(BUCKET, "logs")})
    if not ownership:
        return [bucket, distribution]
    controls = planned(CONTROLS, "own", bucket=ref(BUCKET, "logs"), rule={"objectOwnership": ownership})
    return [bucket, controls, distribution.after((CONTROLS, "own")) if after else distribution]


def guarded(scope: Any) -> list[Planned]:
    return [planned(ACL, "acl", scope=scope), planned(DISTRIBUTION, webAclId=ref(ACL, "acl"))]


def edge(*services: str, region: str = "us-east-1", publish: Any = True, **function: Any) -> list[Planned]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": [f"{service}.amazonaws.com" for service in services or ("lambda", "edgelambda")]},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return [
        planned(ROLE, "role", assumeRolePolicy=trust),
        planned(FUNCTION, "edge", role=ref(ROLE, "role"), publish=publish, **function).with_provider({"region": region}),
        planned(DISTRIBUTION, **associated(ref(FUNCTION, "edge"))),
    ]


def associated(arn: Any) -> dict[str, Any]:
    return behaved(lambdaFunctionAssociations=[{"eventType": "viewer-request", "lambdaArn": arn}])


COVERED = {"domainName": "example.com", "subjectAlternativeNames": ["*.example.com"]}

CASES: dict[str, Cases] = {
    "cdn-origins": Cases(
        token=DISTRIBUTION,
        fails=[
            {**origin(), **behaved(targetOriginId="api")},
            behaviours({"targetOriginId": "api"}),
            behaviours({"targetOriginId": "site"}, "site", "spare"),
            behaviours({"targetOriginId": "both", "allowedMethods": [*METHODS, "POST"]}, "site", "site"),
        ],
        passes=[{**origin(), **behaved()}, behaviours({"targetOriginId": "both", "allowedMethods": METHODS}, "site")],
        unknown=[{**origin(originId=UNKNOWN), **behaved()}, {**origin(), **behaved(targetOriginId=UNKNOWN)}],
    ),
    "cdn-origin": Cases(
        token=DISTRIBUTION,
        fails=[
            origin(domainName="https://app.example.com"),
            origin(domainName="app.example.com/path"),
            origin(domainName="site.s3-website.us-east-2.amazonaws.com", s3OriginConfig={"originAccessIdentity": UNKNOWN}),
            origin(originPath="static"),
            origin(originPath="/static/"),
            origin(s3OriginConfig={"originAccessIdentity": "a"}, customOriginConfig={"httpPort": 80}),
            origin(s3OriginConfig={"originAccessIdentity": "a"}, originAccessControlId=UNKNOWN),
        ],
        passes=[
            origin(customOriginConfig={"httpPort": 80}),
            origin(originPath="/static"),
            origin(s3OriginConfig={"originAccessIdentity": ""}, originAccessControlId=UNKNOWN),
            origin(domainName="site.s3-website.us-east-2.amazonaws.com", customOriginConfig={"httpPort": 80}),
        ],
        unknown=[origin(domainName=UNKNOWN)],
    ),
    "cdn-behaviour": Cases(
        token=DISTRIBUTION,
        fails=[
            behaved(forwardedValues={"queryString": False}),
            behaved(cachePolicyId=None),
            behaved(allowedMethods=["GET", "POST"]),
            behaved(cachedMethods=[*METHODS, "OPTIONS"]),
            behaviours({"targetOriginId": "site", "allowedMethods": METHODS, "cachedMethods": METHODS}),
        ],
        passes=[
            behaved(),
            behaved(cachePolicyId=None, forwardedValues={"queryString": False}),
            behaved(allowedMethods=["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"]),
        ],
        unknown=[{"defaultCacheBehavior": UNKNOWN}, behaved(allowedMethods=UNKNOWN)],
    ),
    "cdn-certificate": Cases(
        token=DISTRIBUTION,
        fails=[
            {"viewerCertificate": {"acmCertificateArn": ARN}},
            {"viewerCertificate": {"iamCertificateId": "id"}},
            {"viewerCertificate": {"acmCertificateArn": ARN, "cloudfrontDefaultCertificate": True, "sslSupportMethod": "vip"}},
            {"restrictions": {"geoRestriction": {"restrictionType": "whitelist"}}},
            {"restrictions": {"geoRestriction": {"restrictionType": "none", "locations": ["DE"]}}},
        ],
        passes=[
            {"viewerCertificate": {"acmCertificateArn": UNKNOWN, "sslSupportMethod": "sni-only"}},
            {"viewerCertificate": {"cloudfrontDefaultCertificate": True}},
            {"restrictions": {"geoRestriction": {"restrictionType": "none", "locations": []}}},
            {"restrictions": {"geoRestriction": {"restrictionType": "blacklist", "locations": ["DE"]}}},
        ],
        unknown=[{"viewerCertificate": UNKNOWN}, {"restrictions": {"geoRestriction": {"restrictionType": UNKNOWN}}}],
    ),
    "cdn-aliases": Cases(
        token=DISTRIBUTION,
        fails=[
            {"aliases": ["example.com"], "viewerCertificate": {"cloudfrontDefaultCertificate": True}},
            certified({"domainName": "example.com"}, "www.example.com"),
            certified(COVERED, "a.b.example.com", validated=True),
            [
                planned(DISTRIBUTION, name, aliases=[alias], viewerCertificate={"acmCertificateArn": ARN})
                for name, alias in (("a", "example.com"), ("b", "example.com"))
            ],
        ],
        passes=[
            {"viewerCertificate": {"cloudfrontDefaultCertificate": True}},
            {"aliases": ["example.com"], "viewerCertificate": {"acmCertificateArn": ARN}},
            certified(COVERED, "example.com", "www.example.com", validated=True),
        ],
        unknown=[
            {"aliases": UNKNOWN},
            {"aliases": ["example.com"], "viewerCertificate": {"acmCertificateArn": UNKNOWN}},
            certified({"domainName": UNKNOWN}, "example.com"),
        ],
    ),
    "cdn-log-bucket": Cases(
        token=DISTRIBUTION,
        fails=[
            {"loggingConfig": {"bucket": "logs"}},
            {"loggingConfig": {"bucket": "arn:aws:s3:::logs"}},
            logged(),
            logged("BucketOwnerEnforced"),
            logged("BucketOwnerPreferred", after=False),
        ],
        passes=[
            {},
            {"loggingConfig": {"bucket": "logs.s3.amazonaws.com"}},
            {"loggingConfig": {"bucket": "logs.s3.us-east-2.amazonaws.com"}},
            logged("BucketOwnerPreferred"),
        ],
        unknown=[{"loggingConfig": {"bucket": UNKNOWN}}],
    ),
    "cdn-web-acl": Cases(
        token=DISTRIBUTION,
        fails=[{"webAclId": ACL_ARN.replace("global/", "regional/")}, guarded("REGIONAL")],
        passes=[{}, {"webAclId": ACL_ARN}, {"webAclId": "1234abcd-12ab-34cd-56ef-1234567890ab"}, guarded("CLOUDFRONT")],
        unknown=[{"webAclId": UNKNOWN}, guarded(UNKNOWN)],
    ),
    "edge-function": Cases(
        token=DISTRIBUTION,
        fails=[
            associated(f"{EDGE_ARN}:$LATEST"),
            associated(EDGE_ARN),
            associated(f"{EDGE_ARN.replace('us-east-1', 'us-east-2')}:7"),
            edge(region="us-east-2"),
            edge(publish=False),
            edge("lambda"),
            edge(environment={"variables": {"A": "b"}}),
            edge(architectures=["arm64"]),
            edge(vpcConfig={"subnetIds": ["subnet-1"]}),
        ],
        passes=[behaved(), associated(f"{EDGE_ARN}:7"), edge(), edge(architectures=["x86_64"])],
        unknown=[associated(UNKNOWN), edge(publish=UNKNOWN)],
    ),
}
