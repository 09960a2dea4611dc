"""The packs on the real engine: each stops a bad program, a good one passes, wrong configuration ends the run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine import CLONE, Engine
from tests.policies.harness import TAGS

EACH = ("tagging", "encryption", "least_privilege", "resilience")

GOOD = """
import pulumi, pulumi_aws as aws

protected = pulumi.ResourceOptions(protect=True)
tls = {"Bool": {"aws:SecureTransport": "false"}}
account = {"AWS": "arn:aws:iam::111111111111:root"}
key = aws.kms.Key("key", enable_key_rotation=True, opts=protected, policy=json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"}],
}))
queue = aws.sqs.Queue("queue", kms_master_key_id=key.arn)
aws.sqs.QueuePolicy("queue", queue_url=queue.url, policy=json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": tls}],
}))
aws.iam.Role("role", assume_role_policy=json.dumps({
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
    return [flag for name in names for flag in ("--policy-pack", str((CLONE / "policies" / name).resolve()))]


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Engine]:
    """Makes a small project with a stack prod from a program's text; gives the engine that runs in it."""

    def make(program: str) -> Engine:
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: policies\nruntime: python\n")
        config = {"aws:region": "us-east-2", "aws:allowedAccountIds": ["111111111111"], "aws:defaultTags": {"tags": TAGS}}
        (folder / "Pulumi.prod.yaml").write_text(json.dumps({"config": config}))
        (folder / "__main__.py").write_text(f"import json\n{program}")
        return Engine(tmp_path / "sandbox", folder)

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
