"""Init: what it finds in an account, on moto, and what it writes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from console.cli import main
from console.drill import BUCKET, BUCKET_POLICY
from localcloud import LocalCloud
from tests.conftest import moto_client

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:trail"
Init = Callable[..., tuple[int, str, str]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A cdk.json."""
    path = tmp_path / "cdk.json"
    path.write_text('{"app": "x", "context": {"emails": ["a@b.cc"], "trails": [], "language": "ko"}}')
    return path


@pytest.fixture
def init(on_moto: None, file: Path, capsys: pytest.CaptureFixture[str]) -> Init:
    """`init(...)` on an account with the trail `Main`: exit code, standard output and errors."""
    moto_client("s3").create_bucket(Bucket="trail-logs")
    create("Main", "trail-logs")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["init", "--settings", str(file), *arguments])
        return code, *capsys.readouterr()

    return run


def create(name: str, bucket: str) -> None:
    """A trail in us-east-1."""
    moto_client("cloudtrail").create_trail(Name=name, S3BucketName=bucket)


def context(file: Path) -> dict[str, Any]:
    """The settings in the file."""
    return dict(json.loads(file.read_text())["context"])


def test_what_the_trails_write_to_becomes_the_setting_and_the_rest_stays(init: Init, file: Path) -> None:
    code, out, _ = init()
    assert code == 0
    assert "arn:aws:s3:::trail-logs  written to by Main" in out
    assert "only as good as this list" in out
    assert json.loads(file.read_text())["app"] == "x"
    assert context(file) == {
        "emails": ["a@b.cc"],
        "trails": [],
        "language": "ko",
        "destinations": ["arn:aws:s3:::trail-logs"],
    }
    assert "has them all already" in init()[1]


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(init: Init, file: Path) -> None:
    before = file.read_text()
    code, out, _ = init("--dry-run")
    assert (code, file.read_text()) == (0, before)
    assert f'Would write to {file}: "destinations": ["arn:aws:s3:::trail-logs"]' in out


