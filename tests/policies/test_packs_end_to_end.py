"""The packs on the real engine: each stops a bad program, a good one passes, wrong configuration ends the run."""

import json
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.policies.harness import TAGS

ROOT = Path(__file__).parents[2]
EACH = ("tagging", "encryption", "least_privilege", "resilience")
SANDBOX = ROOT / "sandbox" / "pulumi"

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

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Callable[[str], Run]]:
    """Makes a small project of its own in the sandbox from a program's text; gives the function that runs the engine in it."""
    name = f"policies-{uuid.uuid4().hex[:8]}"

    def run(*arguments: str, packs: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        flags = [flag for pack in packs for flag in ("--policy-pack", str((ROOT / "policies" / pack).resolve()))]
        command = [str(SANDBOX), *arguments, *flags, "--non-interactive"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    def make(program: str) -> Run:
        (tmp_path / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        config = {"aws:region": "us-east-2", "aws:allowedAccountIds": ["111111111111"], "aws:defaultTags": {"tags": TAGS}}
        (tmp_path / "Pulumi.prod.yaml").write_text(json.dumps({"config": config}))
        (tmp_path / "__main__.py").write_text(f"import json\n{program}")
        assert run("stack", "init", "prod").returncode == 0
        return run

    yield make
    run("stack", "rm", "prod", "--yes", "--force")


@pytest.mark.parametrize(
    ("pack", "resource", "says"),
    [
        ("tagging", "untagged", "tags.CostCenter is 'none'; expected a value like CC-[0-9]{4}"),
        ("encryption", "untagged", "kmsMasterKeyId is 'alias/aws/sqs'; expected the ARN of a customer managed KMS key"),
        ("least_privilege", "admin", "policy.Statement[0].Action is '*'; expected the actions the workload needs"),
        ("resilience", "database", "deletionProtection is false; expected true"),
    ],
)
def test_a_bad_program_is_stopped_by_each_pack(project: Callable[[str], Run], pack: str, resource: str, says: str) -> None:
    done = project(BAD)("preview", "-s", "prod", packs=(pack,))
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert "[mandatory]" in output
    assert f": {resource})" in output
    assert says in output


@pytest.mark.parametrize(
    "packs", [("tagging", "encryption", "least_privilege", "resilience"), (".",)], ids=["each", "together"]
)
def test_a_good_program_passes_all_packs(project: Callable[[str], Run], packs: tuple[str, ...]) -> None:
    done = project(GOOD)("preview", "-s", "prod", packs=packs)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[mandatory]" not in done.stdout


def test_a_policy_known_only_during_the_update_is_stopped_before_it_is_created(project: Callable[[str], Run]) -> None:
    run = project(LATE)
    preview = run("preview", "-s", "prod", packs=("least_privilege",))
    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert "cannot be judged before deployment" in preview.stdout
    update = run("up", "-s", "prod", "--yes", packs=("least_privilege",))
    assert update.returncode != 0
    assert "least_privilege/wildcard-action[s3:*]" in update.stdout
    assert "aws:iam/policy:Policy" not in run("stack", "export", "-s", "prod").stdout


def test_an_exported_state_is_judged_like_a_plan(project: Callable[[str], Run], tmp_path: Path) -> None:
    run = project(BAD)
    assert run("up", "-s", "prod", "--yes").returncode == 0
    assert run("stack", "export", "-s", "prod", "--file", "state.json").returncode == 0
    pack = str(ROOT / "policies")
    done = run("policy", "analyze", "--file", str(tmp_path / "state.json"), "--policy-pack", pack)
    assert done.returncode != 0
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
def test_a_wrong_configuration_ends_the_run(project: Callable[[str], Run], tmp_path: Path, config: str, says: str) -> None:
    (tmp_path / "config.json").write_text(config)
    run = project("import pulumi")
    done = run("preview", "-s", "prod", "--policy-pack-config", str(tmp_path / "config.json"), packs=(".",))
    assert done.returncode != 0
    assert says in done.stdout + done.stderr
