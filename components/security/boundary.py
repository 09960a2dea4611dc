"""The permissions boundary of every role that a stack declares."""

import pulumi


def bound_roles(policy_arn: str) -> None:
    """Give every IAM role of the running program the permissions boundary `policy_arn`.

    A boundary is a rule of the account about all roles, whichever component makes them: so it is set in one place, before the
    first resource, and no component can forget it.
    """

    def bounded(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != "aws:iam/role:Role":
            return None
        return pulumi.ResourceTransformationResult({**args.props, "permissionsBoundary": policy_arn}, args.opts)

    pulumi.runtime.register_stack_transformation(bounded)
