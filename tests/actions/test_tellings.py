"""Stakeholders told: exactly what is owed, once, by mail from the queue or any other way, and read by them alone."""

from datetime import date
from typing import Any

import pytest
from django.core import mail

from tests.make import World
from throughline.actions import tellings
from throughline.adapters.mail import MailFailed
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole
from throughline.core.stages import MoveKind
from throughline.core.tellings import Duty
from throughline.queries.access import system_actor
from throughline.queries.promises import board_of, keepers_of, kept_by
from throughline.records.activity import Activity
from throughline.records.jobs import Job
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.promises import Telling
from throughline.worker.kinds import KINDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


@pytest.fixture
def kim(world: World) -> Person:
    return world.person("Kim")


def owed(world: World, model: MLModel) -> tuple[Duty, ...]:
    return board_of(model, world.now).duties


def tell(world: World, model: MLModel, *duties: Duty, **more: Any) -> list[Telling]:
    given = {
        "causes": [duty.cause for duty in duties], "stakeholder_ids": [duty.stakeholder_id for duty in duties],
        "subject": "Churn is late", "words": "It comes in May.", "how": "in_person", **more,
    }  # fmt: skip
    return tellings.tell(actor=world.actor(world.pm), model_id=model.pk, now=world.now, **given)


def test_telling_discharges_exactly_what_was_told(world: World, model: MLModel, kim: Person) -> None:
    stakes = [world.stakeholder(model, kim), world.stakeholder(model, name="Desk")]
    world.promise(model, *stakes)
    world.promise(model, *stakes, kind="evaluation_date")
    first, *others = owed(world, model)
    assert len(others) == 3
    facts = MLModel.objects.get(pk=model.pk).facts
    (made,) = tell(world, model, first)
    assert owed(world, model) == tuple(others)
    assert (made.how, made.teller_name, made.sent_at) == ("in_person", "Ana", None)
    assert MLModel.objects.get(pk=model.pk).facts == facts + 1
    assert Activity.objects.latest("seq").body["to"] == ["Kim"]


def test_a_new_turn_is_owed_again(world: World, model: MLModel, kim: Person) -> None:
    made = world.promise(model, world.stakeholder(model, kim))
    tell(world, model, *owed(world, model))
    world.answer(made, kim)
    assert owed(world, model) == ()
    world.slip(made, date(2026, 4, 20))
    (changed,) = owed(world, model)
    assert changed.cause == f"promise:{made.pk}:v2"
    tell(world, model, changed)
    world.later(days=1)
    world.moved(model, MoveKind.PAUSE)
    (paused,) = owed(world, model)
    tell(world, model, paused)
    world.later(days=1)
    world.moved(model, MoveKind.RESUME)
    assert owed(world, model) == ()
    world.later(days=1)
    world.moved(model, MoveKind.PAUSE)
    assert len(owed(world, model)) == 1


def test_several_are_told_several_things_at_once_and_each_gets_one_mail(
    world: World, model: MLModel, kim: Person, settings: Any
) -> None:
    settings.SENDS_MAIL = True
    stakes = [world.stakeholder(model, kim), world.stakeholder(model, world.person("Lou"))]
    world.promise(model, *stakes)
    world.promise(model, *stakes, kind="evaluation_date")
    made = tell(world, model, *owed(world, model), how="mail")
    assert len(made) == 4
    jobs = list(Job.objects.filter(kind=tellings.SEND))
    assert len(jobs) == 2
    for job in jobs:
        KINDS[job.kind](job.payload, world.now)
    assert sorted(one.to[0] for one in mail.outbox) == sorted([kim.email, stakes[1].person.email])  # type: ignore[union-attr, type-var]
    assert mail.outbox[0].body == "It comes in May."
    assert not Telling.objects.filter(sent_at__isnull=True).exists()


def test_a_mail_is_not_sent_twice_and_keeps_its_id(
    world: World, model: MLModel, kim: Person, settings: Any
) -> None:
    settings.SENDS_MAIL = True
    world.promise(model, world.stakeholder(model, kim))
    (made,) = tell(world, model, *owed(world, model), how="mail")
    send = {"actor": system_actor("worker"), "telling_ids": [made.pk], "now": world.now}
    assert tellings.send_telling(**send)
    assert not tellings.send_telling(**send)
    assert len(mail.outbox) == 1
    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<telling-{made.pk}@")


def test_a_mail_that_failed_says_why_and_is_tried_again(
    world: World, model: MLModel, kim: Person, settings: Any, monkeypatch: Any
) -> None:
    settings.SENDS_MAIL = True
    world.promise(model, world.stakeholder(model, kim))
    (made,) = tell(world, model, *owed(world, model), how="mail")

    def down(**_: object) -> None:
        raise MailFailed("The mail server did not take it: ConnectionRefusedError.")

    send = {"actor": system_actor("worker"), "telling_ids": [made.pk], "now": world.now}
    with monkeypatch.context() as patch:
        patch.setattr("throughline.adapters.mail.send", down)
        with pytest.raises(MailFailed):
            tellings.send_telling(**send)
    made.refresh_from_db()
    assert made.sent_at is None
    assert "ConnectionRefused" in made.failed
    assert tellings.send_telling(**send)
    made.refresh_from_db()
    assert (made.sent_at, made.failed) == (world.now, "")


