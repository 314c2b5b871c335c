"""The flow, run on the local cloud: whatever breaks, the trail is restored if it can be and a mail goes out."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError

from console.drill import BUCKET, BUCKET_POLICY
from console.history import states_walked
from localcloud import LocalCloud
from tests.proxy import FAULTS, before, break_with
from tests.samples import event
from trailkeeper.standing import LASTING

TRAIL = "FlowTrail"
FLOW = json.loads((Path(__file__).parents[2] / "workflow" / "state_machine.asl.json").read_text())


class Flow:
    """One incident after another on a cloud with Trailkeeper deployed and a trail of its own."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.cloudtrail, self.functions, self.iam = (cloud.client(name) for name in ("cloudtrail", "lambda", "iam"))
        self.stepfunctions = cloud.client("stepfunctions")
        self.before = {execution["executionArn"] for execution in cloud.executions()}

    def stop(self, mails: int = 1) -> tuple[dict[str, Any], list[Any]]:
        """Stop the trail; the execution when it has ended, and the mails about it, as many as there should be."""
        self.cloudtrail.stop_logging(Name=TRAIL)
        execution = self.cloud.wait(lambda: self.ended("StopLogging"), "the execution and its end")
        self.cloud.wait(lambda: len(self.mails(execution)) >= mails, f"{mails} mails")
        return execution, self.mails(execution)

    def ended(self, action: str) -> dict[str, Any] | None:
        """The new execution for a call, when it has ended; tests that break Trailkeeper start others."""
        for execution in self.cloud.executions():
            if execution["executionArn"] in self.before or execution["status"] == "RUNNING":
                continue
            if json.loads(self.describe(execution)["input"])["detail"]["eventName"] == action:
                return execution
        return None

    def mails(self, execution: dict[str, Any]) -> list[Any]:
        """The mails that an execution sent, and those that were sent because of it."""
        name = execution["executionArn"].rpartition(":")[2]
        return [mail for mail in self.cloud.mails() if name in mail.get_content()]

    def describe(self, execution: dict[str, Any]) -> dict[str, Any]:
        """The execution with its output or error."""
        return dict(self.stepfunctions.describe_execution(executionArn=execution["executionArn"]))

    def states(self, execution: dict[str, Any]) -> dict[str, str | None]:
        """The states walked, each with the last error in it."""
        arn = execution["executionArn"]
        events = self.stepfunctions.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        return {state.name: state.error for state in states_walked(events)}

    def is_logging(self) -> bool:
        """Whether the trail records."""
        return bool(self.cloudtrail.get_trail_status(Name=TRAIL)["IsLogging"])

    def function(self, step: str) -> dict[str, Any]:
        """The configuration of a step's function."""
        found = [one for one in self.functions.list_functions()["Functions"] if one["Handler"] == f"{step}.handler"]
        return dict(found[0])


@pytest.fixture(scope="module")
def trail(deployment: LocalCloud) -> None:
    """The trail, and the bucket that it writes to."""
    s3 = deployment.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(BUCKET_POLICY).replace("trail/TestTrail", f"trail/{TRAIL}"))
    deployment.client("cloudtrail").create_trail(Name=TRAIL, S3BucketName=BUCKET)


@pytest.fixture
def flow(deployment: LocalCloud, trail: None) -> Flow:
    """The trail records, on a cloud with Trailkeeper deployed, undo auto."""
    deployment.client("cloudtrail").start_logging(Name=TRAIL)
    return Flow(deployment)


@pytest.fixture
def change(flow: Flow) -> Iterator[Callable[..., None]]:
    """`change("notify", TOPIC_ARN="x")` changes a function's environment until the test is over."""
    before: list[dict[str, Any]] = []

    def variables(step: str, **changes: str) -> None:
        configuration = flow.function(step)
        before.append(configuration)
        environment = configuration.get("Environment", {}).get("Variables", {})
        flow.functions.update_function_configuration(
            FunctionName=configuration["FunctionName"], Environment={"Variables": environment | changes}
        )

    yield variables
    for configuration in before:
        flow.functions.update_function_configuration(
            FunctionName=configuration["FunctionName"],
            Environment={"Variables": configuration.get("Environment", {}).get("Variables", {})},
        )


