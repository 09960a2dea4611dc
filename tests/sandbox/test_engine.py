"""The sandbox's AWS through the real engine, with small programs."""

import json
import re
from pathlib import Path

import pytest

from tests.engine import CLONE, Engine, write_program

ACCOUNT = "222222222222"
CONFIG = {
    "aws:allowedAccountIds": '["222222222222"]',
    "aws:defaultTags": '{"tags": {"Project": "tiny", "Owner": "nobody"}}',
}
PROGRAM = """
config = pulumi.Config()
vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", tags={"Name": config.get("vpcName") or "net", "Owner": "somebody"})
key = aws.kms.Key("key", multi_region=True, rotation_period_in_days=int(config.get("rotation") or 365))
aws.kms.ReplicaKey("key-copy", primary_key_arn=key.arn, region="us-west-2")
database = aws.rds.Instance(
    "db", engine="postgres", instance_class="db.t4g.medium", allocated_storage=int(config.get("storage") or 20),
    kms_key_id=key.arn, storage_encrypted=True, username=config.get("username") or "owner", password="not-a-real-one",
    deletion_protection=True, skip_final_snapshot=True,
    opts=pulumi.ResourceOptions(ignore_changes=["allocatedStorage"]),
)
certificate = aws.acm.Certificate(
    "site", domain_name="tiny.dataconnect.example", subject_alternative_names=["*.tiny.dataconnect.example"],
    validation_method="DNS",
)
first = certificate.domain_validation_options[0]
zone = aws.route53.Zone("zone", name="tiny.dataconnect.example")
aws.route53.Record(
    "proof", zone_id=zone.zone_id, name=first.resource_record_name, type=first.resource_record_type,
    records=[first.resource_record_value], ttl=60,
)
pulumi.export("vpcArn", vpc.arn)
pulumi.export("keyArn", key.arn)
pulumi.export("endpoint", database.endpoint)
pulumi.export("options", certificate.domain_validation_options)
pulumi.export("nameServers", zone.name_servers)
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One sandbox for previews that leave nothing behind."""
    return tmp_path_factory.mktemp("shared")


def test_a_stack_lives_its_whole_life(tmp_path: Path) -> None:
    """One story, as every step needs the one before it: starting the engine is what costs time."""
    project = write_program(tmp_path / "project", PROGRAM, CONFIG)
    engine = Engine(tmp_path / "sandbox", project)

    # What AWS computes is unknown in the preview.
    preview = engine.run("preview", "--stack", "test").ok().stdout
    for output in ("vpcArn", "keyArn", "endpoint", "options", "nameServers"):
        assert re.search(rf"{output} *: \[unknown\]", preview)
    # The engine's automatic logs would hold everything once more.
    assert not [*(tmp_path / "sandbox").rglob("*.log")]

    # Deployed, it is well formed.
    engine.up("test").ok()
    outputs, made = engine.outputs("test"), engine.resources("test")
    assert re.fullmatch(rf"arn:aws:ec2:us-east-2:{ACCOUNT}:vpc/vpc-[0-9a-f]{{17}}", outputs["vpcArn"])
    assert re.fullmatch(rf"arn:aws:kms:us-east-2:{ACCOUNT}:key/mrk-[0-9a-f]{{32}}", outputs["keyArn"])
    assert made["key-copy"]["outputs"]["arn"] == outputs["keyArn"].replace("us-east-2", "us-west-2")
    assert re.fullmatch(r"db-[0-9a-f]{7}\.\w+\.us-east-2\.rds\.amazonaws\.com:5432", outputs["endpoint"])
    assert [option["domainName"] for option in outputs["options"]] == ["tiny.dataconnect.example", "*.tiny.dataconnect.example"]
    assert len(outputs["nameServers"]) == 4
    assert made["proof"]["id"].startswith(made["zone"]["id"] + "__")
    # The provider's default tags are merged; the resource's own win.
    expected = {"Project": "tiny", "Owner": "somebody", "Name": "net"}
    assert made["net"]["inputs"]["tags"] == made["net"]["outputs"]["tagsAll"] == expected
    assert made["db"]["outputs"]["password"].keys() > {"ciphertext"}

    # Doing it again, or asking AWS, changes nothing; an export can be imported again.
    assert engine.changes("test") == {"same": len(made) + 1}
    engine.run("refresh", "--yes", "--stack", "test", "--expect-no-changes").ok()
    exported = tmp_path / "state.json"
    engine.run("stack", "export", "--stack", "test", "--file", str(exported)).ok()
    engine.run("stack", "import", "--stack", "test", "--file", str(exported)).ok()
    assert engine.resources("test").keys() == made.keys()

    # A tag, a rotation period: in place. The storage: ignored, as the program says. The database's user: replaces it.
    changed = {"tiny:vpcName": "other", "tiny:rotation": "180", "tiny:storage": "50"}
    write_program(project, PROGRAM, CONFIG | changed)
    assert engine.changes("test") == {"update": 2, "same": len(made) - 1}
    engine.up("test").ok()
    updated = engine.resources("test")
    assert updated["net"]["outputs"]["arn"] == made["net"]["outputs"]["arn"]
    assert updated["net"]["outputs"]["tagsAll"]["Name"] == "other"
    write_program(project, PROGRAM, CONFIG | changed | {"tiny:username": "another"})
    assert engine.changes("test")["replace"] == 1

    # AWS refuses to delete what carries deletion protection, and the state after the failure is right.
    refused = engine.run("destroy", "--yes", "--stack", "test")
    assert refused.code != 0
    assert "Cannot delete protected DB Instance" in refused.output
    assert {"db", "key"} <= engine.resources("test").keys() < made.keys()
    write_program(project, PROGRAM.replace("deletion_protection=True", "deletion_protection=False"), CONFIG | changed)
    engine.up("test").ok()
    engine.run("destroy", "--yes", "--stack", "test").ok()
    assert engine.resources("test") == {}


