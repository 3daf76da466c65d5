"""Promises of many models as the rules see them, by an instant, in two statements however many models there are."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from django.db.models import (
    F,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast

from throughline.core.promises import (
    PlaceChange,
    Promise,
    PromiseAnswer,
    PromiseKind,
    Promises,
    PromiseState,
    PromiseVersion,
    Recipient,
    Timeline,
    Told,
)
from throughline.core.stages import MoveKind, Stage, Standing
from throughline.queries.statements import Parameter, Statement, among
from throughline.records.moves import Move
from throughline.records.outputs import Output, OutputAnswer
from throughline.records.promises import PromiseAnswer as AnswerRow
from throughline.records.promises import PromiseRecipient as RecipientRow
from throughline.records.promises import PromiseVersion as VersionRow
from throughline.records.promises import Telling

Ids = Collection[int] | QuerySet[Any, Any]
# The condition that a column holds one of the models asked for.
Of = Callable[[str], Any]
Instant = datetime | Parameter
Build = Callable[[Of, Instant], QuerySet[Any, Any]]

# Tuples cost a third of what rows do.
VERSION_COLUMNS = (
    "promise__model_id", "promise_id", "promise__kind", "promise__state", "promise__closed_at", "promise__closed_by",
    "promise__closed_reason", "number", "statement", "given_at", "giver_name", "due_on", "value", "criterion",
    "reason", "promise__model__program__time_zone",
)  # fmt: skip
RECIPIENT, ANSWER, TOLD, CHANGE, SHOWN, TIMELINE = range(6)
NOTHING = {
    "owner": Value(0, output_field=IntegerField()),
    "stakeholder": Value(0, output_field=IntegerField()),
    "number": Value(0, output_field=IntegerField()),
    "name": Value("", output_field=TextField()),
    "words": Value("", output_field=TextField()),
    "more": Value("", output_field=TextField()),
    "extra": Value("", output_field=TextField()),
    "flag": Value(0, output_field=IntegerField()),
    "person": Cast(Value(None), IntegerField()),
    "day": Value("", output_field=TextField()),
}
KINDS = {kind.value: kind for kind in PromiseKind}
STATES = {state.value: state for state in PromiseState}


def _said(of: Of, at: Instant) -> QuerySet[Any, Any]:
    rows = VersionRow.objects.filter(of("promise__model_id"), given_at__lte=at)
    return rows.values_list(*VERSION_COLUMNS)


def facts_of(ids: Ids, at: datetime) -> dict[int, Promises]:
    """By model id, as recorded by that instant; models about which there is nothing are left out. `ids` may be a
    query that gives them."""
    about = _around(ids, at)
    heads: dict[int, tuple[Any, ...]] = {}
    versions: dict[int, list[PromiseVersion]] = defaultdict(list)
    for model_id, promise_id, kind, state, closed_at, by, why, *said, zone in _read(_said, ids, at):
        heads[promise_id] = (model_id, kind, state, closed_at, by, why, zone)
        versions[promise_id].append(_version(said))
    by_model: dict[int, list[int]] = defaultdict(list)
    for promise_id in sorted(heads):
        by_model[heads[promise_id][0]].append(promise_id)
    return {
        model_id: Promises(
            given=tuple(
                _promise(pk, heads[pk], versions[pk], about, at) for pk in by_model.get(model_id, ())
            ),
            told=tuple(about.told.get(model_id, ())),
            changes=tuple(sorted(about.changes.get(model_id, ()), key=lambda change: (change.at, change.id))),
            shown_at=tuple(sorted(about.shown.get(model_id, ()))),
            timelines=tuple(about.timelines.get(model_id, ())),
            zone=heads[by_model[model_id][0]][-1] if model_id in by_model else "UTC",
        )
        for model_id in {*by_model, *about.models}
    }


class _Around:
    """What surrounds the versions: recipients, answers, who was told, moves, and output that was shown."""

    def __init__(self) -> None:
        self.models: set[int] = set()
        self.recipients: dict[int, list[Recipient]] = defaultdict(list)
        self.answers: dict[int, list[PromiseAnswer]] = defaultdict(list)
        self.told: dict[int, list[Told]] = defaultdict(list)
        self.changes: dict[int, list[PlaceChange]] = defaultdict(list)
        self.shown: dict[int, list[datetime]] = defaultdict(list)
        self.timelines: dict[int, list[Timeline]] = defaultdict(list)


def _united(of: Of, at: Instant) -> QuerySet[Any, Any]:
    first, *others = (branch(of, at) for branch in BRANCHES)
    return first.union(*others, all=True)


def _around(ids: Ids, at: datetime) -> _Around:
    found = _Around()
    for row in _read(_united, ids, at):
        (
            what,
            model_id,
            owner,
            stakeholder_id,
            number,
            name,
            words,
            more,
            extra,
            flag,
            told_at,
            person,
            day,
        ) = row
        instant = _instant(told_at)
        found.models.add(model_id)
        if what == RECIPIENT:
            found.recipients[owner].append(Recipient(stakeholder_id, name, instant, person))
        elif what == ANSWER:
            found.answers[owner].append(
                PromiseAnswer(stakeholder_id, number, bool(flag), name, words, instant)
            )
        elif what == TOLD:
            found.told[model_id].append(Told(stakeholder_id, name, instant))
        elif what == CHANGE:
            found.changes[model_id].append(
                PlaceChange(owner, MoveKind(name), Stage(words), Stage(more), Standing(extra), instant)
            )
        elif what == SHOWN:
            found.shown[model_id].append(instant)
        else:
            found.timelines[model_id].append(
                Timeline(owner, stakeholder_id, name, words, _day(day), more, extra, instant)
            )
    return found


def _promise(
    promise_id: int, head: tuple[Any, ...], said: list[PromiseVersion], about: _Around, at: datetime
) -> Promise:
    _, kind, state, closed_at, by, why, _ = head
    is_closed = closed_at is not None and closed_at <= at
    return Promise(
        id=promise_id,
        kind=KINDS[kind],
        state=STATES[state] if is_closed else PromiseState.LIVE,
        versions=tuple(sorted(said, key=lambda version: version.number)),
        recipients=tuple(sorted(about.recipients.get(promise_id, ()), key=lambda one: one.stakeholder_id)),
        answers=tuple(sorted(about.answers.get(promise_id, ()), key=lambda answer: answer.at)),
        closed_at=closed_at if is_closed else None,
        closed_by=by if is_closed else "",
        closed_reason=why if is_closed else "",
    )


def _version(said: list[Any]) -> PromiseVersion:
    number, statement, given_at, by, due_on, value, criterion, reason = said
    return PromiseVersion(
        number=number,
        statement=statement,
        given_at=given_at,
        given_by=by,
        due_on=due_on,
        value=str(value.get("text", "")),
        criterion=criterion,
        reason=reason,
        rests_on=value.get("rests_on") or {},
    )


def _recipients(of: Of, at: Instant) -> QuerySet[Any, Any]:
    rows = RecipientRow.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=at),
        Q(stakeholder__ended_at__isnull=True) | Q(stakeholder__ended_at__gt=at),
        of("promise__model_id"),
        since__lte=at,
    )
    return _columns(
        rows, RECIPIENT, "promise__model_id", "since", owner="promise_id", stakeholder="stakeholder_id",
        name="stakeholder__name", person="stakeholder__person_id",
    )  # fmt: skip


def _answers(of: Of, at: Instant) -> QuerySet[Any, Any]:
    rows = AnswerRow.objects.filter(of("promise_version__promise__model_id"), at__lte=at)
    return _columns(
        rows, ANSWER, "promise_version__promise__model_id", "at", owner="promise_version__promise_id",
        stakeholder="stakeholder_id", number="promise_version__number", name="name", words="words",
        flag="is_acknowledgement",
    )  # fmt: skip


def _told(of: Of, at: Instant) -> QuerySet[Any, Any]:
    rows = Telling.objects.filter(of("model_id"), told_at__lte=at)
    return _columns(rows, TOLD, "model_id", "told_at", stakeholder="stakeholder_id", name="cause")


def _changes(of: Of, at: Instant) -> QuerySet[Any, Any]:
    rows = Move.objects.filter(of("model_id"), state="approved", closed_at__lte=at)
    return _columns(
        rows, CHANGE, "model_id", "closed_at", owner="pk", name="kind", words="from_stage", more="to_stage",
        extra="to_standing",
    )  # fmt: skip


def _shown(of: Of, at: Instant) -> QuerySet[Any, Any]:
    rows = Output.objects.filter(
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at), of("model_id"), shared_at__lte=at
    )
    return _columns(rows, SHOWN, "model_id", "shared_at", owner="pk")


def _timelines(of: Of, at: Instant) -> QuerySet[Any, Any]:
    rows = OutputAnswer.objects.filter(
        Q(output__withdrawn_at__isnull=True) | Q(output__withdrawn_at__gt=at),
        Q(stakeholder__ended_at__isnull=True) | Q(stakeholder__ended_at__gt=at),
        of("output__model_id"),
        output__timeline_at__lte=at,
        asked_at__lte=at,
    )
    return _columns(
        rows, TIMELINE, "output__model_id", "output__timeline_at", owner="output_id", stakeholder="stakeholder_id",
        name="stakeholder__name", words="output__title", more="output__timeline_note", extra="output__timeline_by",
        day="output__timeline_on",
    )  # fmt: skip


def _columns(
    rows: QuerySet[Any, Any], what: int, model: str, instant: str, **columns: str
) -> QuerySet[Any, Any]:
    """The same columns in the same order for every branch of the union."""
    named = {
        name: _column(columns[name], empty) if name in columns else empty for name, empty in NOTHING.items()
    }
    person, day = named.pop("person"), named.pop("day")
    kind = Value(what, output_field=IntegerField())
    return rows.values_list(kind, F(model), *named.values(), Cast(F(instant), TextField()), person, day)


def _column(name: str, empty: Any) -> Any:
    """PostgreSQL unites columns of one kind only; text and whole numbers come without a conversion of each row."""
    return Cast(F(name), empty.output_field)


def _instant(text: str) -> datetime:
    """Both databases write instants in UTC, SQLite without saying so. Read here because the framework's conversion of
    each row costs more than all the rest."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


BRANCHES = (_recipients, _answers, _told, _changes, _shown, _timelines)


def _read(build: Build, ids: Ids, at: datetime) -> Iterable[Any]:
    """Built once for models by their ids, of which a dossier has one; a query that names thousands goes its own way."""
    if isinstance(ids, QuerySet):
        return build(lambda column: Q(**{f"{column}__in": ids}), at)
    rows: list[Any] = _built(build)(ids=list(ids), at=at)
    return rows


@cache
def _built(build: Build) -> Statement[Any]:
    return Statement(lambda: build(lambda column: among(column, "ids"), Parameter("at")))
