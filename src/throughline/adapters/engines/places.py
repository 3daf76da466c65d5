"""Finds the files that a place names, only below the folders that the installation allows, links resolved."""

import glob
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from throughline.adapters.engines.base import EngineFailed
from throughline.core.places import SUFFIXES, FileFormat, Place, PlaceKind

MAX_FILES = 10_000
_HIDDEN = (".", "_")  # what Spark and others leave beside the data: _SUCCESS, ._crc
_PACKED = (".gz", ".zst")


@dataclass(frozen=True)
class Files:
    """Real paths of regular files, sorted; `base` is the folder that was named, or that of the one file."""

    paths: tuple[Path, ...]
    format: FileFormat
    base: Path


def find_files(place: Place, *, folders: Sequence[Path], table: str = "") -> Files:
    """The files of `place`; `table` stands for `{model}` in its path. Raises `EngineFailed`, saying why and what now.

    The path is relative to one of `folders`, or absolute within one. A folder is searched through; `*`, `?` and `[…]`
    match within one level, `**` through all. Whatever leads out of the folders, by `..` or a link, is refused.
    """
    if not folders:
        raise EngineFailed(
            "No folder with data is allowed on this installation.",
            "Ask the administrator to set THROUGHLINE_DATA_FOLDERS, or upload the file.",
        )
    pattern = _pattern(place.path, table)
    roots = [Path(folder).resolve() for folder in folders]
    found = _within(_expanded(pattern, roots), roots, pattern)
    return Files(tuple(found), _format(place, found), _base(pattern, found, roots))


def _pattern(path: str, table: str) -> str:
    if "\0" in path or "\0" in table:
        raise EngineFailed("The path holds a character that no path can hold.")
    for name in ("{model}", "{table}", "{object}", "${model}", "${table}"):
        if name in path and (not table or "/" in table or table in (".", "..")):
            raise EngineFailed(
                f"“{table[:60]}” cannot be the name of a file.", "Give each table its own path."
            )
    for name in ("${model}", "${table}", "{model}", "{table}", "{object}"):
        path = path.replace(name, glob.escape(table))
    if "://" in path:
        raise EngineFailed(
            f"“{path[:200]}” lies in a remote store, which is not read from this machine.",
            "Choose the engine that holds it (Spark, Trino, Snowflake, BigQuery, Databricks).",
        )
    if ".." in Path(path).parts:
        raise EngineFailed("The path climbs with “..”.", "Write the path without it.")
    return path


def _expanded(pattern: str, roots: Sequence[Path]) -> list[Path]:
    """What the pattern names, below the first root that has it. Folders are searched through."""
    candidates = [pattern] if Path(pattern).is_absolute() else [str(root / pattern) for root in roots]
    for candidate in candidates:
        if not any(Path(candidate).is_relative_to(root) for root in roots):
            raise _outside(pattern)  # before looking, so that nobody learns what lies elsewhere
        matches = [candidate] if Path(candidate).exists() else sorted(glob.iglob(candidate, recursive=True))  # noqa: PTH207  a pattern may be absolute
        found: list[Path] = []
        for match in matches[: MAX_FILES + 1]:
            found += _files_below(Path(match))
        if len(found) > MAX_FILES:
            raise EngineFailed(f"“{pattern[:200]}” names more than {MAX_FILES:,} files.", "Name fewer.")
        if found:
            return found
    raise EngineFailed(
        f"There is no data file at “{pattern[:200]}”.",
        "Check the path; it is looked for below the allowed folders.",
    )


def _files_below(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found: list[Path] = []
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(name for name in inner if not name.startswith(_HIDDEN))
        found += [Path(folder) / name for name in sorted(names) if not name.startswith(_HIDDEN)]
        if len(found) > MAX_FILES:
            break
    known = [file for file in found if _suffix_format(file)]
    return known or found


def _within(found: Iterable[Path], roots: Sequence[Path], pattern: str) -> list[Path]:
    real: list[Path] = []
    for path in found:
        resolved = path.resolve()
        if not any(resolved.is_relative_to(root) for root in roots):
            raise _outside(pattern)
        try:
            mode = resolved.stat().st_mode
        except OSError as error:
            raise EngineFailed(f"“{path.name[:100]}” cannot be read: {error.strerror}.") from None
        if not stat.S_ISREG(mode):
            raise EngineFailed(f"“{path.name[:100]}” is not an ordinary file.")
        real.append(resolved)
    return sorted(set(real))


def _outside(pattern: str) -> EngineFailed:
    return EngineFailed(
        f"“{pattern[:200]}” leads out of the folders that may be read.",
        "Move the data below one of THROUGHLINE_DATA_FOLDERS, or have its folder added there.",
    )


def _format(place: Place, found: Sequence[Path]) -> FileFormat:
    """As the place says, else as the endings say; the endings of one table must agree."""
    if place.format:
        return place.format
    if place.kind is PlaceKind.DUCKDB:
        return FileFormat.PARQUET  # of no meaning: a database is one file
    formats = {_suffix_format(path) for path in found}
    if len(formats) > 1:
        raise EngineFailed("The files are of different kinds.", "Name those of one kind, such as *.parquet.")
    form = formats.pop()
    if form is None:
        raise EngineFailed(
            f"“{found[0].name[:100]}” does not say by its ending what it is.", "Choose csv, parquet or json."
        )
    return form


def _suffix_format(path: Path) -> FileFormat | None:
    name = path.name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return next((form for suffix, form in SUFFIXES.items() if name.endswith(suffix)), None)


def _base(pattern: str, found: Sequence[Path], roots: Sequence[Path]) -> Path:
    for root in roots:
        named = Path(pattern) if Path(pattern).is_absolute() else root / pattern
        if named.is_dir():
            return named.resolve()
    return found[0].parent
