"""Patterns of AWS's service models, which are written for Java, as patterns for Python."""

import re
import warnings
from typing import Final

_OPEN_PARTITION: Final = re.compile(r"arn:aws:|\(aws\|aws\\?-")
_ASCII_CLASSES: Final = {
    "Print": r"\x20-\x7E",
    "ASCII": r"\x00-\x7F",
    "Graph": r"\x21-\x7E",
    "Alnum": "a-zA-Z0-9",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
}


def translate(java: str) -> tuple[str | None, str]:
    """A pattern of a service model for `re.fullmatch` with `re.ASCII | re.DOTALL`, or None and why it is left out."""
    text = _ascii_classes(java.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"))
    if re.search(r"\\[pPQEGhHXR]", text):
        return None, "with character properties"
    if _OPEN_PARTITION.search(text):
        return None, "for some partitions only"
    if re.fullmatch(r"\^?(\.|\[\\s\\S\]|\[\\S\\s\]|\[\\u0020-\\uD7FF[^\]]*\])[*+]\$?|\.\*\\S\.\*", text):
        return None, "that says nothing"
    if _slow(text):
        return None, "with nested repetition"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(text, re.ASCII | re.DOTALL)
    except (re.error, FutureWarning, DeprecationWarning):
        return None, "in another syntax"
    return text, ""


def _ascii_classes(pattern: str) -> str:
    """Java's names of ASCII classes written out, with brackets where they stand outside of brackets."""
    parts = re.split(r"(\\p\{\w+\}|\\.|\[|\])", pattern)
    inside = False
    for index, part in enumerate(parts):
        name = part[3:-1] if part.startswith(r"\p{") else ""
        if name in _ASCII_CLASSES:
            parts[index] = _ASCII_CLASSES[name] if inside else f"[{_ASCII_CLASSES[name]}]"
        elif part in ("[", "]"):
            inside = part == "["
    return "".join(parts)


def _slow(pattern: str) -> bool:
    """Whether a repetition of unlimited length holds another one, which can take exponential time."""
    bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "x", pattern)
    return bool(re.search(r"\([^()]*[+*][^()]*\)[+*]", bare))
