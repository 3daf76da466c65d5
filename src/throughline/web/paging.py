"""Where a page of a list stands among all of them."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page


@dataclass(frozen=True)
class Pages:
    number: int
    count: int
    total: int
    first: int
    last: int
    previous: int | None
    next: int | None

    @classmethod
    def of(cls, page: Page[Any]) -> "Pages":
        return cls.at(page.number, page.paginator.count, int(page.paginator.per_page))

    @classmethod
    def at(cls, number: int, total: int, size: int) -> "Pages":
        """A number beyond the end is the last page."""
        count = max(1, -(-total // size))
        here = min(max(number, 1), count)
        first = (here - 1) * size + 1 if total else 0
        last = min(here * size, total)
        return cls(
            here,
            count,
            total,
            first,
            last,
            here - 1 if here > 1 else None,
            here + 1 if here < count else None,
        )
