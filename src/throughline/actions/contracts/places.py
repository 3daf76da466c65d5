"""Where a contract belongs: who may change it, which row is locked for a change, and in whose log it stands."""

from collections.abc import Mapping
from datetime import datetime

from throughline.actions import activity
from throughline.core.errors import Refused
from throughline.core.permissions import Actor, may, require
from throughline.queries import contracts as queries
from throughline.records.contracts import DataContract
from throughline.records.portfolio import MLModel

CHANGE = "contract.change"


def changeable(actor: Actor, contract_id: int) -> DataContract:
    """Whoever works on the program, or on a model that the contract is about."""
    row = queries.contract_row(actor, contract_id)
    require_change(actor, row)
    return row


def require_change(actor: Actor, row: DataContract) -> None:
    if may(actor, CHANGE, program_id=row.program_id):
        return  # before anything is looked up: a thousand contracts may come at once
    if not any(may(actor, CHANGE, **place) for place in queries.places_of(row)):
        require(actor, CHANGE, noun="contract", program_id=row.program_id, model_id=row.model_id)


def locked(row: DataContract) -> DataContract:
    """The row as it stands, held until the transaction ends: what two people do at once is done one after the other."""
    return (
        DataContract.objects.select_for_update(of=("self",))
        .select_related("program", "source", "model")
        .get(pk=row.pk)
    )


def refuse_ended(row: DataContract) -> None:
    if row.ended_at is not None:
        raise Refused.of(
            f"This contract was ended on {row.ended_at:%Y-%m-%d}.",
            remedy="Publish what follows it under an id of its own.",
        )


def record(actor: Actor, verb: str, row: DataContract, *, now: datetime, body: Mapping[str, object]) -> None:
    """On each model that the contract is about, so that its sign-offs hear of it; else on the program."""
    told = {"contract_id": row.pk, "contract": row.name, **body}
    models: list[MLModel] = queries.concerned(row)
    for model in models:
        activity.record_on_model(actor, verb, model, now=now, body=told)
    if not models:
        activity.record(actor, verb, now=now, program_id=row.program_id, body=told)
