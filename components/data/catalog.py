"""A database of the Glue catalog: the tables that say what files mean."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import glue

from ..base import checks
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Place


@dataclass(frozen=True, kw_only=True)
class CatalogArgs:
    """A database of tables; it holds no data.

    Attributes:
        here: Where it is.
        database_name: Its physical name: queries call it so. Lower-case letters, digits and _, as Athena takes it; no other in
            its account and region has it.
        description: What its tables are about.

    Raises:
        InvalidArgumentError: on a name that Athena could not call.
    """

    here: Place
    database_name: str
    description: str

    def __post_init__(self) -> None:
        expected = "1 to 128 lower-case letters, digits and _"
        if checks.pattern(self.database_name, r"[a-z0-9_]{1,128}", expected):
            raise InvalidArgumentError(self, "database_name", self.database_name, expected)


class Catalog(Component):
    """A Glue database.

    Outputs: `database_name`.
    """

    database_name: pulumi.Output[str]

    def __init__(self, name: str, args: CatalogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.database_name = glue.CatalogDatabase(
            name,
            region=args.here.region,
            name=args.database_name,
            description=args.description,
            tags=tags(name),
            opts=self.child(),
        ).name
        self.register_outputs({"databaseName": self.database_name})
