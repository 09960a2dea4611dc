"""What leaves the account: tables of products, by Lake Formation, to be read; nothing else, and by no other way."""

import re
from typing import Final

from policies.controls.least_privilege.abroad import is_abroad
from policies.controls.least_privilege.tenants import tag
from policies.kit.checks import is_not
from policies.kit.references import targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_bool, as_list, read

rules: Final = Rules("least_privilege")

_DEFAULT: Final = "IAM_ALLOWED_PRINCIPALS"
_SETTINGS: Final = "lakeformation/dataLakeSettings"
_GRANT: Final = "lakeformation/permissions"
_DATABASE: Final = "glue/catalogDatabase"
_TAG, _PRODUCTS = "sharing", "products"
# docs.aws.amazon.com/lake-formation/latest/dg/optimize-ram.html
_VERSION, _LEAST_VERSION = "CROSS_ACCOUNT_VERSION", 4
_READ: Final = ("SELECT", "DESCRIBE")


@rules.rule("lake-defaults-revoked", "C240", f"{_SETTINGS} {_DATABASE}")
def _defaults(settings: Resource) -> Answers:
    """New databases and tables are not everybody's whom IAM lets in.

    Remove the entries for IAM_ALLOWED_PRINCIPALS; grant them on the databases that are to be left to IAM.
    """
    for prop in ("createDatabaseDefaultPermissions", "createTableDefaultPermissions"):
        for path, entry in settings.each(f"{prop}[]"):
            principal = read(entry, "principal") if isinstance(entry, dict) else entry
            if isinstance(principal, dict):
                principal = read(principal, "dataLakePrincipalIdentifier")
            if principal is UNKNOWN:
                yield NOT_JUDGED
            elif principal == _DEFAULT:
                yield Finding(path, principal, "no entry for it", detail=prop)


@rules.rule("lake-settings-closed", "C240", _SETTINGS)
def _closed(settings: Resource) -> Answers:
    """Lake Formation filters data itself: no engine outside gets whole tables, no other account administers.

    Set allowExternalDataFiltering and allowFullTableExternalDataAccess to false; name roles of this account only.
    """
    for prop in ("allowExternalDataFiltering", "allowFullTableExternalDataAccess"):
        value = settings.get(prop)
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif as_bool(value):
            yield Finding(prop, value, "false", detail=prop)
    for prop in ("admins", "readOnlyAdmins", "trustedResourceOwners"):
        for path, value in settings.each(f"{prop}[]"):
            abroad = is_abroad(settings, value)
            if abroad is UNKNOWN:
                yield NOT_JUDGED
            elif abroad:
                yield Finding(path, value, "a principal of this account", detail=str(value))


@rules.rule("lake-settings-whole", "C240", _SETTINGS)
def _whole(settings: Resource) -> Answers:
    """The settings name who administers, and a version of sharing that keeps IAM's defaults out: what is left out, AWS clears.

    Set admins, and parameters.CROSS_ACCOUNT_VERSION to "4" or more: an account begins with 1, and falls back to it.
    """
    admins, version = settings.get("admins"), settings.get(f"parameters.{_VERSION}")
    if admins is UNKNOWN or version is UNKNOWN:
        yield NOT_JUDGED
    if admins is not UNKNOWN and not as_list(admins):
        yield Finding("admins", admins, "the roles that administer, all of them", detail="admins")
    if version is not UNKNOWN and not (str(version).isdecimal() and int(str(version)) >= _LEAST_VERSION):
        yield Finding(f"parameters.{_VERSION}", version, f"{_LEAST_VERSION} or more", detail=_VERSION)


@rules.rule("lake-database-empty-default", "C240", _DATABASE)
def _not_sent(database: Resource) -> Answers:
    """A database does not rest on an empty list of default permissions: the provider does not send it, and the default stays.

    Remove createTableDefaultPermissions, and revoke IAM_ALLOWED_PRINCIPALS by a call of the API (glue.UpdateDatabase).
    """
    value = database.get("createTableDefaultPermissions")
    if value is UNKNOWN:
        yield NOT_JUDGED
    elif value == []:
        yield Finding("createTableDefaultPermissions", value, "a list with entries, or none", detail="empty")


@rules.rule("lake-grant-not-to-all", "C240", _GRANT)
def _not_to_all(grant: Resource) -> Answers:
    """Nothing is granted to everybody whom IAM lets in.

    Name the role that is to have the permission.
    """
    principal = grant.get("principal")
    if principal is UNKNOWN:
        yield NOT_JUDGED
    elif re.fullmatch(rf"{_DEFAULT}|.*:IAMPrincipals", str(principal)):
        yield Finding("principal", principal, "a role", detail=str(principal))


@rules.rule("lake-grant-products-only", "C241", _GRANT, needs_stack=True)
def _products_only(grant: Resource) -> Answers:
    """Another account is granted a named table of a database that is tagged Sharing: products, to be read there and not beyond.

    Grant SELECT and DESCRIBE on table.name of such a database; permissionsWithGrantOptions no more, to a whole account only:
    its administrators let its own principals read, and cannot grant to a third account.
    """
    abroad = is_abroad(grant, grant.get("principal"))
    if abroad is UNKNOWN:
        yield NOT_JUDGED
    if abroad is UNKNOWN or not abroad:
        return
    account = bool(re.fullmatch(r"\d{12}", str(grant.get("principal"))))
    for prop, allowed in (("permissions", _READ), ("permissionsWithGrantOptions", _READ if account else ())):
        if grant.get(prop) is UNKNOWN:
            yield NOT_JUDGED
        for path, permission in grant.each(f"{prop}[]"):
            if permission is UNKNOWN:
                yield NOT_JUDGED
            elif permission not in allowed:
                yield Finding(path, permission, " or ".join(allowed) or "none: it is no account", detail=f"{prop} {permission}")
    if grant.get("table") is None or as_bool(grant.get("table.wildcard")):
        yield Finding("table", grant.get("table"), "one table by its name", detail="table")
        return
    databases = targets(grant, "table.databaseName", _DATABASE)
    tags = [tag(each, _TAG) for each in databases]
    if any(each is UNKNOWN for each in tags) or (not databases and grant.get("table.databaseName") is UNKNOWN):
        yield NOT_JUDGED
    elif not databases or any(each != _PRODUCTS for each in tags):
        found = databases[0].name if databases else grant.get("table.databaseName")
        yield Finding("table.databaseName", found, "a database of this stack with the tag Sharing: products", detail=str(found))


rules.named("ram-shares-nothing-abroad", "C242", "ram/resourceShare").add(
    is_not("allowExternalPrincipals", True, "false"),
    description="No resource share of RAM reaches beyond the organisation: Lake Formation makes those of products.",
    remediation="Set allowExternalPrincipals: false.",
)
