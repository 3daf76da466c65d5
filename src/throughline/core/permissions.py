"""Who may do which verb: access roles, the declared table of verbs, and the one question asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

from throughline.core.errors import Missing, NotAllowed
from throughline.core.people import Role


class AccessRole(StrEnum):
    """What a person may do in a program, or on one model of it."""

    VIEWER = "viewer"
    STAKEHOLDER = "stakeholder"
    MEMBER = "member"
    APPROVER = "approver"
    MANAGER = "manager"
    AUDITOR = "auditor"


ACCESS_MEANINGS = {
    AccessRole.VIEWER: "Reads the program's models, people, policies and evidence.",
    AccessRole.STAKEHOLDER: "Reads the models they care about and signs what they are asked to sign.",
    AccessRole.MEMBER: "Also adds evidence, changes models, asks for moves and waivers, signs off.",
    AccessRole.APPROVER: "Also decides moves and grants waivers that others ask for.",
    AccessRole.MANAGER: "Also manages people, policies, imports, connections, tokens and settings of the program.",
    AccessRole.AUDITOR: "Reads everything in the program, and its activity log.",
}

Place = Literal["open", "person", "program", "model", "installation"]
Scope = Literal["read", "evidence", "write", "decide", "manage"]


@dataclass(frozen=True)
class Verb:
    """One thing that can be done: who may, and which token scope it needs. No roles: any signed-in person."""

    meaning: str
    roles: frozenset[AccessRole]
    scope: Scope
    is_for_admin_only: bool = False


@dataclass(frozen=True)
class Declared:
    """What a route says of itself: the verb, where the verb is asked, and the activity that it records."""

    verb: str
    at: Place
    activity: str | None = None


class Grant(NamedTuple):
    """An access role in one program, or on one model only. A tuple: some people hold hundreds, in each request."""

    role: AccessRole
    program_id: int
    model_id: int | None = None


@dataclass(frozen=True)
class Actor:
    """Who is asking, through which door. `scopes` is None for a person who signed in."""

    person_id: int | None
    name: str
    door: str
    grants: frozenset[Grant] = frozenset()
    is_admin: bool = False
    scopes: frozenset[str] | None = None
    is_service: bool = False
    request_id: str = field(default="", compare=False)

    def program_ids(self) -> frozenset[int]:
        """Programs of which every model may be seen."""
        return frozenset(grant.program_id for grant in self.grants if grant.model_id is None)

    def model_ids(self) -> frozenset[int]:
        """Models on which the actor holds something of their own."""
        return frozenset(grant.model_id for grant in self.grants if grant.model_id is not None)

    def single_model_ids(self) -> frozenset[int]:
        """Models that may be seen although the rest of their program may not."""
        whole = self.program_ids()
        return frozenset(
            g.model_id for g in self.grants if g.model_id is not None and g.program_id not in whole
        )


_READERS = frozenset(AccessRole)
_TEAM = frozenset({AccessRole.MEMBER, AccessRole.APPROVER, AccessRole.MANAGER})
_SIGNERS = _TEAM | {AccessRole.STAKEHOLDER}
_APPROVERS = frozenset({AccessRole.APPROVER, AccessRole.MANAGER})
_MANAGERS = frozenset({AccessRole.MANAGER})
_LABELLERS = _READERS - {AccessRole.AUDITOR}
_INSIDERS = _READERS - {AccessRole.STAKEHOLDER}

VERBS: Mapping[str, Verb] = {
    "self.use": Verb("Use one's own pages, views and settings", frozenset(), "read"),
    "self.change": Verb("Change one's own views, tokens and settings", frozenset(), "write"),
    "program.view": Verb("See a program and its policy", _READERS, "read"),
    "program.create": Verb("Create a program", frozenset(), "manage", is_for_admin_only=True),
    "program.change": Verb("Change a program's settings", _MANAGERS, "manage"),
    "model.view": Verb("See a model, its evidence, decisions and history", _READERS, "read"),
    "model.create": Verb("Add a model", _TEAM, "write"),
    "model.change": Verb("Change what is recorded about a model", _TEAM, "write"),
    "move.request": Verb("Ask for a move", _TEAM, "write"),
    "move.decide": Verb("Approve or decline a move", _SIGNERS, "decide"),
    "direction.decide": Verb(
        "Decide whether a prototype continues, changes direction or stops", _SIGNERS, "decide"
    ),
    "sign_off.give": Verb("Sign off a check", _SIGNERS, "decide"),
    "waiver.request": Verb("Ask for a waiver", _TEAM, "write"),
    "waiver.decide": Verb("Grant, decline or revoke a waiver", _TEAM, "decide"),
    "stakeholder.view": Verb("See the stakeholders of a model and the contacts with them", _INSIDERS, "read"),
    "stakeholder.change": Verb("Change stakeholders of a model and record contacts", _TEAM, "write"),
    "source.view": Verb("See data sources and requests for access to them", _INSIDERS, "read"),
    "source.change": Verb(
        "Change data sources, which models use them, and requests for access", _TEAM, "write"
    ),
    "assessment.start": Verb("Have the quality of a data source assessed", _TEAM, "evidence"),
    "assessment.judge": Verb("Accept or reject the quality of a data source", _TEAM, "decide"),
    "output.answer": Verb("Approve or return what one was shown", _SIGNERS, "decide"),
    "label.answer": Verb("Label the items of an audit to which one was invited", _LABELLERS, "write"),
    "label.settle": Verb("Settle what labellers disagree on", _SIGNERS, "decide"),
    "feedback.give": Verb("Give feedback on a model", _SIGNERS, "write"),
    "promise.give": Verb("Give, change and withdraw promises, and tell stakeholders", _TEAM, "write"),
    "promise.answer": Verb("Acknowledge or dispute what one was promised", _SIGNERS, "write"),
    "spec.write": Verb("Write and submit a model's specification", _TEAM, "write"),
    "spec.comment": Verb("Comment on a specification and ask for a scope change", _SIGNERS, "write"),
    "spec.approve": Verb("Approve or return a specification, and decide scope changes", _SIGNERS, "decide"),
    "contract.view": Verb("See data contracts, their versions and who agreed", _READERS, "read"),
    "contract.change": Verb("Import, publish, withdraw and end data contracts", _TEAM, "write"),
    "contract.test": Verb("Test data contracts against their data", _TEAM, "evidence"),
    "contract.test_document": Verb(
        "Test a document against a file that is sent with it", frozenset(), "read"
    ),
    "contract.answer": Verb("Agree to a data contract, or decline it", _SIGNERS, "decide"),
    "compliance.ask": Verb("Ask for, renew and withdraw a compliance review", _TEAM, "write"),
    "compliance.review": Verb(
        "Review a model as the reviewer who was asked, raise findings, settle them and close the review",
        _SIGNERS,
        "decide",
    ),
    "compliance.resolve": Verb("Resolve the findings that one owns", _SIGNERS, "write"),
    "compliance.accept": Verb("Accept the risk of a finding that is not one's own", _APPROVERS, "decide"),
    "evidence.attach": Verb("Attach evidence to a model", _TEAM, "evidence"),
    "people.view": Verb("See who holds which duty", _INSIDERS, "read"),
    "people.change": Verb("Assign duties and give access", _MANAGERS, "manage"),
    "policy.publish": Verb("Publish a policy and put it in force", _MANAGERS, "manage"),
    "import.run": Verb("Import a portfolio and undo an import", _MANAGERS, "manage"),
    "connection.change": Verb("Connect a tool and link its models", _MANAGERS, "manage"),
    "connection.view": Verb("See connected tools", _INSIDERS, "read"),
    "token.manage": Verb("Create and revoke tokens of a program", _MANAGERS, "manage"),
    "audit.view": Verb("Read the activity log", frozenset({AccessRole.AUDITOR, AccessRole.MANAGER}), "read"),
    "installation.administer": Verb(
        "Administer the installation", frozenset(), "manage", is_for_admin_only=True
    ),
}

SCOPES: tuple[Scope, ...] = ("read", "evidence", "write", "decide", "manage")

# A duty on a model brings the access that it takes to do it, on that model alone.
ACCESS_OF_DUTY: Mapping[str, AccessRole] = {
    Role.PROGRAM_MANAGER: AccessRole.MANAGER,
    Role.LEADER: AccessRole.APPROVER,
    Role.STAKEHOLDER: AccessRole.STAKEHOLDER,
}


def access_of(duty: str) -> AccessRole:
    return ACCESS_OF_DUTY.get(duty, AccessRole.MEMBER)


def may(actor: Actor, verb: str, *, program_id: int | None = None, model_id: int | None = None) -> bool:
    """Whether the actor may do this here. A person and a token alike; a token also needs the verb's scope."""
    rule = VERBS[verb]
    if actor.scopes is not None and rule.scope not in actor.scopes:
        return False
    if actor.is_admin:
        return True
    if rule.is_for_admin_only:
        return False
    if not rule.roles:
        return actor.person_id is not None
    return any(grant.role in rule.roles and _reaches(grant, program_id, model_id) for grant in actor.grants)


