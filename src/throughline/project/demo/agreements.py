"""The contracts of the sample program: what providers and models promise, who agreed, and one version that breaks."""

from typing import Any

import yaml

from throughline.actions import contracts
from throughline.actions.contracts import Link
from throughline.actions.contracts.answering import Answer
from throughline.core.contracts.agreements import Direction, Party, Side
from throughline.core.people import Role
from throughline.core.permissions import Actor
from throughline.project.demo.clock import Script
from throughline.project.demo.course import DAY, Course
from throughline.project.demo.data import FEEDS
from throughline.queries import contracts as queries
from throughline.queries.contracts import Line
from throughline.queries.portfolio import model_row
from throughline.queries.rows import DataContract

BREAKS = ("fraud", "accounts")
TEAM = (Role.DATA_ENGINEER, Role.DATA_SCIENTIST, Role.ANALYST)


def settle(life: Course) -> None:
    """What the gate asks for: a contract for each source and for the output, and everybody's answer."""
    for key in life.plan.sources:
        row = _published(life, _of_source(key), Link(source_id=life.scene.sources[key]))
        _answer_all(life, row)
    row = _published(life, _of_output(life), Link(model_id=life.model_id))
    _answer_all(life, row)


def broken_promise(life: Course) -> Script:
    """A provider drops a column; the models that use the source have not answered yet."""
    yield life.scene.end - 9 * DAY
    document = _of_source(BREAKS[1])
    document["version"] = "2.0.0"
    document["schema"][0]["properties"].pop()
    document["slaProperties"][0]["value"] = 3
    _import(life, document, Link(source_id=life.scene.sources[BREAKS[1]]))


def _published(life: Course, document: dict[str, Any], link: Link) -> DataContract:
    """Whichever model needs it first brings it in; what is there already is left as it is."""
    known = (
        queries.contracts(life.manager).filter(program_id=life.scene.program_id, key=document["id"]).first()
    )
    return known or _import(life, document, link)


def _import(life: Course, document: dict[str, Any], link: Link) -> DataContract:
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return contracts.import_contract(
        actor=life.manager, program_id=life.scene.program_id, body=body, link=link, now=life.scene.now
    ).contract


def _answer_all(life: Course, row: DataContract) -> None:
    """The manager records what was said outside; somebody else answers for the other side."""
    (line,) = queries.lines([row], life.scene.now)
    version = line.pending or line.in_force
    if version is None or version.is_breaking:
        return
    for party in version.awaited(line.history.parties):
        is_outside = party.side is (Side.PROVIDER if row.direction == Direction.PROVIDER else Side.CONSUMER)
        who = _speaker(life, row, party, is_outside=is_outside)
        if who is not None:
            _agree(life, line, party, who)


def _speaker(life: Course, row: DataContract, party: Party, *, is_outside: bool) -> Actor | None:
    if row.direction == Direction.OUTPUT and party.id == life.stakeholders.get("approver"):
        return life.scene.actor(life.plan.team[Role.STAKEHOLDER][0])
    if is_outside:
        return life.manager
    model_id = party.id if row.direction == Direction.PROVIDER else life.model_id
    return life.scene.holder(model_id or 0, TEAM, but=life.manager.person_id)


def _agree(life: Course, line: Line, party: Party, who: Actor) -> None:
    version = line.pending or line.in_force
    assert version is not None
    is_recorded = who == life.manager
    said = {"on_behalf_of": f"{party.name} desk", "words": "Agreed, with two weeks' notice of changes.",
            "link": f"https://requests.example.com/contracts/{line.row.key}"} if is_recorded else {}  # fmt: skip
    contracts.answer_contract(
        actor=who, contract_id=line.row.pk, now=life.scene.now,
        answer=Answer(version.number, party.side, True, version.seen, party.id, **said),
    )  # fmt: skip


def _of_source(key: str) -> dict[str, Any]:
    feed, name = FEEDS[key], key.replace("_", "-")
    desk = feed.provider.lower().replace(" ", "-").replace("'", "")
    columns = [
        {"name": "id", "logicalType": "string", "required": True, "unique": True, "description": "One row each."},
        {"name": "changed_at", "logicalType": "timestamp", "required": True, "description": "When it was written."},
        {"name": "store", "logicalType": "string", "description": "Number of the store, where there is one."},
        {"name": "amount", "logicalType": "number", "logicalTypeOptions": {"minimum": 0}},
        {"name": "remark", "logicalType": "string", "description": "Free text; may be empty."},
    ]  # fmt: skip
    rule = {
        "type": "library",
        "metric": "rowCount",
        "mustBeGreaterThan": 1000,
        "description": "Never nearly empty.",
    }
    return {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": f"feed-{name}", "name": feed.name, "version": "1.0.0",
        "status": "active", "domain": feed.provider, "description": {"purpose": f"{feed.name}, for models."},
        "schema": [{"name": key, "physicalType": "table", "properties": columns, "quality": [rule]}],
        "slaProperties": [{"property": "freshness", "value": 2, "unit": "d", "element": f"{key}.changed_at"}],
        "support": [{"channel": f"{feed.provider} desk", "tool": "email", "url": f"mailto:{desk}@example.com"}],
    }  # fmt: skip


def _of_output(life: Course) -> dict[str, Any]:
    name = model_row(life.scene.director, life.model_id).name
    columns = [
        {"name": "key", "logicalType": "string", "required": True, "unique": True},
        {"name": "score", "logicalType": "number", "required": True, "description": "What the model says."},
        {"name": "made_at", "logicalType": "timestamp", "required": True},
    ]
    return {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": f"output-{life.plan.key}", "name": f"{name}: output",
        "version": "1.0.0", "status": "active", "description": {"purpose": life.plan.summary},
        "schema": [{"name": f"{life.plan.key}_output", "physicalType": "table", "properties": columns}],
        "slaProperties": [
            {"property": "freshness", "value": 1, "unit": "d", "element": f"{life.plan.key}_output.made_at"}
        ],
    }  # fmt: skip
