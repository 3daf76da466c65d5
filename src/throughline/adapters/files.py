"""Stores attachments under opaque ids; a name that came with a file is only a label."""

import hashlib
import os
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from throughline.core.errors import Refused


@dataclass(frozen=True)
class StoredFile:
    id: uuid.UUID
    name: str
    size: int
    sha256: str


def store(root: Path, name: str, chunks: Iterable[bytes], *, max_bytes: int) -> StoredFile:
    """Writes the file beside its place, then moves it there, so that no half file is ever found under an id."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    file_id = uuid.uuid4()
    part = root / f".{file_id}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            for chunk in chunks:
                size += len(chunk)
                if size > max_bytes:
                    raise Refused.field(
                        "file",
                        f"The file is larger than {max_bytes // 1_000_000} MB.",
                        "Attach a link instead.",
                    )
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if not size:
            raise Refused.field("file", "The file is empty.", "Choose another file.")
        part.rename(path_of(root, file_id))
    finally:
        part.unlink(missing_ok=True)
    return StoredFile(file_id, label(name), size, digest.hexdigest())


def path_of(root: Path, file_id: uuid.UUID) -> Path:
    return root / str(file_id)


def label(name: str) -> str:
    """A harmless form of a file's name, for showing and for the download header."""
    last = re.split(r"[\\/]", name)[-1]
    cleaned = re.sub(r"[^\w. ()+-]", "_", last).strip(" .")
    return cleaned[-150:] or "file"
