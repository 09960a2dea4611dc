"""Data stores know who connects: by IAM, by a name nobody guesses, by a token or a user group."""

import re
from typing import Final

from policies.kit.checks import is_on
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, as_bool, as_list, switch

rules: Final = Rules("least_privilege")

# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.RDS_Fea_Regions_DB-eng.Feature.IamDatabaseAuthentication.html
_WITHOUT_IAM: Final = re.compile(r"(custom-)?(oracle|sqlserver|db2)")


@rules.rule(
    "rds-iam-authentication",
    "C017",
    "rds/instance rds/cluster neptune/cluster",
    description="Databases accept IAM credentials, which expire, in place of passwords.",
    remediation="Set iamDatabaseAuthenticationEnabled: true.",
    remediation_values={"iamDatabaseAuthenticationEnabled": True},
)
def _iam_authentication(database: Resource) -> Answers:
    engine = database.get("engine")
    if engine is UNKNOWN:
        yield NOT_JUDGED
    elif not _WITHOUT_IAM.match(str(engine or "")):
        made_from = database.get("replicateSourceDb") is not None or database.get("snapshotIdentifier") is not None
        if engine is None and made_from and as_bool(database.get("iamDatabaseAuthenticationEnabled")) is None:
            yield NOT_JUDGED  # its engine is that of what it is made from
        else:
            yield from is_on("iamDatabaseAuthenticationEnabled")(database)


_DEFAULT_NAMES: Final = ("postgres", "admin")


@rules.rule(
    "rds-master-user-name",
    "C024",
    "rds/instance rds/cluster",
    description="The master user is not called by the name that everybody tries first.",
    remediation="Choose another name at creation (username of an instance, masterUsername of a cluster).",
)
def _master_user_name(database: Resource) -> Answers:
    for prop in ("username", "masterUsername"):
        name = database.get(prop)
        if name is UNKNOWN:
            yield NOT_JUDGED
        elif str(name or "").lower() in _DEFAULT_NAMES:
            yield Finding(prop, name, "a name other than postgres or admin")


@rules.rule(
    "elasticache-authentication",
    "C159",
    "elasticache/replicationGroup elasticache/serverlessCache",
    description="Caches ask who connects: by an AUTH token over TLS, or by a user group.",
    remediation="Set userGroupIds (userGroupId of a serverless cache), or authToken with transitEncryptionEnabled: true.",
)
def _cache_authentication(cache: Resource) -> Answers:
    if cache.kind == "elasticache/serverlessCache":
        group = cache.get("userGroupId")
        if group is not UNKNOWN and not group and cache.get("engine") != "memcached":
            yield Finding("userGroupId", group, "a user group")
    elif not _authenticates(cache):
        if cache.get("globalReplicationGroupId") is not None:
            yield NOT_JUDGED  # a member of a global datastore takes its primary's
        else:
            yield Finding("userGroupIds", None, "a user group, or authToken")
    elif not switch(cache.get("transitEncryptionEnabled")) and cache.get("globalReplicationGroupId") is None:
        yield Finding("transitEncryptionEnabled", cache.get("transitEncryptionEnabled"), "true, which authentication needs")


def _authenticates(cache: Resource) -> bool:
    """Whether it has a token or a user group; what is known later is there."""
    token = [cache.get(prop) for prop in ("authToken", "authTokenWo")]
    if any(value is UNKNOWN or value for value in token):
        return True
    try:
        return any(value is UNKNOWN or value for value in as_list(cache.get("userGroupIds")))
    except UnknownValueError:
        return True
