"""Only files below the allowed folders are found: no `..`, link, pattern or name of a table leads out."""

from pathlib import Path

import pytest

from throughline.adapters.engines.base import EngineFailed, TableMissing
from throughline.adapters.engines.places import find_files
from throughline.core.places import FileFormat, Place, PlaceKind


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "parts" / "year=2026").mkdir(parents=True)
    outside.mkdir()
    for path in (inside / "a.csv", inside / "b.csv", outside / "secret.csv", inside / "c.parquet"):
        path.write_text("x\n1\n")
    for name in ("year=2026/1.parquet", "_SUCCESS", ".x.csv"):
        (inside / "parts" / name).write_text("")
    (inside / "link.csv").symlink_to(outside / "secret.csv")
    (inside / "door").symlink_to(outside)
    (inside / "within.csv").symlink_to(inside / "a.csv")
    return inside


def names(path: str, folder: Path, table: str = "", form: FileFormat | None = None) -> list[str]:
    found = find_files(Place(PlaceKind.FILES, path=path, format=form), folders=[folder], table=table)
    return [one.name for one in found.paths]


def test_a_file_a_pattern_a_folder_and_a_table_are_found(folder: Path) -> None:
    assert names("a.csv", folder) == ["a.csv"]
    assert names("[ab].csv", folder) == ["a.csv", "b.csv"]
    assert names(str(folder / "a.csv"), folder) == ["a.csv"]
    assert names("parts", folder) == ["1.parquet"]
    assert names("{model}.csv", folder, "b") == ["b.csv"]
    assert names("within.csv", folder) == ["a.csv"]


def test_the_ending_says_the_format_unless_the_place_does(folder: Path) -> None:
    place = Place(PlaceKind.FILES, path="a.csv")
    assert find_files(place, folders=[folder]).format is FileFormat.CSV
    with pytest.raises(EngineFailed, match="different kinds"):
        names("[abc].*", folder)


@pytest.mark.parametrize(
    "path",
    [
        "../outside/secret.csv",
        "parts/../../outside/secret.csv",
        "link.csv",
        "door/secret.csv",
        "door",
        "*.csv",  # one of them is the link
        "door/*.csv",
        "/etc/passwd",
        "/etc/*",
        "s3://bucket/x.parquet",
        "http://127.0.0.1/x.csv",
        "a.csv\0.parquet",
    ],
)
def test_nothing_outside_is_read(folder: Path, path: str) -> None:
    with pytest.raises(EngineFailed):
        names(path, folder)


@pytest.mark.parametrize("table", ["..", "../outside/secret", "a/b", "", "x\0"])
def test_the_name_of_a_table_is_no_way_out(folder: Path, table: str) -> None:
    with pytest.raises(EngineFailed):
        names("{model}.csv", folder, table)


def test_a_table_named_like_a_pattern_is_only_itself(folder: Path) -> None:
    with pytest.raises(TableMissing):
        names("{model}.csv", folder, "*")


def test_what_lies_outside_is_not_told_apart_from_what_does_not_exist(folder: Path) -> None:
    for path in ("/etc/passwd", "/etc/no-such-file"):
        with pytest.raises(EngineFailed, match="leads out of the folders"):
            names(path, folder)


def test_without_folders_nothing_is_read() -> None:
    with pytest.raises(EngineFailed, match="THROUGHLINE_DATA_FOLDERS"):
        find_files(Place(PlaceKind.FILES, path="a.csv"), folders=[])
