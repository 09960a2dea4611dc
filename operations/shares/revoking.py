"""The steps that end a share, and the certificate of it."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from operations.errors import Code, OperationError
from operations.shares.shares import CLOSED, Shares, is_refused
from operations.stack import Share, Stack
from operations.steps import Result, Step
from operations.tenants.certificate import PAPERS
from operations.tenants.registry import now

TO_DO: Final = (
    "To be done: write `protect: false` into its entry in dataconnect:shares and deploy; then take the entry out and deploy"
    " once more. That schedules the deletion of its key, 30 days later. Until then it stays closed: no deployment enables the"
    " key, takes the refusal off the role or grants the share again."
)
"""How the resources of a revoked share go."""


STEPS: Final = ("close", "role", "key", "grants", "ram", "proof", "objects")


def steps_of(share: Share, journal: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What the journal of its tenant tells of a share, by step; nothing of one whose name begins with this one's."""
    names = {step_name(share, step): step for step in STEPS}
    return {names[each["step"]]: each for each in journal if each["step"] in names}


def step_name(share: Share, step: str) -> str:
    """Under which a step is journaled, in the journal of the share's tenant."""
    return f"share-{share.name}-{step}"


def revoke_steps(shares: Shares, share: Share, *, unproven: str | None) -> list[Step]:
    """The steps, in the order in which a subscriber loses most at once; each may be repeated.

    Whoever holds credentials of the role is refused by the role first, then by the key; then there is nothing to be read.
    """

    def deny() -> Result:
        shares.deny(share)
        return {"role": share.role_arn, "policy": CLOSED}

    def disable() -> Result:
        shares.disable_key(share)
        return {"key": share.key_arn, "state": shares.key_state(share)}

    def close() -> Result:
        shares.registry.close_share(share.tenant, share.name)
        return {"state": "revoked"}

    def ram_ended() -> str | None:
        left = shares.shared_by_ram(share)
        return (
            f"RAM still shares {shares.table_arn(share)} by {', '.join(left)}, which Lake Formation takes away"
            if left
            else None
        )

    return [
        Step(
            name=step_name(share, "close"),
            says="enter it as revoked: nobody publishes it, no deployment grants it",
            check=lambda: shares.registry.share_state(share.tenant, share.name) is not None,
            act=close,
        ),
        Step(
            name=step_name(share, "role"),
            says="refuse everything to the role whose credentials the subscriber is handed, and to those handed out",
            check=lambda: shares.is_denied(share),
            act=deny,
        ),
        Step(
            name=step_name(share, "key"),
            says="disable its key",
            check=lambda: shares.is_shut(share),
            act=disable,
        ),
        Step(
            name=step_name(share, "grants"),
            says="revoke what Lake Formation grants others on its table",
            check=lambda: not shares.grants(share),
            act=lambda: {"revoked": shares.revoke_grants(share)},
        ),
        Step(
            name=step_name(share, "ram"),
            says="wait until the resource share of RAM is gone",
            check=lambda: ram_ended() is None,
            act=dict,
            verify=ram_ended,
        ),
        Step(
            name=step_name(share, "proof"),
            says="leave it untried: " + unproven if unproven is not None else "try to read it as the subscriber would",
            # Before the objects go: that nothing is found would prove nothing.
            check=lambda: False,
            act=lambda: prove(shares, share, unproven=unproven),
            verify=lambda: None,
        ),
        Step(
            name=step_name(share, "objects"),
            says="delete what lies in its folder, in all versions",
            check=lambda: not shares.versions(share),
            act=lambda: {"deleted": shares.erase(share)},
        ),
    ]


def suspend_steps(shares: Shares | None, tenant: str) -> list[Step]:
    """The steps after which nobody reads the shares of a tenant, for as long as it is suspended."""
    if shares is None:
        return []
    return [
        Step(
            name=f"suspend-{step_name(share, 'role')}",
            says=f"refuse everything to the role of share {share.name}",
            check=partial(shares.is_denied, share),
            act=partial(_done, shares.deny, share),
        )
        for share in shares.of(tenant)
    ]


