"""Calls on the KMS keys that trails encrypt their log files with."""

import json
from typing import Any

from trailkeeper import delivery
from trailkeeper.calls import DESTRUCTION, Call, Compared, Finding, Known, Request
from trailkeeper.kinds import KEY
from trailkeeper.record import Record, mapping, request_of, text

CANNOT_ENCRYPT = Finding("cannot_encrypt")
ENABLE = ("put_back", "aws kms enable-key --key-id NAME")
# A key whose deletion was cancelled is disabled.
CANCEL = ("put_back", "aws kms cancel-key-deletion --key-id NAME\naws kms enable-key --key-id NAME")
SHOW = ("look", "aws kms get-key-policy --key-id NAME --policy-name default")
NOT_IN_EVENT = Finding("request_not_in_event")


def put_key_policy(request: Request, known: Known | None) -> list[Finding]:
    """Whether CloudTrail may still encrypt."""
    return delivery.findings(request, delivery.to_key, known) if request.get("policy") else [NOT_IN_EVENT]


def asked_of_key_policy(record: Record) -> dict[str, Any]:
    """The policy and its key; the record carries the policy as text or not at all."""
    request = request_of(record)
    try:
        document = mapping(json.loads(request.get("policy") or "", object_pairs_hook=once))
    except (TypeError, ValueError, RecursionError):
        document = {}
    return delivery.asked_of_policy(record, document, KEY, text(request.get("keyId"), 2000) or "")


def once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping of JSON; of a member that is given twice, who knows which counts."""
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a member is given twice")
    return found


POLICY = Compared(asked_of_key_policy, always=True)


def import_key_material(request: Request, known: Known | None) -> list[Finding]:
    """Whether the key will stop working some day: no expiration model means that it does."""
    expires = request.get("expirationModel") != "KEY_MATERIAL_DOES_NOT_EXPIRE"
    return [Finding("key_expires", text(request.get("validTo")))] if expires else []


CUT_OFF = Finding("key_store_cut_off")

CALLS = (
    Call("destination", KEY, "DisableKey", "keyId", CANNOT_ENCRYPT, undo="EnableKey", command=ENABLE),
    Call(
        "destination",
        KEY,
        "ScheduleKeyDeletion",
        "keyId",
        "deleted",
        undo="CancelKeyDeletion",
        command=CANCEL,
        pending=True,
        technique=DESTRUCTION,
    ),
    Call("destination", KEY, "DeleteKey", "keyId", "deleted", technique=DESTRUCTION),
    Call("destination", KEY, "ImportKeyMaterial", "keyId", import_key_material),
    Call("destination", KEY, "DeleteImportedKeyMaterial", "keyId", CANNOT_ENCRYPT),
    Call("destination", KEY, "DeleteExpiredKeyMaterial", "keyId", CANNOT_ENCRYPT),
    # Which keys are in the store, the request does not say.
    Call("destination", KEY, "DisconnectCustomKeyStore", "", CUT_OFF),
    Call("destination", KEY, "DeleteCustomKeyStore", "", CUT_OFF),
    Call("destination", KEY, "PutKeyPolicy", "keyId", put_key_policy, command=SHOW, compared=POLICY),
    Call("destination", KEY, "DisableKeyRotation", "keyId", Finding("key_no_longer_rotates", minor=True)),
)
