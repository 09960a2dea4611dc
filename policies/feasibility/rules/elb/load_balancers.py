"""Load balancers that Elastic Load Balancing refuses or cannot put where the plan says; classic ones, too."""

import re
from collections.abc import Iterator
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between
from policies.feasibility.engine.networks import internet_gateways, zone_of
from policies.feasibility.engine.places import in_one_vpc
from policies.feasibility.engine.relations import any_unknown, documents, permits
from policies.feasibility.engine.shapes import absent, blocks, exactly_one, given, inside, of, requires, unless, when
from policies.kit.document import MalformedDocumentError, statements
from policies.kit.references import referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list, as_number, switch

rules: Final = Rules("feasibility", failures())

_BALANCER: Final = "lb/loadBalancer"
_DELIVERY: Final = ("logdelivery.elasticloadbalancing.amazonaws.com", "delivery.logs.amazonaws.com")
_LAYERS: Final = {"HTTP": "HTTP", "HTTPS": "HTTP", "TCP": "TCP", "SSL": "TCP"}

rules.named("load-balancer-shape", "F338", _BALANCER).add(
    of(
        exactly_one("subnets subnetMappings"),
        when("loadBalancerType", ("gateway",), absent("securityGroups internal", "on a gateway load balancer")),
        between("idleTimeout", 1, 4000, unit="seconds"),
        between("clientKeepAlive", 60, 604800, unit="seconds"),
        requires("accessLogs.enabled", "accessLogs.bucket"),
        requires("connectionLogs.enabled", "connectionLogs.bucket"),
    ),
    description="A load balancer has settings of its own type, and its subnets in one way.",
    remediation="Set subnets or subnetMappings, and remove what belongs to another type.",
)
rules.named("load-balancer-addresses", "F338", _BALANCER).add(
    of(
        unless(
            "loadBalancerType",
            ("network",),
            inside(
                "subnetMappings", absent("allocationId privateIpv4Address", "because only network load balancers have them")
            ),
            default="application",
        ),
        when("internal", (True,), inside("subnetMappings", absent("allocationId", "because the load balancer is internal"))),
        when(
            "internal",
            (False,),
            inside("subnetMappings", absent("privateIpv4Address", "because the load balancer faces the internet")),
            default=False,
        ),
    ),
    description="Addresses are given to network load balancers only: elastic ones to the internet, private ones inside.",
    remediation="Remove the address or change the load balancer's type.",
)


@rules.rule("load-balancer-zones", "F339", "lb/loadBalancer")
def _zones(balancer: Resource) -> Answers:
    """An application load balancer is in two zones at least, and no load balancer twice in one.

    Name one subnet in each of at least two zones.
    """
    for path in ("subnets[]", "subnetMappings[].subnetId"):
        prop = path.partition("[")[0]
        count = len(as_list(balancer.get(prop)))
        if count == 0:
            continue
        application = (balancer.get("loadBalancerType") or "application") == "application"
        alone = application and count == 1
        found = [] if alone else targets(balancer, path, "ec2/subnet")
        zones = [zone_of(subnet) for subnet in found]
        twice = sorted({str(zone) for zone in zones if zones.count(zone) > 1})
        if alone:
            yield Finding(prop, count, "subnets in at least two zones")
        elif len(found) < count or None in zones:
            if any_unknown(balancer, path):
                yield NOT_JUDGED
        elif application and len(set(zones)) == 1:
            yield Finding(prop, zones, "subnets in at least two zones")
        elif twice:
            answer = (
                "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same "
                "Availability Zone"
            )
            yield Finding(prop, zones, f"one subnet per zone ({', '.join(twice)})", detail="twice", answer=answer)


rules.named("load-balancer-one-vpc", "F340", _BALANCER, needs_stack=True).add(
    in_one_vpc("subnets[]", "securityGroups[]", "a group of {vpc}, not of {other}"),
    description="A load balancer's subnets, security groups and target groups are in one VPC.",
    remediation="Take subnets, security groups and target groups from the same VPC.",
)


@rules.rule("load-balancer-internet-gateway", "F341", "lb/loadBalancer elb/loadBalancer", needs_stack=True)
def _internet(balancer: Resource) -> Answers:
    """A load balancer that faces the internet is in a VPC with an internet gateway.

    Declare ec2.InternetGateway for the VPC, or set internal: true.
    """
    internal = balancer.get("internal")
    if switch(internal) or balancer.get("loadBalancerType") == "gateway":
        return
    vpcs = {
        vpc.urn: vpc for subnet in targets(balancer, "subnets[]", "ec2/subnet") for vpc in targets(subnet, "vpcId", "ec2/vpc")
    }
    for vpc in vpcs.values():
        if not internet_gateways(vpc):
            yield Finding("internal", internal, f"true, or an internet gateway in {vpc.name}", detail=vpc.name)


