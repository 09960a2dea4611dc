import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / ".github/workflows/pull-request.yml").read_text()
# A loader without YAML 1.1's reading of `on` as true.
WORKFLOW: dict[str, Any] = yaml.load(TEXT, Loader=yaml.BaseLoader)
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
STEPS: list[dict[str, Any]] = [step for job in JOBS.values() for step in job["steps"]]


def test_it_runs_on_pull_requests_and_never_with_the_rights_of_the_base() -> None:
    assert list(WORKFLOW["on"]) == ["pull_request"]


def test_only_the_preview_can_ask_for_credentials_and_no_job_can_write() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "checks": {"contents": "read"},
        "changes": {"contents": "read"},
        "preview": {"contents": "read", "id-token": "write"},
        "previewed": {},
    }


def test_a_fork_gets_no_preview() -> None:
    assert "&& github.event.pull_request.head.repo.full_name == github.repository" in JOBS["preview"]["if"]


def test_there_is_no_secret() -> None:
    assert "secrets." not in TEXT


def test_one_stack_is_previewed_once_at_a_time_and_nobodys_turn_is_cancelled() -> None:
    assert JOBS["preview"]["concurrency"] == {
        "group": "stack-${{ matrix.stack }}",
        "cancel-in-progress": "false",
        "queue": "max",
    }


def test_one_failing_stack_does_not_hide_the_others() -> None:
    assert JOBS["preview"]["strategy"]["fail-fast"] == "false"


def test_every_action_is_pinned_by_commit_with_its_version_beside_it() -> None:
    uses = [line for line in TEXT.splitlines() if "uses:" in line]
    assert uses
    for line in uses:
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_no_checkout_leaves_a_token_behind() -> None:
    checkouts = [step for step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


def test_no_script_is_built_from_what_a_pull_request_can_write() -> None:
    assert not [step["run"] for step in STEPS if "${{" in step.get("run", "")]


def test_every_job_ends() -> None:
    assert all(0 < int(job["timeout-minutes"]) <= 90 for job in JOBS.values())


def test_packages_are_installed_before_there_are_credentials() -> None:
    order = [step.get("uses", step.get("run", "")) for step in JOBS["preview"]["steps"]]
    install = next(index for index, text in enumerate(order) if "pip install" in text)
    assert install < next(index for index, text in enumerate(order) if "configure-aws-credentials" in text)


def test_the_engine_is_the_version_of_the_sdk() -> None:
    dependencies: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["program"]
    step = next(step for step in STEPS if step.get("uses", "").startswith("pulumi/actions@"))
    assert f"pulumi=={step['with']['pulumi-version']}" in dependencies


def test_the_required_check_needs_every_touched_stack_previewed() -> None:
    assert JOBS["previewed"]["if"] == "always()"
    assert JOBS["previewed"]["needs"] == ["changes", "preview"]


@pytest.mark.parametrize(
    ("touched", "result", "passes"),
    [
        ('["dev"]', "success", True),
        ("[]", "skipped", True),
        ('["dev"]', "failure", False),
        ('["dev"]', "cancelled", False),
        ('["dev"]', "skipped", False),
        ("", "skipped", False),
    ],
    ids=["previewed", "nothing touched", "violation", "cancelled", "fork", "changes failed"],
)
def test_a_skipped_or_failed_preview_is_not_a_pass(touched: str, result: str, passes: bool) -> None:
    [step] = JOBS["previewed"]["steps"]
    environment = {"STACKS": touched, "RESULT": result}
    done = subprocess.run(["bash", "-e", "-c", step["run"]], env=environment, capture_output=True, check=False)
    assert (done.returncode == 0) == passes
