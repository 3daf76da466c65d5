"""Compliance reviews and their findings: who may do what, when, and that no way round leaves a grave finding unseen."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.make import World
from throughline.actions import compliance, compliance_findings
from throughline.core.checks import CATALOGUE, Answer
from throughline.core.compliance import open_findings
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole, Actor
from throughline.queries import compliance as queries
from throughline.queries.dossiers import load, load_many
from throughline.records.activity import Activity
from throughline.records.compliance import ComplianceReview, Finding
from throughline.records.people import Person
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


@pytest.fixture
def rae(world: World) -> Person:
    return world.reviewer()


@pytest.fixture
def amy(world: World) -> Person:
    made = world.person("Amy")
    world.member(made, AccessRole.MEMBER)
    return made


@pytest.fixture
def review(world: World, model: MLModel, rae: Person) -> ComplianceReview:
    return world.ask_review(model, rae)


def refused(kind: str, call: Callable[[], object], said: str = "") -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.kind == kind, caught.value
    assert said in str(caught.value)
    return caught.value


def answer(world: World, model: MLModel, *, at: Any = None) -> Answer:
    dossier = load(model, now=world.now, as_of=at)
    return CATALOGUE["compliance.privacy_closed"].answer(dossier, {}).answer


def ask(
    world: World, model: MLModel, reviewer_id: int, *, by: Person | None = None, **more: Any
) -> ComplianceReview:
    item = compliance.NewReview(**{"kind": "privacy", "reviewer_id": reviewer_id, **more})
    return compliance.ask_review(
        actor=world.actor(by or world.pm), model_id=model.pk, item=item, now=world.now
    )


def resolve(world: World, one: Finding, by: Person, words: str = "Deleted nightly.", **more: Any) -> Finding:
    return compliance_findings.resolve_finding(
        actor=world.actor(by),
        compliance_id=one.review_id,
        number=one.number,
        resolution=words,
        now=world.now,
        **more,
    )


def judge(world: World, one: Finding, by: Person, *, confirm: bool = True, words: str = "") -> Finding:
    return compliance_findings.judge_resolution(
        actor=world.actor(by), compliance_id=one.review_id, number=one.number, is_confirmed=confirm, words=words,
        now=world.now,
    )  # fmt: skip


def accept(world: World, one: Finding, by: Person, reason: str = "Small and watched.") -> Finding:
    return compliance_findings.accept_risk(
        actor=world.actor(by), compliance_id=one.review_id, number=one.number, reason=reason, now=world.now
    )


def reopen(world: World, one: Finding, by: Person, reason: str = "It is back.") -> Finding:
    return compliance_findings.reopen_finding(
        actor=world.actor(by), compliance_id=one.review_id, number=one.number, reason=reason, now=world.now
    )


def give(world: World, one: Finding, to: Person, *, by: Person | None = None) -> Finding:
    return compliance_findings.change_finding(
        actor=world.actor(by or world.pm), compliance_id=one.review_id, number=one.number, owner_id=to.pk,
        now=world.now,
    )  # fmt: skip


# ---- the review


def test_a_review_is_asked_for_taken_up_and_closed(world: World, model: MLModel, rae: Person) -> None:
    asked = world.ask_review(
        model, rae, opened=False, due_on=world.now.date() + timedelta(days=9), scope="All of it."
    )
    assert (asked.state, asked.reviewer_name, asked.asked_by) == ("asked", "Rae", "Ana")
    opened = compliance.open_review(actor=world.actor(rae), compliance_id=asked.pk, now=world.now)
    closed = world.close_review(opened)
    assert (closed.state, closed.conclusion, closed.closed_by) == ("closed", "passed", "Rae")
    assert closed.valid_until == world.now.date() + timedelta(days=365)
    assert answer(world, model) is Answer.MET
    said = list(
        Activity.objects.filter(verb__startswith="compliance.").values_list("verb", flat=True).order_by("seq")
    )
    assert said == ["compliance.asked", "compliance.opened", "compliance.closed"]


def test_nobody_reviews_what_they_ask_for_by_any_way(
    world: World, model: MLModel, rae: Person, amy: Person, review: ComplianceReview
) -> None:
    refused(
        "invalid", lambda: ask(world, model, world.pm.pk, kind="legal"), "Nobody reviews what they ask for"
    )
    change: dict[str, Any] = {"compliance_id": review.pk, "now": world.now}
    pm, other = world.actor(world.pm), world.actor(amy)
    refused("invalid", lambda: compliance.change_review(actor=pm, reviewer_id=world.pm.pk, **change))
    refused("invalid", lambda: compliance.change_review(actor=other, reviewer_id=amy.pk, **change))
    refused(
        "invalid",
        lambda: compliance.change_review(actor=other, reviewer_id=world.pm.pk, **change),
        "asked for it",
    )
    assert ComplianceReview.objects.get().reviewer == rae


def test_a_reviewer_is_a_person_with_access_to_the_model(world: World, model: MLModel) -> None:
    stranger, viewer = world.person("Stranger"), world.reviewer("Vic", AccessRole.VIEWER)
    gone = world.reviewer("Gone")
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    for one in (stranger.pk, viewer.pk, gone.pk, 10**9):
        refused("invalid", lambda pk=one: ask(world, model, pk), "may not review")


def test_only_its_reviewer_opens_and_closes_it(
    world: World, model: MLModel, rae: Person, amy: Person
) -> None:
    row = world.ask_review(model, rae, opened=False)
    for person in (world.pm, world.leader, amy):
        with pytest.raises(NotAllowed, match="Rae was asked"):
            compliance.open_review(actor=world.actor(person), compliance_id=row.pk, now=world.now)
    compliance.open_review(actor=world.actor(rae), compliance_id=row.pk, now=world.now)
    for person in (world.pm, world.leader, amy):
        with pytest.raises(NotAllowed):
            compliance.close_review(
                actor=world.actor(person),
                compliance_id=row.pk,
                item=compliance.Closing("passed"),
                now=world.now,
            )
    with pytest.raises(Missing):
        compliance.open_review(actor=world.actor(world.person("X")), compliance_id=row.pk, now=world.now)


def test_another_reviewer_begins_anew_and_the_first_may_do_nothing_more(
    world: World, review: ComplianceReview, rae: Person
) -> None:
    sam = world.reviewer("Sam")
    made = compliance.change_review(
        actor=world.actor(world.pm), compliance_id=review.pk, reviewer_id=sam.pk, now=world.now
    )
    assert (made.state, made.reviewer_name, made.opened_at) == ("asked", "Sam", None)
    with pytest.raises(NotAllowed):
        compliance.open_review(actor=world.actor(rae), compliance_id=review.pk, now=world.now)


def test_one_of_a_kind_is_under_way_at_a_time(world: World, model: MLModel, rae: Person, review: Any) -> None:
    refused("refused", lambda: ask(world, model, rae.pk), "was asked of Rae already")
    release = world.release(model)
    assert ask(world, model, rae.pk, release_id=release.pk).release == release
    assert ask(world, model, rae.pk, kind="legal").kind == "legal"


def test_it_is_renewed_by_another_that_names_it(
    world: World, model: MLModel, rae: Person, review: Any
) -> None:
    refused(
        "invalid", lambda: ask(world, model, rae.pk, renews_id=review.pk, kind="legal"), "no closed review"
    )
    world.close_review(review, valid_until=world.now.date() + timedelta(days=10))
    other = world.reviewed(world.model("Other"))
    refused("invalid", lambda: ask(world, model, rae.pk, renews_id=other.pk))
    found = queries.waiting_for(world.actor(world.pm), world.now)
    assert [one.pk for one in found.endings] == [review.pk]
    renewed = world.ask_review(model, rae, renews_id=review.pk)
    assert queries.waiting_for(world.actor(world.pm), world.now).endings == ()
    assert answer(world, model) is Answer.MET
    world.later(days=11)
    assert answer(world, model) is Answer.UNMET
    world.close_review(renewed)
    assert answer(world, model) is Answer.MET
    assert (
        queries.line_of(queries.review_row(world.actor(world.pm), review.pk), world.now).standing
        == "replaced"
    )


def test_it_is_withdrawn_with_a_reason_unless_it_found_something(
    world: World, model: MLModel, rae: Person, amy: Person, review: ComplianceReview
) -> None:
    def withdraw(reason: str = "Dropped.") -> ComplianceReview:
        return compliance.withdraw_review(
            actor=world.actor(world.pm), compliance_id=review.pk, reason=reason, now=world.now
        )

    refused("invalid", lambda: withdraw(" "))
    found = world.find(review, "low", amy)
    refused("refused", withdraw, "open findings")
    resolve(world, found, amy)
    assert withdraw().state == "withdrawn"
    refused("refused", withdraw)
    refused("refused", lambda: world.find(review), "withdrawn")
    refused("refused", lambda: reopen(world, found, world.pm), "withdrawn")


def test_of_a_release_it_keeps_what_was_released(world: World, model: MLModel, rae: Person) -> None:
    release = world.release(model)
    closed = world.close_review(world.ask_review(model, rae, release_id=release.pk))
    assert closed.subject == "churn_scorer version 1"
    dossier, of_release = load(model, now=world.now), {"scope": "release"}
    check = CATALOGUE["compliance.privacy_closed"].answer
    assert check(dossier, of_release).answer is Answer.MET
    type(release).objects.filter(pk=release.pk).update(subject="churn_scorer version 2")
    assert check(load(model, now=world.now), of_release).answer is Answer.UNMET


# ---- findings


def test_a_grave_finding_takes_two_people_and_a_lesser_one_its_owner(
    world: World, review: ComplianceReview, rae: Person, amy: Person
) -> None:
    grave, lesser = world.find(review, "high", amy), world.find(review, "medium", amy)
    assert (grave.number, lesser.number) == (1, 2)
    assert resolve(world, lesser, amy).state == "resolved"
    claimed = resolve(world, grave, amy)
    assert (claimed.state, claimed.resolved_by, claimed.settled_at) == ("open", "Amy", None)
    refused("refused", lambda: world.close_review(review), "high severity")
    refused("refused", lambda: resolve(world, grave, amy), "waits to be confirmed")
    with pytest.raises(NotAllowed):
        judge(world, grave, amy)
    assert judge(world, grave, rae).settled_by == "Rae"
    assert world.close_review(review).conclusion == "passed"


def test_whoever_held_a_finding_never_settles_it(
    world: World, review: ComplianceReview, amy: Person, rae: Person
) -> None:
    ben = world.person("Ben")
    world.member(ben, AccessRole.MANAGER)
    found = give(world, world.find(review, "critical", ben), amy)
    assert found.held_by == sorted([ben.pk, amy.pk])
    refused("refused", lambda: accept(world, found, ben), "held it")
    resolve(world, found, amy)
    refused("refused", lambda: judge(world, found, ben), "held it")
    assert answer(world, review.model) is Answer.UNMET
    settled = judge(world, found, rae)
    refused("refused", lambda: accept(world, settled, world.leader), "resolved already")
    again = reopen(world, settled, rae)
    assert (again.reopens, again.owner, again.number) == (settled, amy, 2)
    refused("refused", lambda: accept(world, again, ben), "held it")


def test_whoever_asked_for_the_review_settles_nothing_of_it(
    world: World, review: ComplianceReview, amy: Person
) -> None:
    found = world.find(review, "high", amy)
    refused("refused", lambda: accept(world, found, world.pm), "You asked for this review")
    resolve(world, found, amy)
    refused("refused", lambda: judge(world, found, world.pm), "You asked for this review")


def test_an_approver_bears_a_risk_with_a_reason_and_the_gate_says_who(
    world: World, review: ComplianceReview, amy: Person, rae: Person
) -> None:
    found = world.find(review, "critical", amy)
    for person in (amy, rae):
        with pytest.raises(NotAllowed):
            accept(world, found, person)
    refused("invalid", lambda: accept(world, found, world.leader, " "))
    assert accept(world, found, world.leader).state == "accepted"
    world.close_review(review)
    dossier = load(review.model, now=world.now)
    said = CATALOGUE["compliance.privacy_closed"].answer(dossier, {}).text
    assert "Li accepted the risk of “Kept for ever”." in said


def test_only_its_owner_resolves_and_a_return_needs_words(
    world: World, review: ComplianceReview, amy: Person, rae: Person
) -> None:
    found = world.find(review, "high", amy)
    for person in (world.pm, rae, world.leader):
        with pytest.raises(NotAllowed, match="Amy owns"):
            resolve(world, found, person)
    refused("refused", lambda: judge(world, found, rae), "has not resolved it")
    refused("invalid", lambda: resolve(world, found, amy, " "))
    refused("invalid", lambda: resolve(world, found, amy, link="javascript:alert(1)"))
    resolve(world, found, amy)
    refused("invalid", lambda: judge(world, found, rae, confirm=False))
    back = judge(world, found, rae, confirm=False, words="The backup has them still.")
    assert (back.state, back.resolution, back.resolved_at, back.reason) == (
        "open", "", None, "The backup has them still.",
    )  # fmt: skip
    assert resolve(world, found, amy, "The backup too.").resolution == "The backup too."


def test_a_late_finding_closes_the_gate_again_and_the_team_may_raise_it(
    world: World, model: MLModel, amy: Person, rae: Person, review: ComplianceReview
) -> None:
    world.close_review(review)
    assert answer(world, model) is Answer.MET
    item = compliance_findings.NewFinding("Birth dates leak", "high")
    late = compliance_findings.raise_finding(
        actor=world.actor(amy), compliance_id=review.pk, item=item, now=world.later(days=1).now
    )
    assert late.owner == world.pm
    assert answer(world, model) is Answer.UNMET
    assert queries.line_of(queries.review_row(world.actor(amy), review.pk), world.now).standing == "blocked"
    outsider = world.reviewer("Other reviewer")
    with pytest.raises(NotAllowed, match="Only the reviewer and the team"):
        compliance_findings.raise_finding(
            actor=world.actor(outsider), compliance_id=review.pk, item=item, now=world.now
        )


def test_a_review_that_nobody_opened_takes_no_findings(world: World, model: MLModel, rae: Person) -> None:
    row = world.ask_review(model, rae, opened=False)
    refused("refused", lambda: world.find(row), "has not been opened")
    refused("refused", lambda: world.close_review(row), "Open it first")


def test_an_owner_works_on_the_model(world: World, review: ComplianceReview) -> None:
    refused(
        "invalid", lambda: world.find(review, owner=world.person("Stranger")), "does not work on this model"
    )
    item = compliance_findings.NewFinding("No owner", "low")
    review.model.assignments.all().delete()
    refused(
        "invalid",
        lambda: compliance_findings.raise_finding(
            actor=world.actor(review.reviewer), compliance_id=review.pk, item=item, now=world.now
        ),
        "Nobody manages this model",
    )


# ---- the past


def test_the_past_is_shown_as_it_was(world: World, model: MLModel, amy: Person, rae: Person) -> None:
    began = world.now
    review = world.ask_review(model, rae)
    world.later(hours=1)
    found = world.find(review, "high", amy)
    world.later(hours=1)
    resolve(world, found, amy)
    world.later(hours=1)
    judge(world, found, rae)
    world.later(hours=1)
    world.close_review(review)
    world.later(hours=1)
    reopen(world, found, rae)

    def then(hours: float) -> Any:
        return load(model, now=world.now, as_of=began + timedelta(hours=hours)).compliance[0]

    assert (then(0.5).state, then(0.5).findings) == ("open", ())
    assert [(one.is_open, one.is_claimed) for one in then(1.5).findings] == [(True, False)]
    assert [(one.is_open, one.is_claimed) for one in then(2.5).findings] == [(True, True)]
    assert [one.is_open for one in then(3.5).findings] == [False]
    assert (then(3.5).state, then(3.5).conclusion, then(4.5).conclusion) == ("open", "", "passed")
    assert answer(world, model, at=began + timedelta(hours=4.5)) is Answer.MET
    assert [one.is_open for one in then(5).findings] == [False, True]
    assert answer(world, model) is Answer.UNMET


def test_the_facts_of_many_models_are_one_statement(world: World, rae: Person) -> None:
    rows = [world.model(f"Model {number}") for number in range(4)]
    for row in rows:
        world.find(world.ask_review(row, rae), "low")
    queries.facts_of([rows[0].pk], world.now)
    with CaptureQueriesContext(connection) as asked:
        assert len(queries.facts_of([row.pk for row in rows], world.now)) == 4
    assert len(asked) == 1
    assert all(len(one.compliance) == 1 for one in load_many(rows, now=world.now).values())


def test_what_changes_is_content_and_what_is_only_asked_is_not(
    world: World, model: MLModel, rae: Person
) -> None:
    before = load(model, now=world.now).fingerprint()
    review = world.ask_review(model, rae)
    assert load(model, now=world.now).fingerprint() == before
    found = world.find(review, "low")
    raised = load(model, now=world.now).fingerprint()
    resolve(world, found, world.pm)
    settled = load(model, now=world.now).fingerprint()
    world.close_review(review)
    assert len({before, raised, settled, load(model, now=world.now).fingerprint()}) == 4


# ---- what comes in


@pytest.mark.parametrize("text", ["a\x00b", "x" * 201, "two\nlines", "\u202etxet", ""])
def test_a_title_is_one_clean_line(world: World, review: ComplianceReview, text: str) -> None:
    refused("invalid", lambda: world.find(review, title=text))
    assert not Finding.objects.exists()


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2020, 1, 1), date(9999, 12, 31)])
def test_days_lie_ahead_and_not_beyond_reason(
    world: World, model: MLModel, rae: Person, review: ComplianceReview, day: date
) -> None:
    refused("invalid", lambda: ask(world, model, rae.pk, kind="legal", due_on=day))
    refused("invalid", lambda: world.find(review, due_on=day))
    refused("invalid", lambda: world.close_review(review, valid_until=day))
    refused(
        "invalid",
        lambda: compliance.change_review(
            actor=world.actor(world.pm), compliance_id=review.pk, due_on=day, now=world.now
        ),
    )
    review.refresh_from_db()
    assert (review.state, review.version) == ("open", 2)


def test_service_accounts_and_strangers_do_none_of_it(world: World, model: MLModel, rae: Person) -> None:
    robot = Person.objects.create(name="Robot", is_service=True, created_at=world.now)
    world.member(robot, AccessRole.MANAGER)
    with pytest.raises(NotAllowed, match="by people"):
        ask(world, model, rae.pk, by=robot)
    row = world.ask_review(model, rae)
    found = world.find(row, "high")
    with pytest.raises(NotAllowed, match="by people"):
        accept(world, found, robot)
    with pytest.raises(Missing):
        accept(world, found, world.person("Stranger"))
    viewer = world.reviewer("Vic", AccessRole.VIEWER)
    with pytest.raises(NotAllowed):
        give(world, found, rae, by=viewer)


def test_a_stale_form_is_refused(world: World, review: ComplianceReview, amy: Person) -> None:
    found = world.find(review, "low", amy)
    refused("stale", lambda: resolve(world, found, amy, expected_version=7))
    item = compliance.Closing("refused", words="No.")
    refused(
        "stale",
        lambda: compliance.close_review(
            actor=world.actor(review.reviewer),
            compliance_id=review.pk,
            item=item,
            expected_version=2,
            now=world.now,
        ),
    )


def test_refusals_stand_in_the_log_of_the_model(world: World, review: ComplianceReview, amy: Person) -> None:
    found = world.find(review, "high", amy)
    refused("refused", lambda: accept(world, found, world.pm))
    entry = Activity.objects.get(verb="compliance.refused")
    assert (entry.model_id, entry.program_id) == (review.model_id, world.program.pk)


# ---- whatever is done, in whatever order


class Acts:
    """Everybody tries everything; what the rules refuse is passed over."""

    def __init__(self, seed: int) -> None:
        self.world, self.dice = World(), random.Random(seed)
        self.model = self.world.model()
        roles = {"Rae": AccessRole.STAKEHOLDER, "Amy": AccessRole.MEMBER, "Ben": AccessRole.MANAGER}
        self.people = [self.world.reviewer(name, role) for name, role in roles.items()]
        self.people += [self.world.pm, self.world.leader]

    def somebody(self, likely: Person | None = None) -> Actor:
        """Mostly whoever may, so that something happens; often enough anybody."""
        is_likely = likely is not None and self.dice.random() < 0.7
        return self.world.actor(likely if is_likely and likely else self.dice.choice(self.people))

    def step(self) -> None:
        deeds = (
            self.ask, self.open, self.open, self.raise_one, self.raise_one, self.resolve, self.resolve, self.resolve,
            self.judge, self.judge, self.judge, self.accept, self.give, self.reopen, self.close, self.close, self.close,
            self.withdraw, self.change,
        )  # fmt: skip
        self.world.later(hours=1)
        try:
            self.dice.choice(deeds)()
        except (Refused, NotAllowed):
            return

    def finding(self, by: str = "") -> dict[str, Any]:
        found = list(
            Finding.objects.filter(review__model=self.model).select_related("review__reviewer", "owner")
        )
        if not found:
            raise Refused.of("Nothing is found yet.")
        ripe = [one for one in found if one.state == "open" and bool(one.resolved_at) is (by == "reviewer")]
        one = self.dice.choice(ripe if ripe and self.dice.random() < 0.8 else found)
        likely = {"owner": one.owner, "reviewer": one.review.reviewer}.get(by)
        place = {"compliance_id": one.review_id, "number": one.number}
        return {"actor": self.somebody(likely), **place, "now": self.world.now}

    def review(self) -> dict[str, Any]:
        rows = list(self.model.compliance_reviews.select_related("reviewer").order_by("pk"))
        if not rows:
            raise Refused.of("Nothing is asked yet.")
        row = rows[-1] if self.dice.random() < 0.7 else self.dice.choice(rows)
        return {"actor": self.somebody(row.reviewer), "compliance_id": row.pk, "now": self.world.now}

    def ask(self) -> None:
        item = compliance.NewReview("privacy", self.dice.choice(self.people).pk)
        compliance.ask_review(
            actor=self.somebody(self.world.pm), model_id=self.model.pk, item=item, now=self.world.now
        )

    def open(self) -> None:
        compliance.open_review(**self.review())

    def change(self) -> None:
        compliance.change_review(reviewer_id=self.dice.choice(self.people).pk, **self.review())

    def raise_one(self) -> None:
        severity = self.dice.choice(["low", "medium", "high", "critical"])
        item = compliance_findings.NewFinding("Found", severity, owner_id=self.dice.choice(self.people).pk)
        compliance_findings.raise_finding(item=item, **self.review())

    def resolve(self) -> None:
        compliance_findings.resolve_finding(resolution="Done.", **self.finding("owner"))

    def judge(self) -> None:
        is_confirmed = self.dice.random() < 0.6
        compliance_findings.judge_resolution(
            is_confirmed=is_confirmed, words="Look.", **self.finding("reviewer")
        )

    def accept(self) -> None:
        compliance_findings.accept_risk(reason="Borne.", **self.finding())

    def give(self) -> None:
        compliance_findings.change_finding(owner_id=self.dice.choice(self.people).pk, **self.finding())

    def reopen(self) -> None:
        compliance_findings.reopen_finding(reason="Back.", **self.finding())

    def close(self) -> None:
        conclusion = self.dice.choice(["passed", "passed", "conditions", "refused"])
        words = "" if conclusion == "passed" else "Said."
        compliance.close_review(item=compliance.Closing(conclusion, words=words), **self.review())

    def withdraw(self) -> None:
        compliance.withdraw_review(reason="Dropped.", **self.review())

    def judged(self) -> None:
        """The check, against what the tables say without any of our rules."""
        dossier = load(self.model, now=self.world.now)
        found = CATALOGUE["compliance.privacy_closed"].answer(dossier, {})
        grave = Finding.objects.filter(review__model=self.model, severity__in=("high", "critical"))
        is_open = grave.filter(settled_at__isnull=True).exists()
        assert bool(open_findings(dossier.compliance)) is is_open
        if is_open:
            assert found.answer is Answer.UNMET
        for one in grave.filter(settled_at__isnull=False):
            by = Activity.objects.filter(
                verb__in=("compliance.finding_confirmed", "compliance.risk_accepted"),
                body__review_id=one.review_id, body__finding=one.number,
            ).get()  # fmt: skip
            assert by.person_id not in (*one.held_by, one.resolver_id, one.review.asker_id)
        for row in ComplianceReview.objects.filter(model=self.model):
            assert row.reviewer_id != row.asker_id
        if found.answer is Answer.MET:
            assert ComplianceReview.objects.filter(
                state="closed", conclusion__in=("passed", "conditions")
            ).exists()


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.integers(0, 10**6))
def test_no_sequence_of_acts_is_met_with_a_grave_finding_open(db: None, seed: int) -> None:
    acts = Acts(seed)
    for _ in range(60):
        acts.step()
        acts.judged()


def test_the_sequences_reach_what_they_are_about(db: None) -> None:
    """Else the property above would hold of nothing."""
    wanted = {
        "asked", "opened", "closed", "withdrawn", "changed", "finding_raised", "finding_resolved", "finding_confirmed",
        "risk_accepted", "finding_reopened", "finding_changed", "refused",
    }  # fmt: skip
    missing = {f"compliance.{verb}" for verb in wanted}
    for seed in range(8):
        acts = Acts(seed)
        for _ in range(60):
            acts.step()
        missing -= set(Activity.objects.values_list("verb", flat=True))
        if not missing:
            break
    assert not missing
