"""Runs a contract on Spark in local mode: Parquet, CSV and JSON files below the allowed folders."""

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from throughline.adapters.engines.base import EngineDown, EngineFailed, Limits, Opened, Stored, shortened
from throughline.adapters.engines.duck import Found, find_tables
from throughline.adapters.engines.duck_files import headings_of, partitions_of
from throughline.adapters.engines.places import Files
from throughline.core.contracts.documents import Contract, Table
from throughline.core.places import FileFormat, Place

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

LEAST_MB = 1_024  # a Java machine with less spends its time collecting garbage


class SparkEngine:
    name = "spark"
    dialect = "spark"

    def __init__(self, session: "SparkSession", found: Found, deadline: float) -> None:
        self._session = session
        self._found = found
        self._deadline = deadline
        self._views = 0

    def open(self, table: Table) -> Opened:
        files = self._found[table.name]
        if isinstance(files, EngineFailed):
            raise files
        frame = self._guarded(lambda: self._read(files))
        view = f"t{self._views}"
        self._views += 1
        frame.createOrReplaceTempView(view)
        partitions = partitions_of(files)
        is_csv, is_json = files.format is FileFormat.CSV, files.format is FileFormat.JSON
        columns = [
            Stored(name, kind, is_text_only=is_csv or name in partitions, is_json=is_json)
            for name, kind in frame.dtypes
        ]
        return Opened((view,), columns)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        if time.monotonic() >= self._deadline:
            raise EngineDown("Reading took longer than is allowed.", "Raise THROUGHLINE_ENGINE_SECONDS.")
        found = self._guarded(lambda: self._session.sql(statement).collect())
        return [tuple(row) for row in found]

    def _read(self, files: Files) -> "DataFrame":
        reader = self._session.read.option("basePath", str(files.base))
        paths = [str(path) for path in files.paths]
        if files.format is FileFormat.PARQUET:
            return reader.parquet(*paths)
        if files.format is FileFormat.JSON:
            is_list = files.paths[0].open("rb").read(64).lstrip().startswith(b"[")
            return reader.option("mode", "FAILFAST").option("multiLine", is_list).json(paths)
        _, delimiter = headings_of(files.paths[0])
        reader = reader.options(mode="FAILFAST", inferSchema=False, enforceSchema=False, multiLine=True)
        return reader.options(header=True, sep=delimiter, quote='"', escape='"').csv(paths)

    def _guarded(self, work: Any) -> Any:
        """What Spark throws, in words."""
        try:
            return work()
        except Exception as error:  # Spark's and Java's errors have no common ancestor
            if time.monotonic() >= self._deadline:
                raise EngineDown(
                    "Reading took longer than is allowed.", "Raise THROUGHLINE_ENGINE_SECONDS."
                ) from None
            raise EngineFailed(f"Spark says: {_in_words(error)}") from None


def _in_words(error: Exception) -> str:
    """The condition and its sentence; never a record that Spark quotes."""
    said = str(error)
    for sign, words in _KNOWN.items():
        if sign in said:
            return words
    return shortened(said, 240)


_KNOWN = {
    "MALFORMED_RECORD_IN_PARSING": "a record of the file does not fit the others.",
    "CAST_INVALID_INPUT": "a value cannot be converted.",
}


@contextlib.contextmanager
def open_spark(
    place: Place, contract: Contract, limits: Limits, _: Mapping[str, str]
) -> Iterator[SparkEngine]:
    """Raises `EngineDown` where pyspark or Java is missing. The time starts once Spark has."""
    found = find_tables(place, contract, limits.folders)
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise EngineDown(
            "The library pyspark is not installed here.", "Install throughline[spark], and Java 17."
        ) from None
    with tempfile.TemporaryDirectory(prefix="throughline-spark-") as aside:
        try:
            session = _session(SparkSession.builder, aside, limits)
        except Exception as error:  # pyspark tells a missing Java in several ways
            raise EngineDown(
                f"Spark did not start ({shortened(error, 160)}).",
                "Install Java 17 (Debian: openjdk-17-jre-headless).",
            ) from None
        deadline = time.monotonic() + limits.seconds
        watch = threading.Timer(limits.seconds, session.sparkContext.cancelAllJobs)
        watch.daemon = True
        watch.start()
        try:
            yield SparkEngine(session, found, deadline)
        finally:
            watch.cancel()
            session.stop()


def _session(builder: Any, aside: str, limits: Limits) -> "SparkSession":
    settings = {
        "spark.driver.memory": f"{max(limits.memory_mb, LEAST_MB)}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.local.dir": aside,
        "spark.sql.warehouse.dir": f"{aside}/warehouse",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
        "spark.sql.catalogImplementation": "in-memory",
    }
    builder = builder.master(f"local[{limits.threads}]").appName("throughline")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session: SparkSession = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session
