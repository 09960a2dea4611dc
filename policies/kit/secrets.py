"""Finds secrets in plain text: environment variables, user data, parameters. References to a secret are not secrets."""

import base64
import binascii
import gzip
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

_SHAPES: Final = (
    ("an AWS access key", r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![A-Za-z0-9])"),
    ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----"),
    ("a GitHub token", r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{22,})"),
    ("a GitLab token", r"\bglpat-[0-9A-Za-z_-]{20}"),
    ("a Slack token", r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}"),
    (
        "a webhook's address",
        r"https://(?:hooks\.slack\.com/|discord(?:app)?\.com/api/webhooks/|[a-z0-9.-]+\.webhook\.office\.com/)\w",
    ),
    ("a Stripe key", r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}"),
    ("a Google API key", r"\bAIza[0-9A-Za-z_-]{35}"),
    ("a SendGrid key", r"\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}"),
    ("an npm token", r"\bnpm_[0-9A-Za-z]{36}"),
    ("a signed token", r"\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}"),
    ("a bearer token", r"(?i)\bauthorization[\"']?\s*[:=]\s*[\"']?(?:bearer|basic)\s+[0-9A-Za-z._~+/-]{16,}"),
    ("a storage account key", r"(?i)\bAccountKey=[0-9A-Za-z+/]{40,}"),
)
_COMPILED: Final = tuple((what, re.compile(pattern)) for what, pattern in _SHAPES)

_AWS_SECRET_KEY: Final = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_LEAST_ENTROPY: Final = 4.2  # bits per character: random Base64 of 40 characters has about 4.8, a path or an identifier under 4

_ADDRESS: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@\"']*:(?P<value>[^/\s@\"']+)@", re.IGNORECASE)

# The end of a name that says "what I hold opens something". Endings such as _ARN, _NAME or _FILE say that it is elsewhere.
_SECRET_NAME: Final = re.compile(
    r"(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|APIKEY|(?:^|_)(?:PASS|PWD|CREDENTIALS?|AUTH_DATA|SECRET_KEY_BASE"
    r"|(?:API|AUTH|ACCESS|ACCOUNT|CLIENT|ENCRYPTION|LICENSE|MASTER|PRIVATE|SECRET|SERVICE|SESSION|SIGNING)_?KEY(?:_ID)?))"
    r"(?:_?\d+)?(?:_(?:VALUE|STRING|TEXT|PLAIN|PLAINTEXT|CURRENT|OLD|NEW))?$"
)
_NOT_SECRET_NAME: Final = re.compile(
    r"^(?:OLD)?PWD$|(?:REQUEST|PAGE|NEXT|PAGINATION|CONTINUATION|MAX|PAD|EOS|BOS)_?TOKEN$|(?:KMS|PUBLIC)\w*_KEY(?:_ID)?$"
)
_OPENS_BY_GUESSING: Final = re.compile(r"PASS|PWD")

