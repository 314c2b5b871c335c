"""Mails on what was put back by the baseline: what it was, what it is, and what is not known."""

from typing import Any

import pytest

from tests.samples import ARN, RECORDING, SETTINGS, report
from trailkeeper.incident import Report, UndoResult
from trailkeeper.mail import compose
from trailkeeper.standing import end, is_resolved, what_is_next

CHANGES: Any = [
    {"field": "IsMultiRegionTrail", "wanted": "true", "found": "false"},
    {"field": "KmsKeyId", "wanted": "", "found": "https://evil.example/key"},
]
DONE: UndoResult = {
    "call": "UpdateTrail", "called_at": "2026-11-23T02:04:05.000Z", "retries": 0, "changes": CHANGES, "left": [],
    "proven": True, "logging": True, "unread": None, "read_at": "2026-11-23T02:04:06.000Z",
    "started_at": "2026-11-20T00:00:00.000Z", "stopped_at": None,
}  # fmt: skip


def narrowed(undo: Any, **changes: Any) -> Report:
    """The report on an UpdateTrail that narrowed."""
    whole = report("update-trail-one-region", RECORDING, undo)
    whole["incident"]["undo"] = {"call": "UpdateTrail", "on": ARN, "mode": "auto", "why": "setting"}
    return {**whole, **changes}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("undo", "ends", "subject", "sentence"),
    [
        (DONE, "Handled", "narrowed, put back", "Everything is as its owners want it again."),
        (
            {**DONE, "proven": False, "left": CHANGES[:1]},
            "RestoreFailed",
            "narrowed, undo FAILED",
            "But this is still not as its owners want it: IsMultiRegionTrail.",
        ),
        ({**DONE, "proven": False, "logging": False}, "RestoreFailed", "undo FAILED", "But it does not record."),
        (
            {**DONE, "proven": None, "logging": None, "unread": "ReadTimeoutError"},
            "RestoreNotReadBack",
            "undo not confirmed",
            "could not be read (there was no answer in time): check it now.",
        ),
        (
            {"call": "UpdateTrail", "error": "S3BucketDoesNotExistException", "cause": ""},
            "RestoreFailed",
            "undo FAILED",
            "but the call failed: its bucket does not exist: whoever owns the bucket must create it again",
        ),
        ({"held": "no_baseline"}, "Handled", "narrowed:", "Trailkeeper put nothing back: no baseline was recorded"),
        ({"held": "as_wanted", "proven": True}, "Handled", "narrowed:", "Trailkeeper had nothing to put back"),
        (
            {"held": "shadow", "left": CHANGES, "proven": False},
            "Handled",
            "narrowed:",
            "would have called UpdateTrail, to put back IsMultiRegionTrail, KmsKeyId.",
        ),
        ({"held": "shadow"}, "Handled", "narrowed:", "with auto, Trailkeeper would have called UpdateTrail."),
    ],
)
def test_what_came_of_it_is_told_and_decides_how_the_execution_ends(
    undo: Any, ends: str, subject: str, sentence: str
) -> None:
    whole = narrowed(undo)
    head, text = compose(whole, SETTINGS)
    assert (end(whole, 1), subject in head, sentence in text) == (ends, True, True), (head, text)
    assert is_resolved(whole) is (undo.get("proven") is True)


def test_what_looked_harmless_and_was_not_put_back_is_not_resolved() -> None:
    whole = narrowed({"call": "PutInsightSelectors", "error": "InternalFailure", "cause": "", "proven": False})
    whole["incident"]["verdict"] = "harmless"
    assert (end(whole, 1), is_resolved(whole)) == ("RestoreFailed", False)
    whole["undo"] = {}
    assert (end(whole, 1), is_resolved(whole)) == ("Handled", True)


def test_each_field_is_shown_with_what_was_found_and_what_it_is_again() -> None:
    text = compose(narrowed(DONE), SETTINGS)[1]
    assert "IsMultiRegionTrail: false → true" in text
    assert "KmsKeyId: https[:]//evil[.]example/key → -" in text
    assert "set it again" not in text
    left = compose(narrowed({**DONE, "proven": False, "left": CHANGES[:1]}), SETTINGS)[1]
    assert "IsMultiRegionTrail: is false, should be true" in left
    assert "IsMultiRegionTrail: false → true" not in left


def test_that_the_evidence_could_not_be_kept_is_told() -> None:
    text = compose(narrowed({**DONE, "evidence": "ThrottlingException"}), SETTINGS)[1]
    assert "the state found could not be kept as evidence: AWS throttled the call" in text


def test_without_a_baseline_the_commands_of_what_it_was_are_ready_to_paste() -> None:
    whole = narrowed({"held": "no_baseline"})
    whole["incident"]["request"] = {"isMultiRegionTrail": False, "s3BucketName": "theirs", "s3KeyPrefix": "x"}
    whole["trail"]["was"] = {
        "isMultiRegionTrail": True,
        "s3BucketName": "ours; reboot",
        "s3KeyPrefix": "",
        "kmsKeyId": "k",
    }
    text = compose(whole, SETTINGS)[1]
    command = f"aws cloudtrail update-trail --name {ARN} --is-multi-region-trail --s3-key-prefix '' --region us-east-1"
    assert command in text
    assert "reboot" not in text
    assert f"trailkeeper adopt {ARN}" in text


def test_what_only_the_comparison_showed_is_put_back_after_the_mail() -> None:
    whole = narrowed({})
    for verdict in ("stopped", "deleted", "narrowed"):
        whole["incident"]["verdict"] = verdict
        assert what_is_next(whole) == "keep_trying"
    assert "not done: it is put back after this mail" in compose(whole, SETTINGS)[1]
    whole["incident"]["undo"]["mode"] = "off"
    assert what_is_next(whole) is None


def test_what_waiting_may_mend_is_tried_again_and_what_was_put_back_is_looked_back_at() -> None:
    assert what_is_next(narrowed({"call": "UpdateTrail", "error": "ThrottlingException", "cause": ""})) == "keep_trying"
    assert what_is_next(narrowed({"call": "UpdateTrail", "error": "AccessDenied", "cause": ""})) is None
    assert what_is_next(narrowed({**DONE, "proven": None})) == "keep_trying"
    assert what_is_next(narrowed(DONE)) == "look_back"
    assert what_is_next(narrowed(DONE, part="report")) is None


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("AccessDenied", "Trailkeeper's role was denied by its own policy or one of the organization (SCP)"),
        ("InvalidHomeRegionException", "it can be changed in its home Region only"),
        ("NotOrganizationMasterAccountException", "only the organization's management account can change it"),
        ("S3BucketDoesNotExistException", "whoever owns the bucket must create it again, with its policy"),
        ("InsufficientS3BucketPolicyException", "whoever owns the bucket must put the policy back"),
        ("KmsKeyDisabledException", "whoever owns the key must enable it"),
        ("InsufficientEncryptionPolicyException", "whoever owns them must put the policy back"),
        ("MaximumNumberOfTrailsExceededException", "one must be deleted first"),
        ("BaselineIncomplete", "adopt it again"),
    ],
)
def test_who_can_mend_what_failed_is_said(code: str, why: str) -> None:
    assert why in compose(narrowed({"call": "UpdateTrail", "error": code, "cause": ""}), SETTINGS)[1]