def may_see(actor: Actor, *, program_id: int, model_id: int | None = None) -> bool:
    return actor.is_admin or any(_reaches(grant, program_id, model_id) for grant in actor.grants)


def require(
    actor: Actor, verb: str, *, noun: str = "page", program_id: int | None = None, model_id: int | None = None
) -> None:
    """Raises `Missing` where the thing may not even be known of, `NotAllowed` where it may be seen only."""
    if may(actor, verb, program_id=program_id, model_id=model_id):
        return
    if program_id is not None and not may_see(actor, program_id=program_id, model_id=model_id):
        raise Missing(noun)
    raise NotAllowed(_why_not(actor, verb))


def require_person(actor: Actor, deed: str) -> int:
    """The person's id; `deed` says in the plural what only people do."""
    if actor.person_id is None or actor.is_service:
        raise NotAllowed(f"{deed} by people who signed in, not by service accounts.")
    return actor.person_id


def _reaches(grant: Grant, program_id: int | None, model_id: int | None) -> bool:
    if grant.program_id != program_id:
        return False
    return grant.model_id is None or grant.model_id == model_id


def _why_not(actor: Actor, verb: str) -> str:
    rule = VERBS[verb]
    if actor.scopes is not None and rule.scope not in actor.scopes:
        return (
            f"This token does not have the scope “{rule.scope}”, which is needed to {_lower(rule.meaning)}."
        )
    if rule.is_for_admin_only:
        return f"Only an administrator may {_lower(rule.meaning)}."
    roles = ", ".join(sorted(rule.roles))
    return f"You may see this, but to {_lower(rule.meaning)} you need one of these roles here: {roles}."


def _lower(meaning: str) -> str:
    return meaning[0].lower() + meaning[1:]
