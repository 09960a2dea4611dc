"""`dataconnect share` on moto, which keeps grants, keys, policies and objects and evaluates none: a stand-in refuses.

What the policies themselves refuse is shown in tests/isolation/test_shares.py.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from components.base.tenants import SHARE_ALIAS
from components.data.governance_function import governance, handler
from operations import policy
from operations.command import app
from operations.shares.clients import Clients
from operations.shares.revoking import STEPS
from operations.shares.shares import CLOSED, Shares
from operations.stack import Messaging, Operated, Stack, load
from operations.tenants.lake import Lake
from operations.tenants.registry import Registry
from operations.tenants.workspace import Workspace
from tests.deny_all import know_deny_all
from tests.operations.world import ACCOUNT, ID, OUTPUTS, REGION, Killed, World
from tests.stacks.estate import run

OTHER_TENANT = "t" + 15 * "b"
SUBSCRIBER, OTHER = "333333333333", "444444444444"
ROLES = {name: f"share-{name}-access-1" for name in ("to-investor", "to-insurer")}
DATABASE = "dataconnect_prod_products"


COUNTED = {"DisableKey": "kms:PutKeyOff", "RevokePermissions": "lakeformation:PutRevocation"}
"""Changes, by names that the world counts, and may be killed at."""


def prefix(name: str) -> str:
    return f"tenant={ID}/product=loan-book/share={name}/"


class Ram:
    """RAM as Lake Formation uses it: a resource share for as long as something is granted, and for a while longer."""

    def __init__(self, lakeformation: Any) -> None:
        self._lakeformation = lakeformation
        self.lags = 0

    def get_paginator(self, operation: str) -> "Ram":
        assert operation == "list_resources"
        return self

    def paginate(self, *, resourceOwner: str, principal: str, resourceArns: list[str]) -> Iterator[dict[str, Any]]:  # noqa: N803
        assert resourceOwner == "SELF"
        (arn,) = resourceArns
        resource = {"Table": {"CatalogId": ACCOUNT, "DatabaseName": DATABASE, "Name": arn.rpartition("/")[2]}}
        granted = self._lakeformation.list_permissions(CatalogId=ACCOUNT, Resource=resource)["PrincipalResourcePermissions"]
        there = any(each["Principal"]["DataLakePrincipalIdentifier"] == principal for each in granted)
        self.lags -= 0 if there else 1
        share = {"arn": arn, "resourceShareArn": f"arn:aws:ram:{REGION}:{ACCOUNT}:resource-share/1"}
        yield {"resources": [share] if there or self.lags >= 0 else []}


@dataclass
class Answers:
    """S3 in a session of the role: refuses what the role's policies deny, unless AWS leaks."""

    iam: Any
    s3: Any
    leaks: bool = False
    refuses: bool = False
    asked: list[str] = field(default_factory=list[str])

    def session(self, role: str) -> Any:
        return _Session(self, role)


class _Session:
    def __init__(self, answers: Answers, role: str) -> None:
        self._answers, self._role = answers, role

    def get_object(self, **_: str) -> Any:
        return self._ask("GetObject")

    def list_objects_v2(self, **_: str) -> Any:
        return self._ask("ListObjectsV2")

    def _ask(self, operation: str) -> Any:
        self._answers.asked.append(operation)
        policies = self._answers.iam.list_attached_role_policies(RoleName=self._role)["AttachedPolicies"]
        if (not policies and not self._answers.refuses) or self._answers.leaks:
            return {}
        raise ClientError({"Error": {"Code": "AccessDenied"}}, operation)