def resume_steps(shares: Shares | None, tenant: str) -> list[Step]:
    """The steps that undo `suspend_steps`; what was revoked stays so."""
    if shares is None:
        return []
    return [
        Step(
            name=f"resume-{step_name(share, 'role')}",
            says=f"let the role of share {share.name} read again",
            check=partial(_not, shares.is_denied, share),
            act=partial(_done, shares.undeny, share),
        )
        for share in shares.of(tenant)
        if shares.registry.share_state(tenant, share.name) is None
    ]


def _done(act: Callable[[Share], None], share: Share) -> Result:
    act(share)
    return {"role": share.role_arn, "policy": CLOSED}


def _not(check: Callable[[Share], bool], share: Share) -> bool:
    return not check(share)


def prove(shares: Shares, share: Share, *, unproven: str | None) -> Result:
    """What shows that the subscriber's access is gone.

    Raises:
        OperationError: where anything is left of it.
    """
    found: dict[str, Any] = {
        "looked_at": now(),
        "grants": [each["Principal"]["DataLakePrincipalIdentifier"] for each in shares.grants(share)],
        "ram": shares.shared_by_ram(share),
        "key": shares.key_state(share),
        "role_denied": shares.is_denied(share),
        "attempts": "not tried: " + unproven if unproven is not None else [],
    }
    wrong = [*(["it is still granted"] if found["grants"] else []), *(["RAM still shares it"] if found["ram"] else [])]
    wrong += [f"its key is {found['key']}"] if not shares.is_shut(share) else []
    wrong += [] if found["role_denied"] else ["its role is not denied"]
    if unproven is None:
        attempts = shares.try_as_subscriber(share)
        found["attempts"] = [asdict(each) for each in attempts]
        wrong += [f"{each.what}: {each.answer}" for each in attempts if not is_refused(each)]
    if wrong:
        raise OperationError(
            f"access to share {share.name} is not gone: {'; '.join(wrong)}. Run the same command again in a minute: IAM takes"
            " seconds to spread a change",
            Code.ISOLATION,
        )
    return found


def certificate(stack: Stack, share: Share, journal: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The certificate that the journal of the share's tenant gives."""
    mine = steps_of(share, journal)
    return {
        "share": share.name,
        "product": share.product,
        "tenant": share.tenant,
        "subscriber": share.account,
        "until": share.until,
        "place": {"stack": stack.name, "account": stack.account, "region": stack.region},
        "revoked_at": mine["close"]["started_at"],
        "proof": mine["proof"]["result"],
        # A run that was killed after it deleted them could not tell how many.
        "deleted_versions": mine["objects"]["result"].get("deleted", "not recorded"),
        "not_reached": "what the subscriber has read while it was granted is the subscriber's copy",
        "to_do": TO_DO,
        "steps": [
            {"step": each["step"], "started_at": each["started_at"], "finished_at": each["finished_at"]}
            for each in mine.values()
        ],
    }


def place_of(share: Share) -> str:
    """Where its certificate lies in the bucket `config`, without the ending."""
    return f"{PAPERS}{share.tenant}/share-{share.name}"


def as_text(made: Mapping[str, Any]) -> str:
    """The certificate as JSON."""
    return json.dumps(made, indent=2) + "\n"


def digest(made: Mapping[str, Any]) -> str:
    """SHA-256 of its JSON text as it is stored."""
    return hashlib.sha256(as_text(made).encode()).hexdigest()


def markdown(made: Mapping[str, Any]) -> str:
    """The certificate for people."""
    place, proof = made["place"], made["proof"]
    tried = proof["attempts"]
    lines = [
        f"# Certificate: share {made['share']} is closed",
        f"Product {made['product']} of tenant {made['tenant']}, for account {made['subscriber']} until {made['until']}; stack"
        f" {place['stack']}, account {place['account']}, {place['region']}. Revoked {made['revoked_at']}, looked at"
        f" {proof['looked_at']}.",
        "",
        "- Lake Formation grants nobody else anything on its table, RAM shares it no more.",
        f"- Its key is {proof['key']}; its role is denied everything.",
        f"- What lay there is deleted; versions: {made['deleted_versions']}.",
        *([f"- {tried}"] if isinstance(tried, str) else [f"- {each['what']}: {each['answer']}" for each in tried]),
        "",
        f"Not reached: {made['not_reached']}.",
        "",
        made["to_do"],
    ]
    return "\n".join(lines) + "\n"
