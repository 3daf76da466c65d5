"""The contracts of one model, for its page: those for its sources and those for its output."""

from throughline.core.permissions import may
from throughline.queries import contracts as queries
from throughline.queries.rows import MLModel
from throughline.web.contract_lines import Row, row_of
from throughline.web.routes import PageRequest


def of_model(request: PageRequest, model: MLModel) -> dict[str, object]:
    """As they stand now."""
    place = {"program_id": model.program_id, "model_id": model.pk}
    if not may(request.actor, "contract.view", **place):
        return {}
    found = queries.contracts_of_model(request.actor, model, request.now)
    rows: list[Row] = [row_of(one) for one in found]
    return {
        "contract_rows": rows,
        "bare_sources": queries.bare_sources(model),
        "may_contract": may(request.actor, "contract.change", **place),
    }
