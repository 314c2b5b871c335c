"""What the owners of trails want, in the ledger of the deployed stack: with the operator's own credentials."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from console.account import ERRORS, Account, NoAnswer
from console.approvals import STACK
from console.init import named
from trailkeeper import aws, kinds, ledger, undo
from trailkeeper.kinds import Kind
from trailkeeper.record import clean
from trailkeeper.resource import keys_of
from trailkeeper.settings import Place, own_prefix
from trailkeeper.undo import Baseline, Fields

RIGHTS = ", a Region, and the rights of the managed policy Trailkeeper-Owners"
KINDS = (kinds.TRAIL, kinds.EVENT_DATA_STORE, kinds.BUCKET, kinds.KEY, kinds.RULE)
TRIES = 5  # CloudTrail takes ten readings a second, and each trail has six


class NotAdopted(Exception):
    """What cannot be adopted: one line with its name, why, and what helps."""


class Owners:
    """The baselines of the account and the Region that the credentials mean."""

    def __init__(self) -> None:
        """Find the ledger. Raises NotAdopted, and NoAnswer."""
        self.account = Account(RIGHTS)
        self.place: Place = {
            "partition": self.account.partition,
            "region": self.account.region,
            "account": self.account.id,
        }
        self.here = f"account {self.account.id}, Region {self.account.region}"
        outputs = self._outputs()
        if not {"LedgerName", "WatchedTrails"} <= outputs.keys():
            raise NotAdopted(f"the stack {STACK} in {self.here} is older than this command: deploy it again")
        self.watched = [] if outputs["WatchedTrails"] == "*" else outputs["WatchedTrails"].split(",")
        # As Lambda sets them for the functions.
        os.environ["LEDGER"] = outputs["LedgerName"]
        aws.OWN_REGION, aws.TRIES = self.account.region, TRIES

    def _outputs(self) -> dict[str, str]:
        try:
            (stack,) = self.account.ask("cloudformation", "describe_stacks", StackName=STACK)["Stacks"]
        except NoAnswer as missing:
            if "does not exist" in str(missing.error):
                line = f"there is no stack {STACK} in {self.here}: deploy it there, or name the Region where it is"
                raise NotAdopted(line) from None
            raise
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def things(self, given: list[str]) -> Iterator[tuple[Kind, str]]:
        """The kinds and ARNs of what is named; of all watched trails whose home is here, where nothing is."""
        trails = self.account.ask("cloudtrail", "describe_trails", includeShadowTrails=True)["trailList"]
        own = [trail for trail in trails if named(trail)["account"] == self.account.id]
        if given:
            yield from [self._identified(one, own) for one in given]
            return
        for trail in own:
            if trail["HomeRegion"] == self.account.region and self._is_watched(named(trail)):
                yield kinds.TRAIL, trail["TrailARN"]

    def _identified(self, given: str, trails: list[Any]) -> tuple[Kind, str]:
        """The kind and the ARN of a trail's name, or of an ARN. Raises NotAdopted."""
        shown = clean(given, 300)
        for trail in trails:
            if given in (trail["Name"], trail["TrailARN"]) and trail["HomeRegion"] != self.account.region:
                raise NotAdopted(f"{shown}: its home Region is {trail['HomeRegion']}: run this there")
        kind = next((kind for kind in KINDS if kinds.arn_of(kind, given, self.place) == given), kinds.TRAIL)
        arn = kinds.arn_of(kind, given, self.place)
        if arn is None or (given.startswith("arn:") and arn != given):
            what = "a trail's name, or the ARN of a trail, event data store, bucket, key or rule"
            raise NotAdopted(f"{shown} is not {what} in {self.here}: correct it, or run this where it is")
        name = kinds.name_in(kind, arn)
        if kind is kinds.RULE and not name.startswith(own_prefix(STACK)):
            raise NotAdopted(f"{shown} is no rule of Trailkeeper's, whose names begin with {own_prefix(STACK)}")
        at = {"name": name, "arn": arn, "home_region": self.account.region, "account": self.account.id}
        if kind is kinds.TRAIL and not self._is_watched(at):
            raise NotAdopted(f"{shown} is not watched: add it to the setting trails, and deploy again")
        return kind, arn

    def _is_watched(self, trail: Any) -> bool:
        return not self.watched or kinds.is_one_of(trail, self.watched, self.account.id)

    def found(self, arn: str) -> Fields | None:
        """The thing as it is; None where it is gone."""
        with self._named(clean(arn, 300)):
            try:
                return undo.whole(arn)
            except ClientError as error:
                if undo.is_gone(arn, aws.code(error)):
                    return None
                raise

    def baseline(self, arn: str) -> Baseline | None:
        """The thing as its owners want it; None where there is no baseline, or not the whole of it."""
        with self._on_ledger():
            try:
                return ledger.baseline(arn)
            except aws.Unanswered:
                return None

    def adopt(self, arn: str, found: Fields) -> None:
        """Take this for what its owners want."""
        with self._on_ledger():
            ledger.save({"arn": arn, "fields": found, "by": "adopted", "at": aws.now()})

    def forget(self, arn: str) -> None:
        """Want nothing of it any more."""
        with self._on_ledger():
            ledger.forget(arn)

    def close_breaker(self, kind: Kind, arn: str) -> bool:
        """Let Trailkeeper restore it again; whether it had restored it."""
        with self._on_ledger():
            counted = [ledger.forget_restores(key) for key in keys_of(kind, arn, self.place)]
            return any(counted)

    @contextmanager
    def _on_ledger(self) -> Iterator[None]:
        name = os.environ["LEDGER"]
        with self._named(f"the ledger {name}"):
            try:
                yield
            except ClientError as error:
                if aws.code(error) == "ResourceNotFoundException":
                    line = f"the ledger {name} does not exist in {self.here}: bring it back from its backup"
                    raise NotAdopted(line) from None
                raise

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        """Say in a line what it was that AWS refused, and which rights it takes."""
        try:
            yield
        except (*ERRORS, KeyError, aws.Unanswered) as error:
            why = clean(str(error), 300).rstrip(".")
            policy = f"Trailkeeper-Owners-{self.account.region}"
            raise NotAdopted(f"{what}: {why}. It takes the rights of the managed policy {policy}.") from error
