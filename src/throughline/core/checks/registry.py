"""The catalogue of checks: each a question with an answer, what would satisfy it, and whose turn it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from throughline.core.dossier import Dossier


class Answer(StrEnum):
    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    NOT_NEEDED = "not_needed"


class Found(NamedTuple):
    """What one check came to: the answer, what was found, what would satisfy it, and whose turn it is (duties)."""

    answer: Answer
    text: str
    remedy: str = ""
    turn: tuple[str, ...] = ()
    evidence: tuple[int, ...] = ()
    sign_off: int | None = None


Parameters = Mapping[str, object]
CheckFunction = Callable[[Dossier, Parameters], Found]


@dataclass(frozen=True)
class Parameter:
    """One thing that a policy may tell a check. `kind` is one of: text, number, texts."""

    name: str
    kind: str
    meaning: str
    is_required: bool = False


@dataclass(frozen=True)
class CatalogueCheck:
    id: str
    asks: str
    why: str
    remedy: str
    turn: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    answer: CheckFunction


CATALOGUE: dict[str, CatalogueCheck] = {}


def check(
    check_id: str,
    *,
    asks: str,
    why: str,
    remedy: str,
    turn: tuple[str, ...] = (),
    parameters: tuple[Parameter, ...] = (),
) -> Callable[[CheckFunction], CheckFunction]:
    """Enters a function into the catalogue under an id that reads as the statement which should be true."""

    def enter(function: CheckFunction) -> CheckFunction:
        CATALOGUE[check_id] = CatalogueCheck(check_id, asks, why, remedy, turn, parameters, function)
        return function

    return enter


def met(text: str, *, evidence: tuple[int, ...] = (), sign_off: int | None = None) -> Found:
    return Found(Answer.MET, text, evidence=evidence, sign_off=sign_off)


def unmet(
    text: str, remedy: str = "", *, evidence: tuple[int, ...] = (), turn: tuple[str, ...] = ()
) -> Found:
    return Found(Answer.UNMET, text, remedy, turn, evidence)


def unknown(text: str, remedy: str = "", *, evidence: tuple[int, ...] = ()) -> Found:
    return Found(Answer.UNKNOWN, text, remedy, evidence=evidence)


def text(parameters: Parameters, name: str, default: str = "") -> str:
    value = parameters.get(name, default)
    return value if isinstance(value, str) else default


def number(parameters: Parameters, name: str) -> float | None:
    value = parameters.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def texts(parameters: Parameters, name: str) -> tuple[str, ...]:
    value = parameters.get(name, ())
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
