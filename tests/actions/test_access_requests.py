"""Access is asked for, answered, ended and asked for again; every door that leads round the rules is shut."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.make import World
from throughline.actions import access_requests, data_sources
from throughline.core.access_requests import AccessStanding, Asked
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.people import Role
from throughline.core.permissions import AccessRole, Actor
from throughline.queries import access_requests as queries
from throughline.queries.dossiers import load
from throughline.queries.today import for_person
from throughline.records.activity import Activity
from throughline.records.data_sources import AccessRequest, DataSource, SourceUse
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


@pytest.fixture
def orders(world: World, model: MLModel) -> DataSource:
    return world.source("Orders", model)


def answer(world: World, request: AccessRequest, actor: Actor | None = None, **more: Any) -> AccessRequest:
    given = {"is_granted": True, "answer": "Granted by Ada.", "link": "https://example.org/1", **more}
    return access_requests.answer_access(
        actor=actor or world.actor(world.pm), request_id=request.pk, now=world.now, **given
    )


def member(world: World, role: AccessRole = AccessRole.MEMBER) -> Actor:
    person = world.person("Mo")
    world.member(person, role)
    return world.actor(person)


def standing(world: World, model: MLModel) -> list[AccessStanding]:
    (source,) = load(model, now=world.now).sources
    return [one.standing_on(world.now.date()) for one in source.requests]


class TestAsking:
    def test_the_same_for_several_sources_at_once(
        self, world: World, model: MLModel, orders: DataSource
    ) -> None:
        made = world.asks_access(model, orders, world.source("Calls", model))
        assert {one.source.name for one in made} == {"Orders", "Calls"}
        assert {one.state for one in made} == {"asked"}
        entry = Activity.objects.get(verb="access.asked")
        assert [one["name"] for one in entry.body["sources"]] == ["Orders", "Calls"]

    def test_one_waits_at_a_time_and_all_or_none(
        self, world: World, model: MLModel, orders: DataSource
    ) -> None:
        world.asks_access(model, orders)
        calls = world.source("Calls", model)
        with pytest.raises(Refused, match="Access to Orders was asked for already"):
            world.asks_access(model, calls, orders)
        assert AccessRequest.objects.count() == 1

    def test_what_the_model_does_not_use_is_not_asked_for(self, world: World, model: MLModel) -> None:
        with pytest.raises(Refused, match="does not use one of them"):
            world.asks_access(model, world.source("Else"))

    def test_a_retired_source_is_not_asked_for(
        self, world: World, model: MLModel, orders: DataSource
    ) -> None:
        data_sources.end_source(
            actor=world.actor(world.pm), source_id=orders.pk, reason="Gone.", now=world.now
        )
        with pytest.raises(Refused, match="was retired"):
            world.asks_access(model, orders)

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"reason": ""}, "reason"),
            ({"sent_to": " "}, "sent_to"),
            ({"needed_by": ""}, "needed_by"),
            ({"link": "javascript:alert(1)"}, "link"),
            ({"due_on": date(2026, 3, 1)}, "due_on"),
            ({"due_on": date(2029, 3, 1)}, "due_on"),
        ],
    )
    def test_bad_input_names_its_field(
        self, world: World, model: MLModel, orders: DataSource, more: dict[str, Any], field: str
    ) -> None:
        good = {"needed_by": "Job", "reason": "Scores.", "sent_to": "Sales", "due_on": date(2026, 3, 9)}
        with pytest.raises(Refused) as refusal:
            access_requests.ask_access(
                actor=world.actor(world.pm), model_id=model.pk, source_ids=[orders.pk],
                asked=Asked(**{**good, **more}), now=world.now,
            )  # fmt: skip
        assert [reason.field for reason in refusal.value.reasons] == [field]

    def test_a_viewer_may_not_and_a_stranger_sees_nothing(
        self, world: World, model: MLModel, orders: DataSource
    ) -> None:
        viewer = world.person("Vi")
        world.member(viewer, AccessRole.VIEWER)
        with pytest.raises(NotAllowed):
            world.asks_access(model, orders, by=viewer)
        with pytest.raises(Missing):
            world.asks_access(model, orders, by=World().pm)


class TestAnswering:
    def test_granted_until_a_day(self, world: World, model: MLModel, orders: DataSource) -> None:
        (request,) = world.asks_access(model, orders)
        until = world.now.date() + timedelta(days=90)
        row = answer(world, request, granted_until=until)
        assert (row.state, row.granted_until, row.answered_by) == ("granted", until, "Ana")
        assert standing(world, model) == [AccessStanding.HOLDS]
        world.later(days=61)
        assert standing(world, model) == [AccessStanding.ENDS_SOON]
        world.later(days=30)
        assert standing(world, model) == [AccessStanding.ENDED]

    def test_refused_with_words(self, world: World, model: MLModel, orders: DataSource) -> None:
        (request,) = world.asks_access(model, orders)
        with pytest.raises(Refused) as refusal:
            answer(world, request, is_granted=False, answer="")
        assert refusal.value.reasons[0].field == "answer"
        assert answer(world, request, is_granted=False, answer="Not for models.").state == "refused"
        assert Activity.objects.filter(verb="access.declined").exists()

    def test_a_refusal_has_no_last_day(self, world: World, model: MLModel, orders: DataSource) -> None:
        (request,) = world.asks_access(model, orders)
        with pytest.raises(Refused, match="no last day"):
            answer(world, request, is_granted=False, granted_until=date(2026, 9, 1))

    @pytest.mark.parametrize("until", [date(2026, 3, 1), date(2037, 1, 1)])
    def test_a_last_day_lies_ahead(
        self, world: World, model: MLModel, orders: DataSource, until: date
    ) -> None:
        (request,) = world.asks_access(model, orders)
        with pytest.raises(Refused, match="ends between today"):
            answer(world, request, granted_until=until)

    def test_ones_own_request_takes_a_link_and_others_words_are_enough(
        self, world: World, model: MLModel, orders: DataSource
    ) -> None:
        (request,) = world.asks_access(model, orders)
        with pytest.raises(Refused, match="asked for this access yourself") as refusal:
            answer(world, request, link="")
        assert refusal.value.reasons[0].field == "link"
        with pytest.raises(Refused, match="Nothing says who granted"):
            answer(world, request, member(world), link="", answer="")
        assert answer(world, request, member(world), link="").state == "granted"

    def test_the_second_answer_is_too_late(self, world: World, model: MLModel, orders: DataSource) -> None:
        (request,) = world.asks_access(model, orders)
        answer(world, request, is_granted=False)
        with pytest.raises(Refused) as refusal:
            answer(world, request)
        assert refusal.value.kind == "lost_race"
        request.refresh_from_db()
        assert request.state == "refused"

    def test_an_old_version_is_stale(self, world: World, model: MLModel, orders: DataSource) -> None:
        (request,) = world.asks_access(model, orders)
        with pytest.raises(Refused) as refusal:
            answer(world, request, expected_version=7)
        assert refusal.value.kind == "stale"

    def test_a_viewer_and_a_stranger_answer_nothing(
        self, world: World, model: MLModel, orders: DataSource
    ) -> None:
        (request,) = world.asks_access(model, orders)
        with pytest.raises(NotAllowed):
            answer(world, request, member(world, AccessRole.VIEWER))
        with pytest.raises(Missing):
            answer(world, request, member(world, AccessRole.STAKEHOLDER))
        with pytest.raises(Missing):
            answer(world, request, world.actor(World().pm))


class TestEnding:
    def end(self, world: World, verb: str, request: AccessRequest, reason: str = "Over.") -> AccessRequest:
        action = {"withdraw": access_requests.withdraw_access, "revoke": access_requests.revoke_access}[verb]
        return action(actor=world.actor(world.pm), request_id=request.pk, reason=reason, now=world.now)

    def test_withdrawn_while_it_waits_and_then_asked_again(
        self, world: World, model: MLModel, orders: DataSource
    ) -> None:
        (request,) = world.asks_access(model, orders)
        with pytest.raises(Refused, match="has not been answered"):
            self.end(world, "revoke", request)
        assert self.end(world, "withdraw", request, "").state == "withdrawn"
        (again,) = world.asks_access(model, orders)
        assert again.pk != request.pk
        with pytest.raises(Refused, match="withdrawn already"):
            self.end(world, "withdraw", request)

    def test_revoked_with_a_reason(self, world: World, model: MLModel, orders: DataSource) -> None:
        (request,) = world.asks_access(model, orders)
        answer(world, request)
        with pytest.raises(Refused, match="granted already"):
            self.end(world, "withdraw", request)
        with pytest.raises(Refused) as refusal:
            self.end(world, "revoke", request, " ")
        assert refusal.value.reasons[0].field == "reason"
        assert self.end(world, "revoke", request).state == "revoked"
        assert standing(world, model) == [AccessStanding.REVOKED]

    def test_the_past_tells_what_stood_then(self, world: World, model: MLModel, orders: DataSource) -> None:
        asked = world.now
        (request,) = world.asks_access(model, orders)
        granted = world.later(days=2).now
        answer(world, request)
        world.later(days=2)
        self.end(world, "revoke", request)
        states = {}
        for at in (asked, granted, world.now):
            (source,) = load(model, now=world.now, as_of=at).sources
            states[at] = source.requests[0].state.value
        assert list(states.values()) == ["asked", "granted", "revoked"]


class TestToday:
    def shown(self, world: World, person: Any) -> list[tuple[str, str]]:
        found = for_person(world.actor(person), now=world.now).access
        return [(one.row.source.name, one.standing.value) for one in found]

    def test_an_overdue_answer_presses_who_asked_and_who_looks_after_it(
        self, world: World, model: MLModel, orders: DataSource
    ) -> None:
        engineer, other = world.person("Eng"), world.person("Other")
        for person in (engineer, other):
            world.member(person, AccessRole.MEMBER)
        world.assign(engineer, Role.DATA_ENGINEER, model)
        world.asks_access(model, orders, days=7)
        assert self.shown(world, world.pm) == []
        world.later(days=8)
        assert self.shown(world, world.pm) == self.shown(world, engineer) == [("Orders", "overdue")]
        assert self.shown(world, other) == []

    def test_a_grant_that_ends_presses_until_it_is_asked_for_again(
        self, world: World, model: MLModel, orders: DataSource
    ) -> None:
        (request,) = world.asks_access(model, orders)
        answer(world, request, granted_until=world.now.date() + timedelta(days=40))
        assert self.shown(world, world.pm) == []
        world.later(days=20)
        assert self.shown(world, world.pm) == [("Orders", "ends_soon")]
        world.later(days=30)
        assert self.shown(world, world.pm) == [("Orders", "ended")]
        world.asks_access(model, orders)
        assert self.shown(world, world.pm) == []

    def test_what_is_not_used_any_more_presses_nobody(
        self, world: World, model: MLModel, orders: DataSource
    ) -> None:
        world.asks_access(model, orders, days=1)
        world.later(days=3)
        data_sources.unlink_source(
            actor=world.actor(world.pm), use_id=SourceUse.objects.get().pk, now=world.now
        )
        assert self.shown(world, world.pm) == []


def test_somebody_elsewhere_finds_no_request(world: World, model: MLModel, orders: DataSource) -> None:
    (request,) = world.asks_access(model, orders)
    with pytest.raises(Missing):
        queries.request_row(world.actor(World().pm), request.pk)
    assert list(queries.requests(world.actor(World().pm))) == []
    assert list(queries.requests(world.actor(world.pm))) == [request]
