"""For whom somebody may answer a contract: a team for its model, people for themselves, providers by their words."""

from dataclasses import dataclass

from throughline.core.contracts.agreements import Direction, Party, Side
from throughline.core.permissions import Actor, may
from throughline.queries.contracts import mail_of, places_of
from throughline.records.contracts import DataContract
from throughline.records.stakeholders import Stakeholder


@dataclass(frozen=True)
class Seat:
    """`why_not` is empty for somebody who may answer. `is_outside`: the party may speak through a recorder here;
    `needs_name`: it must, because this person is not the party."""

    why_not: str = ""
    is_outside: bool = False
    needs_name: bool = False


def seat_of(actor: Actor, row: DataContract, party: Party) -> Seat:
    if row.direction == Direction.OUTPUT and party.side is Side.CONSUMER:
        return _of_stakeholder(actor, row, party)
    if not any(may(actor, "contract.change", **place) for place in _places(row, party)):
        return Seat(f"Only people who work on it answer for {party.name}.")
    if row.direction == Direction.PROVIDER and party.side is Side.PROVIDER:
        return Seat(is_outside=True, needs_name=not _is_provider(actor, row))
    return Seat()


def _places(row: DataContract, party: Party) -> list[dict[str, int | None]]:
    model_id = row.model_id if row.direction == Direction.OUTPUT else party.id
    return [{"program_id": row.program_id, "model_id": model_id}] if model_id else places_of(row)


def _of_stakeholder(actor: Actor, row: DataContract, party: Party) -> Seat:
    person_id = Stakeholder.objects.filter(pk=party.id or 0).values_list("person_id", flat=True).first()
    if person_id is not None:
        is_own = person_id == actor.person_id
        return Seat() if is_own else Seat(f"{party.name} has an account, and answers for themselves.")
    if not may(actor, "contract.change", program_id=row.program_id, model_id=row.model_id):
        return Seat(f"Only people who work on the model record what {party.name} said.")
    return Seat(is_outside=True, needs_name=True)


def _is_provider(actor: Actor, row: DataContract) -> bool:
    """Whether this person answers for the source: its owner here, or one of its contacts by mail address."""
    if row.source is None or actor.person_id is None:
        return False
    contacts = [one for one in row.source.contacts if isinstance(one, dict)]
    mails = {str(one.get("email", "")).strip().lower() for one in contacts} - {""}
    return row.source.owner_id == actor.person_id or mail_of(actor) in mails
