"""What hangs on one data source, in a fixed number of statements however much that is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from throughline.core.impact import (
    Consumer,
    Happened,
    ModelImpact,
    News,
    OutputContract,
    Release,
    Use,
    Where,
    downstream,
    duties_of,
    hit,
    impact_on,
    in_order,
    read_news,
)
from throughline.core.permissions import Actor
from throughline.core.stages import Stage, Standing
from throughline.core.tellings import Duty
from throughline.queries import data_sources
from throughline.queries.portfolio import models
from throughline.queries.promises import boards
from throughline.records.contracts import ContractAnswer, DataContract
from throughline.records.data_sources import DataSource, SourceUse
from throughline.records.portfolio import MLModel
from throughline.records.portfolio import Release as ReleaseRow
from throughline.records.promises import Telling

UNSEEN = "a source that you may not see"
OVER = (Standing.STOPPED, Standing.RETIRED)


@dataclass(frozen=True)
class Impact:
    """`names` of the sources that are passed on the way, by id. `hidden` counts models that the actor may not see."""

    source: DataSource
    news: News
    names: dict[int, str]
    models: tuple[ModelImpact, ...]
    hidden: int

    @property
    def promises(self) -> int:
        return sum(len(one.promises) for one in self.models)

    @property
    def people(self) -> int:
        return sum(len(one.people) for one in self.models)

    @property
    def untold(self) -> int:
        return sum(len(one.untold) for one in self.models)


def impact_of(
    actor: Actor, row: DataSource, happened: Happened, now: datetime, *, day: date | None = None
) -> Impact:
    """Of a source that the actor sees. Models that were stopped or retired have nothing to lose any more. `day` is
    that of the news, under which people are told; today if it is left out."""
    news = News(row.pk, happened, day or _today(row, now))
    paths = downstream(row.pk, data_sources.live_flows(row.program_id))
    uses = [Use(pk, source_id, Stage(stage)) for pk, source_id, stage in _uses(paths)]
    reached = hit(uses, paths)
    seen = models(actor).filter(pk__in=list(reached)).values_list(
        "pk", "name", "program__slug", "stage", "standing"
    )  # fmt: skip
    places = {pk: rest for pk, *rest in seen}
    told = _told(places, news)
    found = in_order(
        impact_on(where, reached[where.model_id], paths, happened=happened, told=told.get(where.model_id, {}))
        for where in _where(places, now)
    )
    return Impact(row, news, _names(actor, paths), found, len(reached) - len(places))


def owed_of(actor: Actor, model: MLModel, causes: Iterable[str], now: datetime) -> tuple[Duty, ...]:
    """Who has to be told of what happened to this model's data; of causes of other kinds nothing."""
    found: list[Duty] = []
    for cause in dict.fromkeys(causes):
        today = now.astimezone(ZoneInfo(model.program.time_zone)).date()
        news = read_news(cause, today=today)
        row = data_sources.sources(actor).filter(pk=news.source_id).first() if news else None
        if news is None or row is None:
            continue
        hits = {
            one.where.model_id: one for one in impact_of(actor, row, news.happened, now, day=news.day).models
        }
        if one := hits.get(model.pk):
            found.extend(duties_of(one, news, row.name))
    return tuple(found)


def _uses(paths: Iterable[int]) -> Iterable[tuple[int, int, str]]:
    rows = SourceUse.objects.filter(source_id__in=list(paths), ended_at__isnull=True)
    return rows.exclude(model__standing__in=OVER).values_list("model_id", "source_id", "from_stage")


def _where(places: dict[int, list[Any]], now: datetime) -> Iterable[Where]:
    ids = list(places)
    releases, contracts, promised = _releases(ids), _contracts(ids), boards(ids, now)
    for pk, (name, program, stage, standing) in places.items():
        board = promised.get(pk)
        yield Where(
            pk,
            name,
            program,
            Stage(stage),
            Standing(standing),
            tuple(releases[pk]),
            tuple(contracts[pk]),
            board.drifts if board else (),
        )


def _releases(ids: list[int]) -> dict[int, list[Release]]:
    """Those in use and those on their way."""
    found: dict[int, list[Release]] = defaultdict(list)
    rows = ReleaseRow.objects.filter(model_id__in=ids, state__in=("planned", "released")).order_by(
        "created_at", "pk"
    )
    for model_id, pk, name, subject, state in rows.values_list("model_id", "pk", "name", "subject", "state"):
        found[model_id].append(Release(pk, name, subject, state))
    return found


def _contracts(ids: list[int]) -> dict[int, list[OutputContract]]:
    """Live output contracts, each with the stakeholders who agreed to a version of it, in two statements."""
    rows = DataContract.objects.filter(model_id__in=ids, direction="output", ended_at__isnull=True)
    agreed: dict[int, dict[int, Consumer]] = defaultdict(dict)
    answers = ContractAnswer.objects.filter(
        Q(stakeholder__ended_at__isnull=True), version__contract__in=rows, side="consumer", is_agreed=True,
        stakeholder__isnull=False, stakeholder__model_id=F("version__contract__model_id"),
    )  # fmt: skip
    columns = ("version__contract_id", "stakeholder_id", "stakeholder__name")
    for contract_id, pk, name in answers.order_by("pk").values_list(*columns):
        agreed[contract_id][pk] = Consumer(pk, name)
    found: dict[int, list[OutputContract]] = defaultdict(list)
    for model_id, pk, name in rows.order_by("name", "pk").values_list("model_id", "pk", "name"):
        assert model_id is not None
        found[model_id].append(OutputContract(pk, name, tuple(agreed[pk].values())))
    return found


def _told(ids: Iterable[int], news: News) -> dict[int, dict[int, datetime]]:
    """By model and stakeholder, when they were told of what happened on this day."""
    rows = Telling.objects.filter(model_id__in=list(ids), cause=news.cause)
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    for model_id, stakeholder_id, told_at in rows.values_list("model_id", "stakeholder_id", "told_at"):
        found[model_id][stakeholder_id] = told_at
    return found


def _names(actor: Actor, paths: Iterable[int]) -> dict[int, str]:
    ids = list(paths)
    seen = dict(data_sources.sources(actor).filter(pk__in=ids).values_list("pk", "name"))
    return {pk: seen.get(pk, UNSEEN) for pk in ids}


def _today(row: DataSource, now: datetime) -> date:
    return now.astimezone(ZoneInfo(row.program.time_zone)).date()
