"""What promises are worth now and who has not been told, for one model or many, in a fixed number of statements."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet

from throughline.core.drift import SECTIONS, drifts
from throughline.core.drift_facts import Drift, Facts, SpecGround, found_of, ground_of
from throughline.core.errors import Missing
from throughline.core.people import Responsibility, Role
from throughline.core.permissions import Actor, may
from throughline.core.promises import PromiseAnswer, PromiseKind, Promises, PromiseState
from throughline.core.specs import SpecFacts
from throughline.core.stages import Place, Stage, Standing
from throughline.core.tellings import Duty, duties_in
from throughline.core.verdicts import CriterionVerdict
from throughline.queries import criteria, people, specs
from throughline.queries.portfolio import models
from throughline.queries.promise_facts import Ids, facts_of
from throughline.records.portfolio import MLModel
from throughline.records.promises import Promise, PromiseRecipient, PromiseVersion, Telling
from throughline.records.promises import PromiseAnswer as AnswerRow
from throughline.records.stakeholders import Stakeholder

# Whose work it is that nobody is surprised.
KEEPERS = (Role.PROGRAM_MANAGER, Responsibility.ENGAGEMENT)
MOST_AWAITING = 60
RESTS_ON_SPEC = frozenset({PromiseKind.RUN_FREQUENCY, PromiseKind.CRITERION, *map(PromiseKind, SECTIONS)})


@dataclass(frozen=True)
class Group:
    """Stakeholders who are owed exactly the same, so that one message serves them all."""

    names: tuple[str, ...]
    stakeholder_ids: tuple[int, ...]
    causes: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.causes)

    @property
    def query(self) -> str:
        return urlencode({"to": self.stakeholder_ids}, doseq=True)


@dataclass(frozen=True)
class Board:
    """Everything that was promised of one model, what it is worth now, and who must be told."""

    model_id: int
    name: str
    program: str
    program_id: int
    facts: Facts
    promises: Promises
    drifts: tuple[Drift, ...] = ()
    duties: tuple[Duty, ...] = ()

    @property
    def live(self) -> tuple[Drift, ...]:
        return tuple(one for one in self.drifts if one.promise.is_live)

    @property
    def disputes(self) -> tuple[tuple[Drift, PromiseAnswer], ...]:
        """Live promises whose latest version somebody disputes, with their words."""
        return tuple((one, answer) for one in self.live for answer in one.promise.disputed)

    def untold(self, promise_id: int) -> tuple[Duty, ...]:
        return tuple(d for d in self.duties if d.drift is not None and d.drift.promise.id == promise_id)

    @property
    def causes(self) -> tuple[tuple[Duty, ...], ...]:
        """The open duties, those of one cause together."""
        by_cause: dict[str, list[Duty]] = {}
        for duty in self.duties:
            by_cause.setdefault(duty.cause, []).append(duty)
        return tuple(tuple(found) for found in by_cause.values())

    @property
    def groups(self) -> tuple[Group, ...]:
        """The untold by what they are owed. Nobody is told what is owed to others only."""
        owed: dict[int, list[str]] = {}
        for duty in self.duties:
            owed.setdefault(duty.stakeholder_id, []).append(duty.cause)
        names = {duty.stakeholder_id: duty.name for duty in self.duties}
        alike: dict[tuple[str, ...], list[int]] = {}
        for stakeholder_id, causes in owed.items():
            alike.setdefault(tuple(causes), []).append(stakeholder_id)
        return tuple(
            Group(tuple(names[pk] for pk in ids), tuple(ids), causes) for causes, ids in alike.items()
        )

    @property
    def has_several(self) -> bool:
        return any(group.count > 1 for group in self.groups)

    def owed(self, *, causes: Collection[str] = (), to: Collection[int] = ()) -> tuple[Duty, ...]:
        """The open duties of these causes to these people, or of any; to several people only what is owed to each."""
        found = [duty for duty in self.duties if not causes or duty.cause in causes]
        if not to:
            return tuple(found)
        theirs = [{duty.cause for duty in found if duty.stakeholder_id == pk} for pk in to]
        common = set.intersection(*theirs)
        return tuple(duty for duty in found if duty.stakeholder_id in to and duty.cause in common)


def boards(ids: Ids, now: datetime) -> dict[int, Board]:
    """By model id, in order of name; models without promises and duties are left out. `ids` may be a query."""
    found = facts_of(ids, now)
    named = [pk for pk, one in found.items() if one.given or one.timelines]
    read = specs.facts_of([pk for pk in named if _has(found[pk], RESTS_ON_SPEC)], now)
    judged = verdicts_of([pk for pk in named if _has(found[pk], (PromiseKind.CRITERION,))], now, read=read)
    rows = MLModel.objects.filter(pk__in=named).values_list(
        "pk", "name", "program__slug", "program_id", "program__time_zone", "stage", "standing", "stage_since"
    )
    return {
        pk: _board(pk, where, found[pk], _ground(read.get(pk)), judged.get(pk, ()), now)
        for pk, *where in sorted(rows, key=lambda row: (row[1].casefold(), row[0]))
    }


def board_of(model: MLModel, now: datetime) -> Board:
    found = boards([model.pk], now).get(model.pk)
    if found is not None:
        return found
    where = Place(Stage(model.stage), Standing(model.standing))
    facts = Facts(now, where, model.stage_since, zone=model.program.time_zone)
    return Board(model.pk, model.name, model.program.slug, model.program_id, facts, Promises())


def drift_of(ids: Ids, now: datetime) -> dict[int, tuple[Drift, ...]]:
    """What every promise of these models is worth now, by model id."""
    return {pk: board.drifts for pk, board in boards(ids, now).items()}


def kept_by(actor: Actor, now: datetime) -> dict[int, Board]:
    """Of the models on which this person keeps the stakeholders in the picture."""
    if actor.person_id is None:
        return {}
    held = [row for row in people.held_now(actor.person_id, now) if row.duty in KEEPERS]
    programs = [row.program_id for row in held if row.model_id is None]
    singles = [row.model_id for row in held if row.model_id is not None]
    if not held:
        return {}
    rows = models(actor).filter(Q(program_id__in=programs) | Q(pk__in=singles))
    return boards(rows.values("pk"), now)


def spec_of(model: MLModel, now: datetime) -> SpecGround | None:
    """The approved specification of a model, as far as promises rest on it."""
    return _ground(specs.facts_of([model.pk], now).get(model.pk))


def verdicts_of(
    ids: Collection[int], now: datetime, *, read: Mapping[int, SpecFacts] | None = None
) -> dict[int, tuple[CriterionVerdict, ...]]:
    """What the success criteria of these models came to; models without criteria are left out. `read` holds what was
    read of their specifications already."""
    judged = criteria.verdicts_of([MLModel(pk=pk) for pk in ids], now, read=read) if ids else {}
    return {pk: tuple(by_key.values()) for pk, by_key in judged.items()}


def criteria_of(model: MLModel, now: datetime) -> tuple[str, ...] | None:
    """The keys of those that a promise may name; None while there are none."""
    found = verdicts_of([model.pk], now).get(model.pk)
    return tuple(one.criterion.key for one in found) if found else None


def promises(actor: Actor, *, program: str = "") -> QuerySet[Promise]:
    """Of models that the actor may see."""
    rows = Promise.objects.filter(model__in=models(actor).values("pk")).select_related("model__program")
    return rows.filter(model__program__slug=program) if program else rows


def promise_row(actor: Actor, promise_id: int) -> Promise:
    row = promises(actor).filter(pk=promise_id).first()
    if row is None:
        raise Missing("promise")
    return row


def stakeholder_rows(model: MLModel, now: datetime) -> QuerySet[Stakeholder]:
    """Those who are one now, in order of name."""
    rows = model.stakeholders.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=now))
    return rows.select_related("person").order_by("name", "pk")


def own_stakeholder(actor: Actor, promise: Promise, now: datetime) -> Stakeholder | None:
    """The live recipient of this promise that the actor is, if any; the one who was recipient first."""
    if actor.person_id is None:
        return None
    rows = stakeholder_rows(promise.model, now).filter(
        Q(promises__ended_at__isnull=True) | Q(promises__ended_at__gt=now),
        person_id=actor.person_id,
        promises__promise=promise,
    )
    return rows.first()


def awaiting(actor: Actor) -> list[PromiseVersion]:
    """What was promised to this person, by somebody else, and not answered as it says now; in one statement."""
    own = {"stakeholder__person_id": actor.person_id or 0}
    given = PromiseRecipient.objects.filter(ended_at__isnull=True, stakeholder__ended_at__isnull=True, **own)
    later = PromiseVersion.objects.filter(promise=OuterRef("promise"), number__gt=OuterRef("number"))
    answered = AnswerRow.objects.filter(promise_version=OuterRef("pk"), **own)
    rows = PromiseVersion.objects.filter(
        ~Exists(later),
        ~Exists(answered),
        promise__state=PromiseState.LIVE,
        promise__in=given.values("promise_id"),
        promise__model__in=models(actor),
    )
    rows = rows.exclude(given_by_id=actor.person_id).select_related("promise__model")
    return list(rows.order_by("given_at", "pk")[:MOST_AWAITING])


def tellings(actor: Actor, model: MLModel) -> QuerySet[Telling]:
    """What was told, newest first; who may not see the contacts with others, what they were told themselves."""
    rows = Telling.objects.filter(model=model, model__in=models(actor)).select_related("stakeholder", "model")
    if not may(actor, "stakeholder.view", program_id=model.program_id, model_id=model.pk):
        rows = rows.filter(stakeholder__person_id=actor.person_id or 0)
    return rows.order_by("-told_at", "-pk")


def keepers_of(model: MLModel, now: datetime) -> tuple[str, ...]:
    """Whom stakeholders ask: who keeps them in the picture, else the program manager."""
    held = [one.row for one in people.assignments_on(model, now) if one.is_now]
    for duty in (Responsibility.ENGAGEMENT, Role.PROGRAM_MANAGER):
        if names := tuple(dict.fromkeys(row.person.name for row in held if row.duty == duty)):
            return names
    return ()


def _board(
    pk: int,
    where: Iterable[Any],
    promises: Promises,
    spec: SpecGround | None,
    judged: Iterable[CriterionVerdict],
    now: datetime,
) -> Board:
    name, program, program_id, zone, stage, standing, stage_since = where
    facts = Facts(
        now=now,
        place=Place(Stage(stage), Standing(standing)),
        stage_since=stage_since,
        zone=zone,
        changes=promises.changes,
        shown_at=promises.shown_at,
        spec=spec,
        verdicts=found_of(judged, spec),
    )
    found = drifts(promises, facts)
    return Board(pk, name, program, program_id, facts, promises, found, duties_in(promises, found))


def _has(promises: Promises, kinds: Collection[PromiseKind]) -> bool:
    return any(promise.kind in kinds for promise in promises.given)


def _ground(spec: SpecFacts | None) -> SpecGround | None:
    return ground_of(spec.approved) if spec else None
