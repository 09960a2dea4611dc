from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.features import Features


def test_productions_features_are_the_defaults() -> None:
    features = Features()
    assert features.backups and features.dns_security and features.keep_deleted
    assert not features.immediate_changes and not features.major_upgrades


def test_a_stack_file_switches_them_one_by_one() -> None:
    features = Features.model_validate({"keepDeleted": False, "immediateChanges": True})
    assert features == Features(keep_deleted=False, immediate_changes=True)


@pytest.mark.parametrize("name", [*Features.model_fields])
def test_each_says_what_it_does_and_what_holds_by_default(name: str) -> None:
    field = Features.model_fields[name]
    assert str(field.description).endswith(f"; {str(field.default).lower()} by default")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"backups": "maybe"}, r"Features\.backups is 'maybe'; expected true or false"),
        ({"backups": None}, r"Features\.backups is empty; expected true or false"),
        ({"backup": True}, r"Features\.backup is an unknown key; did you mean backups\?"),
        ({"protect": True}, r"Features\.protect is an unknown key; expected one of backups, dns_security, keep_deleted"),
    ],
)
def test_what_is_no_switch_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        Features(**changes)
