"""Compliance reviews of the sample program: asked for before a gate, with findings that are mended; some go wrong."""

from datetime import date, timedelta
from typing import Any

from throughline.actions import compliance, compliance_findings
from throughline.actions.compliance import Closing, NewReview
from throughline.actions.compliance_findings import NewFinding
from throughline.core.compliance import KINDS, ReviewState, counting
from throughline.core.gates import Verdict
from throughline.core.people import Role
from throughline.project.demo.clock import Script
from throughline.project.demo.course import Course
from throughline.project.demo.models import LOW
from throughline.queries.compliance import review_row
from throughline.queries.dossiers import load
from throughline.queries.portfolio import model_row

# The check that asks for a kind, and who of the cast reviews it.
CHECKS = {
    "privacy.review_closed": "privacy",
    "security.review_closed": "security",
    "compliance.review_closed": "legal",
}
REVIEWERS = {"privacy": "yusuf", "security": "ruth", "legal": "yusuf", "ethics": "yusuf"}
SCOPES = {
    "privacy": "What personal data is in training, in the output and in the logs; who sees it, and until when.",
    "security": "The job’s account, its secrets, the libraries it loads, and who can write where it reads.",
    "legal": "Consumer law, and what the contracts with the providers allow.",
}
# What is found: title, severity, and what its owner does about it.
FOUND = {
    "privacy": (
        ("Training rows are kept without an end", "high", "Deleted after 24 months by the nightly job."),
        ("Names of staff stand in the error log", "medium", "The log has numbers in their place."),
    ),
    "security": (
        ("The job’s account may write more than it needs", "medium", "It may write to its own folder only."),
        (
            "The endpoint answers without a token inside the network",
            "high",
            "It asks for a token, tried from outside.",
        ),
    ),
    "legal": (
        ("The notice to customers does not mention the score", "low", "The notice was changed."),
        ("The provider’s contract does not allow training", "medium", "An amendment is signed."),
    ),
}
WORDS = {
    "privacy": "No personal data beyond what was declared; the retention is set and watched.",
    "security": "Account, secrets and libraries are in order.",
    "legal": "What applies is listed, with where each demand is met.",
}
ENDING_SOON, ENDS_IN_DAYS = "opening", 18


def prepare(life: Course, verdict: Verdict, leave: tuple[str, ...]) -> Script:
    """Whatever review the gate waits for is asked for, made, and closed; with findings on every model of some risk."""
    wanted = [
        CHECKS[one.check]
        for one in verdict.blocking
        if one.check in CHECKS and not one.check.startswith(leave or ("\0",))
    ]
    asked = {kind: ask(life, kind) for kind in wanted}
    if not asked:
        return
    yield life.in_days(0.5)
    for kind, pk in asked.items():
        take_up(life, kind, pk)
    if life.plan.tier is not LOW or len(life.plan.key) % 2:
        yield from findings(life, asked)
    yield life.in_days(0.3)
    for kind, pk in asked.items():
        close(life, kind, pk)


def findings(life: Course, asked: dict[str, int]) -> Script:
    """Raised, resolved by the engineer, confirmed by the reviewer."""
    which = len(life.plan.name) % 2
    raised = {kind: find(life, kind, pk, *FOUND[kind][which][:2]) for kind, pk in asked.items()}
    yield life.in_days(0.6)
    for kind, pk in asked.items():
        resolve(life, kind, pk, raised[kind], FOUND[kind][which][2])


def ask(life: Course, kind: str) -> int:
    """A renewal where there was one before."""
    model = model_row(life.scene.director, life.model_id)
    known = load(model, now=life.scene.now)
    last = counting(known.compliance, kind)
    item = NewReview(
        kind=kind,
        reviewer_id=life.scene.people[REVIEWERS[kind]],
        scope=SCOPES.get(kind, ""),
        due_on=(life.scene.now + timedelta(days=21)).date(),
        renews_id=last.id if last else None,
    )
    return compliance.ask_review(actor=life.manager, model_id=life.model_id, item=item, now=life.scene.now).pk


