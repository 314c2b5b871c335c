"""Patches of moto's DynamoDB."""

from typing import Any

from moto.dynamodb.models.table import Table

from localcloud.patches import replace


def apply() -> None:
    """Apply them."""
    tables_are_created_whole()


def tables_are_created_whole() -> None:
    """moto's CloudFormation drops a table's time to live and its backups: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html.

    For upstream: pass both on to the new table: https://github.com/getmoto/moto/blob/5.2.5/moto/dynamodb/models/table.py#L407
    """
    moto_create = Table.create_from_cloudformation_json

    def create(
        _: type[Table], resource_name: str, cloudformation_json: dict[str, Any], *where: Any, **more: Any
    ) -> Table:
        table = moto_create(resource_name, cloudformation_json, *where, **more)
        properties = cloudformation_json["Properties"]
        ttl = properties.get("TimeToLiveSpecification", {})
        if ttl.get("Enabled"):
            table.ttl = {"TimeToLiveStatus": "ENABLED", "AttributeName": ttl["AttributeName"]}
        recovery = properties.get("PointInTimeRecoverySpecification", {})
        if recovery.get("PointInTimeRecoveryEnabled"):
            table.continuous_backups["PointInTimeRecoveryDescription"] = {"PointInTimeRecoveryStatus": "ENABLED"}
        return table

    replace(Table, "create_from_cloudformation_json", classmethod(create))
