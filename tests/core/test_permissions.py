"""The declared table of verbs, asked with every role, place and token scope."""

from itertools import product

import pytest

from throughline.core.errors import Missing, NotAllowed
from throughline.core.people import DUTIES
from throughline.core.permissions import (
    ACCESS_MEANINGS,
    SCOPES,
    VERBS,
    AccessRole,
    Actor,
    Grant,
    access_of,
    may,
    may_see,
    require,
)

HERE, ELSEWHERE, MODEL, OTHER_MODEL = 1, 2, 10, 11


def actor(*roles: AccessRole, program_id: int = HERE, model_id: int | None = None, **more: object) -> Actor:
    grants = frozenset(Grant(role, program_id, model_id) for role in roles)
    return Actor(person_id=5, name="Pam", door="web", grants=grants, **more)  # type: ignore[arg-type]


ADMIN = Actor(1, "Ada", "web", is_admin=True)
CASES = list(product(VERBS, AccessRole))


def is_free(verb: str) -> bool:
    """Open to anybody who signed in."""
    return not VERBS[verb].roles and not VERBS[verb].is_for_admin_only


def test_a_role_may_exactly_what_the_table_gives_it() -> None:
    for verb, role in CASES:
        is_given = is_free(verb) or role in VERBS[verb].roles
        assert may(actor(role), verb, program_id=HERE, model_id=MODEL) == is_given, (verb, role)


def test_a_role_in_one_program_gives_nothing_in_another() -> None:
    for verb, role in CASES:
        elsewhere = may(actor(role), verb, program_id=ELSEWHERE, model_id=MODEL)
        assert elsewhere == is_free(verb), (verb, role)


def test_a_role_on_one_model_reaches_neither_its_neighbour_nor_the_program() -> None:
    for verb, role in CASES:
        if not VERBS[verb].roles:
            continue
        on_model = actor(role, model_id=MODEL)
        is_given = role in VERBS[verb].roles
        assert may(on_model, verb, program_id=HERE, model_id=MODEL) == is_given, (verb, role)
        assert not may(on_model, verb, program_id=HERE, model_id=OTHER_MODEL), (verb, role)
        assert not may(on_model, verb, program_id=HERE), (verb, role)


def test_an_administrator_may_everything_and_a_stranger_nothing() -> None:
    nobody = Actor(None, "somebody", "api")
    for verb in VERBS:
        assert may(ADMIN, verb, program_id=HERE, model_id=MODEL), verb
        assert not may(nobody, verb, program_id=HERE, model_id=MODEL), verb


def test_a_token_needs_the_scope_even_when_its_owner_is_administrator() -> None:
    for verb, scope in product(VERBS, SCOPES):
        token = Actor(1, "robot", "api", is_admin=True, scopes=frozenset({scope}))
        assert may(token, verb, program_id=HERE) == (VERBS[verb].scope == scope), (verb, scope)


def test_a_token_without_scopes_may_nothing() -> None:
    token = actor(*AccessRole, scopes=frozenset())
    assert not [verb for verb in VERBS if may(token, verb, program_id=HERE)]


def test_outsiders_do_not_learn_that_a_thing_exists() -> None:
    with pytest.raises(Missing) as caught:
        require(actor(*AccessRole), "model.view", noun="model", program_id=ELSEWHERE, model_id=MODEL)
    assert caught.value.noun == "model"
    with pytest.raises(Missing):
        require(actor(AccessRole.MANAGER, model_id=MODEL), "people.change", program_id=HERE)


def test_insiders_are_told_what_they_lack() -> None:
    with pytest.raises(NotAllowed, match="approver, manager"):
        require(actor(AccessRole.VIEWER), "waiver.decide", program_id=HERE, model_id=MODEL)
    reader = actor(AccessRole.MANAGER, scopes=frozenset({"read"}))
    with pytest.raises(NotAllowed, match="scope “decide”"):
        require(reader, "waiver.decide", program_id=HERE, model_id=MODEL)
    with pytest.raises(NotAllowed, match="Only an administrator"):
        require(actor(AccessRole.MANAGER), "installation.administer")


def test_what_is_permitted_passes_in_silence() -> None:
    assert require(actor(AccessRole.VIEWER), "model.view", program_id=HERE, model_id=MODEL) is None


def test_who_sees_one_model_does_not_see_its_program() -> None:
    on_model = actor(AccessRole.STAKEHOLDER, model_id=MODEL)
    assert may_see(on_model, program_id=HERE, model_id=MODEL)
    assert not may_see(on_model, program_id=HERE)
    assert not may_see(on_model, program_id=HERE, model_id=OTHER_MODEL)
    assert on_model.model_ids() == {MODEL}
    assert on_model.program_ids() == frozenset()


def test_each_duty_brings_access_and_only_the_pm_manages() -> None:
    assert {duty for duty in DUTIES if access_of(duty) is AccessRole.MANAGER} == {"program_manager"}
    assert access_of("stakeholder") is AccessRole.STAKEHOLDER
    assert access_of("analyst") is AccessRole.MEMBER


def test_every_access_role_and_verb_says_what_it_means() -> None:
    assert set(ACCESS_MEANINGS) == set(AccessRole)
    assert all(verb.meaning and verb.scope in SCOPES for verb in VERBS.values())


def test_auditors_change_nothing() -> None:
    changing = {verb for verb, rule in VERBS.items() if rule.roles and rule.scope != "read"}
    assert changing
    assert not [verb for verb in changing if AccessRole.AUDITOR in VERBS[verb].roles]
