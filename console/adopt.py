"""Take a trail as it is for what its owners want, and let Trailkeeper restore it again."""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from console.display import Screen
from console.narrowed import narrowed
from console.owners import NotAdopted, Owners
from trailkeeper import kinds
from trailkeeper.kinds import Kind
from trailkeeper.mail.wording import moment, wording
from trailkeeper.record import clean
from trailkeeper.undo import Baseline, Fields

ONE_LINE, MOST_LINES = 100, 20  # characters of two values that stand side by side, and lines of longer ones
NONE = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to adopt, and how."""
    parser.description = (
        "Shows how each trail differs from its baseline, which is what undo puts back, and asks before it makes the "
        "trail's present state the baseline. It also closes the breaker, even where nothing differs: a trail that "
        "Trailkeeper stopped restoring, because somebody kept changing it, is restored again. The baseline of a trail "
        "that is gone is forgotten."
    )
    parser.add_argument(
        "trail",
        metavar="TRAIL",
        nargs="*",
        help="a trail's name, or the ARN of a trail, event data store, bucket, key or rule of Trailkeeper's; "
        "without any, all watched trails whose home is this Region",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="show what would be adopted, and write nothing")


def run(options: argparse.Namespace) -> int:
    """Adopt one after the other; 1 if somebody said no."""
    owners, screen = Owners(), Screen()
    things = dict.fromkeys(owners.things(options.trail))
    if not things:
        raise NotAdopted(f"no watched trail has its home in {owners.here}: name another Region, or what to adopt")
    answers = [adopt(owners, screen, options, kind, arn) for kind, arn in things]
    return 0 if all(answers) else 1


def adopt(owners: Owners, screen: Screen, options: argparse.Namespace, kind: Kind, arn: str) -> bool:
    """Show it, ask, and write; whether nobody said no."""
    name = clean(kinds.name_in(kind, arn), 200)
    found, baseline = owners.found(arn), owners.baseline(arn)
    if found is None and baseline is None:
        raise NotAdopted(f"there is no {kind.name} {name} in {owners.here}, and no baseline of one: correct its name")
    narrow = [] if found is None else narrowed(kind, arn, found, baseline and baseline["fields"], owners.place)
    for line in described(arn, found, baseline, narrow):
        screen.print(Text(line), soft_wrap=True)
    if found is None:
        question, would, done = f"Forget what {name} should be?", f"forget what {name} should be", f"forgotten: {name}"
    else:
        this = f"this as what {name} should be"
        question, would, done = f"Adopt {this}?", f"adopt {this}", f"adopted: {name}"
    settled = found is not None and not is_news(found, baseline, narrow)
    if settled:
        would, done = f"leave the baseline of {name}", f"nothing to adopt: {name}"
    if options.dry_run:
        screen.print(Text(f"Would {would}, and close its breaker"), soft_wrap=True)
        return True
    if not settled:
        if not options.yes and not agreed(question):
            screen.print(Text(f"left as it was: {name}"), soft_wrap=True)
            return False
        if found is None:
            owners.forget(arn)
        else:
            owners.adopt(arn, found)
    closed = owners.close_breaker(kind, arn)
    tail = "; its breaker is closed, and restores are counted anew" if closed else ""
    screen.print(Text(done + tail), soft_wrap=True)
    return True


def agreed(question: str) -> bool:
    """Whether somebody says yes."""
    if not sys.stdin.isatty():
        raise NotAdopted(f"{question} There is no terminal to ask at: look with --dry-run, then answer with --yes")
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def is_news(found: Fields, baseline: Baseline | None, narrow: list[str]) -> bool:
    """Whether there is something to decide: a difference, or what nobody has adopted yet and is narrowed."""
    if baseline is None or differing(found, baseline["fields"]):
        return True
    return bool(narrow) and baseline["by"] == "first sight"


def differing(found: Fields, wanted: Fields) -> list[str]:
    """The fields that are not as the baseline has them."""
    return [name for name in dict.fromkeys([*found, *wanted]) if found.get(name) != wanted.get(name)]


def described(arn: str, found: Fields | None, baseline: Baseline | None, narrow: list[str]) -> Iterator[str]:
    """What it is, how it differs from its baseline, and what of it is narrowed: a line each, clean."""
    yield clean(arn, 300)
    if baseline:
        yield f"  its baseline: {clean(baseline['by'], 100)}, {moment(baseline['at'], wording('en'))}"
    else:
        yield "  it has no baseline, or none that can be read whole"
    if found is None:
        yield "  it is gone"
        return
    wanted = baseline["fields"] if baseline else {}
    names = differing(found, wanted)
    if not names:
        yield "  nothing differs"
    for name in names:
        if as_text(wanted.get(name)) == as_text(found.get(name)):  # not set, and never recorded
            continue
        for line in change(name, wanted.get(name), found.get(name)):
            yield f"  {clean(line, 200)}"
    for one in narrow:
        yield f"  narrowed: {clean(one, 400)}"


def change(name: str, wanted: Any, found: Any) -> Iterator[str]:
    """A field as it was wanted and as it is: in one line, or where that is too long, the lines that differ."""
    before, after = as_text(wanted), as_text(found)
    if len(before) + len(after) <= ONE_LINE:
        yield f"{name}: {before} -> {after}"
        return
    # A value may hold any line, so the three headings go by where they stand, and by the two letters of the third.
    lines = [*difflib.unified_diff(as_lines(wanted), as_lines(found), n=0, lineterm="")][2:]
    lines = [line for line in lines if not line.startswith("@@")]
    yield f"{name}: - wanted, + found"
    yield from (f"  {line[0]} {line[1:]}" for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        yield f"  ... and {len(lines) - MOST_LINES} lines more"


def as_text(value: Any) -> str:
    """A value in one line."""
    if value is None or value in ("", []):
        return NONE
    return value if isinstance(value, str) else json.dumps(value, default=str)


def as_lines(value: Any) -> list[str]:
    """A value in lines: a policy, which is a text, by its members."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return [value] if value else []
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, default=str).split("\n") if value else []
