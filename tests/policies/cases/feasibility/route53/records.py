"""Cases of policies/feasibility/rules/route53/records.py."""

from typing import Any

from tests.policies.given.feasibility.route53 import ZONE, zone
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

RECORD = "aws:route53/record:Record"
ALIAS = {"name": UNKNOWN, "zoneId": UNKNOWN, "evaluateTargetHealth": True}
ELSEWHERE = {"zoneId": "Z0", "ttl": 60}


def record(name: Any, kind: Any = "A", at: str = "it", **inputs: Any) -> Planned:
    return planned(RECORD, at, zoneId=ref(ZONE, "zone"), name=name, type=kind, **inputs)


def weighted(weight: Any, identifier: Any, **more: Any) -> dict[str, Any]:
    return {"weightedRoutingPolicies": [{"weight": weight}], "setIdentifier": identifier, **more}


def failover(kind: Any, **more: Any) -> dict[str, Any]:
    return {"failoverRoutingPolicies": [{"type": kind}], "setIdentifier": f"{kind}", **more}


def values(kind: Any, *texts: Any) -> dict[str, Any]:
    return {"type": kind, "records": list(texts), **ELSEWHERE}


def cloudfront(**alias: Any) -> list[dict[str, Any]]:
    return [{"name": UNKNOWN, "zoneId": "Z2FDTNDATAQYW2", "evaluateTargetHealth": False, **alias}]


