"""The page on which a person brings a report file, and its facts become evidence."""

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions.evidence import collection
from throughline.core.errors import Refused
from throughline.queries.connections import report_formats
from throughline.web.model_forms import changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, filled, page, show


class ReportForm(forms.Form):
    file = forms.FileField(label="Report file", help_text="As the tool wrote it.")
    label = forms.CharField(
        label="What it is about",
        required=False,
        max_length=60,
        help_text="In the words of the policy: “unit” makes tests.unit or contract.unit. "
        "Left empty, the name in the file is taken.",
    )


@page("evidence.attach", at="model", activity="evidence.attached", methods=("GET", "POST"))
def report(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "evidence.attach")
    form = filled(request, ReportForm)
    back = f"{reverse('model', args=[row.pk])}?tab=evidence"
    if request.method == "POST":
        values = cleaned(form)
        added = collection.attach_report(
            actor=request.actor,
            model_id=row.pk,
            file_name=values["file"].name,
            body=read(values["file"]),
            label=values["label"],
            now=request.now,
        )
        said = (
            f"{added[0].key}: {added[0].summary}"
            if added
            else "This report was brought before; nothing is new."
        )
        return done(request, back, said)
    context = {
        "form": form,
        "model": row,
        "formats": report_formats(),
        "most_mb": settings.MAX_UPLOAD_BYTES // 1_000_000,
        "back": back,
        "item": f"model:{row.pk}",
        "crumbs": crumbs(row, Crumb("Bring a report")),
    }
    return show(request, "evidence/report.html", context)


def read(file: "UploadedFile[bytes]") -> bytes:
    if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        raise Refused.field(
            "file", f"It is larger than {settings.MAX_UPLOAD_BYTES // 1_000_000} MB.", "Bring it in parts."
        )
    found: bytes = file.read()
    return found
