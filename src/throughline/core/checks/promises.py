"""Do stakeholders know what to expect, did they agree to it, and was everybody told what changed?"""

from collections.abc import Iterable

from throughline.core.checks.registry import Found, Parameter, Parameters, check, met, texts, unmet
from throughline.core.dossier import Dossier
from throughline.core.drift_facts import facts_in
from throughline.core.promises import EXPECTATIONS, KIND_TITLES, Promise, PromiseKind, PromiseState
from throughline.core.tellings import duties

KINDS = Parameter(
    "kinds",
    "texts",
    "the kinds that stakeholders need; evaluation_date, production_date and run_frequency if it is left out",
)
TURN = ("stakeholder_engagement", "program_manager")
MOST_NAMED = 5


@check(
    "promises.expectations_given",
    asks="Do stakeholders know when they can evaluate the model, when it goes to production, and how often it runs?",
    why="Who is told nothing expects something, and plans by it.",
    remedy="Give a promise of each kind to the stakeholders who plan by it.",
    turn=TURN,
    parameters=(KINDS,),
)
def expectations_given(dossier: Dossier, parameters: Parameters) -> Found:
    wanted = _kinds(parameters)
    given = {promise.kind for promise in _standing(dossier, wanted)}
    lacking = [KIND_TITLES[kind].lower() for kind in wanted if kind not in given]
    if lacking:
        return unmet(f"Nothing is promised about: {', '.join(lacking)}.", f"Promise: {', '.join(lacking)}.")
    said = (f"{p.kind.label}: {_said(p)}" for p in _standing(dossier, wanted))
    return met("; ".join(said) + ".")


@check(
    "promises.acknowledged",
    asks="Did everybody to whom these were promised acknowledge what they say now?",
    why="A promise that its recipient has not agreed to is an announcement.",
    remedy="Ask those who have not answered; where somebody disputes it, change the promise or convince them.",
    turn=TURN,
    parameters=(KINDS,),
)
def acknowledged(dossier: Dossier, parameters: Parameters) -> Found:
    wanted = _kinds(parameters)
    promises = [promise for promise in _standing(dossier, wanted) if promise.is_live]
    if not _standing(dossier, wanted):
        return unmet("Nothing of this kind is promised yet.", "Give the promises first.")
    disputes = [
        f"{answer.name} disputes “{promise.kind.label.lower()}”: “{answer.words}”"
        for promise in promises
        for answer in promise.disputed
    ]
    if disputes:
        return unmet(
            "; ".join(disputes[:MOST_NAMED]), "Change the promise, or convince them to acknowledge it."
        )
    return _unanswered(promises) or met(_agreed(promises))


@check(
    "promises.nobody_untold",
    asks="Was everybody told what changed about what they were promised?",
    why="A model fails its users long before it fails its metrics: nobody may be surprised.",
    remedy="Tell those who have not been told; the message is drafted.",
    turn=TURN,
)
def nobody_untold(dossier: Dossier, _: Parameters) -> Found:
    owed = duties(dossier.promises, facts_in(dossier))
    if not owed:
        return met(
            "Nobody is left to tell."
            if dossier.promises.given
            else "Nothing is promised, so nothing is to tell."
        )
    by_cause: dict[str, list[str]] = {}
    titles = {duty.cause: (duty.title, duty.reason) for duty in owed}
    for duty in owed:
        by_cause.setdefault(duty.cause, []).append(duty.name)
    said = [
        f"{', '.join(names)}: {titles[cause][0].lower()} ({titles[cause][1]})"
        for cause, names in by_cause.items()
    ]
    more = f" And {len(said) - MOST_NAMED} more." if len(said) > MOST_NAMED else ""
    names = sorted({duty.name for duty in owed})
    return unmet(f"Not told yet: {'; '.join(said[:MOST_NAMED])}.{more}", f"Tell {', '.join(names)}.")


def _unanswered(promises: Iterable[Promise]) -> Found | None:
    waiting = [(promise, who) for promise in promises for who in promise.unanswered]
    if not waiting:
        return None
    nobody = sorted({who.name for _, who in waiting if who.person_id is None})
    if nobody:
        names = ", ".join(nobody)
        return unmet(f"Nobody can answer for {names}.", f"Name the person who answers for {names}.")
    said = "; ".join(f"{who.name} (“{promise.kind.label.lower()}”)" for promise, who in waiting[:MOST_NAMED])
    more = f" and {len(waiting) - MOST_NAMED} more" if len(waiting) > MOST_NAMED else ""
    names = ", ".join(sorted({who.name for _, who in waiting}))
    return unmet(f"Not answered yet: {said}{more}.", f"Ask {names}.")


def _kinds(parameters: Parameters) -> tuple[PromiseKind, ...]:
    given = [kind for kind in texts(parameters, "kinds") if kind in list(PromiseKind)]
    return tuple(PromiseKind(kind) for kind in given) or EXPECTATIONS


def _standing(dossier: Dossier, kinds: Iterable[PromiseKind]) -> list[Promise]:
    """Of these kinds, what was not withdrawn and is promised to somebody who still is a stakeholder."""
    wanted = set(kinds)
    return [
        promise
        for promise in dossier.promises.given
        if promise.kind in wanted and promise.state is not PromiseState.WITHDRAWN and promise.recipients
    ]


def _said(promise: Promise) -> str:
    said = promise.latest
    return f"{said.due_on:%-d %b %Y}" if said.due_on else said.value or said.statement


def _agreed(promises: list[Promise]) -> str:
    names = sorted({who.name for promise in promises for who in promise.acknowledged})
    return f"Acknowledged by {', '.join(names)}." if names else "All of these are closed as kept."
