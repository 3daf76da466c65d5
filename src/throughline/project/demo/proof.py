"""The evidence of the sample program: metrics that improve, contract results, test reports, registered versions."""

import hashlib
from datetime import timedelta

from throughline.actions.evidence import NewEvidence
from throughline.core.dossier import RiskTier
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.stages import Stage
from throughline.core.text import Json
from throughline.project.demo.models import Measure, Plan
from throughline.project.demo.scene import Scene

MEASURED, TESTED = EvidenceKind.MEASURED, EvidenceKind.TESTED
NOTES = (
    "First release.",
    "Trained on two more quarters; promotions are told apart by kind.",
    "New features from the weather service.",
    "Smaller and faster, with the same quality.",
)
TEST_ROWS = 24_000
TRACKING = "https://mlflow.example.com/#/models/{name}/versions/{version}"


def subject(plan: Plan, version: int) -> str:
    return f"{plan.key}_model version {version}"


def metric(plan: Plan, progress: float, scene: Scene, *, version: int = 0) -> list[NewEvidence]:
    """One run: the team's metric between its first and its best value, and the gain over the baseline."""
    noise = scene.dice.uniform(-0.06, 0.06)
    share = max(0.0, min(1.0, min(progress, plan.reach) + noise))
    measure = plan.measure
    value = round(measure.first + (measure.best - measure.first) * share, 4)
    gain = round(abs(measure.best - measure.first) * share / max(measure.first, 0.01), 4)
    about = subject(plan, version) if version else f"{plan.key} experiment"
    detail: dict[str, Json] = {"version": str(version)} if version else {}
    run = hashlib.sha256(f"{plan.key}{scene.now}".encode()).hexdigest()[:32]
    return [
        NewEvidence(
            MEASURED, f"metric.{measure.name}", "mlflow", subject=about, source_ref=run, value=value,
            observed_at=scene.now - timedelta(minutes=20), summary=f"Run {run[:8]}.", detail=detail,
            uncertainty=uncertainty(measure, value),
        ),
        NewEvidence(
            MEASURED, "metric.gain_over_baseline", "mlflow", subject=about, source_ref=run, value=gain,
            observed_at=scene.now - timedelta(minutes=20), summary=f"Run {run[:8]}.", detail=detail,
        ),
    ]  # fmt: skip


def uncertainty(measure: Measure, value: float) -> dict[str, object]:
    """Shares are counted on the test rows; every other measure comes with its standard error."""
    if measure.is_share:
        return {"kind": "counts", "k": round(value * TEST_ROWS), "n": TEST_ROWS}
    return {
        "kind": "standard_error",
        "se": round(abs(measure.best - measure.first) * 0.05, 5),
        "n": TEST_ROWS,
    }


def registered(plan: Plan, version: int, scene: Scene) -> NewEvidence:
    """The version in the registry with its run, data and code, by all the names under which checks look for them."""
    run = hashlib.sha256(f"{plan.key}{version}".encode()).hexdigest()
    detail: dict[str, Json] = {
        "version": str(version),
        "run": run[:32],
        "run_id": run[:32],
        "data_set_digest": run[32:40],
        "code_version": run[40:52],
    }
    return NewEvidence(
        TESTED, "registry.version", "mlflow", subject=subject(plan, version), source_ref=f"version:{version}",
        outcome=Outcome.PASSED, value=float(version), link=TRACKING.format(name=plan.key, version=version),
        observed_at=scene.now - timedelta(hours=1), summary="Registered and ready.", detail=detail,
    )  # fmt: skip


def traced(plan: Plan, version: int, scene: Scene) -> list[NewEvidence]:
    run = hashlib.sha256(f"{plan.key}{version}".encode()).hexdigest()
    detail: dict[str, Json] = {"version": str(version), "run_id": run[:32]}
    keys = (("run.finished", "The run finished."), ("run.datasets_named", "3 data sets with digests."),
            ("run.code_named", f"Commit {run[40:52]}."))  # fmt: skip
    return [
        NewEvidence(
            TESTED, key, "mlflow", subject=subject(plan, version), source_ref=f"{key}:{version}",
            outcome=Outcome.PASSED, observed_at=scene.now - timedelta(hours=1), summary=said, detail=detail,
        )
        for key, said in keys
    ]  # fmt: skip


def contracts(plan: Plan, scene: Scene, *, broken: str = "") -> list[NewEvidence]:
    """One result per source; `broken` names the source whose contract was not kept."""
    found = []
    for source in plan.sources:
        rules = scene.dice.randrange(9, 24)
        is_broken = source == broken
        kept = f"{rules - 2} of {rules} rules kept; row count and freshness failed."
        said = kept if is_broken else f"All {rules} rules kept."
        found.append(
            NewEvidence(
                TESTED, f"contract.{source}", "datacontract", subject=source, value=None,
                outcome=Outcome.FAILED if is_broken else Outcome.PASSED, summary=said,
                source_ref=f"{source}:{scene.now:%Y%m%d%H%M}", observed_at=scene.now - timedelta(minutes=9),
            )
        )  # fmt: skip
    return found


def junit(plan: Plan, scene: Scene, *, failures: int = 0) -> list[NewEvidence]:
    tests = scene.dice.randrange(60, 240)
    said = f"{tests} tests passed." if not failures else f"{failures} of {tests} tests failed."
    return [
        NewEvidence(
            TESTED, f"tests.{name}", "junit", subject=f"{plan.key} pipeline",
            outcome=Outcome.FAILED if failures and name == "pipeline" else Outcome.PASSED,
            summary=said if name == "pipeline" else f"{tests // 2} tests passed.",
            source_ref=f"{name}:{scene.now:%Y%m%d%H%M}", observed_at=scene.now - timedelta(minutes=31),
        )
        for name in ("unit", "pipeline")
    ]  # fmt: skip


def tests(plan: Plan, scene: Scene) -> list[NewEvidence]:
    run = [] if plan.tier is RiskTier.LOW else junit(plan, scene)
    return [*contracts(plan, scene), *run]


def score(plan: Plan, about: str, scene: Scene) -> list[NewEvidence]:
    """The ML Test Score: half a point by hand, one where it is automated; the lowest section counts."""
    points = 4.5 if plan.tier is RiskTier.HIGH else 2.5
    said = "Lowest of the four sections: monitoring."
    return [
        NewEvidence(MEASURED, "score.ml_test", "self-assessment", subject=about, value=points, summary=said,
                    observed_at=scene.now - timedelta(hours=2))
    ]  # fmt: skip


def for_gate(plan: Plan, stage: Stage, version: int, scene: Scene, is_update: bool) -> list[NewEvidence]:
    """What a team measures before it asks to leave this stage."""
    if stage is Stage.PROTOTYPE:
        rows = NewEvidence(
            MEASURED, "data.completeness", "profiling", subject=", ".join(plan.sources), value=0.994,
            observed_at=scene.now - timedelta(hours=3), summary="Share of rows without gaps.",
        )  # fmt: skip
        return [*metric(plan, 0.8, scene), rows]
    if stage is Stage.PRODUCTION_READY or is_update:
        about_version = [registered(plan, version, scene), *traced(plan, version, scene)]
        return [
            *about_version,
            *metric(plan, 0.9, scene, version=version),
            *score(plan, subject(plan, version), scene),
        ]
    if stage is Stage.DEPLOYMENT:
        return metric(plan, 0.93, scene, version=version)
    return []
