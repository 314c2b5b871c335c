"""Each AWS call of Restore for what is no trail, or of a trail's smaller parts, and each way in which it can fail.

Every cell is a real call that tampers, on the local cloud, whose event starts the flow. It ends in a mail or a failure
notice, and a thing that is as good as it can be.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.guarded import UNDONE, Guarded, guarded_cloud
from tests.proxy import FAULTS, break_with
from trailkeeper import aws, undo


class Call(NamedTuple):
    """One call of Restore, on what, after which call that tampers; `acts`: without it, nothing is put back."""

    on: str
    tampering: str
    service: str
    operation: str
    acts: bool = False


CALLS = (
    Call("trail", "PutInsightSelectors", "cloudtrail", "PutInsightSelectors", acts=True),
    Call("trail", "PutEventConfiguration", "cloudtrail", "PutEventConfiguration", acts=True),
    Call("store", "StopEventDataStoreIngestion", "cloudtrail", "GetEventDataStore"),
    Call("store", "StopEventDataStoreIngestion", "cloudtrail", "StartEventDataStoreIngestion", acts=True),
    Call("store", "UpdateEventDataStore", "cloudtrail", "UpdateEventDataStore", acts=True),
    Call("store", "DeleteEventDataStore", "cloudtrail", "RestoreEventDataStore", acts=True),
    Call("bucket", "PutBucketPolicy", "s3", "GetBucketPolicy"),
    Call("bucket", "PutBucketPolicy", "s3", "PutBucketPolicy", acts=True),
    Call("key", "DisableKey", "kms", "DescribeKey"),
    Call("key", "DisableKey", "kms", "EnableKey", acts=True),
    Call("key", "ScheduleKeyDeletion", "kms", "CancelKeyDeletion", acts=True),
    Call("rule", "DisableRule", "events", "DescribeRule"),
    Call("rule", "DisableRule", "events", "EnableRule", acts=True),
    Call("rule", "RemoveTargets", "events", "ListTargetsByRule"),
    Call("rule", "RemoveTargets", "events", "PutTargets", acts=True),
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The cloud; this process reads and repairs things as the functions do, and no trail records that."""
    with (
        guarded_cloud(tmp_path_factory.mktemp("guarded"), through_proxy=True) as cloud,
        pytest.MonkeyPatch.context() as patched,
    ):
        patched.setattr(aws, "client", lambda service, region, _=1: cloud.cloud.client(service, region, recorded=False))
        yield cloud


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.tampering}-{call.operation}")
def test_every_fault_ends_in_word_of_it_and_a_thing_as_good_as_it_can_be(
    guarded: Guarded, call: Call, fault: str
) -> None:
    undone, cloud, arn = UNDONE[call.tampering], guarded.cloud, guarded.arns[call.on]
    row, wanted, known = undo.row(undone.call), undo.whole(arn), len(cloud.executions())
    break_with(guarded.proxy, {"service": call.service, "operation": call.operation, **FAULTS[fault]})
    try:
        undone.tamper(guarded.clients, guarded.on)
        ended: dict[str, Any] = cloud.wait(
            lambda: len(cloud.executions()) > known and guarded.execution(call.tampering), "the execution's end", 120
        )
        assert cloud.wait(lambda: any(ended["name"] in mail.get_content() for mail in cloud.mails()), "word of it")
        left = undo.differing(row.fields, wanted, undo.read(undone.call, arn))
        assert bool(left) is (call.acts and fault != "truncated"), ended
        if left:
            assert ended.get("error") in ("RestoreFailed", "RestoreNotReadBack"), "a person must look"
            row.put(arn, wanted, left)
    finally:
        break_with(guarded.proxy)
