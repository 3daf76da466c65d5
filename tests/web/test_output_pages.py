"""Output and feedback through the web door: shared, looked at, answered, with what was typed kept."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.make import World
from throughline.core.permissions import AccessRole
from throughline.records.feedback import Feedback
from throughline.records.outputs import Output, OutputAnswer
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.stakeholders import Stakeholder

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
CSV = b'customer,score\n<script>alert(1)</script>,0.83\n"=HYPERLINK(""http://x"")",-1\n+1,@x\n'


@pytest.fixture
def world(settings: LazySettings, tmp_path: Path) -> World:
    settings.ATTACHMENTS_DIR = tmp_path
    return World(now=timezone.now() - timedelta(hours=2))


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


@pytest.fixture
def lea(world: World, model: MLModel) -> Person:
    return world.person("Lea")


@pytest.fixture
def approver(world: World, model: MLModel, lea: Person) -> Stakeholder:
    return world.stakeholder(model, lea)


def form(approver: Stakeholder, **more: object) -> dict[str, object]:
    return {
        "title": "Week 9",
        "purpose": "draft",
        "stakeholders": [approver.pk],
        "note": "Look at **all**.",
        **more,
    }


def sample(pm: Client, model: MLModel, approver: Stakeholder, content: bytes = CSV) -> Output:
    file = SimpleUploadedFile("week.csv", content)
    pm.post(f"/models/{model.pk}/outputs/new", form(approver, file=file, is_sample="on"))
    return Output.objects.get()


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_an_empty_tab_says_what_to_do_next(model: MLModel, pm: Client) -> None:
    page = text(pm, f"/models/{model.pk}?tab=outputs")
    assert "Nothing has been shown yet" in page
    assert "No feedback yet" in page
    assert "There is nobody to ask yet" in text(pm, f"/models/{model.pk}/outputs/new")


def test_a_sample_is_shown_escaped_and_leaves_as_harmless_cells(
    model: MLModel, pm: Client, approver: Stakeholder
) -> None:
    made = sample(pm, model, approver)
    page = text(pm, f"/outputs/{made.pk}")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "The first 3 rows of 3" in page
    assert "<strong>all</strong>" in page
    lines = text(pm, f"/outputs/{made.pk}/sample.csv").splitlines()
    assert lines[2] == '"\'=HYPERLINK(""http://x"")",\'-1'
    assert lines[3] == "'+1,'@x"
    download = pm.get(f"/attachments/{made.attachment_id}")
    assert b"".join(download.streaming_content) == CSV
    assert download["Content-Disposition"].startswith("attachment")


def test_whoever_was_asked_approves_or_returns_with_words(
    world: World, model: MLModel, pm: Client, lea: Person, approver: Stakeholder, sign_in: SignIn
) -> None:
    made, theirs = sample(pm, model, approver), sign_in(lea)
    assert f"/outputs/{made.pk}" in text(theirs, "/")
    assert "Your answer" not in text(pm, f"/outputs/{made.pk}")
    assert "Your answer" in text(theirs, f"/outputs/{made.pk}")
    answer = {"form": "answer", "seen": made.fingerprint, "answer": "return", "words": ""}
    refused = theirs.post(f"/outputs/{made.pk}/answer", answer)
    assert refused.status_code == 422
    assert "Say what is wrong with it." in refused.content.decode()
    page = theirs.post(
        f"/outputs/{made.pk}/answer", {**answer, "words": "Names are <b>cut</b>."}, follow=True
    )
    assert "Names are &lt;b&gt;cut&lt;/b&gt;." in page.content.decode()
    assert "The gate stays closed" not in page.content.decode()
    assert "An updated timeline is owed" in text(pm, f"/models/{model.pk}?tab=outputs")
    assert "was returned" in text(pm, "/")
    assert f"/outputs/{made.pk}" not in text(theirs, "/")


def test_a_timeline_that_does_not_hold_keeps_what_was_typed(
    world: World, model: MLModel, pm: Client, lea: Person, approver: Stakeholder
) -> None:
    made = world.share(model, approver)
    world.answer(made, lea, "No.")
    sent = {"form": "timeline", "due_on": "2020-01-01", "note": "Kept words.", "version": 2}
    refused = pm.post(f"/outputs/{made.pk}/timeline", sent)
    assert refused.status_code == 422
    assert "Kept words." in refused.content.decode()
    assert "has passed" in refused.content.decode()
    due = (timezone.now() + timedelta(days=9)).date()
    page = pm.post(f"/outputs/{made.pk}/timeline", {**sent, "due_on": due.isoformat()}, follow=True)
    assert "not told yet" in page.content.decode()
    made.refresh_from_db()
    assert made.timeline_on == due


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"title": ""}, "Title: This field is required."),
        ({"stakeholders": []}, "Choose at least one stakeholder."),
        ({"stakeholders": [999_999]}, "Select a valid choice"),
        ({}, "There is nothing to look at."),
        ({"is_sample": "on"}, "There is no file to show rows of."),
        ({"link": "javascript:alert(1)"}, "https://"),
        ({"purpose": "acceptance", "link": "https://example.org"}, "Acceptance is asked for a release."),
        ({"file": SimpleUploadedFile("x.csv", b"%PDF-1.7"), "is_sample": "on"}, "This is a PDF"),
    ],
)
def test_what_cannot_be_shared_is_refused_in_words(
    model: MLModel, pm: Client, approver: Stakeholder, more: dict[str, object], said: str
) -> None:
    refused = pm.post(f"/models/{model.pk}/outputs/new", form(approver, **more))
    assert refused.status_code == 422
    page = refused.content.decode()
    assert said in page
    assert "Look at **all**." in page
    assert not Output.objects.exists()


def test_a_file_that_is_too_large_is_refused(
    model: MLModel, pm: Client, approver: Stakeholder, settings: LazySettings
) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    file = SimpleUploadedFile("week.csv", CSV)
    refused = pm.post(f"/models/{model.pk}/outputs/new", form(approver, file=file))
    assert refused.status_code in (413, 422)
    assert not Output.objects.exists()


def test_others_are_asked_and_a_share_is_withdrawn(
    world: World, model: MLModel, pm: Client, lea: Person, approver: Stakeholder, sign_in: SignIn
) -> None:
    made, uma = world.share(model, approver), world.stakeholder(model, world.person("Uma"), "user")
    pm.post(f"/outputs/{made.pk}/ask", {"form": "ask", "stakeholders": [uma.pk]})
    assert OutputAnswer.objects.filter(output=made).count() == 2
    page = pm.post(f"/outputs/{made.pk}/withdraw", follow=True).content.decode()
    assert "withdrew this" in page
    answer = {"seen": made.fingerprint, "answer": "approve", "words": ""}
    assert sign_in(lea).post(f"/outputs/{made.pk}/answer", answer).status_code == 409


def test_readers_see_and_change_nothing(
    world: World, model: MLModel, approver: Stakeholder, sign_in: SignIn
) -> None:
    made, viewer = world.share(model, approver), world.person("Vera")
    world.member(viewer, AccessRole.VIEWER)
    theirs = sign_in(viewer)
    page = text(theirs, f"/outputs/{made.pk}")
    assert "Withdraw" not in page
    assert "Ask somebody else" not in page
    for path in (f"/outputs/{made.pk}/withdraw", f"/outputs/{made.pk}/ask", f"/outputs/{made.pk}/timeline"):
        assert (
            theirs.post(
                path, {"stakeholders": [approver.pk], "due_on": "2030-01-01", "note": "x"}
            ).status_code
            == 403
        )
    assert theirs.get(f"/models/{model.pk}/outputs/new").status_code == 403
    assert theirs.get(f"/models/{model.pk}/feedback/new").status_code == 403


def test_what_is_stored_otherwise_than_shown_is_said(
    world: World, model: MLModel, lea: Person, approver: Stakeholder, sign_in: SignIn
) -> None:
    made = world.share(model, approver)
    Output.objects.filter(pk=made.pk).update(note="Changed behind everybody's back.")
    page = text(sign_in(lea), f"/outputs/{made.pk}")
    assert "What is stored here is not what was shown." in page
    assert "Your answer" not in page


def test_feedback_is_given_triaged_and_closed(
    model: MLModel, pm: Client, lea: Person, approver: Stakeholder, sign_in: SignIn
) -> None:
    theirs = sign_in(lea)
    assert "Whose words" not in text(theirs, f"/models/{model.pk}/feedback/new")
    page = theirs.post(
        f"/models/{model.pk}/feedback/new", {"text": "Too late <i>again</i>."}, follow=True
    ).content.decode()
    assert "&lt;i&gt;again&lt;/i&gt;" in page
    assert "What follows" not in page
    row = Feedback.objects.get()
    assert "feedback from Lea" in text(pm, "/")
    refused = pm.post(
        f"/feedback/{row.pk}/triage", {"form": "triage", "triage": "declined", "note": "", "version": 1}
    )
    assert refused.status_code == 422
    assert "Declining needs a reason." in refused.content.decode()
    pm.post(
        f"/feedback/{row.pk}/triage",
        {"form": "triage", "triage": "work_item", "note": "Moves.", "version": 1},
    )
    page = pm.post(
        f"/feedback/{row.pk}/close", {"outcome": "At seven.", "version": 2}, follow=True
    ).content.decode()
    assert "Lea was told in these words" in page
    assert "1 closed" in text(pm, f"/models/{model.pk}?tab=outputs")


def test_old_feedback_is_marked_and_the_team_writes_down_what_it_heard(
    world: World, model: MLModel, pm: Client, approver: Stakeholder
) -> None:
    pm.post(
        f"/models/{model.pk}/feedback/new",
        {"text": "Heard in a meeting.", "stakeholder": approver.pk, "giver_name": ""},
    )
    row = Feedback.objects.get()
    assert (row.giver_name, row.came_by) == ("Lea", "by_hand")
    Feedback.objects.update(given_at=timezone.now() - timedelta(days=9))
    assert "Nobody has said for 9 days what follows from it." in text(pm, f"/models/{model.pk}?tab=outputs")


def test_the_tab_of_a_past_day_shows_what_was_known_then(world: World, pm: Client) -> None:
    world.now = timezone.now() - timedelta(days=20)
    model, lea = world.model(), world.person("Lea")
    made = world.later(days=3).share(model, world.stakeholder(model, lea))
    day = world.now.date().isoformat()
    world.later(days=3).answer(made, lea, "Words of later.")
    then = text(pm, f"/models/{model.pk}?tab=outputs&as_of={day}")
    assert "Week 9" in then
    assert "Words of later." not in then
    assert "Words of later." in text(pm, f"/models/{model.pk}?tab=outputs")


def test_tab_and_today_cost_a_fixed_number_of_statements(
    world: World, model: MLModel, pm: Client, lea: Person, approver: Stakeholder, sign_in: SignIn
) -> None:
    theirs = sign_in(lea)

    def count(client: Client, path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    def fill(place: MLModel) -> None:
        asked = world.stakeholder(place, lea) if place != model else approver
        made = world.later(minutes=1).share(place, asked)
        world.answer(made, lea, "No.")
        world.later(minutes=1).share(place, asked, title="Week 10")

    fill(model)
    pages = [(pm, f"/models/{model.pk}?tab=outputs"), (pm, "/"), (theirs, "/")]
    for client, path in pages:
        client.get(path)
    few = [count(*one) for one in pages]
    assert few[0] <= 18
    for number in range(4):
        fill(model)
        fill(world.model(f"Other {number}"))
    assert [count(*one) for one in pages] == few
