"""The function on moto, which keeps grants, databases and settings, and on what moto does not answer as AWS does.

moto evaluates nothing: what is shown here is what the function asks for, and that it refuses to call it done.
"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from components.data.governance_function import handler
from components.data.governance_function.governance import IAM_DEFAULT, Clients, NotGovernedError, RevokedError, govern, prove
from components.data.products import TIMEOUT_SECONDS

ACCOUNT, REGION, DATABASE = "123456789012", "us-east-2", "dataconnect_test_products"
DEPLOYER, OTHER = f"arn:aws:iam::{ACCOUNT}:role/deploy", f"arn:aws:iam::{ACCOUNT}:role/analyst-in-chief"
DEFAULT = [{"Principal": {"DataLakePrincipalIdentifier": IAM_DEFAULT}, "Permissions": ["ALL"]}]


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        made = Clients(*(boto3.client(name, region_name=REGION) for name in ("lakeformation", "glue", "dynamodb")))  # pyright: ignore[reportArgumentType]
        for name in (DATABASE, "hot_stream"):
            made.glue.create_database(
                DatabaseInput={"Name": name, "Description": f"about {name}", "CreateTableDefaultPermissions": DEFAULT}
            )
            made.lakeformation.grant_permissions(
                CatalogId=ACCOUNT, Principal=DEFAULT[0]["Principal"], Resource=database(name), Permissions=["ALL"]
            )
        made.dynamodb.create_table(
            TableName="tenants",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "tenant", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("tenant", "item")],
        )
        put(made, {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": OTHER}], "Parameters": {"CROSS_ACCOUNT_VERSION": "1"}})
        yield made


def put(clients: Clients, settings: dict[str, Any]) -> None:
    whole = {
        "CreateDatabaseDefaultPermissions": DEFAULT,
        "CreateTableDefaultPermissions": DEFAULT,
        "TrustedResourceOwners": ["222222222222"],
        "AllowExternalDataFiltering": False,
        "ExternalDataFilteringAllowList": [],
    }
    clients.lakeformation.put_data_lake_settings(CatalogId=ACCOUNT, DataLakeSettings=whole | settings)


def settings(clients: Clients) -> dict[str, Any]:
    return clients.lakeformation.get_data_lake_settings(CatalogId=ACCOUNT)["DataLakeSettings"]


def database(name: str) -> dict[str, Any]:
    return {"Database": {"CatalogId": ACCOUNT, "Name": name}}


def table(name: str) -> dict[str, Any]:
    return {"Table": {"CatalogId": ACCOUNT, "DatabaseName": DATABASE, "Name": name}}


def make_table(clients: Clients, name: str) -> None:
    """A table as AWS makes one in a database with defaults."""
    clients.glue.create_table(DatabaseName=DATABASE, TableInput={"Name": name})
    clients.lakeformation.grant_permissions(
        CatalogId=ACCOUNT, Principal=DEFAULT[0]["Principal"], Resource=table(name), Permissions=["ALL"]
    )


def holders(clients: Clients, resource: dict[str, Any]) -> list[str]:
    found = clients.lakeformation.list_permissions(CatalogId=ACCOUNT, Resource=resource)["PrincipalResourcePermissions"]
    return [each["Principal"]["DataLakePrincipalIdentifier"] for each in found]


def defaults_of(clients: Clients, name: str) -> list[Any]:
    return clients.glue.get_database(Name=name)["Database"].get("CreateTableDefaultPermissions", [])


def test_the_database_and_its_tables_are_taken_out_of_the_defaults(clients: Clients) -> None:
    make_table(clients, "older")
    assert holders(clients, database(DATABASE)) == [IAM_DEFAULT]
    told = govern(clients, ACCOUNT, DATABASE, [DEPLOYER])
    assert told["revoked"] == [f"{DATABASE}, for new tables", DATABASE, "older"]
    assert holders(clients, database(DATABASE)) == holders(clients, table("older")) == defaults_of(clients, DATABASE) == []
    assert clients.glue.get_database(Name=DATABASE)["Database"]["Description"] == f"about {DATABASE}"


def test_other_databases_and_the_defaults_of_the_account_stay(clients: Clients) -> None:
    before = settings(clients)
    govern(clients, ACCOUNT, DATABASE, [DEPLOYER])
    assert holders(clients, database("hot_stream")) == [IAM_DEFAULT]
    assert defaults_of(clients, "hot_stream") == DEFAULT
    after = settings(clients)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"DataLakeAdmins", "Parameters"} and before.keys() == after.keys()


def test_administrators_are_added_and_none_is_lost(clients: Clients) -> None:
    assert govern(clients, ACCOUNT, DATABASE, [DEPLOYER])["settings"] == ["DataLakeAdmins", "CROSS_ACCOUNT_VERSION"]
    found = [each["DataLakePrincipalIdentifier"] for each in settings(clients)["DataLakeAdmins"]]
    assert found == [OTHER, DEPLOYER]
    assert govern(clients, ACCOUNT, DATABASE, [DEPLOYER]) == {"settings": [], "revoked": [], "proven": [DATABASE]}


def test_a_newer_version_of_sharing_is_not_set_back(clients: Clients) -> None:
    put(clients, {"Parameters": {"CROSS_ACCOUNT_VERSION": "5", "SET_CONTEXT": "TRUE"}})
    govern(clients, ACCOUNT, DATABASE, [DEPLOYER])
    assert settings(clients)["Parameters"] == {"CROSS_ACCOUNT_VERSION": "5", "SET_CONTEXT": "TRUE"}


def test_a_default_that_comes_back_is_found(clients: Clients) -> None:
    govern(clients, ACCOUNT, DATABASE, [DEPLOYER])
    make_table(clients, "to_investor")
    with pytest.raises(NotGovernedError, match=rf"{IAM_DEFAULT} still has permissions on {DATABASE}.to_investor"):
        prove(clients, ACCOUNT, DATABASE, [OTHER], "to_investor")


def test_defaults_for_new_tables_are_found(clients: Clients) -> None:
    govern(clients, ACCOUNT, DATABASE, [DEPLOYER])
    clients.glue.update_database(Name=DATABASE, DatabaseInput={"Name": DATABASE, "CreateTableDefaultPermissions": DEFAULT})
    with pytest.raises(NotGovernedError, match="new tables"):
        prove(clients, ACCOUNT, DATABASE, [OTHER])


def test_who_is_no_administrator_sees_no_grants_and_proves_nothing(clients: Clients) -> None:
    govern(clients, ACCOUNT, DATABASE, [DEPLOYER])
    put(clients, {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": OTHER}], "Parameters": {"CROSS_ACCOUNT_VERSION": "4"}})
    with pytest.raises(NotGovernedError, match=rf"{DEPLOYER} is no administrator of Lake Formation"):
        prove(clients, ACCOUNT, DATABASE, [DEPLOYER])


class Slow:
    """Lake Formation that answers page by page, and says that it revoked what is still there."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def list_permissions(self, **asked: Any) -> dict[str, Any]:
        if "NextToken" not in asked:
            return {"PrincipalResourcePermissions": [], "NextToken": "more"}
        return self._client.list_permissions(**{name: value for name, value in asked.items() if name != "NextToken"})

    def revoke_permissions(self, **_: Any) -> dict[str, Any]:
        return {}


