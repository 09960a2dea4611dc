"""The place of products, and what one share lets its subscriber read, until when, and by whom it is closed."""

import json
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.links import Link
from components.data.product_spec import AggregateSpec, ProductSpec, ShareSpec
from components.data.products import Products, ProductsArgs, source
from components.data.share import Share, ShareArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of, statements_of

REGION = "us-east-2"
TENANT = "tabcdefghij23456"
OPERATOR = f"arn:aws:iam::{ACCOUNT}:role/operator"
ADMINISTRATORS = (f"arn:aws:iam::{ACCOUNT}:role/deploy", f"arn:aws:iam::{ACCOUNT}:role/sso_*")
BOOK = ProductSpec(dataset="loans", columns=("state", "amount_cents"), description="Loans as they stand")
SPEC = ShareSpec(product="loan-book", tenant=TENANT, account="333333333333", since="2026-12-01", until="2027-03-31")
FOLDER = f"tenant={TENANT}/product=loan-book/share=to-investor/"
END = "2027-04-01T00:00:00Z"

KEY, ROLE, POLICY = "aws:kms/key:Key", "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
LOCATION = "aws:lakeformation/resource:Resource"
INVOCATION, TABLE = "aws:lambda/invocation:Invocation", "aws:glue/catalogTable:CatalogTable"


def products(**changes: Any) -> Products:
    own: dict[str, Any] = {
        "here": here(REGION, tenant_operators=(OPERATOR,)),
        "products": {"loan-book": BOOK},
        "key_arn": kms_key(REGION),
        "log_bucket": "logs",
        "database_name": "dataconnect_test_products",
        "administrators": ADMINISTRATORS,
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-b"],
        "registry": Link(),
    }
    return Products("products", ProductsArgs(**(own | changes)))


def share(**changes: Any) -> Share:
    own: dict[str, Any] = {
        "here": here(REGION, tenant_operators=(OPERATOR,)),
        "share": "to-investor",
        "spec": SPEC,
        "product": BOOK,
        "columns": {"state": "string", "amount_cents": "bigint"},
        "products": products(),
        "administrators": ADMINISTRATORS,
        "registry": "tenants",
    }
    return Share("share-to-investor", ShareArgs(**(own | changes)))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: share(**changes))


def statements(document: dict[str, Any]) -> dict[str, Any]:
    return {each.get("Sid", ""): each for each in document["Statement"]}


def test_everything_is_in_its_region() -> None:
    assert children_without_region(declare(), REGION) == []


def test_the_function_is_told_whom_it_grants_what_and_asks_the_registry() -> None:
    grant = declare().one(INVOCATION, "share-to-investor-grant")
    order = json.loads(grant.inputs["input"])
    assert order.pop("share") == {
        "name": "to-investor",
        "tenant": TENANT,
        "table": "to_investor",
        "account": "333333333333",
        "registry": "tenants",
        "until": "2027-03-31",
    }
    # Itself alone as administrator: another deployer is no other grant.
    assert order.keys() == {"catalog", "database", "administrators"}
    assert [arn.rpartition(":")[2] for arn in order["administrators"]] == ["products"]


def test_nothing_is_granted_by_a_resource_that_a_refresh_would_drop_and_an_up_make_again() -> None:
    assert [each.token for each in declare().aws() if each.token.startswith("aws:lakeformation/")] == [LOCATION]


def test_a_grant_is_revoked_before_its_table_goes_and_code_alone_grants_nothing() -> None:
    grant = declare().one(INVOCATION, "share-to-investor-grant")
    assert grant.inputs["lifecycleScope"] == "CRUD" and "triggers" not in grant.inputs
    assert grant.depends_on("share-to-investor-table") and grant.depends_on("products-governed")


def test_the_database_is_taken_out_of_the_defaults_again_with_each_change_of_it_or_of_the_function() -> None:
    declared = declare()
    governed = declared.one(INVOCATION, "products-governed").inputs
    assert json.loads(governed["input"]) == {
        "catalog": ACCOUNT,
        "database": "dataconnect_test_products",
        # Lake Formation takes no pattern; and itself: others are not told of every grant.
        "administrators": [ADMINISTRATORS[0], json.loads(governed["input"])["administrators"][1]],
    }
    assert json.loads(governed["input"])["administrators"][1].endswith("products")
    database = declared.one("aws:glue/catalogDatabase:CatalogDatabase").inputs
    sent = {name: value for name, value in database.items() if name not in ("name", "region", "tags")}
    assert sent == {"description": governed["triggers"]["database"]}
    assert declared.one(TABLE).depends_on("products-governed")


