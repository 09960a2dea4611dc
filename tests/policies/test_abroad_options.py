"""What the least privilege pack's lists of other accounts and organisations change."""

from collections.abc import Mapping, Sequence

import pytest

from policies.controls.least_privilege.pack import PACK
from tests.policies.given.least_privilege.access import admits
from tests.policies.given.least_privilege.common import OTHER, OWN_PROVIDER
from tests.policies.harness import Engine, Planned, planned

ORGANISATION = "o-a1b2c3d4e5"
ARN = f"arn:aws:organizations::{OTHER}:organization/{ORGANISATION}"
IN_ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": ORGANISATION}}
POLICIES, INPUTS = "policy-shares-nothing-abroad", "input-names-nobody-abroad"
BUCKET_POLICY, ASSOCIATION = "aws:s3/bucketPolicy:BucketPolicy", "aws:ram/principalAssociation:PrincipalAssociation"


def stopped(rule: str, options: Mapping[str, Sequence[str]], resource: Planned) -> bool:
    """Whether the rule has something to say of a resource of the own account."""
    engine = Engine(PACK, levels={rule: "mandatory"}, options={rule: options})
    found = engine.preview([resource.with_provider(OWN_PROVIDER)])
    return any(diagnostic.policyName == rule for diagnostic in found)


@pytest.mark.parametrize(
    ("rule", "resource", "told", "not_told"),
    [
        (POLICIES, planned(BUCKET_POLICY, **admits({"AWS": OTHER})), {"accounts": [OTHER]}, {"accounts": ["444444444444"]}),
        (
            POLICIES,
            planned(BUCKET_POLICY, **admits({"AWS": OTHER}, IN_ORGANISATION)),
            {"organizations": [ORGANISATION]},
            {"organizations": ["o-strangers12"]},
        ),
        (POLICIES, planned(BUCKET_POLICY, **admits("*", IN_ORGANISATION)), {"organizations": [ORGANISATION]}, {}),
        (INPUTS, planned(ASSOCIATION, principal=OTHER), {"accounts": [OTHER]}, {"organizations": [ORGANISATION]}),
        (INPUTS, planned(ASSOCIATION, principal=ARN), {"organizations": [ORGANISATION]}, {"organizations": ["o-strangers12"]}),
        ("sns-policy-own-account", planned("aws:sns/topic:Topic", **admits({"AWS": OTHER})), {"accounts": [OTHER]}, {}),
    ],
)
def test_who_is_listed_may_be_named(
    rule: str, resource: Planned, told: Mapping[str, Sequence[str]], not_told: Mapping[str, Sequence[str]]
) -> None:
    assert stopped(rule, not_told, resource)
    assert not stopped(rule, told, resource)
