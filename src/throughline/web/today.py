"""Today: what needs this person now, across all models, in order of urgency."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from throughline.core.access_requests import AccessStanding
from throughline.core.feedback import overdue
from throughline.core.people import DUTY_TITLES
from throughline.core.planning import CHOICE_TITLES, Choice
from throughline.core.promises import PromiseKind
from throughline.core.stages import MoveKind, Stage
from throughline.core.tellings import Duty
from throughline.queries import access_requests, planning
from throughline.queries import today as queries
from throughline.queries.promises import Board
from throughline.queries.today import Today, Turn
from throughline.web import compliance_tasks, engagement, source_rows
from throughline.web.findings import gate_title
from throughline.web.markdown import to_text
from throughline.web.routes import PageRequest, page, show
from throughline.web.tasks import Task
from throughline.web.words import MOVE_ICONS, PROMISES, lasted, relative, relative_day

MOST_TURNS = 25
MOST_OVERDUE = 10
URGENT = ("broken", "at_risk", "withdrawn")
LOOK_AHEAD = timedelta(days=7)


@page("self.use", at="person")
def today(request: PageRequest) -> HttpResponse:
    found = queries.for_person(request.actor, now=request.now)
    context = {
        "today": found,
        "date": timezone.localtime(request.now).date(),
        "decide": [
            *_moves(found, request.now),
            *_waivers(found, request.now),
            *_outputs(found, request.now),
            *_promised(found, request.now),
            *_specifications(found, request.now),
            *_contracts(found, request.now),
            *compliance_tasks.to_decide(found.reviews, request.now),
            *_labels(found, request.now),
        ],
        "owed": [
            *_timelines(found, request.now),
            *_feedback(found, request.now),
            *_overdue(found, request.now),
        ],
        "reviews": list(compliance_tasks.to_mend(found.reviews, request.now)),
        "surprises": _surprises(found, request.now),
        "access": list(_access(found, request.now)),
        "gaps": list(_gaps(found, timezone.localtime(request.now).date())),
        "looks": list(_looks(found, timezone.localtime(request.now).date())),
        "turns": list(_turns(found))[:MOST_TURNS],
        "hidden_turns": max(len(found.turns) - MOST_TURNS, 0),
        "endings": [
            *_endings(found, request.now),
            *compliance_tasks.endings(found.reviews, request.now),
        ],
        "waiting": list(_waiting(found, request.now)),
    }
    return show(request, "today/page.html", context)


def _moves(found: Today, now: datetime) -> Iterable[Task]:
    for move in found.to_decide:
        title = f"{MoveKind(move.kind).label}: {move.model.name}"
        text = f"{move.requester_name} asks to go to {Stage(move.to_stage).label}. “{_short(move.reason)}”"
        due = f"asked {relative(move.requested_at, now)}"
        yield Task(
            MOVE_ICONS.get(move.kind, "moves"), title, reverse("move", args=[move.pk]), text, due, "accent"
        )


def _waivers(found: Today, now: datetime) -> Iterable[Task]:
    for asked in found.to_waive:
        waiver = asked.waiver
        text = f"{waiver.asker_name} asks to set “{asked.asks}” aside. “{_short(waiver.reason)}”"
        due = f"asked {relative(waiver.asked_at, now)}"
        yield Task(
            "waived", f"Waiver: {waiver.model.name}", reverse("waiver", args=[waiver.pk]), text, due, "waived"
        )


def _outputs(found: Today, now: datetime) -> Iterable[Task]:
    """What this person was shown and has not answered; once for each share, whatever they were asked as."""
    asked = {one.output_id: one for one in found.to_answer}
    for ask in asked.values():
        output = ask.output
        text = f"{output.sharer_name} shows “{_short(output.title)}” and asks whether it is right."
        url = reverse("output", args=[output.pk])
        yield Task("eye", output.model.name, url, text, f"asked {relative(ask.asked_at, now)}", "accent")


def _promised(found: Today, now: datetime) -> Iterable[Task]:
    """What this person was promised and has not answered; their own page asks it in one tap."""
    for said in found.promised:
        promise = said.promise
        by = f" By {said.due_on:%-d %b %Y}." if said.due_on else ""
        text = f"{said.giver_name} promises: “{_short(said.statement)}”{by}"
        title = f"{promise.model.name}: {PromiseKind(promise.kind).label.lower()}"
        due = f"{'promised' if said.number == 1 else 'changed'} {relative(said.given_at, now)}"
        yield Task("promises", title, f"{reverse('my')}#promise-{promise.pk}", text, due, "accent")


def _labels(found: Today, now: datetime) -> Iterable[Task]:
    """Audits in which this person was invited to label and is not through."""
    for one in found.to_label:
        audit = one.audit
        text = f"{one.invited_by} asks you to label items anew, without seeing the old labels."
        url, due = reverse("labelling", args=[audit.pk]), f"invited {relative(one.invited_at, now)}"
        yield Task("sample", f"{audit.model.name}: {_short(audit.name)}", url, text, due, "accent")


def _timelines(found: Today, now: datetime) -> Iterable[Task]:
    for output in found.timelines:
        text = "Say when they can expect it now; everybody who was asked is waiting for a new date."
        title = f"{output.model.name}: “{_short(output.title)}” was returned"
        due = f"shown {relative(output.shared_at, now)}"
        yield Task("send_back", title, reverse("output", args=[output.pk]), text, due, "unmet")


def _feedback(found: Today, now: datetime) -> Iterable[Task]:
    for row in found.feedback:
        late = overdue(row.given_at, row.triage, row.closed_at, now)
        title = f"{row.model.name}: feedback from {row.giver_name}"
        url, due = reverse("feedback", args=[row.pk]), f"given {relative(row.given_at, now)}"
        yield Task("mail", title, url, _short(row.text), due, "unknown" if late else "")


def _overdue(found: Today, now: datetime) -> Iterable[Task]:
    """With whom nobody was in touch for longer than was agreed, the longest first."""
    for one in found.overdue[:MOST_OVERDUE]:
        said = engagement.line(one, now)
        title = f"Get in touch with {one.row.name}: {one.row.model.name}"
        yield Task(
            "review", title, reverse("stakeholder", args=[one.row.pk]), said.said.capitalize(), said.due
        )


def _access(found: Today, now: datetime) -> Iterable[Task]:
    """Late answers first, then grants that ended or soon will."""
    tones = {AccessStanding.OVERDUE: "unmet", AccessStanding.ENDED: "unmet"}
    for one in found.access:
        row, day = one.row, access_requests.today_of(one.row, now)
        line = source_rows.access_line(one.fact, day, now)
        until = one.fact.granted_until
        is_late = one.standing is AccessStanding.OVERDUE
        due = row.due_on if is_late or until is None else until
        title = f"{'Chase access to' if is_late else 'Renew access to'} {row.source.name}: {row.model.name}"
        url = reverse("access_request", args=[row.pk])
        ended = "ended" if due < day else "ends"
        said = f"{'due' if is_late else ended} {relative_day(due, day)}"
        yield Task("key", title, url, _sentence(line.said), said, tones.get(one.standing, "unknown"))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _surprises(found: Today, now: datetime) -> list[Task]:
    """Who disputes what they were promised, and who has not been told, once for each model and cause; the worst
    first."""
    disputes = [
        Task(
            "alert",
            f"{answer.name} disputes a promise: {board.name}",
            reverse("promise", args=[one.promise.id]),
            f"“{_short(answer.words)}”",
            relative(answer.at, now),
            "unmet",
        )
        for board in found.untold
        for one, answer in board.disputes
    ]
    owed = [(board, duties) for board in found.untold for duties in board.causes]
    owed.sort(key=lambda one: URGENT.index(one[1][0].state) if one[1][0].state in URGENT else len(URGENT))
    return [*disputes, *(_untold(board, duties) for board, duties in owed)]


def _untold(board: Board, duties: tuple[Duty, ...]) -> Task:
    first = duties[0]
    names = ", ".join(duty.name for duty in duties[:3])
    more = f" and {len(duties) - 3} more" if len(duties) > 3 else ""
    url = f"{reverse('tell', args=[board.model_id])}?{urlencode({'cause': first.cause})}"
    tone = {"broken": "unmet", "at_risk": "unknown"}.get(first.state, "")
    title, text = f"Tell {names}{more}: {board.name}", f"{first.title}: {first.reason}"
    return Task("bell", title, url, text, PROMISES[first.state].word, tone)


def _specifications(found: Today, now: datetime) -> Iterable[Task]:
    """Versions that wait for approval, and changes of scope that somebody else asked for."""
    for spec in found.to_approve.specs:
        asked = spec.submitted_at or spec.changed_at
        text = f"Version {spec.number} of the specification waits for your approval."
        url = f"{reverse('model', args=[spec.model_id])}?tab=spec"
        due = f"submitted {relative(asked, now)}"
        yield Task("file", f"Specification: {spec.model.name}", url, text, due, "accent")
    for change in found.to_approve.changes:
        text = f"{change.asker_name} asks for it. “{_short(change.reason)}”"
        url = reverse("scope_change", args=[change.model_id, change.pk])
        due = f"asked {relative(change.asked_at, now)}"
        yield Task("edit", f"Change of scope: {change.model.name}", url, text, due, "accent")


def _contracts(found: Today, now: datetime) -> Iterable[Task]:
    """Versions of contracts that wait for this person's answer, or that consumers of their model have not answered."""
    for one in found.contracts:
        version = one.version
        names = ", ".join(party.name for party in one.parties[:3])
        title = f"{one.row.name} {version.title}{' breaks something' if version.is_breaking else ''}"
        if one.is_own:
            text = f"A version of the contract waits for agreement: {names}."
        else:
            text = f"Those who use the output have not answered: {names}."
        due = f"published {relative(version.published_at, now)}"
        url = f"{reverse('contract', args=[one.row.pk])}?version={version.number}"
        yield Task("signature", title, url, text, due, "unmet" if version.is_breaking else "accent")


