"""What was shown of a model's output, to whom, and what each of them answered."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet

from throughline.core.errors import Missing
from throughline.core.outputs import (
    Ask,
    OutputKind,
    Purpose,
    Reply,
    SharedOutput,
    Shown,
    line_of,
    newest,
    replaced,
    timeline_cause,
)
from throughline.core.permissions import AccessRole, Actor
from throughline.queries.portfolio import models
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Facts
from throughline.records.outputs import Output, OutputAnswer
from throughline.records.portfolio import MLModel, Release
from throughline.records.promises import Telling
from throughline.records.stakeholders import Stakeholder

MOST = 60
# A share that was recorded a moment ago by a clock that is ahead of ours was before ours all the same.
CLOCK_LEEWAY = timedelta(minutes=5)
# In the order in which `_ask` and `_shared` take them.
# fmt: off
OUTPUT_COLUMNS = (
    "model_id", "pk", "purpose", "kind", "title", "fingerprint", "release_id", "release__kind", "subject",
    "sharer_name", "shared_at", "withdrawn_at", "timeline_on", "timeline_note", "timeline_at",
)
ASK_COLUMNS = (
    "answers__stakeholder_id", "answers__stakeholder__name", "answers__stakeholder__part", "answers__asked_at",
    "answers__stakeholder__ended_at", "answers__answer", "answers__words", "answers__name", "answers__fingerprint",
    "answers__answered_at", "answers__pk",
)
# fmt: on


@dataclass(frozen=True)
class Share:
    """One share as a page shows it. `is_altered` says that what is stored is not what was shown."""

    row: Output
    fact: SharedOutput
    is_replaced: bool
    is_altered: bool = False

    @property
    def is_open(self) -> bool:
        """Whether those who were asked can still answer."""
        return self.fact.withdrawn_at is None and not self.is_replaced

    @property
    def state(self) -> str:
        return "replaced" if self.is_replaced and self.fact.state == "waiting" else self.fact.state


@statement
def _shares() -> QuerySet[Output, Any]:
    rows = Output.objects.filter(among("model_id", "ids"), shared_at__lte=Parameter("at"))
    return rows.values_list(*OUTPUT_COLUMNS, *ASK_COLUMNS)


def _facts(rows: list[Any], at: datetime) -> dict[int, tuple[SharedOutput, ...]]:
    """By model id, as recorded by an instant: one statement, and a second one where something was returned."""
    width = len(OUTPUT_COLUMNS)
    shares: dict[int, tuple[Any, ...]] = {}
    asks: dict[int, list[Ask]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row[1], row[-1] or 0)):
        shares[row[1]] = row[:width]
        if row[width] is not None and row[width + 3] <= at:
            asks[row[1]].append(_ask(row[width:-1], at))
    returned = [pk for pk, given in asks.items() if any(ask.reply is Reply.RETURNED for ask in given)]
    told = _told({shares[pk][0] for pk in returned}, returned, at)
    found: dict[int, list[SharedOutput]] = defaultdict(list)
    for pk, row in shares.items():
        found[row[0]].append(_shared(row, tuple(asks[pk]), told, at))
    return {model_id: tuple(given) for model_id, given in found.items()}


facts_of = Facts(_facts, _shares)


def _ask(columns: tuple[Any, ...], at: datetime) -> Ask:
    stakeholder_id, stakeholder, part, asked_at, ended_at, answer, words, name, fingerprint, answered_at = (
        columns
    )
    is_ended = ended_at is not None and ended_at <= at
    asked = (stakeholder_id, stakeholder, part, asked_at, is_ended)
    if answered_at is None or answered_at > at:
        return Ask(*asked)
    return Ask(*asked, Reply(answer), words, name, fingerprint, answered_at)


def _shared(
    row: tuple[Any, ...], asks: tuple[Ask, ...], told: dict[str, dict[int, datetime]], at: datetime
) -> SharedOutput:
    _, pk, purpose, kind, title, fingerprint, release_id, release_kind, *rest = row
    subject, sharer, shared_at, withdrawn_at, timeline_on, timeline_note, timeline_at = rest
    is_timed = timeline_at is not None and timeline_at <= at
    return SharedOutput(
        id=pk,
        purpose=Purpose(purpose),
        kind=OutputKind(kind),
        title=title,
        fingerprint=fingerprint,
        release_id=release_id,
        is_of_update=release_kind == "update",
        subject=subject,
        shared_by=sharer,
        shared_at=shared_at,
        asks=asks,
        withdrawn_at=withdrawn_at if withdrawn_at is not None and withdrawn_at <= at else None,
        timeline_on=timeline_on if is_timed else None,
        timeline_note=timeline_note if is_timed else "",
        timeline_at=timeline_at if is_timed else None,
        told=tuple(sorted(told.get(timeline_cause(pk), ()))) if is_timed else (),
    )


def _told(ids: set[int], returned: list[int], at: datetime) -> dict[str, dict[int, datetime]]:
    """By cause, who was told and when."""
    found: dict[str, dict[int, datetime]] = defaultdict(dict)
    if not returned:
        return found
    causes = [timeline_cause(pk) for pk in returned]
    rows = Telling.objects.filter(model_id__in=ids, cause__in=causes, told_at__lte=at)
    for cause, stakeholder_id, told_at in rows.values_list("cause", "stakeholder_id", "told_at"):
        found[cause][stakeholder_id] = told_at
    return found


def outputs(model: MLModel) -> QuerySet[Output]:
    """Without the rows of samples, which a list does not show; the newest first."""
    rows = Output.objects.filter(model=model).select_related("release", "attachment")
    return rows.defer("sample").order_by("-shared_at", "-pk")


def output_row(actor: Actor, output_id: int) -> Output:
    rows = _with_people(Output.objects.filter(pk=output_id, model__in=models(actor)))
    row = rows.select_related("model__program", "release", "attachment").first()
    if row is None:
        raise Missing("output")
    return row


def shares_of(model: MLModel, facts: Sequence[SharedOutput]) -> list[Share]:
    """Every share of a model that these facts know of, the newest first."""
    known = {fact.id for fact in facts}
    return [share_among(row, facts) for row in outputs(model) if row.pk in known]


def share_among(row: Output, facts: Sequence[SharedOutput]) -> Share:
    """One of the shares of a model, with the facts of all of them."""
    fact = next((one for one in facts if one.id == row.pk), None)
    if fact is None:
        raise Missing("output")
    return Share(row, fact, row.pk in replaced(facts))


def share_of(row: Output, now: datetime) -> Share:
    """One share, looked at closely: what is stored is compared with what was shown."""
    share = share_among(row, facts_of([row.model_id], now).get(row.model_id, ()))
    return replace(share, is_altered=shown_now(row).fingerprint() != row.fingerprint)


def before(model: MLModel, purpose: Purpose, release: Release | None, now: datetime) -> SharedOutput | None:
    """The share that a new one of this kind would replace."""
    is_of_update = release is not None and release.kind == "update"
    line = line_of(purpose, release.pk if release else None, is_of_update=is_of_update)
    return newest(facts_of([model.pk], now + CLOCK_LEEWAY).get(model.pk, ()), line)


def is_replaced(row: Output, now: datetime) -> bool:
    return row.pk in replaced(facts_of([row.model_id], now).get(row.model_id, ()))


def shown_now(row: Output) -> Shown:
    """What the people who open it see, read from what is stored."""
    return Shown(
        kind=OutputKind(row.kind),
        purpose=Purpose(row.purpose),
        title=row.title,
        note=row.note,
        link=row.link,
        file=row.attachment.sha256 if row.attachment else "",
        sample=row.sample,
        release_id=row.release_id,
        subject=row.subject,
    )


def stakeholders_to_ask(model: MLModel) -> QuerySet[Stakeholder]:
    """Live ones, approvers first; whoever has no account can't answer by themselves, but may be asked."""
    rows = Stakeholder.objects.filter(model=model, ended_at__isnull=True).select_related("person")
    return rows.order_by("part", "name", "pk")