@pytest.fixture
def take_away(flow: Flow) -> Iterator[Callable[[str, str], None]]:
    """`take_away("restore", "cloudtrail:StartLogging")` denies a function's role an action until the test is over."""
    denied: list[str] = []

    def deny(step: str, action: str) -> None:
        role = flow.function(step)["Role"].rsplit("/", 1)[-1]
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        flow.iam.put_role_policy(RoleName=role, PolicyName="taken-away", PolicyDocument=document)
        denied.append(role)

    yield deny
    for role in denied:
        flow.iam.delete_role_policy(RoleName=role, PolicyName="taken-away")


@pytest.fixture(scope="module")
def proxy(deployment: LocalCloud) -> Iterator[str]:
    """A server in front of the cloud that answers as AWS does when something is wrong; rules are posted to it."""
    with before(deployment) as endpoint:
        # Its first error takes seconds, as it reads the service's model then.
        break_with(endpoint, {"operation": "ListTrails", "times": 1, "error": {"code": "ThrottlingException"}})
        with pytest.raises(ClientError):
            boto3.client("cloudtrail", endpoint_url=endpoint).list_trails()
        yield endpoint


def test_a_stopped_trail_is_restored_and_reported_in_one_mail(flow: Flow) -> None:
    execution, mails = flow.stop()
    assert flow.is_logging()
    assert [mail["Subject"] for mail in mails] == [
        f"[CRITICAL] CloudTrail trail stopped, recording again: {TRAIL} (123456789012 us-east-1)"
    ]
    output = json.loads(flow.describe(execution)["output"])
    assert set(output) == {"incident", "trail", "undo", "answer", "look_back", "notice"}
    assert output["undo"]["logging"] is True
    assert output["notice"]["readers"] == 1
    assert output["notice"]["subject"] == mails[0]["Subject"]


def test_a_denied_restore_is_mailed_and_fails_the_execution_which_is_reported_again(
    flow: Flow, take_away: Callable[[str, str], None]
) -> None:
    take_away("restore", "cloudtrail:StartLogging")
    execution, mails = flow.stop(mails=2)
    assert not flow.is_logging()
    assert (execution["status"], flow.describe(execution)["error"]) == ("FAILED", "RestoreFailed")
    by_subject = {mail["Subject"]: mail.get_content() for mail in mails}
    own = by_subject[f"[CRITICAL] CloudTrail trail stopped, restart FAILED: {TRAIL} (123456789012 us-east-1)"]
    assert "the call failed: Trailkeeper's role was denied" in own
    assert "The trail is NOT recording." in own
    assert execution["executionArn"] in by_subject["AWS Notification Message"]


def test_what_enrich_may_not_read_stops_neither_the_restore_nor_the_mail(
    flow: Flow, take_away: Callable[[str, str], None]
) -> None:
    take_away("enrich", "cloudtrail:DescribeTrails")
    execution, mails = flow.stop()
    assert flow.is_logging()
    assert execution["status"] == "SUCCEEDED"
    text = mails[0].get_content()
    assert "records the management events of us-east-1: access was denied" in text
    assert "recording since" in text


@pytest.fixture
def replace(flow: Flow) -> Iterator[Callable[[str, str], None]]:
    """`replace("enrich", "return None")` puts another handler in a function's place until the test is over."""
    before: list[tuple[str, bytes]] = []

    def code(step: str, body: str) -> None:
        name = flow.function(step)["FunctionName"]
        location = flow.functions.get_function(FunctionName=name)["Code"]
        bucket, key = code_asset(flow.cloud, location)
        before.append((name, flow.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()))
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(f"{step}.py", f"def handler(event, context):\n    {body}\n")
        flow.functions.update_function_code(FunctionName=name, ZipFile=content.getvalue())

    yield code
    for name, archive in before:
        flow.functions.update_function_code(FunctionName=name, ZipFile=archive)


def code_asset(cloud: LocalCloud, location: dict[str, Any]) -> tuple[str, str]:
    """The bucket and the key of the functions' code, which is the one zip among the assets."""
    s3 = cloud.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        for one in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            if one["Key"].endswith(".zip"):
                return bucket["Name"], one["Key"]
    raise AssertionError(location)


@pytest.mark.parametrize(
    "body",
    [
        "return None",
        "return 'text'",
        "return {'incident': {}, 'trail': {'x': 'y' * 200_000}}",
        "return {'incident': {}, 'trail': {'x': 'y' * 300_000}}",
        "raise RuntimeError('Traceback (most recent call last): /tmp/secret.py')",
    ],
)
def test_whatever_enrich_answers_the_restore_is_reported(
    body: str, flow: Flow, replace: Callable[[str, str], None]
) -> None:
    replace("enrich", body)
    execution, mails = flow.stop()
    assert flow.is_logging()
    assert execution["status"] == "SUCCEEDED"
    first = mails[0].get_content().split("\n")[0]
    assert first.endswith("Trailkeeper called StartLogging. The trail is recording again.")
    assert "Traceback" not in mails[0].get_content()


