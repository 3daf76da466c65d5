"""The rules of coming in: addresses, links, tokens and their scopes, and how attackers are slowed."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from throughline.core.errors import Reason, Refused
from throughline.core.permissions import SCOPES, VERBS, Actor, may
from throughline.core.text import clean_line

INVITATION_HOLDS = timedelta(days=7)
LINK_HOLDS = timedelta(hours=24)
MAILED_LINK_HOLDS = timedelta(hours=1)
PERSONAL_LINK_HOLDS = timedelta(days=30)
LONGEST_PERSONAL_LINK = timedelta(days=90)
LINK_DOOR = "link"
LONGEST_TOKEN = timedelta(days=366)
TOKEN_PREFIX = "thl_"  # noqa: S105 - what scanners of leaked secrets look for
SHOWN_PREFIX = 12

ATTEMPTS_SINCE = timedelta(minutes=15)
ATTEMPTS_PER_ACCOUNT = 10
ATTEMPTS_PER_PEER = 50
LINKS_PER_ACCOUNT = 3
LONGEST_PASSWORD = 1_000
THEMES = ("system", "light", "dark")

_ADDRESS = re.compile(r"[^@\s<>\"(),:;\[\]\\]{1,64}@[a-z0-9](?:[a-z0-9-]{0,62}\.)*[a-z0-9-]{1,63}")


class TooManyAttempts(Refused):
    """So many sign-ins failed of late that this one was not even looked at."""

    def __init__(self) -> None:
        minutes = int(ATTEMPTS_SINCE.total_seconds() // 60)
        remedy = f"Wait {minutes} minutes, or sign in with a link: an administrator can send you one."
        super().__init__((Reason("Too many sign-ins failed here.", remedy=remedy),))


class TooManyLinks(TooManyAttempts):
    """So many links were asked for of late that no further one is mailed."""

    def __init__(self) -> None:
        minutes = int(ATTEMPTS_SINCE.total_seconds() // 60)
        Refused.__init__(
            self,
            (
                Reason(
                    "Links were asked for several times just now.",
                    remedy=f"Look into your mail, the folder for spam too, or ask again in {minutes} minutes.",
                ),
            ),
        )


def slow_down(*, of_account: int, of_peer: int) -> None:
    """Raises `TooManyAttempts`; the counts include the attempt at hand. The same for accounts that do not exist."""
    if of_account > ATTEMPTS_PER_ACCOUNT or of_peer > ATTEMPTS_PER_PEER:
        raise TooManyAttempts


def slow_down_links(*, of_account: int, of_peer: int) -> None:
    """As `slow_down`, for links that are asked for by mail. Raises `TooManyLinks`."""
    if of_account > LINKS_PER_ACCOUNT or of_peer > ATTEMPTS_PER_PEER:
        raise TooManyLinks


def clean_email(text: str, *, field: str = "email") -> str:
    """In small letters, because mail systems treat them alike and an account must be found again."""
    address = clean_line(text, field=field, max_length=254).lower()
    if not _ADDRESS.fullmatch(address):
        raise Refused.field(
            field, f"“{address}” is not an e-mail address.", "It looks like name@example.org."
        )
    return address


def clean_time_zone(text: str, *, field: str = "time_zone", required: bool = True) -> str:
    name = clean_line(text, field=field, max_length=64, required=required)
    if name and name not in available_timezones():
        raise Refused.field(
            field, f"“{name}” is not a time zone.", "Choose one such as Europe/Berlin or UTC."
        )
    return name


def clean_theme(text: str) -> str:
    if text not in THEMES:
        raise Refused.field("theme", f"“{text[:40]}” is not a theme.", f"Choose one of {', '.join(THEMES)}.")
    return text


def is_domain_allowed(email: str, domains: Iterable[str]) -> bool:
    return email.rpartition("@")[2].lower() in {domain.lower() for domain in domains}


def available_scopes(actor: Actor, program_id: int | None = None) -> frozenset[str]:
    """What a token of theirs could do at most: in one program, or anywhere. Reading is always among it."""
    places = {(grant.program_id, grant.model_id) for grant in actor.grants}
    if program_id is not None:
        places = {place for place in places if place[0] == program_id} or {(program_id, None)}
    found = {
        rule.scope
        for verb, rule in VERBS.items()
        if rule.roles or rule.is_for_admin_only
        for program, model in places | {(program_id, None)}
        if may(actor, verb, program_id=program, model_id=model)
    }
    return frozenset(found | {"read"})


def clean_scopes(scopes: Iterable[str], available: frozenset[str]) -> list[str]:
    """In the order of their reach. Raises `Refused` for unknown ones, for none, and for what the holder may not do."""
    wanted = set(scopes)
    unknown = sorted(wanted - set(SCOPES))
    if unknown:
        raise Refused.field(
            "scopes", f"“{unknown[0][:40]}” is not a scope.", f"Choose from {', '.join(SCOPES)}."
        )
    if not wanted:
        raise Refused.field("scopes", "A token needs at least one scope.", "Choose what it may do.")
    beyond = [scope for scope in SCOPES if scope in wanted - available]
    if beyond:
        own = ", ".join(scope for scope in SCOPES if scope in available)
        raise Refused.field(
            "scopes", f"Here you can give {own}, and not {', '.join(beyond)}.", "Leave it out."
        )
    return [scope for scope in SCOPES if scope in wanted]


def clean_expiry(expires_at: datetime, now: datetime) -> datetime:
    if not now < expires_at <= now + LONGEST_TOKEN:
        raise Refused.field("expires_at", "A token ends after now and within a year.", "Choose such a date.")
    return expires_at


def clean_link_days(days: int) -> int:
    if not 1 <= days <= LONGEST_PERSONAL_LINK.days:
        raise Refused.field("days", f"A personal link holds for 1 to {LONGEST_PERSONAL_LINK.days} days.")
    return days
