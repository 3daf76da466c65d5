"""The only writer of the activity log: one entry per change, and one per refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import transaction
from django.db.models import F, QuerySet

from throughline.core.activity import GENESIS, seal
from throughline.core.dossier import touched
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.queries.dossiers import load
from throughline.queries.statements import Insertion, Parameter, Update, statement
from throughline.records.activity import Activity, ChainHead
from throughline.records.assessments import Assessment
from throughline.records.compliance import ComplianceReview
from throughline.records.contracts import DataContract
from throughline.records.data_sources import AccessRequest, DataSource, SourceFlow, SourceUse
from throughline.records.feedback import Feedback
from throughline.records.label_audits import LabelAudit
from throughline.records.moves import Move, SignOff, Waiver
from throughline.records.outputs import Output
from throughline.records.portfolio import MLModel
from throughline.records.promises import Promise
from throughline.records.stakeholders import Stakeholder

P = ParamSpec("P")
R = TypeVar("R")
ONLY_HEAD = 1
# By the name under which an action takes them: rows that say to which model a refusal belongs.
PLACED: Mapping[str, Any] = {
    "move_id": Move,
    "waiver_id": Waiver,
    "output_id": Output,
    "feedback_id": Feedback,
    "compliance_id": ComplianceReview,
    "promise_id": Promise,
    "stakeholder_id": Stakeholder,
    "use_id": SourceUse,
    "request_id": AccessRequest,
    "audit_id": LabelAudit,
}
# The same for what belongs to a program and to no single model of it.
PLACED_IN_PROGRAM: Mapping[str, tuple[Any, str]] = {
    "source_id": (DataSource, "program_id"),
    "flow_id": (SourceFlow, "upstream__program_id"),
    "assessment_id": (Assessment, "source__program_id"),
}


class Entry:
    """One entry made ready before anything is locked, because whoever writes keeps others waiting."""

    def __init__(
        self,
        actor: Actor,
        verb: str,
        *,
        now: datetime,
        program_id: int | None = None,
        model_id: int | None = None,
        body: Mapping[str, object] | None = None,
    ) -> None:
        self._row = Activity(
            at=now,
            actor=actor.name,
            person_id=actor.person_id,
            door=actor.door,
            verb=verb,
            program_id=program_id,
            model_id=model_id,
            body=_steady(body or {}),
            request_id=actor.request_id,
        )
        self._insertion = Insertion(self._row)

    def append(self, **more: object) -> Activity:
        """Called last inside the change's transaction, because writers queue on the head. `more` joins the body."""
        seq, previous = next(iter(_heads()), None) or _first_head()
        row, body = self._row, {**self._row.body, **{key: _steady(value) for key, value in more.items()}}
        sealed = seal(
            seq=seq + 1,
            at=row.at,
            actor=row.actor,
            door=row.door,
            verb=row.verb,
            program_id=row.program_id,
            model_id=row.model_id,
            body=body,
            previous=previous,
        )
        late = {"body": body} if more else {}
        self._insertion.run(seq=seq + 1, previous=previous, hash=sealed, **late)
        _advance(before=seq, seq=seq + 1, hash=sealed)
        return row


def record(
    actor: Actor,
    verb: str,
    *,
    now: datetime,
    program_id: int | None = None,
    model_id: int | None = None,
    body: Mapping[str, object] | None = None,
) -> Activity:
    """Appends one entry; called last inside the change's transaction."""
    return Entry(actor, verb, now=now, program_id=program_id, model_id=model_id, body=body).append()


@statement
def _heads() -> QuerySet[ChainHead, tuple[int, str]]:
    return ChainHead.objects.select_for_update().filter(pk=ONLY_HEAD).values_list("seq", "hash")


_advance = Update(
    lambda: ChainHead.objects.filter(pk=ONLY_HEAD, seq=Parameter("before")),
    seq=Parameter("seq"),
    hash=Parameter("hash"),
)


@dataclass(frozen=True)
class Line:
    """One entry to be recorded together with others."""

    verb: str
    program_id: int | None
    model_id: int | None
    body: Mapping[str, object]


def record_many(actor: Actor, lines: Sequence[Line], *, now: datetime) -> None:
    """Appends many entries in a fixed number of statements; called last inside the change's transaction."""
    before, previous = next(iter(_heads()), None) or _first_head()
    seq, entries = before, list[Activity]()
    for one in lines:
        seq += 1
        content: dict[str, Any] = {
            "seq": seq,
            "at": now,
            "actor": actor.name,
            "door": actor.door,
            "verb": one.verb,
            "program_id": one.program_id,
            "model_id": one.model_id,
            "body": {key: _steady(value) for key, value in one.body.items()},
            "previous": previous,
        }
        previous = seal(**content)
        entries.append(
            Activity(**content, person_id=actor.person_id, request_id=actor.request_id, hash=previous)
        )
    Activity.objects.bulk_create(entries, batch_size=500)
    _advance(before=before, seq=seq, hash=previous)


def _first_head() -> tuple[int, str]:
    ChainHead.objects.get_or_create(pk=ONLY_HEAD, defaults={"seq": 0, "hash": GENESIS})
    return _heads()[0]


