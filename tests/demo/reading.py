"""What lenders' people read with, for the demonstration: search, BI and live counts, by the program's own code."""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.cloudwatch.models import cloudwatch_backends

from functions.index.handler import Service as Index
from functions.index.search import Search as Domain
from functions.live.handler import Service as Live
from functions.live.window import Windows
from functions.quota.quota import Quota
from functions.shared.telling import NAMESPACE
from functions.shared.tenants import Registry, Sessions
from functions.shared.valkey import Valkey
from operations.tenants.search import State
from tests.demo.aws import Aws
from tests.functions.live_reader import Access, Reader
from tests.lake import Lake, Rows
from tests.operations.counting import FakeLogs
from tests.search.estate import WRITER, Search
from tests.search.front import signed
from tests.search.identity import provider
from tests.search.server import server
from tests.valkey import HOST, running
from tests.valkey import Server as Cache

WORD: Final = "a-password-of-the-demonstration"
GIB: Final = 1024**3


class RefusedError(Exception):
    """Athena does not run a query."""


@dataclass(frozen=True)
class Reading:
    """The engines, beside PostgreSQL.

    Attributes:
        made: AWS's things.
        search: OpenSearch, with its front and the identity provider.
        cache: Valkey, whose users are those of the planned stack.
        logs: What functions have logged.
    """

    made: Aws
    search: Search
    cache: Cache
    logs: FakeLogs = field(default_factory=FakeLogs)

    # What `dataconnect` orders of the search: `operations.tenants.search.Search`.

    @property
    def datasets(self) -> tuple[str, ...]:
        """Of which each tenant has an index."""
        return tuple(sorted(self.made.outputs["search"]["indexes"]))

    def order(self, tenant: str, **order: Any) -> State:
        """The function that configures the domain, called here."""
        return self.search.order(tenant=tenant, **order)

    def look(self, tenant: str = "") -> State:
        """The same one."""
        return self.search.order(show=True, **({"tenant": tenant} if tenant else {}))

    def add(self, tenants: Sequence[str]) -> State:
        """The same function, for many."""
        return self.search.order(tenants=list(tenants))

    def fill(self, **order: Any) -> State:
        """The function `index`, called here."""
        return self.index().rebuild(order)

    # The functions, with the variables that the stack tells them.

    def index(self) -> Index:
        """Keeps the indexes."""
        told = self.made.environment_of("index")
        return Index(
            **self._of_tenants("index", told),
            table=told["NEWEST_TABLE"],
            search=Domain(self.search.front.endpoint, signed(WRITER), self.search.front.tls),
        )

    def live(self) -> Live:
        """Counts what comes in."""
        return Live(**self._of_tenants("live", self.made.environment_of("live")), windows=self._windows)

    def log(self, function: str, lines: str) -> None:
        """Keep what a function logged."""
        self.logs.events[self.made.outputs["errorLogs"][function]] += lines.splitlines()

    def quota(self) -> Mapping[str, Any]:
        """One run of the function that cuts off who has scanned too much."""
        told = self.made.environment_of("quota")
        clients = {name: self.made.client(name) for name in ("dynamodb", "athena", "cloudwatch")}
        return Quota(
            **clients,
            table=told["TENANTS_TABLE"],
            cell=told["CATALOG_CELL"],
            workgroups=told["CATALOG_WORKGROUPS"],
            namespace=f"{told[NAMESPACE]}/Queries",
        ).run(datetime.now(UTC) + timedelta(seconds=1))  # what is told at this moment, too

    def order_live(self, action: str, tenant: str) -> dict[str, Any]:
        """What `dataconnect tenant` orders of the function `live`, called here; what it logs is kept."""
        output = StringIO()
        with redirect_stdout(output):
            told = self.live().obey(action, tenant)
        self.log("live", output.getvalue())
        return told

    def reader(self, tenant: str, day: str) -> Reader:
        """What the service realtime does for a browser, as its own user."""
        registry = Registry(self.made.client("dynamodb"), self.made.environment_of("live")["TENANTS_TABLE"])
        return Reader(self._valkey("realtime"), tenant, "loans", day, Access(registry, tenant))

    def ask(self, lake: Path, tenant: str, query: str, *parameters: str) -> Rows:
        """A prepared statement of a tenant's workgroup, run as Athena would: DuckDB over the files under `lake`.

        Raises:
            RefusedError: in Athena's words, where the workgroup is disabled, or lets no query scan so much.
        """
        athena, client = self.made.athena, self.made.client("athena")
        athena.engine = Lake(lake, table=f"{self.made.outputs['catalog']['database']}.loans").scan
        athena.counted = self._count
        told = {"WorkGroup": self._workgroup(tenant), "QueryString": f"EXECUTE {query}", "ExecutionParameters": [*parameters]}
        try:
            id = client.start_query_execution(**told)["QueryExecutionId"]
        except ClientError as error:
            raise RefusedError(error.response.get("Error", {}).get("Message")) from error
        status = client.get_query_execution(QueryExecutionId=id)["QueryExecution"]["Status"]
        if status["State"] != "SUCCEEDED":
            raise RefusedError(f"{status['State']}: {status['StateChangeReason']}")
        return athena.rows[id]

    def scan(self, tenant: str, gib: float) -> None:
        """Have a query scanned so much."""
        self._count(self._workgroup(tenant), "SUCCEEDED", round(gib * GIB))

    def limit(self, tenant: str, size: int) -> int:
        """Let a query of a tenant scan so many bytes, and tell how many before; AWS takes no less than ten million."""
        configuration = self.made.athena.groups[self._workgroup(tenant)]["Configuration"]
        before: int = configuration["BytesScannedCutoffPerQuery"]
        configuration["BytesScannedCutoffPerQuery"] = size
        return before

    def _workgroup(self, tenant: str) -> str:
        return f"{self.made.outputs['catalog']['workgroupPrefix']}{tenant}"

    def _count(self, workgroup: str, state: str, size: int) -> None:
        """What Athena tells CloudWatch of a query; nobody else may, so it is put into moto's own store."""
        told = {"QueryState": state, "QueryType": "DML", "WorkGroup": workgroup}
        datum = {
            "MetricName": "ProcessedBytes",
            "Dimensions": [{"Name": name, "Value": value} for name, value in told.items()],
            "Timestamp": datetime.now(UTC).replace(tzinfo=None),
            "Value": size,
        }
        estate = self.made.estate
        cloudwatch_backends[estate.account][estate.region].put_metric_data("AWS/Athena", [datum])

    def _of_tenants(self, workload: str, told: Mapping[str, str]) -> dict[str, Any]:
        return {
            "registry": Registry(self.made.client("dynamodb"), told["TENANTS_TABLE"]),
            "sessions": Sessions(
                self.made.client("sts"), role=told["TENANT_ROLE_ARN"], workload=workload, region=told["AWS_REGION"]
            ),
            "bucket": told["LAKE_RAW"],
        }

    @property
    def _windows(self) -> Windows:
        return Windows(valkey=self._valkey("live"), replicas=False)

    def _valkey(self, user: str) -> Valkey:
        return Valkey(HOST, self.cache.port, lambda _: (user, WORD), context=None)


@contextmanager
def reading(made: Aws) -> Generator[Reading]:
    """The engines, empty, with the users and the configuration of the planned stack; one node for search and for logs."""
    with provider() as identity, server(jwks_url=identity.url, explicit_index=True) as node, running() as cache:
        for user in ("live", "realtime"):
            cache.allow(user, made.estate.inputs("elasticache/user:User", f"cache-user-{user}")["accessString"], WORD)
        with Search.of(node, identity) as search:
            search.configure()
            yield Reading(made, search, cache)


def download(made: Aws, folder: Path) -> None:
    """The curated files, laid out as in the bucket."""
    s3, bucket = made.client("s3"), made.outputs["lakeBuckets"]["curated"]
    for key in made.keys("curated"):
        if key.endswith(".parquet"):
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            (folder / key).write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def hits(answer: Any) -> Iterator[Mapping[str, Any]]:
    """The documents of an answer of the search."""
    yield from (each["_source"] for each in answer["hits"]["hits"])


def said(answer: Any) -> str:
    """The reason of a refusal, in the search's words."""
    return str(answer["error"]["reason"]) if isinstance(answer.get("error"), dict) else json.dumps(answer)
