"""Where the logs of a region are searched, and what operators are told of it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi

from components.analytics.log_domain import QUEUE, LogDomain, LogDomainArgs
from components.messaging.log_delivery import PREFIX
from components.messaging.queue import Queue
from settings import PlatformSettings
from stacks.parts.functions import source_of
from stacks.parts.log_delivery import Logs
from stacks.parts.region import Region

SHIPPER: Final = "functions.logs.ship"


def declare_log_search(settings: PlatformSettings, region: Region) -> LogDomain | None:
    """Declare the domain; None where the stack has none."""
    logs = region.logs
    if logs is None or settings.logs is None or settings.logs.search is None:
        return None
    return LogDomain(
        "log-domain",
        LogDomainArgs(
            here=replace(region.here, logs_to=None),
            spec=settings.logs.search,
            domain_name=name_of(pulumi.get_stack()),
            archive=logs.bucket,
            shipper=source_of(SHIPPER),
            shipper_handler=f"{SHIPPER}.handle",
            readers=settings.tenant_operators,
            vpc_id=region.network.vpc_id,
            subnet_ids=region.network.data_subnet_ids,
            function_subnet_ids=region.network.application_subnet_ids,
            key_arn=region.keys["search"],
            queue_key_arn=region.keys["messages"],
            environment_key_arn=region.keys["secrets"],
            ways_to_aws=region.links.of((), workload="log-domain"),
        ),
    )


def outputs_of_logs(logs: Logs | None, domain: LogDomain | None) -> dict[str, Any]:
    """What `dataconnect logs` reads: `logs`, where the stack has copies."""
    if logs is None:
        return {}
    searched = {} if domain is None else {"function": domain.function_name, "endpoint": domain.endpoint, "queue": QUEUE}
    told = {"bucket": logs.bucket.bucket_name, "prefix": PREFIX, "stream": logs.stream_name, **searched}
    return {"logs": told}


def with_log_queue(queues: Mapping[str, Queue], domain: LogDomain | None) -> dict[str, Queue]:
    """The queues of the settings, and that of the log domain: `dataconnect queue` knows it, too."""
    return {**queues, **({QUEUE: domain.queue} if domain else {})}


def name_of(stack: str) -> str:
    """The name of a stack's domain, which has 28 characters at the most: `dataconnect-logs-` and its own, or a digest of it."""
    plain = re.fullmatch(r"[a-z0-9-]{1,11}", stack)
    return f"dataconnect-logs-{stack if plain else hashlib.sha256(stack.encode()).hexdigest()[:11]}"
