"""Calls on the KMS keys that trails encrypt their log files with."""

import json
from collections.abc import Mapping
from typing import Any

from trailkeeper import policy
from trailkeeper.calls import Call, Finding, Known, Request
from trailkeeper.kinds import KEY
from trailkeeper.record import mapping

CANNOT_ENCRYPT = Finding("cannot_encrypt")


def put_key_policy(request: Request, known: Known | None) -> list[Finding]:
    """Whether CloudTrail may still encrypt; the record carries the policy as text or not at all."""
    document = parsed(request.get("policy"))
    if document is None:
        return [Finding("request_not_in_event")]
    return policy.findings(document, "kms:GenerateDataKey", "kms:DescribeKey")


def parsed(value: Any) -> Mapping[str, Any] | None:
    """A policy document out of a record's text; None if it is none."""
    try:
        return mapping(json.loads(value)) or None
    except (TypeError, ValueError, RecursionError):
        return None


CALLS = (
    Call(
        "destination",
        KEY,
        "DisableKey",
        "keyId",
        CANNOT_ENCRYPT,
        command=("put_back", "aws kms enable-key --key-id NAME"),
    ),
    Call(
        "destination",
        KEY,
        "ScheduleKeyDeletion",
        "keyId",
        "deleted",
        # A key whose deletion was cancelled is disabled.
        command=("put_back", "aws kms cancel-key-deletion --key-id NAME\naws kms enable-key --key-id NAME"),
        pending=True,
    ),
    Call("destination", KEY, "DeleteImportedKeyMaterial", "keyId", CANNOT_ENCRYPT),
    Call(
        "destination",
        KEY,
        "PutKeyPolicy",
        "keyId",
        put_key_policy,
        command=("look", "aws kms get-key-policy --key-id NAME --policy-name default"),
    ),
    Call("destination", KEY, "DisableKeyRotation", "keyId", Finding("key_no_longer_rotates", minor=True)),
)
