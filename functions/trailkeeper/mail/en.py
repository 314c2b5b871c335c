"""English. Texts in braces are filled in by the code; a translator changes the words around them and nothing else."""

from trailkeeper.kinds import KINDS as ALL_KINDS

SEVERITY = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW", "info": "INFO"}
KINDS = {name: name for name in ALL_KINDS}

# ---- The subject: what was done, and how it stands

WHOSE = {
    "trail": "CloudTrail {kind}",
    "organization": "CloudTrail's delegated administrator",
    "event data store": "CloudTrail's event data store",
    "channel": "CloudTrail's {kind}",
    "destination": "CloudTrail's {kind}",
    "trailkeeper": "Trailkeeper's {kind}",
}
HEADLINES = {
    "stopped": "{what} stopped",
    "disabled": "{what} disabled",
    "deleted": "{what} deleted",
    "scheduled": "{what} scheduled for deletion",
    "narrowed": "{what} narrowed",
    "changed": "{what} changed",
    "minor": "{what} changed, low impact",
    "harmless": "{what} changed, nothing lost",
    "attempted": "{action} attempted",
    "failed": "{action} failed, nothing lost",
}
TAILS = {
    "recording_again": "recording again",
    "still_recording": "still recording",
    "exists_again": "exists again",
    "not_recording": "NOT recording",
    "gone": "trail gone",
    "unread": "state unknown",
    "restart_failed": "restart FAILED",
    "restart_unread": "restart not confirmed",
    "announced": "as announced",
}
UNTRIAGED_HEADLINE = "CloudTrail event could not be judged"

# ---- The first paragraph: what was done, what Trailkeeper did, how it stands, what it means

DONE = {
    "stopped": "{actor} stopped {what}.",
    "disabled": "{actor} disabled {what}.",
    "deleted": "{actor} deleted {what}.",
    "scheduled": "{actor} scheduled {what} for deletion: it no longer works, but the deletion can still be cancelled.",
    "narrowed": "{actor} changed {what} to record less, or elsewhere{sure}.",
    "changed": "{actor} changed {what} ({action}{sure}).",
    "minor": "{actor} changed {what} ({action}); no management event is lost.",
    "harmless": "{actor} called {action} on {what}, which takes nothing away.",
    "attempted": "{actor} tried {action} on {what}, but the call failed ({code}).",
    "failed": "{actor} tried {action} on {what}, but the call failed ({code}). It would have cost no management event.",
}
SURE = {
    "request_not_in_event": ", unless nothing changed: the event does not hold the request",
    "earlier_state_unknown": ", as far as the request shows",
}
RESOURCES = {
    "trail": "the trail {name}",
    "organization": "the delegated administrator {name} of the organization's trails",
    "event data store": "the event data store {name}",
    "channel": "CloudTrail's {kind} {name}",
    "destination": "the {kind} {name}, which trails use",
    "trailkeeper": "Trailkeeper's own {kind} {name}",
}
OF_ACCOUNT = "{what} of account {account}"
KIND_AND_NAME = "{kind} {name}"
UNNAMED = "that the event does not name"
ACTOR_OF_ROLE = "{name} (role {role})"
DID = {
    "nothing": "",
    "restarted": "Trailkeeper called {call}.",
    "started": "Trailkeeper called {call}, and CloudTrail accepted it.",
    "no_answer": "Trailkeeper called {call} but does not know whether it took effect: {why}.",
    "failed": "Trailkeeper called {call}, but the call failed: {why}.",
}
NOW = {
    "recording": "The trail is recording.",
    "recording_again": "The trail is recording again.",
    "not_recording": "The trail is NOT recording.",
    "gone": "The trail no longer exists and records nothing.",
    "unread": "Its status could not be read: assume that it is NOT recording.",
    "restart_unread": "Whether the trail is recording again could not be read ({why}): check it now.",
    "another_account": "Its status was not read, as it belongs to another account.",
}
NOW_AFTER_DELETION = {
    "recording": "A trail of that name exists again and is recording.",
    "not_recording": "A trail of that name exists again, but it is NOT recording.",
    "gone": "It records nothing any more.",
    "unread": "Whether a trail of that name exists again could not be read.",
}
UNGUARDED = "Until this is undone, calls may go unnoticed and mails unsent."
NOT_INGESTING = "It no longer ingests events."
DELIVERY_FAILS = "The delivery of {trail} FAILS: {error}."
DELIVERY_AS_YET = "No failed delivery of {trail} has been reported so far, but reports lag behind."
DELIVERY_UNREAD = "Whether logs still arrive there could not be read."
OTHERS_WRITE_TOO = "Other trails use it too, and their delivery was not read: {trails}."
WRITER_OFF = "The trail {trail} is not logging, either."
NOBODY_WRITES = "No trail that could be seen uses it now."
ANNOUNCED = "This was announced: {reason} (until {until})."
OWN_DEPLOYMENT = "This is a deployment of Trailkeeper by the account's own CDK roles."
ANNOUNCEMENT_EXPIRED = (
    "This had been announced ({reason}), but the announcement expired on {until}: it counts like any other."
)
UNTRIAGED_SENTENCE = (
    "A call that can blind CloudTrail was made, but Trailkeeper failed to judge it. "
    "Read the event below and check your trails now."
)

