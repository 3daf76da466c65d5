"""Our reading of service levels: which element is looked at, which figure is taken, what passes.

The standard names the properties and leaves open how they are measured; docs/explanation/service-levels.md is this
reading for people, docs/decisions/0112-how-service-levels-are-read.md says why.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from throughline.core.contracts.demands import Scalar, describe_scalar
from throughline.core.contracts.documents import Column, Contract, ServiceLevel, Table, custom_value
from throughline.core.contracts.units import Span, read_span

# A frequency looks back over so many whole periods, so that an old gap is forgiven in the end.
PERIODS = 30
WEEK_START = 4 * 86_400  # 1970-01-05 was a Monday


class LevelKind(StrEnum):
    FRESHNESS = "freshness"
    LATENCY = "latency"
    FREQUENCY = "frequency"
    RETENTION = "retention"
    TIME_OF_AVAILABILITY = "timeOfAvailability"
    GENERAL_AVAILABILITY = "generalAvailability"
    END_OF_SUPPORT = "endOfSupport"
    END_OF_LIFE = "endOfLife"


@dataclass(frozen=True)
class Level:
    """One promise about one element. `arrival` is the column that says when a row arrived, of a latency that names it.
    `problem` says why it cannot be judged."""

    key: str
    kind: LevelKind | None
    name: str
    table: str = ""
    column: str = ""
    arrival: str = ""
    span: Span | None = None
    clock: time | None = None
    moment: datetime | None = None
    description: str = ""
    driver: str = ""
    problem: str = ""


_KINDS = {re.sub("[^a-z]", "", kind.lower()): kind for kind in LevelKind}
_KINDS |= {"endoflifedate": LevelKind.END_OF_LIFE, "endofsupportdate": LevelKind.END_OF_SUPPORT}
_KINDS |= {"ga": LevelKind.GENERAL_AVAILABILITY, "datafreshness": LevelKind.FRESHNESS}
_SPANS = (LevelKind.FRESHNESS, LevelKind.LATENCY, LevelKind.FREQUENCY, LevelKind.RETENTION)
_MOMENTS = (LevelKind.GENERAL_AVAILABILITY, LevelKind.END_OF_SUPPORT, LevelKind.END_OF_LIFE)
_CLOCK = re.compile(r"T?(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(Z|UTC|[+-]\d{2}:?\d{2}|[A-Za-z]+/[A-Za-z_/]+)?")


def read_levels(contract: Contract) -> tuple[Level, ...]:
    """One for each element of each service level; those of a moment need no element."""
    return tuple(level for entry in contract.service_levels for level in _read(entry, contract))


def _read(entry: ServiceLevel, contract: Contract) -> list[Level]:
    kind = _KINDS.get(re.sub("[^a-z]", "", entry.property.lower()))
    base = Level(
        entry.key,
        kind,
        entry.property or "?",
        description=entry.description,
        driver=entry.driver,
        problem=entry.problem,
    )
    if entry.problem or kind is None:
        why = (
            "It is promised about the service, and the data does not show it; send figures of it as evidence."
        )
        return [replace(base, problem=entry.problem or why)]
    if kind in _MOMENTS:
        moment, problem = _moment(entry.value)
        return [replace(base, moment=moment, problem=problem)]
    span, clock, problem = None, None, ""
    if kind in _SPANS:
        span, problem = read_span(entry.value, entry.unit)
    else:
        clock, problem = _clock(entry.value)
    return _of_elements(replace(base, span=span, clock=clock, problem=problem), entry, contract)


def _of_elements(base: Level, entry: ServiceLevel, contract: Contract) -> list[Level]:
    if not entry.elements:
        return [replace(base, problem=base.problem or "It does not say which element it is about.")]
    arrival = custom_value(entry.custom, "arrivalElement")
    found: list[Level] = []
    for element in entry.elements:
        table, column, problem = _element(element, contract)
        key = base.key if len(entry.elements) == 1 else f"{base.key}.{element}"
        level = replace(base, key=key, table=table, column=column, problem=base.problem or problem)
        if arrival and base.kind is LevelKind.LATENCY and not level.problem:
            other, arrived, problem = _element(arrival, contract)
            problem = problem or ("" if other == table else "The arrival stands in another table.")
            level = replace(level, arrival=arrived, problem=problem)
        found.append(level)
    return found


def _element(path: str, contract: Contract) -> tuple[str, str, str]:
    """Table, column and what is wrong. The table may be left out where the contract has one only."""
    table_name, _, column_name = path.strip().rpartition(".")
    table: Table | None = contract.table(table_name) if table_name else None
    if not table_name and len(contract.tables) == 1:
        table = contract.tables[0]
    if table is None:
        shown = table_name or column_name
        why = f"The contract has no table “{shown[:60]}”." if table_name else f"“{path[:60]}” names no table."
        return "", "", why
    column: Column | None = table.column(column_name)
    if column is None:
        return table.name, "", f"The contract has no column “{column_name[:60]}” in {table.name}."
    return table.name, column.name, ""


def _moment(value: Scalar) -> tuple[datetime | None, str]:
    """An instant; a date alone means its first moment, and a time without a zone is UTC."""
    said = describe_scalar(value).strip()
    try:
        read = datetime.fromisoformat(said)
    except ValueError:
        return None, f"“{said[:40]}” is not a date and time."
    return (read if read.tzinfo else read.replace(tzinfo=UTC)), ""


def _clock(value: Scalar) -> tuple[time | None, str]:
    """`09:00-08:00` is nine o'clock in a zone eight hours behind UTC. Without a zone it is UTC."""
    said = describe_scalar(value).strip()
    if not isinstance(value, str):
        return None, f"“{said[:40]}” is not a time of day; write it in quotation marks."
    match = _CLOCK.fullmatch(said)
    if not match or int(match[1]) > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59:
        return None, f"“{said[:40]}” is not a time of day."
    zone = _zone(match[4] or "Z")
    if zone is None:
        return None, f"“{said[:40]}” names a time zone that is not known."
    return time(int(match[1]), int(match[2]), int(match[3] or 0), tzinfo=zone), ""


def _zone(said: str) -> tzinfo | None:
    if said in ("Z", "UTC"):
        return UTC
    if "/" in said:
        return zone_of(said)
    hours, minutes = int(said[1:3]), int(said[-2:])
    if hours > 14 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if said[0] == "-" else offset)


def zone_of(name: str) -> tzinfo | None:
    """A time zone by its name in the IANA list; None where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def last_passing(clock: time, now: datetime) -> datetime:
    """The latest moment, up to `now`, at which this time of day came round in its zone."""
    local = now.astimezone(clock.tzinfo)
    today = datetime.combine(local.date(), clock)
    return today if today <= now else datetime.combine(local.date() - timedelta(days=1), clock)


def needed_since(clock: time, now: datetime) -> datetime:
    """By that time of day, the data of the day before must be there: the first moment of that day."""
    passing = last_passing(clock, now)
    return datetime.combine(passing.date() - timedelta(days=1), time(0, tzinfo=clock.tzinfo))


def bucket_of(moment: datetime, span: Span) -> int:
    """The number of the period in which a moment lies, as `bucket` counts them in the statement: months from January of
    the year 0, weeks from a Monday, all else from 1970-01-01."""
    if span.months:
        return (moment.year * 12 + moment.month - 1) // span.months
    start = WEEK_START if span.seconds % 604_800 == 0 else 0
    wall = moment.replace(tzinfo=UTC).timestamp()
    return int((wall - start) // span.seconds)