@pytest.mark.parametrize("body", ["return None", "return {'called_at': 'x', 'y': 'z' * 300_000}"])
def test_whatever_restore_answers_what_enrich_read_is_reported(
    body: str, flow: Flow, replace: Callable[[str, str], None]
) -> None:
    replace("restore", body)
    execution, mails = flow.stop(mails=2)
    assert flow.describe(execution)["error"] == "RestoreFailed"
    text = next(mail.get_content() for mail in mails if "restart FAILED" in mail["Subject"])
    assert "does not know whether it took effect" in text
    assert "home Region us-east-1" in text
    assert not flow.is_logging()


def read(on: bool | None, second: int, unread: str | None = None) -> dict[str, Any]:
    """What Restore reads of a trail's status, in that second."""
    at = f"2999-01-01T00:00:0{second}.000Z"
    return {"proven": on, "logging": on, "unread": unread, "read_at": at, "started_at": None, "stopped_at": None}


CALLED = "{'call': 'StartLogging', 'called_at': '2999-01-01T00:00:00.000Z', 'retries': 0}"


def test_a_last_look_that_fails_does_not_take_back_what_was_read(
    flow: Flow, replace: Callable[[str, str], None]
) -> None:
    first, last = read(False, 1), {"proven": None, "logging": None, "unread": "ThrottlingException"}
    replace("restore", f"return {CALLED} | {first} if event['act'] else {last}")
    execution, mails = flow.stop(mails=2)
    assert flow.describe(execution)["error"] == "RestoreFailed"
    assert any("The trail is NOT recording." in mail.get_content() for mail in mails)


def test_readings_that_disagree_are_settled_by_a_last_look(flow: Flow, replace: Callable[[str, str], None]) -> None:
    replace("restore", f"return {CALLED} | {read(True, 1)} if event['act'] else {read(True, 9)}")
    answer = {"incident": {}, "trail": {**read(False, 5), "unread": []}}
    replace("enrich", f"return {answer}")
    execution, (mail,) = flow.stop(mails=1)
    assert execution["status"] == "SUCCEEDED"
    assert "The trail is recording again." in mail.get_content()


def test_what_nobody_could_check_is_mailed(flow: Flow, replace: Callable[[str, str], None]) -> None:
    replace("enrich", "raise KeyError('oops')")
    selector: Any = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    mails = len(flow.cloud.mails())
    flow.cloud.client("cloudtrail").put_event_selectors(TrailName=TRAIL, EventSelectors=[selector])
    subject = "[LOW] CloudTrail trail changed, low impact"
    (mail,) = flow.cloud.wait(
        lambda: [one for one in flow.cloud.mails()[mails:] if one["Subject"].startswith(subject)], subject
    )
    assert "not every trail could be asked, so it is not known what this changes" in mail.get_content()
    assert "takes nothing away" not in mail.get_content()


def test_a_crashed_triage_is_mailed_with_the_raw_event(flow: Flow, replace: Callable[[str, str], None]) -> None:
    replace("triage", "raise KeyError('oops')")
    execution, mails = flow.stop(mails=2)
    assert (execution["status"], flow.describe(execution)["error"]) == ("FAILED", "TriageFailed")
    raw = next(mail for mail in mails if "could not be judged" in mail["Subject"])
    assert f'"name":"{TRAIL}"' in raw.get_content().replace(" ", "")


def test_a_triage_without_an_answer_is_mailed_too(flow: Flow, replace: Callable[[str, str], None]) -> None:
    replace("triage", "return None")
    execution, _ = flow.stop(mails=2)
    assert flow.describe(execution)["error"] == "TriageFailed"


def test_a_mail_that_cannot_be_sent_fails_the_execution_and_the_topic_hears_of_it_all_the_same(
    flow: Flow, take_away: Callable[[str, str], None]
) -> None:
    take_away("notify", "sns:Publish")
    execution, mails = flow.stop()
    assert flow.is_logging()
    assert execution["status"] == "FAILED"
    assert mails[0]["Subject"] == "AWS Notification Message"
    assert execution["executionArn"] in mails[0].get_content()