class Desk:
    """A world with two shares of one tenant, as a deployment and the job leave them."""

    def __init__(self, world: World) -> None:
        self.world = world
        know_deny_all(REGION)
        self.lakeformation: Any = boto3.client("lakeformation", REGION)
        self.administered_by(f"arn:aws:iam::{ACCOUNT}:role/people/operator")
        self.kms: Any = boto3.client("kms", REGION)
        for client in (self.kms, self.lakeformation):
            for event, then in (("before-call", world._before), ("after-call", world._after)):
                client.meta.events.register(event, lambda model, then=then, **_: then(COUNTED.get(model.name, model.name)))
        self.ram = Ram(self.lakeformation)
        self.answers = Answers(world.iam, world.s3)
        world.s3.create_bucket(Bucket="prod-products", CreateBucketConfiguration={"LocationConstraint": REGION})
        world.s3.put_bucket_versioning(Bucket="prod-products", VersioningConfiguration={"Status": "Enabled"})
        self.keys: dict[str, str] = {}
        for name, role in ROLES.items():
            self.keys[name] = self.kms.create_key()["KeyMetadata"]["Arn"]
            world.iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
            for body in (b"old", b"new"):
                world.s3.put_object(Bucket="prod-products", Key=f"{prefix(name)}data.parquet", Body=body)
            self.grant(name, SUBSCRIBER, ["SELECT", "DESCRIBE"])
        self.since = "2026-01-01"
        self.until = {"to-investor": "2099-01-01", "to-insurer": "2099-01-01"}
        self.write()

    def write(self) -> None:
        shares = {
            name: {
                "product": "loan-book",
                "tenant": ID,
                "account": SUBSCRIBER,
                "since": self.since,
                "until": self.until[name],
                "closedAt": f"{self.until[name]}T00:00:00Z",
                "prefix": prefix(name),
                "table": name.replace("-", "_"),
                "keyArn": self.keys[name],
                "roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
            }
            for name, role in ROLES.items()
        }
        told = {**OUTPUTS, "products": {"bucket": "prod-products", "database": DATABASE}, "shares": shares}
        self.world.outputs_file.write_text(json.dumps(told))

    def table(self, name: str) -> dict[str, Any]:
        return {"Table": {"CatalogId": ACCOUNT, "DatabaseName": DATABASE, "Name": name.replace("-", "_")}}

    def grant(self, name: str, to: str, permissions: list[str], *, passing: bool = False) -> None:
        self.lakeformation.grant_permissions(
            CatalogId=ACCOUNT,
            Principal={"DataLakePrincipalIdentifier": to},
            Resource=self.table(name),
            Permissions=permissions,
            **({"PermissionsWithGrantOption": permissions} if passing else {}),
        )

    def granted(self, name: str) -> list[str]:
        found = self.lakeformation.list_permissions(CatalogId=ACCOUNT, Resource=self.table(name))
        return [each["Principal"]["DataLakePrincipalIdentifier"] for each in found["PrincipalResourcePermissions"]]

    def policies(self, name: str) -> list[str]:
        found = self.world.iam.list_attached_role_policies(RoleName=ROLES[name])["AttachedPolicies"]
        return [each["PolicyArn"] for each in found]

    def administered_by(self, arn: str) -> None:
        admins = [{"DataLakePrincipalIdentifier": arn}]
        self.lakeformation.put_data_lake_settings(CatalogId=ACCOUNT, DataLakeSettings={"DataLakeAdmins": admins})

    def key_state(self, name: str) -> str:
        return self.kms.describe_key(KeyId=self.keys[name])["KeyMetadata"]["KeyState"]

    def open(self, stack: Stack) -> Workspace:
        space = self.world.open(stack)
        sts: Any = boto3.client("sts", REGION)
        roles = iter(())

        def assume(**told: Any) -> Any:
            nonlocal roles
            roles = told["RoleArn"].rpartition("/")[2]
            return sts.assume_role(**told)

        class Sts:
            assume_role = staticmethod(assume)

            @staticmethod
            def get_caller_identity() -> dict[str, str]:
                return {"Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/jane"}

        clients = Clients(
            s3=space.pool.lake._s3,
            iam=space.access._iam,
            sts=Sts(),
            kms=self.kms,
            lakeformation=self.lakeformation,
            ram=self.ram,
            session=lambda _given: self.answers.session(str(roles)),
        )
        return replace(space, shares=Shares(stack, clients, space.registry))

    def run(self, *arguments: str, code: int = 0, command: str = "share") -> Any:
        where = ("--stack", "prod", "--outputs", str(self.world.outputs_file), "--json")
        done = CliRunner().invoke(app, [command, *arguments, *where], obj=self.open, catch_exceptions=False)
        assert done.exit_code == code, (done.exit_code, done.output, done.stderr)
        return json.loads(done.stdout)

    def revoke(self, name: str = "to-investor", code: int = 0) -> Any:
        return self.run("revoke", name, "--yes", name, code=code)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def right(found: Any) -> dict[str, bool]:
    return {each["name"]: each["right"] for each in found["checks"]}


