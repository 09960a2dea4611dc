"""Parameters of RDS PostgreSQL: the same for a database and its replica, which must not be the smaller one."""

from typing import Final

from pulumi_aws import rds

from ..base import limits
from ..base.component import Component, tags
from ..base.here import Place

CONNECTIONS_PER_GIB: Final = 80
MAX_CONNECTIONS: Final = 5000

# Values of dynamic parameters apply at once. log_parameter_max_length=0 keeps bind values, which are borrowers' data, out of
# the log of slow statements.
_LOGGING: Final = {
    "log_statement": "ddl",
    "log_min_duration_statement": "1000",  # milliseconds
    "log_parameter_max_length": "0",
    "log_disconnections": "1",
    "log_lock_waits": "1",
}


def max_connections(instance_class: str) -> int:
    """How many sessions an instance of that class admits.

    RDS's default, LEAST(DBInstanceClassMemory/9531392, 5000), counts the memory that the host leaves over, which is published
    nowhere: on a small class an alarm at 80 % of the nominal value could never fire. 80 per GiB lies below the default of every
    class (about 81 are reported at 1 GiB), so that a replica also starts with the default group, until it is given its own.
    """
    return min(CONNECTIONS_PER_GIB * limits.DB_INSTANCE_CLASSES[instance_class].memory_gib, MAX_CONNECTIONS)


def parameters(engine_version: str, instance_class: str) -> list[rds.ParameterGroupParameterArgs]:
    """Parameters of a PostgreSQL major: forced TLS, statements and sessions logged, a known number of connections."""
    # Since 18 the parameter lists the stages of a connection instead of being on or off.
    log_connections = "all" if int(engine_version) >= 18 else "1"
    # AWS refuses to change static ones at once. Where rds.force_ssl is 1 by default (15 and later) AWS reports pending-reboot
    # whatever was asked for: anything else would be a difference for ever.
    at_reboot = {"rds.force_ssl": "1", "max_connections": str(max_connections(instance_class))}
    return [
        *(_parameter(name, value, "immediate") for name, value in {**_LOGGING, "log_connections": log_connections}.items()),
        *(_parameter(name, value, "pending-reboot") for name, value in at_reboot.items()),
    ]


def _parameter(name: str, value: str, apply_method: str) -> rds.ParameterGroupParameterArgs:
    return rds.ParameterGroupParameterArgs(name=name, value=value, apply_method=apply_method)


def parameter_group(owner: Component, *, here: Place, engine_version: str, instance_class: str) -> rds.ParameterGroup:
    """The parameter group of `owner`; its family follows the major, and a new family is a new group."""
    name = f"{owner.name}-parameters"
    return rds.ParameterGroup(
        name,
        region=here.region,
        family=f"postgres{engine_version}",
        description=f"PostgreSQL {engine_version} of {owner.name}",
        parameters=parameters(engine_version, instance_class),
        tags=tags(name),
        opts=owner.child(),
    )
