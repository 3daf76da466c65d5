"""Contracts are tested against their data over HTTP: asked for, watched, set up; and documents with a file of data."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from ninja import Router

from throughline.actions.evidence import contract_tests as actions
from throughline.actions.evidence.contract_tests import Setup
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, refuse_large, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import contract_tests as shapes
from throughline.api.schemas.base import Id
from throughline.core.contracts.results import RuleResult
from throughline.core.contracts.testing import Trigger, ordered, sentence
from throughline.core.errors import Refused
from throughline.queries import contract_tests as queries
from throughline.queries.contracts import contract_row
from throughline.queries.rows import ContractTest, DataContract

router = Router(tags=["Contracts"])
SAME = (
    "state", "outcome", "trigger", "engine", "place", "asked_at", "asked_by", "started_at", "finished_at", "tables",
    "tables_done", "rows", "passed", "failed", "unknown", "error",
)  # fmt: skip
DOCUMENT_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["contract", "data"],
                "additionalProperties": False,
                "properties": {
                    "contract": {"type": "string", "format": "binary", "description": "YAML or JSON."},
                    "data": {"type": "string", "format": "binary", "description": "CSV, Parquet or JSON."},
                },
            },
            "example": {"contract": "apiVersion: v3.1.0…", "data": "id,amount…"},
        }
    },
}


@operation(
    router, "GET", "/contracts/{contract_id}/tests", verb="contract.view", at="program", gives=shapes.ContractTestList
)  # fmt: skip
def list_contract_tests(
    request: ApiRequest, contract_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Tests of a contract, the newest first, without what each rule came to."""
    rows = queries.tests_of(contract_row(request.actor, contract_id))
    return reply(page_of_rows(rows, ("-asked_at", "-pk"), line, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/contracts/{contract_id}/tests", verb="contract.test", at="program",
    activity="contract.test_requested", gives=shapes.ContractTestOut, status=201,
)  # fmt: skip
def request_contract_test(request: ApiRequest, contract_id: Id) -> HttpResponse:
    """Has the worker test the contract against its data. Ask for the test until it is done."""
    row = actions.request_test(
        actor=request.actor, contract_id=contract_id, trigger=Trigger.API, now=request.now
    )
    return _replied(request, row.pk, status=201)


@operation(
    router, "GET", "/contract-tests/{test_id}", verb="contract.view", at="program", gives=shapes.ContractTestOut
)  # fmt: skip
def get_contract_test(request: ApiRequest, test_id: Id) -> HttpResponse:
    """One test: how far it is, and what each rule came to."""
    return _replied(request, test_id)


@operation(
    router, "GET", "/contracts/{contract_id}/testing", verb="contract.view", at="program",
    gives=shapes.ContractTestSetupOut, is_versioned=True,
)  # fmt: skip
def get_contract_test_setup(request: ApiRequest, contract_id: Id) -> HttpResponse:
    """Where the data lies and when the contract is tested by itself."""
    return _setup(contract_row(request.actor, contract_id))


@operation(
    router, "PUT", "/contracts/{contract_id}/testing", verb="connection.change", at="program",
    activity="contract.tests_set_up", gives=shapes.ContractTestSetupOut, is_versioned=True,
)  # fmt: skip
def set_up_contract_tests(
    request: ApiRequest, contract_id: Id, payload: shapes.ContractTestSetup
) -> HttpResponse:
    """Says where the data lies and when the contract is tested by itself."""
    row = actions.set_up_tests(
        actor=request.actor,
        contract_id=contract_id,
        setup=Setup(**payload.model_dump()),
        expected_version=expected_version(request),
        now=request.now,
    )
    return _setup(row)


@operation(
    router, "POST", "/document-tests", verb="contract.test_document", at="person", gives=shapes.DocumentTest,
    extra={"requestBody": DOCUMENT_FORM},
)  # fmt: skip
def test_document(request: ApiRequest) -> HttpResponse:
    """Tests a contract against one file of data that is sent with it. Nothing of either is kept."""
    contract, data = _part(request, "contract"), _part(request, "data")
    result = actions.try_document(
        actor=request.actor,
        body=contract.read(),
        file_name=data.name or "data",
        chunks=data.chunks(),
        now=request.now,
    )
    content = {
        "outcome": result.outcome,
        "engine": result.engine,
        "place": data.name or "data",
        "rows": result.rows,
        "said": sentence(result.results),
        "rules": [one.to_plain() for one in ordered(result.results)],
    }
    return reply(content)


def line(row: ContractTest) -> dict[str, object]:
    return {
        "id": row.pk,
        "contract_id": row.contract_id,
        "version": row.version.number,
        "label": row.version.label,
        **{name: getattr(row, name) for name in SAME},
    }


def _replied(request: ApiRequest, test_id: int, *, status: int = 200) -> HttpResponse:
    row = queries.test_row(request.actor, test_id)
    results: tuple[RuleResult, ...] = queries.shown(row).results
    rules = [one.to_plain() for one in results]
    content = {**line(row), "said": sentence(results) if row.state == "done" else "", "rules": rules}
    return reply(
        content, status=status, location=f"/api/v1/contract-tests/{test_id}" if status == 201 else ""
    )


def _setup(row: DataContract) -> HttpResponse:
    content = {
        "server": row.server,
        "location": row.location,
        "schedule": row.schedule,
        "time_zone": row.time_zone,
        "next_test_at": row.next_test_at,
        "has_password": bool(row.secrets),
        "version": row.version,
    }
    return reply(content, version=row.version)


def _part(request: ApiRequest, name: str) -> "UploadedFile[bytes]":
    file = request.FILES.get(name)
    if not isinstance(file, UploadedFile):
        raise Refused.field(
            name, "No file came under this name.", f"Send it as multipart/form-data, in the part “{name}”."
        )
    refuse_large(file.size or 0)
    return file