def test_only_the_installation_sends(world: World, model: MLModel) -> None:
    with pytest.raises(NotAllowed):
        tellings.send_telling(actor=world.actor(world.pm), telling_ids=[1], now=world.now)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"how": "pigeon"}, "how"),
        ({"how": "mail"}, "how"),
        ({"how": "page"}, "how"),
        ({"subject": ""}, "subject"),
        ({"words": "  "}, "words"),
        ({"words": "a\0b"}, "words"),
        ({"stakeholder_ids": []}, "stakeholders"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(
    world: World, model: MLModel, more: dict[str, Any], field: str
) -> None:
    world.promise(model, world.stakeholder(model, name="Desk"))
    with pytest.raises(Refused) as refusal:
        tell(world, model, *owed(world, model), **more)
    assert refusal.value.reasons[0].field == field
    assert not Telling.objects.exists()


def test_nobody_without_an_address_is_told_by_mail(
    world: World, model: MLModel, kim: Person, settings: Any
) -> None:
    settings.SENDS_MAIL = True
    kim.email = None
    kim.save()
    world.promise(model, world.stakeholder(model, kim))
    with pytest.raises(Refused, match="no address is known"):
        tell(world, model, *owed(world, model), how="mail")
    assert not Job.objects.filter(kind=tellings.SEND).exists()


def test_what_was_told_or_turned_meanwhile_is_not_told(world: World, model: MLModel, kim: Person) -> None:
    made = world.promise(model, world.stakeholder(model, kim))
    (duty,) = owed(world, model)
    tell(world, model, duty)
    with pytest.raises(Refused) as refusal:
        tell(world, model, duty)
    assert refusal.value.kind == "stale"
    world.slip(made, date(2026, 4, 20))
    with pytest.raises(Refused):
        tell(world, model, duty)
    assert Telling.objects.count() == 1


def test_of_two_who_tell_at_once_one_wins(
    world: World, model: MLModel, kim: Person, monkeypatch: Any
) -> None:
    world.promise(model, world.stakeholder(model, kim))
    (duty,) = owed(world, model)
    check, second = tellings._refuse_unreachable, list[bool]()

    def overtaken(*args: Any) -> None:
        if not second:
            second.append(True)
            tell(world, model, duty, words="First.")
        check(*args)

    monkeypatch.setattr(tellings, "_refuse_unreachable", overtaken)
    with pytest.raises(Refused) as refusal:
        tell(world, model, duty, words="Second.")
    assert refusal.value.kind == "lost_race"
    assert Telling.objects.get().words == "First."


def test_who_only_reads_tells_nobody(world: World, model: MLModel, kim: Person) -> None:
    world.promise(model, world.stakeholder(model, kim))
    (duty,) = owed(world, model)
    viewer = world.person("Vic")
    world.member(viewer, AccessRole.VIEWER)
    given = {
        "model_id": model.pk, "causes": [duty.cause], "stakeholder_ids": [duty.stakeholder_id], "subject": "x",
        "words": "x", "how": "in_person", "now": world.now,
    }  # fmt: skip
    for person, error in ((viewer, NotAllowed), (kim, NotAllowed), (World().pm, Missing)):
        with pytest.raises(error):
            tellings.tell(actor=world.actor(person), **given)


def test_whoever_was_told_reads_it_and_nobody_else(world: World, model: MLModel, kim: Person) -> None:
    stake = world.stakeholder(model, kim)
    world.promise(model, stake)
    world.promise(model, stake, kind="evaluation_date")
    made = tell(world, model, *owed(world, model), how="page")
    assert len(made) == 2
    lou = world.person("Lou")
    world.stakeholder(model, lou)
    for person in (lou, world.pm):
        with pytest.raises(NotAllowed):
            tellings.read_telling(actor=world.actor(person), telling_id=made[0].pk, now=world.now)
    with pytest.raises(Missing):
        tellings.read_telling(actor=world.actor(kim), telling_id=10**12, now=world.now)
    tellings.read_telling(actor=world.actor(kim), telling_id=made[0].pk, now=world.now)
    assert not Telling.objects.filter(read_at__isnull=True).exists()


def test_the_untold_stand_with_whoever_keeps_stakeholders_in_the_picture(
    world: World, model: MLModel, kim: Person
) -> None:
    world.promise(model, world.stakeholder(model, kim))
    assert [len(board.duties) for board in kept_by(world.actor(world.pm), world.now).values()] == [1]
    assert kept_by(world.actor(world.leader), world.now) == {}
    assert keepers_of(model, world.now) == ("Ana",)
    world.assign(world.leader, "stakeholder_engagement")
    assert len(kept_by(world.actor(world.leader), world.now)) == 1
    assert keepers_of(model, world.now) == ("Li",)