def test_throttling_is_waited_out(flow: Flow, change: Callable[..., None], proxy: str) -> None:
    break_with(proxy, {"operation": "StartLogging", "times": 1, "error": {"code": "ThrottlingException"}})
    change("restore", AWS_ENDPOINT_URL_CLOUDTRAIL=proxy)
    execution, mails = flow.stop()
    assert flow.is_logging()
    assert execution["status"] == "SUCCEEDED"
    assert flow.states(execution)["Restore"] == "ThrottlingException"
    assert "recording again" in mails[0]["Subject"]


def test_an_event_that_narrows_nothing_is_ignored_without_a_mail(flow: Flow) -> None:
    selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
    flow.cloudtrail.put_event_selectors(TrailName=TRAIL, EventSelectors=selectors)
    execution = flow.cloud.wait(lambda: flow.ended("PutEventSelectors"), "the execution and its end")
    assert list(flow.states(execution))[-2:] == ["Still tampering?", "Ignored"]
    assert json.loads(flow.describe(execution)["output"])["incident"]["verdict"] == "harmless"
    assert flow.mails(execution) == []


# ---- How long the mail can be made to wait


def worst_seconds(state: dict[str, Any]) -> float:
    """The longest that a task takes until its last error is caught, if every try hangs that can."""
    tries, waits = 1, 0.0
    for retrier in state.get("Retry", []):
        wait, many = retrier.get("IntervalSeconds", 1), retrier["MaxAttempts"]
        waits += sum(wait * retrier.get("BackoffRate", 2) ** number for number in range(many))
        if retrier["ErrorEquals"] != ["Lambda.TooManyRequestsException"]:  # Lambda refuses at once
            tries += many
    return float(tries * state["TimeoutSeconds"] + waits)


def longest(states: dict[str, Any], name: str) -> float:
    """The longest way from a state to the end of its branch."""
    state = states[name]
    ways = [state, *state.get("Choices", []), *state.get("Catch", [])]
    following = {way[key] for way in ways for key in ("Next", "Default") if key in way}
    own = worst_seconds(state) if state["Type"] == "Task" else 0.0
    return own + max((longest(states, one) for one in following), default=0.0)


def test_the_mail_goes_out_within_a_minute_whatever_hangs() -> None:
    states = FLOW["States"]
    branches = [longest(branch["States"], branch["StartAt"]) for branch in states["Respond"]["Branches"]]
    others = sum(
        worst_seconds(states[name])
        for name in (
            *("Triage", "First seen?", "What came before", "Restored often?", "Restored once more"),
            *("Last look", "How often?"),
        )
    )
    before = others + max(branches)
    assert before <= 58, "Notify takes a second or two when nothing hangs in SNS itself"


def test_what_is_lasting_to_notify_is_so_to_the_flow() -> None:
    restore = FLOW["States"]["Respond"]["Branches"][1]["States"]["Restore"]
    for state in (restore, FLOW["States"]["Restore again"]):
        assert tuple(state["Retry"][0]["ErrorEquals"]) == LASTING


def test_one_lost_answer_to_publish_makes_at_most_three_mails() -> None:
    retriers = {error: one["MaxAttempts"] for one in FLOW["States"]["Notify"]["Retry"] for error in one["ErrorEquals"]}
    for lost in ("ReadTimeoutError", "ConnectionClosedError", "States.Timeout", "Sandbox.Timedout", "InternalError"):
        assert lost not in retriers, "what may have sent the mail is tried again as anything unknown"
    assert retriers["States.ALL"] == 2


# ---- Restore: its two calls, and ways in which they can fail; `make faults` has all of them

REGIONS = ("eu-west-1", "eu-central-1", "ap-northeast-2", "ap-southeast-2")
UNKNOWN = "Trailkeeper called StartLogging but does not know whether it took effect"
NO_ANSWER = f"{UNKNOWN}: there was no answer in time"
BROKEN = f"{UNKNOWN}: the connection broke before the answer"
NOT_CONFIRMED = "Trailkeeper called StartLogging, and AWS accepted it. Whether the trail is recording again could "
FAILED = "Trailkeeper called StartLogging, but the call failed: AWS throttled the call. The trail is NOT recording."
AGAIN = "Trailkeeper called StartLogging. The trail is recording again."


LOST: dict[str, Any] = {"response": {"abort_bytes": 0}}  # it took effect, and the answer is lost

