"""The packs on the real engine: each stops a bad program, a good one passes, wrong configuration ends the run."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from policies.evidence.__main__ import main as evidence
from policies.kit.exemptions import PLACEHOLDERS
from policies.pack import PACKS, folder
from tests.engine import Engine
from tests.policies.harness import TAGS

EACH = tuple(pack.name for pack in PACKS)

GOOD = """
import pulumi, pulumi_aws as aws

protected = pulumi.ResourceOptions(protect=True)
tls = {"Bool": {"aws:SecureTransport": "false"}}
account = {"AWS": "arn:aws:iam::111111111111:root"}
key = aws.kms.Key("key", enable_key_rotation=True, opts=protected, policy=json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"}],
}))
lost = {"RecoveryClass": "lost"}
dead = aws.sqs.Queue("dead", kms_master_key_id=key.arn, tags=lost)
queue = aws.sqs.Queue("queue", kms_master_key_id=key.arn, tags=lost, redrive_policy=pulumi.Output.json_dumps(
    {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}))
aws.sqs.RedriveAllowPolicy("dead", queue_url=dead.url, redrive_allow_policy=pulumi.Output.json_dumps(
    {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}))
for each, target in (("queue", queue), ("dead", dead)):
    aws.sqs.QueuePolicy(each, queue_url=target.url, policy=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": tls}],
    }))
aws.iam.Role("role", permissions_boundary="arn:aws:iam::111111111111:policy/boundary", assume_role_policy=json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}))
"""

BAD = """
import pulumi_aws as aws

aws.sqs.Queue("untagged", kms_master_key_id="alias/aws/sqs", tags={"CostCenter": "none"})
aws.iam.Policy("admin", policy=json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": ["*"]}}))
aws.rds.Instance("database", instance_class="db.t4g.micro", engine="postgres", deletion_protection=False)
"""

LATE = """
import pulumi, pulumi_aws as aws

bucket = aws.s3.Bucket("lake", opts=pulumi.ResourceOptions(protect=False))
aws.iam.Policy("wide", policy=pulumi.Output.json_dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": bucket.arn}]}
))
"""


def packs(*names: str) -> list[str]:
    """The arguments that let these packs judge; `.` is the one that holds them all."""
    return [flag for name in names for flag in ("--policy-pack", str(folder(name)))]


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Engine]:
    """Makes a small project with a stack prod from a program's text; gives the engine that runs in it."""

    def make(program: str) -> Engine:
        project = tmp_path / "project"
        project.mkdir()
        (project / "Pulumi.yaml").write_text("name: policies\nruntime: python\n")
        config = {"aws:region": "us-east-2", "aws:allowedAccountIds": ["111111111111"], "aws:defaultTags": {"tags": TAGS}}
        (project / "Pulumi.prod.yaml").write_text(json.dumps({"config": config}))
        (project / "__main__.py").write_text(f"import json\n{program}")
        return Engine(tmp_path / "sandbox", project)

    return make


@pytest.mark.parametrize(
    ("pack", "resource", "says"),
    [
        ("tagging", "untagged", "tags.CostCenter is 'none'; expected a value like CC-[0-9]{4}"),
        ("encryption", "untagged", "kmsMasterKeyId is 'alias/aws/sqs'; expected the ARN of a customer managed KMS key"),
        ("least_privilege", "admin", "policy.Statement[0].Action is '*'; expected the actions the workload needs"),
        ("resilience", "database", "deletionProtection is false; expected true"),
    ],
)
def test_a_bad_program_is_stopped_by_each_pack(project: Callable[[str], Engine], pack: str, resource: str, says: str) -> None:
    done = project(BAD).run("preview", "-s", "prod", *packs(pack))
    assert done.code != 0
    assert "[mandatory]" in done.output
    assert f": {resource})" in done.output
    assert says in done.output


@pytest.mark.parametrize("names", [EACH, (".",)], ids=["each", "together"])
def test_a_good_program_passes_all_packs(project: Callable[[str], Engine], names: tuple[str, ...]) -> None:
    done = project(GOOD).run("preview", "-s", "prod", *packs(*names)).ok()
    assert "[mandatory]" not in done.output


def test_a_policy_known_only_during_the_update_is_stopped_before_it_is_created(project: Callable[[str], Engine]) -> None:
    engine = project(LATE)
    preview = engine.run("preview", "-s", "prod", *packs("least_privilege")).ok()
    assert "cannot be judged before deployment" in preview.stdout
    update = engine.run("up", "-s", "prod", "--yes", *packs("least_privilege"))
    assert update.code != 0
    assert "least_privilege/wildcard-action[s3:*]" in update.stdout
    assert "aws:iam/policy:Policy" not in engine.run("stack", "export", "-s", "prod").ok().stdout


def test_an_exported_state_is_judged_like_a_plan(project: Callable[[str], Engine], tmp_path: Path) -> None:
    engine = project(BAD)
    engine.up("prod").ok()
    state = str(tmp_path / "state.json")
    engine.run("stack", "export", "-s", "prod", "--file", state).ok()
    done = engine.run("policy", "analyze", "--file", state, *packs("."))
    assert done.code != 0
    for policy in ("sqs-customer-key", "administrator-statement", "tag-values", "stateful-protected", "rds-tls-forced"):
        assert policy in done.stdout
    assert "failed on" not in done.stdout


