"""What is kept in the ledger beside what the flow itself writes there: baselines, and the state found before a change.

An item takes 400 KB, so that what is long lies in pieces. They carry the hash of the whole, and the item that names it
is written last: whoever reads finds all of it, or what was there before.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

import hashlib
import json
import os
import time
import zlib
from typing import Any

from botocore.exceptions import ClientError

from trailkeeper import aws
from trailkeeper.undo import Baseline, Fields

Item = dict[str, Any]

BASELINES = "baselines"
PIECE = 300_000  # bytes
OLD = "old-"  # evidence may be of the same content as a baseline, whose pieces must not expire
KEPT = 90 * 24 * 3600  # seconds that evidence is kept


def baseline(arn: str) -> Baseline | None:
    """What the owners want of a thing; None where nothing was recorded."""
    item = get(f"baseline#{arn}")
    if item is None:
        return None
    return {"arn": arn, "fields": content(item, ""), "by": item["by"]["S"], "at": item["at"]["S"]}


def content(item: Item, prefix: str) -> Any:
    """What was written with an item by `whole`."""
    pieces = [get(f"{prefix}piece#{item['hash']['S']}#{number}") for number in range(int(item["pieces"]["N"]))]
    packed = b"".join(piece["packed"]["B"] for piece in pieces if piece)
    if hashlib.sha256(packed).hexdigest() != item["hash"]["S"]:
        raise aws.Unanswered("BaselineIncomplete")
    return json.loads(zlib.decompress(packed))


def save(wanted: Baseline) -> None:
    """Record what is wanted of a thing from now on, and that it is known: it could be deleted."""
    dynamodb().update_item(**known(wanted["arn"], "ADD"))
    more = {"by": {"S": wanted["by"]}, "at": {"S": wanted["at"]}}
    put(whole(f"baseline#{wanted['arn']}", wanted["fields"], more))


def forget(arn: str) -> None:
    """Want nothing of a thing any more. Its pieces stay: another baseline may be of the same content."""
    delete(f"baseline#{arn}")
    dynamodb().update_item(**known(arn, "DELETE"))


def baselines() -> list[str]:
    """The ARNs of all that has a baseline: the table has nothing to find them by."""
    return sorted((get(BASELINES) or {}).get("arns", {"SS": []})["SS"])


def known(arn: str, how: str) -> dict[str, Any]:
    """What UpdateItem takes to ADD an ARN to those that have a baseline, or to DELETE it."""
    return {
        **table(),
        "Key": {"id": {"S": BASELINES}},
        "UpdateExpression": f"{how} arns :arn",
        "ExpressionAttributeValues": {":arn": {"SS": [arn]}},
    }


def forget_restores(key: str) -> bool:
    """Forget how often the thing of a dedup key was restored, which closes the breaker; whether it ever was."""
    return delete(f"restores#{key}")


def keep_evidence(incident: str, call: str, arn: str, found: Fields | None) -> None:
    """Keep what was found of a thing before it is changed: None, where nothing could be read of it. The first stays."""
    expires = {"N": str(int(time.time()) + KEPT)}
    more = {"thing": {"S": arn}, "at": {"S": aws.now()}, "expires": expires}
    put_if("attribute_not_exists(id)", whole(f"evidence#{incident}#{call}", found, more))


def evidence(incident: str, call: str) -> dict[str, Any] | None:
    """What was `found` before the call, and when (`at`); None where it was not made."""
    item = get(f"evidence#{incident}#{call}")
    return item and {"found": content(item, OLD), "at": item["at"]["S"]}


def whole(name: str, of: Any, more: Item) -> Item:
    """The item for a content of any length, whose pieces are written; they go when the item goes."""
    packed = zlib.compress(json.dumps(of, sort_keys=True, default=str).encode())
    digest = hashlib.sha256(packed).hexdigest()
    starts = range(0, len(packed), PIECE)
    expires = {"expires": more["expires"]} if "expires" in more else {}
    prefix = OLD if expires else ""
    for number, start in enumerate(starts):
        piece = {"packed": {"B": packed[start : start + PIECE]}, **expires}
        put({"id": {"S": f"{prefix}piece#{digest}#{number}"}, **piece})
    return {"id": {"S": name}, "hash": {"S": digest}, "pieces": {"N": str(len(starts))}, **more}


def get(name: str) -> Item | None:
    """One item; None where there is none, which is said by an answer without it, but not by an empty one."""
    asked: Any = {"Key": {"id": {"S": name}}, "ConsistentRead": True, "ReturnConsumedCapacity": "TOTAL"}
    found: Item = dynamodb().get_item(**table(), **asked)
    if "ConsumedCapacity" not in found:
        raise aws.Unanswered("IncompleteAnswer")
    return found.get("Item")


def put(item: Item) -> None:
    """Write one item."""
    dynamodb().put_item(**table(), Item=item)


def claim(name: str, days: int) -> str | None:
    """Write an item that says that something is done, or was first seen, now; since when, where it was there before."""
    item = dated(name, days)
    if put_if("attribute_not_exists(id)", item):
        return None
    return str((get(name) or item)["at"]["S"])


def note(name: str, days: int, **more: Item) -> None:
    """Write what happens now."""
    put({**dated(name, days), **more})


def dated(name: str, days: int) -> Item:
    """An item of now."""
    expires = {"N": str(int(time.time()) + days * 24 * 3600)}
    return {"id": {"S": name}, "at": {"S": aws.now()}, "expires": expires}


def put_if(condition: str, item: Item, **values: Any) -> bool:
    """Write an item if the condition holds; whether it did."""
    more = {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}
    try:
        dynamodb().put_item(**table(), Item=item, ConditionExpression=condition, **more)
    except ClientError as error:
        if aws.code(error) != "ConditionalCheckFailedException":
            raise
        return False
    return True


def delete(name: str) -> bool:
    """Delete one item; whether it was there."""
    gone = dynamodb().delete_item(**table(), Key={"id": {"S": name}}, ReturnValues="ALL_OLD")
    return bool(gone.get("Attributes"))


def dynamodb() -> Any:
    """The client, which tries again by itself: a ledger is throttled for moments only."""
    return aws.client("dynamodb", aws.OWN_REGION, 2)


def table() -> dict[str, str]:
    """The table, as every call takes it."""
    return {"TableName": os.environ["LEDGER"]}
