"""Specifications over HTTP: read, written section by section, submitted, answered, commented on, compared."""

from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import specs as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows, page_of_values
from throughline.api.schemas import specs as shapes
from throughline.api.schemas.base import Id
from throughline.api.schemas.portfolio import WithReason
from throughline.core.comparison import compare
from throughline.core.errors import Missing
from throughline.core.plain import to_plain
from throughline.core.spec_sections import WAY
from throughline.core.specs import filled_in, lacks
from throughline.queries import specs as queries
from throughline.queries.portfolio import model_row
from throughline.queries.rows import Spec, SpecComment

router = Router(tags=["Specifications"])
HEAD = {name: name for name in shapes.SpecHead.model_fields}
Number = Annotated[int, Field(ge=1, le=2**31 - 1, description="The number of a version.", examples=[1])]
Which = Annotated[
    Literal["latest", "approved", "in_work"],
    Field(description="The newest version, the approved one, or the one that is written or waits."),
]
SectionKey = Annotated[str, Field(max_length=60, description="The key of a section.", examples=["problem"])]


@operation(router, "GET", "/models/{model_id}/specs", verb="model.view", at="model", gives=shapes.SpecList)
def list_specs(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The versions of a model's specification without their content, newest first."""
    rows = queries.specs(model_row(request.actor, model_id))
    return reply(page_of_values(rows, ("-number",), HEAD, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/specs", verb="spec.write", at="model", activity="spec.started",
    gives=shapes.SpecOut, status=201,
)  # fmt: skip
def start_spec(request: ApiRequest, model_id: Id) -> HttpResponse:
    """Begins the next version: empty, or with the content of the approved one."""
    row = actions.start_draft(actor=request.actor, model_id=model_id, now=request.now)
    where = f"/api/v1/models/{model_id}/specs/{row.number}"
    return reply(spec_shown(row), status=201, version=row.version, location=where)


@operation(
    router, "GET", "/models/{model_id}/spec", verb="model.view", at="model", gives=shapes.SpecOut, is_versioned=True
)  # fmt: skip
def get_spec(request: ApiRequest, model_id: Id, which: Which = "latest") -> HttpResponse:
    """The specification of a model, with what it lacks at each gate."""
    model = model_row(request.actor, model_id)
    found = {
        "latest": lambda: queries.specs(model).first(),
        "approved": lambda: queries.approved(model),
        "in_work": lambda: queries.in_work(model),
    }[which]()
    if found is None:
        raise Missing("version of this specification")
    return reply(spec_shown(found), version=found.version)


@operation(
    router, "GET", "/models/{model_id}/specs/{number}", verb="model.view", at="model", gives=shapes.SpecOut,
    is_versioned=True,
)  # fmt: skip
def get_spec_version(request: ApiRequest, model_id: Id, number: Number) -> HttpResponse:
    """One version by its number."""
    row = queries.spec_row(model_row(request.actor, model_id), number)
    return reply(spec_shown(row), version=row.version)


@operation(
    router, "PUT", "/models/{model_id}/spec/sections/{section}", verb="spec.write", at="model",
    activity="spec.section_written", gives=shapes.SpecOut, is_versioned=True,
)  # fmt: skip
def put_section(
    request: ApiRequest, model_id: Id, section: SectionKey, payload: shapes.SectionContent
) -> HttpResponse:
    """Writes one section of the draft whole. With If-Match, what others wrote into this section since then is never
    overwritten; what they wrote into other sections is kept in any case."""
    row = actions.write_section(
        actor=request.actor,
        model_id=model_id,
        section=section,
        content=payload.content,
        expected_version=expected_version(request),
        now=request.now,
    )
    return reply(spec_shown(row), version=row.version)


@operation(
    router, "POST", "/models/{model_id}/spec/submission", verb="spec.write", at="model", activity="spec.submitted",
    gives=shapes.SpecOut, is_versioned=True,
)  # fmt: skip
def submit_spec(request: ApiRequest, model_id: Id) -> HttpResponse:
    """Puts the draft before its approvers; from here its content is final. Heeds If-Match."""
    row = actions.submit_spec(
        actor=request.actor, model_id=model_id, expected_version=expected_version(request), now=request.now
    )
    return reply(spec_shown(row), version=row.version)


@operation(
    router, "POST", "/models/{model_id}/spec/approval", verb="spec.approve", at="model", activity="spec.approved",
    gives=shapes.SpecOut,
)  # fmt: skip
def approve_spec(request: ApiRequest, model_id: Id, payload: shapes.Approval) -> HttpResponse:
    """Approves the submitted version. Nobody who had a hand in it may."""
    row = actions.approve_spec(
        actor=request.actor, model_id=model_id, seen=payload.seen, reason=payload.reason, now=request.now
    )
    return reply(spec_shown(row), version=row.version)


@operation(
    router, "POST", "/models/{model_id}/spec/return", verb="spec.comment", at="model", activity="spec.returned",
    gives=shapes.SpecOut,
)  # fmt: skip
def return_spec(request: ApiRequest, model_id: Id, payload: WithReason) -> HttpResponse:
    """Gives the submitted version back; answers with the draft that begins with the same content."""
    row = actions.return_spec(actor=request.actor, model_id=model_id, reason=payload.reason, now=request.now)
    return reply(spec_shown(row), version=row.version)


@operation(
    router, "GET", "/models/{model_id}/spec/comparison", verb="model.view", at="model", gives=shapes.ComparisonOut
)  # fmt: skip
def compare_specs(request: ApiRequest, model_id: Id, a: Number = 1, b: Number = 1) -> HttpResponse:
    """What two versions say differently: section by section, rows by their names, words in order."""
    model = model_row(request.actor, model_id)
    before, after = queries.spec_row(model, a), queries.spec_row(model, b)
    found = compare(before.content, after.content)
    return reply(
        {"before": a, "after": b, "sections": to_plain(found.sections), "same": to_plain(found.same)}
    )


@operation(
    router, "GET", "/models/{model_id}/spec/comments", verb="model.view", at="model", gives=shapes.CommentList
)
def list_spec_comments(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """What reviewers said of any version, newest first."""
    rows = queries.comments_on_model(model_row(request.actor, model_id))
    return reply(page_of_rows(rows, ("-at", "-pk"), comment_shown, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/spec/comments", verb="spec.comment", at="model", activity="spec.commented",
    gives=shapes.CommentOut, status=201,
)  # fmt: skip
def comment_on_spec(request: ApiRequest, model_id: Id, payload: shapes.NewComment) -> HttpResponse:
    """Comments on a section of the version in work. While a comment is open, it can't be approved."""
    row = actions.comment_on_section(
        actor=request.actor, model_id=model_id, section=payload.section, text=payload.text, now=request.now
    )
    return reply(comment_shown(row), status=201)


@operation(
    router, "POST", "/models/{model_id}/spec/comments/{comment_id}/resolution", verb="spec.comment", at="model",
    activity="spec.comment_resolved", gives=shapes.CommentOut,
)  # fmt: skip
def resolve_spec_comment(request: ApiRequest, model_id: Id, comment_id: Id) -> HttpResponse:
    """Settles a comment: whoever said it may, or somebody who writes the specification."""
    row = actions.resolve_comment(
        actor=request.actor, model_id=model_id, comment_id=comment_id, now=request.now
    )
    return reply(comment_shown(row))


def spec_shown(row: Spec) -> dict[str, object]:
    filled = filled_in(row.content)
    return {
        **{name: getattr(row, name) for name in HEAD},
        "content": row.content,
        "writers": sorted({writer.name for writer in queries.writers(row)} | {row.author_name}),
        "missing": {gate: to_plain(lacks(filled, gate)) for gate in WAY},
    }


def comment_shown(row: SpecComment) -> dict[str, object]:
    names = ("section", "name", "text", "at", "resolved_at", "resolved_by")
    return {"id": row.pk, "spec_number": row.spec.number, **{name: getattr(row, name) for name in names}}