def test_what_is_on_a_later_page_and_is_still_there_after_it_was_revoked_ends_the_deployment(clients: Clients) -> None:
    slow = clients._replace(lakeformation=Slow(clients.lakeformation))
    with pytest.raises(NotGovernedError, match=DATABASE):
        govern(slow, ACCOUNT, DATABASE, [DEPLOYER])


SUBSCRIBER, ANOTHER = "333333333333", "444444444444"


def order(action: str | None = None, **share: str) -> Any:
    told = {"name": "to-investor", "tenant": "tabcdefghij23456", "table": "to_investor", "registry": "tenants", "until": "x"}
    return {
        "catalog": ACCOUNT,
        "database": DATABASE,
        "administrators": [DEPLOYER],
        **({"share": told | {"account": SUBSCRIBER} | share, "tf": {"action": action}} if action else {}),
    }


@pytest.fixture
def governed(clients: Clients) -> Clients:
    """A governed database with the table of a share, which is its creator's as AWS makes it."""
    handler.fulfil(order(), clients)
    clients.glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "to_investor"})
    everything = ["ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"]
    give(clients, DEPLOYER, everything, everything)
    return clients


def give(clients: Clients, to: str, permissions: list[str], passing: list[str] | None = None) -> None:
    clients.lakeformation.grant_permissions(
        CatalogId=ACCOUNT,
        Principal={"DataLakePrincipalIdentifier": to},
        Resource=table("to_investor"),
        Permissions=permissions,
        PermissionsWithGrantOption=passing or [],
    )


def held(clients: Clients) -> dict[str, tuple[set[str], set[str]]]:
    """Who has what of the share's table, and may give what of it."""
    found = clients.lakeformation.list_permissions(CatalogId=ACCOUNT, Resource=table("to_investor"))
    return {
        each["Principal"]["DataLakePrincipalIdentifier"]: ({*each["Permissions"]}, {*each["PermissionsWithGrantOption"]})
        for each in found["PrincipalResourcePermissions"]
        if each["Permissions"]
    }


