"""Shares: what tenants share with other organisations, looked at and ended."""
