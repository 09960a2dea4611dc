"""Cases of policies/feasibility/rules/elasticache/users.py."""

from typing import Any

from tests.policies.given.feasibility.elasticache import GROUP, MEMORYDB
from tests.policies.harness import UNKNOWN, Planned, planned, secret
from tests.policies.table import Cases

USER = "aws:elasticache/user:User"
USERS = "aws:elasticache/userGroup:UserGroup"


def users(*names: Any, engine: str = "redis", of: str = "redis") -> list[Planned]:
    return [
        *(planned(USER, f"u{number}", userName=name, engine=of) for number, name in enumerate(names)),
        Planned(
            token=USERS,
            inputs={"engine": engine, "userIds": [UNKNOWN for _ in names]},
            refs={"userIds": [(USER, f"u{number}") for number in range(len(names))]},
        ),
    ]


CASES: dict[str, Cases] = {
    "cache-global-secondary": Cases(
        token=GROUP,
        fails=[{"globalReplicationGroupId": UNKNOWN, "engineVersion": "7.1"}],
        passes=[{"globalReplicationGroupId": UNKNOWN, "numCacheClusters": 1}, {"engineVersion": "7.1"}],
        never_unknown=True,
    ),
    "cache-user-group-default": Cases(
        token=USERS,
        fails=[users("app"), {"engine": "redis"}, users("default", of="valkey")],
        passes=[
            users("default", "app"),
            {"engine": "redis", "userIds": ["default", "app"]},
            users("app", engine="valkey", of="valkey"),
        ],
        unknown=[users(UNKNOWN), {"engine": "redis", "userIds": ["app"]}],
    ),
    "cache-user-authentication": Cases(
        token=USER,
        fails=[{"userName": "app"}, {"noPasswordRequired": True, "passwords": [secret("correct-horse-battery")]}],
        passes=[{"noPasswordRequired": True}, {"authenticationMode": {"type": "iam"}}, {"passwords": UNKNOWN}],
        never_unknown=True,
    ),
    "serverless-cache-limits": Cases(
        token="aws:elasticache/serverlessCache:ServerlessCache",
        fails=[
            {"cacheUsageLimits": {"dataStorage": {"minimum": 20, "maximum": 10, "unit": "GB"}}},
            {"cacheUsageLimits": {"ecpuPerSeconds": [{"minimum": 5000, "maximum": 1000}]}},
            {"engine": "memcached", "userGroupId": "a"},
        ],
        passes=[{"cacheUsageLimits": {"dataStorage": {"minimum": 1, "maximum": 10, "unit": "GB"}}}, {"engine": "valkey"}],
        unknown=[{"cacheUsageLimits": UNKNOWN}],
    ),
    "memorydb-acl-needs-tls": Cases(
        token=MEMORYDB,
        fails=[{"tlsEnabled": False, "aclName": "app"}],
        passes=[{"tlsEnabled": False, "aclName": "open-access"}, {"aclName": "app"}],
        unknown=[{"tlsEnabled": False, "aclName": UNKNOWN}, {"tlsEnabled": UNKNOWN}],
    ),
    "memorydb-counts": Cases(
        token=MEMORYDB,
        fails=[{"numReplicasPerShard": 6}],
        passes=[{"numReplicasPerShard": 2, "numShards": 3}, {}],
        unknown=[{"numReplicasPerShard": UNKNOWN}],
    ),
}
