"""Cases of policies/feasibility/rules/elb/listener_rules.py."""

from typing import Any

from tests.policies.given.feasibility.lb import RULE, on
from tests.policies.given.feasibility.parts import LISTENER, LOAD_BALANCER
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about


def priorities(one: object, other: object, listeners: tuple[str, str] = ("a", "a")) -> list[Planned]:
    return [
        planned(RULE, name, listenerArn=arn, priority=priority)
        for name, arn, priority in (("first", listeners[0], one), ("it", listeners[1], other))
    ]


def when(*conditions: object) -> dict[str, Any]:
    return {"conditions": list(conditions)}


def hosts(*names: object) -> dict[str, Any]:
    return {"hostHeader": {"values": list(names)}}


def paths(*names: object) -> dict[str, Any]:
    return {"pathPattern": {"values": list(names)}}


def many_rules(count: int) -> list[Planned]:
    return [*on({}, {}), *(planned(RULE, f"r{number}", listenerArn=ref(LISTENER, "it")) for number in range(count))]


def ruled(kind: object) -> list[Planned]:
    return [*on({"loadBalancerType": kind}, {}), planned(RULE, "rule", listenerArn=ref(LISTENER, "it"))]


CASES: dict[str, Cases] = {
    "listener-rule-priority": about(RULE, "priority", fails=[0, 50001], passes=[50000, ABSENT]),
    "listener-rule-priority-free": Cases(
        token=RULE,
        fails=[priorities(10, 10)],
        passes=[priorities(10, 20), priorities(10, 10, ("a", "b")), priorities(None, None)],
        unknown=[priorities(10, UNKNOWN), planned(RULE, listenerArn=UNKNOWN, priority=1)],
    ),
    "listener-rule-conditions": Cases(
        token=RULE,
        fails=[
            {},
            when(hosts("a.com", "b.com", "c.com"), paths("/a", "/b", "/c")),
            when({**hosts("a.com"), **paths("/a")}),
            when({}),
            when(hosts()),
            when(paths("/a"), paths("/b")),
            when(paths("a")),
            when(hosts("x" * 129)),
            when(hosts("*" * 6)),
            when({"httpRequestMethod": {"values": ["get"]}}),
            when({"sourceIp": {"values": ["10.0.0.1"]}}),
            when({"httpHeader": {"httpHeaderName": "Host", "values": ["a.com"]}}),
            when({"queryStrings": [{"value": str(number)} for number in range(6)]}),
        ],
        passes=[
            when(hosts("a.com"), paths("/a/*", "/b/*", "/c/*", "*.gif")),
            when({"httpRequestMethod": {"values": ["GET"]}}, {"sourceIp": {"values": ["10.0.0.0/8"]}}),
            when(
                {"httpHeader": {"httpHeaderName": "X-A", "values": ["a"]}},
                {"httpHeader": {"httpHeaderName": "X-B", "values": ["b"]}},
            ),
            when(hosts("x" * 128)),
            when(hosts("*" * 5)),
            when(hosts(UNKNOWN)),
        ],
        unknown=[{"conditions": UNKNOWN}, when(UNKNOWN), when({"hostHeader": {"values": UNKNOWN}})],
    ),
    "listener-rule-count": Cases(
        token=LOAD_BALANCER, fails=[many_rules(101)], passes=[many_rules(3), many_rules(100)], never_unknown=True
    ),
    "listener-rule-application": Cases(
        token=RULE,
        fails=[ruled("network")],
        passes=[ruled(None), {"listenerArn": "a"}],
        unknown=[ruled(UNKNOWN), {"listenerArn": UNKNOWN}],
    ),
}