def take_up(life: Course, kind: str, pk: int) -> None:
    compliance.open_review(actor=life.scene.actor(REVIEWERS[kind]), compliance_id=pk, now=life.scene.now)


def find(life: Course, kind: str, pk: int, title: str, severity: str, *, days: int = 14) -> int:
    """Owned by the data engineer, or by whoever has to answer in their place; returns its number."""
    owner = life.held(Role.DATA_ENGINEER, Role.DATA_SCIENTIST)
    item = NewFinding(
        title=title,
        severity=severity,
        owner_id=owner.person_id,
        due_on=(life.scene.now + timedelta(days=days)).date(),
    )
    reviewer = life.scene.actor(REVIEWERS[kind])
    return compliance_findings.raise_finding(
        actor=reviewer, compliance_id=pk, item=item, now=life.scene.now
    ).number


def resolve(life: Course, kind: str, pk: int, number: int, words: str) -> None:
    row = next(one for one in review_row(life.scene.director, pk).findings.all() if one.number == number)
    assert row.owner_id is not None
    owner = life.scene.actor_of(row.owner_id)
    place: dict[str, Any] = {"compliance_id": pk, "number": number}
    done = compliance_findings.resolve_finding(actor=owner, resolution=words, now=life.scene.now, **place)
    if done.settled_at is None:
        reviewer = life.scene.actor(REVIEWERS[kind])
        compliance_findings.judge_resolution(actor=reviewer, is_confirmed=True, now=life.scene.now, **place)


def close(life: Course, kind: str, pk: int) -> None:
    compliance.close_review(
        actor=life.scene.actor(REVIEWERS[kind]),
        compliance_id=pk,
        item=Closing("passed", words=WORDS[kind], valid_until=_end(life, kind)),
        now=life.scene.now,
    )


def _end(life: Course, kind: str) -> date:
    """A year, as is usual; one of them ends a few weeks from now, so that there is something to renew."""
    if life.plan.key == ENDING_SOON:
        return (life.scene.end + timedelta(days=ENDS_IN_DAYS)).date()
    return (life.scene.now + timedelta(days=KINDS[kind].days)).date()


# ---- what goes wrong


def late_finding(life: Course) -> Script:
    """Months after the review was closed, somebody finds what it missed: the gate of the next update is closed."""
    yield life.ago(8)
    model = model_row(life.scene.director, life.model_id)
    closed = [
        one
        for one in load(model, now=life.scene.now).compliance
        if one.kind == "security" and one.state is ReviewState.CLOSED
    ]
    if closed:
        find(life, "security", closed[-1].id, "A library that it loads has a known hole", "high", days=6)


def overdue(life: Course) -> Script:
    """Asked in time, and not taken up."""
    yield life.ago(40)
    ask(life, "legal")


def under_way(life: Course) -> Script:
    """Taken up, with a finding whose owner says that it is done; the reviewer has not looked yet."""
    yield life.ago(12)
    pk = ask(life, "ethics")
    yield life.ago(9)
    take_up(life, "ethics", pk)
    number = find(life, "ethics", pk, "Older staff get the worse shifts", "high", days=20)
    find(life, "ethics", pk, "Nobody can object to a plan", "medium", days=25)
    yield life.ago(3)
    row = next(one for one in review_row(life.scene.director, pk).findings.all() if one.number == number)
    assert row.owner_id is not None
    compliance_findings.resolve_finding(
        actor=life.scene.actor_of(row.owner_id),
        compliance_id=pk,
        number=number,
        resolution="Age is out of the features; the groups get the same share of evenings.",
        link="https://wiki.example.com/rota/fairness",
        now=life.scene.now,
    )


STORIES = {"fraud": late_finding, "returns": overdue, "rota": under_way}


def wrong(lives: list[Course]) -> list[Script]:
    return [STORIES[life.plan.key](life) for life in lives if life.plan.key in STORIES]
