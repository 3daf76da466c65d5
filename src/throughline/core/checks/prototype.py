"""Does the prototype bear out what was assumed, and if not, did a named person decide how it goes on?"""

from throughline.core.checks.registry import Answer, Found, Parameters, check, met, unknown, unmet
from throughline.core.dossier import Dossier
from throughline.core.judgement import has_assumptions
from throughline.core.planning import Choice, DirectionFacts
from throughline.core.prototype import Proof, proof_of
from throughline.core.verdicts import CriterionAnswer

DECIDERS = ("leader",)
MEASURERS = ("data_scientist",)
DECIDE = "A leader decides to continue, to change direction or to stop, with a reason and the day of the next look."


@check(
    "prototype.bears_out_assumptions",
    asks="Is every goal of the model met, and is no guardrail hurt?",
    why="A prototype that does not bear out its assumptions costs more with every stage that it passes.",
    remedy="Measure each criterion, with its uncertainty, on the release at hand.",
    turn=MEASURERS,
)
def bears_out_assumptions(dossier: Dossier, _: Parameters) -> Found:
    """A decision to continue does not open the gate: it says that the work goes on here."""
    found = proof_of(dossier)
    if lacking := _lacking(found):
        return lacking
    evidence = tuple(one.evidence_id for one in found.verdicts if one.evidence_id is not None)
    if not found.open:
        said = "; ".join(f"{one.criterion.title}: {one.reason}" for one in found.verdicts)
        return met(said, evidence=evidence)
    said = " ".join(f"{one.criterion.title}: {one.reason}" for one in found.open)
    awaited, remedy, turn = _what_next(found, dossier)
    return unmet(f"{said} {awaited}".strip(), remedy, evidence=evidence, turn=turn)


@check(
    "prototype.direction_decided",
    asks="While criteria are not met, did a named person decide to continue, to change direction or to stop?",
    why="Work that nobody decided to go on with goes on by itself.",
    remedy=DECIDE,
    turn=DECIDERS,
)
def direction_decided(dossier: Dossier, _: Parameters) -> Found:
    found = proof_of(dossier)
    if found.is_borne_out:
        return Found(Answer.NOT_NEEDED, "The prototype bears out its assumptions.")
    if not found.has_something_to_decide:
        return Found(Answer.NOT_NEEDED, "Nothing is measured yet that would ask for a decision.")
    decided = found.decided
    if decided is None:
        return unmet(_awaited(found.direction), DECIDE)
    if decided.is_overdue(dossier.at.date()):
        return unmet(f"{decided.in_words}, which has passed.", "Look again, and decide anew.")
    return met(f"{decided.in_words}: {decided.reason}")


def _lacking(found: Proof) -> Found | None:
    if found.agreed is None or not found.agreed.criteria:
        return unknown(
            "No success criteria are written down.", "Write them into the functional specification."
        )
    if not has_assumptions(found.verdicts):
        return unknown("No criterion is a goal of the model.", "Agree on one goal of the model at least.")
    if not found.agreed.is_agreed:
        text = f"The criteria stand in version {found.agreed.spec_number} of the spec, which nobody has approved."
        return unmet(text, "Have the functional specification approved.", turn=("program_manager",))
    return None


def _what_next(found: Proof, dossier: Dossier) -> tuple[str, str, tuple[str, ...]]:
    """What has been decided or is awaited, what to do, and whose turn it is."""
    if not found.has_something_to_decide:
        return "", "", MEASURERS
    decided = found.decided
    if decided is None:
        return _awaited(found.direction), DECIDE, DECIDERS
    if decided.choice is Choice.STOP:
        return f"{decided.in_words}.", "Ask for the stop as a move.", ("program_manager",)
    if decided.is_overdue(dossier.at.date()):
        return f"{decided.in_words}, which has passed.", f"Look again. {DECIDE}", DECIDERS
    return f"{decided.in_words}.", _work(found), MEASURERS


def _awaited(earlier: DirectionFacts | None) -> str:
    if earlier is None:
        return "It is not decided whether to continue, to change direction or to stop."
    return (
        f"{earlier.in_words}, but the criteria have come to something else since: a new decision is awaited."
    )


def _work(found: Proof) -> str:
    missed = any(one.answer is CriterionAnswer.NOT_MET for one in found.open)
    return "Improve the model and measure it again." if missed else "Measure more units, until it is settled."
