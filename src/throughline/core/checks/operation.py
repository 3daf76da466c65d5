"""Does a model stay where it is for as long as it should, no less and no more?"""

from math import floor

from throughline.core.checks.registry import Found, Parameter, Parameters, check, met, number, unknown, unmet
from throughline.core.dossier import Dossier


@check(
    "operation.time_in_stage_served",
    asks="Has the model been in this stage for the time that was agreed?",
    why="First runs and notice periods need their days.",
    remedy="Wait until the time is over.",
    turn=("program_manager",),
    parameters=(
        Parameter("at_least_days", "number", "the shortest stay", is_required=True),
        Parameter("low_days", "number", "the shortest stay of the low tier, instead"),
        Parameter("high_days", "number", "the shortest stay of the high tier, instead"),
    ),
)
def time_in_stage_served(dossier: Dossier, parameters: Parameters) -> Found:
    tier = dossier.model.risk_tier
    wanted = number(parameters, f"{tier.value}_days") if tier else None
    wanted = number(parameters, "at_least_days") if wanted is None else wanted
    if wanted is None:
        return unknown("The policy does not say how many days.")
    days = (dossier.at - dossier.model.stage_since).total_seconds() / 86400
    if days < wanted:
        return unmet(f"{floor(days)} of {wanted:g} days have passed.")
    return met(f"{floor(days)} days have passed; {wanted:g} were agreed.")
