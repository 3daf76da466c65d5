"""Draws a sample that anybody can repeat: the order is that of SHA-256 digests of seed and key, so that the same seed
and the same rows give the same items on every machine and every version of Python."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from throughline.core.errors import Refused
from throughline.core.fingerprints import canonical

MOST_ITEMS = 5_000
MOST_STRATA = 200
LARGEST_SEED = 2**53 - 1  # what every JSON reader keeps exactly


class Method(StrEnum):
    SIMPLE = "simple"
    STRATIFIED = "stratified"


@dataclass(frozen=True)
class Candidate:
    """One row that may be drawn. `place` is its number in the file."""

    place: int
    key: str
    stratum: str = ""


@dataclass(frozen=True)
class Draw:
    """`places` in the order in which people label them, which says nothing of the strata. `strata` holds for each how
    many rows there are and how many were drawn. `fingerprint` is that of all rows that could have been drawn."""

    places: tuple[int, ...]
    population: int
    strata: Mapping[str, tuple[int, int]]
    fingerprint: str


def draw(
    candidates: Sequence[Candidate],
    *,
    size: int,
    seed: int,
    method: Method = Method.SIMPLE,
    least: int = 0,
    labels: Sequence[str] = (),
) -> Draw:
    """`least` is the fewest items of each stratum, or all that it has. A larger sample with the same seed contains the
    smaller one of a simple draw. `labels` are the given ones in the order of the candidates; they are sealed too.

    Raises `Refused` (invalid) for a size or seed that can't be.
    """
    _check(len(candidates), size, seed)
    if twice := [key for key, count in Counter(one.key for one in candidates).most_common(3) if count > 1]:
        shown = ", ".join(f"“{key[:60]}”" for key in twice)
        raise Refused.field(
            "key", f"Some keys stand in more than one row: {shown}.", "Choose a column that tells rows apart."
        )
    strata: dict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        strata[one.stratum if method is Method.STRATIFIED else ""].append(one)
    sizes = allocate({name: len(rows) for name, rows in strata.items()}, size, least)
    chosen = [one for name, rows in strata.items() for one in _first(rows, sizes[name], f"{seed}:draw")]
    ordered = _first(chosen, len(chosen), f"{seed}:order")
    return Draw(
        tuple(one.place for one in ordered),
        len(candidates),
        {name: (len(strata[name]), sizes[name]) for name in sorted(strata)},
        _sealed(candidates, labels or [""] * len(candidates)),
    )


def allocate(strata: Mapping[str, int], size: int, least: int = 0) -> dict[str, int]:
    """How many of each stratum: in proportion to its rows, but at least `least` or all that it has.

    Strata whose share is below their minimum get the minimum, the others share the rest by largest remainders; ties
    go by name. Raises `Refused` (invalid) where the minimum of all is more than the sample.
    """
    if len(strata) > MOST_STRATA:
        text = f"This column has {len(strata):,} different values; {MOST_STRATA} strata are allowed."
        raise Refused.field("stratum", text, "Choose a column with few values.")
    floors = {name: min(least, rows) for name, rows in strata.items()}
    if (needed := sum(floors.values())) > size:
        text = (
            f"At least {least} of each of {len(strata)} strata are {needed:,} items, and {size:,} are drawn."
        )
        raise Refused.field("least", text, "Draw more, or ask for fewer of each.")
    fixed: dict[str, int] = {}
    while True:
        free = {name: rows for name, rows in strata.items() if name not in fixed}
        rest, total = size - sum(fixed.values()), sum(free.values())
        small = {name: floors[name] for name, rows in free.items() if rest * rows < floors[name] * total}
        if not small:
            return fixed | _shared(free, rest, total)
        fixed |= small


def _shared(free: Mapping[str, int], rest: int, total: int) -> dict[str, int]:
    """By Hamilton's method, in whole numbers throughout."""
    if not total:
        return dict.fromkeys(free, 0)
    found = {name: rest * rows // total for name, rows in free.items()}
    by_remainder = sorted(free, key=lambda name: (-(rest * free[name] % total), name))
    for name in by_remainder[: rest - sum(found.values())]:
        found[name] += 1
    return found


def _first(rows: Sequence[Candidate], count: int, salt: str) -> list[Candidate]:
    return sorted(rows, key=lambda one: (_rank(one, salt), one.key))[:count]


def _rank(one: Candidate, salt: str) -> bytes:
    return hashlib.sha256(f"{salt}:{one.key}".encode("utf-8", "surrogatepass")).digest()


def _sealed(candidates: Sequence[Candidate], labels: Sequence[str]) -> str:
    """SHA-256 of the sorted rows, one at a time: a file may have a million of them."""
    digest = hashlib.sha256()
    for row in sorted((one.key, one.stratum, label) for one, label in zip(candidates, labels, strict=True)):
        digest.update(canonical(row).encode())
    return digest.hexdigest()


def _check(rows: int, size: int, seed: int) -> None:
    if not 0 <= seed <= LARGEST_SEED:
        raise Refused.field(
            "seed", "A seed is a whole number from 0 to 9,007,199,254,740,991.", "Give another one."
        )
    if size < 1 or size > MOST_ITEMS:
        raise Refused.field("size", f"From 1 to {MOST_ITEMS:,} items can be drawn.", "Give another number.")
    if size > rows:
        text = f"The file has {rows:,} rows that can be drawn, and {size:,} are asked for."
        raise Refused.field("size", text, "Draw fewer, or bring a larger file.")