def record_on_model(
    actor: Actor, verb: str, model: MLModel, *, now: datetime, body: Mapping[str, object] | None = None
) -> Activity:
    """Records a change to what is known of a model, and voids exactly the sign-offs that rest on what changed."""
    _count_facts(model_id=model.pk)
    void = _void_touched(model, now)
    told = {**(body or {}), **({"sign_offs_void": void} if void else {})}
    return record(actor, verb, now=now, program_id=model.program_id, model_id=model.pk, body=told)


_count_facts = Update(lambda: MLModel.objects.filter(pk=Parameter("model_id")), facts=F("facts") + 1)


def record_on_program(
    actor: Actor, verb: str, program_id: int, *, now: datetime, body: Mapping[str, object] | None = None
) -> Activity:
    """Records a change that every model of a program rests on, such as a duty held for all of them."""
    return record_on_models(
        actor, verb, MLModel.objects.filter(program_id=program_id), program_id=program_id, now=now, body=body
    )


def record_on_models(
    actor: Actor,
    verb: str,
    rows: QuerySet[MLModel],
    *,
    program_id: int,
    now: datetime,
    body: Mapping[str, object] | None = None,
) -> Activity:
    """Records one change on which several models of a program rest, such as that of a data source they share."""
    rows.update(facts=F("facts") + 1)
    signed = rows.filter(sign_offs__void_at__isnull=True, sign_offs__expires_at__gt=now).distinct()
    void = [
        {"model": model.name, **one}
        for model in signed.select_related("program").order_by("pk")
        for one in _void_touched(model, now)
    ]
    told = {**(body or {}), **({"sign_offs_void": void} if void else {})}
    return record(actor, verb, now=now, program_id=program_id, body=told)


def _void_touched(model: MLModel, now: datetime) -> list[dict[str, object]]:
    if not _live_sign_offs(model_id=model.pk, now=now):
        return []
    void: list[dict[str, object]] = []
    dossier = load(model, now=now)
    for sign_off in dossier.sign_offs:
        changed = touched(sign_off, dossier)
        if changed and SignOff.objects.filter(pk=sign_off.id, void_at__isnull=True).update(
            void_at=now, void_reason=f"This changed after it was signed: {', '.join(changed)}."
        ):
            void.append({"check": sign_off.check_id, "signed_by": sign_off.name, "changed": list(changed)})
    return void


@statement
def _live_sign_offs() -> QuerySet[SignOff, tuple[int]]:
    """One of them, if there is any."""
    rows = SignOff.objects.filter(
        model_id=Parameter("model_id"), void_at__isnull=True, expires_at__gt=Parameter("now")
    )
    return rows.values_list("pk")[:1]


def records_refusals(verb: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Writes `<verb>` to the log, with the reasons, when the action is refused; then lets the refusal go on.

    The action's own transaction is over by then, so the entry stands alone. Mistyped input is not logged.
    """

    def wrap(action: Callable[P, R]) -> Callable[P, R]:
        @wraps(action)
        def recorded(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return action(*args, **kwargs)
            except (Refused, NotAllowed) as refusal:
                if not (isinstance(refusal, Refused) and refusal.kind == "invalid"):
                    _record_refusal(verb, refusal, kwargs)
                raise

        return recorded

    return wrap


def _record_refusal(verb: str, refusal: Refused | NotAllowed, given: Mapping[str, object]) -> None:
    actor, now = given.get("actor"), given.get("now")
    if not isinstance(actor, Actor) or not isinstance(now, datetime):
        raise TypeError("An action is called with actor and now by name.")
    reasons = [str(reason) for reason in refusal.reasons] if isinstance(refusal, Refused) else [refusal.text]
    kind = refusal.kind if isinstance(refusal, Refused) else "not_allowed"
    references = {
        key: value for key, value in given.items() if key.endswith("_id") and isinstance(value, int)
    }
    place = _place(references)
    with transaction.atomic():
        record(actor, verb, now=now, body={"kind": kind, "reasons": reasons, **references}, **place)


def _place(references: Mapping[str, int]) -> dict[str, int | None]:
    """Program and model of what was asked for, so that whoever audits the program sees its refusals."""
    model_id = references.get("model_id")
    for name, row in PLACED.items():
        if name in references:
            model_id = row.objects.filter(pk=references[name]).values_list("model_id", flat=True).first()
    if "contract_id" in references:  # it may be about no single model
        rows = DataContract.objects.filter(pk=references["contract_id"])
        found = rows.values_list("program_id", "model_id").first() or (None, None)
        return {"program_id": found[0], "model_id": found[1]}
    if model_id is None:
        return {"program_id": _program_of(references), "model_id": None}
    program_id = MLModel.objects.filter(pk=model_id).values_list("program_id", flat=True).first()
    return {"program_id": program_id, "model_id": model_id if program_id else None}


def _program_of(references: Mapping[str, int]) -> int | None:
    for name, (row, column) in PLACED_IN_PROGRAM.items():
        if name in references:
            found: int | None = row.objects.filter(pk=references[name]).values_list(column, flat=True).first()
            return found
    return references.get("program_id")


def _steady(value: object) -> object:
    """Content that every database gives back exactly: fractions become text, as databases write them differently."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _steady(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_steady(item) for item in value]
    return value if value is None or isinstance(value, bool | int) else str(value)
