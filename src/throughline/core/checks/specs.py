"""Is it written down what the model must do, is it approved, and can its success be measured?"""

from throughline.core.checks.registry import Found, Parameter, Parameters, check, met, text, unknown, unmet
from throughline.core.criteria import Criterion, parse_criteria
from throughline.core.dossier import Dossier
from throughline.core.errors import Refused
from throughline.core.spec_sections import WAY
from throughline.core.specs import SpecVersion, lacks, needs_at

MOST_NAMED = 4


@check(
    "spec.complete",
    asks="Does the specification say what this gate needs?",
    why="What nobody wrote down, everybody imagines differently.",
    remedy="Fill in what is missing and submit the specification.",
    turn=("program_manager", "functional_requirements"),
    parameters=(Parameter("gate", "text", "the gate at which it is asked, as its id", is_required=True),),
)
def complete(dossier: Dossier, parameters: Parameters) -> Found:
    version, gate = _standing(dossier), text(parameters, "gate")
    if gate not in WAY:
        return unknown(
            f"“{gate}” is not a gate that asks for a specification.", f"Choose from {', '.join(WAY)}."
        )
    if version is None:
        return _not_submitted(dossier)
    missing = lacks(version.filled, gate)
    if not missing:
        return met(f"Version {version.number} says all {needs_at(gate)} things that this gate asks for.")
    named = "; ".join(f"{lack.title} ({_low(lack.why)})" for lack in missing[:MOST_NAMED])
    more = f"; and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
    remedy = _remedy(dossier, ", ".join(lack.title for lack in missing[:MOST_NAMED]))
    return unmet(f"Version {version.number} lacks: {named}{more}.", remedy)


@check(
    "spec.approved",
    asks="Is the specification approved as it stands?",
    why="Work on what nobody agreed to is redone.",
    remedy="Submit the specification, and have a named approver approve it.",
    turn=("program_manager", "leader", "stakeholder"),
)
def approved(dossier: Dossier, _: Parameters) -> Found:
    spec = dossier.spec
    if spec is None or spec.standing is None:
        return _not_submitted(dossier)
    if spec.waiting is not None:
        since = f"since {spec.waiting.submitted_at:%Y-%m-%d}" if spec.waiting.submitted_at else ""
        return unmet(
            f"Version {spec.waiting.number} waits for approval {since}.".replace(" .", "."),
            f"A named approver approves or returns version {spec.waiting.number}.",
            turn=("leader", "stakeholder"),
        )
    version = spec.standing
    on = f" on {version.approved_at:%Y-%m-%d}" if version.approved_at else ""
    return met(f"Version {version.number} was approved{on}.")


@check(
    "spec.criteria_measurable",
    asks="Can it be measured whether the model is a success?",
    why="A target without a baseline and a method can always be called reached.",
    remedy="Give each success criterion a baseline, a target and a method.",
    turn=("program_manager", "data_scientist"),
)
def criteria_measurable(dossier: Dossier, _: Parameters) -> Found:
    version = _standing(dossier)
    if version is None:
        return _not_submitted(dossier)
    if not version.criteria:
        return unmet(
            f"Version {version.number} names no success criterion.",
            _remedy(dossier, "at least one criterion with baseline, target and method"),
        )
    try:
        criteria = parse_criteria(version.criteria)
    except Refused as refusal:
        return unknown(f"The criteria of version {version.number} can't be read: {refusal.reasons[0].text}")
    lacking = [f"{one.title} lacks {' and '.join(one.missing)}" for one in criteria if one.missing]
    if lacking:
        return unmet("; ".join(lacking) + ".", _remedy(dossier, "what the criteria lack"))
    return met("; ".join(_told(one) for one in criteria) + ".")


@check(
    "need.alternative_considered",
    asks="Was a way without machine learning considered?",
    why="The cheapest model is the one that need not be built.",
    remedy="Say in the specification what was considered, and why it is not enough.",
    turn=("program_manager",),
)
def alternative_considered(dossier: Dossier, _: Parameters) -> Found:
    version = _standing(dossier)
    if version is None:
        return _not_submitted(dossier)
    wanted = {
        "alternative.considered": "what was considered",
        "alternative.conclusion": "why it is not enough",
    }
    missing = [word for anchor, word in wanted.items() if anchor not in version.filled]
    if missing:
        return unmet(
            f"Version {version.number} does not say {' nor '.join(missing)}.",
            _remedy(dossier, " and ".join(missing)),
        )
    return met(f"Version {version.number} says what was considered, and why it is not enough.")


def _standing(dossier: Dossier) -> SpecVersion | None:
    return dossier.spec.standing if dossier.spec else None


def _not_submitted(dossier: Dossier) -> Found:
    draft = dossier.spec.in_work if dossier.spec else None
    if draft is None:
        return unmet("There is no specification.", "Begin it on the model's page.")
    return unmet(
        f"Version {draft.number} is a draft, for which nobody answers yet.", f"Submit version {draft.number}."
    )


def _remedy(dossier: Dossier, missing: str) -> str:
    """A version that was submitted can't be mended; the next one can."""
    draft = dossier.spec.in_work if dossier.spec and dossier.spec.waiting is None else None
    where = f"version {draft.number}" if draft else "the next version"
    return f"Add to {where}: {missing}. Then have it approved."


def _told(one: Criterion) -> str:
    method = f"method {one.method.value}"
    return f"{one.title}: from {one.shown(one.baseline)} to {one.line} ({method})"


def _low(sentence: str) -> str:
    """For use in brackets."""
    return sentence[0].lower() + sentence[1:].rstrip(".")
