"""What an import writes into a model's record, and what it leaves to people."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time

from throughline.core.imports.columns import DATE_TARGETS
from throughline.core.imports.mapping import ImportMapping
from throughline.core.text import Json

TEXTS = ("name", "summary", "risk_tier", "scoring", "team", "unit")
_EMPTY: Mapping[str, Json] = {**dict.fromkeys(TEXTS, ""), "tags": [], "dates": {}}
_EXACT_ENOUGH = ("day", "month")


def first_fields(
    understood: Mapping[str, Json], raw: Mapping[str, str], *, now: datetime
) -> dict[str, object]:
    """Every field of a model that comes into the record by an import."""
    return {
        **{name: understood.get(name, empty) for name, empty in _EMPTY.items()},
        "kept": dict(raw),
        "stage": understood["stage"],
        "standing": understood["standing"],
        "stage_since": stage_since(understood, now=now),
    }


def changed_fields(
    understood: Mapping[str, Json],
    raw: Mapping[str, str],
    *,
    last: Mapping[str, Json] | None,
    current: Mapping[str, Json],
    mapping: ImportMapping,
    header: Sequence[str],
) -> dict[str, Json]:
    """What an update writes: what the file says otherwise than it did in the `last` import of this row.

    Fields of which the file has no column, or that it did not change, stay as people left them. A model that never
    came by an import (`last` is None) is given what the file states, and loses nothing that the file leaves empty.
    Stage and standing are never among the fields: only a decision at a gate moves a model.
    """
    written: dict[str, Json] = {}
    for name in (*TEXTS, "tags"):
        if not mapping.states(name):
            continue
        empty = _EMPTY[name]
        value = understood.get(name, empty)
        is_news = value != empty if last is None else value != last.get(name, empty)
        if is_news and value != current[name]:
            written[name] = value
    dates = _merged(current["dates"], understood.get("dates"), mapping.steps())
    kept = _merged(current["kept"], dict(raw), frozenset(header))
    news = {name: value for name, value in (("dates", dates), ("kept", kept)) if value != current[name]}
    return {**written, **news}


def _merged(current: Json, stated: Json, spoken_of: Collection[str]) -> dict[str, Json]:
    """What is on record, with the parts that the file speaks of as it now states them."""
    old = current if isinstance(current, dict) else {}
    new = stated if isinstance(stated, dict) else {}
    return {**{name: value for name, value in old.items() if name not in spoken_of}, **new}


def spelled_dates(dates: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """Each date that a file stated, in words, as exactly as it was written."""
    titles = {step: title for _, step, title in DATE_TARGETS}
    found = []
    for step, span in dates.items():
        whole = span["first"] if span["first"] == span["last"] else f"{span['first']} to {span['last']}"
        written = "" if span["text"] == span["first"] else f", written “{span['text']}”"
        note = f"; {span['note']}" if span.get("note") else ""
        found.append(
            (titles.get(step, step), f"{whole} ({span['precision'].replace('_', ' ')}{written}{note})")
        )
    return found


def told(before: Mapping[str, Json], written: Mapping[str, Json]) -> dict[str, object]:
    """Old and new of each field for the log; of the cells kept as written only the headings that differ."""
    changed: dict[str, object] = {
        name: [before[name], value] for name, value in written.items() if name != "kept"
    }
    old, new = before.get("kept"), written.get("kept")
    if isinstance(old, dict) and isinstance(new, dict):
        changed["kept"] = sorted(heading for heading in {*old, *new} if old.get(heading) != new.get(heading))
    return changed


def stage_since(understood: Mapping[str, Json], *, now: datetime) -> datetime:
    """The day on which the file says that the present stage began, where it is known to the month; else now."""
    dates = understood.get("dates")
    step = "retired" if understood["standing"] == "retired" else understood["stage"]
    span = dates.get(str(step)) if isinstance(dates, dict) else None
    if not isinstance(span, dict) or span.get("precision") not in _EXACT_ENOUGH:
        return now
    began = datetime.combine(date.fromisoformat(str(span["first"])), time(), UTC)
    return min(began, now)
