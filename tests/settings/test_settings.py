"""What the settings are once accepted, and what the committed stack files promise each other."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

import pulumi
import pydantic
import pytest
import yaml
from pulumi.runtime import config as runtime_config

import settings
from components.base import limits
from components.compute.service_spec import ScheduleSpec
from settings import PlatformSettings, PrimarySettings, RecoverySettings, ReplicationSettings, StackSettings
from tests.found import some
from tests.settings.cases import NIGHTS
from tests.settings.stack_files import CONFIG, ROOT, STACKS, accepted, committed, edited

PROD = committed("prod", PrimarySettings)
RECOVERY = committed("prod-recovery", RecoverySettings)
REPLICATION = committed("prod-replication", ReplicationSettings)


@pytest.fixture(autouse=True)
def _no_configuration_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_SECRET_KEYS", raising=False)
    yield
    runtime_config.set_all_config({}, [])


def as_engine_sends(config: dict[str, Any]) -> dict[str, str]:
    """Objects and lists as JSON, everything else as text."""
    return {key: value if isinstance(value, str) else json.dumps(value, separators=(",", ":")) for key, value in config.items()}


@pytest.mark.parametrize("stack", STACKS)
def test_load_reads_what_the_engine_hands_to_the_program(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: stack)
    runtime_config.set_all_config(as_engine_sends(CONFIG[stack]), [])
    assert settings.load() == committed(stack, StackSettings)


def test_load_reads_the_environment_of_the_official_language_host(monkeypatch: pytest.MonkeyPatch) -> None:
    config = edited("prod", {"alerts.webhook": "https://events.siren.example/x"})
    monkeypatch.setattr(pulumi, "get_stack", lambda: "prod")
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(as_engine_sends(config)))
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", json.dumps(["dataconnect:alerts"]))
    loaded = settings.load()
    assert isinstance(loaded, PrimarySettings)
    assert loaded.alerts.webhook is not None
    assert loaded.alerts.webhook.get_secret_value() == "https://events.siren.example/x"
    assert "siren" not in repr(loaded)


def test_a_problem_found_by_load_names_the_stack_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")
    runtime_config.set_all_config(as_engine_sends(edited("dev", {"network": "{broken"})), [])
    with pytest.raises(
        settings.SettingsError, match=r"^Pulumi\.dev\.yaml: dataconnect:network is '\{broken'; expected an object"
    ):
        settings.load()


def test_numbers_and_switches_given_as_text_on_the_command_line_are_read() -> None:
    edits: dict[str, object] = {
        "protect": "true",
        "logRetentionDays": "731",
        "database.storageGiB": "300",
        "database.multiAz": "true",
        "services.search.minTasks": "4",
        "database.engineVersion": 16,
    }
    read = accepted("prod", edits, PrimarySettings)
    assert (read.protect, read.log_retention_days, read.database.storage_gib) == (True, 731, 300)
    assert read.database.engine_version == "16"
    assert (read.database.multi_az, read.services["search"].min_tasks) == (True, 4)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        PROD.network.cidr = "10.0.0.0/16"  # pyright: ignore[reportAttributeAccessIssue]


def test_defaults_are_what_the_descriptions_say() -> None:
    dev = committed("dev", PrimarySettings)
    assert (dev.recovery_region, dev.database.port, dev.alerts.webhook) == (None, 5432, None)
    assert dev.ingress.allowed_cidrs == ("0.0.0.0/0",)
    assert dev.services["search"].cpu_target_percent == 60
    assert ScheduleSpec(down="cron(0 20 ? * * *)", up="cron(0 7 ? * * *)", timezone="UTC").down_tasks == 0
    assert (PROD.protect, PROD.services["search"].spot_percent, PROD.services["search"].schedule) == (True, 0, None)


def test_a_further_tag_is_kept() -> None:
    read = accepted("dev", {"aws:defaultTags.tags.Ticket": "DP-1"}, PrimarySettings)
    assert read.tags.model_dump(by_alias=True)["Ticket"] == "DP-1"
    assert read.tags.cost_center == "CC-4100"


def test_a_zone_apex_may_be_the_domain() -> None:
    read = accepted("prod", {"ingress.domain": "prod.dataconnect.example"}, PrimarySettings)
    assert read.ingress.domain == read.zone.zone


def test_a_wrong_value_elsewhere_in_the_aws_namespace_is_the_providers_business() -> None:
    accepted("dev", {"aws:maxRetries": "25"}, PrimarySettings)


def test_every_key_has_a_description_for_the_reference_and_for_messages() -> None:
    models: list[type[pydantic.BaseModel]] = [PrimarySettings, RecoverySettings, ReplicationSettings]
    for model in models:
        schema = model.model_json_schema()
        for owner in (schema, *schema["$defs"].values()):
            for key, value in some(owner["properties"]).items():
                assert value.get("description"), f"{owner['title']}.{key}"


def test_reading_settings_does_not_import_the_aws_provider() -> None:
    code = "import settings, sys; sys.exit('pulumi_aws' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_nothing_else_reads_the_configuration() -> None:
    rooms = [ROOT / "__main__.py", *(path for room in ("stacks", "components") for path in (ROOT / room).rglob("*.py"))]
    for path in some(rooms):
        names = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute | ast.Name)
        }
        # Code of a Lambda function, which has variables of its own, and botocore's `Config`.
        names -= {"cache_function": {"environ"}, "heartbeat_function": {"Config"}, "rotation_function": {"Config"}}.get(
            path.parent.name, set[str]()
        )
        assert not names & {"Config", "get_config", "environ", "getenv"}, path.relative_to(ROOT)


@pytest.mark.parametrize("stack", STACKS)
def test_secrets_of_a_stack_are_encrypted_by_a_key_that_lives_with_the_state(stack: str) -> None:
    provider = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["secretsprovider"]
    assert provider == f"awskms://alias/dataconnect-pulumi-{committed(stack, StackSettings).environment}?region=us-west-2"


def platforms() -> dict[str, PlatformSettings]:
    found = {stack: committed(stack, StackSettings) for stack in STACKS}
    return {stack: settings for stack, settings in found.items() if isinstance(settings, PlatformSettings)}


def test_networks_of_all_stacks_are_disjoint_and_reserve_each_other() -> None:
    ranges = {stack: platform.network.cidr for stack, platform in platforms().items()}
    assert not [pair for pair in combinations(map(IPv4Network, ranges.values()), 2) if pair[0].overlaps(pair[1])]
    pools = {each.environments.pool for each in platforms().values() if isinstance(each, PrimarySettings) and each.environments}
    for stack, platform in platforms().items():
        lacking = {*ranges.values()} - {platform.network.cidr, *platform.network.reserved_cidrs}
        assert not lacking, f"Pulumi.{stack}.yaml: add {', '.join(sorted(lacking))} to dataconnect:network.reservedCidrs"
        known = {*ranges.values(), *pools}
        assert {*platform.network.reserved_cidrs} <= known, f"Pulumi.{stack}.yaml reserves a range of no stack"


def test_environments_have_accounts_of_their_own() -> None:
    accounts = {(committed(stack, StackSettings).environment, committed(stack, StackSettings).account_id) for stack in STACKS}
    assert accounts == {("dev", "111111111111"), ("prod", "222222222222")}


def test_prod_and_its_recovery_run_the_same_services_on_the_same_images() -> None:
    def same(platform: PlatformSettings) -> dict[str, dict[str, object]]:
        return {
            name: service.model_dump(exclude={"min_tasks", "schedule", "spot_percent"})
            for name, service in platform.services.items()
        }

    assert same(PROD) == same(RECOVERY)
    assert PROD.ingress == RECOVERY.ingress
    assert PROD.lake == RECOVERY.lake
    assert RECOVERY.lake.buckets == REPLICATION.lake.buckets
    assert RECOVERY.queues == PROD.queues
    assert RECOVERY.tables == PROD.tables == REPLICATION.tables
    assert all(service.min_tasks <= PROD.services[name].min_tasks for name, service in RECOVERY.services.items())


def test_the_replica_can_replay_and_take_over_from_its_source() -> None:
    source, replica = PROD.database, RECOVERY.database
    assert replica.engine_version == source.engine_version
    assert replica.port == source.port
    memory = {
        database.instance_class: limits.DB_INSTANCE_CLASSES[database.instance_class].memory_gib
        for database in (source, replica)
    }
    assert memory[replica.instance_class] >= memory[source.instance_class]
    assert replica.max_storage_gib is not None
    assert replica.max_storage_gib >= source.max_storage_gib


def test_the_three_prod_stacks_agree_on_who_is_where() -> None:
    assert (RECOVERY.primary_stack, RECOVERY.primary_region) == ("prod", PROD.region)
    assert PROD.recovery_region == RECOVERY.region
    assert (REPLICATION.primary_stack, REPLICATION.recovery_stack) == ("prod", "prod-recovery")
    assert (REPLICATION.primary_region, REPLICATION.recovery_region) == (PROD.region, RECOVERY.region)
    assert not RECOVERY.active


@pytest.mark.parametrize(
    ("backup", "maintenance", "overlap"),
    [
        ("23:30-00:30", "mon:00:00-mon:01:00", True),
        ("23:30-00:30", "sun:23:00-mon:00:00", True),
        ("23:30-00:30", "mon:00:30-mon:01:30", False),
        ("00:00-01:00", "sun:23:00-mon:00:30", True),
        ("07:00-08:00", "sun:08:00-sun:09:00", False),
        ("07:00-08:00", "sat:12:00-sun:12:00", True),
    ],
)
def test_windows_are_compared_across_midnight_and_the_week_s_end(backup: str, maintenance: str, overlap: bool) -> None:
    edits: dict[str, object] = {"database.backupWindow": backup, "database.maintenanceWindow": maintenance}
    if overlap:
        with pytest.raises(settings.SettingsError, match="does not overlap backupWindow"):
            accepted("prod", edits, PrimarySettings)
    else:
        accepted("prod", edits, PrimarySettings)


@pytest.mark.parametrize(
    "cron",
    [
        "cron(0/15 8-18 ? * 2-6 2025-2199)",
        "cron(30 6 L * ? *)",
        "cron(0 7 1,15 JAN-JUN ? *)",
        "cron(0 7 ? * 6#3 *)",
        "cron(* * * * ? *)",
    ],
)
def test_schedules_that_aws_knows_are_accepted(cron: str) -> None:
    assert ScheduleSpec.model_validate({**NIGHTS, "down": cron}).down == cron
