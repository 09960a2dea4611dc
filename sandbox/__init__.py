"""The embedded default: the real Pulumi engine and an AWS stand-in for machines without an account."""
