"""Calls on the topics that trails announce their log files to."""

from trailkeeper.calls import Call
from trailkeeper.kinds import TOPIC

CALLS = (Call("destination", TOPIC, "DeleteTopic", "topicArn", "deleted"),)
