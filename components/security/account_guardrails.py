"""What bounds a whole account, whatever is declared in it: once for all regions, and once in each region that is used."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import account, ebs, ec2, iam, s3

from ..base.component import Component
from ..base.here import Here
from .guardrails_spec import ContactsSpec
from .owners_spec import OwnersSpec

PASSWORD_CHARACTERS: Final = 14
"""At the least: CIS AWS Foundations Benchmark 3.0, 1.8."""
PASSWORDS_REMEMBERED: Final = 24
"""So many are not taken again: CIS AWS Foundations Benchmark 3.0, 1.9."""
_CONTACTS: Final = {"security": "SECURITY", "operations": "OPERATIONS", "billing": "BILLING"}


@dataclass(frozen=True, kw_only=True)
class AccountGuardrailsArgs:
    """The guardrails of all regions.

    Attributes:
        owners: Who declares each of them.
        contacts: Whom AWS writes to besides the root user; None where the landing zone says it.
    """

    owners: OwnersSpec
    contacts: ContactsSpec | None


class AccountGuardrails(Component):
    """No public bucket, strict passwords where there should be no user at all, and people whom AWS can reach. No outputs.

    None of it has a region, so that none of it is given one.
    """

    def __init__(self, name: str, args: AccountGuardrailsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        if args.owners.storage_access == "here":
            s3.AccountPublicAccessBlock(
                f"{name}-storage",
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
                opts=self.child(),
            )
        if args.owners.passwords == "here":
            iam.AccountPasswordPolicy(
                f"{name}-passwords",
                minimum_password_length=PASSWORD_CHARACTERS,
                password_reuse_prevention=PASSWORDS_REMEMBERED,
                max_password_age=90,
                require_lowercase_characters=True,
                require_uppercase_characters=True,
                require_numbers=True,
                require_symbols=True,
                allow_users_to_change_password=True,
                opts=self.child(),
            )
        if args.contacts:
            for key, kind in _CONTACTS.items():
                contact = getattr(args.contacts, key)
                account.AlternativeContact(
                    f"{name}-{key}",
                    alternate_contact_type=kind,
                    name=contact.name,
                    title=contact.title,
                    email_address=contact.email,
                    phone_number=contact.phone,
                    opts=self.child(),
                )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class RegionGuardrailsArgs:
    """The guardrails of a region.

    Attributes:
        here: The region.
        owners: Who declares each of them.
        volumes_key_arn: Customer managed key of the `volumes` data class, of the same region; None where the landing zone
            says how volumes are encrypted.
    """

    here: Here
    owners: OwnersSpec
    volumes_key_arn: pulumi.Input[str] | None


class RegionGuardrails(Component):
    """Volumes under the account's own key, nothing of them shared with everybody, instances with IMDSv2. No outputs."""

    def __init__(self, name: str, args: RegionGuardrailsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        region, owners = args.here.region, args.owners
        if args.volumes_key_arn is not None:
            ebs.EncryptionByDefault(f"{name}-volumes", region=region, enabled=True, opts=self.child())
            ebs.DefaultKmsKey(f"{name}-volumes-key", region=region, key_arn=args.volumes_key_arn, opts=self.child())
        if owners.sharing == "here":
            ebs.SnapshotBlockPublicAccess(f"{name}-snapshots", region=region, state="block-all-sharing", opts=self.child())
            ec2.ImageBlockPublicAccess(f"{name}-images", region=region, state="block-new-sharing", opts=self.child())
        if owners.metadata == "here":
            ec2.InstanceMetadataDefaults(
                f"{name}-metadata",
                region=region,
                http_tokens="required",
                # A container's network adds a hop: ours have roles of their own, and none asks the instance's.
                http_put_response_hop_limit=1,
                instance_metadata_tags="disabled",
                opts=self.child(),
            )
        self.register_outputs({})
