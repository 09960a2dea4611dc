"""Takes a database out of the defaults under which IAM alone decides, grants its tables, and looks whether that holds.

Pulumi cannot: its provider sends no empty list, clears what it is not told of, and makes again what somebody revoked
(docs/decisions/data-products.md).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, TypedDict

from botocore.exceptions import ClientError

READ: Final = ("SELECT", "DESCRIBE")
"""What a subscriber gets of a table."""
_DATA: Final = ("ALL", "SELECT", "INSERT", "DELETE")
"""What opens the rows of a table, and what keeping it does not take."""
_KEEP: Final = ("ALTER", "DESCRIBE", "DROP")
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


class ShareOrder(TypedDict):
    """The share that is granted.

    Attributes:
        name: Its name.
        tenant: Id of the tenant whose data it is.
        table: Its table in the database.
        account: Whom it is granted.
        registry: Name of the table of tenants, which knows the shares that were revoked.
        until: Its last day; another one makes another order, so that it is looked at again.
    """

    name: str
    tenant: str
    table: str
    account: str
    registry: str
    until: str


class NotGovernedError(Exception):
    """The database is still open to whom IAM lets in, or a table to others than its subscriber."""


class RevokedError(Exception):
    """The share was revoked: it is not granted again."""


def govern(clients: Clients, catalog: str, database: str, administrators: Sequence[str]) -> dict[str, Any]:
    """Make the roles administrators, take the database and its tables out of IAM's defaults, and prove it.

    Everything else in the settings of Lake Formation stays as it is: other databases of the account may rest on it.
    """
    changed = _settings(clients.lakeformation, catalog, administrators)
    found = clients.glue.get_database(CatalogId=catalog, Name=database)["Database"]
    new = [f"{database}, for new tables"] if found.get("CreateTableDefaultPermissions") else []
    if found.get("CreateTableDefaultPermissions"):
        kept = ("Description", "LocationUri", "Parameters")
        told = {name: found[name] for name in kept if name in found}
        clients.glue.update_database(
            CatalogId=catalog, Name=database, DatabaseInput={"Name": database, **told, "CreateTableDefaultPermissions": []}
        )
    tables = [each["Name"] for each in _tables(clients.glue, catalog, database)]
    revoked = [
        *new,
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


def grant(clients: Clients, catalog: str, database: str, table: str, account: str) -> dict[str, Any]:
    """Let another account read a table, and nobody else: what stands for others is revoked.

    With the grant option, without which that account's administrators could let nobody read; to a third account they can grant
    nothing: docs.aws.amazon.com/lake-formation/latest/dg/regranting-shared-resources.html

    Raises:
        NotGovernedError: where afterwards anybody else of another account has it, or the account has it not.
    """
    lakeformation, resource = clients.lakeformation, _table(catalog, database, table)
    lakeformation.grant_permissions(
        CatalogId=catalog,
        Principal={"DataLakePrincipalIdentifier": account},
        Resource=resource,
        Permissions=[*READ],
        PermissionsWithGrantOption=[*READ],
    )
    _revoke_foreign(lakeformation, catalog, resource, besides=account)
    found = _foreign(lakeformation, catalog, resource)
    if {_principal(each) for each in found} != {account}:
        holders = ", ".join(sorted({_principal(each) for each in found})) or "nobody"
        raise NotGovernedError(f"{database}.{table} is granted to {holders}; expected {account}")
    return {"granted": account, "readers": _take_rows_from_own(lakeformation, catalog, resource)}


def close(clients: Clients, catalog: str, database: str, table: str) -> dict[str, Any]:
    """Revoke what other accounts have of a table; one that is gone is granted to nobody.

    Raises:
        NotGovernedError: where any of them still has it.
    """
    resource = _table(catalog, database, table)
    revoked = _revoke_foreign(clients.lakeformation, catalog, resource)
    if left := _foreign(clients.lakeformation, catalog, resource):
        raise NotGovernedError(f"{database}.{table} is still granted to {', '.join(map(_principal, left))}")
    return {"revoked": revoked}


def watch(
    clients: Clients, catalog: str, database: str, administrators: Sequence[str], shares: Sequence[ShareOrder], *, today: str
) -> dict[str, Any]:
    """Look whether the shares that stand, and nobody else, are granted a table; what is over is revoked.

    Raises:
        NotGovernedError: naming everything that IAM alone opened, or that somebody had who should not. It is closed by then.
    """
    tables = [each["Name"] for each in _tables(clients.glue, catalog, database)]
    proof = govern(clients, catalog, database, administrators)
    mended = [f"{each} was open to whom IAM lets in" for each in proof["revoked"]]
    mended += [f"the settings of Lake Formation lacked what is needed in {each}" for each in proof["settings"]]
    known = {share["table"]: share for share in shares}
    wrong = mended
    ended: list[str] = []
    for table in tables:
        share, resource = known.get(table), _table(catalog, database, table)
        revoked = share is not None and _revocation(clients.dynamodb, share) is not None
        stands = share is not None and not revoked and today <= share["until"]
        others = _revoke_foreign(clients.lakeformation, catalog, resource, besides=share["account"] if share and stands else "")
        # That a day has come is no fault: IAM refuses from then on, and this takes the name off the list.
        day_came = share is not None and not revoked and not stands
        (ended if day_came else wrong).extend(f"{database}.{table} was granted to {each}" for each in others)
    if wrong:
        raise NotGovernedError(f"{'; '.join(wrong)}: that should not be, and is mended now; look who did it")
    return {"proven": proof["proven"], "ended": ended}


def expect_not_revoked(dynamodb: Any, share: ShareOrder) -> None:
    """Refuse to open again what `dataconnect share revoke` has closed.

    Raises:
        RevokedError: where the registry says so.
    """
    if found := _revocation(dynamodb, share):
        raise RevokedError(
            f"share {share['name']} was revoked ({found.get('at', {}).get('S', 'some time ago')}): take its entry out of"
            " dataconnect:shares; a new grant is a new entry with a name of its own"
        )


def _revocation(dynamodb: Any, share: ShareOrder) -> dict[str, Any] | None:
    """What the registry says of the end of a share; None where it stands."""
    key = {"tenant": {"S": share["tenant"]}, "item": {"S": f"share-state#{share['name']}"}}
    return dynamodb.get_item(TableName=share["registry"], Key=key, ConsistentRead=True).get("Item")


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


def _listed(lakeformation: Any, catalog: str, resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Who may do what with a resource; nobody, where it is gone."""
    # Of a table with its columns and its filters of cells, which are granted for themselves.
    related = {"IncludeRelated": "TRUE"} if "Table" in resource else {}
    asked: dict[str, Any] = {"CatalogId": catalog, "Resource": resource, **related}
    while True:
        try:
            answer = lakeformation.list_permissions(**asked)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "EntityNotFoundException":
                raise
            return
        yield from answer.get("PrincipalResourcePermissions", ())
        if not answer.get("NextToken"):
            return
        asked["NextToken"] = answer["NextToken"]


