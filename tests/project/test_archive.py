"""Backup, restore, export and import: the same content comes out as went in, on both databases and under load."""

import io
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.project.installations import START, Installation

FILL = """
from datetime import UTC, datetime, timedelta
from pathlib import Path
from django.conf import settings
from throughline.actions.portfolio import create_model, create_program
from throughline.adapters import files
from throughline.queries.access import system_actor
from throughline.records.evidence import Attachment, Evidence
from throughline.records.people import Person
now = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
actor = system_actor("tests")
ana = Person.objects.create(name="Ana \\u00c5\\u2603\\U0001f600", email="ana@example.org", created_at=now)
program = create_program(actor=actor, name="Forecasts", slug="forecasts", now=now)
for number in range(3):
    model = create_model(actor=actor, program_id=program.pk, fields={"name": f"Model {number}"}, now=now)
stored = files.store(settings.ATTACHMENTS_DIR, "plan.pdf", [b"a plan"], max_bytes=100)
file = Attachment.objects.create(
    id=stored.id, model=model, name=stored.name, size=stored.size, sha256=stored.sha256,
    uploaded_by="Ana", uploaded_at=now,
)
for number, value in enumerate([0.1 + 0.2, 1e22, -0.0, 1e-7, None]):
    Evidence.objects.create(
        model=model, kind="measured", key="auc", source="tests", value=value, attachment=file,
        detail={"value": value, "nested": [1e22, 1.0, 1, "x\\u2603"]},
        observed_at=now + timedelta(microseconds=number), recorded_at=now, recorded_by="Ana",
        content_hash=f"{number:064d}",
    )
"""
# What people agree about models, as the sample program has it, with a personal link.
AGREE = """
from django.apps import apps
from throughline.actions.personal_links import create_personal_link
from throughline.project import demo
from throughline.records.stakeholders import Stakeholder
demo.PLANS = [plan for plan in demo.PLANS if plan.key in ("reviews", "queue", "recipes", "demand", "allergens")]
demo.build(actor=actor, person_id=None, now=now)
found = Stakeholder.objects.filter(person__isnull=False).order_by("pk")[0]
create_personal_link(actor=actor, stakeholder_id=found.pk, now=now)
for table in ({tables}):
    assert apps.get_model("records", table).objects.exists(), table
"""
TABLES = (
    "Stakeholder", "Contact", "Spec", "SpecComment", "SpecAnswer", "ScopeChange", "Promise", "PromiseVersion",
    "PromiseRecipient", "PromiseAnswer", "Telling", "Output", "OutputAnswer", "Feedback", "Direction", "Learning",
    "PersonalLink", "ComplianceReview",
    "PromiseRecipient", "PromiseAnswer", "Telling", "Output", "OutputAnswer", "Feedback", "ComplianceReview", "Finding",
    "Direction", "Learning", "PersonalLink",
)  # fmt: skip
MORE = FILL.replace('slug="forecasts"', 'slug="more"').replace("ana@", "ana2@")


