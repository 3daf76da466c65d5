"""The timeline of one model: every change of its record, decision, sign-off, waiver and piece of evidence."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone

from throughline.core.dossier import Dossier
from throughline.core.stages import STAGE_TITLES, MoveKind
from throughline.queries.rows import Decision, Revision, Waiver
from throughline.web.words import FIELD_TITLES, MOVE_ICONS

FIRST, MOST = 40, 300
TONES = {"approved": "met", "declined": "unmet"}


@dataclass(frozen=True)
class Change:
    name: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    id: str
    at: datetime
    icon: str
    tone: str
    text: str
    who: str
    url: str = ""
    detail: str = ""
    changes: tuple[Change, ...] = ()
    door: str = ""

    @property
    def day(self) -> date:
        return timezone.localtime(self.at).date()


def timeline(
    dossier: Dossier,
    revisions: Iterable[Revision],
    decisions: Iterable[Decision],
    waivers: Iterable[Waiver],
    asks: Callable[[str], str],
) -> list[Entry]:
    """Newest first. `asks` is the question of a check."""
    found = [*_revisions(revisions), *_decisions(decisions), *_waivers(waivers, asks), *_facts(dossier, asks)]
    return sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True)


def shown(made: list[Entry], *, everything: bool) -> dict[str, object]:
    """The newest entries, and how many more there are to be shown here or in the export."""
    entries = made[: MOST if everything else FIRST]
    return {
        "entries": entries,
        "more": min(len(made), MOST) - len(entries),
        "hidden": max(len(made) - MOST, 0),
    }


def _revisions(rows: Iterable[Revision]) -> Iterator[Entry]:
    for row in rows:
        changed = {name: pair for name, pair in row.changed.items() if name in FIELD_TITLES}
        is_first = row.number == 1
        if not changed or ("stage" in changed and not is_first):
            continue
        changes = (
            ()
            if is_first
            else tuple(Change(FIELD_TITLES[n], _said(o), _said(w)) for n, (o, w) in changed.items())
        )
        text = "Entered the record" if is_first else "Changed the record"
        yield Entry(
            f"revision-{row.number}",
            row.at,
            "plus" if is_first else "edit",
            "",
            text,
            row.by,
            changes=changes,
        )


def _decisions(rows: Iterable[Decision]) -> Iterator[Entry]:
    for row in rows:
        verb = "Approved" if row.outcome == "approved" else "Declined"
        text = f"{verb}: {MoveKind(row.kind).label.lower()}, {row.from_place} → {row.to_place}"
        who = ", ".join(row.decider_names) or row.requester_name
        url = reverse("decision", args=[row.pk])
        icon = MOVE_ICONS.get(row.kind, "moves")
        yield Entry(
            f"decision-{row.pk}", row.decided_at, icon, TONES.get(row.outcome, ""), text, who, url, row.reason
        )


def _waivers(rows: Iterable[Waiver], asks: Callable[[str], str]) -> Iterator[Entry]:
    for row in rows:
        url = reverse("waiver", args=[row.pk])
        yield Entry(
            f"waiver-{row.pk}",
            row.asked_at,
            "waived",
            "",
            f"Asked to waive “{asks(row.check_id)}”",
            row.asker_name,
            url,
            row.reason,
        )
        if row.decided_at:
            verb = "Declined" if row.state == "declined" else "Granted"
            text = f"{verb} the waiver of “{asks(row.check_id)}”"
            yield Entry(
                f"waiver-{row.pk}-answer",
                row.decided_at,
                "waived",
                "waived",
                text,
                row.decider_name,
                url,
                row.decision_reason,
            )
        if row.revoked_at:
            text = f"Revoked the waiver of “{asks(row.check_id)}”"
            yield Entry(
                f"waiver-{row.pk}-end",
                row.revoked_at,
                "undo",
                "unmet",
                text,
                row.revoked_by,
                url,
                row.revoke_reason,
            )


def _facts(dossier: Dossier, asks: Callable[[str], str]) -> Iterator[Entry]:
    page = f"{reverse('model', args=[dossier.model.id])}?tab="
    for sign_off in dossier.sign_offs:
        url = f"{page}decisions#sign-off-{sign_off.id}"
        text = f"Signed off “{asks(sign_off.check_id)}”"
        yield Entry(
            f"sign-off-{sign_off.id}",
            sign_off.given_at,
            "signature",
            "met",
            text,
            sign_off.name,
            url,
            sign_off.reason,
        )
        if sign_off.void_at:
            said = f"Sign-off became void: “{asks(sign_off.check_id)}”"
            yield Entry(
                f"sign-off-{sign_off.id}-void",
                sign_off.void_at,
                "block",
                "unmet",
                said,
                sign_off.name,
                url,
                sign_off.void_reason,
            )
    if dossier.direction:
        made = dossier.direction
        text = f"Decided the direction: {made.choice.label.lower()}"
        yield Entry(
            f"direction-{made.id}",
            made.at,
            "decision",
            "accent",
            text,
            made.name,
            f"{page}criteria",
            made.reason,
        )
    for fact in dossier.evidence:
        url = f"{page}evidence&all=1#evidence-{fact.id}"
        text = f"Evidence: {fact.key}{f' = {fact.value:g}' if fact.has_number else ''}"
        yield Entry(
            f"evidence-{fact.id}",
            fact.recorded_at,
            "evidence",
            "accent",
            text,
            fact.recorded_by or fact.source,
            url,
            fact.summary,
        )


def _said(value: object) -> str:
    text = str(value or "")
    return STAGE_TITLES.get(text) or (text if len(text) <= 120 else f"{text[:120]}…")  # type: ignore[call-overload]