def asks_of(actor: Actor) -> QuerySet[OutputAnswer]:
    """Asks of this person, as a live stakeholder, about what they may see; answered ones too."""
    rows = OutputAnswer.objects.filter(
        stakeholder__person_id=actor.person_id or 0,
        stakeholder__ended_at__isnull=True,
        output__model__in=models(actor).values("pk"),
    )
    return (
        rows.select_related("output__model", "stakeholder").defer("output__sample").order_by("asked_at", "pk")
    )


def awaiting(actor: Actor, now: datetime) -> list[OutputAnswer]:
    """What waits for this person's answer, in two statements; a share that was replaced no longer does."""
    rows = asks_of(actor).filter(answer="", output__withdrawn_at__isnull=True)
    open_asks = list(rows.exclude(output__shared_by_id=actor.person_id)[:MOST])
    facts = facts_of(sorted({one.output.model_id for one in open_asks}), now) if open_asks else {}
    gone = {pk for given in facts.values() for pk in replaced(given)}
    return [one for one in open_asks if one.output_id not in gone]


def owing_timeline(actor: Actor) -> list[Output]:
    """Returned shares without an updated timeline that oblige this person: shared by them, or of a model that they
    manage. One statement; once there is a timeline, telling it is a duty among the others."""
    returned = OutputAnswer.objects.filter(answer=Reply.RETURNED, fingerprint=F("output__fingerprint"))
    rows = Output.objects.filter(
        Q(shared_by_id=actor.person_id or 0) | Q(model_id__in=managed(actor)),
        model__in=models(actor).values("pk"),
        withdrawn_at__isnull=True,
        timeline_on__isnull=True,
        pk__in=returned.values("output_id"),
    )
    return list(rows.select_related("model").defer("sample").order_by("shared_at", "pk")[:MOST])


def managed(actor: Actor) -> list[int]:
    """Models of which this person is the program manager by duty; a whole program's managers are not meant."""
    found: Iterable[int | None] = (g.model_id for g in actor.grants if g.role is AccessRole.MANAGER)
    return sorted(pk for pk in found if pk is not None)


def _with_people(rows: QuerySet[Output]) -> QuerySet[Output]:
    answers = OutputAnswer.objects.select_related("stakeholder__person").order_by("pk")
    return rows.select_related("release", "attachment").prefetch_related(
        Prefetch("answers", queryset=answers)
    )


def told_of(row: Output) -> dict[int, Telling]:
    """Who was told the updated timeline, by stakeholder."""
    rows = Telling.objects.filter(model_id=row.model_id, cause=timeline_cause(row.pk))
    return {one.stakeholder_id: one for one in sorted(rows, key=attrgetter("told_at"))}
