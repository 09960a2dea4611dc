"""Writing documents in bulk: each is created once, refused ones are quarantined, and what is throttled is tried again."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from functions.shared.bulk import CONFLICT, REFUSED, Bulk, SearchError

from .documents import QUARANTINE, Document

DOCUMENTS: Final = 1_000
BYTES: Final = 2 * 2**20
"""A request is sent once it has so many; AWS takes 10 MiB of most nodes:
docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html#network-limits"""
TRIES: Final = 5
FIRST_WAIT: Final = 0.5
"""Seconds at the most; twice as many each time, and by chance fewer, so that those who were refused together come apart."""
LEFT_SECONDS: Final = 25
"""With less time nothing is begun: a request may take 20 s, and its answer must be heard."""
_FAULTS: Final = {
    "document_parsing_exception",
    "illegal_argument_exception",
    "mapper_parsing_exception",
    "strict_dynamic_mapping_exception",
}
"""What says of a document that no try will help. A domain that has no room for one more shard says 400, too, of every one."""


class AgainError(Exception):
    """Not all is written; the whole object has to come again, and what is written then is not written twice."""


@dataclass
class Shipping:
    """The documents of one object.

    Attributes:
        bulk: The domain.
        left: Seconds that there are.
        sleep: Waits.
        outcomes: How many documents became what: `created`, `known` (it was there), `quarantined`.
    """

    bulk: Bulk
    left: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep
    outcomes: Counter[str] = field(default_factory=Counter[str])
    _waiting: list[tuple[Document, bytes]] = field(default_factory=list[tuple[Document, bytes]])
    _bytes: int = 0

    def add(self, document: Document) -> None:
        """Have a document written with others, or at once where there are enough of them.

        Raises:
            AgainError: where one of those could not be written.
        """
        lines = document.lines()
        self._waiting.append((document, lines))
        self._bytes += len(lines)
        if len(self._waiting) >= DOCUMENTS or self._bytes >= BYTES:
            self.finish()

    def finish(self) -> None:
        """Write what waits.

        Raises:
            AgainError: where not all of it could be written.
        """
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        refused = self._write(waiting)
        if again := self._write([(each, each.lines()) for each in refused]):
            raise AgainError(f"the quarantine refuses {len(again)} documents")

    def _write(self, pending: Sequence[tuple[Document, bytes]]) -> list[Document]:
        """Write documents; those that their index refuses, as they are quarantined."""
        refused: list[Document] = []
        trouble = ""
        for tried in range(TRIES):
            if not pending:
                return refused
            if self.left() < LEFT_SECONDS:
                raise AgainError("there is no time left")
            if tried:
                # By chance, which keeps no secret.
                self.sleep(random.uniform(0.5, 1) * FIRST_WAIT * 2**tried)  # noqa: S311
            try:
                items = self.bulk.post("/_bulk", b"".join(lines for _, lines in pending), len(pending))
            except SearchError as error:
                trouble = str(error)
                continue
            failed: list[tuple[Document, bytes]] = []
            for (document, lines), item in zip(pending, items, strict=True):
                if reason := _fault(item):
                    refused.append(document.quarantined(reason))
                elif not self._is_there(document, item):
                    failed.append((document, lines))
            trouble = f"bulk: {len(failed)} of {len(pending)} documents"
            pending = failed
        if pending:
            raise AgainError(trouble)
        return refused

    def _is_there(self, document: Document, item: dict[str, Any]) -> bool:
        if item["status"] == CONFLICT:
            self.outcomes["known"] += 1
        elif item["status"] < REFUSED:
            self.outcomes["quarantined" if document.index.startswith(f"logs-{QUARANTINE}") else "created"] += 1
        else:
            return False
        return True


def _fault(item: dict[str, Any]) -> str:
    """Why no try will help; empty where one may."""
    kind = str((item.get("error") or {}).get("type", ""))
    return kind if item["status"] == REFUSED and kind in _FAULTS else ""
