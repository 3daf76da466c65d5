"""How an entry of the activity log is told to people: one sentence, an icon, and what it changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.core.people import DUTY_TITLES
from throughline.core.stages import MOVE_TITLES, STAGE_TITLES
from throughline.web.findings import GATE_TITLES
from throughline.web.history import Change
from throughline.web.policy_words import OTHER_GATES
from throughline.web.words import FIELD_TITLES

ICONS = {
    "move": "moves",
    "sign_off": "signature",
    "waiver": "waived",
    "evidence": "evidence",
    "policy": "policies",
    "duty": "people",
    "gap": "alert",
    "model": "model",
    "release": "release",
    "program": "program",
    "membership": "key",
    "person": "people",
    "token": "key",
    "import": "imports",
    "connection": "connections",
    "sample": "sample",
    "job": "settings",
    "feasibility": "chart",
    "direction": "decision",
    "learning": "info",
    "spec": "file",
    "scope_change": "edit",
    "compliance": "review",
    "view": "save",
    "stakeholder": "people",
    "contact": "review",
    "contract": "signature",
    "personal_link": "link",
    "source": "data",
    "source_use": "data",
    "source_flow": "data",
    "access": "key",
    "assessment": "chart",
}
BAD, GOOD = ("refused", "blocked", "declined", "revoked"), ("decided", "granted")
TONES = {**dict.fromkeys(BAD, "unmet"), **dict.fromkeys(GOOD, "met")}
LONGEST = 240
TITLES: Mapping[str, str] = {
    **{key.value: title for key, title in STAGE_TITLES.items()},
    **{key.value: title for key, title in MOVE_TITLES.items()},
    **DUTY_TITLES,
    "waived": "Set aside for a time",
    "not_applicable": "Does not apply",
    **OTHER_GATES,
    **GATE_TITLES,
}
DOORS = {
    "web": "page",
    "api": "API",
    "cli": "command line",
    "worker": "worker",
    "terminal": "terminal",
    "sample": "sample",
}
NAMES = {"move_id": "Move", "waiver_id": "Waiver"}


@dataclass(frozen=True)
class Told:
    """One entry as a line of the list."""

    seq: int
    at: datetime
    who: str
    door: str
    verb: str
    words: str
    detail: str
    icon: str
    tone: str
    model: str
    model_id: int | None
    program: str
    is_removed: bool


def verb_words(verb: str) -> str:
    """`move.decided` becomes “Move decided”."""
    return verb.replace("sign_off", "sign-off").replace("_", " ").replace(".", " ").strip().capitalize()


def icon_of(verb: str) -> str:
    return ICONS.get(verb.partition(".")[0], "info")


def tone_of(verb: str) -> str:
    return TONES.get(verb.rpartition(".")[2], "")


def detail_of(body: Mapping[str, Any], question: str = "") -> str:
    """The part of an entry that people look for first; `question` is that of the check it is about."""
    parts = [
        _titled(body.get("kind")) if "gate" in body else "",
        question or _words(body.get("check")),
        _titled(body.get("duty")),
        _words(body.get("person")),
        _words(body.get("name")),
        _words(body.get("policy")),
        _words(body.get("release")),
        _pieces(body.get("count")),
        f"“{body['reason']}”" if isinstance(body.get("reason"), str) and body["reason"] else "",
        _words((body.get("reasons") or [""])[0]),
    ]
    said = " · ".join(part for part in parts if part)
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _pieces(count: object) -> str:
    return f"{count} piece{'' if count == 1 else 's'}" if isinstance(count, int) else ""


def changes_of(body: Mapping[str, Any]) -> Iterator[Change]:
    """Each field of which the entry keeps what was and what is."""
    changed = body.get("changed")
    pairs = {
        **(changed if isinstance(changed, Mapping) else {}),
        **{k: v for k, v in body.items() if _is_pair(v)},
    }
    for name, pair in pairs.items():
        if _is_pair(pair):
            yield Change(FIELD_TITLES.get(name, verb_words(name)), _plain(pair[0]), _plain(pair[1]))
    if {"from", "to"} <= body.keys():
        yield Change("Stage", _titled(body["from"]), _titled(body["to"]))


def rest_of(body: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Whatever else the entry holds, name by name; a list has a line for each of its things."""
    for name, value in body.items():
        if name in ("changed", "from", "to") or _is_pair(value):
            continue
        many = value if isinstance(value, list) else [value]
        yield NAMES.get(name) or verb_words(name), tuple(filter(None, map(_plain, many)))


def _is_pair(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and not any(isinstance(part, dict | list) for part in value)
    )


def _titled(value: object) -> str:
    return TITLES.get(str(value), _words(value)) if value else ""


def _words(value: object) -> str:
    if isinstance(value, list):
        return " → ".join(str(part) for part in value if part)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _plain(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_plain(item) for item in value)
    if isinstance(value, dict):
        return " · ".join(said for item in value.values() if (said := _plain(item)))
    return TITLES.get(str(value), str(value))
