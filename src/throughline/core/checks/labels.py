"""Are the labels that the model learns from right often enough?"""

from datetime import timedelta

from throughline.core.checks.registry import (
    Found,
    Parameter,
    Parameters,
    check,
    met,
    number,
    unknown,
    unmet,
)
from throughline.core.dossier import Dossier
from throughline.core.label_audits import AUDIT, AuditFact, newest_closed
from throughline.core.labels.judging import LabelVerdict


@check(
    "labels.good_enough",
    asks="Did an audit show that the labels are right often enough?",
    why="No algorithm mends wrong labels, and a test on wrong labels is wrong too.",
    remedy="Draw a sample, have two people label it anew, settle what they disagree on, and close the audit.",
    turn=("data_scientist", "data_engineer"),
    parameters=(Parameter("max_age_days", "number", "how long ago the audit may have been closed"),),
)
def good_enough(dossier: Dossier, parameters: Parameters) -> Found:
    newest = newest_closed(dossier.label_audits)
    if newest is None:
        return _none_closed(dossier)
    evidence = tuple(e.id for e in dossier.evidence if e.key == AUDIT and e.fingerprint == newest.sealed)
    if not evidence:
        said = f"The evidence of “{newest.name}” was withdrawn, so that audit no longer counts."
        return unknown(said, "Audit the labels again.")
    if late := _too_old(newest, dossier, number(parameters, "max_age_days")):
        return unmet(late, "Audit the labels again.", evidence=evidence)
    said = f"“{newest.name}”: {newest.said}"
    if newest.verdict is LabelVerdict.GOOD:
        return met(said, evidence=evidence)
    if newest.verdict is LabelVerdict.NOT_GOOD:
        return unmet(said, "Mend the labels, and audit them again.", evidence=evidence)
    return unknown(said, "Audit a larger sample.", evidence=evidence)


def _none_closed(dossier: Dossier) -> Found:
    running = [one for one in dossier.label_audits if one.closed_at is None]
    if running:
        names = ", ".join(f"“{one.name}”" for one in running)
        return unknown(
            f"No label audit is closed yet; at work: {names}.", "Finish labelling, settle and close."
        )
    return unknown(
        "No label audit was made.",
        "Audit the labels. A model that learns from no labels gets a waiver: not applicable, with the reason.",
    )


def _too_old(newest: AuditFact, dossier: Dossier, days: float | None) -> str:
    closed_at = newest.closed_at or newest.drawn_at
    if days is None or dossier.at - closed_at <= timedelta(days=days):
        return ""
    age = (dossier.at - closed_at).days
    return f"“{newest.name}” was closed {age} days ago and may be {days:g} days old."
