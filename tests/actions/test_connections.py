"""Connecting a tool: what is refused, what is kept secret, and what the log says."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from tests.listener import Listener, reply_with
from tests.make import World
from throughline.actions import connections
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole
from throughline.queries.connections import candidates, connection_row, health_of, secrets_of
from throughline.queries.connections import connections as visible
from throughline.records.activity import Activity
from throughline.records.connections import Connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def tool(settings: LazySettings) -> Iterator[Listener]:
    """An MLflow that answers everything with an empty list, on an allowed address."""
    made = Listener()
    made.answer = reply_with(b"{}")
    settings.ALLOW_HOSTS = frozenset({made.host_port})
    yield made
    made.close()


def connected(world: World, tool: Listener, name: str = "MLflow", **values: str) -> Connection:
    return connections.connect(
        actor=world.actor(world.pm),
        program_id=world.program.pk,
        kind="mlflow",
        name=name,
        values={"base_url": f"http://{tool.host_port}", **values},
        now=world.now,
    )


def verbs() -> list[str]:
    return list(Activity.objects.order_by("seq").values_list("verb", flat=True))


def test_a_tool_is_connected_with_its_secrets_encrypted(world: World, tool: Listener) -> None:
    row = connected(world, tool, token="t0p-secret", webhook_secret="hook-secret")
    stored = Connection.objects.filter(pk=row.pk).values().get()
    assert "t0p-secret" not in repr(stored)
    assert "hook-secret" not in repr(stored)
    assert secrets_of(row) == {"token": "t0p-secret", "webhook_secret": "hook-secret"}
    assert row.settings == {"base_url": f"http://{tool.host_port}"}
    assert verbs()[-1] == "connection.created"
    assert "t0p-secret" not in repr(list(Activity.objects.values()))


def test_a_changed_installation_key_asks_for_the_credentials_again(
    world: World, tool: Listener, settings: LazySettings
) -> None:
    row = connected(world, tool, token="t0p-secret")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key that is long enough for the tests"
    with pytest.raises(Refused, match="enter the credentials again"):
        secrets_of(row)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert secrets_of(row) == {"token": "t0p-secret"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"values": {"base_url": "http://10.0.0.1:5000"}}, "base_url"),
        ({"values": {"base_url": "http://169.254.169.254/"}}, "base_url"),
        ({"values": {"base_url": "file:///etc/passwd"}}, "base_url"),
        ({"values": {"base_url": ""}}, "base_url"),
        ({"values": {}}, "base_url"),
        ({"values": {"base_url": "https://a.example", "tocken": "x"}}, "settings"),
        ({"values": {"base_url": "https://a.example", "token": "a\nb"}}, "token"),
        ({"kind": "nothing"}, "kind"),
        ({"name": ""}, "name"),
        ({"interval_minutes": 0}, "interval_minutes"),
    ],
)
def test_bad_input_is_refused_at_its_field(world: World, change: dict[str, object], field: str) -> None:
    given: dict[str, object] = {
        "kind": "mlflow",
        "name": "M",
        "values": {"base_url": "http://10.0.0.1"},
        **change,
    }
    with pytest.raises(Refused) as refused:
        connections.connect(actor=world.actor(world.pm), program_id=world.program.pk, now=world.now, **given)  # type: ignore[arg-type]
    assert refused.value.reasons[0].field == field
    assert not Connection.objects.exists()


def test_a_private_address_is_refused_with_the_way_to_open_it(world: World) -> None:
    with pytest.raises(Refused, match=r"add 10\.0\.0\.1:5000 to THROUGHLINE_ALLOW_HOSTS"):
        connections.connect(
            actor=world.actor(world.pm),
            program_id=world.program.pk,
            kind="mlflow",
            name="M",
            values={"base_url": "http://10.0.0.1:5000"},
            now=world.now,
        )


def test_a_name_is_used_once_in_a_program(world: World, tool: Listener) -> None:
    connected(world, tool)
    with pytest.raises(Refused, match="already"):
        connected(world, tool)


@pytest.mark.parametrize(
    "role", [None, AccessRole.VIEWER, AccessRole.MEMBER, AccessRole.APPROVER, AccessRole.AUDITOR]
)
def test_only_managers_connect(world: World, tool: Listener, role: AccessRole | None) -> None:
    other = world.person("Otto")
    if role:
        world.member(other, role)
    with pytest.raises((NotAllowed, Missing)):
        connections.connect(
            actor=world.actor(other),
            program_id=world.program.pk,
            kind="mlflow",
            name="M",
            values={"base_url": f"http://{tool.host_port}"},
            now=world.now,
        )
    assert not Connection.objects.exists()


def test_other_programs_are_not_seen(world: World, tool: Listener) -> None:
    row, stranger = connected(world, tool), World()
    assert list(visible(world.actor(world.pm))) == [row]
    assert list(visible(stranger.actor(stranger.pm))) == []
    with pytest.raises(Missing):
        connections.try_connection(actor=stranger.actor(stranger.pm), connection_id=row.pk, now=world.now)
    assert tool.connections == 0


def test_trying_tells_status_and_time_and_nothing_of_the_answer(world: World, tool: Listener) -> None:
    row = connected(world, tool, token="t0p-secret")
    reached = connections.try_connection(actor=world.actor(world.pm), connection_id=row.pk, now=world.now)
    assert reached.status == 200
    tool.answer = reply_with(b"internal words of the other system", status="418 Teapot")
    with pytest.raises(Refused) as refused:
        connections.try_connection(actor=world.actor(world.pm), connection_id=row.pk, now=world.now)
    assert "internal words" not in str(refused.value)
    assert verbs()[-2:] == ["connection.tried", "connection.refused"]


def test_a_secret_left_empty_stays(world: World, tool: Listener) -> None:
    row = connected(world, tool, token="t0p-secret")
    changed = connections.change_connection(
        actor=world.actor(world.pm),
        connection_id=row.pk,
        expected_version=row.version,
        name="Registry",
        values={"base_url": f"http://{tool.host_port}/", "token": ""},
        interval_minutes=60,
        now=world.now,
    )
    assert secrets_of(changed) == {"token": "t0p-secret"}
    assert (changed.name, changed.interval_minutes, changed.version) == ("Registry", 60, 2)


def test_a_secret_does_not_follow_to_another_host(
    world: World, tool: Listener, settings: LazySettings
) -> None:
    row = connected(world, tool, token="t0p-secret")
    other = Listener()
    settings.ALLOW_HOSTS = frozenset({tool.host_port, other.host_port})
    change = {
        "actor": world.actor(world.pm),
        "connection_id": row.pk,
        "expected_version": row.version,
        "name": "MLflow",
        "interval_minutes": 15,
        "now": world.now,
    }
    with pytest.raises(Refused, match="Enter the credentials again"):
        connections.change_connection(**change, values={"base_url": f"http://{other.host_port}", "token": ""})  # type: ignore[arg-type]
    assert other.connections == 0
    changed = connections.change_connection(
        **change,
        values={"base_url": f"http://{other.host_port}", "token": "new"},  # type: ignore[arg-type]
    )
    assert secrets_of(changed) == {"token": "new"}
    other.close()


def test_a_stale_change_is_refused(world: World, tool: Listener) -> None:
    row = connected(world, tool)
    with pytest.raises(Refused) as refused:
        connections.change_connection(
            actor=world.actor(world.pm),
            connection_id=row.pk,
            expected_version=row.version + 1,
            name="X",
            values={"base_url": f"http://{tool.host_port}"},
            interval_minutes=15,
            now=world.now,
        )
    assert refused.value.kind == "stale"


def test_switching_off_and_on_is_recorded_once(world: World, tool: Listener) -> None:
    row, actor = connected(world, tool), world.actor(world.pm)
    off = connections.switch_connection(actor=actor, connection_id=row.pk, is_active=False, now=world.now)
    assert health_of(off) == "disabled"
    with pytest.raises(Refused, match="switched off already"):
        connections.switch_connection(actor=actor, connection_id=row.pk, is_active=False, now=world.now)
    connections.switch_connection(actor=actor, connection_id=row.pk, is_active=True, now=world.now)
    assert [verb for verb in verbs() if "switched" in verb] == [
        "connection.switched_off",
        "connection.switched_on",
    ]


def test_a_model_is_linked_once_and_unlinked(world: World, tool: Listener) -> None:
    row, actor, model = connected(world, tool), world.actor(world.pm), world.model()
    link = connections.link_model(
        actor=actor,
        connection_id=row.pk,
        model_id=model.pk,
        remote_name="churn_scorer",
        alias="champion",
        now=world.now,
    )
    with pytest.raises(Refused, match="linked to MLflow already"):
        connections.link_model(
            actor=actor, connection_id=row.pk, model_id=model.pk, remote_name="other", now=world.now
        )
    connections.unlink_model(actor=actor, connection_id=row.pk, link_id=link.pk, now=world.now)
    with pytest.raises(Refused, match="not linked any more"):
        connections.unlink_model(actor=actor, connection_id=row.pk, link_id=link.pk, now=world.now)
    assert [verb for verb in verbs() if verb.startswith("connection.model")] == [
        "connection.model_linked",
        "connection.model_unlinked",
    ]


def test_a_model_of_another_program_is_not_linked(world: World, tool: Listener) -> None:
    other = World()
    row, model = connected(world, tool), other.model()
    with pytest.raises(Missing):
        connections.link_model(
            actor=world.actor(world.pm),
            connection_id=row.pk,
            model_id=model.pk,
            remote_name="x",
            now=world.now,
        )
    admin = world.person("Ada", is_admin=True)
    with pytest.raises(Refused, match="another program"):
        connections.link_model(
            actor=world.actor(admin), connection_id=row.pk, model_id=model.pk, remote_name="x", now=world.now
        )


def test_registered_models_are_proposed_by_name(world: World, tool: Listener) -> None:
    row, actor = connected(world, tool), world.actor(world.pm)
    churn, fraud = world.model("Churn"), world.model("Fraud")
    connections.link_model(
        actor=actor, connection_id=row.pk, model_id=fraud.pk, remote_name="fraud_scorer", now=world.now
    )
    names = (
        b'{"registered_models": [{"name": "churn_scorer"}, {"name": "fraud_scorer"}, {"name": "weather"}]}'
    )
    tool.answer = reply_with(names)
    found = {one.name: one for one in candidates(actor, connection_row(actor, row.pk))}
    assert found["churn_scorer"].proposed == churn
    assert (found["fraud_scorer"].linked_to, found["fraud_scorer"].proposed) == (fraud, None)
    assert (found["weather"].linked_to, found["weather"].proposed) == (None, None)


def test_a_tool_that_is_down_is_said_in_words(world: World, tool: Listener) -> None:
    row, actor = connected(world, tool), world.actor(world.pm)
    tool.answer = reply_with(b"", status="401 Unauthorized")
    with pytest.raises(Refused, match="Enter a token"):
        candidates(actor, row)
