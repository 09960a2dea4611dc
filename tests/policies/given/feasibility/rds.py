"""What is planned in several cases of the feasibility pack: rds."""

from typing import Any

from tests.policies.harness import Planned, planned

RDS = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"


def cluster(**settings: Any) -> list[Planned]:
    return [planned(CLUSTER, **settings)]