# the call, its fault -> whether the trail records in truth, how the execution ends, what the mail says
TABLE: tuple[tuple[str, str, dict[str, Any], bool, str, str], ...] = (
    ("GetTrailStatus", "denied", FAULTS["denied"], True, "RestoreNotReadBack", NOT_CONFIRMED),
    ("GetTrailStatus", "timed-out", FAULTS["timed-out"], True, "RestoreNotReadBack", NOT_CONFIRMED),
    ("StartLogging", "throttled", FAULTS["throttled"], False, "RestoreFailed", FAILED),
    (
        "StartLogging",
        "timed-out",
        FAULTS["timed-out"],
        False,
        "RestoreFailed",
        UNKNOWN.format(NO_ANSWER, "NOT recording"),
    ),
    ("StartLogging", "lost", LOST, True, "Handled", UNKNOWN.format(BROKEN, "recording again")),
    ("StartLogging", "truncated", FAULTS["truncated"], True, "Handled", AGAIN),
)


class Restored(NamedTuple):
    """What became of one case."""

    logging: bool
    status: str
    error: str
    mails: list[str]


@pytest.fixture(scope="module")
def restored(deployment: LocalCloud, trail: None, proxy: str) -> dict[str, Restored]:
    """Every case of the table, each with a trail of its own, four at a time."""
    flow = Flow(deployment)
    s3 = deployment.client("s3")
    policy = json.dumps(BUCKET_POLICY).replace('"StringEquals"', '"StringLike"')
    policy = re.sub(r"arn:aws:cloudtrail:[^\"]+", "arn:aws:cloudtrail:*:123456789012:trail/*", policy)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
    names = [f"{call}-{fault}".replace(" ", "-") for call, fault, *_ in TABLE]
    break_with(
        proxy,
        *(
            {"operation": call, "body": f"ends_with(Name || '', '/{name}')", **rule}
            for name, (call, _, rule, *_) in zip(names, TABLE, strict=True)
        ),
    )
    machine = deployment.client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
    functions = [flow.function(step) for step in ("enrich", "restore")]
    for function in functions:
        variables = function.get("Environment", {}).get("Variables", {})
        environment = {"Variables": variables | {"AWS_ENDPOINT_URL_CLOUDTRAIL": proxy}}
        flow.functions.update_function_configuration(FunctionName=function["FunctionName"], Environment=environment)

    def run(number: int) -> Restored:
        region, name = REGIONS[number % len(REGIONS)], names[number]
        cloudtrail = deployment.client("cloudtrail", region)
        trail_arn = cloudtrail.create_trail(Name=name, S3BucketName=BUCKET)["TrailARN"]
        stop = event("stop-logging", requestParameters={"name": trail_arn}, awsRegion=region, eventID=None)
        states = deployment.client("stepfunctions")
        arn = states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(stop))["executionArn"]
        deployment.wait(lambda: deployment.has_ended(arn), f"the end of {name}", 60)
        ended = states.describe_execution(executionArn=arn)
        logging = bool(cloudtrail.get_trail_status(Name=name)["IsLogging"])
        mails = deployment.wait(lambda: own_mails(deployment, name), f"the mail of {name}")
        cloudtrail.delete_trail(Name=name)
        return Restored(logging, ended["status"], ended.get("error", "Handled"), mails)

    def own_mails(cloud: LocalCloud, name: str) -> list[str]:
        mails = [mail.get_content() for mail in cloud.mails() if mail["Subject"] != "AWS Notification Message"]
        return [text for text in mails if f"Incidents:{name}\n" in text]

    try:
        with ThreadPoolExecutor(4) as pool:
            return dict(zip(names, pool.map(run, range(len(TABLE))), strict=True))
    finally:
        break_with(proxy)
        for function in functions:
            environment = {"Variables": function.get("Environment", {}).get("Variables", {})}
            flow.functions.update_function_configuration(FunctionName=function["FunctionName"], Environment=environment)


@pytest.mark.parametrize(("call", "fault", "rule", "records", "end", "sentence"), TABLE, ids=lambda one: str(one)[:20])
def test_restore_acts_whatever_cannot_be_read_and_the_mail_says_what_is_known(
    call: str,
    fault: str,
    rule: dict[str, Any],
    records: bool,
    end: str,
    sentence: str,
    restored: dict[str, Restored],
) -> None:
    found = restored[f"{call}-{fault}".replace(" ", "-")]
    assert found.logging is records
    assert (found.status == "SUCCEEDED", found.error) == (end == "Handled", end)
    assert len(found.mails) == 1
    assert sentence in found.mails[0].split("\n")[0]