def test_the_clock_tells_the_function_of_all_shares_once_a_day() -> None:
    declared = resources_of(watched)
    target = declared.one("aws:scheduler/schedule:Schedule").inputs["target"]
    (told,) = json.loads(target["input"])["watched"]
    assert told == json.loads(declared.one(INVOCATION, "share-to-investor-grant").inputs["input"])["share"]
    assert declared.one("aws:scheduler/schedule:Schedule").inputs["scheduleExpression"] == "rate(1440 minutes)"
    assert declared.one("aws:scheduler/schedule:Schedule").depends_on("share-to-investor-grant")


def watched() -> None:
    made = share()
    made.args.products.watch([made.order])


def test_the_location_is_the_shares_folder_and_not_hybrid() -> None:
    declared = declare()
    location = declared.one(LOCATION).inputs
    assert location["arn"] == f"arn:aws:s3:::a-bucket/{FOLDER.rstrip('/')}"
    assert location["hybridAccessEnabled"] is False
    assert location["roleArn"].endswith(":share-to-investor-access")
    assert declared.one(LOCATION).depends_on("share-to-investor-access-grants")


def test_what_lake_formation_hands_out_holds_one_folder_and_one_key_until_the_day() -> None:
    declared = declare()
    found = statements(declared.one(POLICY, "share-to-investor-access-grants").document())
    until = {"aws:CurrentTime": END}
    assert found["ReadTheShare"]["Resource"] == [f"arn:aws:s3:::a-bucket/{FOLDER}*"]
    assert found["ListTheShare"]["Condition"]["StringLike"] == {"s3:prefix": [FOLDER, f"{FOLDER}*"]}
    assert found["DecryptTheShare"]["Action"] == ["kms:Decrypt"]
    assert found["DecryptTheShare"]["Resource"] == [f"arn:aws:kms:{REGION}:{ACCOUNT}:share-to-investor-key"]
    assert [each["Condition"]["DateLessThan"] for each in found.values()] == [until] * 3
    assert {action for each in found.values() for action in each["Action"]} == {"s3:GetObject", "s3:ListBucket", "kms:Decrypt"}
    trusts = declared.one(ROLE, "share-to-investor-access").document("assumeRolePolicy")["Statement"]
    assert trusts[0]["Principal"] == {"Service": "lakeformation.amazonaws.com"}
    assert [each["Action"] for each in trusts] == [["sts:AssumeRole", "sts:SetContext"], ["sts:AssumeRole"]]
    assert trusts[1]["Condition"]["ArnEquals"] == {"aws:PrincipalArn": [OPERATOR]}
    assert [each["Condition"]["DateLessThan"] for each in trusts] == [until] * 2


def test_the_key_is_the_shares_own_decrypts_for_its_role_only_and_closes_at_the_day() -> None:
    declared = declare()
    key = declared.one(KEY)
    found = statements(key.document())
    role = f"arn:aws:iam::{ACCOUNT}:share-to-investor-access"
    assert found["OnlyItsRoleDecrypts"]["Effect"] == "Deny"
    assert found["OnlyItsRoleDecrypts"]["Action"] == ["kms:Decrypt", "kms:ReEncryptFrom"]
    (named,) = found["OnlyItsRoleDecrypts"]["Condition"]["ArnNotEquals"].values()
    assert named.endswith(role.rpartition(":")[2])
    assert found["ClosedAtItsEnd"]["Effect"] == "Deny"
    assert found["ClosedAtItsEnd"]["Condition"] == {"DateGreaterThanEquals": {"aws:CurrentTime": END}}
    assert found["OperatorsClose"]["Action"] == ["kms:DescribeKey", "kms:DisableKey"]
    assert "kms:EnableKey" not in str(found["OperatorsClose"])
    assert declared.one("aws:kms/alias:Alias").inputs["name"] == f"alias/share/{TENANT}/to-investor"


def test_a_deployment_leaves_a_key_disabled_that_was_disabled() -> None:
    assert declare().one(KEY).ignore_changes == ("isEnabled",)


def test_no_bucket_policy_and_no_key_policy_names_the_subscriber() -> None:
    declared = declare()
    named = [each.name for each in declared.aws() if "333333333333" in json.dumps(each.inputs, default=str)]
    assert named == ["share-to-investor-grant"]


def test_the_table_says_what_the_files_hold() -> None:
    table = declare().one(TABLE).inputs
    assert table["storageDescriptor"]["columns"] == [
        {"name": "state", "type": "string"},
        {"name": "amount_cents", "type": "bigint"},
    ]
    assert table["storageDescriptor"]["location"] == f"s3://a-bucket/{FOLDER}"


