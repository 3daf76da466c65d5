"""Data contracts that an actor may see: one, a list by state, their versions, and who must agree to what."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from throughline.core.contracts.agreements import (
    Direction,
    Given,
    History,
    Party,
    Side,
    Version,
    VersionState,
)
from throughline.core.errors import Missing
from throughline.core.permissions import Actor, may
from throughline.queries.contract_facts import (
    ANSWER_COLUMNS,
    VERSION_COLUMNS,
    given_from,
    versions_from,
)
from throughline.queries.outputs import managed
from throughline.queries.portfolio import LONG_TEXTS, visible
from throughline.records.contracts import ContractAnswer, ContractVersion, DataContract
from throughline.records.data_sources import DataSource, SourceUse
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.stakeholders import Stakeholder

MOST = 60
LIVE = ("active", "paused")
# The stakeholders who consume an output, and whose agreement it needs.
CONSUMING = ("approver", "user")


@dataclass(frozen=True)
class Line:
    """One contract as a list shows it. `state` is ended, in_force, waiting, declined or none."""

    row: DataContract
    history: History
    in_force: Version | None
    pending: Version | None
    state: str

    @property
    def is_breaking(self) -> bool:
        return self.pending is not None and self.pending.is_breaking

    @property
    def awaited(self) -> tuple[Party, ...]:
        return self.pending.awaited(self.history.parties) if self.pending else ()

    @property
    def declined(self) -> tuple[Given, ...]:
        return self.pending.declined(self.history.parties) if self.pending else ()


def contracts(actor: Actor) -> QuerySet[DataContract]:
    """Of the programs that the actor sees, and of single models: those for their sources and their output."""
    rows = DataContract.objects.select_related("program", "source", "model").order_by("name", "pk")
    if actor.is_admin:
        return rows
    single = actor.single_model_ids()
    used = SourceUse.objects.filter(model_id__in=single, ended_at__isnull=True).values("source_id")
    return rows.filter(Q(program_id__in=actor.program_ids()) | Q(model_id__in=single) | Q(source_id__in=used))


def contract_row(actor: Actor, contract_id: int) -> DataContract:
    row = contracts(actor).filter(pk=contract_id).first()
    if row is None:
        raise Missing("contract")
    return row


def contract_by_reference(actor: Actor, reference: str) -> DataContract:
    """By id, by key, or by `program/key`. Raises `Missing` where none or several are meant."""
    if reference.isascii() and reference.isdecimal() and len(reference) < 18:
        found = list(contracts(actor).filter(pk=int(reference)))
        if found:
            return found[0]
    program, _, key = reference.partition("/")
    wanted = Q(key=reference) | Q(program__slug=program, key=key)
    found = list(contracts(actor).filter(wanted)[:2])
    if len(found) != 1:
        raise Missing("contract")
    return found[0]


def concerned(row: DataContract) -> list[MLModel]:
    """The models that a contract is about: the one whose output it is, or those that use the source."""
    rows = MLModel.objects.select_related("program__policy", "policy").defer(*LONG_TEXTS).order_by("name")
    if row.model_id is not None:
        return list(rows.filter(pk=row.model_id))
    if row.source_id is None:
        return []
    uses = SourceUse.objects.filter(source_id=row.source_id, ended_at__isnull=True)
    return list(rows.filter(pk__in=uses.values("model_id"), standing__in=LIVE))


def linkable(actor: Actor, programs: Sequence[int]) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Sources and models of these programs that a contract may be about, by id and name."""
    sources = DataSource.objects.filter(program_id__in=programs, ended_at__isnull=True)
    rows = visible(actor).filter(program_id__in=programs, standing__in=LIVE)
    return (
        list(sources.order_by("name").values_list("pk", "name")[:500]),
        list(rows.order_by("name").values_list("pk", "name")[:500]),
    )


def places_of(row: DataContract) -> list[dict[str, int | None]]:
    """Where permission on a contract may be held: on the program, or on a model that it is about."""
    ids = [row.model_id] if row.model_id is not None else [model.pk for model in concerned(row)]
    whole: list[dict[str, int | None]] = [{"program_id": row.program_id, "model_id": None}]
    whole.extend({"program_id": row.program_id, "model_id": pk} for pk in ids)
    return whole