def revoke_in_registry(clients: Clients) -> None:
    item = {"tenant": "tabcdefghij23456", "item": "share-state#to-investor", "state": "revoked", "at": "2027-01-12"}
    clients.dynamodb.put_item(TableName="tenants", Item={name: {"S": value} for name, value in item.items()})


READ = {"SELECT", "DESCRIBE"}


def test_a_share_is_granted_to_its_subscriber_who_lets_its_own_people_read(governed: Clients) -> None:
    told = handler.fulfil(order("create"), governed)
    assert held(governed)[SUBSCRIBER] == (READ, READ)
    assert told == {"proven": [DATABASE, f"{DATABASE}.to_investor"], "granted": SUBSCRIBER, "readers": []}
    assert handler.fulfil(order("update", until="2027-06-30"), governed)["granted"] == SUBSCRIBER


def test_another_subscriber_takes_the_place_of_the_first(governed: Clients) -> None:
    handler.fulfil(order("create"), governed)
    handler.fulfil(order("update", account=ANOTHER), governed)
    assert held(governed).keys() == {ANOTHER, DEPLOYER}


def test_who_made_the_table_keeps_it_and_does_not_read_it(governed: Clients) -> None:
    handler.fulfil(order("create"), governed)
    permissions, passing = held(governed)[DEPLOYER]
    assert permissions == {"ALTER", "DESCRIBE", "DROP"} and not passing & {"ALL", "SELECT"}


class Refusing:
    """Lake Formation that refuses calls with a code, for a time or for good, and answers the rest."""

    def __init__(self, client: Any, call: str, code: str, times: int) -> None:
        self._client, self._call, self._code, self.times = client, call, code, times

    def __getattr__(self, name: str) -> Any:
        def refuse(**told: Any) -> Any:
            if self.times > 0 and told.get("Principal", {}).get("DataLakePrincipalIdentifier") != IAM_DEFAULT:
                self.times -= 1
                raise ClientError({"Error": {"Code": self._code}}, name)
            return getattr(self._client, name)(**told)

        return refuse if name == self._call else getattr(self._client, name)


def test_what_lake_formation_does_not_take_from_a_creator_is_told(governed: Clients) -> None:
    refusing = Refusing(governed.lakeformation, "revoke_permissions", "InvalidInputException", 99)
    assert handler.fulfil(order("create"), governed._replace(lakeformation=refusing))["readers"] == [DEPLOYER]


def test_a_share_that_was_revoked_is_not_granted_again_whatever_became_of_the_state(governed: Clients) -> None:
    """A refresh keeps the order in the state; one that is not in it is made: `create`."""
    revoke_in_registry(governed)
    for action in ("create", "update"):
        with pytest.raises(RevokedError, match=r"share to-investor was revoked \(2027-01-12\): take its entry out"):
            handler.fulfil(order(action), governed, sleep=unexpected)
    assert held(governed).keys() == {DEPLOYER}
    handler.fulfil(order("create", tenant="tzyxwvutsrq76543"), governed)
    assert SUBSCRIBER in held(governed)


def unexpected(_: float) -> None:
    raise AssertionError("it is no matter of time")


def test_an_entry_that_goes_takes_the_grant_with_it_be_it_revoked_or_its_table_gone(governed: Clients) -> None:
    handler.fulfil(order("create"), governed)
    give(governed, ANOTHER, ["SELECT"])
    revoke_in_registry(governed)
    assert handler.fulfil(order("delete"), governed) == {"revoked": [SUBSCRIBER, ANOTHER]}
    assert held(governed).keys() == {DEPLOYER}
    assert handler.fulfil(order("delete"), governed) == {"revoked": []}
    gone = Refusing(governed.lakeformation, "list_permissions", "EntityNotFoundException", 99)
    assert handler.fulfil(order("delete"), governed._replace(lakeformation=gone)) == {"revoked": []}


def watching(**share: str) -> Any:
    told = order("create", **({"until": "2099-01-01"} | share))
    return {**order(), "watched": [told["share"]]}


def test_the_clock_finds_nothing_where_all_is_as_it_should_be(governed: Clients) -> None:
    handler.fulfil(order("create"), governed)
    assert handler.fulfil(watching(), governed)["ended"] == []
    assert held(governed)[SUBSCRIBER] == (READ, READ)


