"""Data stores know who connects: by IAM, by a name nobody guesses, by a token or a user group."""

import re
from typing import Final

from policies.kit.checks import all_of, each_is, is_on
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_bool, given, switch

rules: Final = Rules("least_privilege")

# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.RDS_Fea_Regions_DB-eng.Feature.IamDatabaseAuthentication.html
_WITHOUT_IAM: Final = re.compile(r"(custom-)?(oracle|sqlserver|db2)")


@rules.rule(
    "rds-iam-authentication",
    "C017",
    "rds/instance rds/cluster neptune/cluster",
    remediation_values={"iamDatabaseAuthenticationEnabled": True},
)
def _iam_authentication(database: Resource) -> Answers:
    """Databases accept IAM credentials, which expire, in place of passwords.

    Set iamDatabaseAuthenticationEnabled: true.
    """
    engine = database.get("engine")
    if not _WITHOUT_IAM.match(str(engine or "")):
        made_from = database.get("replicateSourceDb") is not None or database.get("snapshotIdentifier") is not None
        if engine is None and made_from and as_bool(database.get("iamDatabaseAuthenticationEnabled")) is None:
            yield NOT_JUDGED  # its engine is that of what it is made from
        else:
            yield from is_on("iamDatabaseAuthenticationEnabled")(database)


def _chosen(name: Value) -> bool:
    return str(name or "").lower() not in ("postgres", "admin")


rules.named("rds-master-user-name", "C024", "rds/instance rds/cluster").add(
    all_of(*(each_is(prop, _chosen, "a name other than postgres or admin") for prop in ("username", "masterUsername"))),
    description="The master user is not called by the name that everybody tries first.",
    remediation="Choose another name at creation (username of an instance, masterUsername of a cluster).",
)


@rules.rule("elasticache-authentication", "C159", "elasticache/replicationGroup elasticache/serverlessCache")
def _cache_authentication(cache: Resource) -> Answers:
    """Caches ask who connects: by an AUTH token over TLS, or by a user group.

    Set userGroupIds (userGroupId of a serverless cache), or authToken with transitEncryptionEnabled: true.
    """
    if cache.kind == "elasticache/serverlessCache":
        group = cache.get("userGroupId")
        if not given(group) and cache.get("engine") != "memcached":
            yield Finding("userGroupId", group, "a user group")
    elif not _authenticates(cache):
        if cache.get("globalReplicationGroupId") is not None:
            yield NOT_JUDGED  # a member of a global datastore takes its primary's
        else:
            yield Finding("userGroupIds", None, "a user group, or authToken")
    elif not switch(cache.get("transitEncryptionEnabled")) and cache.get("globalReplicationGroupId") is None:
        yield Finding("transitEncryptionEnabled", cache.get("transitEncryptionEnabled"), "true, which authentication needs")


@rules.rule("cache-user-access", "C159", "elasticache/user memorydb/user")
def _user_access(user: Resource) -> Answers:
    """Users of a cache reach some keys by some commands, and the user default, whom every client is at first, reaches none.

    Set accessString: "off -@all" for userName default; for others name keys or commands, e.g. "on ~live:* -@all +@string".
    """
    name, access = user.get("userName"), user.get("accessString")
    if not isinstance(access, str):
        yield NOT_JUDGED
        return
    words = access.lower().split()
    is_on = [word for word in words if word in ("on", "off")][-1:] == ["on"]
    if is_on and name == "default":
        yield Finding("accessString", access, "off: nobody logs in as default")
    elif is_on and not _EVERY_KEY.isdisjoint(words) and not _EVERY_COMMAND.isdisjoint(words):
        yield Finding("accessString", access, "keys, or commands, that are not all")
    elif is_on and name is UNKNOWN:
        yield NOT_JUDGED
    if is_on and switch(user.get("noPasswordRequired")):
        yield Finding("noPasswordRequired", user.get("noPasswordRequired"), "a password or IAM")


_EVERY_KEY: Final = frozenset({"~*", "allkeys", "%rw~*"})
_EVERY_COMMAND: Final = frozenset({"+@all", "allcommands"})


def _authenticates(cache: Resource) -> bool:
    """Whether it has a token or a user group; what is known later is there."""
    return any(given(cache.get(prop)) for prop in ("authToken", "authTokenWo", "userGroupIds"))