def place_for(actor: Actor, verb: str, row: DataContract) -> dict[str, int | None]:
    """The first place where the actor holds it; else the contract's own."""
    places = places_of(row)
    own = {"program_id": row.program_id, "model_id": row.model_id}
    return next((place for place in places if may(actor, verb, **place)), own)


def mail_of(actor: Actor) -> str:
    found = Person.objects.filter(pk=actor.person_id or 0).values_list("email", flat=True).first()
    return (found or "").strip().lower()


def newest_number(row: DataContract) -> int:
    return row.versions.order_by("-number").values_list("number", flat=True).first() or 0


def is_in_force(version: ContractVersion, at: datetime) -> bool:
    since, until = version.in_force_from, version.in_force_until
    return since is not None and since <= at and (until is None or at < until)


def version_lines(rows: Sequence[ContractVersion]) -> list[tuple[Any, ...]]:
    """Versions without their answers, for whoever needs nothing but what was published."""
    blank = (None,) * len(ANSWER_COLUMNS)
    return [(*(getattr(row, name) for name in VERSION_COLUMNS), *blank) for row in rows]


def version_row(row: DataContract, number: int) -> ContractVersion:
    found = row.versions.filter(number=number).first()
    if found is None:
        raise Missing("version of the contract")
    return found


def newest_row(row: DataContract) -> ContractVersion:
    """The version that was published last, withdrawn ones aside; else the very last."""
    live = row.versions.filter(withdrawn_at__isnull=True).order_by("-number").first()
    found = live or row.versions.order_by("-number").first()
    if found is None:
        raise Missing("version of the contract")
    return found


def history_of(row: DataContract, now: datetime) -> History:
    return histories([row], now)[row.pk]


def histories(rows: Sequence[DataContract], now: datetime) -> dict[int, History]:
    """Of many contracts, in four statements."""
    ids = [row.pk for row in rows]
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    joined = ContractVersion.objects.filter(contract_id__in=ids).order_by("number", "answers__pk")
    columns = (*VERSION_COLUMNS, *(f"answers__{name}" for name in ANSWER_COLUMNS))
    for contract_id, *columns_of in joined.values_list("contract_id", *columns):
        found[contract_id].append(tuple(columns_of))
    users = _users({row.source_id for row in rows if row.source_id is not None})
    consumers = _consumers({row.model_id for row in rows if row.model_id is not None})
    # A clock that is ahead of ours must not hide what it just recorded.
    at = max([now, *(line[5] for lines in found.values() for line in lines)])
    at = max([at, *(line[len(VERSION_COLUMNS) + 8] or at for lines in found.values() for line in lines)])
    return {
        row.pk: History(versions_from(found[row.pk], at), (_provider(row), *_others(row, users, consumers)))
        for row in rows
    }


def _provider(row: DataContract) -> Party:
    if row.model is not None:
        return Party(Side.PROVIDER, None, f"the team of {row.model.name}")
    name = (row.source.provider or row.source.name) if row.source is not None else ""
    return Party(Side.PROVIDER, None, name or "the provider")


def _others(
    row: DataContract, users: dict[int, list[Party]], consumers: dict[int, list[Party]]
) -> list[Party]:
    if row.direction == Direction.OUTPUT:
        return consumers.get(row.model_id or 0, [])
    return users.get(row.source_id or 0, [])


def _users(sources: set[int]) -> dict[int, list[Party]]:
    found: dict[int, list[Party]] = defaultdict(list)
    uses = SourceUse.objects.filter(source_id__in=sources, ended_at__isnull=True, model__standing__in=LIVE)
    for source_id, pk, name in uses.order_by("model__name").values_list(
        "source_id", "model_id", "model__name"
    ):
        found[source_id].append(Party(Side.CONSUMER, pk, name))
    return found


