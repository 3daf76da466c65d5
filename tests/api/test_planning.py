"""Criteria, directions and learnings over HTTP; evidence with its uncertainty."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.make import World
from throughline.core.stages import Stage
from throughline.records.portfolio import MLModel

BELOW = {"kind": "counts", "k": 70, "n": 100}


@pytest.fixture
def model(world: World) -> MLModel:
    made = world.model(at=Stage.PROTOTYPE)
    world.agreed(made, {"target": 0.8})
    world.measure(made, "metric.precision", None, uncertainty=BELOW)
    return made


def test_criteria_come_with_their_verdicts(model: MLModel, pm: Any) -> None:
    told = pm.get(f"/models/{model.pk}/criteria").json()
    assert (told["spec_number"], told["is_agreed"], told["is_borne_out"]) == (1, True, False)
    assert told["advice"] == "stop_advised"
    (one,) = told["items"]
    assert (one["key"], one["answer"], one["line"], one["n"]) == ("precision", "not_met", "at least 0.8", 100)
    assert one["low"] < 0.7 < one["high"] < 0.8


def test_criteria_as_of_a_past_instant(world: World, model: MLModel, pm: Any) -> None:
    then = (world.now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert pm.get(f"/models/{model.pk}/criteria?as_of={then}").status_code == 404
    ahead = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert pm.get(f"/models/{model.pk}/criteria?as_of={ahead}").status_code == 422


def test_a_model_without_a_spec_has_no_criteria(world: World, pm: Any) -> None:
    told = pm.get(f"/models/{world.model('Bare').pk}/criteria").json()
    assert (told["spec_number"], told["items"], told["advice"]) == (None, [], "agree")


def test_a_direction_is_decided_on_what_was_seen(model: MLModel, leader: Any, pm: Any) -> None:
    seen = leader.get(f"/models/{model.pk}/criteria").json()["fingerprint"]
    look = (timezone.now() + timedelta(days=20)).date().isoformat()
    body = {"choice": "change", "reason": "Try the notes.", "next_look_on": look, "seen": seen}
    assert pm.post(f"/models/{model.pk}/directions", body).status_code == 403
    assert leader.post(f"/models/{model.pk}/directions", {**body, "seen": "x"}).status_code == 412
    made = leader.post(f"/models/{model.pk}/directions", body)
    assert made.status_code == 201, made.content
    assert made.json()["verdicts"][0]["answer"] == "not_met"
    listed = pm.get(f"/models/{model.pk}/directions").json()["items"]
    assert [one["choice"] for one in listed] == ["change"]


def test_learnings_are_kept_and_listed(world: World, model: MLModel, pm: Any) -> None:
    made = pm.post(f"/models/{model.pk}/learnings", {"kind": "success", "text": "Start small."})
    assert made.status_code == 201
    assert pm.get(f"/models/{model.pk}/learnings").json()["items"] == [made.json()]
    assert pm.get(f"/learnings?program={world.program.slug}").json()["items"] == [made.json()]
    assert pm.get("/learnings?program=elsewhere").json()["items"] == []
    assert pm.post(f"/models/{model.pk}/learnings", {"kind": "fun", "text": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("uncertainty", "value"),
    [
        (BELOW, None),
        ({"kind": "moments", "n": 40, "mean": 0.7, "variance": 0.2}, None),
        ({"kind": "standard_error", "se": 0.02}, 0.7),
        ({"kind": "interval", "low": 0.6, "high": 0.8}, None),
    ],
)
def test_evidence_with_its_uncertainty(
    model: MLModel, pm: Any, uncertainty: Any, value: float | None
) -> None:
    body = {
        "kind": "measured",
        "key": "metric.new",
        "value": value,
        "uncertainty": uncertainty,
        "slice": "EU",
    }
    made = pm.post(f"/models/{model.pk}/evidence", body)
    assert made.status_code == 201, made.content
    (row,) = made.json()["items"]
    assert row["value"] == pytest.approx(0.7)
    assert row["detail"]["uncertainty"]["kind"] == uncertainty["kind"]
    assert row["detail"]["slice"] == "EU"


@pytest.mark.parametrize(
    "uncertainty",
    [
        {"kind": "counts", "k": 9, "n": 3},
        {"kind": "counts", "k": 9},
        {"kind": "guess"},
        {"kind": "moments", "n": 4, "mean": 1, "variance": -1},
        {"kind": "interval", "low": 2, "high": 1},
        {"kind": "standard_error", "se": 1e300},
        "wide",
    ],
)
def test_an_uncertainty_that_can_not_be_true_is_refused(model: MLModel, pm: Any, uncertainty: Any) -> None:
    body = {"kind": "measured", "key": "metric.new", "value": 1, "uncertainty": uncertainty}
    assert pm.post(f"/models/{model.pk}/evidence", body).status_code == 422
    assert (
        pm.post(
            f"/models/{model.pk}/evidence",
            {**body, "uncertainty": None, "detail": {"uncertainty": uncertainty}},
        ).status_code
        == 422
    )
