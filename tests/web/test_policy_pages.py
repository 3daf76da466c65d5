"""Policies as pages: read, compared, written with mistakes told line by line, published, put in force, adopted."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests import make
from throughline.core.permissions import AccessRole
from throughline.queries.policies import shipped_source
from throughline.records.people import Person
from throughline.records.policies import Policy

SignIn = Callable[[Person], Client]
SIGNED = {"id": "review.held", "asks": "Was it reviewed?", "sign_off": {"by": ["leader"], "valid_days": 30}}
HIGH_ONLY = {"id": "model.need_described", "when": {"risk_tier": ["high"]}}


def url(world: make.World, name: str = "policy_program", *more: object) -> str:
    return reverse(name, args=[world.program.slug, *more])


def text(client: Client, address: str, **query: object) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def send(
    client: Client, world: make.World, source: str, note: str = "Because.", **more: object
) -> tuple[int, str]:
    response = client.post(url(world, "policy_publish"), {"source": source, "note": note, **more})
    return response.status_code, response.content.decode()


def test_the_policy_in_force_is_read_for_people(world: make.World, pm: Client) -> None:
    world.policy({"conception_to_prototype": [SIGNED, HIGH_ONLY]})
    page = text(pm, url(world))
    assert "Was it reviewed?" in page
    assert "Signed by: leader" in page
    assert "for 30 days" in page
    assert "closes the gate at high risk" in page
    assert "not asked at low risk" in page
    assert "low 1 · medium 1 · high 2 closing" in page


@pytest.mark.parametrize("name", ["default", "light", "regulated"])
def test_every_shipped_policy_can_be_shown(world: make.World, pm: Client, name: str) -> None:
    world.publish(shipped_source(name).replace('version: "3"', 'version: "shown"', 1))
    assert "Decided by" in text(pm, url(world))


def test_one_program_is_shown_at_once_and_several_as_a_list(
    world: make.World, pm: Client, sign_in: SignIn
) -> None:
    assert pm.get(reverse("policies"))["Location"] == url(world)
    make.World()
    admin = sign_in(world.person("Ada", is_admin=True))
    assert world.program.name in text(admin, reverse("policies"))


def test_a_new_version_is_published_and_in_force(world: make.World, pm: Client) -> None:
    status, _ = send(pm, world, make.policy_source(version="7"))
    assert status == 302
    world.program.refresh_from_db()
    assert world.program.policy is not None
    assert world.program.policy.label == "7"


def test_mistakes_are_told_by_line_and_what_was_typed_is_kept(world: make.World, pm: Client) -> None:
    wrong = make.policy_source(version="8").replace("- leader", "- leadr", 1)
    status, page = send(pm, world, wrong, note="A note to keep")
    assert status == 422
    assert 'href="#line-' in page
    assert "leadr" in page
    assert "A note to keep" in page
    assert not Policy.objects.filter(label="8").exists()


def test_the_line_that_is_linked_is_the_line_that_is_wrong(world: make.World, pm: Client) -> None:
    lines = make.policy_source(version="8").split("\n")
    number = next(index for index, text in enumerate(lines, start=1) if text.strip() == "- leader")
    lines[number - 1] = lines[number - 1].replace("leader", "leadr")
    response = pm.post(url(world, "policy_check"), {"source": "\n".join(lines)})
    page = response.content.decode()
    assert f'href="#line-{number}"' in page
    assert f'id="line-{number}" class="at-fault"' in page


def test_checking_publishes_nothing(world: make.World, pm: Client) -> None:
    count = Policy.objects.count()
    page = pm.post(url(world, "policy_check"), {"source": make.policy_source(version="9")}).content.decode()
    assert "small 9 can be published" in page
    assert Policy.objects.count() == count


def test_a_file_takes_the_place_of_the_text(world: make.World, pm: Client) -> None:
    file = SimpleUploadedFile("policy.yml", make.policy_source(version="from a file").encode())
    status, _ = send(pm, world, "nonsense", file=file)
    assert status == 302
    assert Policy.objects.filter(label="from a file").exists()


def test_a_file_that_is_no_text_is_refused(world: make.World, pm: Client) -> None:
    status, page = send(pm, world, "x", file=SimpleUploadedFile("policy.yml", b"\xff\xfe\x00"))
    assert status == 422
    assert "not UTF-8" in page


def test_it_can_begin_from_a_shipped_one(world: make.World, pm: Client) -> None:
    assert "policy: light" in text(pm, url(world, "policy_publish"), **{"from": "light"})


def test_two_versions_are_compared(world: make.World, pm: Client) -> None:
    world.publish(make.policy_source({"stop": [SIGNED]}, version="a"))
    looser = {**SIGNED, "sign_off": {"by": ["leader"], "valid_days": 90}}
    world.publish(make.policy_source({"stop": [looser]}, version="b"))
    page = text(pm, url(world, "policy_compare"))
    assert "Holds for days" in page
    assert "looser" in page
    same = Policy.objects.get(program=world.program, label="b").pk
    assert "They ask the same" in text(pm, url(world, "policy_compare"), before=same, after=same)


def test_models_on_an_older_version_are_listed_with_a_way_to_adopt(world: make.World, pm: Client) -> None:
    model = world.model(name="Left behind")
    assert "Models on another version" not in text(pm, url(world))
    world.publish(make.policy_source(version="newer"))
    page = text(pm, url(world))
    assert "Left behind" in page
    assert reverse("policy_adopt", args=[model.pk]) in page


def test_an_older_version_is_put_in_force_again(world: make.World, pm: Client) -> None:
    first = world.program.policies.order_by("pk").first()
    assert first is not None
    assert pm.post(url(world, "policy_in_force", first.pk)).status_code == 302
    world.program.refresh_from_db()
    assert world.program.policy == first


def test_the_text_is_given_letter_for_letter(world: make.World, pm: Client) -> None:
    row = world.program.policies.order_by("-pk").first()
    assert row is not None
    assert pm.get(url(world, "policy_text", row.pk)).content.decode() == row.source


def test_a_viewer_reads_and_does_not_publish(world: make.World, sign_in: SignIn) -> None:
    viewer = world.person("Vi")
    world.member(viewer, AccessRole.VIEWER)
    client = sign_in(viewer)
    assert url(world, "policy_publish") not in text(client, url(world))
    assert client.get(url(world, "policy_publish")).status_code == 403
    assert send(client, world, make.policy_source(version="10"))[0] == 403
    assert not Policy.objects.filter(label="10").exists()


def test_other_programs_are_not_there(world: make.World, pm: Client) -> None:
    other = make.World()
    assert pm.get(url(other)).status_code == 404
    row = other.program.policies.first()
    assert row is not None
    assert pm.get(url(world, "policy", row.pk)).status_code == 404


def test_a_condition_on_another_check_says_what_that_one_asks(world: make.World, pm: Client) -> None:
    after = {
        "id": "review.repeated",
        "asks": "Was it repeated?",
        "sign_off": {"by": ["leader"], "valid_days": 30},
        "when": {"not_met": ["review.held"]},
    }
    world.policy({"conception_to_prototype": [SIGNED, after]})
    page = text(pm, url(world))
    assert "only where “Was it reviewed?” is not met" in page
    assert "“review.held”" not in page