@rules.rule("load-balancer-log-bucket", "F076", "lb/loadBalancer elb/loadBalancer", needs_stack=True)
def _log_bucket(balancer: Resource) -> Answers:
    """The bucket of access logs lets the load balancer write before logs are turned on, and has no KMS key.

    Allow s3:PutObject to logdelivery.elasticloadbalancing.amazonaws.com in a BucketPolicy; depend on it.
    """
    for logs in ("accessLogs", "connectionLogs"):
        enabled = balancer.get(f"{logs}.enabled")
        if enabled is UNKNOWN:
            yield NOT_JUDGED
            continue
        on = enabled is True or (enabled is None and balancer.kind == "elb/loadBalancer" and given(balancer.get(logs)))
        bucket = target(balancer, f"{logs}.bucket", "s3/bucket") if on else None
        if bucket is not None:
            yield from _may_write(balancer, logs, bucket)


def _may_write(balancer: Resource, logs: str, bucket: Resource) -> Answers:
    where = f"{logs}.bucket"
    found = documents(bucket, "policy", ("s3/bucketPolicy", "bucket", "policy"))
    verdicts = [(owner, _lets_write(document)) for owner, _, document in found]
    letting = [owner for owner, verdict in verdicts if verdict]
    unsure = not letting and any(verdict is None for _, verdict in verdicts)
    policies = [owner for owner, _ in verdicts] if unsure else letting
    if not policies:
        expected = f"a bucket whose policy allows s3:PutObject to {_DELIVERY[0]}"
        yield Finding(where, bucket.name, expected, detail="policy")
    elif not any(owner is bucket or balancer.after(owner) for owner in policies):
        yield Finding(where, bucket.name, f"dependsOn {policies[0].name}", detail="order")
    if unsure:
        yield NOT_JUDGED
    for sse in referrers(bucket, "s3/bucketServerSideEncryptionConfiguration", "bucket"):
        for _, algorithm in sse.each("rules[].applyServerSideEncryptionByDefault.sseAlgorithm"):
            if algorithm is UNKNOWN:
                yield NOT_JUDGED
            elif str(algorithm).startswith("aws:kms"):
                expected = "a bucket encrypted with AES256: logs are not delivered under KMS"
                yield Finding(where, bucket.name, expected, detail="kms")


def _lets_write(document: object) -> bool | None:
    """Whether a bucket policy lets the log delivery write: the service, or an account's root (that of the region)."""
    answers = [permits(document, service, "s3:PutObject") for service in _DELIVERY]
    if True in answers or None in answers:
        return True if True in answers else None
    try:
        found = statements(document)
    except MalformedDocumentError:
        return None
    return any(
        statement.allows("s3:PutObject") and any(principal.account for principal in statement.principals) for statement in found
    )


@rules.rule("classic-listener", "F342", "elb/loadBalancer")
def _classic(balancer: Resource) -> Answers:
    """A classic load balancer's listeners join protocols of one layer, have certificates with TLS, and a port each.

    Pair HTTP and HTTPS, or TCP and SSL; set sslCertificateId on HTTPS and SSL.
    """
    yield from exactly_one("subnets availabilityZones")("", balancer.properties)
    ports: set[float] = set()
    for where, block in blocks(balancer, "listeners[]"):
        front, back = block.get("lbProtocol"), block.get("instanceProtocol")
        if front is UNKNOWN or back is UNKNOWN:
            yield NOT_JUDGED
            continue
        layers = {_LAYERS.get(str(value).upper(), "other") for value in (front, back) if value is not None}
        if "other" in layers:
            yield Finding(f"{where}.lbProtocol", [front, back], "HTTP, HTTPS, TCP or SSL", detail="protocol")
        elif len(layers) > 1:
            yield Finding(f"{where}.instanceProtocol", back, f"a protocol of the same layer as {front}", detail="layer")
        secure = str(front).upper() in ("HTTPS", "SSL")
        if secure != given(block.get("sslCertificateId")):
            expected = f"a certificate for {front}" if secure else f"nothing with {front}"
            yield Finding(f"{where}.sslCertificateId", block.get("sslCertificateId"), expected, detail=f"certificate {front}")
        port = as_number(block.get("lbPort"))
        if isinstance(port, float):
            if port in ports:
                answer = "DuplicateListener: A listener already exists for this load balancer and port"
                yield Finding(f"{where}.lbPort", block.get("lbPort"), "a port of its own", detail=f"{port:g}", answer=answer)
            ports.add(port)
    yield from _classic_check(balancer)


def _classic_check(balancer: Resource) -> Iterator[Finding]:
    for where, check in blocks(balancer, "healthCheck"):
        text = check.get("target")
        if isinstance(text, str) and not re.fullmatch(r"(TCP|SSL):\d{1,5}|(HTTP|HTTPS):\d{1,5}/.*", text):
            answer = "ValidationError: HealthCheck HTTP Target must specify a port followed by a path that begins with '/'."
            expected = "TCP:80, SSL:443, HTTP:80/path or HTTPS:443/path"
            yield Finding(f"{where}.target", text, expected, detail="target", answer=answer)
        interval, timeout = as_number(check.get("interval")), as_number(check.get("timeout"))
        if isinstance(interval, float) and isinstance(timeout, float) and timeout >= interval:
            answer = "ValidationError: HealthCheck timeout must be less than interval"
            yield Finding(f"{where}.timeout", check.get("timeout"), f"less than interval, {interval:g}", answer=answer)
