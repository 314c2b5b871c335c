"""Whose account this is, by the credentials in the environment: `make deploy` asks before it spends a minute."""

import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from trailkeeper.record import clean

# What is wrong in the environment or in AWS's own files of settings comes as any of these.
ERRORS = (BotoCoreError, ClientError, ResponseParserError, ValueError, OSError)


class NoAnswer(Exception):
    """AWS cannot be asked, or refuses to say: one line with what is missing."""

    def __init__(self, error: Exception, needs: str) -> None:
        """Say why, without any secret that the error may hold."""
        self.error = error
        why = clean(str(error), 300).rstrip(".")
        if "Invalid header value" in why:  # and the value would be a secret
            why = "a line break is in AWS_ACCESS_KEY_ID or AWS_SESSION_TOKEN"
        super().__init__(f"AWS cannot be asked: {why}. It takes credentials{needs or ' and a Region'}.")


class Account:
    """The account and the Region that the credentials and the settings in the environment mean.

    `needs` are the rights that it takes beside them, as an error says it. Raises NoAnswer.
    """

    def __init__(self, needs: str = "") -> None:
        """Ask who calls."""
        self.needs = needs
        caller = self.ask("sts", "get_caller_identity")
        self.id: str = caller["Account"]
        self.arn: str = caller["Arn"]
        self.partition: str = self.arn.split(":")[1]
        self.region: str = self.client("sts").meta.region_name

    def client(self, service: str) -> Any:
        """A client of a service."""
        session: Any = boto3.Session()
        return session.client(service)

    def ask(self, service: str, call: str, **request: Any) -> Any:
        """What AWS answers."""
        try:
            return getattr(self.client(service), call)(**request)
        except ERRORS as error:
            raise NoAnswer(error, self.needs) from error


if __name__ == "__main__":
    try:
        Account()
    except NoAnswer as missing:
        print(missing, file=sys.stderr)
        sys.exit(2)
