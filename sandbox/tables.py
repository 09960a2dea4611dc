"""The few facts about AWS that pulumi_aws does not carry: names, id and ARN shapes, and what replaces a resource."""

from __future__ import annotations

# The property a type is named by in AWS, where it is not `name`. The provider fills it in when the program does not.
NAME_PROPERTY = {
    "aws:elasticache/cluster:Cluster": "clusterId",
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:rds/cluster:Cluster": "clusterIdentifier",
    "aws:rds/clusterInstance:ClusterInstance": "identifier",
    "aws:rds/instance:Instance": "identifier",
    "aws:redshift/cluster:Cluster": "clusterIdentifier",
    "aws:s3/bucket:Bucket": "bucket",
}

# Longest name AWS takes, where shorter than the provider's general 255; the seven random digits are part of it.
NAME_LIMIT = {
    "aws:iam/role:Role": 64,
    "aws:iam/policy:Policy": 128,
    "aws:iam/instanceProfile:InstanceProfile": 128,
    "aws:lambda/function:Function": 64,
    "aws:lb/loadBalancer:LoadBalancer": 32,
    "aws:lb/targetGroup:TargetGroup": 32,
    "aws:rds/instance:Instance": 63,
    "aws:s3/bucket:Bucket": 63,
    "aws:sqs/queue:Queue": 80,
}

# What stands before the hexadecimal part of an id. Types that are not here have their ARN or their name as id, see ID.
ID_PREFIX = {
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": "acl",
    "aws:ec2/defaultRouteTable:DefaultRouteTable": "rtb",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "sg",
    "aws:ec2/eip:Eip": "eipalloc",
    "aws:ec2/flowLog:FlowLog": "fl",
    "aws:ec2/instance:Instance": "i",
    "aws:ec2/internetGateway:InternetGateway": "igw",
    "aws:ec2/launchTemplate:LaunchTemplate": "lt",
    "aws:ec2/managedPrefixList:ManagedPrefixList": "pl",
    "aws:ec2/natGateway:NatGateway": "nat",
    "aws:ec2/networkAcl:NetworkAcl": "acl",
    "aws:ec2/networkAclAssociation:NetworkAclAssociation": "aclassoc",
    "aws:ec2/networkAclRule:NetworkAclRule": "nacl",
    "aws:ec2/networkInterface:NetworkInterface": "eni",
    "aws:ec2/route:Route": "r-rtb",
    "aws:ec2/routeTable:RouteTable": "rtb",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc",
    "aws:ec2/securityGroup:SecurityGroup": "sg",
    "aws:ec2/securityGroupRule:SecurityGroupRule": "sgrule",
    "aws:ec2/subnet:Subnet": "subnet",
    "aws:ec2/vpc:Vpc": "vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "pcx",
    "aws:efs/accessPoint:AccessPoint": "fsap",
    "aws:efs/fileSystem:FileSystem": "fs",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "sgr",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr",
}

# Ids of the other types; {…} are explained at ARN. "{name}" is the rule for types that are in neither table and have a name.
ID = {
    "aws:acm/certificateValidation:CertificateValidation": "2025-01-01 00:00:00 +0000 UTC",
    "aws:appautoscaling/target:Target": "{resourceId}",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "{alarmName}",
    "aws:cloudwatch/dashboard:Dashboard": "{dashboardName}",
    "aws:dynamodb/tableReplica:TableReplica": "{globalTableArn.tail}:{globalTableArn.region}",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "{clusterName}",
    "aws:ecs/taskDefinition:TaskDefinition": "{family}",
    "aws:iam/rolePolicy:RolePolicy": "{role}:{name}",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "{role}-{hex17}",
    "aws:kms/key:Key": "{key}",
    "aws:kms/replicaKey:ReplicaKey": "{key}",
    "aws:rds/instance:Instance": "db-{upper26}",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": (
        "arn:aws:rds:{region}:{account}:auto-backup:ab-{hex17}"
    ),
    "aws:route53/healthCheck:HealthCheck": "{uuid}",
    "aws:route53/record:Record": "{zoneId}_{name}_{type}",
    "aws:route53/zone:Zone": "Z{upper20}",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "{secretArn}",
    "aws:secretsmanager/secretVersion:SecretVersion": "{secretId}|{uuid}",
    "aws:sns/topicPolicy:TopicPolicy": "{arn}",
    "aws:sqs/queue:Queue": "https://sqs.{region}.amazonaws.com/{account}/{name}",
    "aws:wafv2/webAcl:WebAcl": "{uuid}",
}

