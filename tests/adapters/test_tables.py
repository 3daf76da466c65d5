"""Portfolio files of every make become one table, or are refused with a reason."""

import gzip
import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.adapters import tables, workbooks
from throughline.adapters.tables import read_table
from throughline.core.errors import Refused
from throughline.core.imports.tables import Table

PLAIN = "Name,Stage,Note\r\nChurn,Live,a\r\nFraud,Idea,b\r\n"


def read(content: str | bytes, name: str = "portfolio.csv", **choices: str) -> Table:
    return read_table(content if isinstance(content, bytes) else content.encode(), name, **choices)


def rows(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def refused(content: str | bytes, **choices: str) -> str:
    with pytest.raises(Refused) as refusal:
        read(content, **choices)
    assert refusal.value.kind == "invalid"
    return str(refusal.value.reasons[0])


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("latin-1", "ISO-8859-1"),
    ],
)
def test_the_encoding_is_found(encoding, found):
    table = read("Name,Stage\r\nRésumé sorter,Live\r\nÜberwachung,Idea\r\n".encode(encoding))
    assert rows(table) == [("Résumé sorter", "Live"), ("Überwachung", "Idea")]
    assert table.source.encoding == found
    assert any(found.removeprefix("ISO-") in note for note in table.notes)


def test_windows_quotes_and_dashes_become_real_signs():
    table = read("Name,Stage\r\nAgency’s “tool” – new,Live\r\n".encode("cp1252"))
    assert table.column("Name") == ("Agency’s “tool” – new",)
    assert table.source.encoding == "Windows-1252"
    assert any("0x92 → ’" in note for note in table.notes)


def test_a_stray_windows_byte_does_not_spoil_a_utf8_file():
    table = read("Name,Stage\r\nRésumé, é,Live\r\n".encode().replace(b"Live", b"It\x92s live"))
    assert table.rows[0].cells[0] == "Résumé"
    assert "It’s live" in table.rows[0].cells
    assert any("1 stray bytes" in note for note in table.notes)


def test_other_alphabets_are_read_or_can_be_told():
    text = "Имя,Стадия\r\n" + "Предсказание оттока клиентов банка,Эксплуатация системы\r\n" * 40
    assert (
        read(text.encode("cp1251"), encoding="cp1251").rows[0].cells[0]
        == "Предсказание оттока клиентов банка"
    )
    assert read(text.encode("cp1251")).rows[0].cells[0] == "Предсказание оттока клиентов банка"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_even_among_others_in_the_text(delimiter):
    lines = [
        ["Name", "Stage", "Note"],
        ["A", "Live", '"one; two, three | four"'],
        ["B", "Idea", '"a, b, c; d"'],
    ]
    table = read("\n".join(delimiter.join(line) for line in lines))
    assert table.source.delimiter == delimiter
    assert table.header == ("Name", "Stage", "Note")
    assert table.column("Note") == ("one; two, three | four", "a, b, c; d")


def test_a_delimiter_that_the_file_or_the_person_names_is_taken():
    assert read("sep=;\r\nA;B\r\n1,2;3\r\n").header == ("A", "B")
    assert read("A,B;C\n1,2;3\n", delimiter=";").header == ("A,B", "C")
    assert "delimiter" in refused("A,B\n1,2\n", delimiter="x")


def test_quoted_line_breaks_stay_inside_their_cell_and_lines_are_counted():
    table = read('Name,Note\r\nA,"one\r\ntwo"\r\nB,x\r\n')
    assert table.column("Note") == ("one\ntwo", "x")
    assert [row.line for row in table.rows] == [2, 4]


def test_a_quotation_mark_that_is_never_closed_is_refused_and_located():
    assert "line 3" in refused('Name,Note\r\nA,fine\r\nB,"open\r\nC,x\r\n')
    assert rows(read('Name,Note\r\nA,"closed"')) == [("A", "closed")]


def test_a_single_column_is_a_table():
    assert rows(read("Name\nChurn\nFraud\n")) == [("Churn",), ("Fraud",)]


def test_a_gzipped_file_reads_like_a_plain_one():
    assert rows(read(gzip.compress(PLAIN.encode()))) == rows(read(PLAIN))


