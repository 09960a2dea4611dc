"""Entries of silos that cannot be: each told with its key, its value and what would be right, in every stack that has them."""

from typing import Any, Final

import pytest

from components.base import limits
from components.base.tenants import NOBODY, own_bucket
from components.data.silo_spec import MOST, SiloSpec
from components.data.table_spec import TableSpec
from operations.tenants import probe
from settings import PrimarySettings, SettingsError, parse
from settings.silos import problems
from tests.settings.stack_files import accepted, edited, refused

A, B = "tabcdefghij23456", "tzyxwvutsrq76543"
ENTRY: Final = {"slug": "acme-home-loans"}

WRONG: Final[tuple[tuple[Any, str], ...]] = (
    ({A: {}}, f"dataconnect:silos.{A}.slug is missing"),
    ({A: ENTRY | {"slug": "Acme"}}, f"dataconnect:silos.{A}.slug is 'Acme'; expected the tenant's slug: 2 to 39"),
    (
        {"acme": ENTRY},
        "dataconnect:silos.acme is 'acme'; expected a tenant's id, as `dataconnect tenant show",
    ),
    ({NOBODY: ENTRY}, f"dataconnect:silos.{NOBODY} is '{NOBODY}'; expected the id of a tenant: this is nobody's"),
    ({A: ENTRY, B: ENTRY}, f"dataconnect:silos.{B}.slug is 'acme-home-loans'; expected"),
    ({A: ENTRY | {"instanceClass": "db.r7g.tiny"}}, f"dataconnect:silos.{A}.instanceClass is 'db.r7g.tiny'; expected"),
    ({A: ENTRY | {"storageGiB": 19}}, f"dataconnect:silos.{A}.storageGiB is 19; expected 20 to"),
    ({A: ENTRY | {"storageGiB": 1000}}, f"dataconnect:silos.{A}.storageGiB is 1000; expected"),
    ({A: ENTRY | {"maxStorageGiB": 210}}, f"dataconnect:silos.{A}.maxStorageGiB is 210; expected"),
    ({A: ENTRY | {"protect": "yes"}}, f"dataconnect:silos.{A}.protect is 'yes'; expected true or false"),
    ({A: ENTRY | {"colour": 1}}, f"dataconnect:silos.{A}.colour is an unknown key"),
)


def test_the_probe_is_the_tenant_that_no_entry_may_name() -> None:
    assert probe.OTHER == NOBODY


@pytest.mark.parametrize(("silos", "line"), WRONG)
def test_a_wrong_entry_is_named(silos: Any, line: str) -> None:
    (found,) = refused("prod", {"silos": silos})
    assert found.startswith(line)


def test_no_more_than_a_region_has_databases_for() -> None:
    ids = [f"t{number:015d}".translate(str.maketrans("0189", "abcd")) for number in range(MOST + 1)]
    silos = {each: {"slug": f"lender-{number}"} for number, each in enumerate(ids)}
    (found,) = refused("prod", {"silos": silos})
    assert found.startswith(f"dataconnect:silos is '{MOST + 1} silos'; expected at most {MOST}")
    silos.popitem()
    assert len(accepted("prod", {"silos": silos}, PrimarySettings).silos) == MOST


def test_the_table_that_says_where_a_tenant_is_must_be_there() -> None:
    silos = {A: SiloSpec(slug="acme-home-loans")}
    (found,) = problems(silos, {}, {"table/sessions": TableSpec.link})
    assert (found.value, found.expected) == (A, "none, or a table tenants: it says where a tenant is")
    assert (
        list(problems(silos, {}, {"table/tenants": TableSpec.link}))
        == list(problems({}, {}, {"table/sessions": TableSpec.link}))
        == []
    )


def test_the_own_bucket_of_any_class_has_a_name_that_s3_takes() -> None:
    longest = own_bucket(20 * "x", account_id=12 * "1", region=max(limits.REGION_ZONES, key=len), tenant=A)
    assert len(longest) <= 63  # docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html


@pytest.mark.parametrize("stack", ["prod-recovery", "prod-replication"])
def test_stacks_of_one_environment_have_the_same_silos(stack: str) -> None:
    prod = edited("prod", {"silos": {A: ENTRY}})
    with pytest.raises(SettingsError, match=f"silos.*{A}|silos is missing"):
        parse(edited(stack, {}), stack=stack, others={"prod": prod})
