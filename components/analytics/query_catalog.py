"""The tables that say what the files of the lake mean, and what a workload needs to query them for one tenant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import pulumi
from pulumi_aws import glue

from ..base import checks
from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component, tags
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Here
from ..base.links import Link
from ..base.statements import Statement
from ..base.telemetry import namespace
from ..base.tenants import ID_PATTERN, THIS_TENANT
from ..data.bucket import Bucket
from .query_catalog_spec import QueryCatalogSpec

# docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html: each of them is asked of a workgroup
QUERY: Final = (
    *("athena:BatchGetQueryExecution", "athena:GetPreparedStatement", "athena:GetQueryExecution", "athena:GetQueryResults"),
    *("athena:GetQueryRuntimeStatistics", "athena:GetWorkGroup", "athena:ListPreparedStatements"),
    *("athena:ListQueryExecutions", "athena:StartQueryExecution", "athena:StopQueryExecution"),
)
# docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
LOOK_UP: Final = ("glue:GetDatabase", "glue:GetPartitions", "glue:GetTable")
METRICS: Final = "Queries"
"""The part of the stack's namespace."""
CUT_OFF: Final = "TenantsCutOff"
"""What whoever caps tells CloudWatch: how many tenants a run has cut off. functions/quota has the same names."""
_PARQUET: Final = "org.apache.hadoop.hive.ql.io.parquet"


class TableColumn(NamedTuple):
    """A column: its type of Glue, and what it means."""

    kind: str
    comment: str


@dataclass(frozen=True, kw_only=True)
class QueryCatalogArgs:
    """The tables over a bucket that tenants share, and over those of silos.

    Attributes:
        here: Where it is.
        spec: What workgroups enforce.
        database_name: Its physical name: queries call it so. Lower-case letters, digits and _.
        workgroups: What the names of workgroups begin with; a tenant's id follows.
        cell: The stack whose tenants they are of, as the registry says it.
        tables: Table -> its columns, in order. It is called as its dataset.
        curated: Bucket of the files, each under `tenant=<id>/dataset=<table>/date=<day>/`.
        results: Bucket of the results of queries, each under `tenant=<id>/`.
        silos: Id of a tenant with a bucket of its own -> that bucket's name: each has own tables over it; none by default.

    Raises:
        InvalidArgumentError: on a name that Athena could not call, no table, or a bucket that is not per tenant.
    """

    here: Here
    spec: QueryCatalogSpec
    database_name: str
    workgroups: str
    cell: str
    tables: Mapping[str, Mapping[str, TableColumn]]
    curated: Bucket
    results: Bucket
    silos: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])

    def __post_init__(self) -> None:
        expected = "1 to 128 lower-case letters, digits and _"
        if checks.pattern(self.database_name, r"[a-z0-9_]{1,128}", expected):
            raise InvalidArgumentError(self, "database_name", self.database_name, expected)
        # docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html: 128 characters with the id
        expected = "1 to 112 letters, digits, . _ and -, the last of them -: a tenant's id follows"
        if checks.pattern(self.workgroups, r"[a-zA-Z0-9._-]{0,111}-", expected):
            raise InvalidArgumentError(self, "workgroups", self.workgroups, expected)
        if not self.tables:
            raise InvalidArgumentError(self, "tables", {}, "one table or more")
        for name, bucket in (("curated", self.curated), ("results", self.results)):
            if not bucket.args.per_tenant:
                raise InvalidArgumentError(
                    self, name, bucket.name, "a bucket that is per tenant: who may read is told by prefix"
                )


