"""What CloudTrail asks of a bucket and of a key in order to deliver, and what their policies make of that.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from trailkeeper.calls import Finding, Known
from trailkeeper.kinds import TRAIL, TRAIL_ARN, TRAIL_NAME, Kind
from trailkeeper.policy import Context, Reason, Request, Statement, principals, refusal
from trailkeeper.record import Record, clean, mapping, mappings, one_or_more, partition, text, utc

CLOUDTRAIL = "cloudtrail.amazonaws.com"
UNREADABLE: Mapping[str, Any] = {"Statement": [{"Effect": "unreadable"}]}
FAR = "2999-12-31T00:00:00Z"  # what is allowed until some day only is not allowed for good
MOST_CANDIDATES, MOST_FINDINGS, LONGEST_DETAIL = 5, 50, 400
TRAIL_KEYS = ("aws:sourcearn", "kms:encryptioncontext:aws:cloudtrail:arn")
LOGS = re.compile(r"arn:[^:]*:s3:::[^/]+/(?:(.{,200})/)?AWSLogs/.*", re.DOTALL)  # with the longest prefix of a trail
# Whoever may do nothing but these can read. Any other may delete log files, change them, or make them unreadable.
READS = re.compile(
    r"s3:(?:get|list)[a-z*?]*|kms:(?:decrypt|describe|encrypt|generate|get|list|reencrypt)[a-z*?]*", re.I | re.A
)
# The keys of conditions that say where a caller belongs, and the operators by which they do.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
PLACES = {
    *("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:sourceip"),
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "kms:calleraccount"),
}
NAMES_A_PLACE = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
# Values that leave neither account, organization nor network open. A variable could stand for the caller's own.
PLACE = re.compile(
    r"[^*?/$]+|o-[^*?$]+/.*|arn:[^:]*:[^:]*:[^:]*:\d{12}:.*|[\d.]+/(?:[89]|[1-3]\d)|[0-9a-fA-F:]+/[1-9]\d+"
)


class Writer(NamedTuple):
    """A trail that delivers there; `organization` is its organization's id, "" if unknown, None if it has none."""

    arn: str
    prefix: str = ""
    organization: str | None = None

    @property
    def account(self) -> str:
        """Whose trail it is."""
        return self.arn.split(":")[4]


Asks = Callable[[str, Writer, str | None], Iterator[Request]]


def to_bucket(arn: str, writer: Writer, time: str | None) -> Iterator[Request]:
    """What CloudTrail asks of the bucket."""
    tls: dict[str, tuple[str, ...]] = {"s3:tlsversion": ("1.2", "1.3")}
    yield Request(CLOUDTRAIL, "s3:GetBucketAcl", arn, context(writer, time, tls | {"s3:x-amz-acl": ()}))
    prefix = writer.prefix.strip("/")
    logs = f"{arn}/{prefix}/AWSLogs" if prefix else f"{arn}/AWSLogs"
    put = tls | {"s3:x-amz-acl": ("bucket-owner-full-control",)}
    yield Request(CLOUDTRAIL, "s3:PutObject", f"{logs}/{writer.account}/*", context(writer, time, put))
    if writer.organization is not None:
        ours = f"{writer.organization}/*" if writer.organization else "o-*"
        yield Request(CLOUDTRAIL, "s3:PutObject", f"{logs}/{ours}", context(writer, time, put))


def to_key(arn: str, writer: Writer, time: str | None) -> Iterator[Request]:
    """What CloudTrail asks of the key."""
    encryption = "kms:encryptioncontext:aws:cloudtrail:arn"
    yield Request(CLOUDTRAIL, "kms:GenerateDataKey", arn, context(writer, time, {encryption: (writer.arn,)}))
    yield Request(CLOUDTRAIL, "kms:DescribeKey", arn, context(writer, time, {encryption: ()}))


def context(writer: Writer, time: str | None, more: Context) -> Context:
    """What is known of any request of CloudTrail's."""
    known = {
        "aws:sourcearn": (writer.arn,),
        "aws:sourceaccount": (writer.account,),
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (CLOUDTRAIL,),
        "aws:securetransport": ("true",),
        **more,
    }
    if writer.organization:
        known["aws:sourceorgid"] = (writer.organization,)
    if time:
        known["aws:currenttime"] = known["aws:epochtime"] = (time, FAR)
    return known


def asked_of_policy(record: Record, policy: Mapping[str, Any], kind: Kind, name: str) -> dict[str, Any]:
    """What is asked about a policy: its document, what it is the policy of, and where and when it was set."""
    # What is written in letters that cannot be seen is not understood.
    try:
        shown = json.dumps(policy, ensure_ascii=False)
        policy = policy if clean(shown, len(shown)) == shown else UNREADABLE
    except RecursionError:
        policy = UNREADABLE
    region = text(record.get("awsRegion")) or ""
    account = text(record.get("recipientAccountId")) or text(mapping(record.get("userIdentity")).get("accountId")) or ""
    place = {"partition": partition(region), "region": region, "account": account}
    arn = name if name.startswith("arn:") else kind.arn.format(**place, name=name)
    return {"policy": policy, "arn": arn, **place, "time": utc(record.get("eventTime"))}