# Types without a name of their own, such as a bucket's policy, have the id of what they belong to.
ID_OF_PARENT = ("bucket", "repository", "resourceArn")

# Types whose id is their ARN.
ID_IS_ARN = {
    "aws:acm/certificate:Certificate",
    "aws:autoscaling/policy:Policy",
    "aws:cloudtrail/trail:Trail",
    "aws:ecs/cluster:Cluster",
    "aws:ecs/service:Service",
    "aws:iam/policy:Policy",
    "aws:lambda/alias:Alias",
    "aws:lb/listener:Listener",
    "aws:lb/listenerRule:ListenerRule",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
    "aws:secretsmanager/secret:Secret",
    "aws:sfn/stateMachine:StateMachine",
    "aws:sns/topic:Topic",
    "aws:sns/topicSubscription:TopicSubscription",
}

# ARN of a type. {region}, {account}: where it lives. {id}, {name}: its own. {hex16}, {upper20}, {uuid}: digits drawn from the
# URN. Any other {property}: a property of the resource; {property.tail}: what follows its last slash or colon;
# {property.rest}: what follows its first slash; {property.region}: the region of that ARN. Types that are not here get
# arn:aws:<module>:<region>:<account>:<type in kebab-case>/<name or id>.
ARN = {
    "aws:acm/certificate:Certificate": "arn:aws:acm:{region}:{account}:certificate/{uuid}",
    "aws:appautoscaling/policy:Policy": (
        "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{uuid}:resource/{serviceNamespace}/{resourceId}:policyName/{name}"
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": (
        "arn:aws:autoscaling:{region}:{account}:scheduledAction:{uuid}:resource/{serviceNamespace}/{resourceId}"
        ":scheduledActionName/{name}"
    ),
    "aws:appautoscaling/target:Target": "arn:aws:application-autoscaling:{region}:{account}:scalable-target/{hex17}",
    "aws:autoscaling/group:Group": "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{uuid}:autoScalingGroupName/{name}",
    "aws:cloudtrail/trail:Trail": "arn:aws:cloudtrail:{region}:{account}:trail/{name}",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{alarmName}",
    "aws:cloudwatch/dashboard:Dashboard": "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}",
    "aws:cloudwatch/eventBus:EventBus": "arn:aws:events:{region}:{account}:event-bus/{name}",
    "aws:cloudwatch/eventRule:EventRule": "arn:aws:events:{region}:{account}:rule/{name}",
    "aws:cloudwatch/logGroup:LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "aws:dynamodb/table:Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "aws:dynamodb/tableReplica:TableReplica": "arn:aws:dynamodb:{region}:{account}:table/{globalTableArn.tail}",
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": "arn:aws:ec2:{region}:{account}:network-acl/{id}",
    "aws:ec2/defaultRouteTable:DefaultRouteTable": "arn:aws:ec2:{region}:{account}:route-table/{id}",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "arn:aws:ec2:{region}:{account}:security-group/{id}",
    "aws:ec2/eip:Eip": "arn:aws:ec2:{region}:{account}:elastic-ip/{id}",
    "aws:ec2/flowLog:FlowLog": "arn:aws:ec2:{region}:{account}:vpc-flow-log/{id}",
    "aws:ecr/repository:Repository": "arn:aws:ecr:{region}:{account}:repository/{name}",
    "aws:ecs/service:Service": "arn:aws:ecs:{region}:{account}:service/{cluster.tail}/{name}",
    "aws:ecs/taskDefinition:TaskDefinition": "arn:aws:ecs:{region}:{account}:task-definition/{family}:{revision}",
    "aws:iam/instanceProfile:InstanceProfile": "arn:aws:iam::{account}:instance-profile/{name}",
    "aws:iam/policy:Policy": "arn:aws:iam::{account}:policy/{name}",
    "aws:iam/role:Role": "arn:aws:iam::{account}:role/{name}",
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": "arn:aws:iam::{account}:role/aws-service-role/{awsServiceName}/{id}",
    "aws:iam/user:User": "arn:aws:iam::{account}:user/{name}",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "arn:aws:firehose:{region}:{account}:deliverystream/{name}",
    "aws:kms/alias:Alias": "arn:aws:kms:{region}:{account}:{name}",
    "aws:kms/key:Key": "arn:aws:kms:{region}:{account}:key/{id}",
    "aws:kms/replicaKey:ReplicaKey": "arn:aws:kms:{region}:{account}:key/{id}",
    "aws:lambda/alias:Alias": "arn:aws:lambda:{region}:{account}:function:{functionName.tail}:{name}",
    "aws:lambda/function:Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "aws:lb/listener:Listener": "arn:aws:elasticloadbalancing:{region}:{account}:listener/{loadBalancerArn.rest}/{hex16}",
    "aws:lb/listenerRule:ListenerRule": (
        "arn:aws:elasticloadbalancing:{region}:{account}:listener-rule/{listenerArn.rest}/{hex16}"
    ),
    "aws:lb/loadBalancer:LoadBalancer": "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex16}",
    "aws:lb/targetGroup:TargetGroup": "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex16}",
    "aws:rds/cluster:Cluster": "arn:aws:rds:{region}:{account}:cluster:{clusterIdentifier}",
    "aws:rds/instance:Instance": "arn:aws:rds:{region}:{account}:db:{identifier}",
    "aws:rds/parameterGroup:ParameterGroup": "arn:aws:rds:{region}:{account}:pg:{name}",
    "aws:rds/subnetGroup:SubnetGroup": "arn:aws:rds:{region}:{account}:subgrp:{name}",
    "aws:route53/healthCheck:HealthCheck": "arn:aws:route53:::healthcheck/{id}",
    "aws:route53/zone:Zone": "arn:aws:route53:::hostedzone/{id}",
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{bucket}",
    "aws:scheduler/schedule:Schedule": "arn:aws:scheduler:{region}:{account}:schedule/{groupName}/{name}",
    "aws:scheduler/scheduleGroup:ScheduleGroup": "arn:aws:scheduler:{region}:{account}:schedule-group/{name}",
    "aws:secretsmanager/secret:Secret": "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{hex6}",
    "aws:secretsmanager/secretVersion:SecretVersion": "{secretId}",
    "aws:sfn/stateMachine:StateMachine": "arn:aws:states:{region}:{account}:stateMachine:{name}",
    "aws:sns/topic:Topic": "arn:aws:sns:{region}:{account}:{name}",
    "aws:sns/topicSubscription:TopicSubscription": "{topic}:{uuid}",
    "aws:sqs/queue:Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "arn:aws:ec2:{region}:{account}:security-group-rule/{id}",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "arn:aws:ec2:{region}:{account}:security-group-rule/{id}",
    "aws:wafv2/webAcl:WebAcl": "arn:aws:wafv2:{region}:{account}:regional/webacl/{name}/{id}",
}

