"""Keys outside this project's namespace: the few that stack files have, and all others, which nobody reads or nobody should."""

from collections.abc import Iterable, Iterator
from typing import Final

from components.base.problems import Line, instead_of
from settings.credentials import CREDENTIAL_KEYS
from settings.misspelt import PROJECT, is_ours

ALLOWED: Final = {
    "aws:region": "where the stack is",
    "aws:allowedAccountIds": "the account that the provider refuses to leave",
    "aws:defaultTags": "the tags of every resource",
    "aws:maxRetries": "how often the provider asks AWS again",
    "aws:retryMode": "how it waits between",
}
"""Keys of the engine and of the provider that a stack file may have, with what they are for."""

_ELSEWHERE: Final = {
    "aws:profile": "no profile in a stack file: it is one person's; set AWS_PROFILE in the shell",
    "aws:assumeRole": "no role in a stack file: who deploys takes it before, in the job or in the AWS profile",
    "aws:assumeRoles": "no role in a stack file: who deploys takes it before, in the job or in the AWS profile",
    "aws:assumeRoleWithWebIdentity": "no role in a stack file: who deploys takes it before, in the job or in the AWS profile",
    "aws:endpoints": "no endpoints in a stack file: the provider knows AWS's own",
    "aws:forbiddenAccountIds": "aws:allowedAccountIds alone",
    "aws:ignoreTags": "no tags to ignore: what is not in the program must show",
}


def foreign(keys: Iterable[str]) -> Iterator[Line]:
    """A line for each of `keys` that neither this project, nor the provider or engine with good reason, reads."""
    for key in keys:
        namespace, _, name = key.partition(":")
        if namespace == PROJECT or key in ALLOWED or key in CREDENTIAL_KEYS:
            continue
        if key in _ELSEWHERE:
            yield Line(path=(key,), says="has no place here", advice=f"expected {_ELSEWHERE[key]}")
        elif namespace == "aws":
            yield Line(path=(key,), says="is an unknown key", advice=instead_of(key, ALLOWED))
        elif is_ours(namespace):
            yield Line(path=(key,), says="is an unknown key", advice=f"did you mean {PROJECT}:{name}?")
        else:
            known = f"a key of {PROJECT}: or aws:"
            yield Line(path=(key,), says="is an unknown key", advice=f"expected {known}; nobody reads {namespace}:")
