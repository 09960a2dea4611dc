"""What operators of tenants do with the stacks as they are declared: find every tenant role, reach every silo."""

import json
from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest

from operations import policy
from operations.stack import load_operated
from operations.tenants.access import Access
from operations.tenants.registry import Registry
from tests.found import some
from tests.stacks.estate import Estate, estate_of
from tests.stacks.test_silos import SILOS, silos_in

BOTH: Final = ("prod", "recovery")
ROLE, GRANTS = "iam/role:Role", "iam/rolePolicy:RolePolicy"


class Iam:
    """The roles of stacks of one account, as IAM tells them."""

    def __init__(self, *estates: Estate) -> None:
        self.trusts = {f"{name}.{estate.stack}": each for estate in estates for name, each in estate.of(ROLE).items()}
        self.grants: dict[str, dict[str, Any]] = {name: {} for name in self.trusts}
        for estate in estates:
            for name, each in estate.of(GRANTS).items():
                self.grants.setdefault(each.inputs["role"], {})[name] = each.document()

    def get_paginator(self, operation: str) -> Any:
        def paginate(RoleName: str = "") -> list[dict[str, Any]]:  # noqa: N803 - boto3's
            if operation == "list_role_policies":
                return [{"PolicyNames": [*self.grants[RoleName]]}]
            roles = [{"RoleName": name, "AssumeRolePolicyDocument": each} for name, each in self._documents().items()]
            return [{"Roles": roles}]

        return SimpleNamespace(paginate=paginate)

    def _documents(self) -> dict[str, Any]:
        return {name: each.document("assumeRolePolicy") for name, each in self.trusts.items()}

    def get_role_policy(self, RoleName: str, PolicyName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        return {"PolicyDocument": self.grants[RoleName][PolicyName]}


def roles_found(iam: Iam, estate: Estate) -> list[str]:
    registry = Registry(None, estate.outputs["tables"]["tenants"]["name"])
    return Access(iam, {}, registry).roles


def tenant_roles(*names: str) -> list[str]:
    estates = [estate_of(name) for name in names]
    return some(sorted(f"{role}.{each.stack}" for each in estates for role in each.of(ROLE) if role.endswith("-tenant")))


def test_the_tenant_roles_of_both_regions_are_found_and_no_other_role() -> None:
    iam = Iam(*map(estate_of, BOTH))
    assert roles_found(iam, estate_of("prod")) == tenant_roles(*BOTH)
    # Recovery publishes nothing.
    assert len(tenant_roles("prod")) == len(tenant_roles("recovery")) + 1


def test_those_of_another_stack_in_the_account_are_not() -> None:
    iam = Iam(*map(estate_of, ("dev", *BOTH)))
    assert roles_found(iam, estate_of("prod")) == tenant_roles(*BOTH)
    assert roles_found(iam, estate_of("dev")) == tenant_roles("dev")


def test_what_finds_a_role_names_every_tenant_role_by_the_physical_name_that_pulumi_gives() -> None:
    for name in BOTH:
        for role, declared in estate_of(name).of(ROLE).items():
            assert "name" not in declared.inputs
            assert fnmatchcase(f"{role}-1a2b3c4", policy.TENANT_ROLES) == role.endswith("-tenant")


def printed(estate: Estate, folder: Path) -> dict[str, Any]:
    file = folder / f"{estate.stack}.json"
    file.write_text(json.dumps(estate.outputs))
    return policy.document(load_operated(estate.stack, file))


@pytest.mark.parametrize("name", BOTH)
def test_the_policy_of_operators_reaches_every_silo_and_is_the_same_before_there_is_one(name: str, tmp_path: Path) -> None:
    estate = silos_in(name)
    made = printed(estate, tmp_path)
    assert made == printed(estate_of(name), tmp_path)
    buckets = [bucket for tenant in SILOS for bucket in estate.outputs["silos"][tenant]["buckets"].values()]
    by_sid = {each["Sid"]: each for each in made["Statement"]}
    for sid in ("VersionsAndUploads", *(("WhatIsThere", "WhereCopiesAre") if name == "prod" else ())):
        patterns = by_sid[sid]["Resource"]
        assert all(any(fnmatchcase(f"arn:aws:s3:::{bucket}", each) for each in patterns) for bucket in some(buckets))
    assert all(policy.size(each) <= policy.MANAGED for each in policy.parts(made))


def test_the_key_of_a_silo_is_one_that_operators_use_by_its_alias(tmp_path: Path) -> None:
    (own,) = [each for each in printed(silos_in("prod"), tmp_path)["Statement"] if each["Sid"] == "KeysOfSilos"]
    (pattern,) = cast("dict[str, str]", own["Condition"]["ForAnyValue:StringLike"]).values()
    aliases = {each.inputs["name"] for each in silos_in("prod").of("kms/alias:Alias").values()}
    assert {each for each in aliases if fnmatchcase(each, pattern)} == {f"alias/tenant/{tenant}" for tenant in SILOS}
