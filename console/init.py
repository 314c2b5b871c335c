"""Find what the watched trails write to, and write it into the settings as `destinations`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from console.account import Account, NoAnswer
from trailkeeper import kinds
from trailkeeper.coverage import GLOBAL_REGIONS
from trailkeeper.kinds import TRAIL_ARN, is_one_of
from trailkeeper.record import clean
from workflow.settings import CDK_JSON, FileError, Settings, read_context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `init`."""
    parser.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    parser.add_argument(
        "--settings", type=Path, default=CDK_JSON, help="settings file to read and write (default: cdk.json)"
    )


def run(options: argparse.Namespace) -> int:
    """Read the account's trails and write the setting; 1 if there is no trail, 2 if AWS cannot be asked."""
    context = read_context(options.settings)
    watched = [*Settings.without_readers(context).trails]
    try:
        here = Account(needs=", a Region, and the rights to cloudtrail:DescribeTrails and s3:ListBucket")
        trails = here.ask("cloudtrail", "describe_trails", includeShadowTrails=True)["trailList"]
        mine = [trail for trail in trails if not watched or is_one_of(named(trail), watched, here.id)]
        for entry in watched:
            if not any(is_one_of(named(trail), [entry], here.id) for trail in trails):
                print(f"trails: {entry} is not found in {here.region}; correct it, or run this in its Region")
        if not mine:
            print(f"no trail found in account {here.id}, Region {here.region}: nothing to watch", file=sys.stderr)
            return 1
        found = destinations(mine)
        away = {arn: elsewhere(here, arn) for arn in found}
    except NoAnswer as missing:
        print(missing, file=sys.stderr)
        return 2
    show(found, away)
    for trail in mine:
        for why in unseen(trail, here):
            print(clean(f"{trail['TrailARN']}: {why}", 1000))
    return write(options, context, sorted(found))


def named(trail: Any) -> Any:
    """A described trail as an incident names one."""
    arn = TRAIL_ARN.fullmatch(trail["TrailARN"])
    account = arn["account"] if arn else None
    return {"name": trail["Name"], "arn": trail["TrailARN"], "home_region": trail["HomeRegion"], "account": account}


def destinations(trails: Any) -> dict[str, list[str]]:
    """The ARN of what each trail writes to -> the names of those trails."""
    found: dict[str, list[str]] = {}
    for trail in trails:
        for arn in kinds.destinations(trail):
            found.setdefault(arn, []).append(trail["Name"])
    return found


def elsewhere(here: Account, arn: str) -> str | None:
    """Why the events of a destination do not arrive in this account and Region; None if they do."""
    _, partition, service, region, account, name = arn.split(":", 5)
    if service == "iam":  # IAM's events of all Regions arrive in one
        region = GLOBAL_REGIONS.get(partition, here.region)
    if service == "s3":
        try:
            head = here.ask("s3", "head_bucket", Bucket=name, ExpectedBucketOwner=here.id)
            region, account = head.get("BucketRegion", here.region), here.id
        except NoAnswer as missing:
            if not isinstance(missing.error, ClientError):
                raise
            code = missing.error.response["Error"]["Code"]
            why = {"404": "the bucket does not exist", "403": "it is another account's, or may not be looked at"}
            return why.get(code, f"it could not be looked at: {code}")
    if account != here.id:
        return f"it is account {account}'s, where its events arrive"
    return f"it is in {region}, where its events arrive: deploy there, too" if region != here.region else None


def unseen(trail: Any, here: Account) -> Iterator[str]:
    """Why calls on a trail do not arrive in this account and Region."""
    owner = trail["TrailARN"].split(":")[4]
    if owner != here.id:
        yield f"it is account {owner}'s: deploy there, too, or its StopLogging is not seen"
    elif trail["HomeRegion"] != here.region:
        home = trail["HomeRegion"]
        yield f"its home Region is {home}: deploy there, too, or its StopLogging is not seen"


def show(found: dict[str, list[str]], away: dict[str, str | None]) -> None:
    """Each destination, who writes to it, and whether it can be watched from here."""
    for arn in sorted(found):
        print(clean(f"{arn}  written to by {', '.join(found[arn])}", 1000))
        if away[arn]:
            print(f"  not watched by a deployment here: {away[arn]}")


def write(options: argparse.Namespace, context: dict[str, Any], arns: list[str]) -> int:
    """Put the setting into its file, and say what changed."""
    Settings.without_readers(context | {"destinations": arns})
    before = Settings.without_readers(context).destinations
    for arn in sorted(set(before) - set(arns)):
        print(f"{'would no longer be' if options.dry_run else 'no longer'} watched: {clean(str(arn), 300)}")
    if sorted(before) == arns:
        print(f"{options.settings} has them all already")
        return 0
    if options.dry_run:
        print(f'Would write to {options.settings}: "destinations": {json.dumps(arns)}')
        return 0
    if not options.settings.is_file():
        raise FileError(options.settings, "not a regular file", "one that can be written")
    document = json.loads(options.settings.read_text(encoding="utf-8-sig"))
    in_cdk_json = "app" in document or "context" in document
    (document.setdefault("context", {}) if in_cdk_json else document)["destinations"] = arns
    replace(options.settings.resolve(), json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    print(f"Wrote {len(arns)} destinations to {options.settings}. Review them (git diff), then deploy again.")
    print("The watch is only as good as this list: run it again when trails change.")
    return 0


def replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    try:
        data = text.encode()
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).chmod(path.stat().st_mode)
        Path(file.name).replace(path)
    except (OSError, UnicodeEncodeError) as error:
        why = error.strerror if isinstance(error, OSError) else f"{error.reason}: half of a letter"
        raise FileError(path, why or str(error), "a file that can be written") from None
