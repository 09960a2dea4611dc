"""What a log domain is configured with: templates, lifecycle, who writes and who reads, and the views of Dashboards."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, TypedDict

from ..search_function.configuration import (
    MARK,
    SECURITY,
    keep,
    keep_audit,
    keep_mapping,
    keep_role,
    telling_slow,
    told_template,
)
from ..search_function.domain import Domain, DomainError
from .views import views

QUARANTINE: Final = "quarantine"
SHIPPER: Final = "log-shipper"
READER: Final = "log-reader"
DASHBOARDS: Final = ("opensearch_dashboards_user", "kibana_user")
"""Roles of who uses Dashboards, one of which a domain has: AWS's
(docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac-walkthrough-iam.html), and the server's own."""
BEGINS_SECONDS: Final = 180
"""How long Dashboards is waited for: with one request of a minute behind it, less than a run of the function has."""
REFRESH: Final = "30s"
"""From a write to a search that finds it, at the most."""

_NOT_YET: Final = (502, 503, 504)
_PAUSE_SECONDS: Final = 10

# To make an index of the template's and create documents in it; not to read, update or delete any.
_WRITE: Final = ("indices:admin/create", "indices:data/write/bulk*", "indices:data/write/index")
_READ: Final = ("indices:data/read/*", "indices:admin/mappings/get", "indices:admin/resolve/index", "indices:monitor/*")
_AT_ONCE: Final = {SHIPPER: ("indices:data/write/bulk",), READER: ("indices:data/read/msearch", "indices:data/read/scroll*")}
_PLACE: Final[Mapping[str, Any]] = {
    "@timestamp": {"type": "date"},
    "class": {"type": "keyword"},
    "group": {"type": "keyword"},
    "stream": {"type": "keyword"},
    "message": {"type": "text"},
}
EVENT: Final[Mapping[str, Any]] = {
    **_PLACE,
    **{name: {"type": "keyword"} for name in ("service", "tier", "operation", "outcome", "tenant", "trace")},
    "error": {"dynamic": "false", "properties": {name: {"type": "keyword"} for name in ("kind", "fingerprint")}},
    **{name: {"type": "integer"} for name in ("requests", "failed", "status")},
    **{name: {"type": "double"} for name in ("duration", "waited")},
    **{name: {"type": "keyword"} for name in ("level", "requestId")},
    # Whatever else a message says: found as text, and of no type that another's could contradict.
    "fields": {"type": "flat_object"},
}
"""Fields of an event; those besides its place are the members of its message that `functions/logs/documents.py` tells apart."""
QUARANTINED: Final[Mapping[str, Any]] = {**_PLACE, "reason": {"type": "keyword"}}


class Configured(TypedDict):
    """What one run has changed, by name."""

    templates: list[str]
    policies: list[str]
    roles: list[str]
    views: int


def configure(
    domain: Domain, *, days: Mapping[str, int], shippers: Sequence[str], readers: Sequence[str], replicas: int
) -> Configured:
    """Make the domain's templates, policies, roles and views those that are told; may be repeated.

    Args:
        domain: As its master user.
        days: Class of logs, or `quarantine` -> days that an index is kept.
        shippers: ARNs of the roles of IAM that write.
        readers: ARNs of those that read, with Dashboards, too.
        replicas: Copies of each shard.

    Raises:
        DomainError: when the domain refuses something, also where a role of the name is somebody else's.
    """
    keep_audit(domain)
    names = sorted(days)
    changed = Configured(templates=[], policies=[], roles=[], views=0)
    changed["templates"] = [
        name for name in names if keep(domain, f"/_index_template/logs-{name}", template(name, replicas), told_template)
    ]
    changed["policies"] = [name for name in names if _keep_policy(domain, name, days[name])]
    for name, actions, who in ((SHIPPER, _WRITE, shippers), (READER, _READ, readers)):
        cluster = (
            ("indices:data/write/bulk",) if name == SHIPPER else ("indices:data/read/scroll*", "indices:data/read/msearch")
        )
        is_new = keep_role(domain, name, cluster=cluster, patterns=("logs-*",), actions=actions)
        if keep_mapping(domain, name, sorted(who)) or is_new:
            changed["roles"].append(name)
    there = domain.get(f"{SECURITY}/roles")
    if not (dashboards := [name for name in DASHBOARDS if name in there]):
        raise DomainError(f"the domain has no role of who uses Dashboards; expected {' or '.join(DASHBOARDS)}")
    changed["roles"] += [name for name in dashboards if keep_mapping(domain, name, sorted(readers))]
    # The last: without it, all else is there.
    changed["views"] = keep_views(domain)
    return changed