def test_the_evidence_of_a_preview_and_of_a_state_says_what_the_engine_says(
    project: Callable[[str], Engine], tmp_path: Path
) -> None:
    engine = project(BAD)
    plan, state = tmp_path / "plan.json", tmp_path / "state.json"
    plan.write_text(engine.run("preview", "-s", "prod", "--json", "--show-sames").ok().stdout)
    told = engine.run("preview", "-s", "prod", *packs("."))
    engine.up("prod").ok()
    state.write_text(engine.run("stack", "export", "-s", "prod").ok().stdout)
    analysed = engine.run("policy", "analyze", "--file", str(state), *packs("."))
    for file, engine_said in ((plan, told), (state, analysed)):
        assert engine_said.code != 0
        assert evidence([str(file), "--out", str(tmp_path / "out"), "--formats", "json"]) == 1
        rows = json.loads((tmp_path / "out" / "evidence.json").read_text())["verdicts"]
        failing = {row["rule"].partition("/")[2] for row in rows if row["verdict"] == "fail"}
        assert failing
        said = set(re.findall(r"\[severity: \w+\]\s+([a-z0-9-]+)", engine_said.stdout)) - {"advice", "unknown-verdicts"}
        counted = re.search(r"of (\d+) rules? advises? and stop nothing", engine_said.stdout)
        assert said <= failing
        assert len(failing - said) == (int(counted[1]) if counted else 0), "the rest is counted in the line of advice"


def test_an_exemption_lets_a_finding_pass_and_an_unusable_file_ends_the_run(
    project: Callable[[str], Engine], tmp_path: Path
) -> None:
    file, config = tmp_path / "exemptions.yaml", tmp_path / "config.json"
    config.write_text(json.dumps({"exemptions": {"file": str(file)}}))
    engine = project("import pulumi_aws as aws\naws.kms.Key('key', deletion_window_in_days=7)")
    arguments = ("preview", "-s", "prod", "--policy-pack-config", str(config), *packs("encryption"))
    entry = {
        "finding": "encryption/kms-deletion-window",
        "resource": "urn:pulumi:prod::policies::aws:kms/key:Key::key",
        "reason": "Short-lived.",
        "owner": "a@dataconnect.example",
        "ticket": "SEC-1",
    }
    rotation = {**entry, "finding": "encryption/kms-rotation"}

    def written(*entries: dict[str, str]) -> None:
        lines = [
            f"- {{{', '.join(f'{k}: {json.dumps(v)}' for k, v in each.items())}, expires: 2099-01-01}}" for each in entries
        ]
        file.write_text("\n".join(lines).replace("2099-01-01", str(date.today())))

    written(entry, rotation)
    done = engine.run(*arguments).ok()
    assert "2 used" in done.stdout
    assert "SEC-1" in done.stdout
    written(rotation)
    assert "kms-deletion-window" in engine.run(*arguments).stdout
    file.write_text("- finding: encryption/kms-rotation")
    broken = engine.run(*arguments)
    assert broken.code != 0
    assert "exemptions.yaml:1: entry 1: resource is missing; expected text" in broken.output


def test_the_entry_that_a_finding_prints_lets_it_pass_once_it_is_filled_in(
    project: Callable[[str], Engine], tmp_path: Path
) -> None:
    file, config = tmp_path / "exemptions.yaml", tmp_path / "config.json"
    config.write_text(json.dumps({"exemptions": {"file": str(file)}}))
    file.write_text("")
    engine = project("import pulumi_aws as aws\naws.kms.Key('a \"key\": #1', deletion_window_in_days=7)")
    arguments = ("preview", "-s", "prod", "--policy-pack-config", str(config), *packs("encryption"))
    stopped = engine.run(*arguments)
    assert stopped.code != 0
    entries = re.findall(r"Or, for a time, in .*/exemptions\.yaml: (.*)", stopped.stdout)
    assert {entry.partition(",")[0] for entry in entries} == {
        "- {finding: encryption/kms-deletion-window",
        "- {finding: encryption/kms-rotation",
    }
    file.write_text("\n".join(entries))
    refused = engine.run(*arguments)
    assert refused.code != 0
    assert "exemptions.yaml:1: entry 1: reason is still the placeholder <why it is accepted>; fill it in" in refused.output
    text = file.read_text()
    for placeholder, value in zip(PLACEHOLDERS.values(), ("Short-lived.", "me", "SEC-1", str(date.today())), strict=True):
        text = text.replace(placeholder, value)
    file.write_text(text)
    assert "2 used" in engine.run(*arguments).ok().stdout


def test_a_remedy_is_applied_where_the_configuration_asks_for_it(project: Callable[[str], Engine], tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"kms-rotation": "remediate"}))
    engine = project("import pulumi_aws as aws\naws.kms.Key('key', enable_key_rotation=False)")
    done = engine.run("up", "-s", "prod", "--yes", "--policy-pack-config", str(config), *packs("encryption")).ok()
    assert "kms-rotation" in done.stdout
    assert engine.resources("prod")["key"]["outputs"]["enableKeyRotation"] is True


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("{", "unexpected end of JSON input"),
        ('{"sqs-customer-key": "sometimes"}', '"sometimes" is not a valid enforcement level'),
        ('{"sqs-costumer-key": "disabled"}', "did you mean 'sqs-customer-key'"),
        ('{"mandatory-tags": {"mandatory": "Owner"}}', "mandatory: Invalid type"),
        ('{"mandatory-tags": {"mandatroy": ["Owner"]}}', "did you mean 'mandatory'"),
    ],
)
def test_a_wrong_configuration_ends_the_run(project: Callable[[str], Engine], tmp_path: Path, config: str, says: str) -> None:
    (tmp_path / "config.json").write_text(config)
    engine = project("import pulumi")
    done = engine.run("preview", "-s", "prod", "--policy-pack-config", str(tmp_path / "config.json"), *packs("."))
    assert done.code != 0
    assert says in done.output