# ---- The rows

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
UNKNOWN = "unknown"
MORE = "... and {number} more"
SUCCEEDED = "{action}, succeeded"
FAILED = "{action}, failed: {code}"
ROLE = "role {role}"
YES, NO = "yes", "no"
STATES = {"recording": "recording", "not_recording": "NOT recording", "gone": "does not exist", "unread": "unknown"}
SINCE = "{state} since {time}"
NOT_READ = "could not be read: {why}"
HOME_REGION = "home Region {region}"
ONE_REGION, ALL_REGIONS = "one Region only", "all Regions"
ORGANIZATION_TRAIL = "organization trail"
NOT_SELECTED = "its event selectors leave out: {gaps}"
GAPS = {"all": "all management events", "reads": "read events", "writes": "write events"}
GAPS_OF_SERVICE = {
    "all": "the events of {service}",
    "reads": "the read events of {service}",
    "writes": "the write events of {service}",
}
DELIVERY_ERROR = "delivery to the {to} fails: {error}"
DELIVERS_TO = {"bucket": "bucket", "digest": "bucket (digests)", "log group": "log group"}
UNDO = {
    "nothing": "{call}",
    "restarted": "{call} at {time}; read afterwards: {state}",
    "started": "{call} at {time}, accepted; read afterwards: {state}",
    "no_answer": "{call}: {why}; read afterwards: {state}",
    "failed": "{call} FAILED: {why}; read afterwards: {state}",
}
NOT_UNDONE = "not done: {why}"
UNDO_WHY = {
    "nothing_changed": "nothing was changed",
    "announced": "the change was announced",
    "not_undone_by_us": "Trailkeeper does not undo {action}",
    "another_account": "the trail belongs to another account",
    "not_identified": "the event does not identify a trail and its home Region",
    "setting": "the setting undo is off",
}
BLIND_CLOSED = "{duration}, {start} to {end}"
BLIND_OPEN = "since {start}, still open"
BLIND_UNKNOWN = "since {start}; whether it is over could not be read"
BLIND_NONE = "none"
SECONDS, MINUTES, HOURS = "{seconds} s", "{minutes} min {seconds} s", "{hours} h {minutes} min"
COVERED_BY_OTHERS = {
    "all": "Other trails still record all management events of {region}: {trails}",
    "part": "Other trails record only a part of the management events of {region}: {trails}. Left out: {gaps}",
    "none": "No other trail records the management events of {region}.",
}
COVERED = {
    "all": "All management events of {region} are recorded by: {trails}",
    "part": "Only a part of the management events of {region} is recorded: {trails}. Left out: {gaps}",
    "none": "No trail records the management events of {region}.",
}
COVERED_AS_FAR_AS_READ = {
    "part": "Only a part of the management events of {region} is known to be recorded by other trails: {trails}. "
    "Left out: {gaps}",
    "none": "No other trail is known to record the management events of {region}; see what could not be read.",
}
COVERAGE_UNKNOWN = "Whether another trail records the management events of {region} is not known: {why}"
LOGGING_UNREAD = "{trail} is logging, but its event selectors could not be read: what it records is not known"
LOGGING_UNREAD_ORGANIZATION = (
    "The organization trail {trail} is logging, but its event selectors could not be read from this account: "
    "what it records is not known"
)
TRAIL_UNREAD = "{trail} could not be read: whether it records is not known"
UNREAD = "Could not be read: {call} of {on}: {why}"

