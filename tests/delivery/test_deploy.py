import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from delivery.deploy import POLICY_PACK, ROLES, account_of, registering
from delivery.stacks_touched import stacks
from policies.pack import PACKS
from tests.settings.stack_files import CONFIG

ROOT = Path(__file__).parents[2]

# Stands in for Pulumi: notes how it was called, lets `config set-all` add a line to the file it is given.
PULUMI = """#!{python}
import json, os, sys
names = ("PULUMI_BACKEND_URL", "AWS_ROLE_ARN")
call = dict(arguments=sys.argv[1:], environment={{name: os.environ.get(name) for name in names}})
file = sys.argv[sys.argv.index("--config-file") + 1] if "--config-file" in sys.argv else os.devnull
if sys.argv[1] == "config":
    open(file, "a").write("# overridden\\n")
call["config"] = open(file).read()
open({log!r}, "a").write(json.dumps(call) + "\\n")
print(os.environ.get("PLAN", ""))
sys.exit(0 if sys.argv[1] == "config" or "PLAN" in os.environ else 7)
"""
LACKS = "output tables is missing; expected a mapping by name (deploy the stack with this release first)"
STACK_FILE = 'config:\n  aws:allowedAccountIds: ["333333333333"]\n'


class Call(NamedTuple):
    arguments: list[str]
    environment: dict[str, str | None]
    config: str


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "policies").mkdir(parents=True)
    (folder / "policies" / "PulumiPolicy.yaml").touch()
    (folder / "Pulumi.test.yaml").write_text(STACK_FILE)
    return folder


def deploy(project: Path, *arguments: str, **environment: str) -> tuple[int, str, list[Call]]:
    tools = project.parent / "bin"
    log = project.parent / "log"
    tools.mkdir(exist_ok=True)
    (tools / "pulumi").write_text(PULUMI.format(python=sys.executable, log=str(log)))
    (tools / "pulumi").chmod(0o755)
    variables = {
        "PATH": f"{tools}{os.pathsep}/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(project.parent),
        **environment,
    }
    command = [sys.executable, "-m", "delivery.deploy", *arguments]
    done = subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)
    calls = [Call(**json.loads(line)) for line in log.read_text().splitlines()] if log.exists() else []
    return done.returncode, done.stderr, calls


def test_a_preview_runs_with_every_pack_and_its_exit_code_is_pulumis(project: Path) -> None:
    code, _, [call] = deploy(project, "preview", "--stack=test")
    assert code == 7
    assert call.arguments[:3] == ["preview", "--stack", "test"]
    assert call.arguments[call.arguments.index("--policy-pack") + 1] == "policies"
    assert "--yes" not in call.arguments


def test_the_evidence_is_of_a_preview_of_the_whole_stack_and_its_verdict_is_the_exit_code(project: Path) -> None:
    urn = "urn:pulumi:test::p::aws:sqs/queue:Queue::q"
    plan = {
        "steps": [{"op": "create", "urn": urn, "newState": {"urn": urn, "type": "aws:sqs/queue:Queue"}}],
        "changeSummary": {"create": 1},
    }
    code, _, [call] = deploy(project, "evidence", "--stack=test", PLAN=json.dumps(plan))
    assert code == 1
    assert {"--json", "--show-sames"} <= set(call.arguments)
    assert call.environment["PULUMI_BACKEND_URL"] == "s3://dataconnect-pulumi-333333333333?region=us-west-2"
    assert "sqs-customer-key" in (project / "evidence" / "evidence.md").read_text()


@pytest.mark.parametrize("arguments", [["--stack=test"], ["--stack=nope"], ["--stack=test", "--overrides=aws:region=x"]])
def test_evidence_that_fails_leaves_no_verdict_of_an_earlier_run(project: Path, arguments: list[str]) -> None:
    earlier = project / "evidence"
    earlier.mkdir()
    for name in ("evidence.md", "evidence.junit.xml", "plan.json"):
        (earlier / name).write_text("may be deployed")
    code, error, _ = deploy(project, "evidence", *arguments)
    assert code == 2
    assert error
    assert "Traceback" not in error
    assert list(earlier.iterdir()) == []


@pytest.mark.parametrize(
    ("stack_file", "says"),
    [
        ("config: {}", "Pulumi.test.yaml names no account; expected"),
        ("config:", "Pulumi.test.yaml names no account; expected"),
        ("text", "Pulumi.test.yaml names no account; expected"),
        ("a: [", "Pulumi.test.yaml cannot be read: it is not YAML in line 1\n"),
        ("a: b\npassword: hunter2: c", "Pulumi.test.yaml cannot be read: it is not YAML in line 2\n"),
    ],
)
def test_a_stack_file_without_an_account_is_named(project: Path, stack_file: str, says: str) -> None:
    (project / "Pulumi.test.yaml").write_text(stack_file)
    code, error, calls = deploy(project, "preview", "--stack=test")
    assert (code, calls) == (1, [])
    assert says in error
    assert "Traceback" not in error


