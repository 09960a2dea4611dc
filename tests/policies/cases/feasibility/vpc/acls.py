"""Cases of policies/feasibility/rules/vpc/acls.py."""

from typing import Any

from tests.policies.given.feasibility.vpc import linked
from tests.policies.given.feasibility.vpc_rules import entry
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

ACL = "aws:ec2/networkAcl:NetworkAcl"
ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
BACK = entry(200, fromPort=1024, toPort=65535)


def acl_rule(name: str = "it", **inputs: Any) -> Planned:
    return linked(ACL_RULE, name, networkAclId=(ACL, "acl"), **{"ruleNumber": 100, "egress": False, **inputs})


LOGGED: dict[str, Any] = {"vpcId": UNKNOWN, "trafficType": "ALL", "iamRoleArn": UNKNOWN, "logDestination": UNKNOWN}

CASES: dict[str, Cases] = {
    "network-acl-entry": Cases(
        token=ACL,
        fails=[
            {"ingress": [entry(0)]},
            {"ingress": [entry(32767)]},
            {"ingress": [entry(100), entry(100)]},
            {"ingress": [entry(protocol="-1")]},
            *({"ingress": [entry(fromPort=port)]} for port in (None, -1, 444)),
            {"ingress": [entry(toPort=65536)]},
            {"ingress": [entry(protocol="icmp", fromPort=0, toPort=0)]},
            {"ingress": [entry(ipv6CidrBlock="::/0")]},
            {"ingress": [entry(action="accept")]},
            planned(ACL_RULE, ruleNumber=100, ruleAction="allow", protocol="-1"),
        ],
        passes=[
            {"ingress": [entry(100), entry(200)], "egress": [entry(100, protocol="-1", fromPort=0, toPort=0)]},
            {"ingress": [entry(1, fromPort=0), entry(32766, toPort=65535)]},
            {"ingress": [entry(protocol="icmp", icmpType=-1, icmpCode=-1, fromPort=0, toPort=0)]},
            planned(ACL_RULE, ruleNumber=1, ruleAction="deny", protocol="-1", cidrBlock="0.0.0.0/0"),
        ],
        unknown=[{"ingress": UNKNOWN}, {"ingress": [entry(UNKNOWN)]}, {"ingress": [entry(fromPort=UNKNOWN)]}],
    ),
    "network-acl-rule-once": Cases(
        token=ACL_RULE,
        fails=[[planned(ACL, "acl"), acl_rule("first"), acl_rule()], [planned(ACL, "acl", ingress=[entry()]), acl_rule()]],
        passes=[
            [planned(ACL, "acl"), acl_rule("first", egress=True), acl_rule()],
            [planned(ACL, "acl"), acl_rule("first", ruleNumber=200), acl_rule()],
        ],
        unknown=[[planned(ACL, "acl"), acl_rule(ruleNumber=UNKNOWN)], {"networkAclId": UNKNOWN, "ruleNumber": 1}],
    ),
    "network-acl-return-ports": Cases(
        token=ACL,
        fails=[
            {"ingress": [entry()], "egress": [entry()]},
            {"ingress": [entry()]},
            {"ingress": [entry(), BACK], "egress": [entry()]},
            {"ingress": [entry(fromPort=32769, toPort=60999)], "egress": [BACK]},
            {"ingress": [entry(fromPort=32768, toPort=60998)], "egress": [BACK]},
        ],
        passes=[
            {"ingress": [entry(), BACK], "egress": [entry(), BACK]},
            {"ingress": [entry(fromPort=32768, toPort=60999)], "egress": [BACK]},
            {"ingress": [entry(protocol="-1", fromPort=0, toPort=0)], "egress": [entry(protocol="-1", fromPort=0, toPort=0)]},
            {},
            {"ingress": [entry(action="deny")]},
        ],
        unknown=[{"ingress": UNKNOWN}, {"ingress": [entry(protocol=UNKNOWN)]}],
    ),
    "flow-log-shape": Cases(
        token=FLOW_LOG,
        fails=[
            *({**LOGGED, key: None} for key in ("iamRoleArn", "logDestination", "vpcId", "trafficType")),
            {**LOGGED, "subnetId": UNKNOWN},
            {**LOGGED, "logDestinationType": "s3"},
            {**LOGGED, "maxAggregationInterval": 300},
        ],
        passes=[
            LOGGED,
            {"vpcId": UNKNOWN, "trafficType": "ALL", "logDestinationType": "s3", "logDestination": UNKNOWN},
            {**LOGGED, "vpcId": None, "transitGatewayId": UNKNOWN, "trafficType": None, "maxAggregationInterval": 60},
        ],
        unknown=[{**LOGGED, "logDestinationType": UNKNOWN}, {**LOGGED, "maxAggregationInterval": UNKNOWN}],
    ),
    "flow-log-destination": Cases(
        token=FLOW_LOG,
        fails=[
            {"logDestinationType": "s3", "logDestination": "arn:aws:logs:us-east-2:111111111111:log-group:a"},
            {"logDestination": "arn:aws:s3:::bucket"},
            [planned(LOG_GROUP, "g"), planned(FLOW_LOG, logDestinationType="s3", logDestination=ref(LOG_GROUP, "g"))],
        ],
        passes=[
            {"logDestinationType": "s3", "logDestination": "arn:aws:s3:::bucket/prefix"},
            {"logDestination": "arn:aws:logs:us-east-2:111111111111:log-group:a"},
            [planned(LOG_GROUP, "g"), planned(FLOW_LOG, logDestination=ref(LOG_GROUP, "g"))],
        ],
        unknown=[{"logDestination": UNKNOWN}, {"logDestinationType": UNKNOWN}],
    ),
}