def template(name: str, replicas: int) -> dict[str, Any]:
    """The template of the indexes `logs-<name>-<day>`. Values are texts, as the server tells them: see `keep`."""
    settings: dict[str, Any] = {
        "number_of_shards": "1",
        "number_of_replicas": str(replicas),
        "refresh_interval": REFRESH,
        "codec": "best_compression",
    }
    properties = QUARANTINED if name == QUARANTINE else EVENT
    mappings = {"dynamic": "false", "properties": {**properties}}
    return {
        "index_patterns": [f"logs-{name}-*"],
        "priority": 100,
        "_meta": {"kept": MARK},
        "template": {"settings": {"index": telling_slow(settings)}, "mappings": mappings},
    }


def _keep_policy(domain: Domain, name: str, days: int) -> bool:
    """Have Index State Management delete indexes after so many days; whether it was told otherwise.

    docs.aws.amazon.com/opensearch-service/latest/developerguide/ism.html: what it answers has defaults of its own in it, so
    the description tells one policy from another; one that is there takes the number of its state.
    """
    wanted = _policy(name, days)
    mark = sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    wanted["description"] = f"{MARK}, {mark}"
    path = f"/_plugins/_ism/policies/logs-{name}"
    found = domain.get(path)
    if found is None:
        domain.ask("PUT", path, {"policy": wanted})
        return True
    if found["policy"]["description"] == wanted["description"]:
        return False
    state = f"?if_seq_no={found['_seq_no']}&if_primary_term={found['_primary_term']}"
    domain.ask("PUT", f"{path}{state}", {"policy": wanted})
    # An index goes on with the policy as it was when the index was made.
    domain.ask("POST", f"/_plugins/_ism/change_policy/logs-{name}-*", {"policy_id": f"logs-{name}"}, expected=(404,))
    return True


def _policy(name: str, days: int) -> dict[str, Any]:
    deleted = [{"state_name": "deleted", "conditions": {"min_index_age": f"{days}d"}}]
    return {
        "default_state": "kept",
        "states": [
            {"name": "kept", "actions": [], "transitions": deleted},
            {"name": "deleted", "actions": [{"delete": {}}], "transitions": []},
        ],
        "ism_template": [{"index_patterns": [f"logs-{name}-*"], "priority": 100}],
    }


def keep_views(
    domain: Domain, *, sleep: Callable[[float], None] = time.sleep, monotonic: Callable[[], float] = time.monotonic
) -> int:
    """Write the views over what is there of the same ids, in the tenant of Dashboards that all share; how many there are.

    Dashboards of a domain that is new begins some minutes after it, and answers 503 until then: it is asked again.

    Raises:
        DomainError: when Dashboards takes one of them not, or has not begun in time.
    """
    path, headers = (
        "/_dashboards/api/saved_objects/_bulk_create?overwrite=true",
        {"osd-xsrf": "true", "securitytenant": "global"},
    )
    wanted = views()
    until = monotonic() + BEGINS_SECONDS
    while True:
        # What is no answer any more ends the deployment.
        expected = _NOT_YET if monotonic() < until else ()
        status, told = domain.ask("POST", path, wanted, expected=expected, besides=headers)
        if status not in _NOT_YET:
            break
        sleep(_PAUSE_SECONDS)
    refused = [each["id"] for each in told["saved_objects"] if "error" in each]
    if refused:
        raise DomainError(f"Dashboards takes not {', '.join(refused)}")
    return len(wanted)
