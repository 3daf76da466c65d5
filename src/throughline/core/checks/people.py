"""Is somebody there for each duty, and is it more than one person?"""

from throughline.core.checks.registry import Found, Parameter, Parameters, check, met, texts, unmet
from throughline.core.dossier import Dossier
from throughline.core.people import DUTY_TITLES, Responsibility

DUTIES_PARAMETER = Parameter(
    "duties", "texts", "the roles and responsibilities that must be held", is_required=True
)


@check(
    "people.duties_held",
    asks="Does somebody hold each duty that this gate needs?",
    why="Work that nobody owns is work that nobody does.",
    remedy="Assign a person to each open duty.",
    turn=("program_manager", "leader"),
    parameters=(DUTIES_PARAMETER,),
)
def duties_held(dossier: Dossier, parameters: Parameters) -> Found:
    wanted = texts(parameters, "duties")
    vacant = [DUTY_TITLES[duty] for duty in wanted if not dossier.holders(duty)]
    if vacant:
        return unmet(f"Nobody holds: {', '.join(vacant)}.", f"Assign a person as {', '.join(vacant)}.")
    return met("; ".join(f"{DUTY_TITLES[duty]}: {', '.join(dossier.names([duty]))}" for duty in wanted) + ".")


@check(
    "people.responsibilities_owned",
    asks="Does each of the four responsibilities of a program manager have a named owner?",
    why="A duty without an owner is noticed only when it was needed.",
    remedy="Name an owner for each responsibility.",
    turn=("program_manager", "leader"),
)
def responsibilities_owned(dossier: Dossier, _: Parameters) -> Found:
    return duties_held(dossier, {"duties": [responsibility.value for responsibility in Responsibility]})


@check(
    "people.backup_named",
    asks="Is there a second person for each duty that must not depend on one?",
    why="Holidays and departures must not leave a model in production without an owner.",
    remedy="Assign a second person.",
    turn=("program_manager", "leader"),
    parameters=(DUTIES_PARAMETER,),
)
def backup_named(dossier: Dossier, parameters: Parameters) -> Found:
    wanted = texts(parameters, "duties")
    alone = [duty for duty in wanted if len({a.person_id for a in dossier.holders(duty)}) < 2]
    if alone:
        titles = ", ".join(DUTY_TITLES[duty] for duty in alone)
        return unmet(f"Fewer than two people hold: {titles}.", f"Assign a second person as {titles}.")
    return met("Each of these duties is held by two people or more.")


@check(
    "people.not_one_person",
    asks="Do at least two people work on the model?",
    why="One person may hold many roles, but what needs two pairs of eyes needs two people.",
    remedy="Assign a second person to the model.",
    turn=("program_manager", "leader"),
)
def not_one_person(dossier: Dossier, _: Parameters) -> Found:
    people = {a.person_id: a.name for a in dossier.assignments if a.holds_at(dossier.at)}
    if len(people) < 2:
        return unmet(f"{len(people)} person is assigned." if people else "Nobody is assigned.")
    return met(f"{len(people)} people: {', '.join(sorted(people.values()))}.")
