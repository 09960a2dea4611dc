"""The same thing in another region: ARNs that differ by their region only."""

import pulumi

from .errors import ComponentError


def in_region(arn: pulumi.Input[str], region: str) -> pulumi.Output[str]:
    """`arn` with its region replaced: how AWS addresses the replica of a key, a secret or a global table.

    Raises:
        ComponentError: when the value is not the ARN of something regional (`arn:partition:service:region:account:resource`).
    """
    return pulumi.Output.from_input(arn).apply(lambda text: _in_region(text, region))


def _in_region(arn: str, region: str) -> str:
    match arn.split(":", 5):
        case ["arn", partition, service, home, account, resource] if home and resource:
            return ":".join(("arn", partition, service, region, account, resource))
        case _:
            raise ComponentError(
                f"{arn!r} is not the ARN of something regional; expected arn:partition:service:region:account:resource"
            )


def expect_region(arn: pulumi.Input[str], region: str, what: str) -> pulumi.Input[str]:
    """`arn` itself; refused, at once or as soon as it is known, unless it is of `region`. `what` names it in the error.

    For keys above all: AWS takes the key of another region without a word in several places, and fails later.

    Raises:
        ComponentError: when the ARN is of another region.
    """

    def check(text: str) -> str:
        if text.split(":", 5)[3:4] != [region]:
            raise ComponentError(f"{what} is {text!r}; expected an ARN of {region}")
        return text

    return check(arn) if isinstance(arn, str) else pulumi.Output.from_input(arn).apply(check)