def test_an_up_keeps_its_own_preview_so_that_the_packs_judge_the_whole_stack_before_a_change(project: Path) -> None:
    _, _, [call] = deploy(project, "up", "--stack=test")
    assert call.arguments[0] == "up"
    assert "--yes" in call.arguments
    assert "--skip-preview" not in call.arguments
    assert "--policy-pack" in call.arguments


def test_overrides_are_set_in_a_copy_of_the_stack_file(project: Path) -> None:
    _, _, [configure, preview] = deploy(
        project, "preview", "--stack=test", "--overrides=dataconnect:a.b=1\ndataconnect:c=$(id) x"
    )
    assert configure.arguments[:2] == ["config", "set-all"]
    assert configure.arguments[-5:] == ["--path", "--plaintext", "dataconnect:a.b=1", "--plaintext", "dataconnect:c=$(id) x"]
    assert preview.config == STACK_FILE + "# overridden\n"
    assert (project / "Pulumi.test.yaml").read_text() == STACK_FILE


def test_the_image_of_the_commit_is_one_setting_more(project: Path) -> None:
    digest = f"sha256:{'a' * 64}"
    _, _, [configure, up] = deploy(project, "up", "--stack=test", "--overrides=dataconnect:a.b=1", f"--image={digest}")
    assert configure.arguments[-1] == f"dataconnect:reconcile.digest={digest}"
    assert up.arguments[0] == "up"


def test_without_an_image_the_stack_keeps_the_one_of_its_file(project: Path) -> None:
    _, _, [up] = deploy(project, "up", "--stack=test", "--image=")
    assert up.arguments[0] == "up"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stack=nope"], "there is no stack 'nope': expected one of test"),
        (["--stack=../project/test"], "there is no stack '../project/test': expected one of test"),
        (["--stack=test", "--overrides=aws:region=x"], "line 1: 'aws:region' is not a key"),
        (["--stack=test", "--image=latest"], "--image is 'latest'; expected what python -m delivery.reconcile.build prints"),
    ],
)
def test_what_was_typed_is_checked_before_pulumi_starts(project: Path, arguments: list[str], message: str) -> None:
    code, error, calls = deploy(project, "up", *arguments)
    assert code == 1
    assert message in error
    assert "Traceback" not in error
    assert calls == []


def test_a_run_without_policy_packs_is_refused(project: Path) -> None:
    (project / "policies" / "PulumiPolicy.yaml").unlink()
    code, error, calls = deploy(project, "preview", "--stack=test")
    assert (code, calls) == (1, [])
    assert "no policy pack" in error


def test_the_state_is_in_the_bucket_of_the_stacks_account_in_the_recovery_region(project: Path) -> None:
    _, _, [call] = deploy(project, "preview", "--stack=test")
    assert call.environment == {
        "PULUMI_BACKEND_URL": "s3://dataconnect-pulumi-333333333333?region=us-west-2",
        "AWS_ROLE_ARN": None,
    }


def test_a_backend_that_is_chosen_already_stays(project: Path) -> None:
    _, _, [call] = deploy(project, "preview", "--stack=test", PULUMI_BACKEND_URL="file://.")
    assert call.environment["PULUMI_BACKEND_URL"] == "file://."


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ("dataconnect:role: primary", "test"),
        ("dataconnect:role: recovery\n  dataconnect:primaryStack: first", "first"),
    ],
)
def test_who_has_no_access_is_asked_of_the_primary_stack_as_who_deploys(project: Path, settings: str, asked: str) -> None:
    with (project / "Pulumi.test.yaml").open("a") as file:
        file.write(f"  {settings}\n")
    outputs = json.dumps({"stack": asked})
    code, error, [call] = deploy(project, "access", "--stack=test", PLAN=outputs, AWS_WEB_IDENTITY_TOKEN_FILE="token")
    assert call.arguments == ["stack", "output", "--json", "--stack", asked]
    assert call.environment == {
        "PULUMI_BACKEND_URL": "s3://dataconnect-pulumi-333333333333?region=us-west-2",
        "AWS_ROLE_ARN": f"arn:aws:iam::333333333333:role/{ROLES['up']}",
    }
    # It got so far as these outputs let it, and its exit code is ours.
    assert (code, error) == (2, f"dataconnect: stack {asked}: {LACKS}\n")


