"""The quality of a source's data: asked for, seen being read, looked at in charts, judged, and compared by date."""

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import assessments as actions
from throughline.core.assessments import OPEN
from throughline.core.errors import Missing
from throughline.core.places import read_place
from throughline.queries import assessments as queries
from throughline.queries import jobs
from throughline.queries.data_sources import source_row
from throughline.queries.rows import Assessment, DataSource
from throughline.web import assessment_rows
from throughline.web.data_sources import source_crumbs
from throughline.web.paging import Pages
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show

PER_LIST = 50


class StartForm(forms.Form):
    file = forms.FileField(label="A file instead", required=False)
    table = forms.CharField(
        label="Table", required=False, max_length=200, help_text="Only for a database with several tables."
    )


class JudgeForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=actions.LONGEST_REASON,
        help_text="What you looked at, and what follows from it for the models.",
        widget=drafted("assessment", 4),
    )
    profile = forms.CharField(widget=forms.HiddenInput, required=False)


@page("source.view", at="program")
def of_source(request: PageRequest, source_id: int) -> HttpResponse:
    source = source_row(request.actor, source_id)
    rows = queries.assessments(source)
    pages = Pages.at(_number(request), rows.count(), PER_LIST)
    context = {
        "source": source,
        "rows": list(rows[(pages.number - 1) * PER_LIST : pages.number * PER_LIST]),
        "pages": pages,
        "lines": assessment_rows.over_time(source),
        "abilities": queries.abilities(request.actor, source),
        "crumbs": source_crumbs(source, Crumb("Quality")),
    }
    return show(request, "assessments/list.html", context)


@page("assessment.start", at="program", activity="assessment.asked", methods=("GET", "POST"))
def new(request: PageRequest, source_id: int) -> HttpResponse:
    source = queries.require_start(request.actor, source_id)
    form = filled(request, StartForm, {"table": source.location.get("table", "")})
    if request.method == "POST":
        row = _begun(request, source, form)
        return done(request, reverse("assessment", args=[row.pk]), "The assessment is asked for.")
    place = read_place(source.location) if source.location else None
    most = settings.MAX_UPLOAD_BYTES // 1_000_000
    form.fields["file"].label = "A file instead" if place else "A file"
    form.fields["file"].help_text = f"CSV, Parquet, JSON or DuckDB, up to {most} MB. It is deleted once read."
    context = {
        "source": source,
        "form": form,
        "place": place,
        "is_read_here": place is not None and place.kind in actions.READ_HERE,
        "back": reverse("assessments", args=[source.pk]),
        "crumbs": source_crumbs(
            source, Crumb("Quality", reverse("assessments", args=[source.pk])), Crumb("Assess")
        ),
    }
    return show(request, "assessments/new.html", context)


@page("source.view", at="program")
def assessment(request: PageRequest, assessment_id: int) -> HttpResponse:
    row = queries.assessment_row(request.actor, assessment_id)
    found = queries.profile_of(row)
    context: dict[str, object] = {
        "row": row,
        "source": row.source,
        "is_open": row.state in OPEN,
        "has_worker": jobs.worker_state(request.now).is_alive,
        "abilities": queries.abilities(request.actor, row.source),
        "crumbs": _crumbs(row),
    }
    if found is not None:
        context |= assessment_rows.figures(found, _number(request))
        context["before"] = queries.before(row)
        context["is_asker"] = row.asker_id is not None and row.asker_id == request.actor.person_id
        context["judge_form"] = (
            None if row.judgement else filled(request, JudgeForm, {"profile": row.fingerprint})
        )
    response = show(request, "assessments/page.html", context, part="state")
    if request.htmx and row.state not in OPEN:
        # The page was following a worker that is done now: everything on it is new.
        response["HX-Refresh"] = "true"
    return response


@page("assessment.judge", at="program", activity="assessment.rejected", methods=("POST",), redraws=assessment)
def judge(request: PageRequest, assessment_id: int) -> HttpResponse:
    values = cleaned(filled(request, JudgeForm))
    is_accepted = request.POST.get("answer") == "accept"
    row = actions.judge_assessment(
        actor=request.actor,
        assessment_id=assessment_id,
        is_accepted=is_accepted,
        reason=values["reason"],
        seen=values["profile"],
        now=request.now,
    )
    said = "You accepted it." if is_accepted else "You rejected it. The gates that ask for good data close."
    return done(request, reverse("assessment", args=[row.pk]), said)


@page("source.view", at="program")
def compare(request: PageRequest, assessment_id: int) -> HttpResponse:
    """With the assessment in the address, or with the one before."""
    row = queries.assessment_row(request.actor, assessment_id)
    number = request.GET.get("with", "")
    if number.isdecimal() and len(number) < 18:
        other: Assessment | None = queries.assessment_row(request.actor, int(number))
    else:
        other = queries.before(row)
    after = queries.profile_of(row)
    if after is None or (other is not None and other.source_id != row.source_id):
        raise Missing("assessment")
    context: dict[str, object] = {
        "row": row,
        "other": other,
        "others": queries.profiles_before(row),
        "crumbs": _crumbs(row, "Compare"),
    }
    before = queries.profile_of(other) if other is not None else None
    if other is not None and before is not None:
        context |= assessment_rows.moved(row, other, before, after)
    return show(request, "assessments/compare.html", context)


def _begun(request: PageRequest, source: DataSource, form: StartForm) -> Assessment:
    values = cleaned(form)
    file: UploadedFile[bytes] | None = values["file"]
    if file is None:
        return actions.start_assessment(
            actor=request.actor, source_id=source.pk, table=values["table"], now=request.now
        )
    return actions.assess_upload(
        actor=request.actor,
        source_id=source.pk,
        file_name=file.name or "",
        chunks=file.chunks(),
        table=values["table"],
        now=request.now,
    )


def _number(request: PageRequest) -> int:
    number = request.GET.get("page", "")
    return int(number) if number.isdecimal() and len(number) < 7 else 1


def _crumbs(row: Assessment, *more: str) -> list[Crumb]:
    here = Crumb(assessment_rows.day_of(row), reverse("assessment", args=[row.pk]) if more else "")
    return source_crumbs(
        row.source, Crumb("Quality", reverse("assessments", args=[row.source_id])), here, *map(Crumb, more)
    )
