"""Is it known what data a model stands on, may it be read, does it come by itself, and does anybody support it?"""

from collections.abc import Iterable
from datetime import date, timedelta

from throughline.core.access_requests import AccessRequest, AccessState, worst
from throughline.core.checks.registry import (
    Found,
    Parameter,
    Parameters,
    check,
    met,
    number,
    text,
    texts,
    unknown,
    unmet,
)
from throughline.core.data_sources import AUTOMATION_TITLES, Automation, SourceInUse, in_use, unlinked
from throughline.core.dossier import Dossier
from throughline.core.stages import Stage

TURN = ("data_engineer", "program_manager")
MOST_NAMED = 5
AT_STAGE = Parameter(
    "stage",
    "text",
    "sources used up to this stage are asked about; by default the stage that the model is in",
)
NONE_LISTED = "No data source is listed for this model."
LIST_THEM = (
    "Link the model to its sources. If it needs none, ask for this check to be set aside as not applicable."
)


@check(
    "data.sources_listed",
    asks="Is each data source listed with its provider and its owner?",
    why="Waiting for access is the commonest way to lose a quarter, and nobody waits for what nobody listed.",
    remedy=LIST_THEM,
    turn=TURN,
)
def sources_listed(dossier: Dossier, _: Parameters) -> Found:
    if not dossier.sources:
        return unknown(NONE_LISTED, LIST_THEM)
    lacking = [f"{one.name}: {_and(_lacks(one))}" for one in dossier.sources if _lacks(one)]
    ended = [f"{one.name} was retired" for one in dossier.sources if one.has_ended]
    also = _also_in_the_spec(dossier)
    if lacking or ended:
        return unmet(
            f"{_listed((*lacking, *ended))}{also}",
            "Fill in who provides and who owns it; replace what was retired.",
        )
    said = _listed(f"{one.name} from {one.provider}, owned by {one.owner}" for one in dossier.sources)
    return met(f"{said}{also}")


@check(
    "data.access_granted",
    asks="Is access granted, and not expired, for every data source in use?",
    why="Access lent for a prototype ends when production needs it.",
    remedy="Ask for access to each source, and record each answer.",
    turn=TURN,
    parameters=(
        AT_STAGE,
        Parameter(
            "days_left", "number", "how many days every grant must still hold; by default today is enough"
        ),
    ),
)
def access_granted(dossier: Dossier, parameters: Parameters) -> Found:
    used = _used(dossier, parameters)
    if not used:
        return unknown(*_no_source(dossier))
    day = dossier.at.date()
    last = day + timedelta(days=int(number(parameters, "days_left") or 0))
    without = [one for one in used if not one.may_be_read_on(last)]
    if not without:
        return met(_listed(_granted(one) for one in used))
    late = [request for one in without for request in worst(one.requests, day)]
    return unmet(_listed(_why_not(one, day) for one in _late_first(without, day)), _chase(late, without))


@check(
    "data.sources_automated",
    asks="Is no manual step left between the data sources and the model?",
    why="What one person does by hand stops when that person is ill.",
    remedy="Put each source on a schedule, and say so on its page.",
    turn=TURN,
    parameters=(
        AT_STAGE,
        Parameter("accept", "texts", "the ways of refreshing that are enough; by default scheduled"),
    ),
)
def sources_automated(dossier: Dossier, parameters: Parameters) -> Found:
    used = _used(dossier, parameters)
    if not used:
        return unknown(*_no_source(dossier))
    enough = texts(parameters, "accept") or (Automation.SCHEDULED.value,)
    not_said = [one.name for one in used if not one.automation]
    wrong = [
        f"{one.name} is refreshed {AUTOMATION_TITLES[one.automation].lower()}"
        for one in used
        if one.automation and one.automation not in enough
    ]
    if wrong:
        return unmet(_listed(wrong), "Put them on a schedule.")
    if not_said:
        return unknown(f"It is not said how these are refreshed: {_and(not_said)}.", "Say it on their pages.")
    return met(_listed(f"{one.name}: {AUTOMATION_TITLES[one.automation].lower()}" for one in used))


