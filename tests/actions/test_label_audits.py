"""Label audits through their actions: drawn, answered blind, settled by others, closed into evidence; and every way
around that which somebody might try."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from sklearn.datasets import load_digits
from sklearn.metrics import cohen_kappa_score

from tests.make import World
from tests.make_labels import PLAN, Audits, csv_of, tickets, truth_of
from throughline.actions import label_audits as actions
from throughline.actions.evidence import withdraw_evidence
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole
from throughline.queries import attachments
from throughline.queries import label_audits as queries
from throughline.queries.dossiers import load
from throughline.records.activity import Activity
from throughline.records.evidence import Attachment
from throughline.records.label_audits import LabelAnswer, LabelAudit, LabelItem

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return settings.ATTACHMENTS_DIR


@pytest.fixture
def audits(world: World, folder: Path) -> Audits:
    return Audits(world)


def test_an_audit_from_file_to_evidence(audits: Audits, world: World) -> None:
    audit = audits.closed(size=60)
    wrong = sum(item.given != truth_of(item) for item in audit.items.all())
    assert (audit.state, audit.results["error"]["wrong"], audit.results["error"]["settled"]) == (
        "closed",
        wrong,
        60,
    )
    assert audit.results["agreement"]["value"] == 1.0
    found = {one.key: one for one in audits.model.evidence.all()}
    assert set(found) == {"data.labels.audit", "data.labels.error_rate", "data.labels.agreement"}
    rate = found["data.labels.error_rate"]
    assert rate.value == pytest.approx(wrong / 60)
    assert rate.detail["uncertainty"] == {"kind": "counts", "k": wrong, "n": 60}
    assert {one.fingerprint for one in found.values()} == {audit.sealed}
    assert {one.subject for one in found.values()} == {"Tickets"}
    verbs = list(Activity.objects.order_by("seq").values_list("verb", flat=True))
    told = [one for one in verbs if one.startswith("label_audit.")]
    assert told[:3] == ["label_audit.begun", "label_audit.drawn", "label_audit.labeller_invited"]
    assert told[-2:] == ["label_audit.labelling_ended", "label_audit.closed"]
    fact = load(audits.model, now=world.now).label_audits
    assert [(one.name, one.verdict, one.sealed) for one in fact] == [("Tickets", audit.verdict, audit.sealed)]


def test_the_same_file_and_seed_draw_the_same_items(audits: Audits) -> None:
    one, other = audits.drawn(size=15), audits.drawn(size=15)
    keys = [list(audit.items.order_by("number").values_list("key", flat=True)) for audit in (one, other)]
    assert keys[0] == keys[1]
    assert one.fingerprint == other.fingerprint
    assert one.file_hash == other.file_hash
    third = audits.drawn(size=15, seed=8)
    assert list(third.items.order_by("number").values_list("key", flat=True)) != keys[0]


def test_the_file_is_taken_away_once_items_are_drawn(
    audits: Audits, folder: Path, django_capture_on_commit_callbacks
) -> None:
    begun = audits.begin()
    assert len(list(folder.iterdir())) == 1
    with django_capture_on_commit_callbacks(execute=True):
        actions.draw_items(
            actor=audits.world.actor(audits.world.pm),
            audit_id=begun.pk,
            plan=actions.DrawPlan(**PLAN),
            now=audits.world.now,
        )
    assert list(folder.iterdir()) == []
    assert not Attachment.objects.exists()
    assert LabelAudit.objects.get(pk=begun.pk).file_hash


def test_the_labels_under_audit_can_not_be_downloaded(audits: Audits) -> None:
    begun = audits.begin()
    with pytest.raises(Missing):
        attachments.stored_file(audits.world.actor(audits.world.pm), begun.attachment_id)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"id,label\n", "no rows"),
        (b"id,label\n1,a,b,c\n", "Line 2"),
        (b'id,label\n1,"a\n', "never closed"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04xxxx", "workbook"),
        (b"\x1f\x8bxxxx", "packed"),
        (b"\x00\x01\x02\x03" * 100, "not a text file"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing_behind(
    audits: Audits, folder: Path, content: bytes, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        actions.begin_audit(
            actor=audits.world.actor(audits.world.pm), model_id=audits.model.pk, item=actions.NewAudit("X"),
            file_name="x.csv", chunks=[content], now=audits.world.now,
        )  # fmt: skip
    assert not LabelAudit.objects.exists()
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_file_in_a_data_folder_can_be_named(audits: Audits, settings: LazySettings, tmp_path: Path) -> None:
    allowed, other = tmp_path / "data", tmp_path / "other"
    allowed.mkdir(), other.mkdir()
    settings.DATA_FOLDERS = (allowed.resolve(),)
    (allowed / "tickets.csv").write_bytes(tickets())
    (other / "secret.csv").write_bytes(tickets())
    (allowed / "link.csv").symlink_to(other / "secret.csv")
    given = {
        "actor": audits.world.actor(audits.world.pm), "model_id": audits.model.pk, "item": actions.NewAudit("X"),
        "now": audits.world.now,
    }  # fmt: skip
    made = actions.begin_audit_from(place="tickets.csv", **given)
    assert made.header == ["id", "text", "label", "region"]
    assert made.origin == "tickets.csv"
    texts = set()
    for place in (
        "missing.csv",
        "../other/secret.csv",
        str(other / "secret.csv"),
        "link.csv",
        "/etc/passwd",
        ".",
    ):
        with pytest.raises(Refused) as refused:
            actions.begin_audit_from(place=place, **given)
        texts.add(str(refused.value))
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"label": "nothing"}, "label"),
        ({"label": ""}, "label"),
        ({"label": "text"}, "shown"),
        ({"label": "id", "key": ""}, "label"),
        ({"shown": ()}, "shown"),
        ({"shown": ("text", "label")}, "shown"),
        ({"key": "label"}, "key"),
        ({"key": "region"}, "key"),
        ({"size": 0}, "size"),
        ({"size": 101}, "size"),
        ({"seed": -1}, "seed"),
        ({"most_error": None}, "most_error"),
        ({"most_error": 0}, "most_error"),
        ({"most_error": 2}, "most_error"),
        ({"least_agreement": 1.5}, "least_agreement"),
        ({"method": "stratified", "stratum": "region", "least": 9}, "least"),
        ({"method": "stratified", "stratum": "nowhere"}, "stratum"),
        ({"scale": "interval"}, "scale"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_changes_nothing(audits: Audits, plan: dict, field: str) -> None:
    begun = audits.begin()
    with pytest.raises(Refused) as refused:
        actions.draw_items(
            actor=audits.world.actor(audits.world.pm), audit_id=begun.pk, plan=actions.DrawPlan(**{**PLAN, **plan}),
            now=audits.world.now,
        )  # fmt: skip
    assert refused.value.reasons[0].field == field
    assert LabelAudit.objects.get().state == "draft"
    assert not LabelItem.objects.exists()


def test_rows_without_a_label_are_counted_and_not_drawn(audits: Audits) -> None:
    rows = [(n, f"text {n}", "" if n % 4 == 0 else "ab"[n % 2], 1) for n in range(1, 41)]
    rows.append(("", "no key", "a", 1))
    audit = audits.drawn(csv_of(rows), size=30)
    assert (audit.population, audit.skipped) == (30, {"no label": 10, "no key": 1})


def test_one_label_alone_needs_another_to_choose(audits: Audits) -> None:
    content = csv_of([(n, f"text {n}", "spam", 1) for n in range(10)])
    with pytest.raises(Refused, match="one label only"):
        audits.drawn(content, size=5)
    audit = audits.drawn(content, size=5, labels=("spam", "ham"))
    assert audit.labels == ["spam", "ham"]


def test_strata_are_drawn_and_kept(audits: Audits) -> None:
    audit = audits.drawn(size=20, method="stratified", least=8)
    assert set(audit.strata) == {"calm", "urgent"}
    assert sum(rows for rows, _ in audit.strata.values()) == 100
    assert all(drawn >= 8 for _, drawn in audit.strata.values())


def test_the_approved_specification_draws_the_line(audits: Audits, world: World) -> None:
    """Somebody who types a softer one changes nothing."""
    world.agreed(
        audits.model,
        {
            "title": "Labels",
            "metric": "data.labels.error_rate",
            "direction": "decrease",
            "target": 0.01,
            "confidence": 0.9,
        },
        {"title": "Agreement", "metric": "data.labels.agreement", "target": 0.7},
    )
    audit = audits.drawn(most_error=0.5)
    assert (audit.most_error, audit.least_agreement, audit.confidence) == (0.01, 0.7, 0.9)
    assert "version 1" in audit.lines_from


def test_a_specification_that_nobody_approved_draws_no_line(audits: Audits, world: World) -> None:
    world.agreed(
        audits.model,
        {"title": "Labels", "metric": "data.labels.error_rate", "direction": "decrease", "target": 0.01},
        state="submitted",
    )
    assert audits.drawn(most_error=0.5).most_error == 0.5


# ---- Blindness


def test_a_labeller_sees_items_without_labels_strata_or_others(audits: Audits) -> None:
    audit = audits.drawn(method="stratified")
    ada, bo = audits.person("Ada"), audits.person("Bo")
    mine = audits.invite(audit, ada)
    audits.invite(audit, bo)
    audits.label(audit, bo)
    found = queries.blind_items(mine)
    assert len(found) == 20
    assert all(set(one.shown) == {"text"} and one.label is None for one in found)
    assert not {"given", "stratum", "final", "key"} & set(vars(found[0]))


def test_nobody_reads_answers_before_labelling_has_ended(audits: Audits) -> None:
    audit = audits.drawn()
    ada, bo = audits.person("Ada"), audits.person("Bo")
    for person in (ada, bo):
        audits.invite(audit, person)
        audits.label(audit, person)
    with pytest.raises(NotAllowed):
        queries.seen_rows(audit)
    assert queries.seen_rows(audits.end(audit))


def test_the_log_does_not_say_which_label_somebody_chose(audits: Audits) -> None:
    audit = audits.drawn()
    ada = audits.person("Ada")
    audits.invite(audit, ada)
    actions.answer_item(
        actor=audits.world.actor(ada), audit_id=audit.pk, number=1, label="urgent", now=audits.world.now
    )
    entry = Activity.objects.get(verb="label_audit.answered")
    assert "urgent" not in str(entry.body)
    assert entry.body["items"] == [1]


def test_only_who_was_invited_answers(audits: Audits, world: World) -> None:
    audit = audits.drawn()
    ada, eve = audits.person("Ada"), audits.person("Eve")
    audits.invite(audit, ada)
    given = {"audit_id": audit.pk, "number": 1, "label": "calm", "now": world.now}
    with pytest.raises(NotAllowed, match="invited"):
        actions.answer_item(actor=world.actor(eve), **given)
    with pytest.raises(NotAllowed, match="invited"):
        actions.answer_item(actor=world.actor(world.pm), **given)
    auditor = audits.person("Ola", AccessRole.AUDITOR)
    audits.invite(audit, auditor)
    with pytest.raises(NotAllowed):
        actions.answer_item(actor=world.actor(auditor), **given)
    stranger = World(now=world.now).pm
    with pytest.raises(Missing):
        actions.answer_item(actor=world.actor(stranger), **given)
    assert not LabelAnswer.objects.exists()


def test_whoever_made_the_labels_neither_labels_nor_settles_nor_closes(audits: Audits, world: World) -> None:
    maker = audits.person("Mia", AccessRole.MANAGER)
    audit = audits.drawn(maker_id=maker.pk)
    with pytest.raises(Refused, match="made these labels"):
        audits.invite(audit, maker)
    ada, bo = audits.person("Ada"), audits.person("Bo")
    for person, says in ((ada, truth_of), (bo, lambda _: "calm")):
        audits.invite(audit, person)
        audits.label(audit, person, says)
    audit = audits.end(audit)
    disputed = [one.number for one in queries.items_of(audit) if one.is_open]
    with pytest.raises(NotAllowed, match="made these labels"):
        audits.settle(audit, disputed[0], "calm", maker)
    with pytest.raises(NotAllowed, match="You labelled"):
        audits.settle(audit, disputed[0], "calm", ada)
    for number in disputed:
        audits.settle(audit, number, "urgent")
    with pytest.raises(NotAllowed, match="made these labels"):
        audits.close(audit, maker)
    assert audits.close(audit).state == "closed"


# ---- Answering


def test_answers_change_until_labelling_ends_and_never_after(audits: Audits, world: World) -> None:
    audit = audits.drawn(size=3)
    ada, bo = audits.person("Ada"), audits.person("Bo")
    for person in (ada, bo):
        audits.invite(audit, person)
        audits.label(audit, person)
    given = {"actor": world.actor(ada), "audit_id": audit.pk, "now": world.now}
    actions.answer_item(number=2, label="", note="Blurred.", **given)
    answer = LabelAnswer.objects.get(item__number=2, labeller__person=ada)
    assert (answer.label, answer.note) == ("", "Blurred.")
    audits.end(audit)
    for attempt in (
        lambda: actions.answer_item(number=1, label="calm", **given),
        lambda: actions.undo_answer(**given),
        lambda: actions.answer_many(rows=[actions.AnswerRow(1, "calm")], **given),
        lambda: actions.answer_file(content=b"item,answer\n1,calm\n", file_name="a.csv", **given),
    ):
        with pytest.raises(Refused):
            attempt()
    assert LabelAnswer.objects.count() == 6


def test_the_last_answer_is_taken_back(audits: Audits, world: World) -> None:
    audit = audits.drawn(size=3)
    ada = audits.person("Ada")
    own = audits.invite(audit, ada)
    given = {"actor": world.actor(ada), "audit_id": audit.pk}
    for number in (1, 3):
        world.later(minutes=1)
        actions.answer_item(number=number, label="calm", now=world.now, **given)
    assert actions.undo_answer(now=world.now, **given) == 3
    assert actions.undo_answer(now=world.now, **given) == 1
    with pytest.raises(Refused, match="no answer"):
        actions.undo_answer(now=world.now, **given)
    assert own.answers.count() == 0


@pytest.mark.parametrize(
    ("number", "label"),
    [(1, "nonsense"), (0, "calm"), (99, "calm"), (1, "CALM ")],
    ids=["label", "0", "99", "case"],
)
def test_what_is_no_item_or_label_is_refused(audits: Audits, number: int, label: str) -> None:
    audit = audits.drawn(size=3)
    ada = audits.person("Ada")
    audits.invite(audit, ada)
    with pytest.raises(Refused):
        actions.answer_item(
            actor=audits.world.actor(ada), audit_id=audit.pk, number=number, label=label, now=audits.world.now
        )
    assert not LabelAnswer.objects.exists()


def test_a_file_of_answers_is_taken_whole_with_every_row_accounted_for(audits: Audits, world: World) -> None:
    audit = audits.drawn(size=5)
    outside = audits.invite(audit, name="Agency")
    given = {
        "actor": world.actor(world.pm), "audit_id": audit.pk, "labeller_id": outside.pk, "file_name": "a.csv",
        "now": world.now,
    }  # fmt: skip
    content = "\ufeffitem,answer,note,text\n1,calm,,x\n2,?,blurred,x\n3,,,x\n4,urgent,,x\n5,,,x\n"
    taken = actions.answer_file(content=content.encode(), **given)
    assert (taken.new, taken.changed, taken.same, taken.empty) == (3, 0, 0, 2)
    again = actions.answer_file(content=content.replace("4,urgent", "4,calm").encode(), **given)
    assert (again.new, again.changed, again.same, again.empty) == (0, 1, 2, 2)
    assert {one.item.number: one.label for one in outside.answers.all()} == {1: "calm", 2: "", 4: "calm"}


@pytest.mark.parametrize(
    ("content", "whys"),
    [
        ("item,answer\n1,calm\n2,clam\nx,calm\n9,calm\n", ["Line 4"]),
        ("item,answer\n1,calm\n2,clam\n9,calm\n", ["Line 3: “clam”", "no item 9"]),
        ("item,answer\n1,calm\n1,urgent\n", ["answered twice"]),
        ("item,label\n1,calm\n", ["no column “answer”"]),
        ("item,answer\n1,\n", ["no answer"]),
        ("item,answer,note\n1,calm," + "x" * 501 + "\n", ["Line 2"]),
    ],
)
def test_a_wrong_row_changes_nothing_and_is_named(
    audits: Audits, world: World, content: str, whys: list[str]
) -> None:
    audit = audits.drawn(size=5)
    outside = audits.invite(audit, name="Agency")
    with pytest.raises(Refused) as refused:
        actions.answer_file(
            actor=world.actor(world.pm), audit_id=audit.pk, labeller_id=outside.pk, content=content.encode(),
            file_name="a.csv", now=world.now,
        )  # fmt: skip
    for why in whys:
        assert why in str(refused.value)
    assert not LabelAnswer.objects.exists()


def test_answers_of_somebody_with_an_account_come_from_nobody_else(audits: Audits, world: World) -> None:
    audit = audits.drawn(size=5)
    ada = audits.invite(audit, audits.person("Ada"))
    with pytest.raises(NotAllowed, match="in person"):
        actions.answer_many(
            actor=world.actor(world.pm), audit_id=audit.pk, rows=[actions.AnswerRow(1, "calm")], labeller_id=ada.pk,
            now=world.now,
        )  # fmt: skip
    other = audits.invite(audits.drawn(size=5), name="Agency")
    with pytest.raises(Missing):
        actions.answer_many(
            actor=world.actor(world.pm), audit_id=audit.pk, rows=[actions.AnswerRow(1, "calm")], labeller_id=other.pk,
            now=world.now,
        )  # fmt: skip


def test_a_labeller_who_is_not_through_brings_nobody_elses_answers(audits: Audits, world: World) -> None:
    audit = audits.drawn(size=2)
    audits.invite(audit, world.pm)
    outside = audits.invite(audit, name="Agency")
    given = {
        "actor": world.actor(world.pm), "audit_id": audit.pk, "rows": [actions.AnswerRow(1, "calm")],
        "labeller_id": outside.pk, "now": world.now,
    }  # fmt: skip
    with pytest.raises(NotAllowed, match="answer all items before"):
        actions.answer_many(**given)
    audits.label(audit, world.pm)
    assert actions.answer_many(**given).new == 1


# ---- Ending, settling, closing


def test_labelling_ends_with_two_who_answered(audits: Audits) -> None:
    audit = audits.drawn(size=4)
    ada, bo = audits.person("Ada"), audits.person("Bo")
    audits.invite(audit, ada)
    audits.label(audit, ada)
    with pytest.raises(Refused, match="two labellers"):
        audits.end(audit, leaves_unanswered=True)
    audits.invite(audit, bo)
    audits.label(audit, bo, {1: "calm"})
    with pytest.raises(Refused, match=r"Bo \(3\)"):
        audits.end(audit)
    assert audits.end(audit, leaves_unanswered=True).state == "settling"
    with pytest.raises(Refused):
        audits.end(audit)


def test_nothing_is_settled_early_late_or_where_all_agree(audits: Audits) -> None:
    audit = audits.drawn(size=4)
    ada, bo = audits.person("Ada"), audits.person("Bo")
    for person, says in ((ada, truth_of), (bo, {1: "calm", 2: "urgent", 3: "", 4: "calm"})):
        audits.invite(audit, person)
        audits.label(audit, person, says)
    with pytest.raises(Refused, match="before labelling has ended"):
        audits.settle(audit, 3, "calm")
    audits.end(audit)
    items = {one.number: one for one in queries.items_of(audit)}
    agreed = next(number for number, one in items.items() if one.agreed)
    with pytest.raises(Refused, match="nothing to settle"):
        audits.settle(audit, agreed, "calm")
    with pytest.raises(Refused, match="none of the labels"):
        audits.settle(audit, 3, "other")
    with pytest.raises(Missing):
        audits.settle(audit, 99, "calm")
    waiting = [number for number, one in items.items() if one.is_open]
    with pytest.raises(Refused, match="not settled yet"):
        audits.close(audit)
    for number in waiting:
        audits.settle(audit, number, "urgent")
    audits.settle(audit, waiting[0], "")
    closed = audits.close(audit)
    assert closed.results["untold"] == 1
    with pytest.raises(Refused):
        audits.settle(audit, waiting[0], "calm")
    with pytest.raises(Refused):
        audits.close(audit)
    assert audits.model.evidence.filter(key="data.labels.audit").count() == 1


def test_a_closed_or_ended_audit_is_not_withdrawn(audits: Audits, world: World) -> None:
    """What somebody does not like the look of stays."""
    audit = audits.drawn(size=4)
    for name in ("Ada", "Bo"):
        person = audits.person(name)
        audits.invite(audit, person)
        audits.label(audit, person)
    audits.end(audit)
    given = {"actor": world.actor(world.pm), "audit_id": audit.pk, "reason": "Looks bad.", "now": world.now}
    with pytest.raises(Refused):
        actions.withdraw_audit(**given)
    audits.close(audit)
    with pytest.raises(Refused):
        actions.withdraw_audit(**given)
    begun = audits.begin()
    with pytest.raises(Refused):
        actions.withdraw_audit(**{**given, "audit_id": begun.pk, "reason": " "})
    assert actions.withdraw_audit(**{**given, "audit_id": begun.pk}).state == "withdrawn"
    assert [one.name for one in load(audits.model, now=world.now).label_audits] == ["Tickets"]


def test_a_viewer_changes_nothing(audits: Audits, world: World) -> None:
    viewer = world.actor(audits.person("Vi", AccessRole.VIEWER))
    begun, audit = audits.begin(), audits.drawn()
    given = {"actor": viewer, "now": world.now}
    attempts = (
        lambda: actions.begin_audit(
            model_id=audits.model.pk, item=actions.NewAudit("X"), file_name="x", chunks=[tickets()], **given
        ),
        lambda: actions.draw_items(audit_id=begun.pk, plan=actions.DrawPlan(**PLAN), **given),
        lambda: actions.invite_labeller(audit_id=audit.pk, name="X", **given),
        lambda: actions.end_labelling(audit_id=audit.pk, leaves_unanswered=True, **given),
        lambda: actions.withdraw_audit(audit_id=audit.pk, reason="x", **given),
    )
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()


def test_labellers_have_names_of_their_own(audits: Audits) -> None:
    audit = audits.drawn()
    ada = audits.person("Ada")
    audits.invite(audit, ada)
    with pytest.raises(Refused, match="already"):
        audits.invite(audit, ada)
    with pytest.raises(Refused, match="already"):
        audits.invite(audit, name="ada")
    assert audits.invite(audit, audits.person("Ada")).name == "Ada (2)"
    stranger = World(now=audits.world.now).pm
    with pytest.raises(Refused, match="nobody of the program"):
        audits.invite(audit, stranger)


# ---- At the gate


def at_gate(audits: Audits, world: World, **parameters: object):
    from throughline.core.checks import CATALOGUE

    dossier = load(audits.model, now=world.now)
    return CATALOGUE["labels.good_enough"].answer(dossier, parameters)


def test_the_gate_reads_the_newest_closed_audit(audits: Audits, world: World) -> None:
    assert at_gate(audits, world).answer == "unknown"
    assert "waiver" in at_gate(audits, world).remedy
    audits.drawn()
    assert "at work: “Tickets”" in at_gate(audits, world).text
    audits.closed(size=100, most_error=0.2)
    good = at_gate(audits, world, max_age_days=30)
    assert (good.answer, len(good.evidence)) == ("met", 1)
    world.later(days=31)
    assert at_gate(audits, world, max_age_days=30).answer == "unmet"
    assert at_gate(audits, world).answer == "met"
    audits.closed(size=100, most_error=0.01)
    assert at_gate(audits, world).answer == "unmet"
    world.later(days=1)
    audits.closed(size=30, most_error=0.12)
    assert at_gate(audits, world).answer == "unknown"


def test_an_audit_whose_evidence_was_withdrawn_counts_no_longer(audits: Audits, world: World) -> None:
    audits.closed(size=100)
    assert at_gate(audits, world).answer == "met"
    row = audits.model.evidence.get(key="data.labels.audit")
    withdraw_evidence(
        actor=world.actor(world.pm),
        model_id=audits.model.pk,
        evidence_id=row.pk,
        reason="Wrong file.",
        now=world.now,
    )
    assert at_gate(audits, world).answer == "unknown"


def test_evidence_written_by_hand_opens_nothing(audits: Audits, world: World) -> None:
    from throughline.actions.evidence import NewEvidence, attach_evidence
    from throughline.core.evidence import EvidenceKind, Outcome

    item = NewEvidence(
        EvidenceKind.TESTED, "data.labels.audit", "me", outcome=Outcome.PASSED, fingerprint="x"
    )
    attach_evidence(actor=world.actor(world.pm), model_id=audits.model.pk, items=[item], now=world.now)
    assert at_gate(audits, world).answer == "unknown"


def test_the_past_knows_what_it_knew(audits: Audits, world: World) -> None:
    start = world.now
    audit = audits.drawn()
    world.later(days=2)
    for name in ("Ada", "Bo"):
        person = audits.person(name)
        audits.invite(audit, person)
        audits.label(audit, person)
    audits.end(audit)
    audits.close(audit)
    (then,) = load(audits.model, now=world.now, as_of=start + timedelta(days=1)).label_audits
    assert (then.state, then.verdict) == ("open", None)
    (now,) = load(audits.model, now=world.now).label_audits
    assert now.state == "closed"


# ---- Real data


@pytest.mark.parametrize("method", ["simple", "stratified"])
@pytest.mark.parametrize("share", [0.03, 0.12])
def test_flipped_digits_are_found(audits: Audits, method: str, share: float) -> None:
    """scikit-learn's digits, some of whose labels a seeded hand changed: the share lies within the interval, and
    kappa is that of scikit-learn."""
    import random

    data = load_digits()
    hand = random.Random(2026)
    truth = [str(one) for one in data.target]
    given = [
        hand.choice([other for other in "0123456789" if other != one]) if hand.random() < share else one
        for one in truth
    ]
    flipped = sum(one != other for one, other in zip(truth, given, strict=True)) / len(truth)
    rows = [(n, " ".join(str(int(pixel)) for pixel in data.data[n]), given[n]) for n in range(len(truth))]
    audit = audits.drawn(
        csv_of(rows, ("id", "text", "label")), size=500, seed=11, method=method, least=10, most_error=0.2
    )
    eye, told = random.Random(5), dict[str, list[str]]()
    for name in ("Ada", "Bo"):
        person = audits.person(name)
        audits.invite(audit, person)
        says = {
            item.number: truth[int(item.key)] if eye.random() < 0.97 else eye.choice("0123456789")
            for item in audit.items.all()
        }
        told[name] = [says[number] for number in sorted(says)]
        audits.label(audit, person, says)
    audits.end(audit)
    waiting = [one.number for one in queries.items_of(audit) if one.is_open]
    for item in audit.items.filter(number__in=waiting):
        audits.settle(audit, item.number, truth[int(item.key)])
    closed = audits.close(audit)
    error = closed.results["error"]
    assert error["low"] <= flipped <= error["high"]
    assert closed.verdict == "good"
    expected = cohen_kappa_score(told["Ada"], told["Bo"])
    assert closed.results["cohen_kappa"]["value"] == pytest.approx(expected, abs=1e-9)