def test_a_function_changes_in_its_code_when_the_code_does_and_is_invoked_anew_for_another_input(tmp_path: Path) -> None:
    program = """
setting = pulumi.Config().get
code = pulumi.AssetArchive({"handler.py": pulumi.StringAsset(setting("code") or "one")})
role = f"arn:aws:iam::111111111111:role/{setting('role') or 'one'}"
function = aws.lambda_.Function("f", role=role, runtime="python3.13", handler="handler.handle", code=code)
aws.lambda_.Invocation("f", function_name=function.name, input=setting("input") or "{}")
"""
    project = write_program(tmp_path / "project", program, CONFIG)
    engine = Engine(tmp_path / "sandbox", project)
    engine.up("test").ok()
    engine.run("refresh", "--yes", "--stack", "test", "--expect-no-changes").ok()
    assert engine.changes("test") == {"same": 3}

    def changed(**settings: str) -> list[list[str]]:
        write_program(project, program, CONFIG | {f"tiny:{name}": value for name, value in settings.items()})
        steps = engine.run("preview", "--json", "--stack", "test").ok().json["steps"]
        return [[step["op"], *step.get("diffReasons", [])] for step in steps if step["op"] in ("update", "replace")]

    assert changed(role="two") == [["update", "role"]]
    assert changed(code="two") == [["update", "code"]]
    assert changed(input='{"users": []}') == [["replace", "input"]]


def test_protected_resources_are_not_deleted(tmp_path: Path) -> None:
    program = 'aws.dynamodb.Table("t", hash_key="id", opts=pulumi.ResourceOptions(protect=True))'
    engine = Engine(tmp_path / "sandbox", write_program(tmp_path / "project", program))
    engine.up("test").ok()
    assert "protected" in engine.run("destroy", "--yes", "--stack", "test").output
    assert "t" in engine.resources("test")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            'aws.get_availability_zones(state="available")',
            "aws:index/getAvailabilityZones:getAvailabilityZones is a data source",
        ),
        ('aws.ec2.Vpc("v", cidr_block="10.0.0.0/16").nothing', "AttributeError: 'Vpc' object has no attribute 'nothing'"),
        ('aws.lb.LoadBalancer("a-name-that-is-far-too-long")', "longer than maximum length 32"),
        ('aws.ec2.Vpc.get("v", "vpc-1")', "knows only what its own stacks made"),
        (
            'pulumi.CustomResource("aws:ec2/vpc:Vpc", "v", {"cidrBlok": "10.0.0.0/16"})',
            "aws:ec2/vpc:Vpc has no argument 'cidrBlok'",
        ),
        ('pulumi.CustomResource("aws:ec2/subnet:Subnet", "s", {})', "aws:ec2/subnet:Subnet needs the argument 'vpcId'"),
        ('pulumi.CustomResource("aws:ec2/nothing:Nothing", "n", {})', "no resource type aws:ec2/nothing:Nothing"),
    ],
)
def test_a_mistake_is_named(shared: Path, program: str, said: str) -> None:
    result = Engine(shared / "sandbox", write_program(shared / "project", program)).run("preview", "--stack", "test")
    assert result.code != 0
    assert said in result.output
    # A traceback begins in the program, not in the machinery under it.
    assert "language_host" not in result.output


