"""The stage of the sample program: who may act as whom at the moment of the story, and the dice."""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime

from throughline.core.permissions import Actor
from throughline.project.demo.clock import Clock
from throughline.queries import access

DOOR = "sample"


@dataclass
class Scene:
    """`people` maps the key of a character to the id of a person; `you` is the real person who asked for the sample,
    `end` the present, with which the story ends,
    `sources` the ids of data sources by key."""

    clock: Clock
    dice: random.Random
    director: Actor
    program_id: int
    people: dict[str, int]
    you: int | None
    end: datetime
    sources: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._actors: dict[int, Actor] = {}
        self._roster: dict[tuple[int | None, str], list[int]] = {}
        self._keys = {person_id: key for key, person_id in self.people.items()}

    @property
    def now(self) -> datetime:
        return self.clock.now

    def actor(self, key: str) -> Actor:
        return self.actor_of(self.people[key])

    def actor_of(self, person_id: int) -> Actor:
        if person_id not in self._actors:
            person = access.person_by_id(person_id)
            assert person is not None
            found = access.actor_for(person, door=DOOR, now=self.now)
            self._actors[person_id] = replace(found, door=DOOR)
        return self._actors[person_id]

    def key(self, person_id: int) -> str:
        """Empty for the real person, who takes no part in the story."""
        return self._keys.get(person_id, "")

    def note_duty(self, model_id: int | None, duty: str, person_id: int, *, is_held: bool) -> None:
        """Who holds what, as the story knows it without asking; without a model it holds for all of them."""
        held = self._roster.setdefault((model_id, duty), [])
        held.append(person_id) if is_held else held.remove(person_id)
        self._actors.pop(person_id, None)

    def note_part(self, person_id: int) -> None:
        """Somebody became a stakeholder, and may answer as one from now on."""
        self._actors.pop(person_id, None)

    def holder(self, model_id: int, duties: tuple[str, ...], *, but: int | None = None) -> Actor | None:
        """An invented person who holds one of these duties now, in the order of the duties."""
        for duty in duties:
            for person_id in (*self._roster.get((model_id, duty), ()), *self._roster.get((None, duty), ())):
                if person_id != but and self.key(person_id):
                    return self.actor_of(person_id)
        return None
