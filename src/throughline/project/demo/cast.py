"""The invented people of the sample program, what each of them does, and who works on what."""

from collections.abc import Mapping
from dataclasses import dataclass

from throughline.core.people import Responsibility, Role

PROGRAM_NAME, PROGRAM_SLUG = "Fernhill Grocers (sample)", "sample"


@dataclass(frozen=True)
class Character:
    key: str
    name: str
    is_lead: bool = False


CAST: tuple[Character, ...] = (
    Character("ines", "Ines Calderón", is_lead=True),
    Character("tomasz", "Tomasz Wolny", is_lead=True),
    Character("priya", "Priya Raghavan"),
    Character("jonas", "Jonas Lindqvist"),
    Character("mei", "Mei Zhou"),
    Character("amara", "Amara Okafor"),
    Character("felix", "Felix Brandt"),
    Character("sofia", "Sofia Marchetti"),
    Character("daniel", "Daniel Osei"),
    Character("ruth", "Ruth Adler"),
    Character("yusuf", "Yusuf Demir"),
    Character("grace", "Grace Whitfield"),
    Character("henrik", "Henrik Dahl"),
    Character("leila", "Leila Haddad"),
    Character("marco", "Marco Bianchi"),
    Character("nora", "Nora Svensson"),
)

Team = Mapping[str, tuple[str, ...]]


# These serve every model of the program.
SHARED: Team = {
    Role.DEVOPS_ENGINEER: ("sofia",),
    Role.SOFTWARE_ENGINEER: ("ruth",),
    Role.ANALYST: ("yusuf",),
    Responsibility.LIVESITE: ("sofia", "daniel"),
}


def team(*, manager: str, scientist: str, engineer: str, stakeholder: str, leader: str) -> Team:
    """Who holds which duty on one model; the program manager carries three of the four responsibilities."""
    return {
        Role.PROGRAM_MANAGER: (manager,),
        Role.LEADER: (leader,),
        Role.STAKEHOLDER: (stakeholder,),
        Role.DATA_SCIENTIST: (scientist,),
        Role.DATA_ENGINEER: (engineer,),
        Responsibility.ENGAGEMENT: (manager,),
        Responsibility.REQUIREMENTS: (manager,),
        Responsibility.PLANNING: (manager,),
    }


SUPPLY = team(manager="ines", scientist="priya", engineer="amara", stakeholder="marco", leader="grace")
STORES = team(manager="tomasz", scientist="jonas", engineer="felix", stakeholder="leila", leader="grace")
CUSTOMERS = team(manager="ines", scientist="mei", engineer="amara", stakeholder="nora", leader="henrik")
DIGITAL = team(manager="tomasz", scientist="priya", engineer="felix", stakeholder="nora", leader="henrik")
TEAM_NAMES = {
    id(SUPPLY): ("Supply forecasting", "Supply chain"),
    id(STORES): ("Store operations", "Stores"),
    id(CUSTOMERS): ("Customer analytics", "Commercial"),
    id(DIGITAL): ("Online shop", "Commercial"),
}
