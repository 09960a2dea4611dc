"""Programs of other people's: what they install from here, and what it does for them."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.engine import CLONE, Engine, write_program
from tests.environments import make_environment, python

EXAMPLES = CLONE / "examples"


def run(*command: str | Path, cwd: Path) -> str:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, as pip builds it from a path."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("wheel", "--quiet", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", folder, CLONE)
    run(sys.executable, "-m", "pip", *build, cwd=folder)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the package in it; pip refuses one that lacks what the package asks for."""
    folder = make_environment(tmp_path_factory.mktemp("environment") / ".venv")
    run(sys.executable, "-m", "pip", "--python", python(folder), "install", "--quiet", "--no-index", wheel, cwd=folder)
    return folder


def engine_for(example: str, tmp_path: Path, environment: Path) -> Engine:
    """The example as its README has it: a copy elsewhere, with its environment in it."""
    project = tmp_path / example
    shutil.copytree(EXAMPLES / example, project, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    (project / ".venv").symlink_to(environment)
    return Engine(tmp_path / "sandbox", project)


def previewed(engine: Engine, *arguments: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Type and logical name -> inputs of everything that a preview would create."""
    steps = engine.run("preview", "--json", "--stack", "dev", *arguments).ok().json["steps"]
    assert {step["op"] for step in steps} == {"create"}
    return {(step["newState"]["type"], step["urn"].rpartition("::")[2]): step["newState"].get("inputs", {}) for step in steps}


def test_the_wheel_holds_every_file_of_the_components_and_nothing_else(wheel: Path) -> None:
    files = [file.relative_to(CLONE / "components") for file in (CLONE / "components").rglob("*") if file.is_file()]
    expected = {f"dataconnect_components/{file.as_posix()}" for file in files if "__pycache__" not in file.parts}
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in held if ".dist-info/" not in name} == expected
    assert "dataconnect_components/py.typed" in held


def test_a_program_may_have_components_of_its_own(tmp_path: Path, environment: Path) -> None:
    missing = subprocess.run([python(environment), "-c", "import components"], cwd=tmp_path, capture_output=True, check=False)
    assert b"No module named 'components'" in missing.stderr
    program = "from components import WORD\nfrom dataconnect_components.base.arn import in_region\npulumi.export('word', WORD)"
    project = write_program(tmp_path / "project", program)
    (project / "Pulumi.yaml").write_text(f"name: tiny\nruntime:\n  name: python\n  options:\n    virtualenv: {environment}\n")
    (project / "components.py").write_text("WORD = 'its own'\n")
    assert "its own" in Engine(tmp_path / "sandbox", project).run("preview", "--stack", "test").ok().stdout


def test_every_module_can_be_imported_under_the_installed_name(environment: Path, wheel: Path) -> None:
    names = [name.removesuffix(".py").replace("/", ".") for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")]
    imports = "".join(f"import {name.removesuffix('.__init__')}\n" for name in names)
    stray = "assert not [name for name in __import__('sys').modules if name.split('.')[0] == 'components']"
    run(python(environment), "-W", "ignore", "-c", imports + stray, cwd=environment)


def test_type_checkers_read_the_installed_components(tmp_path: Path, environment: Path) -> None:
    settings: dict[str, Any] = tomllib.loads((CLONE / "pyproject.toml").read_text())["tool"]["basedpyright"]
    own = {key: value for key, value in settings.items() if key not in {"venv", "venvPath", "include"}}
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({**own, "include": ["examples"]}))
    program = tmp_path / "examples" / "queue" / "__main__.py"
    wrong = program.with_name("wrong.py")
    right = program.read_text()
    assert "retention_days=7" in right
    wrong.write_text(right.replace("retention_days=7", "retention_days='seven'"))
    checker = (sys.executable, "-m", "basedpyright", "--project", tmp_path, "--pythonpath", python(environment), "--outputjson")
    found = json.loads(subprocess.run(checker, cwd=tmp_path, capture_output=True, text=True, check=False).stdout)
    assert [(Path(error["file"]).name, error["rule"]) for error in found["generalDiagnostics"]] == [
        ("wrong.py", "reportArgumentType")
    ]


def test_a_queue_alone(tmp_path: Path, environment: Path) -> None:
    engine = engine_for("queue", tmp_path, environment)
    declared = previewed(engine)
    assert declared["aws:sqs/queue:Queue", "orders"]["messageRetentionSeconds"] == 7 * 86_400
    assert {name for kind, name in declared if kind == "aws:cloudwatch/metricAlarm:MetricAlarm"} == {
        "orders-queue-oldest-message",
        "orders-queue-in-flight",
        "orders-queue-dead-letters",
    }
    # The names that the role's policy gives are known once they exist.
    engine.up("dev").ok()
    made = engine.resources("dev")
    send, key = json.loads(made["checkout-sends-orders"]["inputs"]["policy"])["Statement"]
    assert (send["Action"], send["Resource"]) == (["sqs:GetQueueUrl", "sqs:SendMessage"], [made["orders"]["outputs"]["arn"]])
    assert key["Resource"] == [made["orders-key"]["outputs"]["arn"]]


def test_a_fleet_that_every_policy_lets_pass(tmp_path: Path, environment: Path) -> None:
    engine = engine_for("fleet", tmp_path, environment)
    engine.run("preview", "--stack", "dev", "--policy-pack", str(CLONE / "policies")).ok()
    engine.up("dev").ok()
    state = engine.run("stack", "export", "--stack", "dev").ok().json["deployment"]["resources"]
    made = {each["type"]: each for each in state}
    group, template = made["aws:autoscaling/group:Group"], made["aws:ec2/launchTemplate:LaunchTemplate"]
    named = group["inputs"]["mixedInstancesPolicy"]["launchTemplate"]["launchTemplateSpecification"]
    assert named == {"launchTemplateId": template["id"], "version": str(template["outputs"]["latestVersion"])}


def test_a_network_and_a_database(tmp_path: Path, environment: Path) -> None:
    declared = previewed(engine_for("network-and-database", tmp_path, environment))
    subnets = {name: inputs["cidrBlock"] for (kind, name), inputs in declared.items() if kind == "aws:ec2/subnet:Subnet"}
    assert subnets.keys() == {f"shop-{tier}-us-east-2{zone}" for tier in ("public", "application", "data") for zone in "ab"}
    assert all(cidr.startswith("10.40.") for cidr in subnets.values())
    database = declared["aws:rds/instance:Instance", "shop-database"]
    assert (database["allocatedStorage"], database["multiAz"], database["storageEncrypted"]) == (50, True, True)
    rules = [name for kind, name in declared if kind.startswith("aws:vpc/securityGroup")]
    assert sorted(rules) == [
        "checkout-to-shop-database-5432",
        "shop-database-from-checkout-5432",
        "shop-database-from-shop-database-users-5432",
        "shop-database-users-to-anywhere-443",
        "shop-database-users-to-shop-database-5432",
    ]
    code = declared["aws:lambda/function:Function", "shop-database-users"]["code"]
    assert "users_function/handler.py" in code["assets"] and "users_function/rds-ca.pem" in code["assets"]


def test_a_wrong_value_is_told_before_anything_is_declared(tmp_path: Path, environment: Path) -> None:
    engine = engine_for("network-and-database", tmp_path, environment)
    program = tmp_path / "network-and-database" / "__main__.py"
    program.write_text(program.read_text().replace("10.40.0.0/16", "10.40.0.1/16"))
    result = engine.run("preview", "--stack", "dev")
    assert result.code != 0
    assert "NetworkSpec.cidr is '10.40.0.1/16'; expected an IPv4 range without host bits: 10.40.0.0/16" in result.output
    assert "Traceback" not in result.output
    assert re.search(r"^ +error: NetworkSpec\.cidr is", result.stdout, re.MULTILINE)


def test_a_policy_pack_alone_finds_the_mistake(tmp_path: Path, environment: Path) -> None:
    named = re.search(r"--policy-pack CLONE/(\S+)", (EXAMPLES / "pack" / "README.md").read_text())
    assert named is not None
    engine = engine_for("pack", tmp_path, environment)
    result = engine.run("preview", "--stack", "dev", "--policy-pack", str(CLONE / named[1]))
    assert result.code != 0
    assert re.findall(r"\[mandatory\].*", result.stdout) == [
        "[mandatory] [severity: high]  ebs-customer-key  (aws:ebs:Volume: archive)"
    ]
    program = tmp_path / "pack" / "__main__.py"
    program.write_text(program.read_text().replace("size=100", "size=100, encrypted=True, kms_key_id=key.arn"))
    engine.run("preview", "--stack", "dev", "--policy-pack", str(CLONE / named[1])).ok()


@pytest.mark.parametrize("example", sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()))
def test_every_example_says_how_to_run_it_and_in_which_environment(example: str) -> None:
    assert "CLONE/sandbox/pulumi preview -s dev" in (EXAMPLES / example / "README.md").read_text()
    assert "virtualenv: .venv" in (EXAMPLES / example / "Pulumi.yaml").read_text()
