"""What a call was on: the trail, the destination or the part of Trailkeeper that its record names."""

from trailkeeper import kinds
from trailkeeper.calls import Call, rows
from trailkeeper.incident import Resource, Trail
from trailkeeper.kinds import Kind
from trailkeeper.record import Record, mapping, mappings, text, texts
from trailkeeper.settings import Place, Settings, own_prefix


def acted_on(
    record: Record, settings: Settings, own: Place, region: str | None, account: str | None
) -> tuple[Call | None, Resource | None, Trail]:
    """The row of the catalogue, what is watched by it (None for a resource that is not), and the trail that it is."""
    none: Trail = {"name": None, "arn": None, "home_region": None, "account": account}
    service, dot, rest = str(record.get("eventSource")).partition(".amazonaws.com")
    found = rows(service, str(record.get("eventName"))) if dot and not rest else []
    request = mapping(record.get("requestParameters"))
    found = [call for call in found if call.parameter in request] or found
    for call in found:
        names = resource_names(record, call)
        if call.family == "trail":
            trail = trail_of(record, call, region, account)
            if trail["name"] is None and any(":eventdatastore/" in name for name in names):
                continue
            # A trail that the event does not name may be a watched one.
            if trail["name"] and not is_watched(trail, settings, own):
                return call, None, trail
            return call, {"kind": "trail", "name": trail["name"]}, trail
        unnamed = not names and "omitted" in request and account == own["account"]
        if call.family == "destination":
            mine = [arn for arn in settings["destinations"] if kinds.is_here(arn, region, account)]
            watched = [kinds.name_in(call.kind, arn) for arn in mine if arn.split(":")[2] == call.kind.source]
            name = next((one for one in watched if one in [kinds.name_in(call.kind, name) for name in names]), None)
            unnamed = bool(watched) and (unnamed or not call.parameter)
        elif call.family == "trailkeeper":
            name = own_part(call, names, settings["stack"], own, region, account)
        else:
            return call, {"kind": call.kind.name, "name": names[0] if names else None}, none
        # What CloudTrail left out because it is too large may name it.
        if name or unnamed:
            return call, {"kind": call.kind.name, "name": text(name)}, none
    return (found[0] if found else None), None, none


def is_watched(trail: Trail, settings: Settings, own: Place) -> bool:
    """Whether the setting `trails` names the trail, or names none."""
    return not settings["trails"] or kinds.is_one_of(trail, settings["trails"], own["account"])


def resource_names(record: Record, call: Call) -> list[str]:
    """What the record says the call was on: in the request, else as its resource, else in why it was denied."""
    given = mapping(record.get("requestParameters")).get(call.parameter)
    return (
        texts(given, 2000)
        or texts([resource.get("ARN") for resource in mappings(record.get("resources"))], 2000)
        or texts(kinds.denied_resource(text(record.get("errorMessage"), 4000)), 2000)
    )


def trail_of(record: Record, call: Call, region: str | None, account: str | None) -> Trail:
    """The trail as far as the event identifies it: a denied call names it in errorMessage alone."""
    given = text(mapping(record.get("requestParameters")).get(call.parameter), 300)
    for arn in (
        kinds.TRAIL_ARN.fullmatch(given or ""),
        kinds.TRAIL_ARN.fullmatch(text(mapping(record.get("responseElements")).get("trailARN"), 300) or ""),
        kinds.TRAIL_ARN.match(kinds.denied_resource(text(record.get("errorMessage"), 4000)) or ""),
    ):
        if arn:
            return {"name": arn["name"], "arn": arn[0], "home_region": arn["region"], "account": arn["account"]}
    # Refused because the Region is not the trail's: then it is another, whichever.
    here = given and record.get("errorCode") != "InvalidHomeRegionException"
    return {"name": given, "arn": None, "home_region": region if here else None, "account": account}


def own_part(
    call: Call, names: list[str], stack: str, own: Place, region: str | None, account: str | None
) -> str | None:
    """The name of the part of Trailkeeper that the call was on; None if it is none.

    CloudFormation begins the names of what it makes with the stack's. Roles are global: their calls come from one
    Region of the partition.
    """
    if account != own["account"] or (call.kind is not kinds.ROLE and region != own["region"]):
        return None
    from trailkeeper.calls.own_parts import VENDED_LOGS

    for name in (kinds.name_in(call.kind, given) for given in names):
        if name == stack if call.kind is kinds.STACK else name.removeprefix(VENDED_LOGS).startswith(own_prefix(stack)):
            return name
    return None


def dedup_key(
    call: Call | None, resource: Resource | None, trail: Trail, account: str | None, region: str | None
) -> str:
    """One text for all that happens to one thing: its account, Region, kind and name."""
    if call and resource and call.family == "trail":
        return text_key(trail["account"], trail["home_region"], "trail", trail["name"])
    return text_key(account, region, resource["kind"] if resource else "other", resource["name"] if resource else None)


def keys_of(kind: Kind, arn: str, own: Place) -> list[str]:
    """The dedup keys of all that happens to a thing of our own: who calls names a store by its id, or by its ARN."""
    name = kinds.name_in(kind, arn)
    names = [name, arn] if kind is kinds.EVENT_DATA_STORE else [name]
    return [text_key(own["account"], own["region"], kind.name, one) for one in names]


def text_key(*parts: str | None) -> str:
    """The parts, each cut so that the key is short."""
    return "/".join((part or "unknown")[:300].replace(" ", "-") for part in parts)
