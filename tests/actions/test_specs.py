"""A specification from its first section to its approval, and what may change it afterwards."""

from datetime import timedelta
from typing import Any

import pytest

from tests.actions.test_races import both
from tests.make import World
from throughline.actions import specs
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.people import Role
from throughline.core.permissions import AccessRole
from throughline.queries import spec_approval
from throughline.queries import specs as queries
from throughline.queries.dossiers import load
from throughline.queries.moves import gate_report
from throughline.records.activity import Activity
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.specs import ScopeChange, Spec, SpecComment
from throughline.records.stakeholders import Stakeholder

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def write(
    world: World, model: MLModel, person: Person | None = None, text: str = "Late calls", **more: Any
) -> Spec:
    given = {"section": "problem", "content": {"problem": text}, **more}
    return specs.write_section(
        actor=world.actor(person or world.pm), model_id=model.pk, now=world.now, **given
    )


def drafted(world: World, model: MLModel) -> Spec:
    specs.start_draft(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    return write(world, model)


def submit(world: World, model: MLModel, person: Person | None = None) -> Spec:
    return specs.submit_spec(actor=world.actor(person or world.pm), model_id=model.pk, now=world.now)


def approve(
    world: World, model: MLModel, person: Person | None = None, door: str = "web", seen: str = ""
) -> Spec:
    row = queries.in_work(model)
    return specs.approve_spec(
        actor=world.actor(person or world.leader, door), model_id=model.pk,
        seen=seen or (row.fingerprint if row else ""), now=world.now,
    )  # fmt: skip


def approved(world: World, model: MLModel) -> Spec:
    drafted(world, model)
    submit(world, model)
    return approve(world, model)


def give_back(world: World, model: MLModel, person: Person | None = None) -> Spec:
    return specs.return_spec(
        actor=world.actor(person or world.leader), model_id=model.pk, reason="Unclear.", now=world.now
    )


def comment(world: World, model: MLModel, person: Person | None = None) -> SpecComment:
    return specs.comment_on_section(
        actor=world.actor(person or world.leader),
        model_id=model.pk,
        section="problem",
        text="How late?",
        now=world.now,
    )


def member(world: World, role: AccessRole = AccessRole.MEMBER, name: str = "Mia") -> Person:
    person = world.person(name)
    world.member(person, role)
    return person


def stakeholder(world: World, model: MLModel, person: Person, part: str = "sponsor") -> Stakeholder:
    return Stakeholder.objects.create(
        model=model, person=person, name=person.name, part=part, created_at=world.now, created_by="test"
    )


def test_a_version_is_written_submitted_and_approved_by_somebody_else(world: World) -> None:
    model = world.model()
    drafted(world, model)
    row = submit(world, model)
    assert len(row.fingerprint) == 64
    row = approve(world, model)
    assert (row.state, row.settled_at) == ("approved", world.now)
    verbs = list(
        Activity.objects.filter(verb__startswith="spec.").order_by("seq").values_list("verb", flat=True)
    )
    assert verbs == ["spec.started", "spec.section_written", "spec.submitted", "spec.approved"]
    answer = row.answers.get()
    assert (answer.name, answer.fingerprint, answer.is_approval) == ("Li", row.fingerprint, True)


def test_the_next_version_begins_with_the_approved_one_and_takes_its_place(world: World) -> None:
    model = world.model()
    first = approved(world, model)
    second = specs.start_draft(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    assert (second.number, second.content) == (2, first.content)
    write(world, model, text="Later calls")
    submit(world, model)
    approve(world, model)
    assert list(queries.specs(model).values_list("number", "state")) == [(2, "approved"), (1, "superseded")]


def test_one_version_is_in_work_at_a_time(world: World) -> None:
    model = world.model()
    drafted(world, model)
    with pytest.raises(Refused) as refused:
        specs.start_draft(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    assert refused.value.kind == "lost_race"


def test_what_was_submitted_never_changes(world: World) -> None:
    model = world.model()
    drafted(world, model)
    with pytest.raises(Refused):
        approve(world, model)
    submit(world, model)
    with pytest.raises(Refused, match="was submitted"):
        write(world, model, text="Other")
    approve(world, model)
    with pytest.raises(Refused, match="No version is being written"):
        write(world, model, text="Other")


def test_nothing_is_not_submitted(world: World) -> None:
    model = world.model()
    specs.start_draft(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    with pytest.raises(Refused, match="Nothing is written"):
        submit(world, model)


def test_two_people_in_different_sections_do_not_collide(world: World) -> None:
    model, other = world.model(), member(world)
    row = drafted(world, model)
    write(
        world, model, other, section="ux", content={"ux": "In the desk's list"}, expected_version=row.version
    )
    row = write(world, model, text="Still late", expected_version=row.version)
    assert row.content == {"problem": {"problem": "Still late"}, "ux": {"ux": "In the desk's list"}}


def test_the_second_in_one_section_gets_both_texts_and_nothing_is_lost(world: World) -> None:
    model, other = world.model(), member(world)
    row = drafted(world, model)
    write(world, model, other, text="Mia's words", expected_version=row.version)
    with pytest.raises(Refused) as refused:
        write(world, model, text="Ana's words", expected_version=row.version)
    assert refused.value.kind == "stale"
    assert "Mia changed this section too" in str(refused.value.reasons[0])
    current = refused.value.current
    assert current is not None
    assert current["content"] == {"problem": "Mia's words"}
    row.refresh_from_db()
    assert row.content["problem"]["problem"] == "Mia's words"
    write(world, model, text="Both", expected_version=current["version"])


def test_writing_the_same_again_changes_nothing(world: World) -> None:
    model = world.model()
    row = drafted(world, model)
    before = Activity.objects.count()
    assert write(world, model, expected_version=0).version == row.version
    assert Activity.objects.count() == before


def test_bad_input_is_refused_at_its_field(world: World) -> None:
    model = world.model()
    drafted(world, model)
    with pytest.raises(Refused) as refused:
        write(world, model, content={"problem": "x\0"})
    assert refused.value.reasons[0].field == "problem.problem"
    with pytest.raises(Missing):
        write(world, model, section="king")


@pytest.mark.parametrize("door", ["web", "api", "link"])
def test_neither_author_nor_writer_nor_submitter_approves_by_any_door(world: World, door: str) -> None:
    model = world.model()
    writer, submitter = member(world), member(world, name="Max")
    for person in (world.pm, writer, submitter):
        world.assign(person, Role.LEADER, model)
    drafted(world, model)
    write(world, model, writer, text="Mia's words")
    submit(world, model, submitter)
    for person in (world.pm, writer, submitter):
        with pytest.raises(Refused, match="You wrote or submitted this version"):
            approve(world, model, person, door)
    assert Activity.objects.filter(verb="spec.refused").count() == 3
    assert approve(world, model, world.leader, door).state == "approved"


def test_whose_words_were_returned_does_not_approve_them_in_the_next_version(world: World) -> None:
    model, writer = world.model(), member(world)
    world.assign(writer, Role.LEADER, model)
    drafted(world, model)
    write(world, model, writer, text="Mia's words")
    submit(world, model)
    assert give_back(world, model).number == 2
    submit(world, model)
    with pytest.raises(Refused, match="You wrote or submitted"):
        approve(world, model, writer)


def test_sponsors_approvers_leaders_and_holders_of_the_role_approve_and_nobody_else(world: World) -> None:
    model = world.model()
    sponsor, user, role, plain = (world.person(name) for name in ("Sam", "Uma", "Rob", "Pat"))
    for person in (sponsor, user):
        world.member(person, AccessRole.STAKEHOLDER)
    world.member(role, AccessRole.APPROVER)
    world.member(plain, AccessRole.MEMBER)
    stakeholder(world, model, sponsor)
    stakeholder(world, model, user, "user")
    named = [one.name for one in spec_approval.approvers(model, world.now)]
    assert named == ["Sam", "Li", "Rob"]
    drafted(world, model)
    submit(world, model)
    for person in (user, plain):
        with pytest.raises(NotAllowed, match="This is approved by: Sam, Li, Rob"):
            approve(world, model, person)
    assert approve(world, model, sponsor).answers.get().roles == ["Sponsor"]


def test_a_stakeholder_who_left_or_was_switched_off_does_not_approve(world: World) -> None:
    model, gone, off = world.model(), world.person("Gone"), world.person("Off")
    Stakeholder.objects.filter(pk=stakeholder(world, model, gone).pk).update(ended_at=world.now)
    stakeholder(world, model, off)
    Person.objects.filter(pk=off.pk).update(is_active=False)
    assert [one.name for one in spec_approval.approvers(model, world.now)] == ["Li"]


def test_what_was_not_read_is_not_approved(world: World) -> None:
    model = world.model()
    drafted(world, model)
    submit(world, model)
    with pytest.raises(Refused) as refused:
        approve(world, model, seen="0" * 64)
    assert refused.value.kind == "stale"
    Spec.objects.filter(model=model).update(content={"problem": {"problem": "Something else"}})
    with pytest.raises(Refused, match="not what was submitted"):
        approve(world, model)


def test_open_comments_hold_the_approval_up_until_they_are_settled(world: World) -> None:
    model = world.model()
    drafted(world, model)
    submit(world, model)
    said = comment(world, model)
    with pytest.raises(Refused, match="Comments are open"):
        approve(world, model)
    assert queries.in_work(model).state == "submitted"  # type: ignore[union-attr]
    specs.resolve_comment(actor=world.actor(world.pm), model_id=model.pk, comment_id=said.pk, now=world.now)
    with pytest.raises(Refused, match="settled already"):
        specs.resolve_comment(
            actor=world.actor(world.pm), model_id=model.pk, comment_id=said.pk, now=world.now
        )
    assert approve(world, model).state == "approved"
    with pytest.raises(Refused, match="No version is being written"):
        comment(world, model)


def test_a_comment_is_settled_by_who_said_it_or_writes_and_by_nobody_else(world: World) -> None:
    model, reader = world.model(), member(world, AccessRole.STAKEHOLDER)
    drafted(world, model)
    said = comment(world, model)
    with pytest.raises(NotAllowed):
        specs.resolve_comment(actor=world.actor(reader), model_id=model.pk, comment_id=said.pk, now=world.now)
    other = world.model("Other")
    with pytest.raises(Missing):
        specs.resolve_comment(
            actor=world.actor(world.pm), model_id=other.pk, comment_id=said.pk, now=world.now
        )


def test_a_returned_version_stays_and_the_next_begins_with_its_content_and_open_comments(
    world: World,
) -> None:
    model = world.model()
    drafted(world, model)
    submit(world, model)
    comment(world, model)
    draft = give_back(world, model)
    first = queries.spec_row(model, 1)
    assert (first.state, draft.number, draft.content) == ("returned", 2, first.content)
    assert first.answers.get().reason == "Unclear."
    assert [one.text for one in draft.comments.filter(resolved_at__isnull=True)] == ["How late?"]
    assert first.comments.get().resolved_by == "carried over to version 2"
    with pytest.raises(Refused, match="No version waits"):
        give_back(world, model)


def test_who_may_only_read_returns_nothing(world: World) -> None:
    model, reader = world.model(), member(world, AccessRole.STAKEHOLDER)
    drafted(world, model)
    submit(world, model)
    with pytest.raises(NotAllowed):
        give_back(world, model, reader)
    with pytest.raises(NotAllowed):
        give_back(world, model, member(world, AccessRole.VIEWER))


def test_outsiders_find_nothing_and_viewers_write_nothing(world: World) -> None:
    model = world.model()
    outsider = World(now=world.now)
    with pytest.raises(Missing):
        specs.start_draft(actor=outsider.actor(outsider.pm), model_id=model.pk, now=world.now)
    viewer = member(world, AccessRole.VIEWER)
    with pytest.raises(NotAllowed):
        specs.start_draft(actor=world.actor(viewer), model_id=model.pk, now=world.now)


def ask(world: World, model: MLModel, person: Person | None = None, **more: Any) -> ScopeChange:
    given = {"reason_kind": "new_need", "reason": "Retail too.", "effect_on_scope": "Adds retail.", **more}
    return specs.ask_scope_change(
        actor=world.actor(person or world.pm), model_id=model.pk, now=world.now, **given
    )


def decide(
    world: World, row: ScopeChange, person: Person | None = None, *, is_approval: bool = True
) -> ScopeChange:
    return specs.decide_scope_change(
        actor=world.actor(person or world.leader), model_id=row.model_id, change_id=row.pk, is_approval=is_approval,
        reason="Agreed.", now=world.now,
    )  # fmt: skip


def test_an_approved_change_of_scope_begins_the_next_version_by_its_asker(world: World) -> None:
    model = world.model()
    first = approved(world, model)
    row = decide(world, ask(world, model))
    assert row.next_spec is not None
    assert (row.state, row.next_spec.number, row.next_spec.content) == ("approved", 2, first.content)
    assert row.next_spec.author_name == "Ana"
    assert queries.approved(model) == first


def test_a_second_change_goes_into_the_draft_that_is_there(world: World) -> None:
    model = world.model()
    approved(world, model)
    rows = [ask(world, model), ask(world, model, reason_kind="data_poor")]
    drafts = {decide(world, row).next_spec_id for row in rows}
    assert len(drafts) == 1
    late = ask(world, model)
    submit(world, model)
    with pytest.raises(Refused, match="Version 2 waits for approval"):
        decide(world, late)
    assert decide(world, late, is_approval=False).state == "declined"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reason_kind": "mood"}, "reason_kind"),
        ({"reason": " "}, "reason"),
        ({"effect_on_scope": ""}, "effect_on_scope"),
    ],
)
def test_a_change_without_reason_or_effect_is_refused(world: World, more: dict[str, str], field: str) -> None:
    model = world.model()
    approved(world, model)
    with pytest.raises(Refused) as refused:
        ask(world, model, **more)
    assert refused.value.reasons[0].field == field


def test_without_an_approved_version_there_is_no_scope_to_change(world: World) -> None:
    model = world.model()
    drafted(world, model)
    with pytest.raises(Refused, match="No version is approved"):
        ask(world, model)


def test_nobody_decides_their_own_change_nor_one_already_answered(world: World) -> None:
    model = world.model()
    approved(world, model)
    own = ask(world, model, world.leader)
    with pytest.raises(Refused, match="You asked for this change"):
        decide(world, own)
    row = ask(world, model)
    with pytest.raises(NotAllowed):
        decide(world, row, member(world))
    decide(world, row, is_approval=False)
    with pytest.raises(Refused, match="moment ago"):
        decide(world, row)


def test_a_change_is_withdrawn_by_its_asker_or_a_manager(world: World) -> None:
    model, asker = world.model(), member(world)
    approved(world, model)
    row = ask(world, model, asker)
    with pytest.raises(NotAllowed):
        specs.withdraw_scope_change(
            actor=world.actor(member(world, name="Max")), model_id=model.pk, change_id=row.pk, now=world.now
        )
    given = {"model_id": model.pk, "change_id": row.pk, "now": world.now}
    assert specs.withdraw_scope_change(actor=world.actor(asker), **given).state == "withdrawn"
    with pytest.raises(Refused, match="answered or withdrawn already"):
        specs.withdraw_scope_change(actor=world.actor(world.pm), **given)


def test_those_who_must_be_told_are_the_live_stakeholders(world: World) -> None:
    model = world.model()
    stakeholder(world, model, world.person("Sam"))
    gone = stakeholder(world, model, world.person("Gone"), "user")
    Stakeholder.objects.filter(pk=gone.pk).update(ended_at=world.now)
    assert [one.name for one in queries.to_tell(model)] == ["Sam"]


def test_the_past_knows_the_version_that_was_approved_then(
    world: World, django_assert_num_queries: Any
) -> None:
    model = world.model()
    start = world.now
    drafted(world, model)
    submit(world.later(days=1), model)
    approve(world.later(days=1), model)
    world.later(days=1)
    specs.start_draft(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    write(world, model, text="Later calls")
    submit(world, model)
    approve(world.later(days=1), model)
    seen = {}
    for day in range(6):
        with django_assert_num_queries(1):
            seen[day] = queries.facts_of([model.pk], start + timedelta(days=day - 0.5)).get(model.pk)
    assert seen[0] is None
    assert seen[1].in_work.state == "draft"  # type: ignore[union-attr]
    assert seen[1].in_work.filled == ()  # type: ignore[union-attr]
    assert (seen[2].in_work.number, seen[2].in_work.state, seen[2].approved) == (1, "submitted", None)  # type: ignore[union-attr]
    assert (seen[3].approved.number, seen[3].in_work) == (1, None)  # type: ignore[union-attr]
    assert (seen[4].approved.number, seen[4].in_work.number) == (1, 2)  # type: ignore[union-attr]
    assert (seen[5].approved.number, seen[5].in_work) == (2, None)  # type: ignore[union-attr]


def test_facts_of_many_models_come_in_one_statement(world: World, django_assert_num_queries: Any) -> None:
    models = [world.model(f"Model {number}") for number in range(3)]
    for model in models:
        approved(world, model)
    with django_assert_num_queries(1):
        found = queries.facts_of([model.pk for model in models], world.now)
    assert {facts.approved.number for facts in found.values() if facts.approved} == {1}


def test_approval_voids_the_signature_on_an_older_text_and_leaves_the_rest(world: World) -> None:
    def check(name: str, part: str) -> dict[str, object]:
        return {"id": name, "asks": "Agreed?", "sign_off": {"by": ["leader"], "covers": [part]}}

    world.policy({"conception_to_prototype": [check("spec.agreed", "spec"), check("model.agreed", "model")]})
    model = world.model()
    drafted(world, model)
    submit(world, model)
    for name in ("spec.agreed", "model.agreed"):
        world.sign(model, name)
    approve(world, model)
    assert not any(one.void_at for one in load(model, now=world.now).sign_offs)
    specs.start_draft(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    write(world, model, text="Later calls")
    submit(world, model)
    approve(world, model)
    void = {one.check_id: bool(one.void_at) for one in load(model, now=world.now).sign_offs}
    assert void == {"spec.agreed": True, "model.agreed": False}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_approvers_at_once_one_approves() -> None:
    world = World()
    second = world.person("Kim")
    for number in range(20):
        model = world.model(f"Model {number}")
        world.assign(second, Role.LEADER, model)
        drafted(world, model)
        submit(world, model)
        came = both(lambda m=model: approve(world, m), lambda m=model: approve(world, m, second))  # type: ignore[misc]
        assert came in (["done", "lost_race"], ["done", "refused"])
        assert Spec.objects.get(model=model).answers.count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_writers_at_once_both_are_kept_or_one_is_told() -> None:
    world = World()
    other = member(world)
    for number in range(20):
        model = world.model(f"Model {number}")
        row = drafted(world, model)
        came = both(
            lambda m=model, v=row.version: write(world, m, text="Ana's", expected_version=v),  # type: ignore[misc]
            lambda m=model, v=row.version: write(world, m, other, text="Mia's", expected_version=v),  # type: ignore[misc]
        )
        assert came == ["done", "stale"]
        row.refresh_from_db()
        assert row.content["problem"]["problem"] in ("Ana's", "Mia's")


GATE = "conception_to_prototype"
CONTENT: dict[str, Any] = {
    "problem": {"problem": "Calls come late"},
    "decision": {"decision": "Whom to call"},
    "alternative": {"considered": "A list by contract end", "conclusion": "It misses half"},
    "data": {"sources": [{"source": "CRM"}]},
    "criteria": [
        {"title": "Precision", "metric": "m.p", "baseline": 0.4, "baseline_source": "2025", "target": 0.6},
    ],
}


def test_the_gate_opens_when_the_specification_is_complete_and_approved(world: World) -> None:
    asked: list[object] = [
        {"id": "spec.complete", "with": {"gate": GATE}},
        "spec.approved",
        "spec.criteria_measurable",
        "need.alternative_considered",
    ]
    world.policy({GATE: asked})
    model = world.model()

    def unanswered() -> list[str]:
        report = gate_report(model, now=world.now)
        assert report is not None
        return [finding.check for finding in report.verdict.blocking]

    assert len(unanswered()) == 4
    drafted(world, model)
    for section, content in CONTENT.items():
        write(world, model, section=section, content=content)
    assert len(unanswered()) == 4
    submit(world, model)
    assert unanswered() == ["spec.approved"]
    approve(world, model)
    assert unanswered() == []
    assert world.moved(model).state == "approved"
