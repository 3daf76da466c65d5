"""SQL rules of a contract: one SELECT over the contract's own tables, its placeholders filled in, and nothing else."""

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from throughline.adapters.engines import dialects
from throughline.adapters.engines.base import shortened
from throughline.adapters.engines.conditions import NotRun

LONGEST = 10_000
_TABLE = ("table", "object", "model", "schema", "dataset")
_COLUMN = ("column", "property", "field")
_PLACEHOLDER = re.compile(r"\$?\{\{?\s*([A-Za-z_]\w*)\s*\}?\}")
# What could change something, wait, or reach beyond the tables, even inside a SELECT.
_FORBIDDEN = (
    exp.DML,
    exp.DDL,
    exp.Command,
    exp.Into,
    exp.Lock,
    exp.Set,
    exp.Pragma,
    exp.Attach,
    exp.Detach,
    exp.Use,
    exp.Copy,
    exp.Export,
)
_ALLOWED = (exp.Select, exp.SetOperation, exp.Subquery)
_FUNCTIONS = re.compile(
    r"(pg_|lo_|dblink|set_config|nextval|setval|query_to_xml|xpath_table|read_|getenv|current_setting|query$|"
    r"query_table|glob$|sniff_|parquet_|which_secret|duckdb_|java_method|reflect|ai_|http_|sleep|system\$|"
    r"secret|external_|load_|install_|copy_)",
    re.IGNORECASE,
)


def prepare(
    query: str, tables: Mapping[str, Sequence[str]], dialect: str, *, table: str, column: str = ""
) -> str:
    """The statement to run. `tables` leads from every name of a table, in lower case, to where it is stored; `table`
    and `column` stand for the placeholders. Raises `NotRun` with the reason."""
    if len(query) > LONGEST:
        raise NotRun(f"The query is longer than {LONGEST:,} characters.")
    filled = _filled(query, table, column, dialect)
    try:
        found = [one for one in parse(filled, read=dialect) if one is not None]
    except (SqlglotError, RecursionError) as error:
        said = shortened(re.sub(r"\x1b\[[0-9;]*m", "", str(error)), 120)
        raise NotRun(f"The query cannot be read as SQL of {dialect} ({said}).") from None
    if len(found) != 1:
        raise NotRun("The query must be exactly one statement." if found else "The query is empty.")
    statement = found[0]
    if not isinstance(statement, _ALLOWED):
        raise NotRun("Only a SELECT is run; the query is another statement.")
    _judge(statement)
    _resolve(statement, tables)
    # Whatever it returns, two rows are enough to see that it is not one figure.
    inner = exp.Subquery(this=statement, alias=exp.TableAlias(this=exp.to_identifier("q", quoted=True)))
    return exp.Select(expressions=[exp.Star()]).from_(inner).limit(2).sql(dialect=dialect)


def _filled(query: str, table: str, column: str, dialect: str) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1].lower()
        if name in _TABLE:
            return exp.to_identifier(table, quoted=True).sql(dialect=dialect)
        if name in _COLUMN and column:
            return exp.to_identifier(column, quoted=True).sql(dialect=dialect)
        raise NotRun(f"The query holds {match[0][:40]}, and it is not known what that stands for.")

    return _PLACEHOLDER.sub(value, query.strip().rstrip(";"))


def _judge(statement: exp.Expr) -> None:
    for node in statement.walk():
        if isinstance(node, _FORBIDDEN):
            raise NotRun("Only reading is allowed in a query; this one does more.")
        if isinstance(node, exp.Anonymous | exp.Func):
            name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
            if _FUNCTIONS.match(name):
                raise NotRun(f"The function {name.lower()[:40]} is not allowed in a query.")


def _resolve(statement: exp.Expr, tables: Mapping[str, Sequence[str]]) -> None:
    """Every table is one of the contract's, or a name that the query itself introduces."""
    own = {cte.alias_or_name.lower() for cte in statement.find_all(exp.CTE)}
    for node in list(statement.find_all(exp.Table)):
        name = node.name.lower()
        if not isinstance(node.this, exp.Identifier):
            raise NotRun("A query may read tables only, not what a function returns.")
        if name in own and not node.db:
            continue
        if name not in tables:
            raise NotRun(f"The query reads {node.name[:60]}, which is not a table of this contract.")
        stored = dialects.table_of(tables[name])
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
        stored.set("alias", alias)
        for extra in ("joins", "laterals", "pivots", "sample"):
            if node.args.get(extra):
                stored.set(extra, node.args[extra])
        node.replace(stored)
