"""The table `newest`: of each record of a tenant its newest state, whatever comes twice, late or in another order."""

from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from functions.shared.delivered import Delivered, text_of
from functions.shared.tenants import code_of
from jobs.aggregate.records import SCHEMAS, Message


@dataclass(frozen=True)
class Newest:
    """The table.

    Attributes:
        dynamodb: A client of the tenant's session.
        name: The table's.
    """

    dynamodb: Any
    name: str

    def keep(self, delivered: Delivered, message: Message) -> bool:
        """Enter a state, unless the one that is there is as new; whether it was entered.

        `version` orders states: the later `updated_at`, then the greater message id, then the digest. Times and digests are of
        one length, and an id ends at a character below all that it may have: the greatest text stays, whatever comes last.
        """
        schema = SCHEMAS[delivered.dataset]
        values = dict(zip(schema.names, message.values, strict=True))
        updated_at = values["updated_at"].isoformat(timespec="microseconds")
        item = {
            "tenant": delivered.tenant,
            "record": f"{delivered.dataset}#{values[schema.key]}",
            "version": f"{updated_at}#{message.id}#{message.digest.hex()}",
            "message_id": message.id,
            "updated_at": updated_at,
            "received_at": message.received_at.isoformat(),
        }
        # An item holds 400 KB: what was too large for the topic stays in the raw bucket, and the item says where.
        item |= {"object": delivered.key} if delivered.body is None else {"state": text_of(values)}
        try:
            self.dynamodb.put_item(
                TableName=self.name,
                Item={name: {"S": value} for name, value in item.items()},
                ConditionExpression="attribute_not_exists(#version) OR #version < :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={":version": {"S": item["version"]}},
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True


OUTCOMES: Final = ("kept", "older", "set-aside", "erased", "failed")
"""What becomes of a message: its state is the newest; it is not; it is wrong, and somebody is told; its tenant has left; it
comes again, and ends among the dead letters."""
