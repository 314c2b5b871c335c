"""CloudWatch: the alarms of our kind, and the metrics that they read."""
