"""Evidence from tools: collected, announced by webhook, brought as a report, and never twice."""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.utils import timezone

from tests.listener import Listener, reply_with
from tests.make import World
from tests.mlflow_server import MLflowServer, Registered
from throughline.actions import connections
from throughline.actions.evidence import collection
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.evidence import Outcome
from throughline.queries.access import NOBODY, system_actor
from throughline.queries.dossiers import load
from throughline.records.activity import Activity
from throughline.records.connections import Connection, HookReceipt, ModelLink
from throughline.records.evidence import Attachment, Evidence
from throughline.records.jobs import Job
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db
SECRET = "hook-secret"
WORKER = system_actor("worker")


class Registry:
    """An MLflow of one registered model on a real socket, whose figures a test can change."""

    def __init__(self) -> None:
        self.version = "1"
        self.auc: object = 0.81
        self.models = {"churn_scorer"}
        self.status = "200 OK"
        self.listener = Listener()
        self.listener.answer = self._answer

    def _answer(self, connection: socket.socket) -> None:
        asked = urlsplit(self.listener.requests[-1].split()[1])
        body = self._body(asked.path.rpartition("mlflow/")[2], parse_qs(asked.query))
        status = self.status if body is not None else "404 Not Found"
        missing: object = {"error_code": "RESOURCE_DOES_NOT_EXIST"}
        reply_with(json.dumps(missing if body is None else body).encode(), status=status)(connection)

    def _body(self, path: str, query: dict[str, list[str]]) -> object:
        if path == "registered-models/search":
            return {"registered_models": [{"name": name} for name in sorted(self.models)]}
        if path == "runs/get":
            metrics = [{"key": "val_auc", "value": self.auc, "timestamp": 1772000000000}]
            return {
                "run": {
                    "info": {"status": "FINISHED", "end_time": 1772000000000},
                    "data": {"metrics": metrics},
                }
            }
        name = query["name"][0]
        if name not in self.models:
            return None
        version = {"name": name, "version": self.version, "run_id": f"run{self.version}", "status": "READY"}
        version["last_updated_timestamp"] = "1772000000000"
        aliases = [{"alias": "champion", "version": self.version}]
        model = {"name": name, "latest_versions": [version], "aliases": aliases}
        return {"model_version": version} if path == "model-versions/get" else {"registered_model": model}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def registry(settings: LazySettings) -> Iterator[Registry]:
    made = Registry()
    settings.ALLOW_HOSTS = frozenset({made.listener.host_port})
    yield made
    made.listener.close()


@pytest.fixture
def connection(world: World, registry: Registry) -> Connection:
    return connections.connect(
        actor=world.actor(world.pm),
        program_id=world.program.pk,
        kind="mlflow",
        name="Registry",
        values={"base_url": f"http://{registry.listener.host_port}", "webhook_secret": SECRET},
        now=world.now,
    )


@pytest.fixture
def model(world: World, connection: Connection) -> MLModel:
    made = world.model("Churn")
    link(world, connection, made, "churn_scorer")
    return made


def link(world: World, connection: Connection, model: MLModel, name: str, alias: str = "") -> ModelLink:
    return connections.link_model(
        actor=world.actor(world.pm),
        connection_id=connection.pk,
        model_id=model.pk,
        remote_name=name,
        alias=alias,
        now=world.now,
    )


def collect(world: World, connection: Connection, remote_name: str = "") -> collection.Collected:
    return collection.collect(
        actor=WORKER, connection_id=connection.pk, remote_name=remote_name, now=world.now
    )


def verbs(prefix: str) -> list[str]:
    return list(
        Activity.objects.filter(verb__startswith=prefix).order_by("seq").values_list("verb", flat=True)
    )


