"""Tables are profiled by a process of its own: figures as pandas counts them, and bad data stopped with a reason."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from throughline.adapters import profiling
from throughline.adapters.profiling import ProfileStopped, Request
from throughline.core.places import read_place
from throughline.core.profile_comparison import compare
from throughline.core.profiles import ColumnKind, ColumnProfile, Profile

SETS = ("iris", "wine", "breast_cancer", "diabetes")


def profiled(folder: Path, path: str, *, keeps_values: bool = True, **more: Any) -> Profile:
    limits = {name: more.pop(name) for name in ("seconds", "memory_mb", "max_columns") if name in more}
    place = read_place({"path": path, **more})
    assert place is not None
    request = Request(place, (folder,), keeps_values, **{"seconds": 60, "memory_mb": 320, **limits})
    return profiling.profile(request, lambda *_: None)


def stopped(folder: Path, path: str, **more: Any) -> str:
    with pytest.raises(ProfileStopped) as caught:
        profiled(folder, path, **more)
    return str(caught.value)


def written(folder: Path, frame: pd.DataFrame, form: str) -> str:
    if form == "csv":
        frame.to_csv(folder / "t.csv", index=False)
    elif form == "parquet":
        frame.to_parquet(folder / "t.parquet")
    elif form == "json":
        frame.to_json(folder / "t.json", orient="records", lines=True)
    else:
        with duckdb.connect(str(folder / "t.duckdb")) as connection:
            connection.register("frame", frame)
            connection.execute("CREATE TABLE t AS SELECT * FROM frame")
    return f"t.{form}"


def check_numbers(column: ColumnProfile, values: "pd.Series[float]") -> None:
    """Against pandas, which reads the same values."""
    q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    assert (float(column.lowest), float(column.highest)) == (values.min(), values.max())
    assert column.mean == pytest.approx(values.mean())
    assert column.sd == pytest.approx(values.std())
    assert (column.q1, column.median, column.q3) == pytest.approx((q1, median, q3))
    assert column.distinct == values.nunique()
    assert column.below == (values < q1 - 1.5 * (q3 - q1)).sum()
    assert column.above == (values > q3 + 1.5 * (q3 - q1)).sum()
    counts, _ = np.histogram(values, column.edges)
    assert sum(column.bins) == counts.sum() == len(values) - (column.far_out or 0)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_figures_of_real_data_are_those_of_pandas(tmp_path: Path, name: str, form: str) -> None:
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    found = profiled(tmp_path, written(tmp_path, frame, form))
    assert (found.rows, len(found.columns)) == frame.shape
    assert found.duplicates == frame.duplicated().sum()
    for column in found.columns:
        assert column.kind is ColumnKind.NUMBER
        assert column.missing == 0
        if (frame[column.name].quantile(0.75) - frame[column.name].quantile(0.25)) > 0:
            check_numbers(column, frame[column.name])


@pytest.mark.parametrize("form", ["parquet", "csv", "json", "duckdb"])
def test_every_format_gives_the_same_counts(tmp_path: Path, form: str) -> None:
    frame = pd.DataFrame(
        {
            "amount": [1.5, 2.5, None, 4.0, 4.0],
            "region": ["east", "west", "", None, "east"],
            "paid": [True, False, True, True, True],
            "day": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"]),
        }
    )
    if form in ("csv", "json"):
        frame["day"] = frame["day"].dt.strftime("%Y-%m-%d")
    kind = "duckdb" if form == "duckdb" else "files"
    found = {one.name: one for one in profiled(tmp_path, written(tmp_path, frame, form), kind=kind).columns}
    assert [found[name].missing for name in frame] == [1, 2, 0, 0]
    assert [found[name].distinct for name in frame] == [3, 2, 2, 5]
    assert [str(found[name].kind) for name in frame] == ["number", "text", "boolean", "time"]
    assert found["region"].top == (("east", 2), ("west", 1))
    assert found["day"].highest.startswith("2026-01-05")
    assert found["paid"].top == (("true", 4), ("false", 1))


def test_what_is_no_finite_number_is_counted_and_spoils_nothing(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT unnest([1.0, 2.0, 3.0, 'nan'::DOUBLE, 'inf'::DOUBLE, 1e300, NULL]) AS x) "
            f"TO '{tmp_path / 'x.parquet'}'"
        )
    (column,) = profiled(tmp_path, "x.parquet").columns
    assert (column.nulls, column.not_numbers, column.beyond) == (1, 1, 2)
    assert (column.mean, column.sd) == (2.0, 1.0)


def test_one_value_beyond_all_others_leaves_the_picture_of_the_others(tmp_path: Path) -> None:
    pd.DataFrame({"x": [*range(100), 1e17]}).to_parquet(tmp_path / "x.parquet")
    (column,) = profiled(tmp_path, "x.parquet").columns
    assert column.above == 1
    assert column.edges[-1] < 1_000
    assert sum(column.bins) == 100


def test_a_text_column_is_what_nearly_all_of_it_can_be_read_as(tmp_path: Path) -> None:
    rows = [f"{n},2026-01-{n % 28 + 1:02d},0{n % 10}12" for n in range(100)]
    (tmp_path / "t.csv").write_text("\n".join(["n,day,zip", *rows, "n/a,soon,01299"]))
    n, day, zip_ = profiled(tmp_path, "t.csv").columns
    assert (n.type, n.unlike, n.highest) == ("integer", 1, "99")
    assert (day.type, day.unlike, day.highest) == ("date", 1, "2026-01-28")
    assert (zip_.type, zip_.unlike, zip_.lowest) == ("text", 0, "0012")


def test_half_of_the_values_being_numbers_makes_no_numbers(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n2\na\nb\n")
    (column,) = profiled(tmp_path, "t.csv").columns
    assert column.type == "text"


def test_of_sensitive_data_no_value_leaves_the_process(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["Quokkasaurus", "Wombat"] * 40, "pay": [123_457, 98_765] * 40})
    found = profiled(tmp_path, written(tmp_path, frame, "csv"), keeps_values=False)
    text = json.dumps(found.to_plain())
    assert not any(word in text for word in ("Quokka", "Wombat", "123457", "98765", "123_457"))
    name, pay = found.columns
    assert (name.distinct, name.longest, pay.distinct, found.duplicates) == (2, 12, 2, 78)
    assert not found.keeps_values


def test_of_sensitive_data_no_value_leaves_the_process_by_a_failure(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\nQuokkasaurus,1\nWombat\n")
    assert "Wombat" not in stopped(tmp_path, "t.csv", keeps_values=False)
    (tmp_path / "t.json").write_text('[{"a": "Quokkasaurus"}, {"a": Wombat}]')
    assert "Wombat" not in stopped(tmp_path, "t.json", keeps_values=False)


def test_a_folder_is_one_table(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for number in range(3):
        pd.DataFrame({"n": [number]}).to_parquet(tmp_path / "parts" / f"{number}.parquet")
    found = profiled(tmp_path, "parts")
    assert (found.rows, found.files) == (3, 3)


def test_a_table_of_a_database_is_named_where_there_are_several(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT range AS id FROM range(7)")
        connection.execute("CREATE TABLE people AS SELECT 1 AS id")
    assert profiled(tmp_path, "x.duckdb", kind="duckdb", table="orders").rows == 7
    assert "orders" in stopped(tmp_path, "x.duckdb", kind="duckdb")


def test_a_view_that_reads_another_file_is_stopped(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\nQuokkasaurus\n")
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    with duckdb.connect(str(allowed / "x.duckdb")) as connection:
        connection.execute(f"CREATE VIEW v AS SELECT * FROM read_csv('{secret}')")
    assert "Quokka" not in stopped(allowed, "x.duckdb", kind="duckdb", table="v")


def test_a_table_without_rows_is_profiled(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n")
    found = profiled(tmp_path, "t.csv")
    assert (found.rows, found.duplicates, [one.missing for one in found.columns]) == (0, 0, [0, 0])


def test_large_tables_are_approximated_and_say_so(tmp_path: Path) -> None:
    rows = 250_000
    pd.DataFrame({"n": np.arange(rows), "code": np.arange(rows) % 10}).to_parquet(tmp_path / "t.parquet")
    found = profiled(tmp_path, "t.parquet")
    n, code = found.columns
    assert not n.is_distinct_exact
    assert n.distinct == pytest.approx(rows, rel=0.1)
    assert n.median == pytest.approx(rows / 2, rel=0.02)
    assert code.distinct == 10
    assert any("approximations" in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("ragged.csv", b"a,b,c\n1,2,3\n4,5\n", "line 3 has 2 cells, the heading has 3"),
        ("latin.csv", "a,b\nMüller,1\n".encode("latin-1"), "not UTF-8"),
        ("wide.csv", "a,b\nx,1\n".encode("utf-16"), "not text in UTF-8"),
        ("none.csv", b"", "empty"),
        ("open.csv", b'a,b\n"x,1\n', "quot"),
        ("cut.parquet", b"PAR1" + b"\0" * 200, "Parquet"),
        ("bad.json", b'{"a": 1}\n{"a": ', "JSON"),
        ("bomb.json", b"[" * 200_000, "JSON"),
        ("long.csv", b"a,b\n" + b"x" * 17_000_000 + b",1\n", "long"),
    ],
)
def test_bad_files_are_stopped_with_a_reason(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert words.lower() in stopped(tmp_path, name).lower()


def test_a_huge_cell_is_counted_without_being_kept(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "x" * 5_000_000 + ",1\n")
    found = profiled(tmp_path, "t.csv")
    assert found.columns[0].longest == 5_000_000
    assert len(json.dumps(found.to_plain())) < 5_000


def test_five_thousand_columns_are_refused(tmp_path: Path) -> None:
    heads = ",".join(f"c{number}" for number in range(5_000))
    (tmp_path / "t.csv").write_text(f"{heads}\n{','.join('1' * 5_000)}\n")
    assert "5,000 columns; up to 1,000" in stopped(tmp_path, "t.csv")


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret.csv", "link.csv", "missing.csv"])
def test_nothing_outside_the_allowed_folders_is_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    (allowed / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert stopped(allowed, path)


def test_no_allowed_folder_reads_nothing() -> None:
    place = read_place({"path": "x.csv"})
    assert place is not None
    with pytest.raises(ProfileStopped, match="THROUGHLINE_DATA_FOLDERS"):
        profiling.profile(Request(place, (), True, 60, 320), lambda *_: None)


def test_what_takes_too_long_is_ended_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute(
            "CREATE VIEW v AS SELECT a.range + b.range AS n FROM range(9999999) a, range(9999999) b"
        )
    said = stopped(tmp_path, "x.duckdb", kind="duckdb", table="v", seconds=2)
    assert "longer than" in said
    assert list(aside.iterdir()) == []


@pytest.mark.slow
def test_what_needs_too_much_memory_is_stopped(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute("CREATE VIEW v AS SELECT repeat('x', 500000000) || range AS n FROM range(50)")
    assert "memory" in stopped(tmp_path, "x.duckdb", kind="duckdb", table="v", memory_mb=120)


def test_a_process_that_dies_is_a_reason_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    monkeypatch.setattr(profiling.sys, "executable", "/bin/false")  # type: ignore[attr-defined]
    assert "ended without an answer" in stopped(tmp_path, "t.csv")


def test_progress_is_told_by_columns(tmp_path: Path) -> None:
    pd.DataFrame({f"c{n}": [1, 2] for n in range(60)}).to_parquet(tmp_path / "t.parquet")
    place, told = read_place({"path": "t.parquet"}), []
    assert place is not None
    profiling.profile(
        Request(place, (tmp_path,), True, 60, 320), lambda done, columns: told.append((done, columns))
    )
    assert told == [(0, 60), (25, 60), (50, 60), (60, 60)]


def test_the_same_data_in_another_format_shows_no_other_distribution(tmp_path: Path) -> None:
    frame = datasets.load_wine(as_frame=True).frame.astype(float)
    one = profiled(tmp_path, written(tmp_path, frame, "parquet"))
    two = profiled(tmp_path, written(tmp_path, frame, "duckdb"), kind="duckdb")
    assert compare(one, replace(two, bytes=one.bytes)) == ()


def test_names_of_columns_are_only_names(tmp_path: Path) -> None:
    frame = pd.DataFrame({'a"b': [1], "c'); DROP TABLE x; --": [2], "": [3], "ünï 😀": [4]})
    frame.to_parquet(tmp_path / "t.parquet")
    assert [one.lowest for one in profiled(tmp_path, "t.parquet").columns] == ["1", "2", "3", "4"]


def test_the_newest_instant_of_a_time_is_found(tmp_path: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    pd.DataFrame({"at": [start + timedelta(hours=n) for n in range(48)]}).to_parquet(tmp_path / "t.parquet")
    (column,) = profiled(tmp_path, "t.parquet").columns
    assert column.highest.startswith("2026-01-02 23:00:00")
    assert sum(column.bins) == 48