def test_bombs_and_damage_are_refused_before_they_unfold(monkeypatch):
    monkeypatch.setattr(tables, "MAX_UNPACKED", 1024**2)
    assert "MiB" in refused(gzip.compress(b"A,B\n" * 1_000_000))
    assert "damaged" in refused(gzip.compress(PLAIN.encode())[:-9])
    assert "twice" in refused(gzip.compress(gzip.compress(PLAIN.encode())))


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 10)
    assert "too large" in refused(PLAIN)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "password"),
        (b"<!doctype html><html></html>", "web page"),
        (b"PK\x03\x04rest", "damaged"),
        (b"\x00\x01\x02\x03\x00\xff" * 50, "not a text file"),
        (b"Name,Stage\n", "no rows"),
    ],
)
def test_other_files_are_refused_by_name(content, word):
    assert word in refused(content)


@pytest.mark.parametrize("encoding", ["no-such", "base64", "rot13", "utf\0"])
def test_an_encoding_that_is_none_is_refused(encoding):
    assert "encoding" in refused(PLAIN, encoding=encoding)


def test_a_told_encoding_that_does_not_fit_is_refused():
    assert "not ascii throughout" in refused("Näme\nx\n", encoding="ascii")


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_fail_otherwise_than_by_refusal(content):
    try:
        table = read(content)
    except Refused as refusal:
        assert refusal.kind == "invalid"  # noqa: PT017
    else:
        assert table.rows


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]), max_size=8), min_size=2, max_size=2
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_a_csv_writer_writes_is_read_back(records):
    import csv

    file = io.StringIO()
    csv.writer(file).writerows([["Name", "Note"], *([f"n{cell}" for cell in record] for record in records)])
    assert rows(read(file.getvalue(), encoding="utf-8", delimiter=",")) == [
        tuple(f"n{cell}" for cell in record) for record in records
    ]


def workbook(*records: tuple[object, ...], **sheets: list[tuple[object, ...]]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for record in records:
        book.active.append(record)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for record in content:
            sheet.append(record)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_reads_with_dates_in_iso_form_and_whole_numbers():
    table = read(workbook(
        ("Name", "Since", "At", "Count", "Share", "Live"),
        ("A", date(2024, 5, 1), datetime(2024, 5, 1, 9, 30), 3.0, 0.25, True),
        ("B", date(1905, 7, 11), None, 2019, "TBD", False),
    ))  # fmt: skip
    assert rows(table) == [
        ("A", "2024-05-01", "2024-05-01 09:30:00", "3", "0.25", "TRUE"),
        ("B", "1905-07-11", "", "2019", "TBD", "FALSE"),
    ]
    assert (table.source.format, table.source.sheet) == ("xlsx", "Sheet")


def test_a_sheet_is_chosen_by_content_or_by_name():
    content = workbook(Portfolio=[("Name", "Stage"), ("A", "Live")], Other=[("X", "Y"), ("1", "2")])
    assert read(content).source.sheet == "Portfolio"
    assert any("Other" in note for note in read(content).notes)
    assert read(content, sheet="Other").header == ("X", "Y")
    assert "no sheet" in refused(content, sheet="Nowhere")


def test_formulas_without_a_stored_value_are_named():
    table = read(workbook(("Name", "Total"), ("A", "=1+1")))
    assert rows(table) == [("A", "")]
    assert any("1 formulas have no stored value" in note for note in table.notes)


def test_a_workbook_bomb_is_refused_by_its_declared_size(monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 10_000)
    assert "exceeds" in refused(workbook(("Name",), *[(f"model {number}",) for number in range(2000)]))
    monkeypatch.setattr(workbooks, "MAX_ENTRIES", 3)
    assert "parts" in refused(workbook(("Name",), ("A",)))


def test_a_workbook_with_xml_entities_is_refused():
    attack = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet>&e;</worksheet>'
    content, changed = workbook(("Name",), ("A",)), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, attack if "sheet1" in entry.filename else old.read(entry))
    assert "entities" in refused(changed.getvalue())


def test_an_archive_that_is_no_workbook_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("notes.txt", "x")
    assert "not an Excel workbook" in refused(file.getvalue())


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 6000), st.binary(min_size=1, max_size=30))
def test_a_spoiled_workbook_is_read_or_refused(place, junk):
    content = workbook(("Name", "Stage"), ("A", "Live"))
    place %= len(content)
    try:
        assert read(content[:place] + junk + content[place + len(junk) :]).header
    except Refused as refusal:
        assert refusal.kind == "invalid"  # noqa: PT017
