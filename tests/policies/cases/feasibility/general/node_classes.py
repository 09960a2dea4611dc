"""Cases of policies/feasibility/rules/general/node_classes.py."""

from tests.policies.given.feasibility.elasticache import GROUP, memorydb
from tests.policies.harness import UNKNOWN, Planned
from tests.policies.table import Cases

CASES: dict[str, Cases] = {
    "node-class-form": Cases(
        token=GROUP,
        fails=[
            {"nodeType": "t3.micro"},
            [Planned(token="aws:rds/instance:Instance", inputs={"instanceClass": "t3.micro"})],
            [Planned(token="aws:opensearch/domain:Domain", inputs={"clusterConfig": {"instanceType": "t3.small"}})],
            [
                Planned(
                    token="aws:opensearch/domain:Domain", inputs={"clusterConfig": {"instanceType": "t3.small.elasticsearch"}}
                )
            ],
            memorydb(nodeType="cache.t4g.small"),
        ],
        passes=[
            {"nodeType": "cache.t3.micro"},
            [Planned(token="aws:rds/clusterInstance:ClusterInstance", inputs={"instanceClass": "db.serverless"})],
            [Planned(token="aws:opensearch/domain:Domain", inputs={"clusterConfig": {"instanceType": "t3.small.search"}})],
            [Planned(token="aws:msk/cluster:Cluster", inputs={"brokerNodeGroupInfo": {"instanceType": "express.m7g.large"}})],
            {},
        ],
        unknown=[{"nodeType": UNKNOWN}],
    ),
}
