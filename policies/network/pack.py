"""The network pack: networks, groups, endpoints and data stores are reachable only from where they must be."""

from typing import Final

from policies.kit.pack import Pack

PACK: Final = Pack(
    "network",
    "Networks, groups, endpoints and data stores are reachable only from where they must be.",
    [],
)