# The name of an error: why something failed
ERRORS = {
    "AccessDenied": "Trailkeeper's role was denied by its own policy or one of the organization (SCP)",
    "AccessDeniedException": "Trailkeeper's role was denied by its own policy or one of the organization (SCP)",
    "TrailNotFoundException": "CloudTrail knows no such trail",
    "InvalidHomeRegionException": "it can be started in its home Region only",
    "NotOrganizationMasterAccountException": "only the organization's management account can start it",
    "NotOrganizationManagementAccountException": "only the organization's management account can start it",
    "InsufficientDependencyServiceAccessPermissionException": "Trailkeeper's role lacks a right that "
    "an organization trail needs",
    "NoManagementAccountSLRExistsException": "the organization's management account lacks CloudTrail's "
    "service-linked role",
    "ThrottlingException": "AWS throttled the call",
    "Throttling": "AWS throttled the call",
    "InternalFailure": "AWS had an internal error",
    "InternalServerError": "AWS had an internal error",
    "ServiceUnavailable": "AWS was unavailable",
    "States.Timeout": "there was no answer in time",
    "Sandbox.Timedout": "there was no answer in time",
    "ReadTimeoutError": "there was no answer in time",
    "ConnectTimeoutError": "AWS could not be reached",
    "EndpointConnectionError": "AWS could not be reached",
    "ConnectionClosedError": "the connection broke before the answer",
    "ResponseStreamingError": "the connection broke during the answer",
    "IncompleteAnswer": "the answer was incomplete",
    "States.DataLimitExceeded": "the answer was too large",
    "NoAnswer": "there was no usable answer",
    "NotRead": "there was no time to read it",
    "another_account": "it belongs to another account",
}
OTHER_ERROR = "{code}, whose details are in the execution's history"
UNEXPECTED_ERROR = "an unexpected error, whose details are in the execution's history"

# ---- What to do next

NEXT_TITLE = "What to do next"
NEXT = {
    "start": "Start the trail now:",
    "create": "Create the trail again with the same name and bucket, so that the bucket's policy still matches, "
    "then start it. Its settings, as far as the 90 days of event history show them:",
    "compare": "Compare with what it should be, and set it again:",
    "put_back": "Undo it:",
    "look": "See what it is now:",
    "deploy": "Deploy Trailkeeper again, so that all of its parts are as they should be.",
    "check": "Check the trail yourself:",
    "ask": "Ask {actor} whether this was intended. If not, treat the credentials as stolen: deactivate the access key:",
    "ask_only": "Ask {actor} whether this was intended. If not, treat the credentials as stolen: "
    "revoke them, or the sessions of the role.",
    "ask_root": "Ask the root user's owner whether this was intended. If not, treat the credentials as stolen: "
    "sign in as root, change the password and delete the root user's access keys.",
    "history": "See what else was done with these credentials. Event history keeps it even while no trail records:",
}
LINKS_TITLE = "In the AWS console"
RAW_TITLE = "The event as it arrived"

# ---- The facts, by code; what goes with one follows after a colon

