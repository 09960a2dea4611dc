"""What a stack does beyond its resources, each under a name of its own; the defaults are production's."""

from pydantic import Field

from .spec import Spec


class Features(Spec):
    """Switches of a stack. None of them is `protect`, which means: refuse to delete or replace what holds data."""

    backups: bool = Field(default=True, description="copies of databases and tables in a locked vault, daily; true by default")
    dns_security: bool = Field(default=True, description="the zone's answers are signed, its queries logged; true by default")
    keep_deleted: bool = Field(
        default=True,
        description="what is deleted can be brought back: final snapshot, backups, secrets for 30 days; no bucket "
        "goes with its objects; true by default",
    )
    immediate_changes: bool = Field(
        default=False,
        description="changes of the database do not wait for its maintenance window; false by default",
    )
    major_upgrades: bool = Field(
        default=False,
        description="another major of PostgreSQL upgrades the database, which is an outage; false by default",
    )
