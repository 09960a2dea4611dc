"""Rows of `failures.tsv` that no rule judges, and why a plan cannot tell."""

from typing import Final

NOT_JUDGED_ROWS: Final[dict[str, str]] = {
    "F003": "A promotion is a change of an existing replica: it needs the state before, which a plan does not hold.",
    "F006": "No longer so: since 2026 CreateDBInstanceReadReplica takes KmsKeyId in the source's own region.",
    "F017": "The version before is in the state, not in the plan.",
    "F025": "A deletion or replacement shows to the engine only; resilience/stateful-protected keeps databases from both.",
    "F035": "The 24 hours are counted from an earlier run, and a deletion is not in a plan.",
    "F037": "Which stacks must run while the primary's region is down is not in a plan.",
    "F042": "Which indexes the table has already is in the state, not in the plan.",
    "F049": "Whether the bucket held objects before is not in a plan.",
    "F053": "A deletion is not in a plan, and forceDestroy in production would be worse.",
    "F116": "A deletion is not in a plan, and replicas may be in other stacks.",
    "F123": "The other stack of the account is not in the plan; within one stack name-once judges it.",
    "F139": "Which stack owns the other record, the zone or the alarm is not in the plan.",
    "F149": "Only an earlier deletion makes it fail, and in production the waiting period is wanted.",
    "F162": "A deletion is not in a plan.",
    "F167": "A replacement shows to the engine only, and the replica is in another stack.",
    "F169": "A deletion or replacement shows to the engine only.",
}
