"""A repository of container images."""

import json
import re
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecr

from components.component import Component, InvalidArgumentError, tags
from components.permissions import Statement, sid

# docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html: repositoryName
REPOSITORY_NAME = r"(?=.{2,256}$)[a-z0-9]+(?:[._/-][a-z0-9]+)*"


@dataclass(frozen=True, kw_only=True)
class RepositoryArgs:
    """A repository for the images of one service.

    Attributes:
        region: AWS region of the repository, e.g. `us-east-2`.
        repository_name: The name that builds push to, the same in every region since replication goes by it; lower case
            segments of letters and digits joined by `. _ - /`, e.g. `dataconnect/search`.
        key_arn: Customer managed key of `region`.
        keep_images: Images kept, the newest first; older ones are deleted. 200 by default: deployed digests must stay among
            them, in both regions.
        protect: Stop a plan that would delete the repository; true by default. Without it a destroy deletes every image, too.
    """

    region: str
    repository_name: str
    key_arn: pulumi.Input[str]
    keep_images: int = 200
    protect: bool = True

    def __post_init__(self) -> None:
        if not re.fullmatch(REPOSITORY_NAME, self.repository_name):
            expected = "2 to 256 lower case letters and digits in segments joined by . _ - /"
            raise InvalidArgumentError(self, "repository_name", self.repository_name, expected)
        if self.keep_images < 1:
            raise InvalidArgumentError(self, "keep_images", self.keep_images, "1 or more")


class Repository(Component):
    """Images scanned on push, whose tags never move, encrypted under the house's key; private to the account.

    A replica in the recovery region is another `Repository` of the same name there, declared before replication starts: one
    that AWS creates by itself has neither key, nor immutable tags, nor lifecycle.

    Outputs: `arn`; `url`.
    """

    arn: pulumi.Output[str]
    url: pulumi.Output[str]

    def __init__(self, name: str, args: RepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        repository = ecr.Repository(
            name,
            region=args.region,
            # A physical name: builds push to it, and replication finds the repository of the other region by it.
            name=args.repository_name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.key_arn),
            ],
            force_delete=not args.protect,
            tags=tags(name),
            opts=self.child(protect=args.protect),
        )
        ecr.LifecyclePolicy(
            f"{name}-lifecycle",
            region=args.region,
            repository=repository.name,
            policy=json.dumps(
                {
                    "rules": [
                        {
                            "rulePriority": 1,
                            "description": f"Keep the newest {args.keep_images} images",
                            "selection": {
                                "tagStatus": "any",
                                "countType": "imageCountMoreThan",
                                "countNumber": args.keep_images,
                            },
                            "action": {"type": "expire"},
                        }
                    ]
                }
            ),
            opts=self.child(),
        )
        self.arn = repository.arn
        self.url = repository.repository_url
        self.register_outputs({"arn": self.arn, "url": self.url})

    def image(self, digest: str) -> pulumi.Output[str]:
        """The address of one image by its digest (`sha256:` and 64 hexadecimal digits), which no tag can change.

        Raises:
            ValueError: when it is no digest.
        """
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            raise ValueError(f"digest is {digest!r}; expected sha256: and 64 hexadecimal digits")
        return pulumi.Output.concat(self.url, "@", digest)

    def pull(self) -> tuple[Statement, ...]:
        """Pull images. ECR decrypts by a grant of its own: the key is not needed. Logging in is `pull_login`, once per role."""
        return (
            Statement(
                sid=sid("pull", self.name),
                actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
                resources=(self.arn,),
            ),
        )


def pull_login() -> Statement:
    """Log in to the account's registry, as every role that pulls images must."""
    return Statement(
        sid="LogInToRegistry",
        actions=("ecr:GetAuthorizationToken",),
        resources=("*",),
        wildcard_reason="the token is for the whole registry: the action has no resource (ECR service authorization reference)",
    )
