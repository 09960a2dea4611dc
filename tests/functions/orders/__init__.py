"""Orders from Slack."""
