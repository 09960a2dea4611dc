"""CloudFront distributions: origins, behaviours, certificates, logs and functions at the edge."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import region_of, trusts
from policies.feasibility.engine.shapes import blocks, given, inside, of, only_one, requires_one, saying
from policies.feasibility.rules.rds.families import text_of
from policies.kit.references import arn_of, referrers, target, targets, together
from policies.kit.resource import Graph, Resource, per_stack
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, read, switch

rules: Final = Rules("feasibility", failures())

_KIND: Final = "cloudfront/distribution"
_BEHAVIOURS: Final = ("defaultCacheBehavior", "orderedCacheBehaviors[]")
_GROUP_METHODS: Final = (
    "InvalidArgument: The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached "
    + ("behavior associated with an origin group.")
)


def _behaviours(distribution: Resource) -> Iterator[tuple[str, Block]]:
    for path in _BEHAVIOURS:
        yield from blocks(distribution, path)


def _texts(value: Value) -> list[str]:
    """A list of texts, all of them known.

    Raises:
        UnknownValueError: if one is unknown.
    """
    return [text_of(item) for item in as_list(value)]


@rules.rule("cdn-origins", "F501", _KIND)
def _origins(distribution: Resource) -> Answers:
    """Behaviours and origin groups name origins of the distribution; a group is read only.

    Set targetOriginId to the originId of one of origins or originGroups.
    """
    origins = _texts([value for _, value in distribution.each("origins[].originId")])
    groups = _texts([value for _, value in distribution.each("originGroups[].originId")])
    answer = "NoSuchOrigin: One or more of your origins or origin groups do not exist."
    for where, value in distribution.each("originGroups[].members[].originId"):
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif value is not None and value not in origins:
            yield Finding(where, value, f"one of {', '.join(origins)}", str(value), answer)
    for path, behaviour in _behaviours(distribution):
        wanted = behaviour.get("targetOriginId")
        if wanted is UNKNOWN:
            yield NOT_JUDGED
        elif wanted is not None and wanted not in (*origins, *groups):
            expected = f"one of {', '.join((*origins, *groups))}"
            yield Finding(f"{path}.targetOriginId", wanted, expected, str(wanted), answer)
        elif wanted in groups and {"POST", "PUT", "PATCH", "DELETE"} & set(_texts(behaviour.get("allowedMethods"))):
            found = behaviour.get("allowedMethods")
            yield Finding(f"{path}.allowedMethods", found, "GET, HEAD and OPTIONS for an origin group", path, _GROUP_METHODS)


def _domain(where: str, origin: Block) -> Answers:
    name, path = origin.get("domainName"), origin.get("originPath")
    if name is UNKNOWN or path is UNKNOWN:
        yield NOT_JUDGED
    if isinstance(name, str):
        if re.search(r"[:/\s]", name):
            answer = "InvalidArgument: The parameter origin name cannot contain a colon." if ":" in name else ""
            yield Finding(f"{where}domainName", name, "a host name without scheme, port and path", "name", answer)
        elif given(origin.get("s3OriginConfig")) and ".s3-website" in name:
            answer = "InvalidArgument: The parameter Origin DomainName does not refer to a valid S3 bucket."
            expected = "the bucket's regional domain name, or customOriginConfig for a website"
            yield Finding(f"{where}domainName", name, expected, "website", answer)
    if isinstance(path, str) and path and (not path.startswith("/") or path.endswith("/")):
        answer = "InvalidArgument: The parameter origin path must start with '/' and not end with it."
        yield Finding(f"{where}originPath", path, f"/{path.strip('/')}", "path", answer)


def _access(where: str, origin: Block) -> Answers:
    path = "s3OriginConfig.originAccessIdentity"
    identity = read(origin, path)
    if identity is UNKNOWN:
        yield NOT_JUDGED
    elif identity and given(origin.get("originAccessControlId")):
        answer = (
            "IllegalOriginAccessConfiguration: an origin has an origin access control or an origin access identity, not both"
        )
        yield Finding(f"{where}{path}", identity, "nothing beside originAccessControlId", answer=answer)


rules.named("cdn-origin", "F501", _KIND).add(
    of(inside("origins", only_one("s3OriginConfig customOriginConfig vpcOriginConfig"), _domain, _access)),
    description="An origin is a host name, of one kind, with one way of access.",
    remediation="Use the bucket's regional domain name with an origin access control, or customOriginConfig for anything else.",
)

_METHODS: Final = (
    frozenset({"GET", "HEAD"}),
    frozenset({"GET", "HEAD", "OPTIONS"}),
    frozenset({"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}),
)


@rules.rule("cdn-behaviour", "F501", _KIND)
def _behaviour(distribution: Resource) -> Answers:
    """A behaviour has a cache policy or forwarded values, and one of the sets of methods that CloudFront knows.

    Set cachePolicyId (not forwardedValues); allow GET and HEAD, these and OPTIONS, or all seven methods.
    """
    for where, behaviour in _behaviours(distribution):
        policy, values = given(behaviour.get("cachePolicyId")), given(behaviour.get("forwardedValues"))
        if policy and values:
            answer = (
                "InvalidArgument: The parameter ForwardedValues cannot be used when a cache policy is associated to the "
                "cache behavior."
            )
            yield Finding(f"{where}.forwardedValues", "set", "nothing beside cachePolicyId", where, answer)
        elif not policy and not values:
            answer = "InvalidArgument: The parameter ForwardedValues is required."
            yield Finding(f"{where}.cachePolicyId", None, "a cache policy, or forwardedValues", where, answer)
        allowed, cached = (frozenset(_texts(behaviour.get(name))) for name in ("allowedMethods", "cachedMethods"))
        if allowed and allowed not in _METHODS:
            answer = "InvalidArgument: The parameter AllowedMethods is not one of the sets of methods that CloudFront accepts."
            expected = "GET, HEAD; GET, HEAD, OPTIONS; or these and PUT, POST, PATCH, DELETE"
            yield Finding(f"{where}.allowedMethods", sorted(allowed), expected, f"{where} allowed", answer)
        if cached and allowed and (cached not in _METHODS[:2] or not cached <= allowed):
            answer = (
                "InvalidArgument: The parameter CachedMethods is not GET, HEAD or GET, HEAD, OPTIONS of the allowed methods."
            )
            yield Finding(f"{where}.cachedMethods", sorted(cached), "GET and HEAD", f"{where} cached", answer)


def _countries(where: str, block: Block) -> Answers:
    kind, places = block.get("restrictionType"), block.get("locations")
    if kind is not None and (kind == "none") == given(places):
        answer = "InvalidGeoRestrictionParameter: The specified geo restriction parameter is not valid."
        expected = "no countries with none" if kind == "none" else f"the countries of the {kind}"
        yield Finding(f"{where}locations", places, expected, answer=answer)


_SSL: Final = "InvalidViewerCertificate: the SSL support method is required with a certificate"

rules.named("cdn-certificate", "F501", _KIND).add(
    of(
        inside(
            "viewerCertificate",
            only_one("acmCertificateArn iamCertificateId cloudfrontDefaultCertificate"),
            saying(_SSL, requires_one("acmCertificateArn", "sslSupportMethod")),
            saying(_SSL, requires_one("iamCertificateId", "sslSupportMethod")),
        ),
        inside("restrictions.geoRestriction", _countries),
    ),
    description="A distribution has one certificate, and says how it is served; it restricts by a list of countries or not.",
    remediation="Set sslSupportMethod: sni-only beside the certificate; leave locations empty for restrictionType none.",
)


@per_stack
def _by_alias(graph: Graph) -> Mapping[str, Sequence[Resource]]:
    """Alternative name -> the distributions that have it, by their URNs."""
    table: defaultdict[str, list[Resource]] = defaultdict(list)
    for distribution in sorted(graph.of(_KIND), key=lambda each: each.urn):
        for alias in dict.fromkeys(_texts(distribution.get("aliases"))):
            table[alias].append(distribution)
    return table


@rules.rule("cdn-aliases", "F501", _KIND)
def _aliases(distribution: Resource) -> Answers:
    """Names of a distribution are covered by its certificate, and belong to no other distribution.

    Attach a certificate of us-east-1 with all the names; remove the name from the other distribution.
    """
    aliases = _texts(distribution.get("aliases"))
    if not aliases:
        return
    taken = "CNAMEAlreadyExists: One or more of the CNAMEs you provided are already associated with a different resource."
    holders = (_by_alias(distribution.graph)[alias] for alias in sorted(set(aliases)))
    before = (other for each in holders for other in takewhile(lambda other: other is not distribution, each))
    for other, names in together(before):
        shared = min(set(aliases) & set(_texts(other.get("aliases"))))
        yield Finding("aliases", shared, f"a name of its own; {names} has it", other.name, taken)
    certificate = target(distribution, "viewerCertificate.acmCertificateArn", "acm/certificate", "acm/certificateValidation")
    held = [distribution.get(f"viewerCertificate.{name}") for name in ("acmCertificateArn", "iamCertificateId")]
    if not any(given(value) for value in held):
        answer = (
            "InvalidViewerCertificate: To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a "
            "trusted certificate that validates your authorization to use the domain name."
        )
        yield Finding("viewerCertificate", None, f"a certificate of {', '.join(aliases)}", "none", answer)
    if certificate is not None and certificate.kind == "acm/certificateValidation":
        certificate = target(certificate, "certificateArn", "acm/certificate")
    if certificate is not None:
        names = _texts([certificate.get("domainName"), *as_list(certificate.get("subjectAlternativeNames"))])
        for alias in aliases:
            if not any(_covers(name.lower(), alias.lower()) for name in names):
                answer = (
                    "InvalidViewerCertificate: The certificate that is attached to your distribution doesn't cover the "
                    "alternate domain name (CNAME) that you're trying to add."
                )
                yield Finding("aliases", alias, f"a name of {', '.join(names)}", alias, answer)


def _covers(name: str, host: str) -> bool:
    """Whether a name of a certificate, which may begin with a wildcard, stands for a host (or for the same wildcard)."""
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])


@rules.rule("cdn-log-bucket", "F501", _KIND)
def _logs(distribution: Resource) -> Answers:
    """Access logs go into a bucket, named by its domain, that takes access lists.

    Name bucketDomainName; set objectOwnership BucketOwnerPreferred on the bucket and dependsOn that, or use logs of v2.
    """
    name = distribution.get("loggingConfig.bucket")
    if isinstance(name, str) and name and not re.search(r"\.s3[.-].*amazonaws\.com(\.cn)?$", name):
        answer = "InvalidArgument: The parameter Logging Bucket does not refer to a valid S3 bucket."
        yield Finding("loggingConfig.bucket", name, "the bucket's domain name: NAME.s3.amazonaws.com", answer=answer)
    buckets = targets(distribution, "loggingConfig.bucket", "s3/bucket")
    if name is UNKNOWN and not buckets:
        yield NOT_JUDGED
    answer = "InvalidArgument: The S3 bucket that you specified for CloudFront logs does not enable ACL access"
    for bucket in buckets:
        controls = referrers(bucket, "s3/bucketOwnershipControls", "bucket")
        owned = [control.get("rule.objectOwnership") for control in controls]
        if not controls or any(value is not UNKNOWN and value == "BucketOwnerEnforced" for value in owned):
            expected = "a bucket with objectOwnership BucketOwnerPreferred or ObjectWriter"
            yield Finding("loggingConfig.bucket", bucket.name, expected, bucket.name, answer)
        elif not any(distribution.after(control) for control in controls):
            expected = f"dependsOn {controls[0].name}, which lets access lists in"
            yield Finding("loggingConfig.bucket", bucket.name, expected, f"{bucket.name} order", answer)


@rules.rule("cdn-web-acl", "F501", _KIND)
def _acl(distribution: Resource) -> Answers:
    """The web ACL of a distribution is of scope CLOUDFRONT.

    Make the web ACL with scope CLOUDFRONT in us-east-1, and name its ARN.
    """
    value = distribution.get("webAclId")
    arn = arn_of(value)
    answer = "InvalidWebACLId: Web ACL is not accessible by the requester."
    if arn is not None and arn.service == "wafv2" and not arn.resource.startswith("global/"):
        yield Finding("webAclId", value, "an ACL of scope CLOUDFRONT: ...:us-east-1:...:global/webacl/...", answer=answer)
    elif value is UNKNOWN:
        found = targets(distribution, "webAclId", "wafv2/webAcl")
        if not found and not distribution.sources("webAclId"):
            yield NOT_JUDGED
        for acl in found:
            if acl.get("scope") == "REGIONAL":
                yield Finding("webAclId", acl.name, "an ACL of scope CLOUDFRONT; this one is REGIONAL", answer=answer)


_REFUSED: Final = {
    "environment": "environment variables",
    "vpcConfig": "a VPC",
    "deadLetterConfig": "a dead-letter queue",
    "layers": "layers",
    "imageUri": "a container image",
}


@rules.rule("edge-function", "F256", _KIND)
def _functions(distribution: Resource) -> Answers:
    """A function at the edge is a published version in us-east-1, without what edge functions cannot have.

    Set publish: true and region us-east-1, name qualifiedArn, and let lambda and edgelambda take on the role.
    """
    for path in _BEHAVIOURS:
        inner = f"{path}.lambdaFunctionAssociations[].lambdaArn"
        unknown = False
        for where, value in distribution.each(inner):
            arn = arn_of(value)
            unknown = unknown or value is UNKNOWN
            if arn is not None and arn.region != "us-east-1":
                answer = f"InvalidLambdaFunctionAssociation: The function must be in region 'us-east-1'. ARN: {value}"
                yield Finding(where, value, "a function of us-east-1", f"{value} region", answer)
            if arn is not None and not re.search(r":\d+$", arn.resource):
                answer = "InvalidLambdaFunctionAssociation: The function ARN must reference a specific function version."
                yield Finding(where, value, "the ARN of a version: ...:function:NAME:NUMBER", f"{value} version", answer)
        if unknown:
            functions = targets(distribution, inner, "lambda/function")
            if not functions and not distribution.sources(inner):
                yield NOT_JUDGED
            for function in functions:
                yield from _function(path.removesuffix("[]"), function)


def _function(path: str, function: Resource) -> Answers:
    there = region_of(function)
    wrong: list[tuple[str, str]] = []
    if there and there != "us-east-1":
        wrong.append((f"a function of us-east-1; this one is in {there}", "The function must be in region 'us-east-1'."))
    if not switch(function.get("publish")):
        text = "The function ARN must reference a specific function version. (The ARN must end with the version number.)"
        wrong.append(("a published version (publish: true)", text))
    for name, what in _REFUSED.items():
        if given(function.get(name)):
            wrong.append((f"a function without {what}", f"The function cannot have {what}."))
    if any(value == "arm64" for _, value in function.each("architectures[]") if value is not UNKNOWN):
        wrong.append(("a function for x86_64", "The function's architecture must be x86_64."))
    for expected, text in wrong:
        answer = f"InvalidLambdaFunctionAssociation: {text}"
        yield Finding(f"{path}.lambdaFunctionAssociations", function.name, expected, f"{function.name} {expected}", answer)
    role = target(function, "role", "iam/role")
    if role is not None and not (trusts(role, "edgelambda") and trusts(role, "lambda")):
        answer = (
            "InvalidLambdaFunctionAssociation: The function execution role must be assumable with edgelambda.amazonaws.com as "
            "well as lambda.amazonaws.com principals."
        )
        expected = "a role that lambda and edgelambda may take on"
        yield Finding(f"{path}.lambdaFunctionAssociations", role.name, expected, f"{function.name} role", answer)