def test_a_revoked_share_is_refused_at_every_turn_and_its_objects_are_gone(desk: Desk) -> None:
    made = desk.revoke()["certificate"]
    assert desk.granted("to-investor") == [] and desk.key_state("to-investor") == "Disabled"
    assert desk.policies("to-investor") == [CLOSED]
    assert desk.world.versions("prod-products", prefix("to-investor")) == []
    assert made["proof"]["grants"] == made["proof"]["ram"] == [] and made["proof"]["key"] == "Disabled"
    assert [each["answer"] for each in made["proof"]["attempts"]] == ["AccessDenied", "AccessDenied"]
    assert made["deleted_versions"] == 2 and "protect: false" in made["to_do"]


def test_another_share_of_the_same_tenant_stays_as_it_is(desk: Desk) -> None:
    desk.revoke()
    assert desk.granted("to-insurer") == [SUBSCRIBER] and desk.key_state("to-insurer") == "Enabled"
    assert desk.policies("to-insurer") == [] and len(desk.world.versions("prod-products", prefix("to-insurer"))) == 2
    assert all(right(desk.run("verify", "to-insurer")).values())


def test_the_certificate_lies_in_the_bucket_config_and_is_the_one_that_was_printed(desk: Desk) -> None:
    told = desk.revoke()
    key = f"certificates/{ID}/share-to-investor"
    stored = desk.world.s3.get_object(Bucket="prod-config", Key=f"{key}.json")["Body"].read()
    assert json.loads(stored) == told["certificate"] and told["place"] == f"s3://prod-config/{key}.json"
    text = desk.world.s3.get_object(Bucket="prod-config", Key=f"{key}.md")["Body"].read().decode()
    assert "share to-investor is closed" in text and "AccessDenied" in text


def test_nothing_is_deleted_before_the_role_and_the_key_refuse(desk: Desk) -> None:
    """The attempt is made while there is still something to be read."""
    desk.answers.leaks = True
    told = desk.revoke(code=5)
    assert "access to share to-investor is not gone" in told["error"] and "allowed" in told["error"]
    assert len(desk.world.versions("prod-products", prefix("to-investor"))) == 2
    assert desk.policies("to-investor") == [CLOSED] and desk.key_state("to-investor") == "Disabled"
    desk.answers.leaks = False
    desk.revoke()
    assert desk.world.versions("prod-products", prefix("to-investor")) == []


def test_a_revocation_that_is_killed_anywhere_is_finished_by_the_same_command(desk: Desk) -> None:
    """Killed after each change, which is before the next."""
    desk.revoke("to-insurer")
    changes = len(desk.world.calls)
    assert changes > 6
    for at in range(1, changes + 1):
        desk.world.calls.clear()
        desk.world.kill_at, desk.world.kill_after = at, True
        with pytest.raises(Killed):
            desk.revoke()
        desk.world.revive()
        made = desk.revoke()["certificate"]
        assert made["proof"]["key"] == "Disabled" and desk.world.versions("prod-products", prefix("to-investor")) == []
        assert desk.granted("to-investor") == [] and all(right(desk.run("verify", "to-investor")).values())
        restore(desk)


