"""Checks of what Route 53, certificates and load balancers accept: each answers what was expected, or None."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

from ..base import checks, limits

# docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html: DomainName, the certificate's common name
COMMON_NAME_LENGTH: Final = 64
# docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html: ResourcePath
HEALTH_PATH_LENGTH: Final = 255
# docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html: Priority
LAST_PRIORITY: Final = 50_000


def standby_name(domain_name: str) -> str:
    """The name under which the SECONDARY of `domain_name` is always reachable; no service may have it."""
    return f"standby.{domain_name}"


def certificate_name(text: str) -> str | None:
    """A name that a certificate may bear; `*.` may stand in front."""
    return checks.domain_name(text.removeprefix("*."))


def common_name(text: str) -> str | None:
    """A name short enough to be a certificate's first."""
    fits = len(text) <= COMMON_NAME_LENGTH
    return None if fits else f"up to {COMMON_NAME_LENGTH} characters: it is the certificate's common name"


def certificate_names(names: Sequence[str]) -> str | None:
    """As many names as a certificate may bear."""
    most = limits.NAMES_PER_CERTIFICATE
    return None if len(set(names)) <= most else f"at most {most} names in one certificate (ACM's quota)"


def ranges_let_in(cidrs: Sequence[str]) -> str | None:
    """As many ranges as the rules of a load balancer's security group can name, each once for HTTPS and once for HTTP."""
    most = limits.RULES_PER_SECURITY_GROUP // 2
    return None if len(cidrs) <= most else f"at most {most} ranges: each takes two of a security group's inbound rules"


def covers(pattern: str, other: str) -> bool:
    """Whether the path pattern `pattern` takes every path that `other` does."""
    return all(fnmatchcase(re.sub(r"\*", any_text, other.replace("?", "\0")), pattern) for any_text in ("", "\0\0\0"))


def health_path(text: str) -> str | None:
    """A path that Route 53's health checkers can ask for."""
    expected = f"a path that starts with / and has no spaces, up to {HEALTH_PATH_LENGTH} characters"
    return checks.pattern(text, rf"/[!-~]{{0,{HEALTH_PATH_LENGTH - 1}}}", expected)


def listener_priority(number: int) -> str | None:
    """A place among the rules of a listener."""
    return checks.between(number, 1, LAST_PRIORITY)
