"""Image repositories are scanned, their tags do not move, and old images are removed."""

from typing import Final

from policies.kit.checks import equals, is_on, named_by
from policies.kit.rule import Rules

rules: Final = Rules("workloads")


rules.named("ecr-scan-on-push", "C096", "ecr/repository").add(
    is_on("imageScanningConfiguration.scanOnPush"),
    description="Images are scanned when they are pushed.",
    remediation="Set imageScanningConfiguration: {scanOnPush: true}.",
    remediation_values={"imageScanningConfiguration.scanOnPush": True},
)
rules.named("ecr-immutable-tags", "C097", "ecr/repository ecr/repositoryCreationTemplate").add(
    equals("imageTagMutability", "IMMUTABLE", default="MUTABLE"),
    description="A tag names the same image for ever.",
    remediation="Set imageTagMutability: IMMUTABLE.",
    remediation_values={"imageTagMutability": "IMMUTABLE"},
)


rules.named("ecr-lifecycle", "C099", "ecr/repository", needs_stack=True).add(
    named_by("an ecr/lifecyclePolicy that names the repository", ("ecr/lifecyclePolicy", "repository")),
    description="Old images are removed by a lifecycle policy.",
    remediation="Add an ecr.LifecyclePolicy for the repository.",
)
