"""What machines ask: alive, ready, measured; and the headers that every answer carries."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client, RequestFactory
from django.utils import timezone

from throughline.actions import jobs
from throughline.actions.portfolio import create_program
from throughline.project import health, middleware, probes
from throughline.queries import installation
from throughline.queries.access import system_actor
from throughline.queries.jobs import SILENCE
from throughline.worker.chores import BEAT


@pytest.mark.django_db
def test_alive_without_asking_the_store(client: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "alive"}


@pytest.mark.django_db
def test_ready_before_any_worker_was_seen(client: Client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "store": "ready", "migrations": "ready", "worker": "ready"}


@pytest.mark.django_db
def test_not_ready_once_the_worker_has_fallen_silent(client: Client):
    jobs.beat(every=BEAT, now=timezone.now() - SILENCE - timedelta(seconds=1))

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["worker"] == "not ready"


@pytest.mark.django_db
def test_ready_while_the_worker_beats(client: Client):
    jobs.beat(every=BEAT, now=timezone.now())

    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "pending_migrations", lambda: ["records.9999_future"])

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["migrations"] == "not ready"
    assert "9999" not in answer.text


@pytest.mark.django_db
def test_not_ready_while_the_store_is_away(client: Client, monkeypatch: pytest.MonkeyPatch):
    class Away:
        def cursor(self):
            raise DatabaseError("secret-host is away")

    monkeypatch.setattr(health, "connection", Away())

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["store"] == "not ready"
    assert "secret-host" not in answer.text


def test_probes_are_only_read(client: Client):
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_not_by_path(client: Client):
    client.get("/healthz")
    client.get("/no/such/page/of/Ana")

    text = client.get("/metrics").text

    assert 'throughline_http_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert 'route="(none)"' in text
    assert "Ana" not in text


@pytest.mark.django_db
def test_the_state_of_the_store_is_measured(client: Client):
    jobs.beat(every=BEAT, now=timezone.now())
    create_program(actor=system_actor("tests"), name="P", slug="p", now=timezone.now())

    text = client.get("/metrics").text

    assert "throughline_worker_alive 1.0" in text
    assert "throughline_activity_entries 1.0" in text


@pytest.mark.django_db
def test_figures_are_left_out_while_the_store_is_away(client: Client, monkeypatch: pytest.MonkeyPatch):
    def away():
        raise DatabaseError("away")

    monkeypatch.setattr(installation, "census", away)

    text = client.get("/metrics").text

    assert "throughline_worker_alive" not in text
    assert "throughline_http_requests_total" in text


@pytest.mark.django_db
def test_metrics_ask_for_the_token_when_there_is_one(client: Client, settings):
    settings.METRICS_TOKEN = "the-token-of-the-scraper"

    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer \u2603"}).status_code == 401
    right = {"Authorization": "Bearer the-token-of-the-scraper"}
    assert client.get("/metrics", headers=right).status_code == 200


def test_a_policy_without_any_inline_script_or_foreign_host(client: Client):
    policy = client.get("/healthz")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_all_fixed_headers_are_there(client: Client):
    answer = client.get("/healthz")

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in answer


def test_https_is_remembered_where_it_is_served(settings):
    settings.BASE_URL = "https://throughline.example.org"

    assert middleware.fixed_headers()["Strict-Transport-Security"].startswith("max-age=31536000")


def test_the_sign_in_provider_may_be_reached_from_a_form(settings):
    settings.OIDC_ISSUER = "https://idp.example.org/realm"

    assert "form-action 'self' https://idp.example.org" in middleware.content_policy()
    assert "realm" not in middleware.content_policy()


def test_a_request_keeps_the_id_that_its_caller_gave(client: Client):
    answer = client.get("/healthz", headers={"X-Request-ID": "pipeline-42.step_3"})

    assert answer["X-Request-ID"] == "pipeline-42.step_3"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with blank in it", 'forged"\\'])
def test_a_malformed_id_is_replaced(client: Client, given: str):
    made = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]

    assert made != given
    assert len(made) == 32


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "1.1.1.1", "127.0.0.1"),
        (1, "1.1.1.1, 2.2.2.2", "2.2.2.2"),
        (2, "1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "9.9.9.9, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "2.2.2.2", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_trusted_proxies_are_believed(settings, proxies: int, forwarded: str, address: str):
    settings.TRUSTED_PROXIES = proxies
    seen = {}

    def view(request):
        seen["address"] = request.META["REMOTE_ADDR"]
        seen["secure"] = request.is_secure()
        return probes.healthz(request)

    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
    middleware.behind_proxies(view)(RequestFactory().get("/", headers=headers))

    assert seen == {"address": address, "secure": proxies > 0}
