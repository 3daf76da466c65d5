"""Do the measured figures and the results of tests clear the lines that the policy draws?"""

from throughline.core.checks.registry import (
    Found,
    Parameter,
    Parameters,
    check,
    met,
    number,
    text,
    unknown,
    unmet,
)
from throughline.core.dossier import Dossier
from throughline.core.evidence import Evidence, Outcome, why_stale


@check(
    "quality.within_bounds",
    asks="Is the measured value within its bounds?",
    why="A figure that is measured needs no opinion.",
    remedy="Measure again, and attach the result from the tool that measured it.",
    turn=("data_scientist",),
    parameters=(
        Parameter("key", "text", "the key of the evidence, such as metric.val_auc", is_required=True),
        Parameter("at_least", "number", "the lower bound, itself allowed"),
        Parameter("at_most", "number", "the upper bound, itself allowed"),
        Parameter("max_age_days", "number", "how old the measurement may be"),
    ),
)
def within_bounds(dossier: Dossier, parameters: Parameters) -> Found:
    key = text(parameters, "key")
    newest = dossier.latest(key)
    if newest is None:
        return _nothing_counts(dossier, key)
    if stale := why_stale(newest, max_age_days=number(parameters, "max_age_days"), now=dossier.at):
        return unmet(
            f"The measurement no longer holds: {stale}.", f"Measure {key} again.", evidence=(newest.id,)
        )
    if newest.value is None or not newest.has_number:
        said = newest.summary or "no number"
        return unknown(f"{newest.source} gave no usable number for {key}: {said}.", evidence=(newest.id,))
    return _compare(
        newest.value,
        newest.id,
        f"{key} = {newest.value:g}{newest.unit} ({newest.source}, {newest.subject})",
        parameters,
    )


def _nothing_counts(dossier: Dossier, key: str) -> Found:
    other = dossier.passed_over(key)
    if other is None or dossier.release is None:
        return unknown(f"No evidence with the key {key}.", f"Attach a measurement of {key}.")
    subject = dossier.release.subject or dossier.release.name
    found = f"{key} was measured on {other.subject or 'something else'}, which is not {subject}."
    return unmet(found, f"Measure {key} on {subject}.", evidence=(other.id,))


def _compare(value: float, evidence_id: int, said: str, parameters: Parameters) -> Found:
    low, high = number(parameters, "at_least"), number(parameters, "at_most")
    if low is not None and value < low:
        return unmet(f"{said}, below {low:g}.", f"Reach at least {low:g}.", evidence=(evidence_id,))
    if high is not None and value > high:
        return unmet(f"{said}, above {high:g}.", f"Get down to {high:g} or less.", evidence=(evidence_id,))
    return met(f"{said}, within {_bounds(low, high)}.", evidence=(evidence_id,))


def _bounds(low: float | None, high: float | None) -> str:
    said = [f"at least {low:g}" if low is not None else "", f"at most {high:g}" if high is not None else ""]
    return " and ".join(filter(None, said)) or "any value"


@check(
    "quality.results_passed",
    asks="Did everything of this kind pass when it was last tested?",
    why="A contract or a pipeline that was never tested is tested by its users.",
    remedy="Run the test and attach its result.",
    turn=("data_engineer", "data_scientist"),
    parameters=(
        Parameter(
            "prefix", "text", "results whose key begins so, such as contract. or tests.", is_required=True
        ),
        Parameter("max_age_days", "number", "how old a result may be"),
    ),
)
def results_passed(dossier: Dossier, parameters: Parameters) -> Found:
    prefix = text(parameters, "prefix")
    keys = sorted({evidence.key for evidence in dossier.evidence if evidence.key.startswith(prefix)})
    newest = [found for key in keys if (found := dossier.latest(key))]
    if not keys:
        return unknown(f"No result with a key {prefix}… is recorded.")
    if passed_over := sorted(set(keys) - {found.key for found in newest}):
        return unknown(
            f"What is known of {', '.join(passed_over)} is about another release or from before it was planned.",
            "Test again for this release.",
            evidence=tuple(e.id for key in passed_over if (e := dossier.passed_over(key))),
        )
    return _judge(newest, dossier, number(parameters, "max_age_days"))


def _judge(newest: list[Evidence], dossier: Dossier, max_age_days: float | None) -> Found:
    """One failure, or one result that is too old, is enough; a result that says nothing is not a pass."""
    ids = tuple(evidence.id for evidence in newest)
    stale = {e.key: why for e in newest if (why := why_stale(e, max_age_days=max_age_days, now=dossier.at))}
    if stale:
        return unmet(
            "; ".join(f"{key} no longer holds: {why}" for key, why in stale.items()) + ".",
            "Test again.",
            evidence=ids,
        )
    if failed := [e for e in newest if e.outcome is Outcome.FAILED]:
        return unmet(_said(failed), "Mend what failed and test again.", evidence=ids)
    if unclear := [e for e in newest if e.outcome is not Outcome.PASSED]:
        return unknown(_said(unclear), "Test so that every rule has a result.", evidence=ids)
    return met(_said(newest), evidence=ids)


def _said(evidence: list[Evidence]) -> str:
    said = [f"{e.key}: {e.summary or e.outcome or 'no result'} ({e.observed_at:%Y-%m-%d})" for e in evidence]
    return "; ".join(said) + "."