def test_without_operators_nobody_but_lake_formation_takes_the_role() -> None:
    declared = declare(here=here(REGION))
    assert len(declared.one(ROLE, "share-to-investor-access").document("assumeRolePolicy")["Statement"]) == 1
    assert "OperatorsClose" not in statements(declared.one(KEY).document())


def test_an_object_names_its_key_and_not_the_buckets() -> None:
    policy = statements(declare().one("aws:s3/bucketPolicy:BucketPolicy").document())
    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    assert policy["OnlyUnderANamedKey"]["Condition"] == {"Null": {key: "true"}}
    assert policy["NotUnderTheKeyOfTheBucket"]["Condition"] == {"StringEquals": {key: kms_key(REGION)}}
    assert {each["Effect"] for each in policy.values()} == {"Deny"}


def test_a_publisher_writes_its_tenants_folder_of_the_product_under_keys_of_that_tenants_shares() -> None:
    found = {each["Sid"]: each for each in statements_of(lambda: products().link("loan-book", "publish").tenant_statements)}
    assert found["PublishProductLoanBook"]["Action"] == ["s3:PutObject"]
    assert found["PublishProductLoanBook"]["Resource"] == [
        "arn:aws:s3:::a-bucket/tenant=${aws:PrincipalTag/tenant}/product=loan-book/*"
    ]
    assert found["EncryptUnderKeysOfShares"]["Action"] == ["kms:GenerateDataKey"]
    assert found["EncryptUnderKeysOfShares"]["Condition"]["ForAnyValue:StringLike"] == {
        "kms:ResourceAliases": "alias/share/${aws:PrincipalTag/tenant}/*"
    }


def test_the_function_changes_one_database_and_shares_by_lake_formation_alone() -> None:
    found = statements(resources_of(products).one(POLICY, "products-grants").document())
    where = [
        f"arn:aws:glue:{REGION}:{ACCOUNT}:{each}"
        for each in ("catalog", "database/dataconnect_test_products", "table/dataconnect_test_products/*")
    ]
    assert found["TheDatabaseItself"]["Resource"] == found["SharedByRam"]["Resource"] == where
    ram = [each for each in found.values() if any(action.startswith("ram:") for action in each["Action"])]
    assert len(ram) == 3 and all(each["Condition"] for each in ram)
    assert found["ShareAndEnd"]["Condition"] == {"StringLike": {"ram:ResourceShareName": "LakeFormation*"}}
    assert "governance_function/handler.py" in source()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"spec": SPEC.model_copy(update={"account": ACCOUNT})},
            "spec.account is '111111111111'; expected the account of another",
        ),
        ({"columns": {}}, "columns is {}; expected one column or more"),
    ],
)
def test_a_share_that_cannot_be_is_refused_before_anything_is_declared(change: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgumentError, match=told.split(";")[0].replace("{", r"\{").replace("}", r"\}")):
        declare(**change)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"products": {}}, "products"),
        ({"database_name": "Products"}, "database_name is 'Products'"),
        ({"administrators": ADMINISTRATORS[1:]}, "administrators"),
    ],
)
def test_a_place_that_cannot_be_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgumentError, match=told):
        resources_of(lambda: products(**change))


@pytest.mark.parametrize(
    ("until", "told"),
    [
        ("2026-12-01", "a day after since (2026-12-01), at the latest 2027-12-02"),
        ("2027-12-03", "a day after since (2026-12-01), at the latest 2027-12-02"),
        ("2027-02-30", "a day in quotes"),
        ("soon", "a day in quotes"),
    ],
)
def test_a_share_ends_within_a_year(until: str, told: str) -> None:
    with pytest.raises(InvalidArgumentError) as error:
        ShareSpec(product="loan-book", tenant=TENANT, account="333333333333", since="2026-12-01", until=until)
    assert told in str(error.value)


def test_a_product_names_each_column_once_and_sums_none_that_groups() -> None:
    for columns in (("state", "state"), ()):
        with pytest.raises(InvalidArgumentError):
            ProductSpec(dataset="loans", description="x", columns=columns)
    with pytest.raises(InvalidArgumentError, match="not among columns"):
        ProductSpec(dataset="loans", columns=("state",), aggregate=AggregateSpec(sums=("state",)), description="x")
    with pytest.raises(InvalidArgumentError, match="5 to 100000"):
        AggregateSpec(at_least=4)
