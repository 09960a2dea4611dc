"""What is planned in several cases of the resilience pack: tables."""

TABLE = "aws:dynamodb/table:Table"
