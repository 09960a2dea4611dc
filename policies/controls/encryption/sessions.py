"""Sessions with databases, caches, search domains and file systems are encrypted, and AWS's certificate is a current one."""

import re
from dataclasses import dataclass
from typing import Final

from policies.feasibility.engine.bounds import wanted
from policies.feasibility.engine.shapes import each_block
from policies.kit.checks import all_of, is_on, matches, one_of
from policies.kit.conditions import any_given, inherited, where_given, where_missing
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list

rules: Final = Rules("encryption")


@dataclass(frozen=True)
class _Forced:
    """How an engine is told to refuse plain connections.

    `right` are the parameter's values that do, in upper case; `since` is the first version where that is AWS's default.
    """

    parameter: str
    right: tuple[str, ...]
    since: tuple[int, ...] | None = None
    of_cluster: bool = False


_FORCE_TLS: Final = {
    "postgres": _Forced("rds.force_ssl", ("1",), (15,)),
    "aurora-postgresql": _Forced("rds.force_ssl", ("1",), (17,), of_cluster=True),
    "sqlserver": _Forced("rds.force_ssl", ("1",)),
    "mysql": _Forced("require_secure_transport", ("1", "ON")),
    "mariadb": _Forced("require_secure_transport", ("1", "ON"), (11, 8)),
    "aurora-mysql": _Forced("require_secure_transport", ("1", "ON"), of_cluster=True),
    "db2": _Forced("db2comm", ("SSL",)),
    "docdb": _Forced("tls", ("ENABLED", "FIPS-140-3", "TLS1.2+", "TLS1.3+"), ()),
    "neptune": _Forced("neptune_enforce_ssl", ("1",), ()),
}


def _engine_of(family: str) -> tuple[_Forced, bool] | None:
    """How the engine of a parameter group family, or of `<engine><version>`, forces TLS, and whether it does so by default."""
    for engine in sorted(_FORCE_TLS, key=len, reverse=True):
        if engine in family:
            forced = _FORCE_TLS[engine]
            version = re.search(r"\d+(?:\.\d+)*", family.partition(engine)[2])
            numbers = tuple(int(part) for part in version[0].split(".")) if version else ()
            return forced, forced.since is not None and numbers >= forced.since
    return None


@rules.rule(
    "rds-tls-forced",
    "C016",
    "rds/parameterGroup rds/clusterParameterGroup docdb/clusterParameterGroup neptune/clusterParameterGroup"
    " rds/instance rds/cluster",
)
def _rds_tls_forced(resource: Resource) -> Answers:
    """Databases refuse connections without TLS.

    Set the parameter in the database's own parameter group and name that group on the database.
    """
    if resource.kind in ("rds/instance", "rds/cluster"):
        yield from _default_group(resource)
        return
    family, parameters = resource.get("family"), resource.get("parameters")
    found = _engine_of(str(family or ""))
    if found is None or (found[0].of_cluster and resource.kind == "rds/parameterGroup"):
        return  # in Aurora it is the cluster's group that has it
    forced, default = found
    values = [entry.get("value") for entry in as_list(parameters) if entry.get("name") == forced.parameter]
    if any(value is UNKNOWN for value in values):
        yield NOT_JUDGED
    elif not (str(values[-1]).upper() in forced.right if values else default):
        was = f"{forced.parameter} = {values[-1] if values else 'unset'}"
        yield Finding("parameters", was, f"{forced.parameter} = {forced.right[0]}")


_ORIGINS: Final = "replicateSourceDb snapshotIdentifier restoreToPointInTime"


def _default_group(database: Resource) -> Answers:
    """A database without a parameter group of its own uses AWS's default, which nobody can change."""
    prop = "parameterGroupName" if database.kind == "rds/instance" else "dbClusterParameterGroupName"
    group = database.get(prop)
    if group is not None and not (isinstance(group, str) and group.startswith("default.")):
        return  # the group itself is judged
    engine, version = database.get("engine"), database.get("engineVersion")
    if engine is UNKNOWN or version is UNKNOWN or (engine is None and any_given(database, _ORIGINS)):
        yield NOT_JUDGED
        return
    found = _engine_of(group.removeprefix("default.") if isinstance(group, str) else f"{engine}{version or ''}")
    if found is not None and not found[1] and not (found[0].of_cluster and database.kind == "rds/instance"):
        yield Finding(prop, group, f"a parameter group with {found[0].parameter} = {found[0].right[0]}")


