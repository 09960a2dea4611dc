"""Databases: credentials, monitoring, names and settings that need or exclude each other."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.faults import is_other, on, said, unsaid, where_all
from policies.feasibility.engine.relations import trusts
from policies.feasibility.engine.shapes import absent, each_block, forbids, given, of, only_one, requires, when, where_missing
from policies.feasibility.rules.rds.families import ORIGINS, engine_of, family_of, made_from, text_of
from policies.kit.checks import all_of
from policies.kit.references import target
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_number, switch

rules: Final = Rules("feasibility", failures())

_CLUSTERS: Final = "rds/cluster docdb/cluster neptune/cluster"
_PASSWORDS: Final = {"rds/instance": "password", "rds/cluster": "masterPassword", "docdb/cluster": "masterPassword"}
_LENGTHS: Final = {"aurora": 41, "db2": 255, "mariadb": 41, "mysql": 41, "oracle": 30, "postgres": 128, "sqlserver": 128}
_RESERVED: Final = {
    "": ("rdsadmin",),
    "postgres": ("admin", "user", "rdsadmin", "rdsrepladmin", "rds_superuser"),
    "oracle": ("sys", "system", "rdsadmin"),
    "sqlserver": ("sa", "rdsadmin", "rdsa"),
}
_DATABASE_NAMES: Final = {
    "": (r"[A-Za-z_][A-Za-z0-9_]{0,63}", "up to 63 letters, digits and underscores, the first a letter"),
    "oracle": (r"[A-Za-z][A-Za-z0-9]{0,7}", "at most 8 letters and digits"),
    "postgres": (r"[A-Za-z_][A-Za-z0-9_]{0,62}", "up to 63 letters, digits and underscores, the first a letter"),
}


@rules.rule("rds-destroyable", "F012", f"rds/instance {_CLUSTERS}")
def _final_snapshot(database: Resource) -> Answers:
    """A database can be destroyed: its last snapshot has a name, or there is none.

    Set skipFinalSnapshot: true, or finalSnapshotIdentifier; a read replica takes no last snapshot.
    """
    if switch(database.get("skipFinalSnapshot")):
        return
    if database.kind == "rds/instance" and given(database.get("replicateSourceDb")):
        yield Finding("skipFinalSnapshot", database.get("skipFinalSnapshot"), "true on a read replica")
    elif not given(database.get("finalSnapshotIdentifier")):
        yield Finding("finalSnapshotIdentifier", None, "a name, because skipFinalSnapshot is not true")


@rules.rule("rds-monitoring-role", "F023", "rds/instance rds/cluster rds/clusterInstance")
def _monitoring(database: Resource) -> Answers:
    """Enhanced monitoring has a role that RDS may take on, and an interval.

    Set monitoringInterval and monitoringRoleArn together; the role trusts monitoring.rds.amazonaws.com.
    """
    interval, role_arn = database.get("monitoringInterval"), database.get("monitoringRoleArn")
    if not as_number(interval):
        if given(role_arn):
            answer = (
                "InvalidParameterCombination: You must specify a MonitoringInterval value other than 0 with MonitoringRoleARN"
            )
            yield Finding("monitoringInterval", interval, "1 to 60 seconds, because monitoringRoleArn is set", answer=answer)
    elif not given(role_arn):
        yield Finding("monitoringRoleArn", role_arn, f"a role, because monitoringInterval is {interval}")
    else:
        role = target(database, "monitoringRoleArn", "iam/role")
        if role is not None and not trusts(role, "monitoring.rds"):
            answer = (
                "InvalidParameterValue: IAM role ARN value is invalid or does not include the required permissions for: "
                "ENHANCED_MONITORING"
            )
            yield Finding("monitoringRoleArn", role.name, "a role that trusts monitoring.rds.amazonaws.com", answer=answer)


@rules.rule("rds-performance-insights-class", "F020", "rds/instance")
def _insights_class(instance: Resource) -> Answers:
    """Performance Insights is on only for classes that have it.

    Take a class from db.t4g.medium upwards, or leave performanceInsightsEnabled unset.
    """
    if switch(instance.get("performanceInsightsEnabled")) and engine_of(instance) in ("mysql", "mariadb"):
        kind = text_of(instance.get("instanceClass"))
        if re.fullmatch(r"db\.(t2|t3|t4g)\.(micro|small)", kind):
            yield Finding("instanceClass", kind, "medium or larger, because performanceInsightsEnabled is true")


@rules.rule("rds-performance-insights-settings", "F217", "rds/instance rds/cluster rds/clusterInstance")
def _insights(database: Resource) -> Answers:
    """Performance Insights is kept for a period that AWS sells, and its settings stand only where it is on.

    Set performanceInsightsRetentionPeriod to 7, 731 or a multiple of 31; Advanced Database Insights needs 465 or more.
    """
    path, on = "performanceInsightsRetentionPeriod", "performanceInsightsEnabled"
    kept = as_number(database.get(path))
    if kept is UNKNOWN:
        yield NOT_JUDGED
    elif kept and kept not in (7, 731, *range(31, 714, 31)):
        yield Finding(path, f"{kept:g}", "7, 731, or 31 times 1 to 23", detail="retention")
    if database.kind == "rds/clusterInstance":
        return
    advanced = text_of(database.get("databaseInsightsMode")) == "advanced"
    if not switch(database.get(on)):
        for name in ("performanceInsightsKmsKeyId", path):
            if given(database.get(name)) and database.get(name) != 0:
                yield Finding(on, False, f"true, because {name} is set", detail=name)
        if advanced:
            yield Finding(on, False, "true, because databaseInsightsMode is advanced", detail="advanced")
    elif advanced and kept is not UNKNOWN and (kept or 7) < 465:
        expected = "at least 465 days, because databaseInsightsMode is advanced"
        yield Finding(path, database.get(path), expected, detail="advanced")


_SIGN_IN: Final = "password passwordWo manageMasterUserPassword"
_DECIDED: Final = f"engine username dbName {_SIGN_IN}"
"""What a source decides: a program that says nothing of it may have a replica that became a database of its own."""

rules.named("rds-required-settings", "F218", "rds/instance").add(
    of(
        where_missing(
            ORIGINS,
            *(
                where_all(said(_DECIDED), unsaid(name)).wrong(
                    "a value, because the database is not made from another one", name
                )
                for name in ("engine", "allocatedStorage", "username")
            ),
            where_all(said(_DECIDED), unsaid(_SIGN_IN)).wrong(
                "a password, passwordWo or manageMasterUserPassword: true", "password"
            ),
        )
    ),
    description="A new database says its engine, size, user and where its password comes from.",
    remediation="Set engine, allocatedStorage, username and one of password, passwordWo or manageMasterUserPassword.",
)
rules.named("rds-settings-exclude-each-other", "F219", "rds/instance").add(
    all_of(
        of(
            only_one(_SIGN_IN),
            only_one(" ".join(ORIGINS)),
            requires("passwordWo", "passwordWoVersion"),
            requires("masterUserSecretKmsKeyId", "manageMasterUserPassword"),
            forbids("domain", "domainFqdn domainOu domainAuthSecretArn domainDnsIps"),
            forbids("domainIamRoleName", "domainFqdn domainOu domainAuthSecretArn domainDnsIps"),
            *(forbids(origin, "characterSetName") for origin in ORIGINS),
        ),
        each_block("restoreToPointInTime", only_one("restoreTime useLatestRestorableTime")),
        each_block(
            "restoreToPointInTime",
            only_one("sourceDbInstanceIdentifier sourceDbInstanceAutomatedBackupsArn sourceDbiResourceId"),
        ),
    ),
    description="Of settings of a database that exclude each other, one is set.",
    remediation="Remove one of the two.",
)
rules.named("rds-cluster-settings-exclude-each-other", "F219", "rds/cluster docdb/cluster").add(
    all_of(
        of(
            only_one("masterPassword masterPasswordWo manageMasterUserPassword"),
            only_one("snapshotIdentifier globalClusterIdentifier"),
            only_one("snapshotIdentifier restoreToPointInTime s3Import"),
            requires("masterPasswordWo", "masterPasswordWoVersion"),
            requires("masterUserSecretKmsKeyId", "manageMasterUserPassword"),
        ),
        each_block("restoreToPointInTime", only_one("restoreToTime useLatestRestorableTime")),
    ),
    description="Of settings of a database cluster that exclude each other, one is set.",
    remediation="Remove one of the two.",
)
rules.named("rds-zone-of-multi-az", "F208", "rds/instance").add(
    of(when("multiAz", (True,), absent("availabilityZone", "because multiAz is true", detail=""))),
    description="A Multi-AZ database leaves its zones to AWS.",
    remediation="Remove availabilityZone, or set multiAz: false.",
)


@rules.rule("rds-names", "F212", "rds/instance rds/cluster docdb/cluster")
def _names(database: Resource) -> Answers:
    """Master user and database have names that the engine takes.

    Choose a name that starts with a letter, has letters, digits and underscores only, and is no reserved word.
    """
    engine = family_of(engine_of(database))
    engine = "postgres" if engine == "aurora" and "postgres" in engine_of(database) else engine
    user_path, path = ("username", "dbName") if database.kind == "rds/instance" else ("masterUsername", "databaseName")
    user, name = database.get(user_path), database.get(path)
    if user is UNKNOWN or name is UNKNOWN:
        yield NOT_JUDGED
    if user is not UNKNOWN and str(user).lower() in _RESERVED.get(engine, _RESERVED[""]):
        answer = f"InvalidParameterValue: MasterUsername {user} cannot be used as it is a reserved word used by the engine"
        yield Finding(user_path, user, "a name that the engine does not reserve", detail="user", answer=answer)
    if name is UNKNOWN or name in (None, "") or engine in ("", "custom"):
        return
    if engine == "sqlserver":
        answer = "InvalidParameterValue: DBName must be null for engine: sqlserver"
        yield Finding(path, name, "nothing: SQL Server has no database at creation", detail="name", answer=answer)
        return
    pattern, expected = _DATABASE_NAMES.get(engine, _DATABASE_NAMES[""])
    if not re.fullmatch(pattern, name):
        yield Finding(path, name, expected, detail="name")


@rules.rule("rds-password", "F213", "rds/instance rds/cluster docdb/cluster")
def _password(database: Resource) -> Answers:
    """The master password has a length and characters that the engine takes.

    Generate the password without / @ " and spaces, from 8 characters up to the engine's limit.
    """
    name = _PASSWORDS[database.kind]
    for path in (name, f"{name}Wo"):
        password = database.get(path)
        if password is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(password, str) and password:
            engine = family_of(engine_of(database))
            most = 100 if database.kind == "docdb/cluster" else _LENGTHS.get(engine, 128)
            forbidden = '/@" ' + ("&'" if engine == "oracle" else "")
            if re.search(f"[^!-~]|[{forbidden}]", password):
                expected = f"printable ASCII without {' '.join(forbidden.strip())} and spaces"
                yield Finding(path, "(not shown)", expected, detail=path)
            elif not 8 <= len(password) <= most:
                answer = "InvalidParameterValue: The parameter MasterUserPassword is not a valid password: wrong length"
                found = f"(not shown, {len(password)} characters)"
                yield Finding(path, found, f"8 to {most} characters", detail=path, answer=answer)


rules.named("rds-event-source-type", "F219", "rds/eventSubscription docdb/eventSubscription neptune/eventSubscription").add(
    of(requires("sourceIds", "sourceType")),
    description="An event subscription that names sources says of which type they are.",
    remediation="Set sourceType beside sourceIds.",
)


_PROVISIONED: Final = "io1 or io2, because dedicatedLogVolume is true"

rules.named("rds-dedicated-log-volume", "F207", "rds/instance").add(
    of(
        where_all(on("dedicatedLogVolume"), said("iops"), is_other("storageType", None, "io1", "io2")).wrong(_PROVISIONED),
        where_all(on("dedicatedLogVolume"), unsaid("iops"), is_other("storageType", "io1", "io2")).wrong(_PROVISIONED),
    ),
    description="A dedicated log volume goes with provisioned IOPS storage.",
    remediation="Set storageType: io1 or io2, or remove dedicatedLogVolume.",
)


@rules.rule("rds-blue-green-possible", "F207", "rds/instance")
def _blue_green(instance: Resource) -> Answers:
    """Blue/green updates are on only for a database that can have them: MySQL, MariaDB or PostgreSQL, with backups.

    Set backupRetentionPeriod to at least 1, or remove blueGreenUpdate.
    """
    if not switch(instance.get("blueGreenUpdate.enabled")):
        return
    engine, kept = engine_of(instance), as_number(instance.get("backupRetentionPeriod"))
    if engine and engine not in ("mysql", "mariadb", "postgres"):
        yield Finding("blueGreenUpdate.enabled", True, f"false for {engine}")
    elif kept is None and made_from(instance):
        yield NOT_JUDGED
    elif not kept:
        expected = "at least 1 day, because blueGreenUpdate is enabled"
        yield Finding("backupRetentionPeriod", instance.get("backupRetentionPeriod"), expected, detail="backups")