def _gaps(found: Today, day: date) -> Iterable[Task]:
    for item in found.gap_items:
        place = item.model.name if item.model else item.program.name
        is_late = queries.is_overdue(item, day)
        due = f"{'overdue, ' if is_late else ''}due {relative_day(item.due_on, day)}"
        url = (
            reverse("model", args=[item.model_id]) + "?tab=people" if item.model_id else reverse("portfolio")
        )
        title = f"Find a {DUTY_TITLES.get(item.duty, item.duty).lower()}: {place}"
        yield Task("people", title, url, item.note, due, "unmet" if is_late else "unknown")


def _looks(found: Today, day: date) -> Iterable[Task]:
    """Prototypes whose direction was decided, and whose next look is due within a week; one statement."""
    ids = [model.pk for model in found.own_models]
    for row in planning.looks_due(ids, day + LOOK_AHEAD):
        assert row.next_look_on is not None
        is_late = row.next_look_on < day
        due = f"{'overdue, ' if is_late else ''}due {relative_day(row.next_look_on, day)}"
        url = f"{reverse('model', args=[row.model_id])}?tab=criteria"
        text = f"“{CHOICE_TITLES[Choice(row.choice)]}” was decided by {row.name}. “{_short(row.reason)}”"
        yield Task("eye", f"Look again: {row.model.name}", url, text, due, "unmet" if is_late else "unknown")


