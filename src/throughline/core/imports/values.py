"""What the values of a stage, risk or scoring column mean: proposals with their reason, never a guess."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from throughline.core.dossier import RiskTier, Scoring
from throughline.core.stages import LEGAL_PLACES, STAGE_TITLES, Place, Stage, Standing

LEAVE_OUT = "leave_out"
RISK_TIERS: tuple[str, ...] = tuple(tier.value for tier in RiskTier)
SCORING_MODES: tuple[str, ...] = tuple(mode.value for mode in Scoring)
BLANK_TITLE = "(empty)"


@dataclass(frozen=True)
class ValueProposal:
    """One distinct value of a column, how many rows have it, and its meaning (empty: nobody knows)."""

    value: str
    count: int
    meaning: str
    reason: str

    @property
    def title(self) -> str:
        return self.value or BLANK_TITLE


def place_key(place: Place) -> str:
    """The place as a mapping writes it: `production`, or `deprecation/retired` when it is not active."""
    return (
        place.stage.value
        if place.standing is Standing.ACTIVE
        else f"{place.stage.value}/{place.standing.value}"
    )


PLACES: dict[str, Place] = {
    place_key(place): place
    for place in sorted(
        LEGAL_PLACES, key=lambda place: (place.stage.number, list(Standing).index(place.standing))
    )
}

STAGE_CHOICES: tuple[tuple[str, str], ...] = (
    *((key, str(place)) for key, place in PLACES.items()),
    (LEAVE_OUT, "Leave these rows out"),
)
RISK_CHOICES: tuple[tuple[str, str], ...] = tuple((tier, tier.capitalize()) for tier in RISK_TIERS)
SCORING_CHOICES: tuple[tuple[str, str], ...] = (("batch", "Batch"), ("real_time", "Real time"))


def value_key(text: str) -> str:
    """The value as it is compared: blanks folded, case ignored."""
    return " ".join(text.split()).casefold()


def propose_stages(values: Iterable[str]) -> tuple[ValueProposal, ...]:
    return _propose(values, _STAGE_WORDS, {**_OWN_STAGES, **_KNOWN_STAGES})


def propose_risks(values: Iterable[str]) -> tuple[ValueProposal, ...]:
    return _propose(values, (), _KNOWN_RISKS)


def propose_scoring(values: Iterable[str]) -> tuple[ValueProposal, ...]:
    return _propose(values, (), _KNOWN_SCORING)


_RETIRED = place_key(Place(Stage.DEPRECATION, Standing.RETIRED))
_OWN_STAGES = {
    **{key: (key, "named as here") for key in PLACES},
    **{title.casefold(): (stage.value, "named as here") for stage, title in STAGE_TITLES.items()},
    **{str(place).casefold(): (key, "named as here") for key, place in PLACES.items()},
}
_PLANNED = "work has been decided or begun, nothing is built yet"
_BUILDING = "it is being built or evaluated"
_ROLLOUT = "it is being put to use and assessed; choose Production ready if that has not begun"
_RUNNING = "it is in use"
_KNOWN_STAGES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("planned", "ideation", "idea", "initiated", "initiation", "concept", "proposed", "backlog"),
        ("conception", _PLANNED),
    ),
    **dict.fromkeys(
        (
            "acquisition and/or development",
            "development and acquisition",
            "development",
            "in development",
            "prototype",
            "prototyping",
            "proof of concept",
            "evaluation",
            "experiment",
        ),
        ("prototype", _BUILDING),
    ),
    **dict.fromkeys(
        ("ready for production", "approved for production", "staging"),
        ("production_ready", "ready to go live"),
    ),
    **dict.fromkeys(
        ("implementation and assessment", "implementation", "rollout", "deploying"), ("deployment", _ROLLOUT)
    ),
    **dict.fromkeys(
        (
            "operation and maintenance",
            "operation and management",
            "operations and maintenance",
            "in production",
            "in use",
            "in-use",
            "live",
            "operational",
            "prod",
        ),
        ("production", _RUNNING),
    ),
    **dict.fromkeys(("retired", "decommissioned", "archived", "sunset"), (_RETIRED, "it is no longer used")),
    **dict.fromkeys(("deprecated", "deprecating"), ("deprecation", "its end has been announced")),
}
_NOT_LIVE = "says that it is not in production"
_STAGE_WORDS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"(planned|ideation)\b.*\bnot in production", re.IGNORECASE), "conception", _NOT_LIVE),
    (re.compile(r"development\b.*\bnot in production", re.IGNORECASE), "prototype", _NOT_LIVE),
    (
        re.compile(r"(?:in )?production ?:|in production\b(?!.*\bnot\b)", re.IGNORECASE),
        "production",
        "begins with “in production”",
    ),
    (
        re.compile(r"(initial|currently (in|under)|under) development\b", re.IGNORECASE),
        "prototype",
        "says that it is being developed",
    ),
    (
        re.compile(r"(investigating/?\s*)?proof[ -]of[ -]concept\b", re.IGNORECASE),
        "prototype",
        "says that it is a proof of concept",
    ),
)
_KNOWN_RISKS: dict[str, tuple[str, str]] = {
    **{tier: (tier, "named as here") for tier in RISK_TIERS},
    **dict.fromkeys(
        ("neither", "minimal", "minor"), ("low", "says that neither rights nor safety are touched")
    ),
    **dict.fromkeys(("moderate", "limited"), ("medium", "a middle level")),
    **dict.fromkeys(
        ("both", "rights-impacting", "safety-impacting"), ("high", "says that rights or safety are touched")
    ),
    **dict.fromkeys(("critical", "very high", "severe", "high-impact"), ("high", "a highest level")),
}
_KNOWN_RISKS.update(dict.fromkeys(("minimal", "minor"), ("low", "a lowest level")))
_KNOWN_SCORING: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("batch", "offline", "scheduled"), ("batch", "runs in batches")),
    **dict.fromkeys(
        ("real_time", "real time", "real-time", "realtime", "online", "streaming"),
        ("real_time", "answers at once"),
    ),
}


def _propose(
    values: Iterable[str],
    words: Sequence[tuple[re.Pattern[str], str, str]],
    known: dict[str, tuple[str, str]],
) -> tuple[ValueProposal, ...]:
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for value in values:
        key = value_key(value)
        counts[key] += 1
        shown.setdefault(key, " ".join(value.split()))
    return tuple(
        ValueProposal(shown[key], count, *_meaning(key, words, known)) for key, count in counts.most_common()
    )


def _meaning(
    key: str, words: Sequence[tuple[re.Pattern[str], str, str]], known: dict[str, tuple[str, str]]
) -> tuple[str, str]:
    if not key:
        return "", "these rows name no value"
    if key in known:
        return known[key]
    for pattern, meaning, reason in words:
        if pattern.match(key):
            return meaning, reason
    return "", "not a value that is known; choose what it means"
