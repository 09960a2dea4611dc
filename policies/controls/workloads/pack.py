"""The workloads pack: what runs is hardened: images, containers, functions, instances, jobs and their edge."""

from typing import Final

from policies.controls.workloads import edge, functions, images, instances, jobs, queries, rotation, tasks
from policies.kit.pack import Pack

PACK: Final = Pack(
    "workloads",
    "What runs is hardened: images, containers, functions, instances, jobs and their edge.",
    [rule for theme in (tasks, images, jobs, functions, instances, rotation, edge, queries) for rule in theme.rules.list],
)
