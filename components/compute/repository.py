"""A repository of container images."""

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecr

from ..base.component import Component, tags
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Place, Store
from ..base.statements import Statement, sid
from . import compute_checks


class Images:
    """Images in a repository.

    Attributes:
        name: What the statements about it are told apart by.
        arn: Of the repository.
        url: Where its images are pulled from.
    """

    name: str
    arn: pulumi.Output[str]
    url: pulumi.Output[str]

    def image(self, digest: str) -> pulumi.Output[str]:
        """The address of one image by its digest (`sha256:` and 64 hexadecimal digits), which no tag can change.

        Raises:
            ComponentError: when it is no digest.
        """
        if expected := compute_checks.digest(digest):
            raise ComponentError(f"digest is {digest!r}; expected {expected}")
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


class SharedImages(Images):
    """Images in a repository of another stack of the account and region, which its name tells."""

    def __init__(self, here: Place, repository_name: str) -> None:
        self.name = repository_name.replace("/", "-")
        self.arn = pulumi.Output.from_input(f"arn:aws:ecr:{here.region}:{here.account_id}:repository/{repository_name}")
        self.url = pulumi.Output.from_input(f"{here.account_id}.dkr.ecr.{here.region}.amazonaws.com/{repository_name}")


@dataclass(frozen=True, kw_only=True)
class RepositoryArgs:
    """A repository for the images of one service.

    Attributes:
        here: Where it is, and whether a plan that would delete it is stopped. Where not, a destroy deletes every image, too.
        repository_name: The name that builds push to, the same in every region since replication goes by it; lower case
            segments of letters and digits joined by `. _ - /`, e.g. `dataconnect/search`.
        key_arn: Customer managed key of the same region.
        keep_images: Images kept, the newest first; older ones are deleted. 200 by default: deployed digests must stay among
            them, in both regions.

    Raises:
        InvalidArgumentError: on a name that ECR refuses, or fewer than one image to keep.
    """

    here: Place
    repository_name: str
    key_arn: pulumi.Input[str]
    keep_images: int = 200

    def __post_init__(self) -> None:
        if expected := compute_checks.ecr_repository(self.repository_name):
            raise InvalidArgumentError(self, "repository_name", self.repository_name, expected)
        if self.keep_images < 1:
            raise InvalidArgumentError(self, "keep_images", self.keep_images, "1 or more")


class Repository(Images, Component):
    """Images scanned on push, whose tags never move, encrypted under the house's key; private to the account.

    A replica in the recovery region is another `Repository` of the same name there, declared before replication starts: one
    that AWS creates by itself has neither key, nor immutable tags, nor lifecycle.

    Outputs: `arn`; `url`.
    """

    def __init__(self, name: str, args: RepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        repository = ecr.Repository(
            name,
            region=here.region,
            # A physical name: builds push to it, and replication finds the repository of the other region by it.
            name=args.repository_name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.key_arn),
            ],
            force_delete=not here.protect,
            tags=tags(name, recovery="rebuilt"),
            opts=self.child(protect=here.protect),
        )
        ecr.LifecyclePolicy(
            f"{name}-lifecycle",
            region=here.region,
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
        loss = "images not copied to the other region; builds make them again from their commits"
        here.inventory.stores.append(Store(name=name, arn=self.arn, recovery="rebuilt", loss=loss))
        self.register_outputs({"arn": self.arn, "url": self.url})


def pull_login() -> Statement:
    """Log in to the account's registry, as every role that pulls images must."""
    return Statement(
        sid="LogInToRegistry",
        actions=("ecr:GetAuthorizationToken",),
        resources=("*",),
        wildcard_reason="the token is for the whole registry: the action has no resource (ECR service authorization reference)",
    )
