"""The sample program comes about by the real actions, looks the same each time, and goes without leaving a row."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import make
from throughline.actions import sample as actions
from throughline.actions.access import change_person, create_sign_in_link
from throughline.actions.personal_links import create_personal_link
from throughline.core.drift_facts import DriftState
from throughline.core.errors import NotAllowed, Refused
from throughline.core.feedback import UNTRIAGED_DAYS
from throughline.core.permissions import Actor
from throughline.core.planning import LearningKind
from throughline.core.prototype import Proof, proof_of
from throughline.core.stages import Stage, Standing
from throughline.core.verdicts import CriterionAnswer
from throughline.project import demo
from throughline.project.demo.clock import Clock, play, working_hours
from throughline.queries import access, installation, sample
from throughline.queries.contracts import lines as contract_lines
from throughline.queries.dossiers import GATHERED, load
from throughline.queries.moves import verdicts
from throughline.queries.outputs import facts_of
from throughline.queries.promises import Board, boards
from throughline.records.access import PersonalLink, SignInLink
from throughline.records.activity import Activity
from throughline.records.contracts import ContractVersion, DataContract
from throughline.records.data_sources import AccessRequest, DataSource, SourceFlow, SourceUse
from throughline.records.evidence import Evidence
from throughline.records.feedback import Feedback
from throughline.records.jobs import Job
from throughline.records.moves import Move, SignOff, Waiver
from throughline.records.outputs import Output, OutputAnswer
from throughline.records.people import Assignment, GapItem, Person
from throughline.records.planning import Direction, Learning
from throughline.records.portfolio import MLModel
from throughline.records.promises import Promise, PromiseAnswer, PromiseRecipient, PromiseVersion, Telling
from throughline.records.specs import ScopeChange, Spec, SpecAnswer, SpecComment
from throughline.records.stakeholders import Contact, Stakeholder
from throughline.worker.kinds import KINDS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
MOST_STATEMENTS = 20  # of a model's page
LOG = ("activity", "chain_head")
TERMINAL = access.system_actor("terminal")
AGREED = (
    Contact, Direction, Feedback, Learning, Output, OutputAnswer, PersonalLink, Promise, PromiseAnswer,
    PromiseRecipient, PromiseVersion, ScopeChange, Spec, SpecAnswer, SpecComment, Stakeholder, Telling,
)  # fmt: skip


def rows() -> dict[str, str]:
    """A digest of each table but the log."""
    found: dict[str, Any] = {}
    for table, line in installation.lines():
        if table not in LOG:
            found.setdefault(table, hashlib.sha256()).update(line.encode())
    return {table: digest.hexdigest() for table, digest in found.items()}


def look_at_the_pages(browser: Client) -> None:
    """Models that have everything cost no more statements than the page may."""
    costs = {}
    for model in MLModel.objects.filter(program__is_sample=True):
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(f"/models/{model.pk}").status_code == 200
        costs[model.name] = len(seen)
    assert len(costs) == 31
    assert {name: cost for name, cost in costs.items() if cost > MOST_STATEMENTS} == {}, costs


def look_at_what_is_gathered() -> None:
    """Asked together, every noun knows the same as when it is asked alone."""
    ids = list(MLModel.objects.values_list("pk", flat=True))
    together = GATHERED(ids, NOW)
    for noun in GATHERED.nouns:
        alone = noun(ids, NOW)
        assert alone, noun
        assert together.all(noun) == alone


@pytest.mark.slow
def test_a_believable_program_comes_about_and_goes_without_a_row_left() -> None:
    world = make.World(now=NOW)
    mine = world.model(name="A real model")
    you = world.person("Ada", is_admin=True)
    browser = Client()
    browser.force_login(you)
    before = rows()
    demo.build(actor=TERMINAL, person_id=you.pk, now=NOW)
    look_at_the_models()
    look_at_what_is_wrong()
    look_at_the_people(you)
    look_at_the_specifications()
    look_at_the_promises()
    look_at_what_was_shown()
    look_at_the_data()
    look_at_the_contracts()
    look_at_the_pages(browser)
    look_at_what_is_gathered()
    marco = Stakeholder.objects.get(model__name="Store demand forecast", part="approver")
    create_personal_link(actor=TERMINAL, stakeholder_id=marco.pk, now=NOW)
    assert [model.__name__ for model in AGREED if not model.objects.exists()] == []
    assert installation.chain().is_whole
    assert Activity.objects.filter(door="sample").count() > 1_000
    gone = actions.remove_sample(actor=TERMINAL, now=NOW)
    assert gone == {"models": 31, "people": 16}
    assert rows() == before
    assert installation.chain().is_whole
    assert MLModel.objects.get() == mine


def look_at_the_models() -> None:
    models = MLModel.objects.filter(program__is_sample=True)
    stages = Counter(models.values_list("stage", flat=True))
    standings = Counter(models.values_list("standing", flat=True))
    assert models.count() == 31
    assert stages.keys() == set(Stage)
    assert min(stages.values()) >= 3
    assert standings == {Standing.ACTIVE: 24, Standing.PAUSED: 2, Standing.STOPPED: 3, Standing.RETIRED: 2}
    assert Counter(Move.objects.values_list("state", flat=True)).keys() == {
        "approved",
        "declined",
        "withdrawn",
        "open",
    }
    first, last = Activity.objects.filter(door="sample").order_by("at")[0], Activity.objects.latest("at")
    assert timedelta(days=500) < last.at - first.at < timedelta(days=600)
    assert last.at <= NOW
    found = verdicts(list(models.select_related("program", "policy")), now=NOW)
    assert {verdict.is_open for verdict in found.values()} == {True, False}


def look_at_what_is_wrong() -> None:
    assert set(Waiver.objects.values_list("state", flat=True)) == {"asked", "granted", "declined", "revoked"}
    assert Waiver.objects.filter(state="granted", until__lt=NOW).exists()
    assert Waiver.objects.filter(state="granted", until__gt=NOW).exists()
    assert SignOff.objects.filter(void_reason__startswith="This changed").count() > 20
    assert SignOff.objects.filter(expires_at__lt=NOW, void_at__isnull=True).count() > 20
    assert GapItem.objects.filter(due_on__lt=NOW.date(), closed_at__isnull=True).exists()
    stuck = MLModel.objects.get(name="Shrinkage detection")
    assert NOW - stuck.stage_since > timedelta(days=260)
    assert Activity.objects.filter(verb="move.refused").exists()
    assert Activity.objects.filter(verb="move.blocked").exists()


def look_at_the_people(you: Person) -> None:
    invented = Person.objects.filter(is_sample=True)
    assert invented.count() == 16
    assert not invented.exclude(email=None).exists()
    assert not any(person.has_usable_password() for person in invented)
    assert len(set(Assignment.objects.filter(person__is_sample=True).values_list("duty", flat=True))) == 12
    yours = access.actor_for(you, door="web", now=NOW)
    assert len(yours.model_ids()) == 7
    waiting = Move.objects.filter(state="open", model_id__in=yours.model_ids()).exclude(requested_by=you)
    assert waiting.count() >= 3


def look_at_the_specifications() -> None:
    assert {"draft", "submitted", "approved", "superseded"} <= set(
        Spec.objects.values_list("state", flat=True)
    )
    assert not SpecAnswer.objects.filter(is_approval=True, person_id=F("spec__author_id")).exists()
    assert set(ScopeChange.objects.values_list("state", flat=True)) == {"asked", "approved", "declined"}
    assert Spec.objects.get(model__name="Store demand forecast", state="approved").number == 3
    assert SpecComment.objects.filter(resolved_at__isnull=True).exists()
    found = {
        one.answer for model in MLModel.objects.filter(stage="prototype") for one in proof(model).verdicts
    }
    assert {CriterionAnswer.MET, CriterionAnswer.NOT_MET} <= found
    assert Evidence.objects.filter(detail__has_key="uncertainty").count() > 60
    turned = proof(MLModel.objects.get(name="Shrinkage detection"))
    assert not turned.is_borne_out
    assert turned.direction is not None
    assert turned.direction.choice == "change"
    assert set(Direction.objects.values_list("choice", flat=True)) == {"continue", "change", "stop"}
    assert set(Learning.objects.values_list("kind", flat=True)) == set(LearningKind)


def look_at_the_promises() -> None:
    found = boards(list(MLModel.objects.values_list("pk", flat=True)), NOW)
    all_drifts = [(board, one) for board in found.values() for one in board.drifts]
    assert {one.state for _, one in all_drifts} == set(DriftState)
    assert any(one.state == "broken" and board.untold(one.promise.id) for board, one in all_drifts)
    assert any(one.state == "at_risk" and board.untold(one.promise.id) for board, one in all_drifts)
    assert any(one.state == "broken" and not board.untold(one.promise.id) for board, one in all_drifts)
    slipped = [one for board, one in all_drifts if board.name == "Search ranking" and one.promise.slip.times]
    assert [one.promise.slip.times for one in slipped] == [2]
    assert not any(d.drift and d.drift.promise.slip.times for d in found[slipped_in(found)].duties)
    assert [board.name for board in found.values() if board.disputes] == ["Returns prediction"]
    assert sum(len(one.promise.acknowledged) for _, one in all_drifts) > 60


def slipped_in(found: dict[int, Board]) -> int:
    return next(pk for pk, board in found.items() if board.name == "Search ranking")


def look_at_what_was_shown() -> None:
    shown = facts_of(list(MLModel.objects.values_list("pk", flat=True)), NOW)
    states = Counter(one.state for shares in shown.values() for one in shares)
    assert states.keys() == {"waiting", "approved", "returned"}
    returned = [one for shares in shown.values() for one in shares if one.state == "returned"]
    assert [(one.timeline_on is not None, one.owes_timeline) for one in returned] == [(True, False)]
    assert Output.objects.filter(kind="sample").exists()
    accepted = Output.objects.filter(purpose="acceptance")
    assert accepted.values("release_id").distinct().count() > 15
    said = Feedback.objects.all()
    assert {"", "data_fix", "work_item", "spec_change", "declined"} == set(
        said.values_list("triage", flat=True)
    )
    assert said.filter(closed_at__isnull=False).exists()
    assert said.filter(triage="", given_at__lt=NOW - timedelta(days=UNTRIAGED_DAYS)).exists()
    rows = Stakeholder.objects.all()
    assert rows.filter(person__isnull=True, is_group=True).count() == rows.count() // 3 == 31
    assert Contact.objects.exists()


def look_at_the_data() -> None:
    rows = DataSource.objects.all()
    assert rows.count() == 29
    assert set(rows.values_list("automation", flat=True)) == {"scheduled", "scripted", "manual", ""}
    assert set(rows.values_list("is_supported", flat=True)) == {True, False, None}
    assert SourceUse.objects.filter(source__name="Sales by store and article").count() == 9
    assert SourceFlow.objects.count() == 4
    asked = AccessRequest.objects.all()
    assert set(asked.values_list("state", flat=True)) == {"asked", "granted", "refused"}
    late = asked.filter(state="asked", due_on__lt=NOW.date())
    assert [one.model.name for one in late] == ["Allergen label reader"]
    assert [one.model.name for one in asked.exclude(granted_until=None)] == ["Online payment screening"]


def look_at_the_contracts() -> None:
    """Those of models that went through the deployment review are in force; one breaking version waits."""
    rows = DataContract.objects.filter(program__is_sample=True)
    assert {one.direction for one in rows} == {"provider", "output"}
    assert not ContractVersion.objects.exclude(published_by__in=Person.objects.values("name")).exists()
    lines = contract_lines(list(rows), NOW)
    assert sum(one.in_force is not None for one in lines) > 15
    assert [(one.row.name, one.in_force and one.in_force.label) for one in lines if one.is_breaking] == [
        ("Shop accounts", "1.0.0")
    ]


def proof(model: MLModel) -> Proof:
    return proof_of(load(model, now=NOW))


def test_a_second_one_is_refused_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PLANS", demo.PLANS[-1:])
    demo.build(actor=TERMINAL, person_id=None, now=NOW)
    before = rows()
    with pytest.raises(Refused):
        demo.build(actor=TERMINAL, person_id=None, now=NOW)
    assert rows() == before


def test_the_same_story_is_told_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PLANS", demo.PLANS[-2:])
    told = []
    for _ in range(2):
        seq = installation.head()[0]
        demo.build(actor=TERMINAL, person_id=None, now=NOW)
        entries = Activity.objects.filter(seq__gt=seq).order_by("seq")
        told.append(list(entries.values_list("at", "actor", "verb")))
        actions.remove_sample(actor=TERMINAL, now=NOW)
    assert told[0] == told[1]
    assert len(told[0]) > 40


def test_when_it_fails_half_way_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows()

    def broken(*_: object) -> Iterator[datetime]:
        yield NOW - timedelta(days=1)
        raise ZeroDivisionError

    monkeypatch.setattr(demo, "_policy", broken)
    monkeypatch.setattr(demo, "PLANS", demo.PLANS[-1:])
    with pytest.raises(ZeroDivisionError):
        demo.build(actor=TERMINAL, person_id=None, now=NOW)
    assert rows() == before


def test_only_an_administrator_asks_for_it_or_removes_it() -> None:
    for act in (actions.request_sample, actions.remove_sample):
        with pytest.raises(NotAllowed):
            act(actor=Actor(None, "Bo", "web"), now=NOW)


def test_nobody_signs_in_as_an_invented_person() -> None:
    person = actions.add_sample_person(actor=TERMINAL, name="Ines", now=NOW)
    with pytest.raises(Refused):
        create_sign_in_link(actor=TERMINAL, person_id=person.pk, now=NOW)
    with pytest.raises(Refused):
        change_person(actor=TERMINAL, person_id=person.pk, email="ines@example.org", is_admin=False, now=NOW)
    assert not SignInLink.objects.exists()


def test_the_worker_makes_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PLANS", demo.PLANS[-1:])
    actions.request_sample(actor=TERMINAL, now=NOW)
    assert sample.is_being_made()
    with pytest.raises(Refused):
        actions.request_sample(actor=TERMINAL, now=NOW)
    job = Job.objects.get()
    KINDS[job.kind](job.payload, NOW)
    assert sample.sample_program() is not None


def test_scripts_take_turns_in_the_order_of_time_and_end_with_the_present() -> None:
    clock, seen = Clock(NOW), []

    def script(name: str, days: list[int]) -> Iterator[datetime]:
        for day in days:
            yield NOW + timedelta(days=day)
            seen.append((name, (clock.now - NOW).days))

    play([script("a", [1, 5, 9]), script("b", [2, 3, 20])], clock, NOW + timedelta(days=10))
    assert seen == [("a", 1), ("b", 2), ("b", 3), ("a", 5), ("a", 9)]


def test_people_work_on_weekdays_by_day() -> None:
    dice = random.Random(1)
    for day in range(60):
        instant = working_hours(NOW + timedelta(days=day), dice)
        assert instant.weekday() < 5
        assert 8 <= instant.hour < 18
