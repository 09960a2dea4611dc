"""What is planned in several cases of the workloads pack: common."""

REPOSITORY = "aws:ecr/repository:Repository"
