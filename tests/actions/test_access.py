"""Invitations, links, accounts and memberships: who may let whom in, and how it ends."""

from datetime import timedelta

import pytest
from django.core import mail

from tests.make import World
from throughline.actions import access, sign_in
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole
from throughline.queries.access import NOBODY, actor_for, system_actor, token_of
from throughline.records.access import Membership, SignInLink
from throughline.records.activity import Activity
from throughline.records.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def come_in(world: World, secret: str) -> Person:
    return sign_in.use_sign_in_link(actor=NOBODY, secret=secret, now=world.now)


def invite(world: World, **more: object) -> access.Invitation:
    given = {"name": "Noor", "email": "noor@example.org", "program_id": world.program.pk, **more}
    return access.invite_person(actor=world.actor(world.pm), role=AccessRole.VIEWER, now=world.now, **given)


def test_a_manager_invites_into_the_program_and_the_link_opens_once(world: World) -> None:
    made = invite(world)
    assert made.url.endswith(made.secret)
    person = come_in(world, made.secret)
    assert {grant.role for grant in world.actor(person).grants} == {AccessRole.VIEWER}
    with pytest.raises(Refused, match="used already"):
        come_in(world, made.secret)


def test_a_link_is_kept_as_a_hash_and_stands_in_no_activity(world: World) -> None:
    made = invite(world)
    assert made.secret not in SignInLink.objects.get(person=made.person).secret_hash
    assert made.secret not in str(list(Activity.objects.values_list("body", flat=True)))


def test_an_old_link_opens_nothing(world: World) -> None:
    made = invite(world)
    world.later(days=8)
    with pytest.raises(Refused):
        come_in(world, made.secret)


def test_only_managers_and_administrators_invite(world: World) -> None:
    member = world.person("Mia")
    world.member(member, AccessRole.MEMBER)
    with pytest.raises(NotAllowed):
        access.invite_person(
            actor=world.actor(member),
            name="X",
            email="x@example.org",
            program_id=world.program.pk,
            now=world.now,
        )
    with pytest.raises(NotAllowed):
        invite(world, program_id=None)
    with pytest.raises(NotAllowed):
        invite(world, is_admin=True)
    with pytest.raises(Missing):
        access.invite_person(
            actor=world.actor(world.person("Out")), name="X", email="x@example.org", program_id=world.program.pk,
            now=world.now,
        )  # fmt: skip
    assert not Person.objects.filter(email="x@example.org").exists()


def test_inviting_somebody_who_has_an_account_gives_the_role_and_never_a_link(world: World) -> None:
    other = world.person("Olga")
    made = invite(world, email=other.email)
    assert (made.person, made.secret) == (other, "")
    assert Membership.objects.filter(person=other, role=AccessRole.VIEWER).exists()
    assert not SignInLink.objects.filter(person=other).exists()


def test_with_mail_the_link_goes_to_its_owner_alone(world: World, settings: object) -> None:
    settings.SENDS_MAIL = True  # type: ignore[attr-defined]
    made = invite(world)
    assert made.is_mailed
    assert made.url == ""
    [message] = mail.outbox
    assert message.to == ["noor@example.org"]
    assert come_in(world, str(message.body).split("key=")[1].split()[0]) == made.person


