"""The least privilege pack: policies allow what is needed, to whom it is needed."""

from typing import Final

from policies.controls.least_privilege import (
    abroad,
    access,
    attachments,
    authentication,
    escalation,
    exposure,
    grammar,
    identity,
    keys,
    people,
    sharing,
    tenants,
    trust,
)
from policies.kit.pack import Pack

_THEMES: Final = (
    *(grammar, identity, exposure, escalation, attachments, people, trust, access, keys),
    *(tenants, sharing, abroad, authentication),
)

PACK: Final = Pack(
    "least_privilege",
    "Policies allow what is needed, to whom it is needed.",
    [rule for theme in _THEMES for rule in theme.rules.list],
)
