"""Names of AWS that rules of several themes read, each spelled once."""

from typing import Final

MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
FARGATE: Final = ("FARGATE", "FARGATE_SPOT")
"""The capacity of ECS and of Batch that has no instances."""
PUBLIC_ACLS: Final = ("public-read", "public-read-write", "authenticated-read")
"""The canned ACLs of S3 that let others than the account in."""
ALARM_ACTIONS: Final = ("alarmActions", "okActions", "insufficientDataActions")
KEYS: Final = ("kms/key", "kms/replicaKey", "kms/externalKey", "kms/replicaExternalKey")
"""Kinds of customer managed keys."""
