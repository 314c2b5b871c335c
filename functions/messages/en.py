"""English. Texts in braces are filled in by mail.py; a translator changes the words around them and nothing else."""

SEVERITY = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW", "info": "INFO"}

# (verdict, outcome): the headline of the subject
HEADLINES = {
    ("stopped", "restored"): "CloudTrail stopped, recording again",
    ("stopped", "recording"): "CloudTrail stopped, recording again",
    ("stopped", "failed"): "CloudTrail stopped, restart FAILED",
    ("stopped", "failed_unread"): "CloudTrail stopped, restart FAILED",
    ("stopped", "not_recording"): "CloudTrail stopped, NOT recording",
    ("stopped", "gone"): "CloudTrail stopped, then trail gone",
    ("stopped", "unknown"): "CloudTrail stopped, state unknown",
    ("deleted", "recording"): "CloudTrail trail deleted, exists again",
    ("deleted", "not_recording"): "CloudTrail trail deleted, new one NOT recording",
    ("deleted", "gone"): "CloudTrail trail deleted",
    ("deleted", "unknown"): "CloudTrail trail deleted, state unknown",
    ("narrowed", "recording"): "CloudTrail narrowed",
    ("narrowed", "not_recording"): "CloudTrail narrowed, NOT recording",
    ("narrowed", "gone"): "CloudTrail narrowed, then trail gone",
    ("narrowed", "unknown"): "CloudTrail narrowed, state unknown",
    ("attempted", "recording"): "{action} attempted, still recording",
    ("attempted", "not_recording"): "{action} attempted, trail NOT recording",
    ("attempted", "gone"): "{action} attempted, no such trail",
    ("attempted", "unknown"): "{action} attempted, state unknown",
}
# The same for changes that are no alarm: no management event is lost, or the change was announced
MILD_HEADLINES = {
    "low": "CloudTrail changed, no management event lost",
    "announced": "CloudTrail changed as announced",
    "harmless": "CloudTrail changed, nothing lost",
    "failed": "CloudTrail call failed, nothing lost",
}
# What a call was on, by family, and what happened to it
WHOSE = {
    "organization": "CloudTrail's delegated administrator",
    "event data store": "CloudTrail's event data store",
    "channel": "CloudTrail's {kind}",
    "destination": "CloudTrail's {kind}",
    "guard": "Trailkeeper's {kind}",
}
HEADLINES_ON = {
    "stopped": "{what} switched off",
    "deleted": "{what} deleted",
    "pending": "{what} switched off, to be deleted",
    "narrowed": "{what} changed",
    "low": "{what} changed, low impact",
    "announced": "{what} changed as announced",
    "attempted": "{action} attempted",
    "harmless": "{what} changed, nothing lost",
    "failed": "{action} failed, nothing lost",
}
UNTRIAGED_HEADLINE = "CloudTrail event could not be judged"

