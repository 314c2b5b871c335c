"""SQS: how many statements a queue's policy may have."""
