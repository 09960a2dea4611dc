"""What settings let through once and AWS refuses, or takes and does nothing useful with."""

from typing import Any

import pytest

from settings import PrimarySettings, SettingsError, parse
from tests.settings.cases import nights, plain
from tests.settings.stack_files import accepted, edited, refused

TAG = "1 to 256 letters, digits, spaces (not at the ends) and . : / = + - @ _"
KEY = "a key of 1 to 128 letters, digits, spaces (not at the ends) and . : / = + - @ _ that does not start with aws:"
QUOTED = "text, in quotes: AWS takes nothing else for a tag"
LONG_OWNER = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example"
RUNBOOKS = "https://runbooks.example/" + "a" * 500
REPOSITORY = "a repository's name without registry, tag or digest, e.g. dataconnect/search"
EXAMPLE = "e.g. cron(0 20 ? * MON-FRI *)"


def alone(highest: int, field: str) -> str:
    return f"a step of at most {highest}, and L, W or # alone, in the field {field}, {EXAMPLE}"


@pytest.mark.parametrize(
    ("stack", "edits", "line"),
    [
        plain("dev", "aws:defaultTags.tags.Owner", "a%b@x.example", TAG),
        plain("dev", "aws:defaultTags.tags.Team", " x", TAG),
        plain("dev", "aws:defaultTags.tags.Team", 100, QUOTED),
        plain("dev", "aws:defaultTags.tags.Team", True, QUOTED),
        plain("prod", "database.storageGiB", 60000, "20 to 59578 GiB"),
        plain("prod", "alerts.teams.platform.slack", "C" * 40, "a Slack channel id, e.g. C0123ABCD"),
        plain("prod", "services.bi.repository", "222222222222.dkr.ecr.us-east-2.amazonaws.com/dataconnect/bi", REPOSITORY),
        plain(
            *("prod", "services.bi.repository", "bi"),
            "a repository below dataconnect/: no image of another is copied to the recovery region",
        ),
        plain(
            *("prod", "services.bi.paths[0]", "/bi/*/*/*/*/*/*"),
            "a path pattern of up to 128 characters that starts with /, with at most five * and ?, e.g. /search/*",
        ),
        nights("down", "cron(0 20 L-3 * ? *)", alone(31, "day of month")),
        nights("down", "cron(0 20 ? * 6#3,2 *)", alone(7, "day of week")),
        nights("down", "cron(0/61 20 ? * * *)", alone(59, "minutes")),
        nights("down", "cron(0 020 ? * * *)", f"0 to 23 in the field hours, {EXAMPLE}"),
        nights(
            *("down", "cron( 0 20 ? * * *)"),
            f"cron(minutes hours day-of-month month day-of-week year), {EXAMPLE}",
        ),
    ],
)
def test_the_field_the_value_and_what_would_be_right_are_told(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_an_alarm_s_description_holds_the_address_of_its_runbook() -> None:
    (line,) = refused("dev", {"runbookUrl": RUNBOOKS})
    assert line.endswith("expected up to 500 characters: it stands in the description of every alarm")
    accepted("dev", {"runbookUrl": RUNBOOKS[:500]}, PrimarySettings)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"Team": "x", "team": "y"}, "team is 'y'; expected the key Team: tag keys are told apart by case"),
        ({"Team ": "x"}, f"'Team ' is 'x'; expected {KEY}"),
    ],
)
def test_keys_of_further_tags_are_told_apart(tags: dict[str, str], expected: str) -> None:
    own: dict[str, Any] = edited("dev", {})
    own["aws:defaultTags"]["tags"] |= tags
    with pytest.raises(SettingsError) as error:
        parse(own, stack="dev")
    assert f"Pulumi.dev.yaml: aws:defaultTags.tags.{expected}" in str(error.value).splitlines()


def test_an_owner_fits_into_a_tag() -> None:
    (line,) = refused("dev", {"aws:defaultTags.tags.Owner": LONG_OWNER})
    assert line.endswith(f"; expected {TAG}")


def test_a_replica_has_the_storage_of_its_source() -> None:
    assert refused("prod-recovery", {"database.storageGiB": 100, "database.maxStorageGiB": 250}) == [
        f"dataconnect:database.{key} is {value}; expected {least} or more, as in Pulumi.prod.yaml: "
        "a replica stops when its source has outgrown it"
        for key, value, least in (("storageGiB", 100, 200), ("maxStorageGiB", 250, 1000))
    ]
