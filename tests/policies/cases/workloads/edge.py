"""Cases of policies/controls/workloads/edge.py."""

from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases, on

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"

CASES: dict[str, Cases] = {
    "alb-drops-invalid-headers": Cases(
        token=BALANCER,
        fails=[
            {},
            {"loadBalancerType": "application", "dropInvalidHeaderFields": False},
            *on("aws:alb/loadBalancer:LoadBalancer", {"dropInvalidHeaderFields": "false"}),
        ],
        passes=[{"dropInvalidHeaderFields": True}, {"loadBalancerType": "network"}, {"loadBalancerType": "gateway"}],
        unknown=[{"dropInvalidHeaderFields": UNKNOWN}, {"loadBalancerType": UNKNOWN}],
    ),
    "desync-mitigation": Cases(
        token=BALANCER,
        fails=[
            {"desyncMitigationMode": "monitor"},
            *on("aws:applicationloadbalancing/loadBalancer:LoadBalancer", {"desyncMitigationMode": "monitor"}),
            *on(CLASSIC, {"desyncMitigationMode": "monitor"}),
        ],
        passes=[
            {},
            {"desyncMitigationMode": "strictest"},
            {"desyncMitigationMode": "defensive"},
            {"loadBalancerType": "network", "desyncMitigationMode": "monitor"},
            *on(CLASSIC, {}),
        ],
        unknown=[{"desyncMitigationMode": UNKNOWN}],
    ),
    "certificate-names": Cases(
        token="aws:acm/certificate:Certificate",
        fails=[
            {"domainName": "*.example.com"},
            {"domainName": "example.com", "subjectAlternativeNames": ["www.example.com", "*.example.com"]},
            {"domainName": UNKNOWN, "subjectAlternativeNames": ["*.example.com"]},
        ],
        passes=[{"domainName": "example.com"}, {"domainName": "example.com", "subjectAlternativeNames": ["www.example.com"]}],
        unknown=[{"domainName": UNKNOWN}, {"domainName": "example.com", "subjectAlternativeNames": UNKNOWN}],
    ),
}
