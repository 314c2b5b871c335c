"""Judge CloudTrail logs, from S3 or anywhere else: what would have alerted."""

import argparse
import json
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from console.display import Screen
from console.files import Damage, Note, files
from console.workers import cores, name_of, reading
from console.wrappings import Aside
from trailkeeper.incident import Incident, Verdict
from trailkeeper.record import clean, mapping, partition, text, utc
from trailkeeper.settings import Place
from trailkeeper.verdict import FRESH, judge
from workflow.eventbridge import LONGEST_PLACE, Pattern, matches, patterns
from workflow.settings import CDK_JSON, Settings, read_context

STACK = "Trailkeeper"
REMEMBERED = 100_000  # event ids and new trails: two trails log the same event twice, some files apart
ACTORS = 50  # lines of the summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `replay`."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input")
    parser.add_argument(
        "--json", action="store_true", help="one JSON line for each matched record, without the summary"
    )
    parser.add_argument("--all", action="store_true", help="also records that matched no rule, with the verdict null")
    parser.add_argument("--jobs", type=int, default=cores(), help="files read at once (default: one for each core)")
    parser.add_argument("--settings", type=Path, default=CDK_JSON, help="settings file (default: cdk.json)")


def run(options: argparse.Namespace) -> int:
    """Judge all of it; 1 if something was damaged or nothing was there to read, 2 if a path is not there."""
    if options.jobs < 1:
        print(f"--jobs {options.jobs}: give one or more", file=sys.stderr)
        return 2
    try:
        paths = files(options.paths)
    except OSError as error:
        named = clean(f"{error.filename}: {error.strerror}", 1000)
        print(f"{named}; give logs, a folder of them, or - once", file=sys.stderr)
        return 2
    replay = Replay(Settings.without_readers(read_context(options.settings)))
    show = as_json if options.json else Rows(Screen())
    for record, incident in replay.judged(paths, options.jobs, whole=options.all):
        if incident is not None or options.all:
            replay.progress.clear()
            show(record, incident)
    replay.progress.clear()
    if not options.json:
        replay.summarize(Screen())
    if not replay.read and not replay.asides and not replay.damaged:
        print("no records found", file=sys.stderr)
        return 1
    return 1 if replay.damaged else 0


class Replay:
    """The rules and Triage as they are deployed, and what they made of the records so far."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings as the stack does."""
        self.destinations = settings.destinations
        self.settings = settings.functions_read(STACK)
        self.notify_info = settings.notify_info
        anywhere = patterns(self.destinations, STACK, LONGEST_PLACE).values()
        self.names = {name for pattern in anywhere for name in pattern["detail"]["eventName"]} | {"CreateTrail"}
        self.seen: OrderedDict[str, None] = OrderedDict()
        self.created: OrderedDict[tuple[Any, Any, Any], str] = OrderedDict()
        self.read = self.matched = self.damaged = self.twice = 0
        self.asides: Counter[str] = Counter()
        self.actors: dict[str, Counter[str]] = {}
        self.progress = Progress()

    def judged(
        self, paths: list[str | Damage], jobs: int, *, whole: bool
    ) -> Iterator[tuple[dict[str, Any], Incident | None]]:
        """Each record, and its incident; None for what starts no execution, which only the `whole` has."""
        for found in reading(paths, None if whole else self.names, jobs):
            if isinstance(found, Damage | Note):
                self.damaged += isinstance(found, Damage)
                self.progress.clear()
                print(text(str(found), 1000), file=sys.stderr)
            elif isinstance(found, Aside):
                self.asides[str(found)] += 1
            elif isinstance(found, int):
                self.read += found
                self.progress.show(f"{self.read:,} records, {self.matched:,} matched")
            else:
                self.read += 1
                record = found["detail"] if isinstance(found.get("detail"), dict) else found
                twice = self.twice
                incident = self.incident(found, record) if name_of(found) in self.names else None
                if self.twice == twice:
                    yield record, incident

    def incident(self, found: dict[str, Any], record: dict[str, Any]) -> Incident | None:
        """What Triage makes of a record that a rule catches; None if none does, or it was judged before."""
        if record.get("eventName") == "CreateTrail":
            self.remember_trail(record)
        envelope = found if record is not found else enveloped(record)
        region, account = text(record.get("awsRegion")) or "", text(record.get("recipientAccountId")) or ""
        if not any(matches(pattern, envelope) for pattern in patterns_at(self.destinations, region, account)):
            return None
        event_id = text(record.get("eventID"))
        if event_id in self.seen:
            self.twice += 1
            return None
        if event_id:
            remember(self.seen, event_id, None)
        incident = judge(envelope, self.settings)
        if self.is_fresh(incident):
            incident = judge(envelope, self.settings, fresh=True)
        self.count(incident)
        return incident

    def remember_trail(self, record: dict[str, Any]) -> None:
        """That a trail was created."""
        created = utc(record.get("eventTime"))
        if created and not record.get("errorCode"):
            name = text(mapping(record.get("requestParameters")).get("name"))
            where = text(record.get("recipientAccountId")), text(record.get("awsRegion")), name
            remember(self.created, where, created)

    def is_fresh(self, incident: Incident) -> bool:
        """Whether the incident's trail was created just before it, as far as the records so far show."""
        created = self.created.get((incident["account"], incident["region"], incident["trail"]["name"]))
        if not created or not incident["time"]:
            return False
        since = datetime.fromisoformat(incident["time"]) - datetime.fromisoformat(created)
        return timedelta() <= since <= FRESH

    def count(self, incident: Incident) -> None:
        """Add the incident to its actor's."""
        self.matched += 1
        who = incident["actor"]["arn"] or incident["actor"]["name"]
        counted = self.actors.setdefault(who, Counter())
        counted[incident["verdict"]] += 1
        counted["mails"] += is_mailed(incident, self.notify_info)

    def summarize(self, console: Screen) -> None:
        """Who did what, those who would have raised most mails first."""
        verdicts = get_args(Verdict)
        ordered = sorted(self.actors.items(), key=lambda item: (-item[1]["mails"], item[0]))
        if ordered:
            console.print()
            console.print("  ".join(("mails", *verdicts, "actor")), style="bold", soft_wrap=True)
        for who, counted in ordered[:ACTORS]:
            numbers = (f"{counted[name] or '-':>{len(name)}}" for name in ("mails", *verdicts))
            console.print(Text("  ".join((*numbers, who))), soft_wrap=True)
        if len(ordered) > ACTORS:
            console.print(f"... and {len(ordered) - ACTORS:,} actors more")
        mails = sum(counted["mails"] for counted in self.actors.values())
        console.print(
            f"\n{self.read:,} record{'s'[: self.read != 1]} read, {self.matched:,} matched a rule, "
            f"{mails:,} would have raised a mail"
            + (f", {self.twice:,} there twice" if self.twice else "")
            + "".join(f", {many:,} {kind}{'s'[: many != 1]} left out" for kind, many in sorted(self.asides.items()))
            + (f", {self.damaged:,} damaged (see above)" if self.damaged else ""),
            soft_wrap=True,
        )


