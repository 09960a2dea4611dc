"""The edge speaks TLS: what load balancers accept, the certificates they show, and the zones that lead to them."""

import re
from typing import Final

from policies.kit.checks import all_of, each_is, equals, is_not, matches, named_by
from policies.kit.conditions import where_missing
from policies.kit.references import referrers
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, read

rules: Final = Rules("encryption")

_ENCRYPTED: Final = ("HTTPS", "TLS", "QUIC")


def _is_plain_http(listener: Resource) -> bool:
    """Whether it speaks HTTP."""
    protocol = listener.get("protocol")
    return protocol == "HTTP" or (protocol is None and listener.get("port") in (80, "80"))


def _redirects(action: Value) -> bool:
    """Whether an action sends the caller to HTTPS."""
    return action.get("type") == "redirect" and read(action, "redirect.protocol") == "HTTPS"


@rules.rule("http-only-redirects", "C101", "lb/listener elb/loadBalancer")
def _http_only_redirects(listener: Resource) -> Answers:
    """HTTP listeners only redirect to HTTPS.

    Make the only default action a redirect with protocol HTTPS; give a classic load balancer HTTPS or SSL listeners.
    """
    if listener.kind == "elb/loadBalancer":
        expected = "https, as a classic load balancer cannot redirect"
        yield from each_is("listeners[].lbProtocol", lambda name: str(name or "").lower() != "http", expected)(listener)
    elif _is_plain_http(listener):
        actions = listener.get("defaultActions")
        if not as_list(actions):
            yield Finding("defaultActions", actions, "a redirect with protocol HTTPS")
        for where, action in listener.each("defaultActions[]"):
            if action is UNKNOWN:
                yield NOT_JUDGED
            elif not _redirects(action):
                yield Finding(where, action.get("type"), "a redirect with protocol HTTPS")
        for rule in referrers(listener, "lb/listenerRule", "listenerArn"):
            for where, action in rule.each("actions[]"):
                if action is not UNKNOWN and not _redirects(action):
                    yield Finding("", f"{rule.name}.{where}", "no rule but redirects to HTTPS", detail=rule.name)


# Every policy of the load balancers' table whose oldest protocol is TLS 1.2.
_TLS_POLICIES: Final = r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-.+"


@rules.rule(
    "listener-tls-policy", "C102", "lb/listener", remediation_values={"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"}
)
def _listener_tls_policy(listener: Resource) -> Answers:
    """TLS listeners take TLS 1.2 or newer, without the ciphers of older versions.

    Set sslPolicy: ELBSecurityPolicy-TLS13-1-2-Res-2021-06.
    """
    protocol = listener.get("protocol")
    if protocol in _ENCRYPTED or (protocol is None and listener.get("port") in (443, "443")):
        expected = "ELBSecurityPolicy-TLS13-1-2-2021-06 or newer (absent means ELBSecurityPolicy-2016-08)"
        yield from matches("sslPolicy", _TLS_POLICIES, expected)(listener)


@rules.rule("listener-encrypted", "C102", "lb/listener", severity="medium")
def _listener_encrypted(listener: Resource) -> Answers:
    """Listeners that serve HTTP do so over TLS.

    Set protocol: HTTPS with a certificate, or redirect to HTTPS.
    """
    if not _is_plain_http(listener):
        return
    actions = listener.get("defaultActions")
    if actions and not all(_redirects(action) for action in as_list(actions)):
        yield Finding("protocol", listener.get("protocol"), "HTTPS with TLS 1.2 or newer, or a redirect to it")


@rules.rule("listener-certificate", "C103", "lb/listener")
def _listener_certificate(listener: Resource) -> Answers:
    """TLS listeners have a certificate of AWS Certificate Manager, which renews itself.

    Set certificateArn to an ACM certificate.
    """
    certificate = listener.get("certificateArn")
    if listener.get("protocol") not in ("HTTPS", "TLS"):
        return
    if certificate is UNKNOWN:
        if "iam/serverCertificate" in (listener.sources("certificateArn") or ()):
            yield Finding("certificateArn", certificate, "the ARN of an ACM certificate, not of one kept in IAM")
    elif not re.match(r"arn:[\w-]+:acm:", str(certificate)):
        yield Finding("certificateArn", certificate, "the ARN of an ACM certificate")


_STRONG: Final = r"RSA_(2048|3072|4096)|EC_(prime256v1|secp384r1|secp521r1)"
rules.named("acm-strong-key", "C114", "acm/certificate").add(
    all_of(
        matches("keyAlgorithm", _STRONG, "RSA_2048 or EC", default="RSA_2048"),
        where_missing(  # private ones are not logged anyway
            "certificateAuthorityArn", is_not("options.certificateTransparencyLoggingPreference", "DISABLED", "ENABLED")
        ),
    ),
    description="Certificates have a key of at least RSA 2048 or EC P-256 and are logged for transparency.",
    remediation="Set keyAlgorithm to RSA_2048 or EC_prime256v1 and leave transparency logging on.",
)

_SIGNING: Final = "route53/hostedZoneDnsSec"


@rules.rule("zone-signed", "C205", f"route53/zone {_SIGNING}", needs_stack=True)
def _zone_signed(resource: Resource) -> Answers:
    """Public zones are signed with DNSSEC.

    Add a route53.KeySigningKey and a route53.HostedZoneDnsSec for the zone, then a DS record in its parent.
    """
    if resource.kind == _SIGNING:
        yield from equals("signingStatus", "SIGNING", default="SIGNING")(resource)
    elif not as_list(resource.get("vpcs")) and not referrers(resource, "route53/zoneAssociation", "zoneId"):
        keys = referrers(resource, "route53/keySigningKey", "hostedZoneId")  # the usual way names the zone by its key
        if not any(referrers(key, _SIGNING, "hostedZoneId") for key in keys):
            yield from named_by(f"a {_SIGNING} that names the zone", (_SIGNING, "hostedZoneId"))(resource)
