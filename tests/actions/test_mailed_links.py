"""Whoever has no password has a link mailed to them; whoever has no account learns nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from tests.make import World
from throughline.actions import access, sign_in
from throughline.adapters.mail import MailFailed
from throughline.core.access import ATTEMPTS_PER_PEER, ATTEMPTS_SINCE, LINKS_PER_ACCOUNT, TooManyLinks
from throughline.core.errors import Refused
from throughline.queries.access import NOBODY, system_actor
from throughline.records.access import SignInLink
from throughline.records.activity import Activity
from throughline.records.jobs import Job
from throughline.records.people import Person
from throughline.worker.kinds import KINDS

pytestmark = pytest.mark.django_db
PEER = "192.0.2.1"


@pytest.fixture(autouse=True)
def _sends_mail(settings: Any) -> None:
    settings.SENDS_MAIL = True


def ask(world: World, email: str, peer: str = PEER) -> None:
    sign_in.ask_for_link(actor=NOBODY, email=email, peer=peer, now=world.now)


def work(world: World) -> None:
    """What the worker does with all that waits."""
    for job in Job.objects.filter(state="ready").order_by("pk"):
        KINDS[job.kind](job.payload, world.now)
        job.delete()


def secret_in(message: Any) -> str:
    return str(message.body).split("key=")[1].split()[0]


def test_a_link_is_mailed_and_opens_once_within_an_hour() -> None:
    world = World()
    ask(world, f" {str(world.pm.email).upper()} ")
    assert mail.outbox == []
    work(world)
    [message] = mail.outbox
    assert message.to == [world.pm.email]
    entry = Activity.objects.latest("seq")
    assert (entry.verb, entry.body["for_id"]) == ("sign_in_link.created", world.pm.pk)
    secret = secret_in(message)
    assert secret not in str(list(Job.objects.values()) + list(SignInLink.objects.values()))
    late = world.now + timedelta(minutes=61)
    with pytest.raises(Refused, match="too old"):
        sign_in.use_sign_in_link(actor=NOBODY, secret=secret, now=late)
    assert sign_in.use_sign_in_link(actor=NOBODY, secret=secret, now=world.now) == world.pm
    with pytest.raises(Refused, match="used already"):
        sign_in.use_sign_in_link(actor=NOBODY, secret=secret, now=world.now)


@pytest.mark.parametrize("state", ["nobody", "switched off", "a program", "invented"])
def test_nobody_else_gets_one_and_the_asking_leaves_the_same_traces(state: str) -> None:
    world = World()
    changes: dict[str, dict[str, bool]] = {
        "switched off": {"is_active": False}, "a program": {"is_service": True}, "invented": {"is_sample": True},
    }  # fmt: skip
    if state in changes:
        Person.objects.filter(pk=world.leader.pk).update(**changes[state])
    ask(world, str(world.leader.email) if state in changes else "nobody.here@example.org")
    ask(world, str(world.pm.email))
    first, second = Job.objects.order_by("pk").values_list("kind", "state", "attempts")
    assert first == second
    Job.objects.latest("pk").delete()
    work(world)
    assert mail.outbox == []
    assert not SignInLink.objects.exists()


def test_asking_does_not_void_what_others_were_given() -> None:
    world = World()
    given = access.create_sign_in_link(
        actor=system_actor("terminal"), person_id=world.leader.pk, now=world.now
    )
    ask(world, str(world.leader.email))
    work(world)
    assert sign_in.use_sign_in_link(actor=NOBODY, secret=given.secret, now=world.now) == world.leader


def test_whoever_asks_again_and_again_is_stopped_for_a_while_and_nobody_else_is() -> None:
    world = World()
    for email in (str(world.pm.email), "nobody.here@example.org"):
        for _ in range(LINKS_PER_ACCOUNT):
            ask(world, email)
        with pytest.raises(TooManyLinks, match="several times"):
            ask(world, email)
    ask(world, str(world.leader.email))
    assert Job.objects.count() == 3
    world.now += ATTEMPTS_SINCE + timedelta(seconds=1)
    ask(world, str(world.pm.email))


def test_one_place_cannot_ask_for_everybody() -> None:
    world = World()
    for number in range(ATTEMPTS_PER_PEER):
        ask(world, f"p{number}@example.org")
    with pytest.raises(TooManyLinks):
        ask(world, str(world.pm.email))
    ask(world, str(world.pm.email), peer="192.0.2.2")


@pytest.mark.parametrize("email", ["", "x", "a@b\0c", "two@example.org, three@example.org", "é" * 300])
def test_what_is_no_address_is_said_and_counts_nothing(email: str) -> None:
    with pytest.raises(Refused) as refusal:
        ask(World(), email)
    assert refusal.value.reasons[0].field == "email"
    assert not Job.objects.exists()


def test_without_mail_it_is_refused(settings: Any) -> None:
    settings.SENDS_MAIL = False
    world = World()
    with pytest.raises(Refused, match="sends no mail"):
        ask(world, str(world.pm.email))


def test_a_mail_server_that_is_down_leaves_no_link_and_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    ask(world, str(world.pm.email))

    def fail(self: object) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", fail)
        with pytest.raises(MailFailed):
            work(world)
    assert not SignInLink.objects.exists()
    work(world)
    assert len(mail.outbox) == 1