def findings(asked: Mapping[str, Any], asks: Asks, known: Known | None) -> list[Finding]:
    """What a policy refuses to the trails that deliver there, and whom else it lets in.

    As long as those trails are not known, it must do for some trail of the account: which one, the policy itself says.
    """
    document = asked["policy"]
    if known:
        refused = [one for trail in known["trails"] for one in refusals(asked, asks, Writer(**trail), name=True)]
    else:
        refused = []
        for writer in candidates(asked):
            tried = refusals(asked, asks, writer)
            if not tried:
                refused = tried
                break
            refused = min([refused or tried, tried], key=doubts)
    return list(dict.fromkeys([*refused, *others(document, asked["account"])]))[:MOST_FINDINGS]


def doubts(found: list[Finding]) -> tuple[int, int]:
    """How much speaks against a trail, and how much of it for sure."""
    return len(found), sum(one.code != "policy_unclear" for one in found)


def refusals(asked: Mapping[str, Any], asks: Asks, writer: Writer, name: bool = False) -> list[Finding]:
    """What a policy refuses to one trail; with the trail's `name`, where there may be several."""
    found = []
    for request in asks(asked["arn"], writer, asked["time"]):
        if reason := refusal(asked["policy"], request):
            trail = writer.arn.rpartition("/")[2] if name else None
            why = reason.detail if code(reason) != "policy_lacks" else None
            detail = ", ".join(filter(None, [trail, request.action, why]))
            found.append(Finding(code(reason), clean(detail, LONGEST_DETAIL)))
    return found


def code(reason: Reason) -> str:
    """The code of the finding."""
    if reason.answer is None:
        return "policy_unclear"
    codes = {"Deny": "policy_denies", "Condition": "policy_condition", "Resource": "policy_elsewhere"}
    return codes.get(reason.element, "policy_lacks")


def candidates(asked: Mapping[str, Any]) -> Iterator[Writer]:
    """Trails of the account that the policy may be meant for: any, and those whose ARN or prefix stands in it."""
    any_trail = TRAIL.arn.format(**{name: asked[name] for name in ("partition", "region", "account")}, name="any")
    arns, prefixes = [any_trail], [""]
    for statement in mappings(asked["policy"].get("Statement")):
        for tests in mapping(statement.get("Condition")).values():
            for key, values in mapping(tests).items():
                if str(key).lower() in TRAIL_KEYS:
                    arns += [one for value in one_or_more(values) if (one := concrete(str(value), any_trail))]
        for resource in one_or_more(statement.get("Resource")):
            if found := LOGS.fullmatch(str(resource)):
                prefixes.append((found[1] or "").replace("*", "any").replace("?", "x"))
    for arn in list(dict.fromkeys(arns))[:MOST_CANDIDATES]:
        for prefix in list(dict.fromkeys(prefixes))[:MOST_CANDIDATES]:
            yield Writer(arn, prefix)


def concrete(pattern: str, any_trail: str) -> str | None:
    """A trail's ARN of this account that fits the pattern; None if there is none."""
    parts = [
        there if part == "*" else part.replace("*", "any").replace("?", "x")
        for part, there in zip(pattern.split(":", 5), any_trail.split(":", 5), strict=False)
    ]
    found = TRAIL_ARN.fullmatch(":".join(parts))
    possible = found and TRAIL_NAME.fullmatch(found["name"]) and found["account"] == any_trail.split(":")[4]
    return found[0] if found and possible else None


# ---- Who else is let in


def others(document: Mapping[str, Any], account: str) -> Iterator[Finding]:
    """Whom else a policy lets in: anybody, or somebody elsewhere, to change or delete what is there, or to read it."""
    for statement in mappings(document.get("Statement")):
        if statement.get("Effect") != "Allow":
            continue
        for name in (clean(name, LONGEST_DETAIL) for name in strangers(statement, account)):
            if name == "*":
                yield Finding("policy_open_to_anyone")
            elif all(READS.fullmatch(str(one)) for one in one_or_more(statement.get("Action", "*"))):
                yield Finding("others_may_read", name, minor=True)
            else:
                yield Finding("others_may_change", name)


def strangers(statement: Statement, account: str) -> Iterable[str]:
    """Those outside the account that a statement is about, `*` for anybody; services of AWS are none."""
    for kind, name in principals(statement.get("Principal", "*")):
        if name == "*":
            yield from outside(mapping(statement.get("Condition")), account)
        elif kind != "Service" and account_of(str(name)) != account:
            yield str(name)


def outside(condition: Mapping[str, Any], account: str) -> list[str]:
    """Where outside the account anybody must belong by the conditions; `*` if they may belong anywhere."""
    places = [
        [str(one) for one in one_or_more(values)]
        for operator, tests in condition.items()
        if str(operator).lower().removeprefix("foranyvalue:") in NAMES_A_PLACE
        for key, values in mapping(tests).items()
        if str(key).lower() in PLACES and values and all(PLACE.fullmatch(str(one)) for one in one_or_more(values))
    ]
    if any(all(account_of(one) == account for one in values) for values in places):
        return []
    return places[0] if places else ["*"]


def account_of(place: str) -> str | None:
    """The account of an ARN, or the account itself."""
    return place if re.fullmatch(r"\d{12}", place, re.ASCII) else (place.split(":") + [""] * 5)[4] or None
