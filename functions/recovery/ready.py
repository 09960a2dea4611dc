"""The function `ready`: looks whether a failover to its region would succeed, by the clock and when asked; tells CloudWatch."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from .aws import RegionalAws
from .executor import SITE_FILE
from .readiness import Readiness
from .record import Record
from .region import Region
from .site import site_of

NAMESPACE: Final = "DataConnect/Recovery"
METRIC: Final = "NotReady"
"""How many checks are not ready, or unknown; each has a figure of its own, too, by the dimension `Check`."""


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Look at everything; with `{"do": "look"}` only at the databases, as the function `heartbeat` sees them.

    Raises as boto3 does where not even the table answers: an alarm tells of that.
    """
    document, aws = SITE_FILE.read_text(), RegionalAws()
    site, accepted = site_of(document), int(json.loads(document)["acceptLossSeconds"])
    if event.get("do") == "look":
        return Region(site=site, aws=aws).ask("look")
    record = Record(aws.client("dynamodb", site.region), site.table)
    checks = Readiness(site=site, record=record, aws=aws, accepted=accepted, now=time.time).look()
    wrong = [each for each in checks if each.verdict in ("not ready", "unknown")]
    here = {"Name": "Region", "Value": site.region}
    data = [{"MetricName": METRIC, "Dimensions": [here], "Value": len(wrong), "Unit": "Count"}]
    for each in checks:
        dimensions = [here, {"Name": "Check", "Value": each.name}]
        data.append({"MetricName": METRIC, "Dimensions": dimensions, "Value": int(each in wrong), "Unit": "Count"})
    aws.client("cloudwatch", site.region).put_metric_data(Namespace=NAMESPACE, MetricData=data)
    told = {"region": site.region, "ready": not wrong, "checks": [each.facts() for each in checks]}
    print(json.dumps({"function": "ready", "wrong": [each.name for each in wrong]}), flush=True)
    return told
