"""What is striking in one profile: each with a plain sentence, the worst first."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from throughline.core.profiles import ColumnKind, ColumnProfile, Profile

# From which share on something is said at all, and from which it weighs heavily.
SAID_MISSING, HEAVY_MISSING = 0.0005, 0.2
SAID_FAR_OUT, HEAVY_FAR_OUT = 0.01, 0.1
ROWS_FOR_CONSTANT = 2


class Topic(StrEnum):
    ROWS = "rows"
    DUPLICATES = "duplicates"
    MISSING = "missing"
    CONSTANT = "constant"
    FAR_OUT = "far_out"
    UNLIKE = "unlike"
    BEYOND = "beyond"


@dataclass(frozen=True)
class Remark:
    """`weight` goes from 0 to 1; `column` is empty for the table as a whole."""

    topic: Topic
    text: str
    weight: float
    column: str = ""

    @property
    def is_heavy(self) -> bool:
        return self.weight >= 0.5


def remarks(profile: Profile) -> tuple[Remark, ...]:
    """The heaviest first; those of the same weight in the order of the columns."""
    found = [*_of_table(profile), *(one for column in profile.columns for one in of_column(column, profile))]
    return tuple(sorted(found, key=lambda one: -one.weight))


def by_strikingness(profile: Profile) -> tuple[ColumnProfile, ...]:
    """The columns, those of which the heaviest things are to be said first."""
    weights: dict[str, float] = {}
    for one in remarks(profile):
        weights[one.column] = max(weights.get(one.column, 0.0), one.weight)
    return tuple(sorted(profile.columns, key=lambda column: -weights.get(column.name, 0.0)))


def percent(share: float) -> str:
    """As people say it: never 0 % or 100 % where it is not quite that."""
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    if share < 0.0005:
        return "under 0.1 %"
    if share > 0.9995:
        return "over 99.9 %"
    return f"{share * 100:.1f} %" if share < 0.1 or share > 0.99 else f"{share * 100:.0f} %"


def of_column(column: ColumnProfile, profile: Profile) -> Iterator[Remark]:
    if not profile.rows:
        return
    if column.missing == profile.rows:
        yield Remark(Topic.MISSING, "is empty in every row", 1.0, column.name)
        return
    missing = profile.share(column.missing)
    if missing >= SAID_MISSING:
        weight = 0.5 + missing / 2 if missing >= HEAVY_MISSING else 0.1 + missing
        yield Remark(Topic.MISSING, f"is missing in {percent(missing)} of the rows", weight, column.name)
    if column.distinct == 1 and column.is_distinct_exact and profile.rows >= ROWS_FOR_CONSTANT:
        yield Remark(Topic.CONSTANT, "has one and the same value wherever it has one", 0.6, column.name)
    yield from _of_values(column, profile)


def _of_values(column: ColumnProfile, profile: Profile) -> Iterator[Remark]:
    if column.unlike:
        kind = "numbers" if column.kind is ColumnKind.NUMBER else f"of the type {column.type}"
        text = (
            f"has {_counted(column.unlike, 'value')} that {_are(column.unlike)} not {kind}, unlike the others"
        )
        yield Remark(Topic.UNLIKE, text, 0.55 + profile.share(column.unlike), column.name)
    if column.beyond:
        text = f"has {_counted(column.beyond, 'number')} that {_are(column.beyond)} infinite or beyond all measure"
        yield Remark(Topic.BEYOND, text, 0.7, column.name)
    far_out = profile.share(column.far_out)
    if far_out >= SAID_FAR_OUT:
        weight = 0.5 + far_out / 2 if far_out >= HEAVY_FAR_OUT else 0.1 + far_out
        yield Remark(Topic.FAR_OUT, f"lies far out in {percent(far_out)} of the rows", weight, column.name)


def _of_table(profile: Profile) -> Iterator[Remark]:
    if not profile.rows:
        yield Remark(Topic.ROWS, "The table has no rows.", 1.0)
    if profile.duplicates:
        share = profile.share(profile.duplicates)
        verb = "repeats" if profile.duplicates == 1 else "repeat"
        text = f"{_counted(profile.duplicates, 'row')} {verb} another one whole ({percent(share)})."
        yield Remark(Topic.DUPLICATES, text, 0.5 + share / 2)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