@lru_cache(1000)
def patterns_at(destinations: tuple[str, ...], region: str, account: str) -> list[Pattern]:
    """The patterns of the rules as they are deployed there: a record is judged as where it comes from."""
    place: Place = {"partition": partition(region), "region": region, "account": account}
    return [*patterns(destinations, STACK, place).values()]


class Progress:
    """How far it is, once a second on one line of a terminal; whatever else is printed clears it first."""

    def __init__(self) -> None:
        """Start the clock."""
        self.started = self.last = time.monotonic()
        self.shown = False

    def show(self, line: str) -> None:
        """Say it, if it is time to."""
        now = time.monotonic()
        if sys.stderr.isatty() and now - self.last > 1:
            self.last, self.shown = now, True
            print(f"\r{line}, {now - self.started:.0f} s ", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Make room."""
        if self.shown:
            self.shown = False
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def enveloped(record: dict[str, Any]) -> dict[str, Any]:
    """A record as EventBridge delivers it: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html"""
    source = str(record.get("eventSource")).partition(".")[0]
    by = "Service Event" if record.get("eventType") == "AwsServiceEvent" else "API Call"
    kind = f"AWS {by} via CloudTrail"
    return {"source": f"aws.{source}", "detail-type": kind, "detail": record}


def remember(what: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    """Keep it, and forget the oldest where there are too many."""
    what[key] = value
    if len(what) > REMEMBERED:
        what.popitem(last=False)


def is_mailed(incident: Incident, notify_info: bool) -> bool:
    """Whether the flow mails this; Enrich may still find that it changed nothing."""
    return incident["verdict"] != "unrelated" and (incident["severity"] != "info" or notify_info)


def as_json(record: dict[str, Any], incident: Incident | None) -> None:
    """One line of JSON, in letters that no terminal takes for commands."""
    fields = {name: text(record.get(name)) for name in ("eventID", "eventTime", "eventName", "eventSource")}
    names = ("verdict", "severity", "facts", "technique", "family", "resource", "trail", "actor", "undo")
    print(json.dumps(fields | {name: incident[name] if incident else None for name in names}))  # type: ignore[literal-required]


class Rows:
    """The table, row by row: it may be longer than memory."""

    def __init__(self, console: Screen) -> None:
        """Measure the columns by the terminal; a pipe has room for all."""
        self.console, self.headed = console, False
        spare = max(console.width, 120) - 66 if console.is_terminal else 80
        self.widths = (20, spare * 2 // 5, spare - spare * 2 // 5, 9, 8, 20)

    def __call__(self, record: dict[str, Any], incident: Incident | None) -> None:
        """Print one."""
        if not self.headed:
            self.headed = True
            self.line("when", "who", "what", "verdict", "severity", "undo", style="bold")
        action, when = text(record.get("eventName")) or "unknown", utc(record.get("eventTime")) or "unknown"
        if incident is None:
            who = text(mapping(record.get("userIdentity")).get("arn")) or "-"
            self.line(when, who, action, "-", "-", "-", style="dim")
            return
        resource = incident["resource"]
        on = f" {resource['kind']} {resource['name'] or 'unknown'}" if resource else ""
        self.line(
            when,
            caller(incident),
            action + on,
            incident["verdict"],
            incident["severity"],
            undone(incident),
            style=STYLES.get(incident["severity"], ""),
        )

    def line(self, *cells: str, style: str) -> None:
        """One line; on a terminal its cells are cut to their columns."""
        row = "  ".join(self.fitted(cell, width) for cell, width in zip(cells, self.widths, strict=True))
        self.console.print(Text(row.rstrip(), style=style), soft_wrap=True)

    def fitted(self, cell: str, width: int) -> str:
        """A cell as wide as its column, or wider in a pipe."""
        if cell_len(cell) <= width:
            return set_cell_size(cell, width)
        return set_cell_size(cell, width - 1) + "…" if self.console.is_terminal else cell


STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "info": "dim"}


def caller(incident: Incident) -> str:
    """The caller, with the role behind a session."""
    actor = incident["actor"]
    role = f" (role {actor['issuer'].rsplit('/', 1)[-1]})" if actor["issuer"] else ""
    return actor["name"] + role


def undone(incident: Incident) -> str:
    """What undo would do."""
    undo = incident["undo"]
    return f"{undo['call']} ({undo['mode']})" if undo["call"] else "-"
