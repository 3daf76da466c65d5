"""What one stakeholder sees: their models, what they were promised, what awaits their answer, and nothing of others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    CharField,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from throughline.core.drift_facts import Drift, DriftState
from throughline.core.errors import Missing
from throughline.core.outputs import OutputKind, Purpose, SharedOutput, replaced
from throughline.core.people import Responsibility, Role
from throughline.core.promises import PromiseAnswer
from throughline.core.stages import Stage, Standing
from throughline.core.stakeholders import health
from throughline.queries import promises
from throughline.records.feedback import Feedback
from throughline.records.outputs import Output
from throughline.records.people import Assignment
from throughline.records.portfolio import MLModel
from throughline.records.promises import Telling
from throughline.records.stakeholders import Stakeholder

MOST_NOTICES = 200
MOST_OUTPUTS = 500
MOST_PAST = 60


@dataclass(frozen=True)
class Promised:
    """Something that this person was promised, what it is worth now, and what they said of the latest version."""

    model_id: int
    model: str
    drift: Drift
    answer: PromiseAnswer | None

    @property
    def awaits(self) -> bool:
        return self.drift.promise.is_live and self.answer is None


@dataclass(frozen=True)
class Asked:
    """Something that was shown to this person. `is_open` while their answer counts."""

    model_id: int
    model: str
    output_id: int
    title: str
    purpose: str
    asked_at: datetime
    is_open: bool
    reply: str = ""
    words: str = ""
    answered_at: datetime | None = None

    @property
    def awaits(self) -> bool:
        return self.is_open and not self.reply


@dataclass(frozen=True)
class Notice:
    """Something that this person was told, or said themselves (`is_own`)."""

    id: int
    model_id: int
    model: str
    subject: str
    words: str
    at: datetime
    read_at: datetime | None
    is_own: bool = False


@dataclass(frozen=True)
class Past:
    """One thing that this person answered or said."""

    at: datetime
    model: str
    deed: str
    about: str
    words: str = ""


@dataclass(frozen=True)
class Mine:
    """One model as a stakeholder sees it. `ask` names whom to ask; `is_over` when it will run no more."""

    id: int
    name: str
    health: str
    ask: str
    promised: tuple[Promised, ...]
    notices: tuple[Notice, ...]
    is_over: bool = False

    @property
    def standing(self) -> tuple[Promised, ...]:
        """What still counts; the rest is closed or withdrawn, and matters to whoever looks back."""
        return tuple(one for one in self.promised if one.drift.promise.is_live)

    @property
    def closed(self) -> tuple[Promised, ...]:
        return tuple(one for one in self.promised if not one.drift.promise.is_live)


@dataclass(frozen=True)
class Page:
    promised: tuple[Promised, ...]
    asked: tuple[Asked, ...]
    unread: tuple[Notice, ...]
    models: tuple[Mine, ...]
    past: tuple[Past, ...]

    @property
    def awaiting(self) -> int:
        return len(self.promised) + len(self.asked) + len(self.unread)


def parts_of(person_id: int, program_id: int | None, now: datetime) -> list[Stakeholder]:
    """The live parts of a person, in one program or in all, each with whom to ask (`keeper`), in one statement."""
    rows = Stakeholder.objects.filter(person_id=person_id, ended_at__isnull=True)
    if program_id is not None:
        rows = rows.filter(model__program_id=program_id)
    keeper = Coalesce(
        _keeper(now, Responsibility.ENGAGEMENT, model=OuterRef("model_id")),
        _keeper(now, Role.PROGRAM_MANAGER, model=OuterRef("model_id")),
        _keeper(
            now,
            Responsibility.ENGAGEMENT,
            Role.PROGRAM_MANAGER,
            model__isnull=True,
            program=OuterRef("model__program_id"),
        ),
        Value(""),
        output_field=CharField(),
    )
    found = rows.annotate(keeper=keeper).select_related("model", "model__program")
    return list(found.order_by("model__name", "model_id", "is_group", "pk"))


def page_of(parts: Iterable[Stakeholder], name: str, now: datetime) -> Page:
    """In a fixed number of statements however many models. `name` is that of the person who looks."""
    rows = list(parts)
    models = {row.model_id: row.model for row in rows}
    mine = frozenset(row.pk for row in rows)
    promised = _promised(models, mine, now)
    asked = _asked(models, mine)
    notices = _notices(models, mine, (rows[0].person_id or 0) if rows else 0)
    told = tuple(one for one in notices if not one.is_own)
    keepers = {row.model_id: str(row.keeper) for row in rows}  # type: ignore[attr-defined]
    return Page(
        promised=tuple(one for one in promised if one.awaits),
        asked=tuple(one for one in asked if one.awaits),
        unread=tuple(one for one in told if one.read_at is None),
        models=tuple(_mine(model, keepers[pk], promised, told) for pk, model in models.items()),
        past=_past(promised, asked, notices, mine, name),
    )


def output_for(parts: Iterable[Stakeholder], output_id: int) -> tuple[Output, Asked]:
    """Something that was shown to one of these parts, with everything to look at. Raises `Missing`."""
    rows = list(parts)
    models = {row.model_id: row.model for row in rows}
    asked = {one.output_id: one for one in _asked(models, frozenset(row.pk for row in rows))}
    row = Output.objects.select_related("attachment", "model").filter(pk=output_id).first()
    if row is None or output_id not in asked:
        raise Missing("output")
    return row, asked[output_id]


def _keeper(now: datetime, *duties: str, **place: Any) -> Subquery:
    held = Assignment.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        duty__in=duties,
        starts_at__lte=now,
        person__is_active=True,
        **place,
    )
    return Subquery(held.order_by("duty", "pk").values("person__name")[:1])


def _promised(models: Mapping[int, MLModel], mine: frozenset[int], now: datetime) -> list[Promised]:
    if not models:
        return []
    found = []
    for pk, drifts in promises.drift_of(list(models), now).items():
        for drift in drifts:
            own = [one.stakeholder_id for one in drift.promise.recipients if one.stakeholder_id in mine]
            if own:
                found.append(Promised(pk, models[pk].name, drift, _answer(drift, own)))
    return found


def _answer(drift: Drift, own: list[int]) -> PromiseAnswer | None:
    """The newest that they gave to the latest version."""
    number = drift.promise.latest.number
    given = [one for one in drift.promise.answers if one.number == number and one.stakeholder_id in own]
    return max(given, key=lambda one: one.at, default=None)


def _asked(models: Mapping[int, MLModel], mine: frozenset[int]) -> list[Asked]:
    """Every share of these models is read, because a newer one takes the place of an older."""
    if not models:
        return []
    own = FilteredRelation("answers", condition=Q(answers__stakeholder_id__in=mine))
    rows = Output.objects.filter(model_id__in=models).annotate(own=own).order_by("-shared_at", "-pk")
    columns = (
        "model_id", "pk", "title", "purpose", "kind", "release_id", "release__kind", "shared_at", "withdrawn_at",
        "fingerprint", "own__asked_at", "own__answer", "own__words", "own__answered_at", "own__fingerprint",
    )  # fmt: skip
    found = list(rows.values_list(*columns)[:MOST_OUTPUTS])
    gone = _replaced(found)
    return [
        Asked(
            model_id=model_id,
            model=models[model_id].name,
            output_id=pk,
            title=title,
            purpose=purpose,
            asked_at=asked_at,
            is_open=withdrawn_at is None and pk not in gone,
            reply=reply if answered == fingerprint else "",
            words=words,
            answered_at=answered_at,
        )
        for (
            model_id, pk, title, purpose, _, _, _, _, withdrawn_at, fingerprint, asked_at, reply, words, answered_at,
            answered,
        ) in found
        if asked_at is not None
    ]  # fmt: skip


def _replaced(rows: Iterable[tuple[Any, ...]]) -> frozenset[int]:
    by_model: dict[int, dict[int, SharedOutput]] = {}
    for model_id, pk, title, purpose, kind, release_id, release_kind, shared_at, withdrawn_at, *_ in rows:
        by_model.setdefault(model_id, {})[pk] = SharedOutput(
            id=pk,
            purpose=Purpose(purpose),
            kind=OutputKind(kind),
            title=title,
            fingerprint="",
            release_id=release_id,
            is_of_update=release_kind == "update",
            subject="",
            shared_by="",
            shared_at=shared_at,
            withdrawn_at=withdrawn_at,
        )
    return frozenset(pk for shares in by_model.values() for pk in replaced(tuple(shares.values())))


def _notices(models: Mapping[int, MLModel], mine: frozenset[int], person_id: int) -> list[Notice]:
    """What they were told and what they said, newest first, in one statement."""
    if not models:
        return []
    told: QuerySet[Any] = Telling.objects.filter(stakeholder_id__in=mine, model_id__in=models)
    said: QuerySet[Any] = Feedback.objects.filter(model_id__in=models, person_id=person_id)
    first = told.annotate(is_own=Value(0, output_field=IntegerField()))
    second = said.annotate(is_own=Value(1, output_field=IntegerField()))
    rows = first.values_list("is_own", "pk", "model_id", "subject", "words", "told_at", "read_at").union(
        second.values_list("is_own", "pk", "model_id", "giver_name", "text", "given_at", "closed_at"),
        all=True,
    )
    found = [
        Notice(pk, model_id, models[model_id].name, title, words, at, seen, is_own=bool(own))
        for own, pk, model_id, title, words, at, seen in rows.order_by("-told_at")[:MOST_NOTICES]
    ]
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)


def _mine(model: MLModel, keeper: str, promised: list[Promised], told: tuple[Notice, ...]) -> Mine:
    own = tuple(one for one in promised if one.model_id == model.pk)
    states = [one.drift.state.value for one in own if one.drift.state is not DriftState.WITHDRAWN]
    return Mine(
        id=model.pk,
        name=model.name,
        health=health(Stage(model.stage), Standing(model.standing), states),
        ask=keeper,
        promised=own,
        notices=tuple(one for one in told if one.model_id == model.pk and one.read_at is not None),
        is_over=model.standing in (Standing.STOPPED, Standing.RETIRED),
    )


def _past(
    promised: Iterable[Promised],
    asked: Iterable[Asked],
    notices: Iterable[Notice],
    mine: frozenset[int],
    name: str,
) -> tuple[Past, ...]:
    """Only what they answered themselves: somebody else may have answered for their group before them."""
    found = [
        Past(
            answer.at,
            one.model,
            "Acknowledged" if answer.is_acknowledgement else "Disputed",
            said,
            answer.words,
        )
        for one in promised
        for answer in one.drift.promise.answers
        if answer.stakeholder_id in mine and answer.name == name
        for said in [_said(one.drift, answer.number)]
    ]
    found += [
        Past(one.answered_at, one.model, one.reply.capitalize(), one.title, one.words)
        for one in asked
        if one.answered_at is not None and one.reply
    ]
    found += [Past(one.at, one.model, "Said", "", one.words) for one in notices if one.is_own]
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:MOST_PAST])


def _said(drift: Drift, number: int) -> str:
    return next((one.statement for one in drift.promise.versions if one.number == number), "")
