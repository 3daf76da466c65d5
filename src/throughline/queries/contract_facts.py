"""What a dossier knows of a model's contracts: those for its sources and those for its output, now or at an instant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from throughline.core.contracts.agreements import Direction, Given, History, Side, Version
from throughline.core.contracts.facts import ContractFact, Contracts, TestFact
from throughline.core.contracts.results import RuleOutcome
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Facts
from throughline.records.contracts import ContractTest, DataContract
from throughline.records.data_sources import SourceUse

MOST_BROKEN = 5
# In the order in which `_version` and `_given` take them.
# fmt: off
CONTRACT_COLUMNS = ("pk", "key", "name", "direction", "source_id", "source__name", "ended_at", "created_at")
VERSION_COLUMNS = (
    "pk", "number", "label", "fingerprint", "is_breaking", "published_at", "published_by", "starts_on", "ends_on",
    "in_force_from", "in_force_until", "withdrawn_at",
)
ANSWER_COLUMNS = (
    "pk", "side", "model_id", "stakeholder_id", "is_agreed", "person_id", "name", "fingerprint", "answered_at",
    "on_behalf_of", "words", "link",
)
# fmt: on
VERSION_AT, ANSWER_AT = len(CONTRACT_COLUMNS), len(CONTRACT_COLUMNS) + len(VERSION_COLUMNS)
TEST_AT = ANSWER_AT + len(ANSWER_COLUMNS)


def _through(prefix: str) -> tuple[str, ...]:
    return (
        *(f"{prefix}{name}" for name in CONTRACT_COLUMNS),
        *(f"{prefix}versions__{name}" for name in VERSION_COLUMNS),
        *(f"{prefix}versions__answers__{name}" for name in ANSWER_COLUMNS),
    )


def _last_test(contract: str) -> Subquery:
    done = ContractTest.objects.filter(
        contract_id=OuterRef(contract), state="done", finished_at__lte=Parameter("at")
    )
    return Subquery(done.order_by("-finished_at", "-pk").values("pk")[:1])


@statement
def _of_sources() -> QuerySet[SourceUse, Any]:
    rows = SourceUse.objects.filter(among("model_id", "ids"), created_at__lte=Parameter("at"))
    rows = rows.exclude(ended_at__lte=Parameter("at")).annotate(last_test=_last_test("source__contracts__pk"))
    return rows.values_list("model_id", "source__name", *_through("source__contracts__"), "last_test")


@statement
def _of_outputs() -> QuerySet[DataContract, Any]:
    rows = DataContract.objects.filter(among("model_id", "ids"), created_at__lte=Parameter("at"))
    rows = rows.annotate(last_test=_last_test("pk"))
    return rows.values_list("model_id", "source__name", *_through(""), "last_test")


def _facts(rows: list[Any], at: datetime) -> dict[int, Contracts]:
    """By model id, those of its sources before those of its output; a statement more where one was tested."""
    rows.sort(key=lambda row: (row[5] == Direction.OUTPUT, row[2] or 0))
    tests = _tests({row[-1] for row in rows if row[-1] is not None})
    by_model: dict[int, dict[int, list[tuple[Any, ...]]]] = defaultdict(lambda: defaultdict(list))
    bare: dict[int, set[str]] = defaultdict(set)
    covered: dict[int, set[str]] = defaultdict(set)
    for model_id, source, *row in rows:
        pk, created_at, ended_at = row[0], row[7], row[6]
        if pk is None or created_at > at:
            bare[model_id].add(source)
            continue
        by_model[model_id][pk].append(tuple(row))
        if source and (ended_at is None or ended_at > at):
            covered[model_id].add(source)
        elif source:
            bare[model_id].add(source)
    return {
        model_id: Contracts(
            tuple(_fact(given, tests, at) for given in by_model[model_id].values()),
            tuple(sorted(bare[model_id] - covered[model_id])),
        )
        for model_id in {*by_model, *bare}
    }


facts_of = Facts(_facts, _of_sources, _of_outputs)


def _fact(rows: list[tuple[Any, ...]], tests: Mapping[int, TestFact], at: datetime) -> ContractFact:
    pk, key, name, direction, source_id, source, ended_at, _ = rows[0][:VERSION_AT]
    history = History(versions_from((row[VERSION_AT:TEST_AT] for row in rows), at), ())
    is_ended = ended_at is not None and ended_at <= at
    in_force = history.in_force(at)
    pending = None if is_ended else history.pending()
    return ContractFact(
        id=pk,
        key=key,
        name=name,
        direction=Direction(direction),
        source_id=source_id,
        source=source or "",
        in_force=None if is_ended else in_force,
        pending=pending,
        is_ended=is_ended,
        test=tests.get(rows[0][-1]),
    )


def versions_from(rows: Iterable[tuple[Any, ...]], at: datetime) -> tuple[Version, ...]:
    """Versions with their answers, as recorded by an instant, from rows of both; by number."""
    width = len(VERSION_COLUMNS)
    made: dict[int, Version] = {}
    answers: dict[int, dict[int, Given]] = defaultdict(dict)
    for row in rows:
        pk, published_at = row[0], row[5]
        if pk is None or published_at > at:
            continue
        made.setdefault(pk, _version(row[:width], at))
        if row[width] is not None and row[width + 8] <= at:
            answers[pk][row[width]] = given_from(row[width:])
        elif row[width] is not None and (made[pk].in_force_from or at) > at:
            made[pk] = replace(made[pk], in_force_from=None, in_force_until=None)  # it was agreed later
    return tuple(
        replace(one, answers=tuple(answers[pk].values()))
        for pk, one in sorted(made.items(), key=lambda pair: pair[1].number)
    )


def _version(row: tuple[Any, ...], at: datetime) -> Version:
    (
        pk, number, label, fingerprint, is_breaking, published_at, published_by, starts_on, ends_on, since, until,
        withdrawn_at,
    ) = row  # fmt: skip
    return Version(
        id=pk,
        number=number,
        label=label,
        fingerprint=fingerprint,
        is_breaking=is_breaking,
        published_at=published_at,
        published_by=published_by,
        starts_on=starts_on,
        ends_on=ends_on,
        in_force_from=since,
        in_force_until=until,
        withdrawn_at=withdrawn_at if withdrawn_at is not None and withdrawn_at <= at else None,
    )


def given_from(row: tuple[Any, ...]) -> Given:
    _, side, model_id, stakeholder_id, is_agreed, person_id, name, fingerprint, at, behalf, words, link = row
    return Given(
        side=Side(side),
        party_id=model_id or stakeholder_id,
        is_agreed=is_agreed,
        person_id=person_id,
        name=name,
        fingerprint=fingerprint,
        at=at,
        on_behalf_of=behalf,
        words=words,
        link=link,
    )


def _tests(ids: set[int]) -> dict[int, TestFact]:
    if not ids:
        return {}
    columns = ("pk", "outcome", "finished_at", "version__number", "results", "error")
    return {
        pk: TestFact(pk, RuleOutcome(outcome or "unknown"), at, number, _broken(results), error)
        for pk, outcome, at, number, results, error in ContractTest.objects.filter(pk__in=ids).values_list(
            *columns
        )
    }


def _broken(results: Any) -> tuple[str, ...]:
    """What did not pass, failed rules first: the statement that should be true, its rule, and why it is not."""
    wanted = [one for one in results if one.get("outcome") != RuleOutcome.PASSED]
    wanted.sort(key=lambda one: one.get("outcome") != RuleOutcome.FAILED)
    said = [
        f"{one.get('title')} ({one.get('rule')}): {one.get('reason') or one.get('found')}" for one in wanted
    ]
    return tuple(said[:MOST_BROKEN])
