"""Who may ask a domain for what: its access policy, before any role of the domain's own."""

from collections.abc import Sequence
from typing import Final

import pulumi

from ..base.statements import EVERYONE, Statement

SEARCHES: Final = ("_search", "_count")
"""What a user's token may ask for, of indexes of tenants only. IAM does not know the tokens: to it they are nobody's."""
METHODS: Final = ("Delete", "Get", "Head", "Patch", "Post", "Put")


def access_policy(
    domain_arn: str, *, masters: Sequence[pulumi.Input[str]], writers: Sequence[pulumi.Input[str]]
) -> tuple[Statement, ...]:
    """The statements: users search, `writers` write in bulk, `masters` do all; each then as far as the domain's own roles go."""
    searches = Statement(
        sid="TokensSearch",
        principals=EVERYONE,
        actions=("es:ESHttpGet", "es:ESHttpPost"),
        resources=tuple(f"{domain_arn}/t*/{each}" for each in SEARCHES),
        wildcard_reason="IAM knows no tokens: the domain checks each, and its tenant's role",
    )
    return (
        searches,
        *(
            Statement(
                sid=f"WriterWrites{number}",
                principals={"AWS": writer},  # pyright: ignore[reportArgumentType]
                actions=("es:ESHttpPost",),
                resources=(f"{domain_arn}/t*/_bulk",),
            )
            for number, writer in enumerate(writers)
        ),
        *(
            Statement(
                sid=f"MasterConfigures{number}",
                principals={"AWS": master},  # pyright: ignore[reportArgumentType]
                actions=tuple(f"es:ESHttp{method}" for method in METHODS),
                resources=(f"{domain_arn}/*",),
            )
            for number, master in enumerate(masters)
        ),
    )
