"""Load balancers refuse malformed requests, and a certificate opens only the names it is for."""

from typing import Final

from policies.kit.checks import is_on, one_of, only_where
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("workloads")


def _of_applications(check: Check) -> Check:
    """`check` on classic load balancers and those that speak HTTP."""
    return only_where("loadBalancerType", check, values=("application",), default="application")


rules.named("alb-drops-invalid-headers", "C106", "lb/loadBalancer").add(
    _of_applications(is_on("dropInvalidHeaderFields")),
    description="Application load balancers drop header fields with invalid names.",
    remediation="Set dropInvalidHeaderFields: true.",
    remediation_values={"dropInvalidHeaderFields": True},
)
rules.named("desync-mitigation", "C107", "lb/loadBalancer elb/loadBalancer").add(
    _of_applications(one_of("desyncMitigationMode", ("defensive", "strictest"), default="defensive")),
    description="Load balancers stop requests that two servers would read differently.",
    remediation="Remove desyncMitigationMode: monitor (AWS's default is defensive) or set strictest.",
    remediation_values={"desyncMitigationMode": "defensive"},
)


@rules.rule("certificate-names", "C113", "acm/certificate")
def _certificate_names(certificate: Resource) -> Answers:
    """Certificates name each host; none is for every name below a domain.

    List the names in domainName and subjectAlternativeNames.
    """
    for path in ("domainName", "subjectAlternativeNames[]"):
        for where, name in certificate.each(path):
            if name is UNKNOWN:
                yield NOT_JUDGED
            elif "*" in str(name or ""):
                yield Finding(where.partition("[")[0], name, "names without *", detail=str(name))
