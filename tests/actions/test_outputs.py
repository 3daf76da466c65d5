"""Output shown to stakeholders: who may answer, what an answer is bound to, and what a return obliges to."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.make import World
from throughline.actions import outputs
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.outputs import OutputState, Purpose, SharedOutput, timeline_cause
from throughline.core.permissions import AccessRole
from throughline.queries import outputs as queries
from throughline.queries.dossiers import load
from throughline.queries.moves import gate_report
from throughline.records.activity import Activity
from throughline.records.evidence import Attachment
from throughline.records.outputs import Output, OutputAnswer
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.promises import Telling
from throughline.records.stakeholders import Stakeholder

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings: LazySettings, tmp_path: Path) -> World:
    settings.ATTACHMENTS_DIR = tmp_path
    return World()


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


@pytest.fixture
def lea(world: World) -> Person:
    return world.person("Lea")


@pytest.fixture
def approver(world: World, model: MLModel, lea: Person) -> Stakeholder:
    return world.stakeholder(model, lea)


def fact(world: World, output: Output) -> SharedOutput:
    return queries.share_of(queries.output_row(world.actor(world.pm), output.pk), world.now).fact


def tell(world: World, output: Output, *stakeholders: Stakeholder) -> None:
    """As the promises' telling does."""
    for one in stakeholders:
        Telling.objects.create(
            model=output.model, stakeholder=one, cause=timeline_cause(output.pk), subject="S", words="W", how="page",
            teller_name="Ana", told_at=world.now,
        )  # fmt: skip


def set_timeline(world: World, output: Output, **more: Any) -> Output:
    given = {"on": world.now.date() + timedelta(days=14), "note": "The join is mended.", **more}
    return outputs.update_timeline(actor=world.actor(world.pm), output_id=output.pk, now=world.now, **given)


