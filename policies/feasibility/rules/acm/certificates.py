"""ACM certificates: how they are asked for, and that their validation can end."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items
from policies.feasibility.engine.joins import same, target_then
from policies.feasibility.engine.relations import region_of
from policies.feasibility.engine.shapes import exactly_one, forbids, given, of
from policies.feasibility.rules.rds.families import text_of
from policies.kit.references import target, targets
from policies.kit.resource import Graph, Resource, kind_of_urn, per_stack
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list

rules: Final = Rules("feasibility", failures())

_VALIDATION: Final = "acm/certificateValidation"


def _names(certificate: Resource) -> set[str]:
    """The names that need a validation record: a wildcard shares the record of its domain."""
    names = [certificate.get("domainName"), *as_list(certificate.get("subjectAlternativeNames"))]
    return {str(name).lower().removeprefix("*.") for name in names if name}


def _imported(_: str, block: Block) -> Answers:
    keys = given(block.get("privateKey")) or given(block.get("privateKeyWo"))
    if keys != given(block.get("certificateBody")):
        yield Finding("certificateBody", "set" if not keys else None, "certificateBody and privateKey together", "import")


rules.named("certificate-origin", "F296", "acm/certificate").add(
    of(
        exactly_one("domainName privateKey privateKeyWo"),
        forbids("certificateAuthorityArn", "validationMethod"),
        _imported,
        at_most_items("subjectAlternativeNames", 100, "names"),
    ),
    description="A certificate is asked for by a domain, issued by a private authority, or imported with its key.",
    remediation="Set domainName and validationMethod; or certificateBody and privateKey.",
)


@rules.rule("certificate-first-name", "F296", "acm/certificate")
def _first(certificate: Resource) -> Answers:
    """A certificate's first name is short enough for its common name, and has a way of validation.

    Choose a first name of at most 64 characters; set validationMethod: DNS.
    """
    name = text_of(certificate.get("domainName"))
    if not name:
        return
    if len(name) > 64:
        answer = "ValidationException: The first domain name can be no longer than 64 octets"
        yield Finding("domainName", name, "at most 64 characters", "length", answer)
    for path, value in (("domainName", name), *certificate.each("subjectAlternativeNames[]")):
        if isinstance(value, str) and ("*" in value.removeprefix("*.") or value.endswith(".") or " " in value or "/" in value):
            answer = "ValidationException / InvalidDomainValidationOptionsException: the domain name is not valid"
            yield Finding(path, value, "a host name, with * as the first label only", f"form {value}", answer)
    if not given(certificate.get("validationMethod")) and not given(certificate.get("certificateAuthorityArn")):
        answer = "provider: one of validation_method, certificate_authority_arn must be specified"
        yield Finding("validationMethod", None, "DNS or EMAIL", "method", answer)


@rules.rule("certificate-validation-records", "F142", _VALIDATION)
def _records(validation: Resource) -> Answers:
    """A validation waits for a record of every name of its certificate.

    Make one record for each of domainValidationOptions (a wildcard shares its domain's), and pass their fqdns.
    """
    certificate = target(validation, "certificateArn", "acm/certificate")
    if certificate is None or text_of(certificate.get("validationMethod")) == "EMAIL":
        return
    fqdns = validation.get("validationRecordFqdns")
    names = _names(certificate)
    if fqdns is not UNKNOWN and given(fqdns) and len(as_list(fqdns)) < len(names):
        found = f"{len(as_list(fqdns))} records"
        yield Finding("validationRecordFqdns", found, f"{len(names)}, one for each of {', '.join(sorted(names))}", "number")
    records = [
        resource
        for resource in _dependents(validation.graph).get(certificate.urn, ())
        if resource.kind != _VALIDATION and resource is not certificate
    ]
    if not records and not given(fqdns):
        yield Finding("certificateArn", certificate.name, "a certificate with validation records in this stack", "none")
    for record in records:
        if record.kind == "route53/record":
            yield from _zone(record, names)


@per_stack
def _dependents(graph: Graph) -> Mapping[str, Sequence[Resource]]:
    """URN of a certificate -> what depends on it."""
    table: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in graph.resources.values():
        for urn in dict.fromkeys(resource.dependencies or ()):
            if kind_of_urn(urn) == "acm/certificate":
                table[urn].append(resource)
    return table


def _zone(record: Resource, names: set[str]) -> Answers:
    for zone in targets(record, "zoneId", "route53/zone"):
        name = zone.get("name")
        if given(zone.get("vpcs")):
            expected = "records in a public zone; this one is private"
            yield Finding("validationRecordFqdns", zone.name, expected, f"{zone.name} private")
        if name is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(name, str):
            suffix = name.rstrip(".").lower()
            if not any(host == suffix or host.endswith(f".{suffix}") for host in names):
                expected = f"records in a zone of {', '.join(sorted(names))}; {zone.name} is {name}"
                yield Finding("validationRecordFqdns", name, expected, f"{zone.name} zone")


rules.named("certificate-validation-region", "F296", _VALIDATION).add(
    target_then(
        "certificateArn",
        "acm/certificate",
        same(
            "region",
            "region",
            "{theirs}, where the certificate is",
            value_of=lambda resource, _: region_of(resource),
            answer="ResourceNotFoundException: Could not find certificate",
        ),
    ),
    description="A validation is of its certificate's region.",
    remediation="Set the same region on both.",
)