_AUTHORITY: Final = r"rds-ca-(rsa2048|rsa4096|ecc384)-g\d+"
_AUTHORITIES: Final = "rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1"

rules.named("rds-current-ca", "C021", "rds/instance rds/clusterInstance docdb/clusterInstance rds/cluster rds/certificate").add(
    all_of(
        *(
            matches(prop, _AUTHORITY, _AUTHORITIES, default="rds-ca-rsa2048-g1")
            for prop in ("caCertIdentifier", "caCertificateIdentifier", "certificateIdentifier")
        )
    ),
    description="The database's certificate comes from a current authority.",
    remediation="Remove caCertIdentifier (AWS's default is current) or name a current one.",
)


@rules.rule("rds-proxy-tls", "C032", "rds/proxy")
def _rds_proxy(proxy: Resource) -> Answers:
    """RDS Proxy requires TLS and IAM authentication.

    Set requireTls: true and iamAuth: REQUIRED in every entry of auths (or defaultAuthScheme: IAM_AUTH).
    """
    yield from is_on("requireTls")(proxy)
    scheme, auths = proxy.get("defaultAuthScheme"), proxy.get("auths")
    if as_list(auths):
        yield from one_of("auths[].iamAuth", ("REQUIRED", "ENABLED"), default="DISABLED")(proxy)
    elif scheme != "IAM_AUTH":
        yield Finding("auths", auths, "an entry with iamAuth: REQUIRED")


rules.named("elasticache-tls", "C158", "elasticache/replicationGroup").add(
    inherited(
        "transitEncryptionEnabled",
        "globalReplicationGroupId",  # a member of a global datastore takes the setting of its primary
        is_on("transitEncryptionEnabled"),
        one_of("transitEncryptionMode", ("required",), default="required"),
    ),
    description="Caches require TLS.",
    remediation="Set transitEncryptionEnabled: true and leave transitEncryptionMode at required.",
    remediation_values={"transitEncryptionEnabled": True, "transitEncryptionMode": "required"},
)

_SEARCH: Final = "opensearch/domain elasticsearch/domain"

rules.named("opensearch-node-to-node", "C209", _SEARCH).add(
    is_on("nodeToNodeEncryption.enabled"),
    description="Search domains encrypt traffic between their nodes.",
    remediation="Set nodeToNodeEncryption: {enabled: true}.",
    remediation_values={"nodeToNodeEncryption.enabled": True},
)


_ENFORCE_HTTPS: Final = "domainEndpointOptions.enforceHttps"
rules.named("opensearch-https", "C210", _SEARCH).add(
    all_of(
        # The provider's default within the block is true; AWS's default without the block is not.
        where_given("domainEndpointOptions", is_on(_ENFORCE_HTTPS, default=True)),
        where_missing("domainEndpointOptions", is_on(_ENFORCE_HTTPS)),
        matches("domainEndpointOptions.tlsSecurityPolicy", r"Policy-Min-TLS-1-[23]-.+", "Policy-Min-TLS-1-2-PFS-2023-10"),
    ),
    description="Search domains enforce HTTPS with TLS 1.2 or newer.",
    remediation="Set domainEndpointOptions: {enforceHttps: true, tlsSecurityPolicy: Policy-Min-TLS-1-2-PFS-2023-10}.",
    remediation_values={
        _ENFORCE_HTTPS: True,
        "domainEndpointOptions.tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
    },
)


rules.named("ecs-efs-tls", "C093", "ecs/taskDefinition").add(
    each_block(
        "volumes[].efsVolumeConfiguration",
        wanted("transitEncryption", ("ENABLED",), "ENABLED"),
        wanted("authorizationConfig.iam", ("ENABLED",), "ENABLED"),
    ),
    description="EFS volumes of tasks are mounted over TLS with IAM authorization.",
    remediation="Set transitEncryption: ENABLED and authorizationConfig: {iam: ENABLED}.",
)
