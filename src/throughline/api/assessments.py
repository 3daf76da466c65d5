"""Assessments of data quality over HTTP: asked for, read with every figure, compared, judged."""

from dataclasses import asdict

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from ninja import Router

from throughline.actions import assessments as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, refuse_large, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import assessments as shapes
from throughline.api.schemas.base import Id
from throughline.core.errors import Missing, Refused
from throughline.core.profile_comparison import compare
from throughline.core.profile_remarks import remarks
from throughline.core.profiles import ColumnProfile, Profile
from throughline.queries import assessments as queries
from throughline.queries.data_sources import source_row
from throughline.queries.rows import Assessment

router = Router(tags=["Assessments"])
COPIED = tuple(name for name in shapes.AssessmentOut.model_fields if name != "id")
FILE_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": "CSV, Parquet, JSON or DuckDB. Deleted as soon as it is read.",
                    },
                    "table": {"type": "string", "maxLength": 200},
                },
            },
            "example": {"file": "customer,amount…", "table": ""},
        }
    },
}


@operation(
    router, "GET", "/sources/{source_id}/assessments", verb="source.view", at="program", gives=shapes.AssessmentList
)  # fmt: skip
def list_assessments(
    request: ApiRequest, source_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The assessments of a source, newest first, without their figures."""
    rows = queries.assessments(source_row(request.actor, source_id))
    return reply(page_of_rows(rows, ("-asked_at", "-pk"), shown, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/sources/{source_id}/assessments", verb="assessment.start", at="program",
    activity="assessment.asked", gives=shapes.AssessmentOut, status=201,
)  # fmt: skip
def start_assessment(request: ApiRequest, source_id: Id, payload: shapes.NewAssessment) -> HttpResponse:
    """Has a worker profile the source where it lies. Ask for the assessment until its state is done or stopped."""
    row = actions.start_assessment(
        actor=request.actor, source_id=source_id, table=payload.table, now=request.now
    )
    return _replied(row, status=201)


@operation(
    router, "POST", "/sources/{source_id}/assessments/file", verb="assessment.start", at="program",
    activity="assessment.asked", gives=shapes.AssessmentOut, status=201, extra={"requestBody": FILE_FORM},
)  # fmt: skip
def assess_file(request: ApiRequest, source_id: Id) -> HttpResponse:
    """Has a worker profile a file that is sent along; the file is not kept."""
    queries.require_start(request.actor, source_id)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise Refused.field(
            "file", "No file came with this.", "Send it as multipart/form-data, in the part “file”."
        )
    refuse_large(file.size or 0)
    row = actions.assess_upload(
        actor=request.actor,
        source_id=source_id,
        file_name=file.name or "file",
        chunks=file.chunks(),
        table=request.POST.get("table", ""),
        now=request.now,
    )
    return _replied(row, status=201)


@operation(
    router, "GET", "/assessments/{assessment_id}", verb="source.view", at="program", gives=shapes.AssessmentOut,
    is_versioned=True,
)  # fmt: skip
def get_assessment(request: ApiRequest, assessment_id: Id) -> HttpResponse:
    """One assessment: how far it is, or what somebody made of it."""
    return _replied(queries.assessment_row(request.actor, assessment_id))


@operation(
    router, "GET", "/assessments/{assessment_id}/profile", verb="source.view", at="program", gives=shapes.ProfileOut
)  # fmt: skip
def get_assessment_profile(request: ApiRequest, assessment_id: Id) -> HttpResponse:
    """Every figure of a finished assessment, and what strikes in them."""
    return reply(_in_full(_profile(request, assessment_id)[1]))


@operation(
    router, "GET", "/assessments/{assessment_id}/comparison/{other_id}", verb="source.view", at="program",
    gives=shapes.ProfileComparison,
)  # fmt: skip
def compare_assessments(request: ApiRequest, assessment_id: Id, other_id: Id) -> HttpResponse:
    """What moved from the other assessment to this one, both of one source; what deserves a look comes first."""
    row, after = _profile(request, assessment_id)
    other, before = _profile(request, other_id)
    if other.source_id != row.source_id:
        raise Missing("assessment")
    differences = [asdict(one) for one in compare(before, after)]
    return reply({"before_id": other.pk, "after_id": row.pk, "differences": differences})


@operation(
    router, "POST", "/assessments/{assessment_id}/judgement", verb="assessment.judge", at="program",
    activity="assessment.rejected", gives=shapes.AssessmentOut,
)  # fmt: skip
def judge_assessment(
    request: ApiRequest, assessment_id: Id, payload: shapes.AssessmentJudgement
) -> HttpResponse:
    """Accepts or rejects the data; for people, and to accept for others than whoever asked for the assessment."""
    row = actions.judge_assessment(
        actor=request.actor,
        assessment_id=assessment_id,
        is_accepted=payload.accept,
        reason=payload.reason,
        seen=payload.profile,
        now=request.now,
    )
    return _replied(row)


def shown(row: Assessment) -> dict[str, object]:
    return {"id": row.pk, **{name: getattr(row, name) for name in COPIED}}


def _profile(request: ApiRequest, assessment_id: int) -> tuple[Assessment, Profile]:
    row = queries.assessment_row(request.actor, assessment_id)
    found = queries.profile_of(row)
    if found is None:
        raise Missing("profile")
    return row, found


def _in_full(found: Profile) -> dict[str, object]:
    said = [
        {"topic": one.topic, "column": one.column, "text": one.text, "is_heavy": one.is_heavy}
        for one in remarks(found)
    ]
    return {**asdict(found), "columns": [_column(one) for one in found.columns], "remarks": said}


def _column(column: ColumnProfile) -> dict[str, object]:
    return {**asdict(column), "missing": column.missing}


def _replied(row: Assessment, *, status: int = 200) -> HttpResponse:
    location = f"/api/v1/assessments/{row.pk}" if status == 201 else ""
    return reply(shown(row), status=status, version=row.version, location=location)
