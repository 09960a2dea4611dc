"""The key of a stack's secrets: its environment's own, away from the primary region."""

import re
from pathlib import Path

import pytest

from delivery.deploy import prepare_environment
from settings import SettingsError, layers, parse
from settings.provider import STATE_REGION
from tests.settings.stack_files import OWN, ROOT, STACKS

ENVIRONMENT = {stack: OWN[stack]["aws:defaultTags"]["tags"]["Environment"] for stack in STACKS}


def expected(stack: str) -> str:
    environment = ENVIRONMENT[stack]
    return (
        f"expected awskms://alias/dataconnect-pulumi-{environment}?region=us-west-2: "
        f"the key of {environment}, which lives with the state and outlives the primary region"
    )


def lines(stack: str) -> list[str]:
    try:
        parse(OWN[stack], stack=stack)
    except SettingsError as error:
        return str(error).splitlines()
    return []


def put(project: Path, stack: str, text: str) -> None:
    """`text` in place of the line of the stack's file that names the key."""
    file = project / f"Pulumi.{stack}.yaml"
    changed, times = re.subn(r"(?m)^secretsprovider: .*\n", text, file.read_text())
    assert times == 1
    file.write_text(changed)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    "provider",
    [
        "passphrase",
        "default",
        "awskms://alias/dataconnect-pulumi-dev?region=us-east-2",
        "awskms://alias/dataconnect-pulumi-prod?region=us-east-2",
        "awskms://alias/dataconnect-pulumi-stage?region=us-west-2",
        "awskms://alias/dataconnect-pulumi-prod",
        "awskms://1234abcd-12ab-34cd-56ef-1234567890ab?region=us-west-2",
        "awskms:///arn:aws:kms:us-west-2:333333333333:alias/dataconnect-pulumi-prod?region=us-west-2",
        "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k",
    ],
)
def test_a_key_that_is_not_the_environment_s_beside_the_state_is_refused(project: Path, stack: str, provider: str) -> None:
    put(project, stack, f"secretsprovider: {provider}\n")
    assert lines(stack) == [f"Pulumi.{stack}.yaml: secretsprovider is '{provider}'; {expected(stack)}"]


@pytest.mark.parametrize(("stack", "other"), [("prod", "dev"), ("prod-recovery", "dev"), ("dev", "prod")])
def test_the_key_of_another_environment_is_refused(project: Path, stack: str, other: str) -> None:
    provider = f"awskms://alias/dataconnect-pulumi-{other}?region=us-west-2"
    put(project, stack, f"secretsprovider: {provider}\n")
    assert lines(stack) == [f"Pulumi.{stack}.yaml: secretsprovider is '{provider}'; {expected(stack)}"]


@pytest.mark.parametrize("text", ["", "encryptionsalt: v1:abc=:v1:def:ghi\n", "secretsprovider:\n"])
def test_no_key_is_refused(project: Path, text: str) -> None:
    put(project, "prod", text)
    assert lines("prod") == [f"Pulumi.prod.yaml: secretsprovider is missing; {expected('prod')}"]


def test_a_passphrase_beside_the_key_is_refused(project: Path) -> None:
    file = project / "Pulumi.prod.yaml"
    file.write_text(f"encryptionsalt: v1:abc=:v1:def:ghi\n{file.read_text()}")
    assert lines("prod") == [
        "Pulumi.prod.yaml: encryptionsalt is there; expected none: it is a passphrase's, and secretsprovider names a key"
    ]


def test_what_the_engine_writes_beside_the_key_is_right(project: Path) -> None:
    file = project / "Pulumi.prod.yaml"
    file.write_text(f"encryptedkey: AQIDAHg=\n{file.read_text()}")
    assert lines("prod") == []


def test_a_password_in_its_place_is_not_shown(project: Path) -> None:
    put(project, "prod", "secretsprovider: hashivault://user:hunter2@vault.example/key\n")
    (told,) = lines("prod")
    assert told.startswith("Pulumi.prod.yaml: secretsprovider is [hidden]; ")


def test_a_wrong_key_is_told_with_everything_else_that_is_wrong(project: Path) -> None:
    put(project, "prod", "secretsprovider: passphrase\n")
    with pytest.raises(SettingsError) as caught:
        parse({**OWN["prod"], "dataconnect:protekt": "true"}, stack="prod")
    told = str(caught.value)
    assert "secretsprovider is 'passphrase'" in told
    assert "dataconnect:protekt is an unknown key" in told


def test_a_stack_without_a_file_has_no_key_to_check() -> None:
    assert not (layers.ROOT / "Pulumi.dev-copy.yaml").exists()
    parse(OWN["dev"], stack="dev-copy", others={})


def test_the_key_is_where_delivery_keeps_the_state_and_the_documents_make_it() -> None:
    environment: dict[str, str] = {}
    prepare_environment(environment, "preview", "111111111111")
    assert environment["PULUMI_BACKEND_URL"].endswith(f"?region={STATE_REGION}")
    text = (ROOT / "docs" / "delivery.md").read_text()
    assert f"--region {STATE_REGION} --alias-name alias/dataconnect-pulumi-dev" in text
