"""Is it known who wants the model, who says that it is good enough, and who works with it?"""

from throughline.core.checks.registry import Found, Parameter, Parameters, check, met, texts, unmet
from throughline.core.dossier import Dossier
from throughline.core.stakeholders import PART_TITLES, Part, missing_parts

NAMED = (Part.SPONSOR.value, Part.APPROVER.value, Part.USER.value)


@check(
    "stakeholders.parts_named",
    asks="Are the sponsor, an approver and at least one user named?",
    why="A model that nobody asked for, or that nobody may approve, is built for no one.",
    remedy="Add the missing stakeholders.",
    turn=("stakeholder_engagement", "program_manager"),
    parameters=(
        Parameter("parts", "texts", "the parts that somebody must have; by default sponsor, approver, user"),
    ),
)
def parts_named(dossier: Dossier, parameters: Parameters) -> Found:
    wanted = texts(parameters, "parts") or NAMED
    missing = missing_parts(dossier.stakeholders, wanted)
    if missing:
        titles = ", ".join(PART_TITLES.get(part, part).lower() for part in missing)
        return unmet(f"Nobody is named as: {titles}.", f"Add a stakeholder as {titles}.")
    named = (f"{PART_TITLES.get(part, part)}: {', '.join(_names(dossier, part))}" for part in wanted)
    return met("; ".join(named) + ".")


def _names(dossier: Dossier, part: str) -> list[str]:
    return [one.name for one in dossier.stakeholders if one.part == part]
