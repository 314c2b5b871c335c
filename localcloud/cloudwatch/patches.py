"""Patches of moto's CloudWatch."""

import threading

from moto.cloudwatch.models import Alarm, CloudWatchBackend

from localcloud.cloudwatch import alarms
from localcloud.patches import replace


def apply() -> None:
    """Apply them."""
    alarms_ring()


def alarms_ring() -> None:
    """moto's alarms never change their state, and notify nobody if it is set: https://docs.getmoto.org/en/latest/docs/services/cloudwatch.html."""
    replace(CloudWatchBackend, "put_metric_alarm", alarms.put_metric_alarm)
    replace(Alarm, "update_state", alarms.update_state)
    threading.Thread(target=alarms.watch, daemon=True).start()
