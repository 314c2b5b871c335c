"""Measures each step and a burst on the local cloud, beside one Lambda function that does it all: `make bench`.

`python -m bench soak` measures the local cloud itself over hours of use, and takes half an hour.
A step's times are what Lambda would report: Init Duration and Duration of a process of its own under awslambdaric.
"""

import io
import json
import statistics
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from bench import replay, soak
from bench.soak import EACH_BY_ITSELF
from console.cloud import synthesized
from console.drill import BUCKET, BUCKET_POLICY, TRAIL
from localcloud import LocalCloud

STEPS = ("Triage", "Enrich", "Restore", "Notify")
ROUNDS, WARM, BURST = 9, 5, 1000
EVENT = json.loads((Path(__file__).parents[1] / "tests" / "events" / "stop-logging.json").read_text())


class Measured(NamedTuple):
    """Milliseconds and megabytes, a number a round."""

    cold: list[float]
    warm: list[float]
    memory: list[float]


def main() -> None:
    """Print the table of the functions, the lines of the burst, and the table of the replay."""
    console = Console(highlight=False)
    if sys.argv[1:] == ["soak"]:
        return soak.measure(console, create_trail)
    with tempfile.TemporaryDirectory() as folder, LocalCloud() as cloud:
        outputs = cloud.deploy(synthesized(folder, undo="auto", language="en", **EACH_BY_ITSELF))
        cloud.confirm_all()
        create_trail(cloud, TRAIL)
        create_trail(cloud, "Second")  # still records, so that a burst of stops is seen
        steps(console, cloud, outputs["IncidentsTopicArn"])
        burst(console, cloud)
    return replay.measure(console)


def create_trail(cloud: LocalCloud, name: str) -> None:
    """A trail that logs to the drill's bucket."""
    s3, cloudtrail = cloud.client("s3"), cloud.client("cloudtrail")
    if BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=BUCKET)
    policy = json.dumps(BUCKET_POLICY).replace(f"trail/{TRAIL}", "trail/*").replace("StringEquals", "StringLike")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
    cloudtrail.create_trail(Name=name, S3BucketName=BUCKET, IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name=name)


def steps(console: Console, cloud: LocalCloud, topic: str) -> None:
    """Cold, warm and memory of each function, all in every round, with the rules off so that nothing else runs."""
    events, functions = cloud.client("events"), cloud.client("lambda")
    handlers = {one["Handler"]: one["FunctionName"] for one in functions.list_functions()["Functions"]}
    names = {step: handlers[f"{step.lower()}.handler"] for step in STEPS} | {"single": create_single(cloud, topic)}
    measured = {step: Measured([], [], []) for step in names}
    answers: dict[str, Any] = {}
    rules = [rule["Name"] for rule in events.list_rules()["Rules"]]
    for rule in sorted(rules, key=lambda name: "OwnParts" not in name):  # these would report the others
        events.disable_rule(Name=rule)
    cloud.wait(
        lambda: all(one["status"] != "RUNNING" for one in cloud.executions()), "the executions that this started"
    )
    for number in range(ROUNDS):
        for step, function in names.items():
            functions.update_function_configuration(FunctionName=function, Description=f"round {number}")
            for call in range(1 + WARM):
                cloud.client("cloudtrail").stop_logging(Name=TRAIL)
                report, answers[step] = invoke(cloud, function, payload(step, answers))
                if call == 0:
                    measured[step].cold.append(report["initDurationMs"] + report["durationMs"])
                else:
                    measured[step].warm.append(report["durationMs"])
                measured[step].memory.append(report["maxMemoryUsedMB"])
        console.print(f"round {number + 1} of {ROUNDS}", end="\r")
    for rule in rules:
        events.enable_rule(Name=rule)
    show_steps(console, measured)


def payload(step: str, answers: dict[str, Any]) -> Any:
    """What the state machine would pass to the function."""
    if step in ("Triage", "single"):
        return EVENT
    if step == "Enrich":
        return answers["Triage"]
    if step == "Restore":
        undo, incident = answers["Triage"]["undo"], answers["Triage"]["id"]
        return {"do": undo["call"], "on": undo["on"], "incident": incident, "act": True, "retries": 0}
    return {
        "incident": answers["Triage"] | answers["Enrich"]["incident"],
        "trail": answers["Enrich"]["trail"],
        "undo": answers["Restore"],
        "execution": "arn:aws:states:us-east-1:123456789012:execution:Trailkeeper:bench",
    }


