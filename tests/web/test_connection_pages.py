"""The pages about connected tools, through the web door: every button, every refusal, and no secret on any page."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from tests.listener import Listener, reply_with
from tests.make import World
from throughline.core.permissions import AccessRole
from throughline.records.connections import Connection, ModelLink
from throughline.records.jobs import Job

pytestmark = pytest.mark.django_db
MODELS = {"registered_models": [{"name": "churn_scorer", "description": "weekly"}, {"name": "weather"}]}


@pytest.fixture
def world() -> World:
    return World(now=timezone.now())


@pytest.fixture
def tool(settings: LazySettings) -> Iterator[Listener]:
    made = Listener()
    made.answer = reply_with(json.dumps(MODELS).encode())
    settings.ALLOW_HOSTS = frozenset({made.host_port})
    yield made
    made.close()


@pytest.fixture
def pm(world: World, client: Client) -> Client:
    client.force_login(world.pm)
    return client


def typed(world: World, tool: Listener, **changes: str) -> dict[str, str]:
    return {
        "program": world.program.slug,
        "name": "Registry",
        "base_url": f"http://{tool.host_port}",
        "token": "t0p-secret",
        "webhook_secret": "hook-secret",
        "interval_minutes": "15",
        **changes,
    }


@pytest.fixture
def connection(world: World, tool: Listener, pm: Client) -> Connection:
    pm.post("/connections/new?kind=mlflow", typed(world, tool))
    return Connection.objects.get()


def text(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def test_an_empty_list_says_what_to_do_next(pm: Client) -> None:
    page = text(pm, "/connections")
    assert "No tool is connected yet" in page
    assert "Connect MLflow" in page


def test_a_tool_is_connected_by_the_form_that_it_draws(world: World, tool: Listener, pm: Client) -> None:
    form = text(pm, f"/connections/new?kind=mlflow&program={world.program.slug}")
    for label in ("Address", "Token", "User name", "Password", "Webhook secret"):
        assert label in form
    response = pm.post("/connections/new?kind=mlflow", typed(world, tool))
    made = Connection.objects.get()
    assert response.status_code == 302
    assert response.headers["Location"] == f"/connections/{made.pk}"
    assert "Registry" in text(pm, "/connections")


def test_a_refused_address_keeps_what_was_typed_and_says_how_to_open_it(
    world: World, tool: Listener, pm: Client
) -> None:
    response = pm.post("/connections/new?kind=mlflow", typed(world, tool, base_url="http://10.0.0.1:5000"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "add 10.0.0.1:5000 to THROUGHLINE_ALLOW_HOSTS" in page
    assert 'value="http://10.0.0.1:5000"' in page
    assert "t0p-secret" not in page
    assert not Connection.objects.exists()


def test_no_page_shows_a_secret(pm: Client, connection: Connection) -> None:
    pages = [
        "",
        f"/{connection.pk}",
        f"/{connection.pk}/edit",
        f"/{connection.pk}/models",
        f"/{connection.pk}/link",
    ]
    shown = "".join(text(pm, f"/connections{page}") for page in pages)
    assert "t0p-secret" not in shown
    assert "hook-secret" not in shown
    assert "Stored, not shown" in shown


def test_the_test_button_tells_status_and_time(tool: Listener, pm: Client, connection: Connection) -> None:
    page = pm.post(f"/connections/{connection.pk}/try", follow=True).content.decode()
    assert "It works: status 200, answered in" in page
    tool.answer = reply_with(b"words of the other system", status="500 Internal Server Error")
    response = pm.post(f"/connections/{connection.pk}/try")
    assert response.status_code == 409
    assert "in trouble" in response.content.decode()
    assert "words of the other system" not in response.content.decode()


def test_registered_models_are_proposed_linked_and_unlinked(
    world: World, pm: Client, connection: Connection
) -> None:
    churn, wind = world.model("Churn"), world.model("Wind")
    page = text(pm, f"/connections/{connection.pk}/models")
    assert "Link 1 proposed" in page
    answer = pm.post(f"/connections/{connection.pk}/models/all", follow=True)
    assert "1 model is linked. Its evidence is on its way." in answer.content.decode()
    assert ModelLink.objects.get().model == churn
    form = {"remote_name": "weather", "model": str(wind.pk), "alias": "champion"}
    assert pm.post(f"/connections/{connection.pk}/link", form).status_code == 302
    assert pm.post(f"/connections/{connection.pk}/link", {**form, "model": str(churn.pk)}).status_code == 422
    page = text(pm, f"/connections/{connection.pk}")
    assert "alias champion" in page
    link = ModelLink.objects.get(model=wind)
    pm.post(f"/connections/{connection.pk}/links/{link.pk}")
    assert list(ModelLink.objects.values_list("model_id", flat=True)) == [churn.pk]


def test_registered_models_are_found_by_name(pm: Client, connection: Connection) -> None:
    page = text(pm, f"/connections/{connection.pk}/models?q=wea")
    assert "weather" in page
    assert "churn_scorer" not in page


def test_a_tool_that_is_down_is_said_on_the_page(tool: Listener, pm: Client, connection: Connection) -> None:
    tool.answer = reply_with(b"", status="401 Unauthorized")
    assert "did not accept the credentials" in text(pm, f"/connections/{connection.pk}/models", 409)


def test_collecting_now_is_left_to_the_worker(pm: Client, connection: Connection) -> None:
    pm.post(f"/connections/{connection.pk}/collect")
    assert Job.objects.get().payload["connection_id"] == connection.pk


def test_it_is_changed_and_switched_off_and_on(
    world: World, tool: Listener, pm: Client, connection: Connection
) -> None:
    url = f"/connections/{connection.pk}"
    changed = {**typed(world, tool), "name": "Other", "token": "", "webhook_secret": "", "version": "1"}
    assert pm.post(f"{url}/edit", changed).status_code == 302
    assert pm.post(f"{url}/edit", changed).status_code == 412
    assert "Other" in text(pm, url)
    pm.post(f"{url}/switch", {"to": "off"})
    assert "Switched off" in text(pm, url)
    assert pm.post(f"{url}/collect").status_code == 409
    pm.post(f"{url}/switch", {"to": "on"})
    assert "Switched off" not in text(pm, url)


@pytest.mark.parametrize(
    ("role", "sees"), [(AccessRole.MEMBER, True), (AccessRole.STAKEHOLDER, False), (None, False)]
)
def test_who_may_look_and_who_may_not(
    world: World, client: Client, pm: Client, connection: Connection, role: AccessRole | None, sees: bool
) -> None:
    other = world.person("Otto")
    if role:
        world.member(other, role)
    client.force_login(other)
    url = f"/connections/{connection.pk}"
    response = client.get(url)
    assert response.status_code == (200 if sees else 404)
    if sees:
        assert "Collect now" not in response.content.decode()
        assert connection.hook_token not in response.content.decode()
    for action in ("try", "collect", "switch", "models/all", "links/1"):
        assert client.post(f"{url}/{action}").status_code in (403, 404)
    for page in ("edit", "models", "link"):
        assert client.get(f"{url}/{page}").status_code in (403, 404)


class TestTheHook:
    BODY = json.dumps(
        {"entity": "model_version", "action": "created", "data": {"name": "churn_scorer"}}
    ).encode()

    def call(
        self,
        client: Client,
        connection: Connection,
        *,
        secret: str = "hook-secret",
        delivery: str = "delivery-1",
    ):  # type: ignore[no-untyped-def]
        stamp = str(int(datetime.now(UTC).timestamp()))
        mac = hmac.new(secret.encode(), f"{delivery}.{stamp}.".encode() + self.BODY, hashlib.sha256).digest()
        return client.post(
            f"/hooks/mlflow/{connection.hook_token}",
            self.BODY,
            content_type="application/json",
            headers={
                "X-MLflow-Delivery-Id": delivery,
                "X-MLflow-Timestamp": stamp,
                "X-MLflow-Signature": f"v1,{base64.b64encode(mac).decode()}",
            },
        )

    def test_a_signed_call_is_taken_once_and_becomes_work(
        self, world: World, pm: Client, connection: Connection
    ) -> None:
        pm.post(
            f"/connections/{connection.pk}/link", {"remote_name": "churn_scorer", "model": world.model().pk}
        )
        stranger = Client(enforce_csrf_checks=True)
        assert self.call(stranger, connection).status_code == 202
        assert self.call(stranger, connection).status_code == 200
        assert Job.objects.get().payload["remote_name"] == "churn_scorer"

    def test_other_calls_are_refused(self, connection: Connection) -> None:
        stranger = Client()
        assert self.call(stranger, connection, secret="guessed").status_code == 403
        assert (
            stranger.post("/hooks/mlflow/guessed", b"{}", content_type="application/json").status_code == 404
        )
        assert stranger.post(f"/hooks/other/{connection.hook_token}", {}).status_code == 404
        assert stranger.get(f"/hooks/mlflow/{connection.hook_token}").status_code == 405
        large = stranger.post(
            f"/hooks/mlflow/{connection.hook_token}", b"x" * 1_000_001, content_type="text/plain"
        )
        assert large.status_code == 413
        assert not Job.objects.exists()
