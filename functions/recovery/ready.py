"""The function `ready`: looks whether a failover to its region would succeed, by the clock and when asked; tells CloudWatch."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from functions.shared import telling

from .aws import Aws, RegionalAws, namespace_of
from .executor import SITE_FILE
from .readiness import Readiness
from .record import Record
from .region import Region
from .site import site_of

WRONG: Final = ("not ready", "unknown")
METRIC: Final = "NotReady"
"""How many checks are not ready, or unknown; each has a figure of its own, too, by the dimension `Check`."""


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Look at everything; with `{"do": "look"}` only at the databases, as the function `heartbeat` sees them.

    Raises as boto3 does where not even the table answers: an alarm tells of that.
    """
    told = ready(event, SITE_FILE.read_text(), RegionalAws())
    if "checks" in told:
        wrong = [each["name"] for each in told["checks"] if each["verdict"] in WRONG]
        with telling.event("ready", "look", counted=False) as line:
            line.tell(wrong=wrong)
            if wrong:
                line.fail(wrong[0])
    return told


def ready(event: Mapping[str, Any], document: str, aws: Aws, *, now: Callable[[], float] = time.time) -> dict[str, Any]:
    """The same, of the region that `document` (JSON) describes."""
    site, accepted = site_of(document), int(json.loads(document)["acceptLossSeconds"])
    if event.get("do") == "look":
        return Region(site=site, aws=aws).ask("look")
    record = Record(aws.client("dynamodb", site.region), site.table)
    checks = Readiness(site=site, record=record, aws=aws, accepted=accepted, now=now).look()
    wrong = [each for each in checks if each.verdict in WRONG]
    here = {"Name": "Region", "Value": site.region}
    data = [{"MetricName": METRIC, "Dimensions": [here], "Value": len(wrong), "Unit": "Count"}]
    for each in checks:
        dimensions = [here, {"Name": "Check", "Value": each.name}]
        data.append({"MetricName": METRIC, "Dimensions": dimensions, "Value": int(each in wrong), "Unit": "Count"})
    aws.client("cloudwatch", site.region).put_metric_data(Namespace=namespace_of(site.stack), MetricData=data)
    return {"region": site.region, "ready": not wrong, "checks": [each.facts() for each in checks]}
