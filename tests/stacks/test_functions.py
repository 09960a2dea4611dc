"""The functions of the stack file: what calls each, what it may do, and what is in its package."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from components.base.errors import ComponentError
from settings.functions import CODE
from stacks.parts import functions
from stacks.parts.functions import source_of
from tests.found import some
from tests.stacks.estate import PLATFORMS, RUNNING, Estate, Inputs, estate_of
from tests.stacks.test_grants import OWN, ROLE, Grant, Grants, grant, log_in_to_cache, may, table, told, told_of_cache

FUNCTION: Final = "lambda/function:Function"
MAPPING: Final = "lambda/eventSourceMapping:EventSourceMapping"
RULE: Final = "lb/listenerRule:ListenerRule"


def of_tenants(estate: Estate, uses: list[str]) -> set[str]:
    """The uses that are about tenants' data: of the lake, and of tables whose items are tenants'."""
    tables = {f"table/{name}" for name, each in estate.file["tables"].items() if each.get("perTenant")}
    return {use for use in uses if use.startswith("lake/") or use.partition(":")[0] in tables}


def consumed(wanted: Inputs) -> list[str]:
    return [f"queue/{wanted['queue']}:consume"] if "queue" in wanted else []


@pytest.mark.parametrize("name", PLATFORMS)
def test_each_function_of_the_stack_file_has_its_size_and_the_code_of_its_name(name: str) -> None:
    estate = estate_of(name)
    for function, wanted in estate.functions.items():
        inputs = estate.inputs(FUNCTION, function)
        assert inputs["handler"] == f"functions.{function}.handler.handle"
        assert (inputs["timeout"], inputs["memorySize"]) == (wanted["timeoutSeconds"], wanted["memoryMiB"])
        assert inputs["reservedConcurrentExecutions"] == wanted["concurrency"]
        assert inputs["kmsKeyArn"] == estate.key("secrets")
        assert inputs["vpcConfig"]["subnetIds"] == estate.subnets("application")
        assert f"functions/{function}/handler.py" in inputs["code"].assets


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_function_may_do_itself_what_is_no_tenants_and_takes_its_tenant_role_for_the_rest(name: str) -> None:
    estate = estate_of(name)
    for function, wanted in estate.functions.items():
        uses = [*wanted["uses"], *consumed(wanted)]
        expected: Grants = set[Grant]().union(*(may(estate, use) for use in set(uses) - of_tenants(estate, uses)))
        if of_tenants(estate, uses):
            expected.add(grant(("sts:AssumeRole", "sts:TagSession"), estate.arn(ROLE, f"{function}-tenant")))
        expected |= log_in_to_cache(estate, function)
        expected.add(grant(("xray:PutTelemetryRecords", "xray:PutTraceSegments"), "*"))
        physical = estate.state(ROLE, function)["name"]
        (policy,) = estate.where("iam/rolePolicy:RolePolicy", role=physical)
        allowed = [each for each in policy.document()["Statement"] if each["Effect"] == "Allow"]
        assert {_grant(statement) for statement in allowed} == expected, function


def _grant(statement: dict[str, Any]) -> Grant:
    (condition,) = statement.get("Condition", {"": {}}).values()
    if "cloudwatch:namespace" in condition:
        return frozenset(statement["Action"]), frozenset(statement["Resource"]), json.dumps(statement["Condition"])
    return grant(tuple(statement["Action"]), *statement["Resource"], via=condition.get("kms:ViaService", ""))


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_a_function_does_to_a_tenants_table_it_does_to_that_tenants_items(name: str) -> None:
    estate = estate_of(name)
    _, arn = table(estate, "newest")
    (policy,) = estate.where("iam/rolePolicy:RolePolicy", role=estate.state(ROLE, "newest-tenant")["name"])
    touching = some([each for each in policy.document()["Statement"] if arn in each["Resource"]])
    for statement in touching:
        assert statement["Condition"]["ForAllValues:StringEquals"] == {"dynamodb:LeadingKeys": [OWN]}
        assert statement["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_function_is_told_where_what_it_uses_is(name: str) -> None:
    estate = estate_of(name)
    for function, wanted in estate.functions.items():
        uses = [*wanted["uses"], *consumed(wanted)]
        expected = {variable: value for use in uses for variable, value in told(estate, use).items()}
        expected |= told_of_cache(estate, function)
        expected["TELEMETRY_NAMESPACE"] = f"DataConnect/{estate.stack}"
        if of_tenants(estate, uses):
            expected["TENANT_ROLE_ARN"] = estate.arn(ROLE, f"{function}-tenant")
        assert estate.inputs(FUNCTION, function)["environment"]["variables"] == expected, function


@pytest.mark.parametrize("name", PLATFORMS)
def test_queues_are_worked_off_where_services_run_and_wait_elsewhere(name: str) -> None:
    estate = estate_of(name)
    working = {function: wanted for function, wanted in estate.functions.items() if "queue" in wanted}
    # People are told, and logs are shipped, in a region on standby, too.
    always = {"notifier-queue", *(["log-domain-shipper-queue"] if "search" in estate.file["logs"] else [])}
    assert estate.names(MAPPING) == {f"{function}-queue" for function in some(working)} | always
    for function, wanted in working.items():
        mapping = estate.inputs(MAPPING, f"{function}-queue")
        assert mapping["eventSourceArn"] == estate.arn("sqs/queue:Queue", wanted["queue"])
        assert mapping["functionName"] == estate.arn(FUNCTION, function)
        assert mapping["scalingConfig"] == {"maximumConcurrency": wanted["concurrency"]}
        assert mapping["enabled"] is (name in RUNNING)


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_clock_runs_a_function_where_services_run_and_its_silence_is_told(name: str) -> None:
    estate = estate_of(name)
    for function, minutes in some(
        {each: w["everyMinutes"] for each, w in estate.functions.items() if "everyMinutes" in w}
    ).items():
        schedule = estate.inputs("scheduler/schedule:Schedule", f"{function}-clock")
        assert schedule["scheduleExpression"] == f"rate({minutes} minutes)"
        assert schedule["state"] == ("ENABLED" if name in RUNNING else "DISABLED")
        assert schedule["target"]["arn"] == estate.arn(FUNCTION, function)
        role = estate.named_by(ROLE, "arn", schedule["target"]["roleArn"])
        (policy,) = estate.where("iam/rolePolicy:RolePolicy", role=estate.state(ROLE, role)["name"])
        (statement,) = policy.document()["Statement"]
        assert (statement["Action"], statement["Resource"]) == (["lambda:InvokeFunction"], [estate.arn(FUNCTION, function)])
        (trust,) = estate.one(ROLE, role).document("assumeRolePolicy")["Statement"]
        group = estate.arn("scheduler/scheduleGroup:ScheduleGroup", f"{function}-clock")
        assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": group}
        silent = estate.inputs("cloudwatch/metricAlarm:MetricAlarm", f"{function}-clock-function-silent")
        assert silent["insufficientDataActions"] == silent["alarmActions"]


@pytest.mark.parametrize("name", RUNNING)
def test_requests_are_let_through_to_a_function_with_a_token_of_the_stack_files_issuer(name: str) -> None:
    estate = estate_of(name)
    tokens = estate.file["ingress"]["tokens"]
    for function, wanted in some({each: http for each, w in estate.functions.items() if (http := w.get("http"))}).items():
        rule = estate.inputs(RULE, function)
        assert rule["listenerArn"] == estate.arn("lb/listener:Listener", "ingress-https")
        assert rule["priority"] == wanted["priority"]
        assert rule["conditions"] == [{"pathPattern": {"values": wanted["paths"]}}]
        verify, forward = rule["actions"]
        validation = verify["jwtValidation"]
        assert (validation["issuer"], validation["jwksEndpoint"]) == (tokens["issuer"], tokens["jwksUrl"])
        claims = {each["name"]: each["values"] for each in validation["additionalClaims"]}
        assert claims == {"aud": [tokens["audience"]], "scope": [wanted["scope"]]}
        assert forward["targetGroupArn"] == estate.arn("lb/targetGroup:TargetGroup", function)


@pytest.mark.parametrize("function", sorted(file.parent.name for file in CODE.glob("*/handler.py")))
def test_a_package_holds_all_that_its_code_imports_and_nothing_of_the_other_rooms(function: str, tmp_path: Path) -> None:
    files = source_of(f"functions.{function}.handler")
    assert {file.partition("/")[0] for file in files} <= {"functions", "jobs"}
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    # As Lambda does it: a name with a hyphen is none for an import statement.
    code = f"import importlib, sys; sys.path.insert(0, {str(tmp_path)!r}); "
    code += f"print(importlib.import_module('functions.{function}.handler').handle.__name__)"
    # In an interpreter that finds nothing of this repository but what is in the package.
    ran = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (ran.returncode, ran.stdout) == (0, "handle\n"), ran.stderr


def test_what_is_imported_is_followed_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = {
        "functions/a/handler.py": "from . import b\nfrom .c import x\nimport json\ndef handle(e, c):\n    import jobs.d\n",
        "functions/a/b.py": "from functions.shared.e import y\n",
        "functions/a/c.py": "x = 1\n",
        "functions/a/unused.py": "",
        "functions/shared/e.py": "from jobs import d\n",
        "jobs/d.py": "",
    }
    for file, text in code.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    monkeypatch.setattr(functions, "ROOT", tmp_path)
    assert set(source_of("functions.a.handler")) == set(code) - {"functions/a/unused.py"}
    (tmp_path / "jobs/d.py").unlink()
    with pytest.raises(ComponentError, match=r"jobs/d\.py is not there; expected a module that functions\.a\.handler imports"):
        source_of("functions.a.handler")
