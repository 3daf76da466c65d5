"""From a source to the people: the walk ends, finds each once, and puts at stake only what rests on the source."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.make_core import NOW
from throughline.core.drift_facts import Drift, DriftState
from throughline.core.impact import (
    DEPENDS,
    Consumer,
    Happened,
    News,
    OutputContract,
    Use,
    Where,
    at_stake,
    downstream,
    duties_of,
    hit,
    impact_on,
    in_order,
    read_news,
)
from throughline.core.promises import Promise, PromiseKind, PromiseState, PromiseVersion, Recipient
from throughline.core.stages import Stage, Standing
from throughline.core.tellings import draft

TODAY = NOW.date()
LEA, SAM = Recipient(1, "Lea", NOW), Recipient(2, "Sam", NOW)


def drift(
    kind: PromiseKind = PromiseKind.SLA,
    state: DriftState = DriftState.OPEN,
    *recipients: Recipient,
    pk: int = 1,
    standing: PromiseState = PromiseState.LIVE,
) -> Drift:
    said = PromiseVersion(1, "By six.", NOW, "Pam", due_on=TODAY if kind.value.endswith("_date") else None)
    return Drift(
        Promise(id=pk, kind=kind, state=standing, versions=(said,), recipients=recipients), state, "So."
    )


def where(
    *drifts: Drift, stage: Stage = Stage.PRODUCTION, contracts: tuple[OutputContract, ...] = ()
) -> Where:
    return Where(7, "Churn", "growth", stage, Standing.ACTIVE, (), contracts, drifts)


PATHS = {1: (1,), 2: (1, 2)}


def impact(
    here: Where, *uses: Use, happened: Happened = Happened.LATE, told: dict[int, datetime] | None = None
):
    given = uses or (Use(7, 1, Stage.CONCEPTION),)
    return impact_on(here, given, PATHS, happened=happened, told=told or {})


class TestWalk:
    def test_the_shortest_way_to_each(self) -> None:
        assert downstream(1, [(1, 2), (2, 3), (1, 3), (9, 1)]) == {1: (1,), 2: (1, 2), 3: (1, 3)}

    def test_a_circle_ends(self) -> None:
        assert set(downstream(1, [(1, 2), (2, 1), (2, 2)])) == {1, 2}

    @given(st.integers(0, 6), st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20))
    def test_everything_that_can_be_reached_and_nothing_else(
        self, start: int, flows: list[tuple[int, int]]
    ) -> None:
        reached, before = {start}, set[int]()
        while reached != before:
            before = set(reached)
            reached |= {made for above, made in flows if above in reached}
        found = downstream(start, flows)
        assert set(found) == reached
        for end, path in found.items():
            assert path[0] == start
            assert path[-1] == end
            assert all(step in flows for step in pairwise(path))

    def test_models_are_hit_by_every_use_that_is_reached(self) -> None:
        one, two, other = (
            Use(7, 1, Stage.CONCEPTION),
            Use(7, 2, Stage.PRODUCTION),
            Use(8, 5, Stage.CONCEPTION),
        )
        assert hit([one, two, other], PATHS) == {7: (one, two)}


class TestAtStake:
    @pytest.mark.parametrize("happened", list(Happened))
    def test_what_is_promised_of_something_else_is_not_assumed_to_hang_on_data(
        self, happened: Happened
    ) -> None:
        assert PromiseKind.OTHER not in DEPENDS[happened]
        found = at_stake(happened, [drift(kind, pk=n) for n, kind in enumerate(PromiseKind)], is_in_use=True)
        assert {one.promise.kind for one in found} == DEPENDS[happened]

    def test_lateness_touches_time_and_not_quality(self) -> None:
        kinds = [PromiseKind.RUN_FREQUENCY, PromiseKind.CRITERION]
        found = at_stake(Happened.LATE, [drift(kind) for kind in kinds], is_in_use=True)
        assert [one.promise.kind for one in found] == [PromiseKind.RUN_FREQUENCY]

    def test_what_is_over_is_not_at_stake(self) -> None:
        gone = drift(standing=PromiseState.WITHDRAWN)
        kept = drift(PromiseKind.PRODUCTION_DATE, DriftState.KEPT)
        assert at_stake(Happened.LATE, [gone, kept], is_in_use=True) == ()

    def test_a_model_that_does_not_read_it_yet_has_only_its_days_to_lose(self) -> None:
        both = (drift(PromiseKind.SLA, pk=1), drift(PromiseKind.PRODUCTION_DATE, pk=2))
        later = Use(7, 1, Stage.DEPLOYMENT)
        found = impact(where(*both, stage=Stage.PROTOTYPE), later)
        assert not found.is_in_use
        assert [one.promise.id for one in found.promises] == [2]
        assert impact(where(*both, stage=Stage.DEPLOYMENT), later).is_in_use


class TestPeople:
    def test_recipients_and_consumers_each_once(self) -> None:
        contract = OutputContract(3, "Scores", (Consumer(2, "Sam"), Consumer(4, "Zoe")))
        drifts = (
            drift(PromiseKind.SLA, DriftState.OPEN, LEA, SAM),
            drift(PromiseKind.RUN_FREQUENCY, DriftState.OPEN, SAM, pk=2),
        )
        found = impact(where(*drifts, contracts=(contract,)), told={1: NOW})
        assert [(one.name, one.promise_ids, one.is_consumer) for one in found.people] == [
            ("Lea", (1,), False), ("Sam", (1, 2), True), ("Zoe", (), True),
        ]  # fmt: skip
        assert [one.name for one in found.untold] == ["Sam", "Zoe"]

    def test_the_most_promises_come_first(self) -> None:
        none, one = impact(where()), impact(where(drift()))
        assert in_order([none, one]) == (one, none)


class TestNews:
    def test_a_cause_reads_back(self) -> None:
        news = News(12, Happened.LATE, TODAY)
        assert news.cause == "source:12:late:2026-03-02"
        assert read_news(news.cause, today=TODAY) == news

    @pytest.mark.parametrize(
        "cause",
        [
            "promise:1:v1", "source:12:late", "source:x:late:2026-03-02", "source:12:gone:2026-03-02",
            "source:12:late:2026-03-03", "source:12:late:2026-02-22", "source:12:late:soon",
            "source:012:late:2026-03-02", "source:12:late:20260302", f"source:{'9' * 30}:late:2026-03-02",
        ],
    )  # fmt: skip
    def test_what_is_none_or_lies_too_far_back_is_none(self, cause: str) -> None:
        assert read_news(cause, today=TODAY) is None

    def test_within_a_week_it_can_still_be_told(self) -> None:
        news = News(12, Happened.LATE, TODAY - timedelta(days=7))
        assert read_news(news.cause, today=TODAY) == news

    def test_whoever_was_not_told_is_owed_it_in_plain_words(self) -> None:
        found = impact(where(drift(PromiseKind.SLA, DriftState.OPEN, LEA, SAM)), told={2: NOW})
        (duty,) = duties_of(found, News(1, Happened.LATE, date(2026, 3, 2)), "Orders")
        assert (duty.stakeholder_id, duty.title, duty.state) == (1, "Orders is late", "at_risk")
        written = draft("Churn", [duty], ask=["Pam"])
        assert written.subject == "Churn: Orders is late"
        assert "What was promised may not hold: service level." in written.words
        assert "Whom to ask: Pam." in written.words
