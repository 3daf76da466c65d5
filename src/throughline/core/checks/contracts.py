"""Are the contracts for data and output in force, is no breaking version on its way, and did the data keep them?"""

from collections.abc import Iterable
from datetime import timedelta

from throughline.core.checks.registry import (
    Found,
    Parameter,
    Parameters,
    check,
    met,
    number,
    text,
    unknown,
    unmet,
)
from throughline.core.contracts.agreements import Direction, Party, Side, Version
from throughline.core.contracts.facts import ContractFact
from throughline.core.contracts.results import RuleOutcome
from throughline.core.dossier import Dossier
from throughline.core.stakeholders import Part

TURN = ("data_engineer", "program_manager")
CONSUMING = (Part.APPROVER, Part.USER)
DIRECTION = Parameter("direction", "text", "provider (data that the model uses) or output; left out for both")
NAMES = {Direction.PROVIDER: "the data that the model uses", Direction.OUTPUT: "the model's output"}


@check(
    "contracts.in_force",
    asks="Is a contract in force for every source and for the output, agreed by both sides?",
    why="Who promised nothing breaks no promise, and nobody notices when the data change.",
    remedy="Import the contract and have both sides agree to it.",
    turn=TURN,
    parameters=(DIRECTION,),
)
def in_force(dossier: Dossier, parameters: Parameters) -> Found:
    found = [_in_force(dossier, direction) for direction in _directions(parameters)]
    return _worst(found)


@check(
    "contracts.no_breaking_pending",
    asks="Is no version of a contract on its way that breaks something the model or its consumers rely on?",
    why="What is built on the old version fails on the day on which the new one begins.",
    remedy="Agree to the breaking version after everything is ready for it, or have it withdrawn.",
    turn=TURN,
    parameters=(DIRECTION,),
)
def no_breaking_pending(dossier: Dossier, parameters: Parameters) -> Found:
    known = [one for direction in _directions(parameters) for one in dossier.contracts.of(direction)]
    if not known:
        return unknown("No contract is recorded, so nobody would know of a change.", "Import the contracts.")
    breaking = [one for one in known if one.pending is not None and one.pending.is_breaking]
    if breaking:
        said = " ".join(_pending(one) for one in breaking)
        return unmet(said, f"Answer version {_title(breaking[0].pending)} of “{breaking[0].name}”.")
    return met(f"None of {_count(known)} has a breaking version on its way.")


@check(
    "contracts.tested",
    asks="Did the data keep every contract when it was last tested?",
    why="A contract that was never run is only a wish.",
    remedy="Test the contract against the present data.",
    turn=TURN,
    parameters=(
        Parameter("within_days", "number", "how old the last test may be", is_required=True),
        DIRECTION,
    ),
)
def tested(dossier: Dossier, parameters: Parameters) -> Found:
    known = [one for direction in _directions(parameters) for one in dossier.contracts.of(direction)]
    judged = [one for one in known if one.in_force is not None or one.test is not None]
    if not judged:
        return unknown("No contract is in force or was tested.", "Import the contracts and test them.")
    return _worst([_tested(dossier, one, number(parameters, "within_days") or 0) for one in judged])


def _directions(parameters: Parameters) -> tuple[Direction, ...]:
    wanted = text(parameters, "direction")
    return (Direction(wanted),) if wanted in list(Direction) else tuple(Direction)


def _in_force(dossier: Dossier, direction: Direction) -> Found:
    known = dossier.contracts.of(direction)
    bare = dossier.contracts.bare if direction is Direction.PROVIDER else ()
    if not known and not bare:
        return unknown(
            f"No contract is recorded for {NAMES[direction]}.",
            "Name the data sources and import their contracts."
            if direction is Direction.PROVIDER
            else "Write down what the output promises, and import it.",
        )
    lacking = [f"“{name}” has no contract." for name in bare]
    lacking += [why for one in known if (why := _why_not(dossier, one))]
    if lacking:
        remedy = next((_mend(dossier, one) for one in known if _why_not(dossier, one)), "")
        return unmet(" ".join(lacking), remedy or f"Import the contract for “{bare[0]}”.")
    return met(" ".join(_agreed(dossier, one) for one in known))