# The module's name in ARNs and endpoints, where the SDK calls it otherwise.
SERVICE = {
    "alb": "elasticloadbalancing",
    "appautoscaling": "application-autoscaling",
    "cloudwatch": "monitoring",
    "lb": "elasticloadbalancing",
    "vpc": "ec2",
}

# Properties that AWS fills in: type -> property -> template as above. One that the program may set is left out of the answer
# unless it is here.
COMPUTED = {
    "aws:cloudwatch/dashboard:Dashboard": {"dashboardArn": "{arn}"},
    "aws:dynamodb/table:Table": {"streamArn": "{arn}/stream/2025-01-01T00:00:00.000", "streamLabel": "2025-01-01T00:00:00.000"},
    "aws:ec2/natGateway:NatGateway": {"publicIp": "203.0.113.{byte}", "privateIp": "10.0.0.{byte}"},
    "aws:ecr/repository:Repository": {"repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{name}"},
    "aws:ecs/taskDefinition:TaskDefinition": {
        "arnWithoutRevision": "arn:aws:ecs:{region}:{account}:task-definition/{family}",
    },
    "aws:iam/policy:Policy": {"policyId": "ANPA{upper17}"},
    "aws:iam/role:Role": {"uniqueId": "AROA{upper17}"},
    # The SDK lets a program set its ARN, too.
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {"arn": "{arn}"},
    "aws:kms/alias:Alias": {"targetKeyArn": "arn:aws:kms:{region}:{account}:key/{targetKeyId.tail}"},
    "aws:kms/key:Key": {"keyId": "{id}"},
    "aws:kms/replicaKey:ReplicaKey": {"keyId": "{id}"},
    "aws:lb/listener:Listener": {"protocol": "HTTP"},
    "aws:lb/loadBalancer:LoadBalancer": {
        "arnSuffix": "app/{name}/{hex16}",
        "dnsName": "{name}-{number}.{region}.elb.amazonaws.com",
    },
    "aws:lb/targetGroup:TargetGroup": {"arnSuffix": "targetgroup/{name}/{hex16}"},
    "aws:rds/instance:Instance": {
        "address": "{identifier}.{hex12}.{region}.rds.amazonaws.com",
        "endpoint": "{identifier}.{hex12}.{region}.rds.amazonaws.com:{port}",
        "engineVersionActual": "{engineVersion}",
        "resourceId": "{id}",
        "status": "available",
    },
    "aws:route53/record:Record": {"fqdn": "{name}"},
    "aws:secretsmanager/secretVersion:SecretVersion": {"secretArn": "{secretId}", "versionId": "{uuid}"},
    "aws:route53/zone:Zone": {"zoneId": "{id}", "primaryNameServer": "ns-1.awsdns-01.com"},
    "aws:s3/bucket:Bucket": {
        "bucketDomainName": "{bucket}.s3.amazonaws.com",
        "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
        "bucketRegion": "{region}",
    },
    "aws:sns/topicSubscription:TopicSubscription": {"ownerId": "{account}"},
    "aws:sqs/queue:Queue": {"url": "{id}"},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {"securityGroupRuleId": "{id}"},
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {"securityGroupRuleId": "{id}"},
}

