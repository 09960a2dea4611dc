"""What is planned in several cases of the feasibility pack: elasticache."""

from typing import Any

from tests.policies.harness import Planned, planned

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
MEMORYDB = "aws:memorydb/cluster:Cluster"


def memorydb(**inputs: Any) -> list[Planned]:
    return [planned(MEMORYDB, **inputs)]
