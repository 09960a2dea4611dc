"""What the audit trail is searched for: the 15 events that the CIS AWS Foundations Benchmark 3.0 wants an alarm for."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component
from ..base.here import Here
from ..base.telemetry import namespace


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Events that somebody hears of.

    Attributes:
        number: Recommendation of the benchmark, e.g. `4.3`; the control `CloudWatch.<n>` of Security Hub compares the pattern,
            so that it must stay as the benchmark words it.
        key: Kind of alarm.
        label: Tells apart those of one key; what the metric is called.
        what: What has happened, for people.
        pattern: Of CloudWatch Logs, over CloudTrail's events.
    """

    number: str
    key: str
    label: str
    what: str
    pattern: str


def _named(*events: str) -> str:
    return " || ".join(f"($.eventName={event})" for event in events)


def _by(source: str, *events: str) -> str:
    return f"{{($.eventSource={source}) && ({_named(*events)})}}"


WATCHED: Final = (
    Watched(
        number="4.1",
        key="trail-denied",
        label="unauthorized-calls",
        what="Calls were refused for lack of a right",
        pattern='{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
    ),
    Watched(
        number="4.2",
        key="trail-sign-in",
        label="without-mfa",
        what="Somebody signed in to the console without MFA",
        pattern='{($.eventName="ConsoleLogin") && ($.additionalEventData.MFAUsed !="Yes") && '
        '($.userIdentity.type="IAMUser") && ($.responseElements.ConsoleLogin="Success")}',
    ),
    Watched(
        number="4.3",
        key="trail-root",
        label="use",
        what="The root user did something",
        pattern='{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
    ),
    Watched(
        number="4.4",
        key="trail-change",
        label="iam-policies",
        what="IAM policies changed",
        pattern=_by(
            "iam.amazonaws.com",
            *("DeleteGroupPolicy", "DeleteRolePolicy", "DeleteUserPolicy", "PutGroupPolicy", "PutRolePolicy"),
            *("PutUserPolicy", "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion"),
            *("AttachRolePolicy", "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy", "AttachGroupPolicy"),
            "DetachGroupPolicy",
        ),
    ),
    Watched(
        number="4.5",
        key="trail-tampering",
        label="trails",
        what="A trail was changed or stopped",
        pattern=f"{{{_named('CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging')}}}",
    ),
    Watched(
        number="4.6",
        key="trail-sign-in",
        label="failed",
        what="Somebody failed to sign in to the console",
        pattern='{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
    ),
    Watched(
        number="4.7",
        key="trail-keys",
        label="disabled-or-deleted",
        what="A key was disabled, or its deletion scheduled",
        pattern=_by("kms.amazonaws.com", "DisableKey", "ScheduleKeyDeletion"),
    ),
    Watched(
        number="4.8",
        key="trail-change",
        label="bucket-policies",
        what="What a bucket lets happen changed",
        pattern=_by(
            "s3.amazonaws.com",
            *("PutBucketAcl", "PutBucketPolicy", "PutBucketCors", "PutBucketLifecycle", "PutBucketReplication"),
            *("DeleteBucketPolicy", "DeleteBucketCors", "DeleteBucketLifecycle", "DeleteBucketReplication"),
        ),
    ),
    Watched(
        number="4.9",
        key="trail-tampering",
        label="recorders",
        what="AWS Config was changed or stopped",
        pattern=_by(
            "config.amazonaws.com",
            *("StopConfigurationRecorder", "DeleteDeliveryChannel", "PutDeliveryChannel", "PutConfigurationRecorder"),
        ),
    ),
    Watched(
        number="4.10",
        key="trail-change",
        label="security-groups",
        what="Security groups changed",
        pattern="{"
        + _named(
            *("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupIngress"),
            *("RevokeSecurityGroupEgress", "CreateSecurityGroup", "DeleteSecurityGroup"),
        )
        + "}",
    ),
    Watched(
        number="4.11",
        key="trail-change",
        label="network-acls",
        what="Network ACLs changed",
        pattern="{"
        + _named(
            *("CreateNetworkAcl", "CreateNetworkAclEntry", "DeleteNetworkAcl", "DeleteNetworkAclEntry"),
            *("ReplaceNetworkAclEntry", "ReplaceNetworkAclAssociation"),
        )
        + "}",
    ),
    Watched(
        number="4.12",
        key="trail-change",
        label="gateways",
        what="Gateways to other networks changed",
        pattern="{"
        + _named(
            *("CreateCustomerGateway", "DeleteCustomerGateway", "AttachInternetGateway", "CreateInternetGateway"),
            *("DeleteInternetGateway", "DetachInternetGateway"),
        )
        + "}",
    ),
    Watched(
        number="4.13",
        key="trail-change",
        label="route-tables",
        what="Routes changed",
        pattern=_by(
            "ec2.amazonaws.com",
            *("CreateRoute", "CreateRouteTable", "ReplaceRoute", "ReplaceRouteTableAssociation", "DeleteRouteTable"),
            *("DeleteRoute", "DisassociateRouteTable"),
        ),
    ),
    Watched(
        number="4.14",
        key="trail-change",
        label="vpcs",
        what="Networks changed, or were joined",
        pattern="{"
        + _named(
            *("CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "AcceptVpcPeeringConnection", "CreateVpcPeeringConnection"),
            *("DeleteVpcPeeringConnection", "RejectVpcPeeringConnection", "AttachClassicLinkVpc", "DetachClassicLinkVpc"),
            *("DisableVpcClassicLink", "EnableVpcClassicLink"),
        )
        + "}",
    ),
    Watched(
        number="4.15",
        key="trail-organization",
        label="changes",
        what="The organisation changed",
        pattern=_by(
            "organizations.amazonaws.com",
            *("AcceptHandshake", "AttachPolicy", "CreateAccount", "CreateOrganizationalUnit", "CreatePolicy"),
            *("DeclineHandshake", "DeleteOrganization", "DeleteOrganizationalUnit", "DeletePolicy", "DetachPolicy"),
            *("DisablePolicyType", "EnablePolicyType", "InviteAccountToOrganization", "LeaveOrganization"),
            *("MoveAccount", "RemoveAccountFromOrganization", "UpdatePolicy", "UpdateOrganizationalUnit"),
        ),
    ),
)


def watch_trail(owner: Component, here: Here, log_group_name: pulumi.Input[str]) -> None:
    """Count what is watched in the trail's log group, and tell of any of it within minutes.

    Where there is none, there is no metric: no datapoint is well.
    """
    for each in WATCHED:
        cloudwatch.LogMetricFilter(
            _metric(owner, each),
            region=here.region,
            log_group_name=log_group_name,
            pattern=each.pattern,
            metric_transformation=cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=namespace(), name=_metric(owner, each), value="1", unit="Count"
            ),
            opts=owner.child(),
        )
    alarms = [
        Alarm(
            key=each.key,
            label=each.label,
            description=f"{each.what} (CIS {each.number}).",
            metric=Metric(namespace=namespace(), name=_metric(owner, each), dimensions={}, statistic="Sum"),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            period=300,
            evaluation_periods=1,
            missing_data="notBreaching",
        )
        for each in WATCHED
    ]
    create_alarms(owner, alarms, here)


def _metric(owner: Component, watched: Watched) -> str:
    return f"{owner.name}-{watched.label}"
