"""Workgroups of Athena enforce where results go, under which key, and what a query scans."""

from typing import Final

from policies.kit.checks import all_of, at_least, customer_key, equals, is_on
from policies.kit.rule import Rules

rules: Final = Rules("workloads")

_WORKGROUP: Final = "athena/workgroup"
# docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html
_LEAST: Final = 10_000_000

rules.named("athena-enforced", "C225", _WORKGROUP).add(
    is_on("configuration.enforceWorkgroupConfiguration", default=True),
    description="A workgroup's configuration holds whatever a client asks for.",
    remediation="Leave configuration.enforceWorkgroupConfiguration out, or set it to true.",
    remediation_values={"configuration.enforceWorkgroupConfiguration": True},
)
rules.named("athena-results-customer-key", "C225", _WORKGROUP).add(
    all_of(
        equals("configuration.resultConfiguration.encryptionConfiguration.encryptionOption", "SSE_KMS"),
        customer_key("configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn"),
    ),
    description="Results of queries are encrypted under a customer managed key.",
    remediation="Set configuration.resultConfiguration.encryptionConfiguration: {encryptionOption: SSE_KMS, kmsKeyArn: <key>}.",
)
rules.named("athena-scan-cutoff", "C226", _WORKGROUP).add(
    at_least("configuration.bytesScannedCutoffPerQuery", _LEAST, default=0, unit="bytes"),
    description="A query that scans more than its workgroup allows is cancelled; a data limit of a workgroup only tells of it.",
    remediation="Set configuration.bytesScannedCutoffPerQuery, 10,000,000 or more.",
)
rules.named("athena-metrics", "C226", _WORKGROUP).add(
    is_on("configuration.publishCloudwatchMetricsEnabled", default=True),
    description="A workgroup tells CloudWatch what its queries scan.",
    remediation="Leave configuration.publishCloudwatchMetricsEnabled out, or set it to true.",
    remediation_values={"configuration.publishCloudwatchMetricsEnabled": True},
)
