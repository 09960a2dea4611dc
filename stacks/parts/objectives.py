"""What a stack promises, who hears when it cannot be kept, and what each audience looks at."""

from collections.abc import Collection
from typing import Any

import pulumi

from components.base.telemetry import namespace
from components.operate.dashboard import Dashboard, DashboardArgs
from components.operate.error_search import FAILURES, ErrorSearch, ErrorSearchArgs
from components.operate.indicators import indicators_of
from components.operate.objective import Objective, ObjectiveArgs
from components.operate.pages import Promised, of_tenants, on_call
from settings import PlatformSettings
from stacks.parts.region import Region


def declare_objectives(settings: PlatformSettings, region: Region, silos: Collection[str]) -> dict[str, pulumi.Input[Any]]:
    """Declare objectives, saved queries and dashboards, once everything that has an alarm is declared. Returns the outputs.

    `silos` are the tenants with stores of their own: as many as there may be would not fit beside everything else.
    """
    here = region.here
    promised: list[Promised] = []
    run = {*settings.services, *settings.functions}
    for name, spec in settings.objectives.items():
        if name not in run:
            continue
        balanced = here.inventory.balanced.get(name)
        indicators = indicators_of(name, spec, namespace=namespace(), balanced=balanced)
        promised.append(Promised(service=name, window_days=spec.window_days, indicators=indicators))
        Objective(
            name,
            ObjectiveArgs(here=here, service=name, window_days=spec.window_days, indicators=indicators),
        )
    # A function by the clock has nobody who asks it, and counts nothing.
    functions = {name: bool(each.queue) for name, each in settings.functions.items() if each.queue or each.http}
    logs = {name: here.inventory.logs[name] for name in (*settings.services, *functions)}
    ErrorSearch("errors", ErrorSearchArgs(here=here, logs=logs))
    on_call_page = on_call(here.region, here.inventory.loud, promised, logs)
    Dashboard("on-call", DashboardArgs(here=here, sections=on_call_page))
    tenants = of_tenants(here.region, promised, functions, namespace=namespace())
    Dashboard("tenants", DashboardArgs(here=here, sections=tenants))
    of_silos = [row for row in here.inventory.rows if any(tenant in row.title for tenant in silos)]
    if of_silos:
        Dashboard("silos", DashboardArgs(here=here, rows=of_silos))
    Dashboard("dashboard", DashboardArgs(here=here, rows=[row for row in here.inventory.rows if row not in of_silos]))
    told = {
        each.service: {"windowDays": each.window_days, "indicators": [indicator.told() for indicator in each.indicators]}
        for each in promised
    }
    return {"objectives": told, "errorLogs": logs, "errorQuery": " ".join(FAILURES.split())}
