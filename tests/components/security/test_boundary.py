from pulumi_aws import iam, sqs

from components.security.boundary import bound_roles
from tests.components.harness import ACCOUNT, resources_of

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/dataconnect-boundary"


def test_every_role_is_bounded_and_nothing_else_changes() -> None:
    def program() -> None:
        bound_roles(BOUNDARY)
        iam.Role("a", assume_role_policy="{}")
        iam.Role("b", assume_role_policy="{}", permissions_boundary="arn:aws:iam::aws:policy/AdministratorAccess")
        sqs.Queue("queue")

    declared = resources_of(program)
    assert [role.inputs["permissionsBoundary"] for role in declared.of("aws:iam/role:Role")] == [BOUNDARY, BOUNDARY]
    assert declared.one("aws:sqs/queue:Queue").inputs == {}