@pytest.mark.parametrize(
    "settings", ["dataconnect:role: primary", "dataconnect:role: recovery\n  dataconnect:primaryStack: first"]
)
def test_workgroups_are_made_of_the_stacks_own_outputs_as_who_deploys(project: Path, settings: str) -> None:
    """Recovery's, too: Athena is there what that stack says, in its region."""
    with (project / "Pulumi.test.yaml").open("a") as file:
        file.write(f"  {settings}\n")
    outputs = json.dumps({"stack": "test"})
    code, error, [call] = deploy(project, "workgroups", "--stack=test", PLAN=outputs, AWS_WEB_IDENTITY_TOKEN_FILE="token")
    assert call.arguments == ["stack", "output", "--json", "--stack", "test"]
    assert call.environment["AWS_ROLE_ARN"] == f"arn:aws:iam::333333333333:role/{ROLES['up']}"
    assert code == 2 and error.startswith("dataconnect: stack test: ") and "alertTopicArn" in error


def test_the_janitor_of_environments_works_as_their_own_role_on_the_stacks_own_outputs(project: Path) -> None:
    outputs = json.dumps({"stack": "test"})
    code, error, [call] = deploy(project, "janitor", "--stack=test", PLAN=outputs, AWS_WEB_IDENTITY_TOKEN_FILE="token")
    assert call.arguments == ["stack", "output", "--json", "--stack", "test"]
    assert call.environment["AWS_ROLE_ARN"] == "arn:aws:iam::333333333333:role/dataconnect-environments"
    assert code == 2 and error.startswith("dataconnect: stack test: test takes no environments; expected a stack with")


@pytest.mark.parametrize("action", ["access", "workgroups"])
def test_a_stack_without_tenants_does_nothing_for_them(project: Path, action: str) -> None:
    with (project / "Pulumi.test.yaml").open("a") as file:
        file.write("  dataconnect:role: replication\n")
    assert deploy(project, action, "--stack=test") == (0, "", [])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("", "Pulumi.test.yaml: dataconnect:role is None; expected primary, recovery or replication"),
        ("dataconnect:role: spare", "Pulumi.test.yaml: dataconnect:role is 'spare'; expected primary, recovery or replication"),
        ("dataconnect:role: recovery", "Pulumi.test.yaml names no primary stack; expected dataconnect:primaryStack: prod"),
    ],
)
def test_a_stack_file_that_does_not_tell_whose_tenants_it_serves_is_named(project: Path, settings: str, says: str) -> None:
    with (project / "Pulumi.test.yaml").open("a") as file:
        file.write(f"  {settings}\n")
    assert deploy(project, "access", "--stack=test") == (1, f"{says}\n", [])


def test_every_stack_tells_whose_tenants_it_serves() -> None:
    told = {stack: registering(stack, ROOT / f"Pulumi.{stack}.yaml") for stack in stacks(ROOT)}
    assert told.items() >= {("prod", "prod"), ("prod-recovery", "prod"), ("prod-replication", None)}
    assert {told[primary] == primary for primary in told.values() if primary} == {True}


@pytest.mark.parametrize(("action", "role"), [("preview", "dataconnect-preview"), ("up", "dataconnect-deploy")])
def test_a_web_identity_takes_on_the_role_of_the_action_in_the_stacks_account(project: Path, action: str, role: str) -> None:
    identity = {"AWS_WEB_IDENTITY_TOKEN_FILE": "token", "AWS_ROLE_ARN": "the agent's own"}
    _, _, [call] = deploy(project, action, "--stack=test", **identity)
    assert call.environment["AWS_ROLE_ARN"] == f"arn:aws:iam::333333333333:role/{role}"


def test_the_pack_that_is_passed_holds_every_pack_there_is() -> None:
    folders = {file.parent.name for file in ROOT.glob(f"{POLICY_PACK}/*/**/PulumiPolicy.yaml")}
    assert {pack.name for pack in PACKS} == folders


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_role_that_deploys_administers_the_keys_or_kms_refuses_to_create_them(stack: str) -> None:
    role = f"arn:aws:iam::{account_of(ROOT / f'Pulumi.{stack}.yaml')}:role/{ROLES['up']}"
    assert role in CONFIG[stack]["dataconnect:keyAdministrators"]


def test_every_stack_names_its_account() -> None:
    assert {account_of(ROOT / f"Pulumi.{stack}.yaml") for stack in stacks(ROOT)} == {"111111111111", "222222222222"}