# (verdict, outcome): the first sentence
SENTENCES = {
    ("stopped", "restored"): "{actor} stopped the trail {trail}; Trailkeeper started it, and it is recording again.",
    ("stopped", "recording"): "{actor} stopped the trail {trail}, but it is recording again.",
    ("stopped", "failed"): "{actor} stopped the trail {trail} and Trailkeeper could not start it again: "
    "it is NOT recording, because {why}.",
    ("stopped", "failed_unread"): "{actor} stopped the trail {trail} and Trailkeeper could not start it again, "
    "because {why}: take it that it is NOT recording.",
    ("stopped", "not_recording"): "{actor} stopped the trail {trail}: it is NOT recording.",
    ("stopped", "gone"): "{actor} stopped the trail {trail}, which does not exist any more: it records nothing.",
    ("stopped", "unknown"): "{actor} stopped the trail {trail}, and its state could not be read: "
    "take it that it is NOT recording.",
    ("deleted", "recording"): "{actor} deleted the trail {trail}, but one of that name exists again and is recording.",
    ("deleted", "not_recording"): "{actor} deleted the trail {trail}; one of that name exists again, "
    "but is NOT recording.",
    ("deleted", "gone"): "{actor} deleted the trail {trail}: it is gone and records nothing.",
    ("deleted", "unknown"): "{actor} deleted the trail {trail}, and whether it exists again could not be read.",
    ("narrowed", "recording"): "{actor} changed the trail {trail} to record less, or elsewhere{tells}; "
    "it is still logging.",
    ("narrowed", "not_recording"): "{actor} changed the trail {trail} to record less, or elsewhere{tells}; "
    "it is NOT recording at all.",
    ("narrowed", "gone"): "{actor} changed the trail {trail} to record less, or elsewhere{tells}; "
    "it does not exist any more.",
    ("narrowed", "unknown"): "{actor} changed the trail {trail} to record less, or elsewhere{tells}; "
    "its state could not be read.",
    ("attempted", "recording"): "{actor} tried {action} on the trail {trail} and failed ({code}): "
    "the trail is recording.",
    ("attempted", "not_recording"): "{actor} tried {action} on the trail {trail} and failed ({code}), "
    "but the trail is NOT recording.",
    ("attempted", "gone"): "{actor} tried {action} on the trail {trail} and failed ({code}): no such trail exists.",
    ("attempted", "unknown"): "{actor} tried {action} on the trail {trail} and failed ({code}); "
    "the trail's state could not be read.",
}
MILD_SENTENCES = {
    "low": "{actor} changed what the trail {trail} tells beside the management events, of which none is lost",
    "announced": "{actor} changed what the trail {trail} records, or where",
    "harmless": "{actor} called {action} on the trail {trail}, which takes nothing away",
    "failed": "{actor} tried {action} on the trail {trail} and failed ({code}); "
    "it would have cost no management event.",
}
AND_NOW = {
    "restored": "; it is recording.",
    "recording": "; it is recording.",
    "failed": "; it is NOT recording.",
    "failed_unread": "; its state could not be read.",
    "not_recording": "; it is NOT recording.",
    "gone": "; it does not exist any more.",
    "unknown": "; its state could not be read.",
}
SENTENCES_ON = {
    "stopped": "{actor} switched off {resource}.",
    "deleted": "{actor} deleted {resource}.",
    "pending": "{actor} scheduled the deletion of {resource}: it is of no use any more, but can still be put back.",
    "narrowed": "{actor} changed {resource}: {action}.",
    "low": "{actor} changed {resource}: {action}. No management event is lost by that.",
    "announced": "{actor} changed {resource}: {action}.",
    "attempted": "{actor} tried {action} and failed ({code}), on {resource}.",
    "harmless": "{actor} called {action} on {resource}; that takes nothing away.",
    "failed": "{actor} tried {action} on {resource} and failed ({code}); it would have cost no management event.",
}
RESOURCES = {
    "trail": "the trail {name}",
    "organization": "the delegated administrator {name} of the organization's trails",
    "event data store": "the event data store {name}",
    "channel": "CloudTrail's {kind} {name}",
    "destination": "the {kind} {name}, which trails use",
    "guard": "Trailkeeper's own {kind} {name}",
}
KINDS = {
    "trail": "trail",
    "account": "account",
    "event data store": "event data store",
    "channel": "channel",
    "resource policy": "resource policy",
    "bucket": "bucket",
    "key": "key",
    "log group": "log group",
    "topic": "topic",
    "rule": "rule",
    "state machine": "state machine",
    "function": "function",
    "subscription": "mail subscription",
    "queue": "queue",
    "role": "role",
    "alarm": "alarm",
    "stack": "stack",
}
KIND_AND_NAME = "{kind} {name}"
AS_FAR_AS_TOLD = ", as far as the request tells"
NOT_TOLD = ", unless nothing changed: the event does not hold the request"
UNGUARDED = "Until it is put back, calls may go unseen and mails unsent."
NOTHING_STORED = "It takes in no event any more."
DELIVERY_FAILS = "The delivery of {trail} FAILS: {error}."
DELIVERY_AS_YET = "No failed delivery of {trail} is reported so far, but that may lag behind."
NOT_READ_TOO = "Used by others, too, whose delivery was not read: {trails}."
DELIVERY_UNREAD = "Whether logs still arrive there could not be read."
WRITERS_OFF = "The logging of {trail} is off, too."
NOBODY_WRITES = "No trail that could be seen uses it now."
ANNOUNCED = "It was announced: {reason} (until {until})."
ANNOUNCED_FOR_GOOD = "It was announced: {reason}."
ANNOUNCEMENT_EXPIRED = "It had been announced ({reason}), but that expired on {until}: it counts like any other."
UNTRIAGED_SENTENCE = (
    "A call that can blind CloudTrail was made, but Trailkeeper failed to judge it. "
    "Read the event below and check your trails now."
)
ACTOR = "{name}"
ACTOR_OF_ROLE = "{name} (role {role})"
UNNAMED = "that the event does not name"
UNNAMED_TRAIL = "that the event does not name"
UNKNOWN = "unknown"

COVERED = "Other trails still record the management events of {region}: {trails}"
COVERED_AS_EVER = "The management events of {region} are recorded by: {trails}"
NOT_COVERED = "No other trail records the management events of {region}."
NOT_COVERED_AS_FAR_AS_READ = (
    "No other trail is known to record the management events of {region}; see what could not be read."
)
COVERAGE_UNKNOWN = "Whether another trail records the management events of {region} is not known: {why}"
UNREAD = "Could not be read: {what}"