def test_a_mail_server_that_is_down_leaves_the_link_to_be_handed_over(
    world: World, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SENDS_MAIL = True  # type: ignore[attr-defined]

    def fail(self: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    made = invite(world)
    assert "mail server" in made.problem
    assert come_in(world, made.secret) == made.person


def test_only_an_administrator_makes_a_link_for_somebody_else(world: World) -> None:
    with pytest.raises(NotAllowed):
        access.create_sign_in_link(actor=world.actor(world.pm), person_id=world.leader.pk, now=world.now)
    first = access.create_sign_in_link(actor=system_actor("cli"), person_id=world.leader.pk, now=world.now)
    second = access.create_sign_in_link(actor=system_actor("cli"), person_id=world.leader.pk, now=world.now)
    with pytest.raises(Refused):
        come_in(world, first.secret)
    assert come_in(world, second.secret) == world.leader


def test_the_first_person_needs_no_address(world: World) -> None:
    made = access.invite_person(
        actor=system_actor("terminal"), name="Administrator", email=None, is_admin=True, now=world.now
    )
    assert come_in(world, made.secret).is_admin


@pytest.mark.parametrize(
    "email", ["", "x", "x@", "@y.org", "a b@c.org", "a@b\nc.org", "<a@b.org>", "a@b.org,c@d.org"]
)
def test_what_is_no_address_is_refused(world: World, email: str) -> None:
    with pytest.raises(Refused) as refused:
        invite(world, email=email)
    assert refused.value.reasons[0].field == "email"


def test_switching_off_ends_links_and_tokens_and_they_stay_dead(world: World) -> None:
    from throughline.actions import tokens

    made = invite(world)
    actor = world.actor(world.leader)
    _, secret = tokens.create_token(
        actor=actor, name="t", scopes=["read"], expires_at=world.now + timedelta(days=1), now=world.now
    )
    for person in (world.leader, made.person):
        access.deactivate_person(actor=system_actor("cli"), person_id=person.pk, now=world.now)
    assert token_of(secret, world.now) is None
    for person in (world.leader, made.person):
        access.reactivate_person(actor=system_actor("cli"), person_id=person.pk, now=world.now)
    assert token_of(secret, world.now) is None
    with pytest.raises(Refused):
        come_in(world, made.secret)


def test_nobody_switches_off_themselves_or_the_last_administrator(world: World) -> None:
    admin = world.person("Root", is_admin=True)
    actor = world.actor(admin)
    with pytest.raises(Refused, match="own account"):
        access.deactivate_person(actor=actor, person_id=admin.pk, now=world.now)
    with pytest.raises(Refused, match="last administrator"):
        access.change_person(
            actor=actor, person_id=admin.pk, email=str(admin.email), is_admin=False, now=world.now
        )
    with pytest.raises(NotAllowed):
        access.deactivate_person(actor=world.actor(world.pm), person_id=world.leader.pk, now=world.now)
    assert Person.objects.get(pk=admin.pk).is_admin


def test_a_role_is_given_and_taken_by_managers_of_that_place_alone(world: World) -> None:
    model = world.model()
    viewer = invite(world).person
    row = access.grant_membership(
        actor=world.actor(world.pm), program_id=world.program.pk, model_id=model.pk, person_id=viewer.pk,
        role=AccessRole.APPROVER, now=world.now,
    )  # fmt: skip
    assert (AccessRole.APPROVER, model.pk) in {(g.role, g.model_id) for g in world.actor(viewer).grants}
    with pytest.raises(NotAllowed):
        access.revoke_membership(actor=world.actor(viewer), membership_id=row.pk, now=world.now)
    access.revoke_membership(actor=world.actor(world.pm), membership_id=row.pk, now=world.now)
    assert AccessRole.APPROVER not in {g.role for g in world.actor(viewer).grants}


def test_a_role_is_not_given_twice_nor_in_another_program_nor_to_a_guessed_id(world: World) -> None:
    other = World()
    actor = world.actor(world.pm)
    place = {"program_id": world.program.pk, "role": AccessRole.MANAGER, "now": world.now}
    with pytest.raises(Refused, match="already"):
        access.grant_membership(actor=actor, person_id=world.pm.pk, **place)
    with pytest.raises(Missing):
        access.grant_membership(actor=actor, person_id=other.pm.pk, **place)
    with pytest.raises(Missing):
        access.grant_membership(
            actor=actor, person_id=world.pm.pk, **{**place, "program_id": other.program.pk}
        )
    with pytest.raises(Missing):
        access.grant_membership(actor=actor, person_id=world.pm.pk, model_id=other.model().pk, **place)
    assert not Membership.objects.filter(person=other.pm, program=world.program).exists()


def test_a_manager_does_not_lock_the_door_behind_themselves(world: World) -> None:
    row = Membership.objects.get(person=world.pm, role=AccessRole.MANAGER)
    with pytest.raises(Refused, match="yourself"):
        access.revoke_membership(actor=world.actor(world.pm), membership_id=row.pk, now=world.now)
    assert Membership.objects.filter(pk=row.pk).exists()


def test_each_change_and_each_refusal_writes_one_entry(world: World) -> None:
    before = Activity.objects.count()
    invite(world)
    with pytest.raises(NotAllowed):
        invite(world, is_admin=True)
    verbs = list(Activity.objects.order_by("seq").values_list("verb", flat=True))[before:]
    assert verbs == ["person.invited", "person.refused"]


def test_a_deactivated_person_has_no_grants(world: World) -> None:
    access.deactivate_person(actor=system_actor("cli"), person_id=world.pm.pk, now=world.now)
    world.pm.refresh_from_db()
    assert actor_for(world.pm, door="web", now=world.now).grants == frozenset()
