"""Is it written down what the model is, how much is at risk, and whether it is worth building?"""

from throughline.core.checks.registry import Found, Parameters, check, met, unmet
from throughline.core.dossier import Dossier

AT_LEAST_WORDS = 8


@check(
    "model.need_described",
    asks="Does the record say what the model is for?",
    why="People who join later, and everyone who approves, start from these sentences.",
    remedy=f"Describe the need in {AT_LEAST_WORDS} words or more.",
    turn=("program_manager",),
)
def need_described(dossier: Dossier, _: Parameters) -> Found:
    words = len(dossier.model.summary.split())
    if words < AT_LEAST_WORDS:
        return unmet("There is no description." if not words else f"The description has {words} words.")
    return met(f"Described in {words} words.")


@check(
    "model.risk_tier_set",
    asks="Is the risk tier set?",
    why="The tier decides which checks apply from here on.",
    remedy="Set the tier: low, medium or high.",
    turn=("program_manager", "leader"),
)
def risk_tier_set(dossier: Dossier, _: Parameters) -> Found:
    tier = dossier.model.risk_tier
    return met(f"Risk tier: {tier.value}.") if tier else unmet("No risk tier is set.")


@check(
    "model.scoring_set",
    asks="Is it settled whether the model scores in batch or in real time?",
    why="It decides what the platform must provide, and which checks apply.",
    remedy="Set the scoring: batch or real time.",
    turn=("program_manager", "data_scientist"),
)
def scoring_set(dossier: Dossier, _: Parameters) -> Found:
    scoring = dossier.model.scoring
    return (
        met(f"Scoring: {scoring.value.replace('_', ' ')}.") if scoring else unmet("The scoring is not set.")
    )


@check(
    "planning.feasibility_is_go",
    asks="Was feasibility analysed, and is the answer go?",
    why="A prototype costs months; an hour of analysis first is cheap.",
    remedy="Record the feasibility analysis. A no-go is a decision too: stop the model and keep what was learned.",
    turn=("program_manager",),
)
def feasibility_is_go(dossier: Dossier, _: Parameters) -> Found:
    analysis = dossier.feasibility
    if analysis is None:
        return unmet("No feasibility analysis is recorded.")
    if not analysis.is_go:
        return unmet(
            f"{analysis.by} recorded a no-go: {analysis.reason}", "Stop the model, or record a new analysis."
        )
    return met(f"Go, by {analysis.by} on {analysis.at:%Y-%m-%d}: {analysis.reason}")
