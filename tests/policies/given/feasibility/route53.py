"""What is planned in several cases of the feasibility pack: route53."""

from typing import Any

from tests.policies.harness import Planned, planned

ZONE = "aws:route53/zone:Zone"


def zone(*records: Planned, name: Any = "example.com") -> list[Planned]:
    return [planned(ZONE, "zone", name=name), *records]
