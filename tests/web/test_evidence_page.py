"""Bringing a report file through the web door."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.make import World
from throughline.core.permissions import AccessRole
from throughline.records.evidence import Evidence

pytestmark = pytest.mark.django_db
REPORT = b'<testsuite name="pytest" tests="2"><testcase name="a"/><testcase name="b"/></testsuite>'


@pytest.fixture
def world(settings: LazySettings, tmp_path) -> World:  # type: ignore[no-untyped-def]
    settings.ATTACHMENTS_DIR = tmp_path
    return World(now=timezone.now())


@pytest.fixture
def pm(world: World, client: Client) -> Client:
    client.force_login(world.pm)
    return client


def upload(client: Client, model_id: int, body: bytes, label: str = "unit", **how: object):  # type: ignore[no-untyped-def]
    file = SimpleUploadedFile("junit.xml", body)
    return client.post(f"/models/{model_id}/evidence/report", {"file": file, "label": label}, **how)  # type: ignore[arg-type]


def test_a_report_becomes_evidence_on_the_model(world: World, pm: Client) -> None:
    model = world.model()
    assert "JUnit XML" in pm.get(f"/models/{model.pk}/evidence/report").content.decode()
    page = upload(pm, model.pk, REPORT, follow=True).content.decode()
    assert "tests.unit: 2 passed, 0 failed, 0 skipped." in page
    assert Evidence.objects.filter(model=model, key="tests.unit", outcome="passed").exists()
    page = upload(pm, model.pk, REPORT, follow=True).content.decode()
    assert "brought before" in page


@pytest.mark.parametrize("body", [b"", b"{}", REPORT[:-10], b"<!DOCTYPE x><testsuite/>"])
def test_what_is_no_report_is_refused_and_the_label_is_kept(world: World, pm: Client, body: bytes) -> None:
    model = world.model()
    response = upload(pm, model.pk, body)
    assert response.status_code == 422
    assert 'value="unit"' in response.content.decode()
    assert not Evidence.objects.exists()


def test_a_file_that_is_too_large_is_refused(world: World, pm: Client, settings: LazySettings) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    response = upload(pm, world.model().pk, REPORT + b" " * 200)
    assert response.status_code in (413, 422)
    assert not Evidence.objects.exists()


def test_who_may_only_read_brings_nothing(world: World, client: Client) -> None:
    viewer, model = world.person("Vera"), world.model()
    world.member(viewer, AccessRole.VIEWER)
    client.force_login(viewer)
    assert client.get(f"/models/{model.pk}/evidence/report").status_code == 403
    assert upload(client, model.pk, REPORT).status_code == 403


def contract_result(outcome: str) -> bytes:
    """What datacontract-cli writes after testing a contract on the data."""
    ended = (timezone.now() - timedelta(minutes=5)).isoformat()
    check = {"key": "orders__order_id__field_required", "name": "no missing values", "result": outcome}
    document = {"runId": f"run-{outcome}", "dataContractId": "orders", "dataContractVersion": "1.0.0"}
    return json.dumps({**document, "timestampEnd": ended, "result": outcome, "checks": [check]}).encode()


def dbt_result(outcome: str) -> bytes:
    """What `dbt test` leaves in target/run_results.json."""
    status = {"failed": "fail", "passed": "pass"}[outcome]
    made = (timezone.now() - timedelta(minutes=5)).isoformat()
    metadata = {
        "dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json",
        "invocation_id": f"run-{outcome}",
        "generated_at": made,
    }
    failures = int(outcome == "failed")
    results = [{"unique_id": "test.shop.not_null_order_id", "status": status, "failures": failures}]
    return json.dumps({"metadata": metadata, "results": results}).encode()


@pytest.mark.parametrize(
    ("report", "label"),
    [(contract_result, ""), (dbt_result, "orders")],
)
def test_results_of_other_tools_close_a_gate_and_open_it(
    world: World, pm: Client, report: Callable[[str], bytes], label: str
) -> None:
    """A team whose contracts run elsewhere meets the same check as one whose contracts run here."""
    question = {"id": "data.contracts", "check": "quality.results_passed", "with": {"prefix": "contract."}}
    world.policy({"conception_to_prototype": [question]})
    model = world.model()
    move = world.request(model)
    pages = []
    for outcome in ("failed", "passed"):
        assert upload(pm, model.pk, report(outcome), label).status_code == 302
        assert Evidence.objects.filter(model=model, key="contract.orders", outcome=outcome).count() == 1
        pages.append(look(world, move.pk))
    assert [("contract.orders:" in page, is_closed(page)) for page in pages] == [(True, True), (True, False)]


def look(world: World, move_id: int) -> str:
    """The page of the move as the leader sees it."""
    client = Client()
    client.force_login(world.leader)
    return client.get(f"/moves/{move_id}").content.decode()


def is_closed(page: str) -> bool:
    return "The gate is closed" in page
