"""Cases of policies/feasibility/rules/opensearch/domains.py."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.parts import grant
from tests.policies.harness import UNKNOWN, Planned, planned, secret
from tests.policies.table import Cases, Fails

DOMAIN = "aws:opensearch/domain:Domain"
OLD = "aws:elasticsearch/domain:Domain"
POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection"
SECURITY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
MASTERS: dict[str, Any] = {"dedicatedMasterEnabled": True, "dedicatedMasterCount": 3}
WARM: dict[str, Any] = {"warmEnabled": True, "warmCount": 2, "warmType": "ultrawarm1.medium.search"}
PASSWORD = "Correct-horse-1"


def cluster(**settings: Any) -> dict[str, Any]:
    return {"clusterConfig": settings}


def zoned(count: Any, nodes: Any, **settings: Any) -> dict[str, Any]:
    zones = {"zoneAwarenessEnabled": True, "zoneAwarenessConfig": {"availabilityZoneCount": count}}
    return cluster(instanceCount=nodes, **zones, **settings)


def subnets(number: int, **settings: Any) -> dict[str, Any]:
    return {"vpcOptions": {"subnetIds": [UNKNOWN for _ in range(number)]}, **settings}


def volume(kind: str = "m6g.large.search", **options: Any) -> dict[str, Any]:
    return {"clusterConfig": {"instanceType": kind}, "ebsOptions": {"ebsEnabled": True, "volumeSize": 20, **options}}


def fine(**parts: Any) -> dict[str, Any]:
    return {
        "advancedSecurityOptions": {"enabled": True},
        "encryptAtRest": {"enabled": True},
        "nodeToNodeEncryption": {"enabled": True},
        "domainEndpointOptions": {"enforceHttps": True},
        **parts,
    }


def user(*, internal: Any = False, **options: Any) -> dict[str, Any]:
    return {
        "advancedSecurityOptions": {
            "enabled": True,
            "internalUserDatabaseEnabled": internal,
            "masterUserOptions": options or None,
        }
    }


def access(**statement: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "es:*", "Resource": "*", **statement}]})


FROM_OFFICE = access(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
LOGGED = {"logPublishingOptions": [{"logType": "INDEX_SLOW_LOGS", "cloudwatchLogGroupArn": UNKNOWN}]}
WRITES = grant("es.amazonaws.com", ["logs:PutLogEvents", "logs:PutLogEventsBatch", "logs:CreateLogStream"])


def publishing(document: Any, *, ordered: bool = True) -> list[Planned]:
    domain = planned(DOMAIN, **LOGGED)
    policy = planned(POLICY, "policy", policyDocument=document)
    return [policy, domain.after((POLICY, "policy")) if ordered else domain]


def collection(
    name: Any, resource: str | None, *, depends: Sequence[tuple[str, str]] = ((SECURITY, "policy"),), text: Any = None
) -> list[Planned]:
    document = json.dumps({"Rules": [{"ResourceType": "collection", "Resource": [resource]}], "AWSOwnedKey": True})
    policy = planned(SECURITY, "policy", type="encryption", policy=text or document)
    made = planned(COLLECTION, name=name).after(*(depends if resource or text else ()))
    return [policy, made] if resource or text else [made]


CASES: dict[str, Cases] = {
    "search-nodes-per-zone": Cases(
        token=DOMAIN,
        fails=[zoned(2, 3), zoned(3, 2), cluster(zoneAwarenessEnabled=True), zoned(1, 2), planned(OLD, **zoned(2, 1))],
        passes=[zoned(2, 4), zoned(3, 3), zoned(3, 4), cluster(instanceCount=1), {}],
        unknown=[zoned(2, UNKNOWN), zoned(UNKNOWN, 3), {"clusterConfig": UNKNOWN}],
    ),
    "search-subnets-per-zone": Cases(
        token=DOMAIN,
        fails=[subnets(2), subnets(1, **zoned(2, 2)), subnets(2, **zoned(3, 3))],
        passes=[subnets(1), subnets(2, **zoned(2, 2)), subnets(3, **zoned(3, 3)), {}],
        unknown=[{"vpcOptions": {"subnetIds": UNKNOWN}}, subnets(2, **zoned(UNKNOWN, 2))],
    ),
    "search-standby": Cases(
        token=DOMAIN,
        fails=[
            zoned(2, 3, multiAzWithStandbyEnabled=True, dedicatedMasterEnabled=True),
            zoned(3, 4, multiAzWithStandbyEnabled=True, dedicatedMasterEnabled=True),
            zoned(3, 3, multiAzWithStandbyEnabled=True),
        ],
        passes=[zoned(3, 6, multiAzWithStandbyEnabled=True, dedicatedMasterEnabled=True), zoned(3, 4)],
        unknown=[zoned(3, UNKNOWN, multiAzWithStandbyEnabled=True, dedicatedMasterEnabled=True)],
    ),
    "search-dedicated-masters": Cases(
        token=DOMAIN,
        fails=[
            cluster(dedicatedMasterEnabled=True, dedicatedMasterCount=2),
            cluster(dedicatedMasterEnabled=True, dedicatedMasterCount=4),
            cluster(**WARM),
            cluster(**MASTERS, warmEnabled=True),
            cluster(coldStorageOptions={"enabled": True}),
        ],
        passes=[cluster(**MASTERS), cluster(**MASTERS, **WARM, coldStorageOptions={"enabled": True}), {}],
        unknown=[cluster(dedicatedMasterEnabled=True, dedicatedMasterCount=UNKNOWN)],
    ),
    "search-volumes": Cases(
        token=DOMAIN,
        fails=[
            cluster(instanceType="m6g.large.search"),
            volume("i3.large.search"),
            volume(volumeSize=None),
            Fails(volume(volumeSize=9), "ebsOptions.volumeSize"),
            volume(volumeType="gp2", iops=3000),
            volume(volumeType="gp2", throughput=250),
            volume(volumeType="io1"),
        ],
        passes=[
            volume(volumeType="gp3", iops=3000, throughput=250),
            volume(volumeType="gp2"),
            cluster(instanceType="r6gd.large.search"),
            volume("or1.large.search"),
            volume(volumeSize=10),
        ],
        unknown=[volume(volumeSize=UNKNOWN), {"ebsOptions": UNKNOWN}],
    ),
    "search-type-features": Cases(
        token=DOMAIN,
        fails=[
            {**cluster(instanceType="t3.small.search"), "autoTuneOptions": {"desiredState": "ENABLED"}},
            {**cluster(instanceType="t2.small.search"), "encryptAtRest": {"enabled": True}},
        ],
        passes=[
            {**cluster(instanceType="t3.small.search"), "encryptAtRest": {"enabled": True}},
            {**cluster(instanceType="m6g.large.search"), "autoTuneOptions": {"desiredState": "ENABLED"}},
            {},
        ],
        unknown=[{"clusterConfig": {"instanceType": UNKNOWN}}],
    ),
    "search-access": Cases(
        token=DOMAIN,
        fails=[
            {"advancedSecurityOptions": {"enabled": True}},
            fine(encryptAtRest={"enabled": False}),
            {"accessPolicies": access()},
        ],
        passes=[
            fine(),
            fine(accessPolicies=access()),
            {"accessPolicies": FROM_OFFICE},
            {"accessPolicies": access(), "vpcOptions": {"subnetIds": [UNKNOWN]}},
            {"accessPolicies": access(Principal={"AWS": "111111111111"})},
            {},
        ],
        unknown=[{"accessPolicies": UNKNOWN}, fine(encryptAtRest=UNKNOWN)],
    ),
    "search-master-user": Cases(
        token=DOMAIN,
        fails=[
            user(internal=True),
            user(masterUserName="admin", masterUserPassword=UNKNOWN),
            user(internal=True, masterUserName="admin", masterUserPassword=PASSWORD, masterUserArn=UNKNOWN),
            user(internal=True, masterUserName="admin", masterUserPassword="weak"),
        ],
        passes=[
            user(internal=True, masterUserName="admin", masterUserPassword=secret(PASSWORD)),
            user(masterUserArn=UNKNOWN),
            {"advancedSecurityOptions": {"enabled": False}},
        ],
        unknown=[
            {"advancedSecurityOptions": {"enabled": True, "masterUserOptions": UNKNOWN}},
            {"advancedSecurityOptions": UNKNOWN},
        ],
    ),
    "search-log-publishing": Cases(
        token=DOMAIN,
        fails=[LOGGED, publishing(grant("es.amazonaws.com", ["logs:PutLogEvents"])), publishing(WRITES, ordered=False)],
        passes=[publishing(WRITES), publishing(grant("es.amazonaws.com", "logs:*")), {}],
        unknown=[publishing(UNKNOWN), {"logPublishingOptions": UNKNOWN}],
    ),
    "search-audit-logs": Cases(
        token=DOMAIN,
        fails=[
            {"logPublishingOptions": [{"logType": "AUDIT_LOGS"}]},
            {"logPublishingOptions": [{"logType": "SEARCH_SLOW_LOGS"}, {"logType": "SEARCH_SLOW_LOGS"}]},
            {"domainEndpointOptions": {"customEndpointEnabled": True, "customEndpoint": "search.example.com"}},
        ],
        passes=[fine(logPublishingOptions=[{"logType": "AUDIT_LOGS"}]), LOGGED, {}],
        unknown=[{"logPublishingOptions": [{"logType": UNKNOWN}]}],
    ),
    "search-vpc-address-policy": Cases(
        token=DOMAIN,
        fails=[{"vpcOptions": {"subnetIds": [UNKNOWN]}, "accessPolicies": FROM_OFFICE}],
        passes=[{"accessPolicies": FROM_OFFICE}, {"vpcOptions": {"subnetIds": [UNKNOWN]}, "accessPolicies": access()}],
        unknown=[{"vpcOptions": {"subnetIds": [UNKNOWN]}, "accessPolicies": UNKNOWN}],
    ),
    "search-collection-encryption": Cases(
        token=COLLECTION,
        fails=[
            collection("logs", None),
            collection("logs", "collection/another"),
            collection("logs", "collection/logs", depends=()),
        ],
        passes=[collection("logs", "collection/logs"), collection("logs", "collection/lo*")],
        unknown=[collection("logs", None, text=UNKNOWN), collection(UNKNOWN, "collection/logs")],
    ),
}
