"""A small client for programs: `Throughline(server, token)`, with typed results and safe repetition."""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from throughline.client.contract_shapes import ContractTest, DocumentTest
from throughline.client.contracts import Contracts
from throughline.client.data_shapes import (
    AccessRequest,
    Assessment,
    ComplianceReview,
    LabelAudit,
    LabelItem,
    Source,
    SourceUse,
)
from throughline.client.errors import Reason, ThroughlineError, Unreachable
from throughline.client.shapes import (
    Attached,
    Decision,
    Evidence,
    Finding,
    GateReport,
    Me,
    Model,
    Move,
    Program,
    Promise,
)
from throughline.client.transport import Transport
from throughline.core.errors import Refused
from throughline.core.plain import from_plain, to_plain

__all__ = [
    "AccessRequest",
    "Assessment",
    "Attached",
    "ComplianceReview",
    "ContractTest",
    "Decision",
    "DocumentTest",
    "Evidence",
    "Finding",
    "GateReport",
    "LabelAudit",
    "LabelItem",
    "Me",
    "Model",
    "Move",
    "Program",
    "Reason",
    "Source",
    "SourceUse",
    "Throughline",
    "ThroughlineError",
    "Unreachable",
]

T = TypeVar("T")
SERVER, TOKEN = "THROUGHLINE_SERVER", "THROUGHLINE_TOKEN"
DEFAULT_SERVER = "http://127.0.0.1:8000"