def test_keys_log_groups_topics_and_roles_are_found_too(
    init: Init, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = {
        "Name": "Main",
        "TrailARN": "arn:aws:cloudtrail:us-east-1:123456789012:trail/Main",
        "HomeRegion": "us-east-1",
        "S3BucketName": "trail-logs",
        "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/aaaa",
        "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
        "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/service-role/Logs",
        "SnsTopicARN": "arn:aws:sns:eu-west-1:123456789012:notices",
    }
    client = moto_client("cloudtrail")
    monkeypatch.setattr(client, "describe_trails", lambda **_: {"trailList": [trail]})
    ordinary = boto3.Session.client
    monkeypatch.setattr(
        boto3.Session, "client", lambda self, name: client if name == "cloudtrail" else ordinary(self, name)
    )
    out = init()[1]
    assert context(file)["destinations"] == [
        "arn:aws:iam::123456789012:role/service-role/Logs",
        "arn:aws:kms:us-east-1:111122223333:key/aaaa",
        GROUP,
        "arn:aws:s3:::trail-logs",
        "arn:aws:sns:eu-west-1:123456789012:notices",
    ]
    assert "not watched by a deployment here: it is account 111122223333's" in out
    assert "not watched by a deployment here: it is in eu-west-1" in out


def test_a_trail_whose_calls_arrive_elsewhere_is_named(init: Init) -> None:
    s3 = moto_client("s3", "eu-west-1")
    s3.create_bucket(Bucket="eu-logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    europe = moto_client("cloudtrail", "eu-west-1")
    europe.create_trail(Name="Everywhere", S3BucketName="eu-logs", IsMultiRegionTrail=True)
    out = init()[1]
    arn = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/Everywhere"
    assert f"{arn}: its home Region is eu-west-1: deploy there, too, or its StopLogging is not seen" in out
    assert "trail/Main: " not in out


def test_only_watched_trails_count_and_one_that_is_not_there_is_named(init: Init, file: Path) -> None:
    moto_client("s3").create_bucket(Bucket="other-logs")
    create("Other", "other-logs")
    file.write_text('{"context": {"trails": ["Other", "Gone"], "destinations": ["arn:aws:s3:::old-logs"]}}')
    out = init()[1]
    assert context(file)["destinations"] == ["arn:aws:s3:::other-logs"]
    assert "trails: Gone is not found in us-east-1" in out
    assert "no longer watched: arn:aws:s3:::old-logs" in out


def test_an_account_without_trails_is_reported(init: Init) -> None:
    moto_client("cloudtrail").delete_trail(Name="Main")
    code, _, err = init()
    assert (code, err) == (1, "no trail found in account 123456789012, Region us-east-1: nothing to watch\n")


def test_it_finds_the_trails_of_the_local_cloud(
    cloud: LocalCloud, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (cloud.environment() | {"AWS_DEFAULT_REGION": "ap-south-1", "AWS_REGION": "ap-south-1"}).items():
        monkeypatch.setenv(name, value)
    policy = json.dumps(BUCKET_POLICY).replace(BUCKET, "init-logs").replace("us-east-1", "ap-south-1")
    s3 = cloud.client("s3", "ap-south-1")
    s3.create_bucket(Bucket="init-logs", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
    s3.put_bucket_policy(Bucket="init-logs", Policy=policy)
    cloud.client("cloudtrail", "ap-south-1").create_trail(Name="TestTrail", S3BucketName="init-logs")
    file.write_text('{"context": {"trails": ["TestTrail"]}}')
    assert main(["init", "--settings", str(file)]) == 0
    assert context(file)["destinations"] == ["arn:aws:s3:::init-logs"]
    assert "not watched" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"app": "x"}, {"app": "x", "context": {"destinations": ["arn:aws:s3:::trail-logs"]}}),
        ({"language": "ko"}, {"language": "ko", "destinations": ["arn:aws:s3:::trail-logs"]}),
    ],
)
def test_it_writes_where_the_settings_are_read(init: Init, file: Path, before: Any, after: Any) -> None:
    file.write_text(json.dumps(before))
    assert init()[0] == 0
    assert json.loads(file.read_text()) == after
    assert "has them all already" in init()[1]


def test_destinations_in_one_text_are_compared_as_the_settings_read_them(init: Init, file: Path) -> None:
    file.write_text(json.dumps({"destinations": f"{GROUP}:*, arn:aws:s3:::trail-logs"}))
    out = init()[1]
    assert [line for line in out.splitlines() if "no longer" in line] == [f"no longer watched: {GROUP}"]


def test_a_link_stays_one_and_a_file_that_cannot_be_written_stays_whole(init: Init, file: Path) -> None:
    whole = file.rename(file.with_name("whole.json"))
    file.symlink_to(whole)
    assert init()[0] == 0
    assert file.is_symlink()
    assert context(whole)["destinations"] == ["arn:aws:s3:::trail-logs"]
    entry = {"principal": "arn:aws:iam::123456789012:role/x", "actions": ["StopLogging"], "until": "2999-12-31"}
    whole.write_text(half := json.dumps({"expected": [{**entry, "reason": "\ud800"}]}))
    code, _, err = init()
    assert (code, err.count("\n"), whole.read_text()) == (2, 1, half)
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name, whole.name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "garbage"),
        ("AWS_MAX_ATTEMPTS", "abc"),
        ("AWS_SESSION_TOKEN", "secret\nsecret"),
    ],
)
def test_what_is_wrong_in_the_environment_is_one_line_without_secrets(
    name: str, value: str, cloud: LocalCloud, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for variable, given in (cloud.environment() | {name: value}).items():
        monkeypatch.setenv(variable, given)
    assert main(["init", "--settings", str(file)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("AWS cannot be asked: ")
    assert err.count("\n") == 1
    assert "secret" not in err


def test_without_credentials_or_with_bad_settings_it_is_one_line(
    init: Init, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    code, _, err = init()
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("AWS cannot be asked: You must specify a region.")
    file.write_text('{"context": {"trails": ["x"]}}')
    code, _, err = init()
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("trails: 'x' is not allowed")
