"""Checks of plain values, for settings and component arguments: each answers what was expected, or None."""

import re
from collections.abc import Collection, Sequence
from ipaddress import IPv4Network
from typing import Final
from urllib.parse import urlsplit

from . import limits
from .recovery import RECOVERY_TAG

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# What stands between the dots of an e-mail address (RFC 5321, 4.1.2), without characters that forms stumble over.
_ATOM = r"[A-Za-z0-9_%+-]+"
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: a path of 512 characters, names of 64 (roles) and 128
_IAM_PATH = r"([\w+=,.@-]+/)*"
_IAM_NAME = r"[\w+=,.@-]"
_PRIVATE: Final = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def pattern(text: str, regex: str, expected: str) -> str | None:
    """`expected` unless the whole of `text` matches `regex`."""
    return None if re.fullmatch(regex, text) else expected


def between(number: int, lowest: int, highest: int, unit: str = "") -> str | None:
    """A whole number in a range, both ends included."""
    return None if lowest <= number <= highest else " ".join(filter(None, (f"{lowest} to {highest}", unit)))


# Regions and networks


def region(name: str) -> str | None:
    """A region this estate may use."""
    return None if name in limits.REGION_ZONES else f"one of {', '.join(limits.REGION_ZONES)}"


def zone(name: str, in_region: str) -> str | None:
    """An availability zone of `in_region`; an unknown region is somebody else's error."""
    zones = [f"{in_region}{letter}" for letter in limits.REGION_ZONES.get(in_region, "")]
    return f"a zone of {in_region}: {', '.join(zones)}" if zones and name not in zones else None


def cidr(text: str) -> str | None:
    """A canonical IPv4 range, as AWS writes it: an address, a slash and the number of its fixed bits; host bits are zero."""
    try:
        network = IPv4Network(text, strict=False)
    except ValueError:
        return "an IPv4 range, e.g. 10.20.0.0/16"
    if "/" not in text:
        return f"an IPv4 range with its prefix length, e.g. {text}/32"
    return None if text == str(network) else f"an IPv4 range without host bits: {network}"


def private_cidr(text: str) -> str | None:
    """A canonical range within RFC 1918."""
    if expected := cidr(text):
        return expected
    inside = any(IPv4Network(text).subnet_of(block) for block in _PRIVATE)
    return None if inside else f"a private range, inside {', '.join(map(str, _PRIVATE))}"


def vpc_cidr(text: str) -> str | None:
    """A private range from /16 (the largest VPC) to /20 (the smallest that holds the address plan)."""
    if expected := private_cidr(text):
        return expected
    fits = 16 <= IPv4Network(text).prefixlen <= 20
    return None if fits else "a range from /16 (AWS's largest VPC) to /20 (three tiers over the zones must fit)"


def cidrs_overlap(one: str, other: str) -> bool:
    """Whether two canonical ranges share an address."""
    return IPv4Network(one).overlaps(IPv4Network(other))


def interface_endpoint(service: str) -> str | None:
    """A service with an interface endpoint that this estate may call."""
    return None if service in limits.INTERFACE_ENDPOINTS else f"one of {', '.join(limits.INTERFACE_ENDPOINTS)}"


# Names and addresses


def domain_name(text: str) -> str | None:
    """A lower-case DNS name of two labels or more, without the final dot."""
    fits = len(text) <= 253 and re.fullmatch(rf"({_LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9]", text)
    return None if fits else "a lower-case domain name without a final dot, e.g. app.prod.dataconnect.example"


def email(text: str) -> str | None:
    """An e-mail address at a domain."""
    local, _, domain = text.rpartition("@")
    fits = len(local) <= 64 and re.fullmatch(rf"{_ATOM}(\.{_ATOM})*", local) and domain_name(domain) is None
    return None if fits else "an e-mail address, e.g. data-platform@dataconnect.example"


def https_url(text: str) -> str | None:
    """An https address without user, query or final slash."""
    expected = "an https:// address without user, query or final slash"
    if not re.fullmatch(r"https://[!-~]{1,2000}", text) or re.search(r"[@?#]|/$", text):
        return expected
    try:
        parts = urlsplit(text)
        fits = domain_name(parts.hostname or "") is None and (parts.port is None or parts.port > 0)
    except ValueError:
        return expected
    return None if fits else expected


RUNBOOK_URL_LENGTH: Final = 500
"""Of an alarm's description, which has 1,024 characters (CloudWatch PutMetricAlarm): what is told besides needs the rest."""


def runbook_url(text: str) -> str | None:
    """An address to which each alarm adds the name of its page."""
    fits = len(text) <= RUNBOOK_URL_LENGTH
    return https_url(text) if fits else f"up to {RUNBOOK_URL_LENGTH} characters: it stands in the description of every alarm"


def account_id(text: str) -> str | None:
    """The number of an AWS account, as text: it may start with a zero."""
    return pattern(text, r"[0-9]{12}", "a 12-digit account id in quotes")


