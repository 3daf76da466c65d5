"""Does what people said about the model get an answer?"""

from datetime import timedelta

from throughline.core.checks.registry import Found, Parameter, Parameters, check, met, number, unmet
from throughline.core.dossier import Dossier
from throughline.core.feedback import UNTRIAGED_DAYS


@check(
    "feedback.answered",
    asks="Has all feedback been looked at in time?",
    why="Whoever gets no answer stops saying what is wrong.",
    remedy="Say for each piece of feedback what follows from it.",
    turn=("program_manager",),
    parameters=(
        Parameter("days", "number", f"after how many days it is late; {UNTRIAGED_DAYS} if left out"),
    ),
)
def answered(dossier: Dossier, parameters: Parameters) -> Found:
    days = number(parameters, "days")
    allowed = timedelta(days=UNTRIAGED_DAYS if days is None else days)
    waiting = [one for one in dossier.feedback if one.triage is None]
    late = [one for one in waiting if dossier.at - one.given_at > allowed]
    if late:
        names = ", ".join(dict.fromkeys(one.giver for one in late))
        oldest = max((dossier.at - one.given_at).days for one in late)
        return unmet(f"{len(late)} without an answer, the oldest for {oldest} days, from {names}.")
    return met(f"{len(waiting)} new, none of them late." if waiting else "Nothing waits for an answer.")
