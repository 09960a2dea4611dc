"""ElastiCache and MemoryDB: users and their groups, global datastores, serverless caches and access lists."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most, between
from policies.feasibility.engine.faults import is_one, is_other, plain_number, said, where_all
from policies.feasibility.engine.shapes import each_block, exactly_one, forbids, of, only_one, saying
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of
from policies.kit.references import targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list

rules: Final = Rules("feasibility", failures())

_GROUP: Final = "elasticache/replicationGroup"


rules.named("cache-global-secondary", "F281", _GROUP).add(
    of(
        forbids(
            "globalReplicationGroupId",
            "numNodeGroups parameterGroupName engine engineVersion nodeType transitEncryptionEnabled transitEncryptionMode "
            "atRestEncryptionEnabled snapshotArns snapshotName",
        )
    ),
    description="A member of a global datastore takes engine, node type and encryption from the global datastore.",
    remediation="Remove them from the secondary.",
)


@rules.rule("cache-user-group-default", "F280", "elasticache/userGroup")
def _default(group: Resource) -> Answers:
    """A user group of Redis has a user named default; its users are of its engine.

    Add a user with userName default (make one with an access string that is off) to userIds.
    """
    users = targets(group, "userIds[]", "elasticache/user")
    listed = as_list(group.get("userIds"))
    known = [user.get("userName") for user in users]
    engine = text_of(group.get("engine")).lower()
    for user in users if engine == "redis" else ():
        if text_of(user.get("engine")).lower() == "valkey":
            answer = "InvalidParameterCombination: a Redis user group cannot contain Valkey users"
            yield Finding("userIds", user.name, "users of engine redis", user.name, answer)
    if engine != "redis" or "default" in [value for value in (*listed, *known) if value is not UNKNOWN]:
        return
    if any(value is UNKNOWN for value in known) or len(users) < len(listed):
        yield NOT_JUDGED
    else:
        yield Finding("userIds", listed or None, "a user with userName default")


rules.named("cache-user-authentication", "F280", "elasticache/user").add(
    of(exactly_one("authenticationMode passwords passwordsWo noPasswordRequired")),
    description="A user of a cache has one way to sign in.",
    remediation="Set one of authenticationMode, passwords and noPasswordRequired.",
)

_ORDER: Final = "InvalidParameterValue: the minimum usage limit must not exceed the maximum"

rules.named("serverless-cache-limits", "F281", "elasticache/serverlessCache").add(
    all_of(
        *(
            each_block(
                path,
                saying(_ORDER, at_most("minimum", "maximum"), expected="at most {maximum}", detail=path, shown=plain_number),
            )
            for path in ("cacheUsageLimits.dataStorage", "cacheUsageLimits.ecpuPerSeconds")
        ),
        of(
            where_all(is_one("engine", "memcached"), said("userGroupId"))
            .wrong("nothing for Memcached", "users", shown="set")
            .says("InvalidParameterCombination: user groups are available for Valkey and Redis OSS only")
        ),
    ),
    description="A serverless cache's limits have the lower bound below the upper; user groups are for Redis and Valkey.",
    remediation="Set minimum at most maximum; remove userGroupId from Memcached.",
)
rules.named("memorydb-acl-needs-tls", "F277", "memorydb/cluster").add(
    of(
        where_all(is_one("tlsEnabled", False), is_other("aclName", "open-access"))
        .wrong("open-access with tlsEnabled: false")
        .says("InvalidParameterCombinationException: ACL must be open-access when TLS is disabled")
    ),
    description="A MemoryDB cluster without TLS has the open access list.",
    remediation="Set aclName: open-access, or tlsEnabled: true.",
)
rules.named("memorydb-counts", "F276", "memorydb/cluster").add(
    of(
        between("numReplicasPerShard", 0, 5, unit="replicas"),
        between("numShards", 1, 500, unit="shards"),
        only_one("name namePrefix"),
    ),
    description="A MemoryDB cluster has up to 5 replicas in a shard.",
    remediation="Set numReplicasPerShard from 0 to 5.",
)