def _turns(found: Today) -> Iterable[Task]:
    """One line for each model; a single signature leads to where it is given."""
    by_model: dict[int, list[Turn]] = {}
    for turn in found.turns:
        by_model.setdefault(turn.model.pk, []).append(turn)
    for pk, turns in by_model.items():
        first = turns[0].finding
        url = f"{reverse('model', args=[pk])}#gate"
        if len(turns) == 1 and first.is_sign_off:
            url = f"{reverse('sign_off', args=[pk])}?{urlencode({'check': first.check})}"
        questions = " ".join(turn.finding.asks for turn in turns[:3])
        more = f" And {len(turns) - 3} more." if len(turns) > 3 else ""
        due = f"{len(turns)} {'check' if len(turns) == 1 else 'checks'} · {gate_title(turns[0].gate)}"
        yield Task(
            "signature" if first.is_sign_off else "gate", turns[0].model.name, url, questions + more, due
        )


def _endings(found: Today, now: datetime) -> Iterable[Task]:
    for ending in found.endings:
        page_url = reverse("model", args=[ending.model.pk])
        url = (
            reverse("waiver", args=[ending.number])
            if ending.kind == "waiver"
            else f"{page_url}?tab=decisions"
        )
        title = f"The {ending.kind} of “{ending.asks}” ends"
        yield Task("clock", title, url, ending.model.name, relative(ending.at, now), "unknown")


def _waiting(found: Today, now: datetime) -> Iterable[Task]:
    for move in found.waiting_on_others:
        title = f"{MoveKind(move.kind).label}: {move.model.name}"
        waited = lasted(now - move.requested_at)
        yield Task(
            "clock",
            title,
            reverse("move", args=[move.pk]),
            "You asked; the deciders have not all answered.",
            f"waiting {waited}",
        )


def _short(text: str) -> str:
    line = to_text(text)
    return line if len(line) <= 140 else f"{line[:139]}…"