_REFERENCE: Final = re.compile(
    r"""
      \s*
    | arn:.*
    | [$`<!%{\#].*                                            # a variable, a command, a placeholder, a template, a YAML tag
    | .*(?:\$\{|\$\(|\{\{).*                                  # text with one of these in it
    | (?:ssm|ssm-secure|awssm|secretsmanager|parameterstore|vault|op|sm|gcp|file|env|kms|s3)(?:://?|:|\#).*
    | [a-z][a-z0-9+.-]*://[^\s@]*                             # an address without a password
    | alias/.*
    | (?:/|\./|~/)[\w./@{}-]*                                 # a path, of a file or a parameter
    | [a-z0-9_.-]+(?:/[a-z0-9_.-]+)+                          # the name of a secret
    | [\w./-]+\.(?:json|ya?ml|pem|crt|cer|key|p12|pfx|jks|txt|env|conf|properties|ini|toml)
    | [*x•.\-_?]+                                             # masked
    | (?:true|false|yes|no|on|off|none|null|nil|undefined|enabled?|disabled?|required|optional)
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_IDENTIFIER: Final = re.compile(r"\d{1,9}|\d+[smhd]|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

_VALUE: Final = r"(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|(?P<bare>[^\s\"',;&|<>(){}\[\]=][^\s\"',;&|<>()\[\]]*))"
_ASSIGNMENTS: Final = (
    # NAME=value, name = "value", name := value
    re.compile(rf"(?P<name>[A-Za-z_][\w.-]*)[\"']?[ \t]*(?::=|=>|(?<![=!<>:])=)(?![=~])[ \t]*(?={_VALUE})"),
    # "name": "value" in JSON
    re.compile(rf"[\"'](?P<name>[A-Za-z_][\w.-]*)[\"'][ \t]*:[ \t]*(?={_VALUE})"),
    # name: value, alone on its line, in YAML
    re.compile(rf"^[ \t-]*(?P<name>[A-Za-z_][\w.-]*):[ \t]+(?={_VALUE}[ \t]*(?:[#].*)?\r?$)", re.MULTILINE),
    # --name value, aws configure set name value
    re.compile(rf"(?:(?<!\S)--|\bconfigure[ ]set[ ])(?P<name>[A-Za-z_][\w.-]*)[ \t]+(?!-)(?={_VALUE})"),
)
_COMMANDS: Final = (
    re.compile(r"\bmysql(?:dump|admin|import)?\b[^\n|;&]{0,200}?\s-p(?P<value>[^\s\"'$`-][^\s]*)"),
    re.compile(r"\bcurl\b[^\n|;&]{0,200}?\s(?:-u|--user)[ =]?[\"']?[\w.@-]+:(?P<value>[^\s\"']+)"),
    re.compile(r"\becho\s+(?:-\w+\s+)?[\"']?[\w.-]+:(?P<value>[^\s\"'|]+)[\"']?\s*\|\s*(?:sudo\s+)?chpasswd"),
    re.compile(r"\bsshpass\s+-p\s*[\"']?(?P<value>[^\s\"']+)"),
    re.compile(r"(?i)\bConvertTo-SecureString\s+(?:-String\s+)?[\"'](?P<value>[^\"'\n]+)[\"']"),
)
_ARN: Final = re.compile(r"arn:[\w-]*:[^\s\"',]*")
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}={0,2}(?![A-Za-z0-9+/=])")
_LONGEST_TEXT: Final = 200_000


def names_secret(name: str) -> bool:
    """Whether a variable or parameter of this name holds a secret: `DB_PASSWORD` and `apiKey`, not `SECRET_ARN`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    words = re.sub(r"[^A-Z0-9]+", "_", words.upper()).strip("_")
    return bool(_SECRET_NAME.search(words)) and not _NOT_SECRET_NAME.search(words)


def secret_in_variable(name: str, value: str) -> str | None:
    """What kind of secret the variable `name` holds as a literal, e.g. `an AWS access key`; None if it holds none."""
    if found := secret_in_text(value):
        return found
    return "a literal secret" if names_secret(name) and _literal(name, value) else None


def secret_in_text(text: str) -> str | None:
    """What kind of secret a script, a document or a value has in plain text or in Base64; None if it looks like none."""
    for plain in _readings(text[:_LONGEST_TEXT]):
        if found := _shape(plain) or _assigned(plain):
            return found
    return None


def _shape(text: str) -> str | None:
    for what, pattern in _COMPILED:
        if pattern.search(text):
            return what
    if any(_random(match[0]) for match in _AWS_SECRET_KEY.finditer(text)):
        return "an AWS secret key"
    if any(not _REFERENCE.fullmatch(match["value"]) for match in _ADDRESS.finditer(text)):
        return "an address with a password"
    return None


def _random(text: str) -> bool:
    """Whether 40 characters look like chance: a commit is hexadecimal, a path repeats its letters."""
    if not (re.search(r"[a-z]", text) and re.search(r"[A-Z]", text) and re.search(r"\d", text)):
        return False
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts) >= _LEAST_ENTROPY


def _assigned(text: str) -> str | None:
    text = _ARN.sub("arn:", text)
    for pattern in _ASSIGNMENTS:
        for match in pattern.finditer(text):
            value = match["double"] or match["single"] or match["bare"] or ""
            if names_secret(match["name"]) and len(value) >= 4 and _literal(match["name"], value):
                return f"a literal {match['name']}"
    for pattern in _COMMANDS:
        if any(not _REFERENCE.fullmatch(match["value"]) for match in pattern.finditer(text)):
            return "a password on a command line"
    return None


def _literal(name: str, value: str) -> bool:
    """Whether `value` is a secret itself rather than a reference, a switch, or, for a key or token, a number or an id."""
    if _REFERENCE.fullmatch(value):
        return False
    return bool(_OPENS_BY_GUESSING.search(name.upper())) or not _IDENTIFIER.fullmatch(value)


def _readings(text: str) -> Iterator[str]:
    """The text, and what it or longer parts of it say once decoded from Base64."""
    yield text
    whole = "".join(text.split())
    candidates = [whole] if re.fullmatch(r"[A-Za-z0-9+/]{8,}={0,2}", whole) else _BASE64.findall(text)
    for candidate in candidates:
        if plain := _decoded(candidate):
            yield plain


def _decoded(text: str) -> str:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
        plain = data.decode("utf-8")
    except (binascii.Error, ValueError, OSError, EOFError):
        return ""
    return plain if all(character.isprintable() or character in "\r\n\t" for character in plain) else ""
