"""What somebody might try: fields that are not theirs to set, their own approval by any door, other people's things."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.house import samples
from tests.house.samples import House
from tests.make import World
from throughline.actions import people, sign_offs
from throughline.core.dossier import WaiverKind
from throughline.core.permissions import AccessRole
from throughline.records.moves import Decision, Move, Waiver
from throughline.records.people import Person
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db

# Not a field of any shape that comes in, whatever it is about.
FORBIDDEN = {
    "id": 1, "pk": 1, "state": "approved", "standing": "retired", "stage_since": "2020-01-01T00:00:00Z",
    "created_at": "2020-01-01T00:00:00Z", "created_by": "me", "recorded_by": "me",
    "recorded_at": "2020-01-01T00:00:00Z",
    "decided_by": 1, "approved_by": 1, "granted_by": "me", "requested_by": 1, "is_admin": True, "is_sample": True,
    "fingerprint": "x", "content_hash": "x", "hash": "x", "secret": "x", "secret_hash": "x", "version": 99,
    "program_id": 1, "actor": "me", "now": "2020-01-01T00:00:00Z",
}  # fmt: skip


@pytest.fixture
def house(db: None, settings: Any) -> House:
    settings.ALLOW_HOSTS = frozenset({"127.0.0.1:9"})
    return samples.build()


def test_no_operation_takes_a_field_that_is_not_its_own(house: House) -> None:
    header = {"Authorization": f"Bearer {house.secrets['admin']}"}
    taken, tried = [], 0
    for (method, path), example in samples.bodies().items():
        body = samples.substituted(house, example)
        address = "/" + path.strip("/").replace("{", "<").replace("}", ">")
        where = samples.address(house, address.strip("/"))
        for name, value in FORBIDDEN.items():
            if not isinstance(body, dict) or name in example:
                continue
            tried += 1
            reply = Client().generic(
                method, where, samples.json.dumps({**body, name: value}), "application/json", headers=header
            )
            if reply.status_code != 422:
                taken.append(f"{method} {path} took {name}: {reply.status_code}")
    assert tried > 300
    assert not taken, "\n".join(taken)


def test_pages_write_no_field_that_is_not_on_the_form(house: House) -> None:
    model = MLModel.objects.get(pk=house.ids["model_id"])
    member = house.browser("member")
    member.post(
        f"/models/{model.pk}/edit",
        {
            "name": model.name, "summary": "New", "version": model.version, "stage": "production",
            "standing": "retired", "program": "1", "policy": "1", "kept": "{}",
        },
    )  # fmt: skip
    changed = MLModel.objects.get(pk=model.pk)
    assert changed.summary == "New"
    assert (changed.stage, changed.standing, changed.program_id) == (
        model.stage,
        model.standing,
        model.program_id,
    )
    given = {
        "name": "Me",
        "theme": "dark",
        "time_zone": "",
        "is_admin": "on",
        "is_service": "on",
        "email": "x@example.org",
    }
    member.post("/settings", given)
    person = Person.objects.get(pk=house.people["member"].pk)
    assert (person.name, person.is_admin, person.is_service) == ("Me", False, False)
    assert person.email != "x@example.org"


@pytest.fixture
def world(db: None) -> World:
    """The PM asks, and holds every right that could let them answer too."""
    made = World(now=timezone.now() - timedelta(hours=1))
    made.member(made.pm, AccessRole.APPROVER)
    made.assign(made.pm, "leader")
    return made


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend=samples.BACKEND)
    return client


def by_token(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {samples._token(person, None)}"}


def test_nobody_approves_their_own_move_by_any_door(world: World) -> None:
    model = world.model()
    move = world.request(model)
    world.now = timezone.now()
    codes = [
        browser(world.pm).post(f"/moves/{move.pk}/decide", {"answer": "approve", "reason": "Yes."}).status_code,
        Client()
        .post(
            f"/api/v1/moves/{move.pk}/answers", {"approve": True, "reason": "Yes."}, "application/json",
            headers=by_token(world.pm),
        )
        .status_code,
    ]  # fmt: skip
    assert set(codes) <= {403, 409}
    assert not Decision.objects.exists()
    assert Move.objects.get(pk=move.pk).state == "open"
    model.refresh_from_db()
    assert model.stage == "conception"


def test_standing_in_for_the_leader_does_not_help_who_asked(world: World) -> None:
    model = world.model()
    lead = model.assignments.get(duty="leader", person=world.leader)
    asker = world.person("Mia")
    world.member(asker, AccessRole.MEMBER)
    people.delegate(
        actor=world.actor(world.leader), assignment_id=lead.pk, to_person_id=asker.pk,
        ends_at=timezone.now() + timedelta(days=3), now=world.now,
    )  # fmt: skip
    browser(asker).post(f"/models/{model.pk}/move", {"reason": "Now.", "kind": "advance", "to": "prototype"})
    move = Move.objects.get(model=model)
    assert move.requested_by == asker
    code = (
        browser(asker).post(f"/moves/{move.pk}/decide", {"answer": "approve", "reason": "Yes."}).status_code
    )
    assert code in (403, 409)
    assert (
        browser(world.leader)
        .post(f"/moves/{move.pk}/decide", {"answer": "approve", "reason": "Yes."})
        .status_code
        == 302
    )
    model.refresh_from_db()
    assert model.stage == "prototype"


def test_nobody_grants_their_own_waiver_by_any_door(world: World) -> None:
    check = {
        "id": "team.agreed", "asks": "Agreed?", "remedy": "Meet.", "why": "So.",
        "sign_off": {"by": ["leader"], "covers": ["model"]}, "waivable_by": ["leader", "program_manager"],
    }  # fmt: skip
    world.policy({"conception_to_prototype": [check]})
    model = world.model()
    waiver = sign_offs.request_waiver(
        actor=world.actor(world.pm), model_id=model.pk, gate="conception_to_prototype", check_id="team.agreed",
        kind=WaiverKind.WAIVED, reason="Later.", until=timezone.now() + timedelta(days=9), now=world.now,
    )  # fmt: skip
    codes = [
        browser(world.pm).post(f"/waivers/{waiver.pk}/decide", {"answer": "grant", "reason": "Yes."}).status_code,
        Client()
        .post(
            f"/api/v1/waivers/{waiver.pk}/decision", {"grant": True, "reason": "Yes."}, "application/json",
            headers=by_token(world.pm),
        )
        .status_code,
    ]  # fmt: skip
    assert set(codes) <= {403, 409}
    assert Waiver.objects.get(pk=waiver.pk).state == "asked"
    assert (
        browser(world.leader)
        .post(f"/waivers/{waiver.pk}/decide", {"answer": "grant", "reason": "Yes."})
        .status_code
        == 302
    )
    assert Waiver.objects.get(pk=waiver.pk).state == "granted"


def test_a_service_account_decides_nothing(world: World) -> None:
    from throughline.actions import tokens

    account = tokens.create_service_account(
        actor=world.actor(world.pm),
        program_id=world.program.pk,
        name="Bot",
        role=AccessRole.MANAGER,
        now=world.now,
    )
    world.assign(account, "leader")
    move = world.request(world.model())
    world.now = timezone.now()
    reply = Client().post(
        f"/api/v1/moves/{move.pk}/answers", {"approve": True, "reason": "Beep."}, "application/json",
        headers=by_token(account),
    )  # fmt: skip
    assert reply.status_code in (403, 409)
    assert Move.objects.get(pk=move.pk).state == "open"


def test_ids_tried_one_after_the_other_show_nothing(house: House) -> None:
    """Other people's tokens, views, roles and accounts, by their numbers: there is nothing, whoever's it is."""
    outside = house.browser("other manager")
    for number in range(1, 40):
        for path in (
            "people/{}",
            "settings/tokens/{}/revoke",
            "views/{}/remove",
            "settings/memberships/{}/revoke",
        ):
            address = "/" + path.format(number)
            reply = outside.post(address) if address.endswith(("revoke", "remove")) else outside.get(address)
            assert samples.CANARY not in reply.content.decode(), address
    assert house.people["manager"].memberships.exists()
    assert house.people["manager"].tokens.filter(revoked_at__isnull=True).exists()
