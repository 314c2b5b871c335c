"""Calls on the KMS keys that trails encrypt their log files with."""

import json

from trailkeeper import policy
from trailkeeper.calls import Call, Finding, Known, Request
from trailkeeper.kinds import KEY
from trailkeeper.record import mapping

CANNOT_ENCRYPT = Finding("cannot_encrypt")
ENABLE = ("put_back", "aws kms enable-key --key-id NAME")
# A key whose deletion was cancelled is disabled.
CANCEL = ("put_back", "aws kms cancel-key-deletion --key-id NAME\naws kms enable-key --key-id NAME")
SHOW = ("look", "aws kms get-key-policy --key-id NAME --policy-name default")
NOT_IN_EVENT = Finding("request_not_in_event")


def put_key_policy(request: Request, known: Known | None) -> list[Finding]:
    """Whether CloudTrail may still encrypt; the record carries the policy as text or not at all."""
    try:
        document = mapping(json.loads(request.get("policy") or ""))
    except (TypeError, ValueError, RecursionError):
        document = {}
    return policy.findings(document, "kms:GenerateDataKey", "kms:DescribeKey") if document else [NOT_IN_EVENT]


CALLS = (
    Call("destination", KEY, "DisableKey", "keyId", CANNOT_ENCRYPT, command=ENABLE),
    Call("destination", KEY, "ScheduleKeyDeletion", "keyId", "deleted", command=CANCEL, pending=True),
    Call("destination", KEY, "DeleteImportedKeyMaterial", "keyId", CANNOT_ENCRYPT),
    Call("destination", KEY, "PutKeyPolicy", "keyId", put_key_policy, command=SHOW),
    Call("destination", KEY, "DisableKeyRotation", "keyId", Finding("key_no_longer_rotates", minor=True)),
)
