"""SQS: the limits of a queue's policy."""