def restore(desk: Desk) -> None:
    """Put a share back, which only a test can."""
    world = desk.world
    desk.kms.enable_key(KeyId=desk.keys["to-investor"].rpartition("/")[2])
    world.iam.detach_role_policy(RoleName=ROLES["to-investor"], PolicyArn=CLOSED)
    desk.grant("to-investor", SUBSCRIBER, ["SELECT", "DESCRIBE"])
    for _ in range(2):
        world.s3.put_object(Bucket="prod-products", Key=f"{prefix('to-investor')}data.parquet", Body=b"x")
    found = world.dynamodb.query(
        TableName="prod-tenants", KeyConditionExpression="tenant = :t", ExpressionAttributeValues={":t": {"S": ID}}
    )
    for item in found["Items"]:
        world.dynamodb.delete_item(TableName="prod-tenants", Key={"tenant": item["tenant"], "item": item["item"]})


def test_whatever_is_granted_to_anybody_else_goes_too(desk: Desk) -> None:
    desk.grant("to-investor", OTHER, ["SELECT"], passing=True)
    desk.grant("to-investor", f"arn:aws:iam::{ACCOUNT}:role/deploy", ["ALL"])
    assert right(desk.run("verify", "to-investor", code=5)) == {
        "defaults": True,
        "passing on": False,
        "grants": False,
        "since": True,
        "granted": True,
        "role": True,
        "key": True,
        "access": True,
    }
    desk.revoke()
    assert desk.granted("to-investor") == [f"arn:aws:iam::{ACCOUNT}:role/deploy"]


def test_a_resource_share_that_lingers_keeps_the_certificate_back(desk: Desk) -> None:
    desk.ram.lags = 2
    told = desk.revoke(code=1)
    assert "RAM still shares" in told["error"] and "certificate" not in told
    desk.revoke()


@pytest.mark.parametrize(("since", "wrong"), [(30, []), (92, []), (93, ["since"]), (365 * 40, ["since"])])
def test_a_share_is_told_that_begins_later_than_anybody_can_have_agreed_to(desk: Desk, since: int, wrong: list[str]) -> None:
    desk.since = f"{datetime.now(UTC).date() + timedelta(days=since)}"
    desk.write()
    desk.answers.refuses = True
    found = desk.run("verify", "to-investor", code=5 if wrong else 0)
    assert found["state"] == "upcoming" and [name for name, good in right(found).items() if not good] == wrong


def test_a_share_that_opens_before_its_first_day_is_told(desk: Desk) -> None:
    desk.since = f"{datetime.now(UTC).date() + timedelta(days=2)}"
    desk.write()
    assert not right(desk.run("verify", "to-investor", code=5))["access"]


def test_a_default_of_iam_that_came_back_is_told(desk: Desk) -> None:
    desk.grant("to-investor", "IAM_ALLOWED_PRINCIPALS", ["ALL"])
    assert not right(desk.run("verify", "to-investor", code=5))["defaults"]


def test_the_subscriber_may_let_its_own_people_read_and_nobody_else_may(desk: Desk) -> None:
    desk.grant("to-investor", SUBSCRIBER, ["SELECT", "DESCRIBE"], passing=True)
    assert all(right(desk.run("verify", "to-investor")).values())


def test_a_grant_that_somebody_revoked_by_hand_is_told(desk: Desk) -> None:
    desk.lakeformation.revoke_permissions(
        CatalogId=ACCOUNT,
        Principal={"DataLakePrincipalIdentifier": SUBSCRIBER},
        Resource=desk.table("to-investor"),
        Permissions=["SELECT", "DESCRIBE"],
    )
    found = right(desk.run("verify", "to-investor", code=5))
    assert [name for name, is_right in found.items() if not is_right] == ["granted"]


@pytest.mark.parametrize("action", ["create", "update"])
def test_no_deployment_grants_a_revoked_share_again(desk: Desk, action: str) -> None:
    """`create` is what an `up` does with a grant that is not in the state, however it got lost."""
    desk.revoke()
    order = deployment_of("to-investor", action)
    clients = governance.Clients(desk.lakeformation, boto3.client("glue", REGION), desk.world.dynamodb)
    with pytest.raises(governance.RevokedError, match="share to-investor was revoked"):
        handler.fulfil(order, clients)
    assert desk.granted("to-investor") == [] and all(right(desk.run("verify", "to-investor")).values())


