import pytest

from components.edge import edge_checks


@pytest.mark.parametrize("name", ["app.example", "*.app.example"])
def test_a_certificate_bears_names_and_wildcards(name: str) -> None:
    assert edge_checks.certificate_name(name) is None


@pytest.mark.parametrize("name", ["app", "*", "*.*.example", "a.*.example", "App.example"])
def test_a_certificate_bears_nothing_else(name: str) -> None:
    assert edge_checks.certificate_name(name) is not None


def test_a_certificate_s_first_name_has_64_characters_at_most() -> None:
    assert edge_checks.common_name("a" * 64) is None
    assert edge_checks.common_name("a" * 65) == "up to 64 characters: it is the certificate's common name"


@pytest.mark.parametrize(("number", "fits"), [(0, False), (1, True), (50_000, True), (50_001, False)])
def test_a_listener_tries_rules_from_1_to_50000(number: int, fits: bool) -> None:
    assert (edge_checks.listener_priority(number) is None) is fits
