"""Writes an installation into one file, and fills an empty installation from it."""

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from throughline import __version__
from throughline.actions import installation as changes
from throughline.core.errors import Refused
from throughline.core.installation import Manifest, Tally, read_line, read_manifest
from throughline.core.permissions import Actor
from throughline.queries import installation

MANIFEST, ROWS, KEY, FILES = "manifest.json", "rows.jsonl", "secret-key", "attachments/"
LARGEST_MANIFEST = 1_000_000
BLOCK = 1 << 20


def write(target: Path, *, attachments: Path, key: Path | None, now: datetime) -> Manifest:
    """`key` is the installation's secret key, when it is to go along. The file appears only once it is whole."""
    if target.exists():
        raise Refused.of(f"{target} exists already.", remedy="Choose another name.")
    if not target.parent.is_dir():
        raise Refused.of(f"The folder {target.parent} does not exist.")
    has_key = key is not None and key.is_file()
    with _draft(target) as draft, tempfile.TemporaryFile("w+b", dir=target.parent) as rows:
        with installation.snapshot():
            manifest = _write_rows(rows, has_key=has_key, now=now)
            files = list(installation.attachments())
        with tarfile.open(draft, "w:gz", compresslevel=6) as archive:
            _add(archive, MANIFEST, manifest.as_text().encode(), now)
            _add_stream(archive, ROWS, rows, now)
            for name, digest, _ in files:
                _add_file(archive, attachments / name, FILES + name, digest)
            if key is not None and has_key:
                archive.add(key, KEY)
    return manifest


def _write_rows(rows: IO[bytes], *, has_key: bool, now: datetime) -> Manifest:
    tally = Tally()
    for table, text in installation.lines():
        tally.add(table, text)
        rows.write(text.encode() + b"\n")
    return Manifest(
        made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        made_by=__version__,
        schema=installation.schema(),
        content_hash=tally.content_hash,
        counts=tally.counts,
        has_secret_key=has_key,
    )


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """An interrupted backup must not look like one."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _add(archive: tarfile.TarFile, name: str, content: bytes, now: datetime) -> None:
    _add_stream(archive, name, io.BytesIO(content), now)


def _add_stream(archive: tarfile.TarFile, name: str, content: IO[bytes], now: datetime) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = content.seek(0, os.SEEK_END)
    entry.mtime = int(now.timestamp())
    entry.mode = 0o600
    content.seek(0)
    archive.addfile(entry, content)


def _add_file(archive: tarfile.TarFile, path: Path, name: str, digest: str) -> None:
    if not path.is_file():
        raise Refused.of(f"The attachment {path} is missing although the database names it.")
    if _sha256(path) != digest:
        raise Refused.of(f"The attachment {path} is not what was uploaded.")
    archive.add(path, name)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(source: Path, *, actor: Actor, attachments: Path, key: Path | None) -> Manifest:
    """Fills the empty installation. `key` is where the secret key belongs, when the archive's is to be taken."""
    with _opened(source) as archive, tempfile.TemporaryFile("w+b") as rows:
        manifest = _manifest(archive)
        installation.require_empty()
        expected = _check_rows(archive, rows, manifest)
        with _files_in_place(archive, attachments, expected):
            changes.load(actor=actor, lines=_texts(rows), expected_hash=manifest.content_hash)
        if key is not None and manifest.has_secret_key:
            _place_key(archive, key)
    return manifest


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    if not source.is_file():
        raise Refused.of(f"There is no file {source}.")
    try:
        with tarfile.open(source, "r:gz") as archive:
            yield archive
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Refused.of(f"{source} cannot be read as an archive: {error}.") from error


def _manifest(archive: tarfile.TarFile) -> Manifest:
    found = read_manifest(_member(archive, MANIFEST).read(LARGEST_MANIFEST).decode("utf-8", "replace"))
    if found.schema != installation.schema():
        raise Refused.of(
            f"The archive was made with the tables of {found.schema}, this version has {installation.schema()}.",
            remedy="Restore with the version that made it, then upgrade.",
        )
    return found


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        opened = archive.extractfile(name)
    except KeyError:
        opened = None
    if opened is None:
        raise Refused.of(f"The archive lacks {name}.")
    return opened


def _check_rows(archive: tarfile.TarFile, rows: IO[bytes], manifest: Manifest) -> dict[str, str]:
    """Reads the rows through once before anything is changed; returns the attachments that they name, with hashes."""
    shutil.copyfileobj(_member(archive, ROWS), rows, BLOCK)
    tally, files = Tally(), {}
    for text in _texts(rows):
        table, row = read_line(text)
        tally.add(table, text)
        if table == installation.ATTACHMENT_TABLE:
            files[_opaque(row.get("id"))] = str(row.get("sha256"))
    if tally.content_hash != manifest.content_hash or tally.counts != manifest.counts:
        raise Refused.of("The rows in the archive are damaged: they do not have the hash it states.")
    return files


def _opaque(key: object) -> str:
    """Attachments lie under their ids; nothing else may become the name of a file."""
    try:
        return str(uuid.UUID(str(key)))
    except ValueError as error:
        raise Refused.of(f"The archive holds an attachment with the id {key!r}.") from error


def _texts(rows: IO[bytes]) -> Iterator[str]:
    rows.seek(0)
    for text in rows:
        yield text.decode("utf-8", "surrogateescape").removesuffix("\n")


@contextmanager
def _files_in_place(archive: tarfile.TarFile, attachments: Path, expected: dict[str, str]) -> Iterator[None]:
    """The files are there before the rows that name them, and are taken away again when the rows are refused."""
    placed: list[Path] = []
    with tempfile.TemporaryDirectory(dir=attachments.parent, prefix=".restoring-") as folder:
        _unpack(archive, Path(folder), expected)
        try:
            for name in expected:
                # A link, unlike a move, never replaces what is there.
                os.link(Path(folder) / name, attachments / name)
                placed.append(attachments / name)
            yield
        except BaseException as error:
            for path in placed:
                path.unlink()
            if isinstance(error, FileExistsError):
                raise Refused.of(
                    f"The attachment {error.filename2} exists already. Nothing was changed."
                ) from error
            raise


def _unpack(archive: tarfile.TarFile, folder: Path, expected: dict[str, str]) -> None:
    """Names are taken as labels only: whatever the rows do not name is refused."""
    for entry in archive.getmembers():
        if not entry.name.startswith(FILES):
            continue
        name = entry.name.removeprefix(FILES)
        if not entry.isfile() or name not in expected or "/" in name:
            raise Refused.of(f"The archive holds {entry.name!r}, which is not an attachment of its rows.")
        with (folder / name).open("wb") as out:
            shutil.copyfileobj(_member(archive, entry.name), out, BLOCK)
    for name, digest in expected.items():
        if not (folder / name).is_file() or _sha256(folder / name) != digest:
            raise Refused.of(f"The attachment {name} is missing from the archive or damaged in it.")


def _place_key(archive: tarfile.TarFile, key: Path) -> None:
    content = _member(archive, KEY).read(LARGEST_MANIFEST)
    draft = key.with_name(key.name + ".restored")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(key)


def problems(manifest: Manifest, anchors: dict[int, str]) -> list[str]:
    """What is wrong with the installation after a restore: content, database, log. Nothing, when all is well."""
    tally = Tally()
    with installation.snapshot():
        for table, text in installation.lines():
            tally.add(table, text)
    found = installation.store_problems()
    if tally.content_hash != manifest.content_hash:
        found.append("The content is not the content of the archive.")
    chain = installation.chain(anchors)
    if not chain.is_whole:
        found.append(chain.problem)
    return found