def deployment_of(name: str, action: str) -> Any:
    """What a deployment of the program orders for a share of this world."""
    share = {"product": "loan-book", "tenant": ID, "account": SUBSCRIBER, "since": "2026-12-01", "until": "2027-03-31"}
    order = json.loads(
        run("prod", {"shares": {name: share}}).inputs("lambda/invocation:Invocation", f"share-{name}-grant")["input"]
    )
    return {**order, "share": {**order["share"], "registry": "prod-tenants"}, "tf": {"action": action}}


def test_after_the_revocation_what_comes_back_is_found(desk: Desk) -> None:
    desk.revoke()
    assert all(right(desk.run("verify", "to-investor")).values())
    desk.kms.enable_key(KeyId=desk.keys["to-investor"].rpartition("/")[2])
    desk.grant("to-investor", SUBSCRIBER, ["SELECT"])
    desk.world.s3.put_object(Bucket="prod-products", Key=f"{prefix('to-investor')}data.parquet", Body=b"x")
    desk.world.iam.detach_role_policy(RoleName=ROLES["to-investor"], PolicyArn=CLOSED)
    found = right(desk.run("verify", "to-investor", code=5))
    wrong = {name for name, is_right in found.items() if not is_right}
    assert wrong == {"grants", "ram", "key", "role", "objects", "access"}


def test_the_list_says_what_is_over_and_what_is_to_be_done(desk: Desk) -> None:
    desk.until["to-insurer"] = "2020-01-01"
    desk.write()
    desk.revoke()
    found = desk.run("list")
    assert {each["name"]: each["state"] for each in found["shares"]} == {"to-insurer": "expired", "to-investor": "revoked"}
    expired, revoked = found["to_do"]
    assert expired.startswith("to-insurer is expired: end it with `dataconnect share revoke`, which deletes what lies there;")
    assert revoked == "to-investor is revoked: take its entry out of dataconnect:shares"


def test_a_share_is_shown_with_whom_it_is_granted_and_what_was_done(desk: Desk) -> None:
    found = desk.run("show", "to-investor")
    assert found["granted"] == [{"to": SUBSCRIBER, "permissions": ["DESCRIBE", "SELECT"]}]
    assert (found["state"], found["key"], found["steps"]) == ("standing", "Enabled", [])
    desk.revoke()
    steps = [each["step"] for each in desk.run("show", "to-investor")["steps"]]
    assert {*steps} == {f"share-to-investor-{step}" for step in STEPS}


def test_nothing_is_changed_without_the_name_nor_by_a_dry_run(desk: Desk) -> None:
    desk.run("revoke", "to-investor", "--yes", "to-insurer", code=2)
    desk.run("revoke", "to-investor", "--dry-run")
    assert desk.granted("to-investor") == [SUBSCRIBER] and desk.policies("to-investor") == [] and desk.world.calls == []


def test_a_share_that_there_is_not_is_told_with_those_that_there_are(desk: Desk) -> None:
    told = desk.run("revoke", "to-regulator", "--yes", "to-regulator", code=3)
    assert "to-insurer, to-investor" in told["error"]


def test_a_stack_without_products_says_so(world: World) -> None:
    where = ("--stack", "prod", "--outputs", str(world.outputs_file))
    done = CliRunner().invoke(app, ["share", "list", *where], obj=world.open)
    assert done.exit_code == 3 and "no data products" in done.stderr


UNPROVEN = ("--isolation-unproven", "moto")


def test_a_suspended_tenant_shares_nothing_and_a_resumed_one_again(desk: Desk) -> None:
    desk.run("add", "acme", *UNPROVEN, command="tenant")
    desk.run("suspend", "acme", command="tenant")
    assert desk.policies("to-investor") == desk.policies("to-insurer") == [CLOSED]
    assert {each["state"] for each in desk.run("list")["shares"]} == {"suspended"}
    assert all(right(desk.run("verify", "to-investor")).values())
    desk.run("resume", "acme", command="tenant")
    assert desk.policies("to-investor") == desk.policies("to-insurer") == []


