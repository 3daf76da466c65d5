"""The contracts of one model or source, for its page."""

from django.urls import reverse

from throughline.core.permissions import may
from throughline.queries import contracts as queries
from throughline.queries.rows import DataSource, MLModel
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
        "contract_new_url": _new_url(model.program.slug, f"model-{model.pk}"),
    }


def of_source(request: PageRequest, source: DataSource) -> dict[str, object]:
    """What its provider promises; nothing for those who may not see contracts."""
    rows = queries.contracts(request.actor).filter(source=source)
    return {
        "contract_rows": [row_of(one) for one in queries.lines(list(rows), request.now)],
        "contract_new_url": _new_url(source.program.slug, f"source-{source.pk}"),
    }


def _new_url(program: str, about: str) -> str:
    """The import, with what the contract is about already chosen."""
    return reverse("contract_new", query={"program": program, "about": about})