@pytest.fixture(scope="module")
def filled(migrated_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """One for all tests here, which only read it."""
    made = Installation(Path(shutil.copytree(migrated_home, tmp_path_factory.mktemp("filled") / "home")))
    made.python(FILL)
    return made


@pytest.fixture(scope="module")
def backup(filled: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("backup") / "backup.tar.gz"
    filled.must("backup", str(target))
    return target


@pytest.fixture
def second(installation: Installation) -> Installation:
    return installation


def content(archive: Path) -> str:
    with tarfile.open(archive) as opened:
        return json.load(opened.extractfile("manifest.json"))["content_hash"]


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as opened:
        return opened.getnames()


def test_a_backup_restores_to_the_same_content_key_and_files(
    filled: Installation, backup: Path, second: Installation, tmp_path: Path
):
    said = second.must("restore", str(backup), "--verify")

    assert "Verified" in said
    second.must("backup", str(tmp_path / "again.tar.gz"))
    assert content(backup) == content(tmp_path / "again.tar.gz")
    assert (second.folder / "secret-key").read_text() == (filled.folder / "secret-key").read_text()
    (file,) = (second.folder / "attachments").iterdir()
    assert file.read_bytes() == b"a plan"
    assert backup.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_what_people_agreed_about_models_comes_through_whole(
    migrated_home: Path, second: Installation, tmp_path: Path
):
    made = Installation(Path(shutil.copytree(migrated_home, tmp_path / "agreed")))
    made.python(FILL + AGREE.format(tables=", ".join(map(repr, TABLES))))
    made.must("export", str(tmp_path / "agreed.tar.gz"))
    second.must("import", str(tmp_path / "agreed.tar.gz"))
    second.must("export", str(tmp_path / "again.tar.gz"))
    assert content(tmp_path / "agreed.tar.gz") == content(tmp_path / "again.tar.gz")


def test_work_goes_on_after_a_restore(backup: Path, second: Installation):
    second.must("restore", str(backup))

    second.python(MORE)

    assert second.ask("SELECT count(*) FROM attachment") == [(2,)]
    assert "The log is whole" in second.must("audit", "verify")


@pytest.mark.slow
def test_from_sqlite_to_postgres_and_back_nothing_changes(
    filled: Installation, postgres_url: str, tmp_path: Path
):
    first, second, third = (tmp_path / f"{name}.tar.gz" for name in ("first", "second", "third"))
    middle = Installation(tmp_path / "middle", postgres_url)
    last = Installation(tmp_path / "last")

    filled.must("export", str(first))
    middle.must("import", str(first), "--verify")
    middle.must("export", str(second))
    last.must("import", str(second), "--verify")
    last.must("export", str(third))

    assert content(first) == content(second) == content(third)
    middle.python(MORE)


def test_an_export_leaves_the_key_at_home(filled: Installation, backup: Path, tmp_path: Path):
    filled.must("export", str(tmp_path / "export.tar.gz"))

    assert "secret-key" in names(backup)
    assert "secret-key" not in names(tmp_path / "export.tar.gz")


def test_nothing_is_overwritten(filled: Installation, tmp_path: Path):
    archive = tmp_path / "backup.tar.gz"
    archive.write_text("something precious")

    done = filled.run("backup", str(archive))

    assert done.returncode == 1
    assert "exists already" in done.stderr
    assert archive.read_text() == "something precious"


def test_an_installation_in_use_is_not_restored_into(filled: Installation, backup: Path, tmp_path: Path):
    done = filled.run("restore", str(backup))

    assert done.returncode == 1
    assert "not empty" in done.stderr
    filled.must("backup", str(tmp_path / "after.tar.gz"))
    assert content(tmp_path / "after.tar.gz") == content(backup)
    assert len(list((filled.folder / "attachments").iterdir())) == 1


def rewritten(archive: Path, target: Path, change) -> Path:
    """A copy of an archive in which `change(name, content)` has altered, dropped (None) or renamed members."""
    with tarfile.open(archive) as source, tarfile.open(target, "w:gz") as out:
        for entry in source.getmembers():
            made = change(entry.name, source.extractfile(entry).read())
            if made is not None:
                name, data = made
                info = tarfile.TarInfo(name)
                info.size = len(data)
                out.addfile(info, io.BytesIO(data))
    return target


BAD = {
    "a row was edited": lambda name, data: (name, data.replace(b"Model 1", b"Model X")),
    "a row was dropped": lambda name, data: (
        name,
        b"".join(data.splitlines(True)[:-1]) if name == "rows.jsonl" else data,
    ),
    "no rows": lambda name, data: None if name == "rows.jsonl" else (name, data),
    "no manifest": lambda name, data: None if name == "manifest.json" else (name, data),
    "an attachment was changed": lambda name, data: (
        name,
        b"another" if name.startswith("attachments/") else data,
    ),
    "an attachment is missing": lambda name, data: None if name.startswith("attachments/") else (name, data),
    "an attachment wants out": lambda name, data: (
        name.replace("attachments/", "attachments/../../"),
        data,
    ),
    "tables of another version": lambda name, data: (name, data.replace(b'"schema": "0', b'"schema": "9')),
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
def test_a_damaged_archive_changes_nothing(backup: Path, second: Installation, tmp_path: Path, change):
    bad = rewritten(backup, tmp_path / "bad.tar.gz", change)

    done = second.run("restore", str(bad), "--verify")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert second.ask("SELECT count(*) FROM person") == [(0,)]
    assert list((second.folder / "attachments").iterdir()) == []
    assert list(tmp_path.glob("*.pdf")) == []


@pytest.mark.parametrize("text", [b"", b"no archive", b"\x1f\x8b\x08broken"])
def test_what_is_no_archive_is_refused(second: Installation, tmp_path: Path, text: bytes):
    (tmp_path / "bad").write_bytes(text)

    done = second.run("restore", str(tmp_path / "bad"))

    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")


WRITE = (
    FILL
    + """
import itertools, sys
print("ready", flush=True)
for number in itertools.count():
    create_model(actor=actor, program_id=program.pk, fields={"name": f"Under load {number}"}, now=now)
"""
)
COMPARED = """SELECT (SELECT count(*) FROM activity WHERE verb = 'model.created') - (SELECT count(*) FROM ml_model),
(SELECT count(*) FROM ml_model) > 3"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_backup_under_load_is_one_moment(
    kind: str, request: pytest.FixtureRequest, migrated_home: Path, tmp_path: Path
):
    """Every model has exactly one entry in the log, and the chain holds, in each of two backups."""
    busy = Installation(Path(shutil.copytree(migrated_home, tmp_path / "busy")))
    if kind == "postgres":
        busy = Installation(busy.folder, request.getfixturevalue("postgres_url"))
        busy.must("migrate")
    writer = subprocess.Popen(
        [sys.executable, "-c", START + WRITE], env=busy.environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout.readline() == "ready\n"
        for number in range(2):
            busy.must("backup", str(tmp_path / f"{number}.tar.gz"))
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    assert len({content(tmp_path / f"{number}.tar.gz") for number in range(2)}) == 2
    for number in range(2):
        copy = Installation(Path(shutil.copytree(migrated_home, tmp_path / f"copy{number}")))
        assert "Verified" in copy.must("restore", str(tmp_path / f"{number}.tar.gz"), "--verify")
        assert copy.ask(COMPARED) == [(0, 1)]
