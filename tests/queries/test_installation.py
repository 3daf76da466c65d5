"""Tampering with the log shows, whatever was done to it, and the first bad entry is named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from throughline.actions import activity
from throughline.actions import installation as changes
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.queries import installation
from throughline.queries.access import system_actor
from throughline.records.activity import Activity, ChainHead

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENTRIES = 9


@pytest.fixture
def log(db: None) -> None:
    for number in range(ENTRIES):
        at = NOW + timedelta(minutes=number)
        activity.record(system_actor("tests"), "model.changed", now=at, model_id=number, body={"n": number})


def of(seq: int):
    return Activity.objects.filter(seq=seq)


def swap() -> None:
    of(4).update(seq=100)
    of(5).update(seq=4)
    of(100).update(seq=5)


def cut() -> None:
    Activity.objects.filter(seq__gt=6).delete()


TAMPERINGS = {
    "body edited": (5, lambda: of(5).update(body={"n": 7})),
    "actor edited": (5, lambda: of(5).update(actor="somebody else")),
    "time moved": (5, lambda: of(5).update(at=NOW)),
    "place moved": (5, lambda: of(5).update(model_id=77)),
    "hash edited": (5, lambda: of(5).update(hash="0" * 64)),
    "first dropped": (1, lambda: of(1).delete()),
    "middle dropped": (5, lambda: of(5).delete()),
    "two swapped": (4, swap),
    "tail cut": (7, cut),
    "everything dropped": (1, lambda: Activity.objects.all().delete()),
    "one added": (10, lambda: Activity.objects.bulk_create([forged()])),
}


def forged() -> Activity:
    last = Activity.objects.get(seq=ENTRIES)
    last.pk, last.previous = ENTRIES + 1, last.hash
    return last


def test_an_untouched_log_is_whole(log: None):
    chain = installation.chain()

    assert chain.is_whole
    assert chain.entries == ENTRIES


@pytest.mark.parametrize(("first_bad", "tamper"), TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_every_tampering_is_found_where_it_starts(log: None, first_bad: int, tamper):
    tamper()

    chain = installation.chain()

    assert not chain.is_whole
    assert chain.first_bad == first_bad
    assert chain.problem


def test_a_tail_cut_with_its_head_is_found_through_the_anchor(log: None, tmp_path: Path):
    file = tmp_path / "anchor"
    changes.anchor(actor=system_actor("tests"), file=file, now=NOW)
    cut()
    last = Activity.objects.get(seq=6)
    ChainHead.objects.update(seq=6, hash=last.hash)

    assert installation.chain().is_whole
    chain = installation.chain(installation.anchors(file))

    assert chain.first_bad == 7


def test_an_anchor_is_written_once_for_each_head(log: None, tmp_path: Path):
    file = tmp_path / "anchor"

    assert changes.anchor(actor=system_actor("tests"), file=file, now=NOW)
    assert not changes.anchor(actor=system_actor("tests"), file=file, now=NOW)
    activity.record(system_actor("tests"), "model.changed", now=NOW)
    assert changes.anchor(actor=system_actor("tests"), file=file, now=NOW)

    assert set(installation.anchors(file)) == {ENTRIES, ENTRIES + 1}
    assert installation.chain(installation.anchors(file)).is_whole
    assert file.stat().st_mode & 0o077 == 0


def test_an_empty_log_has_nothing_to_anchor(db: None, tmp_path: Path):
    assert not changes.anchor(actor=system_actor("tests"), file=tmp_path / "anchor", now=NOW)
    assert installation.chain().is_whole


def test_only_an_administrator_writes_anchors(log: None, tmp_path: Path):
    with pytest.raises(NotAllowed):
        changes.anchor(actor=Actor(None, "Nobody", "web"), file=tmp_path / "anchor", now=NOW)

    assert not (tmp_path / "anchor").exists()


@pytest.mark.parametrize("text", ["words", "1 short 2026", "x " + "a" * 64 + " 2026", "1"])
def test_a_file_that_holds_no_anchors_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "anchor"
    file.write_text(text + "\n")

    with pytest.raises(Refused, match="Line 1"):
        installation.anchors(file)
