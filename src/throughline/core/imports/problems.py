"""What can be said about a cell or a row: the kinds of problem, their titles and how grave they are."""

from dataclasses import dataclass

from throughline.core.imports.dates import Severity

TITLES: dict[str, str] = {
    "typed_year": "A year typed as a date",
    "backwards": "Dates run backwards",
    "impossible_date": "A date that does not exist",
    "long_row": "More cells than headings",
    "unusable_text": "Characters that cannot be used",
    "stage_unmapped": "Stage without a meaning",
    "value_unmapped": "Value without a meaning",
    "order_unknown": "Day and month cannot be told apart",
    "number_unknown": "A month with one number",
    "not_a_date": "Not a date",
    "future": "A date in the future",
    "too_long": "Too long to be used",
    "name_shortened": "Name shortened",
    "short_row": "Fewer cells than headings",
    "stays_in_place": "Stage differs from the record",
    "owner_unknown": "Owner matches nobody",
    "owner_unclear": "Owner may be several people",
    "owner_stays": "Duty stays with whom it is",
    "no_date_yet": "No date yet",
    "not_applicable": "Says that none applies",
    "shared_key": "Shares its key with other rows",
    "read_with_care": "Read with an assumption",
}

_GRAVE = ("typed_year", "backwards", "impossible_date", "long_row", "unusable_text")
_HARMLESS = ("no_date_yet", "not_applicable", "shared_key", "read_with_care")
SEVERITY_TITLES: dict[Severity, str] = {"error": "Wrong", "warn": "To look at", "note": "Kept as written"}


@dataclass(frozen=True)
class Problem:
    """`severity`: `error` is wrong in the file, `warn` wants a look, `note` is kept without harm."""

    code: str
    severity: Severity
    column: str
    value: str
    text: str
    remedy: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.code]


def severity_of(code: str) -> Severity:
    return "error" if code in _GRAVE else "note" if code in _HARMLESS else "warn"