LABELS = {
    "what": "What",
    "why": "Why",
    "when": "When",
    "on": "On",
    "trail": "Trail",
    "state": "State",
    "account": "Account",
    "region": "Region",
    "who": "Who",
    "key": "Key",
    "mfa": "MFA",
    "via": "Via",
    "source": "From",
    "agent": "Agent",
    "undo": "Undo",
    "blind": "Blind",
    "coverage": "Coverage",
    "error": "Error",
    "event": "Event",
    "execution": "Execution",
}
SUCCEEDED = "{action}, succeeded"
FAILED = "{action}, failed: {code}"
IDENTITY_TYPE = "{name} ({type})"
ROLE = "role {role}"
YES, NO = "yes", "no"
RECORDING_SINCE = "recording since {time}"
RECORDING = "recording"
NOT_RECORDING_SINCE = "NOT recording since {time}"
NOT_RECORDING = "NOT recording"
GONE = "does not exist"
NOT_READ = "could not be read: {why}"
HOME_REGION = "home Region {region}"
ONE_REGION, ALL_REGIONS = "one Region only", "all Regions"
ORGANIZATION_TRAIL = "organization trail"
BUCKET, KEY, LOG_GROUP = "bucket {name}", "key {name}", "log group {name}"
SELECTORS_NARROW = "its event selectors do not record all management events"
DELIVERY_ERROR = "delivery fails: {error}"
UNDONE = "{call} at {time}; read before: not recording, read after: recording"
NOTHING_TO_UNDO = "nothing called: the trail was recording when Trailkeeper looked"
UNDONE_EARLIER = "the trail records; an earlier try of Trailkeeper called StartLogging, or somebody else did"
UNDO_FAILED = "{call} FAILED: {error}"
NOT_UNDONE = "not done: {why}"
BLIND_CLOSED = "{duration}, {start} to {end}"
BLIND_OPEN = "since {start}, still open"
BLIND_UNKNOWN = "since {start}; whether it is over could not be read"
BLIND_NONE = "none"
SECONDS, MINUTES, HOURS = "{seconds} s", "{minutes} min {seconds} s", "{hours} h {minutes} min"

# The error's name: the end of the sentence above
RESTORE_ERRORS = {
    "AccessDenied": "Trailkeeper's role was denied by its own policy or one of the organization (SCP)",
    "AccessDeniedException": "Trailkeeper's role was denied by its own policy or one of the organization (SCP)",
    "TrailNotFoundException": "no such trail exists any more",
    "InvalidHomeRegionException": "it can be started in its home Region only",
    "NotOrganizationMasterAccountException": "only the organization's management account can start it",
    "NotOrganizationManagementAccountException": "only the organization's management account can start it",
    "InsufficientDependencyServiceAccessPermissionException": "Trailkeeper's role lacks a right that "
    "an organization's trail needs",
    "NoManagementAccountSLRExistsException": "the organization's management account lacks CloudTrail's linked role",
    "NotRecordingError": "it still reports to be off after StartLogging succeeded",
    "States.Timeout": "CloudTrail did not answer in time",
    "Sandbox.Timedout": "CloudTrail did not answer in time",
    "ReadTimeoutError": "CloudTrail did not answer in time",
    "ConnectTimeoutError": "CloudTrail could not be reached",
    "EndpointConnectionError": "CloudTrail could not be reached",
}
OTHER_RESTORE_ERROR = "{error}"

NEXT_TITLE = "What to do next"
NEXT = {
    "start": "Start the trail now:",
    "create": "Create the trail again with the same name and bucket, so that the bucket's policy still fits, "
    "then start it. What it was, as far as the 90 days of event history tell:",
    "compare": "Compare with what it should be, and put it back:",
    "put_back": "Put it back:",
    "look": "Look at what it is now:",
    "deploy": "Deploy Trailkeeper again, so that all of it is as it should be.",
    "check": "Look at the trail yourself:",
    "ask": "Ask {actor} whether this was meant. If not, the credentials are in other hands: switch the key off:",
    "ask_only": "Ask {actor} whether this was meant. If not, the credentials are in other hands: "
    "revoke them or the sessions of the role.",
    "ask_root": "Ask who holds the root user whether this was meant. If not, it is in other hands: sign in as root, "
    "change its password and delete its access keys.",
    "history": "Read what else was done with them. Event history keeps it even while no trail records:",
}
LINKS_TITLE = "In the AWS console"
RAW_TITLE = "The event as it arrived"

# English is the wording of the facts themselves.
FACTS: dict[str, str] = {}
