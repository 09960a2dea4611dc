"""The network pack: networks, groups, endpoints and data stores are reachable only from where they must be."""

from typing import Final

from policies.controls.network import buckets, data_stores, exposure, network_acls, routes, security_groups, vpcs
from policies.kit.pack import Pack

PACK: Final = Pack(
    "network",
    "Networks, groups, endpoints and data stores are reachable only from where they must be.",
    [
        *security_groups.rules.list,
        *network_acls.rules.list,
        *vpcs.rules.list,
        *routes.rules.list,
        *data_stores.rules.list,
        *buckets.rules.list,
        *exposure.rules.list,
    ],
)
