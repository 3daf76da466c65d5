"""Whether a condition of a policy holds for a model, and in which words that is told."""

from collections.abc import Mapping
from functools import lru_cache

from throughline.core.checks import Answer, Found
from throughline.core.dossier import Dossier
from throughline.core.policy import Condition


def why_not_asked(when: Condition, dossier: Dossier, others: Mapping[str, Answer]) -> Found | None:
    """None when the condition holds; otherwise why the check is not needed, or why that can't be told.

    What certainly does not hold settles it, whatever else is still unknown. `others` are the answers of the checks
    that the condition names.
    """
    if when.is_always:
        return None
    return _other_case(when, dossier) or _other_answers(when, others) or _open_question(when, dossier, others)


def why_asked(when: Condition, policy: str) -> str:
    return f"{policy} asks this of {of_whom(when)}."


def of_whom(when: Condition) -> str:
    """The condition in words, as in “models with risk tier high, once “data.known” is met”."""
    return "every model" if when.is_always else _of_some(when)


@lru_cache(maxsize=1024)
def _of_some(when: Condition) -> str:
    facts = [
        f"{name} {_words(values)}"
        for name, values in (
            ("risk tier", when.risk_tier),
            ("scoring", when.scoring),
            ("release", when.release),
        )
        if values
    ]
    models = "models with " + ", ".join(facts) if facts else "every model"
    once = f", once “{_list(when.met)}” is met" if when.met else ""
    while_not = f", while “{_list(when.not_met)}” is not met" if when.not_met else ""
    return f"{models}{once}{while_not}"


def _other_case(when: Condition, dossier: Dossier) -> Found | None:
    for name, value, wanted in _cases(when, dossier):
        if wanted and value is not None and value not in wanted:
            text = f"Only asked where the {name} is {_words(wanted)}; here it is {_words((value,))}."
            return Found(Answer.NOT_NEEDED, text)
    return None


def _other_answers(when: Condition, others: Mapping[str, Answer]) -> Found | None:
    for other in when.met:
        if others[other] in (Answer.UNMET, Answer.NOT_NEEDED):
            return Found(Answer.NOT_NEEDED, f"Only asked once “{other}” is met.")
    for other in when.not_met:
        if others[other] is Answer.MET:
            return Found(Answer.NOT_NEEDED, f"Only asked while “{other}” is not met.")
    return None


def _open_question(when: Condition, dossier: Dossier, others: Mapping[str, Answer]) -> Found | None:
    for name, value, wanted in _cases(when, dossier):
        if wanted and value is None:
            text = f"The {name} is not set, so it can't be told whether this applies."
            return Found(Answer.UNKNOWN, text, f"Set the {name}.", turn=("program_manager",))
    for other in when.met:
        if others[other] is Answer.UNKNOWN:
            text = f"“{other}” is unknown, so it can't be told whether this applies."
            return Found(Answer.UNKNOWN, text, f"Settle “{other}” first.")
    return None


def _cases(when: Condition, dossier: Dossier) -> tuple[tuple[str, str | None, tuple[str, ...]], ...]:
    """Name, value here and values wanted; a move without a named release is that of a first release."""
    release = dossier.release.kind if dossier.release else "first"
    return (
        ("risk tier", dossier.model.risk_tier, when.risk_tier),
        ("scoring", dossier.model.scoring, when.scoring),
        ("release", release, when.release),
    )


def _words(values: tuple[str, ...]) -> str:
    return " or ".join(str(value).replace("_", " ") for value in values)


def _list(checks: tuple[str, ...]) -> str:
    return "” and “".join(checks)
