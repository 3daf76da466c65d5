"""The shapes of charts: what a caller measures, and where its parts come to lie."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """What a chart shows, for those who would rather read."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Bar:
    """One thing. `fill` is a colour role: accent, met, unmet, unknown, waived, none, or 1 to 6 for stages."""

    label: str
    value: float
    fill: str = "accent"
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class DrawnBar:
    """`x` and `width` are percent of the plot."""

    label: str
    text: str
    fill: str
    x: float
    width: float
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Bars:
    title: str
    description: str
    bars: tuple[DrawnBar, ...]
    table: Table
    kind: str = "bars"


@dataclass(frozen=True)
class StackedRow:
    label: str
    total: str
    parts: tuple[DrawnBar, ...]
    url: str = ""


@dataclass(frozen=True)
class Stacked:
    title: str
    description: str
    rows: tuple[StackedRow, ...]
    legend: tuple[tuple[str, str], ...]
    table: Table
    kind: str = "stacked"


@dataclass(frozen=True)
class Tick:
    """`at` is percent of the plot from its left or top."""

    at: float
    text: str


@dataclass(frozen=True)
class Line:
    """`points` lie in a square of 100 by 100, y downwards; `area` is the same closed along the bottom."""

    title: str
    description: str
    points: str
    area: str
    last_x: float
    last_y: float
    last_text: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    table: Table
    kind: str = "line"


@dataclass(frozen=True)
class Multiples:
    title: str
    description: str
    lines: tuple[Line, ...]
    table: Table
    kind: str = "multiples"


@dataclass(frozen=True)
class Dot:
    """A thing that has been somewhere for `days`, in one of the columns."""

    label: str
    column: int
    days: float
    fill: str = "accent"
    url: str = ""


@dataclass(frozen=True)
class DrawnDot:
    label: str
    text: str
    fill: str
    x: float
    y: float
    url: str = ""


@dataclass(frozen=True)
class AgeColumn:
    title: str
    x: float
    width: float
    middle: float
    count: int
    median_y: float | None
    median_text: str
    is_shaded: bool


@dataclass(frozen=True)
class Ageing:
    title: str
    description: str
    columns: tuple[AgeColumn, ...]
    dots: tuple[DrawnDot, ...]
    y_ticks: tuple[Tick, ...]
    height: float
    table: Table
    kind: str = "ageing"

    @property
    def full_height(self) -> float:
        """With the two lines of words over the plot."""
        return self.height + 40


@dataclass(frozen=True)
class Cell:
    label: str
    value: float


@dataclass(frozen=True)
class DrawnCell:
    label: str
    text: str
    x: float
    width: float
    fill: str


@dataclass(frozen=True)
class Strip:
    title: str
    description: str
    cells: tuple[DrawnCell, ...]
    first: str
    last: str
    table: Table
    kind: str = "strip"


@dataclass(frozen=True)
class HistogramBar:
    """Percent of the plot, `y` downwards from the top."""

    text: str
    fill: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Box:
    """The middle half of the values, and the one in the middle, in percent of the plot."""

    x: float
    width: float
    median: float
    text: str


@dataclass(frozen=True)
class Histogram:
    """How values are distributed. `outline` is a second distribution, as points in a square of 100 by 100."""

    title: str
    description: str
    bars: tuple[HistogramBar, ...]
    first: str
    last: str
    table: Table
    box: Box | None = None
    outline: str = ""
    kind: str = "histogram"


Chart = Histogram | Bars | Stacked | Line | Multiples | Ageing | Strip
