"""Tag, account and name must agree on the environment; the one that does not is told alone."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import SettingsError, parse
from tests.settings.stack_files import OWN, REMOVED, edited, refused

TAG = "aws:defaultTags.tags.Environment"
DEV, PROD = "111111111111", "222222222222"


@pytest.mark.parametrize("stack", ["prod", "prod-recovery", "prod-replication"])
def test_a_tag_alone_does_not_take_production_s_guards_away(stack: str) -> None:
    expected = f"expected prod: account {PROD} is prod's"
    assert refused(stack, {TAG: "dev"}) == [f"{TAG} is 'dev'; {expected}"]
    if stack != "prod-replication":
        lines = refused(stack, {TAG: "dev", "protect": False, "database.multiAz": False, "network.nat": "single"})
        assert [line.partition(" is ")[0].rpartition(".")[2].rpartition(":")[2] for line in lines] == [
            "Environment",
            "protect",
            "nat",
            "multiAz",
        ]


@pytest.mark.parametrize("tag", ["prd", "", 7, None, ["prod"], REMOVED])
def test_a_tag_that_is_none_is_one_line(tag: object) -> None:
    (line,) = refused("prod", {TAG: tag})
    assert line.startswith(TAG)


def own(stack: str, account: str, environment: str) -> dict[str, Any]:
    tags = {**OWN[stack]["aws:defaultTags"]["tags"], "Environment": environment}
    return {**OWN[stack], "aws:allowedAccountIds": [account], "aws:defaultTags": {"tags": tags}}


def test_another_environment_s_account_is_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        parse(own("dev", PROD, "dev"), stack="dev")
    assert str(caught.value) == (
        f"Pulumi.dev.yaml: aws:allowedAccountIds[0] is '{PROD}'; "
        f"expected {DEV}, not the account of prod (settings/defaults/prod.yaml)"
    )


def test_a_stack_is_named_after_its_environment() -> None:
    with pytest.raises(SettingsError) as caught:
        parse(OWN["dev"], stack="prod-copy")
    assert str(caught.value) == (
        "Pulumi.prod-copy.yaml: the stack's name begins with prod, but its tag and its account are dev's; "
        "expected a name of dev"
    )
    parse(OWN["dev"], stack="copy-of-prod", others={})


def test_the_account_of_an_environment_stands_in_its_defaults(project: Path) -> None:
    file = project / "settings/defaults/prod.yaml"
    file.write_text(file.read_text().replace(PROD, "333333333333"))
    content = edited("prod", {TAG: "dev"})
    with pytest.raises(SettingsError) as caught:
        parse(content, stack="prod")
    # Account and name say prod no more with one voice; the tag is still contradicted.
    assert yaml.safe_load(file.read_text())["dataconnect:permissionsBoundary"].split(":")[4] == "333333333333"
    assert any("the stack's name" in line for line in str(caught.value).splitlines())
