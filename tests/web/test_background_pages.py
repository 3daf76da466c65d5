"""The pages of background work and of the sample program: for administrators alone."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import make
from throughline.actions import jobs
from throughline.records.jobs import Job
from throughline.records.people import Person
from throughline.records.portfolio import Program

SignIn = Callable[[Person], Client]


@pytest.fixture
def admin(world: make.World, sign_in: SignIn) -> Client:
    return sign_in(world.person("Ada", is_admin=True))


@pytest.fixture
def parked(world: make.World) -> Job:
    return Job.objects.create(
        kind="connections.collect", state="parked", attempts=5, run_at=world.now, created_at=world.now,
        error="The server gave no answer.",
    )  # fmt: skip


def test_what_failed_too_often_is_shown_and_tried_again(admin: Client, parked: Job) -> None:
    page = admin.get(reverse("jobs")).content.decode()
    assert "The server gave no answer." in page
    assert "No worker has run here yet" in page
    assert admin.post(reverse("job_retry", args=[parked.pk])).status_code == 302
    parked.refresh_from_db()
    assert parked.state == "ready"
    assert admin.post(reverse("job_retry", args=[parked.pk])).status_code == 409


def test_it_can_be_given_up(admin: Client, parked: Job) -> None:
    assert admin.post(reverse("job_discard", args=[parked.pk])).status_code == 302
    assert not Job.objects.exists()


def test_a_dead_worker_is_told(admin: Client, world: make.World) -> None:
    from throughline.worker.chores import BEAT

    jobs.beat(every=BEAT, now=world.now)
    assert "No worker has given a sign of life since" in admin.get(reverse("jobs")).content.decode()
    assert (
        "No worker has given a sign of life for minutes" in admin.get(reverse("portfolio")).content.decode()
    )
    jobs.beat(every=BEAT, now=timezone.now())
    assert "No worker has given a sign of life" not in admin.get(reverse("portfolio")).content.decode()


def test_an_administrator_asks_for_the_sample_and_sees_it_coming(admin: Client) -> None:
    assert admin.get(reverse("sample")).status_code == 200
    assert admin.post(reverse("sample_build")).status_code == 302
    assert "It is being made" in admin.get(reverse("sample")).content.decode()
    assert admin.post(reverse("sample_build")).status_code == 409


def test_the_sample_is_removed_by_a_button(admin: Client, world: make.World) -> None:
    Program.objects.create(slug="sample", name="Sample", is_sample=True, created_at=world.now)
    assert "This is the sample program" not in admin.get(reverse("portfolio")).content.decode()
    assert (
        "This is the sample program" in admin.get(reverse("portfolio") + "?program=sample").content.decode()
    )
    assert admin.post(reverse("sample_remove")).status_code == 302
    assert not Program.objects.filter(is_sample=True).exists()
    assert admin.post(reverse("sample_remove")).status_code == 409


def test_nobody_else_sees_or_does_any_of_it(pm: Client, parked: Job) -> None:
    for name in ("jobs", "sample"):
        assert pm.get(reverse(name)).status_code == 403
    for address in (
        reverse("job_retry", args=[parked.pk]),
        reverse("job_discard", args=[parked.pk]),
        reverse("sample_build"),
        reverse("sample_remove"),
    ):
        assert pm.post(address).status_code == 403
    parked.refresh_from_db()
    assert parked.state == "parked"


def test_an_empty_installation_offers_where_to_begin(db: None, sign_in: SignIn) -> None:
    first = Person.objects.create(
        name="Ada", email="ada@example.org", is_admin=True, created_at=timezone.now()
    )
    page = sign_in(first).get(reverse("today")).content.decode()
    assert reverse("sample_build") in page
    assert "Create a program" in page


def test_every_kind_of_job_and_chore_has_words_and_nothing_else_has() -> None:
    from throughline.queries.jobs import HEARTBEAT
    from throughline.web.jobs import TITLES
    from throughline.worker.chores import CHORES
    from throughline.worker.kinds import KINDS

    assert set(TITLES) == {*KINDS, *(chore.name for chore in CHORES), HEARTBEAT}
