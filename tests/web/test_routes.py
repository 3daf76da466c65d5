"""How a page asks permission, refuses, and answers with and without htmx."""

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory

from tests import make
from throughline.actions.specs import start_draft
from throughline.core.stages import Stage
from throughline.records.people import Person
from throughline.web.routes import safe_next

HTMX = {"HX-Request": "true"}


def test_nobody_in_particular_is_sent_to_sign_in_and_back(world: make.World) -> None:
    answer = Client().get("/portfolio?stage=prototype")
    assert answer.status_code == 302
    assert answer["Location"].endswith("?next=/portfolio%3Fstage%3Dprototype")


def test_a_session_that_ended_is_told_to_htmx_as_401(world: make.World) -> None:
    assert Client().get("/portfolio", headers=HTMX).status_code == 401


def test_only_declared_methods_are_answered(pm: Client) -> None:
    assert pm.post("/portfolio").status_code == 405
    assert pm.get("/looks").status_code == 405


def test_a_stranger_does_not_learn_that_a_model_exists(
    world: make.World, sign_in: Callable[[Person], Client]
) -> None:
    model = world.model()
    stranger = sign_in(world.person("Stranger"))
    for path in (
        f"/models/{model.pk}",
        "/models/987654",
        f"/models/{model.pk}/edit",
        f"/models/{model.pk}/move",
    ):
        answer = stranger.get(path)
        assert answer.status_code == 404
        assert b"There is no such model" in answer.content


def test_a_refusal_without_scripts_shows_the_page_again_with_what_was_typed(
    world: make.World, pm: Client
) -> None:
    model = world.model()
    answer = pm.post(
        f"/models/{model.pk}/edit", {"name": "", "summary": "Typed text", "version": model.version}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Typed text" in page
    assert "Something needs mending first" in page
    assert "data-refused" in page


def test_a_refusal_for_htmx_is_the_reasons_alone(world: make.World, pm: Client) -> None:
    model = world.model()
    answer = pm.post(f"/models/{model.pk}/edit", {"name": "", "version": model.version}, headers=HTMX)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "<html" not in page
    assert 'role="alert"' in page
    assert 'data-field="name"' in page


def test_htmx_loads_the_page_again_where_only_the_place_on_it_differs(world: make.World, pm: Client) -> None:
    model = world.model()
    start_draft(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    tab = f"/models/{model.pk}?tab=spec"
    for here, is_same in ((tab, True), (f"{tab}#spec-data", True), ("/portfolio", False)):
        answer = pm.post(
            f"/models/{model.pk}/spec/comments",
            {"section": "problem", "text": "Which year?"},
            headers={**HTMX, "HX-Current-URL": f"http://testserver{here}"},
        )
        assert answer["HX-Redirect"] == f"{tab}#spec-problem"
        assert answer.has_header("HX-Refresh") == is_same


def test_a_stale_write_is_told_with_what_it_says_now(world: make.World, pm: Client) -> None:
    model = world.model()
    first = {"name": "Churn score", "version": model.version}
    assert pm.post(f"/models/{model.pk}/edit", first).status_code == 302
    late = pm.post(f"/models/{model.pk}/edit", {"name": "Leaver score", "version": model.version})
    assert late.status_code == 412
    page = late.content.decode()
    assert "This changed while you were writing" in page
    assert "Leaver score" in page
    assert "Churn score" in page


def test_success_is_a_redirect_for_forms_and_a_new_page_for_htmx(world: make.World, pm: Client) -> None:
    model = world.model()
    plain = pm.post(f"/models/{model.pk}/edit", {"name": "One", "version": 1})
    assert (plain.status_code, plain["Location"]) == (302, f"/models/{model.pk}")
    quick = pm.post(f"/models/{model.pk}/edit", {"name": "Two", "version": 2}, headers=HTMX)
    assert (quick.status_code, quick["HX-Redirect"]) == (200, f"/models/{model.pk}")


def test_who_may_see_but_not_do_is_told_which_role_is_needed(
    world: make.World, sign_in: Callable[[Person], Client]
) -> None:
    model = world.model()
    viewer = world.person("Viewer")
    world.member(viewer, make.AccessRole.VIEWER)
    client = sign_in(viewer)
    assert client.get(f"/models/{model.pk}").status_code == 200
    answer = client.get(f"/models/{model.pk}/edit")
    assert answer.status_code == 403
    assert b"you need one of these roles" in answer.content
    page = client.get(f"/models/{model.pk}").content.decode()
    assert f"/models/{model.pk}/edit" not in page
    assert "Ask to advance" not in page


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/portfolio?stage=prototype", "/portfolio?stage=prototype"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_going_on_stays_on_this_site(wanted: str, given: str) -> None:
    assert safe_next(RequestFactory().get("/sign-in", {"next": wanted}), "/") == given


def test_the_theme_is_drawn_by_the_server_from_the_browsers_choice(pm: Client) -> None:
    assert b'data-theme="system"' in pm.get("/help").content
    pm.post("/looks", {"theme": "dark", "next": "/help"})
    assert b'data-theme="dark"' in pm.get("/help").content
    pm.post("/looks", {"theme": "neon"})
    assert b'data-theme="dark"' in pm.get("/help").content


def test_pages_of_errors_say_what_why_and_what_now(pm: Client) -> None:
    answer = pm.get("/nowhere")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "There is no such page" in page
    assert "Look it up by its name" in page
    assert answer["X-Request-ID"] in page


def test_no_page_carries_an_inline_style_or_script(world: make.World, pm: Client) -> None:
    model = world.model(at=Stage.PROTOTYPE)
    for path in (
        "/",
        "/portfolio",
        "/portfolio?layout=table",
        "/portfolio?layout=ageing",
        f"/models/{model.pk}",
        "/moves",
    ):
        page = pm.get(path).content.decode()
        assert " style=" not in page, path
        assert "<style" not in page, path
        assert "onclick" not in page, path


def test_whoever_is_not_signed_in_is_not_offered_to_find_things(pm: Client) -> None:
    assert "Find it by name" in pm.get("/nowhere").content.decode()
    assert "Find it by name" not in Client().get("/nowhere").content.decode()
