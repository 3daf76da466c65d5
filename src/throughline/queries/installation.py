"""Reads a whole installation: every row in its portable form, and whether the log and the store are whole."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from throughline.core.activity import Chain, Entry, verify
from throughline.core.errors import Refused
from throughline.core.installation import line
from throughline.records.activity import Activity, ChainHead
from throughline.records.evidence import Attachment
from throughline.records.people import Person
from throughline.records.portfolio import MLModel, Program

CHUNK = 2_000
SHA256_LETTERS = 64
ATTACHMENT_TABLE = Attachment._meta.db_table


def tables() -> dict[str, type[models.Model]]:
    """What belongs to an installation, by table name. Sessions do not: after a restore people sign in again."""
    ours = list(apps.get_app_config("records").get_models(include_auto_created=True))
    return {model._meta.db_table: model for model in sorted([*ours, EmailAddress, SocialAccount], key=_table)}


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table


@contextmanager
def snapshot() -> Iterator[None]:
    """All reads inside see one and the same moment, and nobody who writes has to wait for them."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # Not `atomic`, which would take the lock of the writers.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def lines() -> Iterator[tuple[str, str]]:
    """Every row as (table, canonical line), in an order that both databases agree on."""
    for table, model in tables().items():
        names = [field.attname for field in model._meta.concrete_fields]
        for row in _rows(model, names):
            yield table, line(table, dict(zip(names, row, strict=True)))


def _rows(model: type[models.Model], names: list[str]) -> Iterator[tuple[object, ...]]:
    key = model._meta.pk
    rows = model._base_manager.values_list(*names)
    if isinstance(key, models.CharField):
        # Databases sort text by their own rules; the few tables with text keys are small.
        place = names.index(key.attname)
        return iter(sorted(rows, key=lambda row: str(row[place])))
    return rows.order_by("pk").iterator(chunk_size=CHUNK)


def schema() -> str:
    """The last migration of our own tables that this database has had."""
    ours = [name for app, name in MigrationRecorder(connection).applied_migrations() if app == "records"]
    return max(ours, default="none")


def require_empty() -> None:
    if Person.objects.exists() or Program.objects.exists() or Activity.objects.exists():
        raise Refused.of(
            "This installation is not empty. Nothing was changed.",
            remedy="Restore into a new data folder (THROUGHLINE_DATA_DIR) or a new database "
            "(THROUGHLINE_DATABASE_URL), before the server is first started there.",
        )


def administrator_never_seen() -> int | None:
    """The administrator of the first start, while nobody else is there and the one-time link was not used."""
    people = list(Person.objects.filter(is_service=False, is_sample=False)[:2])
    if len(people) != 1 or people[0].last_login is not None or people[0].has_usable_password():
        return None
    return people[0].pk if people[0].is_admin else None


def attachments() -> Iterator[tuple[str, str, int]]:
    """Each stored file as (name in the attachments folder, SHA-256, size in bytes)."""
    for key, digest, size in Attachment.objects.order_by("pk").values_list("id", "sha256", "size"):
        yield str(key), digest, size


def chain(anchored: Mapping[int, str] | None = None) -> Chain:
    """Walks the whole log. The stored head counts as an anchor, so that a tail cut off shows by itself."""
    heads = dict(anchored or {})
    head = ChainHead.objects.first()
    if head is not None and head.seq:
        heads.setdefault(head.seq, head.hash)
    return verify(_entries(), anchored=heads)


def anchors(file: Path) -> dict[int, str]:
    """Heads that were written down outside, by entry number. Raises `Refused` when the file is not ours."""
    if not file.exists():
        return {}
    found: dict[int, str] = {}
    for number, text in enumerate(file.read_text(encoding="ascii", errors="replace").splitlines(), start=1):
        parts = text.split()
        if len(parts) != 3 or not parts[0].isdecimal() or len(parts[1]) != SHA256_LETTERS:
            raise Refused.of(f"Line {number} of {file} is not an anchor of the activity log.")
        found[int(parts[0])] = parts[1]
    return found


def _entries() -> Iterator[Entry]:
    names = ("seq", "at", "actor", "door", "verb", "program_id", "model_id", "body", "previous", "hash")
    for row in Activity.objects.order_by("seq").values_list(*names).iterator(chunk_size=CHUNK):
        yield Entry(*row)


def head() -> tuple[int, str]:
    """Number and hash of the log's last entry; zero when there is none."""
    found = ChainHead.objects.first()
    return (found.seq, found.hash) if found else (0, "")


def census() -> dict[tuple[str, str], int]:
    """How many models stand where, over all programs, by stage and standing."""
    counted = MLModel.objects.order_by().values_list("stage", "standing").annotate(count=models.Count("pk"))
    return {(stage, standing): count for stage, standing, count in counted}


def store_problems() -> list[str]:
    """What the database itself finds wrong: damaged pages and references that lead nowhere."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(20)")
        damaged = [str(row[0]) for row in cursor.fetchall() if row[0] != "ok"]
        cursor.execute("PRAGMA foreign_key_check")
        dangling = [f"{row[0]}, row {row[1]}, points at a missing {row[2]}" for row in cursor.fetchmany(20)]
    return damaged + dangling
