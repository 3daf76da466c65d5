"""Checks of the release and its trace to run, data and code."""

import pytest

from tests.core.checks.asking import ask
from tests.core.make_core import dossier, evidence, release, result
from throughline.core.checks import Answer
from throughline.core.evidence import Evidence, Outcome

SUBJECT = "churn version 2"
OF_VERSION = {"version": "2", "run_id": "r1"}


def seen(key: str, **more: object) -> Evidence:
    return result(key, **{"subject": SUBJECT, "detail": OF_VERSION, **more})


REGISTERED = seen("registry.version")
TRACES = (
    REGISTERED,
    seen("run.finished", id=501),
    seen("run.datasets_named", id=502),
    seen("run.code_named", id=503),
)


def test_a_release_names_its_version() -> None:
    assert ask("readiness.release_named", dossier(release=release())).answer is Answer.MET
    assert ask("readiness.release_named", dossier()).text == "No release is named."
    assert (
        "does not name a version" in ask("readiness.release_named", dossier(release=release(subject=""))).text
    )


def test_a_version_is_traced_by_what_the_registry_tells() -> None:
    found = ask("readiness.run_traceable", dossier(evidence=TRACES))
    assert found.answer is Answer.MET
    assert found.evidence == (500, 502, 503)


def test_a_version_is_traced_by_one_entry_that_says_it_all() -> None:
    detail = {"run_id": "r1", "data_set_digest": "d", "code_version": "c"}
    assert (
        ask("readiness.run_traceable", dossier(evidence=(seen("registry.version", detail=detail),))).answer
        is Answer.MET
    )


@pytest.mark.parametrize(
    ("evidence_found", "said"),
    [
        (TRACES[:3], "no code version"),
        (TRACES[:2], "no data set digest, no code version"),
        ((seen("registry.version", detail={"version": "2"}), *TRACES[2:]), "names no run"),
        ((*TRACES[:3], seen("run.code_named", outcome=Outcome.UNKNOWN)), "no code version"),
        ((*TRACES[:3], seen("run.code_named", subject="churn version 1")), "no code version"),
    ],
)
def test_what_is_missing_is_named(evidence_found: tuple[Evidence, ...], said: str) -> None:
    found = ask("readiness.run_traceable", dossier(evidence=evidence_found))
    assert found.answer is Answer.UNMET
    assert said in found.text


def test_without_a_registered_version_it_is_unknown() -> None:
    assert (
        ask("readiness.run_traceable", dossier(evidence=(evidence("metric.auc"),))).answer is Answer.UNKNOWN
    )


def test_a_registered_version_other_than_the_one_released_does_not_count() -> None:
    found = ask(
        "readiness.run_traceable", dossier(release=release(subject="churn version 3"), evidence=TRACES)
    )
    assert found.answer is Answer.UNMET
    assert found.text == "The registry tells of churn version 2, not of churn version 3."
