"""Athena for tests: workgroups, prepared statements and what becomes of a query, as its API documents them.

moto has no update of the first, keeps the second by name alone, lists none, and runs no query.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

PAGE = 5
"""Statements in an answer: fewer than AWS gives, so that there is more than one page."""
STOPPED = "Bytes scanned limit was exceeded"
"""Why Athena cancels a query that scans more than its workgroup lets one."""
DENIED = "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)"
"""Why a query fails whose caller may not read what it scans: Athena reads as whoever asks."""
Engine = Callable[[str, Sequence[str]], tuple[list[tuple[Any, ...]], int]]
"""Text and parameters of a query -> its rows, and the bytes that it read."""


@dataclass
class FakeAthena:
    """The workgroups of a region, by name.

    Attributes:
        engine: What runs a query; `tests.lake.Lake.scan`, where there are files. A PermissionError is S3's.
        counted: Told of each query that ends: its workgroup, state and bytes, as CloudWatch is.
        executions: Queries by their id, in order.
        rows: What those that succeeded found.
    """

    groups: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    engine: Engine = lambda _, __: ([], 0)
    counted: Callable[[str, str, int], None] = lambda _, __, ___: None
    executions: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict[str, list[tuple[Any, ...]]])
    statements: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict[str, dict[str, dict[str, Any]]])

    def answer(self, operation: str, told: dict[str, Any]) -> dict[str, Any]:
        """What Athena answers.

        Raises:
            ClientError: as Athena refuses it.
        """
        handle = getattr(self, f"_{operation}", None)
        assert handle, f"say here what Athena answers to {operation}"
        return handle(told)

    def everything(self) -> dict[str, Any]:
        return {"groups": self.groups, "statements": self.statements}

    def _group(self, told: dict[str, Any], operation: str) -> dict[str, Any]:
        if told["WorkGroup"] not in self.groups:
            raise refused(operation, "WorkGroup is not found.")
        return self.groups[told["WorkGroup"]]

    def _GetWorkGroup(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - called by the operation's name
        return {"WorkGroup": self._group(told, "GetWorkGroup")}

    def _CreateWorkGroup(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if told["Name"] in self.groups:
            raise refused("CreateWorkGroup", "WorkGroup is already created.")
        self.groups[told["Name"]] = {
            "Name": told["Name"],
            "State": "ENABLED",
            "Configuration": {"EnableMinimumEncryptionConfiguration": False, **_copy(told["Configuration"])},
            "Tags": told["Tags"],
        }
        self.statements[told["Name"]] = {}
        return {}

    def _UpdateWorkGroup(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        group = self._group(told, "UpdateWorkGroup")
        updates = _copy(told.get("ConfigurationUpdates", {}))
        if "ResultConfigurationUpdates" in updates:
            updates["ResultConfiguration"] = updates.pop("ResultConfigurationUpdates")
        group["Configuration"] |= updates
        group["State"] = told.get("State", group["State"])
        return {}

    def _DeleteWorkGroup(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._group(told, "DeleteWorkGroup")
        if self.statements[told["WorkGroup"]] and not told.get("RecursiveDeleteOption"):
            raise refused("DeleteWorkGroup", "WorkGroup is not empty")
        del self.groups[told["WorkGroup"]], self.statements[told["WorkGroup"]]
        return {}

    def _CreatePreparedStatement(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._group(told, "CreatePreparedStatement")
        there = self.statements[told["WorkGroup"]]
        if told["StatementName"] in there:
            raise refused("CreatePreparedStatement", "already exists")
        there[told["StatementName"]] = dict(told)
        return {}

    def _UpdatePreparedStatement(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        assert told["StatementName"] in self.statements[told["WorkGroup"]]
        self.statements[told["WorkGroup"]][told["StatementName"]] = dict(told)
        return {}

    def _DeletePreparedStatement(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        del self.statements[told["WorkGroup"]][told["StatementName"]]
        return {}

    def _ListPreparedStatements(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._group(told, "ListPreparedStatements")
        names, start = sorted(self.statements[told["WorkGroup"]]), int(told.get("NextToken", 0))
        page = {"PreparedStatements": [{"StatementName": name} for name in names[start : start + PAGE]]}
        return {**page, **({"NextToken": str(start + PAGE)} if names[start + PAGE :] else {})}

    def _BatchGetPreparedStatement(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        there = self.statements[told["WorkGroup"]]
        return {"PreparedStatements": [there[name] for name in told["PreparedStatementNames"] if name in there]}

    def _StartQueryExecution(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Run a query; one that reads more than its workgroup lets one is cancelled there, and has scanned so much."""
        name, text = told["WorkGroup"], told["QueryString"]
        group = self._group(told, "StartQueryExecution")
        if group["State"] != "ENABLED":
            raise refused("StartQueryExecution", f"WorkGroup {name} is disabled.")
        if text.startswith("EXECUTE "):
            text = self.statements[name][text.removeprefix("EXECUTE ")]["QueryStatement"]
        try:
            rows, read = self.engine(text, told.get("ExecutionParameters", ()))
        except PermissionError:
            return self._ended(name, {"State": "FAILED", "StateChangeReason": DENIED}, 0)
        cutoff = group["Configuration"].get("BytesScannedCutoffPerQuery", read)
        if read > cutoff:
            return self._ended(name, {"State": "CANCELLED", "StateChangeReason": STOPPED}, cutoff)
        answer = self._ended(name, {"State": "SUCCEEDED"}, read)
        self.rows[answer["QueryExecutionId"]] = rows
        return answer

    def _ended(self, name: str, status: dict[str, str], read: int) -> dict[str, Any]:
        id = f"query-{len(self.executions)}"
        statistics = {"DataScannedInBytes": read}
        self.executions[id] = {"QueryExecutionId": id, "WorkGroup": name, "Status": status, "Statistics": statistics}
        self.counted(name, status["State"], read)
        return {"QueryExecutionId": id}

    def _GetQueryExecution(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"QueryExecution": self.executions[told["QueryExecutionId"]]}

    def _ListQueryExecutions(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self._group(told, "ListQueryExecutions")
        own = [id for id, each in self.executions.items() if each["WorkGroup"] == told["WorkGroup"]]
        return {"QueryExecutionIds": own[: -1 - told["MaxResults"] : -1]}

    def _BatchGetQueryExecution(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"QueryExecutions": [self.executions[id] for id in told["QueryExecutionIds"]]}


def refused(operation: str, message: str) -> ClientError:
    """How Athena says no."""
    return ClientError({"Error": {"Code": "InvalidRequestException", "Message": message}}, operation)


def _copy(value: Any) -> Any:
    return {name: _copy(each) for name, each in value.items()} if isinstance(value, dict) else value


@contextmanager
def faked(athena: FakeAthena) -> Generator[FakeAthena]:
    """Answer every client of Athena in this process, once its parameters are such as the service takes; tell others' hooks."""
    plain: Any = BaseClient._make_api_call

    def call(client: Any, operation: str, told: dict[str, Any]) -> Any:
        if client.meta.service_model.service_name != "athena":
            return plain(client, operation, told)
        model = client.meta.service_model.operation_model(operation)
        report = ParamValidator().validate(told, model.input_shape)
        assert not report.has_errors(), report.generate_report()
        client.meta.events.emit(f"before-call.athena.{operation}", model=model, params={}, request_signer=None, context={})
        parsed = athena.answer(operation, told)
        http = SimpleNamespace(status_code=200)
        client.meta.events.emit(f"after-call.athena.{operation}", http_response=http, parsed=parsed, model=model, context={})
        return parsed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        yield athena