def role_arn(text: str, account: str | None) -> str | None:
    """The ARN of an IAM role of `account`, or of any."""
    expected = f"arn:aws:iam::{account or '<account>'}:role/<name>"
    return _iam_arn(text, account, "role", 64, expected)


def user_or_role_arn(text: str, account: str | None) -> str | None:
    """The ARN of an IAM user or role of `account`, or of any."""
    expected = f"arn:aws:iam::{account or '<account>'}:user/<name> or :role/<name>"
    return _iam_arn(text, account, "(?:user|role)", 64, expected)


def policy_arn(text: str, account: str | None) -> str | None:
    """The ARN of a managed policy that `account`, or any account, keeps itself."""
    expected = f"arn:aws:iam::{account or '<account>'}:policy/<name>"
    return _iam_arn(text, account, "policy", 128, expected)


def _iam_arn(text: str, account: str | None, kind: str, longest: int, expected: str) -> str | None:
    form = rf"(?a:arn:aws:iam::{account or '[0-9]{12}'}:{kind}/{_IAM_PATH}{_IAM_NAME}{{1,{longest}}})"
    return pattern(text, form, expected) if len(text) <= 600 else expected


def tag_value(value: object) -> str | None:
    """A tag value with something in it, of the characters that every service accepts (docs.aws.amazon.com/tag-editor)."""
    if isinstance(value, bool | int | float):
        return "text, in quotes: AWS takes nothing else for a tag"
    fits = isinstance(value, str) and value == value.strip() and re.fullmatch(r"[\w .:/=+@-]{1,256}", value)
    return None if fits else "1 to 256 letters, digits, spaces (not at the ends) and . : / = + - @ _"


OWN_TAGS: Final = ("Name", RECOVERY_TAG, "Sharing", "Tier")
"""Keys of the tags that components set themselves, each on some resources."""

STACK_TAG: Final = "Stack"
"""One more of them, on what sleeps: its stack's name. The file of an environment on demand gives it to all that it has."""


def tag(key: str, value: object, *, known: Collection[str]) -> str | None:
    """A tag beyond the `known` ones."""
    if key in OWN_TAGS:
        return f"another key: components set {', '.join(OWN_TAGS)} themselves"
    if same := [other for other in known if other.lower() == key.lower()]:
        return f"the key {same[0]}: tag keys are told apart by case"
    if key.lower().startswith("aws:") or key != key.strip() or not re.fullmatch(r"[\w .:/=+@-]{1,128}", key):
        return "a key of 1 to 128 letters, digits, spaces (not at the ends) and . : / = + - @ _ that does not start with aws:"
    return tag_value(value)


# Logs


def log_retention(days: int) -> str | None:
    """A retention that CloudWatch Logs accepts."""
    return None if days in limits.LOG_RETENTION_DAYS else f"one of {', '.join(map(str, limits.LOG_RETENTION_DAYS))} days"


# Services


def service_name(name: str) -> str | None:
    """A name short enough for the physical names built from it."""
    fits = len(name) <= limits.SERVICE_NAME_LENGTH and re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)
    return None if fits else f"up to {limits.SERVICE_NAME_LENGTH} lower-case letters, digits and single hyphens, a letter first"


def path_pattern(text: str) -> str | None:
    """A path condition of a listener rule (docs.aws.amazon.com/elasticloadbalancing, rule condition types)."""
    expected = "a path pattern of up to 128 characters that starts with /, with at most five * and ?, e.g. /search/*"
    return pattern(text, r"(?!(.*[*?]){6})/[A-Za-z0-9_.$/~\"'@:+&*?-]{0,127}", expected)


def condition_values(paths: Sequence[str], hosts: Sequence[str]) -> str | None:
    """Paths and hosts that fit into one listener rule."""
    most = limits.CONDITION_VALUES_PER_RULE
    fits = paths and len(paths) + len(hosts) <= most
    return None if fits else f"one path or more, and at most {most} paths and hosts together (a listener rule holds no more)"


def variable_name(name: str) -> str | None:
    """A name of a plain variable, which must not look like that of a secret: whoever reads such a name expects one."""
    return "a name that does not end like that of a secret" if re.fullmatch(_TELLS_SECRETS, name) else None


_TELLS_SECRETS: Final = r"(?is).*(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)"

_CREDENTIALS: Final = (
    ("an AWS access key", r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    ("a password", r"(?i)[?&;](password|passwd|pwd|passphrase|secret|token|api_?key|access_?key)=[^&\s]"),
    ("an address with a password", r"\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@"),
    ("a webhook's address", r"https://(hooks\.slack\.com|discord(app)?\.com/api/webhooks|[a-z0-9.-]+\.webhook\.office\.com)/"),
    ("a Slack token", r"\bxox[abposr]-[0-9A-Za-z-]{10,}"),
    ("a GitHub token", r"\b(gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{22,})"),
)


def credential(text: str) -> str | None:
    """What kind of credential `text` holds, e.g. `an AWS access key`; None if it looks like none."""
    return next((what for what, pattern in _CREDENTIALS if re.search(pattern, text)), None)
