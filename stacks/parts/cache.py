"""The cache of a region, and the passwords of who uses it."""

import hashlib
import re
from collections.abc import Mapping
from functools import partial
from typing import Final

import pulumi

from components.base.uses import parse
from components.data.cache import Cache, CacheArgs
from components.data.cache_access import Spaces, Verb
from components.data.cache_passwords import CachePasswords, CachePasswordsArgs
from components.data.cache_spec import CacheSpec
from settings import PlatformSettings
from stacks.parts.region import Region

MOST_CHARACTERS: Final = 19
"""Of the 40 that the id of a user has, with a hyphen and 20 of a workload's name."""


def declare_cache(settings: PlatformSettings, region: Region) -> CachePasswords | None:
    """Declare the cache, each of its spaces to be used as `cache/<space>`; None where the settings have none."""
    spec = settings.cache
    if spec is None:
        return None
    short = _short(pulumi.get_stack(), settings.environment)
    cache = Cache(
        "cache",
        CacheArgs(
            here=region.here,
            spec=spec,
            identifier=f"dataconnect-{short}-cache",
            user_prefix=short,
            workloads=_workloads(settings),
            vpc_id=region.network.vpc_id,
            subnet_ids=region.network.data_subnet_ids,
            key_arn=region.keys["cache"],
        ),
    )
    passwords = CachePasswords(
        "cache-passwords",
        CachePasswordsArgs(
            here=region.here,
            cache=cache,
            key_arn=region.keys["secrets"],
            vpc_id=region.network.vpc_id,
            subnet_ids=region.network.application_subnet_ids,
            ways_to_aws=region.links.of((), workload="cache-passwords"),
        ),
    )
    for space in spec.spaces:
        region.links.offer(CacheSpec.link, partial(passwords.link, space), space)
    return passwords


def outputs_of_cache(passwords: CachePasswords | None) -> dict[str, pulumi.Input[object]]:
    """What `dataconnect cache` reads: each user's secret and id, and the function that rotates it."""
    if passwords is None:
        return {}
    users = passwords.args.cache.users
    return {"cacheSecrets": passwords.secrets, "cacheUsers": users, "cacheFunction": passwords.function_name}


def _short(stack: str, environment: str) -> str:
    """The stack's name where ElastiCache takes it with that of a workload behind it; else one that no other stack has."""
    fits = len(stack) <= MOST_CHARACTERS and re.fullmatch(r"[a-z](-?[a-z0-9])*", stack)
    return stack if fits else f"{environment}-{hashlib.sha256(stack.encode()).hexdigest()[:8]}"


def _workloads(settings: PlatformSettings) -> Mapping[str, Spaces]:
    """Workload -> space -> what it does there, of all that use one."""
    found: dict[str, dict[str, tuple[Verb, ...]]] = {}
    for workloads in (settings.services, settings.jobs, settings.functions, settings.fleets):
        for name, workload in workloads.items():
            for use in filter(None, map(parse, workload.uses)):
                kind, _, space = use.name.partition("/")
                if kind == CacheSpec.link.name:
                    verbs: tuple[Verb, ...] = tuple(verb for verb in ("read", "write") if verb in use.verbs)
                    found.setdefault(name, {})[space] = (*found.get(name, {}).get(space, ()), *verbs)
    return found
