"""Two people in one section: what both wrote, field by field and cell by cell, for the second one to choose."""

from collections.abc import Mapping, Sequence

from throughline.core.comparison import spelled
from throughline.core.errors import Refused
from throughline.core.spec_sections import CRITERIA, Field, Section
from throughline.web.conflicts import Conflict


def laid_before(refusal: Refused, section: Section, mine: object) -> Refused:
    """The same refusal, with what differs under the names of the form's fields."""
    current = refusal.current or {}
    theirs = current.get("content")
    found = _rows(CRITERIA, "key", {}, _list(mine), _list(theirs)) if section.key == CRITERIA else []
    for field in section.fields:
        name = f"{section.key}.{field.key}"
        said, stands = _of(mine, field), _of(theirs, field)
        if field.kind.has_rows:
            titles = {column.key: column.title for column in field.columns}
            found += _rows(name, field.columns[0].key, titles, _list(said), _list(stands))
        elif _plain(said) != _plain(stands):
            found.append(Conflict(name, field.title, _plain(said), _plain(stands)))
    return Refused(
        refusal.reasons, kind="stale", current={"version": current.get("version"), "conflicts": found}
    )


def _rows(
    where: str,
    key: str,
    titles: Mapping[str, str],
    mine: Sequence[Mapping[str, object]],
    theirs: Sequence[Mapping[str, object]],
) -> list[Conflict]:
    """Rows are the same by their names; one that only the others have would stand after mine."""
    places = {_plain(row.get(key)): number for number, row in enumerate(mine)}
    stand = {_plain(row.get(key)): row for row in theirs}
    found: list[Conflict] = []
    for name in dict.fromkeys([*places, *stand]):
        number = places.setdefault(name, len(places))
        own = mine[number] if number < len(mine) else {}
        other = stand.get(name, {})
        for column in titles or dict.fromkeys([*own, *other]):
            said, stands = _plain(own.get(column)), _plain(other.get(column))
            if said != stands:
                title = f"{name or 'New row'}: {titles.get(column, column.replace('_', ' ')).lower()}"
                found.append(Conflict(f"{where}.{number}.{column}", title, said, stands))
    return found


def _of(content: object, field: Field) -> object:
    return content.get(field.key) if isinstance(content, Mapping) else None


def _list(content: object) -> list[Mapping[str, object]]:
    return [row for row in content if isinstance(row, Mapping)] if isinstance(content, list | tuple) else []


def _plain(value: object) -> str:
    return spelled(value).replace("\r\n", "\n").strip()
