"""Patches of moto's CloudTrail."""

from moto.cloudtrail import models
from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.cloudtrail.responses import CloudTrailResponse

from localcloud.cloudtrail import api, configuration, delivery, stores
from localcloud.patches import replace


def apply() -> None:
    """Apply them."""
    trails_have_a_home_region()
    trails_are_checked()
    times_are_utc()
    selectors_replace_each_other()
    trails_are_described_in_full()
    trails_may_leave_out_deliveries()
    deliveries_are_reported()
    event_history_can_be_looked_up()
    trails_have_an_event_configuration()
    there_are_event_data_stores()


def trails_have_a_home_region() -> None:
    """moto does not find a trail outside its home Region, and silently deletes nothing when given an ARN: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html."""
    for name in ("start_logging", "stop_logging", "update_trail", "delete_trail", "get_trail", "get_trail_status"):
        replace(CloudTrailBackend, name, getattr(api, name))


def trails_are_checked() -> None:
    """moto replaces a trail of the same name, reads no policies, and takes a topic by its name only: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html."""
    replace(CloudTrailBackend, "create_trail", api.create_trail)
    replace(Trail, "check_name", api.check_name)
    replace(Trail, "check_topic_exists", api.check_topic)
    replace(Trail, "topic_arn", property(api.topic_arn))
    replace(Trail, "check_bucket_exists", api.check_bucket)
    replace(Trail, "update", api.update)


def times_are_utc() -> None:
    """moto takes its UTC times for local ones, and cuts them to seconds: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudtrail/models.py#L25.

    For upstream: return moto.core.utils.unix_time of it, with its milliseconds: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudtrail/models.py#L25
    """
    replace(models, "datetime2int", api.seconds)


def selectors_replace_each_other() -> None:
    """moto keeps basic selectors beside advanced ones, adds Insights selectors to old ones, and starts without any: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html.

    For upstream: set both lists of event selectors, and assign Insights selectors instead of adding them: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudtrail/models.py#L165
    """
    replace(CloudTrailBackend, "put_event_selectors", api.put_event_selectors)
    replace(CloudTrailBackend, "put_insight_selectors", api.put_insight_selectors)
    replace(CloudTrailResponse, "put_event_selectors", api.put_event_selectors_response)
    replace(CloudTrailResponse, "get_event_selectors", api.get_event_selectors_response)
    replace(CloudTrailResponse, "get_insight_selectors", api.get_insight_selectors_response)


def trails_are_described_in_full() -> None:
    """moto ignores trailNameList, and leaves out HomeRegion and whether a trail has selectors of its own: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudtrail/responses.py#L66.

    For upstream: filter by trailNameList, and say in GetTrail what DescribeTrails says: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudtrail/responses.py#L66
    """
    replace(Trail, "description", api.description)
    replace(CloudTrailResponse, "get_trail", api.get_trail_response)
    replace(CloudTrailResponse, "describe_trails", api.describe_trails_response)


def trails_may_leave_out_deliveries() -> None:
    """moto does not know RecursiveLogging: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-recursive-logging.html.

    For upstream: keep it, and show it in GetTrail and DescribeTrails: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudtrail/responses.py#L18
    """
    replace(CloudTrailResponse, "create_trail", api.create_trail_response)
    replace(CloudTrailResponse, "update_trail", api.update_trail_response)


def deliveries_are_reported() -> None:
    """moto delivers no log files, and reports each reading of the status as the time of a delivery: https://github.com/getmoto/moto/blob/5.2.5/moto/cloudtrail/models.py#L48."""
    replace(CloudTrailResponse, "get_trail_status", delivery.get_trail_status_response)


def event_history_can_be_looked_up() -> None:
    """moto has no LookupEvents: https://docs.getmoto.org/en/latest/docs/services/cloudtrail.html."""
    CloudTrailResponse.lookup_events = api.lookup_events  # type: ignore[attr-defined]


def trails_have_an_event_configuration() -> None:
    """moto has no Get/PutEventConfiguration: https://docs.getmoto.org/en/latest/docs/services/cloudtrail.html."""
    for name in ("get_event_configuration", "put_event_configuration"):
        setattr(CloudTrailResponse, name, getattr(configuration, name))


def there_are_event_data_stores() -> None:
    """moto has none: https://docs.getmoto.org/en/latest/docs/services/cloudtrail.html."""
    for call in stores.CALLS:
        setattr(CloudTrailResponse, call.__name__, call)
