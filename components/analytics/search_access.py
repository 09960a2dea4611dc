"""Who may ask a domain for what, before any role of the domain's own."""

from typing import Final

from ..base.statements import EVERYONE, Statement

SEARCHES: Final = ("_search", "_count")
"""What a user's token may ask for, of indexes of tenants only."""
METHODS: Final = ("Delete", "Get", "Head", "Patch", "Post", "Put")


def let_tokens_search(domain_arn: str) -> Statement:
    """The domain's access policy: users search. Roles of IAM pass by their own policies."""
    return Statement(
        sid="TokensSearch",
        principals=EVERYONE,
        actions=("es:ESHttpGet", "es:ESHttpPost"),
        resources=tuple(f"{domain_arn}/t*/{each}" for each in SEARCHES),
        wildcard_reason="IAM knows no tokens: the domain checks each, and its tenant's role",
    )


def write_in_bulk(name: str, domain_arn: str) -> Statement:
    """What a role needs that indexes; which documents, the domain's own role says."""
    return Statement(sid=name, actions=("es:ESHttpPost",), resources=(f"{domain_arn}/t*/_bulk",))


def create_in_bulk(name: str, domain_arn: str) -> Statement:
    """What a role needs that ships logs; into which indexes, the domain's own role says."""
    return Statement(sid=name, actions=("es:ESHttpPost",), resources=(f"{domain_arn}/_bulk",))


def configure_all(domain_arn: str) -> Statement:
    """What the master user needs."""
    actions = tuple(f"es:ESHttp{method}" for method in METHODS)
    return Statement(sid="ConfigureTheSearch", actions=actions, resources=(f"{domain_arn}/*",))
