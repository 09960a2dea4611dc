"""Cases of the feasibility pack about repositories, web ACLs, state machines and streams."""

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Cases
from tests.policies.cases_feasibility_vpc import linked
from tests.policies.feasible import LOAD_BALANCER, ROLE, allow, role, role_policy
from tests.policies.harness import KEY, UNKNOWN, Planned

REPOSITORY = "aws:ecr/repository:Repository"
REPLICATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
ACL = "aws:wafv2/webAcl:WebAcl"
IP_SET = "aws:wafv2/ipSet:IpSet"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
MACHINE = "aws:sfn/stateMachine:StateMachine"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
LB_ARN = "arn:aws:elasticloadbalancing:us-east-2:111111111111:loadbalancer/"
EAST = {"region": "us-east-2", "allowedAccountIds": '["111111111111"]'}


def replicated(region: object, account: str = "111111111111") -> dict[str, Any]:
    return {"replicationConfiguration": {"rules": [{"destinations": [{"region": region, "registryId": account}]}]}}


def replication(region: object, *more: Planned) -> list[Planned]:
    return [*more, Planned(token=REPLICATION, inputs=replicated(region))]


def repository(region: str, name: str = "web") -> Planned:
    return Planned(token=REPOSITORY, name=name, inputs={"region": region})


def lifecycle(*each: Mapping[str, Any]) -> dict[str, Any]:
    return {"policy": json.dumps({"rules": list(each)})}


def expiry(priority: object = 1, **selection: Any) -> dict[str, Any]:
    chosen = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14, **selection}
    return {
        "rulePriority": priority,
        "selection": {name: value for name, value in chosen.items() if value is not None},
        "action": {"type": "expire"},
    }


def rule(name: str = "a", priority: object = 1, **parts: Any) -> dict[str, Any]:
    return {"name": name, "priority": priority, **parts}


MANAGED = {"managedRuleGroupStatement": {"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS"}}
GEO = {"geoMatchStatement": {"countryCodes": ["US"]}}


def rated(**rate: Any) -> dict[str, Any]:
    statement = {"rateBasedStatement": {"limit": 100, "aggregateKeyType": "IP", **rate}}
    return {"rules": [rule(statement=statement, action={"block": {}})]}


def with_set(acl: object, ips: object) -> list[Planned]:
    statement = {"ipSetReferenceStatement": {"arn": UNKNOWN}}
    return [
        Planned(token=IP_SET, name="ips", inputs={"scope": ips}),
        Planned(
            token=ACL,
            inputs={"scope": acl, "rules": [rule(statement=statement, action={"block": {}})]},
            refs={"rules": (IP_SET, "ips")},
        ),
    ]


def associated(acl: Mapping[str, Any], balancer: Mapping[str, Any]) -> list[Planned]:
    return [
        Planned(token=ACL, name="acl", inputs=acl),
        Planned(token=LOAD_BALANCER, name="lb", inputs=balancer),
        linked(ASSOCIATION, "it", webAclArn=(ACL, "acl"), resourceArn=(LOAD_BALANCER, "lb")),
    ]


def logging_to(logical: str, **inputs: Any) -> list[Planned]:
    return [
        Planned(token=LOG_GROUP, name=logical, inputs=inputs),
        Planned(
            token=LOGGING, inputs={"logDestinationConfigs": [UNKNOWN]}, refs={"logDestinationConfigs": (LOG_GROUP, logical)}
        ),
    ]


def machine(states: Mapping[str, Any], start: object = "A", **more: Any) -> dict[str, Any]:
    return {"definition": json.dumps({"StartAt": start, "States": states}), **more}


PASS = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}


def logged(destination: object, *policies: Planned) -> list[Planned]:
    inputs = {"roleArn": UNKNOWN, "loggingConfiguration": {"level": "ALL", "logDestination": destination}}
    return [role("states.amazonaws.com"), *policies, Planned(token=MACHINE, inputs=inputs, refs={"roleArn": (ROLE, "role")})]


LOGS = "arn:aws:logs:us-east-2:111111111111:log-group:a:*"