CASES: dict[str, Cases] = {
    "dns-record-alias-or-values": Cases(
        token=RECORD,
        fails=[
            {"type": "A"},
            {"type": "A", "records": ["192.0.2.1"], "ttl": 60, "aliases": [ALIAS]},
            {"type": "A", "aliases": [ALIAS], "ttl": 60},
            {"type": "A", "records": ["192.0.2.1"]},
            {"type": "NS", "aliases": [ALIAS]},
        ],
        passes=[
            {"type": "A", "records": [UNKNOWN], "ttl": 60},
            {"type": "A", "records": ["192.0.2.1"], "ttl": 0},
            {"type": "A", "aliases": [ALIAS]},
            {"type": "A", "aliases": UNKNOWN},
        ],
        unknown=[{"type": UNKNOWN, "aliases": [ALIAS]}],
    ),
    "dns-record-routing": Cases(
        token=RECORD,
        fails=[
            {"weightedRoutingPolicies": [{"weight": 1}]},
            {"setIdentifier": "a"},
            weighted(1, "a", latencyRoutingPolicies=[{"region": "us-east-2"}]),
            {"setIdentifier": "a", "geolocationRoutingPolicies": [{"continent": "EU", "country": "DE"}]},
        ],
        passes=[
            weighted(1, "a"),
            weighted(1, UNKNOWN),
            {"multivalueAnswerRoutingPolicy": False},
            {"setIdentifier": "a", "geolocationRoutingPolicies": [{"country": "US", "subdivision": "CA"}]},
            {},
        ],
        unknown=[{"setIdentifier": "a", "geolocationRoutingPolicies": UNKNOWN}],
    ),
    "dns-cname-alone": Cases(
        token=RECORD,
        fails=[
            zone(record("example.com", "CNAME", records=["a.example.org"])),
            zone(record("", "CNAME", records=["a.example.org"])),
            zone(record("app", "CNAME", records=["a.example.org"]), record("app.example.com", "TXT", "other")),
            {"type": "CNAME", "name": "a", "records": ["b", "c"], **ELSEWHERE},
        ],
        passes=[
            zone(record("app", "CNAME", records=["a.example.org"]), record("www", "TXT", "other")),
            zone(record("example.com", "A")),
            zone(record("app", "CNAME", "a", **weighted(1, "a")), record("app", "CNAME", "b", **weighted(1, "b"))),
        ],
        unknown=[
            zone(record(UNKNOWN, "CNAME")),
            {"type": "CNAME", "name": "a", "zoneId": UNKNOWN},
            {"type": UNKNOWN, "name": "a"},
        ],
    ),
    "dns-record-once": Cases(
        token=RECORD,
        fails=[
            zone(record("app", at="a"), record("app.example.com", at="b")),
            zone(record("app", at="a"), record("app", at="b", **weighted(1, "a"))),
            zone(record("app", at="a", **weighted(1, "a")), record("app", at="b", **weighted(1, "a"))),
            zone(
                record("app", at="a", **weighted(1, "a")),
                record("app", at="b", latencyRoutingPolicies=[{"region": "us-east-2"}], setIdentifier="b"),
            ),
        ],
        passes=[
            zone(record("app", at="a"), record("app", "AAAA", at="b")),
            zone(record("app", at="a", **weighted(1, "a")), record("app", at="b", **weighted(1, "b"))),
            zone(record("app", at="a"), record("www", at="b")),
        ],
        unknown=[
            zone(record("app", at="a", **weighted(1, "a")), record("app", at="b", **weighted(1, UNKNOWN))),
            {"name": UNKNOWN, "type": "A", "zoneId": "Z0"},
        ],
    ),
    "dns-failover-health": Cases(
        token=RECORD,
        fails=[
            failover("PRIMARY", records=["192.0.2.1"]),
            failover("PRIMARY", aliases=[{**ALIAS, "evaluateTargetHealth": False}]),
        ],
        passes=[
            failover("PRIMARY", records=["192.0.2.1"], healthCheckId=UNKNOWN),
            failover("PRIMARY", aliases=[ALIAS]),
            failover("SECONDARY", records=["192.0.2.1"]),
            {},
        ],
        unknown=[
            {"failoverRoutingPolicies": [{"type": UNKNOWN}]},
            failover("PRIMARY", aliases=[{**ALIAS, "evaluateTargetHealth": UNKNOWN}]),
        ],
    ),
    "dns-failover-pair": Cases(
        token=RECORD,
        fails=[zone(record("app", at="a", **failover("PRIMARY")), record("app", at="b", **failover("PRIMARY")))],
        passes=[zone(record("app", at="a", **failover("PRIMARY")), record("app", at="b", **failover("SECONDARY")))],
        unknown=[zone(record("app", at="a", **failover("PRIMARY")), record("app", at="b", **failover(UNKNOWN)))],
    ),
    "dns-weight-range": Cases(
        token=RECORD,
        fails=[weighted(256, "a"), weighted(-1, "a")],
        passes=[weighted(255, "a"), weighted(0, "a"), {}],
        unknown=[weighted(UNKNOWN, "a")],
    ),
    "dns-record-values": Cases(
        token=RECORD,
        fails=[
            values("A", "lb.example.com"),
            values("A", "2001:db8::1"),
            values("AAAA", "192.0.2.1"),
            values("MX", "mail.example.com"),
            values("TXT", "x" * 256),
            values("CAA", "issue amazon.com"),
            values("SRV", "10 5060 sip.example.com"),
            values("CNAME", "https://example.com/"),
        ],
        passes=[
            values("A", "192.0.2.1"),
            values("AAAA", "2001:db8::1"),
            values("MX", "10 mail.example.com."),
            *(values("TXT", text) for text in ('"' + "x" * 200 + '" "' + "y" * 200 + '"', "x" * 255, "v=spf1 -all")),
            values("CAA", '0 issue "amazon.com"'),
            values("CNAME", "a.example.com."),
            values("NS", "anything"),
        ],
        unknown=[values("A", UNKNOWN), values(UNKNOWN, "a")],
    ),
    "dns-alias-cloudfront": Cases(
        token=RECORD,
        fails=[{"type": "A", "aliases": cloudfront(evaluateTargetHealth=True)}, {"type": "CNAME", "aliases": cloudfront()}],
        passes=[{"type": "AAAA", "aliases": cloudfront()}, {"type": "A", "records": ["192.0.2.1"]}],
        unknown=[{"type": "A", "aliases": [ALIAS]}],
    ),
    "dns-record-size": Cases(
        token=RECORD,
        fails=[values("A", *["192.0.2.1"] * 401)],
        passes=[values("A", "192.0.2.1"), {}],
        unknown=[{"records": UNKNOWN}],
    ),
    "dns-record-in-zone": Cases(
        token=RECORD,
        fails=[zone(record("app.example.org")), zone(record("app.example.net.", "TXT"))],
        passes=[
            *(zone(record(value)) for value in ("app.example.com", "app", "a.b")),
            {"name": "a.example.org", "zoneId": "Z0"},
        ],
        unknown=[{"name": UNKNOWN, "zoneId": "Z0"}],
    ),
}
