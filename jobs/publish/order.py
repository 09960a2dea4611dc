"""What a run is told: arguments say whose data, variables say what products there are and where everything is."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..aggregate.failures import BadConfigurationError
from ..aggregate.order import TENANT, Parser, silo_place
from ..aggregate.place import BUCKET
from ..aggregate.records import SCHEMAS
from .shareable import SHAREABLE, SUMMABLE

PRODUCT: Final = re.compile(r"PRODUCT_([A-Z0-9_]+)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Product:
    """What is published.

    Attributes:
        dataset: What it is made of.
        columns: Its fields; of an aggregate, what records are grouped by.
        sums: Fields that are added up; None where records are published.
        at_least: Records of a group; it is left out below.
        round_to: To what sums are rounded of fields that are given in sums only.
    """

    dataset: str
    columns: tuple[str, ...]
    sums: tuple[str, ...] | None = None
    at_least: int = 0
    round_to: int = 1


@dataclass(frozen=True, kw_only=True)
class Order:
    """One run.

    Attributes:
        tenant: Whose data.
        dataset: Of which dataset.
        role: ARN of the role to be taken for that tenant.
        registry: Name of the table of tenants.
        curated: Bucket of Parquet; the pool's until `at_its_place`.
        bucket: Bucket of what is shared.
        region: AWS's, of all these.
        products: The products of that dataset, by name.
    """

    tenant: str
    dataset: str
    role: str
    registry: str
    curated: str
    bucket: str
    region: str
    products: Mapping[str, Product]

    def at_its_place(self, dynamodb: Any) -> "Order":
        """The order with the bucket of its tenant, as the registry has it; `dynamodb` is of the tenant's session.

        Raises:
            BadConfigurationError: where the tenant may not be worked for, or nobody can say where its data belongs.
            TransientError: where a silo has no place in this region.
        """
        place = silo_place(dynamodb, self.registry, self.tenant, self.region, pool={self.curated})
        return self if place is None else replace(self, curated=place.curated)


def read(arguments: Sequence[str], environment: Mapping[str, str]) -> Order:
    """The order of these arguments and variables.

    Raises:
        BadConfigurationError: naming everything that is missing or wrong, a field that must not be shared among it.
    """
    parser = Parser(prog="publish", description=__doc__, allow_abbrev=False)
    parser.add_argument("--tenant", required=True, help="id of the tenant")
    parser.add_argument("--dataset", required=True, help=f"one of {', '.join(SCHEMAS)}")
    told = parser.parse_args(arguments)
    problems: list[str] = []

    def variable(name: str, pattern: str, expected: str) -> str:
        value = environment.get(name, "")
        if not re.fullmatch(pattern, value, re.ASCII):
            problems.append(f"{name} is {value!r}; expected {expected}")
        return value

    if not TENANT.fullmatch(told.tenant):
        problems.append(f"--tenant is {told.tenant!r}; expected t and 15 of a-z and 2-7")
    if told.dataset not in SCHEMAS:
        problems.append(f"--dataset is {told.dataset!r}; expected one of {', '.join(SCHEMAS)}")
    products = {
        found[1].lower().replace("_", "-"): _product(name, text, problems)
        for name, text in environment.items()
        if (found := PRODUCT.fullmatch(name))
    }
    order = Order(
        tenant=told.tenant,
        dataset=told.dataset,
        role=variable("TENANT_ROLE_ARN", r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", "the ARN of a role"),
        registry=variable("TENANTS_TABLE", r"[A-Za-z0-9_.-]{3,255}", "the name of a table"),
        curated=variable("LAKE_CURATED", BUCKET, "the name of a bucket"),
        bucket=variable("PRODUCTS_BUCKET", BUCKET, "the name of a bucket"),
        region=variable("AWS_REGION", r"[a-z]{2}(-[a-z]+)+-\d", "a region, such as us-east-2"),
        products={name: each for name, each in products.items() if each and each.dataset == told.dataset},
    )
    if problems:
        raise BadConfigurationError("; ".join(problems))
    return order


def _product(name: str, text: str, problems: list[str]) -> Product | None:
    """The product of a variable, once it is sure that nothing in it must stay here: settings are checked there, too."""
    try:
        told: dict[str, Any] = json.loads(text)
        aggregate: dict[str, Any] | None = told.get("aggregate")
        product = Product(
            dataset=told["dataset"],
            columns=tuple(told["columns"]),
            sums=None if aggregate is None else tuple(aggregate["sums"]),
            at_least=0 if aggregate is None else int(aggregate["atLeast"]),
            round_to=1 if aggregate is None else int(aggregate["roundTo"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        problems.append(f"{name} is no product; expected JSON with dataset, columns and aggregate")
        return None
    shareable, summable = (known.get(product.dataset, {}) for known in (SHAREABLE, SUMMABLE))
    refused = [each for each in product.columns if each not in shareable]
    refused += [each for each in product.sums or () if each not in summable]
    if refused or not product.columns:
        expected = f"fields of {product.dataset} that are shareable: {', '.join(shareable) or 'none'}"
        expected += f"; as sums: {', '.join(summable) or 'none'}"
        problems.append(f"{name} has {', '.join(map(repr, refused)) or 'no columns'}; expected {expected}")
        return None
    return product