def create_single(cloud: LocalCloud, topic: str) -> str:
    """The function measured beside, with the memory of ours and all rights."""
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    rights = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17"}
    role = iam.create_role(RoleName="single", AssumeRolePolicyDocument=json.dumps(document | {"Statement": [trust]}))
    iam.put_role_policy(
        RoleName="single", PolicyName="all", PolicyDocument=json.dumps(document | {"Statement": [rights]})
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.write(Path(__file__).with_name("single.py"), "single.py")
    cloud.client("lambda").create_function(
        FunctionName="single",
        Runtime="python3.14",
        Role=role["Role"]["Arn"],
        Handler="single.handler",
        Code={"ZipFile": code.getvalue()},
        MemorySize=1769,
        Timeout=20,
        Environment={"Variables": {"TOPIC_ARN": topic}},
        LoggingConfig={"LogFormat": "JSON"},
    )
    return "single"


def invoke(cloud: LocalCloud, function: str, payload: Any) -> tuple[dict[str, float], Any]:
    """Invoke and wait for the report in the function's log; its metrics, and the answer."""
    functions, logs = cloud.client("lambda"), cloud.client("logs")
    answer = functions.invoke(FunctionName=function, Payload=json.dumps(payload))
    body = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise RuntimeError(f"{function}: {body}")
    request = answer["ResponseMetadata"]["RequestId"]
    group = functions.get_function_configuration(FunctionName=function)["LoggingConfig"]["LogGroup"]

    def report() -> dict[str, float] | None:
        found = logs.filter_log_events(logGroupName=group, filterPattern="platform.report")["events"]
        records = [json.loads(event["message"]) for event in found]
        return next((one["record"]["metrics"] for one in records if one["record"]["requestId"] == request), None)

    return cloud.wait(report, f"the report of {function}"), body


def show_steps(console: Console, measured: dict[str, Measured]) -> None:
    """Medians, and the budgets of the design."""
    table = Table(title=f"each function, medians of {ROUNDS} rounds")
    for column in ("function", "cold ms", "warm ms", "peak MB"):
        table.add_column(column, justify="left" if column == "function" else "right")
    for step, numbers in measured.items():
        cold, warm, memory = (statistics.median(values) for values in numbers)
        table.add_row(step, f"{cold:.0f}", f"{warm:.1f}", f"{memory:.0f}")
    console.print(table)

    single = measured["single"].cold
    rounds = zip(*(measured[step].cold for step in STEPS), single, strict=True)
    restored, mailed = [], []
    for triage, enrich, restore, notify, beside in rounds:
        restored.append((triage + restore) / beside)
        mailed.append((triage + max(enrich, restore) + notify) / beside)
    warm = sum(statistics.median(measured[step].warm) for step in ("Triage", "Restore"))
    for line in (
        f"recording again, cold, Triage + Restore: {statistics.median(restored):.2f} x single (budget 0.85)",
        f"recording again, warm: {warm:.1f} ms (budget 12)",
        "mail published, cold, Triage + the slower of Enrich and Restore + Notify: "
        f"{statistics.median(mailed):.2f} x single (budget 2.00)",
    ):
        console.print(line, soft_wrap=True)


def burst(console: Console, cloud: LocalCloud) -> None:
    """Stop the trail many times at once, and count."""
    mails, before = len(cloud.mails()), {one["executionArn"] for one in cloud.executions()}
    cloudtrail = cloud.client("cloudtrail")
    start = time.perf_counter()
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda _: cloudtrail.stop_logging(Name=TRAIL), range(BURST)))

    def ended() -> list[str]:
        new = [one["status"] for one in cloud.executions() if one["executionArn"] not in before]
        return new if len(new) == BURST and "RUNNING" not in new else []

    statuses = cloud.wait(ended, f"{BURST} executions to end", timeout=900)
    seconds = time.perf_counter() - start
    found = len(cloud.mails()) - mails
    console.print(
        f"burst of {BURST} StopLogging events: {found} mails, {statuses.count('SUCCEEDED')} executions succeeded of "
        f"{len(statuses)}, {seconds:.1f} s in all, {1000 * seconds / BURST:.0f} ms an incident",
        soft_wrap=True,
    )
    if statuses.count("SUCCEEDED") != BURST:
        sys.exit("burst: not every event was handled")


if __name__ == "__main__":
    main()
