"""AWS Config in one region: what there is, how it was configured, and whether that keeps to our controls."""

from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_aws import cfg, iam

from ..base.component import Component, tags
from ..base.here import Place
from .audit_spec import AdoptSpec
from .config_rules import template

SHORT_LIVED: Final = (
    "AWS::EC2::Instance",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::Volume",
    "AWS::ECS::TaskDefinition",
)
"""Types of what tasks, jobs and fleets make and leave by the hour: recorded once a day, for AWS charges for each change."""
CONFIG_ROLE: Final = "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


@dataclass(frozen=True, kw_only=True)
class RecorderRoleArgs:
    """The role of the recorders.

    Attributes:
        account_id: The account.
        exists: Whether the account has it already: then it is taken over.
    """

    account_id: str
    exists: bool


class RecorderRole(Component):
    """AWS Config's service-linked role, one for all regions.

    Outputs: `arn`, known once it exists.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: RecorderRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        arn = f"arn:aws:iam::{args.account_id}:role/{CONFIG_ROLE}"
        role = iam.ServiceLinkedRole(
            name,
            aws_service_name="config.amazonaws.com",
            tags=tags(name),
            opts=self.child(import_=arn if args.exists else None),
        )
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})


@dataclass(frozen=True, kw_only=True)
class RecorderArgs:
    """The recorder of a region.

    Attributes:
        here: The account and region.
        bucket_name: Bucket that takes its files, of any region, known once its policy lets AWS Config write; without a lock.
        key_arn: Customer managed key of those, of the bucket's region.
        role_arn: The service-linked role of AWS Config, known once it exists.
        log_days: Days that log groups keep events at the least.
        is_home: Whether it records what has no region, too: one region of an account does.
        adopt: What there is already.
    """

    here: Place
    bucket_name: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    role_arn: pulumi.Input[str]
    log_days: int
    is_home: bool
    adopt: AdoptSpec = field(default_factory=AdoptSpec)


class Recorder(Component):
    """A recorder of every type, its delivery channel, and a conformance pack with the rules that mirror our policy packs.

    Outputs: `conformance_pack`, its name, by which AWS sums up what complies.
    """

    conformance_pack: pulumi.Output[str]

    def __init__(self, name: str, args: RecorderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        region = args.here.region
        adopted = args.adopt.recorder.get(region)
        recorder = cfg.Recorder(
            name,
            region=region,
            # AWS's own name for the only one that there can be; one that is there keeps its own.
            name=adopted or "default",
            role_arn=args.role_arn,
            recording_group=cfg.RecorderRecordingGroupArgs(all_supported=True, include_global_resource_types=args.is_home),
            recording_mode=cfg.RecorderRecordingModeArgs(
                recording_frequency="CONTINUOUS",
                recording_mode_override=cfg.RecorderRecordingModeRecordingModeOverrideArgs(
                    recording_frequency="DAILY",
                    resource_types=list(SHORT_LIVED),
                    description="What comes and goes by the hour",
                ),
            ),
            opts=self.child(import_=adopted),
        )
        channel = args.adopt.delivery_channel.get(region)
        delivery = cfg.DeliveryChannel(
            name,
            region=region,
            name=channel or "default",
            s3_bucket_name=args.bucket_name,
            s3_kms_key_arn=args.key_arn,
            snapshot_delivery_properties=cfg.DeliveryChannelSnapshotDeliveryPropertiesArgs(
                delivery_frequency="TwentyFour_Hours"
            ),
            opts=self.child(depends_on=[recorder], import_=channel),
        )
        started = cfg.RecorderStatus(
            name, region=region, name=recorder.name, is_enabled=True, opts=self.child(depends_on=[delivery])
        )
        pack = cfg.ConformancePack(
            name,
            region=region,
            template_body=template(log_days=args.log_days, is_home=args.is_home),
            # Rules judge what the recorder has seen.
            opts=self.child(depends_on=[started]),
        )
        self.conformance_pack = pack.name
        self.register_outputs({"conformancePack": self.conformance_pack})
