import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from delivery.stacks_touched import stacks, stacks_touched

ROOT = Path(__file__).parents[2]
STACKS = ["dev", "prod", "prod-recovery", "prod-replication"]


def test_a_stack_file_touches_its_stack_only() -> None:
    assert stacks_touched(["Pulumi.prod-recovery.yaml"], STACKS) == ["prod-recovery"]


def test_several_stack_files_touch_their_stacks_in_the_order_of_deployment() -> None:
    assert stacks_touched(["Pulumi.prod-replication.yaml", "Pulumi.prod.yaml"], STACKS) == ["prod", "prod-replication"]


@pytest.mark.parametrize(
    "path",
    [
        "__main__.py",
        "settings/roles.py",
        "stacks/primary.py",
        "components/network/network.py",
        "policies/controls/tagging/__main__.py",
        "functions/shipper/handler.py",
        "requirements.lock",
        "Pulumi.yaml",
        "delivery/deploy.py",
        ".github/workflows/pull-request.yml",
    ],
)
def test_shared_code_touches_every_stack(path: str) -> None:
    assert stacks_touched(["Pulumi.dev.yaml", path], STACKS) == STACKS


def test_a_path_nobody_knows_touches_every_stack() -> None:
    assert stacks_touched(["new_room/thing.bin"], STACKS) == STACKS


def test_a_stack_file_in_another_folder_is_no_stack_and_so_touches_all() -> None:
    assert stacks_touched(["components/Pulumi.dev.yaml"], STACKS) == STACKS


def test_documents_tests_and_the_sandbox_touch_no_stack() -> None:
    changed = ["README.md", "components/README.md", "docs/delivery.md", "tests/test_x.py", "sandbox/pulumi", "Jenkinsfile"]
    assert stacks_touched(changed, STACKS) == []


def test_nothing_changed_touches_no_stack() -> None:
    assert stacks_touched([], STACKS) == []


def test_a_new_stack_is_previewed() -> None:
    assert stacks_touched(["Pulumi.test.yaml"], [*STACKS, "test"]) == ["test"]


def test_a_renamed_stack_is_previewed_under_its_new_name() -> None:
    assert stacks_touched(["Pulumi.dev.yaml", "Pulumi.test.yaml"], ["prod", "test"]) == ["test"]


def test_a_deleted_stack_file_leaves_nothing_to_preview() -> None:
    assert stacks_touched(["Pulumi.dev.yaml"], ["prod"]) == []


def test_the_project_file_is_no_stack() -> None:
    found = stacks(ROOT)
    assert {*STACKS} <= {*found}
    assert {f"Pulumi.{stack}.yaml" for stack in found} == {file.name for file in ROOT.glob("Pulumi.*.yaml")}


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@dataconnect.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_the_workflow_finds_what_the_pull_request_adds_to_its_base(tmp_path: Path) -> None:
    """Its own command on a merge commit, with a moved file of shared code, and a change on the base that is not its own."""
    for name in ("Pulumi.dev.yaml", "Pulumi.prod.yaml", "components/old.py", "docs/a\nb.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n" * 20)
    git(tmp_path, "init", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "base")
    git(tmp_path, "switch", "-c", "request")
    (tmp_path / "Pulumi.dev.yaml").write_text("changed")
    (tmp_path / "docs/a\nb.md").write_text("changed")
    git(tmp_path, "commit", "-am", "change")
    git(tmp_path, "switch", "main")
    (tmp_path / "Pulumi.prod.yaml").write_text("changed")
    git(tmp_path, "commit", "-am", "another's change")
    git(tmp_path, "merge", "request", "-m", "the merge that GitHub makes")
    assert touched_by_workflow(tmp_path) == ["dev"]

    git(tmp_path, "switch", "request")
    git(tmp_path, "mv", "components/old.py", "docs/old.py")
    git(tmp_path, "commit", "-m", "move shared code where no preview looks")
    git(tmp_path, "switch", "main")
    git(tmp_path, "reset", "--hard", "HEAD^1")
    git(tmp_path, "merge", "request", "-m", "the merge that GitHub makes")
    assert touched_by_workflow(tmp_path) == ["dev", "prod"]


def touched_by_workflow(folder: Path) -> list[str]:
    workflow = yaml.safe_load((ROOT / ".github/workflows/pull-request.yml").read_text())
    script: str = workflow["jobs"]["changes"]["steps"][-1]["run"].replace("python3", sys.executable)
    output = folder.parent / "output"
    output.unlink(missing_ok=True)
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "GITHUB_OUTPUT": str(output)}
    subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=folder, env=environment, check=True, capture_output=True)
    return json.loads(output.read_text().removeprefix("stacks="))
