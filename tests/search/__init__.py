"""The search on a real OpenSearch server: its configuration, and that one tenant gets nothing of another."""
