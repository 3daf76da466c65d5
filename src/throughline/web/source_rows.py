"""Data sources made ready to be read: in a list, on their own page, and on the page of a model that uses them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from throughline.core.access_requests import AccessRequest, AccessStanding
from throughline.core.data_sources import AUTOMATION_TITLES, Automation, SourceInUse
from throughline.core.dossier import Dossier
from throughline.core.permissions import may
from throughline.queries.rows import DataSource, MLModel
from throughline.web.routes import PageRequest
from throughline.web.words import Mark, lasted, relative_day

AUTOMATIONS: Mapping[str, Mark] = {
    Automation.SCHEDULED: Mark("On a schedule", "met", "met"),
    Automation.SCRIPTED: Mark("By a script", "clock", "unknown"),
    Automation.MANUAL: Mark("By hand", "alert", "unmet"),
    "": Mark("Refresh not known", "unknown", "unknown"),
}


@dataclass(frozen=True)
class Line:
    """One source at a glance."""

    row: DataSource
    automation: Mark
    support: Mark
    lacks: str


@dataclass(frozen=True)
class AccessLine:
    """One request with its state and age in words."""

    request: AccessRequest
    standing: AccessStanding
    said: str


@dataclass(frozen=True)
class Used:
    """One source as a model uses it, with the access that counts and what was asked for since."""

    source: SourceInUse
    automation: Mark
    support: Mark
    lines: tuple[AccessLine, ...]
    is_readable: bool
    may_ask: bool


def line(row: DataSource, today: date) -> Line:
    lacks = [what for what, said in (("provider", row.provider), ("owner", row.owner_id)) if not said]
    return Line(
        row,
        AUTOMATIONS.get(row.automation, AUTOMATIONS[""]),
        support(row.is_supported, row.supported_until, today),
        f"No {' and no '.join(lacks)} named" if lacks else "",
    )


def support(is_supported: bool | None, until: date | None, today: date) -> Mark:
    if is_supported is None:
        return Mark("Support not known", "unknown", "unknown")
    if not is_supported:
        return Mark("Not supported", "unmet", "unmet")
    if until is None:
        return Mark("Supported", "met", "met")
    if until < today:
        return Mark(f"Support ended {relative_day(until, today)}", "unmet", "unmet")
    return Mark(f"Supported until {until:%-d %b %Y}", "met", "met")


def tab(request: PageRequest, model: MLModel, dossier: Dossier, *, is_past: bool) -> dict[str, object]:
    """What the part about data shows of a model's sources; nothing is read that the dossier does not hold."""
    today = dossier.at.astimezone(ZoneInfo(model.program.time_zone)).date()
    place = {"program_id": model.program_id, "model_id": model.pk}
    is_change = not is_past and may(request.actor, "source.change", **place)
    used = [_used(one, today, dossier.at, may_ask=is_change) for one in dossier.sources]
    overdue = [
        (one.source, access)
        for one in used
        for access in one.lines
        if access.standing is AccessStanding.OVERDUE
    ]
    return {
        "sources": used,
        "overdue_access": overdue,
        "without_access": [one for one in used if not one.is_readable],
        "may_change_sources": is_change,
    }


def _used(one: SourceInUse, today: date, now: datetime, *, may_ask: bool) -> Used:
    newest = sorted(one.requests, key=lambda request: -request.id)
    lines = tuple(access_line(request, today, now) for request in newest)
    is_waiting = any(line.standing in (AccessStanding.WAITING, AccessStanding.OVERDUE) for line in lines)
    is_sure = bool(lines) and lines[0].standing is AccessStanding.HOLDS
    return Used(
        one,
        AUTOMATIONS.get(one.automation, AUTOMATIONS[""]),
        support(one.is_supported, one.supported_until, today),
        lines,
        one.may_be_read_on(today),
        may_ask and one.needs_grant and not is_waiting and not is_sure and not one.has_ended,
    )


def access_line(request: AccessRequest, today: date, now: datetime) -> AccessLine:
    standing = request.standing_on(today)
    return AccessLine(request, standing, _said(request, standing, today, now))


def _said(request: AccessRequest, standing: AccessStanding, today: date, now: datetime) -> str:
    waited = lasted(request.waited_until(now))
    until = request.granted_until
    if standing is AccessStanding.OVERDUE:
        return f"asked of {request.sent_to}, waiting {_for(waited)}, was due {relative_day(request.due_on, today)}"
    if standing is AccessStanding.WAITING:
        return (
            f"asked of {request.sent_to}, waiting {_for(waited)}, due {relative_day(request.due_on, today)}"
        )
    if standing is AccessStanding.HOLDS:
        return f"until {until:%-d %b %Y}" if until else "without an end"
    if standing is AccessStanding.ENDS_SOON and until:
        return f"the last day is {until:%-d %b %Y}, {relative_day(until, today)}"
    if standing is AccessStanding.ENDED and until:
        return f"the last day was {until:%-d %b %Y}, {relative_day(until, today)}"
    return f"by {request.sent_to}" if standing is AccessStanding.REFUSED else ""


def _for(waited: str) -> str:
    return "since today" if waited == "today" else f"for {waited}"


def automation_title(key: str) -> str:
    return AUTOMATION_TITLES.get(key, "Not known yet")


def tab_url(model_id: int) -> str:
    return f"{reverse('model', args=[model_id])}?tab=data"
