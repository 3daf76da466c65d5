"""Whom the owner column of a file names, and whether that person gets a duty by the import."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from throughline.core.imports.values import value_key
from throughline.core.people import DUTY_TITLES, Role

DEFAULT_DUTY: str = Role.PROGRAM_MANAGER
NO_DUTY = ""  # owners are kept as text, and nobody is assigned


class Fate(StrEnum):
    """What becomes of the owner that one row names."""

    ASSIGN = "assign"
    HELD = "held"
    STAYS = "stays"
    UNKNOWN = "unknown"
    UNCLEAR = "unclear"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True)
class Candidate:
    """Somebody with an account who may be given a duty. By name only those of the program are found."""

    person_id: int
    name: str
    email: str
    is_of_program: bool


@dataclass(frozen=True)
class Holder:
    """Somebody who holds the duty on a model, or held it until a person ended that."""

    person_id: int
    name: str
    is_over: bool = False


@dataclass(frozen=True)
class Named:
    """What a row's owner came to. `person_id` is set where the import assigns the duty."""

    text: str
    fate: Fate
    said: str = ""
    remedy: str = ""
    person_id: int | None = None


@dataclass(frozen=True)
class Owners:
    """Everything that decides about owners: who can be meant, who holds the duty by key of model, who may assign."""

    duty: str
    may_assign: bool
    by_email: Mapping[str, Sequence[Candidate]] = field(default_factory=dict)
    by_name: Mapping[str, Sequence[Candidate]] = field(default_factory=dict)
    holders: Mapping[str, Sequence[Holder]] = field(default_factory=dict)

    @classmethod
    def among(
        cls,
        candidates: Iterable[Candidate],
        *,
        duty: str,
        may_assign: bool,
        holders: Mapping[str, Sequence[Holder]],
    ) -> "Owners":
        by_email, by_name = defaultdict[str, list[Candidate]](list), defaultdict[str, list[Candidate]](list)
        for one in candidates:
            if one.email:
                by_email[value_key(one.email)].append(one)
            if one.is_of_program:
                by_name[value_key(one.name)].append(one)
        return cls(duty, may_assign, dict(by_email), dict(by_name), holders)

    @property
    def title(self) -> str:
        return DUTY_TITLES[self.duty]

    def meant(self, text: str) -> Sequence[Candidate]:
        """Whose address this is, else who in the program is called exactly so; letters may be small or capital."""
        known = self.by_email if "@" in text else self.by_name
        return known.get(value_key(text), ())

    def named(self, text: str, key: str) -> Named:
        """Never a guess: an address or a name that is not one person's is kept as text."""
        found = self.meant(text)
        if not found:
            remedy = "Invite them to the program, or write the address with which they sign in."
            way = "has this address" if "@" in text else "of this program is called so"
            said = f"kept as text: nobody {way}"
            return Named(text, Fate.UNKNOWN, said, remedy)
        if len(found) > 1:
            said = f"kept as text: {len(found)} people of this program are called so"
            return Named(text, Fate.UNCLEAR, said, "Write the e-mail address of the one who is meant.")
        return self._given(text, found[0], self.holders.get(key, ()))

    def _given(self, text: str, person: Candidate, holders: Sequence[Holder]) -> Named:
        present = [one for one in holders if not one.is_over]
        if any(one.person_id == person.person_id for one in present):
            return Named(text, Fate.HELD)
        if present:
            names = ", ".join(dict.fromkeys(one.name for one in present))
            said = f"the file names {person.name}; {names} is {self.title} here and stays so"
            return Named(text, Fate.STAYS, said, "Change it under People if the file is right.")
        if any(one.person_id == person.person_id for one in holders):
            said = f"{person.name} was {self.title} here until somebody ended that; it stays ended"
            return Named(text, Fate.STAYS, said, "Assign the duty under People if the file is right.")
        if not self.may_assign:
            return Named(text, Fate.NOT_ALLOWED)
        return Named(text, Fate.ASSIGN, person_id=person.person_id)
