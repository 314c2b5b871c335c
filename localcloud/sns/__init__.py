"""SNS: topics, their subscribers, and mail."""