class TestCollecting:
    def test_what_the_tool_says_becomes_evidence(
        self, world: World, connection: Connection, model: MLModel
    ) -> None:
        found = collect(world, connection)
        auc = Evidence.objects.get(model=model, key="metric.val_auc")
        assert (found.models, found.failures) == (1, ())
        assert (auc.value, auc.source, auc.subject) == (0.81, "mlflow", "churn_scorer version 1")
        assert auc.recorded_by == "Registry"
        assert load(model, now=world.now).latest("run.finished").outcome is Outcome.PASSED  # type: ignore[union-attr]
        connection.refresh_from_db()
        assert (connection.last_polled_at, connection.last_error) == (world.now, "")
        assert ModelLink.objects.get().last_subject == "churn_scorer version 1"

    def test_collecting_again_adds_nothing_and_says_nothing(
        self, world: World, connection: Connection, model: MLModel
    ) -> None:
        collect(world, connection)
        rows, entries = Evidence.objects.count(), Activity.objects.count()
        assert collect(world.later(hours=1), connection).evidence == 0
        assert (Evidence.objects.count(), Activity.objects.count()) == (rows, entries)

    def test_only_what_changed_is_added(
        self, world: World, connection: Connection, model: MLModel, registry: Registry
    ) -> None:
        collect(world, connection)
        registry.auc = 0.9
        assert collect(world.later(hours=1), connection).evidence == 1
        assert load(model, now=world.now).latest("metric.val_auc").value == 0.9  # type: ignore[union-attr]

    def test_a_new_version_is_evidence_about_its_release(
        self, world: World, connection: Connection, model: MLModel, registry: Registry
    ) -> None:
        world.release(model, "2.0", "churn_scorer version 2")
        collect(world, connection)
        assert load(model, now=world.now).latest("metric.val_auc") is None
        registry.version = "2"
        collect(world, connection)
        assert load(model, now=world.now).latest("metric.val_auc").subject == "churn_scorer version 2"  # type: ignore[union-attr]

    def test_a_release_that_is_named_later_finds_its_evidence_and_adds_none(
        self, world: World, connection: Connection, model: MLModel
    ) -> None:
        collect(world, connection)
        world.release(model, "1.0", "churn_scorer version 1")
        assert collect(world, connection).evidence == 0
        assert load(model, now=world.now).latest("metric.val_auc") is not None

    def test_a_figure_that_is_no_number_stays_unknown(
        self, world: World, connection: Connection, model: MLModel, registry: Registry
    ) -> None:
        registry.auc = "NaN"
        collect(world, connection)
        auc = Evidence.objects.get(key="metric.val_auc")
        assert (auc.value, auc.outcome) == (None, "unknown")

    def test_a_model_that_the_tool_lacks_does_not_stop_the_others(
        self, world: World, connection: Connection, model: MLModel
    ) -> None:
        gone = link(world, connection, world.model("Gone"), "gone_scorer")
        found = collect(world, connection)
        assert found.models == 2
        assert found.failures == (
            "The registered model gone_scorer is not in MLflow: it may have been renamed or deleted. Check the name.",
        )
        gone.refresh_from_db()
        assert "is not in MLflow" in gone.last_error
        assert Evidence.objects.filter(model=model).exists()
        connection.refresh_from_db()
        assert connection.last_error == ""

    def test_a_tool_that_fails_is_written_down_once_and_asked_less_often(
        self, world: World, connection: Connection, model: MLModel, registry: Registry
    ) -> None:
        registry.status = "500 Internal Server Error"
        for _ in range(3):
            collect(world.later(minutes=15), connection)
        connection.refresh_from_db()
        assert "in trouble" in connection.last_error
        assert connection.failures == 3
        assert connection.next_poll_at - world.now == timedelta(hours=2)
        registry.status = "200 OK"
        collect(world, connection)
        connection.refresh_from_db()
        assert (connection.last_error, connection.failures) == ("", 0)
        assert verbs("connection.")[-2:] == ["connection.failed", "connection.recovered"]

    def test_no_transaction_is_open_while_the_network_is_asked(
        self, world: World, connection: Connection, model: MLModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from django.db import transaction

        depth = len(transaction.get_connection().savepoint_ids)
        seen: list[int] = []
        ask = collection.source_of

        def asking(row: Connection) -> object:
            seen.append(len(transaction.get_connection().savepoint_ids))
            return ask(row)

        monkeypatch.setattr(collection, "source_of", asking)
        collect(world, connection)
        assert seen == [depth]

    def test_a_tool_that_is_switched_off_is_not_asked(
        self, world: World, connection: Connection, model: MLModel, registry: Registry
    ) -> None:
        connections.switch_connection(
            actor=world.actor(world.pm), connection_id=connection.pk, is_active=False, now=world.now
        )
        assert collect(world, connection).failures == ("Registry is switched off.",)
        assert registry.listener.connections == 0

    def test_people_without_the_right_do_not_collect(self, world: World, connection: Connection) -> None:
        with pytest.raises(NotAllowed):
            collection.collect(actor=world.actor(world.leader), connection_id=connection.pk, now=world.now)


class TestTheQueue:
    def test_each_due_connection_is_enqueued_once(self, world: World, connection: Connection) -> None:
        assert collection.enqueue_due(actor=WORKER, now=world.now) == 1
        assert collection.enqueue_due(actor=WORKER, now=world.now) == 0
        assert Job.objects.filter(kind=collection.COLLECT, state="ready").count() == 1
        assert collection.enqueue_due(actor=WORKER, now=world.later(minutes=16).now) == 1
        assert Job.objects.filter(kind=collection.COLLECT).count() == 1

    def test_a_person_can_ask_for_it_now(self, world: World, connection: Connection) -> None:
        collection.request_collection(actor=world.actor(world.pm), connection_id=connection.pk, now=world.now)
        assert Job.objects.get().payload == {"connection_id": connection.pk, "remote_name": ""}
        assert verbs("connection.")[-1] == "connection.collection_requested"

    def test_only_the_installation_enqueues_what_is_due(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            collection.enqueue_due(actor=world.actor(world.pm), now=world.now)


Call = Callable[..., bool]


class TestWebhooks:
    @pytest.fixture
    def call(self, connection: Connection) -> Call:
        def calling(
            *,
            at: datetime,
            body: object = None,
            secret: str = SECRET,
            token: str = "",
            delivery: str = "delivery-1",
        ) -> bool:
            sent = json.dumps(
                body or {"entity": "model_version", "action": "created", "data": {"name": "churn_scorer"}}
            )
            stamp = str(int(at.timestamp()))
            mac = hmac.new(secret.encode(), f"{delivery}.{stamp}.{sent}".encode(), hashlib.sha256).digest()
            headers = {
                "X-MLflow-Delivery-Id": delivery,
                "X-MLflow-Timestamp": stamp,
                "X-MLflow-Signature": f"v1,{base64.b64encode(mac).decode()}",
            }
            return collection.receive_hook(
                actor=NOBODY,
                kind="mlflow",
                token=token or connection.hook_token,
                headers=headers,
                body=sent.encode(),
                now=at,
            )

        return calling

    def test_a_signed_call_has_the_named_model_collected(
        self, world: World, model: MLModel, call: Call
    ) -> None:
        assert call(at=world.now)
        assert Job.objects.get().payload["remote_name"] == "churn_scorer"

    def test_the_same_call_is_taken_once(self, world: World, model: MLModel, call: Call) -> None:
        assert call(at=world.now)
        assert not call(at=world.now)
        assert HookReceipt.objects.count() == Job.objects.count() == 1

    def test_many_calls_about_one_model_wait_as_one_job(
        self, world: World, model: MLModel, call: Call
    ) -> None:
        for number in range(20):
            assert call(at=world.now, delivery=f"delivery-{number}")
        assert Job.objects.count() == 1

    def test_a_call_during_the_job_makes_one_more(self, world: World, model: MLModel, call: Call) -> None:
        call(at=world.now)
        Job.objects.update(state="running")
        call(at=world.now, delivery="delivery-2")
        call(at=world.now, delivery="delivery-3")
        assert sorted(Job.objects.values_list("state", flat=True)) == ["ready", "running"]

    def test_a_model_that_nobody_linked_is_no_work(
        self, world: World, connection: Connection, call: Call
    ) -> None:
        assert call(at=world.now)
        assert not Job.objects.exists()

    def test_a_wrong_signature_is_not_taken(self, world: World, model: MLModel, call: Call) -> None:
        with pytest.raises(NotAllowed, match="signature"):
            call(at=world.now, secret="guessed")
        assert not Job.objects.exists()
        assert not HookReceipt.objects.exists()

    def test_an_unknown_address_is_missing(self, world: World, call: Call) -> None:
        with pytest.raises(Missing):
            call(at=world.now, token="guessed")

    def test_a_tool_that_is_switched_off_has_no_address(
        self, world: World, connection: Connection, call: Call
    ) -> None:
        connections.switch_connection(
            actor=world.actor(world.pm), connection_id=connection.pk, is_active=False, now=world.now
        )
        with pytest.raises(Missing):
            call(at=world.now)

    def test_old_receipts_are_cleared_after_their_calls_are_too_old_to_be_taken(
        self, world: World, model: MLModel, call: Call
    ) -> None:
        call(at=world.now)
        collection.enqueue_due(actor=WORKER, now=world.later(minutes=59).now)
        assert HookReceipt.objects.exists()
        collection.enqueue_due(actor=WORKER, now=world.later(minutes=2).now)
        assert not HookReceipt.objects.exists()


class TestReports:
    REPORT = b'<testsuite name="pytest" tests="1"><testcase name="a"/></testsuite>'

    @pytest.fixture(autouse=True)
    def folder(self, settings: LazySettings, tmp_path: Path) -> Path:
        settings.ATTACHMENTS_DIR = tmp_path / "attachments"
        return tmp_path / "attachments"

    def bring(self, world: World, model: MLModel, body: bytes, label: str = "unit") -> tuple[Evidence, ...]:
        return collection.attach_report(
            actor=world.actor(world.pm),
            model_id=model.pk,
            file_name="report.xml",
            body=body,
            label=label,
            now=world.now,
        )

    def test_a_report_becomes_evidence_and_the_file_is_kept(self, world: World, folder: Path) -> None:
        model = world.model()
        whole, _ = self.bring(world, model, self.REPORT)
        assert (whole.key, whole.outcome) == ("tests.unit", "passed")
        assert whole.fingerprint == hashlib.sha256(self.REPORT).hexdigest()
        kept = Attachment.objects.get()
        assert (folder / str(kept.id)).read_bytes() == self.REPORT
        assert whole.attachment == kept

    def test_the_same_report_adds_nothing(self, world: World, folder: Path) -> None:
        model = world.model()
        self.bring(world, model, self.REPORT)
        assert self.bring(world.later(days=1), model, self.REPORT) == ()
        assert len(list(folder.iterdir())) == 1

    @pytest.mark.parametrize("body", [b"", b"{}", b"hello", REPORT[:-5]])
    def test_what_is_no_report_is_refused_and_nothing_is_kept(
        self, world: World, folder: Path, body: bytes
    ) -> None:
        with pytest.raises(Refused) as refused:
            self.bring(world, world.model(), body)
        assert refused.value.reasons[0].field == "file"
        assert not folder.exists() or not list(folder.iterdir())

    @pytest.mark.parametrize("label", ["Unit tests", "../x", "a" * 61, "ü", "-a"])
    def test_an_odd_label_is_refused(self, world: World, label: str) -> None:
        with pytest.raises(Refused) as refused:
            self.bring(world, world.model(), self.REPORT, label)
        assert refused.value.reasons[0].field == "label"

    def test_a_viewer_brings_nothing(self, world: World) -> None:
        viewer, model = world.person("Vera"), world.model()
        with pytest.raises(Missing):
            collection.attach_report(
                actor=world.actor(viewer), model_id=model.pk, file_name="r", body=self.REPORT, now=world.now
            )


@pytest.mark.mlflow
def test_evidence_comes_from_a_real_server(
    mlflow_server: MLflowServer, registered_model: Registered, settings: LazySettings
) -> None:
    world = World(now=timezone.now())
    settings.ALLOW_HOSTS = frozenset({mlflow_server.host_port})
    row = connections.connect(
        actor=world.actor(world.pm),
        program_id=world.program.pk,
        kind="mlflow",
        name="MLflow",
        values={"base_url": mlflow_server.url},
        now=world.now,
    )
    model = world.model("Churn")
    link(world, row, model, registered_model.name, "champion")
    found = collect(world, row)
    assert found.failures == ()
    dossier = load(model, now=world.now)
    auc = dossier.latest("metric.val_auc")
    assert auc is not None
    assert auc.value == pytest.approx(registered_model.aucs[1], abs=1e-12)
    assert auc.subject == f"{registered_model.name} version 2"
    assert collect(world, row).evidence == 0
