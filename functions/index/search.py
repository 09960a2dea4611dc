"""Writing to the search domain: documents in bulk, each with the version of what it tells."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from functions.shared.bulk import CONFLICT, REFUSED, Bulk

from .documents import Document

Result = tuple[str, str]
"""`kept`, `older`, `refused` (the mapping takes no such document) or `failed` (it has to come again), and why."""


class Search(Bulk):
    """The domain."""

    def write(self, index: str, documents: Sequence[Document], *, only_alias: bool) -> list[Result]:
        """Write documents of one index, and tell what became of each.

        An answer of 200 says nothing of the documents: each has a status of its own.

        Raises:
            SearchError: where it is not known what became of any; all may be written again.
        """
        lines: list[str] = []
        for each in documents:
            lines.append(json.dumps({"index": {"_id": each.id, "version": each.version, "version_type": "external"}}))
            lines.append(json.dumps(each.fields))
        query = "?require_alias=true" if only_alias else ""
        body = "".join(f"{line}\n" for line in lines).encode()
        return [_result(each) for each in self.post(f"/{index}/_bulk{query}", body, len(documents))]


def _result(item: Mapping[str, Any]) -> Result:
    status, error = int(item["status"]), item.get("error") or {}
    if status == CONFLICT:
        return "older", ""
    kind = str(error.get("type", ""))
    if status == REFUSED:
        return "refused", kind
    return ("failed", f"bulk: {status} {kind}") if error else ("kept", "")