def _principal(permission: dict[str, Any]) -> str:
    return permission["Principal"]["DataLakePrincipalIdentifier"]


def _defaults(lakeformation: Any, catalog: str, resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What IAM's default principal may do with a resource."""
    return (each for each in _listed(lakeformation, catalog, resource) if _principal(each) == IAM_DEFAULT)


def _foreign(lakeformation: Any, catalog: str, resource: dict[str, Any]) -> list[dict[str, Any]]:
    """What others than principals of this account may do with a resource."""

    def own(principal: str) -> bool:
        return principal in (IAM_DEFAULT, catalog) or f":iam::{catalog}:" in principal

    return [each for each in _listed(lakeformation, catalog, resource) if not own(_principal(each))]


def _take(lakeformation: Any, catalog: str, held: dict[str, Any], *only: str) -> None:
    """Revoke what somebody holds, or only these of it."""
    lakeformation.revoke_permissions(
        CatalogId=catalog,
        Principal=held["Principal"],
        Resource=held["Resource"],
        Permissions=[each for each in held["Permissions"] if not only or each in only],
        PermissionsWithGrantOption=[each for each in held.get("PermissionsWithGrantOption", ()) if not only or each in only],
    )


def _revoke_foreign(lakeformation: Any, catalog: str, resource: dict[str, Any], *, besides: str = "") -> list[str]:
    """Revoke what other accounts have of a resource; whose it was."""
    found = [each for each in _foreign(lakeformation, catalog, resource) if _principal(each) != besides]
    for each in found:
        _take(lakeformation, catalog, each)
    return sorted(map(_principal, found))


def _take_rows_from_own(lakeformation: Any, catalog: str, resource: dict[str, Any]) -> list[str]:
    """Leave to who made a table what keeping it takes, and not its rows; who has them all the same.

    Lake Formation gives a table's creator everything, and does not always let go of what it gave by itself
    (github.com/hashicorp/terraform-provider-aws/issues/35160).
    """
    left: list[str] = []
    for each in list(_listed(lakeformation, catalog, resource)):
        if f":iam::{catalog}:" not in _principal(each) or not {*_DATA} & {*each["Permissions"]}:
            continue
        try:
            _take(lakeformation, catalog, each, *_DATA)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "InvalidInputException":
                raise
            left.append(_principal(each))
        else:
            lakeformation.grant_permissions(
                CatalogId=catalog, Principal=each["Principal"], Resource=resource, Permissions=[*_KEEP]
            )
    return sorted({*left})


def _revoke(lakeformation: Any, catalog: str, resource: dict[str, Any]) -> list[str]:
    """Take from IAM's default principal what it may do with a resource; the resource's name, where there was something."""
    found = list(_defaults(lakeformation, catalog, resource))
    for each in found:
        _take(lakeformation, catalog, each)
    return [each["Name"] for each in resource.values()] if found else []
