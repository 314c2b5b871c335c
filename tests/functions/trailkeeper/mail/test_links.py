"""Console links: right in each partition, and built from nothing that an attacker writes."""

from typing import Any

import pytest

from tests.samples import EXECUTION, RECORDING, report
from trailkeeper.mail.links import console_links, execution_link


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "ap-northeast-2", "ap-northeast-2.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_its_own_console(partition: str, region: str, host: str) -> None:
    whole = report("stop-logging", {}, {}, awsRegion=region)
    whole["execution"] = EXECUTION.replace("arn:aws:", f"arn:{partition}:").replace("us-east-1", region)
    event, trail, execution = (url for _, url in console_links(whole))
    assert event == f"https://{host}/cloudtrailv2/home?region={region}#/events/aaaaaaaa-bbbb-cccc-dddd-000000000001"
    arn = f"arn:{partition}:cloudtrail:{region}:123456789012:trail/TestTrail"
    assert trail == f"https://{host}/cloudtrailv2/home?region={region}#/trails/{arn}"
    assert execution == f"https://{host}/states/home?region={region}#/v2/executions/details/{whole['execution']}"


@pytest.mark.parametrize(
    "changes",
    [
        {"awsRegion": "evil.example/"},
        {"awsRegion": None, "requestParameters": {"name": "x/../../evil"}, "eventID": "https://evil.example"},
        {"requestParameters": {"name": "a b"}, "eventID": "#/evil"},
    ],
)
def test_an_identifier_of_another_shape_gets_no_link(changes: dict[str, Any]) -> None:
    whole = report("stop-logging", {}, {}, **changes)
    whole["incident"]["id"] = str(changes.get("eventID", whole["incident"]["id"]))
    assert not any("evil" in url or " " in url for _, url in console_links(whole))


def test_a_bare_name_is_linked_by_the_arn_that_enrich_found() -> None:
    found = RECORDING["arn"].replace("us-east-1", "eu-west-1")
    links = dict(console_links(report("stop-logging", {**RECORDING, "arn": found}, {})))
    assert links["trail"].endswith(f"region=eu-west-1#/trails/{found}")


def test_an_arn_with_a_made_up_region_gets_no_link() -> None:
    whole = report("stop-logging", {}, {}, requestParameters={"name": RECORDING["arn"].replace("us-east-1", "--debug")})
    assert "trail" not in dict(console_links(whole))


def test_where_no_console_is_known_the_execution_is_named() -> None:
    execution = EXECUTION.replace("arn:aws:", "arn:aws-iso:")
    assert execution_link(execution) == execution