# Properties of the same meaning on every type, by their exact name.
COMPUTED_ANYWHERE = {
    "accountId": "{account}",
    "arn": "{arn}",
    "awsAccountId": "{account}",
    "hostedZoneId": "Z{upper20}",
    "owner": "{account}",
    "ownerId": "{account}",
    "region": "{region}",
    "registryId": "{account}",
    "zoneId": "Z{upper20}",
}

# Ids of other objects that AWS makes along, by the end of the property's name.
COMPUTED_BY_SUFFIX = {
    "NetworkAclId": "acl-{hex17}",
    "RouteTableId": "rtb-{hex17}",
    "SecurityGroupId": "sg-{hex17}",
    "networkInterfaceId": "eni-{hex17}",
    "dhcpOptionsId": "dopt-{hex17}",
    "prefixListId": "pl-{hex17}",
    "ublicIp": "203.0.113.{byte}",
    "rivateIp": "10.0.0.{byte}",
    "llocationId": "eipalloc-{hex17}",
    "ssociationId": "assoc-{hex17}",
    "pcId": "vpc-{hex17}",
    "ubnetId": "subnet-{hex17}",
    "Arn": "{arn}",
    "Date": "2025-01-01T00:00:00Z",
    "Time": "2025-01-01T00:00:00Z",
}

# Type and `lifecycleScope` -> what replaces the resource below and does not in that scope.
UPDATE_IN_PLACE: dict[tuple[str, object], set[str]] = {("aws:lambda/invocation:Invocation", "CRUD"): {"input"}}

