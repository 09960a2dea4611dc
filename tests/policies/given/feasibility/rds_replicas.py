"""What is planned in several cases of the feasibility pack: rds_replicas."""

RDS = "aws:rds/instance:Instance"
SECURITY = "aws:ec2/securityGroup:SecurityGroup"