def test_a_tenant_that_is_resumed_opens_no_share_that_was_revoked(desk: Desk) -> None:
    desk.run("add", "acme", *UNPROVEN, command="tenant")
    desk.run("suspend", "acme", command="tenant")
    desk.revoke()
    desk.run("resume", "acme", command="tenant")
    assert (desk.policies("to-investor"), desk.policies("to-insurer")) == ([CLOSED], [])


def test_a_share_that_is_denied_though_nobody_closed_it_is_told(desk: Desk) -> None:
    desk.world.iam.attach_role_policy(RoleName=ROLES["to-investor"], PolicyArn=CLOSED)
    found = desk.run("verify", "to-investor", code=5)
    assert found["state"] == "standing" and not right(found)["role"]


def test_who_is_no_administrator_of_lake_formation_proves_nothing(desk: Desk) -> None:
    """Lake Formation tells it of no grants, which are there all the same."""
    for arn in (f"arn:aws:iam::{ACCOUNT}:role/deploy", f"arn:aws:iam::{ACCOUNT}:user/operator"):
        desk.administered_by(arn)
        for arguments in (("verify", "to-investor"), ("revoke", "to-investor", "--yes", "to-investor")):
            error = desk.run(*arguments, code=1)["error"]
            assert f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/jane is no administrator of Lake Formation" in error
    assert desk.granted("to-investor") == [SUBSCRIBER] and desk.policies("to-investor") == [CLOSED]


