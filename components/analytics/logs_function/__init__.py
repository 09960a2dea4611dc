"""Configures an OpenSearch domain. It runs in AWS Lambda: the standard library, boto3 and this folder only."""
