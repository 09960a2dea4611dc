"""The audit trail of an account: every region, every call, and the data itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudtrail, iam

from ..base.component import Component, tags
from ..base.here import Here
from ..base.log_group import create_log_group
from ..base.statements import Statement, policy_json, service_trust_json
from .audit_key import TRAIL, trail_arn
from .audit_spec import AuditSpec
from .trail_alarms import watch_trail

_Selector = cloudtrail.TrailAdvancedEventSelectorArgs
_Field = cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs


@dataclass(frozen=True, kw_only=True)
class TrailArgs:
    """The trail of an account.

    Attributes:
        here: Its home region; who is told of what it is searched for; the key and the retention of its log group.
        spec: What it records.
        bucket_name: Bucket that takes it, known once its policy lets CloudTrail write.
        key_arn: Customer managed key of its files, of the bucket's region.
    """

    here: Here
    spec: AuditSpec
    bucket_name: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Trail(Component):
    """A trail of all regions, with digests by which a changed file is found, its events in a log group, and alarms on them.

    Outputs: `arn`; `log_group_name`.
    """

    arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: TrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        group = create_log_group(self, name, here=here, log_class="audit")
        self.log_group_name = group.name
        role = iam.Role(
            name,
            assume_role_policy=service_trust_json(
                "cloudtrail.amazonaws.com", account_id=here.account_id, source_arn=trail_arn(here.region, here.account_id)
            ),
            description=f"Writes {name}",
            tags=tags(name),
            opts=self.child(),
        )
        # docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
        streams = f":log-stream:{here.account_id}_CloudTrail_{here.region}*"
        write = Statement(
            sid="WriteTrail",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(pulumi.Output.concat(group.arn, streams),),
        )
        policy = iam.RolePolicy(f"{name}-write", role=role.name, policy=policy_json([write]), opts=self.child())
        trail = cloudtrail.Trail(
            name,
            region=here.region,
            # A physical name: the policies of bucket and key name the trail before it exists.
            name=TRAIL,
            s3_bucket_name=args.bucket_name,
            kms_key_id=args.key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            cloud_watch_logs_group_arn=pulumi.Output.concat(group.arn, ":*"),
            cloud_watch_logs_role_arn=role.arn,
            advanced_event_selectors=_selectors(args.spec),
            insight_selectors=_insights(args.spec),
            tags=tags(name),
            # CloudTrail tries the role, and refuses the trail where it may not write.
            opts=self.child(protect=here.protect, depends_on=[policy]),
        )
        self.arn = trail.arn
        watch_trail(self, here, group.name)
        self.register_outputs({"arn": self.arn, "logGroupName": self.log_group_name})


def _selectors(spec: AuditSpec) -> list[_Selector]:
    """Management events, all of them, and the data events that `spec` says."""
    found = [_Selector(name="management", field_selectors=[_Field(field="eventCategory", equals=["Management"])])]
    types = {
        "objects": ("AWS::S3::Object", [f"arn:aws:s3:::{prefix}" for prefix in spec.buckets]),
        "tables": ("AWS::DynamoDB::Table", []),
        "functions": ("AWS::Lambda::Function", []),
    }
    return [*found, *(_data(name, *types[name]) for name in spec.data_events)]


def _data(name: str, kind: str, beginnings: Sequence[str]) -> _Selector:
    fields = [_Field(field="eventCategory", equals=["Data"]), _Field(field="resources.type", equals=[kind])]
    if beginnings:
        fields.append(_Field(field="resources.ARN", starts_withs=list(beginnings)))
    return _Selector(name=name, field_selectors=fields)


def _insights(spec: AuditSpec) -> list[cloudtrail.TrailInsightSelectorArgs] | None:
    if not spec.insights:
        return None
    return [cloudtrail.TrailInsightSelectorArgs(insight_type=each) for each in ("ApiCallRateInsight", "ApiErrorRateInsight")]
