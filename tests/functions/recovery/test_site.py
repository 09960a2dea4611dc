"""A region's description: read, or refused with the name of the field."""

import json
from typing import Any

import pytest

from functions.recovery.site import SiteError, site_of

GATE = {"name": "gate", "rule": "arn", "open": "/closed", "closed": "/*"}


def document() -> dict[str, Any]:
    """One of the recovery region."""
    return {
        "stack": "prod-recovery",
        "region": "us-west-2",
        "account": "111111111111",
        "table": "recovery",
        "alerts": "arn:aws:sns:us-west-2:111111111111:alerts",
        "domain": "app.example.com",
        "loadBalancer": "main.us-west-2.elb.amazonaws.com",
        "heartbeat": "heartbeat",
        "recover": "arn:aws:lambda:us-west-2:111111111111:function:recover:1",
        "primary": "us-east-2",
        "recovery": "us-west-2",
        "switches": {
            "service": [
                {
                    "name": "web",
                    "cluster": "main",
                    "service": "web",
                    "min": 2,
                    "max": 10,
                    "healthPath": "/health",
                    "hosts": ["app.example.com"],
                }
            ],
            "mapping": [{"name": "ingest", "uuid": "1", "function": "ingest"}],
            "gate": [GATE],
        },
    }


def test_what_a_region_consists_of() -> None:
    site = site_of(json.dumps(document()))
    assert (site.other, site.is_primary, site.reconcile) == ("us-east-2", False, None)
    assert [switch.label for switch in site.of("gate", "service")] == ["gate gate", "service web"]
    assert site.of("database") == ()
    # As an older deployment describes a region.
    assert site.replicated == {}


@pytest.mark.parametrize(
    ("path", "told", "named"),
    [
        ("table", None, "site.table"),
        ("region", "eu-west-1", "site.region"),
        ("recovery", "us-east-2", "site.recovery"),
        ("switches", [], "site.switches"),
        ("switches.lamp", [], "site.switches.lamp"),
        ("switches.gate", {}, "site.switches.gate"),
        ("switches.gate", [{"name": "gate"}], "site.switches.gate[0].rule"),
        ("switches.mapping", [{"uuid": "1", "function": "x"}], "site.switches.mapping[0].name"),
        ("switches.gate", [GATE, {**GATE, "rule": "b"}], "twice: gate gate"),
        ("reconcile", "yes", "site.reconcile"),
        ("replicated", {}, "site.replicated: a list"),
        ("replicated", [{"arn": "arn:aws:s3:::raw"}], "site.replicated[0].name"),
        ("replicated", [{"name": "raw"}], "site.replicated[0].arn"),
    ],
)
def test_an_error_names_the_field(path: str, told: Any, named: str) -> None:
    whole = document()
    *parents, last = path.split(".")
    place = whole
    for parent in parents:
        place = place[parent]
    place[last] = told
    with pytest.raises(SiteError) as error:
        site_of(json.dumps(whole))
    assert named in str(error.value)


def test_what_is_no_json_is_no_site() -> None:
    with pytest.raises(SiteError, match="not JSON"):
        site_of("{")