# A change of one of these makes another object in AWS, so it replaces the resource; `region` and the physical name always do.
REPLACE: dict[str, set[str]] = {
    "aws:acm/certificate:Certificate": {"domainName", "keyAlgorithm", "subjectAlternativeNames", "validationMethod"},
    "aws:acm/certificateValidation:CertificateValidation": {"certificateArn", "validationRecordFqdns"},
    "aws:appautoscaling/policy:Policy": {"resourceId", "scalableDimension", "serviceNamespace"},
    "aws:appautoscaling/scheduledAction:ScheduledAction": {"resourceId", "scalableDimension", "serviceNamespace"},
    "aws:appautoscaling/target:Target": {"resourceId", "scalableDimension", "serviceNamespace"},
    "aws:backup/selection:Selection": {"conditions", "iamRoleArn", "notResources", "planId", "resources", "selectionTags"},
    "aws:dynamodb/table:Table": {"hashKey", "localSecondaryIndexes", "rangeKey", "restoreSourceName"},
    "aws:dynamodb/tableReplica:TableReplica": {"globalTableArn", "kmsKeyArn", "tableClassOverride"},
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": {"defaultNetworkAclId"},
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {"vpcId"},
    "aws:ec2/eip:Eip": {"domain", "publicIpv4Pool"},
    "aws:ec2/flowLog:FlowLog": {"iamRoleArn", "logDestination", "logDestinationType", "subnetId", "trafficType", "vpcId"},
    "aws:ec2/natGateway:NatGateway": {"allocationId", "connectivityType", "subnetId"},
    "aws:ec2/networkAcl:NetworkAcl": {"vpcId"},
    "aws:ec2/networkAclRule:NetworkAclRule": {
        "cidrBlock",
        "egress",
        "fromPort",
        "networkAclId",
        "protocol",
        "ruleAction",
        "ruleNumber",
        "toPort",
    },
    "aws:ec2/route:Route": {"destinationCidrBlock", "destinationPrefixListId", "routeTableId"},
    "aws:ec2/routeTable:RouteTable": {"vpcId"},
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {"gatewayId", "subnetId"},
    "aws:ec2/securityGroup:SecurityGroup": {"description", "namePrefix", "vpcId"},
    "aws:ec2/subnet:Subnet": {"availabilityZone", "availabilityZoneId", "cidrBlock", "ipv6Native", "outpostArn", "vpcId"},
    "aws:ec2/vpc:Vpc": {"cidrBlock", "instanceTenancy", "ipv4IpamPoolId"},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"serviceName", "vpcEndpointType", "vpcId"},
    "aws:ecr/repository:Repository": {"encryptionConfigurations"},
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {"clusterName"},
    "aws:ecs/service:Service": {"cluster", "launchType", "schedulingStrategy"},
    "aws:ecs/taskDefinition:TaskDefinition": {
        "containerDefinitions",
        "cpu",
        "ephemeralStorage",
        "executionRoleArn",
        "family",
        "memory",
        "networkMode",
        "requiresCompatibilities",
        "runtimePlatform",
        "taskRoleArn",
        "volumes",
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {"atRestEncryptionEnabled", "kmsKeyId", "subnetGroupName"},
    "aws:iam/rolePolicy:RolePolicy": {"role"},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {"policyArn", "role"},
    "aws:kms/key:Key": {"customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion"},
    "aws:kms/replicaKey:ReplicaKey": {"primaryKeyArn"},
    "aws:lambda/alias:Alias": {"functionName"},
    "aws:lambda/invocation:Invocation": {"functionName", "input", "qualifier", "triggers"},
    "aws:lb/listener:Listener": {"loadBalancerArn"},
    "aws:lb/listenerRule:ListenerRule": {"listenerArn"},
    "aws:lb/loadBalancer:LoadBalancer": {"internal", "loadBalancerType"},
    "aws:lb/targetGroup:TargetGroup": {"port", "protocol", "protocolVersion", "targetType", "vpcId"},
    "aws:opensearch/domain:Domain": {"domainName", "encryptAtRest"},
    "aws:rds/cluster:Cluster": {
        "databaseName",
        "engine",
        "kmsKeyId",
        "masterUsername",
        "snapshotIdentifier",
        "storageEncrypted",
    },
    "aws:rds/instance:Instance": {
        "availabilityZone",
        "characterSetName",
        "dbName",
        "engine",
        "kmsKeyId",
        "ncharCharacterSetName",
        "restoreToPointInTime",
        "snapshotIdentifier",
        "storageEncrypted",
        "timezone",
        "username",
    },
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": {
        *("kmsKeyId", "preSignedUrl", "retentionPeriod", "sourceDbInstanceArn"),
    },
    "aws:rds/parameterGroup:ParameterGroup": {"description", "family"},
    "aws:route53/record:Record": {"name", "setIdentifier", "zoneId"},
    "aws:s3/bucket:Bucket": {"bucketPrefix", "objectLockEnabled"},
    "aws:secretsmanager/secretVersion:SecretVersion": {"secretId"},
    "aws:sns/topic:Topic": {"fifoTopic"},
    "aws:sns/topicSubscription:TopicSubscription": {"endpoint", "protocol", "topic"},
    "aws:sqs/queue:Queue": {"fifoQueue"},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {"securityGroupId"},
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {"securityGroupId"},
    "aws:wafv2/webAcl:WebAcl": {"scope"},
    "aws:wafv2/webAclAssociation:WebAclAssociation": {"webAclArn"},
}

# Setting that makes AWS refuse the deletion, and what it says then.
DELETION_PROTECTION = {
    "aws:dynamodb/table:Table": (
        "deletionProtectionEnabled",
        "ValidationException: Resource cannot be deleted as it is currently protected against deletion. "
        "Disable deletion protection first.",
    ),
    "aws:lb/loadBalancer:LoadBalancer": (
        "enableDeletionProtection",
        "OperationNotPermitted: Load balancer cannot be deleted because deletion protection is enabled",
    ),
    "aws:rds/cluster:Cluster": (
        "deletionProtection",
        "InvalidParameterCombination: Cannot delete protected Cluster, please disable deletion protection and try again.",
    ),
    "aws:rds/instance:Instance": (
        "deletionProtection",
        "InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion protection and try again.",
    ),
}