def test_what_is_granted_of_columns_or_of_a_filter_of_cells_is_seen_and_revoked_as_it_is_listed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS lists filters of cells only where they are asked for, and takes each as it is listed: moto knows none."""
    table = desk.table("to-investor")["Table"]
    catalog, database, name = table["CatalogId"], table["DatabaseName"], table["Name"]
    where = {"TableCatalogId": catalog, "DatabaseName": database, "TableName": name, "Name": "f"}
    related: dict[str, dict[str, Any]] = {
        "cells": {"DataCellsFilter": where},
        "columns": {"TableWithColumns": {**table, "ColumnNames": ["state"]}},
    }
    real, revoked = desk.lakeformation, list[Any]()

    class LakeFormation:
        def __getattr__(self, called: str) -> Any:
            return getattr(real, called)

        def list_permissions(self, **told: Any) -> Any:
            found = real.list_permissions(**told)["PrincipalResourcePermissions"]
            asked = told.get("IncludeRelated") == "TRUE"
            more = [
                {"Principal": {"DataLakePrincipalIdentifier": OTHER}, "Resource": each, "Permissions": ["SELECT"]}
                for kind, each in related.items()
                if kind == "columns" or asked
            ]
            return {"PrincipalResourcePermissions": [*found, *more]}

        def revoke_permissions(self, **told: Any) -> Any:
            for kind in [kind for kind, each in related.items() if each == told["Resource"]]:
                revoked.append(related.pop(kind))
                return {}
            return real.revoke_permissions(**told)

    monkeypatch.setattr(desk, "lakeformation", LakeFormation())
    assert not right(desk.run("verify", "to-investor", code=5))["grants"]
    desk.revoke()
    assert {*map(str, revoked)} and related == {} and desk.granted("to-investor") == []


def test_a_share_whose_name_begins_another_ones_has_its_own_steps_only(desk: Desk) -> None:
    told = json.loads(desk.world.outputs_file.read_text())
    short = {**told["shares"]["to-insurer"], "table": "to"}
    desk.world.outputs_file.write_text(json.dumps({**told, "shares": {**told["shares"], "to": short}}))
    desk.revoke()
    assert desk.run("show", "to")["steps"] == []
    made = desk.revoke("to")["certificate"]
    assert {each["step"] for each in made["steps"]} == {f"share-to-{step}" for step in STEPS}


def test_a_revocation_killed_before_it_could_tell_how_much_it_deleted_does_not_say_none(desk: Desk) -> None:
    plain = Shares.erase

    def killed(shares: Shares, share: Any) -> int:
        plain(shares, share)
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shares, "erase", killed)
        with pytest.raises(Killed):
            desk.revoke()
    assert desk.world.versions("prod-products", prefix("to-investor")) == []
    assert desk.revoke()["certificate"]["deleted_versions"] == "not recorded"


def test_a_tenant_that_is_removed_takes_its_shares_with_it_and_its_certificate_says_so(desk: Desk, tmp_path: Path) -> None:
    assert tmp_path.exists()
    desk.run("add", "acme", *UNPROVEN, command="tenant")
    told = desk.run("remove", "acme", "--no-export", "--yes", "acme", *UNPROVEN, command="tenant")
    assert [each["share"] for each in told["certificate"]["shares"]] == ["to-insurer", "to-investor"]
    assert desk.granted("to-investor") == desk.granted("to-insurer") == []
    assert desk.world.versions("prod-products") == []
    assert {each["state"] for each in desk.run("list")["shares"]} == {"revoked"}


def test_a_tenant_that_is_removed_leaves_nothing_in_the_bucket_of_products_whatever_the_outputs_name(desk: Desk) -> None:
    """Its shares expired, and their entries were taken out before anybody revoked them."""
    desk.run("add", "acme", *UNPROVEN, command="tenant")
    other = f"tenant={OTHER_TENANT}/product=loan-book/share=b/data.parquet"
    desk.world.s3.put_object(Bucket="prod-products", Key=other, Body=b"x")
    told = json.loads(desk.world.outputs_file.read_text())
    desk.world.outputs_file.write_text(json.dumps({**told, "shares": {}}))
    made = desk.run("remove", "acme", "--no-export", "--yes", "acme", *UNPROVEN, command="tenant")["certificate"]
    assert desk.world.versions("prod-products") == [other]
    assert made["complete"] and made["deleted"]["objects"]["products (shared)"]["versions"] == 4


def test_what_a_bucket_keeps_of_a_share_is_in_no_certificate_as_complete(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run("add", "acme", *UNPROVEN, command="tenant")
    told = json.loads(desk.world.outputs_file.read_text())
    desk.world.outputs_file.write_text(json.dumps({**told, "shares": {}}))
    plain = Lake._delete

    def refuse(lake: Lake, bucket: str, page: list[dict[str, str]]) -> None:
        if bucket != "prod-products":
            plain(lake, bucket, page)

    monkeypatch.setattr(Lake, "_delete", refuse)
    error = desk.run("remove", "acme", "--no-export", "--yes", "acme", *UNPROVEN, code=6, command="tenant")["error"]
    assert f"s3://prod-products/{prefix('to-insurer')}data.parquet" in error


@pytest.mark.parametrize("command", [("export", "acme", "--to"), ("remove", "acme", "--yes", "acme", "--export-to")])
def test_no_tenant_is_handed_over_into_the_bucket_of_products(desk: Desk, command: tuple[str, ...]) -> None:
    desk.run("add", "acme", *UNPROVEN, command="tenant")
    error = desk.run(*command, "prod-products", code=2, command="tenant")["error"]
    assert f"{command[-1]} is prod-products, a bucket of the stack" in error


def test_the_registry_is_where_the_job_and_the_function_look(desk: Desk) -> None:
    desk.revoke()
    assert Registry(desk.world.dynamodb, "prod-tenants").share_state(ID, "to-investor") is not None
    item = desk.world.dynamodb.get_item(
        TableName="prod-tenants", Key={"tenant": {"S": ID}, "item": {"S": "share-state#to-investor"}}
    )["Item"]
    assert item["state"] == {"S": "revoked"} and item["at"]["S"]


def operated(stack: Stack) -> Operated:
    """A stack of this world without streams and queues."""
    nothing: dict[str, Any] = {"streams": {}, "queues": {}, "cache_secrets": {}, "cache_users": {}, "cache_function": None}
    messaging = Messaging(name=stack.name, account=ACCOUNT, region=REGION, **nothing)
    return Operated(
        tenants=stack,
        messaging=messaging,
        tenant_tables=(),
        buckets=stack.buckets,
        tenant_buckets=stack.tenant_buckets,
        keys={},
    )


OF_LAKE_FORMATION = {"ram:GetResourceShares", "ram:DeleteResourceShare", "ram:DisassociateResourceShare"}
"""What Lake Formation calls in the operator's name."""


