"""The words and icons that stand for states on every page, so that colour never speaks alone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

MINUTE, HOUR, DAY = 60, 3600, 86400
MONTH_DAYS, YEAR_DAYS = 30.44, 365.25


@dataclass(frozen=True)
class Mark:
    word: str
    icon: str
    tone: str = ""


STATUSES = {
    "met": Mark("Met", "met", "met"),
    "unmet": Mark("Not met", "unmet", "unmet"),
    "not_met": Mark("Not met", "unmet", "unmet"),
    "inconclusive": Mark("Not settled", "unknown", "unknown"),
    "not_measured": Mark("Not measured", "clock"),
    "unknown": Mark("Unknown", "unknown", "unknown"),
    "not_needed": Mark("Not needed", "not_needed"),
    "not_applicable": Mark("Not applicable", "not_needed"),
    "waived": Mark("Waived", "waived", "waived"),
    "passed": Mark("Passed", "met", "met"),
    "failed": Mark("Failed", "unmet", "unmet"),
    "requested": Mark("Waiting for a decision", "clock", "accent"),
    "open": Mark("Waiting for a decision", "clock", "accent"),
    "approved": Mark("Approved", "met", "met"),
    "declined": Mark("Declined", "unmet", "unmet"),
    "withdrawn": Mark("Withdrawn", "undo"),
    "refused": Mark("Refused", "block", "unmet"),
    "granted": Mark("Granted", "met", "met"),
    "revoked": Mark("Revoked", "undo", "unmet"),
    "expired": Mark("Expired", "clock", "unknown"),
    "valid": Mark("In force", "met", "met"),
    "void": Mark("Void", "block", "unmet"),
    "stale": Mark("Too old", "clock", "unknown"),
    "fresh": Mark("Fresh", "met", "met"),
    "covered": Mark("Covered", "met", "met"),
    "gap": Mark("Nobody", "alert", "unmet"),
    "ready": Mark("Gate open", "gate", "met"),
    "blocked": Mark("Gate closed", "lock", "unmet"),
    "waiting_for_people": Mark("Waiting for people", "clock", "unknown"),
    "asked": Mark("Waiting for an answer", "clock", "accent"),
    "planned": Mark("Planned", "clock", "accent"),
    "released": Mark("In use", "met", "met"),
    "superseded": Mark("Replaced", "history"),
    "draft": Mark("Draft", "edit"),
    "submitted": Mark("Waiting for approval", "clock", "accent"),
    "ok": Mark("Works", "met", "met"),
    "failing": Mark("Failing", "alert", "unmet"),
    "sample": Mark("Sample", "sample"),
    "waiting": Mark("Waiting for answers", "clock", "accent"),
    "returned": Mark("Returned", "send_back", "unmet"),
    "replaced": Mark("Replaced by a newer one", "history"),
    "unanswered": Mark("No answer", "not_needed"),
    "new": Mark("New", "info", "accent"),
    "triaged": Mark("In work", "clock", "accent"),
    "closed": Mark("Closed", "met", "met"),
}
TESTS = {
    "waiting": Mark("Waits for the worker", "clock", "accent"),
    "running": Mark("Running", "clock", "accent"),
    "stopped": Mark("No result", "alert", "unknown"),
    "passed": Mark("Passed", "met", "met"),
    "failed": Mark("Failed", "unmet", "unmet"),
    "unknown": Mark("Not judged", "unknown", "unknown"),
}
CONTRACTS = {
    "in_force": Mark("In force", "met", "met"),
    "waiting": Mark("Waiting for agreement", "clock", "accent"),
    "declined": Mark("Declined", "unmet", "unmet"),
    "none": Mark("Nothing agreed", "unknown", "unknown"),
    "ended": Mark("Ended", "deprecate"),
    "agreed": Mark("Agreed, not begun", "calendar", "accent"),
    "over": Mark("Was in force", "history"),
    "replaced": Mark("Never agreed", "history"),
    "withdrawn": Mark("Withdrawn", "undo"),
    "breaking": Mark("Breaking", "alert", "unmet"),
    "compatible": Mark("Compatible", "met", "met"),
    "note": Mark("Note", "info"),
}
PROMISES = {
    "kept": Mark("Kept", "met", "met"),
    "open": Mark("Open", "clock", "accent"),
    "at_risk": Mark("At risk", "alert", "unknown"),
    "broken": Mark("Broken", "unmet", "unmet"),
    "withdrawn": Mark("Withdrawn", "undo"),
    "timeline": Mark("New timeline", "calendar", "accent"),
    "new": Mark("New", "info", "accent"),
    "changed": Mark("Changed", "edit", "accent"),
    "touched": Mark("Specification changed", "file", "accent"),
    "acknowledged": Mark("Acknowledged", "met", "met"),
    "disputed": Mark("Disputes it", "alert", "unmet"),
    "unanswered": Mark("No answer yet", "clock"),
}
ACCESS = {
    "waiting": Mark("Waiting for an answer", "clock", "accent"),
    "overdue": Mark("Answer overdue", "alert", "unmet"),
    "holds": Mark("Granted", "met", "met"),
    "ends_soon": Mark("Ends soon", "clock", "unknown"),
    "ended": Mark("Grant has ended", "unmet", "unmet"),
    "refused": Mark("Refused", "block", "unmet"),
    "withdrawn": Mark("Withdrawn", "undo"),
    "revoked": Mark("Revoked", "undo", "unmet"),
}
ASSESSMENTS = {
    "waiting": Mark("Waits for a worker", "clock", "accent"),
    "running": Mark("Being read", "clock", "accent"),
    "done": Mark("Not judged yet", "eye", "unknown"),
    "stopped": Mark("Stopped", "block", "unmet"),
    "accepted": Mark("Accepted", "met", "met"),
    "rejected": Mark("Rejected", "unmet", "unmet"),
}
SENSITIVITIES = {
    "public": Mark("Public", "eye"),
    "internal": Mark("Internal", "people"),
    "confidential": Mark("Confidential", "key"),
    "restricted": Mark("Restricted", "lock"),
}
STANDINGS = {
    "active": Mark("Active", "active", "met"),
    "paused": Mark("Paused", "pause", "unknown"),
    "stopped": Mark("Stopped", "stop"),
    "retired": Mark("Retired", "deprecate"),
}
HEALTH_MARKS = {
    "new": Mark("Not asked yet", "clock", "accent"),
    "working": Mark("Works", "met", "met"),
    "failing": Mark("Failing", "alert", "unmet"),
    "disabled": Mark("Switched off", "pause"),
}
TIERS = {
    "low": Mark("Low risk", "tier_low"),
    "medium": Mark("Medium risk", "tier_medium"),
    "high": Mark("High risk", "tier_high"),
}


MOVE_ICONS = {
    "advance": "advance",
    "send_back": "send_back",
    "pause": "pause",
    "resume": "resume",
    "stop": "stop",
    "deprecate": "deprecate",
    "retire": "retire",
    "reinstate": "reinstate",
    "update": "release",
}
FIELD_TITLES = {
    "name": "Name",
    "summary": "What it is for",
    "external_id": "External id",
    "risk_tier": "Risk tier",
    "scoring": "Scoring",
    "team": "Team",
    "unit": "Unit",
    "stage": "Stage",
    "standing": "Standing",
}


def mark(table: dict[str, Mark], key: object) -> Mark:
    """A key that nobody has given words yet is shown as it is, with a neutral icon."""
    name = str(key or "")
    return table.get(name) or Mark(name.replace("_", " ").capitalize() or "Not set", "not_needed")


def relative(instant: datetime, now: datetime) -> str:
    """`3 days ago`, `in 2 hours`, `just now`."""
    seconds = (now - instant).total_seconds()
    span = abs(seconds)
    if span < MINUTE:
        return "just now" if seconds >= 0 else "in a moment"
    return _told(_span(span), is_past=seconds > 0)


def relative_day(day: date, today: date) -> str:
    days = (today - day).days
    named = {0: "today", 1: "yesterday", -1: "tomorrow"}
    return named.get(days) or _told(_span(abs(days) * DAY), is_past=days > 0)


def lasted(span: timedelta) -> str:
    """`12 days`; less than one day is `today`."""
    return "today" if span < timedelta(days=1) else _span(span.total_seconds())


def initials(name: str) -> str:
    words = [word for word in name.replace(".", " ").replace("-", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def hue(name: str) -> int:
    """One of five, always the same for the same name."""
    return sum(map(ord, name)) % 5


def _told(span: str, *, is_past: bool) -> str:
    return f"{span} ago" if is_past else f"in {span}"


def _span(seconds: float) -> str:
    days = seconds / DAY
    if days >= 2 * YEAR_DAYS:
        return _count(days / YEAR_DAYS, "year")
    if days >= 3 * MONTH_DAYS:
        return _count(days / MONTH_DAYS, "month")
    if days >= 1:
        return _count(days, "day")
    return _count(seconds / HOUR, "hour") if seconds >= HOUR else _count(seconds / MINUTE, "minute")


def _count(number: float, unit: str) -> str:
    whole = int(number)
    return f"{whole} {unit}" if whole == 1 else f"{whole} {unit}s"
