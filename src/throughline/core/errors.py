"""The three ways in which a request ends without being carried out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

RefusalKind = Literal["refused", "lost_race", "stale", "invalid"]


@dataclass(frozen=True)
class Reason:
    """One sentence that a person can act on; `field` names the input it is about."""

    text: str
    field: str | None = None
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.remedy}".strip()


class Refused(Exception):
    """The request was understood and is not allowed by the rules as things stand.

    `kind` tells doors how to answer: `refused` and `lost_race` (409), `stale` (412), `invalid` (422).
    `current` carries the present content for a stale write.
    """

    def __init__(
        self,
        reasons: tuple[Reason, ...],
        *,
        kind: RefusalKind = "refused",
        current: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__("; ".join(str(reason) for reason in reasons))
        self.reasons = reasons
        self.kind: RefusalKind = kind
        self.current = current

    @classmethod
    def of(cls, *sentences: str, kind: RefusalKind = "refused", remedy: str = "") -> "Refused":
        return cls(tuple(Reason(text, remedy=remedy) for text in sentences), kind=kind)

    @classmethod
    def field(cls, name: str, text: str, remedy: str = "") -> "Refused":
        """Bad input in one named field."""
        return cls((Reason(text, field=name, remedy=remedy),), kind="invalid")


class NotAllowed(Exception):
    """This person may see the thing but may not do this to it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Missing(Exception):
    """There is no such thing, or none that this person may know of."""

    def __init__(self, noun: str) -> None:
        super().__init__(f"There is no such {noun}, or you may not see it.")
        self.noun = noun
