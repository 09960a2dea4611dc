"""The audit pack: what happens is recorded, kept, watched and told."""

from typing import Final

from policies.controls.audit import account, alarms, changes, databases, edge, guardrails, services, storage, trails
from policies.kit.pack import Pack

_THEMES: Final = (trails, services, databases, storage, edge, alarms, account, guardrails, changes)

PACK: Final = Pack(
    "audit",
    "What happens is recorded, kept, watched and told.",
    [rule for theme in _THEMES for rule in theme.rules.list],
)
