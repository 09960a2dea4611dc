"""The two clocks of the janitor of environments, of which one is used: GitHub's and Jenkins'."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / ".github/workflows/environments.yml").read_text()
# A loader without YAML 1.1's reading of `on` as true.
WORKFLOW: dict[str, Any] = yaml.load(TEXT, Loader=yaml.BaseLoader)
JOB: dict[str, Any] = WORKFLOW["jobs"]["janitor"]
OTHER: dict[str, Any] = yaml.load((ROOT / ".github/workflows/pull-request.yml").read_text(), Loader=yaml.BaseLoader)
JENKINS = (ROOT / "Jenkinsfile.environments").read_text()
COMMAND = ".venv/bin/python -m delivery.deploy janitor --stack=dev"


def test_it_runs_on_a_clock_often_enough_to_warn_within_the_hour_and_by_hand_never_of_a_change() -> None:
    assert set(WORKFLOW["on"]) == {"schedule", "workflow_dispatch"}
    ((cron,),) = [each.values() for each in WORKFLOW["on"]["schedule"]]
    assert len(cron.split()[0].split(",")) == 4
    assert "cron('H/15 * * * *')" in JENKINS


def test_it_may_check_out_take_on_a_role_and_no_more() -> None:
    assert WORKFLOW["permissions"] == {}
    assert JOB["permissions"] == {"contents": "read", "id-token": "write"}
    assert "secrets." not in TEXT and "credentials" not in JENKINS.lower()


def test_it_works_beside_dev_alone() -> None:
    assert JOB["steps"][-1]["run"] == COMMAND
    assert re.findall(r"sh '(.*)'", JENKINS)[-1] == COMMAND
    assert JOB["environment"] == "environments-dev"


def test_one_runs_at_a_time_and_is_never_cut_off_by_the_next() -> None:
    assert JOB["concurrency"] == {"group": "environments-dev", "cancel-in-progress": "false"}
    assert "disableConcurrentBuilds()" in JENKINS and "timeout(time: 2, unit: 'HOURS')" in JENKINS
    assert 0 < int(JOB["timeout-minutes"]) <= 90


def test_its_actions_are_those_of_the_pull_request_pinned_and_without_a_token_left_behind() -> None:
    def used(workflow: dict[str, Any]) -> set[str]:
        return {step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step}

    assert used(WORKFLOW) == used(OTHER)
    assert JOB["steps"][0]["with"]["persist-credentials"] == "false"


def test_packages_are_installed_before_there_are_credentials() -> None:
    order = [step.get("uses", step.get("run", "")) for step in JOB["steps"]]
    install = next(index for index, text in enumerate(order) if "pip install" in text)
    assert install < next(index for index, text in enumerate(order) if "configure-aws-credentials" in text)


def test_the_engine_is_that_of_the_pull_request() -> None:
    version = next(step for step in JOB["steps"] if step.get("uses", "").startswith("pulumi/actions@"))["with"]
    assert version in [step.get("with") for step in OTHER["jobs"]["preview"]["steps"]]


def test_the_role_is_set_up_for_the_session_that_the_run_asks_for_and_that_outlives_the_run() -> None:
    """AWS refuses a session that is longer than the role's own limit, one hour by default."""
    (asked,) = [int(step["with"]["role-duration-seconds"]) for step in JOB["steps"] if "role-to-assume" in step.get("with", {})]
    page = (ROOT / "docs/delivery.md").read_text(encoding="utf-8")
    assert f"aws iam update-role --role-name dataconnect-environments --max-session-duration {asked}`" in page
    assert asked > 60 * int(JOB["timeout-minutes"])
