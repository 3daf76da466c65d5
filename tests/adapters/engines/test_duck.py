"""DuckDB reads what it is given with its own types, and can reach nothing else."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.adapters.engines.executed import document, on_file, outcomes, run
from throughline.adapters.engines.base import EngineDown, EngineFailed, Limits
from throughline.adapters.engines.duck import open_files
from throughline.core.places import FileFormat, Place, PlaceKind


def opened(path: Path, statement: str, **more: object) -> list[tuple[object, ...]]:
    place = Place(more.pop("kind", PlaceKind.FILES), path=path.name)  # type: ignore[arg-type]
    with open_files(place, folders=[path.parent], memory_mb=320, seconds=20, **more) as data:  # type: ignore[arg-type]
        return data.rows(statement.format(source=data.source))


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text('id;name\n1;"a;b"\n2;\n3;""\n')
    return path


def test_csv_is_read_as_text_with_its_own_delimiter(csv: Path) -> None:
    assert opened(csv, "SELECT * FROM {source}") == [("1", "a;b"), ("2", None), ("3", "")]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "ATTACH '/tmp/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access=true",
        "SET memory_limit='10GB'",
        "COPY (SELECT 1) TO '/tmp/throughline-stolen.csv'",
        "SELECT * FROM read_csv('http://127.0.0.1/x.csv')",
        "SELECT * FROM glob('/*')",
    ],
)
def test_the_connection_reaches_nothing_else(csv: Path, statement: str) -> None:
    with pytest.raises(EngineFailed):
        opened(csv, statement)
    assert not Path("/tmp/throughline-stolen.csv").exists()


def test_a_view_in_a_database_file_reaches_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        connection.execute(f"CREATE VIEW v AS SELECT * FROM read_csv('{tmp_path}/other.csv')")
    columns: list[dict[str, object]] = [{"name": "a", "logicalType": "integer", "physicalType": "integer"}]
    place = Place(PlaceKind.DUCKDB, path=path.name)
    assert set(outcomes(run(document(columns), place, folders=[tmp_path])).values()) == {"passed"}
    columns = [{"name": "a", "required": True}]
    found = run(document(columns, name="v"), place, folders=[tmp_path])["v.a.required"]
    assert (found.outcome, "disabled" in found.reason) == ("unknown", True)


def test_a_database_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
    with pytest.raises(EngineFailed, match="read-only"):
        opened(path, "INSERT INTO {source} VALUES (2)", kind=PlaceKind.DUCKDB, table="t")


def test_time_that_runs_out_is_said(csv: Path) -> None:
    place = Place(PlaceKind.FILES, path=csv.name)
    with (
        open_files(place, folders=[csv.parent], memory_mb=320, seconds=0.3) as data,
        pytest.raises(EngineDown, match="longer than is allowed"),
    ):
        data.rows("SELECT count(*) FROM range(100000000) a, range(100000) b")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a,b\n1,2\n3\n", "Line 3 of the CSV file has 1 cells where 2 are expected"),
        (b'a,b\n1,"2\n', "Line 2 of the CSV file cannot be read"),
        (b"a,b\n1,secret\xff\n", "is not UTF-8"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"PAR1\x00\x00", "is not text"),
    ],
)
def test_a_broken_csv_file_leaves_its_rules_unknown_with_the_reason(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    found = on_file(path, [{"name": "a", "logicalType": "string", "required": True}])
    assert found["t.a.required"].outcome == "unknown"
    assert why in found["t.a.required"].reason
    assert "secret" not in str(found)
    assert str(tmp_path) not in str(found)


def test_a_damaged_parquet_file_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": list(range(10_000))}), path)
    content = bytearray(path.read_bytes())
    content[100:2_000] = b"\xff" * 1_900
    path.write_bytes(content)
    found = on_file(path, [{"name": "a", "logicalType": "integer", "required": True}])
    assert found["t.a.required"].outcome in ("unknown", "passed")
    path.write_bytes(content[:500])
    assert on_file(path, [{"name": "a", "required": True}])["t.a.required"].outcome == "unknown"


def test_files_of_different_types_are_not_cast_to_one(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    pq.write_table(pa.table({"a": [1]}), folder / "1.parquet")
    pq.write_table(pa.table({"a": [0.5]}), folder / "2.parquet")
    found = on_file(folder, [{"name": "a", "logicalType": "integer"}])
    assert "depending on the file" in found["t.a.type"].reason
    pq.write_table(pa.table({"a": [2]}), folder / "2.parquet")
    assert on_file(folder, [{"name": "a", "logicalType": "integer"}])["t.a.type"].outcome == "passed"


def test_columns_in_the_names_of_folders_are_text_that_reads(tmp_path: Path) -> None:
    for year in ("2025", "2026"):
        (tmp_path / "t" / f"year={year}").mkdir(parents=True)
        pq.write_table(pa.table({"a": [1]}), tmp_path / "t" / f"year={year}" / "x.parquet")
    columns = [{"name": "year", "logicalType": "integer", "logicalTypeOptions": {"maximum": 2025}}]
    found = on_file(tmp_path / "t", columns)
    assert (found["t.year.type"].outcome, found["t.year.maximum"].value) == ("passed", 1)


def test_json_text_is_no_number_and_may_be_a_date(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    rows = (
        '{"n": "10", "day": "2026-01-01", "o": {"a": 1.5}}, {"n": "11", "day": "2026-02-30", "o": {"a": 2}}'
    )
    path.write_text(f"[{rows}]")
    columns = [
        {"name": "n", "logicalType": "integer"},
        {"name": "day", "logicalType": "date"},
        {
            "name": "o",
            "logicalType": "object",
            "properties": [{"name": "a", "logicalType": "integer"}, {"name": "b"}],
        },
    ]
    found = on_file(path, columns)
    assert outcomes(found) == {
        "t.present": "passed",
        "t.n.present": "passed",
        "t.n.type": "failed",
        "t.day.present": "passed",
        "t.day.type": "failed",
        "t.o.present": "passed",
        "t.o.type": "passed",
        "t.o.a.present": "passed",
        "t.o.a.type": "failed",
        "t.o.b.present": "failed",
    }
    assert (found["t.day.type"].value, found["t.o.a.type"].value) == (1, 1)


def test_dates_are_read_by_their_format(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("day\n01.02.2026\n31.02.2026\n2026-02-01\n")
    column = {"name": "day", "logicalType": "date", "logicalTypeOptions": {"format": "dd.MM.yyyy"}}
    assert on_file(path, [column])["t.day.type"].value == 2
    column["logicalTypeOptions"] = {"format": "dd.QQ.yyyy"}
    assert "format" in on_file(path, [column])["t.day.type"].reason


def test_each_table_has_its_own_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pq.write_table(pa.table({"x": [1]}), tmp_path / f"{name}.parquet")
    content = document([])
    content["schema"] = [
        {
            "name": name,
            "quality": [{"type": "sql", "query": "SELECT count(*) FROM a JOIN b USING (x)", "mustBe": 1}],
        }
        for name in ("a", "b", "missing")
    ]
    place = Place(PlaceKind.FILES, path="{model}.parquet", format=FileFormat.PARQUET)
    found = outcomes(run(content, place, folders=[tmp_path]))
    assert found == {
        "a.present": "passed",
        "a.quality.sql 1": "passed",
        "b.present": "passed",
        "b.quality.sql 1": "passed",
        "missing.present": "failed",
        "missing.quality.sql 1": "unknown",
    }
    one = run(content, Place(PlaceKind.FILES, path="a.parquet"), folders=[tmp_path])
    assert "{model}" in one["a.present"].reason


def test_samples_show_only_what_may_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(
        pa.table({"id": [1, 2], "name": ["Ann", "Bob"], "age": [10, 200], "mail": ["a", "b"]}), path
    )
    columns = [
        {"name": "id", "classification": "public"},
        {"name": "name", "classification": "restricted"},
        {
            "name": "age",
            "classification": "internal",
            "logicalType": "integer",
            "logicalTypeOptions": {"maximum": 99},
        },
        {"name": "mail", "classification": "public", "tags": ["PII"]},
    ]
    assert on_file(path, columns, samples=True)["t.age.maximum"].sample == ({"id": "2", "age": "200"},)
    assert on_file(path, columns)["t.age.maximum"].sample == ()
    for column in columns:
        del column["classification"]
    assert on_file(path, columns, samples=True)["t.age.maximum"].sample == ()


def test_ten_thousand_rules_are_answered_in_a_few_statements(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({f"c{n}": [n] for n in range(1_200)}), path)
    columns = [{"name": f"c{n}", "logicalType": "integer", "required": True} for n in range(1_200)]
    found = outcomes(on_file(path, columns))
    assert (len(found), set(found.values())) == (3_601, {"passed"})


def test_limits_of_a_whole_number_may_have_a_fraction(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": [0, 1, 2**62]}), path)
    for name, limit, bad in (
        ("minimum", 0.5, 1),
        ("exclusiveMinimum", 0.5, 1),
        ("maximum", 0.5, 2),
        ("exclusiveMaximum", 0.5, 2),
        ("maximum", 1e30, 0),
        ("maximum", 2**62 - 1, 1),
    ):
        column = {"name": "x", "logicalType": "integer", "logicalTypeOptions": {name: limit}}
        found = [one for one in on_file(path, [column]).values() if one.value is not None]
        assert [one.value for one in found] == [bad], name


def test_memory_is_bounded_by_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    place = Place(PlaceKind.FILES, path=path.name)
    limits = Limits(folders=(tmp_path,), memory_mb=120)
    with open_files(place, folders=limits.folders, memory_mb=limits.memory_mb, seconds=20) as data:
        assert data.rows("SELECT current_setting('memory_limit')") == [("61.0 MiB",)]


def test_no_value_of_the_data_stands_in_an_error_or_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"name": ["Ann Secret"]}), path)
    rules = [
        {"type": "sql", "query": "SELECT max(CAST(name AS INTEGER)) FROM t", "mustBe": 1},
        {"type": "sql", "query": "SELECT max(name) FROM t", "mustBe": "Bob"},
        {"type": "sql", "query": "SELECT max(name) FROM t", "mustBe": 1},
    ]
    found = on_file(path, [{"name": "name", "logicalType": "integer"}], quality=rules)
    assert [str(found[f"t.quality.sql {n}"].outcome) for n in (1, 2, 3)] == ["unknown", "failed", "unknown"]
    assert "Secret" not in str(found)
