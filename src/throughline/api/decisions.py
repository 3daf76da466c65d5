"""Decisions over HTTP, and a model's whole dossier for auditors and offline checks."""

from django.http import HttpResponse
from ninja import Router

from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import moves as shapes
from throughline.api.schemas.base import AsOf, Id
from throughline.core.bundles import in_export, sealed
from throughline.core.errors import Missing, Refused
from throughline.core.gates import evaluate
from throughline.core.plain import to_plain
from throughline.core.stages import way_forward
from throughline.queries import activity, moves
from throughline.queries.dossiers import load_many
from throughline.queries.policies import policy_of
from throughline.queries.portfolio import model_row
from throughline.queries.rows import Decision, MLModel

router = Router(tags=["Moves"])
DECISION = tuple(shapes.DecisionOut.model_fields)


def decision_shown(row: Decision) -> dict[str, object]:
    return {name: row.pk if name == "id" else getattr(row, name) for name in DECISION}


def decision_in_full(row: Decision) -> dict[str, object]:
    return {
        **decision_shown(row),
        "answers": row.answers,
        "policy_fingerprint": row.policy.fingerprint,
        "dossier": row.dossier,
        "verdict": row.verdict,
    }


@operation(
    router, "GET", "/models/{model_id}/decisions", verb="model.view", at="model", gives=shapes.DecisionList
)
def list_decisions(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """What was decided about a model, newest first."""
    rows = moves.decisions(model_row(request.actor, model_id))
    return reply(page_of_rows(rows, ("-decided_at", "-pk"), decision_shown, limit=limit, cursor=cursor))


@operation(
    router, "GET", "/decisions/{decision_id}", verb="model.view", at="model", gives=shapes.DecisionInFull
)
def get_decision(request: ApiRequest, decision_id: Id) -> HttpResponse:
    """One decision with the dossier, the verdict and the policy on which it rests."""
    return reply(decision_in_full(moves.decision_row(request.actor, decision_id)))


@operation(router, "GET", "/models/{model_id}/dossier", verb="model.view", at="model", gives=shapes.BundleOut)
def export_dossier(request: ApiRequest, model_id: Id, as_of: AsOf = None) -> HttpResponse:
    """Everything known about a model in one sealed file, now or as of a past instant.

    `throughline gate check --dossier` and `throughline audit verify` check it without a server.
    """
    model = model_row(request.actor, model_id)
    if as_of and as_of > request.now:
        raise Refused.field("as_of", "This is in the future.", "Leave it out to ask about now.")
    file_name = f"dossier-{model.pk}.json"
    disposition = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return reply(_bundle(request, model, as_of), headers=disposition)


def _bundle(request: ApiRequest, model: MLModel, as_of: AsOf) -> dict[str, object]:
    dossier = load_many([model], now=request.now, as_of=as_of).get(model.pk)
    if dossier is None:
        raise Missing("model at that time")
    row, policy = policy_of(model)
    step = way_forward(dossier.model.place)
    verdict = evaluate(policy, step.gate, dossier) if step else None
    until = as_of or request.now
    decided = (
        model.decisions.filter(decided_at__lte=until).select_related("policy").order_by("decided_at", "pk")
    )
    decisions = list(decided)
    seq, digest = activity.head()
    content = {
        "exported_at": request.now,
        "exported_by": request.actor.name,
        "as_of": as_of,
        "dossier": dossier,
        "gate": step.gate if step else "",
        "policy": row.fingerprint,
        "policies": {
            row.fingerprint: row.content,
            **{d.policy.fingerprint: d.policy.content for d in decisions},
        },
        "verdict": verdict,
        "decisions": [decision_in_full(decision) for decision in decisions],
        "activity": {
            "entries": [in_export(entry) for entry in activity.of_model(model) if entry.at <= until],
            "head": {"seq": seq, "hash": digest},
        },
    }
    plain = to_plain(content)
    assert isinstance(plain, dict)
    return sealed(plain)
