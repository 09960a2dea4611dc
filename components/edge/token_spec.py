"""Whose tokens the load balancer believes before a request reaches anything behind it."""

from typing import Annotated, Final

from pydantic import Field

from ..base.problems import checked, matching
from ..base.spec import HttpsUrl, Spec

# docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_JwtValidationActionConfig.html: characters of either address
ADDRESS_LENGTH: Final = 256
# docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_JwtValidationActionAdditionalClaim.html: of a claim's value
CLAIM_LENGTH: Final = 256


def _short_address(text: str) -> str | None:
    return None if len(text) <= ADDRESS_LENGTH else f"an address of up to {ADDRESS_LENGTH} characters (ELB's JWT validation)"


Claim = Annotated[
    str, matching(rf"[!#-\[\]-~]{{1,{CLAIM_LENGTH}}}", f"1 to {CLAIM_LENGTH} characters of ASCII without spaces, quotes and \\")
]
"""A value of a claim: one scope, or one audience (RFC 6749, 3.3, has these characters for a scope)."""


class TokenSpec(Spec):
    """Access tokens of the company's identity provider, signed with RS256: ELB verifies nothing else."""

    issuer: Annotated[HttpsUrl, checked(_short_address)] = Field(
        description="the claim iss of every token, an https address without a final slash, up to 256 characters"
    )
    jwks_url: Annotated[HttpsUrl, checked(_short_address)] = Field(
        description="where the issuer publishes its keys, up to 256 characters; the internet must reach it; 10 keys at most"
    )
    audience: Claim = Field(description="the claim aud, one text: whom the tokens are for")
