"""The price table and the usage are whole: each price has a source and a day, each number a unit."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from operations.cost import prices, usage
from operations.cost.amounts import Amount
from operations.errors import OperationError

TABLE = prices.load()
HEADING = "key,usage_type,region,unit,usd,source,date\n"


def test_each_price_has_a_source_with_an_address_and_each_source_a_price() -> None:
    known = prices.sources()
    assert {price.source for price in TABLE.all} == set(known)
    assert all(source["url"].startswith("https://") and source["says"] for source in known.values())


def test_each_price_says_how_awss_bill_calls_it() -> None:
    assert TABLE.all and all(price.usage_type and price.unit and price.usd > 0 for price in TABLE.all)


def test_a_price_of_the_region_itself_goes_before_one_that_stands_in() -> None:
    own = TABLE.find("transfer/internet", "us-east-2")
    other = TABLE.find("nat/hour", "us-west-2")
    assert own and own.region == "us-east-2"
    assert other and other.region == "us-east-1"
    assert TABLE.find("nat/minute", "us-east-2") is None


@pytest.mark.parametrize(
    "rows",
    ["a,A,us-east-1,hour,-1,infracost,2026-01-01", "a,A,us-east-1,hour,1,infracost,2026-01-01\n" * 2],
)
def test_a_price_below_zero_or_there_twice_is_refused(tmp_path: Path, rows: str) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(HEADING + rows)
    with pytest.raises(ValueError, match=r"prices\.csv: a in us-east-1 is below zero, or there twice"):
        prices.load(file)


@pytest.mark.parametrize("profile", ["dev", "prod", "prod-recovery", "prod-replication"])
def test_each_profile_has_a_number_for_each_unit(profile: str) -> None:
    units = tomllib.loads((prices.HERE / "usage.toml").read_text())["units"]
    known = usage.load(profile)
    assert all(known[name].low <= known[name].typical <= known[name].high for name in units)


@pytest.mark.parametrize(
    ("stack", "profile"), [("dev", "dev"), ("dev-lucy", "dev"), ("prod-recovery-2", "prod-recovery"), ("prod-x", "prod")]
)
def test_a_stack_is_used_as_the_profile_that_begins_its_name(stack: str, profile: str) -> None:
    assert usage.load(stack, exactly=False).profile == profile


def test_an_unknown_profile_is_named_with_those_there_are() -> None:
    with pytest.raises(OperationError, match="--profile is 'test'; expected one of dev, prod, prod-recovery"):
        usage.load("test")


@pytest.mark.parametrize("number", ["-1", "[1, 2]", "[3, 2, 4]", "'many'", "true"])
def test_an_estimate_that_is_none_is_named(tmp_path: Path, number: str) -> None:
    file = tmp_path / "usage.toml"
    file.write_text(f"[units]\nlcu = 'x'\n[common]\n[dev]\nlcu = {number}\n")
    with pytest.raises(OperationError, match=r"usage\.toml: dev\.lcu is .*; expected \[low, typical, high\]"):
        usage.load("dev", file)


@pytest.mark.parametrize("dev", ["nat = 1\nlcu = 1", ""])
def test_a_number_without_a_unit_and_a_unit_without_a_number_are_named(tmp_path: Path, dev: str) -> None:
    file = tmp_path / "usage.toml"
    file.write_text(f"[units]\nlcu = 'x'\n[common]\n[dev]\n{dev}\n")
    with pytest.raises(OperationError, match="has no unit, or profile dev no number of it"):
        usage.load("dev", file)


def test_an_amount_is_three_numbers_each_for_itself() -> None:
    amount = Amount(Decimal(1), Decimal(2), Decimal(3))
    assert amount.times(amount).plus(amount) == (2, 6, 12)
