"""Success criteria: what each says, read from plain content, and why one could not be judged."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from throughline.core.criteria_fields import Reader
from throughline.core.errors import Reason, Refused

MOST_CRITERIA = 50
LONGEST_WINDOW = 3660
KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}\Z")


class CriterionLevel(StrEnum):
    """Whom a criterion speaks to: the business, the people who build the model, or whoever pays."""

    BUSINESS = "business"
    MODEL = "model"
    ECONOMIC = "economic"


class CriterionRole(StrEnum):
    """A goal is to be reached; a guardrail must not be hurt on the way, and its target is the margin allowed."""

    GOAL = "goal"
    GUARDRAIL = "guardrail"


class Direction(StrEnum):
    """Which way is good; with `range`, between two values."""

    INCREASE = "increase"
    DECREASE = "decrease"
    RANGE = "range"


class Method(StrEnum):
    """How the bound is found; `auto` goes by the uncertainty that a measurement brings."""

    AUTO = "auto"
    WILSON = "wilson"
    T = "t"
    GIVEN = "given"
    POINT = "point"


@dataclass(frozen=True)
class Criterion:
    """`metric` is the key of the evidence that measures it. `confidence` is one-sided. What a draft leaves open is None
    or empty. `window_days` is how old a measurement may be; None: of any age. An empty `slice` is all of the data."""

    key: str
    title: str
    metric: str
    level: CriterionLevel = CriterionLevel.MODEL
    role: CriterionRole = CriterionRole.GOAL
    unit: str = ""
    baseline: float | None = None
    baseline_source: str = ""
    baseline_on: date | None = None
    direction: Direction = Direction.INCREASE
    target: float | None = None
    low: float | None = None
    high: float | None = None
    hard_limit: float | None = None
    minimum_effect: float | None = None
    window_days: int | None = None
    slice: str = ""
    method: Method = Method.AUTO
    confidence: float = 0.95
    point_is_enough: bool = False
    agreed_on: date | None = None

    @property
    def is_guardrail(self) -> bool:
        return self.role is CriterionRole.GUARDRAIL

    @property
    def has_line(self) -> bool:
        """Whether there is anything to measure against."""
        return self.target is not None or self.low is not None

    @property
    def line(self) -> str:
        """The line that a bound must clear, in words."""
        if not self.has_line:
            return "no target yet"
        if self.direction is Direction.RANGE:
            return f"{self.shown(self.low)} to {self.shown(self.high)}"
        words = "at least" if self.direction is Direction.INCREASE else "at most"
        return f"{words} {self.shown(self.target)}"

    @property
    def missing(self) -> tuple[str, ...]:
        """What it lacks before anybody could measure it, in words."""
        lacks = {
            "a target": not self.has_line,
            "a baseline": self.baseline is None,
            "the source of its baseline": self.baseline is not None and not self.baseline_source,
        }
        return tuple(what for what, is_lacking in lacks.items() if is_lacking)

    def shown(self, value: float | None) -> str:
        """A number in the criterion's unit."""
        if value is None:
            return ""
        return f"{value:.6g}{self._ending}"

    def rounded(self, value: float | None) -> str:
        """A measured number with no more digits than tell it from the lines that it is held against."""
        if value is None:
            return ""
        lines = (self.target, self.low, self.high, self.hard_limit)
        digits = 4 if float(f"{value:.4g}") not in lines or value in lines else 8
        return f"{value:.{digits}g}{self._ending}"

    @property
    def _ending(self) -> str:
        return f"{'' if self.unit in ('', '%') else ' '}{self.unit}"


@dataclass(frozen=True)
class CriteriaFacts:
    """The criteria of one version of a spec; `is_agreed` once that version is approved."""

    criteria: tuple[Criterion, ...]
    spec_number: int
    is_agreed: bool


FIELDS = tuple(field.name for field in fields(Criterion))


def parse_criteria(content: Sequence[object]) -> tuple[Criterion, ...]:
    """Reads criteria from plain content, as it comes from a file, the API or a form: numbers and days may be text.

    A missing key is made from the title. Raises `Refused` (invalid) with every problem found, each under the name
    `criteria.<n>.<field>`, counted from 0.
    """
    if len(content) > MOST_CRITERIA:
        raise Refused.field(
            "criteria",
            f"These are {len(content)} criteria; {MOST_CRITERIA} are allowed.",
            "Keep the ones that decide.",
        )
    problems: list[Reason] = []
    criteria = [_read(number, item, problems) for number, item in enumerate(content)]
    seen: set[str] = set()
    for number, criterion in enumerate(criteria):
        if criterion.key and criterion.key in seen:
            text = f"The key “{criterion.key}” stands twice."
            problems.append(Reason(text, f"criteria.{number}.key", "Give each criterion a key of its own."))
        seen.add(criterion.key)
    if problems:
        raise Refused(tuple(problems), kind="invalid")
    return tuple(criteria)


