"""What to do next: the end of a mail, each step with the command that does it where one can be said safely."""

import re
import shlex

from trailkeeper.calls import row_of
from trailkeeper.coverage import GLOBAL_REGIONS
from trailkeeper.incident import Report
from trailkeeper.kinds import KINDS, REGION
from trailkeeper.mail.links import trail_arn
from trailkeeper.mail.wording import Words, actor, is_nameless
from trailkeeper.standing import standing

Step = tuple[str, str]

NAME = re.compile(r"[\w/][\w.:/#+=,@-]{0,511}", re.ASCII)  # no command line takes it for an option


def next_steps(report: Report, words: Words) -> list[str]:
    """What to do now, numbered, with the commands below."""
    incident = report["incident"]
    steps = on_trail(report) if incident["family"] == "trail" else on_other(report)
    if incident["family"] == "trailkeeper" and incident["verdict"] not in ("attempted", "harmless"):
        steps.append(("deploy", ""))
    if report.get("part", "first") == "ask":
        name = report["execution"].rpartition(":")[2]
        steps.insert(0, ("approve", f"trailkeeper approve {name}\ntrailkeeper decline {name} --reason WHY"))
    lines = []
    for number, (step, commands) in enumerate([*steps, *on_actor(report)], 1):
        lines.append(f"{number}. {words.NEXT[step].format(actor=actor(incident, words))}")
        lines += [f"   {command}" for command in commands.splitlines()]
    return lines


def on_trail(report: Report) -> list[Step]:
    """What to do about a trail."""
    incident, arn, now = report["incident"], trail_arn(report), standing(report)
    if not arn:
        return []
    name, at = arn[0], f"--region {arn['region']}"
    steps = []
    if now.state == "not_recording" or (now.state == "unread" and incident["verdict"] == "stopped"):
        steps.append(("start", f"aws cloudtrail start-logging --name {name} {at}"))
    elif now.state == "gone" and not incident["error"]:
        attribute = f"AttributeKey=ResourceName,AttributeValue={name}"
        steps.append(("create", f"aws cloudtrail lookup-events --lookup-attributes {attribute} {at}"))
    elif now.state != "gone":
        steps.append(("check", f"aws cloudtrail get-trail-status --name {name} {at}"))
    call = row_of(incident)
    narrowed = incident["verdict"] == "narrowed" and not report["undo"].get("proven")
    if narrowed and now.state != "gone" and call and call.command:
        step, command = call.command
        steps.append((step, f"{command.replace('NAME', name)} {at}"))
        if command := as_it_was(report):
            steps.append(("as_it_was", f"aws cloudtrail update-trail --name {name} {command} {at}"))
    if report["undo"].get("held") == "no_baseline":
        steps.append(("adopt", f"trailkeeper adopt {name}"))
    return steps


def as_it_was(report: Report) -> str:
    """The options of update-trail for what the call changed, as event history or the baseline has it from before."""
    was, asked, options = report["trail"].get("was") or {}, report["incident"]["request"] or {}, []
    for field, value in was.items():
        if field not in asked or asked[field] == value:
            continue
        option = re.sub(r"(?=[A-Z])", "-", field).lower()
        if isinstance(value, bool):
            options.append(f"--{option}" if value else f"--no-{option}")
        elif NAME.fullmatch(value or "") or value == "":
            options.append(f"--{option} {shlex.quote(value)}")
    return " ".join(options)


def on_other(report: Report) -> list[Step]:
    """What to do about what trails write to, Trailkeeper itself, and the rest."""
    incident, on, region = report["incident"], report["incident"]["resource"], report["incident"]["region"] or ""
    steps: list[Step] = []
    if on and NAME.fullmatch(on["name"] or "") and REGION.fullmatch(region):
        call = row_of(incident)
        show = KINDS[on["kind"]].show
        # Of what is deleted there is nothing left to look at, but for what can be put back.
        command: tuple[str, str] | None = ("look", show) if show and incident["verdict"] != "deleted" else None
        if call and call.command and incident["verdict"] != "attempted":
            command = call.command
        if command:
            lines = command[1].replace("NAME", shlex.quote(on["name"] or "")).splitlines()
            steps.append((command[0], "\n".join(f"{line} --region {region}" for line in lines)))
    if arn := trail_arn(report):
        steps.append(("check", f"aws cloudtrail get-trail-status --name {arn[0]} --region {arn['region']}"))
    return steps


def on_actor(report: Report) -> list[Step]:
    """What to do about who called."""
    incident, who = report["incident"], report["incident"]["actor"]
    steps = []
    key = who["access_key_id"] if re.fullmatch(r"[A-Z0-9]{16,128}", who["access_key_id"] or "") else None
    if who["type"] == "Root":
        steps.append(("ask_root", ""))
    elif is_nameless(incident):
        steps.append(("ask_anybody", ""))
    # Only the keys that start so are a user's own: the others are a session's, and end with it.
    elif key and key.startswith("AKIA") and re.fullmatch(r"[\w+=,.@-]{1,64}", who["name"], re.ASCII):
        command = f"aws iam update-access-key --status Inactive --access-key-id {key} --user-name {who['name']}"
        steps.append(("ask", command))
    else:
        steps.append(("ask_only", ""))
    regions = dict.fromkeys([incident["region"] or "", GLOBAL_REGIONS.get(incident["partition"], "")])
    lookup = f"aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue={key} --region"
    commands = [f"{lookup} {region}" for region in regions if REGION.fullmatch(region)]
    if key and commands:
        steps.append(("history", "\n".join(commands)))
    return steps
