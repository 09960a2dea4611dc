from typing import Any

import pytest

from components.base import limits
from components.base.errors import ComponentError, InvalidArgumentError
from components.base.features import Features
from components.base.here import Here, Inventory, Place, Store, Switch
from tests.components.harness import ACCOUNT, here


def place(**changes: Any) -> Place:
    defaults: dict[str, Any] = {"region": "us-east-2", "account_id": ACCOUNT}
    return Place(**(defaults | changes))


def test_a_place_is_protected_with_productions_features_by_default() -> None:
    assert place().protect and place().features == Features()


def test_logs_are_kept_for_a_year_by_default() -> None:
    alarms = here().alarms
    assert Here(region="us-east-2", account_id=ACCOUNT, alarms=alarms, log_key_arn="k").log_retention_days == 365


@pytest.mark.parametrize("region", sorted(limits.REGION_ZONES))
def test_every_region_of_the_estate_is_a_place(region: str) -> None:
    assert place(region=region).region == here(region).region == region


@pytest.mark.parametrize("region", ["", "us-moon-1", "eu-central-1", "US-EAST-2", "us-east-2a"])
def test_what_is_no_region_of_the_estate_is_refused(region: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"Place\.region is '{region}'; expected one of ca-central-1, us-east-1"):
        place(region=region)


@pytest.mark.parametrize("account_id", ["", "1" * 11, "1" * 13, "prod", "1111-1111-1111"])
def test_what_is_no_account_is_refused(account_id: str) -> None:
    expected = rf"Place\.account_id is '{account_id}'; expected a 12-digit account id in quotes"
    with pytest.raises(InvalidArgumentError, match=expected):
        place(account_id=account_id)


@pytest.mark.parametrize("days", [0, 2, 366, 3654])
def test_logs_are_kept_for_days_that_cloudwatch_offers(days: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"Here\.log_retention_days is {days}; expected one of 1, 3, 5, "):
        here(log_retention_days=days)


@pytest.mark.parametrize("days", [1, 365, 3653])
def test_the_shortest_and_the_longest_retention_are_taken(days: int) -> None:
    assert here(log_retention_days=days).log_retention_days == days


def test_a_place_in_which_something_runs_is_checked_as_a_place_is() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Here\.account_id is '1'"):
        here(account_id="1")


def test_every_place_has_its_own_inventory_unless_it_is_handed_one() -> None:
    assert place().inventory is not place().inventory
    shared = Inventory()
    assert place(inventory=shared).inventory is here(inventory=shared).inventory is shared


def test_what_was_declared_does_not_make_a_place_another() -> None:
    one, other = place(), place()
    one.inventory.stores.append(Store(name="sessions", arn="a", recovery="replicated", loss="seconds"))
    assert one == other and hash(one) == hash(other)


def test_a_backup_copies_what_says_so_and_nothing_else() -> None:
    inventory = Inventory()
    for name, backed_up in (("sessions", True), ("ingest", False), ("database", True)):
        inventory.stores.append(Store(name=name, arn=f"arn:{name}", recovery="restored", loss="a day", backed_up=backed_up))
    assert inventory.backed_up() == {"sessions": "arn:sessions", "database": "arn:database"}


def test_a_store_is_not_backed_up_by_default() -> None:
    assert not Store(name="ingest", arn="a", recovery="lost", loss="messages").backed_up


def test_two_things_of_one_name_are_not_backed_up_as_one() -> None:
    inventory = Inventory()
    for arn in ("arn:one", "arn:two"):
        inventory.stores.append(Store(name="database", arn=arn, recovery="replicated", loss="seconds", backed_up=True))
    with pytest.raises(ValueError, match="two things that are to be backed up are called database"):
        inventory.backed_up()


def test_where_nothing_is_switched_the_program_owns_everything_and_recovery_is_told_nothing() -> None:
    one = place()
    one.switch("queue", "ingest", url="https://sqs.example/ingest")
    assert one.left_alone("state") == [] and one.inventory.switches == []


def test_what_is_switched_is_left_alone_and_told_to_recovery() -> None:
    one = place(switched=True)
    one.switch("queue", "ingest", url="https://sqs.example/ingest")
    assert one.left_alone("minCapacity", "maxCapacity") == ["minCapacity", "maxCapacity"]
    assert one.inventory.switches == [Switch(kind="queue", name="ingest", facts={"url": "https://sqs.example/ingest"})]


def test_two_switches_of_one_kind_and_name_are_refused_as_one_of_them_would_be_forgotten() -> None:
    one = place(switched=True)
    one.switch("schedule", "quota", group="quota")
    one.switch("rule", "quota", rule="quota")
    with pytest.raises(ComponentError, match="two switches of kind schedule are called quota; expected a name each"):
        one.switch("schedule", "quota", group="other")
