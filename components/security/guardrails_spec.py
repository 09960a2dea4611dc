"""Whom AWS writes to about an account."""

from typing import Annotated

from pydantic import Field

from ..base.problems import matching
from ..base.spec import Email, Spec

# docs.aws.amazon.com/accounts/latest/reference/API_PutAlternateContact.html
PersonName = Annotated[str, matching(r"\S(.{0,62}\S)?", "a name or title of 1 to 64 characters")]
Phone = Annotated[str, matching(r"[0-9+][\s0-9()+-]{0,24}", "a telephone number of digits, spaces and + - ( ), up to 25")]


class ContactSpec(Spec):
    """Somebody whom AWS reaches."""

    name: PersonName = Field(description="name, e.g. Security on call")
    title: PersonName = Field(description="what they are, e.g. Security")
    email: Email = Field(description="e-mail address")
    phone: Phone = Field(description="telephone number")


class ContactsSpec(Spec):
    """The three alternate contacts of an account: without them AWS writes to the root user's address alone."""

    security: ContactSpec = Field(description="who hears of abuse and of leaked credentials")
    operations: ContactSpec = Field(description="who hears of retired hardware and of maintenance")
    billing: ContactSpec = Field(description="who hears of invoices")
