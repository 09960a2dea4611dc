"""Cases of policies/feasibility/rules/general/addresses.py."""

from tests.policies.given.feasibility.formats import SUBNET, SUBSCRIPTION, one
from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases

GROUP = "aws:ec2/securityGroup:SecurityGroup"

CASES: dict[str, Cases] = {
    "cidr-form": Cases(
        token="aws:ec2/vpc:Vpc",
        fails=[
            *({"cidrBlock": block} for block in ("10.0.0.0", "10.0.0.0/33", "10.0.300.0/24", "10.0.0.1/16", "10.0.0.0/8")),
            *({"cidrBlock": block} for block in ("10.0.0.0/29", "10.0.0.0/255.255.0.0")),
            one(SUBNET, cidrBlock="10.0.0.0/15"),
            one(SUBNET, ipv6CidrBlock="10.0.0.0/24"),
            one(
                GROUP, ingress=[{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16", "10.1.0.0"]}]
            ),
            one(GROUP, ingress=[{"cidrBlocks": ["::/0"]}]),
            one(GROUP, egress=[{"ipv6CidrBlocks": ["0.0.0.0/0"]}]),
            one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", cidrIpv4="10.0.0.5"),
            one("aws:ec2/route:Route", destinationCidrBlock="0.0.0.0"),
        ],
        passes=[
            {},
            {"cidrBlock": "10.0.0.0/16"},
            one(SUBNET, cidrBlock="10.0.1.0/24", ipv6CidrBlock="2001:db8:1234:1a00::/64"),
            one(GROUP, ingress=[{"cidrBlocks": ["0.0.0.0/0"], "ipv6CidrBlocks": ["::/0"]}]),
            one("aws:ec2/route:Route", destinationCidrBlock="0.0.0.0/0"),
            one("aws:ec2/route:Route", destinationCidrBlock="10.0.1.0/22"),
            one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", cidrIpv4="10.0.0.5/32"),
        ],
        unknown=[{"cidrBlock": UNKNOWN}, one(GROUP, ingress=[{"cidrBlocks": [UNKNOWN]}])],
    ),
    "address-set": Cases(
        token="aws:wafv2/ipSet:IpSet",
        fails=[
            {"ipAddressVersion": "IPV4", "addresses": ["192.0.2.44"]},
            {"ipAddressVersion": "IPV4", "addresses": ["2001:db8::/48"]},
            {"ipAddressVersion": "IPV6", "addresses": ["192.0.2.0/24"]},
            {"ipAddressVersion": "IPV4", "addresses": ["0.0.0.0/0"]},
        ],
        passes=[
            {"ipAddressVersion": "IPV4"},
            {"ipAddressVersion": "IPV4", "addresses": ["192.0.2.44/32", "192.0.2.0/24"]},
            {"ipAddressVersion": "IPV6", "addresses": ["2001:db8::/48"]},
        ],
        unknown=[{"ipAddressVersion": "IPV4", "addresses": UNKNOWN}],
    ),
    "port-range": Cases(
        token=GROUP,
        fails=[
            {"ingress": [{"protocol": "icmp", "fromPort": -2, "toPort": 0}]},
            {"ingress": [{"protocol": "icmp", "fromPort": 0, "toPort": 65536}]},
            {"ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 80}]},
            {"egress": [{"protocol": "tcp", "fromPort": 0, "toPort": 65536}]},
            one("aws:ec2/securityGroupRule:SecurityGroupRule", protocol="udp", fromPort=9000, toPort=8000),
            one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", ipProtocol="tcp", fromPort=70000, toPort=70000),
        ],
        passes=[
            {"ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443}]},
            {"ingress": [{"protocol": "tcp", "fromPort": 0, "toPort": 65535}]},
            {},
            {"ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 443}]},
            {"ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0}]},
            {"ingress": [{"protocol": "icmp", "fromPort": 8, "toPort": 0}]},
            {"ingress": [{"protocol": "icmp", "fromPort": -1, "toPort": -1}]},
        ],
        unknown=[{"ingress": [{"protocol": "tcp", "fromPort": UNKNOWN, "toPort": 80}]}],
    ),
    "email-form": Cases(
        token="aws:organizations/account:Account",
        fails=[
            {"email": "platform at example.com"},
            {"email": "platform@localhost"},
            one("aws:budgets/budget:Budget", notifications=[{"subscriberEmailAddresses": ["a@example.com,b@example.com"]}]),
        ],
        passes=[
            {"email": "aws+prod@example.com"},
            one("aws:budgets/budget:Budget", notifications=[{"subscriberEmailAddresses": ["a@mail.example.co.uk"]}]),
        ],
        unknown=[{"email": UNKNOWN}],
    ),
    "subscription-endpoint": Cases(
        token=SUBSCRIPTION,
        fails=[
            {"protocol": "sqs", "endpoint": "https://sqs.us-east-2.amazonaws.com/111111111111/q"},
            {"protocol": "https", "endpoint": "http://example.com/hook"},
            {"protocol": "http", "endpoint": "example.com/hook"},
            {"protocol": "email", "endpoint": "ops"},
            {"protocol": "lambda", "endpoint": "arn:aws:sqs:us-east-2:111111111111:q"},
            {"protocol": "sms", "endpoint": "call me"},
            {"protocol": "firehose", "endpoint": "arn:aws:kinesis:us-east-2:111111111111:stream/s"},
        ],
        passes=[
            {"protocol": "sqs", "endpoint": "arn:aws:sqs:us-east-2:111111111111:q"},
            {"protocol": "https", "endpoint": "https://example.com/hook"},
            {"protocol": "email", "endpoint": "ops@example.com"},
            {"protocol": "lambda", "endpoint": "arn:aws:lambda:us-east-2:111111111111:function:f"},
            {"protocol": "sms", "endpoint": "+41791234567"},
            {"protocol": "firehose", "endpoint": "arn:aws:firehose:us-east-2:111111111111:deliverystream/d"},
            {"protocol": "email"},
        ],
        unknown=[{"protocol": "sqs", "endpoint": UNKNOWN}],
    ),
    "url-form": Cases(
        token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        fails=[
            {"url": "http://token.example.com"},
            {"url": "https://token.example.com?x=1"},
            one("aws:cloudwatch/eventApiDestination:EventApiDestination", invocationEndpoint="http://example.com/hook"),
            one("aws:sqs/queuePolicy:QueuePolicy", queueUrl="arn:aws:sqs:us-east-2:111111111111:q"),
        ],
        passes=[
            {"url": "https://token.actions.githubusercontent.com"},
            {"url": "https://oidc.eks.us-east-2.amazonaws.com/id/ABC"},
            one("aws:cloudwatch/eventApiDestination:EventApiDestination", invocationEndpoint="https://example.com/*"),
            one("aws:sqs/queuePolicy:QueuePolicy", queueUrl="https://sqs.us-east-2.amazonaws.com/111111111111/q"),
        ],
        unknown=[{"url": UNKNOWN}],
    ),
}
