"""Database engines: names, versions, classes, groups, logs and licences that exist for them."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between
from policies.feasibility.engine.faults import like, number, where_all
from policies.feasibility.engine.shapes import given, of
from policies.feasibility.rules.rds.families import engine_of, family_of, major_of, parameter_family, text_of
from policies.kit.checks import all_of
from policies.kit.references import target
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_INSTANCE_ENGINES: Final = (
    *("mysql", "mariadb", "postgres", "oracle-ee", "oracle-ee-cdb", "oracle-se", "oracle-se1", "oracle-se2", "oracle-se2-cdb"),
    *("sqlserver-ee", "sqlserver-se", "sqlserver-ex", "sqlserver-web", "sqlserver-dev-ee", "db2-ae", "db2-ce", "db2-se"),
)
_CLUSTER_ENGINES: Final = ("aurora-mysql", "aurora-postgresql", "mysql", "postgres", "neptune")
_MEANT: Final = {
    "postgresql": "postgres",
    "aurora-postgres": "aurora-postgresql",
    "aurora": "aurora-mysql",
    "sqlserver": "sqlserver-se",
}
_GONE: Final = {"postgres": (11,), "aurora-postgresql": (11,), "mysql": (5, 7), "mariadb": (10, 4)}
"""The oldest major version that can still be created, as far as is known."""

_LOGS: Final = {
    "aurora-mysql": ("audit", "error", "general", "slowquery", "instance", "iam-db-auth-error"),
    "aurora-postgresql": ("postgresql", "instance", "iam-db-auth-error"),
    "db2": ("diag.log", "notify.log", "iam-db-auth-error"),
    "docdb": ("audit", "profiler"),
    "mariadb": ("audit", "error", "general", "slowquery", "iam-db-auth-error"),
    "mysql": ("audit", "error", "general", "slowquery", "iam-db-auth-error"),
    "neptune": ("audit", "slowquery"),
    "oracle": ("alert", "audit", "listener", "trace", "oemagent"),
    "postgres": ("postgresql", "upgrade", "iam-db-auth-error"),
    "sqlserver": ("agent", "error"),
}
_LICENCES: Final = {
    "db2": ("bring-your-own-license", "marketplace-license"),
    "mariadb": ("general-public-license",),
    "mysql": ("general-public-license",),
    "oracle": ("bring-your-own-license", "license-included"),
    "postgres": ("postgresql-license",),
    "sqlserver": ("license-included", "bring-your-own-media"),
}
_ONLY: Final = {
    "ncharCharacterSetName": ("oracle",),
    "characterSetName": ("oracle", "sqlserver", "custom"),
    "timezone": ("sqlserver", "db2"),
    "replicaMode": ("oracle", "db2", "custom"),
    "backtrackWindow": ("aurora-mysql",),
}
_CLASSES: Final = {
    r"\S+ aurora\S* db\.t\d\S*\.(nano|micro)": "db.t3.medium, db.t4g.medium or larger",
    r"\S+ (oracle|sqlserver|db2)\S* db\.[a-z]+\d+g.*": "a class without Graviton: {} runs on x86",
    r"rds/instance \S* db\.serverless": "a class with a size; db.serverless is for instances of a cluster",
    r"\S+ sqlserver-[es]e db\.t\d\S*\.(micro|small|medium)": "db.t3.xlarge or larger",
}
"""What does not go together, as kind, engine and class, and what would."""

_NO_IAM: Final = ("oracle", "sqlserver", "custom")
_SQL_SERVER_PORTS: Final = (1234, 1434, 3260, 3343, 3389, 47001, *range(49152, 49157))
_DEFAULT_ENGINE: Final = {"docdb/cluster": "docdb", "neptune/cluster": "neptune", "neptune/clusterInstance": "neptune"}
_GROUPS: Final = {
    "rds/instance": (("parameterGroupName", "rds/parameterGroup"),),
    "rds/cluster": (
        ("dbClusterParameterGroupName", "rds/clusterParameterGroup"),
        ("dbInstanceParameterGroupName", "rds/parameterGroup"),
    ),
    "rds/clusterInstance": (("dbParameterGroupName", "rds/parameterGroup"),),
    "docdb/cluster": (("dbClusterParameterGroupName", "docdb/clusterParameterGroup"),),
    "neptune/cluster": (
        ("neptuneClusterParameterGroupName", "neptune/clusterParameterGroup"),
        ("neptuneInstanceParameterGroupName", "neptune/parameterGroup"),
    ),
    "neptune/clusterInstance": (("neptuneParameterGroupName", "neptune/parameterGroup"),),
}


def _engine(database: Resource) -> str:
    return engine_of(database) or _DEFAULT_ENGINE.get(database.kind, "")


@rules.rule("rds-engine-name", "F215", "rds/instance rds/cluster rds/clusterInstance")
def _engine_name(database: Resource) -> Answers:
    """The engine is one that AWS has, as it writes it, and of the kind of the resource.

    Use AWS's name of the engine (postgres, aurora-postgresql); Aurora goes with rds.Cluster and rds.ClusterInstance.
    """
    engine = engine_of(database)
    known = _INSTANCE_ENGINES if database.kind == "rds/instance" else _CLUSTER_ENGINES
    if engine and engine not in known and family_of(engine) != "custom":
        meant = _MEANT.get(engine)
        expected = f"{meant}, or another of {', '.join(known)}" if meant in known else f"one of {', '.join(known)}"
        if database.kind == "rds/instance" and engine.startswith("aurora"):
            expected = "an engine of single instances; Aurora instances are rds.ClusterInstance of an rds.Cluster"
        yield Finding("engine", engine, expected, answer=f"InvalidParameterValue: Invalid DB engine: {engine}")


@rules.rule("rds-engine-version", "F298", "rds/instance rds/cluster")
def _version(database: Resource) -> Answers:
    """The engine's version is one that can be created.

    Take a current version (aws rds describe-db-engine-versions).
    """
    engine, version = engine_of(database), text_of(database.get("engineVersion"))
    if engine in _GONE and version:
        major = tuple(int(part) for part in major_of(engine, version).split(".") if part)
        answer = f"InvalidParameterCombination: Cannot find version {version} for {engine}"
        if not re.match(r"\d", version):
            yield Finding("engineVersion", version, f"a version of {engine}, as a number", answer=answer)
        elif major and major < _GONE[engine]:
            oldest = ".".join(map(str, _GONE[engine]))
            yield Finding("engineVersion", version, f"{oldest} or later", answer=answer)


@rules.rule("rds-class-of-engine", "F168", "rds/instance rds/clusterInstance")
def _class_of_engine(database: Resource) -> Answers:
    """The instance class is one that the engine runs on.

    Take a class of the engine's own list (aws rds describe-orderable-db-instance-options).
    """
    engine, kind = engine_of(database), text_of(database.get("instanceClass"))
    expected = next((text for form, text in _CLASSES.items() if re.fullmatch(form, f"{database.kind} {engine} {kind}")), "")
    if expected:
        answer = (
            "InvalidParameterCombination: RDS does not support creating a DB instance with the following combination: "
            f"DBInstanceClass={kind}, Engine={engine}"
        )
        yield Finding("instanceClass", kind, expected.format(family_of(engine)), answer=answer)


@rules.rule("rds-parameter-family", "F209", " ".join(_GROUPS))
def _family(database: Resource) -> Answers:
    """Parameter groups have the family of the engine and major version they are used with.

    Make a parameter group of that family.
    """
    engine = _engine(database)
    version = text_of(database.get("engineVersion"))
    if not engine or family_of(engine) == "custom":
        return
    for path, kind in _GROUPS[database.kind]:
        value = database.get(path)
        if not given(value):
            continue
        group = target(database, path, kind)
        if group is not None:
            family = group.get("family")
        else:
            family = value.removeprefix("default.") if str(value).startswith("default.") else None
        wanted = parameter_family(engine, version)
        if family is UNKNOWN:
            yield NOT_JUDGED
        elif family is not None and (family != wanted if wanted else not re.match(rf"{re.escape(engine)}-?\d", family)):
            shown = group.name if group is not None else value
            answer = (
                f"InvalidParameterCombination: The parameter group {shown} with DBParameterGroupFamily {family} can't be used "
                f"for this instance. Please use a Parameter Group with DBParameterGroupFamily {wanted or engine}"
            )
            yield Finding(path, f"{shown} ({family})", f"a group of family {wanted or engine}", detail=path, answer=answer)


@rules.rule("rds-option-group-engine", "F210", "rds/instance")
def _options(instance: Resource) -> Answers:
    """Option groups are of the engine and major version they are used with.

    Make an option group with that engineName and majorEngineVersion.
    """
    group = target(instance, "optionGroupName", "rds/optionGroup")
    if group is None or not engine_of(instance):
        return
    engine, version = engine_of(instance), text_of(instance.get("engineVersion"))
    other, major = text_of(group.get("engineName")).lower(), text_of(group.get("majorEngineVersion"))
    if other and other != engine:
        yield Finding("optionGroupName", f"{group.name} ({other})", f"an option group of {engine}")
    elif version and major and not re.match(rf"{re.escape(major)}(\D|$)", version) and not major.startswith(f"{version}."):
        yield Finding("optionGroupName", f"{group.name} ({other} {major})", f"an option group of {engine} {version}")


@rules.rule("rds-log-types", "F211", "rds/instance rds/cluster docdb/cluster neptune/cluster")
def _logs(database: Resource) -> Answers:
    """A database exports logs that its engine has.

    Name only log types of the engine.
    """
    engine = _engine(database)
    known = _LOGS.get(engine if engine.startswith("aurora") else family_of(engine))
    name = "enableCloudwatchLogsExports" if database.kind == "neptune/cluster" else "enabledCloudwatchLogsExports"
    if known is None:
        return
    for _, log in database.each(f"{name}[]"):
        if log is UNKNOWN:
            yield NOT_JUDGED
        elif log is not None and log not in known:
            answer = f"InvalidParameterCombination: You cannot use the log types '{log}' with engine version {engine}"
            yield Finding(name, log, f"logs of {engine}: {', '.join(known)}", detail=str(log), answer=answer)


def _only(database: Resource) -> Answers:
    engine = _engine(database)
    if not engine:
        return
    for name, owners in _ONLY.items():
        value = database.get(name)
        if given(value) and value != 0 and not engine.startswith(owners):
            yield Finding(name, value, f"nothing: {engine} does not have it, only {', '.join(owners)}", detail=name)
    if engine.startswith(_NO_IAM) and database.get("iamDatabaseAuthenticationEnabled") is True:
        answer = "InvalidParameterCombination: IAM Database Authentication is not supported for this configuration"
        yield Finding("iamDatabaseAuthenticationEnabled", True, f"false for {engine}", detail="iam", answer=answer)
    licence = database.get("licenseModel")
    known = _LICENCES.get(family_of(engine))
    if licence is not None and known is not None and licence not in known:
        answer = f"InvalidParameterCombination: Invalid license model '{licence}' for engine '{engine}'"
        yield Finding("licenseModel", licence, " or ".join(known), detail="licence", answer=answer)


rules.named("rds-engine-only-settings", "F207", "rds/instance rds/cluster").add(
    all_of(_only, of(between("backtrackWindow", 0, 259200, unit="seconds", detail="backtrack-range"))),
    description="Settings that one engine has stand only on that engine.",
    remediation="Remove the setting, or choose the engine that has it.",
)


rules.named("rds-port-range", "F230", "rds/instance rds/cluster docdb/cluster neptune/cluster").add(
    of(
        between("port", 1150, 65535, detail=""),
        where_all(like("engine", "(?i)sqlserver.*"), number("port", lambda port: port in _SQL_SERVER_PORTS)).wrong(
            "a port that SQL Server on RDS does not use itself"
        ),
    ),
    description="The port is one that a database may listen on.",
    remediation="Choose a port from 1150 to 65535 that the engine does not use itself.",
)