class QueryCatalog(Component):
    """A Glue database with a table for each dataset, and one for each dataset of each silo.

    A tenant's workgroup is no resource here: `dataconnect tenant add` makes it of `template`.

    Outputs: `database_name`; `template`, what a workgroup is made of.
    """

    database_name: pulumi.Output[str]
    template: dict[str, Any]

    def __init__(self, name: str, args: QueryCatalogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self.database_name = glue.CatalogDatabase(
            name,
            region=args.here.region,
            name=args.database_name,
            description="Curated files of the lake, as tenants query them",
            tags=tags(name),
            opts=self.child(),
        ).name
        for table in args.tables:
            self._table(table, table.replace("-", "_"), args.curated.bucket_name)
            for tenant, bucket in args.silos.items():
                self._table(table, own_table(table, tenant), bucket)
        self.template = {
            "workgroupPrefix": args.workgroups,
            "database": self.database_name,
            "results": args.spec.results,
            "engine": args.spec.engine,
            "cutoffBytes": args.spec.cutoff_bytes,
            "cell": args.cell,
        }
        create_alarms(self, [_cut_off(args.cell)], args.here)
        self.register_outputs({"databaseName": self.database_name})

    def _table(self, dataset: str, physical: str, bucket: pulumi.Input[str]) -> None:
        """One table. Its partitions follow from its parameters: nothing adds them.

        `tenant` is injected: without `tenant = '...'` Athena refuses a query. That keeps nobody out: the session may read one
        prefix only, which does (docs.aws.amazon.com/athena/latest/ug/partition-projection-dynamic-id-partitioning.html).
        """
        kept = self.args.curated.args.spec.expire_days
        location = pulumi.Output.concat("s3://", bucket, "/")
        parts = {"tenant": "${tenant}", "dataset": dataset, "date": "${date}"}
        glue.CatalogTable(
            f"{self.name}-{physical.replace('_', '-')}",
            region=self.args.here.region,
            database_name=self.database_name,
            # A physical name: queries call it so, and grants name it.
            name=physical,
            table_type="EXTERNAL_TABLE",
            parameters={
                "classification": "parquet",
                "EXTERNAL": "TRUE",
                "projection.enabled": "true",
                "projection.tenant.type": "injected",
                "projection.date.type": "date",
                "projection.date.format": "yyyy-MM-dd",
                "projection.date.range": f"{f'NOW-{kept}DAYS' if kept else '2020-01-01'},NOW+1DAYS",
                "storage.location.template": pulumi.Output.concat(
                    location, "".join(f"{part}={value}/" for part, value in parts.items())
                ),
            },
            partition_keys=[
                glue.CatalogTablePartitionKeyArgs(name="tenant", type="string", comment="whose record it is"),
                glue.CatalogTablePartitionKeyArgs(name="date", type="string", comment="day (UTC) on which it was delivered"),
            ],
            storage_descriptor=glue.CatalogTableStorageDescriptorArgs(
                location=location,
                input_format=f"{_PARQUET}.MapredParquetInputFormat",
                output_format=f"{_PARQUET}.MapredParquetOutputFormat",
                ser_de_info=glue.CatalogTableStorageDescriptorSerDeInfoArgs(
                    serialization_library=f"{_PARQUET}.serde.ParquetHiveSerDe"
                ),
                columns=[
                    glue.CatalogTableStorageDescriptorColumnArgs(name=column, type=told.kind, comment=told.comment)
                    for column, told in self.args.tables[dataset].items()
                ],
            ),
            opts=self.child(),
        )

    def link(self, verb: str, path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - the same for all
        """`query`: run queries in the workgroup of the session's tenant. `cap`: see what all scanned, and switch workgroups.

        A query also reads `lake/<curated>` and writes `lake/<results>`, which are links of their own: Athena does both as
        whoever asks.

        Raises:
            ComponentError: on another verb.
        """
        environment = {"CATALOG_DATABASE": self.database_name, "CATALOG_WORKGROUPS": self.args.workgroups}
        if verb == "query":
            return Link(tenant_statements=tuple(self._query()), environment=environment)
        if verb == "cap":
            return Link(statements=tuple(self._cap()), environment={**environment, "CATALOG_CELL": self.args.cell})
        raise ComponentError(f"catalog has no use {verb!r}; expected {' or '.join(QueryCatalogSpec.link.verbs)}")

    def _query(self) -> Iterator[Statement]:
        yield Statement(sid="QueryAsThisTenant", actions=QUERY, resources=(self._workgroup(THIS_TENANT),))
        place = f"arn:aws:glue:{self.args.here.region}:{self.args.here.account_id}"
        database = self.args.database_name
        tables = [each for table in self.args.tables for each in (table.replace("-", "_"), own_table(table, THIS_TENANT))]
        yield Statement(
            sid="LookUpTables",
            actions=LOOK_UP,
            resources=(
                f"{place}:catalog",
                f"{place}:database/{database}",
                *(f"{place}:table/{database}/{table}" for table in tables),
            ),
        )
        # docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html#full-access-to-default-db-per-region:
        # whatever a query names, Athena looks that the account's `default` is there. It says nothing of what is in it.
        yield Statement(
            sid="FindDefaultDatabase",
            actions=("glue:GetDatabase",),
            resources=(f"{place}:catalog", f"{place}:database/default"),
        )
        # Athena asks where that bucket is before it starts: docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
        own = self.args.results.own_bucket(THIS_TENANT)
        yield Statement(
            sid="FindResults",
            actions=("s3:GetBucketLocation",),
            resources=(self.args.results.arn, *((f"arn:aws:s3:::{own}",) if own else ())),
        )

    def _cap(self) -> Iterator[Statement]:
        yield Statement(
            sid="SwitchWorkgroups",
            actions=("athena:GetWorkGroup", "athena:UpdateWorkGroup"),
            resources=(self._workgroup(ID_PATTERN),),
        )
        yield Statement(
            sid="SeeWhatWasScanned",
            actions=("cloudwatch:GetMetricData",),
            resources=("*",),
            wildcard_reason="CloudWatch knows no resource for it",
        )
        yield Statement(
            sid="TellWhoWasCutOff",
            actions=("cloudwatch:PutMetricData",),
            resources=("*",),
            conditions={"StringEquals": {"cloudwatch:namespace": namespace(METRICS)}},
            wildcard_reason="CloudWatch knows no resource for it",
        )

    def _workgroup(self, tenant: str) -> str:
        here = self.args.here
        return f"arn:aws:athena:{here.region}:{here.account_id}:workgroup/{self.args.workgroups}{tenant}"


def _cut_off(cell: str) -> Alarm:
    return Alarm(
        key="query-cut-off",
        description="The queries of a tenant have scanned what they may in a month, and its workgroup was disabled.",
        metric=Metric(namespace=namespace(METRICS), name=CUT_OFF, dimensions={"Cell": cell}, statistic="Sum"),
        comparison="GreaterThanThreshold",
        threshold=0,
        period=300,
        evaluation_periods=1,
        missing_data="notBreaching",
    )


def own_table(dataset: str, tenant: str) -> str:
    """The table over a silo's own files of a dataset; of `THIS_TENANT` as a statement says it."""
    return f"{dataset.replace('-', '_')}_{tenant}"
