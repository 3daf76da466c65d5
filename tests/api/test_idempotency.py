"""The same request with the same key is carried out once, however often and at once it is sent."""

import json
import threading
from collections import Counter
from datetime import timedelta

import pytest
import urllib3
from django.db import connection
from django.utils import timezone

from tests.api.conftest import secret_for
from tests.make import World
from throughline.records.access import IdempotencyKey
from throughline.records.portfolio import MLModel


@pytest.mark.django_db
def test_a_repeated_request_gets_the_same_reply(world, pm):
    body = {"program": world.program.slug, "name": "Churn"}
    first = pm.post("/models", body, Idempotency_Key="abc")
    second = pm.post("/models", body, Idempotency_Key="abc")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second["Location"] == first["Location"]
    assert second["ETag"] == first["ETag"]
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert MLModel.objects.count() == 1


@pytest.mark.django_db
def test_another_request_with_the_same_key_is_refused(world, pm, leader):
    body = {"program": world.program.slug, "name": "Churn"}
    pm.post("/models", body, Idempotency_Key="abc")
    other = pm.post("/models", {**body, "name": "Other"}, Idempotency_Key="abc")
    assert other.status_code == 422
    assert other.json()["reasons"][0]["field"] == "Idempotency-Key"
    assert leader.post("/models", {**body, "name": "Mine"}, Idempotency_Key="abc").status_code == 201
    assert MLModel.objects.count() == 2


@pytest.mark.django_db
def test_what_was_refused_may_be_sent_again(world, pm, leader):
    model = world.model()
    move = world.request(model)
    path = f"/models/{model.pk}/moves"
    body = {"kind": "advance", "reason": "Again."}
    assert pm.post(path, body, Idempotency_Key="k").status_code == 409
    assert not IdempotencyKey.objects.exists()
    leader.post(f"/moves/{move.pk}/answers", {"approve": True})
    assert pm.post(path, body, Idempotency_Key="k").status_code == 201


@pytest.mark.django_db
def test_a_refusal_with_a_key_is_in_the_log_too(world, pm):
    from throughline.records.activity import Activity

    model = world.model()
    world.request(model)
    pm.post(f"/models/{model.pk}/moves", {"kind": "advance", "reason": "Again."}, Idempotency_Key="k")
    assert Activity.objects.filter(verb="move.refused", model_id=model.pk).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 201, "with blank", "ü"])
def test_a_key_that_is_none_is_refused(world, pm, key):
    body = {"program": world.program.slug, "name": "Churn"}
    assert pm.post("/models", body, Idempotency_Key=key).status_code == 422
    assert MLModel.objects.count() == 0


@pytest.mark.django_db
def test_keys_are_forgotten_after_a_day(world, pm):
    body = {"program": world.program.slug, "name": "Churn"}
    pm.post("/models", body, Idempotency_Key="abc")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=2))
    pm.post("/models", body, Idempotency_Key="abc")
    assert MLModel.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_model(live_server):
    world = World(now=timezone.now())
    headers = {"Authorization": f"Bearer {secret_for(world.pm)}", "Idempotency-Key": "same"}
    body = json.dumps({"program": world.program.slug, "name": "Churn"})
    pool = urllib3.PoolManager(maxsize=20, retries=False)
    start, answers = threading.Barrier(20), []

    def send():
        start.wait()
        answer = pool.request("POST", f"{live_server.url}/api/v1/models", body=body, headers=headers)
        answers.append((answer.status, answer.data))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert MLModel.objects.count() == 1
    assert Counter(status for status, _ in answers) == {201: 20}
    assert len({data for _, data in answers}) == 1
