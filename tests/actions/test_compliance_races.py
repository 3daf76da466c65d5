"""Two people at one review at once: a finding that comes while it is closed is never lost."""

from functools import partial

import pytest

from tests.actions.test_races import both
from tests.make import World
from throughline.actions import compliance, compliance_findings
from throughline.core.checks import CATALOGUE, Answer
from throughline.core.permissions import AccessRole
from throughline.queries.dossiers import load
from throughline.records.activity import Activity
from throughline.records.compliance import ComplianceReview, Finding

ROUNDS = 15
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_a_grave_finding_raised_while_it_is_closed_keeps_the_gate_closed() -> None:
    world = World()
    rae = world.reviewer()
    for number in range(ROUNDS):
        model = world.later(minutes=1).model(f"Model {number}")
        review = world.ask_review(model, rae)
        outcomes = both(partial(world.close_review, review), partial(world.find, review))
        assert outcomes in (["done", "done"], ["done", "lost_race"], ["done", "refused"])
        if review.findings.exists():
            found = CATALOGUE["compliance.privacy_closed"].answer(load(model, now=world.now), {})
            assert found.answer is Answer.UNMET


def test_two_findings_at_once_are_both_kept_under_their_own_numbers() -> None:
    world = World()
    review = world.ask_review(world.model(), world.reviewer())
    for _ in range(ROUNDS):
        assert both(partial(world.find, review, "low"), partial(world.find, review, "low")) == [
            "done",
            "done",
        ]
    numbers = list(Finding.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 2 * ROUNDS + 1))


def test_two_reviews_of_a_kind_asked_at_once_are_one() -> None:
    world = World()
    rae = world.reviewer()
    for number in range(ROUNDS):
        model = world.later(minutes=1).model(f"Model {number}")
        ask = partial(world.ask_review, model, rae, opened=False)
        assert sorted(both(ask, ask)) == ["done", "refused"]
        assert ComplianceReview.objects.filter(model=model).count() == 1


def test_confirming_and_accepting_at_once_settles_once() -> None:
    world = World()
    rae, amy = world.reviewer(), world.reviewer("Amy", AccessRole.MEMBER)
    review = world.ask_review(world.model(), rae)
    for number in range(1, ROUNDS + 1):
        found = world.find(review, "high", amy)
        place = {"compliance_id": review.pk, "number": found.number, "now": world.now}
        compliance_findings.resolve_finding(actor=world.actor(amy), resolution="Done.", **place)
        confirm = partial(
            compliance_findings.judge_resolution, actor=world.actor(rae), is_confirmed=True, **place
        )
        accept = partial(
            compliance_findings.accept_risk, actor=world.actor(world.leader), reason="Borne.", **place
        )
        outcomes = both(confirm, accept)
        assert outcomes.count("done") == 1, outcomes
        settled = ("compliance.finding_confirmed", "compliance.risk_accepted")
        assert Activity.objects.filter(verb__in=settled).count() == number
    assert compliance.close_review(
        actor=world.actor(rae), compliance_id=review.pk, item=compliance.Closing("passed"), now=world.now
    ).valid_until
