"""A table of a template: its time to live, which is kept to, and its backups."""

import time

from localcloud import LocalCloud
from tests.conftest import Assemble

FIVE_YEARS = 5 * 365 * 24 * 3600


def test_what_a_template_says_of_a_table_holds(cloud: LocalCloud, assemble: Assemble) -> None:
    properties = {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    }
    resources = {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}
    table = cloud.deploy(assemble("Expiring", resources, outputs={"Table": {"Ref": "Table"}}))["Table"]
    dynamodb = cloud.client("dynamodb")
    ttl = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"

    now = int(time.time())
    expires = {"over": now - 1, "later": now + 3600, "ancient": now - FIVE_YEARS - 3600}
    items = {name: {"expires": {"N": str(moment)}} for name, moment in expires.items()}
    for name, more in {**items, "text": {"expires": {"S": str(now - 1)}}, "forever": {}}.items():
        dynamodb.put_item(TableName=table, Item={"id": {"S": name}, **more})
    cloud.run_schedules()

    def ids() -> set[str]:
        return {item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}

    cloud.wait(lambda: "over" not in ids(), "the end of what has expired")
    assert ids() == {"later", "ancient", "text", "forever"}
