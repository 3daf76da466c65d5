"""One difference between two versions of a contract: what changed, whom it hurts, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """*Breaking* takes something away that consumers may rely on; *compatible* adds to it; a *note* does neither."""

    BREAKING = "breaking"
    COMPATIBLE = "compatible"
    NOTE = "note"


@dataclass(frozen=True)
class Change:
    """`place` is what it is about (`orders.amount`), `text` says what changed, `why` what follows from it."""

    area: str
    place: str
    weight: Weight
    text: str
    why: str = ""

    def to_plain(self) -> dict[str, str]:
        return {
            "area": self.area,
            "place": self.place,
            "weight": str(self.weight),
            "text": self.text,
            "why": self.why,
        }


def from_plain(content: Mapping[str, object]) -> Change:
    said = {name: str(content.get(name, "")) for name in ("area", "place", "text", "why")}
    return Change(**said, weight=Weight(str(content.get("weight", Weight.NOTE))))


ORDER = tuple(Weight)
AREAS = ("tables", "columns", "quality", "service levels", "servers", "document")


def ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The breaking ones first, then by area; within these as they were found."""
    return tuple(sorted(changes, key=lambda one: (ORDER.index(one.weight), AREAS.index(one.area))))


def is_breaking(changes: Iterable[Change]) -> bool:
    return any(one.weight is Weight.BREAKING for one in changes)
