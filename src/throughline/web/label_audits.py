"""The pages of a label audit for the team: a file is brought, items are drawn, labellers invited, the results read."""

import csv
import io
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import label_audits as actions
from throughline.actions.evidence import close_audit
from throughline.actions.label_audits import DrawPlan, NewAudit
from throughline.core.errors import Refused
from throughline.core.label_audits import AuditState
from throughline.core.labels.agreement import Scale
from throughline.core.labels.drawing import Method
from throughline.core.labels.judging import percent
from throughline.core.permissions import may, require
from throughline.queries import access
from throughline.queries import label_audits as queries
from throughline.queries.rows import LabelAudit
from throughline.web import label_shapes as shapes
from throughline.web.exports import safe
from throughline.web.label_forms import AnswersForm, BeginForm, DrawForm, InviteForm, proposed
from throughline.web.model_forms import changeable
from throughline.web.models import crumbs
from throughline.web.outputs import part
from throughline.web.routes import Crumb, PageRequest, cleaned, done, filled, page, show


@page("model.change", at="model", activity="label_audit.begun", methods=("GET", "POST"))
def new(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "model.change")
    form = filled(request, BeginForm)
    form.offer(list(access.people_of(row.program_id)))
    if not settings.DATA_FOLDERS:
        del form.fields["place"]
        form.fields["file"].required = True
    if request.method == "POST":
        made = begin(request, row.pk, cleaned(form))
        return done(request, url_of(made), f"{len(made.header)} columns were read. Now say what to draw.")
    context = {
        "form": form,
        "model": row,
        "most_mb": min(50, settings.MAX_UPLOAD_BYTES // 1_000_000),
        "folders": settings.DATA_FOLDERS,
        "back": tab_url(row.pk),
        "crumbs": crumbs(row, Crumb("Audit labels")),
        "item": f"model:{row.pk}",
    }
    return show(request, "label_audits/new.html", context)


@page("model.view", at="model")
def audit(request: PageRequest, audit_id: int) -> HttpResponse:
    """One audit as it stands: what to draw, who labels, what is to settle, or what came of it."""
    row = queries.audit_row(request.actor, audit_id)
    own = queries.own_place(row, request.actor)
    progress = queries.progress(row)
    context = {
        **surround(row),
        "mark": shapes.mark_of(row),
        "own": queries.progress_of(own, row) if own else None,
        "progress": progress,
        "all_through": len(progress) > 1 and all(one.is_through for one in progress),
        "strata": strata_of(row),
        "most_error": percent(row.most_error) if row.most_error is not None else "",
        "level": f"{(2 * row.confidence - 1) * 100:.3g} %",
        "is_web_link": row.origin.startswith(("https://", "http://")),
        **team_forms(request, row),
        **settling(request, row),
    }
    if row.state == AuditState.CLOSED:
        context |= shapes.results(row, queries.seen_rows(row))
    return show(request, "label_audits/page.html", context)


@page("model.change", at="model", activity="label_audit.drawn", methods=("POST",), redraws=audit)
def draw(request: PageRequest, audit_id: int) -> HttpResponse:
    row = permitted(request, audit_id, "model.change")
    form = filled(request, DrawForm)
    form.offer(row)
    made = actions.draw_items(
        actor=request.actor, audit_id=audit_id, plan=plan_of(cleaned(form)), now=request.now
    )
    return done(
        request, url_of(made), f"{made.size} items are drawn. Invite at least two people to label them."
    )


@page("model.change", at="model", activity="label_audit.labeller_invited", methods=("POST",), redraws=audit)
def invite(request: PageRequest, audit_id: int) -> HttpResponse:
    row = permitted(request, audit_id, "model.change")
    form = filled(request, InviteForm)
    form.offer(queries.inviteable(row))
    values = cleaned(form)
    if values["person"] is None and not values["name"]:
        raise Refused.field("person", "Nobody is chosen.", "Choose somebody, or write a name.")
    made = actions.invite_labeller(
        actor=request.actor,
        audit_id=audit_id,
        person_id=values["person"],
        name=values["name"],
        now=request.now,
    )
    return done(request, url_of(row), f"{made.name} is invited.")


@page("model.change", at="model", activity="label_audit.labelling_ended", methods=("POST",), redraws=audit)
def end(request: PageRequest, audit_id: int) -> HttpResponse:
    row = actions.end_labelling(
        actor=request.actor,
        audit_id=audit_id,
        leaves_unanswered=request.POST.get("leaves_unanswered") == "1",
        now=request.now,
    )
    return done(
        request, url_of(row), "Labelling has ended. No answer changes any more; now settle what differs."
    )


@page("model.change", at="model", activity="label_audit.closed", methods=("POST",), redraws=audit)
def close(request: PageRequest, audit_id: int) -> HttpResponse:
    row = close_audit(actor=request.actor, audit_id=audit_id, now=request.now)
    return done(request, url_of(row), "The audit is closed. Its figures are evidence from now on.")


@page("model.change", at="model", activity="label_audit.withdrawn", methods=("POST",), redraws=audit)
def withdraw(request: PageRequest, audit_id: int) -> HttpResponse:
    reason = request.POST.get("reason", "")
    row = actions.withdraw_audit(actor=request.actor, audit_id=audit_id, reason=reason, now=request.now)
    return done(request, url_of(row), "The audit is withdrawn. The record keeps it.")


@page("model.view", at="model")
def items_csv(request: PageRequest, audit_id: int) -> HttpResponse:
    """Every item of a closed audit with all answers, so that anybody can work the figures out again."""
    row = queries.audit_row(request.actor, audit_id)
    if row.state != AuditState.CLOSED:
        raise Refused.of("There are no results before the close.")
    names = [one.row.name for one in queries.progress(row)]
    lines = [["item", "key", "stratum", "given", *names, "settled", "settled by"]]
    for item in queries.seen_rows(row):
        said = {one.labeller.name: one.label or actions.CANNOT_SAY for one in item.answers.all()}
        answers = [said.get(name, "") for name in names]
        lines.append(
            [str(item.number), item.key, item.stratum, item.given, *answers, item.final, item.settled_by]
        )
    return as_csv(lines, f"label-audit-{row.pk}.csv")


def as_csv(lines: list[list[str]], name: str) -> HttpResponse:
    """With a byte order mark, by which spreadsheets know the encoding; no cell is taken for a formula."""
    out = io.StringIO()
    csv.writer(out).writerows([safe(cell) for cell in line] for line in lines)
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def permitted(request: PageRequest, audit_id: int, verb: str) -> LabelAudit:
    """Asked before a form is looked at: who may not do it does not learn what is wrong with the form."""
    row = queries.audit_row(request.actor, audit_id)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    require(request.actor, verb, noun="label audit", **place)
    return row


def begin(request: PageRequest, model_id: int, values: dict[str, Any]) -> LabelAudit:
    file: UploadedFile[bytes] | None = values["file"]
    item = NewAudit(values["name"], values["question"], values["origin"], values["maker"])
    given: dict[str, Any] = {"actor": request.actor, "model_id": model_id, "item": item, "now": request.now}
    if file is not None:
        return actions.begin_audit(**given, file_name=file.name or "", chunks=file.chunks())
    if values.get("place"):
        return actions.begin_audit_from(**given, place=values["place"])
    raise Refused.field(
        "file", "There is nothing to draw from.", "Choose a CSV file with one row for each item."
    )


def plan_of(values: dict[str, Any]) -> DrawPlan:
    most = values["most_error"]
    return DrawPlan(
        label=values["label"],
        size=values["size"],
        seed=values["seed"],
        key=values["key"],
        shown=tuple(values["shown"]),
        stratum=values["stratum"],
        method=Method(values["method"]),
        least=(values["least"] or 0) if values["method"] == Method.STRATIFIED else 0,
        labels=tuple(values["labels"].splitlines()),
        scale=Scale(values["scale"]),
        most_error=None if most is None else most / 100,
        least_agreement=values["least_agreement"],
    )


def surround(row: LabelAudit, *more: Crumb) -> dict[str, object]:
    here = Crumb(row.name, url_of(row) if more else "")
    return {
        "audit": row,
        "model": row.model,
        "crumbs": crumbs(row.model, Crumb("Data", tab_url(row.model_id)), here, *more),
        "item": f"model:{row.model_id}",
    }


def team_forms(request: PageRequest, row: LabelAudit) -> dict[str, object]:
    """What the team may do about it as it stands now."""
    if not may(request.actor, "model.change", program_id=row.model.program_id, model_id=row.model_id):
        return {}
    found: dict[str, object] = {
        "may_change": True,
        "may_withdraw": row.state in (AuditState.DRAFT, AuditState.OPEN),
    }
    if row.state == AuditState.DRAFT:
        form = part(request, DrawForm, "draw", proposed(row, int(f"{request.now:%Y%m%d}")))
        form.offer(row)
        found |= {"draw_form": form, "spec_lines": queries.lines_of_spec(row.model, request.now)}
    if row.state == AuditState.OPEN:
        invite_form = part(request, InviteForm, "invite", {})
        invite_form.offer(queries.inviteable(row))
        found |= {"invite_form": invite_form, "answers_form": AnswersForm()}
    return found


def settling(request: PageRequest, row: LabelAudit) -> dict[str, object]:
    if row.state != AuditState.SETTLING:
        return {}
    items = queries.items_of(row)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    is_labeller = queries.own_place(row, request.actor) is not None
    is_maker = row.maker_id is not None and row.maker_id == request.actor.person_id
    return {
        "to_settle": sum(one.agreed is None for one in items),
        "unsettled": sum(one.is_open for one in items),
        "may_settle": may(request.actor, "label.settle", **place) and not is_labeller and not is_maker,
        "is_labeller": is_labeller,
        "is_maker": is_maker,
    }


def strata_of(row: LabelAudit) -> list[tuple[str, int, int]]:
    if len(row.strata) < 2:
        return []
    return [(name or "(empty)", counts[0], counts[1]) for name, counts in row.strata.items()]


def url_of(row: LabelAudit) -> str:
    return reverse("label_audit", args=[row.pk])


def tab_url(model_id: int) -> str:
    return f"{reverse('model', args=[model_id])}?tab=data#labels"