def asked(service: str, operation: str, told: dict[str, Any]) -> set[tuple[str, str]]:
    """What IAM is asked for a call about shares."""
    match service, operation:
        case "s3", "ListObjectVersions":
            return {("s3:ListBucketVersions", f"arn:aws:s3:::{told['Bucket']}")}
        case "s3", "DeleteObjects":
            return {
                ("s3:DeleteObjectVersion", f"arn:aws:s3:::{told['Bucket']}/{each['Key']}") for each in told["Delete"]["Objects"]
            }
        case "sts", "GetCallerIdentity":  # nobody needs a permission for it
            return set()
        case "iam", _:
            return {(f"iam:{operation}", f"arn:aws:iam::{ACCOUNT}:role/{told['RoleName']}")}
        case "sts", "AssumeRole":
            return {("sts:AssumeRole", told["RoleArn"])}
        case "kms", _:
            return {(f"kms:{operation}", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{told['KeyId'].rpartition('/')[2]}")}
        case _:
            return {(f"{service}:{operation}", "*")}


def test_an_operator_may_make_every_call_about_shares_and_no_other_and_open_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {("ram:ListResources", "*"), *((action, "*") for action in OF_LAKE_FORMATION)}
    plain = cast("Any", BaseClient)._make_api_call

    def noted(client: Any, operation: str, told: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        mine = [text for text in map(str, told.values()) if "prod-products" in text or "share-to-" in text]
        if service in ("kms", "lakeformation") or (mine and service != "dynamodb"):
            found.update(asked(service, operation, told))
        return plain(client, operation, told)

    desk.run("add", "acme", *UNPROVEN, command="tenant")
    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    desk.run("suspend", "acme", command="tenant")
    desk.run("resume", "acme", command="tenant")
    desk.revoke()
    desk.run("verify", "to-investor")
    monkeypatch.setattr(BaseClient, "_make_api_call", plain)
    stack = load("prod", desk.world.outputs_file)
    statements = list(policy._shares(stack))  # pyright: ignore[reportPrivateUsage]
    # The certificate is written by the statements about the lake.
    found = {ask for ask in found if not ask[0].endswith("Object") and "prod-config" not in ask[1]}
    objects = {ask for ask in found if ask[0].startswith("s3:")}
    assert {action for action, _ in objects} == {"s3:DeleteObjectVersion", "s3:ListBucketVersions"}
    erasure = list(policy._erasure(operated(stack)))  # pyright: ignore[reportPrivateUsage]
    for action, resource in objects:
        assert any(action in each["Action"] and any(fnmatchcase(resource, one) for one in each["Resource"]) for each in erasure)
    found -= objects
    for action, resource in sorted(found):
        assert [
            each
            for each in statements
            if action in each["Action"] and any(fnmatchcase(resource, one) for one in each["Resource"])
        ], (
            action,
            resource,
        )
    assert {action for each in statements for action in each["Action"]} == {action for action, _ in found}
    opening = (
        "PutRolePolicy",
        "PutDataLakeSettings",
        "GrantPermissions",
        "EnableKey",
        "PutKeyPolicy",
        "UpdateAssumeRolePolicy",
        "s3:GetObject",
        "kms:Decrypt",
    )
    assert not [action for each in statements for action in each["Action"] if action.endswith(opening)]
    for each in statements:
        if "iam:AttachRolePolicy" in each["Action"]:
            assert each["Condition"] == {"ArnEquals": {"iam:PolicyARN": CLOSED}}
        if any(resource.endswith(":key/*") for resource in each["Resource"]):
            assert each["Condition"] == {"ForAnyValue:StringLike": {"kms:ResourceAliases": f"{SHARE_ALIAS}*"}}


def test_what_an_operator_closes_are_the_roles_of_shares_as_they_are_called() -> None:
    assert fnmatchcase("share-to-investor-access-1a2b3c4", policy.SHARE_ROLES)
    assert not fnmatchcase("search-tenant-1a2b3c4", policy.SHARE_ROLES)
