"""What is planned in several cases of the feasibility pack: services."""

EAST = {"region": "us-east-2", "allowedAccountIds": '["111111111111"]'}