def to_s3(**fields: Any) -> dict[str, Any]:
    return {"destination": "extended_s3", "extendedS3Configuration": {"bucketArn": UNKNOWN, "roleArn": UNKNOWN, **fields}}


CONVERTING = {"dataFormatConversionConfiguration": {"enabled": True}}
PARTITIONED = {"dynamicPartitioningConfiguration": {"enabled": True}, "bufferingSize": 64}

CASES: dict[str, Cases] = {
    "ecr-replica-repositories": Cases(
        token=REPLICATION,
        fails=[replication("us-west-2", repository("us-east-2"))],
        passes=[
            replication("us-west-2", repository("us-east-2"), repository("us-west-2", "copy")),
            replication(
                "us-west-2",
                repository("us-east-2"),
                Planned(
                    token="aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
                    name="t",
                    inputs={"region": "us-west-2"},
                ),
            ),
        ],
        unknown=[replication("us-west-2"), replication(UNKNOWN, repository("us-east-2"))],
    ),
    "ecr-replication-once": Cases(
        token=REPLICATION,
        fails=[[Planned(token=REPLICATION, name="first"), Planned(token=REPLICATION)]],
        passes=[
            [
                Planned(token=REPLICATION, name="first", inputs={"region": "us-west-2"}),
                Planned(token=REPLICATION, inputs={"region": "us-east-2"}),
            ],
            {},
        ],
        unknown=[],
        never_unknown=True,
    ),
    "ecr-replication-rules": Cases(
        token=REPLICATION,
        fails=[
            [Planned(token=REPLICATION, inputs=replicated("us-east-2"), provider=EAST)],
            {"replicationConfiguration": {"rules": [{"destinations": []}] * 11}},
        ],
        passes=[
            [Planned(token=REPLICATION, inputs=replicated("us-west-2"), provider=EAST)],
            [Planned(token=REPLICATION, inputs=replicated("us-east-2", "222222222222"), provider=EAST)],
        ],
        unknown=[replicated(UNKNOWN)],
    ),
    "ecr-repository-settings": Cases(
        token=REPOSITORY,
        fails=[{"imageTagMutabilityExclusionFilters": [{"filter": "latest*"}], "imageTagMutability": "IMMUTABLE"}],
        passes=[
            {"imageTagMutabilityExclusionFilters": [{"filter": "latest*"}], "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"},
            {"imageTagMutability": "IMMUTABLE"},
        ],
        unknown=[{"imageTagMutabilityExclusionFilters": [{"filter": "a"}], "imageTagMutability": UNKNOWN}],
    ),
    "ecr-repository-key": Cases(
        token=REPOSITORY,
        fails=[
            {"encryptionConfigurations": [{"kmsKey": KEY}]},
            {"encryptionConfigurations": [{"encryptionType": "AES256", "kmsKey": KEY}]},
        ],
        passes=[{"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}]}, {}],
        unknown=[{"encryptionConfigurations": [{"encryptionType": UNKNOWN, "kmsKey": KEY}]}],
    ),
    "ecr-lifecycle-policy": Cases(
        token=LIFECYCLE,
        fails=[
            {"policy": "{}"},
            lifecycle(expiry(), expiry()),
            lifecycle(expiry(tagStatus="tagged")),
            lifecycle(expiry(tagPrefixList=["v"])),
            lifecycle(expiry(countUnit=None)),
            lifecycle(expiry(countType="imageCountMoreThan")),
            lifecycle(expiry(countNumber=0)),
            lifecycle(expiry(countNumber="14")),
            lifecycle(expiry(1, tagStatus="any"), expiry(2)),
            lifecycle(expiry(countType="age")),
            lifecycle({**expiry(), "action": {"type": "delete"}}),
        ],
        passes=[
            lifecycle(expiry(1), expiry(2, tagStatus="tagged", tagPatternList=["v*"])),
            lifecycle(expiry(1), expiry(9, tagStatus="any", countType="imageCountMoreThan", countUnit=None)),
            {},
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "ecr-policy-without-resource": Cases(
        token=POLICY,
        fails=[{"policy": allow("ecr:*", service="codebuild.amazonaws.com")}],
        passes=[
            {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]})},
            {},
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "ecr-policy-once": Cases(
        token=POLICY,
        fails=[[repository("us-east-2"), *(linked(POLICY, name, repository=(REPOSITORY, "web")) for name in ("first", "it"))]],
        passes=[
            [repository("us-east-2"), *(linked(token, "it", repository=(REPOSITORY, "web")) for token in (POLICY, LIFECYCLE))]
        ],
        unknown=[{"repository": UNKNOWN}],
    ),
    "ecr-pull-through": Cases(
        token="aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        fails=[
            {"upstreamRegistryUrl": "registry-1.docker.io"},
            {
                "upstreamRegistryUrl": "ghcr.io",
                "credentialArn": "arn:aws:secretsmanager:us-east-2:111111111111:secret:docker-a",
            },
        ],
        passes=[
            {"upstreamRegistryUrl": "public.ecr.aws"},
            {"upstreamRegistryUrl": "registry-1.docker.io", "credentialArn": UNKNOWN},
        ],
        unknown=[{"upstreamRegistryUrl": UNKNOWN}],
    ),
    "web-acl-rule": Cases(
        token=ACL,
        fails=[
            {"rules": [rule(statement=MANAGED, action={"block": {}})]},
            {"rules": [rule(statement=MANAGED)]},
            {"rules": [rule(statement=GEO)]},
            {"rules": [rule(statement=GEO, overrideAction={"none": {}})]},
            {"rules": [rule(statement=GEO, action={"block": {}, "allow": {}})]},
            {"rules": [rule(statement={**GEO, **MANAGED}, action={"block": {}})]},
            {"rules": [rule(action={"block": {}})]},
            rated(limit=5),
            rated(evaluationWindowSec=90),
            rated(aggregateKeyType="FORWARDED_IP"),
            {"rules": [rule(statement={"andStatement": {"statements": [GEO]}}, action={"block": {}})]},
        ],
        passes=[
            {"rules": [rule(statement=MANAGED, overrideAction={"none": {}}), rule(statement=GEO, action={"block": {}})]},
            rated(evaluationWindowSec=300),
            {},
        ],
        unknown=[{"rules": UNKNOWN}, {"rules": [rule(statement=UNKNOWN, action={"block": {}})]}],
    ),
    "web-acl-priorities": Cases(
        token=ACL,
        fails=[{"rules": [rule("a", 1), rule("b", 1)]}, {"rules": [rule("a", 1), rule("a", 2)]}],
        passes=[{"rules": [rule("a", 1), rule("b", 2)]}, {}],
        unknown=[{"rules": [rule("a", UNKNOWN)]}, {"rules": UNKNOWN}],
    ),
    "web-acl-metric-name": Cases(
        token=ACL,
        fails=[{"visibilityConfig": {"metricName": "my metric"}}, {"rules": [rule(visibilityConfig={"metricName": "a b"})]}],
        passes=[{"visibilityConfig": {"metricName": "my-metric"}}, {}],
        unknown=[{"visibilityConfig": {"metricName": UNKNOWN}}],
    ),
    "waf-scope-region": Cases(
        token=ACL,
        fails=[
            {"scope": "CLOUDFRONT", "region": "us-east-2"},
            [Planned(token=IP_SET, inputs={"scope": "CLOUDFRONT"}, provider=EAST)],
        ],
        passes=[{"scope": "CLOUDFRONT", "region": "us-east-1"}, {"scope": "REGIONAL", "region": "us-east-2"}],
        unknown=[{"scope": "CLOUDFRONT"}, {"scope": UNKNOWN, "region": "us-east-2"}],
    ),
    "waf-scope-of-parts": Cases(
        token=ACL,
        fails=[with_set("CLOUDFRONT", "REGIONAL")],
        passes=[with_set("REGIONAL", "REGIONAL"), {"scope": "REGIONAL"}],
        unknown=[with_set("REGIONAL", UNKNOWN)],
    ),
    "waf-association": Cases(
        token=ASSOCIATION,
        fails=[
            associated({"scope": "CLOUDFRONT"}, {}),
            associated({"scope": "REGIONAL"}, {"loadBalancerType": "network"}),
            associated({"scope": "REGIONAL", "region": "us-east-1"}, {"region": "us-east-2"}),
            {"webAclArn": "a", "resourceArn": f"{LB_ARN}net/a/b"},
            {"webAclArn": "a", "resourceArn": "arn:aws:cloudfront::111111111111:distribution/E1"},
        ],
        passes=[associated({"scope": "REGIONAL"}, {}), {"webAclArn": "a", "resourceArn": f"{LB_ARN}app/a/b"}],
        unknown=[associated({"scope": UNKNOWN}, {}), associated({"scope": "REGIONAL"}, {"loadBalancerType": UNKNOWN})],
    ),
    "waf-association-once": Cases(
        token=ASSOCIATION,
        fails=[
            [
                Planned(token=LOAD_BALANCER, name="lb"),
                *(linked(ASSOCIATION, name, resourceArn=(LOAD_BALANCER, "lb")) for name in ("first", "it")),
            ]
        ],
        passes=[[Planned(token=LOAD_BALANCER, name="lb"), linked(ASSOCIATION, "it", resourceArn=(LOAD_BALANCER, "lb"))]],
        unknown=[{"resourceArn": UNKNOWN}],
    ),
    "waf-log-destination": Cases(
        token=LOGGING,
        fails=[
            {"logDestinationConfigs": ["arn:aws:logs:us-east-2:111111111111:log-group:waf"]},
            {"logDestinationConfigs": ["arn:aws:s3:::logs"]},
            {"logDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-a", "arn:aws:s3:::aws-waf-logs-b"]},
            logging_to("waf"),
            logging_to("aws-waf-logs-a", name="waf"),
        ],
        passes=[
            {"logDestinationConfigs": ["arn:aws:logs:us-east-2:111111111111:log-group:aws-waf-logs-a:*"]},
            {"logDestinationConfigs": ["arn:aws:firehose:us-east-2:111111111111:deliverystream/aws-waf-logs-a"]},
            logging_to("aws-waf-logs-a"),
            logging_to("logs", name="aws-waf-logs-a"),
        ],
        unknown=[{"logDestinationConfigs": [UNKNOWN]}, logging_to("logs", name=UNKNOWN)],
    ),
    "state-machine-states": Cases(
        token=MACHINE,
        fails=[
            machine({"A": PASS, "B": PASS}),
            machine({"A": {"Type": "Task", "End": True}}),
            machine({"A": {"Type": "Succeed", "End": True}}),
            machine({"A": {"Type": "Choice", "Choices": []}}),
            machine({"A": {"Type": "Wait", "End": True}}),
            machine({"A": {"Type": "Map", "End": True}}),
            machine({"A": {**TASK, "Retry": [{"ErrorEquals": ["States.ALL", "A"]}]}}),
            machine({"A": {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "X", "States": {"Y": PASS}}]}}),
            machine({"A": {**TASK, "Resource": "arn:aws:states:::ecs:runTask.sync"}}, type="EXPRESS"),
        ],
        passes=[
            machine({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}),
            machine(
                {
                    "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "Next": "B"}], "Default": "C"},
                    "B": {"Type": "Wait", "Seconds": 5, "End": True},
                    "C": {**TASK, "Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["A"], "Next": "B"}]},
                }
            ),
            machine({"A": {"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "X", "States": {"X": PASS}}}}),
            machine({"A": {**TASK, "Resource": "arn:aws:states:::ecs:runTask.sync"}}),
            {},
        ],
        unknown=[{"definition": UNKNOWN}],
    ),
    "state-machine-settings": Cases(
        token=MACHINE,
        fails=[
            {"loggingConfiguration": {"level": "ALL"}},
            {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY"}},
            {"encryptionConfiguration": {"kmsDataKeyReusePeriodSeconds": 30}},
        ],
        passes=[
            {"loggingConfiguration": {"level": "ALL", "logDestination": UNKNOWN}},
            {"loggingConfiguration": {"level": "OFF"}},
            {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": UNKNOWN}},
        ],
        unknown=[{"loggingConfiguration": {"level": UNKNOWN}}, {"encryptionConfiguration": UNKNOWN}],
    ),
    "state-machine-log-destination": Cases(
        token=MACHINE,
        fails=[
            logged(LOGS),
            logged(LOGS.removesuffix(":*"), role_policy(allow("logs:*"))),
            logged(LOGS, role_policy(allow("s3:*"))),
        ],
        passes=[logged(LOGS, role_policy(allow("logs:CreateLogDelivery"))), {"loggingConfiguration": {"level": "OFF"}}, {}],
        unknown=[logged(LOGS, role_policy(UNKNOWN)), {"loggingConfiguration": {"level": UNKNOWN}}],
    ),
    "kinesis-stream": Cases(
        token="aws:kinesis/stream:Stream",
        fails=[
            {"region": "us-east-2"},
            {"streamModeDetails": {"streamMode": "ON_DEMAND"}, "shardCount": 1},
            {"shardCount": 1, "retentionPeriod": 12},
            {"shardCount": 1, "encryptionType": "KMS"},
            {"shardCount": 1, "encryptionType": "AES"},
        ],
        passes=[
            {"shardCount": 1, "retentionPeriod": 8760},
            {"streamModeDetails": {"streamMode": "ON_DEMAND"}},
            {"shardCount": 2, "encryptionType": "KMS", "kmsKeyId": UNKNOWN},
        ],
        unknown=[{"streamModeDetails": {"streamMode": UNKNOWN}}, {"shardCount": UNKNOWN}],
    ),
    "firehose-destination": Cases(
        token=FIREHOSE,
        fails=[
            {"destination": "extended_s3"},
            {**to_s3(), "destination": "s3"},
            {**to_s3(), "splunkConfiguration": {"hecEndpoint": "a"}},
            {**to_s3(), "destination": "opensearch"},
        ],
        passes=[to_s3(), {"destination": "http_endpoint", "httpEndpointConfiguration": UNKNOWN}],
        unknown=[{**to_s3(), "destination": UNKNOWN}],
    ),
    "firehose-source": Cases(
        token=FIREHOSE,
        fails=[
            {"kinesisSourceConfiguration": {"roleArn": "a"}, "mskSourceConfiguration": {"topicName": "a"}},
            {"kinesisSourceConfiguration": {"roleArn": "a"}, "serverSideEncryption": {"enabled": True}},
            {"serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK"}},
            {"serverSideEncryption": {"enabled": True, "keyArn": UNKNOWN}},
        ],
        passes=[
            {"serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": UNKNOWN}},
            {"kinesisSourceConfiguration": UNKNOWN},
        ],
        unknown=[{"serverSideEncryption": UNKNOWN}],
    ),
    "firehose-s3-settings": Cases(
        token=FIREHOSE,
        fails=[
            to_s3(bufferingSize=256),
            to_s3(bufferingInterval=901),
            to_s3(**CONVERTING),
            to_s3(**CONVERTING, bufferingSize=64, compressionFormat="GZIP"),
            to_s3(prefix="a/!{timestamp:yyyy}/"),
            to_s3(prefix="a/!{partitionKeyFromQuery:b}/", errorOutputPrefix="e/"),
            to_s3(**PARTITIONED, errorOutputPrefix="!{partitionKeyFromQuery:b}"),
        ],
        passes=[
            to_s3(bufferingSize=128, bufferingInterval=900, compressionFormat="GZIP"),
            to_s3(**CONVERTING, bufferingSize=128),
            to_s3(**PARTITIONED, prefix="a/!{partitionKeyFromQuery:b}/", errorOutputPrefix="e/"),
            to_s3(prefix="a/"),
        ],
        unknown=[to_s3(bufferingSize=UNKNOWN), {"destination": "extended_s3", "extendedS3Configuration": UNKNOWN}],
    ),
    "firehose-endpoint": Cases(
        token=FIREHOSE,
        fails=[{"httpEndpointConfiguration": {"url": "http://example.com"}}],
        passes=[{"httpEndpointConfiguration": {"url": "https://example.com"}}, to_s3()],
        unknown=[{"httpEndpointConfiguration": {"url": UNKNOWN}}],
    ),
}
