"""Signed deliveries: the recorded ones are accepted, and nothing that differs from them by one bit."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.shared_data import shared_file
from throughline.adapters.base import HookRefused
from throughline.adapters.sources.mlflow.webhooks import received

SECRET = "s3cret-for-tests"


def deliveries() -> Iterator[tuple[dict[str, str], bytes]]:
    """Headers and body as they came over the wire: the sender writes JSON with its library's own spacing."""
    for line in shared_file("livesite", "mlflow", "webhooks.jsonl").read_text().splitlines():
        recorded = json.loads(line)
        yield recorded["headers"], json.dumps(recorded["body"]).encode()


def sent_at(headers: dict[str, str]) -> datetime:
    return datetime.fromtimestamp(int(headers["X-MLflow-Timestamp"]), UTC)


@pytest.fixture
def one() -> tuple[dict[str, str], bytes]:
    return next(deliveries())


def test_every_recorded_delivery_is_accepted_and_names_its_model() -> None:
    found = [received(headers, body, secret=SECRET, now=sent_at(headers)) for headers, body in deliveries()]
    assert len(found) == 11
    assert {delivery.model for delivery in found} == {"churn_scorer", "fraud_scorer"}
    assert len({delivery.delivery_id for delivery in found}) == 11
    assert [delivery.event for delivery in found].count("model_version_alias.created") == 3


def test_header_names_may_be_written_in_any_case(one: tuple[dict[str, str], bytes]) -> None:
    headers, body = one
    lowered = {name.lower(): value for name, value in headers.items()}
    assert received(lowered, body, secret=SECRET, now=sent_at(headers)).model == "churn_scorer"


def test_every_flipped_bit_is_refused(one: tuple[dict[str, str], bytes]) -> None:
    headers, body = one
    for place in range(0, len(body), 7):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        with pytest.raises(HookRefused, match="signature"):
            received(headers, changed, secret=SECRET, now=sent_at(headers))


@pytest.mark.parametrize(
    "changed",
    [
        {"X-MLflow-Signature": "v1,AAAA"},
        {"X-MLflow-Signature": ""},
        {"X-MLflow-Signature": "v1,ünïcode"},
        {"X-MLflow-Delivery-Id": "00000000-0000-0000-0000-000000000000"},
        {"X-MLflow-Delivery-Id": ""},
        {"X-MLflow-Timestamp": "0"},
        {"X-MLflow-Timestamp": "-1"},
        {"X-MLflow-Timestamp": "soon"},
        {"X-MLflow-Timestamp": "1" * 400},
    ],
)
def test_changed_headers_are_refused(one: tuple[dict[str, str], bytes], changed: dict[str, str]) -> None:
    headers, body = one
    with pytest.raises(HookRefused):
        received({**headers, **changed}, body, secret=SECRET, now=sent_at(headers))


@pytest.mark.parametrize(("minutes", "is_taken"), [(-6, False), (-4, True), (4, True), (6, False)])
def test_five_minutes_of_age_are_tolerated(
    one: tuple[dict[str, str], bytes], minutes: int, is_taken: bool
) -> None:
    headers, body = one
    now = sent_at(headers) + timedelta(minutes=minutes)
    if is_taken:
        assert received(headers, body, secret=SECRET, now=now).delivery_id
    else:
        with pytest.raises(HookRefused, match="five minutes"):
            received(headers, body, secret=SECRET, now=now)


@pytest.mark.parametrize("secret", ["", "S3cret-for-tests", "other"])
def test_another_secret_is_refused(one: tuple[dict[str, str], bytes], secret: str) -> None:
    headers, body = one
    with pytest.raises(HookRefused):
        received(headers, body, secret=secret, now=sent_at(headers))


def test_one_right_signature_among_several_is_enough(one: tuple[dict[str, str], bytes]) -> None:
    headers, body = one
    both = {**headers, "X-MLflow-Signature": f"v1,AAAA {headers['X-MLflow-Signature']}"}
    assert received(both, body, secret=SECRET, now=sent_at(headers)).model == "churn_scorer"
