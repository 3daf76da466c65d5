"""The profile of a table: what an engine counted in it and in each of its columns, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum

from throughline.core.fingerprints import fingerprint
from throughline.core.text import Json

# A value is far out when it lies more than 1.5 times the distance of the quartiles beyond them (Tukey 1977, the inner
# fences of a box plot). Where both quartiles are the same value the rule says nothing, and nothing is counted.
FENCE = 1.5
BINS = 20
LARGEST_WHOLE = 2.0**53
# What a column profile says about single values.
VALUES = ("lowest", "highest", "mean", "sd", "q1", "median", "q3", "top", "edges", "bins")


class ColumnKind(StrEnum):
    """What can be counted of a column; its `type` is the word of the data itself."""

    NUMBER = "number"
    TEXT = "text"
    TIME = "time"
    BOOLEAN = "boolean"
    OTHER = "other"


@dataclass(frozen=True)
class ColumnProfile:
    """Counts are rows. `empty` is text without a sign in it, `not_numbers` is NaN, `unlike` counts values of a text
    file that are not of the kind that nearly all others are, `beyond` infinite numbers and those over 1e150.

    `lowest` and `highest` are written as the data has them. `below` and `above` are far out; `bins` count what lies
    between `edges` (for a time: seconds since 1970), which is what is not far out. `top` holds the commonest values.
    """

    name: str
    type: str
    kind: ColumnKind
    nulls: int = 0
    empty: int = 0
    not_numbers: int = 0
    unlike: int = 0
    beyond: int = 0
    distinct: int | None = None
    is_distinct_exact: bool = True
    lowest: str = ""
    highest: str = ""
    mean: float | None = None
    sd: float | None = None
    q1: float | None = None
    median: float | None = None
    q3: float | None = None
    are_quartiles_exact: bool = True
    below: int | None = None
    above: int | None = None
    shortest: int | None = None
    longest: int | None = None
    top: tuple[tuple[str, int], ...] = ()
    edges: tuple[float, ...] = ()
    bins: tuple[int, ...] = ()

    @property
    def missing(self) -> int:
        return self.nulls + self.empty + self.not_numbers

    @property
    def far_out(self) -> int | None:
        """None where the rule says nothing."""
        return None if self.below is None or self.above is None else self.below + self.above


@dataclass(frozen=True)
class Profile:
    """`bytes` is the size of the files, None for a table of a database. `duplicates` counts the rows that repeat
    another one whole; None where that was not counted, and a note says why. Without `keeps_values` it holds counts
    alone."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    bytes: int | None = None
    files: int | None = None
    duplicates: int | None = None
    keeps_values: bool = True
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnProfile | None:
        return next((one for one in self.columns if one.name == name), None)

    def share(self, count: int | None) -> float:
        """Of all rows, from 0 to 1; 0 where there are none."""
        return count / self.rows if self.rows and count else 0.0

    @property
    def missing(self) -> float:
        """The share of all cells in which nothing is."""
        cells = self.rows * len(self.columns)
        return sum(one.missing for one in self.columns) / cells if cells else 0.0

    def without_values(self) -> "Profile":
        """Only what was counted: for data that has become sensitive since."""
        bare = {one.name: one.default for one in fields(ColumnProfile) if one.name in VALUES}
        columns = tuple(replace(one, **bare) for one in self.columns)  # type: ignore[arg-type]
        return replace(self, columns=columns, keeps_values=False)

    def to_plain(self) -> dict[str, Json]:
        """What reads back as the same profile, from any database."""
        said = {one.name: _plain(getattr(self, one.name)) for one in fields(self) if one.name != "columns"}
        return {**said, "columns": [_said(one) for one in self.columns]}

    def fingerprint(self) -> str:
        return fingerprint(self.to_plain())


def read_profile(given: Mapping[str, Json]) -> Profile:
    """The profile that `to_plain` wrote."""
    columns = given.get("columns")
    rest = {name: value for name, value in given.items() if name != "columns"}
    rest["notes"] = tuple(_list(rest.get("notes")))  # type: ignore[assignment]
    made = tuple(_column(one) for one in _list(columns) if isinstance(one, Mapping))
    return Profile(columns=made, **rest)  # type: ignore[arg-type]


_NUMBERS = ("mean", "sd", "q1", "median", "q3")
_USUAL = ColumnProfile("", "", ColumnKind.OTHER)


def _column(given: Mapping[str, Json]) -> ColumnProfile:
    said = dict(given)
    said["kind"] = ColumnKind(str(said["kind"]))
    for name in _NUMBERS:
        value = said.get(name)
        said[name] = float(value) if isinstance(value, int | float) else None
    top = [(str(one[0]), int(str(one[1]))) for one in _list(said.get("top")) if isinstance(one, list | tuple)]
    edges = tuple(float(one) for one in _list(said.get("edges")) if isinstance(one, int | float))
    bins = tuple(int(one) for one in _list(said.get("bins")) if isinstance(one, int))
    return ColumnProfile(**{**said, "top": tuple(top), "edges": edges, "bins": bins})  # type: ignore[arg-type]


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list | tuple) else []


def _said(column: ColumnProfile) -> dict[str, Json]:
    """Without what is as usual, because a table may have thousands of columns."""
    return {
        name: _plain(value)
        for name, value in asdict(column).items()
        if name in ("name", "type", "kind") or value != getattr(_USUAL, name)
    }


def _plain(value: object) -> Json:
    """Whole fractions as integers, as one database gives them back; what is no finite number as nothing."""
    if isinstance(value, bool | str | int) or value is None:
        return str(value) if isinstance(value, StrEnum) else value
    if isinstance(value, float):
        if value != value or abs(value) == float("inf"):
            return None
        return int(value) if value.is_integer() and abs(value) < LARGEST_WHOLE else value
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    raise TypeError(f"{type(value).__name__} is not part of a profile")
