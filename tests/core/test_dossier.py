"""What a dossier counts as content, which evidence speaks for a release, and which changes touch a sign-off."""

from dataclasses import replace

import pytest

from tests.core.make_core import (
    DAN,
    NOW,
    TEAM,
    check_of,
    days,
    dossier,
    evidence,
    feasibility,
    held,
    model,
    policy,
    release,
    sign_off,
    signed,
    waiver,
)
from throughline.core.dossier import Dossier, ReleaseKind, RiskTier, touched

FULL = dossier(
    release=release(),
    feasibility=feasibility(),
    evidence=(evidence("metric.auc", 0.8), evidence("contract.orders", id=501)),
)


def test_the_clock_ages_and_stamps_are_not_content() -> None:
    later = replace(
        FULL,
        at=NOW + days(1),
        model=replace(FULL.model, version=9, stage_since=NOW),
        waivers=(waiver("x.y"),),
        evidence=tuple(e._replace(recorded_at=NOW, summary="again") for e in FULL.evidence),
    )
    assert later.fingerprint() == FULL.fingerprint()


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        (replace(FULL, model=model(summary="Another need.")), {"model"}),
        (replace(FULL, model=model(risk_tier=RiskTier.HIGH)), {"model"}),
        (replace(FULL, release=release(subject="churn version 3")), {"release"}),
        (replace(FULL, release=None), {"release"}),
        (replace(FULL, assignments=(*TEAM, held("analyst", DAN))), {"people"}),
        (replace(FULL, assignments=TEAM[1:]), {"people"}),
        (replace(FULL, feasibility=feasibility(is_go=False)), {"feasibility"}),
        (replace(FULL, evidence=FULL.evidence[:1]), {"evidence.contract.orders"}),
        (replace(FULL, evidence=(*FULL.evidence, evidence("score.x", 1))), {"evidence.score.x"}),
        (
            replace(FULL, evidence=(evidence("metric.auc", 0.7), *FULL.evidence[1:])),
            {"evidence.metric.auc"},
        ),
    ],
)
def test_a_change_touches_exactly_its_part(changed: Dossier, parts: set[str]) -> None:
    before, after = FULL.parts(), changed.parts()
    assert {name for name in {*before, *after} if before.get(name) != after.get(name)} == parts
    assert changed.fingerprint() != FULL.fingerprint()


def test_covered_takes_parts_by_pattern() -> None:
    assert set(FULL.covered(["model", "evidence.metric.*"])) == {"model", "evidence.metric.auc"}
    assert set(FULL.covered(["evidence.*"])) == {"evidence.metric.auc", "evidence.contract.orders"}
    assert FULL.covered(["modle"]) == {}


def test_a_change_voids_exactly_the_sign_offs_that_rest_on_it() -> None:
    on_model = sign_off(check_of(policy(signed())), FULL)
    metric = signed(sign_off={"by": ["stakeholder"], "covers": ["evidence.metric.*"]})
    on_metric = sign_off(check_of(policy(metric)), FULL)
    changed = replace(FULL, evidence=(*FULL.evidence, evidence("metric.f1", 0.5, id=502)))
    assert touched(on_model, changed) == ()
    assert touched(on_metric, changed) == ("evidence.metric.f1",)


def test_a_sign_off_that_is_void_or_expired_is_not_touched_again() -> None:
    given = sign_off(check_of(policy(signed())), FULL)
    changed = replace(FULL, model=model(name="Other"))
    assert touched(given, changed) == ("model",)
    assert touched(replace(given, expires_at=NOW), changed) == ()
    assert touched(replace(given, void_at=NOW), changed) == ()
    assert touched(replace(given, void_at=NOW + days(1)), changed) == ("model",)


UPDATE = release(ReleaseKind.UPDATE)


@pytest.mark.parametrize(
    ("changes", "counts_for_first", "counts_for_update"),
    [
        ({}, True, True),
        ({"observed_at": UPDATE.planned_at - days(1)}, True, False),
        ({"release_id": 70, "observed_at": UPDATE.planned_at - days(1)}, True, True),
        ({"release_id": 71}, False, False),
        ({"detail": {"version": "2"}, "subject": "churn version 2"}, True, True),
        ({"detail": {"version": "1"}, "subject": "churn version 1"}, False, False),
    ],
)
def test_evidence_speaks_only_for_the_release_it_is_about(
    changes: dict[str, object], counts_for_first: bool, counts_for_update: bool
) -> None:
    seen = evidence("metric.auc", 0.8, **changes)
    for made, counts in ((release(), counts_for_first), (UPDATE, counts_for_update)):
        found = dossier(release=made, evidence=(seen,))
        assert (found.latest("metric.auc") is seen) == counts
        assert (found.passed_over("metric.auc") is seen) != counts
    assert dossier(evidence=(seen,)).latest("metric.auc") is seen


def test_names_are_told_once_in_the_order_of_the_duties() -> None:
    team = (*TEAM, held("analyst", DAN))
    assert dossier(assignments=team).names(["analyst", "leader", "data_scientist"]) == ("Dan", "Lea")
    assert dossier(assignments=team).names(["devops_engineer"]) == ()


def test_a_waiver_is_in_force_between_grant_and_end_unless_revoked_or_self_granted() -> None:
    given = waiver("x.y")
    assert given.is_in_force(NOW)
    assert given.is_in_force(given.granted_at)
    assert not given.is_in_force(given.granted_at - days(1))
    assert not given.is_in_force(given.until)
    assert not replace(given, revoked_at=NOW).is_in_force(NOW)
    assert replace(given, revoked_at=NOW).is_in_force(NOW - days(1))
    assert not replace(given, granted_by_id=given.asked_by_id).is_in_force(NOW)
