"""Parameters: of the Systems Manager's store, and of database parameter groups."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.shapes import blocks
from policies.feasibility.rules.rds.families import text_of
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_STANDARD, _ADVANCED = 4096, 8192


@rules.rule("ssm-parameter-size", "F522", "ssm/parameter")
def _size(parameter: Resource) -> Answers:
    """A parameter's value is as long as its tier allows.

    Set tier: Advanced (up to 8 KB) or Intelligent-Tiering, or keep the value elsewhere.
    """
    tier = parameter.get("tier")
    standard = tier is not UNKNOWN and tier in (None, "", "Standard")
    most = _STANDARD if standard else _ADVANCED
    for name in ("value", "insecureValue", "valueWo"):
        value = parameter.get(name)
        size = len(value.encode()) if isinstance(value, str) else 0
        if value is UNKNOWN or (tier is UNKNOWN and _STANDARD < size <= _ADVANCED):
            yield NOT_JUDGED
        elif size > most:
            answer = "Standard tier parameters support a maximum parameter value of 4096 characters."
            answer = f"ValidationException: {answer if standard else 'parameter value exceeds 8192 characters'}"
            yield Finding(name, f"{size} bytes", f"at most {most} bytes in its tier", detail=name, answer=answer)


_STATIC: Final = {
    "postgres": (
        *("shared_preload_libraries", "max_connections", "shared_buffers", "wal_buffers", "rds.logical_replication"),
        *("max_wal_senders", "max_replication_slots", "max_worker_processes", "max_locks_per_transaction", "huge_pages"),
        *("max_prepared_transactions", "track_activity_query_size", "autovacuum_freeze_max_age"),
        *("superuser_reserved_connections", "track_commit_timestamp"),
    ),
    "mysql": (
        *("performance_schema", "lower_case_table_names", "innodb_buffer_pool_instances", "innodb_read_io_threads"),
        *("innodb_write_io_threads", "skip_name_resolve", "table_open_cache_instances"),
        *("back_log", "innodb_sort_buffer_size", "innodb_page_cleaners", "innodb_purge_threads"),
    ),
    "mariadb": ("performance_schema", "lower_case_table_names", "skip_name_resolve", "back_log"),
}
"""Parameters that take effect at a restart only, in every version: those that programs set most."""

_SAME: Final = {"aurora-postgresql": "postgres"}


@rules.rule("rds-static-parameter", "F523", "rds/parameterGroup rds/clusterParameterGroup")
def _static(group: Resource) -> Answers:
    """Parameters that need a restart wait for it.

    Set applyMethod: pending-reboot (immediate is the default).
    """
    found = list(blocks(group, "parameters[]"))
    engine = text_of(group.get("family") if found else None).rstrip("0123456789.")
    static = _STATIC.get(_SAME.get(engine, engine), ())
    for where, block in found:
        name, method = block.get("name"), block.get("applyMethod")
        if name is UNKNOWN or method is UNKNOWN:
            yield NOT_JUDGED
        elif name in static and method in (None, "", "immediate"):
            yield Finding(f"{where}.applyMethod", method, f"pending-reboot, because {name} is static", detail=str(name))
