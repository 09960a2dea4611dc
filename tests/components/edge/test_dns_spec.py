import pytest

from components.base.errors import InvalidArgumentError
from components.edge.dns_spec import DnsSpec

LONGEST = ".".join(["a" * 63] * 3 + ["a" * 53, "example"])


@pytest.mark.parametrize("zone", ["prod.dataconnect.example", "a.example", LONGEST])
def test_a_domain_name_is_a_zone(zone: str) -> None:
    assert DnsSpec.model_validate({"zone": zone}).zone == zone


@pytest.mark.parametrize(
    "zone",
    ["prod", "", "Prod.dataconnect.example", "prod.dataconnect.example.", "*.dataconnect.example", "-a.example", f"a{LONGEST}"],
)
def test_what_is_no_domain_name_is_refused(zone: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"DnsSpec\.zone is .*; expected a lower-case domain name"):
        DnsSpec(zone=zone)
