"""Who may decide the direction of a model: whoever may decide its way forward."""

from throughline.core.dossier import Dossier
from throughline.core.gates import why_may_not_decide
from throughline.core.planning import not_directed
from throughline.core.policy import Policy
from throughline.core.stages import Place, Standing, way_forward


def why_may_not_direct(policy: Policy, dossier: Dossier, person_id: int | None) -> str:
    """Empty when this person may; otherwise the reason, with who can. A paused model has the same gate ahead."""
    if why := not_directed(dossier.model.place):
        return why
    step = way_forward(Place(dossier.model.stage, Standing.ACTIVE))
    assert step is not None, "before production every stage leads on"
    why = why_may_not_decide(policy.gates[step.gate], dossier, person_id, None)
    return why.replace("This move is decided by", "The direction is decided by")