FACTS = {
    "call_not_watched": "not a call that can blind CloudTrail",
    "vpc_endpoint_copy": "a VPC endpoint's copy of a management event",
    "trail_not_guarded": "not one of the guarded trails",
    "resource_not_watched": "neither what guarded trails write to nor a part of Trailkeeper",
    "call_succeeded": "the call succeeded",
    "call_failed": "the call failed",
    "failed_harmless": "the call failed, and would have cost no management event",
    "narrows_nothing": "takes nothing away",
    "records_no_less": "records no less than before",
    "sets_up_new_trail": "the trail was created just before, and this sets it up",
    "changed_again": "changed again since then",
    "earlier_state_unknown": "what it was before is not known",
    "request_not_in_event": "the event does not hold the request, so it is not known what changed",
    "announced": "announced",
    "announcement_expired": "announced, but the announcement has expired",
    "own_deployment": "a deployment by the account's own CDK roles",
    "covered": "other trails still record all of the Region's management events",
    "covered_in_part": "other trails record only a part of the Region's management events",
    "not_covered": "no other trail records the Region's management events",
    "no_other_in_all_regions": "no other trail is known to record all Regions",
    "delivery_fails": "delivery fails",
    # trails and event data stores
    "one_region": "it covers one Region only",
    "no_global_events": "global service events such as IAM's are left out",
    "no_validation": "log file validation is off",
    "no_organization": "it no longer covers the organization",
    "setting_set": "the request sets",
    "setting_changed": "a setting has changed",
    "foreign_key": "another account's key encrypts",
    "log_group_removed": "it no longer sends events to CloudWatch Logs",
    "management_events_left_out": "the event selectors do not record all management events",
    "fewer_management_events": "the event selectors record fewer management events than before",
    "fewer_data_events": "the event selectors record fewer data events than before",
    "insights_off": "Insights are off, or find less",
    "insights_fewer": "Insights find less than before",
    "event_size_set": "the size of events is limited",
    "event_content_changed": "what is added to events has changed",
    "no_termination_protection": "its termination protection is off",
    "store_events_expire": "days until its events are deleted",
    "delegated_admin_removed": "the account can no longer manage the organization's trails",
    "channel_closed": "nobody outside AWS can send events through it any more",
    # what trails write to
    "bucket_closed": "CloudTrail may no longer write to the bucket",
    "policy_excludes_cloudtrail": "the policy does not let CloudTrail write or encrypt",
    "policy_denies_cloudtrail": "the policy denies what CloudTrail needs",
    "policy_open_to_anyone": "the policy lets anybody in",
    "log_files_expire": "days until log files are deleted",
    "log_files_expire_on": "log files are deleted on",
    "other_files_expire": "files other than the known trails' log files are deleted",
    "no_versions": "overwritten and deleted files are not kept",
    "no_mfa_delete": "deleting no longer needs MFA",
    "bucket_key": "the bucket encrypts with the key",
    "no_bucket_key": "the bucket no longer encrypts with its own key",
    "bucket_listed_by_anyone": "anybody may list the bucket",
    "bucket_open_to_others": "others may get into the bucket",
    "public_access_possible": "public access is not blocked",
    "locked_for_days": "days for which new log files are locked against deletion",
    "not_locked": "new log files are not locked against deletion",
    "copied_elsewhere": "log files are copied elsewhere",
    "no_longer_copied": "log files are no longer copied elsewhere",
    "cannot_encrypt": "CloudTrail can no longer encrypt, so nothing is delivered",
    "key_no_longer_rotates": "the key no longer rotates",
    "log_stream_deleted": "the log events of a stream are deleted",
    "log_events_expire": "days until log events are deleted",
    "no_longer_forwarded": "log events are no longer forwarded",
    # Trailkeeper's own parts
    "part_changed": "it has changed",
    "rule_starts_nothing": "the rule no longer starts anything",
    "execution_stopped": "the handling of an incident was cut short",
    "concurrency_limited": "the concurrency is limited",
    "function_open_to_others": "others may call the function",
    "permissions_changed": "the permissions have changed",
    "trust_changed": "who may assume the role has changed",
    "queue_emptied": "the events that could not be delivered are deleted",
}
