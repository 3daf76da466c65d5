"""Two versions of a contract side by side: each difference, and whether it breaks something that consumers rely on."""

from collections.abc import Iterable, Mapping

from throughline.core.contracts import compared_columns, compared_levels
from throughline.core.contracts.changes import Change, Weight, ordered
from throughline.core.contracts.documents import Contract, Server
from throughline.core.contracts.reading import read_contract

ENDING = ("deprecated", "retired", "withdrawn", "archived", "inactive")
# Told by their facts above, or of no interest between versions.
TOLD = ("schema", "slaProperties", "slaDefaultElement", "servers", "status", "version", "support")
TITLES = {
    "apiVersion": "The version of the standard",
    "name": "The name",
    "description": "The description",
    "team": "The team",
    "roles": "The roles",
    "price": "The price",
    "domain": "The domain",
    "dataProduct": "The data product",
    "tags": "The tags",
}


def compare(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Change, ...]:
    """From plain contents of two documents; the breaking ones first."""
    old, new = read_contract(before), read_contract(after)
    found = [
        *compared_columns.tables(old.tables, new.tables),
        *compared_levels.service_levels(old.service_levels, new.service_levels),
        *_servers(old, new),
        *_status(old, new),
        *_support(before, after),
        *_rest(before, after),
    ]
    return ordered(found)


def _servers(old: Contract, new: Contract) -> Iterable[Change]:
    was, now = {one.name: one for one in old.servers}, {one.name: one for one in new.servers}
    for name, server in was.items():
        if name not in now:
            yield _of_server(
                name, Weight.BREAKING, "The server is gone.", "Whoever reads there finds nothing."
            )
        elif moved := _moved(server, now[name]):
            yield _of_server(
                name,
                Weight.BREAKING,
                f"The server moved: {moved}.",
                "Whoever reads at the old place finds nothing.",
            )
    for name in now:
        if name not in was:
            yield _of_server(name, Weight.COMPATIBLE, "A server was added.")


def _of_server(name: str, weight: Weight, text: str, why: str = "") -> Change:
    return Change("servers", name, weight, text, why)


def _moved(one: Server, other: Server) -> str:
    was = {"type": one.type, "environment": one.environment, **dict(one.details)}
    now = {"type": other.type, "environment": other.environment, **dict(other.details)}
    names = [name for name in dict.fromkeys([*was, *now]) if was.get(name) != now.get(name)]
    return "; ".join(
        f"{name} was {was.get(name) or 'empty'}, is {now.get(name) or 'empty'}" for name in names
    )


def _status(old: Contract, new: Contract) -> Iterable[Change]:
    if old.status == new.status:
        return
    text = f"The status was {old.status or 'not said'}, is {new.status or 'not said'}."
    if new.status.lower() in ENDING:
        yield Change("document", "status", Weight.BREAKING, text, "What consumers build on is going away.")
    else:
        yield Change("document", "status", Weight.NOTE, text)


def _support(before: Mapping[str, object], after: Mapping[str, object]) -> Iterable[Change]:
    was, now = before.get("support"), after.get("support")
    if was == now:
        return
    if was and not now:
        text = "The contract names no channel for support any more."
        yield Change("document", "support", Weight.BREAKING, text, "When the data fail, nobody can be asked.")
    else:
        yield Change("document", "support", Weight.NOTE, "The channels for support changed.")


def _rest(before: Mapping[str, object], after: Mapping[str, object]) -> Iterable[Change]:
    for name in dict.fromkeys([*before, *after]):
        if name in TOLD or before.get(name) == after.get(name):
            continue
        title = TITLES.get(name, f"“{name}”")
        verb = "was added" if name not in before else "was removed" if name not in after else "changed"
        yield Change("document", name, Weight.NOTE, f"{title} {verb}.")
