"""Two profiles of one source, compared: what moved, in a plain sentence, and whether it deserves a look."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from throughline.core.profile_remarks import percent
from throughline.core.profiles import ColumnKind, ColumnProfile, Profile

# From which difference on something deserves a look. Shares are of all rows, growth is relative to what was before.
ROWS_MOVED, MISSING_MOVED, DISTINCT_MOVED, FAR_OUT_MOVED = 0.5, 0.02, 0.2, 0.02
SHAPE_MOVED = 0.1
RANGE_MOVED = 0.5
# An approximate count of different values may be off by so much (DuckDB's HyperLogLog).
APPROXIMATION = 0.1
OTHER = "\0other"


class Moved(StrEnum):
    ROWS = "rows"
    DUPLICATES = "duplicates"
    ADDED = "added"
    REMOVED = "removed"
    TYPE = "type"
    MISSING = "missing"
    DISTINCT = "distinct"
    RANGE = "range"
    SHAPE = "distribution"
    FAR_OUT = "far_out"
    NEWEST = "newest"


@dataclass(frozen=True)
class Difference:
    """`size` is what `deserves_look` was judged by; `column` is empty for the table as a whole."""

    what: Moved
    column: str
    text: str
    deserves_look: bool
    size: float = 0.0


def compare(before: Profile, after: Profile) -> tuple[Difference, ...]:
    """What deserves a look first, then by size. Columns are the same when their names are."""
    old, new = ({one.name: one for one in profile.columns} for profile in (before, after))
    found = [*_of_table(before, after)]
    found += [
        Difference(Moved.REMOVED, name, "is not there any more", True, 1.0) for name in old if name not in new
    ]
    found += [Difference(Moved.ADDED, name, "is new", True, 1.0) for name in new if name not in old]
    for name, column in new.items():
        if name in old:
            found += _of_column(old[name], column, before, after)
    return tuple(sorted(found, key=lambda one: (not one.deserves_look, -one.size)))


def total_variation(before: ColumnProfile, after: ColumnProfile, rows: tuple[int, int]) -> float | None:
    """How much of the values would have to lie elsewhere for both to be distributed alike: from 0 to 1.

    Total variation distance, half the sum of |p - q| over shared bins (Levin, Peres, Wilmer: Markov Chains and
    Mixing Times, 2009, section 4.1). Numbers: the bins of both are cut at the edges of both, what is in a bin is
    taken as spread evenly over it, and what is far out forms a bin at either end. Other values: the commonest of
    each and all the rest. `rows` are those of both tables. None where nothing can be compared.
    """
    if before.bins and after.bins and before.kind is after.kind is ColumnKind.NUMBER:
        return _half_of_differences(*_cut(before, after))
    if before.top and after.top:
        return _half_of_differences(*_named(before, after, rows))
    return None


def expected_by_chance(bins: int, before: int, after: int) -> float:
    """The total variation that two samples of one distribution show on average, at most.

    With n and m values in k bins it is below sqrt(k / (2 pi) * (1/n + 1/m)): each |p - q| has the mean
    sqrt(2/pi * p * (1/n + 1/m)) (a folded normal distribution), and the roots of k shares sum up to sqrt(k) at most.
    """
    if not (before and after):
        return 1.0
    return math.sqrt(bins / (2 * math.pi) * (1 / before + 1 / after))


def _of_table(before: Profile, after: Profile) -> Iterator[Difference]:
    if before.rows != after.rows:
        growth = (after.rows - before.rows) / before.rows if before.rows else math.inf
        verb = "grew" if growth > 0 else "shrank"
        by = f" by {percent(abs(growth))}" if math.isfinite(growth) and abs(growth) < 10 else ""
        text = f"The table {verb}{by}, from {before.rows:,} to {after.rows:,} rows."
        looks = growth >= ROWS_MOVED or growth < 0
        yield Difference(Moved.ROWS, "", text, looks, min(abs(growth), 10.0))
    if before.duplicates is not None and after.duplicates is not None:
        old, new = before.share(before.duplicates), after.share(after.duplicates)
        if old != new:
            text = f"Rows that repeat another one: {percent(old)} before, {percent(new)} now."
            yield Difference(Moved.DUPLICATES, "", text, new - old >= 0.001, abs(new - old))


def _of_column(
    old: ColumnProfile, new: ColumnProfile, before: Profile, after: Profile
) -> Iterator[Difference]:
    if old.type != new.type:
        yield Difference(Moved.TYPE, new.name, f"was {old.type} and is {new.type}", True, 1.0)
    yield from _shares(Moved.MISSING, old.missing, new.missing, new.name, (before, after), MISSING_MOVED)
    if old.far_out is not None and new.far_out is not None:
        yield from _shares(Moved.FAR_OUT, old.far_out, new.far_out, new.name, (before, after), FAR_OUT_MOVED)
    yield from _distinct(old, new)
    yield from _range(old, new)
    yield from _shape(old, new, before, after)


def _shares(
    what: Moved, old: int, new: int, name: str, profiles: tuple[Profile, Profile], looks_from: float
) -> Iterator[Difference]:
    before, after = profiles[0].share(old), profiles[1].share(new)
    if percent(before) == percent(after):
        return
    said = "is missing" if what is Moved.MISSING else "lies far out"
    text = f"{said} in {percent(after)} of the rows, before it was {percent(before)}"
    yield Difference(what, name, text, abs(after - before) >= looks_from, abs(after - before))


def _distinct(old: ColumnProfile, new: ColumnProfile) -> Iterator[Difference]:
    if old.distinct is None or new.distinct is None or old.distinct == new.distinct:
        return
    ratio = abs(new.distinct - old.distinct) / max(old.distinct, 1)
    is_exact = old.is_distinct_exact and new.is_distinct_exact
    if not is_exact and ratio <= APPROXIMATION:
        return
    about = "" if is_exact else "about "
    text = f"has {about}{new.distinct:,} different values, before it was {about}{old.distinct:,}"
    # In numbers and times new values come with every new row; in names and codes they mean that something changed.
    is_code = new.kind in (ColumnKind.TEXT, ColumnKind.BOOLEAN) and max(old.distinct, new.distinct) <= 1_000
    yield Difference(Moved.DISTINCT, new.name, text, is_code and ratio >= DISTINCT_MOVED, min(ratio, 1.0))


def _range(old: ColumnProfile, new: ColumnProfile) -> Iterator[Difference]:
    if not (old.lowest and new.lowest) or old.kind is not new.kind:
        return
    if new.kind is ColumnKind.TIME and old.highest != new.highest:
        is_back = new.highest < old.highest
        text = f"reaches {new.highest} now, before it was {old.highest}"
        yield Difference(Moved.NEWEST, new.name, text, is_back, 0.5 if is_back else 0.05)
    elif new.kind is ColumnKind.NUMBER and (old.lowest, old.highest) != (new.lowest, new.highest):
        size = _outside(old, new)
        low, high, old_low, old_high = map(_shown, (new.lowest, new.highest, old.lowest, old.highest))
        text = f"ranges from {low} to {high}, before it was {old_low} to {old_high}"
        yield Difference(Moved.RANGE, new.name, text, size >= RANGE_MOVED, min(size, 1.0))


def _shown(number: str) -> str:
    """Six figures of it are enough for a sentence."""
    try:
        return number if len(number) <= 10 else f"{float(number):.6g}"
    except ValueError:
        return number


def _outside(old: ColumnProfile, new: ColumnProfile) -> float:
    """By how much the new range goes beyond the old one, in widths of the old."""
    try:
        low, high, new_low, new_high = map(float, (old.lowest, old.highest, new.lowest, new.highest))
    except ValueError:
        return 0.0
    beyond = max(low - new_low, 0.0) + max(new_high - high, 0.0)
    width = high - low
    return beyond / width if width > 0 else (1.0 if beyond > 0 else 0.0)


def _shape(old: ColumnProfile, new: ColumnProfile, before: Profile, after: Profile) -> Iterator[Difference]:
    moved = total_variation(old, new, (before.rows, after.rows))
    if moved is None or moved < 0.01:
        return
    bins = max(len(old.bins), len(new.bins), len(old.top), len(new.top)) + 2
    chance = expected_by_chance(bins, before.rows - old.missing, after.rows - new.missing)
    looks = moved >= SHAPE_MOVED + chance
    text = f"is distributed differently: {percent(moved)} of its values lie elsewhere"
    if not looks and moved >= SHAPE_MOVED:
        text += f", where so few rows let {percent(min(chance, 1.0))} be expected by chance"
    yield Difference(Moved.SHAPE, new.name, text, looks, moved)


def _half_of_differences(before: Mapping[object, float], after: Mapping[object, float]) -> float | None:
    totals = sum(before.values()), sum(after.values())
    if not all(totals):
        return None
    keys = {*before, *after}
    gaps = (abs(before.get(key, 0.0) / totals[0] - after.get(key, 0.0) / totals[1]) for key in keys)
    return min(math.fsum(gaps) / 2, 1.0)


def _named(
    before: ColumnProfile, after: ColumnProfile, rows: tuple[int, int]
) -> tuple[dict[object, float], dict[object, float]]:
    """A value stands for itself where its count is known for both; all others are one bin."""
    counts = [dict(column.top) for column in (before, after)]
    is_whole = [column.distinct == len(column.top) and column.is_distinct_exact for column in (before, after)]
    named = [
        value
        for value in {**counts[0], **counts[1]}
        if (value in counts[0] or is_whole[0]) and (value in counts[1] or is_whole[1])
    ]
    found: list[dict[object, float]] = []
    for column, counted, total in zip((before, after), counts, rows, strict=True):
        own: dict[object, float] = {value: float(counted.get(value, 0)) for value in named}
        own[OTHER] = max(total - column.missing - math.fsum(own.values()), 0.0)
        found.append(own)
    return found[0], found[1]


def _cut(before: ColumnProfile, after: ColumnProfile) -> tuple[dict[object, float], dict[object, float]]:
    edges = sorted({*before.edges, *after.edges})
    return _spread(before, edges), _spread(after, edges)


def _spread(column: ColumnProfile, edges: Sequence[float]) -> dict[object, float]:
    """Each bin's rows over the pieces that it is cut into, by their width; what is far out at either end."""
    found: dict[object, float] = {}
    for (low, high), count in zip(pairwise(column.edges), column.bins, strict=False):
        width = high - low
        for start, end in pairwise(edges):
            if low <= start and end <= high and width > 0:
                found[start] = found.get(start, 0.0) + count * (end - start) / width
    if column.below:
        found["below"] = float(column.below)
    if column.above:
        found["above"] = float(column.above)
    return found
