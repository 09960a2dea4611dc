"""A domain as the stacks configure it: through its front, by the function, with two tenants in it."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from components.analytics.search_access import configure_all, let_tokens_search, write_in_bulk
from components.analytics.search_function.domain import Domain
from components.analytics.search_function.handler import Order, fulfil
from stacks.parts.search import indexes

from .front import DOMAIN, REGION, Front, front, signed
from .identity import Provider
from .server import MASTER, Server

WRITER: Final = "arn:aws:iam::111111111111:role/index"
NOBODY: Final = "arn:aws:iam::111111111111:role/nobody"
ROLES: Final = (MASTER, WRITER, NOBODY)
A: Final = "t" + 15 * "a"
B: Final = "t" + 15 * "b"
SECRET: Final = "zyzzyva"
"""A word that only B's documents have."""


def loan(loan_id: str, product: str, **other: Any) -> dict[str, Any]:
    """A document."""
    return {
        "loan_id": loan_id,
        "product": product,
        "amount_cents": 25_000_000,
        "rate_bp": 612,
        "state": "OH",
        "status": "approved",
        "applied_at": "2026-11-01T10:00:00+00:00",
        "updated_at": "2026-11-02T10:00:00+00:00",
        **other,
    }


@dataclass(frozen=True)
class Search:
    """The domain.

    Attributes:
        server: Its node.
        identity: Whose tokens it believes.
        front: What stands before it.
    """

    server: Server
    identity: Provider
    front: Front

    @classmethod
    @contextmanager
    def of(cls, server: Server, identity: Provider) -> Generator["Search"]:
        """A domain on a server that is empty."""
        policies = {None: [let_tokens_search(DOMAIN)], MASTER: [configure_all(DOMAIN)]}
        policies[WRITER] = [write_in_bulk("Write", DOMAIN)]
        told = {who: [each.document() for each in statements] for who, statements in policies.items()}
        with front(server.port, told, ROLES) as found:
            yield cls(server, identity, found)

    def domain(self, role: str) -> Domain:
        """The domain as a role of IAM sees it."""
        return Domain(self.front.endpoint, signed(role), self.front.tls)

    def order(self, **order: Any) -> Any:
        """What the function does on an order."""
        told: Any = {"endpoint": self.front.endpoint, "region": REGION, "indexes": indexes(), **order}
        return fulfil(Order(**told), self.domain(MASTER))

    def configure(self) -> Any:
        """The deployment's order."""
        return self.order(writers=[WRITER], replicas=0)

    def tenant(self, action: str, tenant: str) -> Any:
        """An order of the command's."""
        return self.order(tenant=tenant, action=action)

    def fill(self, tenant: str, *documents: Mapping[str, Any]) -> None:
        """Documents of a tenant, by the indexer, found at once."""
        lines = "".join(
            json.dumps({"index": {"_id": each["loan_id"], "version": number, "version_type": "external"}})
            + "\n"
            + json.dumps(each)
            + "\n"
            for number, each in enumerate(documents, 1)
        )
        status, told = self.server.ask("POST", f"/{tenant}-loans/_bulk?require_alias=true", lines, user=WRITER)
        assert status == 200 and not told["errors"], told
        self.server.master("POST", f"/{tenant}-loans/_refresh")

    def as_user(self, tenant: object, method: str, path: str, body: object = None, **claims: Any) -> tuple[int, Any]:
        """What the server itself says to a user's token, without the front: whatever the policy lets through."""
        return self.server.ask(method, path, body, headers=self.identity.bearer(tenant, **claims))

    def with_tenants(self) -> None:
        """Configured, with A and B, each with documents."""
        self.configure()
        for tenant in (A, B):
            self.tenant("add", tenant)
        self.fill(A, loan("A-1", "fixed thirty"), loan("A-2", "fixed fifteen"))
        self.fill(B, loan("B-1", f"{SECRET} jumbo"), loan("B-2", f"{SECRET} fixed"))
