"""What would become of a document that is imported: its faults with their lines, or what it is and what it changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.adapters.odcs import NEWEST, ContractInvalid, Fault, read_contract, write_contract
from throughline.core.contracts.agreements import refuse_label
from throughline.core.contracts.changes import Change, is_breaking
from throughline.core.contracts.comparison import compare
from throughline.core.contracts.documents import Contract
from throughline.core.contracts.identity import content_fingerprint, key_of, title_of
from throughline.core.contracts.reading import read_contract as facts_of
from throughline.core.errors import Refused
from throughline.core.permissions import Actor
from throughline.queries import contracts as queries
from throughline.queries.contract_facts import versions_from
from throughline.records.contracts import ContractVersion, DataContract
from throughline.records.portfolio import Program

__all__ = ["NEWEST", "Preview", "content_in_order", "preview", "preview_content", "written"]


@dataclass(frozen=True)
class Preview:
    """`existing` is the contract of which this would be a version. `refusal` says why it would not be taken."""

    text: str
    faults: tuple[Fault, ...] = ()
    name: str = ""
    label: str = ""
    facts: Contract | None = None
    existing: DataContract | None = None
    is_known: bool = False
    changes: tuple[Change, ...] = ()
    refusal: str = ""

    @property
    def is_sound(self) -> bool:
        return not (self.faults or self.refusal)

    @property
    def is_breaking(self) -> bool:
        return is_breaking(self.changes)


def preview(actor: Actor, program: Program, body: bytes | str, now: datetime) -> Preview:
    """Nothing is kept."""
    text = body if isinstance(body, str) else body.decode("utf-8", errors="replace")
    try:
        file = read_contract(body)
    except ContractInvalid as invalid:
        return Preview(text, faults=invalid.faults)
    content = file.content
    try:
        key, name = key_of(content), title_of(content)
    except Refused as refused:
        return Preview(file.text, refusal=str(refused))
    said = {"name": name, "label": str(content["version"]), "facts": facts_of(content)}
    row = queries.contracts(actor).filter(program=program, key=key).first()
    if row is None:
        return Preview(file.text, **said)  # type: ignore[arg-type]
    versions = list(row.versions.order_by("number"))
    live = [one for one in versions if one.withdrawn_at is None]
    fingerprint = content_fingerprint(content)
    if live and live[-1].fingerprint == fingerprint:
        return Preview(file.text, existing=row, is_known=True, **said)  # type: ignore[arg-type]
    refusal = _refusal(row, versions, str(content["version"]).strip(), fingerprint, now)
    base = _base(versions, now)
    return Preview(file.text, existing=row, changes=compare(base.content, content), refusal=refusal, **said)  # type: ignore[arg-type]


def _base(versions: list[ContractVersion], now: datetime) -> ContractVersion:
    """What the next version is held against: the one in force, else the newest that was not withdrawn."""
    live = [one for one in versions if one.withdrawn_at is None]
    in_force = [one for one in live if queries.is_in_force(one, now)]
    return (in_force or live or versions)[-1]


def _refusal(
    row: DataContract, versions: list[ContractVersion], label: str, fingerprint: str, now: datetime
) -> str:
    if row.ended_at is not None:
        return f"This contract was ended on {row.ended_at:%Y-%m-%d}."
    try:
        refuse_label(label, fingerprint, versions_from(queries.version_lines(versions), now))
    except Refused as refused:
        return str(refused)
    return ""


def preview_content(actor: Actor, program: Program, content: Mapping[str, Any], now: datetime) -> Preview:
    return preview(actor, program, written(content), now)


def written(content: Mapping[str, Any]) -> str:
    """The document as YAML, in its order."""
    return write_contract(content)


def content_in_order(version: ContractVersion) -> dict[str, Any]:
    """Of the text as it was imported: PostgreSQL does not keep the order of names in data."""
    return read_contract(version.text).content
