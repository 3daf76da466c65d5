"""Turns figures that an engine counted into the result of a rule: passed, failed or unknown, with its reason."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from throughline.core.contracts.demands import Comparison, Metric, Operator, Unit
from throughline.core.contracts.results import RuleOutcome, RuleResult
from throughline.core.contracts.rule import Kind, Rule
from throughline.core.contracts.service_levels import (
    PERIODS,
    Level,
    LevelKind,
    bucket_of,
    needed_since,
    zone_of,
)
from throughline.core.contracts.units import describe_seconds

Figures = Mapping[str, object]

# How a rule that counts offending rows names them.
_OFFENDERS = {
    Kind.REQUIRED: "are null",
    Kind.TYPE: "are not of this type",
    Kind.PHYSICAL_TYPE: "do not fit this type",
    Kind.MINIMUM: "are less",
    Kind.EXCLUSIVE_MINIMUM: "are not greater",
    Kind.MAXIMUM: "are greater",
    Kind.EXCLUSIVE_MAXIMUM: "are not less",
    Kind.MULTIPLE_OF: "are no multiple",
    Kind.MIN_LENGTH: "are shorter",
    Kind.MAX_LENGTH: "are longer",
    Kind.PATTERN: "do not match",
    Kind.FORMAT: "have another format",
    Kind.ALLOWED_VALUES: "are another value",
    Kind.MIN_ITEMS: "hold fewer",
    Kind.MAX_ITEMS: "hold more",
    Kind.UNIQUE_ITEMS: "hold an item twice",
    Kind.DIMENSIONS: "have another number",
}


def passed(rule: Rule, found: str = "", *, value: float | None = None) -> RuleResult:
    return result(rule, RuleOutcome.PASSED, found=found, value=value)


def failed(rule: Rule, reason: str, *, found: str = "", value: float | None = None) -> RuleResult:
    return result(rule, RuleOutcome.FAILED, reason=reason, found=found or reason, value=value)


def unknown(rule: Rule, reason: str) -> RuleResult:
    return result(rule, RuleOutcome.UNKNOWN, reason=reason)


def result(
    rule: Rule, outcome: RuleOutcome, *, reason: str = "", found: str = "", value: float | None = None
) -> RuleResult:
    return RuleResult(
        rule=rule.id,
        table=rule.table,
        column=rule.column,
        area=str(rule.area),
        title=rule.title,
        outcome=outcome,
        found=found,
        wanted=rule.wanted,
        value=value,
        reason=reason,
        severity=rule.severity,
        dimension=rule.dimension,
    )


def judge(rule: Rule, figures: Figures, now: datetime) -> RuleResult:
    """The result of a rule whose figures are there. Figures: `rows` of the table; `bad` offending rows; `extra` rows
    beyond the first of each key and `nulls` of keys; `count` of a metric; `value` of a query; `newest`, `oldest`,
    `ahead`, `first`, `filled`, `delay` of a service level. A figure that is missing leaves the rule unknown."""
    if rule.problem:
        return unknown(rule, rule.problem)
    try:
        if rule.kind is Kind.LEVEL:
            return _level(rule, figures, now)
        if rule.kind in (Kind.UNIQUE, Kind.PRIMARY_KEY):
            return _key(rule, figures)
        if rule.kind is Kind.METRIC:
            return _metric(rule, figures)
        if rule.kind is Kind.SQL:
            return _query(rule, figures)
        return _counted(rule, figures)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        return unknown(rule, f"The engine answered with something that cannot be read ({error}).")


def _counted(rule: Rule, figures: Figures) -> RuleResult:
    bad, rows = whole(figures["bad"]), whole(figures["rows"])
    note = str(figures.get("note") or "")
    if bad == 0:
        said = f"None of {rows:,} rows offends" if rows else "There are no rows"
        return passed(rule, f"{said}{f'; {note}' if note else ''}.", value=0)
    words = _OFFENDERS.get(rule.kind, "offend")
    reason = f"{bad:,} of {rows:,} rows {words}{f' ({note})' if note else ''}."
    return failed(rule, reason, found=f"{bad:,} of {rows:,} rows ({_share(bad, rows)})", value=bad)


def _key(rule: Rule, figures: Figures) -> RuleResult:
    extra, rows = whole(figures["extra"]), whole(figures["rows"])
    nulls = whole(figures["nulls"]) if rule.kind is Kind.PRIMARY_KEY else 0
    if not extra and not nulls:
        return passed(rule, f"All of {rows:,} rows differ." if rows else "There are no rows.", value=0)
    said = [f"{nulls:,} rows hold a null in it"] if nulls else []
    said += [f"{extra:,} rows repeat another"] if extra else []
    reason = f"{' and '.join(said)}, of {rows:,} rows."
    return failed(rule, reason, value=extra + nulls)


def _metric(rule: Rule, figures: Figures) -> RuleResult:
    quality = rule.quality
    assert quality is not None
    assert quality.comparison is not None
    count, rows = whole(figures["count"]), whole(figures["rows"])
    if quality.unit is Unit.PERCENT:
        if rows == 0:
            return unknown(rule, "There are no rows, so there is no share of them.")
        value = 100 * count / rows
        found = f"{value:.6g} % ({count:,} of {rows:,} rows)"
    else:
        value = float(count)
        found = f"{count:,}" if quality.metric is Metric.ROW_COUNT else f"{count:,} of {rows:,} rows"
    return _compared(rule, value, found, quality.comparison)


def _query(rule: Rule, figures: Figures) -> RuleResult:
    quality = rule.quality
    assert quality is not None
    assert quality.comparison is not None
    given = figures["value"]
    if given is None:
        return unknown(rule, "The query returned null.")
    comparison = quality.comparison
    if comparison.text is not None:
        said = ("true" if given else "false") if isinstance(given, bool) else str(given)
        is_right = (said == comparison.text) is (comparison.operator is Operator.IS)
        # What it says may be a value of the data, which is not for everybody.
        return (
            passed(rule, "It is.") if is_right else failed(rule, f"The query did not return {rule.wanted}.")
        )
    value = as_number(given)
    if value is None:
        return unknown(rule, f"The query returned a {type(given).__name__}, which is not a number.")
    if not math.isfinite(value):
        return failed(rule, f"The query returned {value}, which is not a number.")
    return _compared(rule, value, f"{value:,.10g}", comparison)


def _compared(rule: Rule, value: float, found: str, comparison: Comparison) -> RuleResult:
    if holds(value, comparison):
        return passed(rule, found, value=value)
    return failed(rule, f"It is {found}; it must be {rule.wanted}.", found=found, value=value)


def holds(value: float, comparison: Comparison) -> bool:
    """Both ends of a range belong to it."""
    low, high = comparison.low, comparison.high
    assert low is not None
    match comparison.operator:
        case Operator.IS:
            return value == low
        case Operator.IS_NOT:
            return value != low
        case Operator.GREATER:
            return value > low
        case Operator.AT_LEAST:
            return value >= low
        case Operator.LESS:
            return value < low
        case Operator.AT_MOST:
            return value <= low
    assert high is not None
    return (low <= value <= high) is (comparison.operator is Operator.BETWEEN)


def _level(rule: Rule, figures: Figures, now: datetime) -> RuleResult:
    level = rule.level
    assert level is not None
    if level.moment is not None:
        return _moment(rule, level, now)
    if level.kind is LevelKind.LATENCY and level.arrival:
        return _delay(rule, level, figures)
    if level.kind is LevelKind.FREQUENCY:
        return _frequency(rule, level, figures, now)
    zone = str(figures.get("zone") or "")
    newest, oldest = as_instant(figures["newest"], zone), as_instant(figures["oldest"], zone)
    ahead = whole(figures["ahead"])
    later = f"; {ahead:,} rows lie in the future and do not count" if ahead else ""
    if level.kind is LevelKind.RETENTION:
        if oldest is None:
            return unknown(rule, "There is no value whose age could be told.")
        assert level.span is not None
        found = f"The oldest is of {_shown(oldest)}, {describe_seconds((now - oldest).total_seconds())} ago"
        is_kept = oldest >= level.span.before(now)
        return _either(rule, is_kept, found, (now - oldest).total_seconds())
    if newest is None:
        return failed(rule, f"There is no value up to now{later}.")
    age = (now - newest).total_seconds()
    found = f"The newest is of {_shown(newest)}, {describe_seconds(age)} ago{later}"
    if level.kind is LevelKind.TIME_OF_AVAILABILITY:
        assert level.clock is not None
        return _either(rule, newest >= needed_since(level.clock, now), found, age)
    assert level.span is not None
    return _either(rule, newest >= level.span.before(now), found, age)


def _moment(rule: Rule, level: Level, now: datetime) -> RuleResult:
    assert level.moment is not None
    shown = _shown(level.moment)
    if level.kind is LevelKind.GENERAL_AVAILABILITY:
        return (
            passed(rule, f"Since {shown}.") if now >= level.moment else unknown(rule, f"Not before {shown}.")
        )
    return passed(rule, f"Until {shown}.") if now < level.moment else failed(rule, f"It ended on {shown}.")


def _delay(rule: Rule, level: Level, figures: Figures) -> RuleResult:
    delay = as_number(figures["delay"])
    assert level.span is not None
    if delay is None:
        return unknown(rule, "No row says both when it happened and when it arrived.")
    found = f"The longest took {describe_seconds(delay)}"
    return _either(rule, delay <= level.span.seconds, found, delay)


def _frequency(rule: Rule, level: Level, figures: Figures, now: datetime) -> RuleResult:
    assert level.span is not None
    if figures["first"] is None:
        return unknown(rule, "There is no value up to now.")
    here = bucket_of(local_now(now, str(figures.get("zone") or "")), level.span)
    start = max(whole(figures["first"]), here - PERIODS)
    periods, filled = here - start, whole(figures["filled"])
    if periods <= 0:
        return unknown(rule, f"The data does not cover one whole period of {level.span} yet.")
    missing = periods - filled
    found = f"{filled:,} of the last {periods:,} whole periods of {level.span} hold data"
    return _either(rule, missing <= 0, found, missing)


def _either(rule: Rule, is_kept: bool, found: str, value: float) -> RuleResult:
    if is_kept:
        return passed(rule, f"{found}.", value=round(value, 3))
    return failed(rule, f"{found}; it must be {rule.wanted}.", found=f"{found}.", value=round(value, 3))


def local_now(now: datetime, zone: str) -> datetime:
    """`now` as the clock on the wall shows it where the data was written."""
    return now.astimezone(zone_of(zone) or UTC)


def as_instant(value: object, zone: str = "") -> datetime | None:
    """A driver's value as an instant: a date is its first moment; without a zone it belongs to `zone`, else UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value.strip())
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} is not an instant")
    return (value if value.tzinfo else value.replace(tzinfo=zone_of(zone) or UTC)).astimezone(UTC)


def as_number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bool | int | float | Decimal):
        return float(value)
    return None


def whole(value: object) -> int:
    """A count. A sum over no rows is null in SQL, and means none."""
    if value is None:
        return 0
    if isinstance(value, bool | int | float | Decimal):
        return int(value)
    raise TypeError(f"{type(value).__name__} is not a count")


def all_unknown(rules: Sequence[Rule], reason: str) -> list[RuleResult]:
    return [unknown(rule, rule.problem or reason) for rule in rules]


def _share(part: int, rows: int) -> str:
    return f"{100 * part / rows:.3g} %" if rows else "0 %"


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