def _consumers(model_ids: set[int]) -> dict[int, list[Party]]:
    found: dict[int, list[Party]] = defaultdict(list)
    rows = Stakeholder.objects.filter(model_id__in=model_ids, ended_at__isnull=True, part__in=CONSUMING)
    for model_id, pk, name in rows.order_by("name", "pk").values_list("model_id", "pk", "name"):
        found[model_id].append(Party(Side.CONSUMER, pk, name))
    return found


def lines(rows: Sequence[DataContract], now: datetime) -> list[Line]:
    known = histories(rows, now)
    return [line(row, known[row.pk], now) for row in rows]


def line(row: DataContract, history: History, now: datetime) -> Line:
    if row.ended_at is not None:
        return Line(row, history, None, None, "ended")
    in_force, pending = history.in_force(now), history.pending()
    state = "in_force" if in_force else "none"
    if pending is not None:
        is_declined = history.state(pending, now) is VersionState.DECLINED
        state = "declined" if is_declined else "waiting"
    return Line(row, history, in_force, pending, state)


def contracts_of_model(actor: Actor, model: MLModel, now: datetime) -> list[Line]:
    """For its sources and for its output; ended ones last."""
    used = SourceUse.objects.filter(model=model, ended_at__isnull=True).values("source_id")
    rows = contracts(actor).filter(Q(model=model) | Q(source_id__in=used))
    found = lines(list(rows), now)
    return sorted(found, key=lambda one: (one.state == "ended", one.row.direction == Direction.OUTPUT))


def bare_sources(model: MLModel) -> list[str]:
    """The sources in use for which there is no contract that has not ended."""
    covered = DataContract.objects.filter(source__isnull=False, ended_at__isnull=True).values("source_id")
    uses = SourceUse.objects.filter(model=model, ended_at__isnull=True).exclude(source_id__in=covered)
    return list(uses.order_by("source__name").values_list("source__name", flat=True))


@dataclass(frozen=True)
class Waiting:
    """A version that waits for this person: to answer it, or to see to it that others do."""

    row: DataContract
    version: Version
    parties: tuple[Party, ...]
    is_own: bool


def awaiting(actor: Actor, now: datetime) -> list[Waiting]:
    """Versions that wait for this person as a consumer, or as manager of a model, the breaking ones first.

    Managers are asked for models that use a source, and for outputs while a consumer has not answered a breaking one.
    """
    own = managed(actor)
    asked = dict(
        Stakeholder.objects.filter(
            person_id=actor.person_id or 0, ended_at__isnull=True, part__in=CONSUMING
        ).values_list("pk", "model_id")
    )
    used = SourceUse.objects.filter(model_id__in=own, ended_at__isnull=True).values("source_id")
    newest = Q(versions__withdrawn_at__isnull=True, versions__in_force_from__isnull=True)
    mine = Q(source_id__in=used) | Q(model_id__in={*own, *asked.values()})
    rows = contracts(actor).filter(newest, mine, ended_at__isnull=True).distinct()
    found = [one for row in lines(list(rows), now) for one in _waiting(row, set(own), set(asked))]
    return sorted(found, key=lambda one: (not one.version.is_breaking, one.version.published_at))[:MOST]


def _waiting(line: Line, own: set[int], asked: set[int]) -> Iterable[Waiting]:
    if line.pending is None:
        return
    awaited = [party for party in line.awaited if party.side is Side.CONSUMER]
    if line.row.direction == Direction.PROVIDER:
        mine = tuple(party for party in awaited if party.id in own)
    else:
        mine = tuple(party for party in awaited if party.id in asked)
    if mine:
        yield Waiting(line.row, line.pending, mine, True)
    elif line.pending.is_breaking and line.row.model_id in own and awaited:
        yield Waiting(line.row, line.pending, tuple(awaited), False)


def answers_of(version: ContractVersion) -> list[Given]:
    """Every answer to one version, the newest first; those to what it said before too."""
    rows = ContractAnswer.objects.filter(version=version).order_by("-answered_at", "-pk")
    return [given_from(row) for row in rows.values_list(*ANSWER_COLUMNS)]
