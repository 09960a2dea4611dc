"""What the fields of each dataset are: the one description that readers, files, tables and indices are made of.

`records.py` reads messages by it, `curated.py` writes Parquet, Glue and OpenSearch get their columns from it, and a test holds
`schema.sql` to it. What may leave a lender is said here, too, field by field: nothing but a shareable one is ever in a product.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

Kind = Literal["text", "integer", "bigint", "time"]


class Types(NamedTuple):
    """What a kind of field is called elsewhere."""

    glue: str
    postgres: str
    opensearch: str


TYPES: Final[Mapping[Kind, Types]] = {
    "text": Types("string", "text", "keyword"),
    "integer": Types("int", "integer", "long"),
    "bigint": Types("bigint", "bigint", "long"),
    "time": Types("timestamp", "timestamp with time zone", "date"),
}


class Column(NamedTuple):
    """A field of a dataset.

    Attributes:
        name: In messages, files and tables alike.
        kind: Its type; `TYPES` tells what that is called where. A time is in UTC.
        meaning: What it says, for people.
        shareable: Whether another organisation may be given it, as it stands.
        reason: Why, or why not.
        in_sums: Whether they may be given its sums over many records, where it stands alone they may not.
        most: The greatest whole number; unused otherwise.
        choices: The only texts that it may be; any by default.
        pattern: What the text must match; any by default.
        expected: What a text must be, for people, where `pattern` is given.
    """

    name: str
    kind: Kind
    meaning: str
    shareable: bool
    reason: str
    in_sums: bool = False
    most: int = 0
    choices: frozenset[str] = frozenset()
    pattern: str = ""
    expected: str = ""


class Dataset(NamedTuple):
    """A dataset.

    Attributes:
        meaning: What one record of it says.
        key: The field that says which thing a record tells of.
        columns: The fields of a record, in order: all required, and no others.
    """

    meaning: str
    key: str
    columns: tuple[Column, ...]


ENVELOPE: Final = (
    Column(
        "message_id",
        "text",
        "id of the message that brought the record",
        shareable=False,
        reason="it names a delivery of the lender's own systems",
    ),
    Column(
        "received_at",
        "time",
        "when the platform received that message",
        shareable=False,
        reason="it tells of the lender's systems, and beside others of the day of an application",
    ),
)
"""What curated files hold of each message before its record."""

# Of a loan, that is shareable which the public file of the Home Mortgage Disclosure Act tells of an application. It leaves out
# identifiers and dates, and rounds amounts, for beside public records of deeds these single a borrower out: Bureau of Consumer
# Financial Protection, policy guidance on the disclosure of loan-level HMDA data, 84 FR 649.
DATASETS: Final[Mapping[str, Dataset]] = {
    "loans": Dataset(
        meaning="the state of a loan at a moment",
        key="loan_id",
        columns=(
            Column(
                "loan_id",
                "text",
                "the lender's own number of the loan",
                shareable=False,
                reason="it identifies one borrower's loan",
            ),
            Column(
                "product",
                "text",
                "the lender's name for this kind of loan",
                shareable=True,
                reason="many borrowers have the same",
            ),
            Column(
                "amount_cents",
                "bigint",
                "what was applied for, US cents",
                shareable=False,
                reason="to the cent, it singles a borrower out beside public records of deeds",
                in_sums=True,
                most=10**12,  # nine million of the largest add up to what 64 bits hold, whoever sums them
            ),
            Column(
                "rate_bp",
                "integer",
                "rate of interest, hundredths of a per cent",
                shareable=True,
                reason="many borrowers have the same",
                most=10_000,
            ),
            Column(
                "state",
                "text",
                "state of the property, two letters",
                shareable=True,
                reason="many borrowers have the same",
                pattern="[A-Z]{2}",
                expected="two capital letters",
            ),
            Column(
                "status",
                "text",
                "where the application stands",
                shareable=True,
                reason="many borrowers have the same",
                choices=frozenset({"application", "approved", "declined", "funded", "withdrawn"}),
            ),
            Column(
                "applied_at",
                "time",
                "when it was applied for",
                shareable=False,
                reason="to the second, it singles a borrower out",
            ),
            Column(
                "updated_at",
                "time",
                "since when the record holds; of two the later counts",
                shareable=False,
                reason="for a funded loan it is the day in public records of deeds",
            ),
        ),
    )
}


def curated(dataset: str) -> tuple[Column, ...]:
    """The columns of a dataset's curated files, in order."""
    return (*ENVELOPE, *DATASETS[dataset].columns)


def shareable(dataset: str) -> tuple[str, ...]:
    """The columns of a dataset's curated files that another organisation may be given."""
    return tuple(column.name for column in curated(dataset) if column.shareable)


def opensearch(dataset: str) -> dict[str, dict[str, Any]]:
    """The fields of a dataset's index, as OpenSearch maps them: the record's. A free text is found whole, and by its words."""
    return {column.name: {"type": TYPES[column.kind].opensearch, **_words(column)} for column in DATASETS[dataset].columns}


def _words(column: Column) -> dict[str, Any]:
    is_free = column.kind == "text" and not column.choices and not column.pattern
    return {"fields": {"words": {"type": "text"}}} if is_free else {}
