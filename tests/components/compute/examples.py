"""A service as tests declare one."""

from typing import Any, Final

from components.compute.service_spec import ScheduleSpec, ServiceSpec

DIGEST: Final = "sha256:" + "0123456789abcdef" * 4
NIGHTS: Final = ScheduleSpec(down="cron(0 20 ? * MON-FRI *)", up="cron(0 7 ? * MON-FRI *)", timezone="America/New_York")
SERVICE: Final[dict[str, Any]] = {
    "repository": "dataconnect/search",
    "digest": DIGEST,
    "cpu": 512,
    "memory": 1024,
    "port": 8080,
    "priority": 100,
    "paths": ("/search/*",),
    "health_path": "/search/healthz",
    "min_tasks": 2,
    "max_tasks": 8,
}


def service_spec(**changes: Any) -> ServiceSpec:
    """A service behind `/search/*`, two to eight tasks of half a CPU."""
    return ServiceSpec(**(SERVICE | changes))
