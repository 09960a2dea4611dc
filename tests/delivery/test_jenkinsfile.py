"""Reads the Jenkinsfile as blocks: Jenkins' own check of declarative pipelines exists on a Jenkins server only."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from delivery.stacks_touched import stacks

ROOT = Path(__file__).parents[2]


@dataclass
class Block:
    header: str
    lines: list[str] = field(default_factory=list[str])
    blocks: list["Block"] = field(default_factory=list["Block"])

    def block(self, header: str) -> "Block":
        [found] = [block for block in self.blocks if block.header == header]
        return found

    def text(self) -> str:
        return "\n".join([*self.lines, *(f"{block.header}\n{block.text()}" for block in self.blocks)])


def read_jenkinsfile() -> Block:
    """Blocks end at their line's end or on a line of their own: the linter's indentation rule keeps it so."""
    open_blocks = [Block("")]
    for line in (ROOT / "Jenkinsfile").read_text().splitlines():
        text = line.strip()
        if text.startswith("//"):
            continue
        if text == "}":
            open_blocks.pop()
        elif one_line := re.fullmatch(r"(.*?) \{ (.*) \}", text):
            open_blocks[-1].blocks.append(Block(one_line[1], [one_line[2]]))
        elif text.endswith(" {"):
            block = Block(text.removesuffix(" {"))
            open_blocks[-1].blocks.append(block)
            open_blocks.append(block)
        elif text:
            open_blocks[-1].lines.append(text)
    [whole] = open_blocks
    return whole.block("pipeline")


PIPELINE = read_jenkinsfile()
PREVIEW, APPROVE, UP = PIPELINE.block("stages").blocks
DEPLOY = '.venv/bin/python -m delivery.deploy {} --stack="$STACK" --overrides="$OVERRIDES"'


def test_it_previews_then_asks_then_applies() -> None:
    assert [stage.header for stage in (PREVIEW, APPROVE, UP)] == ["stage('Preview')", "stage('Approve')", "stage('Up')"]


def test_every_stack_can_be_chosen_in_the_order_of_deployment() -> None:
    [choices] = re.findall(r"name: 'STACK', choices: \[(.*?)\]", PIPELINE.block("parameters").text())
    assert re.findall(r"'(.*?)'", choices) == stacks(ROOT), f"Jenkinsfile: the choices of STACK are to be {stacks(ROOT)}"


def test_one_lock_per_stack_is_held_around_all_stages() -> None:
    assert 'lock(resource: "dataconnect-${params.STACK}")' in PIPELINE.block("options").lines


def test_the_preview_always_runs() -> None:
    assert "when" not in [block.header for block in PREVIEW.blocks]
    assert DEPLOY.format("preview") in PREVIEW.text()


def test_a_failed_preview_is_not_hidden_by_the_pipe_that_keeps_its_text() -> None:
    lines = PREVIEW.block("steps").lines
    assert lines.index("set -eo pipefail") < next(index for index, line in enumerate(lines) if "| tee preview.txt" in line)


def test_the_preview_and_its_evidence_are_archived_even_when_it_fails() -> None:
    assert "archiveArtifacts artifacts: 'preview.txt, evidence/*'" in PREVIEW.block("post").block("always").text()


def test_all_but_dev_is_approved_by_the_approvers_before_anything_is_applied() -> None:
    assert APPROVE.block("when").block("expression").lines == ["params.ACTION == 'up' && params.STACK != 'dev'"]
    assert "beforeInput true" in APPROVE.block("when").lines
    assert "submitter 'dataconnect-approvers'" in APPROVE.block("input").lines


def test_an_approval_that_never_comes_gives_the_stack_free() -> None:
    assert APPROVE.block("options").lines == ["timeout(time: 1, unit: 'HOURS')"]


def test_no_machine_is_held_while_people_read() -> None:
    assert "agent none" in PIPELINE.lines
    assert "agent" not in [block.header for block in APPROVE.blocks]


def test_only_an_up_applies_and_with_the_overrides_of_the_preview() -> None:
    assert UP.block("when").block("expression").lines == ["params.ACTION == 'up'"]
    assert DEPLOY.format("up") in UP.text()
    assert "delivery.deploy up" not in PREVIEW.text() + APPROVE.text()


def test_what_an_up_deploys_is_what_the_image_of_the_same_commit_deploys_again_after_a_failover() -> None:
    lines = UP.block("steps").lines
    (built,) = (index for index, line in enumerate(lines) if "delivery.reconcile.build" in line)
    (applied,) = (index for index, line in enumerate(lines) if "delivery.deploy up" in line)
    assert built < applied
    # A first up makes the repository that an image is pushed to, and has none.
    assert lines[built].endswith("> image.txt || true") and lines[applied].endswith('--image="$(cat image.txt)"')


def test_tenants_without_access_are_denied_on_the_roles_of_every_up_even_when_it_fails() -> None:
    assert '.venv/bin/python -m delivery.deploy access --stack="$STACK"' in UP.block("post").block("always").text()
    assert PIPELINE.text().count("delivery.deploy access") == 1


def test_tenants_workgroups_are_made_after_every_up_that_succeeds() -> None:
    assert '.venv/bin/python -m delivery.deploy workgroups --stack="$STACK"' in UP.block("post").block("success").text()
    assert PIPELINE.text().count("delivery.deploy workgroups") == 1


def test_the_shell_gets_what_was_typed_from_the_environment_never_from_groovy() -> None:
    """In double quotes Groovy would paste the text of a parameter into the script."""
    scripts = re.findall(r"\bsh\s+(.*)", PIPELINE.text())
    assert scripts
    assert all(script.startswith("'") for script in scripts)


def test_every_stage_ends() -> None:
    assert all("timeout(time:" in stage.block("options").text() for stage in (PREVIEW, APPROVE, UP))


def test_there_is_no_stored_credential() -> None:
    assert "credentials" not in PIPELINE.text().lower()
