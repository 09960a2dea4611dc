"""How urgent an event of RDS is whose message has no category, only its id, as those of RDS's own subscriptions."""

import re
from typing import Final

_ID: Final = re.compile(r"RDS-EVENT-(\d{4})\Z")
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html, as of November 2026: what is planned, of our own
# doing, or only told. All others, and those that come to be, are urgent.
_CONFIGURATION: Final = (
    *("0011", "0012", "0014", "0016", "0017", "0018", "0024", "0025", "0028", "0029", "0030", "0032", "0033", "0037", "0067"),
    *("0078", "0092", "0217", "0218", "0295", "0296", "0332", "0333", "0334", "0335"),
)
_MAINTENANCE: Final = (
    *("0026", "0027", "0047", "0155", "0178", "0264", "0265", "0266", "0267", "0268", "0269", "0270", "0398", "0399", "0422"),
    *("0425", "0429", "0501", "0502"),
)
_BACKUP: Final = ("0001", "0002")
_NOTIFICATION: Final = ("0044", "0048", "0087", "0088", "0154")
_PLANNED: Final = frozenset((*_CONFIGURATION, *_MAINTENANCE, *_BACKUP, *_NOTIFICATION))


def kind_of(event: object) -> tuple[str, str]:
    """Kind of alarm and severity of an event by its id: `RDS-EVENT-0026`, or an address that ends so."""
    found = _ID.search(event) if isinstance(event, str) else None
    return ("database-maintenance", "info") if found and found[1] in _PLANNED else ("database-event", "critical")
