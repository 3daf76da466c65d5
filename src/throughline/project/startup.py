"""Prepares an installation before anything serves it: folders, key, schema, static files."""

import contextlib
import fcntl
import hashlib
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from throughline.project import config as configuration
from throughline.project.config import Config

SETTINGS = "throughline.project.settings"
PREPARE_LOCK = 7_283_101  # any number, the same in every process that shares the store


class CannotStart(Exception):
    """The installation cannot be started; the text says why and what to do."""


def load_config() -> Config:
    """Reads the settings, warns of names that are none, and makes what must be there before Django loads."""
    for sentence in configuration.unknown_names(os.environ):
        print(f"Warning: {sentence}", file=sys.stderr)
    config = configuration.load()
    # Whatever is written from here on, the database too, is for its owner alone.
    os.umask(0o077)
    make_folders(config)
    if not config.secret_key:
        make_key(config.secret_key_path)
    return config


def make_folders(config: Config) -> None:
    try:
        config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        (config.data_dir / "attachments").mkdir(exist_ok=True, mode=0o700)
        (config.data_dir / "static").mkdir(exist_ok=True)
        if config.database.is_sqlite:
            Path(config.database.name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CannotStart(f"The folder {error.filename} cannot be made: {error.strerror}.") from error


def make_key(path: Path) -> None:
    """Of several processes that start at once, exactly one makes the key: a link never overwrites."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def require_free_address(config: Config) -> None:
    address, port = config.bind
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise CannotStart(
                f"Nothing can be served at {address}:{port}: {error.strerror}. "
                "Stop what runs there, or choose another port with THROUGHLINE_BIND."
            ) from error


def start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()


def refuse_undeclared() -> None:
    from django.core.checks import ERROR, run_checks

    serious = [problem for problem in run_checks() if problem.level >= ERROR]
    if serious:
        raise CannotStart("\n".join(f"{problem.msg} {problem.hint or ''}" for problem in serious))


def migrate(config: Config, *, verbosity: int = 0) -> list[str]:
    """Brings the schema up to date, one process at a time; returns the migrations that were run."""
    from throughline.project import health

    with only_one(config):
        newer = health.unknown_migrations()
        if newer:
            raise CannotStart(
                f"This database belongs to a newer Throughline (it has had {newer[-1]}). "
                "Nothing was changed. Start the newer version, or restore an older backup."
            )
        pending = health.pending_migrations()
        if pending:
            from django.core.management import call_command

            call_command("migrate", interactive=False, verbosity=verbosity)
    return pending


@contextlib.contextmanager
def only_one(config: Config) -> Iterator[None]:
    """Several processes may start on one empty store; the others wait here."""
    if config.database.is_sqlite:
        with (config.data_dir / "prepare.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARE_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARE_LOCK])


def collect_static(config: Config) -> bool:
    """Copies the static files under hashed names, when any of them has changed; says whether it did."""
    from django.core.management import call_command

    stamp = config.data_dir / "static" / "collected"
    state = static_state()
    if stamp.exists() and stamp.read_text() == state:
        return False
    with only_one_collects(config):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(state)
    return True


def static_state() -> str:
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda item: item[0]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@contextlib.contextmanager
def only_one_collects(config: Config) -> Iterator[None]:
    with (config.data_dir / "collect.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
