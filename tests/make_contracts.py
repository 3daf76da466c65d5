"""Builders for contracts: a small document, a source with models that use it, and answers by the real actions."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.make import World
from throughline.actions import contracts
from throughline.actions.contracts import Imported, Link
from throughline.actions.contracts.answering import Answer
from throughline.core.contracts.agreements import Side
from throughline.core.permissions import AccessRole
from throughline.queries import contracts as queries
from throughline.records.contracts import DataContract
from throughline.records.data_sources import DataSource, SourceUse
from throughline.records.people import Person
from throughline.records.portfolio import MLModel


def document(version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    """A contract for one table of orders."""
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "orders",
        "name": "Orders",
        "version": version,
        "status": "active",
        "servers": [{"server": "lake", "type": "local", "path": "orders.parquet", "format": "parquet"}],
        "schema": [
            {
                "name": "orders",
                "properties": [
                    {"name": "id", "logicalType": "integer", "required": True, "unique": True},
                    {"name": "amount", "logicalType": "number", "logicalTypeOptions": {"maximum": 1000}},
                    {"name": "note", "logicalType": "string"},
                ],
                "quality": [{"type": "library", "metric": "rowCount", "mustBeGreaterThan": 100}],
            }
        ],
        "slaProperties": [{"property": "latency", "value": 1, "unit": "d", "element": "orders.id"}],
        **more,
    }


def breaking(version: str = "2.0.0") -> dict[str, Any]:
    """The same without the column `note`."""
    changed = document(version)
    changed["schema"][0]["properties"].pop()
    return changed


def compatible(version: str = "1.1.0") -> dict[str, Any]:
    """The same with one more column."""
    changed = document(version)
    changed["schema"][0]["properties"].append({"name": "channel", "logicalType": "string"})
    return changed


def text(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False)


@dataclass
class Contracts:
    """A world with a source that a model uses, and two members of its team beside the PM."""

    world: World
    model: MLModel = field(init=False)
    source: DataSource = field(init=False)
    one: Person = field(init=False)
    two: Person = field(init=False)

    def __post_init__(self) -> None:
        world = self.world
        self.model = world.model()
        self.source = self.a_source("Shop")
        self.used(self.source, self.model)
        self.one, self.two = world.person("Noor"), world.person("Tom")
        world.member(self.one, AccessRole.MEMBER)
        world.member(self.two, AccessRole.MEMBER)

    def a_source(self, name: str, **more: Any) -> DataSource:
        now = self.world.now
        return DataSource.objects.create(
            program=self.world.program,
            name=name,
            provider="Shop team",
            created_at=now,
            created_by="test",
            **more,
        )

    def used(self, source: DataSource, model: MLModel) -> SourceUse:
        return SourceUse.objects.create(
            source=source, model=model, from_stage="prototype", created_at=self.world.now, created_by="test"
        )

    def publish(
        self, content: dict[str, Any] | None = None, *, by: Person | None = None, link: Link | None = None
    ) -> Imported:
        """For the source, unless told otherwise."""
        world = self.world
        return contracts.import_contract(
            actor=world.actor(by or world.pm), program_id=world.program.pk, body=text(content or document()),
            link=link or Link(source_id=self.source.pk), now=world.now,
        )  # fmt: skip

    def output(self, content: dict[str, Any] | None = None) -> Imported:
        return self.publish(
            content or document(id="scores", name="Scores"), link=Link(model_id=self.model.pk)
        )

    def answer(
        self, row: DataContract, by: Person, side: Side, party: int | None = None, **more: Any
    ) -> DataContract:
        """Agrees to the newest version as it is read now; with words and no agreement declines it."""
        history = queries.history_of(row, self.world.now)
        newest = history.newest
        assert newest is not None
        given = {"number": newest.number, "is_agreed": True, "seen": newest.seen, **more}
        return contracts.answer_contract(
            actor=self.world.actor(by), contract_id=row.pk, answer=Answer(side=side, party_id=party, **given),
            now=self.world.now,
        )  # fmt: skip

    def by_provider(self, row: DataContract, by: Person | None = None, **more: Any) -> DataContract:
        """What the provider outside said, recorded by a member of the team."""
        given = {
            "on_behalf_of": "Pat of Shop",
            "words": "Fine with us.",
            "link": "https://example.org/mail",
            **more,
        }
        return self.answer(row, by or self.one, Side.PROVIDER, **given)

    def by_model(self, row: DataContract, by: Person | None = None, **more: Any) -> DataContract:
        return self.answer(row, by or self.two, Side.CONSUMER, more.pop("party", self.model.pk), **more)

    def in_force(self, content: dict[str, Any] | None = None) -> DataContract:
        row = self.publish(content).contract
        self.by_provider(row)
        return self.by_model(row)
