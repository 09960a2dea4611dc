"""What is planned in several cases of the feasibility pack: values."""

INSTANCE = "aws:ec2/instance:Instance"
GROUP = "aws:autoscaling/group:Group"
