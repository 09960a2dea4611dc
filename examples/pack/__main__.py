"""A shop's receipts on plain pulumi_aws, with one mistake: the volume of the archive is not encrypted."""

import pulumi_aws as aws

key = aws.kms.Key("receipts", description="Receipts", enable_key_rotation=True)
aws.ebs.Volume("receipts", availability_zone="us-east-2a", size=20, encrypted=True, kms_key_id=key.arn)
aws.ebs.Volume("archive", availability_zone="us-east-2a", size=100)
