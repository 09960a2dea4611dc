"""What is planned in several cases of the feasibility pack: rds."""

RDS = "aws:rds/instance:Instance"

CLUSTER = "aws:rds/cluster:Cluster"
