"""Beats for a region's databases. It runs in AWS Lambda: boto3, this folder, the users' PostgreSQL client."""
