"""Success criteria with their verdicts over HTTP."""

from django.http import HttpResponse
from ninja import Router

from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.schemas import planning as shapes
from throughline.api.schemas.base import AsOf, Id
from throughline.core.errors import Missing, Refused
from throughline.core.prototype import proof_of
from throughline.core.verdicts import CriterionVerdict
from throughline.queries.dossiers import load_many
from throughline.queries.portfolio import model_row

router = Router(tags=["Planning"])
OF_CRITERION = ("key", "title", "level", "role", "metric", "unit", "line", "confidence")
OF_VERDICT = tuple(name for name in shapes.VerdictOut.model_fields if name not in OF_CRITERION)


@operation(
    router, "GET", "/models/{model_id}/criteria", verb="model.view", at="model", gives=shapes.CriteriaOut
)
def get_criteria(request: ApiRequest, model_id: Id, as_of: AsOf = None) -> HttpResponse:
    """What the criteria of a model come to: each with its verdict, the numbers and the reason, and what is advised."""
    row = model_row(request.actor, model_id)
    if as_of and as_of > request.now:
        raise Refused.field("as_of", "This is in the future.", "Leave it out to ask about now.")
    dossier = load_many([row], now=request.now, as_of=as_of).get(row.pk)
    if dossier is None:
        raise Missing("model at that time")
    proof = proof_of(dossier)
    return reply(
        {
            "spec_number": proof.agreed.spec_number if proof.agreed else None,
            "is_agreed": proof.is_agreed,
            "is_borne_out": proof.is_borne_out,
            "advice": proof.judgement.advice,
            "advice_text": proof.judgement.text,
            "fingerprint": proof.fingerprint,
            "items": [_shown(one) for one in proof.verdicts],
        }
    )


def _shown(one: CriterionVerdict) -> dict[str, object]:
    return {
        **{name: getattr(one.criterion, name) for name in OF_CRITERION},
        **{name: getattr(one, name) for name in OF_VERDICT},
    }
