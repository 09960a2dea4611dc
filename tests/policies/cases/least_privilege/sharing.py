"""Cases of policies/controls/least_privilege/sharing.py."""

from typing import Any

from tests.policies.given.least_privilege.common import OWN, ROLE_ARN
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

SETTINGS, GRANT = "aws:lakeformation/dataLakeSettings:DataLakeSettings", "aws:lakeformation/permissions:Permissions"
DATABASE, RAM = "aws:glue/catalogDatabase:CatalogDatabase", "aws:ram/resourceShare:ResourceShare"
OTHER = "333333333333"
DEFAULT = "IAM_ALLOWED_PRINCIPALS"
IDENTIFIED = {"dataLakePrincipalIdentifier": DEFAULT}
ORGANISATION = f"arn:aws:organizations::{OTHER}:organization/o-abc"
READS = {"permissions": ["SELECT", "DESCRIBE"]}


HOME = {"region": "us-east-2", "allowedAccountIds": [OWN]}


def ours(token: str, **inputs: Any) -> list[Planned]:
    """A resource of a stack that says which account is its own."""
    return [planned(token, **inputs).with_provider(HOME)]


def default(prop: str, principal: Any = DEFAULT) -> dict[str, Any]:
    return {prop: [{"permissions": ["ALL"], "principal": principal}]}


def version(number: Any) -> dict[str, Any]:
    """The version of sharing in the settings."""
    return {"parameters": {"CROSS_ACCOUNT_VERSION": number}}


def granted(tags: Any = None, database: Any = None, **changes: Any) -> list[Planned]:
    """A grant to another account on a table of a database with those tags."""
    there = planned(DATABASE, "products", name="products", tags={"Sharing": "products"} if tags is None else tags)
    table = {"databaseName": database or ref(DATABASE, "products"), "name": "to_investor"}
    return [there, planned(GRANT, **({"principal": OTHER, "table": table, **READS} | changes)).with_provider(HOME)]


CASES: dict[str, Cases] = {
    "lake-defaults-revoked": Cases(
        token=SETTINGS,
        fails=[
            default("createTableDefaultPermissions"),
            default("createDatabaseDefaultPermissions"),
            ours(DATABASE, tags={"Sharing": "products"}, **default("createTableDefaultPermissions", IDENTIFIED)),
        ],
        passes=[{}, {"admins": [ROLE_ARN]}, default("createTableDefaultPermissions", ROLE_ARN)],
        unknown=[default("createTableDefaultPermissions", UNKNOWN)],
    ),
    "lake-settings-closed": Cases(
        token=SETTINGS,
        fails=[
            {"allowExternalDataFiltering": True},
            {"allowFullTableExternalDataAccess": True},
            ours(SETTINGS, admins=[f"arn:aws:iam::{OTHER}:role/analyst"]),
            ours(SETTINGS, readOnlyAdmins=[ROLE_ARN, f"arn:aws:iam::{OTHER}:role/analyst"]),
            ours(SETTINGS, trustedResourceOwners=[OTHER]),
        ],
        passes=[
            {},
            ours(SETTINGS, admins=[ROLE_ARN], allowExternalDataFiltering=False),
            ours(SETTINGS, trustedResourceOwners=[OWN]),
        ],
        unknown=[
            {"allowExternalDataFiltering": UNKNOWN},
            ours(SETTINGS, admins=[UNKNOWN]),
            {"admins": [ROLE_ARN]},  # of whose account nobody says
        ],
    ),
    "lake-settings-whole": Cases(
        token=SETTINGS,
        fails=[
            {},
            {"admins": [ROLE_ARN]},
            {"admins": [ROLE_ARN], **version("3")},
            {"admins": [ROLE_ARN], **version("newest")},
            {"admins": [], **version("4")},
            version("4"),
        ],
        passes=[{"admins": [ROLE_ARN], **version("4")}, {"admins": [UNKNOWN], **version("10")}],
        unknown=[{"admins": UNKNOWN, **version("4")}, {"admins": [ROLE_ARN], **version(UNKNOWN)}],
    ),
    "lake-database-empty-default": Cases(
        token=DATABASE,
        fails=[{"createTableDefaultPermissions": []}],
        passes=[{}, {"createTableDefaultPermissions": [{"permissions": ["ALL"]}]}],
        unknown=[{"createTableDefaultPermissions": UNKNOWN}],
    ),
    "lake-grant-not-to-all": Cases(
        token=GRANT,
        fails=[{"principal": DEFAULT, **READS}, {"principal": f"{OWN}:IAMPrincipals", **READS}],
        passes=[{"principal": ROLE_ARN, **READS}, {"principal": OTHER, **READS}],
        unknown=[{"principal": UNKNOWN, **READS}],
    ),
    "lake-grant-products-only": Cases(
        token=GRANT,
        fails=[
            granted(tags={}),
            granted(tags={"Sharing": "curated"}),
            granted(database="elsewhere"),
            granted(permissions=["SELECT", "INSERT"]),
            granted(permissions=["ALL"]),
            granted(permissionsWithGrantOptions=["ALL"]),
            granted(permissionsWithGrantOptions=["SELECT", "ALTER"]),
            granted(principal=f"arn:aws:iam::{OTHER}:role/analyst", permissionsWithGrantOptions=["SELECT"]),
            granted(principal=ORGANISATION, permissionsWithGrantOptions=["SELECT"]),
            granted(table={"databaseName": ref(DATABASE, "products"), "wildcard": True}),
            granted(table=None, database_={"name": "products"}),
            granted(principal=f"arn:aws:iam::{OTHER}:role/analyst", tags={}),
            granted(principal=ORGANISATION, tags={}),
            granted(principal=f"arn:aws:quicksight:us-east-2:{OTHER}:user/default/x", tags={}),
        ],
        passes=[
            granted(),
            granted(permissionsWithGrantOptions=[]),
            granted(permissionsWithGrantOptions=["SELECT", "DESCRIBE"]),
            granted(principal=f"arn:aws:iam::{OTHER}:role/analyst"),
            granted(principal=ROLE_ARN, tags={}, permissions=["ALL"], permissionsWithGrantOptions=["ALL"]),
            granted(principal=OWN, tags={}),
        ],
        unknown=[
            granted(principal=UNKNOWN),
            granted(database=UNKNOWN),
            granted(permissions=[UNKNOWN]),
            granted(permissionsWithGrantOptions=UNKNOWN),
            granted(tags=UNKNOWN),
        ],
    ),
    "ram-shares-nothing-abroad": Cases(
        token=RAM,
        fails=[{"allowExternalPrincipals": True}],
        passes=[{}, {"allowExternalPrincipals": False}],
        unknown=[{"allowExternalPrincipals": UNKNOWN}],
    ),
}
