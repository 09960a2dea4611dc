"""The workloads pack: what runs is hardened: images, containers, functions, instances, jobs and their edge."""

from typing import Final

from policies.kit.pack import Pack

PACK: Final = Pack(
    "workloads",
    "What runs is hardened: images, containers, functions, instances, jobs and their edge.",
    [],
)
