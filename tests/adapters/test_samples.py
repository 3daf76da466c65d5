"""Samples of output are read as text within limits, or refused with a reason; nothing in them is run."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.adapters import samples
from throughline.adapters.samples import read_sample
from throughline.core.errors import Refused
from throughline.core.fingerprints import fingerprint
from throughline.core.outputs import Sample


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def read(folder: Path, content: bytes) -> Sample:
    path = folder / "stored"
    path.write_bytes(content)
    return read_sample(path)


def refused(folder: Path, content: bytes) -> str:
    with pytest.raises(Refused) as refusal:
        read(folder, content)
    assert (refusal.value.kind, refusal.value.reasons[0].field) == ("invalid", "file")
    return str(refusal.value)


def parquet(folder: Path, select: str) -> bytes:
    import duckdb

    path = folder / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_text_table_is_read_whatever_its_encoding_and_delimiter(
    folder: Path, encoding: str, delimiter: str
) -> None:
    lines = [f"Künde{delimiter}score", *(f"Müller {n}{delimiter}0.{n}" for n in range(20))]
    found = read(folder, "\r\n".join(lines).encode(encoding))
    assert found.columns == ("Künde", "score")
    assert (found.rows[7], found.total) == (("Müller 7", "0.7"), 20)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_of_a_long_file_the_first_rows_are_read_wherever_its_head_ends(
    folder: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    cell = "é" if encoding == "utf-16-le" else "é😀"
    content = ("a,b\n" + f"{cell},2\n" * 5_000).encode(encoding)
    for size in range(4_000, 4_012):
        monkeypatch.setattr(samples, "HEAD_BYTES", size * 2)
        found = read(folder, content)
        assert (len(found.rows), set(found.rows), found.total) == (200, {(cell, "2")}, None)


def test_two_hundred_rows_are_counted_and_one_more_is_not_shown(folder: Path) -> None:
    assert read(folder, b"a\n" + b"1\n" * 200).total == 200
    found = read(folder, b"a\n" + b"1\n" * 201)
    assert (len(found.rows), found.total) == (200, None)


def test_html_and_formulas_stay_the_text_that_they_are(folder: Path) -> None:
    found = read(folder, b'a,b\n<script>alert(1)</script>,"=HYPERLINK(""x"")"\n')
    assert found.rows == (("<script>alert(1)</script>", '=HYPERLINK("x")'),)


def test_what_no_database_keeps_is_replaced_and_long_cells_are_cut(folder: Path) -> None:
    found = read(folder, b"a,b\nx\x07y," + b"z" * 400 + b"\n")
    assert found.rows[0][0] == "x y"
    assert (len(found.rows[0][1]), found.notes) == (300, ("1 cell is cut after 300 characters.",))


def test_rows_too_long_to_show_are_fewer_and_said_to_be(folder: Path) -> None:
    wide = b",".join([b"x" * 300] * 100) + b"\n"
    found = read(folder, wide * 50)
    assert len(found.rows) == 16
    assert found.notes == ("Only 16 rows are shown, because they are long.",)


def test_parquet_is_read_with_every_type_as_text(folder: Path) -> None:
    content = parquet(
        folder,
        "SELECT i AS id, 'é <b>' AS name, NULL::INT AS nothing, [1, 2] AS list, DATE '2026-03-02' AS day,"
        " 'nan'::DOUBLE AS score FROM range(1000) r(i)",
    )
    found = read(folder, content)
    assert found.columns == ("id", "name", "nothing", "list", "day", "score")
    assert (len(found.rows), found.total) == (200, 1_000)
    assert found.rows[1] == ("1", "é <b>", "", "[1, 2]", "2026-03-02", "nan")


def test_reading_parquet_reaches_no_other_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings hold: the same connection, asked for something else, refuses."""
    import duckdb

    other = folder / "other.csv"
    other.write_text("secret\n1\n")
    kept = []
    original = samples._queried

    def spied(connection: duckdb.DuckDBPyConnection, copy: Path) -> Sample:
        found = original(connection, copy)
        for attempt in (
            f"SELECT * FROM read_csv('{other}')",
            "SET enable_external_access=true",
            "INSTALL httpfs",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(attempt)
            kept.append(attempt)
        return found

    monkeypatch.setattr(samples, "_queried", spied)
    read(folder, parquet(folder, "SELECT 1 AS a"))
    assert len(kept) == 3


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n", "picture"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\x1f\x8brest", "packed"),
        (b"<!doctype html><html></html>", "web page"),
        (b"\x00\x01\x02\x03\x00\xff" * 50, "not a text file"),
        (b"a,b\n", "no rows"),
        (b"\n\n", "no table"),
        (b",".join([b"c"] * 201) + b"\n1\n", "201 columns"),
        (b'a,b\n1,"open\n', "never closed"),
        (b"PAR1", "cannot be read"),
        (b"PAR1" + b"\xff" * 500 + b"PAR1", "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_by_name(folder: Path, content: bytes, word: str) -> None:
    assert word in refused(folder, content)


def test_a_damaged_or_cut_parquet_file_is_refused_without_a_path(folder: Path) -> None:
    whole = parquet(folder, "SELECT i, i::VARCHAR AS t FROM range(5000) r(i)")
    for content in (whole[:-40], whole[:3000] + b"\xff" * 200 + whole[3200:]):
        said = refused(folder, content)
        assert "/" not in said.replace("; ", "")
    assert "201 columns" in refused(
        folder, parquet(folder, "SELECT " + ", ".join(f"1 AS c{n}" for n in range(201)))
    )


def test_a_workbook_is_not_taken_for_a_table(folder: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
    assert "CSV or Parquet" in refused(folder, file.getvalue())


@settings(deadline=None, max_examples=150)
@given(content=st.binary(max_size=300))
def test_no_bytes_fail_otherwise_than_by_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    try:
        found = read(tmp_path_factory.getbasetemp(), content)
    except Refused as refusal:
        assert refusal.kind == "invalid"  # noqa: PT017
    else:
        assert fingerprint(found.to_plain())


@settings(deadline=None, max_examples=60)
@given(place=st.integers(0, 2_000), junk=st.binary(min_size=1, max_size=30))
def test_a_spoiled_parquet_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, junk: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole = parquet(folder, "SELECT i, i::VARCHAR AS t FROM range(300) r(i)")
    place %= len(whole)
    try:
        found = read(folder, whole[:place] + junk + whole[place + len(junk) :])
    except Refused as refusal:
        assert refusal.kind == "invalid"  # noqa: PT017
    else:
        assert fingerprint(found.to_plain())