def to_plain(criteria: Sequence[Criterion]) -> list[dict[str, object]]:
    """As `parse_criteria` reads it back. Whole numbers are written so, because databases write them differently."""
    return [{name: _plain(getattr(one, name)) for name in FIELDS} for one in criteria]


def stored_criteria(content: Sequence[object]) -> tuple[Criterion, ...]:
    """As they were kept. What somebody wrote past the rules, and can't be read, counts as no criterion."""
    try:
        return parse_criteria(content)
    except Refused:
        return ()


def _plain(value: object) -> object:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _read(number: int, item: object, problems: list[Reason]) -> Criterion:
    where = f"criteria.{number}"
    if not isinstance(item, Mapping):
        problems.append(Reason("This is not a criterion.", where, "Send an object with its fields."))
        return Criterion("", "", "")
    given = Reader(item, where, problems)
    given.refuse_others(FIELDS)
    title = given.line("title", required=True)
    criterion = Criterion(
        key=given.line("key", longest=60) or key_from(title),
        title=title,
        metric=given.line("metric", required=True),
        level=given.choice("level", CriterionLevel, CriterionLevel.MODEL),
        role=given.choice("role", CriterionRole, CriterionRole.GOAL),
        unit=given.line("unit", longest=30),
        baseline=given.number("baseline"),
        baseline_source=given.line("baseline_source", longest=300),
        baseline_on=given.day("baseline_on"),
        direction=given.choice("direction", Direction, Direction.INCREASE),
        target=given.number("target"),
        low=given.number("low"),
        high=given.number("high"),
        hard_limit=given.number("hard_limit"),
        minimum_effect=given.number("minimum_effect"),
        window_days=given.whole("window_days", 1, LONGEST_WINDOW),
        slice=given.line("slice"),
        method=given.choice("method", Method, Method.AUTO),
        confidence=given.confidence("confidence", 0.95),
        point_is_enough=given.yes("point_is_enough") or given.is_text("method", Method.POINT),
        agreed_on=given.day("agreed_on"),
    )
    _check(criterion, given)
    return criterion


def key_from(title: str) -> str:
    """A key made of the letters and digits of a title; empty when it has none that a key may have."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:60].rstrip("_")


def _check(criterion: Criterion, given: Reader) -> None:
    if criterion.title and not KEY.match(criterion.key):
        given.refuse(
            "key", "A key has lower-case letters, digits, dots, dashes.", "Write “auc_holdout”, for example."
        )
    if criterion.minimum_effect is not None and criterion.minimum_effect <= 0:
        given.refuse("minimum_effect", "The smallest effect worth finding is above zero.")
    if criterion.direction is Direction.RANGE:
        _check_range(criterion, given)
    else:
        _check_lines(criterion, given)
    if criterion.method is Method.WILSON:
        _check_shares(criterion, given)


def _check_range(criterion: Criterion, given: Reader) -> None:
    for name in ("target", "hard_limit"):
        if getattr(criterion, name) is not None:
            given.refuse(
                name,
                "A range has a lowest and a highest value instead.",
                "Leave this empty, or choose a direction.",
            )
    if (criterion.low is None) != (criterion.high is None):
        name = "low" if criterion.low is None else "high"
        given.refuse(name, "A range has two ends.", "Give the lowest and the highest value.")
    if criterion.low is not None and criterion.high is not None and criterion.low >= criterion.high:
        given.refuse(
            "high", f"The highest value, {criterion.high:g}, is not above the lowest, {criterion.low:g}."
        )


def _check_lines(criterion: Criterion, given: Reader) -> None:
    """A guardrail's target is the margin that is allowed, so it may lie behind the baseline; a goal's may not."""
    for name in ("low", "high"):
        if getattr(criterion, name) is not None:
            given.refuse(name, "Only a range has this.", "Leave it empty, or choose the direction “range”.")
    target, baseline, hard = criterion.target, criterion.baseline, criterion.hard_limit
    sign = 1 if criterion.direction is Direction.INCREASE else -1
    good, bad = ("above", "below") if sign > 0 else ("below", "above")
    if (
        target is not None
        and baseline is not None
        and not criterion.is_guardrail
        and sign * (target - baseline) < 0
    ):
        given.refuse(
            "target",
            f"The target {target:g} is {bad} the baseline {baseline:g}, but the direction is “{criterion.direction}”.",
            f"Set a target {good} the baseline, or turn the direction round.",
        )
    if hard is None:
        return
    if target is None:
        given.refuse("hard_limit", "A hard limit needs a target to stand behind.", "Give the target too.")
    elif sign * (target - hard) <= 0:
        text = f"The hard limit {hard:g} is not {bad} the target {target:g}."
        given.refuse("hard_limit", text, f"Set a hard limit {bad} the target.")


def _check_shares(criterion: Criterion, given: Reader) -> None:
    for name in ("baseline", "target", "low", "high", "hard_limit"):
        value = getattr(criterion, name)
        if value is not None and not 0 <= value <= 1:
            text = f"Wilson's method is for shares, and {value:g} is not between 0 and 1."
            given.refuse(name, text, "Write 0.8 for 80 %, or choose another method.")
