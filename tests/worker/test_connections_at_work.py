"""The whole way of evidence by itself: a real MLflow announces a change, the worker reads it, the dossier has it."""

import json
import time
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from tests.make import World
from tests.mlflow_server import MLflowServer, Registered
from throughline.actions import connections
from throughline.queries.dossiers import load
from throughline.records.connections import Connection, HookReceipt
from throughline.records.evidence import Evidence
from throughline.records.jobs import Job
from throughline.worker.loop import Worker

pytestmark = [pytest.mark.mlflow, pytest.mark.django_db(transaction=True)]
SECRET = "hook-secret"


def ask(server: MLflowServer, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{server.url}/api/2.0/mlflow/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        found: dict[str, Any] = json.load(reply)
    return found


def until(wanted: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.2)


def work(worker: Worker) -> None:
    while worker.step():
        pass


@pytest.fixture
def connected(
    mlflow_server: MLflowServer, registered_model: Registered, settings: LazySettings
) -> tuple[World, Connection]:
    settings.ALLOW_HOSTS = frozenset({mlflow_server.host_port})
    world = World(now=timezone.now() - timedelta(minutes=1))
    row = connections.connect(
        actor=world.actor(world.pm),
        program_id=world.program.pk,
        kind="mlflow",
        name="MLflow",
        values={"base_url": mlflow_server.url, "webhook_secret": SECRET},
        now=world.now,
    )
    return world, row


def test_the_chore_has_due_tools_asked(
    connected: tuple[World, Connection], registered_model: Registered
) -> None:
    world, row = connected
    model = world.model("Churn")
    connections.link_model(
        actor=world.actor(world.pm),
        connection_id=row.pk,
        model_id=model.pk,
        remote_name=registered_model.name,
        alias="champion",
        now=world.now,
    )
    worker = Worker()
    from throughline.actions import jobs
    from throughline.worker.chores import CHORES

    jobs.know_chores(CHORES, now=timezone.now())
    work(worker)
    auc = load(model, now=timezone.now()).latest("metric.val_auc")
    assert auc is not None
    assert auc.value == pytest.approx(registered_model.aucs[1], abs=1e-12)
    row.refresh_from_db()
    assert row.last_worked_at is not None
    assert not Job.objects.exclude(state="done").exists()


def test_a_real_webhook_brings_the_change_at_once(
    connected: tuple[World, Connection], site: str, mlflow_server: MLflowServer, registered_model: Registered
) -> None:
    world, row = connected
    model = world.model("Churn")
    connections.link_model(
        actor=world.actor(world.pm),
        connection_id=row.pk,
        model_id=model.pk,
        remote_name=registered_model.name,
        now=world.now,
    )
    Connection.objects.filter(pk=row.pk).update(next_poll_at=timezone.now() + timedelta(days=1))
    events = [{"entity": "MODEL_VERSION_TAG", "action": "SET"}]
    hook = {
        "name": "throughline",
        "url": f"{site}/hooks/mlflow/{row.hook_token}",
        "events": events,
        "secret": SECRET,
    }
    made = ask(mlflow_server, "POST", "webhooks", hook)["webhook"]
    try:
        tag = {"name": registered_model.name, "version": "2", "key": "reviewed_by", "value": "ana"}
        ask(mlflow_server, "POST", "model-versions/set-tag", tag)
        until(HookReceipt.objects.exists)
        assert Job.objects.get().payload["remote_name"] == registered_model.name
        work(Worker(chores=()))
        found = Evidence.objects.get(model=model, key="tag.reviewed_by")
        assert found.detail["text"] == "ana"
    finally:
        ask(mlflow_server, "DELETE", f"webhooks/{made['webhook_id']}", {})
