"""Sentences of the core on pages: days as people read them, parts by name, questions instead of ids."""

import pytest

from throughline.queries.policies import read, shipped_source
from throughline.web.sentences import part, question, readable, spelled

JOIN = "\u00a0"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Ana signed on 2026-04-07; it expired.", f"Ana signed on 7{JOIN}Apr{JOIN}2026; it expired."),
        ("(valid until 2026-11-30)", f"(valid until 30{JOIN}Nov{JOIN}2026)"),
        ("at most 8.0 % wrong", f"at most 8.0{JOIN}% wrong"),
        (
            "This changed after it was signed: release, evidence.metric.auc.",
            "This changed after it was signed: the release, evidence of metric.auc.",
        ),
        (
            "Ana signed; since then this changed: model.",
            "Ana signed; since then this changed: the record of the model.",
        ),
    ],
)
def test_a_sentence_reads_as_people_write(written: str, said: str) -> None:
    assert readable(written) == said


@pytest.mark.parametrize(
    "kept",
    [
        "Run 2026-13-45 is no day.",
        "See https://example.org/2026-04-07/minutes and run-2026-04-07.",
        "Ana signed again: release.",
        "60% of it",
    ],
)
def test_what_is_no_day_and_no_part_stays_as_it_is(kept: str) -> None:
    assert readable(kept) == kept


def test_a_check_is_told_by_its_question() -> None:
    policy = read(shipped_source("default"))
    assert question(policy, "support.plan_agreed").endswith("?")


def test_a_check_that_the_policy_lacks_is_told_by_its_id() -> None:
    policy = read(shipped_source("default"))
    assert question(policy, "old.rule_kept") == spelled("old.rule_kept") == "Old: rule kept"
    assert spelled("alone") == "Alone"


def test_a_part_of_the_record_has_a_name() -> None:
    assert part("release") == "the release"
    assert part("evidence.metric.val_auc") == "evidence of metric.val_auc"
    assert part("evidence.metric.*") == "evidence of any metric"