def test_the_clock_takes_the_grant_of_a_share_whose_day_has_passed(governed: Clients) -> None:
    handler.fulfil(order("create"), governed)
    told = handler.fulfil(watching(until="2020-01-01"), governed)
    assert told["ended"] == [f"{DATABASE}.to_investor was granted to {SUBSCRIBER}"]
    assert held(governed).keys() == {DEPLOYER}


@pytest.mark.parametrize("how", ["revoked", "another", "no entry", "default"])
def test_the_clock_tells_who_has_what_nobody_should_have_and_takes_it(governed: Clients, how: str) -> None:
    handler.fulfil(order("create"), governed)
    told: Any = watching()
    expected = {DEPLOYER, SUBSCRIBER}
    if how == "revoked":
        revoke_in_registry(governed)
        expected = {DEPLOYER}
    elif how == "another":
        give(governed, ANOTHER, ["SELECT"])
    elif how == "no entry":
        told, expected = {**told, "watched": []}, {DEPLOYER}
    else:
        give(governed, IAM_DEFAULT, ["ALL"])
        # What a deployment would not do again: its order has not changed.
    with pytest.raises(NotGovernedError, match="to_investor"):
        handler.fulfil(told, governed)
    assert held(governed).keys() == expected


def test_the_clock_puts_back_what_the_database_and_the_settings_have_lost_and_tells_it(governed: Clients) -> None:
    handler.fulfil(order("create"), governed)
    governed.glue.update_database(Name=DATABASE, DatabaseInput={"Name": DATABASE, "CreateTableDefaultPermissions": DEFAULT})
    put(governed, {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": OTHER}], "Parameters": {"CROSS_ACCOUNT_VERSION": "1"}})
    with pytest.raises(NotGovernedError, match=f"{DATABASE}, for new tables was open.*DataLakeAdmins.*CROSS_ACCOUNT_VERSION"):
        handler.fulfil(watching(), governed)
    assert defaults_of(governed, DATABASE) == []
    assert handler.fulfil(watching(), governed)["ended"] == []


class Related:
    """Lake Formation with a grant on a filter of the table's cells, which it lists where it is asked for: moto knows none."""

    def __init__(self, client: Any) -> None:
        where = {"TableCatalogId": ACCOUNT, "DatabaseName": DATABASE, "TableName": "to_investor", "Name": "f"}
        self._client, self.filters = client, [{"DataCellsFilter": where}]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def list_permissions(self, **asked: Any) -> dict[str, Any]:
        found = self._client.list_permissions(**asked)
        if asked.get("IncludeRelated") == "TRUE" and asked["Resource"] == table("to_investor"):
            found["PrincipalResourcePermissions"] += [
                {"Principal": {"DataLakePrincipalIdentifier": ANOTHER}, "Resource": each, "Permissions": ["SELECT"]}
                for each in self.filters
            ]
        return found

    def revoke_permissions(self, **told: Any) -> Any:
        if told["Resource"] in self.filters:
            self.filters.remove(told["Resource"])
            return {}
        return self._client.revoke_permissions(**told)


def test_a_grant_on_a_filter_of_cells_is_found_and_taken_as_it_is_listed(governed: Clients) -> None:
    handler.fulfil(order("create"), governed)
    related = Related(governed.lakeformation)
    with pytest.raises(NotGovernedError, match=f"to_investor was granted to {ANOTHER}"):
        handler.fulfil(watching(), governed._replace(lakeformation=related))
    assert related.filters == []


def test_a_new_role_is_waited_for_and_not_for_ever(clients: Clients) -> None:
    waited: list[float] = []
    late = Refusing(clients.lakeformation, "put_data_lake_settings", "InvalidInputException", 3)
    assert handler.fulfil(order(), clients._replace(lakeformation=late), sleep=waited.append)["settings"]
    assert len(waited) == 3
    never = Refusing(clients.lakeformation, "get_data_lake_settings", "AccessDeniedException", 99)
    with pytest.raises(ClientError):
        handler.fulfil(order(), clients._replace(lakeformation=never), sleep=waited.append)
    # Lambda ends a run after `TIMEOUT_SECONDS`.
    assert sum(waited[3:]) <= TIMEOUT_SECONDS / 2
    broken = Refusing(clients.lakeformation, "get_data_lake_settings", "InternalServiceException", 1)
    with pytest.raises(ClientError):
        handler.fulfil(order(), clients._replace(lakeformation=broken), sleep=unexpected)


def test_the_entry_point_asks_the_services_of_aws(clients: Clients) -> None:
    assert handler.handle(order(), None)["proven"] == [DATABASE]
    assert clients
