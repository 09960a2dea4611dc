"""Takes a database and its tables out of the defaults under which IAM alone decides, and looks whether that holds.

Pulumi cannot: its provider sends no empty list, and clears what it is not told of (docs/decisions/data-products.md).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

IAM_DEFAULT: Final = "IAM_ALLOWED_PRINCIPALS"
"""Whom Lake Formation lets do everything by default: everybody whom IAM lets."""
VERSION: Final = "CROSS_ACCOUNT_VERSION"
LEAST_VERSION: Final = 4
"""docs.aws.amazon.com/lake-formation/latest/dg/optimize-ram.html: from 3 on a grant may be shared in full, 4 is the newest that
knows hybrid databases. One that is higher stays."""


class Clients(NamedTuple):
    """boto3's, which have no types."""

    lakeformation: Any
    glue: Any
    dynamodb: Any


class NotGovernedError(Exception):
    """The database is still open to whom IAM lets in, or a share must not be granted."""


def govern(clients: Clients, catalog: str, database: str, administrators: Sequence[str]) -> dict[str, Any]:
    """Make the roles administrators, take the database and its tables out of IAM's defaults, and prove it.

    Everything else in the settings of Lake Formation stays as it is: other databases of the account may rest on it.
    """
    changed = _settings(clients.lakeformation, catalog, administrators)
    found = clients.glue.get_database(CatalogId=catalog, Name=database)["Database"]
    if found.get("CreateTableDefaultPermissions"):
        kept = ("Description", "LocationUri", "Parameters")
        told = {name: found[name] for name in kept if name in found}
        clients.glue.update_database(
            CatalogId=catalog, Name=database, DatabaseInput={"Name": database, **told, "CreateTableDefaultPermissions": []}
        )
    tables = [each["Name"] for each in _tables(clients.glue, catalog, database)]
    revoked = [
        *_revoke(clients.lakeformation, catalog, {"Database": {"CatalogId": catalog, "Name": database}}),
        *(each for table in tables for each in _revoke(clients.lakeformation, catalog, _table(catalog, database, table))),
    ]
    return {"settings": changed, "revoked": revoked, **prove(clients, catalog, database, administrators, *tables)}


def prove(clients: Clients, catalog: str, database: str, administrators: Sequence[str], *tables: str) -> dict[str, Any]:
    """What shows that IAM alone opens neither the database nor these tables.

    Raises:
        NotGovernedError: where it does, or where one of the administrators, whom the caller is among, is none: Lake Formation
            tells others only of what they are granted themselves, and an empty list would prove nothing.
    """
    settings = clients.lakeformation.get_data_lake_settings(CatalogId=catalog)["DataLakeSettings"]
    known = [each["DataLakePrincipalIdentifier"] for each in settings.get("DataLakeAdmins", ())]
    if missing := [arn for arn in administrators if arn not in known]:
        raise NotGovernedError(f"{', '.join(missing)} is no administrator of Lake Formation; expected a run that makes it one")
    found = clients.glue.get_database(CatalogId=catalog, Name=database)["Database"]
    open_to = [f"new tables of {database}"] if found.get("CreateTableDefaultPermissions") else []
    resources = {
        database: {"Database": {"CatalogId": catalog, "Name": database}},
        **{f"{database}.{table}": _table(catalog, database, table) for table in tables},
    }
    for name, resource in resources.items():
        if any(True for _ in _defaults(clients.lakeformation, catalog, resource)):
            open_to.append(name)
    version = int(settings["Parameters"][VERSION])
    if version < LEAST_VERSION:
        raise NotGovernedError(f"{VERSION} is {version}; expected {LEAST_VERSION} or more")
    if open_to:
        raise NotGovernedError(f"{IAM_DEFAULT} still has permissions on {', '.join(open_to)}")
    return {"proven": sorted(resources)}


def expect_not_revoked(dynamodb: Any, registry: str, tenant: str, share: str) -> None:
    """Refuse to open again what `dataconnect share revoke` has closed.

    Raises:
        NotGovernedError: where the registry says so.
    """
    key = {"tenant": {"S": tenant}, "item": {"S": f"share-state#{share}"}}
    found = dynamodb.get_item(TableName=registry, Key=key, ConsistentRead=True).get("Item")
    if found:
        raise NotGovernedError(
            f"share {share} was revoked ({found.get('at', {}).get('S', 'some time ago')}): take its entry out of"
            " dataconnect:shares; a new grant is a new entry with a name of its own"
        )


def _settings(lakeformation: Any, catalog: str, administrators: Sequence[str]) -> list[str]:
    """Add to the settings what is missing; names of what was changed."""
    settings = lakeformation.get_data_lake_settings(CatalogId=catalog)["DataLakeSettings"]
    known = [each["DataLakePrincipalIdentifier"] for each in settings.get("DataLakeAdmins", ())]
    missing = [arn for arn in administrators if arn not in known]
    parameters = settings.get("Parameters", {})
    old = int(parameters.get(VERSION, 1)) < LEAST_VERSION
    if not missing and not old:
        return []
    admins = [{"DataLakePrincipalIdentifier": arn} for arn in (*known, *missing)]
    told = {**parameters, **({VERSION: str(LEAST_VERSION)} if old else {})}
    # All of them: what is left out, AWS clears.
    changed = {**settings, "DataLakeAdmins": admins, "Parameters": told}
    lakeformation.put_data_lake_settings(CatalogId=catalog, DataLakeSettings=changed)
    return [*(["DataLakeAdmins"] if missing else []), *([VERSION] if old else [])]


def _tables(glue: Any, catalog: str, database: str) -> Iterator[dict[str, Any]]:
    for page in glue.get_paginator("get_tables").paginate(CatalogId=catalog, DatabaseName=database):
        yield from page["TableList"]


def _table(catalog: str, database: str, table: str) -> dict[str, Any]:
    return {"Table": {"CatalogId": catalog, "DatabaseName": database, "Name": table}}


def _defaults(lakeformation: Any, catalog: str, resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What IAM's default principal may do with a resource."""
    asked: dict[str, Any] = {"CatalogId": catalog, "Resource": resource}
    while True:
        answer = lakeformation.list_permissions(**asked)
        for each in answer.get("PrincipalResourcePermissions", ()):
            if each["Principal"]["DataLakePrincipalIdentifier"] == IAM_DEFAULT:
                yield each
        if not answer.get("NextToken"):
            return
        asked["NextToken"] = answer["NextToken"]


def _revoke(lakeformation: Any, catalog: str, resource: dict[str, Any]) -> list[str]:
    found = list(_defaults(lakeformation, catalog, resource))
    for each in found:
        lakeformation.revoke_permissions(
            CatalogId=catalog,
            Principal={"DataLakePrincipalIdentifier": IAM_DEFAULT},
            Resource=resource,
            Permissions=each["Permissions"],
        )
    return [each["Name"] for each in resource.values()] if found else []