def refused(kind: str, call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.kind == kind, caught.value
    return caught.value


def test_returned_timeline_told_shown_again_approved(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    user = world.stakeholder(model, part="user", name="The desk")
    first = world.share(model, approver, user)
    assert fact(world, first).state is OutputState.WAITING
    world.later(days=1).answer(first, lea, "The top ten are missing.")
    returned = fact(world, first)
    assert (returned.state, returned.owes_timeline) == (OutputState.RETURNED, True)
    set_timeline(world, first)
    assert [one.name for one in fact(world, first).untold] == ["Lea", "The desk"]
    tell(world, first, approver, user)
    assert not fact(world, first).owes_timeline
    second = world.later(days=1).share(model, user, title="Week 10")
    assert set(second.answers.values_list("stakeholder__name", flat=True)) == {"Lea", "The desk"}
    world.later(days=1).answer(second, lea)
    assert fact(world, second).state is OutputState.APPROVED
    verbs = list(
        Activity.objects.filter(verb__startswith="output.").values_list("verb", flat=True).order_by("seq")
    )
    assert verbs == [
        "output.shared", "output.returned", "output.timeline_updated", "output.shared", "output.approved",
    ]  # fmt: skip


def test_the_past_does_not_know_what_came_later(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    before = world.now
    shown = world.later(days=1).share(model, approver)
    asked = world.now
    world.later(days=1).answer(shown, lea, "No.")
    answered = world.now
    set_timeline(world.later(days=1), shown)
    tell(world, shown, approver)
    known = {
        at: queries.facts_of([model.pk], at).get(model.pk, ()) for at in (before, asked, answered, world.now)
    }
    assert known[before] == ()
    assert [known[at][0].state for at in (asked, answered)] == [OutputState.WAITING, OutputState.RETURNED]
    assert (known[answered][0].timeline_on, known[answered][0].told) == (None, ())
    assert known[world.now][0].told == (approver.pk,)
    assert load(model, now=world.now, as_of=asked).outputs == known[asked]
    assert load(model, now=world.now).outputs == known[world.now]


@pytest.mark.parametrize("returned", [False, True])
def test_facts_of_many_models_cost_at_most_two_statements(world: World, returned: bool) -> None:
    def some(count: int) -> list[int]:
        ids = []
        for _ in range(count):
            model, person = world.model(), world.person("Lea")
            shown = world.share(model, world.stakeholder(model, person), world.stakeholder(model))
            if returned:
                world.answer(shown, person, "No.")
            ids.append(model.pk)
        return ids

    for ids in (some(1), some(6)):
        with CaptureQueriesContext(connection) as seen:
            found = queries.facts_of(ids, world.now)
        assert len(seen) == (2 if returned else 1)
        assert {len(found[pk][0].asks) for pk in ids} == {2}


def test_only_the_person_who_was_asked_answers(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    shown = world.share(model, approver)
    other = world.person("Uma")
    world.stakeholder(model, other)
    member = world.person("Max")
    world.member(member, AccessRole.APPROVER)
    for person in (other, member, world.leader):
        with pytest.raises(NotAllowed, match="were asked"):
            world.answer(shown, person)
    viewer = world.person("Vera")
    world.member(viewer, AccessRole.VIEWER)
    with pytest.raises(NotAllowed):
        world.answer(shown, viewer)
    with pytest.raises(Missing):
        world.answer(shown, world.person("Stranger"))
    assert fact(world, shown).asks[0].reply == ""
    assert Activity.objects.filter(verb="output.refused", model_id=model.pk).count() == 4
    world.answer(shown, lea)
    assert fact(world, shown).state is OutputState.APPROVED


def test_nobody_is_asked_about_or_answers_what_they_show_themselves(
    world: World, model: MLModel, approver: Stakeholder
) -> None:
    own = world.stakeholder(model, world.pm)
    said = refused("invalid", lambda: world.share(model, approver, own))
    assert said.reasons[0].field == "stakeholders"
    shown = world.share(model, approver)
    refused("invalid", lambda: outputs.ask_about_output(
        actor=world.actor(world.leader), output_id=shown.pk, stakeholder_ids=[own.pk], now=world.now
    ))  # fmt: skip
    OutputAnswer.objects.create(output=shown, stakeholder=own, asked_at=world.now)
    for door in ("web", "api", "link"):
        with pytest.raises(NotAllowed, match="yourself"):
            outputs.answer_output(
                actor=world.actor(world.pm, door), output_id=shown.pk, is_approval=True, seen=shown.fingerprint,
                now=world.now,
            )  # fmt: skip


def test_a_service_account_answers_nothing(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    shown = world.share(model, approver)
    Person.objects.filter(pk=lea.pk).update(is_service=True)
    lea.refresh_from_db()
    with pytest.raises(NotAllowed):
        world.answer(shown, lea)


def test_a_stakeholder_who_left_answers_no_more_and_is_not_waited_for(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    uma = world.person("Uma")
    shown = world.share(model, approver, world.stakeholder(model, uma))
    Stakeholder.objects.filter(pk=approver.pk).update(ended_at=world.now)
    with pytest.raises(Missing):
        world.answer(shown, lea)
    refused("invalid", lambda: world.share(model, approver))
    world.answer(shown, uma)
    assert fact(world, shown).state is OutputState.APPROVED


def test_a_return_needs_words_and_an_answer_is_given_once(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    shown = world.share(model, approver)
    actor = world.actor(lea)
    wordless = {"output_id": shown.pk, "is_approval": False, "words": "  ", "seen": shown.fingerprint}
    assert (
        refused("invalid", lambda: outputs.answer_output(actor=actor, **wordless, now=world.now))
        .reasons[0]
        .field
        == "words"
    )
    world.answer(shown, lea)
    refused("refused", lambda: world.answer(shown, lea, "On second thoughts."))
    assert fact(world, shown).state is OutputState.APPROVED


def test_one_person_who_stands_for_a_group_too_answers_once_for_both(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    group = world.stakeholder(model, name="The desk")
    Stakeholder.objects.filter(pk=group.pk).update(person=lea)
    shown = world.share(model, approver, group)
    world.answer(shown, lea)
    assert {one.by for one in fact(world, shown).asks} == {"Lea"}
    assert fact(world, shown).state is OutputState.APPROVED


def test_an_answer_to_something_else_than_what_is_shown_is_refused(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    shown = world.share(model, approver)
    actor = world.actor(lea)
    for seen in ("", "0" * 64):
        refused("stale", lambda seen=seen: outputs.answer_output(
            actor=actor, output_id=shown.pk, is_approval=True, seen=seen, now=world.now
        ))  # fmt: skip
    newer = world.later(minutes=1).share(model, title="Week 10")
    refused("stale", lambda: world.answer(shown, lea))
    world.answer(newer, lea)
    assert not OutputAnswer.objects.get(output=shown).answer


FIELDS = st.sampled_from(["title", "note", "link", "subject", "sample", "sha256"])


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=FIELDS, at=st.integers(0, 60), sign=st.characters(min_codepoint=33, max_codepoint=255))
def test_what_is_stored_otherwise_than_it_was_shown_is_seen_and_takes_no_answer(
    world: World, name: str, at: int, sign: str
) -> None:
    model, lea = world.model(), world.person("Lea")
    asked = world.stakeholder(model, lea)
    item = outputs.NewOutput(
        "Week 9", note="As the desk gets it.", link="https://example.org/", stakeholder_ids=(asked.pk,)
    )
    shown = outputs.share_file(
        actor=world.actor(world.pm), model_id=model.pk, item=item, file_name="w.csv", chunks=[b"id,score\n1,0.5\n"],
        is_sample=True, now=world.now,
    )  # fmt: skip
    row = Output.objects.select_related("attachment").get(pk=shown.pk)
    assert not queries.share_of(row, world.now).is_altered
    if name == "sample":
        cell = row.sample["rows"][0][at % 2]
        changed = (sign + cell[1:]) if not cell.startswith(sign) else cell + sign
        row.sample["rows"][0][at % 2] = changed
        row.save()
    else:
        owner: Any = row.attachment if name == "sha256" else row
        text = getattr(owner, name)
        place = at % (len(text) + 1)
        setattr(
            owner,
            name,
            text[:place] + sign + text[place + 1 :] if text[place : place + 1] != sign else text + sign,
        )
        if name == "sha256":
            row.attachment.sha256 = row.attachment.sha256[:64]
            if row.attachment.sha256 == shown.attachment.sha256:
                return
        owner.save()
    again = Output.objects.select_related("attachment", "release").get(pk=shown.pk)
    assert queries.share_of(again, world.now).is_altered
    refused("stale", lambda: world.answer(shown, lea))


def test_acceptance_is_of_one_release_and_ends_with_its_version(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    from throughline.actions import portfolio
    from throughline.core.checks import CATALOGUE, Answer

    accepted = CATALOGUE["outputs.accepted"].answer
    refused("invalid", lambda: world.share(model, approver, purpose=Purpose.ACCEPTANCE))
    release = world.release(model)
    shown = world.share(model, approver, purpose=Purpose.ACCEPTANCE, release_id=release.pk)
    assert accepted(load(model, now=world.now), {}).answer is Answer.UNMET
    world.answer(shown, lea)
    assert accepted(load(model, now=world.now), {}).answer is Answer.MET
    portfolio.change_release(
        actor=world.actor(world.pm),
        model_id=model.pk,
        release_id=release.pk,
        subject="churn_scorer version 2",
        notes="",
        expected_version=release.version,
        now=world.now,
    )
    found = accepted(load(model, now=world.now), {})
    assert (found.answer, "is now churn_scorer version 2" in found.text) == (Answer.UNMET, True)
    with pytest.raises(Missing):
        world.share(model, approver, purpose=Purpose.ACCEPTANCE, release_id=release.pk + 99)


def test_a_withdrawn_share_takes_no_answer_and_counts_no_more(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    shown = world.share(model, approver)
    withdraw = {"actor": world.actor(world.pm), "output_id": shown.pk}
    outputs.withdraw_output(**withdraw, now=world.now)
    assert fact(world, shown).state is OutputState.WITHDRAWN
    refused("lost_race", lambda: world.answer(shown, lea))
    refused("lost_race", lambda: outputs.withdraw_output(**withdraw, now=world.now))
    refused("lost_race", lambda: outputs.ask_about_output(
        actor=world.actor(world.pm), output_id=shown.pk, stakeholder_ids=[world.stakeholder(model).pk], now=world.now
    ))  # fmt: skip


def test_what_was_returned_cannot_be_made_undone_by_withdrawing(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    shown = world.share(model, approver)
    world.answer(shown, lea, "No.")
    refused(
        "refused",
        lambda: outputs.withdraw_output(actor=world.actor(world.pm), output_id=shown.pk, now=world.now),
    )


def test_a_timeline_is_set_for_a_return_only_ahead_with_words_and_not_once_told(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    shown = world.share(model, approver)
    refused("refused", lambda: set_timeline(world, shown))
    world.answer(shown, lea, "No.")
    assert (
        refused("invalid", lambda: set_timeline(world, shown, on=date(2026, 1, 1))).reasons[0].field == "on"
    )
    assert refused("invalid", lambda: set_timeline(world, shown, note=" ")).reasons[0].field == "note"
    row = set_timeline(world, shown)
    refused("stale", lambda: set_timeline(world, shown, expected_version=row.version - 1))
    set_timeline(world, shown, expected_version=row.version)
    tell(world, shown, approver)
    refused("refused", lambda: set_timeline(world, shown))


def test_further_stakeholders_are_asked_once(world: World, model: MLModel, approver: Stakeholder) -> None:
    shown, uma = world.share(model, approver), world.stakeholder(model, world.person("Uma"))
    ask = {"actor": world.actor(world.pm), "output_id": shown.pk}
    outputs.ask_about_output(**ask, stakeholder_ids=[uma.pk, approver.pk], now=world.now)
    assert [one.name for one in fact(world, shown).asks] == ["Lea", "Uma"]
    refused("invalid", lambda: outputs.ask_about_output(**ask, stakeholder_ids=[uma.pk], now=world.now))
    elsewhere = world.stakeholder(world.model("Other"))
    refused("invalid", lambda: outputs.ask_about_output(**ask, stakeholder_ids=[elsewhere.pk], now=world.now))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"link": ""}, "link"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"note": "\ud800"}, "note"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_its_field(
    world: World, model: MLModel, approver: Stakeholder, changes: dict[str, Any], field: str
) -> None:
    assert refused("invalid", lambda: world.share(model, approver, **changes)).reasons[0].field == field
    assert not Output.objects.exists()


def test_somebody_has_to_be_asked_and_readers_share_nothing(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    assert refused("invalid", lambda: world.share(model)).reasons[0].field == "stakeholders"
    item = outputs.NewOutput("Mine", link="https://example.org", stakeholder_ids=(approver.pk,))
    with pytest.raises(NotAllowed):
        outputs.share_output(actor=world.actor(lea), model_id=model.pk, item=item, now=world.now)


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7", b"PAR1rest", b"\x00\x01\x02" * 90])
def test_a_file_that_is_refused_leaves_nothing_behind(
    world: World, model: MLModel, approver: Stakeholder, tmp_path: Path, body: bytes
) -> None:
    item = outputs.NewOutput("Week 9", stakeholder_ids=(approver.pk,))
    refused("invalid", lambda: outputs.share_file(
        actor=world.actor(world.pm), model_id=model.pk, item=item, file_name="x.csv", chunks=[body], is_sample=True,
        now=world.now,
    ))  # fmt: skip
    assert list(tmp_path.iterdir()) == []
    assert not Attachment.objects.exists()


def test_a_file_larger_than_the_limit_is_refused(
    world: World, model: MLModel, approver: Stakeholder, settings: Any, tmp_path: Path
) -> None:
    settings.MAX_UPLOAD_BYTES = 1_000_000
    item = outputs.NewOutput("Week 9", stakeholder_ids=(approver.pk,))
    said = refused("invalid", lambda: outputs.share_file(
        actor=world.actor(world.pm), model_id=model.pk, item=item, file_name="x.bin", chunks=[b"x" * 600_000] * 2,
        is_sample=False, now=world.now,
    ))  # fmt: skip
    assert "1 MB" in str(said)
    assert list(tmp_path.iterdir()) == []


def test_today_asks_whoever_was_asked_and_reminds_whoever_owes(
    world: World, model: MLModel, lea: Person, approver: Stakeholder
) -> None:
    first = world.share(model, approver)
    newer = world.later(minutes=1).share(model, title="Week 10")
    assert [one.output_id for one in queries.awaiting(world.actor(lea), world.now)] == [newer.pk]
    assert queries.awaiting(world.actor(world.pm), world.now) == []
    world.answer(newer, lea, "No.")
    assert queries.awaiting(world.actor(lea), world.now) == []
    assert queries.owing_timeline(world.actor(world.pm)) == [newer]
    assert queries.owing_timeline(world.actor(lea)) == []
    set_timeline(world, newer)
    assert queries.owing_timeline(world.actor(world.pm)) == []
    assert first.pk != newer.pk


def test_the_gate_opens_when_the_timeline_was_told_and_the_next_draft_approved(
    world: World, lea: Person
) -> None:
    world.policy({"conception_to_prototype": ["outputs.draft_approved", "outputs.timeline_told"]})
    model = world.model()
    approver = world.stakeholder(model, lea)

    def closed() -> list[str]:
        return [one.check for one in gate_report(model, now=world.now).verdict.blocking]

    assert closed() == ["outputs.draft_approved"]
    first = world.share(model, approver)
    world.later(days=1).answer(first, lea, "The top ten are missing.")
    assert closed() == ["outputs.draft_approved", "outputs.timeline_told"]
    world.answer(world.later(days=1).share(model, title="Week 10"), lea)
    assert closed() == ["outputs.timeline_told"]
    refused("refused", lambda: world.decide(world.request(model)))
    set_timeline(world, first)
    assert closed() == ["outputs.timeline_told"]
    tell(world, first, approver)
    assert closed() == []
