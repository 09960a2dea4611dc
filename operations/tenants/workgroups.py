"""A tenant's workgroup of Athena: made when it is taken in, disabled while it has no access, gone when it is removed.

It is no resource of Pulumi: a new tenant deploys nothing. What it enforces no client can set aside.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.aws import code_of
from operations.queries import TABLES, Query, statements
from operations.stack import Queries
from operations.tenants.lake import prefix
from operations.tenants.registry import Tenant

ENABLED: Final = "ENABLED"
DISABLED: Final = "DISABLED"
STOPPED: Final = "scanned limit was exceeded"
"""What Athena says of a query that scanned more than its workgroup lets one: `Bytes scanned limit was exceeded`."""
_PAGE: Final = 50  # docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetPreparedStatement.html


class Workgroups:
    """The workgroups of a stack's tenants in its region.

    Attributes:
        queries: What they are made of.
    """

    def __init__(self, athena: Any, queries: Queries) -> None:
        self._athena = athena
        self.queries: Final = queries

    def name(self, tenant: str) -> str:
        """What a tenant's workgroup is called."""
        return f"{self.queries.workgroup_prefix}{tenant}"

    def state(self, tenant: str) -> str | None:
        """`ENABLED` or `DISABLED`; None where there is no workgroup."""
        found = self._find(tenant)
        return None if found is None else str(found["State"])

    def faults(self, tenant: Tenant, state: str) -> list[str]:
        """How the tenant's workgroup is not what it should be; nothing where all is right."""
        found = self._find(tenant.id)
        if found is None:
            return [f"there is no workgroup {self.name(tenant.id)}"]
        wrong = [f"state is {found['State']}; expected {state}"] if found["State"] != state else []
        wrong += [
            f"{name} is not as the stack says" for name in _differences(self._configuration(tenant), found["Configuration"])
        ]
        wanted, there = self._statements(tenant), self._prepared(tenant.id)
        changed = sorted({*wanted, *there} - {name for name in wanted if there.get(name) == wanted[name].text})
        return [*wrong, *([f"prepared statements differ: {', '.join(changed)}"] if changed else [])]

    def make(self, tenant: Tenant, state: str) -> dict[str, Any]:
        """Make the tenant's workgroup, or what is there as it should be, with the queries as prepared statements."""
        name, wanted = self.name(tenant.id), self._configuration(tenant)
        if self._find(tenant.id) is None:
            told = {**self.queries.tags, "Tenant": tenant.slug, "Name": name}
            self._athena.create_work_group(
                Name=name,
                Configuration=wanted,
                Description=f"Queries of tenant {tenant.id}",
                Tags=[{"Key": key, "Value": value} for key, value in told.items()],
            )
        results = wanted.pop("ResultConfiguration")
        self._athena.update_work_group(
            WorkGroup=name, State=state, ConfigurationUpdates={**wanted, "ResultConfigurationUpdates": results}
        )
        there = self._prepared(tenant.id)
        for query in self._statements(tenant).values():
            told = {"StatementName": query.name, "WorkGroup": name, "QueryStatement": query.text, "Description": query.answers}
            if query.name not in there:
                self._athena.create_prepared_statement(**told)
            elif there.pop(query.name) != query.text:
                self._athena.update_prepared_statement(**told)
        for left in there.keys() - self._statements(tenant).keys():
            self._athena.delete_prepared_statement(StatementName=left, WorkGroup=name)
        return {"workgroup": name, "state": state}

    def switch(self, tenant: str, state: str) -> dict[str, Any]:
        """Enable or disable the tenant's workgroup, if there is one: what it is made of stays as it is."""
        if self.state(tenant) not in (None, state):
            self._athena.update_work_group(WorkGroup=self.name(tenant), State=state)
        return {"workgroup": self.name(tenant), "state": state}

    def stopped(self, tenant: str) -> dict[str, int]:
        """How many of the tenant's newest queries scanned more than one may and were `stopped`, of how many `looked_at`."""
        if self._find(tenant) is None:
            return {"stopped": 0, "looked_at": 0}
        newest = self._athena.list_query_executions(WorkGroup=self.name(tenant), MaxResults=_PAGE)["QueryExecutionIds"]
        known = self._athena.batch_get_query_execution(QueryExecutionIds=newest)["QueryExecutions"] if newest else []
        told = [each["Status"] for each in known]
        stopped = sum(each["State"] == "CANCELLED" and STOPPED in each.get("StateChangeReason", "").lower() for each in told)
        return {"stopped": stopped, "looked_at": len(told)}

    def remove(self, tenant: str) -> dict[str, Any]:
        """Delete the tenant's workgroup with its statements and the history of its queries."""
        if self._find(tenant) is not None:
            # Without, Athena deletes none that has statements or a history.
            self._athena.delete_work_group(WorkGroup=self.name(tenant), RecursiveDeleteOption=True)
        return {"workgroup": self.name(tenant)}

    def _find(self, tenant: str) -> dict[str, Any] | None:
        try:
            return self._athena.get_work_group(WorkGroup=self.name(tenant))["WorkGroup"]
        except ClientError as error:
            # Athena has no code of its own for it.
            if code_of(error) == "InvalidRequestException" and "not found" in str(error):
                return None
            raise

    def _configuration(self, tenant: Tenant) -> dict[str, Any]:
        bucket, key = self._own(tenant) or (self.queries.bucket, self.queries.key_arn)
        return {
            "EnforceWorkGroupConfiguration": True,
            "PublishCloudWatchMetricsEnabled": True,
            "RequesterPaysEnabled": False,
            "BytesScannedCutoffPerQuery": self.queries.cutoff_bytes,
            "EngineVersion": {"SelectedEngineVersion": self.queries.engine},
            "ResultConfiguration": {
                "OutputLocation": f"s3://{bucket}/{prefix(tenant.id)}",
                "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": key},
                "ExpectedBucketOwner": self.queries.account,
            },
        }

    def _own(self, tenant: Tenant) -> tuple[str, str] | None:
        """Bucket and key of a silo; an entry may make one for a tenant of the pool, which nothing uses."""
        return self.queries.own_buckets.get(tenant.id) if tenant.tier == "silo" else None

    def _statements(self, tenant: Tenant) -> Mapping[str, Query]:
        own = f"_{tenant.id}" if self._own(tenant) else ""
        database = self.queries.database
        return statements(tenant.id, {table: f"{table}{own}" for table in TABLES}, database=database)

    def _prepared(self, tenant: str) -> dict[str, str]:
        """Name -> text of the statements that are there."""
        workgroup, names = self.name(tenant), list(self._prepared_names(tenant))
        pages = [names[at : at + _PAGE] for at in range(0, len(names), _PAGE)]
        found = [
            each
            for page in pages
            for each in self._athena.batch_get_prepared_statement(PreparedStatementNames=page, WorkGroup=workgroup)[
                "PreparedStatements"
            ]
        ]
        return {each["StatementName"]: each["QueryStatement"] for each in found}

    def _prepared_names(self, tenant: str) -> Iterator[str]:
        more: dict[str, str] = {}
        while True:
            page = self._athena.list_prepared_statements(WorkGroup=self.name(tenant), **more)
            yield from (each["StatementName"] for each in page.get("PreparedStatements", ()))
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}


def _differences(wanted: Mapping[str, Any], found: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """What of `wanted` is otherwise in `found`; Athena tells more of itself."""
    for name, value in wanted.items():
        where = f"{path}{name}"
        if isinstance(value, Mapping):
            yield from _differences(value, found.get(name) or {}, f"{where}.")
        elif found.get(name) != value:
            yield where