@check(
    "data.provider_supports",
    asks="Does the provider of every data source in use support it?",
    why="What nobody supports is switched off on a Friday, and nobody calls.",
    remedy="Ask each provider whether and until when they support the source, and write it on its page.",
    turn=TURN,
    parameters=(
        AT_STAGE,
        Parameter(
            "days_left", "number", "how many days the support must still last; by default today is enough"
        ),
    ),
)
def provider_supports(dossier: Dossier, parameters: Parameters) -> Found:
    used = _used(dossier, parameters)
    if not used:
        return unknown(*_no_source(dossier))
    last = dossier.at.date() + timedelta(days=int(number(parameters, "days_left") or 0))
    wrong = [_unsupported(one) for one in used if one.is_supported_on(last) is False or one.has_ended]
    if wrong:
        return unmet(_listed(wrong), "Agree on support with the provider, or use another source.")
    not_said = [one.name for one in used if one.is_supported_on(last) is None]
    if not_said:
        return unknown(
            f"It is not known whether these are supported: {_and(not_said)}.", "Ask their providers."
        )
    return met(_listed(_supported(one) for one in used))


def _used(dossier: Dossier, parameters: Parameters) -> tuple[SourceInUse, ...]:
    """Those used at the stage that the policy names. A name that is no stage asks about all of them."""
    named = text(parameters, "stage")
    stage = dossier.model.stage if not named else Stage(named) if named in list(Stage) else list(Stage)[-1]
    return in_use(dossier.sources, stage)


def _no_source(dossier: Dossier) -> tuple[str, str]:
    if not dossier.sources:
        return NONE_LISTED, LIST_THEM
    names = _and(one.name for one in dossier.sources)
    return f"No data source is in use at this stage yet; listed for later: {names}.", LIST_THEM


def _also_in_the_spec(dossier: Dossier) -> str:
    """Names in a specification are people's own words, so one that is not linked is told and closes no gate."""
    standing = dossier.spec.standing if dossier.spec else None
    loose = unlinked(standing.sources, dossier.sources) if standing else ()
    return f" The specification also names, not linked: {_and(loose)}." if loose else ""


def _lacks(one: SourceInUse) -> list[str]:
    return [f"no {what}" for what, said in (("provider", one.provider), ("owner", one.owner)) if not said]


def _late_first(sources: Iterable[SourceInUse], day: date) -> list[SourceInUse]:
    return sorted(sources, key=lambda one: not worst(one.requests, day))


def _granted(one: SourceInUse) -> str:
    if not one.needs_grant:
        return f"{one.name} is public"
    access = one.access
    until = access.granted_until if access else None
    return f"{one.name} {f'until {until:%Y-%m-%d}' if until else 'without an end'}"


def _why_not(one: SourceInUse, day: date) -> str:
    newest = max(one.requests, key=lambda request: request.id, default=None)
    if newest is None:
        return f"{one.name}: access was never asked for"
    if newest.state is AccessState.ASKED:
        since = f"asked of {newest.sent_to} on {newest.asked_at:%Y-%m-%d}"
        if newest.is_overdue_on(day):
            days = (day - newest.due_on).days
            return f"{one.name}: {since}, overdue by {days} {'day' if days == 1 else 'days'}"
        return f"{one.name}: {since}, answer due on {newest.due_on:%Y-%m-%d}"
    if newest.is_granted:
        ended = f"{newest.granted_until:%Y-%m-%d}"
        return f"{one.name}: the grant {'ended' if not newest.holds_on(day) else 'ends'} on {ended}"
    return {
        AccessState.REFUSED: f"{one.name}: refused by {newest.sent_to}",
        AccessState.WITHDRAWN: f"{one.name}: the request was withdrawn",
    }.get(newest.state, f"{one.name}: the grant was revoked")


def _chase(late: list[AccessRequest], without: list[SourceInUse]) -> str:
    if late:
        return f"Chase {_and(dict.fromkeys(one.sent_to for one in late))}."
    waiting = [r.sent_to for one in without for r in one.requests if r.state is AccessState.ASKED]
    if waiting:
        return f"Wait for the answer of {_and(dict.fromkeys(waiting))}, and record it."
    return "Ask for access, and record the answer."


def _unsupported(one: SourceInUse) -> str:
    if one.has_ended:
        return f"{one.name} was retired"
    if one.is_supported and one.supported_until is not None:
        return f"{one.name} is supported until {one.supported_until:%Y-%m-%d} only"
    return f"{one.name} is not supported{f' by {one.provider}' if one.provider else ''}"


def _supported(one: SourceInUse) -> str:
    until = f" until {one.supported_until:%Y-%m-%d}" if one.supported_until else ""
    return f"{one.name} by {one.provider or 'its provider'}{until}"


def _listed(said: Iterable[str]) -> str:
    parts = list(said)
    more = f"; and {len(parts) - MOST_NAMED} more" if len(parts) > MOST_NAMED else ""
    return f"{'; '.join(parts[:MOST_NAMED])}{more}."


def _and(names: Iterable[str]) -> str:
    parts = list(names)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