class Throughline(Contracts):
    """One server, as one token sees it. Address and token come from the environment unless they are given.

    Every call raises `ThroughlineError` when the server refuses, and `Unreachable` when no answer comes.
    """

    def __init__(
        self,
        server: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 30.0,
        attempts: int = 4,
    ) -> None:
        address = server or os.environ.get(SERVER) or DEFAULT_SERVER
        secret = token if token is not None else os.environ.get(TOKEN, "")
        self._transport = Transport(address, secret, timeout=timeout, attempts=attempts)

    def me(self) -> Me:
        return _read(Me, self._transport.get("/me"))

    def version(self) -> str:
        return str(self._transport.get("/version")["version"])

    def programs(self) -> Iterator[Program]:
        return self._pages(Program, "/programs", {})

    def create_program(
        self, *, name: str, slug: str, policy: str = "default", time_zone: str = "UTC"
    ) -> Program:
        body = {"name": name, "slug": slug, "policy": policy, "time_zone": time_zone}
        return _read(Program, self._transport.send("POST", "/programs", body))

    def models(
        self,
        *,
        program: str = "",
        search: str = "",
        stage: Iterable[str] = (),
        standing: Iterable[str] = (),
        tier: Iterable[str] = (),
        team: Iterable[str] = (),
        sort: str = "name",
    ) -> Iterator[Model]:
        """Every model that fits, page after page as they are asked for."""
        many = {"stage": list(stage), "standing": list(standing), "tier": list(tier), "team": list(team)}
        return self._pages(Model, "/models", {"program": program, "search": search, "sort": sort, **many})

    def model(self, reference: str | int) -> Model:
        """By id, by external id, or by `program/external id`."""
        return _read(Model, self._transport.get("/models/find", reference=str(reference)))

    def create_model(self, *, program: str, name: str, **fields: str) -> Model:
        return _read(
            Model, self._transport.send("POST", "/models", {"program": program, "name": name, **fields})
        )

    def put_model(self, program: str, external_id: str, *, name: str, **fields: str) -> Model:
        """Creates the model with this external id, or changes the one there is."""
        path = f"/programs/{quote(program, safe='')}/models/{quote(external_id)}"
        return _read(Model, self._transport.send("PUT", path, {"name": name, **fields}))

    def change_model(self, model: Model, **fields: str) -> Model:
        """Refused with `kind` “stale” when somebody changed the model after it was read."""
        headers = {"If-Match": f'"{model.version}"'}
        return _read(Model, self._transport.send("PATCH", f"/models/{model.id}", fields, headers=headers))

    def gate(self, model_id: int, *, to: str | None = None, as_of: datetime | None = None) -> GateReport:
        query = {"to": to, "as_of": as_of.isoformat() if as_of else None}
        return _read(GateReport, self._transport.get(f"/models/{model_id}/gate", **query))

    def dossier(self, model_id: int, *, as_of: datetime | None = None) -> dict[str, object]:
        """The sealed export, for keeping and for checks without a server."""
        query = {"as_of": as_of.isoformat() if as_of else None}
        return dict(self._transport.get(f"/models/{model_id}/dossier", **query))

    def evidence(self, model_id: int, *, key: str = "") -> Iterator[Evidence]:
        return self._pages(Evidence, f"/models/{model_id}/evidence", {"key": key})

    def attach_evidence(self, model_id: int, items: Iterable[Mapping[str, object]]) -> Attached:
        """Up to 1,000 facts, all or none; each with at least `kind` and `key`."""
        body = [to_plain(dict(item)) for item in items]
        return _read(Attached, self._transport.send("POST", f"/models/{model_id}/evidence", body))

    def attach_report(self, model_id: int, file: str | os.PathLike[str], *, label: str = "") -> Attached:
        """JUnit XML, dbt `run_results.json`, or a datacontract-cli result."""
        path = Path(file)
        fields = {"label": label} if label else {}
        url = f"/models/{model_id}/evidence/report"
        return _read(Attached, self._transport.send_file(url, path.name, path.read_bytes(), fields))

    def request_move(self, model_id: int, kind: str, *, reason: str, to_stage: str | None = None) -> Move:
        body = {"kind": kind, "to_stage": to_stage, "reason": reason}
        return _read(Move, self._transport.send("POST", f"/models/{model_id}/moves", body))

    def moves(self, *, state: str = "", model_id: int | None = None) -> Iterator[Move]:
        return self._pages(Move, "/moves", {"state": state, "model_id": model_id})

    def decide_move(self, move_id: int, *, approve: bool, reason: str = "") -> Move:
        body = {"approve": approve, "reason": reason}
        return _read(Move, self._transport.send("POST", f"/moves/{move_id}/answers", body))

    def decisions(self, model_id: int) -> Iterator[Decision]:
        return self._pages(Decision, f"/models/{model_id}/decisions", {})

    def promises(self, model_id: int) -> list[Promise]:
        """What was promised about a model, and what each is worth on the facts as they stand."""
        return [_read(Promise, item) for item in self._transport.get(f"/models/{model_id}/promises")["items"]]

    def sources(
        self, *, program: str = "", search: str = "", automation: str = "", support: str = ""
    ) -> Iterator[Source]:
        """Data sources that are not retired, by name."""
        query = {"program": program, "search": search, "automation": automation, "support": support}
        return self._pages(Source, "/sources", query)

    def source(self, source_id: int) -> Source:
        return _read(Source, self._transport.get(f"/sources/{source_id}"))

    def put_source(self, program: str, external_id: str, **fields: object) -> Source:
        """Lists the source with this external id, or changes the one there is."""
        path = f"/programs/{quote(program, safe='')}/sources/{quote(external_id)}"
        return _read(Source, self._transport.send("PUT", path, fields))

    def sources_of_model(self, model_id: int) -> list[SourceUse]:
        return [
            _read(SourceUse, item) for item in self._transport.get(f"/models/{model_id}/sources")["items"]
        ]

    def use_sources(
        self, model_id: int, source_ids: Iterable[int], *, from_stage: str, purpose: str = ""
    ) -> list[SourceUse]:
        body = {"source_ids": list(source_ids), "from_stage": from_stage, "purpose": purpose}
        made = self._transport.send("POST", f"/models/{model_id}/sources", body)
        return [_read(SourceUse, item) for item in made["items"]]

    def access_requests(
        self, *, program: str = "", model_id: int | None = None, state: str = "", overdue: bool = False
    ) -> Iterator[AccessRequest]:
        query = {
            "program": program,
            "model_id": model_id,
            "state": state,
            "overdue": "true" if overdue else None,
        }
        return self._pages(AccessRequest, "/access-requests", query)

    def start_contract_test(self, contract_id: int) -> ContractTest:
        """The worker runs it; ask with `contract_test` until its state is done or stopped."""
        return _read(ContractTest, self._transport.send("POST", f"/contracts/{contract_id}/tests", None))

    def contract_test(self, test_id: int) -> ContractTest:
        return _read(ContractTest, self._transport.get(f"/contract-tests/{test_id}"))

    def test_document(self, contract: str | os.PathLike[str], data: str | os.PathLike[str]) -> DocumentTest:
        """Tests a document of the standard against one file of data; the server keeps neither."""
        files = {"contract": Path(contract), "data": Path(data)}
        parts = {name: (path.name, path.read_bytes()) for name, path in files.items()}
        return _read(DocumentTest, self._transport.send_files("/document-tests", parts))

    def compliance_reviews(
        self, *, program: str = "", kind: str = "", model_id: int | None = None
    ) -> Iterator[ComplianceReview]:
        """Reviews for privacy, security and the like, with their findings, the newest first."""
        if model_id is not None:
            return self._pages(ComplianceReview, f"/models/{model_id}/compliance", {})
        return self._pages(ComplianceReview, "/compliance", {"program": program, "kind": kind})

    def ask_compliance_review(
        self,
        model_id: int,
        *,
        kind: str,
        reviewer_id: int,
        scope: str = "",
        release_id: int | None = None,
        due_on: date | None = None,
        renews_id: int | None = None,
    ) -> ComplianceReview:
        """Asks somebody else to review a model, or to renew a closed review."""
        body = {"kind": kind, "reviewer_id": reviewer_id, "scope": scope, "release_id": release_id}
        body |= {"due_on": due_on.isoformat() if due_on else None, "renews_id": renews_id}
        return _read(ComplianceReview, self._transport.send("POST", f"/models/{model_id}/compliance", body))

    def raise_compliance_finding(
        self, review_id: int, *, title: str, severity: str, detail: str = "", due_on: date | None = None
    ) -> ComplianceReview:
        """The program manager owns it until somebody else does."""
        body = {"title": title, "severity": severity, "detail": detail}
        body |= {"due_on": due_on.isoformat()} if due_on else {}
        return _read(
            ComplianceReview, self._transport.send("POST", f"/compliance/{review_id}/findings", body)
        )

    def assess(self, source_id: int, *, table: str = "") -> Assessment:
        """Has a worker profile a source where it lies; `assessment` tells when it is done or was stopped."""
        path = f"/sources/{source_id}/assessments"
        return _read(Assessment, self._transport.send("POST", path, {"table": table}))

    def assess_file(self, source_id: int, file: str | os.PathLike[str], *, table: str = "") -> Assessment:
        """The same for a file that is sent along and not kept: CSV, Parquet, JSON or DuckDB."""
        path = Path(file)
        fields = {"table": table} if table else {}
        url = f"/sources/{source_id}/assessments/file"
        return _read(Assessment, self._transport.send_file(url, path.name, path.read_bytes(), fields))

    def assessments(self, source_id: int) -> Iterator[Assessment]:
        return self._pages(Assessment, f"/sources/{source_id}/assessments", {})

    def assessment(self, assessment_id: int) -> Assessment:
        return _read(Assessment, self._transport.get(f"/assessments/{assessment_id}"))

    def assessment_profile(self, assessment_id: int) -> dict[str, object]:
        """Every figure that was counted, and what strikes in them."""
        return dict(self._transport.get(f"/assessments/{assessment_id}/profile"))

    def judge_assessment(self, assessment: Assessment, *, accept: bool, reason: str) -> Assessment:
        """What is accepted is the profile that was read with this assessment, and no other."""
        body = {"accept": accept, "reason": reason, "profile": assessment.fingerprint}
        path = f"/assessments/{assessment.id}/judgement"
        return _read(Assessment, self._transport.send("POST", path, body))

    def label_audits(self, model_id: int) -> Iterator[LabelAudit]:
        return self._pages(LabelAudit, f"/models/{model_id}/label-audits", {})

    def begin_label_audit(
        self, model_id: int, file: str | os.PathLike[str], *, name: str, **fields: str
    ) -> LabelAudit:
        """Brings a CSV file of labelled rows; `fields` may hold `question` and `origin`. Then draw from it."""
        path = Path(file)
        url = f"/models/{model_id}/label-audits"
        sent = self._transport.send_file(url, path.name, path.read_bytes(), {"name": name, **fields})
        return _read(LabelAudit, sent)

    def draw_label_items(
        self, audit_id: int, *, label: str, shown: Iterable[str], size: int, seed: int, **plan: object
    ) -> LabelAudit:
        """The same file and seed draw the same items. `plan` may hold what the API takes besides, such as
        `most_error` and `method`."""
        body = {"label": label, "shown": list(shown), "size": size, "seed": seed, **plan}
        return _read(LabelAudit, self._transport.send("POST", f"/label-audits/{audit_id}/draw", body))

    def label_items(self, audit_id: int) -> list[LabelItem]:
        """Those of an audit to which you were invited, with your own answers."""
        found = self._transport.get(f"/label-audits/{audit_id}/items")["items"]
        return [_read(LabelItem, item) for item in found]

    def answer_label_items(self, audit_id: int, answers: Mapping[int, str | None]) -> dict[str, int]:
        """By number of the item; None where you can't say. All or none are taken."""
        rows = [{"item": item, "label": label} for item, label in answers.items()]
        path = f"/label-audits/{audit_id}/answers"
        return dict(self._transport.send("POST", path, {"answers": rows}))

    def label_results(self, audit_id: int) -> dict[str, object]:
        """The frozen figures of a closed audit."""
        return dict(self._transport.get(f"/label-audits/{audit_id}/results"))

    def export_activity(self, *, program: str = "") -> Iterator[bytes]:
        """The whole log in pieces of text, one JSON object per line."""
        return self._transport.stream("/activity/export", {"program": program})

    def _shaped(self, shape: type[T], content: object) -> T:
        return _read(shape, content)

    def _pages(self, shape: type[T], path: str, query: Mapping[str, object]) -> Iterator[T]:
        cursor: Any = ""
        while cursor is not None:
            page = self._transport.get(path, **{**query, "limit": 100, "cursor": cursor})
            for item in page["items"]:
                yield _read(shape, item)
            cursor = page["next"]


def _read(shape: type[T], content: object) -> T:
    try:
        return from_plain(shape, content)
    except Refused as error:
        raise Unreachable(
            f"The server's reply is not understood by this version of the client: {error}"
        ) from error
