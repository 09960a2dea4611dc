"""What a stack file or a program may say of a load balancer, by itself and beside the rest of the stack."""

from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.spec import StackContext
from components.edge.ingress_spec import IngressSpec

ZONE = "prod.dataconnect.example"
DOMAIN = f"app.{ZONE}"
SEARCH = {"paths": ["/search/*"]}
BI = {"paths": ["/bi/*"], "hosts": [f"bi.{DOMAIN}"]}


def spec(**changes: Any) -> IngressSpec:
    values: dict[str, Any] = {"domain": DOMAIN, **changes}
    return IngressSpec(**values)


def refused(known: StackContext | None = None, **changes: Any) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        spec(**changes).within(known or StackContext())
    return str(caught.value)


def test_a_stack_file_spells_its_keys_in_camel_case() -> None:
    ingress = IngressSpec.model_validate({"domain": DOMAIN, "allowedCidrs": ["192.0.2.0/24"]})
    assert (ingress.domain, ingress.allowed_cidrs) == (DOMAIN, ("192.0.2.0/24",))


def test_everybody_is_let_in_by_default() -> None:
    assert spec().allowed_cidrs == ("0.0.0.0/0",)


def test_a_domain_is_as_long_as_a_certificate_s_first_name() -> None:
    longest = f"{'a' * (63 - len(ZONE))}.{ZONE}"
    assert len(spec(domain=longest).domain) == 64
    assert refused(domain=f"a{longest}").endswith("expected up to 64 characters: it is the certificate's common name")


@pytest.mark.parametrize("domain", ["app", "App.example", "*.app.example"])
def test_what_is_no_domain_name_is_refused(domain: str) -> None:
    assert refused(domain=domain).startswith(f"IngressSpec.domain is '{domain}'; expected a lower-case domain name")


@pytest.mark.parametrize("domain", [ZONE, DOMAIN, f"a.b.{ZONE}"])
def test_the_zone_and_names_below_it_can_be_the_domain(domain: str) -> None:
    ingress = spec(domain=domain)
    assert ingress.within(StackContext(zone=ZONE)) is ingress


@pytest.mark.parametrize("domain", ["app.dev.dataconnect.example", f"app-{ZONE}", "dataconnect.example"])
def test_a_domain_outside_the_zone_is_refused(domain: str) -> None:
    assert refused(StackContext(zone=ZONE), domain=domain) == (
        f"IngressSpec.domain is '{domain}'; expected a name inside dns.zone {ZONE}"
    )


@pytest.mark.parametrize(
    ("cidrs", "error"),
    [
        ((), "allowed_cidrs is []; expected one range or more: nobody would get in"),
        (("10.0.0.1/8",), "allowed_cidrs[0] is '10.0.0.1/8'; expected an IPv4 range without host bits: 10.0.0.0/8"),
        (("1.2.3.4",), "allowed_cidrs[0] is '1.2.3.4'; expected an IPv4 range with its prefix length, e.g. 1.2.3.4/32"),
        (("10.0.0.0/8", "10.0.0.0/8"), "allowed_cidrs[1] is '10.0.0.0/8'; expected a range not listed before"),
    ],
)
def test_ranges_that_aws_would_refuse_are_named(cidrs: tuple[str, ...], error: str) -> None:
    assert refused(allowed_cidrs=cidrs) == f"IngressSpec.{error}"


def test_a_failover_lets_everybody_in() -> None:
    known = StackContext(fails_over=True)
    assert spec().within(known)
    assert spec(allowed_cidrs=("198.51.100.0/24", "0.0.0.0/0")).within(known)
    assert refused(known, allowed_cidrs=("198.51.100.0/24",)) == (
        "IngressSpec.allowed_cidrs is ['198.51.100.0/24']; expected 0.0.0.0/0: "
        "Route 53's health checkers must get in, or it never sees a latch open"
    )


def test_a_single_region_may_let_in_few() -> None:
    assert spec(allowed_cidrs=("198.51.100.0/24",)).within(StackContext()).allowed_cidrs == ("198.51.100.0/24",)