def _parties(dossier: Dossier, one: ContractFact) -> tuple[Party, ...]:
    """Who must have agreed as far as this model is concerned: other users of a source answer for themselves."""
    provider = Party(Side.PROVIDER, None, one.source or "the provider")
    if one.direction is Direction.PROVIDER:
        return (provider, Party(Side.CONSUMER, dossier.model.id, dossier.model.name))
    people = [who for who in dossier.stakeholders if who.part in CONSUMING]
    return (provider, *(Party(Side.CONSUMER, who.id, who.name) for who in people))


def _why_not(dossier: Dossier, one: ContractFact) -> str:
    parties = _parties(dossier, one)
    if one.in_force is None:
        waits = one.pending.awaited(parties) if one.pending else ()
        names = f": {', '.join(party.name for party in waits)}" if waits else ""
        said = f"“{one.name}” is not in force"
        return f"{said}; no answer yet{names}." if names else f"{said}."
    if missing := one.in_force.awaited(parties):
        names = ", ".join(party.name for party in missing)
        return f"“{one.name}” {_title(one.in_force)} is in force, but {names} did not agree to it."
    return ""


def _mend(dossier: Dossier, one: ContractFact) -> str:
    version = one.in_force or one.pending
    if version is None:
        return f"Publish a version of “{one.name}”."
    declined = version.declined(_parties(dossier, one))
    if declined:
        return f"Publish a version of “{one.name}” that {declined[0].by} can agree to."
    waits = version.awaited(_parties(dossier, one))
    names = ", ".join(party.name for party in waits) or "all consumers"
    return f"Have {names} answer version {_title(version)} of “{one.name}”."


def _agreed(dossier: Dossier, one: ContractFact) -> str:
    assert one.in_force is not None
    by = ", ".join(given.by for given in one.in_force.agreed(_parties(dossier, one)))
    since = f" since {one.in_force.in_force_from:%Y-%m-%d}" if one.in_force.in_force_from else ""
    return f"“{one.name}” {_title(one.in_force)} is in force{since}, agreed by {by}."


def _pending(one: ContractFact) -> str:
    assert one.pending is not None
    who, at = one.pending.published_by, one.pending.published_at
    return f"“{one.name}” {_title(one.pending)} breaks something; {who} published it on {at:%Y-%m-%d}."


def _tested(dossier: Dossier, one: ContractFact, days: float) -> Found:
    test = one.test
    if test is None:
        return unknown(f"“{one.name}” was never tested.", f"Test “{one.name}” against the present data.")
    when = f"“{one.name}” was tested on {test.at:%Y-%m-%d}"
    if test.at < dossier.at - timedelta(days=days):
        return unknown(f"{when}, more than {days:g} days ago.", f"Test “{one.name}” again.")
    if test.outcome is RuleOutcome.PASSED:
        return met(f"{when} and passed.")
    why = " ".join(_ended(said) for said in test.broken) or test.error or "It says no more."
    if test.outcome is RuleOutcome.FAILED:
        return unmet(f"{when} and failed. {why}", f"Have the data mended and test “{one.name}” again.")
    return unknown(f"{when}, and it could not be told. {why}", f"Mend what hinders the test of “{one.name}”.")


def _worst(found: Iterable[Found]) -> Found:
    """All must be met; what is unmet is told before what is unknown, and all of it is told."""
    every = list(found)
    for answer in ("unmet", "unknown"):
        if bad := [one for one in every if one.answer == answer]:
            rest = [one for one in every if one.answer in ("unmet", "unknown") and one not in bad]
            said = " ".join(one.text for one in (*bad, *rest))
            return Found(bad[0].answer, said, bad[0].remedy)
    return met(" ".join(one.text for one in every))


def _title(version: Version | None) -> str:
    return version.title if version else ""


def _count(known: list[ContractFact]) -> str:
    return "one contract" if len(known) == 1 else f"{len(known)} contracts"


def _ended(said: str) -> str:
    return said if said.endswith((".", "!", "?")) else f"{said}."
