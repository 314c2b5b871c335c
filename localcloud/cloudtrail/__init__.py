"""CloudTrail: trails, the records of calls, and event history."""