def test_a_dead_region_refuses_every_call_and_only_its_own(tmp_path: Path) -> None:
    program = """
table = aws.dynamodb.Table("t", hash_key="id", attributes=[{"name": "id", "type": "S"}])
aws.dynamodb.TableReplica("copy", region="us-west-2", global_table_arn="arn:aws:dynamodb:us-east-2:111111111111:table/t")
aws.sns.Topic("here", region="us-west-2")
aws.iam.User("nowhere")
"""
    engine = Engine(tmp_path / "sandbox", write_program(tmp_path / "project", program))
    engine.up("test").ok()
    dead = engine.run("refresh", "--yes", "--stack", "test", environ={"DATACONNECT_SANDBOX_REFUSE_REGION": "us-east-2"})
    assert dead.code != 0
    refused = set(re.findall(r"(aws:\S+): connection refused: (\S+?)(?=\s|$)", dead.output))
    assert refused == {
        ("aws:dynamodb/table:Table", "dynamodb.us-east-2.amazonaws.com"),
        ("aws:dynamodb/tableReplica:TableReplica", "dynamodb.us-east-2.amazonaws.com"),
    }


def test_what_somebody_else_changed_is_seen_by_a_refresh_and_what_is_ignored_stays_so(tmp_path: Path) -> None:
    program = """
ignored = pulumi.ResourceOptions(ignore_changes=["delaySeconds", "policy"])
aws.sqs.Queue("left-alone", delay_seconds=5, policy="{}", opts=ignored)
aws.sqs.Queue("ours", delay_seconds=5)
"""
    engine = Engine(tmp_path / "sandbox", write_program(tmp_path / "project", program))
    engine.up("test").ok()
    found = engine.resources("test")
    record = tmp_path / "changed.json"
    changed = {"delaySeconds": 9, "policy": None, "maxMessageSize": 1024}
    record.write_text(json.dumps({each["id"]: changed for each in found.values()}))
    engine.environ["DATACONNECT_SANDBOX_CHANGED"] = str(record)
    # The engine does not ask before it refreshes.
    assert engine.changes("test").keys() == {"same"}
    steps = engine.run("preview", "--json", "--refresh", "--stack", "test").ok().json["steps"]
    assert {step["urn"].rpartition("::")[2] for step in steps if step["op"] == "update"} == {"ours"}
    engine.run("up", "--yes", "--skip-preview", "--refresh", "--stack", "test").ok()
    left_alone = engine.resources("test")["left-alone"]
    assert (left_alone["inputs"]["delaySeconds"], left_alone["outputs"]["maxMessageSize"]) == (9, 1024)
    # What the program did not say is not added to what it said.
    assert not {"policy", "maxMessageSize"} & left_alone["inputs"].keys()


def test_a_policy_pack_stops_a_bad_program_wherever_the_command_is_given(tmp_path: Path) -> None:
    project = write_program(tmp_path / "project", 'aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")')
    pack = tmp_path / "project" / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(
        "from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy\n"
        "check = lambda args, report: report('no network today') if args.resource_type == 'aws:ec2/vpc:Vpc' else None\n"
        "PolicyPack('tiny', [ResourceValidationPolicy('no-vpc', 'none', check, EnforcementLevel.MANDATORY)])\n"
    )
    result = Engine(tmp_path / "sandbox", project).run("preview", "--stack", "test", "--policy-pack", "pack")
    assert result.code != 0
    assert "no network today" in result.output


def test_a_change_that_keeps_an_explicit_name_deletes_before_it_creates(tmp_path: Path) -> None:
    program = 'aws.dynamodb.Table("t", name=pulumi.Config().get("name"), hash_key=pulumi.Config().require("key"))'
    order = {}
    for case, name in (("named", {"tiny:name": "sessions"}), ("unnamed", {})):
        project = write_program(tmp_path / case, program, {"tiny:key": "id", **name})
        engine = Engine(tmp_path / "sandbox" / case, project)
        engine.up("test").ok()
        write_program(project, program, {"tiny:key": "other", **name})
        said = engine.up("test").ok().stdout
        order[case] = said.index("deleted original") < said.index("created replacement")
    assert order == {"named": True, "unnamed": False}


def test_the_real_stack_files_are_never_written_and_need_no_key_in_aws(tmp_path: Path) -> None:
    files = [CLONE / "Pulumi.yaml", *sorted(CLONE.glob("Pulumi.*.yaml"))]
    before = [file.read_bytes() for file in files]
    engine = Engine(tmp_path / "sandbox")
    shown = (
        engine.run("config", "--stack", "prod", "--json", environ={"AWS_PROFILE": "none", "AWS_REGION": "eu-west-1"}).ok().json
    )
    assert shown["aws:region"]["value"] == "us-east-2"
    copied = tmp_path / "sandbox/project/Pulumi.prod.yaml"
    copied.write_text(copied.read_text() + "  dataconnect:extra: 1\n")  # as the engine does with what -c gives
    assert "dataconnect:extra" not in engine.run("config", "--stack", "prod", "--json").ok().json
    assert [file.read_bytes() for file in files] == before
    assert "awskms" not in copied.read_text()
    assert json.loads((tmp_path / "sandbox/state/.pulumi/stacks/dataconnect/prod.json").read_text())
